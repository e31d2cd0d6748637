/* SPDX-License-Identifier: MIT */
/* analyzers/simulate.c - blocks with a known truth, from a seed.  */
#include "analyzers/simulate.h"

#include <math.h>
#include <stdbool.h>

#include "analyzers/stats.h"

#define BLOCKS_MAX 20
#define SLICES     11
#define TRUTH      PR_SIMULATE_TRUTH

double pr_simulate_normal(struct pr_rng *rng)
{
	double radius = sqrt(-2 * log(1 - pr_rng_unit(rng)));

	return radius * cos(2 * M_PI * pr_rng_unit(rng));
}

/* ---- what chance gives a set of processes ------------------------------------------------------
 */

/* Student's t of 2 degrees of freedom: without a variance.  */
static double heavy(struct pr_rng *rng)
{
	return 0.01 * pr_simulate_normal(rng) / sqrt(-log(1 - pr_rng_unit(rng)));
}

static double plain(struct pr_rng *rng)
{
	return 0.01 * pr_simulate_normal(rng);
}

/* Three in ten processes get the bad layout.  */
double pr_simulate_bimodal(struct pr_rng *rng)
{
	return (pr_rng_unit(rng) < 0.3 ? 0.03 : 0) + 0.003 * pr_simulate_normal(rng);
}

static double bimodal_heavy(struct pr_rng *rng)
{
	return (pr_rng_unit(rng) < 0.3 ? 0.05 : 0) + heavy(rng);
}

const struct pr_simulate_shape pr_simulate_shapes[PR_SIMULATE_SHAPES] = {
        {"normal", plain},
        {"heavy tails (t, 2 degrees)", heavy},
        {"two modes, 30 % and 70 %", pr_simulate_bimodal},
        {"two modes and heavy tails", bimodal_heavy},
};

/* ---- blocks ------------------------------------------------------------------------------------
 */

/* The median of slices around the effect; a slice is 0.6 of the one before plus something new, with
 * now and then a disturbance.  */
double pr_simulate_block(struct pr_rng *rng, double effect)
{
	double slices[SLICES], noise = 0.02 * pr_simulate_normal(rng);

	for (size_t i = 0; i < SLICES; i++) {
		noise = 0.6 * noise + 0.8 * 0.02 * pr_simulate_normal(rng);
		slices[i] = effect + noise +
		            (pr_rng_unit(rng) < 0.05 ? 0.3 * pr_simulate_normal(rng) : 0);
	}
	return pr_stats_median(slices, SLICES);
}

void pr_simulate_blocks(struct pr_rng *rng, const struct pr_simulate_shape *shape, double *d,
                        size_t n)
{
	for (size_t i = 0; i < n; i++)
		d[i] = pr_simulate_block(rng, TRUTH + shape->draw(rng) - shape->draw(rng));
}

/* Blocks that are phi of the one before plus something new.  */
void pr_simulate_chain(struct pr_rng *rng, double phi, double *d, size_t n)
{
	double level = pr_simulate_normal(rng);

	for (size_t i = 0; i < n; i++) {
		d[i] = TRUTH + 0.01 * level;
		level = phi * level + sqrt(1 - phi * phi) * pr_simulate_normal(rng);
	}
}

/* ---- what a comparison makes of them -----------------------------------------------------------
 */

double pr_simulate_coverage(struct pr_rng *rng, const struct pr_simulate_shape *shape, size_t n,
                            size_t rounds)
{
	struct pr_stats_interval interval;
	size_t covered = 0;
	double d[BLOCKS_MAX];

	for (size_t round = 0; round < rounds; round++) {
		pr_simulate_blocks(rng, shape, d, n);
		covered += pr_stats_hodges_lehmann(d, n, 0.95, &interval) && interval.lo <= TRUTH &&
		           TRUTH <= interval.hi;
	}
	return (double)covered / (double)rounds;
}

double pr_simulate_alarms(struct pr_rng *rng, size_t rounds, double *found)
{
	enum { ROWS = 5, BLOCKS = 10 };
	size_t alarms = 0, seen = 0;
	double d[BLOCKS], p[ROWS];

	for (size_t round = 0; round < rounds; round++) {
		bool alarm = false;

		for (size_t row = 0; row < ROWS; row++) {
			pr_simulate_blocks(rng, &pr_simulate_shapes[row % PR_SIMULATE_SHAPES], d,
			                   BLOCKS);
			for (size_t i = 0; i < BLOCKS; i++)
				d[i] -= TRUTH;
			p[row] = pr_stats_signed_rank_p(d, BLOCKS);
		}
		pr_stats_holm(p, ROWS);
		for (size_t row = 0; row < ROWS; row++)
			alarm |= p[row] <= 0.05;
		alarms += alarm;
		for (size_t i = 0; i < BLOCKS; i++)
			d[i] = 0.01 *
			       (pr_simulate_normal(rng) +
			        PR_STATS_DETECTABLE_Z / sqrt(BLOCKS * PR_STATS_RANK_EFFICIENCY));
		seen += pr_stats_signed_rank_p(d, BLOCKS) <= 0.05;
	}
	*found = (double)seen / (double)rounds;
	return (double)alarms / (double)rounds;
}
