/* SPDX-License-Identifier: MIT */
/* harness/watch_perf.c - system calls counted by the kernel's tracepoints.
 *
 * A counter for each system call and outcome: the tracepoint where the call returns, with a filter
 * on the result.  Counters are inherited by the threads that are started later, and a reading sums
 * those of all.  The kernel counts without copying anything; what it does not tell there is the
 * descriptor and the number of bytes.  So receives are those of the calls that sockets alone have,
 * and of readv, which nothing else in a worker uses; read and write are wake-ups where they ask for
 * the 8 bytes of an eventfd, and are otherwise left out.
 *
 * Needs tracefs and the right to open tracepoints.  */
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/json.h"
#include "harness/watch.h"

/* What a counter adds to: NULL is the number of calls alone.  */
enum outcome { OK, END, WOULD_BLOCK, OTHER_ERROR, ANY, WAKES, EVENTFD };

static const struct event {
	const char *call;
	enum outcome outcome;
	const char *point; /* NULL: sys_exit_CALL */
	const char *filter;
} events[] = {
#define RECEIVE(call)                                                                              \
	{call, OK, NULL, "ret>0"}, {call, END, NULL, "ret==0"},                                    \
	        {call, WOULD_BLOCK, NULL, "ret==-11"},                                             \
	{                                                                                          \
		call, OTHER_ERROR, NULL, "ret<0 && ret!=-11"                                       \
	}
#define SEND(call)                                                                                 \
	{call, OK, NULL, "ret>=0"}, {call, WOULD_BLOCK, NULL, "ret==-11"},                         \
	{                                                                                          \
		call, OTHER_ERROR, NULL, "ret<0 && ret!=-11"                                       \
	}
        RECEIVE("recvfrom"),
        RECEIVE("recvmsg"),
        RECEIVE("recvmmsg"),
        RECEIVE("readv"),
        SEND("sendto"),
        SEND("sendmsg"),
        SEND("sendmmsg"),
        SEND("writev"),
        {"epoll_wait", ANY, NULL, NULL},
        {"epoll_pwait", ANY, NULL, NULL},
        {"epoll_pwait2", ANY, NULL, NULL},
        {"poll", ANY, NULL, NULL},
        {"ppoll", ANY, NULL, NULL},
        {"select", ANY, NULL, NULL},
        {"pselect6", ANY, NULL, NULL},
        {"epoll_ctl", ANY, NULL, NULL},
        {"io_uring_enter", ANY, NULL, NULL},
        {"sched_yield", ANY, NULL, NULL},
        {"write", EVENTFD, "sys_enter_write", "count==8"},
        {"read", EVENTFD, "sys_enter_read", "count==8"},
        {"futex", WAKES, "sys_enter_futex",
         "op==1 || op==5 || op==10 || op==129 || op==133 || op==138"},
#undef RECEIVE
#undef SEND
};

#define EVENTS (sizeof(events) / sizeof(events[0]))

static int fds[EVENTS];

static int read_id(const struct event *event)
{
	static const char *const roots[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};
	int id = -1;

	for (size_t i = 0; id < 0 && i < sizeof(roots) / sizeof(roots[0]); i++) {
		char *path = event->point != NULL ? pr_asprintf("%s/events/syscalls/%s/id",
		                                                roots[i], event->point)
		                                  : pr_asprintf("%s/events/syscalls/sys_exit_%s/id",
		                                                roots[i], event->call);
		FILE *file = fopen(path, "re");

		if (file != NULL && fscanf(file, "%d", &id) != 1)
			id = -1;
		if (file != NULL)
			fclose(file);
		free(path);
	}
	return id;
}

/* -1 with errno when it cannot be opened; a call that this kernel does not have is ENOENT.  */
static int open_event(const struct event *event)
{
	struct perf_event_attr attr = {
	        .type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr), .inherit = 1};
	int id = read_id(event), fd;

	if (id < 0) {
		errno = errno == EACCES ? EACCES : ENOENT;
		return -1;
	}
	attr.config = (uint64_t)id;
	fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd >= 0 && event->filter != NULL &&
	    ioctl(fd, PERF_EVENT_IOC_SET_FILTER, event->filter) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

enum pr_err pr_watch_perf_start(struct pr_error *why)
{
	size_t opened = 0;
	int error = ENOENT;

	for (size_t i = 0; i < EVENTS; i++) {
		fds[i] = open_event(&events[i]);
		if (fds[i] >= 0)
			opened++;
		else if (errno != ENOENT)
			error = errno;
	}
	/* A machine may lack calls (poll, select); the first is on all.  */
	if (fds[0] >= 0 && (opened == EVENTS || error == ENOENT))
		return PR_OK;
	return pr_error_set(why, PR_FAILED,
	                    "the tracepoints of system calls cannot be counted: %s; it takes root "
	                    "and a mounted tracefs (mount -t tracefs none /sys/kernel/tracing)",
	                    error == ENOENT ? "they are not in /sys/kernel/tracing"
	                                    : strerror(error));
}

/* ---- reading --------------------------------------------------------------------------------- */

static void add(json_t *object, const char *key, uint64_t value)
{
	json_t *there = json_object_get(object, key);

	pr_json_set(object, key, json_integer(json_integer_value(there) + (json_int_t)value));
}

static void add_error(json_t *call, const char *name, uint64_t value)
{
	json_t *errors = json_object_get(call, "errors");

	if (errors == NULL) {
		errors = json_object();
		pr_json_set(call, "errors", errors);
	}
	add(errors, name, value);
}

static void add_event(json_t *calls, const struct event *event, uint64_t value)
{
	json_t *call = json_object_get(calls, event->call);

	if (call == NULL) {
		call = json_object();
		pr_json_set(calls, event->call, call);
	}
	if (event->outcome != WAKES)
		add(call, "calls", value);
	if (event->outcome == OK)
		add(call, "ok", value);
	else if (event->outcome == END)
		add(call, "end", value);
	else if (event->outcome == WOULD_BLOCK)
		add_error(call, "EAGAIN", value);
	else if (event->outcome == OTHER_ERROR)
		add_error(call, "other", value);
	else if (event->outcome == WAKES)
		add(call, "wakes", value);
	else if (event->outcome == EVENTFD)
		pr_json_set(call, "fds", json_pack("{s:I}", "eventfd", (json_int_t)value));
}

/* readv and writev of a worker are on stream sockets, and are named so.  */
static void rename_vectors(json_t *calls)
{
	static const char *const names[][2] = {{"readv", "readv_tcp"}, {"writev", "writev_tcp"}};

	for (size_t i = 0; i < 2; i++) {
		json_t *call = json_incref(json_object_get(calls, names[i][0]));

		json_object_del(calls, names[i][0]);
		if (call != NULL)
			pr_json_set(calls, names[i][1], call);
	}
}

json_t *pr_watch_perf_read(void)
{
	json_t *reading = json_object(), *calls = json_object();
	uint64_t values[EVENTS] = {0}, room[2] = {0}; /* not 8 bytes: that is a wake-up */

	for (size_t i = 0; i < EVENTS; i++)
		if (fds[i] >= 0 && read(fds[i], room, sizeof(room)) > 0)
			values[i] = room[0];
	for (size_t i = 0; i < EVENTS; i++)
		if (fds[i] >= 0)
			add_event(calls, &events[i], values[i]);
	rename_vectors(calls);
	pr_json_set(reading, "calls", calls);
	return reading;
}

/* Each call is under one of its outcomes; of reads and writes only those of an eventfd.  */
int64_t pr_watch_perf_calls(void)
{
	uint64_t room[2] = {0}, calls = 0; /* not 8 bytes: that is a wake-up */

	for (size_t i = 0; i < EVENTS; i++)
		if (fds[i] >= 0 && read(fds[i], room, sizeof(room)) > 0)
			calls += room[0];
	return (int64_t)calls;
}
