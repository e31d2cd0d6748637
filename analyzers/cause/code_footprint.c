/* SPDX-License-Identifier: MIT */
/* analyzers/cause/code_footprint.c - code that does not stay in the instruction cache.
 *
 * callgrind simulates a first-level instruction cache of this processor's size.  It knows neither a
 * prefetcher nor what the kernel's code throws out, so a miss there has no price in time, and the
 * cause has no share.  */
#include <math.h>

#include "analyzers/cause.h"
#include "analyzers/numbers.h"
#include "core/base/buf.h"

/* Misses per message.  */
#define YES_FROM 10.0
#define NO_BELOW 2.0

static void judge(const struct pr_cause_facts *facts, struct pr_cause_finding *finding)
{
	double misses = pr_cause_number(facts->callgrind, "instruction_misses");
	/* A difference of two counts, which can come out below 0 where there are hardly any.  */
	double rate = isnan(misses)
	                      ? NAN
	                      : fmax(0, misses) / pr_cause_number(facts->callgrind, "messages");

	if (isnan(rate)) {
		finding->evidence = pr_strdup(
		        "No trial simulated the instruction cache; `proctor run --probe callgrind` "
		        "does.");
		return;
	}
	finding->verdict = pr_cause_by_rate(rate, NO_BELOW, YES_FROM);
	finding->evidence = pr_asprintf(
	        "callgrind: %s misses per message in a simulated first-level instruction cache, "
	        "in user space.",
	        pr_numbers_value(rate, "calls/msg").text);
}

const struct pr_cause_ops pr_cause_code_footprint = {
        .name = "code-footprint",
        .question = "Does the code miss the instruction cache?",
        .version = PR_CAUSE_OPS_VERSION,
        .judge = judge,
};
