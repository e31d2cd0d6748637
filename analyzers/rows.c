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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/knee.h"
#include "analyzers/pairs.h"
#include "analyzers/company.h"
#include "analyzers/pins.h"
#include "analyzers/rows_effect.h"
#include "analyzers/rows_judge.h"
#include "analyzers/stats.h"
#include "analyzers/tail.h"
#include "core/base/buf.h"

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

/* The most repeats that a trial under callgrind may have.  */
#define CALLGRIND_REPEATS_MAX 32

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

enum pr_pairs_kind pr_rows_pairs_kind(const struct pr_metric *metric)
{
	if (strcmp(metric->name, "throughput") == 0)
		return PR_PAIRS_SPEED;
	if (strcmp(metric->name, "cpu_per_message") == 0)
		return PR_PAIRS_CPU;
	return metric->kind == PR_METRIC_TIMED ? PR_PAIRS_LOG : PR_PAIRS_DIFFERENCE;
}

static void put_paired(struct pr_row *row, const struct pr_rows *rows)
{
	enum pr_pairs_kind kind = pr_rows_pairs_kind(row->metric);
	struct pr_pairs pairs;

	pr_pairs_init(&pairs, rows->run, row->workload, rows->baseline, row->phase, kind,
	              row->metric->name);
	pr_rows_effect_paired(row, &pairs, kind != PR_PAIRS_DIFFERENCE);
	pr_pairs_fini(&pairs);
	if (kind != PR_PAIRS_DIFFERENCE)
		pr_design_fill(row, rows);
}

static void put_unpaired(struct pr_row *row, const struct pr_rows *rows)
{
	enum pr_pairs_kind kind = pr_rows_pairs_kind(row->metric);
	struct pr_pairs_side base, current;

	pr_pairs_side_init(&base, rows->base_run, row->base_workload, row->base_phase, kind,
	                   row->metric->name);
	pr_pairs_side_init(&current, rows->run, row->workload, row->phase, kind, row->metric->name);
	pr_rows_effect_unpaired(row, base.values, base.n, current.values, current.n,
	                        kind != PR_PAIRS_DIFFERENCE);
	if (base.totals != NULL)
		pr_rows_effect_unpaired_total(row, base.totals, base.n, current.totals, current.n);
	pr_pairs_side_fini(&base);
	pr_pairs_side_fini(&current);
}

/* ---- rows ------------------------------------------------------------------------------------ */

static void fill_integrity(struct pr_row *row, const struct pr_rows *rows)
{
	const char *metric = row->metric->name;

	row->baseline = total_side(rows->base_run, row->base_workload, row->base_phase, metric);
	row->current = total_side(rows->run, row->workload, row->phase, metric);
	if (isnan(row->baseline.value) || isnan(row->current.value))
		return;
	pr_rows_effect_once(row);
	row->verdict = row->difference.raw > 0   ? PR_VERDICT_REGRESSED
	               : row->difference.raw < 0 ? PR_VERDICT_IMPROVED
	                                         : PR_VERDICT_EQUIVALENT;
}

static void fill_traced(struct pr_row *row, const struct pr_rows *rows)
{
	struct pr_side baseline =
	        traced_side(rows->base_run, row->base_workload, row->base_phase, row->metric->name);
	struct pr_side current =
	        traced_side(rows->run, row->workload, row->phase, row->metric->name);

	if (isnan(current.value) || isnan(baseline.value))
		return;
	row->baseline = baseline;
	row->current = current;
	row->difference.once = true;
	pr_rows_effect_once(row);
}

/* Log of instructions per message, by repeat.  */
static size_t callgrind_values(const struct pr_run *run, size_t workload, size_t phase,
                               double *values)
{
	const struct pr_run_trial *trial = pr_run_find_callgrind(run, phase, workload);
	double messages =
	        trial != NULL && trial->good ? pr_run_number(trial->callgrind, "messages") : NAN;
	size_t n = 0;

	for (; n < CALLGRIND_REPEATS_MAX; n++) {
		char name[32];
		double count;

		snprintf(name, sizeof(name), "instructions_%zu", n + 1);
		count = trial != NULL ? pr_run_number(trial->callgrind, name) : NAN;
		if (!(count > 0) || !(messages > 0))
			break;
		values[n] = log(count / messages);
	}
	return n;
}

static struct pr_side callgrind_side(const double *values, size_t n)
{
	struct pr_side side = {NAN, INFINITY, -INFINITY, n};
	struct pr_stats_interval middle;

	pr_stats_median_interval(values, n, 0.95, &middle);
	side.value = exp(middle.value);
	for (size_t i = 0; i < n; i++) {
		side.lo = fmin(side.lo, exp(values[i]));
		side.hi = fmax(side.hi, exp(values[i]));
	}
	return side;
}

/* Counted in fresh processes that no machine disturbs, so those of one engine against those of the
 * other are two samples; lo and hi of a side are its range.  */
static void fill_callgrind(struct pr_row *row, const struct pr_rows *rows)
{
	double base[CALLGRIND_REPEATS_MAX], current[CALLGRIND_REPEATS_MAX];
	size_t nx = callgrind_values(rows->base_run, row->base_workload, row->base_phase, base);
	size_t ny = callgrind_values(rows->run, row->workload, row->phase, current);

	if (nx == 0 || ny == 0)
		return;
	row->baseline = callgrind_side(base, nx);
	row->current = callgrind_side(current, ny);
	row->repeats = nx < ny ? nx : ny;
	row->repeated =
	        fmax(row->baseline.hi / row->baseline.lo, row->current.hi / row->current.lo) - 1;
	pr_rows_effect_unpaired(row, base, nx, current, ny, true);
	row->series = (struct pr_series){NAN, NAN};
}

static void fill_row(struct pr_row *row, const struct pr_rows *rows)
{
	const char *metric = row->metric->name;

	if (pr_rows_is_integrity(metric)) {
		fill_integrity(row, rows);
		return;
	}
	if (strcmp(metric, "instructions_per_message") == 0) {
		fill_callgrind(row, rows);
		return;
	}
	row->baseline = timed_side(rows->base_run, row->base_workload, row->base_phase, metric);
	row->current = timed_side(rows->run, row->workload, row->phase, metric);
	if (row->baseline.n == 0 || row->current.n == 0)
		fill_traced(row, rows);
	else if (rows->baseline != PR_RUN_NONE)
		put_paired(row, rows);
	else
		put_unpaired(row, rows);
}

static bool was_measured(const struct pr_run *run, size_t workload, const char *metric)
{
	for (size_t i = 0; i < run->trial_count; i++)
		if (run->trials[i].workload == workload &&
		    !isnan(pr_run_metric(&run->trials[i], metric)))
			return true;
	return false;
}

/* What was measured, and percentiles that it took too few samples for: a row without values that
 * says so.  */
static bool is_a_row(const struct pr_run *run, size_t workload, const char *metric)
{
	return was_measured(run, workload, metric) ||
	       !isnan(pr_tail_shortage(run, workload, PR_RUN_NONE, metric));
}

/* A throughput that is offered is no result; and of a sweep of loads, which would be dozens of
 * tests, the lowest load decides.  */
static bool can_decide(const struct pr_run *run, size_t workload, const char *metric)
{
	bool lowest;

	if (is_one_of(metric, integrity_metrics))
		return true;
	if (!is_one_of(metric, gating_metrics))
		return false;
	if (strcmp(run->workloads[workload].name, "paced") != 0)
		return true;
	return strcmp(metric, "throughput") != 0 &&
	       (!pr_knee_is_step(run, workload, &lowest) || lowest);
}

/* Whether a row decides, and how small a change matters to it.  */
static void set_gate(struct pr_row *row, const struct pr_rows *rows,
                     const struct pr_rows_opts *opts)
{
	bool decides = can_decide(rows->run, row->workload, row->metric->name);

	row->delta = rows->delta;
	if (opts->gate != NULL)
		row->gating = opts->gate(opts->gate_arg, rows, row, &row->delta);
	else if (rows->baseline == PR_RUN_NONE)
		row->gating = decides && !is_floor(rows->run, row->phase);
	else
		row->gating =
		        decides && pr_rows_is_candidate(rows->run, rows->baseline, row->phase);
}

static void add_row(struct pr_rows *rows, const struct pr_row *place,
                    const struct pr_rows_opts *opts)
{
	struct pr_floor_fact floor = pr_floor_get(
	        opts->floor, rows->run->workloads[place->workload].label, place->metric->name);
	struct pr_row *row;

	rows->items = pr_realloc(rows->items, (rows->count + 1) * sizeof(*rows->items));
	row = &rows->items[rows->count++];
	*row = *place;
	row->baseline = row->current = nothing;
	row->verdict = PR_VERDICT_VOID;
	row->floor = floor.floor;
	pr_rows_effect_init(row);
	row->difference.higher_is_better = row->metric->higher_is_better;
	set_gate(row, rows, opts);
	fill_row(row, rows);
	if (!row->difference.once && !pr_rows_is_integrity(row->metric->name))
		pr_rows_effect_tomorrow(row, pr_company_between(rows, row, floor.between));
}

static void add_rows(struct pr_rows *rows, const struct pr_rows_opts *opts)
{
	for (size_t w = 0; w < rows->run->workload_count; w++)
		for (const struct pr_metric *m = pr_metrics; m->name != NULL; m++) {
			if (!is_a_row(rows->run, w, m->name))
				continue;
			for (size_t p = 0; p < rows->run->phase_count; p++) {
				struct pr_row place = {.workload = w,
				                       .phase = p,
				                       .base_workload = w,
				                       .base_phase = rows->baseline,
				                       .metric = m};

				if (p != rows->baseline)
					add_row(rows, &place, opts);
			}
		}
}

static void add_unpaired_rows(struct pr_rows *rows, const struct pr_rows_match *match,
                              const struct pr_rows_opts *opts)
{
	for (size_t w = 0; w < rows->run->workload_count; w++)
		for (const struct pr_metric *m = pr_metrics; m->name != NULL; m++) {
			if (match->workloads[w] == PR_RUN_NONE || !is_a_row(rows->run, w, m->name))
				continue;
			for (size_t p = 0; p < rows->run->phase_count; p++) {
				struct pr_row place = {.workload = w,
				                       .phase = p,
				                       .base_workload = match->workloads[w],
				                       .base_phase = match->phases[p],
				                       .metric = m};

				if (match->phases[p] != PR_RUN_NONE)
					add_row(rows, &place, opts);
			}
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

/* The times that can decide, of all phases: what drifts, drifts in all of them.  */
static void judge_neighbours(struct pr_rows *rows)
{
	struct pr_neighbours_rows *asked =
	        pr_neighbours_create(rows->run->blocks, rows->run->block_count);

	for (size_t i = 0; rows->baseline != PR_RUN_NONE && i < rows->count; i++) {
		const struct pr_row *row = &rows->items[i];
		struct pr_pairs pairs;

		if (!is_one_of(row->metric->name, gating_metrics) || row->difference.once)
			continue;
		pr_pairs_init(&pairs, rows->run, row->workload, rows->baseline, row->phase,
		              pr_rows_pairs_kind(row->metric), row->metric->name);
		pr_neighbours_add(asked, &pairs);
		pr_pairs_fini(&pairs);
	}
	rows->neighbours = pr_neighbours_judge(asked);
	pr_neighbours_destroy(&asked);
	for (size_t i = 0; i < rows->count; i++)
		pr_neighbours_fill(&rows->items[i], &rows->neighbours);
}

static void finish(struct pr_rows *rows)
{
	judge_neighbours(rows);
	for (size_t p = 0; p < rows->run->phase_count; p++) {
		correct_family(rows, p, true);
		correct_family(rows, p, false);
	}
	pr_design_correct(rows);
	for (size_t i = 0; i < rows->count; i++)
		pr_rows_judge(rows, &rows->items[i]);
	pr_pins_note(rows);
}

struct pr_rows *pr_rows_create(const struct pr_run *run, size_t baseline,
                               const struct pr_rows_opts *opts)
{
	struct pr_rows *rows = pr_alloc(sizeof(*rows));

	*rows = (struct pr_rows){
	        .run = run, .base_run = run, .baseline = baseline, .delta = opts->delta};
	add_rows(rows, opts);
	finish(rows);
	return rows;
}

struct pr_rows *pr_rows_create_unpaired(const struct pr_run *base_run, const struct pr_run *run,
                                        const struct pr_rows_match *match,
                                        const struct pr_rows_opts *opts)
{
	struct pr_rows *rows = pr_alloc(sizeof(*rows));

	*rows = (struct pr_rows){
	        .run = run, .base_run = base_run, .baseline = PR_RUN_NONE, .delta = opts->delta};
	add_unpaired_rows(rows, match, opts);
	finish(rows);
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
