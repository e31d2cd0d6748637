/* SPDX-License-Identifier: MIT */
/* core/msg.c - see msg.h.  */
#include "core/msg.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/block.h"
#include "core/metadata.h"
#include "core/pattern.h"
#include "core/queue.h"

_Static_assert(sizeof(struct pr_msg) <= sizeof(zmq_msg_t), "a message must fit into zmq_msg_t");

static void block_ref(void *object)
{
	pr_block_ref(object);
}

static void block_unref(void *object)
{
	pr_block_unref(object);
}

static void chunk_ref(void *object)
{
	struct pr_chunk *chunk = object;

	atomic_fetch_add_explicit(&chunk->refs, 1, memory_order_relaxed);
}

static void chunk_unref(void *object)
{
	pr_chunk_release(object);
}

static const struct pr_owner_ops block_ops = {block_ref, block_unref, PR_MSG_BLOCK};
static const struct pr_owner_ops chunk_ops = {chunk_ref, chunk_unref, PR_MSG_CHUNK};

int pr_msg_init_data(struct pr_msg *msg, void *data, size_t size, zmq_free_fn *free_fn, void *hint)
{
	struct pr_block *block = pr_block_create(0);

	pr_msg_init(msg);
	if (!block)
		return ENOMEM;
	block->free_fn = free_fn;
	block->data = data;
	block->hint = hint;
	pr_msg_point_to(msg, PR_MSG_BLOCK, block, data, size);
	return 0;
}

void pr_msg_take_over(struct pr_msg *msg, struct pr_chunk *chunk, size_t size)
{
	struct pr_owner owner = chunk->owner;

	chunk->owner.object = NULL;
	pr_msg_point_to(msg, owner.ops->msg_kind, owner.object, (void *)(uintptr_t)chunk->body,
	                size);
}

void pr_msg_copy(struct pr_msg *to, struct pr_msg *from)
{
	pr_msg_close(to);
	if (from->kind == PR_MSG_BLOCK)
		pr_block_ref(from->body.far.owner);
	else if (from->kind == PR_MSG_CHUNK)
		chunk_ref(from->body.far.owner);
	if (from->owns_metadata)
		pr_metadata_ref(from->metadata, 1);
	from->shared = from->kind != PR_MSG_INLINE;
	*to = *from;
}

/* libzmq has two names for the routing id; the wire knows the first only.  */
const char *pr_msg_gets(const struct pr_msg *msg, const char *name)
{
	const char *value = msg->metadata ? pr_metadata_get(msg->metadata, name) : NULL;

	if (!value && msg->metadata && strcmp(name, "Identity") == 0)
		value = pr_metadata_get(msg->metadata, "Routing-Id");
	return value;
}

struct pr_owner pr_msg_lend(const struct pr_msg *msg)
{
	struct pr_owner owner = {msg->body.far.owner,
	                         msg->kind == PR_MSG_BLOCK ? &block_ops : &chunk_ops};

	owner.ops->ref(owner.object);
	return owner;
}
