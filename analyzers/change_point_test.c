/* SPDX-License-Identifier: MIT */
/* analyzers/change_point_test.c - change points against an oracle that knows only the definitions
 * (fixtures/oracle/change_point.py), and on series with a known truth.  */
#include "analyzers/change_point.h"

#include <math.h>
#include <stdlib.h>

#include "analyzers/simulate.h"
#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/test.h"

static json_t *load_oracle(void)
{
	struct pr_error why;
	json_t *oracle;

	assert_ok(pr_json_read_file(PR_FIXTURES "/oracle/change_point.json", &oracle, &why), why);
	return oracle;
}

static double number(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

static size_t read_series(const json_t *object, double *y)
{
	const json_t *array = json_object_get(object, "y"), *value;
	size_t i;

	json_array_foreach((json_t *)array, i, value) y[i] = json_number_value(value);
	return i;
}

static void check_levels(const json_t *oracle, const json_t *expected)
{
	const struct pr_change_options options = {
	        .alpha = number(oracle, "alpha"),
	        .permutations = (size_t)number(oracle, "permutations"),
	        .seed = (uint64_t)number(oracle, "seed"),
	};
	struct pr_change_point points[PR_CHANGE_WINDOW];
	const json_t *array = json_object_get(expected, "points"), *point;
	double y[PR_CHANGE_WINDOW];
	size_t n = read_series(expected, y), i;

	assert_int_equal(pr_change_points(y, n, &options, points), json_array_size(array));
	json_array_foreach((json_t *)array, i, point)
	{
		assert_int_equal(points[i].at, (size_t)number(point, "at"));
		assert_true(fabs(points[i].p - number(point, "p")) < 1e-12);
	}
}

static void test_levels(void **state)
{
	json_t *oracle = load_oracle(), *expected;
	size_t index;

	(void)state;
	json_array_foreach(json_object_get(oracle, "levels"), index, expected)
	        check_levels(oracle, expected);
	json_decref(oracle);
}

static void check_sudden(const json_t *expected)
{
	struct pr_change_options options = pr_change_usual;
	struct pr_change_point point;
	double y[PR_CHANGE_WINDOW], p = number(expected, "p");
	size_t n = read_series(expected, y);

	options.alpha = 10 * (p + 1e-9);
	assert_true(pr_change_sudden(y, n, 0, &options, &point));
	assert_int_equal(point.at, (size_t)number(expected, "at"));
	assert_true(fabs(point.p - p) <= 1e-9 * (1 + p));
	options.alpha = 10 * (p - 1e-9);
	assert_false(pr_change_sudden(y, n, 0, &options, &point));
}

static void test_sudden(void **state)
{
	json_t *oracle = load_oracle(), *expected;
	size_t index;

	(void)state;
	json_array_foreach(json_object_get(oracle, "sudden"), index, expected)
	        check_sudden(expected);
	json_decref(oracle);
}

/* Up by 5, back, and a small step that does not matter to the user.  */
static void test_several(void **state)
{
	struct pr_change_options options = pr_change_usual;
	struct pr_change_point points[PR_CHANGE_WINDOW];
	double y[50];
	struct pr_rng rng;

	(void)state;
	pr_rng_init(&rng, 3);
	for (size_t i = 0; i < 50; i++)
		y[i] = pr_simulate_normal(&rng) * 0.2 + (i >= 15 && i < 30 ? 5 : 0) +
		       (i >= 40 ? 0.8 : 0);
	assert_int_equal(pr_change_points(y, 50, &options, points), 3);
	assert_int_equal(points[0].at, 15);
	assert_int_equal(points[1].at, 30);
	assert_int_equal(points[2].at, 40);
	assert_true(fabs(points[0].after - 5) < 0.3 && fabs(points[1].after) < 0.3);
	options.least = 1;
	assert_int_equal(pr_change_points(y, 50, &options, points), 2);
}

/* Only the last nights of a long series are looked at.  */
static void test_window(void **state)
{
	struct pr_change_point points[PR_CHANGE_WINDOW];
	double y[PR_CHANGE_WINDOW + 20];
	struct pr_rng rng;

	(void)state;
	pr_rng_init(&rng, 4);
	for (size_t i = 0; i < PR_CHANGE_WINDOW + 20; i++)
		y[i] = pr_simulate_normal(&rng) + (i < 20 ? 50 : 0) + (i >= 60 ? 20 : 0);
	assert_int_equal(pr_change_points(y, PR_CHANGE_WINDOW + 20, &pr_change_usual, points), 1);
	assert_int_equal(points[0].at, 60);
}

/* Nothing to split, nothing that varies.  */
static void test_little(void **state)
{
	struct pr_change_point points[PR_CHANGE_WINDOW];
	double flat[30] = {0}, y[5] = {0, 0, 0, 9, 9};

	(void)state;
	assert_int_equal(pr_change_points(y, 5, &pr_change_usual, points), 0);
	assert_int_equal(pr_change_points(y, 0, &pr_change_usual, points), 0);
	assert_int_equal(pr_change_points(flat, 30, &pr_change_usual, points), 0);
	assert_false(pr_change_sudden(flat, 30, 0, &pr_change_usual, points));
	assert_false(pr_change_sudden(y, 5, 0, &pr_change_usual, points));
	flat[29] = 1; /* the first difference ever seen is a step without a measure of noise */
	assert_true(pr_change_sudden(flat, 30, 0, &pr_change_usual, points));
}

/* A step of two nights' noise needs 60 / 4 nights; small steps have a limit, large ones a least. */
static void test_confirm_blocks(void **state)
{
	(void)state;
	assert_int_equal(pr_change_confirm_blocks(-0.02, 0.01, 10), 150);
	assert_int_equal(pr_change_confirm_blocks(0.01, 0.01, 10), 320);
	assert_int_equal(pr_change_confirm_blocks(1, 0.01, 30), 60);
	assert_int_equal(pr_change_confirm_blocks(1, 0, 4), 20);
	assert_int_equal(pr_change_confirm_blocks(0, 0, 10), 320);
	assert_int_equal(pr_change_confirm_blocks(1, 0.1, 0), 20);
}

/* A step of five times the noise is where it is; a small one may be off by a week.  */
static void test_margin(void **state)
{
	(void)state;
	assert_int_equal(pr_change_margin(0.05, 0.01), 0);
	assert_int_equal(pr_change_margin(-0.03, 0.01), 2);
	assert_int_equal(pr_change_margin(0.02, 0.01), 9);
	assert_int_equal(pr_change_margin(0.01, 0.01), 10);
	assert_int_equal(pr_change_margin(0, 0), 10);
	assert_int_equal(pr_change_margin(0.05, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_levels),  cmocka_unit_test(test_sudden),
	        cmocka_unit_test(test_several), cmocka_unit_test(test_window),
	        cmocka_unit_test(test_little),  cmocka_unit_test(test_confirm_blocks),
	        cmocka_unit_test(test_margin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
