/* SPDX-License-Identifier: MIT */
/* analyzers/cause/noise.c - what others did on the machine: blocks that disagree, threads that were
 * pushed off their CPU, slices that were void.  */
#include <math.h>

#include "analyzers/cause.h"
#include "analyzers/numbers.h"
#include "core/base/buf.h"

/* The spread of the blocks (SD over value).  An undisturbed machine shows 0.2 to 2 % pinned.  */
#define SPREAD_YES 0.10
#define SPREAD_NO  0.05

/* Of the slices.  */
#define VOID_YES 0.2

static void judge(const struct pr_cause_facts *facts, struct pr_cause_finding *finding)
{
	double spread = pr_cause_number(facts->process, "spread");
	double blocks = pr_cause_number(facts->process, "blocks");
	double slices = pr_cause_number(facts->process, "slices");
	double voided = pr_counts_add(0, pr_cause_number(facts->process, "slices_void"));
	double pushed = pr_cause_number(facts->process, "switches_involuntary");

	if (isnan(spread)) {
		finding->evidence =
		        pr_strdup("It takes two timed blocks at least to see how they differ.");
		return;
	}
	finding->verdict = slices > 0 && voided / slices >= VOID_YES
	                           ? PR_CAUSE_YES
	                           : pr_cause_by_rate(spread, SPREAD_NO, SPREAD_YES);
	finding->evidence = pr_asprintf(
	        "The CPU time per message of %s blocks spreads by %s; %s slices were void%s%s%s.",
	        pr_numbers_count(blocks).text, pr_numbers_percent(spread).text,
	        pr_numbers_count(voided).text, isnan(pushed) ? "" : "; ",
	        isnan(pushed) ? "" : pr_numbers_value(pushed, "calls/msg").text,
	        isnan(pushed) ? "" : " times per message a thread was pushed off its CPU");
}

const struct pr_cause_ops pr_cause_noise = {
        .name = "noise",
        .question = "Was the machine too restless for the difference to mean much?",
        .version = PR_CAUSE_OPS_VERSION,
        .judge = judge,
};
