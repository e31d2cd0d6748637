/* SPDX-License-Identifier: MIT */
/* analyzers/policy.h - what a gate lets through: the document "proctor.policy".
 *
 *   {"format": "proctor.policy", "version": 1, "baseline": "old", "threshold": 0.02,
 *    "fail_on": ["regressed"], "inconclusive": "cannot-tell",
 *    "rules": [{"metric": "throughput", "workload": "streaming*", "phase": "new", "threshold":
 * 0.03}]}
 *
 * Everything but format and version may be left out.  Of a row the first rule counts whose patterns
 * (fnmatch(3)) fit its metric, workload and phase; rows that no rule fits do not decide.  Without
 * "rules" the rows decide that decide in a comparison (rows.h).  Lost, reordered and duplicated
 * messages always decide.  Raw sockets never do, unless a rule names the phase without a pattern.
 */
#ifndef PR_POLICY_H
#define PR_POLICY_H

#include <jansson.h>
#include <stdbool.h>

#include "analyzers/rows.h"
#include "core/base/err.h"

/* What becomes of a check that cannot tell.  */
enum pr_policy_unsure { PR_POLICY_CANNOT_TELL, PR_POLICY_PASS, PR_POLICY_FAIL };

struct pr_policy_rule {
	const char *metric, *workload, *phase; /* patterns; NULL: all */
	double threshold;                      /* a fraction */
};

struct pr_policy {
	json_t *json;         /* what the texts are borrowed from */
	const char *baseline; /* NULL: the plan's first phase */
	double threshold;     /* of rows without a rule */
	unsigned fail_on;     /* set of 1 << PR_VERDICT_... */
	enum pr_policy_unsure unsure;
	bool has_rules;
	struct pr_policy_rule *rules;
	size_t rule_count;
};

/* path NULL: the usual policy.  PR_FAILED when the file cannot be read, PR_USAGE when it is not a
 * policy: a key, metric, verdict or number that is not known is an error.  */
enum pr_err pr_policy_load(const char *path, struct pr_policy **policy,
                           struct pr_error *why) PR_CHECKED;
void pr_policy_destroy(struct pr_policy **policy);

/* The first rule that fits; NULL when there is none.  */
const struct pr_policy_rule *pr_policy_find(const struct pr_policy *policy, const char *metric,
                                            const char *workload, const char *phase);

#endif
