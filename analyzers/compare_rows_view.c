/* SPDX-License-Identifier: MIT */
/* analyzers/compare_rows_view.c - the rows of a comparison as tables.  */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/compare_view.h"
#include "analyzers/numbers.h"
#include "core/base/buf.h"

/* How a table writes its cells.  */
struct look {
	void (*metric)(struct pr_view_table *table, const json_t *comparison, const json_t *row,
	               bool gating);
	void (*baseline)(struct pr_view_table *table, const json_t *row);
	void (*phase)(struct pr_view_table *table, const json_t *row);
};

json_t *pr_compare_view_find(const json_t *rows, const char *workload, const char *phase,
                             const char *metric)
{
	size_t i;
	json_t *row;

	json_array_foreach((json_t *)rows, i, row)
	{
		if (pr_compare_view_is(row, "workload", workload) &&
		    pr_compare_view_is(row, "metric", metric) &&
		    (phase == NULL || pr_compare_view_is(row, "phase", phase)))
			return row;
	}
	return NULL;
}

bool pr_compare_view_is_exact(const json_t *row)
{
	return json_is_true(json_object_get(row, "once")) ||
	       json_is_true(json_object_get(row, "identical"));
}

/* ---- cells with all there is to say ---------------------------------------------------------- */

enum pr_view_tone pr_compare_view_tone(const json_t *row)
{
	const char *verdict = pr_json_text(row, "verdict");

	if (pr_compare_view_is_exact(row))
		return PR_VIEW_PLAIN;
	if (strcmp(verdict, "improved") == 0)
		return PR_VIEW_GOOD;
	if (strcmp(verdict, "regressed") == 0)
		return PR_VIEW_BAD;
	return strcmp(verdict, "inconclusive") == 0 ? PR_VIEW_UNSURE : PR_VIEW_PLAIN;
}

static void add_baseline_full(struct pr_view_table *table, const json_t *row)
{
	const json_t *side = json_object_get(row, "baseline");
	const char *unit = pr_json_text(row, "unit");
	double value = pr_compare_view_number(side, "value"),
	       lo = pr_compare_view_number(side, "lo"), hi = pr_compare_view_number(side, "hi");
	char *interval = NULL;

	if (!isnan(lo) && !isnan(hi) && lo < hi)
		interval = pr_asprintf("[%s, %s]", pr_numbers_value(lo, unit).text,
		                       pr_numbers_value(hi, unit).text);
	pr_view_cell(table, PR_VIEW_PLAIN, pr_numbers_value(value, unit).text, interval, NULL,
	             NULL);
	free(interval);
}

static char *verdict_words(const json_t *row)
{
	bool by_total = json_is_true(json_object_get(row, "by_total"));
	double p = pr_compare_view_number(row, by_total ? "total_p_adjusted" : "p_adjusted");
	bool told = pr_compare_view_is(row, "verdict", "improved") ||
	            pr_compare_view_is(row, "verdict", "regressed") ||
	            pr_compare_view_is(row, "verdict", "changed-below-floor");

	if (told && !isnan(p))
		return pr_asprintf("%s (p %s)", pr_json_text(row, "short"), pr_numbers_p(p).text);
	return pr_strdup(pr_json_text(row, "short"));
}

char *pr_compare_view_tomorrow(const json_t *row)
{
	double lo = pr_compare_view_number(row, "tomorrow_lo"),
	       hi = pr_compare_view_number(row, "tomorrow_hi");

	if (isnan(lo) || isnan(hi))
		return NULL;
	return pr_asprintf("tomorrow %s to %s", pr_numbers_change(lo).text,
	                   pr_numbers_change(hi).text);
}

/* "-6.3 % [-8.1, -4.4], tomorrow -9.9 % to -2.5 %"; NULL without an effect.  The caller frees.  */
static char *effect_text(const json_t *row)
{
	double effect = pr_compare_view_number(row, "effect");
	char *tomorrow, *text;

	if (isnan(effect))
		return NULL;
	tomorrow = pr_compare_view_tomorrow(row);
	text = pr_asprintf("%s%s%s",
	                   pr_numbers_effect(effect, pr_compare_view_number(row, "effect_lo"),
	                                     pr_compare_view_number(row, "effect_hi"))
	                           .text,
	                   tomorrow != NULL ? ", " : "", tomorrow != NULL ? tomorrow : "");
	free(tomorrow);
	return text;
}

#define REASON_MAX 40 /* characters that a cell has room for */

static const char *missing_words(const json_t *row)
{
	const char *note = row != NULL ? pr_json_text(row, "note") : NULL;

	return note != NULL && strlen(note) <= REASON_MAX ? note : "not measured";
}

static void add_phase_full(struct pr_view_table *table, const json_t *row)
{
	double value = pr_compare_view_number(json_object_get(row, "current"), "value");
	char *words, *total, *effect;

	if (row == NULL || isnan(value)) {
		pr_view_cell(table, PR_VIEW_PLAIN, pr_numbers_value(NAN, NULL).text,
		             missing_words(row), NULL, NULL);
		return;
	}
	words = verdict_words(row);
	effect = effect_text(row);
	total = json_is_true(json_object_get(row, "total_disagrees"))
	                ? pr_asprintf("total time %s",
	                              pr_numbers_change(pr_compare_view_number(row, "effect_total"))
	                                      .text)
	                : NULL;
	pr_view_cell(table, pr_compare_view_tone(row),
	             pr_numbers_value(value, pr_json_text(row, "unit")).text, effect, words, total);
	free(effect);
	free(total);
	free(words);
}

static void add_metric_full(struct pr_view_table *table, const json_t *comparison,
                            const json_t *row, bool gating)
{
	char *name = pr_asprintf("%s%s", pr_json_text(row, "metric"), gating ? " *" : "");
	char *better = pr_asprintf("%s is better", pr_json_text(row, "direction"));
	const char *unit = pr_json_text(row, "unit");

	(void)comparison;
	pr_view_cell(table, PR_VIEW_PLAIN, name, pr_json_text(row, "quantity"), unit, better);
	free(name);
	free(better);
}

static const struct look full = {add_metric_full, add_baseline_full, add_phase_full};
static const struct look brief = {pr_compare_brief_metric, pr_compare_brief_baseline,
                                  pr_compare_brief_phase};

/* ---- metrics down, phases across ------------------------------------------------------------- */

static bool metric_is_gating(const json_t *rows, const char *workload, const char *metric)
{
	size_t i;
	json_t *row;

	json_array_foreach((json_t *)rows, i, row)
	{
		if (pr_compare_view_is(row, "workload", workload) &&
		    pr_compare_view_is(row, "metric", metric) &&
		    json_is_true(json_object_get(row, "gating")))
			return true;
	}
	return false;
}

static void add_metric(struct pr_view_table *table, const json_t *comparison, const json_t *sample,
                       const struct look *look)
{
	const json_t *rows = json_object_get(comparison, "rows");
	const char *workload = pr_json_text(sample, "workload"),
	           *metric = pr_json_text(sample, "metric");
	size_t i;
	json_t *phase;

	look->metric(table, comparison, sample, metric_is_gating(rows, workload, metric));
	look->baseline(table, sample);
	json_array_foreach(json_object_get(comparison, "phases"), i, phase)
	{
		if (!pr_compare_view_is(comparison, "baseline", json_string_value(phase)))
			look->phase(table, pr_compare_view_find(rows, workload,
			                                        json_string_value(phase), metric));
	}
}

/* Whether any phase has something to show for this metric.  */
bool pr_compare_view_is_shown(const json_t *rows, const json_t *sample)
{
	size_t i;
	json_t *row;

	json_array_foreach((json_t *)rows, i, row)
	{
		if (pr_compare_view_is(row, "workload", pr_json_text(sample, "workload")) &&
		    pr_compare_view_is(row, "metric", pr_json_text(sample, "metric")) &&
		    json_is_true(json_object_get(row, "in_table")))
			return true;
	}
	return false;
}

static struct pr_view_table *begin_rows_table(struct pr_view *view, const json_t *comparison,
                                              const char *workload)
{
	const json_t *run = json_object_get(comparison, "run");
	const char *text = pr_json_text(json_object_get(comparison, "workload_texts"), workload);
	const char *pin = pr_json_text(run, "pin");
	char *title = pr_asprintf(
	        "%s%s%s; %s%s%s", workload, text != NULL ? ": " : "", text != NULL ? text : "",
	        pr_numbers_plural(pr_compare_view_number(run, "blocks"), "block").text,
	        pin != NULL ? ", pin=" : "", pin != NULL ? pin : "");
	struct pr_view_table *table = pr_view_add_table(view, title, 2);
	size_t i;
	json_t *phase;

	pr_view_column(table, "METRIC", false);
	pr_view_column(table, pr_json_text(comparison, "baseline"), false);
	json_array_foreach(json_object_get(comparison, "phases"), i, phase)
	{
		if (!pr_compare_view_is(comparison, "baseline", json_string_value(phase)))
			pr_view_column(table, json_string_value(phase), false);
	}
	free(title);
	return table;
}

void pr_compare_view_rows(struct pr_view *view, const json_t *comparison, const char *workload,
                          enum pr_compare_detail detail)
{
	const json_t *rows = json_object_get(comparison, "rows");
	bool is_brief = detail == PR_COMPARE_BRIEF;
	struct pr_view_table *table = NULL;
	size_t i;
	json_t *row;

	json_array_foreach((json_t *)rows, i, row)
	{
		if (!pr_compare_view_is(row, "workload", workload) ||
		    !pr_compare_view_is_shown(rows, row) ||
		    pr_compare_view_find(rows, workload, NULL, pr_json_text(row, "metric")) !=
		            row ||
		    (is_brief && pr_compare_brief_is_idle(comparison, row)))
			continue;
		if (table == NULL)
			table = begin_rows_table(view, comparison, workload);
		table->dense = is_brief;
		add_metric(table, comparison, row, is_brief ? &brief : &full);
	}
	if (is_brief)
		pr_compare_brief_left_out(view, comparison, workload);
}
