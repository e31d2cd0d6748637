/* SPDX-License-Identifier: MIT */
/* harness/calibrate_test.c - every price is there, is positive and lies between its bounds; how
 * high it is, a test cannot know.  */
#include "harness/calibrate.h"

#include <sched.h>

#include "core/base/test.h"

static const char *const names[] = {"recv_empty", "recv_small", "send_small", "epoll_ctl",
                                    "epoll_wait", "eventfd",    "switch",     "allocation",
                                    "mutex",      "copy_kib",   "walk_step"};
#define NAMES (sizeof(names) / sizeof(names[0]))

static double number(const json_t *cost, const char *key)
{
	const json_t *value = json_object_get(cost, key);

	assert_true(json_is_number(value));
	return json_number_value(value);
}

static void every_price_is_there(void **state)
{
	json_t *costs = pr_calibrate();

	(void)state;
	assert_int_equal(json_object_size(costs), NAMES);
	for (size_t i = 0; i < NAMES; i++) {
		const json_t *cost = json_object_get(costs, names[i]);

		assert_true(number(cost, "hi") > 0);
		assert_true(number(cost, "lo") <= number(cost, "ns"));
		assert_true(number(cost, "ns") <= number(cost, "hi"));
		assert_true(number(cost, "batches") >= 10);
	}
	json_decref(costs);
}

static void the_cpus_are_as_before(void **state)
{
	cpu_set_t before, after;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	json_decref(pr_calibrate());
	assert_int_equal(sched_getaffinity(0, sizeof(after), &after), 0);
	assert_true(CPU_EQUAL(&before, &after));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_price_is_there),
	        cmocka_unit_test(the_cpus_are_as_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
