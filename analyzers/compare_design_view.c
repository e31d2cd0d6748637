/* SPDX-License-Identifier: MIT */
/* analyzers/compare_design_view.c - what the checks of the run's design found,
 * for people.
 *
 * Only what is sure and larger than what matters: the rest is in the document.
 */
#include <math.h>
#include <string.h>

#include "analyzers/compare_view.h"
#include "analyzers/numbers.h"
#include "analyzers/verdict.h"
#include "core/base/buf.h"

static double number(const json_t *object, const char *key)
{
	return pr_compare_view_number(object, key);
}

static bool leaves_out_zero(const json_t *entry, const char *lo, const char *hi)
{
	return number(entry, lo) > 0 || number(entry, hi) < 0;
}

static void add_predecessors(struct pr_view *view, const json_t *comparison, double delta)
{
	size_t i;
	json_t *entry;

	json_array_foreach(json_object_get(comparison, "predecessors"), i, entry)
	{
		double effect = number(entry, "effect");

		if (!(number(entry, "p_adjusted") <= PR_VERDICT_ALPHA) || fabs(effect) <= delta)
			continue;
		pr_view_add(view, PR_VIEW_PARAGRAPH,
		            "In %s a slice that follows %s moves %s messages a second; the "
		            "order is balanced, so this hits all phases alike.",
		            pr_json_text(entry, "workload"), pr_json_text(entry, "predecessor"),
		            pr_numbers_effect(effect, number(entry, "effect_lo"),
		                              number(entry, "effect_hi"))
		                    .text);
	}
}

/* What was left out, by workload: the dearest phase.  */
static void add_heads(struct pr_view *view, const json_t *comparison, double delta)
{
	size_t i, j;
	json_t *workload, *entry;

	json_array_foreach(json_object_get(comparison, "workloads"), i, workload)
	{
		const json_t *worst = NULL;

		json_array_foreach(json_object_get(comparison, "heads"), j, entry)
		{
			if (json_equal(json_object_get(entry, "workload"), workload) &&
			    (worst == NULL || number(entry, "cost") > number(worst, "cost")))
				worst = entry;
		}
		if (worst == NULL || !leaves_out_zero(worst, "cost_lo", "cost_hi") ||
		    number(worst, "cost") <= delta)
			continue;
		pr_view_add(view, PR_VIEW_PARAGRAPH,
		            "The head of each slice of %s is left out: a message there takes %s of "
		            "the time of one behind it (phase %s, the most).",
		            json_string_value(workload),
		            pr_numbers_effect(number(worst, "cost"), number(worst, "cost_lo"),
		                              number(worst, "cost_hi"))
		                    .text,
		            pr_json_text(worst, "phase"));
	}
}

/* Slices by phase, where any was voided.  */
static void add_voids(struct pr_view *view, const json_t *comparison)
{
	struct pr_buf text;
	bool any = false;
	size_t i;
	json_t *entry;

	pr_buf_init(&text);
	json_array_foreach(json_object_get(comparison, "voids"), i, entry)
	{
		any |= number(entry, "void") > 0;
		pr_buf_printf(&text, "%s%s %s of %s", i > 0 ? ", " : "",
		              pr_json_text(entry, "phase"),
		              pr_numbers_count(number(entry, "void")).text,
		              pr_numbers_count(number(entry, "slices")).text);
		if (number(entry, "slept_not") > 0)
			pr_buf_printf(&text, " (and did not sleep during %s of others)",
			              pr_numbers_count(number(entry, "slept_not")).text);
	}
	if (any)
		pr_view_add(view, PR_VIEW_PARAGRAPH,
		            "Void slices, because another phase did not sleep meanwhile: %s. The "
		            "criterion does not know whose slice it is; the notes give the effects "
		            "with them too.",
		            text.text);
	pr_buf_fini(&text);
}

/* Where fixed work without an engine depends on who ran before.  */
static void add_control(struct pr_view *view, const json_t *comparison)
{
	size_t i;
	json_t *entry;

	json_array_foreach(json_object_get(comparison, "control"), i, entry)
	{
		if (pr_compare_view_is(entry, "machine", "still"))
			continue;
		pr_view_add(view, PR_VIEW_PARAGRAPH,
		            "%s: after slices of %s in %s fixed work takes %s of CPU time against "
		            "that after the baseline's, so these rows are void.",
		            pr_compare_view_is(entry, "machine", "loaded")
		                    ? "The machine changes with the load"
		                    : "The machine moved",
		            pr_json_text(entry, "phase"), pr_json_text(entry, "workload"),
		            pr_numbers_effect(number(entry, "effect"), number(entry, "effect_lo"),
		                              number(entry, "effect_hi"))
		                    .text);
	}
}

/* A row whose effect depends on something that a reader would take as given. */
static void add_dependence(struct pr_view *view, const json_t *row, const char *key,
                           const char *what, const char *of)
{
	const json_t *other = json_object_get(row, key);
	const json_t *slope = strcmp(key, "whole") == 0 ? json_object_get(row, "slope") : NULL;

	pr_view_add(view, PR_VIEW_PARAGRAPH, "%s of %s in %s depends on %s: %s give %s%s%s.",
	            pr_json_text(row, "metric"), pr_json_text(row, "phase"),
	            pr_json_text(row, "workload"), what, of,
	            pr_numbers_effect(number(other, "effect"), number(other, "effect_lo"),
	                              number(other, "effect_hi"))
	                    .text,
	            slope != NULL ? "; " : "", slope != NULL ? pr_json_text(slope, "text") : "");
}

static void add_dependences(struct pr_view *view, const json_t *comparison)
{
	size_t i;
	json_t *row;

	json_array_foreach(json_object_get(comparison, "rows"), i, row)
	{
		if (json_is_true(json_object_get(row, "depends_on_length")))
			add_dependence(view, row, "whole", "run length",
			               "slices of the whole length");
		if (json_is_true(json_object_get(row, "depends_on_phases")))
			add_dependence(view, row, "pair", "the other phases",
			               "turns with the baseline alone");
		if (json_is_true(json_object_get(json_object_get(row, "builds"), "depends")))
			add_dependence(view, row, "builds", "the build",
			               "builds, each counted once,");
	}
}

/* What the builds of an engine differ by in one workload: the phase with the
 * most.  */
static const json_t *widest(const json_t *comparison, const json_t *workload)
{
	const json_t *found = NULL, *row;
	size_t i;

	json_array_foreach(json_object_get(comparison, "rows"), i, row)
	{
		const json_t *builds = json_object_get(row, "builds");
		double between = number(builds, "between");

		if (json_equal(json_object_get(row, "workload"), (json_t *)workload) &&
		    pr_compare_view_is(row, "metric", "throughput") && !isnan(between) &&
		    (found == NULL ||
		     between > number(json_object_get(found, "builds"), "between")))
			found = row;
	}
	return found;
}

/* What blocks with different builds of the engines differ by beyond those with
 * the same.  */
static void add_builds(struct pr_view *view, const json_t *comparison)
{
	struct pr_buf text;
	json_t *workload;
	double most = 0;
	size_t i;

	pr_buf_init(&text);
	json_array_foreach(json_object_get(comparison, "workloads"), i, workload)
	{
		const json_t *row = widest(comparison, workload);
		const json_t *builds = json_object_get(row, "builds");

		if (row == NULL)
			continue;
		most = fmax(most, number(builds, "count"));
		pr_buf_printf(&text, "%s%s %s (%s; %s within a build%s)", text.size > 0 ? ", " : "",
		              json_string_value(workload),
		              pr_numbers_percent(number(builds, "between")).text,
		              pr_json_text(row, "phase"),
		              pr_numbers_percent(number(builds, "within")).text,
		              json_is_true(json_object_get(builds, "depends"))
		                      ? "; this is no chance"
		                      : "");
	}
	if (text.size > 0)
		pr_view_add(view, PR_VIEW_PARAGRAPH,
		            "Blocks took turns with up to %s builds of an engine, which "
		            "differ in the "
		            "order of their functions alone or in what their phase names. "
		            "The effect "
		            "differs between builds, as a standard deviation, by: %s.",
		            pr_numbers_count(most).text, text.text);
	pr_buf_fini(&text);
}

/* Where they do not resemble each other: what could be there all the same.  */
static void add_neighbours(struct pr_view *view, const json_t *comparison)
{
	const json_t *all = json_object_get(comparison, "neighbours");

	if (json_is_false(json_object_get(all, "dependent")))
		pr_view_add(view, PR_VIEW_PARAGRAPH, "%s.", pr_json_text(all, "text"));
}

void pr_compare_view_design(struct pr_view *view, const json_t *comparison)
{
	double delta = number(comparison, "delta");

	add_control(view, comparison);
	add_voids(view, comparison);
	add_dependences(view, comparison);
	add_builds(view, comparison);
	add_heads(view, comparison, delta);
	add_predecessors(view, comparison, delta);
	add_neighbours(view, comparison);
}
