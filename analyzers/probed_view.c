/* SPDX-License-Identifier: MIT */
/* analyzers/probed_view.c - what probes counted, what they cost, and doses, as tables.  */
#include "analyzers/probed_view.h"

#include <math.h>
#include <stdlib.h>

#include "analyzers/compare_view.h"
#include "analyzers/numbers.h"
#include "core/base/buf.h"

struct column {
	const char *key, *title, *unit;
	bool right;
};

static void add_cell(struct pr_view_table *table, const json_t *row, const struct column *column)
{
	const char *text = pr_json_text(row, column->key);
	double value = pr_compare_view_number(row, column->key);

	pr_view_cell(table, PR_VIEW_PLAIN,
	             text != NULL ? text : pr_numbers_value(value, column->unit).text, NULL, NULL,
	             NULL);
}

static struct pr_view_table *begin_table(struct pr_view *view, const char *title, size_t repeated,
                                         const struct column *columns)
{
	struct pr_view_table *table = pr_view_add_table(view, title, repeated);

	for (const struct column *c = columns; c->key != NULL; c++)
		pr_view_column(table, c->title, c->right);
	return table;
}

/* ---- counts ---------------------------------------------------------------------------------- */

static void add_probed(struct pr_view *view, const json_t *comparison)
{
	static const struct column columns[] = {{"workload", "WORKLOAD", NULL, false},
	                                        {"phase", "PHASE", NULL, false},
	                                        {"trial", "TRIAL OF", NULL, false},
	                                        {"probe", "PROBE", NULL, false},
	                                        {"receives", "RECEIVES", "calls", true},
	                                        {"would_blocks", "WOULD-BLOCK", "calls", true},
	                                        {"received_bytes", "BYTES", "calls", true},
	                                        {"sends", "SENDS", "calls", true},
	                                        {"waits", "WAITS", "calls", true},
	                                        {"wakeups", "WAKE-UPS", "calls", true},
	                                        {"allocations", "ALLOCATIONS", "calls", true},
	                                        {NULL, NULL, NULL, false}};
	const json_t *list = json_object_get(comparison, "probed");
	struct pr_view_table *table;
	size_t i;
	json_t *row;

	if (json_array_size(list) == 0)
		return;
	table = begin_table(view, "Counted by each probe, in the same trial", 4, columns);
	table->dense = true;
	pr_view_column(table, "AGREES", false);
	json_array_foreach((json_t *)list, i, row)
	{
		const json_t *agree = json_object_get(row, "agree");

		for (const struct column *c = columns; c->key != NULL; c++)
			add_cell(table, row, c);
		pr_view_cell(table, json_is_false(agree) ? PR_VIEW_BAD : PR_VIEW_PLAIN,
		             json_is_true(agree)    ? "yes"
		             : json_is_false(agree) ? "NO"
		                                    : "\u2013",
		             NULL, NULL, NULL);
	}
	pr_view_add(
	        view, PR_VIEW_NOTE,
	        "TRIAL OF: the probe for which this trial was made; in that of strace all others "
	        "counted too. AGREES is on receives, would-blocks, bytes and sends, with the first "
	        "row of the trial; a dash: it is that row. Wake-ups that libc makes for itself are "
	        "seen by strace and perf alone. Only the interposer sees allocations, and perf no "
	        "bytes.");
}

static void add_sites(struct pr_view *view, const json_t *comparison)
{
	static const struct column columns[] = {
	        {"workload", "WORKLOAD", NULL, false},
	        {"phase", "PHASE", NULL, false},
	        {"call", "CALL", NULL, false},
	        {"calls_per_message", "PER MESSAGE", "calls/msg", true},
	        {"would_blocks_per_message", "EAGAIN/MSG", "calls/msg", true},
	        {"site", "WHERE", NULL, false},
	        {NULL, NULL, NULL, false}};
	const json_t *list = json_object_get(comparison, "sites");
	struct pr_view_table *table;
	size_t i;
	json_t *row;

	if (json_array_size(list) == 0)
		return;
	table = begin_table(view, "Where the calls are made (interpose)", 3, columns);
	table->dense = true;
	json_array_foreach((json_t *)list, i, row)
	{
		for (const struct column *c = columns; c->key != NULL; c++)
			add_cell(table, row, c);
	}
	pr_view_notes(view, json_object_get(comparison, "nameless"));
}

/* ---- disturbance ----------------------------------------------------------------------------- */

static void add_change(struct pr_view_table *table, double ratio, double lo, double hi)
{
	pr_view_cell(table, PR_VIEW_PLAIN, pr_numbers_effect(ratio - 1, lo - 1, hi - 1).text, NULL,
	             NULL, NULL);
}

static void add_disturbance(struct pr_view *view, const json_t *comparison)
{
	static const struct column columns[] = {
	        {"workload", "WORKLOAD", NULL, false}, {"phase", "PHASE", NULL, false},
	        {"probe", "PROBE", NULL, false},       {"metric", "PER MESSAGE", NULL, false},
	        {"blocks", "BLOCKS", "calls", true},   {NULL, NULL, NULL, false}};
	const json_t *list = json_object_get(comparison, "disturbance");
	struct pr_view_table *table;
	size_t i;
	json_t *row;

	if (json_array_size(list) == 0)
		return;
	table = begin_table(view, "What watching costs: watched against not watched", 3, columns);
	table->dense = true;
	pr_view_column(table, "CHANGE", true);
	json_array_foreach((json_t *)list, i, row)
	{
		for (const struct column *c = columns; c->key != NULL; c++)
			add_cell(table, row, c);
		add_change(table, pr_compare_view_number(row, "ratio"),
		           pr_compare_view_number(row, "lo"), pr_compare_view_number(row, "hi"));
	}
}

/* ---- doses ----------------------------------------------------------------------------------- */

static void add_points(struct pr_view_table *table, const json_t *entry)
{
	size_t i;
	json_t *point;

	json_array_foreach(json_object_get(entry, "points"), i, point)
	{
		pr_view_cell(table, PR_VIEW_PLAIN, pr_json_text(entry, "workload"), NULL, NULL,
		             NULL);
		pr_view_cell(table, PR_VIEW_PLAIN, pr_json_text(point, "phase"), NULL, NULL, NULL);
		pr_view_cell(table, PR_VIEW_PLAIN, pr_json_text(entry, "dose"), NULL, NULL, NULL);
		pr_view_cell(table, PR_VIEW_PLAIN, pr_json_text(entry, "metric"), NULL, NULL, NULL);
		pr_view_cell(
		        table, PR_VIEW_PLAIN,
		        pr_numbers_value(pr_compare_view_number(point, "added"), "calls/msg").text,
		        NULL, NULL, NULL);
		if (i == 0)
			pr_view_cell(table, PR_VIEW_PLAIN, "\u2013", NULL, NULL, NULL);
		else
			add_change(table, pr_compare_view_number(point, "ratio"),
			           pr_compare_view_number(point, "lo"),
			           pr_compare_view_number(point, "hi"));
	}
}

static void add_beside(struct pr_view *view, const json_t *entry)
{
	size_t i;
	json_t *other;

	json_array_foreach(json_object_get(entry, "beside"), i, other)
	{
		struct pr_numbers foretold =
		        pr_numbers_effect(pr_compare_view_number(other, "foretold"),
		                          pr_compare_view_number(other, "foretold_lo"),
		                          pr_compare_view_number(other, "foretold_hi"));
		struct pr_numbers measured =
		        pr_numbers_effect(pr_compare_view_number(other, "measured"),
		                          pr_compare_view_number(other, "measured_lo"),
		                          pr_compare_view_number(other, "measured_hi"));

		pr_view_add(view, PR_VIEW_ITEM,
		            "%s makes %.2f of them a message: foretold %s, measured %s (%s).",
		            pr_json_text(other, "phase"), pr_compare_view_number(other, "made"),
		            foretold.text, measured.text, pr_json_text(entry, "metric"));
	}
}

void pr_doses_view(struct pr_view *view, const json_t *comparison)
{
	static const struct column columns[] = {{"workload", "WORKLOAD", NULL, false},
	                                        {"phase", "PHASE", NULL, false},
	                                        {"dose", "DOSE", NULL, false},
	                                        {"metric", "PER MESSAGE", NULL, false},
	                                        {"added", "ADDED/MSG", NULL, true},
	                                        {"ratio", "CHANGE", NULL, true},
	                                        {NULL, NULL, NULL, false}};
	const json_t *list = json_object_get(comparison, "doses");
	struct pr_view_table *table;
	size_t i;
	json_t *entry;

	if (json_array_size(list) == 0)
		return;
	table = begin_table(view, "Dose and response: calls added in place", 2, columns);
	table->dense = true;
	json_array_foreach((json_t *)list, i, entry)
	{
		add_points(table, entry);
	}
	json_array_foreach((json_t *)list, i, entry)
	{
		const char *of = pr_json_text(entry, "of");

		if (of == NULL)
			of = json_string_value(json_array_get(json_object_get(entry, "phases"), 0));
		pr_view_add(view, PR_VIEW_PARAGRAPH, "%s, %s: %s.", pr_json_text(entry, "workload"),
		            of, pr_json_text(entry, "text"));
		add_beside(view, entry);
	}
}

void pr_probed_view(struct pr_view *view, const json_t *comparison)
{
	add_probed(view, comparison);
	add_sites(view, comparison);
	add_disturbance(view, comparison);
	pr_doses_view(view, comparison);
}
