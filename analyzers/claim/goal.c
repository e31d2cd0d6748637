/* SPDX-License-Identifier: MIT */
/* analyzers/claim/goal.c - "EAGAIN below 50": declared before, judged after.
 *
 * One bound or two.  Counts of a whole trial are added up over the workloads that the claim covers;
 * of all other metrics each workload must reach the goal.  */
#include <math.h>

#include "analyzers/claim.h"

static void judge_one(const struct pr_claim *claim, struct pr_claim_facts *facts, size_t workload,
                      struct pr_claim_answer *answer)
{
	struct pr_claim_measure m = pr_claim_side(claim, facts, facts->phase, workload);

	if (!m.measured) {
		pr_claim_lacks(answer, "%s of %s was not measured in %s", claim->metric->name,
		               facts->run->phases[facts->phase].label,
		               pr_claim_place(facts, workload));
		return;
	}
	pr_claim_put(claim, facts, workload, &m, claim->metric->unit,
	             isnan(claim->at_least) ? -INFINITY : claim->at_least,
	             isnan(claim->at_most) ? INFINITY : claim->at_most, answer);
}

static void judge(const struct pr_claim *claim, struct pr_claim_facts *facts,
                  struct pr_claim_answer *answer)
{
	pr_claim_each(claim, facts, answer, judge_one);
}

static enum pr_err check(const struct pr_claim *claim, const struct pr_json *at,
                         struct pr_error *why)
{
	if (isnan(claim->at_least) && isnan(claim->at_most))
		return pr_json_error(at, why, "a goal needs \"at_least\" or \"at_most\"");
	if (claim->at_least > claim->at_most)
		return pr_json_error(at, why, "at_least %g is above at_most %g", claim->at_least,
		                     claim->at_most);
	return PR_OK;
}

const struct pr_claim_ops pr_claim_goal = {
        .name = "goal",
        .question = "Is a metric as high, or as low, as it was meant to be?",
        .version = PR_CLAIM_OPS_VERSION,
        .of_phase = true,
        .rests_on_interval = true,
        .needs = (const char *const[]){"metric", NULL},
        .may = (const char *const[]){"at_least", "at_most", NULL},
        .check = check,
        .judge = judge,
};
