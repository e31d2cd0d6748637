/* SPDX-License-Identifier: MIT */
/* analyzers/disturbance.h - what a probe costs that watches timed trials.
 *
 * A twin is a phase that is the same as another but for a probe that watches it (watch=); the two
 * take turns in the slices of every block.  Of hooks it is the other way round: the twin is a build
 * of the engine without them.  Never a row among the times of phases: it says how far
 * what the probe counts may be from what happens without it.  */
#ifndef PR_DISTURBANCE_H
#define PR_DISTURBANCE_H

#include <jansson.h>

#include "analyzers/run.h"

/* The array "disturbance": {"workload","phase","probe","metric","ratio","lo","hi","blocks"}, for
 * metric "time" (per message, by the clock) and "cpu": watched against not watched, by
 * Hodges-Lehmann with a 95 % interval (null when there are too few blocks).  NULL when the run has
 * no twins.  The caller owns it.  */
json_t *pr_disturbance_json(const struct pr_run *run);

#endif
