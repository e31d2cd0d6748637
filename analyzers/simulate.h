/* SPDX-License-Identifier: MIT */
/* analyzers/simulate.h - blocks with a known truth, from a seed.
 *
 * A block's effect is the difference of what chance gave the processes of two phases (normal,
 * heavy-tailed, or one of two modes); its slices scatter around it and resemble their neighbours;
 * the block's value is their median.  The truth is PR_SIMULATE_TRUTH, the pseudo-median of the
 * block effects.  The tests and the self-test draw from here.  */
#ifndef PR_SIMULATE_H
#define PR_SIMULATE_H

#include <stddef.h>

#include "core/base/rng.h"

#define PR_SIMULATE_TRUTH  0.013
#define PR_SIMULATE_SHAPES 4

/* What chance gives a set of processes.  */
struct pr_simulate_shape {
	const char *name;
	double (*draw)(struct pr_rng *rng);
};

extern const struct pr_simulate_shape pr_simulate_shapes[PR_SIMULATE_SHAPES];

double pr_simulate_normal(struct pr_rng *rng);

/* Three in ten are 0.03 more than the others.  */
double pr_simulate_bimodal(struct pr_rng *rng);

/* The median of the slices of a block with this effect.  */
double pr_simulate_block(struct pr_rng *rng, double effect);

/* n blocks with the truth.  */
void pr_simulate_blocks(struct pr_rng *rng, const struct pr_simulate_shape *shape, double *d,
                        size_t n);

/* n blocks (any number) with the truth, each phi of the one before plus something new.  */
void pr_simulate_chain(struct pr_rng *rng, double phi, double *d, size_t n);

/* The share of 95 % intervals that hold the truth, in so many rounds of n blocks (6 to 20).  */
double pr_simulate_coverage(struct pr_rng *rng, const struct pr_simulate_shape *shape, size_t n,
                            size_t rounds);

/* How often any of five rows of 10 blocks is called changed after Holm's correction when none is;
 * *found: how often a normal row with a change of the detectable effect is called changed.  */
double pr_simulate_alarms(struct pr_rng *rng, size_t rounds, double *found);

#endif
