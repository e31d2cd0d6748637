/* SPDX-License-Identifier: MIT */
/* analyzers/cause/table.c - the causes that exist, and what they share.  */
#include "analyzers/cause.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "core/base/buf.h"

const struct pr_cause_ops *const pr_causes[] = {
        &pr_cause_speculation,
        &pr_cause_extra_reads,
        &pr_cause_small_batches,
        &pr_cause_wakeups,
        &pr_cause_interest_toggling,
        &pr_cause_allocations,
        &pr_cause_size_walk,
        &pr_cause_copying,
        &pr_cause_code_footprint,
        &pr_cause_lock_contention,
        &pr_cause_blocked_loop,
        &pr_cause_lost_data,
        &pr_cause_noise,
        NULL,
};

const char *const pr_cost_names[PR_COSTS] = {
        [PR_COST_RECV_EMPTY] = "recv_empty", [PR_COST_RECV_SMALL] = "recv_small",
        [PR_COST_SEND_SMALL] = "send_small", [PR_COST_EPOLL_CTL] = "epoll_ctl",
        [PR_COST_EPOLL_WAIT] = "epoll_wait", [PR_COST_EVENTFD] = "eventfd",
        [PR_COST_SWITCH] = "switch",         [PR_COST_ALLOCATION] = "allocation",
        [PR_COST_MUTEX] = "mutex",           [PR_COST_COPY_KIB] = "copy_kib",
        [PR_COST_WALK_STEP] = "walk_step",
};

const char *pr_cause_verdict_name(enum pr_cause_verdict verdict)
{
	static const char *const names[] = {"yes", "no", "cannot tell"};

	return names[verdict];
}

void pr_cause_judge(const struct pr_cause_ops *ops, const struct pr_cause_facts *facts,
                    struct pr_cause_finding *finding)
{
	*finding = (struct pr_cause_finding){.verdict = PR_CAUSE_CANNOT_TELL};
	for (size_t i = 0; i < PR_COSTS; i++)
		finding->calls[i] = NAN;
	ops->judge(facts, finding);
	if (finding->evidence == NULL)
		finding->evidence = pr_strdup("No probe counted what it takes to tell.");
}

double pr_cause_number(const json_t *group, const char *name)
{
	return pr_run_number(group, name);
}

double pr_cause_hook(const struct pr_cause_facts *facts, const char *name)
{
	return pr_cause_number(facts->hooks, name);
}

double pr_cause_rate(const struct pr_cause_facts *facts, const char *name)
{
	return facts->messages > 0 ? pr_cause_hook(facts, name) / facts->messages : NAN;
}

static void divide(struct pr_counts *counts, double messages)
{
	counts->receives /= messages;
	counts->would_blocks /= messages;
	counts->successful /= messages;
	counts->received_bytes /= messages;
	counts->sends /= messages;
	counts->sent_bytes /= messages;
	counts->waits /= messages;
	counts->wakeups /= messages;
	for (size_t i = 0; i < PR_COUNTS_CAUSES; i++) {
		counts->would_blocks_by[i] /= messages;
		counts->receives_by[i] /= messages;
	}
}

/* 0 for what a probe that was there did not see.  */
static double member(const json_t *group, const char *name)
{
	return pr_counts_add(0, pr_cause_number(group, name));
}

/* By a probe that sees every system call.  */
static struct pr_counts outside(const struct pr_cause_facts *facts, const char **probe)
{
	bool is_perf = facts->perf != NULL && facts->perf_messages > 0;
	struct pr_counts counts;

	if (is_perf) {
		*probe = "perf";
		counts = pr_counts_from_flat(facts->perf);
		counts.received_bytes = counts.sent_bytes = NAN;
		divide(&counts, facts->perf_messages);
		return counts;
	}
	*probe = facts->strace != NULL && facts->traced_messages > 0 ? "strace" : NULL;
	counts = pr_counts_from_strace(*probe != NULL ? facts->strace : NULL);
	divide(&counts, facts->traced_messages);
	return counts;
}

static void see_wakeups(const struct pr_cause_facts *facts, struct pr_counts *counts)
{
	const char *probe;
	struct pr_counts seen = outside(facts, &probe);

	if (probe != NULL)
		counts->wakeups = seen.wakeups;
}

bool pr_cause_sees_wakeups(const struct pr_cause_facts *facts)
{
	const char *probe;

	outside(facts, &probe);
	return probe != NULL || (facts->hooks != NULL && facts->messages > 0);
}

struct pr_counts pr_cause_counts(const struct pr_cause_facts *facts, const char **probe)
{
	struct pr_counts counts = pr_counts_from_hooks(facts->hooks);

	if (!isnan(counts.receives) && facts->messages > 0) {
		*probe = "hooks";
		divide(&counts, facts->messages);
		return counts;
	}
	if (facts->interpose != NULL && facts->interposed_messages > 0) {
		*probe = "interpose";
		counts = pr_counts_from_flat(facts->interpose);
		divide(&counts, facts->interposed_messages);
		see_wakeups(facts, &counts);
		return counts;
	}
	return outside(facts, probe);
}

double pr_cause_flat(const struct pr_cause_facts *facts, const char *name, const char **probe)
{
	char call[64];
	const char *end = strrchr(name, '_');

	*probe = NULL;
	if (facts->interpose != NULL && facts->interposed_messages > 0) {
		*probe = "interpose";
		return member(facts->interpose, name) / facts->interposed_messages;
	}
	if (facts->perf != NULL && facts->perf_messages > 0) {
		*probe = "perf";
		return member(facts->perf, name) / facts->perf_messages;
	}
	if (facts->strace == NULL || !(facts->traced_messages > 0) || end == NULL)
		return NAN;
	*probe = "strace";
	snprintf(call, sizeof(call), "%.*s", (int)(end - name), name);
	return member(json_object_get(facts->strace, call), end + 1) / facts->traced_messages;
}

double pr_cause_allocations_seen(const struct pr_cause_facts *facts)
{
	static const char *const names[] = {"malloc_calls", "calloc_calls", "realloc_calls",
	                                    "aligned_calls"};
	double sum = 0;

	if (facts->interpose == NULL)
		return NAN;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		sum += member(facts->interpose, names[i]);
	return sum / facts->interposed_messages;
}

enum pr_cause_verdict pr_cause_by_rate(double rate, double no_below, double yes_from)
{
	if (rate >= yes_from)
		return PR_CAUSE_YES;
	return rate < no_below ? PR_CAUSE_NO : PR_CAUSE_CANNOT_TELL;
}
