/* SPDX-License-Identifier: MIT */
/* analyzers/claim/equality.c - "EAGAIN 0 %": a phase is the same as its baseline in a metric.
 *
 * "within" is the change that does not matter: 2 % unless it is said.  Not to have seen a
 * difference is not enough; the interval must lie within it.  */
#include <math.h>

#include "analyzers/claim.h"
#include "analyzers/compare.h"

static void judge_one(const struct pr_claim *claim, struct pr_claim_facts *facts, size_t workload,
                      struct pr_claim_answer *answer)
{
	struct pr_claim_measure m = pr_claim_effect(claim, facts, workload);
	double within = isnan(claim->within) ? PR_COMPARE_DELTA : claim->within;

	if (!m.measured)
		pr_claim_lacks(answer, "%s of %s and %s was not measured in %s",
		               claim->metric->name, facts->run->phases[facts->phase].label,
		               facts->run->phases[facts->baseline].label,
		               pr_claim_place(facts, workload));
	else
		pr_claim_put(claim, facts, workload, &m, NULL, -within, within, answer);
}

static void judge(const struct pr_claim *claim, struct pr_claim_facts *facts,
                  struct pr_claim_answer *answer)
{
	pr_claim_each(claim, facts, answer, judge_one);
}

static enum pr_err check(const struct pr_claim *claim, const struct pr_json *at,
                         struct pr_error *why)
{
	if (isnan(claim->within) || (claim->within > 0 && claim->within < 1))
		return PR_OK;
	return pr_json_error(at, why,
	                     "within is a fraction above 0 and below 1 (0.02 is 2 %%), found %g",
	                     claim->within);
}

const struct pr_claim_ops pr_claim_equality = {
        .name = "equality",
        .question = "Is a metric the same as the baseline's?",
        .version = PR_CLAIM_OPS_VERSION,
        .of_phase = true,
        .rests_on_interval = true,
        .needs = (const char *const[]){"metric", NULL},
        .may = (const char *const[]){"within", NULL},
        .check = check,
        .judge = judge,
};
