/* SPDX-License-Identifier: MIT */
/* analyzers/tail.h - a percentile needs samples beyond it.
 *
 * p99.9 of 2,000 samples rests on two of them: it is those two samples' luck.  So a percentile of a
 * trial counts only where n (1 - p) >= PR_TAIL_BEYOND; else it was not measured, and the row says
 * how many samples it would take.  Percentiles of trials are compared, never averaged.  */
#ifndef PR_TAIL_H
#define PR_TAIL_H

#include <stdbool.h>
#include <stddef.h>

#include "analyzers/run.h"

#define PR_TAIL_BEYOND 10

/* Samples that the percentile of a metric needs: 1,000 for "latency_p99"; 0 when it is none.  */
double pr_tail_needs(const char *metric);

/* Whether so many samples (NaN: not known) are too few for a metric.  */
bool pr_tail_is_short(double samples, const char *metric);

/* The most latency samples of a good timed trial of a workload in a phase (PR_RUN_NONE: in any), if
 * it measured latencies of that kind and these are too few for the metric; else NaN.  */
double pr_tail_shortage(const struct pr_run *run, size_t workload, size_t phase,
                        const char *metric);

#endif
