/* SPDX-License-Identifier: MIT */
/* analyzers/compare_brief_view.c - the rows of a comparison for a terminal.
 *
 * Two lines a cell: value and verdict, then the change with its interval; one line where there is
 * no interval to show.  Units stand beside the metric unless the value says them.  Metrics in which
 * nothing moves are left out by name.  */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyzers/compare_view.h"
#include "analyzers/numbers.h"
#include "core/base/buf.h"
#include "core/base/metrics.h"

/* Less than one call in a thousand messages is not worth a line.  */
#define RARE_PER_MESSAGE 0.001

/* ---- cells ----------------------------------------------------------------------------------- */

static bool flag(const json_t *row, const char *key)
{
	return json_is_true(json_object_get(row, key));
}

static double value_of(const json_t *row, const char *side)
{
	return pr_compare_view_number(json_object_get(row, side), "value");
}

/* Exact counts have no interval, or one without width.  */
static bool has_interval(const json_t *row)
{
	double lo = pr_compare_view_number(row, "effect_lo"),
	       hi = pr_compare_view_number(row, "effect_hi");

	return !isnan(lo) && !isnan(hi) && lo < hi;
}

static const char *plain_word(const json_t *row)
{
	static const struct {
		const char *verdict, *word;
	} words[] = {
	        {"improved", "better"},     {"regressed", "WORSE"},
	        {"equivalent", "the same"}, {"changed-below-floor", "too little"},
	        {"void", "void"},           {"inconclusive", "cannot tell"},
	};
	static const char *const as_they_are[] = {"too few blocks", "no baseline"};

	if (flag(row, "once"))
		return "once";
	if (flag(row, "identical"))
		return "the same";
	for (size_t i = 0; i < sizeof(as_they_are) / sizeof(as_they_are[0]); i++)
		if (pr_compare_view_is(row, "short", as_they_are[i]))
			return as_they_are[i];
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (pr_compare_view_is(row, "verdict", words[i].verdict))
			return words[i].word;
	return pr_json_text(row, "verdict");
}

/* "same to 1.1 %" for the short words "same within 1.1 %", which are too long for a cell; else one
 * or two words.  */
static struct pr_numbers verdict_word(const json_t *row)
{
	static const char within[] = "same within ";
	const char *words = pr_json_text(row, "short");
	struct pr_numbers text;

	if (strncmp(words, within, strlen(within)) == 0)
		snprintf(text.text, sizeof(text.text), "same to %s", words + strlen(within));
	else
		snprintf(text.text, sizeof(text.text), "%s", plain_word(row));
	return text;
}

void pr_compare_brief_baseline(struct pr_view_table *table, const json_t *row)
{
	pr_view_cell(table, PR_VIEW_PLAIN,
	             pr_numbers_value(value_of(row, "baseline"), pr_json_text(row, "unit")).text,
	             NULL, NULL, NULL);
}

/* "1.00, -50.0 %, better": all in one line.  */
static void add_one_line(struct pr_view_table *table, const json_t *row, const char *value)
{
	double effect = pr_compare_view_number(row, "effect");
	bool says_effect = !isnan(effect) && !flag(row, "identical");
	char *line = pr_asprintf("%s, %s%s%s", value,
	                         says_effect ? pr_numbers_effect(effect, NAN, NAN).text : "",
	                         says_effect ? ", " : "", verdict_word(row).text);

	pr_view_cell(table, pr_compare_view_tone(row), line, NULL, NULL, NULL);
	free(line);
}

static void add_two_lines(struct pr_view_table *table, const json_t *row, const char *value)
{
	double effect = pr_compare_view_number(row, "effect");
	char *line = pr_asprintf("%s, %s", value, verdict_word(row).text), *total = NULL;
	char *tomorrow = flag(row, "gating") ? pr_compare_view_tomorrow(row) : NULL;

	if (flag(row, "total_disagrees"))
		total = pr_asprintf(
		        "total time %s",
		        pr_numbers_change(pr_compare_view_number(row, "effect_total")).text);
	pr_view_cell(table, pr_compare_view_tone(row), line,
	             pr_numbers_effect(effect, pr_compare_view_number(row, "effect_lo"),
	                               pr_compare_view_number(row, "effect_hi"))
	                     .text,
	             total != NULL ? total : tomorrow, total != NULL ? tomorrow : NULL);
	free(tomorrow);
	free(total);
	free(line);
}

void pr_compare_brief_phase(struct pr_view_table *table, const json_t *row)
{
	struct pr_numbers value =
	        pr_numbers_value(value_of(row, "current"), pr_json_text(row, "unit"));

	if (isnan(value_of(row, "current")))
		pr_view_cell(table, PR_VIEW_PLAIN, value.text, NULL, NULL, NULL);
	else if (has_interval(row) || flag(row, "total_disagrees"))
		add_two_lines(table, row, value.text);
	else
		add_one_line(table, row, value.text);
}

/* ---- metrics --------------------------------------------------------------------------------- */

static bool same_metric(const json_t *row, const json_t *sample)
{
	return pr_compare_view_is(row, "workload", pr_json_text(sample, "workload")) &&
	       pr_compare_view_is(row, "metric", pr_json_text(sample, "metric"));
}

static bool any_has_interval(const json_t *comparison, const json_t *sample)
{
	size_t i;
	json_t *row;

	json_array_foreach(json_object_get(comparison, "rows"), i, row)
	{
		if (same_metric(row, sample) && has_interval(row))
			return true;
	}
	return false;
}

/* Values carry their units; only of a rate they show no more than the prefix.  Which way is better
 * stands in the second line, where there is one; what a latency is goes before it.  */
void pr_compare_brief_metric(struct pr_view_table *table, const json_t *comparison,
                             const json_t *row, bool gating)
{
	bool is_rate = pr_compare_view_is(row, "unit", "msg/s");
	const char *quantity = pr_json_text(row, "quantity");
	char *name = pr_asprintf("%s%s%s", pr_json_text(row, "metric"), is_rate ? ", msg/s" : "",
	                         gating ? " *" : "");
	char *second = quantity != NULL
	                       ? pr_asprintf("  %s", quantity)
	                       : pr_asprintf("  %s is better", pr_json_text(row, "direction"));

	pr_view_cell(table, PR_VIEW_PLAIN, name,
	             quantity != NULL || any_has_interval(comparison, row) ? second : NULL, NULL,
	             NULL);
	free(second);
	free(name);
}

/* ---- metrics in which nothing moves ---------------------------------------------------------- */

static bool is_same(const json_t *row)
{
	return pr_compare_view_is_exact(row) &&
	       value_of(row, "current") == value_of(row, "baseline");
}

static bool is_rare(const json_t *row)
{
	const char *unit = pr_json_text(row, "unit");

	return strstr(unit, "/msg") != NULL && value_of(row, "baseline") < RARE_PER_MESSAGE &&
	       value_of(row, "current") < RARE_PER_MESSAGE;
}

/* Whether it holds in every phase that measured the metric, and one did.  */
static bool everywhere(const json_t *comparison, const json_t *sample,
                       bool (*holds)(const json_t *row))
{
	bool any = false;
	size_t i;
	json_t *row;

	json_array_foreach(json_object_get(comparison, "rows"), i, row)
	{
		if (!same_metric(row, sample) || isnan(value_of(row, "current")))
			continue;
		if (flag(row, "gating") || !holds(row))
			return false;
		any = true;
	}
	return any;
}

/* Parts of other metrics, and the like: until one of them decides.  */
static bool is_detail(const json_t *row)
{
	const struct pr_metric *metric = pr_metrics_find(pr_json_text(row, "metric"));

	return metric != NULL && metric->is_detail;
}

static bool is_measured(const json_t *comparison, const json_t *sample)
{
	size_t i;
	json_t *row;

	json_array_foreach(json_object_get(comparison, "rows"), i, row)
	{
		if (same_metric(row, sample) &&
		    (!isnan(value_of(row, "current")) || !isnan(value_of(row, "baseline"))))
			return true;
	}
	return false;
}

bool pr_compare_brief_is_idle(const json_t *comparison, const json_t *sample)
{
	return !is_measured(comparison, sample) || everywhere(comparison, sample, is_detail) ||
	       everywhere(comparison, sample, is_same) || everywhere(comparison, sample, is_rare);
}

/* Metrics that are left out because it holds; with the value where that is the same for all.  */
static void add_idle(struct pr_buf *text, const json_t *comparison, const char *workload,
                     bool (*holds)(const json_t *row), const char *why)
{
	const json_t *rows = json_object_get(comparison, "rows");
	const char *separator = why;
	size_t i;
	json_t *row;

	json_array_foreach((json_t *)rows, i, row)
	{
		const char *metric = pr_json_text(row, "metric");
		bool same = everywhere(comparison, row, is_same);

		if (!pr_compare_view_is(row, "workload", workload) ||
		    pr_compare_view_find(rows, workload, NULL, metric) != row ||
		    !pr_compare_view_is_shown(rows, row) || !everywhere(comparison, row, holds) ||
		    (same && holds != is_same) || (holds == is_rare && is_detail(row)))
			continue;
		pr_buf_printf(text, "%s%s%s%s", separator, metric, same ? " " : "",
		              same ? pr_numbers_value(value_of(row, "baseline"),
		                                      pr_json_text(row, "unit"))
		                              .text
		                   : "");
		separator = ", ";
	}
}

void pr_compare_brief_left_out(struct pr_view *view, const json_t *comparison, const char *workload)
{
	struct pr_buf text;

	pr_buf_init(&text);
	add_idle(&text, comparison, workload, is_same, " Left out, the same in every phase: ");
	pr_buf_puts(&text, text.size > 0 ? "." : "");
	add_idle(&text, comparison, workload, is_rare,
	         " Left out, less than one in a thousand messages: ");
	pr_buf_puts(&text, text.size > 0 && text.text[text.size - 1] != '.' ? "." : "");
	add_idle(&text, comparison, workload, is_detail, " Details, in md, csv and json: ");
	if (text.size > 0)
		pr_view_add(view, PR_VIEW_PARAGRAPH, "%s%s", text.text + 1,
		            text.text[text.size - 1] == '.' ? "" : ".");
	pr_buf_fini(&text);
}
