/* SPDX-License-Identifier: MIT */
/* analyzers/pressure_view.c - stalled readers as sentences and a table.  */
#include <stdlib.h>

#include "analyzers/numbers.h"
#include "analyzers/pressure.h"
#include "core/base/json.h"

static const struct column {
	const char *title, *key, *unit;
} columns[] = {
        {"LOST", "messages_lost", NULL},           {"REORDERED", "messages_reordered", NULL},
        {"REPEATED", "messages_duplicated", NULL}, {"DISCONNECTS", "disconnects", NULL},
        {"ABSORBED", "absorbed_bytes", "bytes"},   {"IN ENGINE", "engine_bytes_peak", "bytes"},
        {"MEMORY", "memory_growth", "bytes"},      {"SHUT", "zero_window_time", "ns"},
        {"FIRST", "release_to_first", "ns"},       {"LAST", "release_to_last", "ns"},
        {"CALLS", "release_calls_last", "calls"},
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static void add_cell(struct pr_view_table *table, const json_t *phase, const struct column *column)
{
	double value = pr_run_number(phase, column->key);
	bool is_bad = column->unit == NULL && value > 0;

	pr_view_cell(table, is_bad ? PR_VIEW_BAD : PR_VIEW_PLAIN,
	             column->unit == NULL ? pr_numbers_count(value).text
	                                  : pr_numbers_value(value, column->unit).text,
	             NULL, NULL, NULL);
}

static void add_workload(struct pr_view *view, const json_t *item)
{
	struct pr_view_table *table;
	size_t i;
	json_t *part;

	pr_view_add(view, PR_VIEW_PARAGRAPH,
	            "A stalled reader in %s:", pr_json_text(item, "workload"));
	json_array_foreach(json_object_get(item, "texts"), i, part)
	{
		pr_view_add(view, PR_VIEW_ITEM, "%s", json_string_value(part));
	}
	table = pr_view_add_table(view, pr_json_text(item, "workload"), 1);
	pr_view_column(table, "PHASE", false);
	for (size_t c = 0; c < COLUMNS; c++)
		pr_view_column(table, columns[c].title, true);
	json_array_foreach(json_object_get(item, "phases"), i, part)
	{
		pr_view_cell(table, PR_VIEW_PLAIN, pr_json_text(part, "phase"), NULL, NULL, NULL);
		for (size_t c = 0; c < COLUMNS; c++)
			add_cell(table, part, &columns[c]);
	}
}

void pr_pressure_view(struct pr_view *view, const json_t *pressure)
{
	size_t i;
	json_t *item;

	json_array_foreach((json_t *)pressure, i, item)
	{
		add_workload(view, item);
	}
	if (json_array_size(pressure) > 0)
		pr_view_add(
		        view, PR_VIEW_NOTE,
		        "Messages and disconnects: all trials together; else medians. ABSORBED: "
		        "what the stalled side took in beyond its HWM. SHUT: time for which the "
		        "receiver's window held the sender back. FIRST, LAST: from the end of the "
		        "stall to the first message and to the last of the backlog; CALLS: system "
		        "calls until then.");
}
