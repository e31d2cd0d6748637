/* SPDX-License-Identifier: MIT */
/* reports/section/recommendation.c - what this run speaks for, among which options, by which rules.
 */
#include "reports/section/section.h"

#include <stdlib.h>
#include <string.h>

#include "analyzers/advice.h"
#include "core/base/buf.h"

/* All texts of an array, one behind the other.  */
static char *join(const json_t *list, const char *separator)
{
	struct pr_buf out;
	size_t index;
	json_t *item;

	pr_buf_init(&out);
	json_array_foreach((json_t *)list, index, item)
	{
		if (json_is_string(item))
			pr_buf_printf(&out, "%s%s", out.size > 0 ? separator : "",
			              json_string_value(item));
	}
	return out.text; /* the caller frees it */
}

static enum pr_tone tone_of(const json_t *option, const char *chosen)
{
	if (chosen && pr_input_is(option, "name", chosen))
		return PR_TONE_GOOD;
	if (pr_input_is(option, "fate", "out"))
		return PR_TONE_BAD;
	return pr_input_is(option, "fate", "undecided") ? PR_TONE_UNSURE : PR_TONE_PLAIN;
}

static void put_option(struct pr_table *table, const json_t *option, const char *chosen)
{
	char *reasons = join(pr_input_array(option, "reasons"), " ");
	char *unverified = join(pr_input_array(option, "unverified"), "; ");
	bool is_chosen = chosen && pr_input_is(option, "name", chosen);

	pr_table_row(table, pr_json_text(option, "name"), pr_json_text(option, "text"));
	pr_table_cell(table, PR_TONE_PLAIN, pr_json_text(option, "phase"), NULL, NULL);
	pr_table_cell(table, tone_of(option, chosen),
	              is_chosen ? "recommended" : pr_json_text(option, "fate"), NULL, NULL);
	pr_table_cell(table, PR_TONE_PLAIN, *reasons ? reasons : NULL, NULL, NULL);
	pr_table_cell(table, PR_TONE_PLAIN, *unverified ? unverified : NULL, NULL, NULL);
	free(reasons);
	free(unverified);
}

static void put_options(struct pr_model *model, const json_t *list, const char *chosen)
{
	struct pr_table *table;
	size_t index;
	json_t *option;

	if (json_array_size(list) == 0)
		return;
	table = pr_model_table(model, "The options, weighed");
	pr_table_column(table, PR_COLUMN_TEXT, "option", NULL);
	pr_table_column(table, PR_COLUMN_CODE, "phase", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "fate", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "because", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "prerequisites", "not verified");
	json_array_foreach((json_t *)list, index, option)
	{
		put_option(table, option, chosen);
	}
}

static void put_rules(struct pr_model *model)
{
	pr_model_heading(model, 2, "The rules");
	for (size_t i = 0; pr_advice_rules[i]; i++)
		pr_model_item(model, "%s", pr_advice_rules[i]);
}

void pr_section_recommendation(struct pr_model *model, const struct pr_input *input)
{
	const json_t *recommendation = pr_input_object(input->explanation, "recommendation");
	const char *option = pr_json_text(recommendation, "option");
	const char *phase = pr_json_text(recommendation, "phase");
	size_t index;
	json_t *reason;

	if (!recommendation)
		return;
	pr_model_heading(model, 1, "Recommendation");
	if (option)
		pr_model_paragraph(model, PR_PARAGRAPH_LEAD, "%s%s%s, because:", option,
		                   phase ? ": " : "", phase ? phase : "");
	else
		pr_model_paragraph(model, PR_PARAGRAPH_LEAD,
		                   "This run speaks for none of the options:");
	json_array_foreach(pr_input_array(recommendation, "reasons"), index, reason)
	{
		if (json_is_string(reason))
			pr_model_item(model, "%s", json_string_value(reason));
	}
	put_options(model, pr_input_array(recommendation, "options"), option);
	put_rules(model);
}
