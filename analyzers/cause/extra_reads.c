/* SPDX-License-Identifier: MIT */
/* analyzers/cause/extra_reads.c - reads that find nothing for any reason but speculation: after a
 * readiness that was over, at the end of a drain, at start.  Where nobody says why a read was made,
 * all that find nothing are here.  */
#include <math.h>

#include "analyzers/cause.h"
#include "analyzers/numbers.h"
#include "core/base/buf.h"

/* Per message.  */
#define YES_FROM 0.05
#define NO_BELOW 0.01

static void judge_reasons(const struct pr_cause_facts *facts, const struct pr_counts *counts,
                          struct pr_cause_finding *finding)
{
	double extra = counts->would_blocks - counts->would_blocks_by[PR_COUNTS_SPECULATIVE] -
	               counts->would_blocks_by[PR_COUNTS_RESTART];

	finding->verdict = pr_cause_by_rate(extra, NO_BELOW, YES_FROM);
	finding->calls[PR_COST_RECV_EMPTY] = extra;
	finding->evidence = pr_asprintf(
	        "eagain_on_readiness %s, eagain_drain %s, eagain_start %s: %s reads per message "
	        "that were not speculative find nothing.",
	        pr_numbers_count(pr_cause_hook(facts, "eagain_on_readiness")).text,
	        pr_numbers_count(pr_cause_hook(facts, "eagain_drain")).text,
	        pr_numbers_count(pr_cause_hook(facts, "eagain_start")).text,
	        pr_numbers_value(extra, "calls/msg").text);
}

static void judge(const struct pr_cause_facts *facts, struct pr_cause_finding *finding)
{
	const char *probe;
	struct pr_counts counts = pr_cause_counts(facts, &probe);

	if (probe == NULL) {
		finding->evidence = pr_strdup("No probe counted the receives.");
		return;
	}
	if (!isnan(counts.would_blocks_by[PR_COUNTS_SPECULATIVE])) {
		judge_reasons(facts, &counts, finding);
		return;
	}
	finding->verdict = pr_cause_by_rate(counts.would_blocks, NO_BELOW, YES_FROM);
	finding->calls[PR_COST_RECV_EMPTY] = counts.would_blocks;
	finding->evidence =
	        pr_asprintf("%s: %s of %s receives per message find nothing; why they were made "
	                    "is not counted.",
	                    probe, pr_numbers_value(counts.would_blocks, "calls/msg").text,
	                    pr_numbers_value(counts.receives, "calls/msg").text);
}

const struct pr_cause_ops pr_cause_extra_reads = {
        .name = "extra-reads",
        .question = "Do reads that were not speculative find nothing?",
        .version = PR_CAUSE_OPS_VERSION,
        .judge = judge,
};
