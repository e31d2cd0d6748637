/* SPDX-License-Identifier: MIT */
/* analyzers/unpaired_view.c - two run directories, for people: what differs around them, then a
 * table for each phase and workload.  */
#include <stdlib.h>

#include "analyzers/compare_view.h"
#include "analyzers/numbers.h"
#include "analyzers/unpaired.h"
#include "core/base/buf.h"
#include "core/base/json.h"

static const char *or_unknown(const char *text)
{
	return text != NULL ? text : "not known";
}

static void add_differences(struct pr_view *view, const json_t *comparison)
{
	const json_t *list = json_object_get(comparison, "differences");
	size_t i;
	json_t *entry;

	pr_view_add(view, PR_VIEW_PARAGRAPH,
	            json_array_size(list) > 0 ? "What differs around the two runs:"
	                                      : "Host, proctor, engines and options are the same "
	                                        "in both runs.");
	json_array_foreach((json_t *)list, i, entry)
	{
		pr_view_add(view, PR_VIEW_ITEM, "%s: %s / %s%s", pr_json_text(entry, "what"),
		            or_unknown(pr_json_text(entry, "first")),
		            or_unknown(pr_json_text(entry, "second")),
		            json_is_true(json_object_get(entry, "host")) ? " (another host)" : "");
	}
}

/* The rows of one phase as a comparison of their own, whose baseline is the other run's phase.  */
static json_t *of_phase(const json_t *comparison, const char *phase)
{
	json_t *part = json_copy((json_t *)comparison), *rows = json_array();
	const char *base = pr_json_text(json_object_get(comparison, "base_labels"), phase);
	const char *path = pr_json_text(json_object_get(comparison, "base_run"), "path");
	char *name = pr_asprintf("%s in %s", base, path);
	size_t i;
	json_t *row;

	json_array_foreach(json_object_get(comparison, "rows"), i, row)
	{
		if (pr_compare_view_is(row, "phase", phase))
			pr_json_append(rows, json_incref(row));
	}
	pr_json_set(part, "rows", rows);
	pr_json_set(part, "phases", json_pack("[s]", phase));
	pr_json_set(part, "baseline", pr_json_new_string(name));
	free(name);
	return part;
}

void pr_unpaired_view(struct pr_view *view, const json_t *comparison, bool full)
{
	const json_t *floor = json_object_get(comparison, "floor");
	size_t w, p;
	json_t *workload, *phase;

	add_differences(view, comparison);
	json_array_foreach(json_object_get(comparison, "phases"), p, phase)
	{
		json_t *part = of_phase(comparison, json_string_value(phase));

		json_array_foreach(json_object_get(comparison, "workloads"), w, workload)
		{
			pr_compare_view_rows(view, part, json_string_value(workload),
			                     full ? PR_COMPARE_FULL : PR_COMPARE_BRIEF);
		}
		json_decref(part);
	}
	pr_view_add(view, PR_VIEW_NOTE,
	            "* decides the exit status (Holm's correction; the others are exploratory, "
	            "Benjamini-Hochberg). Changes up to %s do not matter here (--delta); %s.",
	            pr_numbers_percent(pr_compare_view_number(comparison, "delta")).text,
	            pr_json_text(floor, "text"));
	pr_view_add(view, PR_VIEW_NOTE,
	            "A change and its interval: the shift between the blocks of the two runs "
	            "(Hodges-Lehmann, exact Mann-Whitney test). Neither removes what the machine "
	            "did between them: run both phases in one plan for that.");
}
