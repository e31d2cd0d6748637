/* SPDX-License-Identifier: MIT */
/* analyzers/stats.c - the statistics of a comparison.
 *
 * Blocks are few (6 to 50), so the plain quadratic ways are right: all Walsh averages, sorted, and
 * the distribution of the rank sum by adding one rank at a time.  */
#include "analyzers/stats.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/rng.h"

int pr_stats_compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return a < b ? -1 : a > b;
}

static double *sorted_copy(const double *x, size_t n)
{
	double *copy = pr_alloc(n * sizeof(double));

	memcpy(copy, x, n * sizeof(double));
	qsort(copy, n, sizeof(double), pr_stats_compare);
	return copy;
}

/* ---- one sample ------------------------------------------------------------------------------ */

static double sorted_quantile(const double *sorted, size_t n, double p)
{
	double place = p * (double)(n - 1);
	size_t below = (size_t)place;

	if (below + 1 >= n)
		return sorted[n - 1];
	return sorted[below] + (place - (double)below) * (sorted[below + 1] - sorted[below]);
}

double pr_stats_quantile(const double *x, size_t n, double p)
{
	double *sorted, result;

	assert(n > 0 && p >= 0 && p <= 1);
	sorted = sorted_copy(x, n);
	result = sorted_quantile(sorted, n, p);
	free(sorted);
	return result;
}

double pr_stats_median(const double *x, size_t n)
{
	return pr_stats_quantile(x, n, 0.5);
}

double pr_stats_mad(const double *x, size_t n)
{
	double median = pr_stats_median(x, n), result;
	double *away = pr_alloc(n * sizeof(double));

	for (size_t i = 0; i < n; i++)
		away[i] = fabs(x[i] - median);
	result = pr_stats_median(away, n);
	free(away);
	return result;
}

/* P(Binomial(n, 1/2) <= k).  */
static double binomial_below(size_t n, size_t k)
{
	double term = 1, sum = 0;

	for (size_t i = 0; i <= k; i++) {
		sum += exp(log(term) - (double)n * M_LN2);
		term *= (double)(n - i) / (double)(i + 1);
	}
	return sum;
}

bool pr_stats_median_interval(const double *x, size_t n, double confidence,
                              struct pr_stats_interval *out)
{
	double *sorted, tail;
	size_t k = 0;

	*out = (struct pr_stats_interval){pr_stats_median(x, n), 0, 0, 0};
	/* The k-th smallest and the k-th largest, k from 1; k = 0 means that there is none.  */
	while (2 * (k + 1) <= n && 2 * binomial_below(n, k) <= 1 - confidence)
		k++;
	if (k == 0)
		return false;
	tail = binomial_below(n, k - 1);
	sorted = sorted_copy(x, n);
	out->lo = sorted[k - 1];
	out->hi = sorted[n - k];
	out->coverage = 1 - 2 * tail;
	free(sorted);
	return true;
}

/* ---- the signed-rank distribution ------------------------------------------------------------ */

/* Fills below[t] = P(T <= t), t = 0..n(n+1)/2, T the sum of a random subset of 1..n.  */
static double *rank_sum_distribution(size_t n)
{
	size_t most = n * (n + 1) / 2, reached = 0;
	double *p = pr_alloc((most + 1) * sizeof(double));

	memset(p, 0, (most + 1) * sizeof(double));
	p[0] = 1;
	for (size_t rank = 1; rank <= n; rank++) {
		reached += rank;
		for (size_t t = reached + 1; t-- > 0;)
			p[t] = (p[t] + (t >= rank ? p[t - rank] : 0)) / 2;
	}
	for (size_t t = 1; t <= most; t++)
		p[t] += p[t - 1];
	return p;
}

static double normal_below(size_t n, size_t t)
{
	double count = (double)n, mean = count * (count + 1) / 4;
	double sd = sqrt(count * (count + 1) * (2 * count + 1) / 24);

	return 0.5 * erfc(-((double)t + 0.5 - mean) / sd / M_SQRT2);
}

/* P(T <= t).  */
static double rank_sum_below(size_t n, size_t t)
{
	double *below, result;

	if (n > PR_STATS_EXACT)
		return normal_below(n, t);
	below = rank_sum_distribution(n);
	result = below[t < n * (n + 1) / 2 ? t : n * (n + 1) / 2];
	free(below);
	return result;
}

static bool cut_exact(size_t n, double confidence, size_t *cut, double *coverage)
{
	double *below = rank_sum_distribution(n);
	bool found = 2 * below[0] <= 1 - confidence;
	size_t t = 0;

	while (found && 2 * below[t + 1] <= 1 - confidence)
		t++;
	*cut = t;
	*coverage = found ? 1 - 2 * below[t] : 0;
	free(below);
	return found;
}

static bool cut_normal(size_t n, double confidence, size_t *cut, double *coverage)
{
	size_t t = 0;

	while (2 * normal_below(n, t + 1) <= 1 - confidence)
		t++;
	*cut = t;
	*coverage = 1 - 2 * normal_below(n, t);
	return true;
}

bool pr_stats_signed_rank_cut(size_t n, double confidence, size_t *cut, double *coverage)
{
	assert(n > 0 && confidence > 0 && confidence < 1);
	if (n > PR_STATS_EXACT)
		return cut_normal(n, confidence, cut, coverage);
	return cut_exact(n, confidence, cut, coverage);
}

size_t pr_stats_blocks_needed(double confidence)
{
	return pr_stats_blocks_for_holm(1, 1 - confidence);
}

size_t pr_stats_blocks_for_holm(size_t m, double alpha)
{
	size_t n = 1;

	while (ldexp(2, -(int)n) > alpha / (double)m + 1e-12)
		n++;
	return n;
}

/* ---- paired differences ---------------------------------------------------------------------- */

static double *walsh_averages(const double *d, size_t n)
{
	double *walsh = pr_alloc(n * (n + 1) / 2 * sizeof(double));
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t j = i; j < n; j++)
			walsh[count++] = (d[i] + d[j]) / 2;
	return walsh;
}

bool pr_stats_hodges_lehmann(const double *d, size_t n, double confidence,
                             struct pr_stats_interval *out)
{
	size_t count = n * (n + 1) / 2, cut;
	double coverage, *walsh;
	bool found;

	assert(n > 0);
	walsh = walsh_averages(d, n);
	qsort(walsh, count, sizeof(double), pr_stats_compare);
	*out = (struct pr_stats_interval){sorted_quantile(walsh, count, 0.5), 0, 0, 0};
	found = pr_stats_signed_rank_cut(n, confidence, &cut, &coverage);
	if (found) {
		out->lo = walsh[cut];
		out->hi = walsh[count - 1 - cut];
		out->coverage = coverage;
	}
	free(walsh);
	return found;
}

double pr_stats_signed_rank_p(const double *d, size_t n)
{
	size_t count = n * (n + 1) / 2, above = 0, below = 0, least;
	double *walsh, p;

	assert(n > 0);
	walsh = walsh_averages(d, n);
	for (size_t i = 0; i < count; i++) {
		above += walsh[i] > 0;
		below += walsh[i] < 0;
	}
	free(walsh);
	least = (above < below ? above : below) + (count - above - below);
	p = 2 * rank_sum_below(n, least);
	return p < 1 ? p : 1;
}

static double standard_deviation(const double *x, size_t n)
{
	double mean = 0, sum = 0;

	for (size_t i = 0; i < n; i++)
		mean += x[i] / (double)n;
	for (size_t i = 0; i < n; i++)
		sum += (x[i] - mean) * (x[i] - mean);
	return sqrt(sum / (double)(n - 1));
}

double pr_stats_spread(const double *x, size_t n)
{
	double spread = 1.4826 * pr_stats_mad(x, n);

	return spread > 0 ? spread : standard_deviation(x, n);
}

double pr_stats_detectable(const double *d, size_t n)
{
	if (n < 2)
		return NAN;
	return PR_STATS_DETECTABLE_Z * pr_stats_spread(d, n) / sqrt((double)n) /
	       sqrt(PR_STATS_RANK_EFFICIENCY);
}

/* ---- resampling ------------------------------------------------------------------------------ */

uint64_t pr_stats_seed(const double *x, size_t n)
{
	const unsigned char *bytes = (const unsigned char *)x;
	uint64_t hash = 14695981039346656037u;

	for (size_t i = 0; i < n * sizeof(double); i++)
		hash = (hash ^ bytes[i]) * 1099511628211u;
	return hash;
}

static size_t resample(pr_stats_statistic *statistic, void *arg, size_t n, size_t resamples,
                       uint64_t seed, double *values)
{
	size_t *index = pr_alloc(n * sizeof(size_t)), count = 0;
	struct pr_rng rng;

	pr_rng_init(&rng, seed);
	for (size_t i = 0; i < resamples; i++) {
		for (size_t j = 0; j < n; j++)
			index[j] = (size_t)pr_rng_below(&rng, n);
		values[count] = statistic(arg, index, n);
		if (isfinite(values[count]))
			count++;
	}
	free(index);
	return count;
}

static double of_all(pr_stats_statistic *statistic, void *arg, size_t n)
{
	size_t *index = pr_alloc(n * sizeof(size_t));
	double value;

	for (size_t i = 0; i < n; i++)
		index[i] = i;
	value = statistic(arg, index, n);
	free(index);
	return value;
}

bool pr_stats_bootstrap(pr_stats_statistic *statistic, void *arg, size_t n, size_t resamples,
                        uint64_t seed, double confidence, struct pr_stats_interval *out)
{
	double *values, tail = (1 - confidence) / 2;
	size_t count;

	*out = (struct pr_stats_interval){0, 0, 0, 0};
	if (n == 0)
		return false;
	out->value = of_all(statistic, arg, n);
	if (n < 2 || resamples == 0)
		return false;
	values = pr_alloc(resamples * sizeof(double));
	count = resample(statistic, arg, n, resamples, seed, values);
	if (count > 0) {
		out->lo = pr_stats_quantile(values, count, tail);
		out->hi = pr_stats_quantile(values, count, 1 - tail);
		out->coverage = confidence;
	}
	free(values);
	return count > 0;
}

/* ---- many tests ------------------------------------------------------------------------------ */

struct ranked {
	double p;
	size_t index;
};

static int compare_ranked(const void *left, const void *right)
{
	const struct ranked *a = left, *b = right;

	if (a->p != b->p)
		return a->p < b->p ? -1 : 1;
	return a->index < b->index ? -1 : 1;
}

/* The tests that were made, smallest p first.  */
static struct ranked *rank(const double *p, size_t n, size_t *count)
{
	struct ranked *ranked = pr_alloc((n + 1) * sizeof(struct ranked));

	*count = 0;
	for (size_t i = 0; i < n; i++)
		if (!isnan(p[i]))
			ranked[(*count)++] = (struct ranked){p[i], i};
	qsort(ranked, *count, sizeof(struct ranked), compare_ranked);
	return ranked;
}

void pr_stats_holm(double *p, size_t n)
{
	size_t count;
	struct ranked *ranked = rank(p, n, &count);
	double most = 0;

	for (size_t i = 0; i < count; i++) {
		double adjusted = ranked[i].p * (double)(count - i);

		if (adjusted > most)
			most = adjusted;
		p[ranked[i].index] = most < 1 ? most : 1;
	}
	free(ranked);
}

void pr_stats_benjamini_hochberg(double *p, size_t n)
{
	size_t count;
	struct ranked *ranked = rank(p, n, &count);
	double least = 1;

	for (size_t i = count; i-- > 0;) {
		double adjusted = ranked[i].p * (double)count / (double)(i + 1);

		if (adjusted < least)
			least = adjusted;
		p[ranked[i].index] = least;
	}
	free(ranked);
}
