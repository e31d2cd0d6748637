/* SPDX-License-Identifier: MIT */
/* harness/predict.h - what a plan will take and what it will be able to see, told before it runs
 * and held against what came.
 *
 * Whether a run can answer is known before it begins: by the number of its blocks (a rank test of
 * few blocks cannot pass the correction for several tests) and by how much blocks scatter.  How
 * much they scatter comes from earlier runs of this plan on this host (spread.h), where there are
 * three, else from its A/A executions (`proctor floor add`), else from fewer such runs, else from
 * what is ordinary for the usual work on one CPU; each number says which.  Where that is all, or
 * nothing is known, the first four blocks of a longer run are its pilot: what they scatter by, not
 * what they show, is told before the others run, and changes nothing of the plan.  */
#ifndef PR_PREDICT_H
#define PR_PREDICT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "harness/plan.h"

/* Of the throughput of a workload.  */
struct pr_predict_effect {
	const struct pr_plan_workload *workload;
	double detectable; /* a fraction, with a power of 80 % at 0.05; NaN: not known */
	size_t executions; /* A/A executions behind it; 0: none */
	size_t runs;       /* earlier runs behind it; 0 as well: it is what is ordinary */
};

struct pr_prediction {
	double seconds;
	size_t tests;         /* of a phase, that the correction counts; 0: nothing is compared */
	size_t blocks_needed; /* to pass it, and for an interval; 0: nothing is compared */
	struct pr_predict_effect effects[PR_PLAN_WORKLOADS_MAX];
	size_t effect_count;
};

/* Of the plan with its number of blocks.  Borrows plan.  A history that cannot be read counts as
 * none.  */
void pr_predict(const struct pr_plan *plan, struct pr_prediction *prediction);

/* How many blocks fit into a time, at least 1: a block takes block_s, and its slices of the whole
 * length, which `whole` of the blocks have, whole_s more.  */
uint64_t pr_predict_fit(uint64_t whole, double seconds, double block_s, double whole_s);

/* How many blocks of the plan ordinarily fit into a time; at least 1.  */
uint64_t pr_predict_blocks(const struct pr_plan *plan, double seconds);

/* {"seconds","tests","blocks_needed","detectable":[{"workload","metric","effect","executions",
 * "runs"}]} */
json_t *pr_predict_dump(const struct pr_prediction *prediction);

/* On standard error; nothing when quiet.  */
void pr_predict_tell(const struct pr_plan *plan, const struct pr_prediction *prediction,
                     bool quiet);

/* From how much up to how much the log-ratios of a pilot's blocks may scatter, as standard
 * deviations, in four of five cases; n is 4 ordinarily, at least 2 (fewer: NaN).  Where all but one
 * block scatter much less, it begins at those.  */
void pr_predict_pilot_range(const double *d, size_t n, double *least, double *most);

/* After block `done` of `blocks`: what the pilot says, a new string, when this is its last block
 * and the prediction rests on no run; else NULL.  dir is the run's.  */
char *pr_predict_pilot(const struct pr_prediction *prediction, const char *dir, uint64_t done,
                       uint64_t blocks);

/* After the run, on standard error: what differs from the prediction by more than a factor of two,
 * and what could not be foretold.
 * dir is the run's.  A run that cannot be read is passed over.  How its blocks scattered is kept
 * for the next prediction.  quiet: nothing is said.  */
void pr_predict_check(const struct pr_prediction *prediction, const char *dir, double seconds,
                      bool quiet);

#endif
