/* SPDX-License-Identifier: MIT */
/* reports/section/counted.c - counts per message and stage; and the counts as the original report
 * made them, labelled so.  */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "reports/section/section.h"

/* The columns of the counted table; text members are shown as they are.  */
static const struct column {
	const char *key, *title, *detail, *unit;
} columns[] = {
        {"messages", "messages", "one way", "messages"},
        {"receives", "receives", "calls", "calls"},
        {"would_blocks", "would-blocks", "calls", "calls"},
        {"receives_per_message", "receives", "per message", "calls/msg"},
        {"would_blocks_per_message", "would-blocks", "per message", "calls/msg"},
        {"bytes_per_receive", "bytes", "per receive", "bytes"},
        {"sends", "sends", "calls", "calls"},
        {"waits", "waits", "calls", "calls"},
        {"wakeups", "wake-ups", "calls", "calls"},
};

#define COLUMN_COUNT (sizeof(columns) / sizeof(*columns))

static const char *agreement(const json_t *entry)
{
	const json_t *agree = json_object_get(entry, "agree");

	if (!json_is_boolean(agree))
		return NULL;
	return json_is_true(agree) ? "yes" : "NO";
}

static void put_counted_row(struct pr_table *table, const json_t *entry)
{
	const char *agree = agreement(entry), *probe = pr_json_text(entry, "probe");

	pr_table_row(table, pr_json_text(entry, "phase"), NULL);
	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		double value = pr_input_number(entry, columns[i].key);

		if (isnan(value))
			pr_table_missing(table, NULL);
		else
			pr_table_text(table, "%s", pr_words_value(value, columns[i].unit).text);
	}
	if (probe)
		pr_table_text(table, "%s", probe);
	else
		pr_table_missing(table, NULL);
	pr_table_cell(table, agree && *agree == 'N' ? PR_TONE_BAD : PR_TONE_PLAIN, agree,
	              pr_json_text(entry, "note"), NULL);
}

static struct pr_table *add_counted_table(struct pr_model *model)
{
	struct pr_table *table = pr_model_table(
	        model,
	        "Counts per message and stage, from the traced trial of each phase (a dash: not "
	        "counted by this probe)");

	pr_table_column(table, PR_COLUMN_TEXT, "phase", NULL);
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		pr_table_column(table, PR_COLUMN_NUMBER, columns[i].title, columns[i].detail);
	pr_table_column(table, PR_COLUMN_TEXT, "counted by", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "hooks and strace agree", NULL);
	return table;
}

static void put_counted(struct pr_model *model, const struct pr_input *input)
{
	const json_t *counted = pr_input_array(input->comparison, "counted");
	struct pr_table *table;
	size_t index;
	json_t *entry;

	pr_model_heading(model, 2, "Per message and stage");
	if (json_array_size(counted) == 0) {
		pr_model_paragraph(
		        model, PR_PARAGRAPH_WARNING,
		        "No traced trial of this run gave counts, so receives per message are "
		        "not known.");
		return;
	}
	table = add_counted_table(model);
	for (size_t w = 0; w < input->workloads.count; w++) {
		pr_table_group(table, input->workloads.items[w]);
		json_array_foreach((json_t *)counted, index, entry)
		{
			if (pr_input_is(entry, "workload", input->workloads.items[w]))
				put_counted_row(table, entry);
		}
	}
	pr_section_command(model, input, "These counts", "compare", "");
}

/* ---- as the original report counted
 * ------------------------------------------------------------------ */

static void put_reported_row(struct pr_table *table, const json_t *entry)
{
	static const char *const keys[] = {"recvfrom", "eagain", "successful", "ratio"};
	const char *note = pr_json_text(entry, "note");

	pr_table_row(table, pr_json_text(entry, "phase"), NULL);
	for (size_t i = 0; i < 4; i++) {
		double value = pr_input_number(entry, keys[i]);

		if (isnan(value))
			pr_table_missing(table, i == 0 ? note : NULL);
		else
			pr_table_text(
			        table, "%s",
			        pr_words_value(value, i == 3 ? "recvfrom/msg" : "calls").text);
	}
}

static void put_reported(struct pr_model *model, const struct pr_input *input)
{
	const json_t *list = pr_input_array(input->comparison, "as_reported");
	const char *note = pr_json_text(input->comparison, "as_reported_note");
	const char *name = pr_json_text(json_array_get(list, 0), "ratio_name");
	struct pr_table *table;
	size_t index;
	json_t *entry;

	if (json_array_size(list) == 0)
		return;
	pr_model_heading(model, 2, "As the original report counted");
	if (note)
		pr_model_paragraph(model, PR_PARAGRAPH_WARNING, "%s", note);
	table = pr_model_table(model,
	                       "The whole program under strace, all stages mixed: not per message");
	pr_table_column(table, PR_COLUMN_TEXT, "phase", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "recvfrom", "calls");
	pr_table_column(table, PR_COLUMN_NUMBER, "EAGAIN", "of these");
	pr_table_column(table, PR_COLUMN_NUMBER, "successful", "of these");
	pr_table_column(table, PR_COLUMN_NUMBER, name ? name : "ratio", NULL);
	json_array_foreach((json_t *)list, index, entry)
	{
		put_reported_row(table, entry);
	}
	pr_section_command(model, input, "This table", "compare", "");
}

void pr_section_counted(struct pr_model *model, const struct pr_input *input)
{
	put_counted(model, input);
	put_reported(model, input);
}
