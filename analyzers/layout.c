/* SPDX-License-Identifier: MIT */
/* analyzers/layout.c - whether an effect depends on which build of the engines was measured.  */
#include "analyzers/layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/numbers.h"
#include "analyzers/pairs.h"
#include "analyzers/rows.h"
#include "analyzers/stats.h"
#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/rng.h"

/* Pairs of builds; with more, nothing is said.  */
#define BUILDS_MAX 64

/* Blocks beyond one for each build: below this many nothing can be said of what builds do.  */
#define SPARE_LEAST 3

#define PERMUTATIONS 1999

void pr_layout_init(struct pr_layout *layout)
{
	*layout = (struct pr_layout){.between = NAN,
	                             .within = NAN,
	                             .p = NAN,
	                             .p_adjusted = NAN,
	                             .value = NAN,
	                             .lo = NAN,
	                             .hi = NAN};
}

/* ---- groups ---------------------------------------------------------------------------------- */

/* Numbers the builds from 0 in the order in which they come.  0 when there are too many.  */
static size_t number_builds(const size_t *build, size_t n, size_t *group)
{
	size_t first[BUILDS_MAX], count = 0;

	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < count && first[k] != build[i])
			k++;
		if (k == BUILDS_MAX)
			return 0;
		if (k == count)
			first[count++] = build[i];
		group[i] = k;
	}
	return count;
}

/* Blocks and means of the groups.  */
struct groups {
	double count[BUILDS_MAX], mean[BUILDS_MAX];
};

static void gather(struct groups *groups, const double *x, const size_t *group, size_t n)
{
	memset(groups, 0, sizeof(*groups));
	for (size_t i = 0; i < n; i++) {
		groups->count[group[i]]++;
		groups->mean[group[i]] += x[i];
	}
	for (size_t k = 0; k < BUILDS_MAX; k++)
		groups->mean[k] /= groups->count[k] > 0 ? groups->count[k] : 1;
}

static double mean_of(const double *x, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i];
	return sum / (double)n;
}

/* Sum of squares between groups.  */
static double between_squares(const struct groups *groups, size_t count, double mean)
{
	double sum = 0;

	for (size_t k = 0; k < count; k++)
		sum += groups->count[k] * (groups->mean[k] - mean) * (groups->mean[k] - mean);
	return sum;
}

/* ---- components ------------------------------------------------------------------------------ */

static void split_variance(struct pr_layout *layout, const double *d, const size_t *group)
{
	double n = (double)layout->n, k = (double)layout->builds, squares = 0, within = 0;
	double mean = mean_of(d, layout->n), between;
	struct groups groups;

	gather(&groups, d, group, layout->n);
	for (size_t i = 0; i < layout->n; i++)
		within += (d[i] - groups.mean[group[i]]) * (d[i] - groups.mean[group[i]]);
	for (size_t i = 0; i < layout->builds; i++)
		squares += groups.count[i] * groups.count[i];
	within /= n - k;
	between = (between_squares(&groups, layout->builds, mean) / (k - 1) - within) /
	          ((n - squares / n) / (k - 1));
	layout->within = sqrt(within);
	layout->between = sqrt(fmax(0, between));
}

/* Ranks from 1, equal ones in the middle of their places.  */
static void rank_all(const double *d, size_t n, double *ranks)
{
	double *sorted = pr_alloc(n * sizeof(*sorted));

	memcpy(sorted, d, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), pr_stats_compare);
	for (size_t i = 0; i < n; i++) {
		size_t below = 0, upto = 0;

		while (below < n && sorted[below] < d[i])
			below++;
		for (upto = below; upto < n && sorted[upto] == d[i];)
			upto++;
		ranks[i] = (double)(below + 1 + upto) / 2;
	}
	free(sorted);
}

/* H grows with the sum of squares between groups of ranks, and all else of it is the same in each
 * permutation.  */
static double permuted_p(const double *d, const size_t *group, size_t n, size_t builds)
{
	double *ranks = pr_alloc(n * sizeof(*ranks)), mean = (double)(n + 1) / 2, found;
	size_t *order = pr_alloc(n * sizeof(*order)), *moved = pr_alloc(n * sizeof(*moved));
	size_t as_much = 1;
	struct groups groups;
	struct pr_rng rng;

	rank_all(d, n, ranks);
	gather(&groups, ranks, group, n);
	found = between_squares(&groups, builds, mean);
	pr_rng_init(&rng, pr_stats_seed(d, n));
	for (size_t i = 0; i < n; i++)
		order[i] = i;
	for (size_t round = 0; round < PERMUTATIONS; round++) {
		pr_rng_shuffle(&rng, order, n);
		for (size_t i = 0; i < n; i++)
			moved[i] = group[order[i]];
		gather(&groups, ranks, moved, n);
		as_much += between_squares(&groups, builds, mean) >= found * (1 - 1e-12);
	}
	free(ranks);
	free(order);
	free(moved);
	return (double)as_much / (PERMUTATIONS + 1);
}

/* ---- over builds ----------------------------------------------------------------------------- */

/* Student's t for 95 %, by degrees of freedom from 2 (SciPy); beyond the last, the last, which is
 * a little too large.  */
static double student(size_t freedom)
{
	static const double t[] = {4.302652729911275, 3.182446305284263, 2.776445105197799,
	                           2.570581836614739, 2.446911848791681, 2.364624251010299,
	                           2.30600413503337,  2.262157162740992, 2.228138851964939,
	                           2.200985160082949, 2.178812829663418, 2.160368656461013,
	                           2.144786687916927, 2.131449545559323};
	size_t count = sizeof(t) / sizeof(t[0]);

	return t[freedom - 2 < count ? freedom - 2 : count - 1];
}

static void put_interval(struct pr_layout *layout, const double *d, const size_t *group)
{
	double *values = pr_alloc(layout->n * sizeof(*values)), sum = 0, half;
	double centres[BUILDS_MAX];

	for (size_t k = 0; k < layout->builds; k++) {
		struct pr_stats_interval interval;
		size_t count = 0;

		for (size_t i = 0; i < layout->n; i++)
			if (group[i] == k)
				values[count++] = d[i];
		(void)pr_stats_hodges_lehmann(values, count, 0.95, &interval);
		centres[k] = interval.value;
	}
	layout->value = mean_of(centres, layout->builds);
	for (size_t k = 0; k < layout->builds; k++)
		sum += (centres[k] - layout->value) * (centres[k] - layout->value);
	if (layout->builds >= 3) {
		half = student(layout->builds - 1) *
		       sqrt(sum / (double)(layout->builds - 1) / (double)layout->builds);
		layout->lo = layout->value - half;
		layout->hi = layout->value + half;
	}
	free(values);
}

void pr_layout_estimate(struct pr_layout *layout, const double *d, const size_t *build, size_t n)
{
	size_t *group = pr_alloc((n + 1) * sizeof(*group));
	size_t builds = number_builds(build, n, group);

	pr_layout_init(layout);
	if (builds >= 2) {
		layout->builds = builds;
		layout->n = n;
		put_interval(layout, d, group);
		if (n >= builds + SPARE_LEAST) {
			split_variance(layout, d, group);
			layout->p = permuted_p(d, group, n, builds);
		}
	}
	free(group);
}

/* ---- rows ------------------------------------------------------------------------------------ */

static size_t build_of(const struct pr_run *run, size_t phase, size_t workload, uint64_t block)
{
	const struct pr_run_trial *trial = pr_run_find_trial(run, phase, workload, block);

	return trial != NULL ? trial->build : 0;
}

void pr_layout_fill(struct pr_row *row, const struct pr_rows *rows, const struct pr_pairs *pairs)
{
	size_t *build = pr_alloc((pairs->n + 1) * sizeof(*build));

	for (size_t i = 0; pairs->blocks != NULL && i < pairs->n; i++) {
		size_t mine = build_of(rows->run, row->phase, row->workload, pairs->blocks[i]);
		size_t base = build_of(rows->run, rows->baseline, row->workload, pairs->blocks[i]);

		build[i] = mine * PR_RUN_BUILDS_MAX + base;
	}
	if (pairs->blocks != NULL)
		pr_layout_estimate(&row->design.layout, pairs->d, build, pairs->n);
	free(build);
}

void pr_layout_correct(struct pr_rows *rows)
{
	double *p = pr_alloc((rows->count + 1) * sizeof(double));

	for (size_t phase = 0; phase < rows->run->phase_count; phase++) {
		for (size_t i = 0; i < rows->count; i++)
			p[i] = rows->items[i].phase == phase ? rows->items[i].design.layout.p : NAN;
		pr_stats_holm(p, rows->count);
		for (size_t i = 0; i < rows->count; i++) {
			struct pr_layout *layout = &rows->items[i].design.layout;

			if (rows->items[i].phase != phase)
				continue;
			layout->p_adjusted = p[i];
			layout->depends = p[i] <= PR_VERDICT_ALPHA;
		}
	}
	free(p);
}

/* Takes more.  */
static void add_to_note(struct pr_row *row, char *more)
{
	char *both = pr_asprintf("%s; %s", row->note, more);

	free(row->note);
	free(more);
	row->note = both;
}

void pr_layout_weigh(struct pr_row *row)
{
	const struct pr_layout *layout = &row->design.layout;
	bool told = row->verdict == PR_VERDICT_IMPROVED || row->verdict == PR_VERDICT_REGRESSED;
	bool shown = layout->lo > 0 || layout->hi < 0;
	bool within =
	        fabs(expm1(layout->lo)) <= row->delta && fabs(expm1(layout->hi)) <= row->delta;

	if (!layout->depends)
		return;
	if ((told && !shown) || (row->verdict == PR_VERDICT_EQUIVALENT && !within)) {
		row->verdict = PR_VERDICT_INCONCLUSIVE;
		row->by_total = false;
	}
	add_to_note(row,
	            pr_asprintf("depends on the build: %zu of them differ by %s (blocks of one "
	                        "build by %s); over builds %s",
	                        layout->builds, pr_numbers_percent(layout->between).text,
	                        pr_numbers_percent(layout->within).text,
	                        pr_numbers_effect(expm1(layout->value), expm1(layout->lo),
	                                          expm1(layout->hi))
	                                .text));
}

json_t *pr_layout_json(const struct pr_layout *layout)
{
	json_t *object;

	if (layout->builds < 2)
		return NULL;
	object = json_object();
	pr_json_set(object, "count", json_integer((json_int_t)layout->builds));
	pr_json_set(object, "blocks", json_integer((json_int_t)layout->n));
	pr_json_set(object, "between", pr_json_new_real(layout->between));
	pr_json_set(object, "within", pr_json_new_real(layout->within));
	pr_json_set(object, "p_adjusted", pr_json_new_real(layout->p_adjusted));
	pr_json_set(object, "effect", pr_json_new_real(expm1(layout->value)));
	pr_json_set(object, "effect_lo", pr_json_new_real(expm1(layout->lo)));
	pr_json_set(object, "effect_hi", pr_json_new_real(expm1(layout->hi)));
	pr_json_set(object, "depends", json_boolean(layout->depends));
	return object;
}
