/* SPDX-License-Identifier: MIT */
/* harness/trial_metrics.h - what a trial gathered, as metrics.  */
#ifndef PR_TRIAL_METRICS_H
#define PR_TRIAL_METRICS_H

#include <jansson.h>

#include "harness/trial.h"

/* {"throughput": {"value", "unit"}, ...} of a trial that is whole: times only of those that nobody
 * traced, counts from the hooks (counters; NULL without) or from strace.  What was not measured is
 * left out.  The caller owns it.  */
json_t *pr_trial_dump_metrics(const struct pr_trial *trial, const json_t *counters);

/* Adds a metric of the table (metrics.h), which has its unit; takes value.  */
void pr_trial_put_metric(json_t *metrics, const char *name, json_t *value);

#endif
