/* SPDX-License-Identifier: MIT */
/* harness/spread.h - how much blocks scattered in earlier runs of a plan on this host.
 *
 * Each complete run of 6 blocks or more leaves a line: the standard error of the throughput of each
 * workload, in the middle of its phases.  What the effects were is not kept, and which phases there
 * were neither, so a prediction that rests on it knows nothing of who is faster.  The lines have
 * the format of the floor's (analyzers/floor_store.h) and lie beside it; the last 30 stay.  */
#ifndef PR_SPREAD_H
#define PR_SPREAD_H

#include "analyzers/rows.h"
#include "analyzers/run.h"

struct pr_floor;

/* Adds the line of a run; rows are its own.  What cannot be written is left: it is a convenience.
 */
void pr_spread_note(const struct pr_run *run, const struct pr_rows *rows);

/* What earlier runs say, for pr_floor_block_sd(); NULL when there are none.  The caller ends it
 * with pr_floor_destroy().  */
struct pr_floor *pr_spread_load(const struct pr_run *run);

#endif
