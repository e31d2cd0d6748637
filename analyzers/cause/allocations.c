/* SPDX-License-Identifier: MIT */
/* analyzers/cause/allocations.c - memory from the heap for messages on their way.
 *
 * Hooks count the engine's own.  The interposing library sees those of the whole process, the
 * messages that the application makes among them, of any engine.  */
#include <math.h>

#include "analyzers/cause.h"
#include "analyzers/numbers.h"
#include "core/base/buf.h"

/* Allocations per message.  */
#define YES_FROM 0.25
#define NO_BELOW 0.05

static void judge_seen(const struct pr_cause_facts *facts, struct pr_cause_finding *finding)
{
	double rate = pr_cause_allocations_seen(facts);

	if (isnan(rate)) {
		finding->evidence = pr_strdup("No probe counted allocations; `proctor run --probe "
		                              "interpose` does, for any engine.");
		return;
	}
	finding->calls[PR_COST_ALLOCATION] = rate;
	finding->verdict = pr_cause_by_rate(rate, NO_BELOW, YES_FROM);
	finding->evidence = pr_asprintf(
	        "interpose: %s calls of malloc and its sisters per message in the whole process, "
	        "the making of messages included.",
	        pr_numbers_value(rate, "calls/msg").text);
}

static void judge(const struct pr_cause_facts *facts, struct pr_cause_finding *finding)
{
	double in = pr_cause_hook(facts, "allocations");
	double out = pr_cause_hook(facts, "send_allocations");
	double rate = facts->messages > 0 ? pr_counts_add(in, out) / facts->messages : NAN;

	if (isnan(rate)) {
		judge_seen(facts, finding);
		return;
	}
	finding->calls[PR_COST_ALLOCATION] = rate;
	finding->verdict = pr_cause_by_rate(rate, NO_BELOW, YES_FROM);
	finding->evidence = pr_asprintf("allocations %s, send_allocations %s: %s per message.",
	                                pr_numbers_count(in).text, pr_numbers_count(out).text,
	                                pr_numbers_value(rate, "calls/msg").text);
}

const struct pr_cause_ops pr_cause_allocations = {
        .name = "allocations",
        .question = "Is memory allocated for each message or so?",
        .version = PR_CAUSE_OPS_VERSION,
        .judge = judge,
};
