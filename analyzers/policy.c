/* SPDX-License-Identifier: MIT */
/* analyzers/policy.c - what a gate lets through.  */
#include "analyzers/policy.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/compare.h"
#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/metrics.h"
#include "core/base/opts.h"

#define FORMAT  "proctor.policy"
#define VERSION 1

static bool fits(const char *pattern, const char *text)
{
	return pattern == NULL || fnmatch(pattern, text, 0) == 0;
}

/* ---- rules ----------------------------------------------------------------------------------- */

static enum pr_err load_threshold(const struct pr_json *at, double *threshold, struct pr_error *why)
{
	enum pr_err err;

	if (!pr_json_has(at, "threshold"))
		return PR_OK;
	err = pr_json_real(at, "threshold", threshold, why);
	if (err == PR_OK && !(*threshold > 0 && *threshold < 1))
		err = pr_json_error(at, why,
		                    "threshold is a fraction above 0 and below 1 (0.02 is 2 %%), "
		                    "found %g",
		                    *threshold);
	return err;
}

static enum pr_err load_text(const struct pr_json *at, const char *key, const char **text,
                             struct pr_error *why)
{
	return pr_json_has(at, key) ? pr_json_string(at, key, text, why) : PR_OK;
}

static enum pr_err check_metric(const struct pr_json *at, const char *pattern, struct pr_error *why)
{
	const char *names[128], *nearest;
	size_t count = 0;

	for (const struct pr_metric *m = pr_metrics; m->name != NULL; m++) {
		if (fits(pattern, m->name))
			return PR_OK;
		if (count < sizeof(names) / sizeof(names[0]))
			names[count++] = m->name;
	}
	nearest = pr_opts_nearest(pattern, names, count);
	return pr_json_error(at, why, "no metric is called '%s'; %s%s%s", pattern,
	                     nearest != NULL ? "did you mean '" : "see ",
	                     nearest != NULL ? nearest : "`proctor list metrics`",
	                     nearest != NULL ? "'?" : "");
}

static enum pr_err load_rule(struct pr_policy *policy, const struct pr_json *at,
                             struct pr_error *why)
{
	static const char *const keys[] = {"metric", "workload", "phase", "threshold", NULL};
	struct pr_policy_rule *rule = &policy->rules[policy->rule_count++];
	enum pr_err err;

	*rule = (struct pr_policy_rule){.threshold = policy->threshold};
	if (!json_is_object(at->value))
		return pr_json_error(at, why, "expected an object");
	err = pr_json_check_keys(at, keys, why);
	if (err == PR_OK)
		err = load_text(at, "metric", &rule->metric, why);
	if (err == PR_OK && rule->metric != NULL)
		err = check_metric(at, rule->metric, why);
	if (err == PR_OK)
		err = load_text(at, "workload", &rule->workload, why);
	if (err == PR_OK)
		err = load_text(at, "phase", &rule->phase, why);
	return err == PR_OK ? load_threshold(at, &rule->threshold, why) : err;
}

static enum pr_err load_rules(struct pr_policy *policy, const struct pr_json *top,
                              struct pr_error *why)
{
	struct pr_json array, item;
	enum pr_err err;
	size_t count;

	if (!pr_json_has(top, "rules"))
		return PR_OK;
	err = pr_json_array(top, "rules", &array, why);
	count = json_array_size(array.value);
	if (err == PR_OK && count == 0)
		err = pr_json_error(
		        &array, why,
		        "there is no rule, so nothing would decide; leave \"rules\" out "
		        "for the usual ones");
	if (err != PR_OK)
		return err;
	policy->has_rules = true;
	policy->rules = pr_alloc(count * sizeof(*policy->rules));
	for (size_t i = 0; i < count && err == PR_OK; i++) {
		item = pr_json_item(&array, i);
		err = load_rule(policy, &item, why);
	}
	return err;
}

/* ---- what counts as a failure ---------------------------------------------------------------- */

static enum pr_err add_verdict(struct pr_policy *policy, const struct pr_json *at,
                               struct pr_error *why)
{
	const char *name = json_string_value(at->value);

	for (int verdict = 0; name != NULL && verdict <= PR_VERDICT_VOID; verdict++)
		if (strcmp(pr_verdict_name((enum pr_verdict)verdict), name) == 0) {
			policy->fail_on |= 1u << verdict;
			return PR_OK;
		}
	return pr_json_error(at, why,
	                     "expected one of improved, regressed, changed-below-floor, "
	                     "equivalent, inconclusive and void");
}

static enum pr_err load_fail_on(struct pr_policy *policy, const struct pr_json *top,
                                struct pr_error *why)
{
	struct pr_json array, item;
	enum pr_err err;

	if (!pr_json_has(top, "fail_on"))
		return PR_OK;
	policy->fail_on = 0;
	err = pr_json_array(top, "fail_on", &array, why);
	for (size_t i = 0; err == PR_OK && i < json_array_size(array.value); i++) {
		item = pr_json_item(&array, i);
		err = add_verdict(policy, &item, why);
	}
	return err;
}

static enum pr_err load_unsure(struct pr_policy *policy, const struct pr_json *top,
                               struct pr_error *why)
{
	static const char *const words[] = {"cannot-tell", "pass", "fail"};
	const char *word = NULL;
	enum pr_err err = load_text(top, "inconclusive", &word, why);

	if (err != PR_OK || word == NULL)
		return err;
	for (int i = 0; i < 3; i++)
		if (strcmp(words[i], word) == 0) {
			policy->unsure = (enum pr_policy_unsure)i;
			return PR_OK;
		}
	return pr_json_error(top, why, "inconclusive must be cannot-tell, pass or fail, found '%s'",
	                     word);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static enum pr_err load_members(struct pr_policy *policy, const char *path, struct pr_error *why)
{
	static const char *const keys[] = {"format",  "version",      "baseline", "threshold",
	                                   "fail_on", "inconclusive", "rules",    NULL};
	struct pr_json top = pr_json_top(path, policy->json);
	enum pr_err err = pr_json_check_format(policy->json, path, FORMAT, VERSION, why);

	if (err == PR_OK)
		err = pr_json_check_keys(&top, keys, why);
	if (err == PR_OK)
		err = load_text(&top, "baseline", &policy->baseline, why);
	if (err == PR_OK)
		err = load_threshold(&top, &policy->threshold, why);
	if (err == PR_OK)
		err = load_fail_on(policy, &top, why);
	if (err == PR_OK)
		err = load_unsure(policy, &top, why);
	return err == PR_OK ? load_rules(policy, &top, why) : err;
}

enum pr_err pr_policy_load(const char *path, struct pr_policy **policy, struct pr_error *why)
{
	enum pr_err err = PR_OK;

	*policy = pr_alloc(sizeof(**policy));
	**policy = (struct pr_policy){.threshold = PR_COMPARE_DELTA,
	                              .fail_on = 1u << PR_VERDICT_REGRESSED};
	if (path == NULL)
		return PR_OK;
	err = pr_json_read_file(path, &(*policy)->json, why);
	if (err == PR_OK)
		err = load_members(*policy, path, why);
	if (err != PR_OK)
		pr_policy_destroy(policy);
	return err;
}

void pr_policy_destroy(struct pr_policy **policy)
{
	struct pr_policy *old = *policy;

	*policy = NULL;
	if (old == NULL)
		return;
	json_decref(old->json);
	free(old->rules);
	free(old);
}

const struct pr_policy_rule *pr_policy_find(const struct pr_policy *policy, const char *metric,
                                            const char *workload, const char *phase)
{
	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct pr_policy_rule *rule = &policy->rules[i];

		if (fits(rule->metric, metric) && fits(rule->workload, workload) &&
		    fits(rule->phase, phase))
			return rule;
	}
	return NULL;
}
