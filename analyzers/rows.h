/* SPDX-License-Identifier: MIT */
/* analyzers/rows.h - the rows of a comparison: workload, phase, metric.
 *
 * Which metrics decide (gating): throughput, latency_p50 and cpu_per_message, of the phases whose
 * engine is the baseline's (when there is none: of all but the floor).  With two workloads that is
 * five tests per phase; Holm's correction runs over these, and 8 blocks are enough to pass it.
 * latency_p50 is chosen and not p99 because a percentile far out needs many more blocks; in
 * ping-pong it says what the median round trip costs, where throughput says what all of them cost.
 * Lost, reordered and duplicated messages decide too, without a test: one is enough.  All other
 * rows are exploratory and corrected by Benjamini and Hochberg.
 *
 * The median of the slices hides stalls.  So where the total times say something else (a difference
 * larger than delta, outside the interval), a row is not called equivalent; and when they are worse
 * beyond doubt (interval, and p corrected by Bonferroni), it regressed, whatever the median says.
 */
#ifndef PR_ROWS_H
#define PR_ROWS_H

#include <jansson.h>

#include "analyzers/run.h"
#include "analyzers/verdict.h"
#include "core/base/metrics.h"

/* A value with its 95 % interval over the blocks; NaN when not measured.  */
struct pr_side {
	double value, lo, hi;
	size_t n;
};

struct pr_row {
	size_t workload, phase;
	const struct pr_metric *metric;
	struct pr_side baseline, current;
	struct pr_difference difference;
	double total, total_lo, total_hi; /* the effect by total times; NaN when there is none */
	double total_p;
	bool by_total; /* the verdict rests on the total times */
	bool gating;
	enum pr_verdict verdict;
	char *note;
};

struct pr_rows {
	const struct pr_run *run;
	size_t baseline; /* number of the phase */
	double delta;    /* fraction */
	struct pr_row *items;
	size_t count;
};

/* The rows of all phases but the baseline, with verdicts and notes.  Borrows run.  */
struct pr_rows *pr_rows_create(const struct pr_run *run, size_t baseline, double delta);
void pr_rows_destroy(struct pr_rows **rows);

json_t *pr_rows_json(const struct pr_rows *rows);

/* NULL when there is none.  */
const struct pr_row *pr_rows_find(const struct pr_rows *rows, size_t workload, size_t phase,
                                  const char *metric);

/* What was measured of a phase, which may be the baseline; NaN when nothing was.  */
double pr_rows_value(const struct pr_rows *rows, size_t workload, size_t phase, const char *metric);

/* Whether a phase decides, see above.  */
bool pr_rows_is_candidate(const struct pr_run *run, size_t baseline, size_t phase);

#endif
