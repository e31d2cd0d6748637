/* SPDX-License-Identifier: MIT */
/* analyzers/pressure.h - what stalled readers did to each phase of a run: who lost what, who held
 * how much, and how soon the backlog was there.
 *
 * Counts are sums over the good timed trials of the workload backpressure; everything else is the
 * median of them.  */
#ifndef PR_PRESSURE_ANALYSIS_H
#define PR_PRESSURE_ANALYSIS_H

#include <jansson.h>

#include "analyzers/run.h"
#include "analyzers/view.h"

/* The array "pressure" of an explanation, NULL when no reader stalled.  The caller owns it.
 *
 * Each is {"workload", "texts": [SENTENCE...], "phases": [{"phase", "trials", METRIC: number or
 * null...}]}: first who lost messages and who did not, then what was held.  */
json_t *pr_pressure_json(const struct pr_run *run);

/* The sentences and a table for each workload; nothing when pressure is NULL.  */
void pr_pressure_view(struct pr_view *view, const json_t *pressure);

#endif
