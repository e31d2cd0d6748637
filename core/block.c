/* SPDX-License-Identifier: MIT */
/* core/block.c - see block.h.  */
#include "core/block.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/pool.h"

#define CLASS_NONE  PR_BLOCK_CLASSES
#define CLASS_LARGE (PR_BLOCK_CLASSES + 1)

/* A sanitizer must see each block end.  */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define KEEPS false
#else
#define KEEPS true
#endif

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key; /* its value is the thread's cache, so that it ends with the thread */
static bool has_key;

/* Never changes.  */
#define FULL                                                                                       \
	{                                                                                          \
		.count = PR_BLOCK_KEPT_MOST                                                        \
	}
static struct pr_block_cache no_cache = {.kept = {FULL, FULL, FULL, FULL}};

_Thread_local struct pr_block_cache *pr_block_cache = &no_cache;

static void end_cache(void *value)
{
	struct pr_block_cache *cache = value;

	pr_block_cache = &no_cache;
	for (unsigned class = 0; class < PR_BLOCK_CLASSES; class ++)
		for (struct pr_block *block = cache->kept[class].top, *next; block; block = next) {
			next = block->next;
			free(block);
		}
	free(cache);
}

static void make_key(void)
{
	has_key = pthread_key_create(&key, end_cache) == 0;
}

/* False when there cannot be one.  */
static bool make_cache(void)
{
	pthread_once(&once, make_key);
	struct pr_block_cache *cache = has_key ? calloc(1, sizeof(*cache)) : NULL;

	if (cache && pthread_setspecific(key, cache) != 0) {
		free(cache);
		cache = NULL;
	}
	if (cache)
		pr_block_cache = cache;
	return cache;
}

static struct pr_block *init(struct pr_block *block, uint32_t class)
{
	if (!block)
		return NULL;
	atomic_init(&block->refs, 1);
	block->class = class;
	block->free_fn = NULL;
	return block;
}

/* Cold: a large block's price is its copy.  */
static __attribute__((noinline)) struct pr_block *create_large(size_t room)
{
	size_t size = sizeof(struct pr_block) + room;
	struct pr_block *block = room <= PTRDIFF_MAX - sizeof(*block)
	                                 ? init(pr_pool_take(&size), CLASS_LARGE)
	                                 : NULL;

	if (block)
		block->pooled = size;
	return block;
}

struct pr_block *pr_block_make(size_t room)
{
	if (__builtin_expect(room >= PR_POOL_PIECE_MIN, 0))
		return create_large(room);
	if (room == 0 || room > PR_BLOCK_CLASS_BYTES * PR_BLOCK_CLASSES)
		return init(malloc(sizeof(struct pr_block) + room), CLASS_NONE);
	uint32_t class = (uint32_t)(room - 1) / PR_BLOCK_CLASS_BYTES;

	return init(malloc(sizeof(struct pr_block) + (class + 1) * PR_BLOCK_CLASS_BYTES), class);
}

/* The thread's first block makes its cache.  */
static bool keep(struct pr_block *block)
{
	return KEEPS && block->class < PR_BLOCK_CLASSES && pr_block_cache == &no_cache &&
	       make_cache() && pr_block_keep(block);
}

void pr_block_destroy(struct pr_block *block)
{
	if (block->free_fn)
		block->free_fn(block->data, block->hint);
	if (block->class == CLASS_LARGE)
		pr_pool_give(block, block->pooled);
	else if (!keep(block))
		free(block);
}
