/* SPDX-License-Identifier: MIT */
/* core/queue.c - the parts of the byte queue that run once per chunk, not once per message.  */
#include "core/queue.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* More pointers than any program can hold into one chunk.  */
#define REFS_BIAS ((int64_t)1 << 40)

static void chunk_reset(struct pr_chunk *chunk, uint64_t base)
{
	chunk->base = base;
	chunk->starts_inside = false;
	atomic_store_explicit(&chunk->end, PR_QUEUE_OPEN, memory_order_relaxed);
	atomic_store_explicit(&chunk->next, NULL, memory_order_relaxed);
	atomic_store_explicit(&chunk->refs, REFS_BIAS, memory_order_relaxed);
}

static struct pr_chunk *chunk_create(size_t capacity)
{
	struct pr_chunk *chunk = malloc(sizeof(*chunk) + capacity);

	if (!chunk)
		return NULL;
	chunk->data = (uint8_t *)(chunk + 1);
	chunk->capacity = capacity;
	return chunk;
}

void pr_queue_init(struct pr_queue *queue, size_t chunk_bytes, size_t chunk_bytes_max)
{
	memset(queue, 0, sizeof(*queue));
	queue->chunk_bytes = chunk_bytes;
	queue->chunk_bytes_max = chunk_bytes_max;
	chunk_reset(&queue->stub, 0);
	/* Never read or written, since it has no room; but NULL + 0 is undefined. */
	queue->stub.data = (uint8_t *)&queue->stub;
	queue->write_chunk = &queue->stub;
	queue->read_chunk = &queue->stub;
}

/* The consumer leaves a chunk: recycle it, or let the holders of its pointers free it.  */
static void leave_chunk(struct pr_queue *queue, struct pr_chunk *chunk, bool recycle)
{
	uint64_t given = queue->given;

	queue->given = 0;
	if (chunk == &queue->stub)
		return;
	if (given > 0) {
		int64_t off = REFS_BIAS - (int64_t)given;

		if (atomic_fetch_sub_explicit(&chunk->refs, off, memory_order_acq_rel) != off)
			return;
	}
	if (!recycle || atomic_load_explicit(&queue->returned_bytes, memory_order_relaxed) >=
	                        PR_QUEUE_SPARE_BYTES) {
		free(chunk);
		return;
	}
	atomic_fetch_add_explicit(&queue->returned_bytes, chunk->capacity, memory_order_relaxed);
	struct pr_chunk *top = atomic_load_explicit(&queue->returned, memory_order_relaxed);

	do
		atomic_store_explicit(&chunk->next, top, memory_order_relaxed);
	while (!atomic_compare_exchange_weak_explicit(&queue->returned, &top, chunk,
	                                              memory_order_release, memory_order_relaxed));
}

void pr_chunk_release(struct pr_chunk *chunk)
{
	if (atomic_fetch_sub_explicit(&chunk->refs, 1, memory_order_acq_rel) == 1)
		free(chunk);
}

static void free_chain(struct pr_chunk *chunk)
{
	while (chunk) {
		struct pr_chunk *next = atomic_load_explicit(&chunk->next, memory_order_relaxed);

		free(chunk);
		chunk = next;
	}
}

void pr_queue_fini(struct pr_queue *queue)
{
	struct pr_chunk *chunk = queue->read_chunk;
	struct pr_chunk *next = atomic_load_explicit(&chunk->next, memory_order_acquire);

	leave_chunk(queue, chunk, false);
	free_chain(next);
	free_chain(atomic_load_explicit(&queue->returned, memory_order_acquire));
	free_chain(queue->spares);
}

/* A spare chunk of at least `need` bytes; smaller spares are given up, since they are outgrown.  */
static struct pr_chunk *take_spare(struct pr_queue *queue, size_t need)
{
	if (!queue->spares)
		queue->spares =
		        atomic_exchange_explicit(&queue->returned, NULL, memory_order_acquire);
	while (queue->spares) {
		struct pr_chunk *chunk = queue->spares;

		queue->spares = atomic_load_explicit(&chunk->next, memory_order_relaxed);
		atomic_fetch_sub_explicit(&queue->returned_bytes, chunk->capacity,
		                          memory_order_relaxed);
		if (chunk->capacity >= need)
			return chunk;
		free(chunk);
	}
	return NULL;
}

static struct pr_chunk *new_chunk(struct pr_queue *queue, size_t need)
{
	size_t capacity = queue->chunk_bytes > need ? queue->chunk_bytes : need;

	if (queue->chunk_bytes < queue->chunk_bytes_max)
		queue->chunk_bytes *= 2;
	queue->allocations++;
	return chunk_create(capacity);
}

uint8_t *pr_queue_grow(struct pr_queue *queue, size_t need, size_t keep)
{
	struct pr_chunk *old = queue->write_chunk;
	uint64_t start = queue->write - keep;
	struct pr_chunk *chunk = take_spare(queue, need + keep);

	if (!chunk)
		chunk = new_chunk(queue, need + keep);
	if (!chunk)
		return NULL;
	chunk_reset(chunk, start);
	if (keep > 0)
		memcpy(chunk->data, old->data + (start - old->base), keep);
	atomic_store_explicit(&old->next, chunk, memory_order_relaxed);
	atomic_store_explicit(&old->end, start, memory_order_relaxed);
	queue->write_chunk = chunk;
	return chunk->data + keep;
}

void pr_queue_rollback(struct pr_queue *queue, uint64_t position, struct pr_chunk *chunk)
{
	assert(position >= atomic_load_explicit(&queue->tail, memory_order_relaxed));
	free_chain(atomic_exchange_explicit(&chunk->next, NULL, memory_order_relaxed));
	atomic_store_explicit(&chunk->end, PR_QUEUE_OPEN, memory_order_relaxed);
	queue->write_chunk = chunk;
	queue->write = position;
}

void pr_queue_next_chunk(struct pr_queue *queue)
{
	struct pr_chunk *chunk = queue->read_chunk;

	while (atomic_load_explicit(&chunk->end, memory_order_relaxed) == queue->head) {
		struct pr_chunk *next = atomic_load_explicit(&chunk->next, memory_order_relaxed);

		leave_chunk(queue, chunk, true);
		chunk = next;
		queue->read_chunk = chunk;
	}
}

size_t pr_queue_gather(struct pr_queue *queue, size_t limit, struct iovec *iov, int *iov_count)
{
	uint8_t *data;
	size_t total = 0;
	int count = 0;
	size_t size = pr_queue_peek(queue, &data);
	struct pr_chunk *chunk = queue->read_chunk;

	while (size > 0 && count < *iov_count) {
		if (size > limit - total)
			size = limit - total;
		iov[count].iov_base = data;
		iov[count++].iov_len = size;
		total += size;
		if (total == limit || queue->head + total == queue->seen)
			break;
		chunk = atomic_load_explicit(&chunk->next, memory_order_relaxed);
		while (atomic_load_explicit(&chunk->end, memory_order_relaxed) == chunk->base)
			chunk = atomic_load_explicit(&chunk->next, memory_order_relaxed);
		uint64_t end = atomic_load_explicit(&chunk->end, memory_order_relaxed);

		data = chunk->data;
		size = (end < queue->seen ? end : queue->seen) - chunk->base;
	}
	*iov_count = count;
	return total;
}

void pr_queue_consume(struct pr_queue *queue, size_t size)
{
	uint64_t target = queue->head + size;

	while (queue->head < target) {
		uint64_t end = atomic_load_explicit(&queue->read_chunk->end, memory_order_relaxed);

		if (queue->head == end) {
			pr_queue_next_chunk(queue);
			continue;
		}
		queue->head = end < target ? end : target;
	}
	atomic_store_explicit(&queue->drained, queue->head, memory_order_seq_cst);
}
