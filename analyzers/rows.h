/* SPDX-License-Identifier: MIT */
/* analyzers/rows.h - the rows of a comparison: workload, phase, metric.
 *
 * Which metrics decide (gating): throughput, latency_p50 and cpu_per_message, of the phases whose
 * engine is the baseline's (when there is none: of all but the floor).  With two workloads that is
 * five tests per phase; Holm's correction runs over these, and 8 blocks are enough to pass it.
 * latency_p50 is chosen and not p99 because a percentile far out needs many more blocks; in
 * ping-pong it says what the median round trip costs, where throughput says what all of them cost.
 * Of paced, throughput does not decide, for it is what was offered; of a sweep of loads (knee.h)
 * only the lowest load does.  Lost, reordered and duplicated messages decide too, without a test:
 * one is enough.  All other rows are exploratory and corrected by Benjamini and Hochberg.
 *
 * The median of the slices hides stalls.  So where the total times say something else (a difference
 * larger than delta, outside the interval), a row is not called equivalent; and when they are worse
 * beyond doubt (interval, and p corrected by Bonferroni), it regressed, whatever the median says.
 */
#ifndef PR_ROWS_H
#define PR_ROWS_H

#include <jansson.h>

#include "analyzers/design.h"
#include "analyzers/floor.h"
#include "analyzers/neighbours.h"
#include "analyzers/run.h"
#include "analyzers/series.h"
#include "analyzers/verdict.h"
#include "core/base/metrics.h"

/* A value with its 95 % interval over the blocks; NaN when not measured.  */
struct pr_side {
	double value, lo, hi;
	size_t n;
};

struct pr_row {
	size_t workload, phase;
	size_t base_workload, base_phase; /* of rows->base_run */
	const struct pr_metric *metric;
	struct pr_side baseline, current;
	struct pr_difference difference;
	double careful_lo, careful_hi; /* of the effect, for blocks as dependent as cannot be
	                                  excluded (neighbours.h); NaN when not known */
	double median_lo,
	        median_hi;       /* of the effect, without assuming symmetry; NaN when unpaired */
	struct pr_series series; /* whether the blocks are independent */
	size_t repeats;          /* of each side, when callgrind counted; else 0 */
	double repeated;         /* by what part the repeats of one engine differ at most */
	double total, total_lo, total_hi; /* the effect by total times; NaN when there is none */
	double total_p;
	double floor;                    /* a fraction (floor.h) */
	double tomorrow_lo, tomorrow_hi; /* the effect if the run were repeated on another day */
	double delta;                    /* changes up to this do not matter to this row */
	bool by_total;                   /* the verdict rests on the total times */
	bool gating;
	struct pr_design design; /* what the checks of the run's design say */
	enum pr_verdict verdict;
	char *note;
};

struct pr_rows {
	const struct pr_run *run;
	const struct pr_run *base_run; /* where the baselines are: run itself, or another run */
	size_t baseline;               /* number of the phase; PR_RUN_NONE with another run */
	double delta;                  /* fraction */
	struct pr_row *items;
	size_t count;
	struct pr_neighbours neighbours; /* whether blocks resemble each other, by all rows */
};

struct pr_rows_opts {
	double delta;                 /* fraction, 0 or more */
	const struct pr_floor *floor; /* NULL: not known */
	/* Whether a row decides, in place of the rule above; may set *delta, which comes as
	 * above.  The row has its place and metric and nothing else.  NULL: the rule above.  */
	bool (*gate)(void *gate_arg, const struct pr_rows *rows, const struct pr_row *row,
	             double *delta);
	void *gate_arg;
};

/* The rows of all phases but the baseline, with verdicts and notes.  Borrows run.  */
struct pr_rows *pr_rows_create(const struct pr_run *run, size_t baseline,
                               const struct pr_rows_opts *opts);

/* For each phase and workload of a run, its counterpart in another; PR_RUN_NONE: none.  */
struct pr_rows_match {
	const size_t *phases, *workloads;
};

/* The rows of a run against another that was not made side by side.  All phases but raw sockets
 * decide.  Borrows both runs.  */
struct pr_rows *pr_rows_create_unpaired(const struct pr_run *base_run, const struct pr_run *run,
                                        const struct pr_rows_match *match,
                                        const struct pr_rows_opts *opts);
void pr_rows_destroy(struct pr_rows **rows);

json_t *pr_rows_json(const struct pr_rows *rows);

/* NULL when there is none.  */
const struct pr_row *pr_rows_find(const struct pr_rows *rows, size_t workload, size_t phase,
                                  const char *metric);

/* What was measured of a phase, which may be the baseline; NaN when nothing was.  */
double pr_rows_value(const struct pr_rows *rows, size_t workload, size_t phase, const char *metric);

/* The interval of a row's effect with another confidence than 95 %, from the same blocks.  False
 * when there are too few for one, and for rows that are not paired block by block.  */
bool pr_rows_interval(const struct pr_rows *rows, const struct pr_row *row, double confidence,
                      double *lo, double *hi);

/* An effect on the scale on which its interval is symmetric: the log-ratio for times, the fraction
 * for counts; and the standard error there, (hi - lo) / (2 x 1.96).  NaN when not known.  */
double pr_rows_scaled(const struct pr_row *row, double effect);
double pr_rows_standard_error(const struct pr_row *row);

/* Whether a phase decides, see above.  */
bool pr_rows_is_candidate(const struct pr_run *run, size_t baseline, size_t phase);

#endif
