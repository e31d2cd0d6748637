/* SPDX-License-Identifier: MIT */
/* analyzers/stats.h - the statistics of a comparison, and nothing else.
 *
 * A comparison has one number per block: the log-ratio (or the difference) of two phases that ran
 * side by side.  With d[0..n) these numbers:
 *
 *   estimate   Hodges-Lehmann: the median of the Walsh averages (d_i + d_j) / 2, i <= j
 *   interval   from inverting the exact Wilcoxon signed-rank test, so that it and p never disagree
 *   p          of that test, two-sided, exact for n <= PR_STATS_EXACT
 *
 * Ties and zeros: T+ and T- are the numbers of Walsh averages above and below 0 (without ties these
 * are the rank sums).  Walsh averages that are exactly 0 are added to the smaller of the two, so p
 * is never too small, p = 1 when all d are 0, and 0 lies outside the 95 % interval exactly when p
 * <= 0.05.
 *
 * The test assumes that d is symmetric.  The median interval from order statistics assumes nothing
 * and is there to stand beside it.  All functions leave their input alone; n > 0 where not said
 * otherwise.  */
#ifndef PR_STATS_H
#define PR_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Above this many blocks the rank distribution is taken as normal.  */
#define PR_STATS_EXACT 200

/* z for a two-sided test at 0.05 plus z for a power of 0.8, and the efficiency of the rank tests on
 * normal data (3 / pi).  */
#define PR_STATS_DETECTABLE_Z    2.801585
#define PR_STATS_RANK_EFFICIENCY 0.954930

struct pr_stats_interval {
	double value, lo, hi;
	double coverage; /* the probability that this interval really has; 0 when there is none */
};

/* ---- one sample ------------------------------------------------------------------------------ */

/* Orders doubles for qsort(3), the least first; none may be NaN.  */
int pr_stats_compare(const void *left, const void *right);

double pr_stats_median(const double *x, size_t n);

/* Type 7 of Hyndman and Fan (the default of R and NumPy); p in 0..1.  */
double pr_stats_quantile(const double *x, size_t n, double p);

/* The median of |x - median(x)|, not scaled.  1.4826 times it estimates a normal SD.  */
double pr_stats_mad(const double *x, size_t n);

/* 1.4826 MAD, or the SD when the MAD is 0; n >= 2.  */
double pr_stats_spread(const double *x, size_t n);

/* Median with an interval between two order statistics of at least the given confidence.  False
 * (value is filled, lo, hi and coverage are 0) when n is too small for one: below 6 at 0.95.  */
bool pr_stats_median_interval(const double *x, size_t n, double confidence,
                              struct pr_stats_interval *out);

/* ---- paired differences ---------------------------------------------------------------------- */

/* Hodges-Lehmann estimate with its interval.  False (value is filled, lo, hi and coverage are 0)
 * when n is too small for one: below 6 at 0.95, below 5 at 0.90.  */
bool pr_stats_hodges_lehmann(const double *d, size_t n, double confidence,
                             struct pr_stats_interval *out);

/* Two-sided p of the signed-rank test that the differences are symmetric about 0.  */
double pr_stats_signed_rank_p(const double *d, size_t n);

/* How many Walsh averages to leave out at each end for an interval of at least the confidence;
 * *coverage gets the exact probability.  False when even leaving out none is not enough.  */
bool pr_stats_signed_rank_cut(size_t n, double confidence, size_t *cut, double *coverage);

/* Least number of blocks with which an interval of this confidence exists.  */
size_t pr_stats_blocks_needed(double confidence);

/* The least number of blocks with which the signed-rank test can pass Holm's correction over m
 * tests at alpha: 2 / 2^n <= alpha / m.  */
size_t pr_stats_blocks_for_holm(size_t m, double alpha);

/* The difference that a test of this kind and size would find with a power of 80 % at alpha 0.05:
 * 2.80 s / sqrt(n) / sqrt(0.955), s = 1.4826 MAD, or the SD when the MAD is 0.  A normal
 * approximation: optimistic below 10 blocks.  NaN below 2.  */
double pr_stats_detectable(const double *d, size_t n);

/* ---- resampling ------------------------------------------------------------------------------ */

/* A statistic of the blocks index[0..n), some of which may occur several times.  */
typedef double pr_stats_statistic(void *arg, const size_t *index, size_t n);

/* Percentile bootstrap over n blocks.  The seed makes it repeatable.  Resamples whose statistic is
 * not finite are left out; false when none is left or n < 2.  */
bool pr_stats_bootstrap(pr_stats_statistic *statistic, void *arg, size_t n, size_t resamples,
                        uint64_t seed, double confidence, struct pr_stats_interval *out);

/* A seed that depends on the data alone (FNV-1a over its bytes).  */
uint64_t pr_stats_seed(const double *x, size_t n);

/* ---- many tests ------------------------------------------------------------------------------ */

/* Replaces p[0..n) by p adjusted for n tests: Holm (controls the chance of any false alarm) or
 * Benjamini-Hochberg (controls the share of false alarms).  n may be 0.  NaN (not tested) stays NaN
 * and does not count.  */
void pr_stats_holm(double *p, size_t n);
void pr_stats_benjamini_hochberg(double *p, size_t n);

#endif
