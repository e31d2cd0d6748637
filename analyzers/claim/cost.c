/* SPDX-License-Identifier: MIT */
/* analyzers/claim/cost.c - "the O(n) check costs little": what something adds to the CPU time per
 * message, as a part of the baseline's.
 *
 * A cost is named as the cause (cause.h) whose calls make it: the difference in calls, at the
 * prices that were calibrated on the host (share.h).  "logic" is all that a phase costs more: the
 * difference in CPU time itself.  "code-footprint" has no price: where the simulated cache misses
 * no more often than the baseline's, it costs nothing; where it does, that it costs time is not
 * shown.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/cause.h"
#include "analyzers/claim.h"
#include "analyzers/facts.h"
#include "analyzers/numbers.h"
#include "analyzers/share.h"

static const struct pr_cause_ops *find_cause(const char *name)
{
	for (size_t i = 0; pr_causes[i] != NULL; i++)
		if (strcmp(pr_causes[i]->name, name) == 0)
			return pr_causes[i];
	return NULL;
}

/* How many standard errors an interval of this confidence reaches out, by bisection.  */
static double reach(double confidence)
{
	double low = 0, high = 10;

	for (int i = 0; i < 60; i++) {
		double middle = (low + high) / 2;

		if (erf(middle / M_SQRT2) < confidence)
			low = middle;
		else
			high = middle;
	}
	return high;
}

static void bounds(const struct pr_claim *claim, double *lo, double *hi)
{
	*lo = isnan(claim->at_least) ? -INFINITY : claim->at_least;
	*hi = isnan(claim->at_most) ? INFINITY : claim->at_most;
}

/* What the counters say of the cause in the claim's phase.  */
static void add_evidence(const struct pr_cause_ops *cause, const struct pr_claim_facts *facts,
                         size_t workload, struct pr_claim_answer *answer)
{
	struct pr_cause_finding finding;
	struct pr_facts seen;

	pr_facts_init(&seen, facts->run, facts->phase, workload);
	pr_cause_judge(cause, &seen.seen, &finding);
	pr_buf_printf(&answer->evidence, " %s", finding.evidence);
	free(finding.evidence);
	pr_facts_fini(&seen);
}

static void judge_priced(const struct pr_claim *claim, struct pr_claim_facts *facts,
                         size_t workload, struct pr_claim_answer *answer)
{
	const struct pr_cause_ops *cause = find_cause(claim->name);
	struct pr_prices prices = pr_prices_get(facts->run);
	struct pr_estimate cost =
	        pr_share_cause(facts->run, cause, &prices, workload, facts->baseline, facts->phase);
	double level = pr_share_level(facts->run, workload, facts->baseline);
	struct pr_claim_measure m = {.measured = true, .mde = NAN, .n = facts->run->block_count};
	double lo, hi;

	if (isnan(cost.value) || !(level > 0)) {
		pr_claim_lacks(answer,
		               "what makes the cost %s was not counted, or not priced, in %s",
		               claim->name, facts->run->workloads[workload].label);
		return;
	}
	m.value = cost.value / level;
	m.exact = cost.se == 0;
	m.lo = m.value - reach(facts->confidence) * cost.se / level;
	m.hi = m.value + reach(facts->confidence) * cost.se / level;
	bounds(claim, &lo, &hi);
	pr_claim_put(claim, facts, workload, &m, NULL, lo, hi, answer);
	add_evidence(cause, facts, workload, answer);
}

/* Misses per message; NaN.  */
static double misses(const struct pr_run *run, size_t phase, size_t workload)
{
	const struct pr_run_trial *trial = pr_run_find_callgrind(run, phase, workload);

	return trial == NULL || !trial->good
	               ? NAN
	               : pr_run_number(trial->callgrind, "instruction_misses") /
	                         pr_run_number(trial->callgrind, "messages");
}

static void judge_footprint(const struct pr_claim *claim, struct pr_claim_facts *facts,
                            size_t workload, struct pr_claim_answer *answer)
{
	double base = misses(facts->run, facts->baseline, workload);
	double current = misses(facts->run, facts->phase, workload);
	struct pr_claim_measure m = {.measured = true, .exact = true, .once = true, .mde = NAN};

	if (isnan(base) || isnan(current)) {
		pr_claim_lacks(answer, "no trial simulated the instruction cache in %s",
		               facts->run->workloads[workload].label);
		answer->command = pr_claim_more(claim, facts, NULL);
		return;
	}
	bounds(claim, &answer->want_lo, &answer->want_hi);
	answer->measure = m;
	answer->verdict = current > base ? PR_CLAIM_NOT_SHOWN
	                                 : pr_claim_decide(&m, answer->want_lo, answer->want_hi);
	answer->brief = pr_asprintf("%s misses a message, baseline %s",
	                            pr_numbers_value(current, "calls/msg").text,
	                            pr_numbers_value(base, "calls/msg").text);
	pr_buf_printf(
	        &answer->evidence,
	        "In %s a simulated instruction cache misses %s times per message, that of "
	        "%s %s times.%s",
	        facts->run->workloads[workload].label, pr_numbers_value(current, "calls/msg").text,
	        facts->run->phases[facts->baseline].label, pr_numbers_value(base, "calls/msg").text,
	        current > base ? " What such a miss costs is not known." : "");
}

static void judge_logic(const struct pr_claim *claim, struct pr_claim_facts *facts, size_t workload,
                        struct pr_claim_answer *answer)
{
	struct pr_claim whole = *claim;
	struct pr_claim_measure m;
	double lo, hi;

	whole.metric = pr_metrics_find("cpu_per_message");
	m = pr_claim_effect(&whole, facts, workload);
	if (!m.measured) {
		pr_claim_lacks(answer, "CPU time was not measured in %s",
		               facts->run->workloads[workload].label);
		return;
	}
	bounds(claim, &lo, &hi);
	pr_claim_put(&whole, facts, workload, &m, NULL, lo, hi, answer);
}

static void judge(const struct pr_claim *claim, struct pr_claim_facts *facts,
                  struct pr_claim_answer *answer)
{
	pr_claim_each(claim, facts, answer,
	              strcmp(claim->name, "logic") == 0            ? judge_logic
	              : strcmp(claim->name, "code-footprint") == 0 ? judge_footprint
	                                                           : judge_priced);
}

static enum pr_err check(const struct pr_claim *claim, const struct pr_json *at,
                         struct pr_error *why)
{
	if (isnan(claim->at_least) && isnan(claim->at_most))
		return pr_json_error(at, why,
		                     "a cost needs \"at_least\" or \"at_most\": a fraction of the "
		                     "baseline's CPU time per message");
	return PR_OK;
}

const struct pr_claim_ops pr_claim_cost = {
        .name = "cost",
        .question = "What does something add to the CPU time per message?",
        .version = PR_CLAIM_OPS_VERSION,
        .of_phase = true,
        .rests_on_interval = true,
        .needs = (const char *const[]){NULL},
        .may = (const char *const[]){"at_least", "at_most", NULL},
        .names = (const char *const[]){"speculation", "extra-reads", "small-batches", "wake-ups",
                                       "interest-toggling", "allocations", "size-walk", "copying",
                                       "code-footprint", "logic", NULL},
        .check = check,
        .judge = judge,
};
