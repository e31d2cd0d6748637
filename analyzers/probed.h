/* SPDX-License-Identifier: MIT */
/* analyzers/probed.h - what each probe counted, side by side, and where the calls were made.
 *
 * Several probes may watch one trial, and then they count the same calls; where one of them is
 * strace, or the engine's own hooks, the others must agree with it.  */
#ifndef PR_PROBED_H
#define PR_PROBED_H

#include <jansson.h>

#include "analyzers/run.h"

/* The array "probed": one entry for each probe in each trial that interpose or perf watched,
 * {"workload","phase","trial","probe","messages","receives","would_blocks","received_bytes",
 *  "sends","sent_bytes","waits","wakeups","allocations","agree"}.  trial is the probe whose trial
 * it is; agree is null for the one that the others are held against, and where there is none.  NULL
 * when no trial has such.  The caller owns it.  */
json_t *pr_probed_json(const struct pr_run *run);

/* The array "sites": the places of most calls of each phase and workload,
 * {"workload","phase","call","site","calls","calls_per_message","would_blocks_per_message"}; NULL
 * when nothing tells.  The caller owns it.  */
json_t *pr_probed_sites_json(const struct pr_run *run);

#endif
