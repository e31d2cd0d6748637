/* SPDX-License-Identifier: MIT */
/* analyzers/slope.h - what a slice costs by itself, and what each of its messages costs.
 *
 * A short slice pays for its start: caches that another phase left cold, a backlog that builds up.
 * Some blocks have slices of two lengths, n1 messages in t1 and n2 in t2 (medians, heads
 * included), so in each of them the line t = a + b n is known:
 *
 *   b = (t2 - t1) / (n2 - n1)     a = t1 - b n1
 *
 * The effect on b is what a change does to messages alone, whatever it does to the start of a
 * slice.  It is estimated over blocks like any other effect.  */
#ifndef PR_SLOPE_H
#define PR_SLOPE_H

#include <jansson.h>
#include <stddef.h>

#include "analyzers/run.h"

/* NaN: not measured.  */
struct pr_slope {
	double effect, lo, hi;          /* on 1 / b, a fraction: above 0 is faster */
	double fixed_ns, base_fixed_ns; /* a of the phase and of the baseline: medians over blocks,
	                                   below 0 where long slices are dearer by the message */
	size_t n;                       /* blocks; 0: none has two lengths */
};

void pr_slope_init(struct pr_slope *slope);

/* Of two phases in a workload.  */
void pr_slope_estimate(struct pr_slope *slope, const struct pr_run *run, size_t workload,
                       size_t baseline, size_t phase);

/* "without what a slice costs by itself (12 us, baseline 2 us) +1.0 % [0.5, 1.5]"; NULL when n is
 * 0. The caller frees.  */
char *pr_slope_text(const struct pr_slope *slope);

/* {"effect", "effect_lo", "effect_hi", "n", "fixed_ns", "baseline_fixed_ns", "text"}; NULL when n
 * is 0.  The caller owns it.  */
json_t *pr_slope_json(const struct pr_slope *slope);

#endif
