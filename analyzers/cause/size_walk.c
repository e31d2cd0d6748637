/* SPDX-License-Identifier: MIT */
/* analyzers/cause/size_walk.c - held bytes that are counted by walking along all of their buffers.
 */
#include <math.h>

#include "analyzers/cause.h"
#include "analyzers/numbers.h"
#include "core/base/buf.h"

/* Steps per message.  */
#define YES_FROM 0.05
#define NO_BELOW 0.01

static void judge(const struct pr_cause_facts *facts, struct pr_cause_finding *finding)
{
	double steps = pr_cause_hook(facts, "size_walk_steps");
	double rate = pr_cause_rate(facts, "size_walk_steps");
	double stops = pr_cause_hook(facts, "stops");

	if (isnan(rate)) {
		finding->evidence = pr_strdup("No probe sees the steps of a size check.");
		return;
	}
	finding->calls[PR_COST_WALK_STEP] = rate;
	finding->verdict = pr_cause_by_rate(rate, NO_BELOW, YES_FROM);
	finding->evidence = pr_asprintf(
	        "size_walk_steps %s, %s per message%s.", pr_numbers_count(steps).text,
	        pr_numbers_value(rate, "calls/msg").text,
	        stops == 0 ? "; stops 0: nothing was held back, so nothing had to be walked" : "");
}

const struct pr_cause_ops pr_cause_size_walk = {
        .name = "size-walk",
        .question = "Does counting what is held back take a walk along it?",
        .version = PR_CAUSE_OPS_VERSION,
        .judge = judge,
};
