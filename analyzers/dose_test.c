/* SPDX-License-Identifier: MIT */
/* analyzers/dose_test.c - the slope of a dose.  Expected values: sum((x - mean x)(y - mean y)) /
 * sum((x - mean x)^2), computed in Python.  */
#include "analyzers/dose.h"

#include <math.h>

#include "core/base/test.h"

static void a_line_has_its_slope(void **state)
{
	const double x[] = {0, 1, 2, 4}, y[] = {5000, 5700, 6400, 7800};

	(void)state;
	assert_float_equal(pr_dose_slope(x, y, 4), 700, 1e-9);
}

static void points_beside_a_line(void **state)
{
	const double x[] = {0, 1, 2, 4}, y[] = {10, 13, 11, 20};

	(void)state;
	assert_float_equal(pr_dose_slope(x, y, 4), 2.342857142857143, 1e-12);
}

static void without_a_dose_there_is_no_slope(void **state)
{
	const double x[] = {0, 0}, y[] = {1, 2};

	(void)state;
	assert_true(isnan(pr_dose_slope(x, y, 2)));
}

PR_TEST_MAIN(cmocka_unit_test(a_line_has_its_slope), cmocka_unit_test(points_beside_a_line),
             cmocka_unit_test(without_a_dose_there_is_no_slope))
