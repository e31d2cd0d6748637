/* SPDX-License-Identifier: MIT */
/* analyzers/design.c - what the checks of a run's design say of a row.  */
#include "analyzers/design.h"

#include <math.h>
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
	                             .whole_p_adjusted = NAN};
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

static bool leaves_out_zero(const struct pr_design_effect *effect)
{
	return effect->lo > 0 || effect->hi < 0;
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
	free(gaps);
	pr_pairs_fini(&whole);
	pr_pairs_fini(&brief);
}

void pr_design_correct(struct pr_rows *rows)
{
	double *p = pr_alloc((rows->count + 1) * sizeof(double));

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
	free(p);
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

/* Whether the difference wanders: neighbouring blocks resemble each other, and half of the blocks
 * lie this far from the rest.  */
static bool wanders(const struct pr_pairs *pairs, double floor)
{
	struct pr_series series = pr_series_of(pairs->d, pairs->n);
	size_t half = pairs->n / 2;
	double first, second;

	if (half == 0 || !pr_series_is_dependent(&series))
		return false;
	first = pr_stats_median(pairs->d, half);
	second = pr_stats_median(pairs->d + half, pairs->n - half);
	return fabs(expm1(second - first)) > floor;
}

static void fill_control(struct pr_row *row, const struct pr_rows *rows)
{
	struct pr_design *design = &row->design;
	struct pr_pairs pairs;

	pr_pairs_init_of(&pairs, rows->run, row->workload, rows->baseline, row->phase,
	                 PR_PAIRS_CONTROL, 1u << PR_RUN_COUNTED);
	design->control = estimate(pairs.d, pairs.n);
	if (leaves_out_zero(&design->control) && fabs(design->control.effect) > row->floor)
		design->machine = PR_MACHINE_LOADED;
	else if (wanders(&pairs, row->floor))
		design->machine = PR_MACHINE_MOVED;
	pr_pairs_fini(&pairs);
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
	if (!isnan(design->with_voids.effect))
		add_to_note(row, pr_asprintf("with the void slices %s",
		                             effect_text(&design->with_voids).text));
}
