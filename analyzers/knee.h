/* SPDX-License-Identifier: MIT */
/* analyzers/knee.h - how much load a phase takes: the knee of a sweep of paced workloads.
 *
 * A sweep is three paced workloads or more that differ in nothing but their rate.  Its steps, by
 * offered load, each have the medians over the blocks of what arrived and of p99, for each phase.
 * The knee is the highest offered load that
 *
 *   is kept up with   at least PR_KNEE_SHARE of it arrived, and of every lower step, and
 *   has no explosion  p99 is at most PR_KNEE_FACTOR times the median p99 of the lower steps
 *                     (not asked where p99 has too few samples).
 *
 * A step whose p99 is that bad below a higher one whose p99 is not is a disturbance, no knee.
 * Its interval comes from resampling whole blocks (bootstrap), so it is made of steps too: a knee
 * is known to a step of the sweep and no better.  A step that fewer than half of the blocks
 * measured is beyond: the harness does not go on where half of the load did not arrive.  */
#ifndef PR_KNEE_H
#define PR_KNEE_H

#include <jansson.h>

#include "analyzers/run.h"

#define PR_KNEE_SHARE  0.9
#define PR_KNEE_FACTOR 10.0
#define PR_KNEE_STEPS  3 /* at least */

/* Whether a workload is a step of a sweep; *lowest: the one with the lowest rate of it.  */
bool pr_knee_is_step(const struct pr_run *run, size_t workload, bool *lowest);

/* The member "knees" of a comparison: one for each sweep and phase (comparison.schema.json).  The
 * caller owns it; empty without a sweep.  */
json_t *pr_knee_json(const struct pr_run *run);

#endif
