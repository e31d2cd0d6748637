/* SPDX-License-Identifier: MIT */
/* analyzers/cause/blocked_loop.c - a loop thread that waits for one socket on the spot, and serves
 * nothing meanwhile.
 *
 * A loop that finds a socket full must ask to be told when there is room: a change of interest, and
 * later a send made because the socket became writable.  Sends that found it full without either
 * were waited for in place.  By strace and the interposing library it is a poll(2) or ppoll(2) for
 * one descriptor and without a limit, on a thread that runs an epoll loop.  */
#include <math.h>
#include <stdlib.h>

#include "analyzers/cause.h"
#include "analyzers/numbers.h"
#include "core/base/buf.h"

static bool judge_hooks(const struct pr_cause_facts *facts, struct pr_cause_finding *finding)
{
	double full = pr_counts_add(pr_cause_hook(facts, "send_eagain"),
	                            pr_cause_hook(facts, "send_short"));
	double changes = pr_cause_hook(facts, "interest_changes");
	double later = pr_cause_hook(facts, "send_on_writable");

	if (isnan(full) || isnan(changes) || isnan(later))
		return false;
	finding->verdict = full > 0 && changes == 0 && later == 0 ? PR_CAUSE_YES : PR_CAUSE_NO;
	finding->evidence = pr_asprintf(
	        "send_short and send_eagain %s, interest_changes %s, send_on_writable %s: %s",
	        pr_numbers_count(full).text, pr_numbers_count(changes).text,
	        pr_numbers_count(later).text,
	        full == 0 ? "no send found its socket full, so no loop had to wait for room."
	        : finding->verdict == PR_CAUSE_YES
	                ? "sends found their sockets full and the loop never asked to be told "
	                  "about room: it waits for it on the spot."
	                : "where a socket was full, the loop was told when there was room.");
	return true;
}

static bool judge_outside(const struct pr_cause_facts *facts, struct pr_cause_finding *finding)
{
	const char *probe;
	double hidden, calls;

	/* perf does not see what a poll waits for.  */
	struct pr_cause_facts without = *facts;

	without.perf = NULL;
	hidden = pr_counts_add(pr_cause_flat(&without, "poll_hidden", &probe),
	                       pr_cause_flat(&without, "ppoll_hidden", &probe));
	calls = pr_counts_add(pr_cause_flat(&without, "poll_calls", &probe),
	                      pr_cause_flat(&without, "ppoll_calls", &probe));
	if (probe == NULL)
		return false;
	finding->verdict = hidden > 0 ? PR_CAUSE_YES : PR_CAUSE_NO;
	finding->evidence = pr_asprintf(
	        "%s: %s of %s poll calls per message wait without a limit for room in one "
	        "descriptor%s.",
	        probe, pr_numbers_value(hidden, "calls/msg").text,
	        pr_numbers_value(calls, "calls/msg").text,
	        hidden > 0 ? ", on a thread that runs an epoll loop: all its other connections "
	                     "wait with it"
	                   : "");
	return true;
}

static void judge(const struct pr_cause_facts *facts, struct pr_cause_finding *finding)
{
	struct pr_cause_finding seen = {.verdict = PR_CAUSE_NO};
	bool is_hooked = judge_hooks(facts, finding);
	bool is_seen = judge_outside(facts, &seen);

	if (is_seen &&
	    (!is_hooked || (seen.verdict == PR_CAUSE_YES && finding->verdict != PR_CAUSE_YES))) {
		free(finding->evidence);
		finding->verdict = seen.verdict;
		finding->evidence = seen.evidence;
	} else if (is_seen) {
		free(seen.evidence);
	}
	if (finding->evidence == NULL)
		finding->evidence = pr_strdup("No probe counted sends or polls.");
}

const struct pr_cause_ops pr_cause_blocked_loop = {
        .name = "blocked-loop",
        .question = "Does a loop thread wait for one socket and serve no other meanwhile?",
        .version = PR_CAUSE_OPS_VERSION,
        .judge = judge,
};
