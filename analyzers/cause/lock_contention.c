/* SPDX-License-Identifier: MIT */
/* analyzers/cause/lock_contention.c - threads that sleep because another holds a lock.
 *
 * glibc's mutex is 2 while somebody waits for it, and whoever has to wait sleeps in
 * futex(FUTEX_WAIT, 2); waits for messages use other values.  Only a tracer sees that.  It has no
 * price of its own: who waits so goes to sleep, and sleeping is counted by wake-ups.  */
#include <math.h>

#include "analyzers/cause.h"
#include "analyzers/numbers.h"
#include "core/base/buf.h"

/* Waits for a lock, per message.  */
#define YES_FROM 0.05
#define NO_BELOW 0.01

static void judge(const struct pr_cause_facts *facts, struct pr_cause_finding *finding)
{
	const json_t *futex = json_object_get(facts->strace, "futex");
	double waits = pr_counts_add(0, pr_cause_number(futex, "lock_waits"));
	double calls = pr_counts_add(0, pr_cause_number(futex, "calls"));

	if (facts->strace == NULL || !(facts->traced_messages > 0)) {
		finding->evidence = pr_strdup(
		        "Only a trial under strace shows who waits for a lock, and there is none.");
		return;
	}
	finding->verdict = pr_cause_by_rate(waits / facts->traced_messages, NO_BELOW, YES_FROM);
	finding->evidence = pr_asprintf(
	        "strace: %s of %s futex calls wait for a mutex that another thread holds, %s per "
	        "message.",
	        pr_numbers_count(waits).text, pr_numbers_count(calls).text,
	        pr_numbers_value(waits / facts->traced_messages, "calls/msg").text);
}

const struct pr_cause_ops pr_cause_lock_contention = {
        .name = "lock-contention",
        .question = "Do threads sleep because another holds a lock?",
        .version = PR_CAUSE_OPS_VERSION,
        .judge = judge,
};
