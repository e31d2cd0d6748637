/* SPDX-License-Identifier: MIT */
/* reports/section/next.c - next steps: only those that the data ask for, each with its command.  */
#include "reports/section/section.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"

/* Inconclusive rows of the metrics that decide: for the others no run is worth repeating.  */
static size_t count_unsure(const struct pr_input *input)
{
	size_t index, count = 0;
	json_t *row;

	json_array_foreach(pr_input_array(input->comparison, "rows"), index, row)
	{
		count += pr_input_is(row, "verdict", "inconclusive") &&
		         pr_input_flag(row, "gating", false);
	}
	return count;
}

/* The interval shrinks with the root of the number of blocks.  */
static bool ask_for_blocks(struct pr_model *model, const struct pr_input *input)
{
	size_t unsure = count_unsure(input);
	double blocks = pr_input_number(pr_input_object(input->run, "plan"), "blocks");
	char *run, *line;

	if (unsure == 0 || !(blocks > 0))
		return false;
	pr_model_paragraph(
	        model, PR_PARAGRAPH_PLAIN,
	        "%s inconclusive among the metrics that decide: the run was too short or the "
	        "machine too restless. Four times the blocks see a change half as large.",
	        pr_words_plural((double)unsure, "comparison is", "comparisons are").text);
	run = pr_section_path(input, "run.json");
	line = pr_asprintf("proctor run %s --blocks %.0f", run, blocks * 4);
	pr_model_command(model, "The same plan with four times the blocks", line);
	free(line);
	free(run);
	return true;
}

static bool ask_for_trials(struct pr_model *model, const struct pr_input *input)
{
	size_t bad = pr_section_count_trials(input, "failed", false) +
	             pr_section_count_trials(input, "void", false);
	char *run, *line;

	if (bad == 0)
		return false;
	pr_model_paragraph(
	        model, PR_PARAGRAPH_PLAIN,
	        "%s failed or void; their reasons are in the section Provenance. Repeat the run "
	        "when the reasons are removed.",
	        pr_words_plural((double)bad, "timed trial is", "timed trials are").text);
	run = pr_section_path(input, "run.json");
	line = pr_asprintf("proctor run %s", run);
	pr_model_command(model, "The same run again", line);
	free(line);
	free(run);
	return true;
}

static bool ask_for_traces(struct pr_model *model, const struct pr_input *input)
{
	bool asked = false;
	size_t index;
	json_t *trace;

	json_array_foreach(pr_input_array(input->run, "traces"), index, trace)
	{
		const char *reason = pr_json_text(trace, "reason");

		if (pr_input_is(trace, "status", "ok"))
			continue;
		pr_model_paragraph(
		        model, PR_PARAGRAPH_PLAIN,
		        "%s has no trace (%s), so its counts rest on hooks alone, if it has any.",
		        pr_json_text(trace, "phase") ? pr_json_text(trace, "phase") : PR_DASH,
		        reason ? reason : "no reason given");
		asked = true;
	}
	return asked;
}

static bool ask_for_checks(struct pr_model *model, const struct pr_input *input)
{
	size_t failed = pr_section_count_checks(input).failed;

	if (failed == 0)
		return false;
	pr_model_paragraph(
	        model, PR_PARAGRAPH_PLAIN,
	        "%s not hold (section Provenance). Find out why before any count of that trial "
	        "is quoted.",
	        pr_words_plural((double)failed, "check does", "checks do").text);
	return true;
}

static bool option_is_zero(const json_t *options, const char *key)
{
	const json_t *value = json_object_get(options, key);

	if (json_is_string(value))
		return !strcmp(json_string_value(value), "0");
	return json_is_integer(value) && json_integer_value(value) == 0;
}

static bool is_measured_beside(const struct pr_input *input)
{
	for (size_t i = 0; i < input->beside_count; i++)
		if (json_array_size(pr_input_array(input->beside[i].explanation, "pressure")) > 0)
			return true;
	return false;
}

/* Without a limit on queued messages nothing is ever held back.  */
static bool ask_for_backpressure(struct pr_model *model, const struct pr_input *input)
{
	const json_t *plan = pr_input_object(input->run, "plan");
	size_t index, unlimited = 0;
	json_t *workload;
	char *run, *line;

	json_array_foreach(pr_input_array(plan, "workloads"), index, workload)
	{
		unlimited += option_is_zero(pr_input_object(workload, "options"), "hwm");
	}
	if (unlimited == 0 || unlimited < index || is_measured_beside(input))
		return false;
	pr_model_paragraph(
	        model, PR_PARAGRAPH_PLAIN,
	        "Every workload of this run has hwm 0 (no limit). A finite one lets the queue fill "
	        "and the phases differ where they were made to differ.");
	run = pr_section_path(input, "run.json");
	line = pr_asprintf("proctor run %s --workload streaming,hwm=1000", run);
	pr_model_command(model, "The same phases with a limit", line);
	free(line);
	free(run);
	return true;
}

void pr_section_next(struct pr_model *model, const struct pr_input *input)
{
	bool asked = false;

	pr_model_heading(model, 1, "Next steps");
	asked |= ask_for_checks(model, input);
	asked |= ask_for_traces(model, input);
	asked |= ask_for_trials(model, input);
	asked |= ask_for_blocks(model, input);
	asked |= ask_for_backpressure(model, input);
	if (!asked)
		pr_model_paragraph(
		        model, PR_PARAGRAPH_PLAIN,
		        "Nothing in this run asks for another one: every trial is good, every "
		        "check holds and every comparison has an answer.");
}
