/* SPDX-License-Identifier: MIT */
/* analyzers/ranksum.c - the Mann-Whitney test and the shift that goes with it.  */
#include "analyzers/ranksum.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"

/* ---- the distribution of U ------------------------------------------------------------------- */

/* P(U = u) for m against n follows from whose is the largest value of all (Mann and Whitney 1947):
 *   P(m, n, u) = m / (m + n) P(m - 1, n, u - n) + n / (m + n) P(m, n - 1, u).
 * All terms are positive, so nothing cancels.  rows[n] holds one m; it is replaced from m - 1.  */
static void add_one_x(double *const *rows, size_t m, size_t ny, size_t most)
{
	for (size_t n = 1; n <= ny; n++)
		for (size_t u = most + 1; u-- > 0;) {
			double all = (double)(m + n);
			double by_x = u >= n ? rows[n][u - n] : 0;

			rows[n][u] = (double)m / all * by_x + (double)n / all * rows[n - 1][u];
		}
}

/* below[u] = P(U <= u), u = 0..nx ny.  */
static double *rank_sum_distribution(size_t nx, size_t ny)
{
	size_t most = nx * ny, size = (most + 1) * sizeof(double);
	double **rows = pr_alloc((ny + 1) * sizeof(*rows)), *below;

	for (size_t n = 0; n <= ny; n++) {
		rows[n] = pr_alloc(size);
		memset(rows[n], 0, size);
		rows[n][0] = 1;
	}
	for (size_t m = 1; m <= nx; m++)
		add_one_x(rows, m, ny, most);
	below = rows[ny];
	for (size_t n = 0; n < ny; n++)
		free(rows[n]);
	free(rows);
	for (size_t u = 1; u <= most; u++)
		below[u] += below[u - 1];
	return below;
}

static bool is_exact(size_t nx, size_t ny)
{
	return nx <= PR_RANKSUM_EXACT && ny <= PR_RANKSUM_EXACT;
}

static double normal_below(size_t nx, size_t ny, size_t u)
{
	double x = (double)nx, y = (double)ny;
	double sd = sqrt(x * y * (x + y + 1) / 12);

	return 0.5 * erfc(-((double)u + 0.5 - x * y / 2) / sd / M_SQRT2);
}

bool pr_ranksum_cut(size_t nx, size_t ny, double confidence, size_t *cut, double *coverage)
{
	double *below = is_exact(nx, ny) ? rank_sum_distribution(nx, ny) : NULL;
	size_t most = nx * ny, u = 0;
	bool found;

#define BELOW(at) (below != NULL ? below[at] : normal_below(nx, ny, at))
	assert(nx > 0 && ny > 0 && confidence > 0 && confidence < 1);
	found = 2 * BELOW(0) <= 1 - confidence;
	while (found && u < most && 2 * BELOW(u + 1) <= 1 - confidence)
		u++;
	*cut = u;
	*coverage = found ? 1 - 2 * BELOW(u) : 0;
#undef BELOW
	free(below);
	return found;
}

double pr_ranksum_p(const double *x, size_t nx, const double *y, size_t ny)
{
	size_t above = 0, beneath = 0, least;
	double *below, p;

	assert(nx > 0 && ny > 0);
	for (size_t i = 0; i < nx; i++)
		for (size_t j = 0; j < ny; j++) {
			above += y[j] > x[i];
			beneath += y[j] < x[i];
		}
	least = (above < beneath ? above : beneath) + (nx * ny - above - beneath);
	if (is_exact(nx, ny)) {
		below = rank_sum_distribution(nx, ny);
		p = 2 * below[least];
		free(below);
	} else {
		p = 2 * normal_below(nx, ny, least);
	}
	return p < 1 ? p : 1;
}

/* ---- the shift ------------------------------------------------------------------------------- */

bool pr_ranksum_shift(const double *x, size_t nx, const double *y, size_t ny, double confidence,
                      struct pr_stats_interval *out)
{
	double *shifts = pr_alloc((nx * ny + 1) * sizeof(double)), coverage;
	size_t count = 0, cut;
	bool found;

	assert(nx > 0 && ny > 0);
	for (size_t i = 0; i < nx; i++)
		for (size_t j = 0; j < ny; j++)
			shifts[count++] = y[j] - x[i];
	qsort(shifts, count, sizeof(double), pr_stats_compare);
	*out = (struct pr_stats_interval){pr_stats_median(shifts, count), 0, 0, 0};
	found = pr_ranksum_cut(nx, ny, confidence, &cut, &coverage);
	if (found) {
		out->lo = shifts[cut];
		out->hi = shifts[count - 1 - cut];
		out->coverage = coverage;
	}
	free(shifts);
	return found;
}

size_t pr_ranksum_blocks_for_holm(size_t m, double alpha)
{
	double least = 1; /* 2 / C(2 n, n) for n = 1; C grows by (2 n)(2 n - 1) / n^2 */
	size_t n = 1;

	while (least > alpha / (double)m + 1e-12) {
		n++;
		least *= (double)n / (double)(2 * (2 * n - 1));
	}
	return n;
}

double pr_ranksum_detectable(const double *x, size_t nx, const double *y, size_t ny)
{
	double spread_x, spread_y;

	if (nx < 2 || ny < 2)
		return NAN;
	spread_x = pr_stats_spread(x, nx);
	spread_y = pr_stats_spread(y, ny);
	return PR_STATS_DETECTABLE_Z *
	       sqrt(spread_x * spread_x / (double)nx + spread_y * spread_y / (double)ny) /
	       sqrt(PR_STATS_RANK_EFFICIENCY);
}
