/* SPDX-License-Identifier: MIT */
/* analyzers/explain_view.c - an explanation as paragraphs and tables.  */
#include "analyzers/explain_view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/ablation.h"
#include "analyzers/advice.h"
#include "analyzers/causes_view.h"
#include "analyzers/claims_view.h"
#include "analyzers/curve.h"
#include "analyzers/functions_view.h"
#include "analyzers/numbers.h"
#include "analyzers/pressure.h"
#include "analyzers/probed_view.h"
#include "analyzers/run.h"
#include "analyzers/walk.h"
#include "core/base/buf.h"
#include "core/base/json.h"

static bool is(const json_t *object, const char *key, const char *value)
{
	const char *text = pr_json_text(object, key);

	return text != NULL && value != NULL && strcmp(text, value) == 0;
}

/* Whether an earlier item of the same workload has the same words.  */
static bool said_before(const json_t *list, size_t index, const char *key)
{
	const json_t *item = json_array_get(list, index);

	for (size_t i = 0; i < index; i++)
		if (is(json_array_get(list, i), "workload", pr_json_text(item, "workload")) &&
		    is(json_array_get(list, i), key, pr_json_text(item, key)))
			return true;
	return false;
}

/* "baseline, true-proactor": the phases of one workload with the same words.  */
static char *list_phases(const json_t *list, const json_t *first, const char *key)
{
	struct pr_buf text;
	size_t i;
	json_t *item;

	pr_buf_init(&text);
	json_array_foreach((json_t *)list, i, item)
	{
		if (is(item, "workload", pr_json_text(first, "workload")) &&
		    is(item, key, pr_json_text(first, key)))
			pr_buf_printf(&text, "%s%s", text.size > 0 ? ", " : "",
			              pr_json_text(item, "phase"));
	}
	return text.text;
}

/* ---- would-blocks ---------------------------------------------------------------------------- */

static void add_repeated(struct pr_view *view, const json_t *list)
{
	size_t i;
	json_t *item;

	json_array_foreach((json_t *)list, i, item)
	{
		pr_view_add(view, PR_VIEW_ITEM, "%s", pr_json_text(item, "text"));
	}
}

static void add_words(struct pr_view *view, const json_t *list)
{
	const char *workload = "";
	size_t i;
	json_t *item;

	json_array_foreach((json_t *)list, i, item)
	{
		char *phases;

		if (said_before(list, i, "text"))
			continue;
		if (strcmp(workload, pr_json_text(item, "workload")) != 0) {
			workload = pr_json_text(item, "workload");
			pr_view_add(view, PR_VIEW_PARAGRAPH,
			            "Would-blocks (EAGAIN) in %s:", workload);
		}
		phases = list_phases(list, item, "text");
		pr_view_add(view, PR_VIEW_ITEM, "%s: %s", phases, pr_json_text(item, "text"));
		free(phases);
	}
}

static const struct column {
	const char *title, *key;
	bool by_cause;
} columns[] = {
        {"RECEIVES", "receives", false},
        {"WOULD-BLOCK", "would_blocks", false},
        {"SPECULATIVE", "speculative", true},
        {"READINESS", "readiness", true},
        {"DRAIN", "drain", true},
        {"RESTART", "restart", true},
        {"START", "start", true},
        {"STRACE", "strace_would_blocks", false},
        {NULL, NULL, false},
};

static void add_row(struct pr_view_table *table, const json_t *item)
{
	const json_t *by_cause = json_object_get(item, "by_cause");
	const json_t *agree = json_object_get(item, "agree");

	pr_view_cell(table, PR_VIEW_PLAIN, pr_json_text(item, "workload"), NULL, NULL, NULL);
	pr_view_cell(table, PR_VIEW_PLAIN, pr_json_text(item, "phase"), NULL, NULL, NULL);
	for (const struct column *c = columns; c->title != NULL; c++)
		pr_view_cell(
		        table, PR_VIEW_PLAIN,
		        pr_numbers_count(pr_run_number(c->by_cause ? by_cause : item, c->key)).text,
		        NULL, NULL, NULL);
	pr_view_cell(table, json_is_false(agree) ? PR_VIEW_BAD : PR_VIEW_PLAIN,
	             json_is_true(agree)    ? "yes"
	             : json_is_false(agree) ? "NO"
	                                    : "\u2013",
	             NULL, NULL, NULL);
}

static void add_table(struct pr_view *view, const json_t *list)
{
	struct pr_view_table *table =
	        pr_view_add_table(view, "Would-blocks by the reason why the read was made", 2);
	size_t i;
	json_t *item;

	pr_view_column(table, "WORKLOAD", false);
	pr_view_column(table, "PHASE", false);
	for (const struct column *c = columns; c->title != NULL; c++)
		pr_view_column(table, c->title, true);
	pr_view_column(table, "AGREE", false);
	json_array_foreach((json_t *)list, i, item)
	{
		add_row(table, item);
	}
	pr_view_add(
	        view, PR_VIEW_NOTE,
	        "Counted in the traced trial of each phase. AGREE: the hooks and strace counted "
	        "the same receives, would-blocks and bytes. A dash: this probe cannot tell.");
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* "C (pragmatic): out. It is worse: ..." for what is not recommended.  */
static void add_others(struct pr_view *view, const json_t *recommendation)
{
	const char *chosen = pr_json_text(recommendation, "option");
	size_t i, k;
	json_t *option, *reason;

	json_array_foreach(json_object_get(recommendation, "options"), i, option)
	{
		struct pr_buf text;

		if (is(option, "name", chosen))
			continue;
		pr_buf_init(&text);
		json_array_foreach(json_object_get(option, "reasons"), k, reason)
		{
			pr_buf_printf(&text, " %s", json_string_value(reason));
		}
		json_array_foreach(json_object_get(option, "unverified"), k, reason)
		{
			pr_buf_printf(&text, "%s %s", k == 0 ? " Not verified:" : ",",
			              json_string_value(reason));
		}
		pr_view_add(view, PR_VIEW_ITEM, "%s, %s: %s.%s", pr_json_text(option, "name"),
		            pr_json_text(option, "phase"), pr_json_text(option, "fate"), text.text);
		pr_buf_fini(&text);
	}
}

static void add_rules(struct pr_view *view)
{
	pr_view_add(view, PR_VIEW_PARAGRAPH, "The rules of this recommendation:");
	for (size_t i = 0; pr_advice_rules[i] != NULL; i++)
		pr_view_add(view, PR_VIEW_ITEM, "%s", pr_advice_rules[i]);
}

static void add_recommendation(struct pr_view *view, const json_t *explanation)
{
	const json_t *recommendation = json_object_get(explanation, "recommendation");
	const char *option = pr_json_text(recommendation, "option");
	const char *phase = pr_json_text(recommendation, "phase");
	size_t i;
	json_t *reason;

	if (option == NULL && json_object_get(recommendation, "options") == NULL)
		return;
	if (option == NULL)
		pr_view_add(view, PR_VIEW_PARAGRAPH, "This run speaks for none of the options:");
	else
		pr_view_add(view, PR_VIEW_PARAGRAPH, "This run speaks for %s%s%s:", option,
		            phase != NULL ? ", " : "", phase != NULL ? phase : "");
	json_array_foreach(json_object_get(recommendation, "reasons"), i, reason)
	{
		pr_view_add(view, PR_VIEW_ITEM, "%s", json_string_value(reason));
	}
	add_others(view, recommendation);
	add_rules(view);
}

static struct pr_view *make_view(const json_t *explanation, bool full)
{
	const json_t *list = json_object_get(explanation, "would_blocks");
	struct pr_view *view = pr_view_create();

	add_repeated(view, json_object_get(explanation, "repeated"));
	add_words(view, list);
	add_table(view, list);
	pr_curve_view(view, json_object_get(explanation, "curves"));
	pr_pressure_view(view, json_object_get(explanation, "pressure"));
	pr_walk_view(view, json_object_get(explanation, "walks"));
	pr_causes_view(view, explanation);
	pr_ablation_view(view, json_object_get(explanation, "ablation"));
	pr_doses_view(view, explanation);
	pr_functions_view(view, json_object_get(explanation, "functions"),
	                  json_object_get(explanation, "nameless"));
	pr_claims_view(view, explanation, full);
	add_recommendation(view, explanation);
	return view;
}

struct pr_view *pr_explain_view(const json_t *explanation)
{
	return make_view(explanation, false);
}

struct pr_view *pr_explain_full_view(const json_t *explanation)
{
	return make_view(explanation, true);
}
