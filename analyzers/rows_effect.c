/* SPDX-License-Identifier: MIT */
/* analyzers/rows_effect.c - the difference of a row.  */
#include "analyzers/rows_effect.h"

#include <math.h>
#include <string.h>

#include "analyzers/ranksum.h"
#include "analyzers/stats.h"

/* A difference from a baseline of 0 that is smaller does not matter: one stray call in a hundred
 * messages.  */
#define NEGLIGIBLE_PER_MESSAGE 0.01

/* The 97.5th percentile of the normal distribution.  */
#define Z 1.959964

void pr_rows_effect_init(struct pr_row *row)
{
	row->difference = (struct pr_difference){.raw = NAN,
	                                         .effect = NAN,
	                                         .lo = NAN,
	                                         .hi = NAN,
	                                         .lo90 = NAN,
	                                         .hi90 = NAN,
	                                         .p = NAN,
	                                         .mde = NAN,
	                                         .p_adjusted = NAN};
	row->series = (struct pr_series){NAN, NAN};
	row->careful_lo = row->careful_hi = NAN;
	row->median_lo = row->median_hi = row->tomorrow_lo = row->tomorrow_hi = NAN;
	row->total = row->total_lo = row->total_hi = row->total_p = NAN;
	pr_design_init(&row->design);
}

/* Log-ratios become fractions; differences become parts of the baseline.  No count is below 0, so
 * none can fall by more than all of it.  The estimate cannot either, because no difference is below
 * minus its own baseline; but the ends of its interval are divided by one level for all blocks, and
 * where the baseline moves from block to block the lower one comes out below -1.  What lies there
 * is not possible, so the interval ends at -1: that takes away nothing that could be true.  */
static double as_effect(double d, bool logs, double base)
{
	return logs ? expm1(d) : fmax(d / base, -1);
}

/* Estimates in the unit of the blocks (logs, or what is counted) before they become effects.  */
struct estimate {
	struct pr_stats_interval wide, narrow, median;
	bool has_wide, has_narrow, has_median;
	double base; /* level of the baseline; used for differences */
	double detectable;
};

/* The formula rests on normal data and a robust spread.  Where an interval is wider than that
 * predicts, it knows better: on normal data the detectable difference is 1.43 times half its width.
 */
static double detectable(const struct estimate *e)
{
	return fmax(e->detectable, 1.43 * (e->wide.hi - e->wide.lo) / 2);
}

static void put_estimate(struct pr_row *row, const struct estimate *e, bool logs)
{
	struct pr_difference *d = &row->difference;

	d->raw = e->wide.value;
	d->from_zero = !logs && e->base == 0;
	if (d->from_zero) {
		d->negligible = strstr(row->metric->unit, "/msg") != NULL &&
		                fabs(e->wide.value) < NEGLIGIBLE_PER_MESSAGE;
		return;
	}
	d->effect = as_effect(e->wide.value, logs, e->base);
	d->lo = e->has_wide ? as_effect(e->wide.lo, logs, e->base) : NAN;
	d->hi = e->has_wide ? as_effect(e->wide.hi, logs, e->base) : NAN;
	d->lo90 = e->has_narrow ? as_effect(e->narrow.lo, logs, e->base) : NAN;
	d->hi90 = e->has_narrow ? as_effect(e->narrow.hi, logs, e->base) : NAN;
	row->median_lo = e->has_median ? as_effect(e->median.lo, logs, e->base) : NAN;
	row->median_hi = e->has_median ? as_effect(e->median.hi, logs, e->base) : NAN;
	if (e->has_wide)
		d->mde = as_effect(detectable(e), logs, e->base);
}

/* ---- paired ---------------------------------------------------------------------------------- */

static bool is_identical(const struct pr_pairs *pairs)
{
	for (size_t i = 0; i < pairs->n; i++)
		if (pairs->d[i] != 0)
			return false;
	return pairs->n > 0;
}

static void put_total(struct pr_row *row, const struct pr_pairs *pairs)
{
	struct pr_stats_interval interval;

	if (pairs->total == NULL || pairs->n == 0)
		return;
	if (!pr_stats_hodges_lehmann(pairs->total, pairs->n, 0.95, &interval))
		interval.lo = interval.hi = NAN;
	row->total = expm1(interval.value);
	row->total_lo = expm1(interval.lo);
	row->total_hi = expm1(interval.hi);
	row->total_p = pr_stats_signed_rank_p(pairs->total, pairs->n);
}

void pr_rows_effect_paired(struct pr_row *row, const struct pr_pairs *pairs, bool logs)
{
	struct pr_stats_interval level = {0};
	struct estimate e = {0};

	row->difference.n = pairs->n;
	if (pairs->n == 0)
		return;
	/* The same estimator for the level as for the difference, so that "none left" is -100 %. */
	if (!logs)
		pr_stats_hodges_lehmann(pairs->base, pairs->n, 0.95, &level);
	e.base = level.value;
	e.has_wide = pr_stats_hodges_lehmann(pairs->d, pairs->n, 0.95, &e.wide);
	e.has_narrow = pr_stats_hodges_lehmann(pairs->d, pairs->n, 0.90, &e.narrow);
	e.has_median = pr_stats_median_interval(pairs->d, pairs->n, 0.95, &e.median);
	e.detectable = pr_stats_detectable(pairs->d, pairs->n);
	row->difference.p = pr_stats_signed_rank_p(pairs->d, pairs->n);
	row->difference.identical = !logs && is_identical(pairs);
	row->series = pr_series_of(pairs->d, pairs->n);
	put_estimate(row, &e, logs);
	put_total(row, pairs);
}

bool pr_rows_interval(const struct pr_rows *rows, const struct pr_row *row, double confidence,
                      double *lo, double *hi)
{
	enum pr_pairs_kind kind = pr_rows_pairs_kind(row->metric);
	bool logs = kind != PR_PAIRS_DIFFERENCE, found;
	struct pr_stats_interval level = {.value = 1}, interval;
	struct pr_pairs pairs;

	if (rows->baseline == PR_RUN_NONE || row->difference.once || row->repeats > 0)
		return false;
	pr_pairs_init(&pairs, rows->run, row->workload, rows->baseline, row->phase, kind,
	              row->metric->name);
	found = pairs.n > 0;
	if (found && !logs)
		pr_stats_hodges_lehmann(pairs.base, pairs.n, 0.95, &level);
	found = found && level.value > 0 &&
	        pr_stats_hodges_lehmann(pairs.d, pairs.n, confidence, &interval);
	pr_pairs_fini(&pairs);
	if (found) {
		*lo = as_effect(interval.lo, logs, level.value);
		*hi = as_effect(interval.hi, logs, level.value);
	}
	return found;
}

/* ---- unpaired -------------------------------------------------------------------------------- */

static bool is_constant(const double *x, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (x[i] != x[0])
			return false;
	return true;
}

void pr_rows_effect_unpaired(struct pr_row *row, const double *base, size_t nx,
                             const double *current, size_t ny, bool logs)
{
	struct pr_series first, second;
	struct pr_stats_interval level;
	struct estimate e = {0};

	row->difference.unpaired = true;
	row->difference.n = nx < ny ? nx : ny;
	if (row->difference.n == 0)
		return;
	pr_stats_hodges_lehmann(base, nx, 0.95, &level);
	e.base = level.value;
	e.has_wide = pr_ranksum_shift(base, nx, current, ny, 0.95, &e.wide);
	e.has_narrow = pr_ranksum_shift(base, nx, current, ny, 0.90, &e.narrow);
	e.detectable = pr_ranksum_detectable(base, nx, current, ny);
	row->difference.p = pr_ranksum_p(base, nx, current, ny);
	row->difference.identical =
	        !logs && is_constant(base, nx) && is_constant(current, ny) && base[0] == current[0];
	first = pr_series_of(base, nx);
	second = pr_series_of(current, ny);
	row->series = second.p < first.p ? second : first;
	put_estimate(row, &e, logs);
}

void pr_rows_effect_unpaired_total(struct pr_row *row, const double *base, size_t nx,
                                   const double *current, size_t ny)
{
	struct pr_stats_interval shift;

	if (nx == 0 || ny == 0)
		return;
	if (!pr_ranksum_shift(base, nx, current, ny, 0.95, &shift))
		shift.lo = shift.hi = NAN;
	row->total = expm1(shift.value);
	row->total_lo = expm1(shift.lo);
	row->total_hi = expm1(shift.hi);
	row->total_p = pr_ranksum_p(base, nx, current, ny);
}

/* ---- single numbers, and tomorrow ------------------------------------------------------------ */

void pr_rows_effect_once(struct pr_row *row)
{
	struct pr_difference *d = &row->difference;

	d->n = 1;
	d->raw = row->current.value - row->baseline.value;
	d->from_zero = row->baseline.value == 0;
	if (!d->from_zero)
		d->effect = d->raw / row->baseline.value;
}

double pr_rows_scaled(const struct pr_row *row, double effect)
{
	return row->metric->kind == PR_METRIC_TIMED ? log1p(effect) : effect;
}

double pr_rows_standard_error(const struct pr_row *row)
{
	const struct pr_difference *d = &row->difference;

	return (pr_rows_scaled(row, d->hi) - pr_rows_scaled(row, d->lo)) / (2 * Z);
}

void pr_rows_effect_tomorrow(struct pr_row *row, double between)
{
	double se = pr_rows_standard_error(row);
	double middle = pr_rows_scaled(row, row->difference.effect);
	double half = Z * sqrt(2 * (se * se + between * between));
	bool logs = row->metric->kind == PR_METRIC_TIMED;

	if (isnan(half))
		return;
	row->tomorrow_lo = logs ? expm1(middle - half) : fmax(middle - half, -1);
	row->tomorrow_hi = logs ? expm1(middle + half) : middle + half;
}
