/* SPDX-License-Identifier: MIT */
/* core/conflate.c - see conflate.h.  */
#include "core/conflate.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/frame.h"
#include "core/include/proctor/zmq.h"
#include "core/options.h"
#include "core/queue.h"

struct pr_slot {
	pthread_mutex_t lock;
	uint8_t *data;
	size_t size, room;
	bool is_full;
	bool sleeps; /* the reader */
	_Atomic uint32_t refs;
};

unsigned pr_conflate_directions(int socket_type, const struct pr_options *options)
{
	if (!options->conflate)
		return 0;
	switch (socket_type) {
	case ZMQ_DEALER:
		return PR_CONFLATE_IN | PR_CONFLATE_OUT;
	case ZMQ_PULL:
	case ZMQ_SUB:
		return PR_CONFLATE_IN;
	case ZMQ_PUSH:
	case ZMQ_PUB:
		return PR_CONFLATE_OUT;
	default:
		return 0;
	}
}

struct pr_slot *pr_slot_create(void)
{
	struct pr_slot *slot = calloc(1, sizeof(*slot));

	if (!slot)
		return NULL;
	pthread_mutex_init(&slot->lock, NULL);
	atomic_init(&slot->refs, 1);
	return slot;
}

struct pr_slot *pr_slot_ref(struct pr_slot *slot)
{
	if (slot)
		atomic_fetch_add_explicit(&slot->refs, 1, memory_order_relaxed);
	return slot;
}

void pr_slot_unref(struct pr_slot *slot)
{
	if (!slot || atomic_fetch_sub_explicit(&slot->refs, 1, memory_order_acq_rel) != 1)
		return;
	pthread_mutex_destroy(&slot->lock);
	free(slot->data);
	free(slot);
}

/* Under the lock.  What one huge message needed is given back when it is not needed any more.  */
static bool make_room(struct pr_slot *slot, size_t size)
{
	if (size <= slot->room && slot->room / 16 <= size + 256)
		return true;
	size_t room = size + 64;
	uint8_t *data = malloc(room);

	if (!data)
		return size <= slot->room;
	free(slot->data);
	slot->data = data;
	slot->room = room;
	slot->is_full = false;
	return true;
}

int pr_slot_put(struct pr_slot *slot, const void *data, size_t size, bool *sleeps)
{
	int error = 0;

	pthread_mutex_lock(&slot->lock);
	*sleeps = false;
	if (make_room(slot, size)) {
		if (size > 0)
			memcpy(slot->data, data, size);
		slot->size = size;
		slot->is_full = true;
		*sleeps = slot->sleeps;
		slot->sleeps = false;
	} else {
		error = ENOMEM;
	}
	pthread_mutex_unlock(&slot->lock);
	return error;
}

static void leave_queue(struct pr_queue *queue, uint64_t until)
{
	pr_queue_publish(queue, until);
	queue->seen = until;
	pr_queue_consume(queue, until - queue->head);
	pr_queue_sleep(queue); /* so that it starts again at the beginning of its chunk */
}

int pr_slot_put_last(struct pr_slot *slot, struct pr_queue *queue, const struct pr_chunk *chunk,
                     uint64_t from, uint64_t until, bool *sleeps)
{
	struct pr_frame frame = {0};
	const uint8_t *at = NULL;

	while (from < until) {
		if (from == atomic_load_explicit(&chunk->end, memory_order_relaxed)) {
			chunk = atomic_load_explicit(&chunk->next, memory_order_relaxed);
			continue;
		}
		at = chunk->data + (from - chunk->base);
		pr_frame_get(at, &frame);
		from += frame.header_size + frame.size;
	}
	int error = pr_slot_put(slot, at + frame.header_size, frame.size, sleeps);

	leave_queue(queue, until);
	return error;
}

/* Under the lock.  */
static bool move_to(struct pr_slot *slot, struct pr_queue *queue)
{
	uint8_t *at = pr_queue_reserve(queue, PR_FRAME_HEADER_MAX + slot->size, 0);

	if (!at)
		return false;
	size_t header_size = pr_frame_encode(at, 0, slot->size);

	if (slot->size > 0)
		memcpy(at + header_size, slot->data, slot->size);
	pr_queue_commit(queue, header_size + slot->size);
	slot->is_full = false;
	return true;
}

bool pr_slot_take(struct pr_slot *slot, struct pr_queue *queue, bool sleeps)
{
	pr_queue_sleep(queue);
	pr_queue_rewind(queue);
	pthread_mutex_lock(&slot->lock);
	bool taken = slot->is_full && move_to(slot, queue);

	slot->sleeps = sleeps && !taken;
	pthread_mutex_unlock(&slot->lock);
	if (taken)
		pr_queue_publish(queue, queue->write);
	return taken;
}

bool pr_slot_is_empty(struct pr_slot *slot)
{
	pthread_mutex_lock(&slot->lock);
	bool is_empty = !slot->is_full;

	pthread_mutex_unlock(&slot->lock);
	return is_empty;
}

bool pr_slot_sleep(struct pr_slot *slot)
{
	pthread_mutex_lock(&slot->lock);
	bool is_empty = !slot->is_full;

	slot->sleeps |= is_empty;
	pthread_mutex_unlock(&slot->lock);
	return is_empty;
}
