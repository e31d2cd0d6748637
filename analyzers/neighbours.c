/* SPDX-License-Identifier: MIT */
/* analyzers/neighbours.c - whether the blocks of a run resemble their neighbours.  */
#include "analyzers/neighbours.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/numbers.h"
#include "analyzers/rows.h"
#include "analyzers/series.h"
#include "analyzers/stats.h"
#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/rng.h"

#define PERMUTATIONS 399

/* The 95th percentile of the normal distribution.  */
#define Z_ONE_SIDED 1.644854

/* An autocorrelation beyond this is as good as a drift: no factor mends it.  */
#define LAG1_MOST 0.95

struct pr_neighbours_rows {
	const uint64_t *blocks;
	size_t block_count;
	double *ranks; /* row by row, a number for each block, about 0; NaN: not measured */
	size_t count, room;
};

struct pr_neighbours_rows *pr_neighbours_create(const uint64_t *blocks, size_t count)
{
	struct pr_neighbours_rows *rows = pr_alloc(sizeof(*rows));

	*rows = (struct pr_neighbours_rows){.blocks = blocks, .block_count = count};
	return rows;
}

void pr_neighbours_destroy(struct pr_neighbours_rows **taken)
{
	struct pr_neighbours_rows *rows = *taken;

	*taken = NULL;
	if (rows == NULL)
		return;
	free(rows->ranks);
	free(rows);
}

/* ---- rows ------------------------------------------------------------------------------------ */

/* Logarithms differ in their last digit from one C library to another, ranks must not.  */
#define SAME 1e-12

/* About their mean; equal values share the mean of their ranks.  */
static double centred_rank(const double *x, size_t n, size_t at)
{
	double below = 0, equal = 0;

	for (size_t i = 0; i < n; i++) {
		below += x[i] < x[at] - SAME;
		equal += fabs(x[i] - x[at]) <= SAME;
	}
	return below + (equal + 1) / 2 - ((double)n + 1) / 2;
}

static bool are_equal(const double *x, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (fabs(x[i] - x[0]) > SAME)
			return false;
	return true;
}

void pr_neighbours_add(struct pr_neighbours_rows *rows, const struct pr_pairs *pairs)
{
	size_t n = rows->block_count, at = 0;
	double *row;

	if (pairs->n < PR_SERIES_LEAST || are_equal(pairs->d, pairs->n))
		return;
	if (rows->count == rows->room) {
		rows->room = rows->room == 0 ? 16 : rows->room * 2;
		rows->ranks = pr_realloc(rows->ranks, rows->room * n * sizeof(double));
	}
	row = rows->ranks + rows->count++ * n;
	for (size_t i = 0; i < n; i++) {
		bool measured = at < pairs->n && pairs->blocks[at] == rows->blocks[i];

		row[i] = measured ? centred_rank(pairs->d, pairs->n, at) : NAN;
		at += measured;
	}
}

/* ---- together -------------------------------------------------------------------------------- */

/* Of one row, with its blocks in this order.  */
static double lag1_of(const double *row, const size_t *order, size_t n)
{
	double last = NAN, products = 0, squares = 0;

	for (size_t i = 0; i < n; i++) {
		double rank = row[order[i]];

		if (isnan(rank))
			continue;
		squares += rank * rank;
		products += isnan(last) ? 0 : last * rank;
		last = rank;
	}
	return products / squares;
}

static double mean_lag1(const struct pr_neighbours_rows *rows, const size_t *order)
{
	double sum = 0;

	for (size_t i = 0; i < rows->count; i++)
		sum += lag1_of(rows->ranks + i * rows->block_count, order, rows->block_count);
	return sum / (double)rows->count;
}

static double mean_blocks(const struct pr_neighbours_rows *rows)
{
	size_t cells = rows->count * rows->block_count, measured = 0;

	for (size_t i = 0; i < cells; i++)
		measured += !isnan(rows->ranks[i]);
	return (double)measured / (double)rows->count;
}

/* What chance gives in place of `seen`.  */
struct chance {
	double mean, sd, p;
};

static struct chance permute(const struct pr_neighbours_rows *rows, size_t *order, double seen)
{
	double sum = 0, squares = 0, as_large = 0;
	struct chance chance;
	struct pr_rng rng;

	pr_rng_init(&rng, pr_stats_seed(rows->ranks, rows->block_count));
	for (size_t i = 0; i < PERMUTATIONS; i++) {
		double other;

		pr_rng_shuffle(&rng, order, rows->block_count);
		other = mean_lag1(rows, order);
		sum += other;
		squares += other * other;
		as_large += other >= seen;
	}
	chance.mean = sum / PERMUTATIONS;
	chance.sd = sqrt(fmax(0, squares / PERMUTATIONS - chance.mean * chance.mean));
	chance.p = (1 + as_large) / (1 + PERMUTATIONS);
	return chance;
}

static double between(double least, double x, double most)
{
	return fmin(fmax(x, least), most);
}

struct pr_neighbours pr_neighbours_judge(const struct pr_neighbours_rows *rows)
{
	struct pr_neighbours found = {0, NAN, NAN, NAN, NAN, NAN};
	struct chance chance;
	double seen, lag1;
	size_t *order;

	if (rows->count == 0)
		return found;
	order = pr_alloc(rows->block_count * sizeof(*order));
	for (size_t i = 0; i < rows->block_count; i++)
		order[i] = i;
	seen = mean_lag1(rows, order);
	chance = permute(rows, order, seen);
	free(order);
	found.rows = rows->count;
	found.blocks = mean_blocks(rows);
	lag1 = (seen - chance.mean) / fmax(0.6, 1 - 4 / found.blocks);
	found.lag1 = between(0, lag1, LAG1_MOST);
	found.most = between(0, found.lag1 + Z_ONE_SIDED * chance.sd, LAG1_MOST);
	found.p = chance.p;
	found.factor = pr_series_factor(found.most);
	return found;
}

bool pr_neighbours_are_alike(const struct pr_neighbours *neighbours)
{
	return neighbours->rows > 0 && neighbours->p <= PR_NEIGHBOURS_ALPHA;
}

/* ---- a row ----------------------------------------------------------------------------------- */

/* An end of an interval, further from the middle; both are fractions of times.  */
static double stretch(double middle, double end, double factor)
{
	return expm1(log1p(middle) + factor * (log1p(end) - log1p(middle)));
}

void pr_neighbours_fill(struct pr_row *row, const struct pr_neighbours *neighbours)
{
	const struct pr_difference *d = &row->difference;

	if (neighbours->rows == 0 || row->metric->kind != PR_METRIC_TIMED || d->unpaired ||
	    isnan(d->lo) || isnan(d->hi))
		return;
	row->careful_lo = stretch(d->effect, d->lo, neighbours->factor);
	row->careful_hi = stretch(d->effect, d->hi, neighbours->factor);
}

static bool is_equivalent(const struct pr_row *row, double factor)
{
	const struct pr_difference *d = &row->difference;

	return stretch(d->effect, d->lo90, factor) >= -row->delta &&
	       stretch(d->effect, d->hi90, factor) <= row->delta;
}

static bool stands(const struct pr_row *row, double factor)
{
	if (row->verdict == PR_VERDICT_EQUIVALENT)
		return is_equivalent(row, factor);
	return row->verdict == PR_VERDICT_INCONCLUSIVE || row->verdict == PR_VERDICT_VOID ||
	       row->careful_lo > 0 || row->careful_hi < 0;
}

void pr_neighbours_weigh(struct pr_row *row, const struct pr_neighbours *neighbours)
{
	char *both;

	if (!pr_neighbours_are_alike(neighbours) || isnan(row->careful_lo) || row->by_total ||
	    stands(row, neighbours->factor))
		return;
	row->verdict = PR_VERDICT_INCONCLUSIVE;
	both = pr_asprintf(
	        "cannot tell: %s if the blocks were independent, but neighbours resemble each "
	        "other in this run, and allowing for that %s",
	        pr_numbers_effect(row->difference.effect, row->difference.lo, row->difference.hi)
	                .text,
	        pr_numbers_effect(row->difference.effect, row->careful_lo, row->careful_hi).text);
	free(row->note);
	row->note = both;
}

/* ---- for readers ----------------------------------------------------------------------------- */

static char *sentence(const struct pr_neighbours *n)
{
	struct pr_numbers rows = pr_numbers_plural((double)n->rows, "row");
	char *text;

	if (pr_neighbours_are_alike(n))
		text = pr_asprintf(
		        "The blocks are not independent: over %s of %.3g blocks "
		        "neighbours resemble each other (lag-1 %.2f, p %s), so something "
		        "drifted during the run and the intervals are about %.1f times "
		        "too narrow. The verdicts allow for %.1f times (lag-1 up to "
		        "%.2f); repeat the run at another time",
		        rows.text, n->blocks, n->lag1, pr_numbers_p(n->p).text,
		        pr_series_factor(n->lag1), n->factor, n->most);
	else
		text = pr_asprintf("Neighbouring blocks do not resemble each other as far as %s of "
		                   "%.3g blocks can tell (lag-1 %.2f); up to %.2f cannot be "
		                   "excluded, and with that the intervals would be %.1f times as "
		                   "wide",
		                   rows.text, n->blocks, n->lag1, n->most, n->factor);
	return text;
}

json_t *pr_neighbours_json(const struct pr_neighbours *neighbours)
{
	json_t *json;
	char *text;

	if (neighbours->rows == 0)
		return NULL;
	json = json_object();
	text = sentence(neighbours);
	pr_json_set(json, "rows", json_integer((json_int_t)neighbours->rows));
	pr_json_set(json, "blocks", json_real(neighbours->blocks));
	pr_json_set(json, "lag1", json_real(neighbours->lag1));
	pr_json_set(json, "most", json_real(neighbours->most));
	pr_json_set(json, "p", json_real(neighbours->p));
	pr_json_set(json, "factor", json_real(neighbours->factor));
	pr_json_set(json, "dependent", json_boolean(pr_neighbours_are_alike(neighbours)));
	pr_json_set(json, "text", pr_json_new_string(text));
	free(text);
	return json;
}
