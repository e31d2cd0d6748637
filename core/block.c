/* SPDX-License-Identifier: MIT */
/* core/block.c - see block.h.  */
#include "core/block.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/pool.h"

/* Kept blocks have room for 64, 128, 192 or 256 bytes.  */
#define CLASS_BYTES 64
#define CLASS_COUNT 4
#define CLASS_NONE  CLASS_COUNT
#define CLASS_LARGE (CLASS_COUNT + 1)

/* Enough for a message that is made while others wait to be sent.  */
#define KEPT_MOST 16

/* A sanitizer must see each block end.  */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define KEEPS false
#else
#define KEEPS true
#endif

struct kept {
	unsigned count;
	struct pr_block *blocks[KEPT_MOST];
};

struct cache {
	struct kept kept[CLASS_COUNT];
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key; /* its value is the thread's cache, so that it ends with the thread */
static bool has_key;
/* Found without a call, also in a library that is loaded late: eight bytes of the room that the
 * loader keeps for such.  */
static _Thread_local struct cache *own __attribute__((tls_model("initial-exec")));

static void end_cache(void *value)
{
	struct cache *cache = value;

	own = NULL;
	for (unsigned class = 0; class < CLASS_COUNT; class ++)
		while (cache->kept[class].count > 0)
			free(cache->kept[class].blocks[--cache->kept[class].count]);
	free(cache);
}

static void make_key(void)
{
	has_key = pthread_key_create(&key, end_cache) == 0;
}

/* NULL when there cannot be one.  */
static struct cache *make_cache(void)
{
	pthread_once(&once, make_key);
	struct cache *cache = has_key ? calloc(1, sizeof(*cache)) : NULL;

	if (cache && pthread_setspecific(key, cache) != 0) {
		free(cache);
		cache = NULL;
	}
	own = cache;
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

struct pr_block *pr_block_create(size_t room)
{
	if (__builtin_expect(room >= PR_POOL_PIECE_MIN, 0))
		return create_large(room);
	if (room == 0 || room > CLASS_BYTES * CLASS_COUNT)
		return init(malloc(sizeof(struct pr_block) + room), CLASS_NONE);
	uint32_t class = (uint32_t)(room - 1) / CLASS_BYTES;
	struct cache *cache = own;

	if (cache && cache->kept[class].count > 0)
		return init(cache->kept[class].blocks[--cache->kept[class].count], class);
	return init(malloc(sizeof(struct pr_block) + (class + 1) * CLASS_BYTES), class);
}

/* False: it is to be freed.  */
static bool keep(struct pr_block *block)
{
	struct cache *cache = own;

	if (!KEEPS || block->class >= CLASS_NONE || (!cache && !(cache = make_cache())))
		return false;
	struct kept *kept = &cache->kept[block->class];

	if (kept->count == KEPT_MOST)
		return false;
	kept->blocks[kept->count++] = block;
	return true;
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
