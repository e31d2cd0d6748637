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
	const char *probe = NULL;
	double rate = messages > 0 ? changes / messages : NAN;

	if (isnan(rate))
		rate = pr_cause_flat(facts, "epoll_ctl_calls", &probe);
	if (isnan(rate)) {
		finding->evidence = pr_strdup("No probe counted the changes of interest.");
		return;
	}
	finding->calls[PR_COST_EPOLL_CTL] = rate;
	finding->verdict = pr_cause_by_rate(rate, NO_BELOW, YES_FROM);
	finding->evidence = probe != NULL
	                            ? pr_asprintf("%s: %s calls of epoll_ctl per message.", probe,
	                                          pr_numbers_value(rate, "calls/msg").text)
	                            : pr_asprintf("interest_changes %s, %s per message.",
	                                          pr_numbers_count(changes).text,
	                                          pr_numbers_value(rate, "calls/msg").text);
}

const struct pr_cause_ops pr_cause_interest_toggling = {
        .name = "interest-toggling",
        .question = "Is the interest in sockets changed for each message or so?",
        .version = PR_CAUSE_OPS_VERSION,
        .judge = judge,
};
