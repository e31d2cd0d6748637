/* SPDX-License-Identifier: MIT */
/* harness/stack_test.c - calls begin at every cache line of a page, in the same order each time;
 * the second application thread is called so.  */
#include "harness/stack.h"

#include <stdbool.h>
#include <stdint.h>

#include "core/base/test.h"
#include "harness/mate.h"

#define PAGE  4096
#define LINE  64
#define CALLS 1000

/* Where the frames of calls lay.  */
struct places {
	size_t count;
	uint8_t lines[CALLS];
};

static void note(void *arg)
{
	struct places *places = arg;
	uintptr_t frame = (uintptr_t)__builtin_frame_address(0);

	places->lines[places->count++] = (uint8_t)(frame % PAGE / LINE);
}

static int count_different(const struct places *places)
{
	bool seen[PAGE / LINE] = {false};
	int different = 0;

	for (size_t i = 0; i < places->count; i++) {
		different += !seen[places->lines[i]];
		seen[places->lines[i]] = true;
	}
	return different;
}

static void calls_begin_everywhere_in_a_page(void **state)
{
	static struct places first, second;
	struct pr_stack stack;

	(void)state;
	pr_stack_init(&stack);
	for (int i = 0; i < CALLS; i++)
		pr_stack_call(&stack, note, &first);
	pr_stack_init(&stack);
	for (int i = 0; i < CALLS; i++)
		pr_stack_call(&stack, note, &second);
	assert_int_equal(count_different(&first), PAGE / LINE);
	assert_memory_equal(first.lines, second.lines, CALLS);
}

static void so_do_the_jobs_of_a_mate(void **state)
{
	static struct places places;
	struct pr_mate *mate;
	struct pr_error why;

	(void)state;
	assert_ok(pr_mate_create(&mate, &why), why);
	for (int i = 0; i < CALLS; i++) {
		pr_mate_run(mate, note, &places);
		pr_mate_wait(mate);
	}
	pr_mate_destroy(&mate);
	assert_int_equal(places.count, CALLS);
	assert_int_equal(count_different(&places), PAGE / LINE);
}

PR_TEST_MAIN(cmocka_unit_test(calls_begin_everywhere_in_a_page),
             cmocka_unit_test(so_do_the_jobs_of_a_mate))
