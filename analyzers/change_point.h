/* SPDX-License-Identifier: MIT */
/* analyzers/change_point.h - where the level of a nightly series changes.
 *
 * y[t] is one number a night: ordinarily the log-ratio of tonight's build to a pinned reference
 * that ran in the same blocks.  A change point splits the series so that the energy statistic
 *
 *   Q(k) = k m / (k + m) (2 / (k m) B - 2 / (k (k - 1)) W1 - 2 / (m (m - 1)) W2),   m = n - k
 *
 * (B: the sum of |y_i - y_j| between both sides, W1 and W2: within each; Matteson and James, "A
 * nonparametric approach for multiple change point analysis of multivariate data", 2014, with
 * exponent 1) is largest.  p is that of the maximum: the share of permutations of the same nights
 * whose own maximum is at least as large, so the search for the place is part of it.  It is exact
 * for exchangeable nights.  The search goes on in both parts.  Where what the levels leave over
 * resembles the night before (lag-1 correlation above PR_CHANGE_CORRELATED), all of it is done
 * again with y[t] - phi y[t - 1].
 *
 * One or two nights at the end have too few arrangements for such a test; they are compared with
 * the nights before by the t distribution (pr_change_sudden).
 *
 * Both are a screen.  With several looks at the same series a false one is to be expected now and
 * then (README.md has the rates); what turns it into an alert is a paired run of a build from
 * before the step against one from after it.  Nothing here blocks, and all of it may be called from
 * any thread.  */
#ifndef PR_CHANGE_POINT_H
#define PR_CHANGE_POINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PR_CHANGE_WINDOW     60  /* nights that are looked at */
#define PR_CHANGE_SEGMENT    3   /* nights of a level at least */
#define PR_CHANGE_CORRELATED 0.2 /* lag-1 correlation above which a series is whitened */
#define PR_CHANGE_KNOWN      8   /* nights that a sudden step is compared with, at least */
#define PR_CHANGE_MARGIN     10  /* nights by which a place is taken to be wrong at most */

struct pr_change_options {
	double alpha;        /* of one test, 0.015 */
	double least;        /* levels that differ by less are no change, in the unit of y */
	size_t permutations; /* 999 */
	uint64_t seed;       /* of the permutations */
};

extern const struct pr_change_options pr_change_usual;

struct pr_change_point {
	size_t at;            /* the first night of the new level */
	double before, after; /* the median of the level on either side */
	double p;
};

/* The change points of the last PR_CHANGE_WINDOW nights, in their order.  points has room for n /
 * PR_CHANGE_SEGMENT.  y must be finite.  The same input and seed give the same answer.  */
size_t pr_change_points(const double *y, size_t n, const struct pr_change_options *options,
                        struct pr_change_point *points);

/* True when the last night, or the mean of the last two, lies outside of what the nights since
 * `since` make likely at options->alpha / 10 (two-sided t of a new mean, pooled variance).  False
 * with fewer than PR_CHANGE_KNOWN nights before.  point->p is that of the more surprising one.  */
bool pr_change_sudden(const double *y, size_t n, size_t since,
                      const struct pr_change_options *options, struct pr_change_point *point);

/* By how many nights the place of a step may be wrong on either side, for which a paired run must
 * leave room: (3.5 sd / step)^4, rounded, PR_CHANGE_MARGIN at most (found by change_study.c; small
 * steps are misplaced far more than large ones).  */
size_t pr_change_margin(double step, double sd);

/* How many blocks a paired run needs to confirm or refute a step, when nights of night_blocks
 * blocks vary by sd around their level: as precise as 60 (sd / step)^2 nights (a step that was
 * found because it looked large is smaller), 2 at least and 32 at most; never fewer than 20 blocks.
 */
size_t pr_change_confirm_blocks(double step, double sd, size_t night_blocks);

#endif
