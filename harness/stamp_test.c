/* SPDX-License-Identifier: MIT */
/* harness/stamp_test.c - what went wrong on the way is seen, and called by its name.  */
#include <stdlib.h>

#include "core/base/test.h"
#include "harness/stamp.h"

#define SIZE 64

struct pipe {
	struct pr_stamp stamp;
	struct pr_ledger ledger;
};

static int begin(void **state)
{
	struct pipe *pipe = aligned_alloc(128, sizeof(*pipe));

	pr_stamp_init(&pipe->stamp, 1, SIZE);
	pr_ledger_init(&pipe->ledger, 1, SIZE);
	*state = pipe;
	return 0;
}

static int end(void **state)
{
	struct pipe *pipe = *state;

	pr_stamp_fini(&pipe->stamp);
	pr_ledger_fini(&pipe->ledger);
	free(pipe);
	return 0;
}

/* Makes message `number`, whatever was made before.  */
static void make(struct pipe *pipe, uint64_t number, unsigned char body[SIZE])
{
	pipe->stamp.next = number;
	memcpy(body, pr_stamp_next(&pipe->stamp), SIZE);
}

static void take(struct pipe *pipe, uint64_t number)
{
	unsigned char body[SIZE];

	make(pipe, number, body);
	pr_ledger_take(&pipe->ledger, body, SIZE);
}

static void take_all(struct pipe *pipe, const uint64_t *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		take(pipe, numbers[i]);
}

#define TAKE(pipe, ...)                                                                            \
	take_all(pipe, (const uint64_t[]){__VA_ARGS__},                                            \
	         sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))

static void expect(const struct pipe *pipe, uint64_t lost, uint64_t reordered, uint64_t duplicated,
                   uint64_t corrupt)
{
	assert_int_equal(pipe->ledger.lost, lost);
	assert_int_equal(pipe->ledger.reordered, reordered);
	assert_int_equal(pipe->ledger.duplicated, duplicated);
	assert_int_equal(pipe->ledger.corrupt, corrupt);
	assert_int_equal(pr_ledger_is_odd(&pipe->ledger),
	                 (lost | reordered | duplicated | corrupt) != 0);
}

static void test_order_is_not_odd(void **state)
{
	struct pipe *pipe = *state;

	for (uint64_t i = 0; i < 1000; i++)
		take(pipe, i);
	expect(pipe, 0, 0, 0, 0);
	assert_int_equal(pipe->ledger.received, 1000);
	assert_int_equal(pipe->ledger.expected, 1000);
}

static void test_a_gap_is_lost(void **state)
{
	TAKE(*state, 0, 1, 4, 5);
	expect(*state, 2, 0, 0, 0);
	assert_int_equal(((struct pipe *)*state)->ledger.first_odd, 2);
}

static void test_late_is_reordered_and_not_lost(void **state)
{
	TAKE(*state, 0, 2, 3, 1, 4);
	expect(*state, 0, 1, 0, 0);
}

static void test_again_is_duplicated(void **state)
{
	TAKE(*state, 0, 1, 1, 2);
	expect(*state, 0, 0, 1, 0);
}

static void test_late_and_again(void **state)
{
	TAKE(*state, 0, 2, 1, 1, 3);
	expect(*state, 0, 1, 1, 0);
}

static void test_changed_bytes_are_corrupt(void **state)
{
	struct pipe *pipe = *state;
	static const size_t places[] = {0, 7, 8, 30, SIZE - 9, SIZE - 8, SIZE - 1};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		unsigned char body[SIZE];

		make(pipe, 0, body); /* every 64th, so that the pattern is compared too */
		body[places[i]] ^= 0x40;
		pr_ledger_take(&pipe->ledger, body, SIZE);
		expect(pipe, 0, 0, 0, i + 1);
	}
}

static void test_another_size_is_corrupt(void **state)
{
	struct pipe *pipe = *state;
	unsigned char body[SIZE] = {0};
	volatile size_t none = 0; /* unknown to the compiler, which would warn */

	pr_ledger_take(&pipe->ledger, body, none);
	pr_ledger_take(&pipe->ledger, body, SIZE - 1);
	expect(pipe, 0, 0, 0, 2);
}

static void test_another_sender_is_corrupt(void **state)
{
	struct pipe *pipe = *state;
	unsigned char body[SIZE];

	pipe->stamp.sender = 2;
	make(pipe, 0, body);
	pr_ledger_take(&pipe->ledger, body, SIZE);
	expect(pipe, 0, 0, 0, 1);
}

static void test_a_mixture_of_two_is_corrupt(void **state)
{
	struct pipe *pipe = *state;
	unsigned char first[SIZE], second[SIZE];

	make(pipe, 0, first);
	make(pipe, 1, second);
	memcpy(first + SIZE / 2, second + SIZE / 2, SIZE / 2);
	pr_ledger_take(&pipe->ledger, first, SIZE);
	expect(pipe, 0, 0, 0, 1);
}

static void test_many_gaps_are_all_counted(void **state)
{
	struct pipe *pipe = *state;

	take(pipe, 0);
	take(pipe, 1000000);
	expect(pipe, 999999, 0, 0, 0);
}

static void test_the_smallest_body(void **state)
{
	struct pr_stamp stamp;
	struct pr_ledger ledger;

	(void)state;
	pr_stamp_init(&stamp, 1, PR_STAMP_SIZE_MIN);
	pr_ledger_init(&ledger, 1, PR_STAMP_SIZE_MIN);
	for (int i = 0; i < 100; i++)
		pr_ledger_take(&ledger, pr_stamp_next(&stamp), PR_STAMP_SIZE_MIN);
	assert_false(pr_ledger_is_odd(&ledger));
	pr_stamp_fini(&stamp);
	pr_ledger_fini(&ledger);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

PR_TEST_MAIN(TEST(test_order_is_not_odd), TEST(test_a_gap_is_lost),
             TEST(test_late_is_reordered_and_not_lost), TEST(test_again_is_duplicated),
             TEST(test_late_and_again), TEST(test_changed_bytes_are_corrupt),
             TEST(test_another_size_is_corrupt), TEST(test_another_sender_is_corrupt),
             TEST(test_a_mixture_of_two_is_corrupt), TEST(test_many_gaps_are_all_counted),
             cmocka_unit_test(test_the_smallest_body))
