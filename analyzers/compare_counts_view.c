/* SPDX-License-Identifier: MIT */
/* analyzers/compare_counts_view.c - exact counts as tables.  */
#include <math.h>
#include <stdlib.h>

#include "analyzers/compare_view.h"
#include "analyzers/numbers.h"
#include "core/base/buf.h"

static const struct column {
	const char *key, *title, *unit;
} counted_columns[] = {
        {"messages", "MESSAGES", "calls"},
        {"receives", "RECEIVES", "calls"},
        {"would_blocks", "WOULD-BLOCK", "calls"},
        {"receives_per_message", "RECV/MSG", "calls/msg"},
        {"would_blocks_per_message", "EAGAIN/MSG", "calls/msg"},
        {"bytes_per_receive", "BYTES/RECV", NULL},
        {"sends", "SENDS", "calls"},
        {"waits", "WAITS", "calls"},
        {"wakeups", "WAKE-UPS", "calls"},
        {NULL, NULL, NULL},
};

static void add_number_cell(struct pr_view_table *table, const json_t *object,
                            const struct column *column)
{
	pr_view_cell(
	        table, PR_VIEW_PLAIN,
	        pr_numbers_value(pr_compare_view_number(object, column->key), column->unit).text,
	        NULL, NULL, NULL);
}

static void add_counted_row(struct pr_view_table *table, const json_t *row)
{
	const json_t *agree = json_object_get(row, "agree");
	bool differs = json_is_false(agree);
	const char *probe = pr_json_text(row, "probe");

	pr_view_cell(table, PR_VIEW_PLAIN, pr_json_text(row, "phase"), NULL, NULL, NULL);
	for (const struct column *c = counted_columns; c->key != NULL; c++)
		add_number_cell(table, row, c);
	pr_view_cell(table, differs ? PR_VIEW_BAD : PR_VIEW_PLAIN,
	             json_is_true(agree) ? "both"
	             : differs           ? "DIFFER"
	             : probe != NULL     ? probe
	                                 : "\u2013",
	             NULL, NULL, NULL);
}

void pr_compare_view_counted(struct pr_view *view, const json_t *comparison, const char *workload)
{
	char *title = pr_asprintf("%s, counted exactly, per message and stage", workload);
	struct pr_view_table *table = NULL;
	size_t i;
	json_t *row;

	json_array_foreach(json_object_get(comparison, "counted"), i, row)
	{
		if (!pr_compare_view_is(row, "workload", workload) ||
		    isnan(pr_compare_view_number(row, "receives")))
			continue;
		if (table == NULL) {
			table = pr_view_add_table(view, title, 1);
			pr_view_column(table, "PHASE", false);
			for (const struct column *c = counted_columns; c->key != NULL; c++)
				pr_view_column(table, c->title, true);
			pr_view_column(table, "PROBE", false);
		}
		add_counted_row(table, row);
	}
	free(title);
}

/* Rows whose probes differ, each with the sentence which is believed.  */
void pr_compare_view_disagreements(struct pr_view *view, const json_t *comparison)
{
	size_t i;
	json_t *row;

	json_array_foreach(json_object_get(comparison, "counted"), i, row)
	{
		if (json_is_false(json_object_get(row, "agree")))
			pr_view_add(view, PR_VIEW_PARAGRAPH, "%s, %s: %s.",
			            pr_json_text(row, "workload"), pr_json_text(row, "phase"),
			            pr_json_text(row, "note"));
	}
}

void pr_compare_view_reported(struct pr_view *view, const json_t *comparison)
{
	static const struct column columns[] = {
	        {"recvfrom", "RECVFROM", "calls"},
	        {"eagain", "EAGAIN", "calls"},
	        {"successful", "SUCCESSFUL", "calls"},
	        {"ratio", "RECVFROM PER SUCCESSFUL RECVFROM", "calls/msg"},
	        {NULL, NULL, NULL}};
	const json_t *list = json_object_get(comparison, "as_reported");
	struct pr_view_table *table;
	size_t i;
	json_t *row;

	if (json_array_size(list) == 0)
		return;
	table = pr_view_add_table(view,
	                          "As the original report counted: the whole program, all "
	                          "stages mixed; not per message",
	                          1);
	pr_view_column(table, "PHASE", false);
	for (const struct column *c = columns; c->key != NULL; c++)
		pr_view_column(table, c->title, true);
	json_array_foreach((json_t *)list, i, row)
	{
		pr_view_cell(table, PR_VIEW_PLAIN, pr_json_text(row, "phase"), NULL, NULL, NULL);
		for (const struct column *c = columns; c->key != NULL; c++)
			add_number_cell(table, row, c);
	}
	if (pr_json_text(comparison, "as_reported_note") != NULL)
		pr_view_add(view, PR_VIEW_PARAGRAPH, "%s",
		            pr_json_text(comparison, "as_reported_note"));
}
