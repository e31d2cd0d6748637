/* SPDX-License-Identifier: MIT */
/* analyzers/dose.h - what one call more costs, where it is made; and what fewer could earn.
 *
 * Phases that differ in dose-count alone (harness/plant.h) are a series: the interposing library
 * adds 0, 1, 2, ... failing reads, wake-ups or allocations to an unmodified engine.  In each block
 *
 *   slope = least squares of the time per message of the phases on the calls added per message
 *
 * where a time is the median of the slices of the block, and the calls are counted.  Over the
 * blocks, the slope has the Hodges-Lehmann estimate and interval: the cost of one such call in
 * place.  Carried on to where the engine makes no such call, it foretells what removing them
 * would earn:
 *
 *   gain = - slope x (calls per message that the engine makes, of which another phase makes fewer)
 *            / time per message without a dose
 *
 * and where the run has that other phase, what it really earned stands beside it.  That the line
 * goes on below 0 is an assumption; the measured gain tests it.  */
#ifndef PR_DOSE_H
#define PR_DOSE_H

#include <jansson.h>

#include "analyzers/run.h"

/* Least squares of y on x; n > 0.  NaN when all x are the same.  */
double pr_dose_slope(const double *x, const double *y, size_t n);

/* The array "doses": one entry for each series, workload and metric ("time" by the clock, "cpu"):
 *
 * {"workload","phases":[LABEL...],"of":LABEL|null,"dose","place","metric","blocks",
 *  "slope_ns","lo","hi",                                  of one call
 *  "points":[{"phase","count","added","ratio","lo","hi"}],  time per message against the first
 *  "made":CALLS|null,                                     such calls per message of the engine
 * itself "gain","gain_lo","gain_hi",                            foretold, when all of them went;
 * fractions "beside":[{"phase","made","foretold","foretold_lo","foretold_hi",
 *             "measured","measured_lo","measured_hi"}],
 *  "text"}
 *
 * of is the phase without a dose that is otherwise the same.  NULL when the run has no series.  The
 * caller owns it.  */
json_t *pr_dose_json(const struct pr_run *run);

#endif
