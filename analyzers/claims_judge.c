/* SPDX-License-Identifier: MIT */
/* analyzers/claims_judge.c - the claims of a file, answered by a run.  */
#include "analyzers/claims_judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/claim.h"
#include "analyzers/numbers.h"
#include "core/base/json.h"
#include "core/base/opts.h"

#define ALPHA 0.05

/* ---- contradictions -------------------------------------------------------------------------- */

/* What a claim says about an effect; false when it says nothing.  */
static bool effect_of(const struct pr_claim *claim, struct pr_claim_range *range)
{
	if (!isnan(claim->change.lo)) {
		*range = claim->change;
		return true;
	}
	if (strcmp(claim->ops->name, "equality") == 0) {
		double within = isnan(claim->within) ? 0 : claim->within;

		*range = (struct pr_claim_range){-within, within, 0.0005};
		return true;
	}
	return false;
}

static bool same_text(const char *left, const char *right)
{
	return left == right || (left != NULL && right != NULL && strcmp(left, right) == 0);
}

static bool same_subject(const struct pr_claim *left, const struct pr_claim *right)
{
	return left->metric == right->metric && same_text(left->phase, right->phase) &&
	       same_text(left->baseline, right->baseline) &&
	       same_text(left->workload, right->workload);
}

static struct pr_numbers range_text(const struct pr_claim_range *range)
{
	struct pr_numbers out;

	if (range->lo == range->hi)
		return pr_numbers_change(range->lo);
	snprintf(out.text, sizeof(out.text), "%.40s to %.40s", pr_numbers_change(range->lo).text,
	         pr_numbers_change(range->hi).text);
	return out;
}

/* Takes text.  */
static void add_contradiction(json_t *array, const char *first, const char *second, char *text)
{
	json_t *object = json_object(), *ids = json_array();

	pr_json_append(ids, json_string(first));
	if (second != NULL)
		pr_json_append(ids, json_string(second));
	pr_json_set(object, "claims", ids);
	pr_json_set(object, "text", pr_json_new_string(text));
	pr_json_append(array, object);
	free(text);
}

/* The change that the numbers of a claim amount to; NaN when it gives none.  */
static double implied(const struct pr_claim *claim)
{
	double amount = isnan(claim->amount) ? claim->to - claim->from : claim->amount;

	return claim->from != 0 ? amount / claim->from : NAN;
}

/* -4 % and -28 K, when it is 28 K of 442 K.  */
static void check_itself(json_t *array, const struct pr_claim *claim)
{
	const struct pr_claim_range *said = &claim->change;
	double found = implied(claim);
	struct pr_numbers from =
	        pr_numbers_value(claim->from, claim->metric != NULL ? claim->metric->unit : NULL);

	if (isnan(said->lo) || isnan(found) ||
	    (found >= said->lo - said->rounding && found <= said->hi + said->rounding))
		return;
	add_contradiction(array, claim->id, NULL,
	                  pr_asprintf("%s says %s, but its own numbers make %s (of %s)", claim->id,
	                              range_text(said).text, pr_numbers_change(found).text,
	                              from.text));
}

static void check_pair(json_t *array, const struct pr_claim *left, const struct pr_claim *right)
{
	struct pr_claim_range a, b;
	double slack;

	if (left->metric == NULL || !same_subject(left, right) || !effect_of(left, &a) ||
	    !effect_of(right, &b))
		return;
	slack = fmax(a.rounding, b.rounding);
	if (a.lo <= b.hi + slack && b.lo <= a.hi + slack)
		return;
	add_contradiction(array, left->id, right->id,
	                  pr_asprintf("%s says %s of %s, %s says %s: at most one can be true",
	                              left->id, range_text(&a).text, left->metric->name, right->id,
	                              range_text(&b).text));
}

json_t *pr_claims_contradictions(const struct pr_claims *claims)
{
	json_t *array = json_array();

	for (size_t i = 0; i < claims->count; i++) {
		check_itself(array, &claims->items[i]);
		for (size_t k = i + 1; k < claims->count; k++)
			check_pair(array, &claims->items[i], &claims->items[k]);
	}
	return array;
}

/* ---- one claim ------------------------------------------------------------------------------- */

/* The number of a phase; when the run has none of that name, the answer says so.  */
static size_t find_phase(const struct pr_claim_facts *facts, const char *label,
                         struct pr_claim_answer *answer)
{
	const struct pr_run *run = facts->run;
	size_t phase = pr_run_find_phase(run, label), count = 0;
	const char **labels, *nearest;

	if (phase != PR_RUN_NONE)
		return phase;
	labels = pr_alloc((run->phase_count + 1) * sizeof(*labels));
	for (; count < run->phase_count; count++)
		labels[count] = run->phases[count].label;
	nearest = pr_opts_nearest(label, labels, count);
	free(labels);
	pr_claim_lacks(answer, "it has no phase '%.60s'%s%.60s%s", label,
	               nearest != NULL ? " (it has '" : "; \"labels\" of the claims can say what ",
	               nearest != NULL ? nearest : "it is called there",
	               nearest != NULL ? "'; \"labels\" of the claims can say that it is that)"
	                               : "");
	return PR_RUN_NONE;
}

static bool covers_any(const struct pr_claim *claim, const struct pr_run *run)
{
	for (size_t w = 0; w < run->workload_count; w++)
		if (pr_claim_covers(claim, run, w))
			return true;
	return false;
}

/* False when the answer is given: the run lacks what the claim is about.  */
static bool prepare(const struct pr_claim *claim, struct pr_claim_facts *facts,
                    struct pr_claim_answer *answer)
{
	facts->phase = facts->baseline = 0;
	if (claim->phase != NULL)
		facts->phase = find_phase(facts, claim->phase, answer);
	if (facts->phase != PR_RUN_NONE && claim->baseline != NULL)
		facts->baseline = find_phase(facts, claim->baseline, answer);
	if (facts->phase == PR_RUN_NONE || facts->baseline == PR_RUN_NONE)
		return false;
	if (!covers_any(claim, facts->run)) {
		pr_claim_lacks(answer, "it has no workload '%.60s'",
		               claim->workload != NULL ? claim->workload : "");
		if (claim->workload != NULL)
			answer->command = pr_claim_more(claim, facts, claim->workload);
		return false;
	}
	return true;
}

/* A claim that its own numbers contradict cannot hold, whatever was measured.  */
static void add_contradictions(const struct pr_claim *claim, struct pr_claim_answer *answer,
                               const json_t *contradictions)
{
	size_t i, k;
	json_t *item, *id;

	json_array_foreach((json_t *)contradictions, i, item)
	{
		json_t *ids = json_object_get(item, "claims");

		json_array_foreach(ids, k, id)
		{
			if (!same_text(json_string_value(id), claim->id))
				continue;
			if (json_array_size(ids) > 1)
				break;
			pr_buf_printf(&answer->evidence, " It contradicts itself: %s.",
			              pr_json_text(item, "text"));
			if (answer->verdict == PR_CLAIM_REFUTED)
				continue;
			/* What was measured is not why.  */
			answer->verdict = PR_CLAIM_REFUTED;
			free(answer->brief);
			answer->brief = pr_asprintf("it contradicts itself: %s",
			                            pr_json_text(item, "text"));
		}
	}
}

static json_t *contradicted_by(const struct pr_claim *claim, const json_t *contradictions)
{
	json_t *array = json_array(), *item, *id;
	size_t i, k;

	json_array_foreach((json_t *)contradictions, i, item)
	{
		json_t *ids = json_object_get(item, "claims");
		bool mine = false;

		json_array_foreach(ids, k, id)
		{
			mine |= same_text(json_string_value(id), claim->id);
		}
		json_array_foreach(ids, k, id)
		{
			if (mine && !same_text(json_string_value(id), claim->id))
				pr_json_append(array, json_incref(id));
		}
	}
	return array;
}

/* ---- json ------------------------------------------------------------------------------------ */

static json_t *measured_json(const struct pr_claim_answer *answer)
{
	const struct pr_claim_measure *m = &answer->measure;
	json_t *object = json_object();

	if (isnan(m->value)) {
		json_decref(object);
		return json_null();
	}
	pr_json_set(object, "value", pr_json_new_real(m->value));
	pr_json_set(object, "lo", pr_json_new_real(m->lo));
	pr_json_set(object, "hi", pr_json_new_real(m->hi));
	pr_json_set(object, "mde", pr_json_new_real(m->mde));
	pr_json_set(object, "claimed_lo", pr_json_new_real(answer->want_lo));
	pr_json_set(object, "claimed_hi", pr_json_new_real(answer->want_hi));
	return object;
}

static json_t *answer_json(const struct pr_claim *claim, const struct pr_claim_answer *answer,
                           const json_t *contradictions)
{
	json_t *object = json_object();

	pr_json_set(object, "id", json_string(claim->id));
	pr_json_set(object, "kind", json_string(claim->ops->name));
	pr_json_set(object, "text", json_string(claim->text));
	pr_json_set(object, "quote", pr_json_new_string(claim->quote));
	pr_json_set(object, "place", pr_json_new_string(claim->place));
	pr_json_set(object, "phase", pr_json_new_string(claim->phase));
	pr_json_set(object, "workload", pr_json_new_string(claim->workload));
	pr_json_set(object, "verdict", json_string(pr_claim_verdict_name(answer->verdict)));
	pr_json_set(object, "evidence", pr_json_new_string(answer->evidence.text));
	pr_json_set(
	        object, "brief",
	        pr_json_new_string(answer->brief != NULL ? answer->brief : answer->evidence.text));
	pr_json_set(object, "missing", pr_json_new_string(answer->missing));
	pr_json_set(object, "measured", measured_json(answer));
	pr_json_set(object, "contradicts", contradicted_by(claim, contradictions));
	pr_json_set(object, "command", pr_json_new_string(answer->command));
	return object;
}

static json_t *judge_claim(const struct pr_claim *claim, struct pr_claim_facts *facts,
                           const json_t *contradictions)
{
	struct pr_claim_answer answer;
	json_t *json;

	pr_claim_answer_init(&answer);
	if (prepare(claim, facts, &answer)) {
		claim->ops->judge(claim, facts, &answer);
		if (answer.command == NULL)
			answer.command = pr_claim_repeat(claim, facts);
	}
	add_contradictions(claim, &answer, contradictions);
	json = answer_json(claim, &answer, contradictions);
	pr_claim_answer_fini(&answer);
	return json;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool is_tested(const struct pr_claim *claim)
{
	if (claim->ops->is_tested != NULL)
		return claim->ops->is_tested(claim);
	return claim->ops->rests_on_interval &&
	       (claim->metric == NULL || claim->metric->kind == PR_METRIC_TIMED);
}

static size_t count_tests(const struct pr_claims *claims)
{
	size_t count = 0;

	for (size_t i = 0; i < claims->count; i++)
		count += is_tested(&claims->items[i]);
	return count > 0 ? count : 1;
}

void pr_claims_judge(const struct pr_claims *claims, const struct pr_run *run,
                     const struct pr_floor *floor, json_t **answers, json_t **contradictions)
{
	struct pr_claim_facts facts = {
	        .run = run, .floor = floor, .claims = claims, .tests = count_tests(claims)};

	facts.confidence = 1 - ALPHA / (double)facts.tests;
	facts.rows = pr_alloc((run->phase_count + 1) * sizeof(*facts.rows));
	memset(facts.rows, 0, (run->phase_count + 1) * sizeof(*facts.rows));
	*contradictions = pr_claims_contradictions(claims);
	*answers = json_array();
	for (size_t i = 0; i < claims->count; i++)
		pr_json_append(*answers, judge_claim(&claims->items[i], &facts, *contradictions));
	for (size_t p = 0; p < run->phase_count; p++)
		pr_rows_destroy(&facts.rows[p]);
	free(facts.rows);
}

bool pr_claims_refuted(const json_t *explanation)
{
	const char *refuted = pr_claim_verdict_name(PR_CLAIM_REFUTED);
	size_t i;
	json_t *claim;

	json_array_foreach(json_object_get(explanation, "claims"), i, claim)
	{
		if (same_text(pr_json_text(claim, "verdict"), refuted))
			return true;
	}
	return false;
}
