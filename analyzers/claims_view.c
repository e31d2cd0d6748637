/* SPDX-License-Identifier: MIT */
/* analyzers/claims_view.c - the claims of an explanation: fate, evidence, command.  */
#include "analyzers/claims_view.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/json.h"

static const struct fate {
	const char *verdict, *word;
	enum pr_view_tone tone;
} fates[] = {
        {"confirmed", "confirmed", PR_VIEW_GOOD},
        {"refuted", "REFUTED", PR_VIEW_BAD},
        {"not-shown", "not shown", PR_VIEW_UNSURE},
        {"not-testable", "not testable", PR_VIEW_UNSURE},
};

#define FATE_COUNT (sizeof(fates) / sizeof(fates[0]))

static const struct fate *fate_of(const json_t *claim)
{
	for (size_t i = 0; i < FATE_COUNT; i++)
		if (strcmp(fates[i].verdict, pr_json_text_or(claim, "verdict", "")) == 0)
			return &fates[i];
	return &fates[FATE_COUNT - 1];
}

/* "2 confirmed, 5 refuted".  */
static void add_summary(struct pr_view *view, const json_t *claims, const char *file)
{
	struct pr_buf text;

	pr_buf_init(&text);
	for (size_t f = 0; f < FATE_COUNT; f++) {
		size_t count = 0, i;
		json_t *claim;

		json_array_foreach((json_t *)claims, i, claim)
		{
			count += fate_of(claim) == &fates[f];
		}
		if (count > 0)
			pr_buf_printf(&text, "%s%zu %s", text.size > 0 ? ", " : "", count,
			              fates[f].verdict);
	}
	pr_view_add(view, PR_VIEW_PARAGRAPH, "Claims of %s: %s.", file, text.text);
	pr_buf_fini(&text);
}

static void add_contradictions(struct pr_view *view, const json_t *list)
{
	size_t i;
	json_t *item;

	if (json_array_size(list) > 0)
		pr_view_add(view, PR_VIEW_PARAGRAPH, "What cannot be true together, or at all:");
	json_array_foreach((json_t *)list, i, item)
	{
		pr_view_add(view, PR_VIEW_ITEM, "%s.", pr_json_text_or(item, "text", ""));
	}
}

/* The first columns of a text, which is UTF-8; the caller frees.  */
static char *cut(const char *text, size_t columns)
{
	size_t count = 0, size = 0;

	for (; text[size] != '\0' && count < columns; size++)
		count += ((unsigned char)text[size + 1] & 0xc0) != 0x80;
	return text[size] == '\0' ? pr_strdup(text) : pr_asprintf("%.*s\u2026", (int)size, text);
}

#define CLAIM_WIDTH 38
#define BRIEF_WIDTH 38

static void add_cell(struct pr_view_table *table, enum pr_view_tone tone, const char *text,
                     size_t width)
{
	char *shorter = cut(text, width);

	pr_view_cell(table, tone, shorter, NULL, NULL, NULL);
	free(shorter);
}

static void add_table(struct pr_view *view, const json_t *claims)
{
	struct pr_view_table *table = pr_view_add_table(view, "Claims and their fate", 1);
	size_t i;
	json_t *claim;

	pr_view_column(table, "ID", false);
	pr_view_column(table, "CLAIM", false);
	pr_view_column(table, "FATE", false);
	pr_view_column(table, "MEASURED", false);
	json_array_foreach((json_t *)claims, i, claim)
	{
		const struct fate *fate = fate_of(claim);

		add_cell(table, PR_VIEW_PLAIN, pr_json_text_or(claim, "id", ""), CLAIM_WIDTH);
		add_cell(table, PR_VIEW_PLAIN, pr_json_text_or(claim, "text", ""), CLAIM_WIDTH);
		add_cell(table, fate->tone, fate->word, CLAIM_WIDTH);
		add_cell(table, PR_VIEW_PLAIN, pr_json_text_or(claim, "brief", ""), BRIEF_WIDTH);
	}
}

static void add_details(struct pr_view *view, const json_t *claims)
{
	size_t i;
	json_t *claim;

	json_array_foreach((json_t *)claims, i, claim)
	{
		const char *command = pr_json_text_or(claim, "command", "");

		const char *run = pr_json_text_or(claim, "run", ""); /* "": the first */

		pr_view_add(view, PR_VIEW_ITEM, "%s (%s): %s. %s%s%s%s",
		            pr_json_text_or(claim, "id", ""), pr_json_text_or(claim, "kind", ""),
		            fate_of(claim)->word, pr_json_text_or(claim, "evidence", ""),
		            *run != '\0' ? " (By " : "", run, *run != '\0' ? ".)" : "");
		if (*command != '\0')
			pr_view_add(view, PR_VIEW_NOTE, "%s", command);
	}
}

void pr_claims_view(struct pr_view *view, const json_t *explanation, bool full)
{
	const json_t *claims = json_object_get(explanation, "claims");

	if (json_array_size(claims) == 0)
		return;
	add_summary(view, claims, pr_json_text_or(explanation, "claims_file", ""));
	add_table(view, claims);
	if (full)
		add_details(view, claims);
	else
		pr_view_add(view, PR_VIEW_PARAGRAPH,
		            "The evidence in full, and the command that repeats each or makes it "
		            "testable: --format md or json, and `proctor report`.");
	add_contradictions(view, json_object_get(explanation, "contradictions"));
}
