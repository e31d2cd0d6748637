/* SPDX-License-Identifier: MIT */
/* analyzers/cause/interest_toggling.c - epoll_ctl(2) again and again for a socket that is there. */
#include <math.h>

#include "analyzers/cause.h"
#include "analyzers/numbers.h"
#include "core/base/buf.h"

/* Changes per message.  */
#define YES_FROM 0.05
#define NO_BELOW 0.01

static void judge(const struct pr_cause_facts *facts, struct pr_cause_finding *finding)
{
	double changes = pr_cause_hook(facts, "interest_changes"), messages = facts->messages;
	const char *counter = "interest_changes";
	double rate;

	if (isnan(changes) && facts->strace != NULL) {
		changes = pr_counts_add(
		        0, pr_cause_number(json_object_get(facts->strace, "epoll_ctl"), "calls"));
		messages = facts->traced_messages;
		counter = "strace: epoll_ctl";
	}
	rate = messages > 0 ? changes / messages : NAN;
	if (isnan(rate)) {
		finding->evidence = pr_strdup("No probe counted the changes of interest.");
		return;
	}
	finding->calls[PR_COST_EPOLL_CTL] = rate;
	finding->verdict = pr_cause_by_rate(rate, NO_BELOW, YES_FROM);
	finding->evidence =
	        pr_asprintf("%s %s, %s per message.", counter, pr_numbers_count(changes).text,
	                    pr_numbers_value(rate, "calls/msg").text);
}

const struct pr_cause_ops pr_cause_interest_toggling = {
        .name = "interest-toggling",
        .question = "Is the interest in sockets changed for each message or so?",
        .version = PR_CAUSE_OPS_VERSION,
        .judge = judge,
};
