/* SPDX-License-Identifier: MIT */
/* reports/section/claims.c - what somebody said, and what this run says about it.
 *
 * Nothing when no claims were given.  */
#include "reports/section/section.h"

#include <stdlib.h>

#include "analyzers/command.h"
#include "core/base/buf.h"

/* The words of the source and where they stand: a note under the claim.  */
static char *quotation(const json_t *claim)
{
	const char *quote = pr_json_text(claim, "quote"), *place = pr_json_text(claim, "place");

	if (!quote)
		return place ? pr_strdup(place) : NULL;
	return pr_asprintf("\u201c%s\u201d%s%s%s", quote, place ? " (" : "", place ? place : "",
	                   place ? ")" : "");
}

/* ---- the fates ------------------------------------------------------------------------------- */

static const char *const fates[] = {"confirmed", "refuted", "not-shown", "not-testable", NULL};

/* "40 claims: 16 confirmed, 11 refuted, ..."  */
static void put_tally(struct pr_model *model, const json_t *list)
{
	struct pr_buf text;

	pr_buf_init(&text);
	for (size_t f = 0; fates[f]; f++) {
		size_t count = 0, index;
		json_t *claim;

		json_array_foreach((json_t *)list, index, claim)
		{
			count += pr_input_is(claim, "verdict", fates[f]);
		}
		if (count > 0)
			pr_buf_printf(&text, "%s%zu %s", text.size > 0 ? ", " : "", count,
			              pr_words_verdict(fates[f]));
	}
	pr_model_paragraph(model, PR_PARAGRAPH_LEAD, "%s: %s.",
	                   pr_words_plural((double)json_array_size(list), "claim", "claims").text,
	                   text.text);
	pr_buf_fini(&text);
}

static void put_fates(struct pr_model *model, const json_t *list)
{
	struct pr_table *table =
	        pr_model_table(model, "Each claim, its fate and what was measured");
	size_t index;
	json_t *claim;

	pr_table_column(table, PR_COLUMN_TEXT, "what it says", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "verdict", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "measured", NULL);
	pr_table_column(table, PR_COLUMN_CODE, "claim", NULL);
	json_array_foreach((json_t *)list, index, claim)
	{
		const char *verdict = pr_json_text(claim, "verdict");

		pr_table_row(table, pr_json_text(claim, "text"), NULL);
		pr_table_cell(table, pr_words_tone(verdict), pr_words_verdict(verdict), NULL, NULL);
		pr_table_cell(table, PR_TONE_PLAIN, pr_json_text(claim, "brief"), NULL, NULL);
		pr_table_cell(table, PR_TONE_PLAIN, pr_json_text(claim, "id"), NULL, NULL);
	}
}

/* ---- the evidence ---------------------------------------------------------------------------- */

static void put_claim(struct pr_table *table, const json_t *claim)
{
	const char *verdict = pr_json_text(claim, "verdict");
	char *evidence = pr_input_words(json_object_get(claim, "evidence"));
	const char *run = pr_json_text(claim, "run");
	char *quote = quotation(claim), *from = run ? pr_asprintf("measured by %s", run) : NULL;

	pr_table_row(table, pr_json_text(claim, "id"), pr_json_text(claim, "kind"));
	pr_table_cell(table, PR_TONE_PLAIN, pr_json_text(claim, "text"), NULL, quote);
	pr_table_cell(table, pr_words_tone(verdict), pr_words_verdict(verdict), NULL, NULL);
	pr_table_cell(table, PR_TONE_PLAIN, evidence, NULL, from);
	free(from);
	free(quote);
	free(evidence);
}

static void put_evidence(struct pr_model *model, const json_t *list)
{
	struct pr_table *table = pr_model_table(
	        model, "The evidence for each, with the words of the source; the intervals hold "
	               "for all claims at once");
	size_t index;
	json_t *claim;

	table->folded = true;
	pr_table_column(table, PR_COLUMN_CODE, "claim", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "what it says", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "verdict", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "evidence", NULL);
	json_array_foreach((json_t *)list, index, claim)
	{
		put_claim(table, claim);
	}
}

static void put_contradictions(struct pr_model *model, const json_t *list)
{
	size_t index;
	json_t *item;

	if (json_array_size(list) == 0)
		return;
	pr_model_heading(model, 2, "What cannot be true together, or at all");
	json_array_foreach((json_t *)list, index, item)
	{
		const char *text = pr_json_text(item, "text");

		if (text)
			pr_model_item(model, "%s.", text);
	}
}

/* What would tell, once for each command.  */
static void put_commands(struct pr_model *model, const json_t *list)
{
	size_t index;
	json_t *claim;

	json_array_foreach((json_t *)list, index, claim)
	{
		const char *command = pr_json_text(claim, "command");
		char *label;

		if (!command || !*command || !pr_input_is(claim, "verdict", "not-testable") ||
		    pr_input_find(list, "command", command, "verdict", "not-testable") != claim)
			continue;
		label = pr_asprintf("To test %s", pr_json_text(claim, "id"));
		pr_model_command(model, label, command);
		free(label);
	}
}

void pr_section_claims(struct pr_model *model, const struct pr_input *input)
{
	const json_t *list = pr_input_array(input->explanation, "claims");
	const char *file = pr_json_text(input->explanation, "claims_file");
	char *word, *rest;

	if (json_array_size(list) == 0)
		return;
	pr_model_heading(model, 1, "Claims");
	put_tally(model, list);
	put_fates(model, list);
	put_evidence(model, list);
	word = file ? pr_command_word(file) : NULL;
	rest = word ? pr_asprintf("--claims %s", word) : pr_strdup("");
	pr_section_command(model, input, "These claims", "explain", rest);
	put_commands(model, list);
	put_contradictions(model, pr_input_array(input->explanation, "contradictions"));
	free(rest);
	free(word);
}
