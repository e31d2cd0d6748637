/* SPDX-License-Identifier: MIT */
/* analyzers/walk.h - what a read costs, as a function of the buffers that are held back already.
 *
 * The report that started this has its size check walk over all buffers at each read, and calls it
 * cheap because none is held.  Here some are: while a reader stalls, an engine takes in bytes and
 * holds them, and the time line (run.json) says how many bytes the receiving side has and how much
 * CPU time its process has used.  Between two points that is CPU time per read, beside buffers
 * held. Only where senders are in another process (raw peers, or roles=two), because theirs is in
 * it otherwise.  */
#ifndef PR_WALK_ANALYSIS_H
#define PR_WALK_ANALYSIS_H

#include <jansson.h>

#include "analyzers/run.h"
#include "analyzers/view.h"

/* The array "walks" of an explanation, NULL when no phase that walks held enough to tell.  The
 * caller owns it.
 *
 * Each is {"workload", "phase", "size_check", "read_bytes", "base_ns", "step_ns", "step_lo",
 * "step_hi", "points": [{"buffers", "ns"}...], "text"}: of a phase that has the option size-check,
 * CPU time of a read of read_bytes (option read-size) is base_ns + step_ns x buffers; medians of
 * the trials, with the 95 % interval of the median (null with fewer than 6), and points are medians
 * of the samples of all trials in equal steps of buffers.  */
json_t *pr_walk_json(const struct pr_run *run);

void pr_walk_view(struct pr_view *view, const json_t *walks);

#endif
