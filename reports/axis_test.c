/* SPDX-License-Identifier: MIT */
/* reports/axis_test.c - every range gets a few marks, in order and inside it.  */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "reports/axis.h"

static void check(const struct pr_axis *axis, double least, double most)
{
	assert_true(axis->lo <= least && axis->hi >= most);
	assert_in_range(axis->count, 2, PR_AXIS_MARKS);
	for (size_t i = 0; i < axis->count; i++) {
		assert_true(axis->marks[i] >= axis->lo * 0.999);
		assert_true(axis->marks[i] <= axis->hi * 1.001);
		if (i > 0)
			assert_true(axis->marks[i] > axis->marks[i - 1]);
	}
}

static void test_logarithmic(void **state)
{
	(void)state;
	for (double ratio = 1.0; ratio < 1e7; ratio *= 1.31)
		for (double least = 0.003; least < 1e8; least *= 3.7) {
			struct pr_axis axis = pr_axis_log(least, least * ratio, 5);

			check(&axis, least, least * ratio);
			assert_in_range(axis.count, 2, 6);
		}
}

static void test_linear_starts_at_zero(void **state)
{
	(void)state;
	for (double most = 1e-6; most < 1e9; most *= 1.7) {
		struct pr_axis axis = pr_axis_linear(most);

		check(&axis, 0, most);
		assert_true(axis.lo == 0 && axis.marks[0] == 0);
	}
}

static void test_between_has_marks_on_either_side(void **state)
{
	struct pr_axis axis = pr_axis_between(-0.08, 0.031);

	(void)state;
	assert_true(axis.lo < -0.08 && axis.hi > 0.031);
	assert_true(axis.count >= 4 && axis.marks[0] < 0 && axis.marks[axis.count - 1] > 0);
	axis = pr_axis_between(71000, 71500);
	assert_true(axis.lo > 70000 && axis.hi < 72000 && axis.count >= 3);
}

static void test_absurd_ranges_end(void **state)
{
	static const double values[] = {-1, 0, 1e-300, 1e300, INFINITY, NAN};
	struct pr_axis axis;

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		axis = pr_axis_linear(values[i]);
		assert_true(isfinite(axis.hi) && axis.count >= 2);
		for (size_t j = 0; j < sizeof(values) / sizeof(*values); j++) {
			axis = pr_axis_between(values[i], values[j]);
			assert_true(isfinite(axis.lo) && isfinite(axis.hi));
			axis = pr_axis_log(values[i], values[j], 5);
			assert_true(isfinite(axis.hi) && axis.count >= 2);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_logarithmic),
	        cmocka_unit_test(test_linear_starts_at_zero),
	        cmocka_unit_test(test_between_has_marks_on_either_side),
	        cmocka_unit_test(test_absurd_ranges_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
