/* SPDX-License-Identifier: MIT */
/* core/block.h - the counted memory behind messages that a program made.
 *
 * Small blocks of a program that makes, sends and forgets messages in one thread are kept for that
 * thread (a few of each size), which is quicker than malloc(3); they are freed when it ends.  Large
 * ones come from core/pool.h.  */
#ifndef PR_BLOCK_H
#define PR_BLOCK_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "core/include/proctor/zmq.h"

struct pr_block {
	_Atomic uint32_t refs;
	uint32_t class; /* of small ones; see block.c */
	zmq_free_fn *free_fn;
	union {
		void *data;    /* for free_fn */
		size_t pooled; /* of a large one: bytes that core/pool.h gave */
	};
	void *hint; /* for free_fn */
	uint8_t room[];
};

/* One reference; no free_fn.  NULL when memory ran out.  Any thread.  */
struct pr_block *pr_block_create(size_t room);

static inline void pr_block_ref(struct pr_block *block)
{
	atomic_fetch_add_explicit(&block->refs, 1, memory_order_relaxed);
}

/* The slow half of pr_block_unref: calls free_fn, and frees.  */
void pr_block_destroy(struct pr_block *block);

/* Any thread.  Whoever has the only reference needs no atomic operation to give it up, since nobody
 * else could make another one.  */
static inline void pr_block_unref(struct pr_block *block)
{
	if (atomic_load_explicit(&block->refs, memory_order_acquire) == 1 ||
	    atomic_fetch_sub_explicit(&block->refs, 1, memory_order_acq_rel) == 1)
		pr_block_destroy(block);
}

#endif
