/* SPDX-License-Identifier: MIT */
/* core/base/metrics.h - the metrics: names, units, which way is better, and what each means.
 *
 * The one list that harness, analyzers and reports share.  A name here is the key in run.json, the
 * row in a comparison and the entry in `proctor list metrics`.  Absent or null is "not measured",
 * never zero.
 *
 * To add a metric: one line in metrics.c.  */
#ifndef PR_BASE_METRICS_H
#define PR_BASE_METRICS_H

#include <stdbool.h>
#include <stddef.h>

enum pr_metric_kind {
	PR_METRIC_TIMED,   /* moves from run to run: needs repeats and an interval */
	PR_METRIC_COUNTED, /* a count, nearly or exactly repeatable */
};

struct pr_metric {
	const char *name;
	const char *unit;
	bool higher_is_better;
	enum pr_metric_kind kind;
	bool is_detail;   /* for those who ask: not in the short table */
	const char *help; /* one line */
};

/* In the order in which tables show them; ended by a NULL name.  */
extern const struct pr_metric pr_metrics[];

/* NULL when there is none of that name.  */
const struct pr_metric *pr_metrics_find(const char *name);

/* "higher" or "lower": the word of the formats.  */
const char *pr_metrics_direction(const struct pr_metric *metric);

#endif
