/* SPDX-License-Identifier: MIT */
/* reports/section/conclusion.c - what got worse, metric by metric; each phase in one row; and the
 * fate of the claims.  */
#include "reports/section/section.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"

static void put_count(struct pr_table *table, const struct pr_input *input, const char *phase,
                      const char *verdict, const char *verdict2)
{
	size_t index, count = 0;
	json_t *row;

	json_array_foreach(pr_input_array(input->comparison, "rows"), index, row)
	{
		if (pr_input_is(row, "phase", phase) && !pr_input_flag(row, "once", false))
			count += pr_input_is(row, "verdict", verdict) ||
			         pr_input_is(row, "verdict", verdict2);
	}
	pr_table_cell(table, count > 0 ? pr_words_tone(verdict) : PR_TONE_PLAIN,
	              pr_words_count((double)count).text, NULL, NULL);
}

/* A count of one trial has no interval, so its verdict says nothing.  */
static void put_once(struct pr_table *table, const struct pr_input *input, const char *phase)
{
	size_t index, count = 0;
	json_t *row;

	json_array_foreach(pr_input_array(input->comparison, "rows"), index, row)
	{
		count += pr_input_is(row, "phase", phase) && pr_input_flag(row, "once", false);
	}
	pr_table_text(table, "%zu", count);
}

static bool is_compared(const struct pr_input *input, const char *phase)
{
	return pr_input_find(pr_input_array(input->comparison, "rows"), "phase", phase, NULL,
	                     NULL) != NULL;
}

static void put_tally(struct pr_model *model, const struct pr_input *input)
{
	struct pr_table *table = pr_model_table(
	        model, "Each phase against the baseline: number of metrics by verdict");

	pr_table_column(table, PR_COLUMN_TEXT, "phase", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "regressed", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "improved", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "equivalent", "or below the floor");
	pr_table_column(table, PR_COLUMN_NUMBER, "inconclusive", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "counted once", "no interval");
	pr_table_column(table, PR_COLUMN_NUMBER, "void", NULL);
	for (size_t i = 0; i < input->phases.count; i++) {
		const char *phase = input->phases.items[i];

		if (!is_compared(input, phase))
			continue;
		pr_table_row(table, phase, NULL);
		put_count(table, input, phase, "regressed", "regressed");
		put_count(table, input, phase, "improved", "improved");
		put_count(table, input, phase, "equivalent", "changed-below-floor");
		put_count(table, input, phase, "inconclusive", "inconclusive");
		put_once(table, input, phase);
		put_count(table, input, phase, "void", "void");
	}
	pr_section_command(model, input, "All rows with their numbers", "compare", "--format csv");
}

/* "pingpong throughput −2.8 % [−3.6, −2.1]; ..." for the rows of a phase that got worse.  */
static void put_losses_of(struct pr_model *model, const struct pr_input *input, const char *phase)
{
	struct pr_buf text;
	size_t index;
	json_t *row;

	pr_buf_init(&text);
	json_array_foreach(pr_input_array(input->comparison, "rows"), index, row)
	{
		const char *workload = pr_json_text(row, "workload");
		const char *metric = pr_json_text(row, "metric");
		bool has_effect = !isnan(pr_input_number(row, "effect"));

		if (!pr_input_is(row, "phase", phase) || !pr_input_is(row, "verdict", "regressed"))
			continue;
		pr_buf_printf(&text, "%s%s %s%s%s", text.size > 0 ? "; " : "",
		              workload ? workload : "", metric ? metric : "", has_effect ? " " : "",
		              has_effect ? pr_section_effect(row).text : "");
	}
	if (text.size > 0)
		pr_model_item(model, "%s: %s", phase, text.text);
	pr_buf_fini(&text);
}

/* Of the comparisons that decide: how many there are, and how many decided nothing.  */
static size_t count_deciding(const struct pr_input *input, bool open)
{
	size_t index, count = 0;
	json_t *row;

	json_array_foreach(pr_input_array(input->comparison, "rows"), index, row)
	{
		count += pr_input_flag(row, "gating", false) && pr_json_text(row, "metric") &&
		         strncmp(pr_json_text(row, "metric"), "messages_", 9) != 0 &&
		         (!open || pr_input_is(row, "verdict", "inconclusive") ||
		          pr_input_is(row, "verdict", "void"));
	}
	return count;
}

/* "Nothing was found" must not be read as "there is nothing". */
static void put_open(struct pr_model *model, const struct pr_input *input)
{
	size_t all = count_deciding(input, false), open = count_deciding(input, true);

	if (open == 0)
		return;
	if (open == all)
		pr_model_paragraph(model, PR_PARAGRAPH_WARNING,
		                   "Nothing follows from this run about speed: of %s none could be "
		                   "decided. Next steps says what would help.",
		                   pr_words_plural((double)all, "comparison that decides",
		                                   "comparisons that decide")
		                           .text);
	else
		pr_model_paragraph(model, PR_PARAGRAPH_PLAIN,
		                   "Of %s that decide, %s undecided: what was not found there may "
		                   "still be there.",
		                   pr_words_plural((double)all, "comparison", "comparisons").text,
		                   pr_words_plural((double)open, "is", "are").text);
}

static void put_losses(struct pr_model *model, const struct pr_input *input)
{
	if (!pr_input_find(pr_input_array(input->comparison, "rows"), "verdict", "regressed", NULL,
	                   NULL)) {
		if (count_deciding(input, true) < count_deciding(input, false))
			pr_model_paragraph(model, PR_PARAGRAPH_PLAIN,
			                   "No metric of any phase was found to be worse than with "
			                   "the baseline.");
		return;
	}
	pr_model_paragraph(model, PR_PARAGRAPH_PLAIN, "Worse than with %s:",
	                   input->baseline ? input->baseline : "the baseline");
	for (size_t i = 0; i < input->phases.count; i++)
		put_losses_of(model, input, input->phases.items[i]);
}

void pr_section_conclusion(struct pr_model *model, const struct pr_input *input)
{
	pr_model_heading(model, 1, "Conclusion");
	if (json_array_size(pr_input_array(input->comparison, "rows")) > 0) {
		put_losses(model, input);
		put_open(model, input);
		put_tally(model, input);
	} else {
		pr_model_paragraph(model, PR_PARAGRAPH_PLAIN,
		                   "Nothing was compared, so nothing follows from this run.");
	}
}
