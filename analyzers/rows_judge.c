/* SPDX-License-Identifier: MIT */
/* analyzers/rows_judge.c - the verdict and the note of a row.  */
#include "analyzers/rows_judge.h"

#include <math.h>
#include <stdlib.h>

#include "analyzers/company.h"
#include "analyzers/numbers.h"
#include "analyzers/tail.h"
#include "core/base/buf.h"

static const char *failure_of(const struct pr_run *run, size_t workload, size_t phase)
{
	for (size_t i = 0; i < run->trial_count; i++) {
		const struct pr_run_trial *trial = &run->trials[i];

		if (trial->workload == workload && trial->phase == phase && !trial->good &&
		    trial->reason != NULL)
			return trial->reason;
	}
	return NULL;
}

static char *missing_note(const struct pr_run *run, const struct pr_row *row, size_t workload,
                          size_t phase)
{
	const struct pr_run_phase *facts = &run->phases[phase];
	const char *failure = failure_of(run, workload, phase);
	double samples = pr_tail_shortage(run, workload, phase, row->metric->name);

	if (!isnan(samples))
		return pr_asprintf("%s samples, %s are needed", pr_numbers_count(samples).text,
		                   pr_numbers_count(pr_tail_needs(row->metric->name)).text);
	if (failure != NULL)
		return pr_asprintf("not measured: %s failed: %s", facts->label, failure);
	if (row->metric->kind == PR_METRIC_COUNTED && !facts->has_hooks)
		return pr_asprintf("not measured: engine %s of %s has no hooks", facts->engine,
		                   facts->label);
	return pr_asprintf("not measured in %s", facts->label);
}

static char *void_note(const struct pr_rows *rows, const struct pr_row *row)
{
	if (isnan(row->baseline.value))
		return missing_note(rows->base_run, row, row->base_workload, row->base_phase);
	if (isnan(row->current.value))
		return missing_note(rows->run, row, row->workload, row->phase);
	return pr_strdup("there is no block in which both were measured");
}

static char *integrity_note(const struct pr_row *row)
{
	if (row->verdict == PR_VERDICT_EQUIVALENT && row->current.value == 0)
		return pr_asprintf("none in %zu trials", row->current.n);
	return pr_strdup("a total over all trials, without a test: one is enough");
}

/* The median of the slices leaves stalls out; the total time does not.  */
bool pr_rows_total_disagrees(const struct pr_row *row)
{
	const struct pr_difference *d = &row->difference;

	if (isnan(row->total) || fabs(row->total - d->effect) <= row->delta)
		return false;
	return isnan(d->lo) || row->total < d->lo || row->total > d->hi;
}

/* A second look at the same data is a second test, so the correction doubles.  */
double pr_rows_total_p_adjusted(const struct pr_row *row)
{
	size_t tests = row->difference.tests > 0 ? row->difference.tests : 1;

	return fmin(row->total_p * 2 * (double)tests, 1);
}

static bool total_is_worse(const struct pr_row *row)
{
	bool worse_below = row->difference.higher_is_better;
	bool leaves_out_zero = worse_below ? row->total_hi < 0 : row->total_lo > 0;

	return leaves_out_zero && fabs(row->total) > fmax(row->delta, row->floor) &&
	       pr_rows_total_p_adjusted(row) <= PR_VERDICT_ALPHA;
}

static char *with_total(const struct pr_row *row, char *note)
{
	char *both =
	        pr_asprintf("%s%s; by total time %s: some slices stalled, which the median leaves "
	                    "out",
	                    row->by_total ? "by the median slice: " : "", note,
	                    pr_numbers_effect(row->total, row->total_lo, row->total_hi).text);

	free(note);
	return both;
}

/* What the total times change in a verdict and its words.  */
static void weigh_total(struct pr_row *row)
{
	if (!pr_rows_total_disagrees(row))
		return;
	if (row->verdict != PR_VERDICT_REGRESSED && total_is_worse(row)) {
		row->verdict = PR_VERDICT_REGRESSED;
		row->by_total = true;
	} else if (row->verdict == PR_VERDICT_EQUIVALENT ||
	           row->verdict == PR_VERDICT_BELOW_FLOOR) {
		row->verdict = PR_VERDICT_INCONCLUSIVE;
	}
	row->note = with_total(row, row->note);
}

/* ---- what the tests take for granted --------------------------------------------------------- */

static bool leaves_out_zero(double lo, double hi)
{
	return lo > 0 || hi < 0;
}

bool pr_rows_is_dependent(const struct pr_row *row)
{
	return row->metric->kind == PR_METRIC_TIMED && pr_series_is_dependent(&row->series);
}

/* Takes note.  */
static char *add_to_note(char *note, char *more)
{
	char *both = pr_asprintf("%s; %s", note, more);

	free(note);
	free(more);
	return both;
}

static void add_doubts(struct pr_row *row)
{
	const struct pr_difference *d = &row->difference;
	bool told = row->verdict == PR_VERDICT_IMPROVED || row->verdict == PR_VERDICT_REGRESSED;

	if (told && !isnan(row->median_lo) && !leaves_out_zero(row->median_lo, row->median_hi))
		row->note = add_to_note(
		        row->note,
		        pr_asprintf(
		                "without assuming symmetry %s",
		                pr_numbers_effect(d->effect, row->median_lo, row->median_hi).text));
	if (pr_rows_is_dependent(row))
		row->note = add_to_note(
		        row->note,
		        pr_asprintf(
		                "the blocks are not independent: neighbours resemble each other "
		                "(lag-1 %.2f), so the interval is about %.1f times too narrow",
		                row->series.lag1, pr_series_factor(row->series.lag1)));
}

void pr_rows_judge(const struct pr_rows *rows, struct pr_row *row)
{
	if (pr_rows_is_integrity(row->metric->name)) {
		row->note = row->verdict == PR_VERDICT_VOID ? void_note(rows, row)
		                                            : integrity_note(row);
		return;
	}
	row->verdict = pr_verdict_decide(&row->difference, row->delta, row->floor);
	row->note =
	        row->verdict == PR_VERDICT_VOID
	                ? void_note(rows, row)
	                : pr_verdict_note(&row->difference, row->verdict, row->delta, row->floor);
	weigh_total(row);
	add_doubts(row);
	pr_neighbours_weigh(row, &rows->neighbours);
	pr_design_weigh(row);
	pr_company_weigh(rows, row);
	if (row->repeats > 0)
		row->note = add_to_note(
		        row->note,
		        pr_asprintf(
		                "callgrind counted %zu fresh processes each, which differ among "
		                "themselves by up to %s",
		                row->repeats, pr_numbers_percent(row->repeated).text));
}
