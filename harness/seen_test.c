/* SPDX-License-Identifier: MIT */
/* harness/seen_test.c - lost, late, repeated and alien numbers are told apart.  */
#include "harness/seen.h"

#include "core/base/test.h"

static void numbers_in_order(void **state)
{
	struct pr_seen seen = {0};

	(void)state;
	for (uint64_t number = 0; number < 100000; number++)
		assert_int_equal(pr_seen_take(&seen, number), PR_ARRIVAL_NEXT);
	assert_int_equal(seen.end, 100000);
	assert_int_equal(pr_seen_missing(&seen, 100000), 0);
	assert_int_equal(pr_seen_missing(&seen, 100007), 7);
	pr_seen_fini(&seen);
}

/* 1,000 are skipped, of which 10 come late, two of them twice.  */
static void a_gap(void **state)
{
	struct pr_seen seen = {0};

	(void)state;
	pr_seen_restart(&seen, 5000);
	assert_int_equal(pr_seen_take(&seen, 5000), PR_ARRIVAL_NEXT);
	assert_int_equal(pr_seen_take(&seen, 6001), PR_ARRIVAL_NEXT);
	assert_int_equal(pr_seen_missing(&seen, 6002), 1000);
	for (uint64_t number = 5990; number < 6000; number++)
		assert_int_equal(pr_seen_take(&seen, number), PR_ARRIVAL_LATE);
	assert_int_equal(pr_seen_take(&seen, 5990), PR_ARRIVAL_AGAIN);
	assert_int_equal(pr_seen_take(&seen, 6001), PR_ARRIVAL_AGAIN);
	assert_int_equal(pr_seen_missing(&seen, 6002), 990);
	assert_int_equal(seen.end, 6002);
	pr_seen_fini(&seen);
}

static void what_is_not_ours(void **state)
{
	struct pr_seen seen = {0};

	(void)state;
	pr_seen_restart(&seen, 100);
	assert_int_equal(pr_seen_take(&seen, 99), PR_ARRIVAL_ALIEN);
	assert_int_equal(pr_seen_take(&seen, UINT64_MAX), PR_ARRIVAL_ALIEN);
	assert_int_equal(pr_seen_missing(&seen, 100), 0);
	assert_int_equal(pr_seen_missing(&seen, 50), 0);
	pr_seen_fini(&seen);
}

/* What was seen before does not count any more.  */
static void beginning_again(void **state)
{
	struct pr_seen seen = {0};

	(void)state;
	for (uint64_t number = 0; number < 1000; number++)
		(void)pr_seen_take(&seen, number);
	pr_seen_restart(&seen, 1000);
	assert_int_equal(pr_seen_missing(&seen, 1003), 3);
	assert_int_equal(pr_seen_take(&seen, 1001), PR_ARRIVAL_NEXT);
	assert_int_equal(pr_seen_take(&seen, 1000), PR_ARRIVAL_LATE);
	assert_int_equal(pr_seen_missing(&seen, 1003), 1);
	pr_seen_fini(&seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(numbers_in_order),
	        cmocka_unit_test(a_gap),
	        cmocka_unit_test(what_is_not_ours),
	        cmocka_unit_test(beginning_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
