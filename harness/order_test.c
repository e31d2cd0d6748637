/* SPDX-License-Identifier: MIT */
/* harness/order_test.c - every phase follows every other equally often, and a seed repeats an
 * order.  */
#include <string.h>

#include "core/base/test.h"
#include "harness/order.h"

#define COUNT_MAX 12

/* Adds the neighbours and positions of one order.  */
static void count_order(const size_t *items, size_t count, size_t follows[COUNT_MAX][COUNT_MAX],
                        size_t at[COUNT_MAX][COUNT_MAX])
{
	for (size_t i = 0; i < count; i++) {
		at[items[i]][i]++;
		if (i > 0)
			follows[items[i]][items[i - 1]]++;
	}
}

static void check_design(struct pr_order *order, size_t count)
{
	size_t follows[COUNT_MAX][COUNT_MAX] = {{0}}, at[COUNT_MAX][COUNT_MAX] = {{0}};
	size_t rows = pr_order_rows(count), items[COUNT_MAX];

	for (size_t row = 0; row < rows; row++) {
		pr_order_next(order, items);
		count_order(items, count, follows, at);
	}
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < count; j++) {
			assert_int_equal(at[i][j], rows / count);
			assert_int_equal(follows[i][j], i == j ? 0 : rows / count);
		}
}

static void test_designs_are_balanced(void **state)
{
	(void)state;
	for (size_t count = 2; count <= COUNT_MAX; count++) {
		struct pr_order *order = pr_order_create(count, 42);

		for (int design = 0; design < 3; design++)
			check_design(order, count);
		pr_order_destroy(&order);
		assert_null(order);
	}
}

static void test_one_phase(void **state)
{
	struct pr_order *order = pr_order_create(1, 1);
	size_t item = 7;

	(void)state;
	for (int i = 0; i < 5; i++) {
		pr_order_next(order, &item);
		assert_int_equal(item, 0);
	}
	pr_order_destroy(&order);
}

static void next_hundred(uint64_t seed, size_t *items)
{
	struct pr_order *order = pr_order_create(9, seed);

	for (int i = 0; i < 100; i++)
		pr_order_next(order, items + 9 * i);
	pr_order_destroy(&order);
}

static void test_a_seed_repeats_an_order(void **state)
{
	static size_t first[900], second[900];

	(void)state;
	next_hundred(7, first);
	next_hundred(7, second);
	assert_memory_equal(first, second, sizeof(first));
	next_hundred(8, second);
	assert_memory_not_equal(first, second, sizeof(first));
}

PR_TEST_MAIN(cmocka_unit_test(test_designs_are_balanced), cmocka_unit_test(test_one_phase),
             cmocka_unit_test(test_a_seed_repeats_an_order))
