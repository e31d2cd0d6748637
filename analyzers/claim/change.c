/* SPDX-License-Identifier: MIT */
/* analyzers/claim/change.c - "throughput -6.3 %": a phase against its baseline.
 *
 * A single number is taken as "about": between half of it and one and a half times it, unless
 * "tolerance" says how far off the truth may be.  Two numbers are taken as they are.  "from", "to"
 * and "amount" are the figures that the change was computed from: they must make that change
 * (claims_judge.c).  */
#include <math.h>

#include "analyzers/claim.h"

#define ABOUT       0.5
#define ABOUT_LEAST 0.01

static void judge_one(const struct pr_claim *claim, struct pr_claim_facts *facts, size_t workload,
                      struct pr_claim_answer *answer)
{
	struct pr_claim_measure m = pr_claim_effect(claim, facts, workload);
	double tolerance = claim->tolerance;

	if (!m.measured) {
		pr_claim_lacks(answer, "%s of %s and %s was not measured in %s",
		               claim->metric->name, facts->run->phases[facts->phase].label,
		               facts->run->phases[facts->baseline].label,
		               pr_claim_place(facts, workload));
		return;
	}
	if (isnan(tolerance))
		tolerance = claim->change.lo < claim->change.hi
		                    ? 0
		                    : fmax(ABOUT * fabs(claim->change.lo), ABOUT_LEAST);
	pr_claim_put(claim, facts, workload, &m, NULL, claim->change.lo - tolerance,
	             claim->change.hi + tolerance, answer);
}

static void judge(const struct pr_claim *claim, struct pr_claim_facts *facts,
                  struct pr_claim_answer *answer)
{
	pr_claim_each(claim, facts, answer, judge_one);
}

static enum pr_err check(const struct pr_claim *claim, const struct pr_json *at,
                         struct pr_error *why)
{
	if (claim->change.lo < -1)
		return pr_json_error(at, why,
		                     "change is a fraction (-0.063 is -6.3 %%); nothing falls by "
		                     "more than all of it, found %g",
		                     claim->change.lo);
	return PR_OK;
}

const struct pr_claim_ops pr_claim_change = {
        .name = "change",
        .question = "Does a metric differ from the baseline's by that much?",
        .version = PR_CLAIM_OPS_VERSION,
        .of_phase = true,
        .rests_on_interval = true,
        .needs = (const char *const[]){"metric", "change", NULL},
        .may = (const char *const[]){"tolerance", "from", "to", "amount", NULL},
        .check = check,
        .judge = judge,
};
