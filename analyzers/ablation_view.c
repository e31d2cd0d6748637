/* SPDX-License-Identifier: MIT */
/* analyzers/ablation_view.c - what each option earned, as tables.  */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/ablation.h"
#include "analyzers/numbers.h"
#include "core/base/buf.h"
#include "core/base/json.h"

static bool is_ratio(const json_t *row)
{
	return strcmp(pr_json_text_or(row, "unit", ""), "fraction") == 0;
}

/* Less CPU time and more throughput are good; only beyond doubt has it a colour.  */
static enum pr_view_tone tone_of(const json_t *row, const json_t *estimate)
{
	double lo = pr_run_number(estimate, "lo"), hi = pr_run_number(estimate, "hi");

	if (!(lo > 0 || hi < 0))
		return PR_VIEW_PLAIN;
	return (lo > 0) == is_ratio(row) ? PR_VIEW_GOOD : PR_VIEW_BAD;
}

static void put(struct pr_view_table *table, const json_t *row, const json_t *estimate)
{
	double value = pr_run_number(estimate, "value"), lo = pr_run_number(estimate, "lo");
	double hi = pr_run_number(estimate, "hi");
	char text[96];

	if (isnan(value))
		snprintf(text, sizeof(text), "\u2013");
	else if (is_ratio(row))
		snprintf(text, sizeof(text), "%s", pr_numbers_effect(value, lo, hi).text);
	else if (isnan(lo))
		snprintf(text, sizeof(text), "%+.1f", value);
	else
		snprintf(text, sizeof(text), "%+.1f [%+.1f, %+.1f]", value, lo, hi);
	pr_view_cell(table, tone_of(row, estimate), text, NULL, NULL, NULL);
}

static void put_line(struct pr_view_table *table, const json_t *row, const char *name,
                     const char *text, const json_t *alone, const json_t *path)
{
	pr_view_cell(table, PR_VIEW_PLAIN, name, NULL, NULL, NULL);
	pr_view_cell(table, PR_VIEW_PLAIN, text, NULL, NULL, NULL);
	put(table, row, alone);
	put(table, row, path);
}

static void add_row(struct pr_view *view, const json_t *row)
{
	char *title = pr_asprintf("%s in %s, %s", pr_json_text_or(row, "metric", ""),
	                          pr_json_text_or(row, "workload", ""),
	                          is_ratio(row) ? "as a change" : "ns");
	struct pr_view_table *table = pr_view_add_table(view, title, 1);
	json_t *part;
	size_t i;

	free(title);
	pr_view_column(table, "PART", false);
	pr_view_column(table, "SWITCHED", false);
	pr_view_column(table, "ALONE", true);
	pr_view_column(table, "ON THE PATH", true);
	json_array_foreach(json_object_get(row, "parts"), i, part)
	{
		put_line(table, row, pr_json_text_or(part, "name", ""),
		         pr_json_text_or(part, "text", ""), json_object_get(part, "alone"),
		         json_object_get(part, "path"));
	}
	put_line(table, row, "interaction", "the whole less the parts alone",
	         json_object_get(row, "interaction"), NULL);
	put_line(table, row, "all", "", NULL, json_object_get(row, "total"));
}

void pr_ablation_view(struct pr_view *view, const json_t *ablation)
{
	json_t *row;
	size_t i;

	if (ablation == NULL)
		return;
	pr_view_add(view, PR_VIEW_PARAGRAPH,
	            "What each option earned between %s and %s. Each was switched alone in this "
	            "run, the engine and everything else the same, so it is the cause of its line.",
	            pr_json_text_or(ablation, "from", ""), pr_json_text_or(ablation, "to", ""));
	json_array_foreach(json_object_get(ablation, "rows"), i, row)
	{
		add_row(view, row);
	}
	pr_view_add(view, PR_VIEW_NOTE,
	            "ALONE: against %s, with nothing else switched. ON THE PATH: against the line "
	            "above, with all lines above switched too. Where the two differ, parts work "
	            "together or against each other.",
	            pr_json_text_or(ablation, "from", ""));
}
