/* SPDX-License-Identifier: MIT */
/* analyzers/share.h - how much of the difference between two phases a cause stands for.
 *
 * The CPU time per message of two phases differs by D nanoseconds.  A cause stands for so many
 * calls per message more or fewer, of which each costs what the calibration of the host says: that
 * is C nanoseconds.  Its share is C / D.
 *
 *   D   Hodges-Lehmann estimate over the blocks: the baseline's CPU time per message in a block,
 *       times what the slices of both phases differ by
 *   C   the same over the blocks, where hooks count in each; where one traced trial counted, its
 *       number, without a spread of its own.  The spread of the price (10th to 90th percentile of
 *       its batches, taken as normal) is added.
 *   C/D with Fieller's interval (E. C. Fieller, "Some problems in interval estimation", JRSS B 16,
 *       1954), both taken as independent and normal.  It has no end where D is not told from 0:
 * then there is no share.  */
#ifndef PR_SHARE_H
#define PR_SHARE_H

#include <stdbool.h>

#include "analyzers/cause.h"
#include "analyzers/run.h"

/* 95 %: 1.96 standard errors each way; se is NaN when it is not known, 0 when exact.  */
struct pr_estimate {
	double value, se;
};

/* Half the width of a 95 % interval in standard errors.  */
#define PR_SHARE_Z 1.959964

/* What the calls cost on the host of a run, ns.  NaN where it was not calibrated.  */
struct pr_prices {
	struct pr_estimate of[PR_COSTS];
};

struct pr_prices pr_prices_get(const struct pr_run *run);

/* above / below with its interval; lo and hi are NaN when a standard error is NaN.  False when
 * below is not told from 0, or is 0: then nothing is filled.  */
bool pr_share_ratio(struct pr_estimate above, struct pr_estimate below, double *value, double *lo,
                    double *hi);

/* CPU time per message of phase minus baseline, ns; value NaN when it was not measured in both.
 * Below 6 blocks there is no interval: se is NaN.  */
struct pr_estimate pr_share_difference(const struct pr_run *run, size_t workload, size_t baseline,
                                       size_t phase);

/* The CPU time per message of a phase: the median of its blocks, ns; NaN when not measured.  */
double pr_share_level(const struct pr_run *run, size_t workload, size_t phase);

/* What the calls of a cause cost per message in phase, minus in baseline, ns.  value is NaN when
 * the cause has no price, or was not counted in both by the same probe.  */
struct pr_estimate pr_share_cause(const struct pr_run *run, const struct pr_cause_ops *cause,
                                  const struct pr_prices *prices, size_t workload, size_t baseline,
                                  size_t phase);

#endif
