/* SPDX-License-Identifier: MIT */
/* core/queue.c - the parts of the byte queue that run once per chunk, not once per message.  */
#include "core/queue.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/fence.h"

/* More pointers than any program can hold into one chunk.  */
#define REFS_BIAS ((int64_t)1 << 40)

static void chunk_reset(struct pr_chunk *chunk, uint64_t base, struct pr_metadata *metadata)
{
	chunk->metadata = metadata;
	if (metadata)
		pr_metadata_ref(metadata, 1);
	chunk->base = base;
	chunk->starts_inside = false;
	atomic_store_explicit(&chunk->end, PR_CHUNK_OPEN, memory_order_relaxed);
	atomic_store_explicit(&chunk->next, NULL, memory_order_relaxed);
	atomic_store_explicit(&chunk->refs, REFS_BIAS, memory_order_relaxed);
}

void pr_queue_init(struct pr_queue *queue, size_t chunk_bytes, size_t chunk_bytes_max)
{
	memset(queue, 0, sizeof(*queue));
	queue->chunk_bytes = queue->chunk_bytes_first = chunk_bytes;
	queue->chunk_bytes_max = chunk_bytes_max;
	queue->hot_after = PR_QUEUE_HOT_AFTER;
	chunk_reset(&queue->stub, 0, NULL);
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
	if (queue->metadata_left > 0)
		pr_metadata_unref(chunk->metadata, queue->metadata_left);
	queue->metadata_left = 0;
	if (chunk->is_by_reference) {
		pr_chunk_disown(chunk);
		chunk->capacity = 0;
	}
	if (given > 0) {
		int64_t off = REFS_BIAS - (int64_t)given;

		if (atomic_fetch_sub_explicit(&chunk->refs, off, memory_order_acq_rel) != off)
			return;
	}
	if (!recycle || atomic_load_explicit(&queue->returned_bytes, memory_order_relaxed) >=
	                        PR_QUEUE_SPARE_BYTES) {
		pr_chunk_free(chunk);
		return;
	}
	pr_chunk_forget_metadata(chunk);
	atomic_fetch_add_explicit(&queue->returned_bytes, sizeof(*chunk) + chunk->capacity,
	                          memory_order_relaxed);
	struct pr_chunk *top = atomic_load_explicit(&queue->returned, memory_order_relaxed);

	do
		atomic_store_explicit(&chunk->next, top, memory_order_relaxed);
	while (!atomic_compare_exchange_weak_explicit(&queue->returned, &top, chunk,
	                                              memory_order_release, memory_order_relaxed));
}

static void free_chain(struct pr_chunk *chunk)
{
	while (chunk) {
		struct pr_chunk *next = atomic_load_explicit(&chunk->next, memory_order_relaxed);

		pr_chunk_free(chunk);
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
	free_chain(queue->references);
	pr_metadata_unref(queue->metadata, 1);
}

static void push(struct pr_chunk **list, struct pr_chunk *chunk)
{
	atomic_store_explicit(&chunk->next, *list, memory_order_relaxed);
	*list = chunk;
}

static struct pr_chunk *pop(struct pr_queue *queue, struct pr_chunk **list)
{
	struct pr_chunk *chunk = *list;

	if (!chunk)
		return NULL;
	*list = atomic_load_explicit(&chunk->next, memory_order_relaxed);
	atomic_fetch_sub_explicit(&queue->returned_bytes, sizeof(*chunk) + chunk->capacity,
	                          memory_order_relaxed);
	return chunk;
}

/* Sorts what the consumer returned into the private lists.  */
static void take_returned(struct pr_queue *queue)
{
	struct pr_chunk *chunk =
	        atomic_exchange_explicit(&queue->returned, NULL, memory_order_acquire);

	while (chunk) {
		struct pr_chunk *next = atomic_load_explicit(&chunk->next, memory_order_relaxed);

		push(chunk->is_by_reference ? &queue->references : &queue->spares, chunk);
		chunk = next;
	}
}

/* A spare chunk of at least `need` bytes; smaller spares are given up, since they are outgrown.  */
static struct pr_chunk *take_spare(struct pr_queue *queue, size_t need)
{
	struct pr_chunk *chunk;

	if (!queue->spares)
		take_returned(queue);
	while ((chunk = pop(queue, &queue->spares))) {
		if (chunk->capacity >= need)
			return chunk;
		pr_chunk_free(chunk);
	}
	return NULL;
}

static struct pr_chunk *take_reference(struct pr_queue *queue)
{
	if (!queue->references)
		take_returned(queue);
	struct pr_chunk *chunk = pop(queue, &queue->references);

	return chunk ? chunk : pr_chunk_create_reference();
}

static struct pr_chunk *new_chunk(struct pr_queue *queue, size_t need)
{
	size_t bytes = queue->chunk_bytes;

	/* Between bodies by reference there is little to hold: no reason to grow. */
	if (queue->write_chunk->is_by_reference)
		bytes = queue->chunk_bytes_first;
	else if (queue->chunk_bytes < queue->chunk_bytes_max)
		queue->chunk_bytes *= 2;
	queue->allocations++;
	return pr_chunk_create(bytes > need ? bytes : need);
}

/* Behind the write chunk, which ends where the new one begins.  */
static void link_chunk(struct pr_queue *queue, struct pr_chunk *chunk)
{
	struct pr_chunk *old = queue->write_chunk;

	atomic_store_explicit(&old->next, chunk, memory_order_relaxed);
	atomic_store_explicit(&old->end, chunk->base, memory_order_relaxed);
	queue->write_chunk = chunk;
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
	chunk_reset(chunk, start, queue->metadata);
	if (keep > 0)
		memcpy(chunk->data, old->data + (start - old->base), keep);
	link_chunk(queue, chunk);
	return chunk->data + keep;
}

bool pr_queue_set_metadata(struct pr_queue *queue, struct pr_metadata *metadata)
{
	pr_metadata_unref(queue->metadata, 1);
	queue->metadata = metadata;
	pr_metadata_ref(metadata, 1);
	/* What was written before keeps what it had. */
	return queue->write_chunk == &queue->stub || pr_queue_grow(queue, 1, 0);
}

bool pr_queue_append(struct pr_queue *queue, unsigned flags, const void *body, size_t size,
                     struct pr_owner owner)
{
	struct pr_chunk *chunk = take_reference(queue);

	if (!chunk)
		return false;
	chunk_reset(chunk, queue->write, queue->metadata);
	link_chunk(queue, chunk);
	chunk->body = body;
	chunk->owner = owner;
	chunk->header_size = (uint8_t)pr_frame_encode(chunk->header, flags, size);
	queue->write += chunk->header_size + size;
	/* No room is left for another frame.  */
	chunk->capacity = chunk->header_size + size;
	return true;
}

/* Was it worth its price, the last time that the queue was hot?  */
static void learn_from_heat(struct pr_queue *queue)
{
	uint64_t until = atomic_load_explicit(&queue->hot_until, memory_order_relaxed);

	if (until == 0)
		return;
	atomic_store_explicit(&queue->hot_until, 0, memory_order_relaxed);
	if (until >= queue->hot_from + PR_QUEUE_HOT_BYTES)
		queue->hot_after = PR_QUEUE_HOT_AFTER;
	else if (queue->hot_after < PR_QUEUE_HOT_AFTER_MOST)
		queue->hot_after *= 2;
}

void pr_queue_heat(struct pr_queue *queue)
{
	learn_from_heat(queue);
	if (queue->fenced < queue->hot_after)
		return;
	queue->fenced = 0;
	if (!pr_fence_is_available())
		return;
	queue->hot_from = atomic_load_explicit(&queue->tail, memory_order_relaxed);
	/* The last fence: it comes before the consumer looks at it in pr_queue_sleep(), or before
	 * we look whether the consumer is idle. */
	atomic_store_explicit(&queue->hot, 1, memory_order_seq_cst);
}

void pr_queue_rollback(struct pr_queue *queue, uint64_t position, struct pr_chunk *chunk)
{
	assert(position >= atomic_load_explicit(&queue->tail, memory_order_relaxed));
	free_chain(atomic_exchange_explicit(&chunk->next, NULL, memory_order_relaxed));
	atomic_store_explicit(&chunk->end, PR_CHUNK_OPEN, memory_order_relaxed);
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

/* Whatever the producer published before its part of the fence is seen when we look once more;
 * whatever it publishes after it, it sees that we are idle.  */
void pr_queue_cool(struct pr_queue *queue)
{
	atomic_store_explicit(&queue->hot_until, queue->head, memory_order_relaxed);
	atomic_store_explicit(&queue->hot, 0, memory_order_relaxed);
	pr_fence_all();
}

/* The bytes of a chunk from position up to end, or as many of them as lie together: of a frame by
 * reference first what is left of the header, then the body.  */
static struct iovec piece_of(struct pr_chunk *chunk, uint64_t position, uint64_t end)
{
	size_t offset = position - chunk->base, size = end - position;
	uint8_t *data = chunk->data + offset;

	if (chunk->is_by_reference && offset < chunk->header_size)
		size = chunk->header_size - offset;
	else if (chunk->is_by_reference)
		data = (uint8_t *)(uintptr_t)chunk->body + (offset - chunk->header_size);
	return (struct iovec){data, size};
}

size_t pr_queue_gather(struct pr_queue *queue, size_t limit, struct iovec *iov, int *iov_count)
{
	uint8_t *data;
	size_t total = 0;
	int count = 0;
	bool is_some = pr_queue_peek(queue, &data) > 0;
	struct pr_chunk *chunk = queue->read_chunk;

	while (is_some && count < *iov_count && total < limit) {
		uint64_t position = queue->head + total;
		uint64_t end = atomic_load_explicit(&chunk->end, memory_order_relaxed);

		if (position == queue->seen)
			break;
		if (position == end) {
			chunk = atomic_load_explicit(&chunk->next, memory_order_relaxed);
			continue;
		}
		iov[count] = piece_of(chunk, position, end < queue->seen ? end : queue->seen);
		if (iov[count].iov_len > limit - total)
			iov[count].iov_len = limit - total;
		total += iov[count++].iov_len;
	}
	*iov_count = count;
	return total;
}

void pr_queue_consume(struct pr_queue *queue, size_t size)
{
	uint64_t target = queue->head + size;

	while (queue->head < target) {
		struct pr_chunk *chunk = queue->read_chunk;
		uint64_t end = atomic_load_explicit(&chunk->end, memory_order_relaxed);

		if (queue->head == end) {
			pr_queue_next_chunk(queue);
			continue;
		}
		queue->head = end < target ? end : target;
		if (chunk->is_by_reference && queue->head - chunk->base == chunk->capacity)
			pr_chunk_disown(chunk);
	}
	atomic_store_explicit(&queue->drained, queue->head, memory_order_seq_cst);
}
