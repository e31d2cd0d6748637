/* SPDX-License-Identifier: MIT */
/* analyzers/functions_view.c - instructions by function, as tables.  */
#include "analyzers/functions_view.h"

#include <stdlib.h>

#include "analyzers/numbers.h"
#include "analyzers/run.h"
#include "core/base/buf.h"
#include "core/base/json.h"

static void put_cell(struct pr_view_table *table, const char *text)
{
	pr_view_cell(table, PR_VIEW_PLAIN, text, NULL, NULL, NULL);
}

static void put_figure(struct pr_view_table *table, const json_t *row, const char *key,
                       bool is_signed)
{
	put_cell(table, pr_numbers_tenths(pr_run_number(row, key), is_signed).text);
}

static bool is_compared(const json_t *entry)
{
	return json_is_string(json_object_get(entry, "baseline"));
}

static void put_sides(struct pr_view_table *table, const json_t *row, bool compared,
                      const char *base_key, const char *key)
{
	if (compared)
		put_figure(table, row, base_key, false);
	put_figure(table, row, key, false);
}

static void put_row(struct pr_view_table *table, const json_t *row, bool compared)
{
	put_cell(table, pr_json_text_or(row, "function", ""));
	put_cell(table, pr_json_text_or(row, "object", ""));
	put_sides(table, row, compared, "baseline", "instructions");
	if (compared)
		put_figure(table, row, "difference", true);
	put_sides(table, row, compared, "baseline_calls", "calls");
}

static void put_total(struct pr_view_table *table, const json_t *entry, bool compared)
{
	put_cell(table, "all");
	put_cell(table, "");
	put_sides(table, entry, compared, "baseline_instructions", "instructions");
	if (compared)
		put_figure(table, entry, "difference", true);
	put_cell(table, "");
	if (compared)
		put_cell(table, "");
}

static struct pr_view_table *begin_table(struct pr_view *view, const json_t *entry)
{
	bool compared = is_compared(entry);
	const char *phase = pr_json_text_or(entry, "phase", "");
	char *title =
	        compared ? pr_asprintf("Instructions per message in %s by function: %s, then %s",
	                               pr_json_text_or(entry, "workload", ""),
	                               pr_json_text_or(entry, "baseline", ""), phase)
	                 : pr_asprintf("Instructions per message in %s by function: %s",
	                               pr_json_text_or(entry, "workload", ""), phase);
	struct pr_view_table *table = pr_view_add_table(view, title, 1);

	free(title);
	pr_view_column(table, "FUNCTION", false);
	pr_view_column(table, "IN", false);
	if (compared)
		pr_view_column(table, "FIRST", true);
	pr_view_column(table, compared ? "THEN" : "INSTRUCTIONS", true);
	if (compared) {
		pr_view_column(table, "DIFFERENCE", true);
		pr_view_column(table, "CALLS FIRST", true);
	}
	pr_view_column(table, compared ? "THEN" : "CALLS", true);
	return table;
}

void pr_functions_view(struct pr_view *view, const json_t *functions, const json_t *nameless)
{
	json_t *entry, *row;
	size_t i, r;

	json_array_foreach((json_t *)functions, i, entry)
	{
		struct pr_view_table *table = begin_table(view, entry);
		bool compared = is_compared(entry);

		put_total(table, entry, compared);
		json_array_foreach(json_object_get(entry, "rows"), r, row)
		{
			put_row(table, row, compared);
		}
	}
	if (json_array_size(functions) > 0)
		pr_view_add(view, PR_VIEW_NOTE,
		            "By callgrind, in user space; each function without those that it "
		            "calls. The differences of all functions add up to that of all.");
	pr_view_notes(view, nameless);
}
