/* SPDX-License-Identifier: MIT */
/* core/msg.h - what lives inside a zmq_msg_t (64 bytes).
 *
 * A small body is kept inline.  A received body stays where it was received: the message pins the
 * chunk of the input queue (core/queue.h), which costs one atomic operation and no allocation or
 * copy.  A body that the program allocated (zmq_msg_init_size) or owns (zmq_msg_init_data) is a
 * counted block; when it is large, sending the message queues a reference to it instead of a copy.
 * A message is used by one thread at a time; copies may be used by others.  */
#ifndef PR_MSG_H
#define PR_MSG_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/block.h"
#include "core/copy.h"
#include "core/include/proctor/zmq.h"
#include "core/pattern.h"
#include "core/queue.h"

struct pr_metadata;
/* Not 0 or 1, so that memory that was never initialised is recognised (EFAULT). */
enum pr_msg_kind { PR_MSG_INLINE = 0x71, PR_MSG_BLOCK, PR_MSG_CHUNK };

#define PR_MSG_INLINE_MAX 40

/* No smaller body is queued by reference.  To copy one costs less than its own chunk, and its
 * memory stays with the thread that uses it again at once.  */
#define PR_MSG_REFERENCE_MIN ((size_t)32 << 10)

struct pr_msg {
	union {
		uint8_t room[PR_MSG_INLINE_MAX];
		struct {
			void *data;
			void *owner; /* struct pr_block or struct pr_chunk */
		} far;
	} body;
	struct pr_metadata *metadata; /* of a received message, or NULL */
	size_t size;
	uint8_t kind;
	bool more;
	bool shared;        /* there are, or were, copies */
	bool owns_metadata; /* a reference; otherwise the chunk that is pinned has it */
};

static inline bool pr_msg_is_valid(const struct pr_msg *msg)
{
	return msg && msg->kind >= PR_MSG_INLINE && msg->kind <= PR_MSG_CHUNK;
}

static inline void pr_msg_init(struct pr_msg *msg)
{
	msg->metadata = NULL;
	msg->size = 0;
	msg->kind = PR_MSG_INLINE;
	msg->more = false;
	msg->shared = false;
	msg->owns_metadata = false;
}

static inline void *pr_msg_data(const struct pr_msg *msg)
{
	return msg->kind == PR_MSG_INLINE ? (void *)(uintptr_t)msg->body.room : msg->body.far.data;
}

static inline void pr_msg_point_to(struct pr_msg *msg, unsigned kind, void *owner, void *data,
                                   size_t size)
{
	msg->kind = (uint8_t)kind;
	msg->body.far.owner = owner;
	msg->body.far.data = data;
	msg->size = size;
}

/* 0 or ENOMEM.  The old content of msg is not looked at.  */
static inline int pr_msg_init_size(struct pr_msg *msg, size_t size)
{
	struct pr_block *block;

	pr_msg_init(msg);
	if (size <= PR_MSG_INLINE_MAX) {
		msg->size = size;
		return 0;
	}
	block = pr_block_create(size);
	if (__builtin_expect(!block, 0))
		return ENOMEM;
	pr_msg_point_to(msg, PR_MSG_BLOCK, block, block->room, size);
	return 0;
}

/* free_fn (may be NULL) is called with data and hint once, when the last copy is closed; any
 * thread.  */
int pr_msg_init_data(struct pr_msg *msg, void *data, size_t size, zmq_free_fn *free_fn, void *hint);

/* The body of a frame by reference becomes the message's.  */
void pr_msg_take_over(struct pr_msg *msg, struct pr_chunk *chunk, size_t size);

static inline void pr_msg_pin(struct pr_msg *msg, const struct pr_view *view)
{
	struct pr_chunk *chunk = view->queue->read_chunk;

	pr_msg_init(msg);
	if (__builtin_expect(chunk->is_by_reference, 0)) {
		pr_msg_take_over(msg, chunk, view->size);
		return;
	}
	pr_msg_point_to(msg, PR_MSG_CHUNK, pr_queue_give(view->queue),
	                (void *)(uintptr_t)view->data, view->size);
	msg->metadata = chunk->metadata;
}

static inline int pr_msg_copy_view(struct pr_msg *msg, const struct pr_view *view)
{
	int error = pr_msg_init_size(msg, view->size);

	if (error)
		return error;
	pr_copy(pr_msg_data(msg), view->data, view->size);
	if (view->queue)
		msg->metadata = pr_queue_give_metadata(view->queue);
	else if (view->metadata)
		pr_metadata_ref(msg->metadata = view->metadata, 1);
	msg->owns_metadata = msg->metadata;
	return 0;
}

/* Takes what a receive found: a small body is copied, any other stays where it is.  0 or ENOMEM.
 */
static inline int pr_msg_init_view(struct pr_msg *msg, const struct pr_view *view)
{
	int error = 0;

	if (view->size > PR_MSG_INLINE_MAX && view->queue && !view->is_apart)
		pr_msg_pin(msg, view);
	else
		error = pr_msg_copy_view(msg, view);
	msg->more = view->more;
	return error;
}

/* Gives the content up; msg is invalid afterwards.  */
static inline void pr_msg_close(struct pr_msg *msg)
{
	if (msg->kind == PR_MSG_BLOCK)
		pr_block_unref(msg->body.far.owner);
	else if (msg->kind == PR_MSG_CHUNK)
		pr_chunk_return(msg->body.far.owner);
	if (msg->owns_metadata)
		pr_metadata_return(msg->metadata);
	msg->kind = 0;
}

/* to (initialised) becomes a copy that shares the body.  */
void pr_msg_copy(struct pr_msg *to, struct pr_msg *from);

/* zmq_msg_gets: NULL when there is none of that name.  */
const char *pr_msg_gets(const struct pr_msg *msg, const char *name);

/* A further reference of the body's owner.  msg is not inline.  */
struct pr_owner pr_msg_lend(const struct pr_msg *msg);

#endif
