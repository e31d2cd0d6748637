/* SPDX-License-Identifier: MIT */
/* analyzers/ranksum.h - two samples that are not paired: how far one lies from the other.
 *
 * x[0..nx) and y[0..ny) are blocks of two runs that were not made side by side.
 *
 *   estimate   Hodges-Lehmann shift: the median of all differences y_j - x_i
 *   interval   from inverting the exact Mann-Whitney test, so that it and p never disagree
 *   p          of that test, two-sided, exact up to PR_RANKSUM_EXACT a side
 *
 * Ties: U is the number of pairs with y above x or below it, whichever is smaller, and pairs that
 * are equal are added to it; so p is never too small, and 0 lies outside the 95 % interval exactly
 * when p <= 0.05 (as in stats.h).  What the machine did between the two runs is in the shift.  All
 * functions leave their input alone; nx and ny are at least 1 and the values finite.  */
#ifndef PR_RANKSUM_H
#define PR_RANKSUM_H

#include "analyzers/stats.h"

/* With more than this on either side the distribution is taken as normal.  */
#define PR_RANKSUM_EXACT 50

/* Shift with its interval, in the unit of the values.  False (value is filled, lo, hi and coverage
 * are 0) when there are too few for one: 4 against 4 suffice at 0.95, 3 against 4 do not.  */
bool pr_ranksum_shift(const double *x, size_t nx, const double *y, size_t ny, double confidence,
                      struct pr_stats_interval *out);

/* Two-sided p that both samples come from one distribution.  */
double pr_ranksum_p(const double *x, size_t nx, const double *y, size_t ny);

/* How many differences to leave out at each end for an interval of at least the confidence;
 * *coverage gets the probability.  False when even leaving out none is not enough.  */
bool pr_ranksum_cut(size_t nx, size_t ny, double confidence, size_t *cut, double *coverage);

/* The least number of blocks a side with which the test can pass Holm's correction over m tests at
 * alpha: 2 / C(2 n, n) <= alpha / m.  */
size_t pr_ranksum_blocks_for_holm(size_t m, double alpha);

/* The shift that a test of this size would find with a power of 80 % at alpha 0.05:
 * 2.80 sqrt(sx^2 / nx + sy^2 / ny) / sqrt(0.955), s = 1.4826 MAD, or the SD when the MAD is 0.  A
 * normal approximation.  NaN below 2 a side.  */
double pr_ranksum_detectable(const double *x, size_t nx, const double *y, size_t ny);

#endif
