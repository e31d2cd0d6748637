/* SPDX-License-Identifier: MIT */
/* analyzers/cause/small_batches.c - a system call for few messages, where more could have gone with
 * it.
 *
 * Where the application waits for each message (a ping-pong) there is nothing to batch: then the
 * number of wake-ups per message is as high as that of receives, and the answer is no.  A message
 * that takes several calls is a batch smaller than a message.  */
#include <math.h>

#include "analyzers/cause.h"
#include "analyzers/numbers.h"
#include "core/base/buf.h"

/* Calls per message: four messages and ten messages a call.  */
#define YES_FROM 0.25
#define NO_BELOW 0.1

/* Sleeps of the application, or wake-ups, or reads of its own that found something, per message. */
#define WAITS_FOR_EACH 0.45

/* The loop waited for each message.  */
#define WAITS_OF_LOOP 0.9

/* More calls than this for a message: it does not fit into one.  */
#define SEVERAL 1.5

/* A read without prior readiness that finds something is one of somebody who waits.  */
static double waits_of_app(const struct pr_cause_facts *facts, const struct pr_counts *counts)
{
	double sleeps = pr_cause_rate(facts, "app_sleeps");
	double polls = pr_cause_rate(facts, "app_polls");
	double found = pr_cause_rate(facts, "recv_speculative") -
	               pr_cause_rate(facts, "eagain_speculative");

	return isnan(sleeps) ? counts->wakeups : pr_counts_add(pr_counts_add(sleeps, polls), found);
}

/* Nobody saw all wake-ups, and threads sleep as often as if the application waited.  */
static bool may_wait(const struct pr_cause_facts *facts)
{
	double switches = pr_cause_number(facts->process, "switches_voluntary");

	return !pr_cause_sees_wakeups(facts) && !(switches < WAITS_FOR_EACH);
}

/* The loop had nothing to do between two messages, and threads slept as often as if the application
 * waited; but it looked a few times more before it slept, and found what it waited for.  */
static bool may_have_looked(const struct pr_cause_facts *facts, const struct pr_counts *counts)
{
	return counts->waits >= WAITS_OF_LOOP &&
	       pr_cause_number(facts->process, "switches_voluntary") >= WAITS_FOR_EACH;
}

static void judge(const struct pr_cause_facts *facts, struct pr_cause_finding *finding)
{
	const char *probe;
	struct pr_counts counts = pr_cause_counts(facts, &probe);
	double most = fmax(counts.successful, counts.sends);
	const char *comment = "";

	if (probe == NULL) {
		finding->evidence = pr_strdup("No probe counted receives and sends.");
		return;
	}
	finding->calls[PR_COST_RECV_SMALL] = counts.successful;
	finding->calls[PR_COST_SEND_SMALL] = counts.sends;
	finding->verdict = pr_cause_by_rate(most, NO_BELOW, YES_FROM);
	if (most < SEVERAL && most >= NO_BELOW && waits_of_app(facts, &counts) >= WAITS_FOR_EACH) {
		finding->verdict = PR_CAUSE_NO;
		comment = " The application waits for each message, so there is nothing to batch.";
	} else if (most < SEVERAL && finding->verdict == PR_CAUSE_YES && may_wait(facts)) {
		finding->verdict = PR_CAUSE_CANNOT_TELL;
		comment = " Threads sleep that often too, woken by what this probe does not see: "
		          "the application may wait for each message.";
	} else if (most < SEVERAL && finding->verdict == PR_CAUSE_YES &&
	           may_have_looked(facts, &counts)) {
		finding->verdict = PR_CAUSE_CANNOT_TELL;
		comment = " The loop waits for each message, and threads sleep about as often: the "
		          "application may wait for each too.";
	} else if (most >= SEVERAL) {
		comment = " A message takes several calls: they are given less room than it has.";
	}
	finding->evidence = pr_asprintf(
	        "%s: %s receives that find data and %s sends per message, %s bytes a receive and "
	        "%s a send.%s",
	        probe, pr_numbers_value(counts.successful, "calls/msg").text,
	        pr_numbers_value(counts.sends, "calls/msg").text,
	        pr_numbers_count(counts.received_bytes / counts.successful).text,
	        pr_numbers_count(counts.sent_bytes / counts.sends).text, comment);
}

const struct pr_cause_ops pr_cause_small_batches = {
        .name = "small-batches",
        .question = "Do receives and sends move few messages each?",
        .version = PR_CAUSE_OPS_VERSION,
        .judge = judge,
};
