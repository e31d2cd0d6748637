/* SPDX-License-Identifier: MIT */
/* reports/section/gate.c - may this pass?  The checks of the gate, what failed first.
 *
 * Without a policy of the user it is the usual one: then the table is folded, and only its sentence
 * stands on the page.  */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/command.h"
#include "core/base/buf.h"
#include "reports/section/section.h"

/* In the order of the table.  */
static const struct result {
	const char *name, *word, *sum;
	enum pr_tone tone;
} results[] = {
        {"fail", "fails", "failed", PR_TONE_BAD},
        {"refused", "refused: the run could not see it", "refused", PR_TONE_UNSURE},
        {"cannot-tell", "cannot tell", "undecided", PR_TONE_UNSURE},
        {"pass", "passes", "passed", PR_TONE_GOOD},
};

#define RESULTS (sizeof(results) / sizeof(*results))

/* Of messages any one too many counts; there is no threshold.  */
static bool counts_messages(const json_t *check)
{
	const char *metric = pr_json_text(check, "metric");

	return metric && strncmp(metric, "messages_", 9) == 0;
}

static void put_limit(struct pr_table *table, const json_t *check)
{
	double threshold = pr_input_number(check, "threshold");

	if (counts_messages(check))
		pr_table_text(table, "none more than the baseline");
	else if (isnan(threshold))
		pr_table_missing(table, NULL);
	else
		pr_table_text(table, "not worse by %s or more", pr_words_percent(threshold).text);
}

static void put_check(struct pr_table *table, const json_t *check, const struct result *result)
{
	const char *workload = pr_json_text(check, "workload");
	const char *phase = pr_json_text(check, "phase"), *note = pr_json_text(check, "note");
	const char *metric = pr_json_text(check, "metric");
	double effect = pr_input_number(check, "effect");

	pr_table_row(table, metric ? metric : PR_DASH, NULL);
	pr_table_text(table, "%s", phase ? phase : PR_DASH);
	pr_table_text(table, "%s", workload ? workload : PR_DASH);
	put_limit(table, check);
	if (isnan(effect) || counts_messages(check))
		pr_table_missing(table, NULL);
	else
		pr_table_text(table, "%s", pr_section_effect(check).text);
	pr_table_cell(table, result->tone, result->word, NULL, NULL);
	pr_table_text(table, "%s", note ? note : "");
}

static struct pr_table *add_table(struct pr_model *model, const struct pr_input *input)
{
	struct pr_table *table = pr_model_table(
	        model, "The checks of the gate, what failed first; checks of messages "
	               "that passed are left out");

	table->folded = !input->policy;
	pr_table_column(table, PR_COLUMN_TEXT, "metric", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "phase", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "workload", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "must be", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "is", "change, 95 % interval");
	pr_table_column(table, PR_COLUMN_TEXT, "result", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "why", NULL);
	return table;
}

/* What `proctor gate` would exit with, in words.  */
static const char *say_status(const json_t *gate)
{
	double status = pr_input_number(gate, "exit_status");

	return status == 0   ? "It passes"
	       : status == 1 ? "It does not pass"
	       : status == 3 ? "It cannot be said whether it passes"
	                     : "Nothing was measured that could pass";
}

static void put_sentence(struct pr_model *model, const struct pr_input *input, size_t checks)
{
	struct pr_buf text;
	const char *separator = "";

	pr_buf_init(&text);
	for (size_t r = 0; r < RESULTS; r++) {
		double count = pr_input_number(input->gate, results[r].name);

		if (!(count > 0))
			continue;
		pr_buf_printf(&text, "%s%s %s", separator, pr_words_count(count).text,
		              results[r].sum);
		separator = ", ";
	}
	pr_model_paragraph(model, PR_PARAGRAPH_PLAIN, "%s by %s%s: of %s, %s.",
	                   say_status(input->gate),
	                   input->policy ? "the policy " : "the usual policy",
	                   input->policy ? input->policy : "",
	                   pr_words_plural((double)checks, "check", "checks").text, text.text);
	pr_buf_fini(&text);
}

void pr_section_gate(struct pr_model *model, const struct pr_input *input)
{
	const json_t *checks = pr_input_array(input->gate, "checks");
	struct pr_table *table;
	char *policy, *rest;
	size_t index;
	json_t *check;

	if (json_array_size(checks) == 0)
		return;
	pr_model_heading(model, 2, "May it pass?");
	put_sentence(model, input, json_array_size(checks));
	table = add_table(model, input);
	for (size_t r = 0; r < RESULTS; r++)
		json_array_foreach((json_t *)checks, index, check)
		{
			if (pr_input_is(check, "result", results[r].name) &&
			    !(strcmp(results[r].name, "pass") == 0 && counts_messages(check)))
				put_check(table, check, &results[r]);
		}
	policy = input->policy ? pr_command_word(input->policy) : pr_strdup("");
	rest = pr_asprintf("%s%s", input->policy ? "--policy " : "", policy);
	pr_section_command(model, input, "The same checks, with an exit status", "gate", rest);
	free(rest);
	free(policy);
}
