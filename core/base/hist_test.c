/* SPDX-License-Identifier: MIT */
/* core/base/hist_test.c - bucket bounds tile the range, percentiles are within the error that
 * hist.h promises of those of the sorted samples, and merging equals adding.  */
#include "core/base/hist.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/rng.h"
#include "core/base/test.h"

static struct pr_hist hist, other, both;

static void buckets_tile_the_range(void **state)
{
	(void)state;
	assert_int_equal(pr_hist_lowest_ns(0), 0);
	for (size_t i = 0; i + 1 < PR_HIST_BUCKETS; i++) {
		int64_t low = pr_hist_lowest_ns(i), end = pr_hist_lowest_ns(i + 1);

		assert_true(low < end);
		assert_int_equal(pr_hist_index(low), i);
		assert_int_equal(pr_hist_index(end - 1), i);
		if (low >= 128)
			assert_true((end - low) * 128 <= low);
	}
	assert_int_equal(pr_hist_lowest_ns(PR_HIST_BUCKETS), (int64_t)1 << 40);
}

static void values_out_of_range_count_at_the_ends(void **state)
{
	(void)state;
	assert_int_equal(pr_hist_index(-5), 0);
	assert_int_equal(pr_hist_index(INT64_MAX), PR_HIST_BUCKETS - 1);
	pr_hist_clear(&hist);
	pr_hist_add(&hist, -5);
	pr_hist_add(&hist, INT64_MAX);
	assert_int_equal(hist.count, 2);
	assert_int_equal(hist.min_ns, 0);
	assert_true(hist.max_ns == INT64_MAX);
	assert_int_equal(pr_hist_percentile_ns(&hist, 0.5), 0);
}

static void small_values_are_exact(void **state)
{
	(void)state;
	pr_hist_clear(&hist);
	for (int64_t v = 1; v <= 100; v++)
		pr_hist_add(&hist, v);
	assert_int_equal(pr_hist_percentile_ns(&hist, 0), 1);
	for (int percent = 1; percent <= 100; percent++)
		assert_int_equal(pr_hist_percentile_ns(&hist, percent / 100.0), percent);
}

static void one_sample_is_every_percentile(void **state)
{
	(void)state;
	pr_hist_clear(&hist);
	pr_hist_add(&hist, 123456789);
	for (int percent = 0; percent <= 100; percent++)
		assert_int_equal(pr_hist_percentile_ns(&hist, percent / 100.0), 123456789);
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Latencies spread over six decades; the middle of a bucket is within 1/256 of what lies in it.  */
static void percentiles_follow_the_sorted_samples(void **state)
{
	static int64_t samples[20011];
	static const double fractions[] = {0.001, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1};
	size_t count = sizeof(samples) / sizeof(samples[0]);
	struct pr_rng rng;

	(void)state;
	pr_rng_init(&rng, 11);
	pr_hist_clear(&hist);
	for (size_t i = 0; i < count; i++) {
		samples[i] = (int64_t)exp(pr_rng_unit(&rng) * 14 + 6);
		pr_hist_add(&hist, samples[i]);
	}
	qsort(samples, count, sizeof(samples[0]), compare);
	for (size_t i = 0; i < sizeof(fractions) / sizeof(fractions[0]); i++) {
		double exact = (double)samples[(size_t)ceil(fractions[i] * (double)count) - 1];
		double found = (double)pr_hist_percentile_ns(&hist, fractions[i]);

		assert_true(fabs(found - exact) <= exact / 256 + 1);
	}
	assert_int_equal(hist.min_ns, samples[0]);
	assert_int_equal(hist.max_ns, samples[count - 1]);
}

static void merging_equals_adding(void **state)
{
	struct pr_rng rng;

	(void)state;
	pr_rng_init(&rng, 5);
	pr_hist_clear(&hist);
	pr_hist_clear(&other);
	pr_hist_clear(&both);
	pr_hist_merge(&both, &hist);
	assert_int_equal(both.count, 0);
	for (int i = 0; i < 1000; i++) {
		int64_t value_ns = (int64_t)pr_rng_below(&rng, 1000000);

		pr_hist_add_many(i % 2 ? &hist : &other, value_ns, (uint64_t)i % 3);
		pr_hist_add_many(&both, value_ns, (uint64_t)i % 3);
	}
	pr_hist_merge(&hist, &other);
	assert_memory_equal(&hist, &both, sizeof(hist));
}

static void moving_is_merging_and_leaves_nothing(void **state)
{
	static struct pr_hist empty;

	(void)state;
	pr_hist_clear(&hist);
	pr_hist_clear(&other);
	pr_hist_clear(&both);
	for (int64_t value_ns = -1; value_ns < (int64_t)1 << 44; value_ns = value_ns * 3 + 5) {
		pr_hist_add(value_ns % 2 ? &hist : &other, value_ns);
		pr_hist_add(&both, value_ns);
	}
	pr_hist_move(&hist, &other);
	assert_memory_equal(&hist, &both, sizeof(hist));
	other.min_ns = other.max_ns = 0; /* of no sample */
	assert_memory_equal(&other, &empty, sizeof(other));
	pr_hist_move(&hist, &other);
	assert_memory_equal(&hist, &both, sizeof(hist));
}

PR_TEST_MAIN(cmocka_unit_test(buckets_tile_the_range),
             cmocka_unit_test(values_out_of_range_count_at_the_ends),
             cmocka_unit_test(small_values_are_exact),
             cmocka_unit_test(one_sample_is_every_percentile),
             cmocka_unit_test(percentiles_follow_the_sorted_samples),
             cmocka_unit_test(merging_equals_adding),
             cmocka_unit_test(moving_is_merging_and_leaves_nothing))
