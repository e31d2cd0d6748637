/* SPDX-License-Identifier: MIT */
/* analyzers/trace/wake.c - which thread wakes which, and in what chains.
 *
 * A thread that writes to an eventfd, a pipe or one end of a socket pair of its own process wakes
 * the thread that is next told that it is readable; a FUTEX_WAKE wakes as many waiters of the
 * address as it says.  A chain is the threads through which one wake-up went on, from a thread that
 * nobody woke until one goes to sleep without having woken another.  */
#include <string.h>

#include "analyzers/trace/parts.h"

static struct pr_trace_edge *find_edge(struct pr_trace *trace, struct pr_trace_thread *from,
                                       struct pr_trace_thread *to, enum pr_fd_kind via)
{
	size_t i = 0;

	while (i < trace->edge_count && (trace->edges[i].from != from || trace->edges[i].to != to ||
	                                 trace->edges[i].via != via))
		i++;
	if (i == PR_TRACE_EDGES_MAX)
		return NULL;
	if (i == trace->edge_count) {
		trace->edges[i] = (struct pr_trace_edge){.from = from, .to = to, .via = via};
		trace->edge_count++;
	}
	return &trace->edges[i];
}

static void count_chain(struct pr_trace *trace, const struct pr_trace_path *path)
{
	size_t i = 0;

	while (i < trace->chain_count && memcmp(&trace->chains[i].path, path, sizeof(*path)) != 0)
		i++;
	if (i == PR_TRACE_CHAINS_MAX) {
		trace->chains_dropped++;
		return;
	}
	if (i == trace->chain_count) {
		trace->chains[i].path = *path;
		trace->chain_count++;
	}
	trace->chains[i].count++;
}

void pr_trace_end_path(struct pr_trace *trace, struct pr_trace_thread *thread)
{
	if (thread->path_on && !thread->path_went_on)
		count_chain(trace, &thread->path);
	thread->path_on = false;
	thread->path_went_on = false;
}

/* The path to thread, as far as it is known: itself when nobody woke it.  */
static struct pr_trace_path path_of(struct pr_trace_thread *thread)
{
	struct pr_trace_path path = {{thread->row}, 1};

	thread->path_went_on = true;
	return thread->path_on ? thread->path : path;
}

/* sent_ns: when the waker did it; -1 when not known.  */
static void wake(struct pr_trace *trace, struct pr_trace_thread *from, struct pr_trace_thread *to,
                 enum pr_fd_kind via, const struct pr_trace_path *path, int64_t sent_ns,
                 int64_t woken_ns)
{
	struct pr_trace_edge *edge = find_edge(trace, from, to, via);

	pr_trace_end_path(trace, to);
	to->path = *path;
	if (to->path.length < PR_TRACE_CHAIN_LENGTH)
		to->path.threads[to->path.length++] = to->row;
	to->path_on = true;
	if (edge == NULL)
		return;
	edge->count++;
	if (sent_ns >= 0 && woken_ns >= sent_ns && !trace->relative) {
		edge->timed++;
		edge->latency_ns += woken_ns - sent_ns;
	}
}

/* ---- by descriptor --------------------------------------------------------------------------- */

static bool may_wake(enum pr_fd_kind kind)
{
	return kind == PR_FD_EVENTFD || kind == PR_FD_PIPE;
}

void pr_trace_wake_by_fd(struct pr_trace *trace, struct pr_trace_thread *thread,
                         const struct pr_strace_event *event, struct pr_trace_fd *fd)
{
	(void)trace;
	if (!may_wake(fd->kind))
		return;
	if (event->kind == PR_STRACE_CALL && event->joined)
		return; /* it was noted when it began */
	fd->waker = thread;
	fd->waker_path = path_of(thread);
	fd->waker_ns = event->stamp_ns;
}

void pr_trace_woken_by_fd(struct pr_trace *trace, struct pr_trace_thread *thread,
                          struct pr_trace_fd *fd, int64_t stamp_ns)
{
	if (fd->waker == NULL)
		return;
	if (fd->waker != thread)
		wake(trace, fd->waker, thread, fd->kind, &fd->waker_path, fd->waker_ns, stamp_ns);
	fd->waker = NULL;
}

/* ---- by futex -------------------------------------------------------------------------------- */

static struct pr_trace_futex *find_futex(struct pr_trace *trace, uint64_t address)
{
	return &trace->futexes[(address >> 2) * 0x9e3779b97f4a7c15u >> 56];
}

/* On entry the number of those woken is not known yet; one is likely.  */
static void take_waker(struct pr_trace *trace, struct pr_trace_thread *thread,
                       const struct pr_strace_event *event, uint64_t address)
{
	struct pr_trace_futex *futex = find_futex(trace, address);
	bool ended = event->kind == PR_STRACE_CALL;

	if (ended && (event->joined || event->end != PR_STRACE_RETURNED || event->result <= 0))
		return;
	*futex = (struct pr_trace_futex){.address = address,
	                                 .waker = thread,
	                                 .path = path_of(thread),
	                                 .stamp_ns = event->stamp_ns,
	                                 .left = ended ? event->result : 1};
}

static void take_waiter(struct pr_trace *trace, struct pr_trace_thread *thread,
                        const struct pr_strace_event *event, uint64_t address)
{
	struct pr_trace_futex *futex = find_futex(trace, address);

	if (event->kind == PR_STRACE_ENTER || !event->joined)
		pr_trace_end_path(trace, thread);
	if (event->kind == PR_STRACE_ENTER || event->end != PR_STRACE_RETURNED)
		return;
	thread->waited = trace->sequence;
	if (futex->address != address || futex->left <= 0 || futex->waker == thread)
		return;
	futex->left--;
	wake(trace, futex->waker, thread, PR_FD_UNKNOWN, &futex->path, futex->stamp_ns,
	     event->stamp_ns);
}

void pr_trace_take_futex(struct pr_trace *trace, struct pr_trace_thread *thread,
                         const struct pr_strace_event *event)
{
	struct pr_strace_text word, operation;
	struct pr_strace_event begun = *event;
	int64_t address;

	if (event->kind == PR_STRACE_ENTER)
		begun.arg_count = 0; /* its arguments were not split */
	if (!pr_strace_event_arg(&begun, 0, &word) || !pr_strace_number(word, &address, NULL) ||
	    !pr_strace_event_arg(&begun, 1, &operation))
		return;
	if (pr_strace_has(operation, "_WAKE"))
		take_waker(trace, thread, event, (uint64_t)address);
	else if (pr_strace_has(operation, "_WAIT"))
		take_waiter(trace, thread, event, (uint64_t)address);
}
