/* SPDX-License-Identifier: MIT */
/* analyzers/coverage_test.c - whether the intervals hold what they promise, by simulation.
 *
 * Data with a known truth (simulate.h), from a fixed seed.  Each test prints what it found (ctest
 * -V); README.md has the tables.  Nothing here is timed.  */
#include <math.h>
#include <stdlib.h>

#include "analyzers/neighbours.h"
#include "analyzers/ranksum.h"

#include "analyzers/series.h"
#include "analyzers/simulate.h"
#include "analyzers/stats.h"
#include "core/base/test.h"

#define BLOCKS_MAX 20
#define ROUNDS     6000
#define TRUTH      PR_SIMULATE_TRUTH

static bool covers(const struct pr_stats_interval *interval)
{
	return interval->lo <= TRUTH && TRUTH <= interval->hi;
}

/* ---- independent blocks ------------------------------------------------------------------------
 */

static void check_shape(struct pr_rng *rng, const struct pr_simulate_shape *shape, size_t n)
{
	size_t rank = 0, median = 0, alarms = 0;
	struct pr_stats_interval interval;
	double d[BLOCKS_MAX], share;

	for (size_t round = 0; round < ROUNDS; round++) {
		struct pr_series series;

		pr_simulate_blocks(rng, shape, d, n);
		assert_true(pr_stats_hodges_lehmann(d, n, 0.95, &interval));
		rank += covers(&interval);
		assert_true(pr_stats_median_interval(d, n, 0.95, &interval));
		median += covers(&interval);
		series = pr_series_of(d, n);
		alarms += pr_series_is_dependent(&series);
	}
	share = (double)rank / ROUNDS;
	print_message("%-28s %2zu blocks: Hodges-Lehmann %.3f, median %.3f, called dependent "
	              "%.3f\n",
	              shape->name, n, share, (double)median / ROUNDS, (double)alarms / ROUNDS);
	assert_true(share >= 0.94);
	assert_true((double)median / ROUNDS >= 0.94);
	assert_true((double)alarms / ROUNDS <= 0.02);
}

static void test_independent_blocks(void **state)
{
	static const size_t sizes[] = {6, 10, 20};
	struct pr_rng rng;

	(void)state;
	pr_rng_init(&rng, 20261125);
	for (size_t s = 0; s < PR_SIMULATE_SHAPES; s++)
		for (size_t i = 0; i < 3; i++)
			check_shape(&rng, &pr_simulate_shapes[s], sizes[i]);
}

/* Two runs that are not paired: the same promise.  */
static void test_unpaired_blocks(void **state)
{
	struct pr_stats_interval shift;
	struct pr_rng rng;
	double x[10], y[10];

	(void)state;
	pr_rng_init(&rng, 7);
	for (size_t s = 0; s < PR_SIMULATE_SHAPES; s++) {
		size_t covered = 0;

		for (size_t round = 0; round < ROUNDS; round++) {
			for (size_t i = 0; i < 10; i++) {
				x[i] = pr_simulate_block(&rng, pr_simulate_shapes[s].draw(&rng));
				y[i] = pr_simulate_block(&rng,
				                         TRUTH + pr_simulate_shapes[s].draw(&rng));
			}
			assert_true(pr_ranksum_shift(x, 10, y, 10, 0.95, &shift));
			covered += covers(&shift);
		}
		print_message("%-28s 10 and 10 blocks, unpaired: shift %.3f\n",
		              pr_simulate_shapes[s].name, (double)covered / ROUNDS);
		assert_true((double)covered / ROUNDS >= 0.94);
	}
}

/* Five rows that decide, nothing differs: how often is any of them called changed?  And a change of
 * exactly delta: how often is it called equivalent?  Both promise at most 0.05.  */
static void test_false_alarms(void **state)
{
	enum { METRICS = 5, BLOCKS = 10 };
	size_t alarms = 0, equivalent = 0;
	struct pr_stats_interval narrow;
	double d[BLOCKS], p[METRICS];
	struct pr_rng rng;

	(void)state;
	pr_rng_init(&rng, 13);
	for (size_t round = 0; round < ROUNDS; round++) {
		bool alarm = false;

		for (size_t m = 0; m < METRICS; m++) {
			pr_simulate_blocks(&rng, &pr_simulate_shapes[m % PR_SIMULATE_SHAPES], d,
			                   BLOCKS);
			for (size_t i = 0; i < BLOCKS; i++)
				d[i] -= TRUTH;
			p[m] = pr_stats_signed_rank_p(d, BLOCKS);
		}
		pr_stats_holm(p, METRICS);
		for (size_t m = 0; m < METRICS; m++)
			alarm |= p[m] <= 0.05;
		alarms += alarm;
		pr_simulate_blocks(&rng, &pr_simulate_shapes[0], d, BLOCKS);
		assert_true(pr_stats_hodges_lehmann(d, BLOCKS, 0.90, &narrow));
		equivalent += narrow.lo >= -TRUTH && narrow.hi <= TRUTH;
	}
	print_message("any of 5 rows called changed %.3f; a change of delta called equivalent "
	              "%.3f\n",
	              (double)alarms / ROUNDS, (double)equivalent / ROUNDS);
	assert_true((double)alarms / ROUNDS <= 0.055);
	assert_true((double)equivalent / ROUNDS <= 0.055);
}

/* ---- what breaks it ----------------------------------------------------------------------------
 */

/* What README.md tells, to be met within 0.02.  */
struct broken {
	double phi;
	size_t n;
	double coverage, told;
};

static void check_chain(struct pr_rng *rng, const struct broken *expected)
{
	size_t covered = 0, told = 0, missed_and_told = 0, missed = 0;
	double d[BLOCKS_MAX], coverage, detected;

	for (size_t round = 0; round < ROUNDS; round++) {
		struct pr_stats_interval interval;
		struct pr_series series;
		bool hit;

		pr_simulate_chain(rng, expected->phi, d, expected->n);
		assert_true(pr_stats_hodges_lehmann(d, expected->n, 0.95, &interval));
		series = pr_series_of(d, expected->n);
		hit = covers(&interval);
		covered += hit;
		missed += !hit;
		told += pr_series_is_dependent(&series);
		missed_and_told += !hit && pr_series_is_dependent(&series);
	}
	coverage = (double)covered / ROUNDS;
	detected = (double)told / ROUNDS;
	print_message("autocorrelation %.1f between %2zu blocks: coverage %.3f, called dependent "
	              "%.3f (of the misses %.3f)\n",
	              expected->phi, expected->n, coverage, detected,
	              (double)missed_and_told / (double)(missed > 0 ? missed : 1));
	assert_true(fabs(coverage - expected->coverage) < 0.02);
	assert_true(fabs(detected - expected->told) < 0.02);
}

static void test_dependent_blocks(void **state)
{
	static const struct broken table[] = {
	        {0.0, 6, 0.97, 0.00}, {0.0, 10, 0.96, 0.01}, {0.0, 20, 0.95, 0.01},
	        {0.2, 6, 0.94, 0.01}, {0.2, 10, 0.90, 0.02}, {0.2, 20, 0.90, 0.05},
	        {0.4, 6, 0.89, 0.01}, {0.4, 10, 0.82, 0.04}, {0.4, 20, 0.82, 0.19},
	        {0.6, 6, 0.80, 0.02}, {0.6, 10, 0.69, 0.12}, {0.6, 20, 0.67, 0.46},
	        {0.8, 6, 0.62, 0.04}, {0.8, 10, 0.48, 0.22}, {0.8, 20, 0.48, 0.76},
	};
	struct pr_rng rng;

	(void)state;
	pr_rng_init(&rng, 3);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		check_chain(&rng, &table[i]);
}

/* ---- and what the rows of a run know together --------------------------------------------------
 */

#define RUN_PHASES    4
#define RUN_WORKLOADS 2
#define RUN_ROWS      (RUN_WORKLOADS * (RUN_PHASES - 1))
#define RUN_ROUNDS    400

/* By row: blocks of each phase and workload are phi of the one before plus something new, and the
 * rows of a workload share their baseline.  */
static void draw_run(struct pr_rng *rng, double phi, size_t n, double d[RUN_ROWS][BLOCKS_MAX])
{
	double base[BLOCKS_MAX], phase[BLOCKS_MAX];

	for (size_t row = 0; row < RUN_ROWS; row++) {
		if (row % (RUN_PHASES - 1) == 0)
			pr_simulate_chain(rng, phi, base, n);
		pr_simulate_chain(rng, phi, phase, n);
		for (size_t i = 0; i < n; i++)
			d[row][i] = TRUTH + phase[i] - base[i];
	}
}

static struct pr_neighbours ask(double d[RUN_ROWS][BLOCKS_MAX], size_t rows, size_t n)
{
	uint64_t blocks[BLOCKS_MAX] = {0};
	struct pr_neighbours_rows *asked;
	struct pr_neighbours found;

	for (size_t i = 0; i < n; i++)
		blocks[i] = i + 1;
	asked = pr_neighbours_create(blocks, n);
	for (size_t row = 0; row < rows; row++)
		pr_neighbours_add(asked, &(struct pr_pairs){.d = d[row], .blocks = blocks, .n = n});
	found = pr_neighbours_judge(asked);
	pr_neighbours_destroy(&asked);
	return found;
}

/* What a run shows of its rows' intervals.  */
struct run_shares {
	double plain, judged, careful; /* hold the truth: exact; as verdicts use it; careful */
	double wider;                  /* careful through exact, in width */
	double told;                   /* runs that are called dependent */
	double most;                   /* hold the autocorrelation below `most` */
};

static void add_row(struct run_shares *shares, const struct pr_neighbours *found, const double *d,
                    size_t n)
{
	struct pr_stats_interval exact, careful;
	bool alike = pr_neighbours_are_alike(found);

	assert_true(pr_stats_hodges_lehmann(d, n, 0.95, &exact));
	careful = exact;
	careful.lo = exact.value - found->factor * (exact.value - exact.lo);
	careful.hi = exact.value + found->factor * (exact.hi - exact.value);
	shares->plain += covers(&exact);
	shares->careful += covers(&careful);
	shares->judged += covers(alike ? &careful : &exact);
	shares->wider += found->factor;
}

static struct run_shares study_runs(struct pr_rng *rng, double phi, size_t n)
{
	double d[RUN_ROWS][BLOCKS_MAX], all = RUN_ROUNDS * RUN_ROWS;
	struct run_shares shares = {0};

	for (size_t round = 0; round < RUN_ROUNDS; round++) {
		struct pr_neighbours found;

		draw_run(rng, phi, n, d);
		found = ask(d, RUN_ROWS, n);
		assert_int_equal(found.rows, RUN_ROWS);
		shares.told += pr_neighbours_are_alike(&found);
		shares.most += phi <= found.most;
		for (size_t row = 0; row < RUN_ROWS; row++)
			add_row(&shares, &found, d[row], n);
	}
	shares.plain /= all;
	shares.judged /= all;
	shares.careful /= all;
	shares.wider /= all;
	shares.told /= RUN_ROUNDS;
	shares.most /= RUN_ROUNDS;
	print_message("autocorrelation %.1f, %zu rows of %2zu blocks: told %.3f; intervals hold "
	              "%.3f, as judged %.3f, careful %.3f (%.2f times as wide); below `most` "
	              "%.3f\n",
	              phi, (size_t)RUN_ROWS, n, shares.told, shares.plain, shares.judged,
	              shares.careful, shares.wider, shares.most);
	return shares;
}

static void test_rows_of_a_run_together(void **state)
{
	static const size_t sizes[] = {6, 10, 20};
	struct pr_rng rng;

	(void)state;
	pr_rng_init(&rng, 20261126);
	for (size_t s = 0; s < 3; s++)
		for (int tenths = 0; tenths <= 8; tenths += 2) {
			struct run_shares shares = study_runs(&rng, tenths / 10.0, sizes[s]);

			if (tenths == 0)
				assert_true(shares.told <= 0.08);
			if (tenths <= 4)
				assert_true(shares.careful >= 0.94);
			assert_true(shares.judged >= shares.plain);
		}
}

/* Blocks that rise and fall in long waves are found, blocks that a row lacks do no harm, and rows
 * that say nothing are not asked.  */
static void test_waves_are_found(void **state)
{
	double d[RUN_ROWS][BLOCKS_MAX], few[PR_SERIES_LEAST - 1] = {0};
	uint64_t blocks[BLOCKS_MAX] = {0};
	struct pr_neighbours_rows *asked;
	struct pr_neighbours found;

	(void)state;
	for (size_t row = 0; row < RUN_ROWS; row++)
		for (size_t i = 0; i < BLOCKS_MAX; i++)
			d[row][i] = sin((double)i / 3 + (double)row);
	for (size_t i = 0; i < BLOCKS_MAX; i++)
		blocks[i] = i + 1;
	found = ask(d, 2, BLOCKS_MAX);
	assert_true(pr_neighbours_are_alike(&found));
	assert_true(found.lag1 > 0.6 && found.most >= found.lag1 && found.factor > 2);
	asked = pr_neighbours_create(blocks, BLOCKS_MAX);
	found = pr_neighbours_judge(asked);
	assert_int_equal(found.rows, 0);
	assert_false(pr_neighbours_are_alike(&found));
	pr_neighbours_add(asked, &(struct pr_pairs){.d = few, .blocks = blocks, .n = 5});
	pr_neighbours_add(asked, &(struct pr_pairs){.d = d[0], .blocks = blocks + 4, .n = 16});
	found = pr_neighbours_judge(asked);
	assert_int_equal(found.rows, 1);
	assert_true(found.blocks == 16);
	pr_neighbours_destroy(&asked);
}

/* The rank test takes differences as symmetric.  Where only one of two phases has two modes, they
 * are not, and with few blocks even the whole range may miss the pseudo-median.  */
static void test_one_side_with_two_modes(void **state)
{
	static const size_t sizes[] = {6, 10, 20};
	static double pairs[200001];
	struct pr_stats_interval interval;
	struct pr_rng rng;
	double d[BLOCKS_MAX], truth;

	(void)state;
	pr_rng_init(&rng, 5);
	for (size_t i = 0; i < 200001; i++)
		pairs[i] = (pr_simulate_bimodal(&rng) + pr_simulate_bimodal(&rng)) / 2;
	truth = pr_stats_median(pairs, 200001);
	for (size_t s = 0; s < 3; s++) {
		size_t rank = 0;

		for (size_t round = 0; round < ROUNDS; round++) {
			for (size_t i = 0; i < sizes[s]; i++)
				d[i] = pr_simulate_bimodal(&rng);
			assert_true(pr_stats_hodges_lehmann(d, sizes[s], 0.95, &interval));
			rank += interval.lo <= truth && truth <= interval.hi;
		}
		print_message("two modes on one side only   %2zu blocks: Hodges-Lehmann %.3f\n",
		              sizes[s], (double)rank / ROUNDS);
		assert_true((double)rank / ROUNDS >= 0.8);
	}
}

PR_TEST_MAIN(cmocka_unit_test(test_independent_blocks), cmocka_unit_test(test_unpaired_blocks),
             cmocka_unit_test(test_false_alarms), cmocka_unit_test(test_dependent_blocks),
             cmocka_unit_test(test_rows_of_a_run_together), cmocka_unit_test(test_waves_are_found),
             cmocka_unit_test(test_one_side_with_two_modes))
