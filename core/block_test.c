/* SPDX-License-Identifier: MIT */
/* core/block_test.c - blocks of messages, and the copies of small bodies.  */
#include "core/block.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/copy.h"
#include "core/pool.h"

#define BLOCKS 100

/* Whatever is kept, blocks in use never overlap.  */
static void *use_blocks(void *arg)
{
	struct pr_block *blocks[BLOCKS];

	for (unsigned round = 0; round < 20; round++) {
		for (unsigned i = 0; i < BLOCKS; i++) {
			size_t room = (i * 7 + round) % 300;

			blocks[i] = pr_block_create(room);
			assert_non_null(blocks[i]);
			memset(blocks[i]->room, (int)i, room);
		}
		for (unsigned i = 0; i < BLOCKS; i++)
			for (size_t at = 0; at < (i * 7 + round) % 300; at++)
				assert_int_equal(blocks[i]->room[at], i);
		for (unsigned i = 0; i < BLOCKS; i++)
			pr_block_unref(blocks[i]);
	}
	return arg;
}

static void blocks_are_used_again(void **state)
{
	pthread_t threads[4];

	(void)state;
	use_blocks(NULL);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, use_blocks, NULL), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
}

/* The same memory again, and what is in use never overlaps.  */
static void large_blocks_are_kept_for_the_process(void **state)
{
	struct pr_block *blocks[3];

	(void)state;
	for (size_t room = PR_POOL_PIECE_MIN - 40; room < (size_t)9 << 20; room = room * 3 / 2) {
		for (int i = 0; i < 3; i++) {
			blocks[i] = pr_block_create(room);
			assert_non_null(blocks[i]);
			memset(blocks[i]->room, i, room);
		}
		for (int i = 0; i < 3; i++) {
			assert_int_equal(blocks[i]->room[0], i);
			assert_int_equal(blocks[i]->room[room - 1], i);
		}
		for (int i = 0; i < 3; i++)
			pr_block_unref(blocks[i]);
	}
	blocks[0] = pr_block_create(65536);
	pr_block_unref(blocks[0]);
	if (PR_POOL_BYTES > 0)
		assert_ptr_equal(pr_block_create(65000), blocks[0]);
	else
		blocks[0] = pr_block_create(65000);
	pr_block_unref(blocks[0]);
	pr_pool_trim();
}

static void count(void *data, void *hint)
{
	assert_ptr_equal(data, &count);
	++*(unsigned *)hint;
}

static void the_last_reference_frees(void **state)
{
	struct pr_block *block = pr_block_create(0);
	unsigned frees = 0;

	(void)state;
	block->free_fn = count;
	block->data = (void *)(uintptr_t)&count;
	block->hint = &frees;
	pr_block_ref(block);
	pr_block_ref(block);
	pr_block_unref(block);
	pr_block_unref(block);
	assert_int_equal(frees, 0);
	pr_block_unref(block);
	assert_int_equal(frees, 1);
	assert_null(pr_block_create(SIZE_MAX));
	assert_null(pr_block_create(PTRDIFF_MAX));
}

/* Exactly the bytes that were asked for, at every size around those where the way changes.  */
static void copies_are_exact(void **state)
{
	uint8_t from[200], to[200];

	(void)state;
	for (unsigned i = 0; i < sizeof(from); i++)
		from[i] = (uint8_t)(i + 1);
	for (size_t size = 0; size <= 150; size++) {
		memset(to, 0, sizeof(to));
		pr_copy(to + 10, from, size);
		assert_memory_equal(to + 10, from, size);
		assert_int_equal(to[9], 0);
		assert_int_equal(to[10 + size], 0);
		assert_true(pr_copy_equals(to + 10, from, size));
		for (size_t i = 0; i < size; i++) {
			to[10 + i] ^= 0x80;
			assert_false(pr_copy_equals(to + 10, from, size));
			to[10 + i] ^= 0x80;
		}
	}
	pr_copy(to, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(blocks_are_used_again),
	        cmocka_unit_test(large_blocks_are_kept_for_the_process),
	        cmocka_unit_test(the_last_reference_frees),
	        cmocka_unit_test(copies_are_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
