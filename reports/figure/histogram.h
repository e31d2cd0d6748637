/* SPDX-License-Identifier: MIT */
/* reports/figure/histogram.h - the latency histograms of a run, one for each phase, workload and
 * block, as the pictures of them need them.  */
#ifndef PR_REPORTS_HISTOGRAM_H
#define PR_REPORTS_HISTOGRAM_H

#include <jansson.h>
#include <stdbool.h>

#include "core/base/hist.h"
#include "reports/input.h"

/* What a histogram holds, by how its quantity begins.  Each kind has pictures of its own: half a
 * round trip and the time from an intended start must not share an axis unnamed.  */
struct pr_latency_kind {
	const char *begins;
	const char *title; /* behind the name of a workload; NULL: not drawn */
	const char *axis;
};

#define PR_LATENCY_KINDS 4
extern const struct pr_latency_kind pr_latency_kinds[PR_LATENCY_KINDS];

/* Whether an entry of histograms.json is of this phase, workload and kind, and its trial counts. */
bool pr_histogram_is(const struct pr_input *input, const json_t *entry, const char *phase,
                     const char *workload, const struct pr_latency_kind *kind);

/* Adds the samples of an entry; *least and *most are widened by its extremes, which the document
 * knows exactly and the buckets only by their lower ends.  */
void pr_histogram_add(struct pr_hist *hist, const json_t *entry, double *least, double *most);

#endif
