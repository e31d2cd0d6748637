/* SPDX-License-Identifier: MIT */
/* analyzers/change_point.c - the energy statistic, its permutations, and the recursion.  */
#include "analyzers/change_point.h"

#include <math.h>
#include <stdlib.h>

#include "analyzers/series.h"
#include "analyzers/stats.h"
#include "core/base/buf.h"
#include "core/base/rng.h"

const struct pr_change_options pr_change_usual = {
        .alpha = 0.015, .least = 0, .permutations = 999, .seed = 1};

/* ---- one split ----------------------------------------------------------------------------- */

struct split {
	size_t at;
	double q;
};

/* Distances between nights, looked up so often that they are kept.  */
struct distances {
	size_t n;
	double *of; /* n x n */
};

static struct distances measure(const double *y, size_t n)
{
	struct distances d = {n, pr_alloc(n * n * sizeof(double))};

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			d.of[i * n + j] = fabs(y[i] - y[j]);
	return d;
}

/* The largest Q over all splits of the nights in this order.  The sums are carried along: moving a
 * night to the left side moves its distances from between to within.  */
static struct split best_split(const struct distances *d, const size_t *order)
{
	struct split best = {0, -INFINITY};
	double between = 0, left = 0, right = 0;
	size_t n = d->n;

	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			right += d->of[i * n + j];
	for (size_t k = 1; k + PR_CHANGE_SEGMENT <= n; k++) {
		const double *row = &d->of[order[k - 1] * n];
		double to_left = 0, to_right = 0, m = (double)(n - k), q;

		for (size_t i = 0; i + 1 < k; i++)
			to_left += row[order[i]];
		for (size_t j = k; j < n; j++)
			to_right += row[order[j]];
		left += to_left;
		right -= to_right;
		between += to_right - to_left;
		if (k < PR_CHANGE_SEGMENT)
			continue;
		q = (double)k * m / (double)n *
		    (2 * between / ((double)k * m) - 2 * left / ((double)k * ((double)k - 1)) -
		     2 * right / (m * (m - 1)));
		if (q > best.q)
			best = (struct split){k, q};
	}
	return best;
}

/* The share of arrangements whose maximum reaches q.  As soon as it is above alpha for certain the
 * rest is not tried.  */
static double permutation_p(const struct distances *d, double q,
                            const struct pr_change_options *options)
{
	size_t *order = pr_alloc(d->n * sizeof(size_t)), reached = 0, tried = 0;
	size_t enough = (size_t)(options->alpha * (double)(options->permutations + 1)) + 1;
	struct pr_rng rng;

	pr_rng_init(&rng, options->seed);
	for (size_t i = 0; i < d->n; i++)
		order[i] = i;
	while (tried < options->permutations && reached < enough) {
		pr_rng_shuffle(&rng, order, d->n);
		/* The same sum in another order may differ in the last digit.  */
		reached += best_split(d, order).q >= q * (1 - 1e-12);
		tried++;
	}
	free(order);
	return (double)(reached + 1) / (double)(tried + 1);
}

static struct split first_split(const struct distances *d)
{
	size_t *order = pr_alloc(d->n * sizeof(size_t));
	struct split best;

	for (size_t i = 0; i < d->n; i++)
		order[i] = i;
	best = best_split(d, order);
	free(order);
	return best;
}

/* ---- all of them --------------------------------------------------------------------------- */

static size_t search(const double *y, size_t from, size_t to,
                     const struct pr_change_options *options, struct pr_change_point *points,
                     size_t used)
{
	struct distances d;
	struct split split;
	double p;

	if (to - from < 2 * PR_CHANGE_SEGMENT)
		return used;
	d = measure(y + from, to - from);
	split = first_split(&d);
	p = permutation_p(&d, split.q, options);
	free(d.of);
	if (p > options->alpha)
		return used;
	used = search(y, from, from + split.at, options, points, used);
	points[used++] = (struct pr_change_point){from + split.at, 0, 0, p};
	return search(y, from + split.at, to, options, points, used);
}

/* The levels between the points that were found.  */
static void set_levels(const double *y, size_t from, size_t n, struct pr_change_point *points,
                       size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t begin = i > 0 ? points[i - 1].at : from;
		size_t end = i + 1 < count ? points[i + 1].at : n;

		points[i].before = pr_stats_median(y + begin, points[i].at - begin);
		points[i].after = pr_stats_median(y + points[i].at, end - points[i].at);
	}
}

/* What the levels leave over resembles the night before by so much.  */
static double correlation_beside(const double *y, size_t from, size_t n,
                                 const struct pr_change_point *points, size_t count)
{
	double *rest = pr_alloc((n - from) * sizeof(double)), lag1;
	size_t begin = from;

	for (size_t i = 0; i <= count; i++) {
		size_t end = i < count ? points[i].at : n;
		double mean = 0;

		for (size_t t = begin; t < end; t++)
			mean += y[t] / (double)(end - begin);
		for (size_t t = begin; t < end; t++)
			rest[t - from] = y[t] - mean;
		begin = end;
	}
	lag1 = pr_series_of(rest, n - from).lag1;
	free(rest);
	/* Each mean that was taken away makes it too small by about (1 + 4 phi) / n (Kendall, "Note
	 * on bias in the estimation of autocorrelation", 1954).  */
	return isnan(lag1) ? 0 : lag1 + (double)(count + 1) * (1 + 4 * lag1) / (double)(n - from);
}

/* The same search in the series without what a night takes over from the one before.  */
static size_t search_whitened(const double *y, size_t from, size_t n, double phi,
                              const struct pr_change_options *options,
                              struct pr_change_point *points)
{
	double *white = pr_alloc(n * sizeof(double));
	size_t count;

	for (size_t t = from + 1; t < n; t++)
		white[t] = y[t] - fmin(phi, 0.9) * y[t - 1];
	count = search(white, from + 1, n, options, points, 0);
	free(white);
	return count;
}

/* Leaves out those whose step is too small to matter.  */
static size_t keep_large(struct pr_change_point *points, size_t count, double least)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (fabs(points[i].after - points[i].before) >= least)
			points[kept++] = points[i];
	return kept;
}

size_t pr_change_points(const double *y, size_t n, const struct pr_change_options *options,
                        struct pr_change_point *points)
{
	size_t from = n > PR_CHANGE_WINDOW ? n - PR_CHANGE_WINDOW : 0;
	size_t count = search(y, from, n, options, points, 0);
	double phi = count > 0 ? correlation_beside(y, from, n, points, count) : 0;

	if (phi > PR_CHANGE_CORRELATED)
		count = search_whitened(y, from, n, phi, options, points);
	set_levels(y, from, n, points, count);
	return keep_large(points, count, options->least);
}

/* ---- the last nights ------------------------------------------------------------------------ */

/* The two-sided tail of Student's t with whole degrees of freedom: 1 - A(t | nu) of Abramowitz and
 * Stegun, "Handbook of mathematical functions", 26.7.3 and 26.7.4.  */
static double t_tail(double t, size_t nu)
{
	double theta = atan(fabs(t) / sqrt((double)nu)), c = cos(theta), term = 1, sum = 0;

	if (nu % 2 == 0) {
		for (size_t i = 2; i <= nu; i += 2) {
			sum += term;
			term *= c * c * (double)(i - 1) / (double)i;
		}
		return 1 - sin(theta) * sum;
	}
	term = c;
	for (size_t i = 3; i <= nu; i += 2) {
		sum += term;
		term *= c * c * (double)(i - 1) / (double)i;
	}
	return 1 - 2 / M_PI * (theta + sin(theta) * sum);
}

/* p of a step before the last `last` of n nights.  */
static double step_p(const double *y, size_t n, size_t last)
{
	size_t first = n - last;
	double mean[2] = {0, 0}, squares = 0, t;

	for (size_t i = 0; i < n; i++)
		mean[i >= first] += y[i] / (double)(i < first ? first : last);
	for (size_t i = 0; i < n; i++)
		squares += pow(y[i] - mean[i >= first], 2);
	t = (mean[1] - mean[0]) /
	    sqrt(squares / (double)(n - 2) * (1 / (double)first + 1 / (double)last));
	return isnan(t) ? 1 : t_tail(t, n - 2);
}

bool pr_change_sudden(const double *y, size_t n, size_t since,
                      const struct pr_change_options *options, struct pr_change_point *point)
{
	size_t from =
	        n > PR_CHANGE_WINDOW && n - PR_CHANGE_WINDOW > since ? n - PR_CHANGE_WINDOW : since;

	point->p = 1;
	for (size_t last = 1; last <= 2; last++) {
		double p;

		if (n < from + PR_CHANGE_KNOWN + last)
			break;
		p = step_p(y + from, n - from, last);
		if (p < point->p)
			*point = (struct pr_change_point){n - last, 0, 0, p};
	}
	if (point->p > options->alpha / 10)
		return false;
	set_levels(y, from, n, point, 1);
	return fabs(point->after - point->before) >= options->least;
}

/* ---- confirmation --------------------------------------------------------------------------- */

size_t pr_change_margin(double step, double sd)
{
	double nights = round(pow(3.5 * sd / step, 4));

	return nights < PR_CHANGE_MARGIN ? (size_t)nights : PR_CHANGE_MARGIN;
}

size_t pr_change_confirm_blocks(double step, double sd, size_t night_blocks)
{
	double asked = 60 * pow(sd / step, 2);
	double nights = isnan(asked) ? 32 : fmin(fmax(asked, 2), 32);
	double blocks = ceil(nights * (double)night_blocks);

	return blocks < 20 ? 20 : (size_t)blocks;
}
