/* SPDX-License-Identifier: MIT */
/* analyzers/curve_view.c - curves as sentences and tables.  */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/curve.h"
#include "analyzers/numbers.h"
#include "core/base/buf.h"
#include "core/base/json.h"

/* "baseline, core": the phases from index on that have the same words; NULL when an earlier one has
 * them.  The caller frees.  */
static char *list_phases(const json_t *phases, size_t index)
{
	const char *text = pr_json_text(json_array_get(phases, index), "text");
	struct pr_buf names;

	for (size_t i = 0; i < index; i++)
		if (strcmp(pr_json_text(json_array_get(phases, i), "text"), text) == 0)
			return NULL;
	pr_buf_init(&names);
	for (size_t i = index; i < json_array_size(phases); i++) {
		const json_t *phase = json_array_get(phases, i);

		if (strcmp(pr_json_text(phase, "text"), text) == 0)
			pr_buf_printf(&names, "%s%s", names.size > 0 ? ", " : "",
			              pr_json_text(phase, "phase"));
	}
	return names.text;
}

static void add_words(struct pr_view *view, const json_t *curve)
{
	const json_t *phases = json_object_get(curve, "phases");

	pr_view_add(view, PR_VIEW_PARAGRAPH,
	            "Would-blocks (EAGAIN) of %s against %s:", pr_json_text(curve, "title"),
	            pr_json_text(curve, "option"));
	for (size_t i = 0; i < json_array_size(phases); i++) {
		char *names = list_phases(phases, i);

		if (names != NULL)
			pr_view_add(view, PR_VIEW_ITEM, "%s: %s", names,
			            pr_json_text(json_array_get(phases, i), "text"));
		free(names);
	}
}

static void add_point(struct pr_view_table *table, const json_t *point)
{
	double share = pr_run_number(point, "found_share");
	double lo = pr_run_number(point, "would_blocks_per_message_lo"),
	       hi = pr_run_number(point, "would_blocks_per_message_hi");
	char *range = isnan(lo) || lo == hi
	                      ? NULL
	                      : pr_asprintf("[%s, %s]", pr_numbers_value(lo, "calls/msg").text,
	                                    pr_numbers_value(hi, "calls/msg").text);
	char *found = isnan(share) ? NULL : pr_asprintf("%s found", pr_numbers_percent(share).text);
	char *reads =
	        isnan(share)
	                ? NULL
	                : pr_asprintf("%s reads",
	                              pr_numbers_value(pr_run_number(point, "receives_per_message"),
	                                               "calls/msg")
	                                      .text);

	pr_view_cell(table, PR_VIEW_PLAIN,
	             pr_numbers_value(pr_run_number(point, "would_blocks_per_message"), "calls/msg")
	                     .text,
	             range != NULL ? range : reads, range != NULL ? reads : found,
	             range != NULL ? found : NULL);
	free(range);
	free(found);
	free(reads);
}

static void add_table(struct pr_view *view, const json_t *curve)
{
	char *title = pr_asprintf("%s: would-blocks per message against %s, with their 95 %% "
	                          "interval over blocks; below them the reads per message, and how "
	                          "many of these find data",
	                          pr_json_text(curve, "title"), pr_json_text(curve, "option"));
	struct pr_view_table *table = pr_view_add_table(view, title, 1);
	size_t i, j;
	json_t *phase, *item;

	free(title);
	pr_view_column(table, "PHASE", false);
	json_array_foreach(json_object_get(curve, "values"), i, item)
	{
		pr_view_column(table, pr_numbers_count(json_number_value(item)).text, true);
	}
	pr_view_column(table, "PROBE", false);
	json_array_foreach(json_object_get(curve, "phases"), i, phase)
	{
		const char *probe = pr_json_text(phase, "probe");

		pr_view_cell(table, PR_VIEW_PLAIN, pr_json_text(phase, "phase"), NULL, NULL, NULL);
		json_array_foreach(json_object_get(phase, "points"), j, item)
		{
			add_point(table, item);
		}
		pr_view_cell(table, PR_VIEW_PLAIN, probe != NULL ? probe : "\u2013", NULL, NULL,
		             NULL);
	}
}

void pr_curve_view(struct pr_view *view, const json_t *curves)
{
	size_t i;
	json_t *curve;

	json_array_foreach((json_t *)curves, i, curve)
	{
		add_words(view, curve);
		add_table(view, curve);
	}
	if (json_array_size(curves) > 0)
		pr_view_add(view, PR_VIEW_NOTE,
		            "PROBE hooks: all timed trials together. PROBE strace: the traced "
		            "trial, in which everything is slower and more comes together.");
}
