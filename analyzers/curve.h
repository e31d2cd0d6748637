/* SPDX-License-Identifier: MIT */
/* analyzers/curve.h - reads and would-blocks per message along an option that a run sweeps.
 *
 * A sweep is two or more workloads of one kind whose options differ in one number alone (the count
 * of messages, which follows the size, set aside).  At each value the hooks of the timed trials
 * count, all good blocks together; a phase without hooks is counted in its traced trial, by strace,
 * which slows it down and so lets more come together.  Counts of the two are named, never mixed. */
#ifndef PR_CURVE_H
#define PR_CURVE_H

#include <jansson.h>

#include "analyzers/run.h"
#include "analyzers/view.h"

/* The array "curves" of the documents, NULL when the run has no sweep.  The caller owns it.
 *
 * Each is {"title", "name", "option", "values": [NUMBER...], "workloads": [LABEL...], "phases":
 * [{"phase", "probe": "hooks" or "strace" or null, "points": [POINT...], "text"}]}, with a POINT
 * for each value: {"messages", "receives_per_message", "would_blocks_per_message", "found_share"},
 * each null where nothing was counted; found_share is the part of the reads that find data, 0 to 1.
 * The three come with "..._lo" and "..._hi", 95 % by a bootstrap over blocks: null when there are
 * fewer than 6, or one trial alone was counted.  */
json_t *pr_curve_json(const struct pr_run *run);

/* Sentences and a table for each curve; nothing when curves is NULL.  */
void pr_curve_view(struct pr_view *view, const json_t *curves);

#endif
