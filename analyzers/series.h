/* SPDX-License-Identifier: MIT */
/* analyzers/series.h - whether blocks are independent: does a block resemble the one before it?
 *
 * Every interval of stats.h takes the blocks as independent.  When the machine drifts slowly and
 * the difference of two phases drifts with it, neighbours resemble each other and the interval is
 * too narrow.  What that costs was simulated: README.md has the table, coverage_test.c makes it. */
#ifndef PR_SERIES_H
#define PR_SERIES_H

#include <stdbool.h>
#include <stddef.h>

/* Below this many blocks nothing can be said.  */
#define PR_SERIES_LEAST 6

/* The chance to call independent blocks dependent, for one series: there is one in each row.  */
#define PR_SERIES_ALPHA 0.01

struct pr_series {
	double lag1; /* autocorrelation of neighbours, about the mean; NaN when not known */
	double p; /* that blocks in random order would resemble each other as much; NaN: not known
	           */
};

/* x[0..n) in the order in which they were measured, finite; n may be 0.
 *
 * lag1 is sum (x_i - m)(x_(i+1) - m) / sum (x_i - m)^2; about -1/n for independent blocks.  p is
 * one-sided, by ranks and so indifferent to outliers: Bartels, "The rank version of von Neumann's
 * ratio test for randomness" (1982): RVN = sum (R_i - R_(i+1))^2 / sum (R_i - mean)^2, normal
 * with mean 2 and variance 4 (n - 2)(5 n^2 - 2 n - 9) / (5 n (n + 1)(n - 1)^2).  */
struct pr_series pr_series_of(const double *x, size_t n);

/* Whether to warn: p <= PR_SERIES_ALPHA.  */
bool pr_series_is_dependent(const struct pr_series *series);

/* How many times too narrow an interval is for blocks of this autocorrelation (first order):
 * sqrt((1 + r) / (1 - r)); 1 for r <= 0.  */
double pr_series_factor(double lag1);

#endif
