/* SPDX-License-Identifier: MIT */
/* analyzers/claims_join.c - claims that one run cannot test, answered by another.  */
#include "analyzers/claims_join.h"

#include <stdbool.h>
#include <string.h>

#include "core/base/json.h"

static bool is_testable(const json_t *claim)
{
	const char *verdict = pr_json_text(claim, "verdict");

	return verdict != NULL && strcmp(verdict, "not-testable") != 0;
}

/* The object of the list whose member key is value.  */
static json_t *find(const json_t *list, const char *key, const char *value)
{
	size_t i;
	json_t *item;

	json_array_foreach((json_t *)list, i, item)
	{
		const char *own = pr_json_text(item, key);

		if (own != NULL && value != NULL && strcmp(own, value) == 0)
			return item;
	}
	return NULL;
}

static void join_claims(json_t *explanation, const json_t *other, const char *run)
{
	json_t *list = json_object_get(explanation, "claims"), *claim;
	size_t i;

	json_array_foreach(list, i, claim)
	{
		const char *id = pr_json_text(claim, "id");
		const json_t *answer = find(json_object_get(other, "claims"), "id", id);
		json_t *copy;

		if (is_testable(claim) || !is_testable(answer))
			continue;
		copy = json_deep_copy(answer);
		pr_json_set(copy, "run", json_string(run));
		if (json_array_set_new(list, i, copy) != 0)
			json_decref(copy);
	}
}

/* ---- the recommendation ---------------------------------------------------------------------- */

static bool is_out(const json_t *option)
{
	const char *fate = pr_json_text(option, "fate");

	return fate != NULL && strcmp(fate, "out") == 0;
}

static bool has_text(const json_t *list, const char *text)
{
	size_t i;
	json_t *item;

	json_array_foreach((json_t *)list, i, item)
	{
		if (json_is_string(item) && strcmp(json_string_value(item), text) == 0)
			return true;
	}
	return false;
}

/* What ruled the option out there rules it out here.  */
static void rule_out(json_t *option, const json_t *there, const char *run)
{
	json_t *reasons = json_object_get(option, "reasons"), *reason;
	size_t i;

	pr_json_set(option, "fate", json_string("out"));
	json_array_foreach(json_object_get(there, "reasons"), i, reason)
	{
		const char *text = json_string_value(reason);

		if (text != NULL)
			pr_json_append(reasons, json_sprintf("%s (%s)", text, run));
	}
}

/* Prerequisites that the other run verified are no longer open.  */
static void verify(json_t *option, const json_t *there)
{
	json_t *open = json_object_get(option, "unverified");

	for (size_t i = json_array_size(open); i > 0; i--) {
		const char *text = json_string_value(json_array_get(open, i - 1));

		if (text != NULL && !has_text(json_object_get(there, "unverified"), text))
			json_array_remove(open, i - 1);
	}
}

/* What was chosen is chosen no longer.  */
static void take_back(json_t *recommendation, const char *name, const char *run)
{
	json_t *reasons = json_array();

	pr_json_append(reasons, json_sprintf("What speaks best for itself in this run, %s, is out "
	                                     "by %s.",
	                                     name, run));
	pr_json_set(recommendation, "option", json_null());
	pr_json_set(recommendation, "phase", json_null());
	pr_json_set(recommendation, "reasons", reasons);
}

static void join_advice(json_t *recommendation, const json_t *other, const char *run)
{
	const char *chosen = pr_json_text(recommendation, "option");
	size_t i;
	json_t *option;

	json_array_foreach(json_object_get(recommendation, "options"), i, option)
	{
		const char *name = pr_json_text(option, "name");
		const json_t *there = find(json_object_get(other, "options"), "name", name);

		if (there == NULL)
			continue;
		verify(option, there);
		if (is_out(option) || !is_out(there))
			continue;
		rule_out(option, there, run);
		if (chosen != NULL && strcmp(chosen, name) == 0)
			take_back(recommendation, name, run);
	}
}

void pr_claims_join(json_t *explanation, const json_t *other, const char *run)
{
	join_claims(explanation, other, run);
	join_advice(json_object_get(explanation, "recommendation"),
	            json_object_get(other, "recommendation"), run);
}
