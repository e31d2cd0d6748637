/* SPDX-License-Identifier: MIT */
/* analyzers/cause/allocations.c - memory from the heap for messages on their way.  */
#include <math.h>

#include "analyzers/cause.h"
#include "analyzers/numbers.h"
#include "core/base/buf.h"

/* Allocations per message.  */
#define YES_FROM 0.25
#define NO_BELOW 0.05

static void judge(const struct pr_cause_facts *facts, struct pr_cause_finding *finding)
{
	double in = pr_cause_hook(facts, "allocations");
	double out = pr_cause_hook(facts, "send_allocations");
	double rate = facts->messages > 0 ? pr_counts_add(in, out) / facts->messages : NAN;

	if (isnan(rate)) {
		finding->evidence =
		        pr_strdup("No probe counted allocations; a trial under callgrind counts "
		                  "instructions, the allocator's among them.");
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
