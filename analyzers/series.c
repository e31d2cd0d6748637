/* SPDX-License-Identifier: MIT */
/* analyzers/series.c - whether blocks are independent.  */
#include "analyzers/series.h"

#include <math.h>

static double lag1_of(const double *x, size_t n)
{
	double mean = 0, products = 0, squares = 0;

	for (size_t i = 0; i < n; i++)
		mean += x[i] / (double)n;
	for (size_t i = 0; i < n; i++) {
		squares += (x[i] - mean) * (x[i] - mean);
		if (i + 1 < n)
			products += (x[i] - mean) * (x[i + 1] - mean);
	}
	return squares > 0 ? products / squares : NAN;
}

/* Equal values share the mean of their ranks.  */
static double rank_of(const double *x, size_t n, size_t at)
{
	size_t below = 0, equal = 0;

	for (size_t i = 0; i < n; i++) {
		below += x[i] < x[at];
		equal += x[i] == x[at];
	}
	return (double)below + ((double)equal + 1) / 2;
}

static double bartels_p(const double *x, size_t n)
{
	double count = (double)n, steps = 0, squares = 0, last = 0, variance;

	for (size_t i = 0; i < n; i++) {
		double rank = rank_of(x, n, i);

		squares += (rank - (count + 1) / 2) * (rank - (count + 1) / 2);
		if (i > 0)
			steps += (rank - last) * (rank - last);
		last = rank;
	}
	if (squares == 0)
		return NAN;
	variance = 4 * (count - 2) * (5 * count * count - 2 * count - 9) /
	           (5 * count * (count + 1) * (count - 1) * (count - 1));
	return 0.5 * erfc(-(steps / squares - 2) / sqrt(variance) / M_SQRT2);
}

struct pr_series pr_series_of(const double *x, size_t n)
{
	double p = n < PR_SERIES_LEAST ? NAN : bartels_p(x, n);

	/* Where all are equal there is no p, and what lag1_of finds are errors of rounding.  */
	return (struct pr_series){isnan(p) ? NAN : lag1_of(x, n), p};
}

bool pr_series_is_dependent(const struct pr_series *series)
{
	return series->p <= PR_SERIES_ALPHA;
}

double pr_series_factor(double lag1)
{
	return lag1 > 0 ? sqrt((1 + lag1) / (1 - lag1)) : 1;
}
