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

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/chunk.h"
#include "core/include/proctor/zmq.h"

struct pr_metadata;
struct pr_view;

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

/* 0 or ENOMEM.  The old content of msg is not looked at.  */
int pr_msg_init_size(struct pr_msg *msg, size_t size);

/* free_fn (may be NULL) is called with data and hint once, when the last copy is closed; any
 * thread.  */
int pr_msg_init_data(struct pr_msg *msg, void *data, size_t size, zmq_free_fn *free_fn, void *hint);

/* Takes what a receive found.  0 or ENOMEM.  */
int pr_msg_init_view(struct pr_msg *msg, const struct pr_view *view);

/* Gives the content up; msg is invalid afterwards.  */
void pr_msg_close(struct pr_msg *msg);

/* to (initialised) becomes a copy that shares the body.  */
void pr_msg_copy(struct pr_msg *to, struct pr_msg *from);

/* zmq_msg_gets: NULL when there is none of that name.  */
const char *pr_msg_gets(const struct pr_msg *msg, const char *name);

/* A further reference of the body's owner.  msg is not inline.  */
struct pr_owner pr_msg_lend(const struct pr_msg *msg);

#endif
