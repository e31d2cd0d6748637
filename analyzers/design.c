/* SPDX-License-Identifier: MIT */
/* analyzers/design.c - what the checks of a run's design say of a row.  */
#include "analyzers/design.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/numbers.h"
#include "analyzers/pairs.h"
#include "analyzers/rows.h"
#include "analyzers/stats.h"
#include "core/base/buf.h"

static const struct pr_design_effect nothing = {NAN, NAN, NAN, 0};

void pr_design_init(struct pr_design *design)
{
	*design = (struct pr_design){.whole = nothing,
	                             .pair = nothing,
	                             .pair_p = NAN,
	                             .pair_p_adjusted = NAN,
	                             .with_voids = nothing,
	                             .control = nothing,
	                             .whole_p = NAN,
	                             .whole_p_adjusted = NAN,
	                             .loaded_p = NAN,
	                             .moved_p = NAN};
	pr_slope_init(&design->slope);
	pr_layout_init(&design->layout);
}

static struct pr_design_effect estimate(const double *d, size_t n)
{
	struct pr_stats_interval interval;
	bool found;

	if (n == 0)
		return nothing;
	found = pr_stats_hodges_lehmann(d, n, 0.95, &interval);
	return (struct pr_design_effect){expm1(interval.value), found ? expm1(interval.lo) : NAN,
	                                 found ? expm1(interval.hi) : NAN, n};
}

/* ---- length ---------------------------------------------------------------------------------- */

/* By block: whole length less short slices.  Both lists are in the order of blocks.  */
static size_t subtract(const struct pr_pairs *whole, const struct pr_pairs *brief, double *gaps)
{
	size_t count = 0, j = 0;

	for (size_t i = 0; i < whole->n; i++) {
		while (j < brief->n && brief->blocks[j] < whole->blocks[i])
			j++;
		if (j < brief->n && brief->blocks[j] == whole->blocks[i])
			gaps[count++] = whole->d[i] - brief->d[j];
	}
	return count;
}

/* The effect by slices of a kind, and the test that it is that of the short slices of the same
 * blocks.  */
static struct pr_design_effect compare_kind(const struct pr_row *row, const struct pr_rows *rows,
                                            enum pr_pairs_kind kind, enum pr_run_kind slices,
                                            const struct pr_pairs *brief, double *p)
{
	double *gaps = pr_alloc((rows->run->block_count + 1) * sizeof(double));
	struct pr_design_effect effect;
	struct pr_pairs others;
	size_t n;

	pr_pairs_init_of(&others, rows->run, row->workload, rows->baseline, row->phase, kind,
	                 1u << slices);
	n = subtract(&others, brief, gaps);
	effect = estimate(others.d, others.n);
	*p = n > 0 ? pr_stats_signed_rank_p(gaps, n) : NAN;
	free(gaps);
	pr_pairs_fini(&others);
	return effect;
}

/* What whole length, the other phases and builds do to the effect.  */
static void fill_kinds(struct pr_row *row, const struct pr_rows *rows, enum pr_pairs_kind kind)
{
	struct pr_design *design = &row->design;
	struct pr_pairs brief;

	pr_pairs_init_of(&brief, rows->run, row->workload, rows->baseline, row->phase, kind,
	                 1u << PR_RUN_COUNTED);
	design->whole = compare_kind(row, rows, kind, PR_RUN_WHOLE, &brief, &design->whole_p);
	design->pair = compare_kind(row, rows, kind, PR_RUN_PAIR, &brief, &design->pair_p);
	if (kind == PR_PAIRS_SPEED)
		pr_slope_estimate(&design->slope, rows->run, row->workload, rows->baseline,
		                  row->phase);
	pr_layout_fill(row, rows, &brief);
	pr_pairs_fini(&brief);
}

/* By Holm, over the rows of a phase.  from, to: offsets in struct pr_design of p and of what it
 * is after the correction.  */
static void correct_phases(struct pr_rows *rows, double *p, size_t from, size_t to)
{
	for (size_t phase = 0; phase < rows->run->phase_count; phase++) {
		for (size_t i = 0; i < rows->count; i++)
			p[i] = rows->items[i].phase == phase
			               ? *(double *)((char *)&rows->items[i].design + from)
			               : NAN;
		pr_stats_holm(p, rows->count);
		for (size_t i = 0; i < rows->count; i++)
			if (rows->items[i].phase == phase)
				*(double *)((char *)&rows->items[i].design + to) = p[i];
	}
}

static bool is_another(const struct pr_row *row, const struct pr_design_effect *effect, double p)
{
	return p <= PR_VERDICT_ALPHA && fabs(effect->effect - row->difference.effect) > row->delta;
}

static void judge_kinds(struct pr_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++) {
		struct pr_row *row = &rows->items[i];
		struct pr_design *design = &row->design;

		design->depends = is_another(row, &design->whole, design->whole_p_adjusted);
		design->crowded = is_another(row, &design->pair, design->pair_p_adjusted);
	}
}

/* ---- voids and control ----------------------------------------------------------------------- */

static void fill_voids(struct pr_row *row, const struct pr_rows *rows, enum pr_pairs_kind kind)
{
	struct pr_pairs pairs;

	pr_pairs_init_of(&pairs, rows->run, row->workload, rows->baseline, row->phase, kind,
	                 1u << PR_RUN_COUNTED | 1u << PR_RUN_VOIDED);
	row->design.with_voids = estimate(pairs.d, pairs.n);
	pr_pairs_fini(&pairs);
}

/* How far the second half of the blocks lies from the first.  */
static double shift_of(const struct pr_pairs *pairs)
{
	size_t half = pairs->n / 2;

	if (half == 0)
		return 0;
	return fabs(expm1(pr_stats_median(pairs->d + half, pairs->n - half) -
	                  pr_stats_median(pairs->d, half)));
}

static void fill_control(struct pr_row *row, const struct pr_rows *rows)
{
	struct pr_design *design = &row->design;
	struct pr_pairs pairs;

	pr_pairs_init_of(&pairs, rows->run, row->workload, rows->baseline, row->phase,
	                 PR_PAIRS_CONTROL, 1u << PR_RUN_COUNTED);
	design->control = estimate(pairs.d, pairs.n);
	if (pairs.n > 0) {
		design->loaded_p = pr_stats_signed_rank_p(pairs.d, pairs.n);
		design->moved_p = pr_series_of(pairs.d, pairs.n).p;
		design->control_shift = shift_of(&pairs);
	}
	pr_pairs_fini(&pairs);
}

/* The rows of one phase and workload share a control, so the first of them stands for all.  */
static const struct pr_row *first_of_cell(const struct pr_rows *rows, const struct pr_row *row)
{
	for (const struct pr_row *other = rows->items; other < row; other++)
		if (other->workload == row->workload && other->phase == row->phase &&
		    other->design.control.n > 0)
			return other;
	return row;
}

/* Replaces one kind of p of all rows by what it is after the correction over all controls of the
 * run.  offset: of the p in struct pr_design.  */
static void correct_control(struct pr_rows *rows, double *p, size_t offset)
{
	for (size_t i = 0; i < rows->count; i++) {
		const struct pr_row *row = &rows->items[i];

		p[i] = first_of_cell(rows, row) == row
		               ? *(const double *)((const char *)&row->design + offset)
		               : NAN;
	}
	pr_stats_benjamini_hochberg(p, rows->count);
	for (size_t i = 0; i < rows->count; i++) {
		struct pr_row *row = &rows->items[i];

		if (row->design.control.n > 0)
			*(double *)((char *)&row->design + offset) =
			        p[first_of_cell(rows, row) - rows->items];
	}
}

/* Two tests of one control share the chance of a false alarm.  */
#define MACHINE_ALPHA (PR_VERDICT_ALPHA / 2)

static void judge_machine(struct pr_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++) {
		struct pr_row *row = &rows->items[i];
		struct pr_design *design = &row->design;

		if (design->loaded_p <= MACHINE_ALPHA && fabs(design->control.effect) > row->floor)
			design->machine = PR_MACHINE_LOADED;
		else if (design->moved_p <= MACHINE_ALPHA && design->control_shift > row->floor)
			design->machine = PR_MACHINE_MOVED;
	}
}

void pr_design_correct(struct pr_rows *rows)
{
	double *p = pr_alloc((rows->count + 1) * sizeof(double));

	correct_phases(rows, p, offsetof(struct pr_design, whole_p),
	               offsetof(struct pr_design, whole_p_adjusted));
	correct_phases(rows, p, offsetof(struct pr_design, pair_p),
	               offsetof(struct pr_design, pair_p_adjusted));
	judge_kinds(rows);
	pr_layout_correct(rows);
	correct_control(rows, p, offsetof(struct pr_design, loaded_p));
	correct_control(rows, p, offsetof(struct pr_design, moved_p));
	judge_machine(rows);
	free(p);
}

void pr_design_fill(struct pr_row *row, const struct pr_rows *rows)
{
	bool speed = strcmp(row->metric->name, "throughput") == 0;

	fill_control(row, rows);
	if (!speed && strcmp(row->metric->name, "cpu_per_message") != 0)
		return;
	fill_kinds(row, rows, speed ? PR_PAIRS_SPEED : PR_PAIRS_CPU);
	if (pr_run_has_voids(rows->run, row->workload))
		fill_voids(row, rows, speed ? PR_PAIRS_SPEED : PR_PAIRS_CPU);
}

/* ---- verdicts -------------------------------------------------------------------------------- */

static struct pr_numbers effect_text(const struct pr_design_effect *effect)
{
	return pr_numbers_effect(effect->effect, effect->lo, effect->hi);
}

/* Takes more.  */
static void add_to_note(struct pr_row *row, char *more)
{
	char *both = pr_asprintf("%s; %s", row->note, more);

	free(row->note);
	free(more);
	row->note = both;
}

static void void_by_machine(struct pr_row *row)
{
	char *old = row->note;

	row->verdict = PR_VERDICT_VOID;
	row->by_total = false;
	row->note = pr_asprintf("%s: fixed work after the slices of this phase takes %s of CPU "
	                        "time against that after "
	                        "the baseline's",
	                        row->design.machine == PR_MACHINE_LOADED
	                                ? "the machine changes with the load"
	                                : "the machine moved",
	                        effect_text(&row->design.control).text);
	free(old);
}

/* An effect that other slices do not show, or with another sign, is none.  Takes what.  */
static void weigh_kind(struct pr_row *row, const struct pr_design_effect *effect, char *what)
{
	bool told = row->verdict == PR_VERDICT_IMPROVED || row->verdict == PR_VERDICT_REGRESSED;

	if (!told || row->by_total || effect->effect * row->difference.effect <= 0 ||
	    fabs(effect->effect) <= row->delta)
		row->verdict = PR_VERDICT_INCONCLUSIVE;
	row->by_total = false;
	add_to_note(row, what);
}

static void weigh_length(struct pr_row *row)
{
	const struct pr_design *design = &row->design;
	char *slope = pr_slope_text(&design->slope);

	weigh_kind(row, &design->whole,
	           pr_asprintf("depends on run length: slices of the whole length give %s",
	                       effect_text(&design->whole).text));
	if (slope != NULL)
		add_to_note(row, slope);
}

static void weigh_pair(struct pr_row *row)
{
	const struct pr_design *design = &row->design;

	weigh_kind(row, &design->pair,
	           pr_asprintf("depends on the other phases: by turns with the baseline alone %s",
	                       effect_text(&design->pair).text));
}

void pr_design_weigh(struct pr_row *row)
{
	const struct pr_design *design = &row->design;

	if (row->verdict == PR_VERDICT_VOID)
		return;
	if (design->machine != PR_MACHINE_STILL) {
		void_by_machine(row);
		return;
	}
	if (design->depends)
		weigh_length(row);
	if (design->crowded)
		weigh_pair(row);
	pr_layout_weigh(row);
	if (!isnan(design->with_voids.effect))
		add_to_note(row, pr_asprintf("with the void slices %s",
		                             effect_text(&design->with_voids).text));
}
