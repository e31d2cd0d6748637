/* SPDX-License-Identifier: MIT */
/* harness/void_test.c - who sleeps and who does not, by what they used.  */
#include "harness/void.h"

#include "core/base/test.h"

/* Microseconds of CPU time, in so many of time, with so many to spare.  */
static const struct {
	double used_us, time_us, spare_us;
	bool awake;
} cases[] = {
        {0, 4000, 0, false},      {3.9, 4000, 0, false},   {4.1, 4000, 0, true},
        {80, 4000, 0, true},      {0, 4000, 100, false},   {80, 4000, 100, false},
        {101, 4000, 100, true},   {30, 4000, 20, true},    {101, 200000, 100, false},
        {201, 200000, 100, true}, {150, 200000, 0, false}, {201, 200000, 0, true},
        {4000, 4000, 100, true},
};

static void what_sleepers_may_use(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (pr_void_is_awake(1000 * cases[i].used_us, 1000 * cases[i].time_us,
		                     1000 * cases[i].spare_us) != cases[i].awake)
			fail_msg("%g us of %g us is %s", cases[i].used_us, cases[i].time_us,
			         cases[i].awake ? "not found" : "found");
}

/* A phase without a process uses nothing that is known.  */
static void whose_clock_is_not_known(void **state)
{
	static struct pr_seat seats[2];
	static struct pr_void watch;
	size_t sleeper = 7;

	(void)state;
	pr_void_rest(&watch, seats, 2);
	pr_void_begin(&watch, seats, 2);
	assert_null(pr_void_end(&watch, &seats[0], &sleeper));
	assert_int_equal(sleeper, 7);
	watch.awake[1] = 0.02; /* as a rest finds it */
	seats[1].phase = &(struct pr_plan_phase){.label = (char *)"restless"};
	pr_void_begin(&watch, seats, 2);
	char *reason = pr_void_end(&watch, &seats[0], &sleeper);

	assert_string_equal(reason, "phase 'restless' does not sleep: it used 2 % of a CPU while "
	                            "another was measured");
	assert_int_equal(sleeper, 1);
	free(reason);
	pr_void_begin(&watch, seats, 2);
	assert_null(pr_void_end(&watch, &seats[1], &sleeper)); /* not its own slices */
}

PR_TEST_MAIN(cmocka_unit_test(what_sleepers_may_use), cmocka_unit_test(whose_clock_is_not_known))
