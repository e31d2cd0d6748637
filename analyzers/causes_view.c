/* SPDX-License-Identifier: MIT */
/* analyzers/causes_view.c - causes as paragraphs and a table.  */
#include "analyzers/causes_view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/explain_causes.h"
#include "analyzers/numbers.h"
#include "analyzers/run.h"
#include "core/base/buf.h"
#include "core/base/json.h"

/* A smaller part of a difference is left out of the table.  */
#define SHARE_SHOWN 0.005

static bool is(const json_t *object, const char *key, const char *value)
{
	const char *text = pr_json_text(object, key);

	return text != NULL && value != NULL && strcmp(text, value) == 0;
}

static bool same(const json_t *left, const json_t *right, const char *key)
{
	return is(left, key, pr_json_text(right, key));
}

static bool is_rest(const json_t *item)
{
	return is(item, "name", PR_EXPLAIN_REST);
}

/* ---- which there are ------------------------------------------------------------------------- */

/* Findings that read alike but for the phase.  */
static bool alike(const json_t *left, const json_t *right)
{
	return same(left, right, "name") && same(left, right, "workload") &&
	       same(left, right, "evidence");
}

static bool found_before(const json_t *list, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (alike(json_array_get(list, i), json_array_get(list, index)))
			return true;
	return false;
}

static char *list_phases(const json_t *list, const json_t *first)
{
	struct pr_buf text;
	size_t i;
	json_t *item;

	pr_buf_init(&text);
	json_array_foreach((json_t *)list, i, item)
	{
		if (alike(item, first))
			pr_buf_printf(&text, "%s%s", text.size > 0 ? ", " : "",
			              pr_json_text(item, "phase"));
	}
	return text.text;
}

static void add_findings(struct pr_view *view, const json_t *list, const char *workload)
{
	size_t i;
	json_t *item;

	json_array_foreach((json_t *)list, i, item)
	{
		char *phases;

		if (!is(item, "workload", workload) || !is(item, "verdict", "yes") ||
		    found_before(list, i))
			continue;
		phases = list_phases(list, item);
		pr_view_add(view, PR_VIEW_ITEM, "%s, %s: yes. %s", pr_json_text(item, "name"),
		            phases, pr_json_text(item, "evidence"));
		free(phases);
	}
}

static const json_t *find_item(const json_t *list, const json_t *like, const char *phase)
{
	size_t i;
	json_t *item;

	json_array_foreach((json_t *)list, i, item)
	{
		if (same(item, like, "workload") && same(item, like, "name") &&
		    is(item, "phase", phase))
			return item;
	}
	return NULL;
}

/* "WORD a, b" of the causes of one phase with a verdict, in the order of the first phase, which is
 * that of the table.  */
static void add_names(struct pr_buf *text, const json_t *list, const json_t *first,
                      const char *phase, const char *verdict, const char *word)
{
	const char *separator = word;
	size_t i;
	json_t *item;

	json_array_foreach((json_t *)list, i, item)
	{
		if (!same(item, first, "workload") || !same(item, first, "phase") ||
		    is_rest(item) || !is(find_item(list, item, phase), "verdict", verdict))
			continue;
		pr_buf_printf(text, "%s%s%s", text->size > 0 && separator == word ? "; " : "",
		              separator, pr_json_text(item, "name"));
		separator = ", ";
	}
}

/* What is not there in a phase, and what cannot be told of it.  The caller frees.  */
static char *list_others(const json_t *list, const json_t *first, const char *phase)
{
	struct pr_buf text;

	pr_buf_init(&text);
	add_names(&text, list, first, phase, "no", "not there: ");
	add_names(&text, list, first, phase, "cannot tell", "cannot be told: ");
	return text.text;
}

/* True for the first item of its workload and phase.  */
static bool begins_phase(const json_t *list, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (same(json_array_get(list, i), json_array_get(list, index), "workload") &&
		    same(json_array_get(list, i), json_array_get(list, index), "phase"))
			return false;
	return true;
}

/* The phases from index on of which the same is said; "" when an earlier one began that list.  */
static char *list_alike(const json_t *list, const json_t *first, size_t index, const char *text)
{
	const json_t *start = json_array_get(list, index);
	struct pr_buf phases;
	json_t *item;
	size_t i;

	pr_buf_init(&phases);
	json_array_foreach((json_t *)list, i, item)
	{
		char *other;
		bool alike;

		if (!same(item, start, "workload") || !begins_phase(list, i))
			continue;
		other = list_others(list, first, pr_json_text(item, "phase"));
		alike = other != NULL && strcmp(other, text) == 0;
		free(other);
		if (alike && i < index)
			break;
		if (alike)
			pr_buf_printf(&phases, "%s%s", phases.size > 0 ? ", " : "",
			              pr_json_text(item, "phase"));
	}
	return phases.text;
}

static void add_others(struct pr_view *view, const json_t *list, const json_t *first)
{
	size_t i;
	json_t *item;

	json_array_foreach((json_t *)list, i, item)
	{
		char *text, *phases;

		if (!same(item, first, "workload") || !begins_phase(list, i))
			continue;
		text = list_others(list, first, pr_json_text(item, "phase"));
		phases = text != NULL ? list_alike(list, first, i, text) : NULL;
		if (phases != NULL && *phases != '\0')
			pr_view_add(view, PR_VIEW_ITEM, "%s: %s", phases, text);
		free(phases);
		free(text);
	}
}

static bool begins_workload(const json_t *list, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (same(json_array_get(list, i), json_array_get(list, index), "workload"))
			return false;
	return true;
}

static void add_causes(struct pr_view *view, const json_t *list)
{
	size_t i;
	json_t *item;

	json_array_foreach((json_t *)list, i, item)
	{
		const char *workload = pr_json_text(item, "workload");

		if (!begins_workload(list, i))
			continue;
		pr_view_add(view, PR_VIEW_PARAGRAPH,
		            "Causes that were looked for in %s:", workload);
		add_findings(view, list, workload);
		add_others(view, list, item);
	}
}

/* ---- what they have to do with differences --------------------------------------------------- */

static double number(const json_t *object, const char *prefix, const char *suffix)
{
	char key[40];

	snprintf(key, sizeof(key), "%s%s", prefix, suffix);
	return pr_run_number(object, key);
}

/* "+12.3 [+9.1, +15.5]"; percents without decimals.  */
static void put_interval(struct pr_view_table *table, const json_t *object, const char *prefix,
                         double factor)
{
	double value = factor * number(object, prefix, "");
	double lo = factor * number(object, prefix, "_lo");
	double hi = factor * number(object, prefix, "_hi");
	int digits = factor > 1 ? 0 : 1;
	char text[96];

	if (isnan(value))
		snprintf(text, sizeof(text), "\u2013");
	else if (isnan(lo))
		snprintf(text, sizeof(text), "%.*f", digits, value);
	else
		snprintf(text, sizeof(text), "%.*f [%.*f, %.*f]", digits, value, digits, lo, digits,
		         hi);
	pr_view_cell(table, PR_VIEW_PLAIN, text, NULL, NULL, NULL);
}

static void add_row(struct pr_view_table *table, const json_t *item)
{
	pr_view_cell(table, PR_VIEW_PLAIN, pr_json_text(item, "phase"), NULL, NULL, NULL);
	pr_view_cell(table, PR_VIEW_PLAIN, pr_json_text(item, "name"), NULL, NULL, NULL);
	put_interval(table, item, "share", 100);
	put_interval(table, item, "ns", 1);
}

static void add_whole(struct pr_view_table *table, const json_t *difference)
{
	pr_view_cell(table, PR_VIEW_PLAIN, pr_json_text(difference, "phase"), NULL, NULL, NULL);
	pr_view_cell(table, PR_VIEW_PLAIN, "all of it", NULL, NULL, NULL);
	pr_view_cell(table, PR_VIEW_PLAIN, "100", NULL, NULL, NULL);
	put_interval(table, difference, "ns", 1);
}

static bool belongs(const json_t *item, const json_t *difference)
{
	return same(item, difference, "workload") && same(item, difference, "phase");
}

static const json_t *find_rest(const json_t *list, const json_t *difference)
{
	size_t i;
	json_t *item;

	json_array_foreach((json_t *)list, i, item)
	{
		if (belongs(item, difference) && is_rest(item))
			return item;
	}
	return NULL;
}

static bool has_shares(const json_t *list, const json_t *difference)
{
	return !isnan(pr_run_number(find_rest(list, difference), "share"));
}

static void add_shares(struct pr_view_table *table, const json_t *list, const json_t *difference)
{
	size_t i;
	json_t *item;

	add_whole(table, difference);
	json_array_foreach((json_t *)list, i, item)
	{
		if (belongs(item, difference) && fabs(pr_run_number(item, "share")) >= SHARE_SHOWN)
			add_row(table, item);
	}
}

static void add_sentence(struct pr_view *view, const json_t *list, const json_t *difference)
{
	const json_t *rest = find_rest(list, difference);
	const char *switched = pr_json_text(difference, "switched");

	if (rest == NULL)
		return;
	if (switched != NULL && has_shares(list, difference))
		pr_view_add(
		        view, PR_VIEW_ITEM,
		        "%s: the one option that was switched (%s) caused the difference; how it "
		        "did, its counters say. %s",
		        pr_json_text(difference, "phase"), switched,
		        pr_json_text(rest, "evidence"));
	else
		pr_view_add(view, PR_VIEW_ITEM, "%s: %s", pr_json_text(difference, "phase"),
		            pr_json_text(rest, "evidence"));
}

/* The differences of one workload.  */
static void add_differences(struct pr_view *view, const json_t *list, const json_t *differences,
                            const json_t *first)
{
	const char *workload = pr_json_text(first, "workload"),
	           *baseline = pr_json_text(first, "baseline");
	struct pr_view_table *table = NULL;
	size_t i;
	json_t *difference;

	pr_view_add(view, PR_VIEW_PARAGRAPH,
	            "CPU time per message against %s in %s (%s ns there):", baseline, workload,
	            pr_numbers_value(pr_run_number(first, "baseline_ns"), "").text);
	json_array_foreach((json_t *)differences, i, difference)
	{
		if (same(difference, first, "workload"))
			add_sentence(view, list, difference);
	}
	json_array_foreach((json_t *)differences, i, difference)
	{
		if (!same(difference, first, "workload") || !has_shares(list, difference))
			continue;
		if (table == NULL) {
			char *title = pr_asprintf("What the causes make of it in %s", workload);

			table = pr_view_add_table(view, title, 2);
			free(title);
			pr_view_column(table, "PHASE", false);
			pr_view_column(table, "CAUSE", false);
			pr_view_column(table, "SHARE %", true);
			pr_view_column(table, "NS PER MESSAGE", true);
		}
		add_shares(table, list, difference);
	}
}

void pr_causes_view(struct pr_view *view, const json_t *explanation)
{
	const json_t *list = json_object_get(explanation, "causes");
	const json_t *differences = json_object_get(explanation, "differences");
	size_t i;
	json_t *item;

	add_causes(view, list);
	json_array_foreach((json_t *)differences, i, item)
	{
		if (begins_workload(differences, i))
			add_differences(view, list, differences, item);
	}
	if (json_array_size(list) > 0)
		pr_view_add(view, PR_VIEW_NOTE,
		            "A cause says that the counters are consistent with it; that it costs "
		            "time is shown by phases that differ in it alone. NS PER MESSAGE: the "
		            "calls that a phase makes more or fewer, at what each costs on this "
		            "host (`proctor env`).");
}
