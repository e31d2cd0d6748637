/* SPDX-License-Identifier: MIT */
/* harness/mate_test.c - a parked thread runs each job once, and what it wrote is seen.  */
#include "harness/mate.h"

#include "core/base/test.h"

static void add_one(void *arg)
{
	++*(int *)arg; /* not atomic: run and wait must order it */
}

static void jobs_run_once_and_in_turn(void **state)
{
	struct pr_mate *mate;
	struct pr_error why;
	int count = 0;

	(void)state;
	assert_ok(pr_mate_create(&mate, &why), why);
	for (int i = 0; i < 1000; i++) {
		pr_mate_run(mate, add_one, &count);
		pr_mate_wait(mate);
		assert_int_equal(count, i + 1);
	}
	pr_mate_wait(mate); /* nothing to wait for */
	pr_mate_destroy(&mate);
	assert_null(mate);
	pr_mate_destroy(&mate);
}

PR_TEST_MAIN(cmocka_unit_test(jobs_run_once_and_in_turn))
