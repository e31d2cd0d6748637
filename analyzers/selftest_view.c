/* SPDX-License-Identifier: MIT */
/* analyzers/selftest_view.c - the document "proctor.selftest" for people.  */
#include "analyzers/selftest_view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/numbers.h"
#include "analyzers/planted.h"
#include "analyzers/run.h"
#include "core/base/buf.h"
#include "core/base/json.h"

static size_t count_results(const json_t *checks, enum pr_planted_result result)
{
	size_t count = 0, i;
	json_t *check;

	json_array_foreach((json_t *)checks, i, check)
	{
		const char *text = pr_json_text(check, "result");

		count += strcmp(text, pr_planted_result_name(result)) == 0;
	}
	return count;
}

json_t *pr_selftest_document(json_t *checks, bool quick, double seconds)
{
	json_t *json = json_object();

	pr_json_set(json, "format", json_string(PR_SELFTEST_FORMAT));
	pr_json_set(json, "version", json_integer(PR_SELFTEST_VERSION));
	pr_json_set(json, "quick", json_boolean(quick));
	pr_json_set(json, "seconds", json_real(seconds));
	pr_json_set(json, "exit_status", json_integer(pr_planted_status(checks)));
	for (int i = PR_PLANTED_OK; i <= PR_PLANTED_VOID; i++)
		pr_json_set(json, pr_planted_result_name(i),
		            json_integer((json_int_t)count_results(checks, i)));
	pr_json_set(json, "checks", checks);
	return json;
}

static enum pr_view_tone tone_of(const char *result)
{
	if (strcmp(result, "ok") == 0)
		return PR_VIEW_GOOD;
	return strcmp(result, "crooked") == 0 ? PR_VIEW_BAD : PR_VIEW_UNSURE;
}

static bool is_count(const json_t *check)
{
	return strstr(pr_json_text_or(check, "metric", ""), "_per_message") != NULL &&
	       strcmp(pr_json_text_or(check, "metric", ""), "cpu_per_message") != 0;
}

/* Shares stand alone; counts and effects have a sign.  */
static struct pr_numbers value_of(const json_t *check, const char *key)
{
	double value = pr_run_number(check, key);
	double lo = pr_run_number(check, "found_lo"), hi = pr_run_number(check, "found_hi");
	struct pr_numbers text = {"\u2013"};

	if (isnan(value))
		return text;
	if (is_count(check)) {
		snprintf(text.text, sizeof(text.text), "%s%.64s per message",
		         value < 0 ? "\u2212" : "+",
		         pr_numbers_value(fabs(value), "calls/msg").text);
		return text;
	}
	if (pr_json_text_or(check, "workload", "")[0] == '\0')
		return pr_numbers_percent(value);
	return strcmp(key, "found") == 0 ? pr_numbers_effect(value, lo, hi)
	                                 : pr_numbers_change(value);
}

static void add_lead(struct pr_view *view, const json_t *selftest)
{
	static const char *const leads[] = {
	        [PR_OK] =
	                "The ruler is straight: what was planted was found, and where nothing was "
	                "planted, nothing.",
	        [PR_WORSE] = "The ruler is CROOKED: a comparison on this machine says something "
	                     "untrue.",
	        [PR_INCONCLUSIVE] = "Cannot tell: nothing untrue was said, but not all that was "
	                            "planted could be seen.",
	        [PR_VOID] = "Nothing was measured.",
	};
	json_int_t status = json_integer_value(json_object_get(selftest, "exit_status"));

	pr_view_add(view, PR_VIEW_LEAD, "%s",
	            status == PR_WORSE || status == PR_INCONCLUSIVE || status == PR_VOID
	                    ? leads[status]
	                    : leads[PR_OK]);
}

#define COLUMNS 4

static void add_row(struct pr_view_table *table, const json_t *check)
{
	const char *result = pr_json_text_or(check, "result", ""),
	           *workload = pr_json_text_or(check, "workload", "");
	char *where = pr_asprintf("  %s%s%s", workload, workload[0] != '\0' ? " " : "",
	                          pr_json_text_or(check, "metric", ""));

	pr_view_cell(table, PR_VIEW_PLAIN, where, NULL, NULL, NULL);
	pr_view_cell(table, PR_VIEW_PLAIN, value_of(check, "expected").text, NULL, NULL, NULL);
	pr_view_cell(table, PR_VIEW_PLAIN, value_of(check, "found").text, NULL, NULL, NULL);
	pr_view_cell(table, tone_of(result), strcmp(result, "crooked") == 0 ? "CROOKED" : result,
	             NULL, NULL, NULL);
	free(where);
}

/* Why, for each check that is not ok.  */
static void add_reasons(struct pr_view *view, const json_t *checks)
{
	json_t *check;
	size_t i;

	json_array_foreach((json_t *)checks, i, check)
	{
		const char *workload = pr_json_text_or(check, "workload", "");

		if (strcmp(pr_json_text_or(check, "result", ""), "ok") != 0)
			pr_view_add(view, PR_VIEW_ITEM, "%s%s%s %s: %s",
			            pr_json_text_or(check, "part", ""),
			            workload[0] != '\0' ? ", " : "", workload,
			            pr_json_text_or(check, "metric", ""),
			            pr_json_text_or(check, "note", ""));
	}
}

struct pr_view *pr_selftest_view(const json_t *selftest)
{
	struct pr_view *view = pr_view_create();
	struct pr_view_table *table;
	const char *before = "";
	json_t *check;
	size_t i;

	add_lead(view, selftest);
	table = pr_view_add_table(view, "What was planted, and what the comparison made of it", 1);
	pr_view_column(table, "PLANTED", false);
	pr_view_column(table, "EXPECTED", true);
	pr_view_column(table, "FOUND", true);
	pr_view_column(table, "RESULT", false);
	table->dense = true;
	json_array_foreach(json_object_get(selftest, "checks"), i, check)
	{
		const char *planted = pr_json_text_or(check, "planted", "");

		if (strcmp(planted, before) != 0)
			pr_view_cell(table, PR_VIEW_PLAIN, planted, NULL, NULL, NULL);
		for (int column = 1; strcmp(planted, before) != 0 && column < COLUMNS; column++)
			pr_view_cell(table, PR_VIEW_PLAIN, "", NULL, NULL, NULL);
		add_row(table, check);
		before = planted;
	}
	add_reasons(view, json_object_get(selftest, "checks"));
	return view;
}
