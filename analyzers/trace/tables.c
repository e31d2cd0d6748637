/* SPDX-License-Identifier: MIT */
/* analyzers/trace/tables.c - processes, threads, descriptors and calls of a trace.
 *
 * Each table has a limit; its last row takes everything that came too late for a row of its own. */
#include <stdlib.h>
#include <string.h>

#include "analyzers/trace/parts.h"
#include "core/base/buf.h"

/* Numbers of descriptors above this are not told apart.  */
#define FD_NUMBER_MAX 65536

static void *new_zeroed(size_t size)
{
	void *memory = pr_alloc(size);

	memset(memory, 0, size);
	return memory;
}

static struct pr_trace_process *process_of(struct pr_trace *trace,
                                           const struct pr_strace_event *event)
{
	uint32_t pid, number = pr_fdtable_process(trace->table, event, &pid);
	struct pr_trace_process **slot;

	if (number >= PR_TRACE_PROCESSES_MAX)
		number = PR_TRACE_PROCESSES_MAX - 1;
	slot = &trace->processes[number];
	if (*slot == NULL) {
		*slot = new_zeroed(sizeof(**slot));
		(*slot)->number = number;
	}
	(*slot)->pid = number == PR_TRACE_PROCESSES_MAX - 1 ? 0 : pid;
	return *slot;
}

static struct pr_trace_thread *new_thread(struct pr_trace *trace,
                                          const struct pr_strace_event *event)
{
	struct pr_trace_thread *thread;
	bool others = trace->thread_count == PR_TRACE_THREADS_MAX;

	if (others)
		return trace->threads[PR_TRACE_THREADS_MAX - 1];
	thread = new_zeroed(sizeof(*thread));
	thread->row = (uint32_t)trace->thread_count;
	thread->process = process_of(trace, event);
	trace->threads[trace->thread_count++] = thread;
	return thread;
}

struct pr_trace_thread *pr_trace_thread_of(struct pr_trace *trace,
                                           const struct pr_strace_event *event)
{
	size_t room = trace->live_room;
	struct pr_trace_thread **slot;

	if (event->thread >= room) {
		trace->live_room = (size_t)event->thread * 2 + 16;
		trace->live = pr_realloc(trace->live,
		                         trace->live_room * sizeof(struct pr_trace_thread *));
		memset(trace->live + room, 0,
		       (trace->live_room - room) * sizeof(struct pr_trace_thread *));
	}
	slot = &trace->live[event->thread];
	if (*slot == NULL)
		*slot = new_thread(trace, event);
	if ((*slot)->pid != event->pid) /* the late number of the first thread, or others */
		(*slot)->pid = (*slot)->row == PR_TRACE_THREADS_MAX - 1 ? 0 : event->pid;
	return *slot;
}

static struct pr_trace_fd *new_fd(struct pr_trace *trace, struct pr_trace_process *process,
                                  int64_t number)
{
	struct pr_trace_fd *fd = new_zeroed(sizeof(*fd));

	fd->process = process;
	fd->number = number;
	if (trace->fd_count == trace->fd_room) {
		trace->fd_room = trace->fd_room * 2 + 16;
		trace->fds = pr_realloc(trace->fds, trace->fd_room * sizeof(struct pr_trace_fd *));
	}
	trace->fds[trace->fd_count++] = fd;
	return fd;
}

static void grow_process(struct pr_trace_process *process, int64_t number)
{
	size_t room = process->room;

	while ((uint64_t)number >= process->room)
		process->room = process->room == 0 ? 32 : process->room * 2;
	process->fds = pr_realloc(process->fds, process->room * sizeof(struct pr_trace_fd *));
	memset(process->fds + room, 0, (process->room - room) * sizeof(struct pr_trace_fd *));
}

static bool is_socket(enum pr_fd_kind kind)
{
	return kind >= PR_FD_TCP && kind <= PR_FD_NETLINK;
}

/* Whether the number now stands for something else; a socket may only have become better known.  */
static bool is_another(const struct pr_trace_fd *fd, enum pr_fd_kind kind)
{
	return kind != fd->kind && kind != PR_FD_UNKNOWN && fd->kind != PR_FD_UNKNOWN &&
	       fd->number >= 0 &&
	       !(is_socket(kind) && is_socket(fd->kind) &&
	         (kind == PR_FD_SOCKET || fd->kind == PR_FD_SOCKET));
}

struct pr_trace_fd *pr_trace_fd_of(struct pr_trace *trace, struct pr_trace_process *process,
                                   int64_t number, enum pr_fd_kind kind)
{
	struct pr_trace_fd **slot = &process->others;

	if (number < 0)
		return NULL;
	if (number < FD_NUMBER_MAX) {
		if ((uint64_t)number >= process->room)
			grow_process(process, number);
		if (process->fds[number] != NULL || trace->fd_count < PR_TRACE_FDS_MAX)
			slot = &process->fds[number];
	}
	if (*slot == NULL || (is_another(*slot, kind) && trace->fd_count < PR_TRACE_FDS_MAX))
		*slot = new_fd(trace, process, slot == &process->others ? -1 : number);
	if (kind != PR_FD_UNKNOWN)
		(*slot)->kind = kind;
	return *slot;
}

struct pr_trace_tally *pr_trace_tally_of(struct pr_trace *trace, uint16_t call)
{
	struct pr_trace_tally **slot = &trace->stages[trace->stage]->calls[call];

	if (*slot == NULL)
		*slot = new_zeroed(sizeof(**slot));
	return *slot;
}

struct pr_trace_count *pr_trace_thread_count(struct pr_trace_thread *thread, uint16_t call)
{
	size_t room = thread->room;

	if (call >= room) {
		thread->room = (size_t)call + 8;
		thread->counts =
		        pr_realloc(thread->counts, thread->room * sizeof(struct pr_trace_count));
		memset(thread->counts + room, 0,
		       (thread->room - room) * sizeof(struct pr_trace_count));
	}
	thread->counts[call].call = call;
	return &thread->counts[call];
}

/* The last place is for all calls that come later.  */
struct pr_trace_count *pr_trace_fd_count(struct pr_trace_fd *fd, uint16_t call)
{
	size_t i = 0;

	while (i < fd->count_count && fd->counts[i].call != call)
		i++;
	if (i == PR_TRACE_FD_CALLS)
		return &fd->counts[PR_TRACE_FD_CALLS - 1];
	if (i == fd->count_count) {
		fd->count_count++;
		fd->counts[i].call = i == PR_TRACE_FD_CALLS - 1 ? 0 : call;
	}
	return &fd->counts[i];
}

static void free_stages(struct pr_trace *trace)
{
	for (size_t i = 0; i < trace->stage_count; i++) {
		for (size_t call = 0; call < PR_STRACE_NAMES_MAX; call++)
			free(trace->stages[i]->calls[call]);
		free(trace->stages[i]);
	}
}

void pr_trace_tables_free(struct pr_trace *trace)
{
	free_stages(trace);
	for (size_t i = 0; i < PR_TRACE_PROCESSES_MAX; i++) {
		if (trace->processes[i] != NULL)
			free(trace->processes[i]->fds);
		free(trace->processes[i]);
	}
	for (size_t i = 0; i < trace->thread_count; i++) {
		free(trace->threads[i]->counts);
		free(trace->threads[i]);
	}
	for (size_t i = 0; i < trace->fd_count; i++)
		free(trace->fds[i]);
	for (size_t i = 0; i < trace->block_count; i++)
		free(trace->blocks[i].site);
	free(trace->blocks);
	free(trace->fds);
	free(trace->live);
	free(trace->tokens);
	free(trace->counted);
	free(trace->pending_site);
}
