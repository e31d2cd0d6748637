/* SPDX-License-Identifier: MIT */
/* analyzers/stats_test.c - against SciPy and brute force (fixtures/oracle/stats.py), and the table
 * of intervals that the manual quotes.  */
#include "analyzers/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/test.h"

static json_t *load_oracle(void)
{
	struct pr_error why;
	json_t *oracle;

	assert_ok(pr_json_read_file(PR_FIXTURES "/oracle/stats.json", &oracle, &why), why);
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
	if (fabs(found - expected) > 1e-9 * (1 + fabs(expected)))
		fail_msg("found %.17g, expected %.17g", found, expected);
}

static double *numbers(const json_t *array, size_t *n)
{
	double *x;

	*n = json_array_size(array);
	x = pr_alloc((*n + 1) * sizeof(double));
	for (size_t i = 0; i < *n; i++)
		x[i] = json_number_value(json_array_get(array, i));
	return x;
}

static void check_interval(bool found, const struct pr_stats_interval *interval,
                           const json_t *expected)
{
	assert_near(interval->value, number(expected, "value"));
	assert_int_equal(found, json_is_number(json_object_get(expected, "lo")));
	if (!found) {
		assert_true(interval->coverage == 0);
		return;
	}
	assert_near(interval->lo, number(expected, "lo"));
	assert_near(interval->hi, number(expected, "hi"));
	assert_near(interval->coverage, number(expected, "coverage"));
}

static void check_sample(const json_t *sample)
{
	size_t n, index;
	double *x = numbers(json_object_get(sample, "x"), &n);
	struct pr_stats_interval interval;
	bool found;
	json_t *quantile;

	assert_near(pr_stats_median(x, n), number(sample, "median"));
	assert_near(pr_stats_mad(x, n), number(sample, "mad"));
	json_array_foreach(json_object_get(sample, "quantiles"), index, quantile)
	        assert_near(pr_stats_quantile(x, n, json_number_value(json_array_get(quantile, 0))),
	                    json_number_value(json_array_get(quantile, 1)));
	found = pr_stats_median_interval(x, n, 0.95, &interval);
	check_interval(found, &interval, json_object_get(sample, "median_interval"));
	found = pr_stats_hodges_lehmann(x, n, 0.95, &interval);
	check_interval(found, &interval, json_object_get(sample, "hodges_lehmann"));
	found = pr_stats_hodges_lehmann(x, n, 0.90, &interval);
	check_interval(found, &interval, json_object_get(sample, "hodges_lehmann_90"));
	assert_near(pr_stats_signed_rank_p(x, n), number(sample, "p"));
	if (n > 1 && fabs(pr_stats_detectable(x, n) - number(sample, "detectable")) >
	                     1e-6 * number(sample, "detectable"))
		fail_msg("detectable effect differs");
	free(x);
}

static void test_samples(void **state)
{
	json_t *oracle = load_oracle(), *sample;
	size_t index;

	(void)state;
	json_array_foreach(json_object_get(oracle, "samples"), index, sample) check_sample(sample);
	json_decref(oracle);
}

static void test_cuts(void **state)
{
	json_t *oracle = load_oracle(), *row;
	size_t index, cut;
	double coverage;

	(void)state;
	json_array_foreach(json_object_get(oracle, "cuts"), index, row)
	{
		assert_true(pr_stats_signed_rank_cut(
		        (size_t)json_integer_value(json_array_get(row, 0)),
		        json_number_value(json_array_get(row, 1)), &cut, &coverage));
		assert_int_equal(cut, json_integer_value(json_array_get(row, 2)));
		assert_near(coverage, json_number_value(json_array_get(row, 3)));
	}
	assert_false(pr_stats_signed_rank_cut(5, 0.95, &cut, &coverage));
	assert_int_equal(pr_stats_blocks_needed(0.95), 6);
	assert_int_equal(pr_stats_blocks_needed(0.90), 5);
	json_decref(oracle);
}

/* The table that the manual gives to readers.  */
static void test_table(void **state)
{
	static const struct {
		size_t n, cut;
		double coverage;
	} table[] = {{6, 0, .969},   {7, 2, .953},   {8, 3, .961},   {9, 5, .961},
	             {10, 8, .951},  {12, 13, .958}, {15, 25, .952}, {16, 29, .956},
	             {20, 52, .952}, {24, 81, .951}, {30, 137, .950}};
	static const size_t for_holm[][2] = {{1, 6},   {5, 8},   {10, 9},
	                                     {20, 10}, {50, 11}, {100, 12}};
	size_t cut;
	double coverage;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_true(pr_stats_signed_rank_cut(table[i].n, 0.95, &cut, &coverage));
		assert_int_equal(cut, table[i].cut);
		assert_true(fabs(coverage - table[i].coverage) < 0.0005001);
	}
	for (size_t i = 0; i < sizeof(for_holm) / sizeof(for_holm[0]); i++)
		assert_int_equal(pr_stats_blocks_for_holm(for_holm[i][0], 0.05), for_holm[i][1]);
}

/* p and the interval must never disagree, whatever the ties.  */
static void test_agreement(void **state)
{
	struct pr_stats_interval interval;
	double d[12];

	(void)state;
	srand(7);
	for (int round = 0; round < 20000; round++) {
		size_t n = 6 + (size_t)(rand() % 7);
		bool outside;

		for (size_t i = 0; i < n; i++)
			d[i] = rand() % 9 - 2;
		assert_true(pr_stats_hodges_lehmann(d, n, 0.95, &interval));
		outside = interval.lo > 0 || interval.hi < 0;
		assert_int_equal(outside, pr_stats_signed_rank_p(d, n) <= 0.05);
	}
}

/* The normal approximation takes over without a step.  */
static void test_many_blocks(void **state)
{
	double d[PR_STATS_EXACT + 1], exact, normal, coverage;
	size_t cut_below, cut_above;

	(void)state;
	for (size_t i = 0; i <= PR_STATS_EXACT; i++)
		d[i] = (double)(i * 37 % 101) - 45;
	exact = pr_stats_signed_rank_p(d, PR_STATS_EXACT);
	normal = pr_stats_signed_rank_p(d, PR_STATS_EXACT + 1);
	assert_true(fabs(exact - normal) < 0.01);
	assert_true(pr_stats_signed_rank_cut(PR_STATS_EXACT, 0.95, &cut_below, &coverage));
	assert_true(pr_stats_signed_rank_cut(PR_STATS_EXACT + 1, 0.95, &cut_above, &coverage));
	assert_true(cut_above > cut_below && cut_above - cut_below < 120);
	assert_true(coverage >= 0.95 && coverage < 0.951);
}

static void test_adjustments(void **state)
{
	json_t *oracle = load_oracle(), *test;
	size_t index, n;

	(void)state;
	json_array_foreach(json_object_get(oracle, "tests"), index, test)
	{
		double *p = numbers(json_object_get(test, "p"), &n);
		double *q = numbers(json_object_get(test, "p"), &n);
		double *holm = numbers(json_object_get(test, "holm"), &n);
		double *bh = numbers(json_object_get(test, "benjamini_hochberg"), &n);

		pr_stats_holm(p, n);
		pr_stats_benjamini_hochberg(q, n);
		for (size_t i = 0; i < n; i++) {
			assert_near(p[i], holm[i]);
			assert_near(q[i], bh[i]);
		}
		free(p);
		free(q);
		free(holm);
		free(bh);
	}
	json_decref(oracle);
}

static void test_untested(void **state)
{
	double p[] = {NAN, 0.02, NAN, 0.04};

	(void)state;
	pr_stats_holm(p, 4);
	assert_true(isnan(p[0]) && isnan(p[2]));
	assert_near(p[1], 0.04);
	assert_near(p[3], 0.04);
	pr_stats_holm(p, 0);
}

struct values {
	const double *x;
};

static double mean_of(void *arg, const size_t *index, size_t n)
{
	const struct values *values = arg;
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += values->x[index[i]];
	return sum / (double)n;
}

static void check_bootstrap(const json_t *row)
{
	size_t n;
	double *x = numbers(json_object_get(row, "x"), &n);
	const json_t *expected = json_object_get(row, "mean");
	struct pr_stats_interval first, again;
	struct values values = {x};
	double width = json_number_value(json_array_get(expected, 1)) -
	               json_number_value(json_array_get(expected, 0));

	assert_true(
	        pr_stats_bootstrap(mean_of, &values, n, 10000, pr_stats_seed(x, n), 0.95, &first));
	assert_true(
	        pr_stats_bootstrap(mean_of, &values, n, 10000, pr_stats_seed(x, n), 0.95, &again));
	assert_true(first.lo == again.lo && first.hi == again.hi);
	assert_true(first.value > first.lo && first.value < first.hi);
	/* Other random numbers: the ends agree to a part of the width.  */
	assert_true(fabs(first.lo - json_number_value(json_array_get(expected, 0))) < 0.03 * width);
	assert_true(fabs(first.hi - json_number_value(json_array_get(expected, 1))) < 0.03 * width);
	free(x);
}

static void test_bootstrap(void **state)
{
	json_t *oracle = load_oracle(), *row;
	size_t index;

	(void)state;
	json_array_foreach(json_object_get(oracle, "bootstrap"), index, row) check_bootstrap(row);
	json_decref(oracle);
}

PR_TEST_MAIN(cmocka_unit_test(test_samples), cmocka_unit_test(test_cuts),
             cmocka_unit_test(test_table), cmocka_unit_test(test_agreement),
             cmocka_unit_test(test_many_blocks), cmocka_unit_test(test_adjustments),
             cmocka_unit_test(test_untested), cmocka_unit_test(test_bootstrap))
