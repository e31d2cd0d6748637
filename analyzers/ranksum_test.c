/* SPDX-License-Identifier: MIT */
/* analyzers/ranksum_test.c - unpaired samples, series and resampling against SciPy, NumPy and brute
 * force (fixtures/oracle/ranksum.py).  */
#include "analyzers/ranksum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/series.h"
#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/test.h"

static json_t *load_oracle(void)
{
	struct pr_error why;
	json_t *oracle;

	assert_ok(pr_json_read_file(PR_FIXTURES "/oracle/ranksum.json", &oracle, &why), why);
	return oracle;
}

static double number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	assert_true(json_is_number(value));
	return json_number_value(value);
}

static void assert_near(double found, double expected)
{
	if (!(fabs(found - expected) <= 1e-9 * (1 + fabs(expected))))
		fail_msg("found %.17g, expected %.17g", found, expected);
}

static double *numbers(const json_t *object, const char *key, size_t *n)
{
	const json_t *array = json_object_get(object, key);
	double *x;

	*n = json_array_size(array);
	assert_true(*n > 0);
	x = pr_alloc(*n * sizeof(double));
	for (size_t i = 0; i < *n; i++)
		x[i] = json_number_value(json_array_get(array, i));
	return x;
}

static void check_shift(const json_t *pair, const char *key, double confidence)
{
	const json_t *expected = json_object_get(pair, key);
	struct pr_stats_interval shift;
	size_t nx, ny;
	double *x = numbers(pair, "x", &nx), *y = numbers(pair, "y", &ny);
	bool found = pr_ranksum_shift(x, nx, y, ny, confidence, &shift);

	assert_near(shift.value, number(expected, "value"));
	assert_int_equal(found, json_is_number(json_object_get(expected, "lo")));
	if (found) {
		assert_near(shift.lo, number(expected, "lo"));
		assert_near(shift.hi, number(expected, "hi"));
		assert_near(shift.coverage, number(expected, "coverage"));
	}
	free(x);
	free(y);
}

static void check_pair(const json_t *pair)
{
	size_t nx, ny;
	double *x = numbers(pair, "x", &nx), *y = numbers(pair, "y", &ny);

	assert_near(pr_ranksum_p(x, nx, y, ny), number(pair, "p"));
	assert_near(pr_ranksum_p(y, ny, x, nx), number(pair, "p"));
	if (json_object_get(pair, "shift") != NULL) {
		check_shift(pair, "shift", 0.95);
		check_shift(pair, "shift_90", 0.90);
	}
	free(x);
	free(y);
}

static void test_pairs(void **state)
{
	json_t *oracle = load_oracle(), *pair;
	size_t index;

	(void)state;
	json_array_foreach(json_object_get(oracle, "pairs"), index, pair) check_pair(pair);
	json_array_foreach(json_object_get(oracle, "ties"), index, pair) check_pair(pair);
	json_decref(oracle);
}

/* p and the interval must never disagree, whatever the ties.  */
static void test_agreement(void **state)
{
	struct pr_stats_interval shift;
	double x[9], y[9];

	(void)state;
	srand(11);
	for (int round = 0; round < 20000; round++) {
		size_t nx = 4 + (size_t)(rand() % 6), ny = 4 + (size_t)(rand() % 6);

		for (size_t i = 0; i < nx; i++)
			x[i] = rand() % 9;
		for (size_t i = 0; i < ny; i++)
			y[i] = rand() % 9 + 2;
		assert_true(pr_ranksum_shift(x, nx, y, ny, 0.95, &shift));
		assert_int_equal(shift.lo > 0 || shift.hi < 0, pr_ranksum_p(x, nx, y, ny) <= 0.05);
	}
}

/* The normal approximation takes over without a step; n x n differences, all of them.  */
static void test_many_blocks(void **state)
{
	double x[PR_RANKSUM_EXACT + 1], y[PR_RANKSUM_EXACT + 1], coverage;
	size_t exact, normal, n = PR_RANKSUM_EXACT;

	(void)state;
	for (size_t i = 0; i <= n; i++) {
		x[i] = (double)(i * 37 % 101);
		y[i] = (double)(i * 53 % 101) + 8.5;
	}
	assert_true(fabs(pr_ranksum_p(x, n, y, n) - pr_ranksum_p(x, n + 1, y, n + 1)) < 0.03);
	assert_true(pr_ranksum_cut(n, n, 0.95, &exact, &coverage));
	assert_true(coverage >= 0.95 && coverage < 0.951);
	assert_true(pr_ranksum_cut(n + 1, n + 1, 0.95, &normal, &coverage));
	assert_true(normal > exact && normal - exact < 60);
}

static void test_blocks_for_holm(void **state)
{
	/* 2 / C(8, 4) = 0.0286, 2 / C(10, 5) = 0.0079, 2 / C(12, 6) = 0.0022.  */
	static const size_t expected[][2] = {{1, 4}, {5, 5}, {10, 6}, {20, 6}};

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pr_ranksum_blocks_for_holm(expected[i][0], 0.05), expected[i][1]);
}

static void test_detectable(void **state)
{
	double x[] = {1, 2, 3, 4, 5}, y[] = {2, 2, 2, 2, 7};

	(void)state;
	/* s of x: 1.4826 times a MAD of 1; of y, whose MAD is 0, the SD: sqrt(5).  */
	assert_near(pr_ranksum_detectable(x, 5, y, 5),
	            2.801585 * sqrt(1.4826 * 1.4826 / 5 + 1.0) / sqrt(0.954930));
	assert_true(isnan(pr_ranksum_detectable(x, 1, y, 5)));
}

static void check_series(const json_t *expected)
{
	size_t n;
	double *x = numbers(expected, "x", &n);
	struct pr_series series = pr_series_of(x, n);

	assert_near(series.lag1, number(expected, "lag1"));
	assert_near(series.p, number(expected, "p"));
	/* The approximation against all orders of the ranks.  */
	if (json_is_number(json_object_get(expected, "permuted")))
		assert_true(fabs(series.p - number(expected, "permuted")) < 0.04);
	free(x);
}

static void test_series(void **state)
{
	json_t *oracle = load_oracle(), *expected;
	const double flat[] = {1, 1, 1, 1, 1, 1, 1}, rising[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
	struct pr_series series;
	size_t index;

	(void)state;
	json_array_foreach(json_object_get(oracle, "series"), index, expected)
	        check_series(expected);
	series = pr_series_of(flat, 7);
	assert_true(isnan(series.lag1) && !pr_series_is_dependent(&series));
	series = pr_series_of(rising, 5);
	assert_true(isnan(series.p) && !pr_series_is_dependent(&series));
	series = pr_series_of(rising, 10);
	assert_true(pr_series_is_dependent(&series));
	assert_near(pr_series_factor(0.6), 2);
	assert_near(pr_series_factor(-0.3), 1);
	assert_near(pr_series_factor(NAN), 1);
	json_decref(oracle);
}

struct two {
	const double *x, *y;
};

static double ratio_of_medians(void *arg, const size_t *index, size_t n)
{
	const struct two *two = arg;
	double *x = pr_alloc(n * sizeof(double)), *y = pr_alloc(n * sizeof(double)), ratio;

	for (size_t i = 0; i < n; i++) {
		x[i] = two->x[index[i]];
		y[i] = two->y[index[i]];
	}
	ratio = pr_stats_median(y, n) / pr_stats_median(x, n);
	free(x);
	free(y);
	return ratio;
}

static void check_bootstrap(const json_t *expected)
{
	size_t n;
	double *x = numbers(expected, "x", &n), *y = numbers(expected, "y", &n);
	struct two two = {x, y};
	struct pr_stats_interval interval;

	assert_true(pr_stats_bootstrap(ratio_of_medians, &two, n, 500, pr_stats_seed(x, n), 0.95,
	                               &interval));
	assert_near(interval.value, number(expected, "value"));
	assert_near(interval.lo, number(expected, "lo"));
	assert_near(interval.hi, number(expected, "hi"));
	free(x);
	free(y);
}

static void test_bootstrap(void **state)
{
	json_t *oracle = load_oracle(), *expected;
	size_t index;

	(void)state;
	json_array_foreach(json_object_get(oracle, "bootstrap"), index, expected)
	        check_bootstrap(expected);
	json_decref(oracle);
}

PR_TEST_MAIN(cmocka_unit_test(test_pairs), cmocka_unit_test(test_agreement),
             cmocka_unit_test(test_many_blocks), cmocka_unit_test(test_blocks_for_holm),
             cmocka_unit_test(test_detectable), cmocka_unit_test(test_series),
             cmocka_unit_test(test_bootstrap))
