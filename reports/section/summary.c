/* SPDX-License-Identifier: MIT */
/* reports/section/summary.c - the verdict first, then what ran, then every phase in one line.  */
#include "reports/section/section.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/sentence.h"
#include "reports/figure/figure.h"

/* One sentence a paragraph, all of them large.  */
static void put_sentences(struct pr_model *model, const char *text)
{
	while (*text) {
		size_t size = pr_sentence_size(text);

		pr_model_paragraph(model, PR_PARAGRAPH_LEAD, "%.*s", (int)size, text);
		text += size;
		text += strspn(text, " ");
	}
}

static void put_verdict(struct pr_model *model, const struct pr_input *input)
{
	const char *sentence = pr_json_text(input->comparison, "sentence");

	if (sentence)
		put_sentences(model, sentence);
	else
		pr_model_paragraph(model, PR_PARAGRAPH_LEAD, "There is no verdict: %s.",
		                   input->comparison_missing
		                           ? input->comparison_missing
		                           : "the comparison of this run says nothing");
}

/* Files of the run that are not whole.  */
static void put_missing(struct pr_model *model, const struct pr_input *input)
{
	const json_t *missing =
	        pr_input_array(pr_input_object(input->comparison, "run"), "missing");
	size_t index;
	json_t *sentence;

	json_array_foreach(missing, index, sentence)
	{
		pr_model_paragraph(model, PR_PARAGRAPH_WARNING, "Missing: %s.",
		                   json_string_value(sentence));
	}
	if (!input->comparison && input->comparison_missing)
		pr_model_paragraph(model, PR_PARAGRAPH_WARNING, "Nothing could be compared: %s.",
		                   input->comparison_missing);
}

static void put_trials(struct pr_model *model, const struct pr_input *input)
{
	size_t planned = pr_section_count_planned(input);
	size_t ok = pr_section_count_trials(input, "ok", false);
	size_t bad_void = pr_section_count_trials(input, "void", false);
	size_t failed = pr_section_count_trials(input, "failed", false);
	struct pr_checks checks = pr_section_count_checks(input);

	pr_model_paragraph(
	        model, PR_PARAGRAPH_PLAIN,
	        "Timed trials: %zu planned, %zu ok, %zu void, %zu failed. Checks of counts: %s of "
	        "%s hold.",
	        planned, ok, bad_void, failed,
	        pr_words_count((double)(checks.all - checks.failed)).text,
	        pr_words_count((double)checks.all).text);
	if (pr_input_is(input->run, "status", "interrupted"))
		pr_model_paragraph(
		        model, PR_PARAGRAPH_WARNING,
		        "The run was interrupted: %zu of %zu planned trials were made, and "
		        "everything below rests on these alone.",
		        ok + bad_void + failed, planned);
	put_missing(model, input);
	if (failed + bad_void > 0)
		pr_model_paragraph(
		        model, PR_PARAGRAPH_WARNING,
		        "%s left out of every time below; the section Provenance lists them with "
		        "their reasons.",
		        pr_words_plural((double)(failed + bad_void), "trial is", "trials are")
		                .text);
	if (checks.failed > 0)
		pr_model_paragraph(
		        model, PR_PARAGRAPH_WARNING,
		        "%s not hold: some counts below contradict each other. The section "
		        "Provenance lists them.",
		        pr_words_plural((double)checks.failed, "check does", "checks do").text);
}

static void put_throughput(struct pr_table *table, const struct pr_input *input,
                           const char *workload, const char *phase)
{
	const json_t *row, *side;
	double value;

	side = pr_section_side(input, workload, phase, "throughput", &row);
	value = pr_input_number(side, "value");
	if (isnan(value))
		pr_table_missing(table, pr_json_text(row, "note"));
	else if (!row)
		pr_table_cell(table, PR_TONE_PLAIN, pr_words_value(value, "msg/s").text, "baseline",
		              NULL);
	else
		pr_table_cell(table, pr_section_verdict(row).tone,
		              pr_words_value(value, "msg/s").text, pr_section_effect(row).text,
		              pr_section_verdict(row).word);
}

static void put_would_blocks(struct pr_table *table, const struct pr_input *input,
                             const char *workload, const char *phase)
{
	const json_t *entry = pr_input_find(pr_input_array(input->comparison, "counted"),
	                                    "workload", workload, "phase", phase);
	double value = pr_input_number(entry, "would_blocks_per_message");

	if (isnan(value))
		pr_table_missing(table, "not counted");
	else
		pr_table_text(table, "%s", pr_words_value(value, "calls/msg").text);
}

/* Every phase in one line: how fast, and how many reads for nothing.  At a given load every phase
 * is as fast as its sender, so sweeps of loads are left to their figure.  */
static void put_glance(struct pr_model *model, const struct pr_input *input)
{
	struct pr_table *table;

	if (!input->comparison || pr_figure_all_steps(input))
		return;
	table = pr_model_table(model,
	                       "Every phase in one line: throughput (median of the blocks, with "
	                       "the change against the baseline and its 95 % interval) and "
	                       "would-blocks per message");
	pr_table_column(table, PR_COLUMN_TEXT, "phase", NULL);
	for (size_t w = 0; w < input->workloads.count; w++) {
		if (pr_figure_is_step(input, input->workloads.items[w]))
			continue;
		pr_table_column(table, PR_COLUMN_NUMBER, input->workloads.items[w],
		                "messages a second");
		pr_table_column(table, PR_COLUMN_NUMBER, input->workloads.items[w],
		                "would-blocks per message");
	}
	for (size_t p = 0; p < input->phases.count; p++) {
		pr_table_row(table, input->phases.items[p], NULL);
		for (size_t w = 0; w < input->workloads.count; w++) {
			if (pr_figure_is_step(input, input->workloads.items[w]))
				continue;
			put_throughput(table, input, input->workloads.items[w],
			               input->phases.items[p]);
			put_would_blocks(table, input, input->workloads.items[w],
			                 input->phases.items[p]);
		}
	}
	pr_section_command(model, input, "The numbers of this table", "compare", "");
}

void pr_section_summary(struct pr_model *model, const struct pr_input *input)
{
	pr_model_heading(model, 1, "Executive summary");
	put_verdict(model, input);
	pr_section_known(model, input);
	pr_section_ran(model, input);
	put_trials(model, input);
	put_glance(model, input);
	pr_section_gate(model, input);
	pr_section_trust(model, input);
}
