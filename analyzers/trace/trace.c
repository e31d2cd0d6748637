/* SPDX-License-Identifier: MIT */
/* analyzers/trace/trace.c - takes the events of a log and hands each to those who count it.  */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/strace_mover.h"
#include "analyzers/trace/parts.h"
#include "core/base/buf.h"

struct pr_trace *pr_trace_create(const struct pr_trace_options *options)
{
	static const char first[] = "start";
	struct pr_trace *trace = pr_alloc(sizeof(*trace));

	memset(trace, 0, sizeof(*trace));
	trace->options = *options;
	trace->table = pr_fdtable_create();
	trace->first_ns = trace->last_ns = -1;
	pr_trace_begin_stage(trace, first, strlen(first));
	return trace;
}

void pr_trace_destroy(struct pr_trace **trace)
{
	struct pr_trace *old = *trace;

	*trace = NULL;
	if (old == NULL)
		return;
	pr_trace_tables_free(old);
	pr_fdtable_destroy(&old->table);
	free(old);
}

static const struct pr_call_facts *facts_of(struct pr_trace *trace,
                                            const struct pr_strace_event *event)
{
	const struct pr_call_facts **facts = &trace->facts[event->call];

	if (event->call == 0)
		return pr_call_find("");
	if (*facts == NULL) {
		*facts = pr_call_find(event->name);
		snprintf(trace->names[event->call], sizeof(trace->names[0]), "%s", event->name);
	}
	return *facts;
}

/* ---- tallies --------------------------------------------------------------------------------- */

void pr_trace_add_error(struct pr_trace_tally *tally, const char *name, uint64_t count)
{
	size_t i = 0;

	while (i < tally->error_count && strcmp(tally->errors[i].name, name) != 0)
		i++;
	if (i == PR_TRACE_ERRORS_MAX)
		i--;
	if (i == tally->error_count) {
		snprintf(tally->errors[i].name, sizeof(tally->errors[i].name), "%s",
		         i == PR_TRACE_ERRORS_MAX - 1 ? "others" : name);
		tally->error_count++;
	}
	tally->errors[i].count += count;
}

static void add_size(struct pr_trace_tally *tally, uint64_t bytes)
{
	size_t bucket = bytes == 0 ? 0 : 64 - (size_t)__builtin_clzll(bytes);

	if (tally->moved++ == 0)
		tally->least = bytes;
	if (bytes < tally->least)
		tally->least = bytes;
	if (bytes > tally->most)
		tally->most = bytes;
	tally->bytes += bytes;
	tally->sizes[bucket < PR_TRACE_SIZES ? bucket : PR_TRACE_SIZES - 1]++;
}

static void add_time(struct pr_trace_tally *tally, int64_t duration_ns)
{
	if (duration_ns < 0)
		return;
	tally->timed++;
	tally->time_ns += (uint64_t)duration_ns;
	if (duration_ns > tally->longest_ns)
		tally->longest_ns = duration_ns;
}

static bool has_failed(const struct pr_strace_event *event)
{
	return event->end == PR_STRACE_ERROR || event->end == PR_STRACE_RESTART;
}

/* Calls that move nothing have no bytes, even when their result is a number.  */
static uint64_t bytes_of(const struct pr_strace_event *event, const struct pr_call_facts *facts)
{
	static const struct pr_strace_mover single = {"", true, true, false},
	                                    many = {"", true, true, true};

	if (event->end != PR_STRACE_RETURNED ||
	    (facts->family != PR_CALL_RECEIVE && facts->family != PR_CALL_SEND))
		return 0;
	return pr_strace_mover_bytes(facts->messages ? &many : &single, event);
}

static void add_tally(struct pr_trace *trace, const struct pr_strace_event *event,
                      const struct pr_call_facts *facts, uint64_t bytes)
{
	struct pr_trace_tally *tally = pr_trace_tally_of(trace, event->call);

	tally->calls++;
	tally->injected += event->injected;
	add_time(tally, event->duration_ns);
	if (has_failed(event)) {
		pr_trace_add_error(tally, event->error, 1);
		return;
	}
	tally->ok++;
	if (facts->family == PR_CALL_RECEIVE || facts->family == PR_CALL_SEND)
		add_size(tally, bytes);
}

static void add_unfinished(struct pr_trace *trace, uint16_t call)
{
	trace->unfinished++;
	pr_trace_tally_of(trace, call)->unfinished++;
}

static void add_count(struct pr_trace_count *count, const struct pr_strace_event *event,
                      bool blocked, uint64_t bytes)
{
	count->calls++;
	count->errors += has_failed(event);
	count->blocked += blocked;
	count->bytes += bytes;
	if (event->duration_ns > 0)
		count->time_ns += (uint64_t)event->duration_ns;
}

/* ---- calls ----------------------------------------------------------------------------------- */

/* `7<TCP:[127.0.0.1:1->127.0.0.1:2]>`.  */
static void note_peer(struct pr_trace_fd *fd, const struct pr_strace_event *event, size_t index)
{
	struct pr_strace_text arg, rest;
	int64_t number;

	if (!pr_strace_event_arg(event, index, &arg) || arg.at[arg.size - 1] != '>' ||
	    !pr_strace_number(arg, &number, &rest) || rest.size < 3 || rest.at[0] != '<')
		return;
	snprintf(fd->peer, sizeof(fd->peer), "%.*s", (int)(rest.size - 2), rest.at + 1);
}

static struct pr_trace_fd *fd_of(struct pr_trace *trace, struct pr_trace_thread *thread,
                                 const struct pr_strace_event *event,
                                 const struct pr_call_facts *facts)
{
	struct pr_trace_fd *fd;
	enum pr_fd_kind kind;
	int64_t number;

	if (facts->fd < 0 || event->headless)
		return NULL;
	kind = pr_fdtable_kind(trace->table, event, (size_t)facts->fd, &number);
	fd = pr_trace_fd_of(trace, thread->process, number, kind);
	if (fd != NULL && fd->peer[0] == '\0')
		note_peer(fd, event, (size_t)facts->fd);
	return fd;
}

static void take_name(struct pr_trace_thread *thread, const struct pr_strace_event *event)
{
	struct pr_strace_text option, name;

	if (thread->row == PR_TRACE_THREADS_MAX - 1 || !pr_strace_event_arg(event, 0, &option) ||
	    !pr_strace_has(option, "PR_SET_NAME") || !pr_strace_event_arg(event, 1, &name) ||
	    name.size < 3 || name.at[0] != '"')
		return;
	name.at++;
	name.size =
	        name.size - 1 < sizeof(thread->name) - 1 ? name.size - 1 : sizeof(thread->name) - 1;
	memset(thread->name, 0, sizeof(thread->name));
	for (size_t i = 0; i < name.size && name.at[i] != '"'; i++)
		thread->name[i] = name.at[i];
}

/* openat(AT_FDCWD, "/etc/passwd", O_RDONLY) = 3: index says which argument is the path.  */
static void take_open(struct pr_trace *trace, const struct pr_trace_thread *thread,
                      const struct pr_strace_event *event, size_t index)
{
	struct pr_strace_text path;
	struct pr_trace_fd *fd;

	if (event->end != PR_STRACE_RETURNED || event->headless ||
	    !pr_strace_event_arg(event, index, &path))
		return;
	fd = pr_trace_fd_of(trace, thread->process, event->result, PR_FD_FILE);
	if (fd == NULL || fd->number < 0)
		return;
	fd->opens++;
	if (path.size >= sizeof(fd->path)) {
		fd->path[0] = '\0';
		return;
	}
	fd->reopens += strlen(fd->path) == path.size && memcmp(fd->path, path.at, path.size) == 0;
	memcpy(fd->path, path.at, path.size);
	fd->path[path.size] = '\0';
}

static void close_fd(struct pr_trace_fd *fd, const struct pr_strace_event *event)
{
	if (event->end != PR_STRACE_RETURNED)
		return;
	fd->opened++;
	memset(fd->ways, 0, sizeof(fd->ways));
	fd->was_added = false;
	fd->edge = false;
	fd->waker = NULL;
}

static void take_io(struct pr_trace *trace, struct pr_trace_thread *thread,
                    const struct pr_strace_event *event, const struct pr_call_facts *facts,
                    struct pr_trace_fd *fd, uint64_t bytes)
{
	int way = facts->family == PR_CALL_SEND ? PR_TRACE_OUT : PR_TRACE_IN;
	bool blocked = event->end == PR_STRACE_ERROR && strcmp(event->error, "EAGAIN") == 0;

	if (blocked) {
		fd->blocked++;
		pr_trace_take_block(trace, thread, event->call, fd, way);
	}
	if (way == PR_TRACE_OUT)
		pr_trace_wake_by_fd(trace, thread, event, fd);
	else if (event->end == PR_STRACE_RETURNED)
		pr_trace_woken_by_fd(trace, thread, fd, event->stamp_ns);
	pr_trace_take_move(trace, thread, event, facts, fd, bytes);
}

static void take_family(struct pr_trace *trace, struct pr_trace_thread *thread,
                        const struct pr_strace_event *event, const struct pr_call_facts *facts,
                        struct pr_trace_fd *fd, uint64_t bytes)
{
	switch (facts->family) {
	case PR_CALL_RECEIVE:
	case PR_CALL_SEND:
	case PR_CALL_ACCEPT:
		if (fd != NULL)
			take_io(trace, thread, event, facts, fd, bytes);
		break;
	case PR_CALL_EPOLL_CTL:
		pr_trace_take_control(trace, thread, event, fd);
		break;
	case PR_CALL_EPOLL_WAIT:
	case PR_CALL_POLL:
	case PR_CALL_SELECT:
		pr_trace_take_wait(trace, thread, event, facts);
		break;
	case PR_CALL_FUTEX:
		pr_trace_take_futex(trace, thread, event);
		break;
	case PR_CALL_OPEN:
		take_open(trace, thread, event, 0);
		break;
	case PR_CALL_OPENAT:
		take_open(trace, thread, event, 1);
		break;
	case PR_CALL_CLOSE:
		if (fd != NULL)
			close_fd(fd, event);
		break;
	case PR_CALL_PRCTL:
		take_name(thread, event);
		break;
	default:
		break;
	}
}

static void take_call(struct pr_trace *trace, const struct pr_strace_event *event,
                      const struct pr_call_facts *facts)
{
	struct pr_trace_thread *thread = pr_trace_thread_of(trace, event);
	struct pr_trace_fd *fd, *last_send = thread->last_send;
	uint64_t bytes;
	bool blocked;

	trace->calls++;
	if (event->end == PR_STRACE_UNKNOWN) {
		add_unfinished(trace, event->call);
		return;
	}
	bytes = bytes_of(event, facts);
	blocked = event->end == PR_STRACE_ERROR && strcmp(event->error, "EAGAIN") == 0;
	add_tally(trace, event, facts, bytes);
	thread->calls++;
	thread->errors += has_failed(event);
	add_count(pr_trace_thread_count(thread, event->call), event, blocked, bytes);
	fd = fd_of(trace, thread, event, facts);
	if (fd != NULL) {
		fd->calls++;
		add_count(pr_trace_fd_count(fd, event->call), event, blocked, bytes);
	}
	take_family(trace, thread, event, facts, fd, bytes);
	if (thread->last_send == last_send && facts->family != PR_CALL_SEND)
		thread->last_send = NULL;
}

/* strace counts a marker, and so do the totals; but it belongs to no stage of the program.  */
static void take_marker(struct pr_trace *trace, const struct pr_strace_event *event)
{
	static const char name[] = "markers";
	size_t stage = trace->stage;

	trace->calls++;
	pr_trace_begin_stage(trace, name, strlen(name));
	if (event->end != PR_STRACE_UNKNOWN)
		add_tally(trace, event, facts_of(trace, event), 0);
	else
		add_unfinished(trace, event->call);
	trace->stage = stage;
	pr_trace_take_marker(trace, event);
}

/* A wake-up that began: whom it wakes may show before it has returned.  */
static void take_enter(struct pr_trace *trace, const struct pr_strace_event *event)
{
	const struct pr_call_facts *facts = facts_of(trace, event);
	struct pr_trace_thread *thread;
	struct pr_strace_event begun = *event;
	struct pr_trace_fd *fd;

	if (facts->family != PR_CALL_FUTEX && facts->family != PR_CALL_SEND)
		return;
	thread = pr_trace_thread_of(trace, event);
	if (facts->family == PR_CALL_FUTEX) {
		pr_trace_take_futex(trace, thread, event);
		return;
	}
	begun.arg_count = 0;
	fd = fd_of(trace, thread, &begun, facts);
	if (fd != NULL)
		pr_trace_wake_by_fd(trace, thread, event, fd);
}

static void take_exit(struct pr_trace *trace, const struct pr_strace_event *event)
{
	struct pr_trace_thread *thread = pr_trace_thread_of(trace, event);

	trace->exits++;
	pr_trace_end_path(trace, thread);
	trace->live[event->thread] = NULL;
}

void pr_trace_visit(void *arg, const struct pr_strace_event *event)
{
	struct pr_trace *trace = arg;

	if (event->kind == PR_STRACE_STACK) {
		pr_trace_take_frame(trace, event->args);
		return;
	}
	pr_trace_end_frames(trace);
	if (event->kind == PR_STRACE_TABLE) {
		pr_trace_take_row(trace, event->args);
		return;
	}
	trace->sequence++;
	pr_trace_take_stamp(trace, event);
	if (event->kind == PR_STRACE_CALL) {
		const struct pr_call_facts *facts = facts_of(trace, event);

		if (facts->family == PR_CALL_SEND && pr_trace_is_marker(event))
			take_marker(trace, event);
		else
			take_call(trace, event, facts);
	} else if (event->kind == PR_STRACE_ENTER) {
		take_enter(trace, event);
	} else if (event->kind == PR_STRACE_EXIT) {
		take_exit(trace, event);
	} else if (event->kind == PR_STRACE_SIGNAL) {
		trace->signals++;
	} else {
		trace->noise++;
	}
	pr_fdtable_note(trace->table, event);
}
