/* SPDX-License-Identifier: MIT */
/* analyzers/pairs.h - one number per block: how two phases differ in it.
 *
 * The processes of a block run side by side, so what the machine does hits both phases, and the
 * block is the unit of every interval.  Within a block the slices of two phases are paired by their
 * number, and the block's value is the median of their log-ratios: one disturbed slice does not
 * move it.  Because a median also hides stalls, the log-ratio of the total times stands beside it.
 */
#ifndef PR_PAIRS_H
#define PR_PAIRS_H

#include "analyzers/run.h"

enum pr_pairs_kind {
	PR_PAIRS_SPEED,      /* log of messages per second, from slices */
	PR_PAIRS_CPU,        /* log of CPU time per message, from slices */
	PR_PAIRS_CONTROL,    /* log of the fixed work after each slice */
	PR_PAIRS_LOG,        /* log of a metric of the trials */
	PR_PAIRS_DIFFERENCE, /* a metric of the trials, subtracted */
};

struct pr_pairs {
	double *d;        /* current against baseline, by block */
	double *base;     /* the metric of the baseline in these blocks; NULL from slices */
	double *total;    /* the same by total times; NULL unless from slices */
	uint64_t *blocks; /* their numbers */
	size_t n;         /* blocks in which both were measured */
};

/* metric is used by the last two kinds.  */
void pr_pairs_init(struct pr_pairs *pairs, const struct pr_run *run, size_t workload,
                   size_t baseline, size_t current, enum pr_pairs_kind kind, const char *metric);
/* From slices of some kinds, a set of 1 << enum pr_run_kind; kind is one of the first three.  */
void pr_pairs_init_of(struct pr_pairs *pairs, const struct pr_run *run, size_t workload,
                      size_t baseline, size_t current, enum pr_pairs_kind kind, unsigned kinds);
void pr_pairs_fini(struct pr_pairs *pairs);

/* The blocks of one phase alone, for runs that were not made side by side.  */
struct pr_pairs_side {
	double *values; /* by block: the median of the slices or the metric; logs but for counts */
	double *totals; /* the same by total times, as logs; NULL unless from slices */
	size_t n;
};

void pr_pairs_side_init(struct pr_pairs_side *side, const struct pr_run *run, size_t workload,
                        size_t phase, enum pr_pairs_kind kind, const char *metric);
void pr_pairs_side_fini(struct pr_pairs_side *side);

#endif
