/* SPDX-License-Identifier: MIT */
/* reports/section/causes.c - where the would-blocks come from, by cause and in words.  */
#include "reports/section/section.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/buf.h"
#include "reports/figure/figure.h"

static const struct cause {
	const char *key, *title, *detail;
} causes[] = {
        {"speculative", "speculative", "after a completion"},
        {"readiness", "readiness", "although reported"},
        {"drain", "drain", "ended a drain"},
        {"restart", "restart", "after a stop"},
        {"start", "start", "of the connection"},
};

#define CAUSE_COUNT (sizeof(causes) / sizeof(*causes))

static void put_count(struct pr_table *table, double value)
{
	if (isnan(value))
		pr_table_missing(table, NULL);
	else
		pr_table_text(table, "%s", pr_words_count(value).text);
}

static void put_row(struct pr_table *table, const json_t *entry)
{
	const json_t *by_cause = pr_input_object(entry, "by_cause");
	const json_t *agree = json_object_get(entry, "agree");

	pr_table_row(table, pr_json_text(entry, "phase"), NULL);
	put_count(table, pr_input_number(entry, "receives"));
	put_count(table, pr_input_number(entry, "would_blocks"));
	for (size_t i = 0; i < CAUSE_COUNT; i++)
		put_count(table, pr_input_number(by_cause, causes[i].key));
	put_count(table, pr_input_number(entry, "strace_would_blocks"));
	if (!json_is_boolean(agree))
		pr_table_missing(table, NULL);
	else
		pr_table_cell(table, json_is_true(agree) ? PR_TONE_PLAIN : PR_TONE_BAD,
		              json_is_true(agree) ? "yes" : "NO", NULL, NULL);
}

static struct pr_table *add_table(struct pr_model *model)
{
	struct pr_table *table = pr_model_table(
	        model, "Would-blocks (EAGAIN) by the reason why the read was made; a "
	               "dash: the probe cannot tell");

	pr_table_column(table, PR_COLUMN_TEXT, "phase", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "receives", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "would-blocks", NULL);
	for (size_t i = 0; i < CAUSE_COUNT; i++)
		pr_table_column(table, PR_COLUMN_NUMBER, causes[i].title, causes[i].detail);
	pr_table_column(table, PR_COLUMN_NUMBER, "strace", "would-blocks");
	pr_table_column(table, PR_COLUMN_TEXT, "agree", NULL);
	return table;
}

static bool is_counted(const json_t *list)
{
	size_t index;
	json_t *entry;

	json_array_foreach((json_t *)list, index, entry)
	{
		if (!isnan(pr_input_number(entry, "receives")))
			return true;
	}
	return false;
}

static void put_table(struct pr_model *model, const struct pr_input *input, const json_t *list)
{
	struct pr_table *table = add_table(model);
	size_t index;
	json_t *entry;

	for (size_t w = 0; w < input->workloads.count; w++) {
		pr_table_group(table, input->workloads.items[w]);
		json_array_foreach((json_t *)list, index, entry)
		{
			if (pr_input_is(entry, "workload", input->workloads.items[w]))
				put_row(table, entry);
		}
	}
}

static void put_words(struct pr_model *model, const struct pr_input *input, const json_t *list)
{
	for (size_t w = 0; w < input->workloads.count; w++) {
		/* Of a sweep of loads the table is enough.  */
		if (pr_figure_is_step(input, input->workloads.items[w]))
			continue;
		pr_model_paragraph(model, PR_PARAGRAPH_PLAIN, "In %s:", input->workloads.items[w]);
		pr_section_shared(model, list, input->workloads.items[w], "text");
	}
}

static void put_share(struct pr_table *table, const json_t *cause)
{
	double share = pr_input_number(cause, "share"), lo = pr_input_number(cause, "share_lo"),
	       hi = pr_input_number(cause, "share_hi");

	if (isnan(share))
		pr_table_missing(table, NULL);
	else if (isnan(lo) || isnan(hi))
		pr_table_text(table, "%.1f %%", share * 100);
	else
		pr_table_text(table, "%.1f %% [%.1f, %.1f]", share * 100, lo * 100, hi * 100);
}

/* A cause that is not there, or stands for less than this part of a difference, has no row.  */
#define SHARE_SHOWN 0.005

static bool is_shown(const json_t *cause)
{
	return pr_input_is(cause, "verdict", "yes") ||
	       fabs(pr_input_number(cause, "share")) >= SHARE_SHOWN;
}

/* A longer table is folded: the figure says most of it.  */
#define ROWS_OPEN 12

static size_t count_shown(const json_t *list)
{
	size_t index, count = 0;
	json_t *cause;

	json_array_foreach((json_t *)list, index, cause)
	{
		count += is_shown(cause);
	}
	return count;
}

static void put_causes(struct pr_model *model, const struct pr_input *input)
{
	const json_t *list = pr_input_array(input->explanation, "causes");
	struct pr_table *table;
	size_t index;
	json_t *cause;

	if (json_array_size(list) == 0)
		return;
	pr_model_heading(model, 2, "Causes that were looked for");
	pr_model_paragraph(model, PR_PARAGRAPH_PLAIN,
	                   "What the counters are consistent with, and what share of the "
	                   "difference in CPU time per message to the first phase that makes. Only "
	                   "a phase that differs in one option alone shows a cause beyond that. "
	                   "Causes that are not there, or cannot be told, have no row; the command "
	                   "below lists them all.");
	pr_figure_causes(model, input);
	table = pr_model_table(model, "Each cause that is there, and the evidence");
	table->folded = count_shown(list) > ROWS_OPEN;
	pr_table_column(table, PR_COLUMN_TEXT, "cause", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "workload", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "phase", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "there?", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "share of the difference", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "evidence", NULL);
	json_array_foreach((json_t *)list, index, cause)
	{
		const char *verdict = pr_json_text(cause, "verdict");
		char *evidence;

		if (!is_shown(cause))
			continue;
		evidence = pr_input_words(json_object_get(cause, "evidence"));
		pr_table_row(table, pr_json_text(cause, "name"), NULL);
		pr_table_cell(table, PR_TONE_PLAIN, pr_json_text(cause, "workload"), NULL, NULL);
		pr_table_cell(table, PR_TONE_PLAIN, pr_json_text(cause, "phase"), NULL, NULL);
		pr_table_cell(table, PR_TONE_PLAIN, pr_words_verdict(verdict), NULL, NULL);
		put_share(table, cause);
		pr_table_cell(table, PR_TONE_PLAIN, evidence, NULL, NULL);
		free(evidence);
	}
	pr_section_command(model, input, "These causes", "explain", "");
}

/* ---- ablation -------------------------------------------------------------------------------- */

/* "+4.2", "\u221218.3": three significant digits, a real minus sign.  */
static struct pr_words signed_words(double value)
{
	struct pr_words words = {.text = ""};
	int digits = fabs(value) >= 100 ? 0 : fabs(value) >= 10 ? 1 : 2;

	snprintf(words.text, sizeof(words.text), "%s%.*f", value < 0 ? "\u2212" : "+", digits,
	         fabs(value));
	return words;
}

static void put_estimate(struct pr_table *table, const json_t *estimate, bool ratio)
{
	double value = pr_input_number(estimate, "value"), lo = pr_input_number(estimate, "lo"),
	       hi = pr_input_number(estimate, "hi");

	if (isnan(value))
		pr_table_missing(table, NULL);
	else if (ratio)
		pr_table_text(table, "%s", pr_words_effect(value, lo, hi).text);
	else if (isnan(lo) || isnan(hi))
		pr_table_text(table, "%s", signed_words(value).text);
	else
		pr_table_text(table, "%s [%s, %s]", signed_words(value).text, signed_words(lo).text,
		              signed_words(hi).text);
}

static void put_part(struct pr_table *table, const char *name, const char *text,
                     const json_t *alone, const json_t *path, bool ratio)
{
	pr_table_row(table, name, NULL);
	pr_table_cell(table, PR_TONE_PLAIN, text, NULL, NULL);
	put_estimate(table, alone, ratio);
	put_estimate(table, path, ratio);
}

static void put_parts(struct pr_model *model, const json_t *row)
{
	bool ratio = pr_input_is(row, "unit", "fraction");
	char *title = pr_asprintf("%s in %s, %s", pr_json_text(row, "metric"),
	                          pr_json_text(row, "workload"), ratio ? "as a change" : "ns");
	struct pr_table *table = pr_model_table(model, title);
	size_t i;
	json_t *part;

	free(title);
	table->folded = true; /* the figure says most of it */
	pr_table_column(table, PR_COLUMN_TEXT, "part", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "switched", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "alone", "against the first phase");
	pr_table_column(table, PR_COLUMN_NUMBER, "on the path", "against the line above");
	json_array_foreach(pr_input_array(row, "parts"), i, part)
	{
		put_part(table, pr_json_text(part, "name"), pr_json_text(part, "text"),
		         json_object_get(part, "alone"), json_object_get(part, "path"), ratio);
	}
	put_part(table, "interaction", "the whole less the parts alone",
	         json_object_get(row, "interaction"), NULL, ratio);
	put_part(table, "all", "", NULL, json_object_get(row, "total"), ratio);
}

static void put_ablation(struct pr_model *model, const struct pr_input *input)
{
	const json_t *ablation = pr_input_object(input->explanation, "ablation");
	size_t i;
	json_t *row;

	if (ablation == NULL)
		return;
	pr_model_heading(model, 2, "What each option earned");
	pr_model_paragraph(
	        model, PR_PARAGRAPH_PLAIN,
	        "From %s to %s, one option at a time, the engine and everything else the "
	        "same: each is the cause of its line. Where a part earns another amount "
	        "alone than on the path, parts work together or against each other.",
	        pr_json_text(ablation, "from"), pr_json_text(ablation, "to"));
	pr_figure_ablation(model, input);
	json_array_foreach(pr_input_array(ablation, "rows"), i, row)
	{
		put_parts(model, row);
	}
	pr_section_command(model, input, "These tables", "explain", "");
}

/* The words of a curve, phases with the same ones together.  */
static void put_curve_words(struct pr_model *model, const json_t *curve)
{
	const json_t *phases = pr_input_array(curve, "phases");
	const char *title = pr_json_text(curve, "title");
	size_t i, j;
	json_t *phase;

	if (title != NULL)
		pr_model_paragraph(model, PR_PARAGRAPH_PLAIN, "In %s:", title);
	json_array_foreach((json_t *)phases, i, phase)
	{
		const char *text = pr_json_text(phase, "text");
		struct pr_buf names;

		if (text == NULL || pr_input_find(phases, "text", text, NULL, NULL) != phase)
			continue;
		pr_buf_init(&names);
		for (j = i; j < json_array_size(phases); j++) {
			const json_t *other = json_array_get(phases, j);

			if (pr_input_is(other, "text", text) &&
			    pr_json_text(other, "phase") != NULL)
				pr_buf_printf(&names, "%s%s", names.size > 0 ? ", " : "",
				              pr_json_text(other, "phase"));
		}
		pr_model_item(model, "%s: %s", names.text, text);
		pr_buf_fini(&names);
	}
}

static void put_curves(struct pr_model *model, const struct pr_input *input)
{
	const json_t *curves = pr_input_array(input->explanation, "curves");
	size_t i;
	json_t *curve;

	if (json_array_size(curves) == 0)
		return;
	pr_model_heading(model, 2, "What changes the would-blocks");
	json_array_foreach((json_t *)curves, i, curve)
	{
		put_curve_words(model, curve);
	}
	pr_figure_curve(model, input);
	pr_section_command(model, input, "These curves", "explain", "");
}

void pr_section_causes(struct pr_model *model, const struct pr_input *input)
{
	const json_t *list = pr_input_array(input->explanation, "would_blocks");

	pr_model_heading(model, 1, "Root cause analysis");
	pr_model_heading(model, 2, "Where the would-blocks come from");
	if (json_array_size(list) > 0) {
		put_words(model, input, list);
		if (is_counted(list))
			put_table(model, input, list);
		pr_section_command(model, input, "These words and their numbers", "explain", "");
	} else {
		pr_model_paragraph(
		        model, PR_PARAGRAPH_WARNING, "The would-blocks are not explained: %s.",
		        input->explanation_missing ? input->explanation_missing
		                                   : "no trial of this run counted them");
	}
	/* Where no probe counted, the words have said so.  */
	if (json_array_size(list) == 0 || is_counted(list)) {
		pr_figure_receives(model, input);
		pr_section_command(model, input, "The figure", "report", "--format html");
	}
	put_curves(model, input);
	pr_section_spent(model, input);
	put_causes(model, input);
	put_ablation(model, input);
}
