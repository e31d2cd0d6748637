/* SPDX-License-Identifier: MIT */
/* core/chunk.c - see chunk.h.  */
#include "core/chunk.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/metadata.h"
#include "core/pool.h"

static void init_plain(struct pr_chunk *chunk, size_t capacity)
{
	chunk->data = (uint8_t *)(chunk + 1);
	chunk->capacity = capacity;
	chunk->metadata = NULL;
	chunk->body = NULL;
	chunk->is_by_reference = false;
	chunk->owner = (struct pr_owner){0};
}

struct pr_chunk *pr_chunk_create(size_t capacity)
{
	size_t size = sizeof(struct pr_chunk) + capacity;
	struct pr_chunk *chunk = capacity < SIZE_MAX / 2 ? pr_pool_take(&size) : NULL;

	if (chunk)
		init_plain(chunk, size - sizeof(*chunk));
	return chunk;
}

struct pr_chunk *pr_chunk_create_reference(void)
{
	struct pr_chunk *chunk = malloc(sizeof(*chunk));

	if (!chunk)
		return NULL;
	init_plain(chunk, 0);
	chunk->data = chunk->header;
	chunk->is_by_reference = true;
	return chunk;
}

void pr_chunk_disown(struct pr_chunk *chunk)
{
	struct pr_owner owner = chunk->owner;

	chunk->body = NULL;
	chunk->owner.object = NULL;
	if (owner.object)
		owner.ops->unref(owner.object);
}

void pr_chunk_forget_metadata(struct pr_chunk *chunk)
{
	pr_metadata_unref(chunk->metadata, 1);
	chunk->metadata = NULL;
}

void pr_chunk_free(struct pr_chunk *chunk)
{
	pr_chunk_forget_metadata(chunk);
	if (chunk->is_by_reference) {
		pr_chunk_disown(chunk);
		free(chunk);
		return;
	}
	pr_pool_give(chunk, sizeof(*chunk) + chunk->capacity);
}

static void release(struct pr_chunk *chunk, int64_t count)
{
	if (atomic_fetch_sub_explicit(&chunk->refs, count, memory_order_acq_rel) == count)
		pr_chunk_free(chunk);
}

void pr_chunk_release(struct pr_chunk *chunk)
{
	release(chunk, 1);
}

/* ---- What a thread is done with ---- */

/* A larger chunk, which holds a large body, is given back at once.  A sanitizer must see each one
 * end.  */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define RETURN_LATER_MOST ((size_t)0)
#else
#define RETURN_LATER_MOST PR_CHUNK_SMALL_BODIES_MOST
#endif

__thread struct pr_chunk_returned pr_chunk_returned;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key; /* any value makes the thread give back what it has when it ends */
static bool has_key;

static void give_back(void)
{
	struct pr_chunk_returned returned = pr_chunk_returned;

	pr_chunk_returned = (struct pr_chunk_returned){0};
	if (returned.chunk)
		release(returned.chunk, returned.count);
}

static void thread_ends(void *value)
{
	(void)value;
	give_back();
}

static void create_key(void)
{
	has_key = pthread_key_create(&key, thread_ends) == 0;
}

void pr_chunk_return_slowly(struct pr_chunk *chunk)
{
	pthread_once(&once, create_key);
	give_back();
	if (chunk->capacity > RETURN_LATER_MOST || !has_key ||
	    pthread_setspecific(key, &has_key) != 0)
		release(chunk, 1);
	else
		pr_chunk_returned = (struct pr_chunk_returned){chunk, 1};
}

void pr_chunk_trim(void)
{
	give_back();
	pr_pool_trim();
}
