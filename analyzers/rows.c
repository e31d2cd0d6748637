/* SPDX-License-Identifier: MIT */
/* analyzers/rows.c - the rows of a comparison.
 *
 * Where a number comes from: speed and CPU time from the slices; percentiles from the trials,
 * because a percentile is a value of a trial and must not be averaged; counts from the hooks of the
 * trials, as differences, because a ratio means nothing when one side is 0.  Counts that no timed
 * trial has come from the traced trials of both phases, or not at all: a count of one probe is not
 * compared with a count of another.  */
#include "analyzers/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/pairs.h"
#include "analyzers/rows_judge.h"
#include "analyzers/stats.h"
#include "core/base/buf.h"

/* A difference from a baseline of 0 that is smaller does not matter: one stray call in a hundred
 * messages.  */
#define NEGLIGIBLE_PER_MESSAGE 0.01

static const char *const gating_metrics[] = {"throughput", "latency_p50", "cpu_per_message", NULL};
static const char *const integrity_metrics[] = {"messages_lost", "messages_reordered",
                                                "messages_duplicated", NULL};

static bool is_one_of(const char *name, const char *const *names)
{
	for (; *names != NULL; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

bool pr_rows_is_integrity(const char *metric)
{
	return is_one_of(metric, integrity_metrics);
}

static bool is_floor(const struct pr_run *run, size_t phase)
{
	return strcmp(run->phases[phase].engine, "floor") == 0;
}

bool pr_rows_is_candidate(const struct pr_run *run, size_t baseline, size_t phase)
{
	const char *engine = run->phases[baseline].engine;
	size_t others = 0;

	if (phase == baseline)
		return false;
	for (size_t i = 0; i < run->phase_count; i++)
		others += i != baseline && strcmp(run->phases[i].engine, engine) == 0;
	return others > 0 ? strcmp(run->phases[phase].engine, engine) == 0 : !is_floor(run, phase);
}

/* ---- sides ----------------------------------------------------------------------------------- */

static const struct pr_side nothing = {NAN, NAN, NAN, 0};

/* Median over the good timed trials.  */
static struct pr_side timed_side(const struct pr_run *run, size_t workload, size_t phase,
                                 const char *metric)
{
	double *values = pr_alloc((run->block_count + 1) * sizeof(double));
	struct pr_stats_interval interval;
	struct pr_side side = nothing;

	for (size_t i = 0; i < run->block_count; i++) {
		const struct pr_run_trial *trial =
		        pr_run_find_trial(run, phase, workload, run->blocks[i]);
		double value = trial != NULL && trial->good ? pr_run_metric(trial, metric) : NAN;

		if (isfinite(value))
			values[side.n++] = value;
	}
	if (side.n > 0) {
		bool found = pr_stats_median_interval(values, side.n, 0.95, &interval);

		side.value = interval.value;
		side.lo = found ? interval.lo : NAN;
		side.hi = found ? interval.hi : NAN;
	}
	free(values);
	return side;
}

static struct pr_side traced_side(const struct pr_run *run, size_t workload, size_t phase,
                                  const char *metric)
{
	const struct pr_run_trial *trial = pr_run_find_trial(run, phase, workload, 0);
	double value = trial != NULL && trial->good ? pr_run_metric(trial, metric) : NAN;

	return isnan(value) ? nothing : (struct pr_side){value, NAN, NAN, 1};
}

/* The sum over all timed trials, the failed ones too: that is where messages are lost.  */
static struct pr_side total_side(const struct pr_run *run, size_t workload, size_t phase,
                                 const char *metric)
{
	struct pr_side side = nothing;

	for (size_t i = 0; i < run->block_count; i++) {
		double value = pr_run_metric(
		        pr_run_find_trial(run, phase, workload, run->blocks[i]), metric);

		if (isnan(value))
			continue;
		side.value = (side.n == 0 ? 0 : side.value) + value;
		side.n++;
	}
	return side;
}

/* ---- differences ----------------------------------------------------------------------------- */

static const struct pr_difference no_difference = {.raw = NAN,
                                                   .effect = NAN,
                                                   .lo = NAN,
                                                   .hi = NAN,
                                                   .lo90 = NAN,
                                                   .hi90 = NAN,
                                                   .p = NAN,
                                                   .mde = NAN,
                                                   .p_adjusted = NAN};

/* Log-ratios become fractions; differences become parts of the baseline.  No count is below 0, so
 * none can fall by more than all of it.  The estimate cannot either, because no difference is below
 * minus its own baseline; but the ends of its interval are divided by one level for all blocks, and
 * where the baseline moves from block to block the lower one comes out below -1.  What lies there
 * is not possible, so the interval ends at -1: that takes away nothing that could be true.  */
static double as_effect(double d, bool logs, double base)
{
	return logs ? expm1(d) : fmax(d / base, -1);
}

static bool is_identical(const struct pr_pairs *pairs)
{
	for (size_t i = 0; i < pairs->n; i++)
		if (pairs->d[i] != 0)
			return false;
	return pairs->n > 0;
}

/* The formula rests on normal data and a robust spread.  Where an interval is wider than that
 * predicts, it knows better: on normal data the detectable difference is 1.43 times half its width.
 */
static double detectable(const struct pr_pairs *pairs, const struct pr_stats_interval *interval)
{
	return fmax(pr_stats_detectable(pairs->d, pairs->n),
	            1.43 * (interval->hi - interval->lo) / 2);
}

static void put_pairs(struct pr_row *row, const struct pr_pairs *pairs, bool logs)
{
	struct pr_difference *d = &row->difference;
	struct pr_stats_interval wide, narrow, level = {0};
	double base;
	bool has_wide, has_narrow;

	d->n = pairs->n;
	if (pairs->n == 0)
		return;
	/* The same estimator for the level as for the difference, so that "none left" is -100 %. */
	if (!logs)
		pr_stats_hodges_lehmann(pairs->base, pairs->n, 0.95, &level);
	base = level.value;
	has_wide = pr_stats_hodges_lehmann(pairs->d, pairs->n, 0.95, &wide);
	has_narrow = pr_stats_hodges_lehmann(pairs->d, pairs->n, 0.90, &narrow);
	d->raw = wide.value;
	d->p = pr_stats_signed_rank_p(pairs->d, pairs->n);
	d->identical = !logs && is_identical(pairs);
	d->from_zero = !logs && base == 0;
	if (d->from_zero) {
		const char *unit = row->metric->unit;

		d->negligible =
		        strstr(unit, "/msg") != NULL && fabs(wide.value) < NEGLIGIBLE_PER_MESSAGE;
		return;
	}
	d->effect = as_effect(wide.value, logs, base);
	d->lo = has_wide ? as_effect(wide.lo, logs, base) : NAN;
	d->hi = has_wide ? as_effect(wide.hi, logs, base) : NAN;
	d->lo90 = has_narrow ? as_effect(narrow.lo, logs, base) : NAN;
	d->hi90 = has_narrow ? as_effect(narrow.hi, logs, base) : NAN;
	if (has_wide)
		d->mde = as_effect(detectable(pairs, &wide), logs, base);
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

static enum pr_pairs_kind kind_of(const struct pr_metric *metric)
{
	if (strcmp(metric->name, "throughput") == 0)
		return PR_PAIRS_SPEED;
	if (strcmp(metric->name, "cpu_per_message") == 0)
		return PR_PAIRS_CPU;
	return metric->kind == PR_METRIC_TIMED ? PR_PAIRS_LOG : PR_PAIRS_DIFFERENCE;
}

static void put_timed(struct pr_row *row, const struct pr_rows *rows)
{
	enum pr_pairs_kind kind = kind_of(row->metric);
	struct pr_pairs pairs;

	pr_pairs_init(&pairs, rows->run, row->workload, rows->baseline, row->phase, kind,
	              row->metric->name);
	put_pairs(row, &pairs, kind != PR_PAIRS_DIFFERENCE);
	put_total(row, &pairs);
	pr_pairs_fini(&pairs);
}

/* Two single numbers.  */
static void put_once(struct pr_row *row)
{
	struct pr_difference *d = &row->difference;

	d->n = 1;
	d->raw = row->current.value - row->baseline.value;
	d->from_zero = row->baseline.value == 0;
	if (!d->from_zero)
		d->effect = d->raw / row->baseline.value;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static void fill_integrity(struct pr_row *row, const struct pr_rows *rows)
{
	const char *metric = row->metric->name;

	row->baseline = total_side(rows->run, row->workload, rows->baseline, metric);
	row->current = total_side(rows->run, row->workload, row->phase, metric);
	if (isnan(row->baseline.value) || isnan(row->current.value))
		return;
	put_once(row);
	row->verdict = row->difference.raw > 0   ? PR_VERDICT_REGRESSED
	               : row->difference.raw < 0 ? PR_VERDICT_IMPROVED
	                                         : PR_VERDICT_EQUIVALENT;
}

static void fill_traced(struct pr_row *row, const struct pr_rows *rows)
{
	struct pr_side baseline =
	        traced_side(rows->run, row->workload, rows->baseline, row->metric->name);
	struct pr_side current =
	        traced_side(rows->run, row->workload, row->phase, row->metric->name);

	if (isnan(current.value) || isnan(baseline.value))
		return;
	row->baseline = baseline;
	row->current = current;
	row->difference.once = true;
	put_once(row);
}

static void fill_row(struct pr_row *row, const struct pr_rows *rows)
{
	const char *metric = row->metric->name;

	if (pr_rows_is_integrity(metric)) {
		fill_integrity(row, rows);
		return;
	}
	row->baseline = timed_side(rows->run, row->workload, rows->baseline, metric);
	row->current = timed_side(rows->run, row->workload, row->phase, metric);
	if (row->baseline.n > 0 && row->current.n > 0)
		put_timed(row, rows);
	else
		fill_traced(row, rows);
}

static bool was_measured(const struct pr_run *run, size_t workload, const char *metric)
{
	for (size_t i = 0; i < run->trial_count; i++)
		if (run->trials[i].workload == workload &&
		    !isnan(pr_run_metric(&run->trials[i], metric)))
			return true;
	return false;
}

static void add_row(struct pr_rows *rows, size_t workload, size_t phase,
                    const struct pr_metric *metric)
{
	struct pr_row *row;

	rows->items = pr_realloc(rows->items, (rows->count + 1) * sizeof(*rows->items));
	row = &rows->items[rows->count++];
	*row = (struct pr_row){.workload = workload,
	                       .phase = phase,
	                       .metric = metric,
	                       .baseline = nothing,
	                       .current = nothing,
	                       .difference = no_difference,
	                       .total = NAN,
	                       .total_lo = NAN,
	                       .total_hi = NAN,
	                       .total_p = NAN,
	                       .verdict = PR_VERDICT_VOID};
	row->difference.higher_is_better = metric->higher_is_better;
	row->gating = pr_rows_is_candidate(rows->run, rows->baseline, phase) &&
	              (is_one_of(metric->name, gating_metrics) ||
	               is_one_of(metric->name, integrity_metrics));
	fill_row(row, rows);
}

static void add_rows(struct pr_rows *rows)
{
	for (size_t w = 0; w < rows->run->workload_count; w++)
		for (const struct pr_metric *m = pr_metrics; m->name != NULL; m++) {
			if (!was_measured(rows->run, w, m->name))
				continue;
			for (size_t p = 0; p < rows->run->phase_count; p++)
				if (p != rows->baseline)
					add_row(rows, w, p, m);
		}
}

/* ---- corrections ----------------------------------------------------------------------------- */

/* Rows of one phase that are tested, gating or not.  */
static size_t gather_family(const struct pr_rows *rows, size_t phase, bool gating, double *p,
                            struct pr_row **family)
{
	size_t count = 0;

	for (size_t i = 0; i < rows->count; i++) {
		struct pr_row *row = &rows->items[i];

		if (row->phase != phase || row->gating != gating || isnan(row->difference.p))
			continue;
		p[count] = row->difference.p;
		family[count++] = row;
	}
	return count;
}

static void correct_family(const struct pr_rows *rows, size_t phase, bool gating)
{
	double *p = pr_alloc((rows->count + 1) * sizeof(double));
	struct pr_row **family = pr_alloc((rows->count + 1) * sizeof(*family));
	size_t count = gather_family(rows, phase, gating, p, family);

	if (gating)
		pr_stats_holm(p, count);
	else
		pr_stats_benjamini_hochberg(p, count);
	for (size_t i = 0; i < count; i++) {
		family[i]->difference.p_adjusted = p[i];
		family[i]->difference.tests = count;
	}
	free(p);
	free(family);
}

struct pr_rows *pr_rows_create(const struct pr_run *run, size_t baseline, double delta)
{
	struct pr_rows *rows = pr_alloc(sizeof(*rows));

	*rows = (struct pr_rows){.run = run, .baseline = baseline, .delta = delta};
	add_rows(rows);
	for (size_t p = 0; p < run->phase_count; p++) {
		correct_family(rows, p, true);
		correct_family(rows, p, false);
	}
	for (size_t i = 0; i < rows->count; i++)
		pr_rows_judge(rows, &rows->items[i]);
	return rows;
}

void pr_rows_destroy(struct pr_rows **rows)
{
	struct pr_rows *old = *rows;

	*rows = NULL;
	if (old == NULL)
		return;
	for (size_t i = 0; i < old->count; i++)
		free(old->items[i].note);
	free(old->items);
	free(old);
}

const struct pr_row *pr_rows_find(const struct pr_rows *rows, size_t workload, size_t phase,
                                  const char *metric)
{
	for (size_t i = 0; i < rows->count; i++) {
		const struct pr_row *row = &rows->items[i];

		if (row->workload == workload && row->phase == phase &&
		    strcmp(row->metric->name, metric) == 0)
			return row;
	}
	return NULL;
}

double pr_rows_value(const struct pr_rows *rows, size_t workload, size_t phase, const char *metric)
{
	const struct pr_row *row;

	if (phase != rows->baseline) {
		row = pr_rows_find(rows, workload, phase, metric);
		return row == NULL ? NAN : row->current.value;
	}
	for (size_t p = 0; p < rows->run->phase_count; p++) {
		row = pr_rows_find(rows, workload, p, metric);
		if (row != NULL)
			return row->baseline.value;
	}
	return NAN;
}
