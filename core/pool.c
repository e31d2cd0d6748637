/* SPDX-License-Identifier: MIT */
/* core/pool.c - see pool.h.  */
#include "core/pool.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* What is kept is sorted by size: powers of two, and room for the header of whoever cuts a round
 * number of bytes out of it.  Above that a piece is too rare to wait for its like.  */
#define CLASS_FIRST_BITS 14 /* PR_POOL_PIECE_MIN */
#define CLASS_COUNT      9  /* up to 4 MiB */
#define HEADER_BYTES     ((size_t)256)

struct piece {
	struct piece *next;
};

static struct {
	pthread_mutex_t lock;
	size_t bytes;
	struct piece *kept[CLASS_COUNT];
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* The class of pieces with that size, -1 when there is none.  */
static int class_of(size_t size)
{
	if (size < PR_POOL_PIECE_MIN)
		return -1;
	size_t round = size - HEADER_BYTES;
	int bits = 64 - __builtin_clzll((unsigned long long)round - 1); /* rounded up */

	if (bits < CLASS_FIRST_BITS)
		return 0;
	return bits < CLASS_FIRST_BITS + CLASS_COUNT ? bits - CLASS_FIRST_BITS : -1;
}

static size_t class_size(int class)
{
	return ((size_t)1 << (CLASS_FIRST_BITS + class)) + HEADER_BYTES;
}

static void *take_kept(int class)
{
	pthread_mutex_lock(&pool.lock);
	struct piece *piece = pool.kept[class];

	if (piece) {
		pool.kept[class] = piece->next;
		pool.bytes -= class_size(class);
	}
	pthread_mutex_unlock(&pool.lock);
	return piece;
}

static bool keep(struct piece *piece, int class)
{
	pthread_mutex_lock(&pool.lock);
	bool is_room = pool.bytes + class_size(class) <= PR_POOL_BYTES;

	if (is_room) {
		pool.bytes += class_size(class);
		piece->next = pool.kept[class];
		pool.kept[class] = piece;
	}
	pthread_mutex_unlock(&pool.lock);
	return is_room;
}

void *pr_pool_take(size_t *size)
{
	int class = class_of(*size);
	void *memory = class >= 0 ? take_kept(class) : NULL;

	if (class >= 0) /* what is never touched costs nothing */
		*size = class_size(class);
	if (memory)
		return memory;
	return *size <= PTRDIFF_MAX ? malloc(*size) : NULL;
}

void pr_pool_give(void *memory, size_t size)
{
	int class = class_of(size);

	if (class < 0 || !keep(memory, class))
		free(memory);
}

void pr_pool_trim(void)
{
	for (int class = 0; class < CLASS_COUNT; class ++)
		for (void *memory; (memory = take_kept(class));)
			free(memory);
}
