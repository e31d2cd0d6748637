/* SPDX-License-Identifier: MIT */
/* analyzers/gate.c - a run against a policy.  */
#include "analyzers/gate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/compare.h"
#include "analyzers/numbers.h"
#include "analyzers/rows.h"
#include "analyzers/rows_judge.h"
#include "core/base/json.h"

enum result { PASS, FAIL, REFUSED, CANNOT_TELL };

static const char *const result_names[] = {"pass", "fail", "refused", "cannot-tell"};

/* ---- which rows decide ----------------------------------------------------------------------- */

static bool is_raw(const struct pr_rows *rows, const struct pr_row *row)
{
	return strcmp(rows->run->phases[row->phase].engine, "floor") == 0;
}

static bool decides(void *arg, const struct pr_rows *rows, const struct pr_row *row, double *delta)
{
	const struct pr_policy *policy = arg;
	const char *label = rows->run->phases[row->phase].label;
	const struct pr_policy_rule *rule = pr_policy_find(
	        policy, row->metric->name, rows->run->workloads[row->workload].label, label);
	bool named = rule != NULL && rule->phase != NULL && strcmp(rule->phase, label) == 0;

	if (is_raw(rows, row) && !named)
		return false;
	if (rule != NULL)
		*delta = rule->threshold;
	return rule != NULL || pr_rows_is_integrity(row->metric->name);
}

/* ---- checks ---------------------------------------------------------------------------------- */

/* Why a threshold is too fine for this run; NULL when it is not.  The caller frees.  */
static char *too_fine(const struct pr_row *row)
{
	const struct pr_difference *d = &row->difference;

	if (pr_rows_is_integrity(row->metric->name) || row->verdict == PR_VERDICT_VOID)
		return NULL;
	if (row->floor > row->delta)
		return pr_asprintf("the threshold of %s is below the floor of %s",
		                   pr_numbers_percent(row->delta).text,
		                   pr_numbers_percent(row->floor).text);
	if (row->verdict == PR_VERDICT_INCONCLUSIVE && d->mde > row->delta)
		return pr_asprintf("the threshold of %s is below what %s can detect here (%s)",
		                   pr_numbers_percent(row->delta).text,
		                   pr_numbers_plural((double)d->n, "block").text,
		                   pr_numbers_percent(d->mde).text);
	return NULL;
}

static bool is_unsure(const struct pr_row *row)
{
	return row->verdict == PR_VERDICT_INCONCLUSIVE || row->verdict == PR_VERDICT_VOID;
}

static enum result judge(const struct pr_row *row, const struct pr_policy *policy,
                         const char *refusal)
{
	static const enum result unsure[] = {
	        [PR_POLICY_CANNOT_TELL] = CANNOT_TELL,
	        [PR_POLICY_PASS] = PASS,
	        [PR_POLICY_FAIL] = FAIL,
	};

	if (policy->fail_on & 1u << row->verdict)
		return FAIL;
	if (refusal != NULL)
		return REFUSED;
	return is_unsure(row) ? unsure[policy->unsure] : PASS;
}

static json_t *check_json(const struct pr_rows *rows, const struct pr_row *row,
                          const struct pr_policy *policy)
{
	const struct pr_difference *d = &row->difference;
	char *refusal = too_fine(row);
	enum result result = judge(row, policy, refusal);
	json_t *json = json_object();

	pr_json_set(json, "workload", json_string(rows->run->workloads[row->workload].label));
	pr_json_set(json, "phase", json_string(rows->run->phases[row->phase].label));
	pr_json_set(json, "metric", json_string(row->metric->name));
	pr_json_set(json, "threshold", json_real(row->delta));
	pr_json_set(json, "result", json_string(result_names[result]));
	pr_json_set(json, "verdict", json_string(pr_verdict_name(row->verdict)));
	pr_json_set(json, "effect", pr_json_new_real(d->effect));
	pr_json_set(json, "effect_lo", pr_json_new_real(d->lo));
	pr_json_set(json, "effect_hi", pr_json_new_real(d->hi));
	pr_json_set(json, "p_adjusted", pr_json_new_real(d->p_adjusted));
	pr_json_set(json, "mde", pr_json_new_real(d->mde));
	pr_json_set(json, "floor", json_real(row->floor));
	pr_json_set(json, "note", pr_json_new_string(result == REFUSED ? refusal : row->note));
	free(refusal);
	return json;
}

/* A rule that fits no row must not look like one that was kept.  */
static json_t *unused_json(const struct pr_policy_rule *rule)
{
	json_t *json = json_object();

	pr_json_set(json, "workload", json_string(rule->workload != NULL ? rule->workload : "*"));
	pr_json_set(json, "phase", json_string(rule->phase != NULL ? rule->phase : "*"));
	pr_json_set(json, "metric", json_string(rule->metric != NULL ? rule->metric : "*"));
	pr_json_set(json, "threshold", json_real(rule->threshold));
	pr_json_set(json, "result", json_string(result_names[CANNOT_TELL]));
	pr_json_set(json, "verdict", json_string(pr_verdict_name(PR_VERDICT_VOID)));
	for (const char *const *key = (const char *const[]){"effect", "effect_lo", "effect_hi",
	                                                    "p_adjusted", "mde", "floor", NULL};
	     *key != NULL; key++)
		pr_json_set(json, *key, json_null());
	pr_json_set(json, "note",
	            json_string("no row of this run fits the rule, or an earlier rule took it"));
	return json;
}

static bool is_used(const struct pr_policy *policy, const struct pr_policy_rule *rule,
                    const struct pr_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++) {
		const struct pr_row *row = &rows->items[i];

		if (row->gating && pr_policy_find(policy, row->metric->name,
		                                  rows->run->workloads[row->workload].label,
		                                  rows->run->phases[row->phase].label) == rule)
			return true;
	}
	return false;
}

static json_t *checks_json(const struct pr_rows *rows, const struct pr_policy *policy)
{
	json_t *checks = json_array();

	for (size_t i = 0; i < rows->count; i++)
		if (rows->items[i].gating)
			pr_json_append(checks, check_json(rows, &rows->items[i], policy));
	for (size_t i = 0; i < policy->rule_count; i++)
		if (!is_used(policy, &policy->rules[i], rows))
			pr_json_append(checks, unused_json(&policy->rules[i]));
	return checks;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool has_text(const json_t *check, const char *key, const char *text)
{
	return strcmp(pr_json_text(check, key), text) == 0;
}

static size_t count_results(const json_t *checks, enum result result)
{
	size_t count = 0, i;
	json_t *check;

	json_array_foreach((json_t *)checks, i, check) count +=
	        has_text(check, "result", result_names[result]);
	return count;
}

/* Whether anything with a test was measured: lost messages alone do not make a run.  */
static bool is_measured(const json_t *checks)
{
	size_t i;
	json_t *check;

	json_array_foreach((json_t *)checks, i, check)
	{
		if (!has_text(check, "verdict", "void") &&
		    !pr_rows_is_integrity(pr_json_text(check, "metric")))
			return true;
	}
	return false;
}

static enum pr_err status_of(const json_t *checks)
{
	if (count_results(checks, FAIL) > 0)
		return PR_WORSE;
	if (!is_measured(checks))
		return PR_VOID;
	return count_results(checks, REFUSED) + count_results(checks, CANNOT_TELL) > 0
	               ? PR_INCONCLUSIVE
	               : PR_OK;
}

json_t *pr_gate(const struct pr_run *run, const struct pr_policy *policy,
                const struct pr_floor *floor, struct pr_error *why)
{
	struct pr_rows_opts opts = {
	        .delta = policy->threshold,
	        .floor = floor,
	        .gate = policy->has_rules ? decides : NULL,
	        .gate_arg = (void *)policy,
	};
	json_t *json = json_object(), *checks;
	struct pr_rows *rows;
	size_t baseline;

	if (pr_compare_find_baseline(run, policy->baseline, &baseline, why) != PR_OK) {
		json_decref(json);
		return NULL;
	}
	rows = pr_rows_create(run, baseline, &opts);
	checks = checks_json(rows, policy);
	pr_rows_destroy(&rows);
	pr_json_set(json, "format", json_string(PR_GATE_FORMAT));
	pr_json_set(json, "version", json_integer(PR_GATE_VERSION));
	pr_json_set(json, "baseline", json_string(run->phases[baseline].label));
	pr_json_set(json, "run", pr_compare_run_json(run));
	pr_json_set(json, "floor", pr_compare_floor_json(floor));
	pr_json_set(json, "exit_status", json_integer(status_of(checks)));
	for (int i = 0; i < 4; i++)
		pr_json_set(json, result_names[i],
		            json_integer((json_int_t)count_results(checks, (enum result)i)));
	pr_json_set(json, "checks", checks);
	return json;
}

enum pr_err pr_gate_status(const json_t *gate)
{
	return (enum pr_err)json_integer_value(json_object_get(gate, "exit_status"));
}
