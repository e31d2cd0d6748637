/* SPDX-License-Identifier: MIT */
/* analyzers/counts.c - what a probe counted, in one form for all probes.  */
#include "analyzers/counts.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

const char *const pr_counts_cause_names[PR_COUNTS_CAUSES] = {
        [PR_COUNTS_SPECULATIVE] = "speculative",
        [PR_COUNTS_READINESS] = "readiness",
        [PR_COUNTS_DRAIN] = "drain",
        [PR_COUNTS_RESTART] = "restart",
        [PR_COUNTS_START] = "start",
};

/* Words of the hooks for the same causes.  */
static const char *const hook_names[PR_COUNTS_CAUSES] = {
        [PR_COUNTS_SPECULATIVE] = "speculative",
        [PR_COUNTS_READINESS] = "on_readiness",
        [PR_COUNTS_DRAIN] = "drain",
        [PR_COUNTS_RESTART] = "restart",
        [PR_COUNTS_START] = "start",
};

static struct pr_counts unknown_counts(void)
{
	struct pr_counts counts = {.receives = NAN,
	                           .would_blocks = NAN,
	                           .successful = NAN,
	                           .received_bytes = NAN,
	                           .sends = NAN,
	                           .sent_bytes = NAN,
	                           .waits = NAN,
	                           .wakeups = NAN};

	for (size_t i = 0; i < PR_COUNTS_CAUSES; i++)
		counts.would_blocks_by[i] = counts.receives_by[i] = NAN;
	return counts;
}

double pr_counts_add(double left, double right)
{
	if (isnan(left))
		return right;
	return isnan(right) ? left : left + right;
}

/* ---- calls ----------------------------------------------------------------------------------- */

const char *const pr_counts_receive_calls[] = {
        "recvfrom",  "recv",          "recvmsg",   "recvmmsg",     "read_tcp",
        "readv_tcp", "recvfrom_unix", "recv_unix", "recvmsg_unix", "recvmmsg_unix",
        "read_unix", "readv_unix",    NULL,
};
const char *const pr_counts_send_calls[] = {
        "sendto",     "send",        "sendmsg",   "sendmmsg",     "write_tcp",
        "writev_tcp", "sendto_unix", "send_unix", "sendmsg_unix", "sendmmsg_unix",
        "write_unix", "writev_unix", NULL,
};
static const char *const wait_calls[] = {"epoll_wait", "epoll_pwait", "epoll_pwait2", "poll",
                                         "ppoll",      "select",      "pselect6",     NULL};

/* 0 when the call does not occur: a trace that lacks it counted none.  */
static double member(const json_t *object, const char *key)
{
	double value = pr_run_number(object, key);

	return isnan(value) ? 0 : value;
}

/* How many `what` of one call: calls, ok, bytes, eagain, wakes, or a kind of descriptor.  */
typedef double look_up(const json_t *source, const char *call, const char *what);

static double sum(const json_t *source, look_up *look, const char *const *calls, const char *what)
{
	double all = 0;

	for (; *calls != NULL; calls++)
		all += look(source, *calls, what);
	return all;
}

static struct pr_counts add_up(const json_t *source, look_up *look)
{
	struct pr_counts counts = unknown_counts();

	if (!json_is_object(source))
		return counts;
	counts.receives = sum(source, look, pr_counts_receive_calls, "calls");
	counts.would_blocks = sum(source, look, pr_counts_receive_calls, "eagain");
	counts.successful = sum(source, look, pr_counts_receive_calls, "ok");
	counts.received_bytes = sum(source, look, pr_counts_receive_calls, "bytes");
	counts.sends = sum(source, look, pr_counts_send_calls, "calls");
	counts.sent_bytes = sum(source, look, pr_counts_send_calls, "bytes");
	counts.waits = sum(source, look, wait_calls, "calls");
	counts.wakeups = look(source, "write", "eventfd") + look(source, "futex", "wakes");
	return counts;
}

static double in_stage(const json_t *stage, const char *call, const char *what)
{
	const json_t *counted = json_object_get(stage, call);

	if (strcmp(what, "eagain") == 0)
		return member(json_object_get(counted, "errors"), "EAGAIN");
	if (strcmp(what, "eventfd") == 0)
		return member(json_object_get(counted, "fds"), "eventfd");
	return member(counted, what);
}

static double in_flat(const json_t *flat, const char *call, const char *what)
{
	char key[96];

	snprintf(key, sizeof(key), "%s_%s", call, what);
	return member(flat, key);
}

struct pr_counts pr_counts_from_strace(const json_t *strace)
{
	return add_up(strace, in_stage);
}

struct pr_counts pr_counts_from_flat(const json_t *flat)
{
	return add_up(flat, in_flat);
}

/* ---- hooks ----------------------------------------------------------------------------------- */

static double by_cause(const json_t *hooks, const char *prefix, size_t cause)
{
	char key[64];

	snprintf(key, sizeof(key), "%s_%s", prefix, hook_names[cause]);
	return pr_run_number(hooks, key);
}

struct pr_counts pr_counts_from_hooks(const json_t *hooks)
{
	struct pr_counts counts = unknown_counts();

	if (!json_is_object(hooks))
		return counts;
	counts.receives = pr_run_number(hooks, "recv_calls");
	counts.would_blocks = pr_run_number(hooks, "recv_eagain");
	counts.successful = pr_run_number(hooks, "recv_full") + pr_run_number(hooks, "recv_short");
	counts.received_bytes = pr_run_number(hooks, "recv_bytes");
	counts.sends = pr_run_number(hooks, "send_calls");
	counts.sent_bytes = pr_run_number(hooks, "send_bytes");
	counts.waits = pr_run_number(hooks, "waits");
	counts.wakeups =
	        pr_run_number(hooks, "wakeups_to_io") + pr_run_number(hooks, "wakeups_to_app");
	for (size_t i = 0; i < PR_COUNTS_CAUSES; i++) {
		counts.receives_by[i] = by_cause(hooks, "recv", i);
		counts.would_blocks_by[i] = by_cause(hooks, "eagain", i);
	}
	return counts;
}

static void add_counts(struct pr_counts *sum, const struct pr_counts *one)
{
	sum->receives = pr_counts_add(sum->receives, one->receives);
	sum->would_blocks = pr_counts_add(sum->would_blocks, one->would_blocks);
	sum->successful = pr_counts_add(sum->successful, one->successful);
	sum->received_bytes = pr_counts_add(sum->received_bytes, one->received_bytes);
	sum->sends = pr_counts_add(sum->sends, one->sends);
	sum->sent_bytes = pr_counts_add(sum->sent_bytes, one->sent_bytes);
	sum->waits = pr_counts_add(sum->waits, one->waits);
	sum->wakeups = pr_counts_add(sum->wakeups, one->wakeups);
	for (size_t i = 0; i < PR_COUNTS_CAUSES; i++) {
		sum->receives_by[i] = pr_counts_add(sum->receives_by[i], one->receives_by[i]);
		sum->would_blocks_by[i] =
		        pr_counts_add(sum->would_blocks_by[i], one->would_blocks_by[i]);
	}
}

struct pr_counts pr_counts_timed(const struct pr_run *run, size_t phase, size_t workload,
                                 double *messages)
{
	struct pr_counts sum = unknown_counts();

	*messages = 0;
	for (size_t i = 0; i < run->block_count; i++) {
		const struct pr_run_trial *trial =
		        pr_run_find_trial(run, phase, workload, run->blocks[i]);
		struct pr_counts one;

		if (trial == NULL || !trial->good || trial->hooks == NULL)
			continue;
		one = pr_counts_from_hooks(trial->hooks);
		add_counts(&sum, &one);
		*messages = pr_counts_add(*messages, trial->messages);
	}
	return sum;
}

double pr_counts_sum(const struct pr_run *run, size_t phase, size_t workload, const char *counter)
{
	double sum = NAN;

	for (size_t i = 0; i < run->trial_count; i++) {
		const struct pr_run_trial *trial = &run->trials[i];

		if (trial->phase == phase && trial->workload == workload && trial->good)
			sum = pr_counts_add(sum, pr_run_number(trial->hooks, counter));
	}
	return sum;
}
