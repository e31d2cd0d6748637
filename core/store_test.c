/* SPDX-License-Identifier: MIT */
/* core/store_test.c - the deque of held input.  */
#include "core/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void first_in_first_out_and_counted_both_ways(void **state)
{
	struct pr_store store;
	const uint8_t *data;
	size_t size;
	uint64_t steps = 0;

	(void)state;
	pr_store_init(&store);
	assert_false(pr_store_front(&store, &data, &size));
	for (uint8_t i = 1; i <= 100; i++) {
		uint8_t bytes[100];

		memset(bytes, i, sizeof(bytes));
		assert_true(pr_store_push(&store, bytes, i));
	}
	assert_int_equal(store.bytes, 5050);
	assert_int_equal(pr_store_walk(&store, &steps), 5050);
	assert_int_equal(steps, 100);
	for (uint8_t i = 1; i <= 60; i++) {
		assert_true(pr_store_front(&store, &data, &size));
		assert_int_equal(size, i);
		assert_int_equal(data[0], i);
		pr_store_pop(&store);
	}
	assert_int_equal(store.bytes, 5050 - 1830);
	pr_store_fini(&store);
	assert_int_equal(store.bytes, 0);
	assert_true(pr_store_push(&store, (const uint8_t *)"x", 1)); /* usable again */
	pr_store_fini(&store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(first_in_first_out_and_counted_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
