/* SPDX-License-Identifier: MIT */
/* analyzers/cause/wakeups.c - threads that wake each other, and a loop that wakes for nothing.
 *
 * Two defects show here too: a wake-up descriptor that is never drained, so that the loop takes the
 * same wake-up again and again; and a wake-up that never came, so that the application sleeps while
 * a message lies in its queue.
 *
 * Where only the interposing library counted, wake-ups that libc makes are not seen, and few of
 * them mean nothing unless hardly any thread went to sleep.  */
#include <math.h>

#include "analyzers/cause.h"
#include "analyzers/numbers.h"
#include "core/base/buf.h"

/* Wake-ups per message.  */
#define YES_FROM 0.5
#define NO_BELOW 0.1

/* Wake-ups taken for one that was sent.  */
#define TAKEN_TOO_OFTEN 2.0
#define TAKEN_MIN       100

/* Waits beside the work that they can be for, by strace.  */
#define IDLE_WAITS 10.0

/* The engine has put more messages into the application's queue than the application took, which
 * waits for one.  */
static bool was_not_woken(const struct pr_cause_facts *facts, struct pr_cause_finding *finding)
{
	double received = pr_cause_number(facts->integrity, "received");
	double delivered = pr_cause_hook(facts, "recv_messages");
	double stalled = pr_cause_number(facts->integrity, "stalled");
	double closed = pr_cause_hook(facts, "connections_closed");

	if (!(stalled > 0) || !(delivered > received) || closed > 0)
		return false; /* where a connection broke, so did the order of things */
	finding->verdict = PR_CAUSE_YES;
	finding->evidence = pr_asprintf(
	        "recv_messages %s: so many were put into the application's queue, of which it "
	        "took %s and then slept: the wake-up for the others was lost.",
	        pr_numbers_count(delivered).text, pr_numbers_count(received).text);
	return true;
}

static bool is_not_drained(const struct pr_cause_facts *facts, struct pr_cause_finding *finding)
{
	double taken = pr_cause_hook(facts, "wakeups_taken");
	double sent = pr_cause_hook(facts, "wakeups_to_io");

	if (!(taken > TAKEN_MIN + TAKEN_TOO_OFTEN * sent))
		return false;
	finding->verdict = PR_CAUSE_YES;
	finding->evidence = pr_asprintf(
	        "wakeups_taken %s for wakeups_to_io %s: the loop takes a wake-up that nobody "
	        "drains again and again (waits %s).",
	        pr_numbers_count(taken).text, pr_numbers_count(sent).text,
	        pr_numbers_count(pr_cause_hook(facts, "waits")).text);
	return true;
}

static bool waits_for_nothing(const struct pr_counts *counts, const char *probe,
                              struct pr_cause_finding *finding)
{
	double work = counts->receives + counts->sends + counts->wakeups;

	if (!(counts->waits > 1 && counts->waits > IDLE_WAITS * work))
		return false;
	finding->verdict = PR_CAUSE_YES;
	finding->evidence = pr_asprintf(
	        "%s: %s waits per message for %s receives, sends and wake-ups: a loop wakes "
	        "without having anything to do.",
	        probe, pr_numbers_value(counts->waits, "calls/msg").text,
	        pr_numbers_value(work, "calls/msg").text);
	return true;
}

static void judge(const struct pr_cause_facts *facts, struct pr_cause_finding *finding)
{
	const char *probe;
	struct pr_counts counts = pr_cause_counts(facts, &probe);
	double switches = pr_cause_number(facts->process, "switches_voluntary");
	double polls = pr_cause_rate(facts, "app_polls");
	bool seen = pr_cause_sees_wakeups(facts);

	if (probe == NULL) { /* or there was not a single message */
		if (!is_not_drained(facts, finding))
			finding->evidence = pr_strdup("No probe counted waits and wake-ups.");
		return;
	}
	if (seen)
		finding->calls[PR_COST_EVENTFD] = counts.wakeups;
	finding->calls[PR_COST_EPOLL_WAIT] = counts.waits + (isnan(polls) ? 0 : polls);
	finding->calls[PR_COST_SWITCH] = switches;
	if (was_not_woken(facts, finding) || is_not_drained(facts, finding) ||
	    waits_for_nothing(&counts, probe, finding))
		return;
	finding->verdict = pr_cause_by_rate(counts.wakeups, NO_BELOW, YES_FROM);
	if (!seen && finding->verdict == PR_CAUSE_NO)
		finding->verdict = pr_cause_by_rate(switches, NO_BELOW, INFINITY);
	finding->evidence = pr_asprintf(
	        "%s: %s wake-ups of other threads%s and %s waits per message%s%s%s.", probe,
	        pr_numbers_value(counts.wakeups, "calls/msg").text,
	        seen ? "" : " (those that libc makes in its condition variables are not seen)",
	        pr_numbers_value(counts.waits, "calls/msg").text, isnan(switches) ? "" : "; ",
	        isnan(switches) ? "" : pr_numbers_value(switches, "calls/msg").text,
	        isnan(switches) ? "" : " times a thread of the process went to sleep");
}

const struct pr_cause_ops pr_cause_wakeups = {
        .name = "wake-ups",
        .question = "Do threads wake each other often, for nothing, or not when they should?",
        .version = PR_CAUSE_OPS_VERSION,
        .judge = judge,
};
