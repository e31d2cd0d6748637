/* SPDX-License-Identifier: MIT */
/* core/block.h - the counted memory behind messages that a program made.
 *
 * Small blocks of a program that makes, sends and forgets messages in one thread are kept for that
 * thread (a few of each size), which is quicker than malloc(3); they are freed when it ends.  Large
 * ones come from core/pool.h.  */
#ifndef PR_BLOCK_H
#define PR_BLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/include/proctor/zmq.h"

/* Kept blocks have room for 64, 128, 192 or 256 bytes; enough of each for a message that is made
 * while others wait to be sent.  */
#define PR_BLOCK_CLASS_BYTES 64
#define PR_BLOCK_CLASSES     4
#define PR_BLOCK_KEPT_MOST   16

struct pr_block {
	_Atomic uint32_t refs;
	uint32_t class; /* of those that may be kept: room / 64, rounded up, - 1; else larger */
	zmq_free_fn *free_fn;
	union {
		void *data;            /* for free_fn */
		size_t pooled;         /* of a large one: bytes that core/pool.h gave */
		struct pr_block *next; /* of one that is kept */
	};
	void *hint; /* for free_fn */
	uint8_t room[];
};

/* What a thread keeps.  Such a block is as pr_block_create() would make it.  */
struct pr_block_cache {
	struct {
		struct pr_block *top;
		size_t count;
	} kept[PR_BLOCK_CLASSES];
};

/* Never NULL: of a thread that has none yet it is one that is both empty and full.  Found without a
 * call, also in a library that is loaded late: eight bytes of the room that the loader keeps for
 * such.  */
extern _Thread_local struct pr_block_cache *pr_block_cache
        __attribute__((tls_model("initial-exec")));

/* The slow half of pr_block_create.  */
struct pr_block *pr_block_make(size_t room);

/* One reference; no free_fn.  NULL when memory ran out.  Any thread.  */
static inline struct pr_block *pr_block_create(size_t room)
{
	size_t class = (room - 1) / PR_BLOCK_CLASS_BYTES;

	if (__builtin_expect(class >= PR_BLOCK_CLASSES, 0))
		return pr_block_make(room);
	struct pr_block_cache *cache = pr_block_cache;
	struct pr_block *block = cache->kept[class].top;

	if (__builtin_expect(!block, 0))
		return pr_block_make(room);
	cache->kept[class].top = block->next;
	cache->kept[class].count--;
	return block;
}

static inline void pr_block_ref(struct pr_block *block)
{
	atomic_fetch_add_explicit(&block->refs, 1, memory_order_relaxed);
}

/* The slow half of pr_block_unref: calls free_fn, and frees or keeps.  */
void pr_block_destroy(struct pr_block *block);

/* The last reference of a block that has room in the cache.  */
static inline bool pr_block_keep(struct pr_block *block)
{
	struct pr_block_cache *cache = pr_block_cache;
	size_t class = block->class;

	if (class >= PR_BLOCK_CLASSES || cache->kept[class].count >= PR_BLOCK_KEPT_MOST)
		return false;
	block->next = cache->kept[class].top;
	cache->kept[class].top = block;
	cache->kept[class].count++;
	return true;
}

/* Any thread.  Whoever has the only reference needs no atomic operation to give it up, since nobody
 * else could make another one.  */
static inline void pr_block_unref(struct pr_block *block)
{
	if (__builtin_expect(atomic_load_explicit(&block->refs, memory_order_acquire) != 1, 0)) {
		if (atomic_fetch_sub_explicit(&block->refs, 1, memory_order_acq_rel) != 1)
			return;
		atomic_store_explicit(&block->refs, 1, memory_order_relaxed);
	}
	if (__builtin_expect(!pr_block_keep(block), 0))
		pr_block_destroy(block);
}

#endif
