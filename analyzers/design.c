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
	                             .with_voids = nothing,
	                             .control = nothing,
	                             .whole_p = NAN,
	                             .whole_p_adjusted = NAN,
	                             .loaded_p = NAN,
	                             .moved_p = NAN};
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

/* What whole length and builds do to the effect.  */
static void fill_whole(struct pr_row *row, const struct pr_rows *rows, enum pr_pairs_kind kind)
{
	struct pr_pairs whole, brief;
	double *gaps;
	size_t n;

	pr_pairs_init_of(&whole, rows->run, row->workload, rows->baseline, row->phase, kind,
	                 1u << PR_RUN_WHOLE);
	pr_pairs_init_of(&brief, rows->run, row->workload, rows->baseline, row->phase, kind,
	                 1u << PR_RUN_COUNTED);
	gaps = pr_alloc((whole.n + 1) * sizeof(double));
	n = subtract(&whole, &brief, gaps);
	row->design.whole = estimate(whole.d, whole.n);
	row->design.whole_p = n > 0 ? pr_stats_signed_rank_p(gaps, n) : NAN;
	pr_layout_fill(row, rows, &brief);
	free(gaps);
	pr_pairs_fini(&whole);
	pr_pairs_fini(&brief);
}

static void correct_length(struct pr_rows *rows, double *p)
{
	for (size_t phase = 0; phase < rows->run->phase_count; phase++) {
		for (size_t i = 0; i < rows->count; i++)
			p[i] = rows->items[i].phase == phase ? rows->items[i].design.whole_p : NAN;
		pr_stats_holm(p, rows->count);
		for (size_t i = 0; i < rows->count; i++) {
			struct pr_row *row = &rows->items[i];
			struct pr_design *design = &row->design;

			if (row->phase != phase)
				continue;
			design->whole_p_adjusted = p[i];
			design->depends =
			        p[i] <= PR_VERDICT_ALPHA &&
			        fabs(design->whole.effect - row->difference.effect) > row->delta;
		}
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

	correct_length(rows, p);
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
	fill_whole(row, rows, speed ? PR_PAIRS_SPEED : PR_PAIRS_CPU);
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

static void weigh_length(struct pr_row *row)
{
	const struct pr_design_effect *whole = &row->design.whole;
	bool told = row->verdict == PR_VERDICT_IMPROVED || row->verdict == PR_VERDICT_REGRESSED;

	if (!told || row->by_total || whole->effect * row->difference.effect <= 0 ||
	    fabs(whole->effect) <= row->delta)
		row->verdict = PR_VERDICT_INCONCLUSIVE;
	row->by_total = false;
	add_to_note(row, pr_asprintf("depends on run length: slices of the whole length give %s",
	                             effect_text(whole).text));
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
	pr_layout_weigh(row);
	if (!isnan(design->with_voids.effect))
		add_to_note(row, pr_asprintf("with the void slices %s",
		                             effect_text(&design->with_voids).text));
}
