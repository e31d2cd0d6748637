/* SPDX-License-Identifier: MIT */
/* analyzers/cause/speculation.c - reads made without prior readiness that find nothing.
 *
 * The hooks say of each read why it was made and how it ended, so with them the answer is a count.
 * Without them the pattern can be seen (one would-block for each message, one message in flight)
 * but not told from other reads that come too early; then the calls are those of extra-reads.  */
#include <math.h>

#include "analyzers/cause.h"
#include "analyzers/numbers.h"
#include "core/base/buf.h"

/* Would-blocks per message: from here on speculation costs something, below that it does not.
 * Between the two nothing is claimed.  */
#define YES_FROM 0.05
#define NO_BELOW 0.01

static void judge_hooks(const struct pr_cause_facts *facts, struct pr_cause_finding *finding)
{
	double made = pr_cause_hook(facts, "recv_speculative");
	double failed = pr_cause_hook(facts, "eagain_speculative");
	double restarts = pr_counts_add(0, pr_cause_rate(facts, "eagain_restart"));
	double per_message = failed / facts->messages;

	finding->verdict = pr_cause_by_rate(per_message, NO_BELOW, YES_FROM);
	finding->calls[PR_COST_RECV_EMPTY] = per_message + restarts;
	finding->evidence = pr_asprintf(
	        "recv_speculative %s, eagain_speculative %s, recv_eagain %s: %s speculative reads "
	        "per message find nothing.",
	        pr_numbers_count(made).text, pr_numbers_count(failed).text,
	        pr_numbers_count(pr_cause_hook(facts, "recv_eagain")).text,
	        pr_numbers_value(per_message, "calls/msg").text);
}

static void judge_outside(const struct pr_cause_facts *facts, struct pr_cause_finding *finding)
{
	const char *probe;
	double per_message = pr_cause_counts(facts, &probe).would_blocks;

	if (probe == NULL) {
		finding->evidence = pr_strdup("No probe counted the receives.");
		return;
	}
	finding->verdict = per_message < NO_BELOW ? PR_CAUSE_NO : PR_CAUSE_CANNOT_TELL;
	finding->evidence = pr_asprintf(
	        "%s counts %s would-blocks per message%s; no probe says why the reads were made.",
	        probe, pr_numbers_value(per_message, "calls/msg").text,
	        per_message >= 0.5 ? ", which is consistent with a read after each completion"
	                           : "");
}

static void judge(const struct pr_cause_facts *facts, struct pr_cause_finding *finding)
{
	if (!isnan(pr_cause_rate(facts, "eagain_speculative")))
		judge_hooks(facts, finding);
	else
		judge_outside(facts, finding);
}

const struct pr_cause_ops pr_cause_speculation = {
        .name = "speculation",
        .question = "Do reads made without prior readiness find nothing?",
        .version = PR_CAUSE_OPS_VERSION,
        .judge = judge,
};
