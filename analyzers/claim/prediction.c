/* SPDX-License-Identifier: MIT */
/* analyzers/claim/prediction.c - "reactive reads drop EAGAIN to near zero": said before the phase
 * existed.
 *
 * Either a change against the baseline (change.c) or bounds (goal.c); judged as those are.  */
#include <math.h>

#include "analyzers/claim.h"

static void judge(const struct pr_claim *claim, struct pr_claim_facts *facts,
                  struct pr_claim_answer *answer)
{
	if (isnan(claim->change.lo))
		pr_claim_goal.judge(claim, facts, answer);
	else
		pr_claim_change.judge(claim, facts, answer);
}

static enum pr_err check(const struct pr_claim *claim, const struct pr_json *at,
                         struct pr_error *why)
{
	bool bounds = !isnan(claim->at_least) || !isnan(claim->at_most);

	if (isnan(claim->change.lo) == !bounds)
		return pr_json_error(at, why,
		                     "a prediction needs \"change\", or else \"at_least\" or "
		                     "\"at_most\"");
	return bounds ? pr_claim_goal.check(claim, at, why) : pr_claim_change.check(claim, at, why);
}

const struct pr_claim_ops pr_claim_prediction = {
        .name = "prediction",
        .question = "Does a later phase do what was said of it?",
        .version = PR_CLAIM_OPS_VERSION,
        .of_phase = true,
        .rests_on_interval = true,
        .needs = (const char *const[]){"metric", NULL},
        .may = (const char *const[]){"change", "tolerance", "at_least", "at_most", NULL},
        .check = check,
        .judge = judge,
};
