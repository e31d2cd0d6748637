/* SPDX-License-Identifier: MIT */
/* analyzers/history/latency.h - a distribution of latency as it lies in the store.
 *
 * The text "VALUE:COUNT VALUE:COUNT ...": lowest value of a bucket (core/base/hist.h), ns,
 * ascending.
 */
#ifndef PR_HISTORY_LATENCY_H
#define PR_HISTORY_LATENCY_H

#include <jansson.h>
#include <stdbool.h>

#include "core/base/hist.h"

/* The caller frees.  */
char *pr_latency_write(const struct pr_hist *hist);

/* From an object with "count", "min", "max" and "buckets".  Counts of the buckets are believed, not
 * the total; false when there is none.  */
bool pr_latency_read(const json_t *latency, struct pr_hist *hist);

/* Mean and SD in ns, each sample taken for the middle of its bucket.  */
void pr_latency_moments(const struct pr_hist *hist, double *mean, double *sd);

#endif
