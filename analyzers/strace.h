/* SPDX-License-Identifier: MIT */
/* analyzers/strace.h - the text of strace(1) as events, and as counts per stage.
 *
 * The parser takes what `strace -f -o FILE` writes, or what it prints on standard error, with any
 * of the options that change a line: -t -tt -ttt -r -T -i -n -k -y -yy -Y --seccomp-bpf, -s and -e
 * inject.  It puts `<unfinished ...>` and `<... resumed>` together, and finds the result of a call
 * whatever stands in its strings.  Memory does not grow with the log: one line (the middle of a
 * line above PR_STRACE_LINE_MAX is dropped) and one unfinished call per thread.
 *
 * It is a stream: bytes in, events out.  Nothing here knows what a receive is; see
 * strace_count.h for the consumer that counts.  */
#ifndef PR_STRACE_H
#define PR_STRACE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

#define PR_STRACE_LINE_MAX ((size_t)256 * 1024)

/* Names of calls are numbered from 1, so that a consumer can keep a table instead of comparing
 * words.  A log has some 40 of them, Linux some 400.  */
#define PR_STRACE_NAMES_MAX 1024

/* Arguments whose places a call remembers.  */
#define PR_STRACE_ARGS_MAX 8

enum pr_strace_kind {
	PR_STRACE_CALL,   /* a call whose outcome is known (see enum pr_strace_end) */
	PR_STRACE_ENTER,  /* a call that began; its PR_STRACE_CALL follows later */
	PR_STRACE_SIGNAL, /* name is "SIGALRM"; args is the whole text */
	PR_STRACE_EXIT,   /* the thread is gone; args is "exited with 0" */
	PR_STRACE_STACK,  /* a frame of -k, of the call before; args is the frame */
	PR_STRACE_TABLE, /* a line of the table of -c and -C, its heading first; args is the line */
	PR_STRACE_OTHER, /* a line that is none of these; args is the line */
};

enum pr_strace_end {
	PR_STRACE_RETURNED, /* result is valid */
	PR_STRACE_ERROR,    /* error names the errno: "EAGAIN" */
	PR_STRACE_RESTART,  /* error is "ERESTARTSYS" or a sister: the kernel may run it again */
	PR_STRACE_UNKNOWN,  /* never seen to return: exit, kill, detach, the end of the log */
};

struct pr_strace_text {
	const char *at;
	size_t size;
};

/* What the text points at is valid during the visit only.  */
struct pr_strace_event {
	enum pr_strace_kind kind;
	enum pr_strace_end end;
	uint64_t line;       /* from 1, where the event became known */
	uint32_t pid;        /* thread id; 0 when the lines carry none */
	uint32_t thread;     /* small number, unique among live threads, used again after an EXIT */
	bool joined;         /* put together from `unfinished` and `resumed` */
	bool headless;       /* `resumed` whose beginning is not in the log: args begin anywhere */
	bool injected;       /* (INJECTED...): the kernel never ran it */
	uint16_t call;       /* number of the name; 0 when there are too many, or no name */
	uint8_t arg_count;   /* places in arg_at; see pr_strace_event_arg() */
	int64_t stamp_ns;    /* -t, -tt, -ttt, -r, as printed on the last line; -1 without */
	int64_t duration_ns; /* -T; -1 without */
	int64_t result;
	char name[40];               /* the system call; "" when it is not known */
	char error[40];              /* "" when there is none; "errno 524" when it has no name */
	struct pr_strace_text args;  /* between the outer parentheses, both halves */
	struct pr_strace_text extra; /* after the result: "<TCP:[...]>", "(Timeout)" */
	const char *arg_at[PR_STRACE_ARGS_MAX];
};

typedef void pr_strace_visit(void *arg, const struct pr_strace_event *event);

struct pr_strace;

/* visit is called from feed and finish, in the order in which the lines end.  */
struct pr_strace *pr_strace_create(pr_strace_visit *visit, void *arg);
void pr_strace_feed(struct pr_strace *strace, const char *text, size_t size);

/* The log ends here.  A last line without a newline was cut: the call it shows counts as one that
 * was never seen to return.  So do calls that were never resumed.  */
void pr_strace_finish(struct pr_strace *strace);
void pr_strace_destroy(struct pr_strace **strace);

/* ---- arguments ------------------------------------------------------------------------------- */

/* Argument number index (from 0), without blanks around it.  False when there are fewer.  Commas in
 * strings, brackets, comments and descriptor decorations do not separate.  */
bool pr_strace_arg(struct pr_strace_text args, size_t index, struct pr_strace_text *out);

/* The same for the arguments of a call, without searching for those whose places are known.  */
bool pr_strace_event_arg(const struct pr_strace_event *event, size_t index,
                         struct pr_strace_text *out);

/* The number that text begins with (decimal, 0x or 0 octal), and what stands behind it.  rest may
 * be NULL.  False when text does not begin with a number.  */
bool pr_strace_number(struct pr_strace_text text, int64_t *value, struct pr_strace_text *rest);

/* True when needle occurs in text.  */
bool pr_strace_has(struct pr_strace_text text, const char *needle);

/* ---- counts ---------------------------------------------------------------------------------- */

/* Reads a log, plain or .zst, and returns the array
 *
 *   [{"name":"handshake","strace":{"recvfrom":{"calls":5,"ok":3,"bytes":200,"errors":{"EAGAIN":2}},
 *                                  "read":{...,"fds":{"eventfd":4}}, "epoll_wait":{...}, ...}},
 * ...]
 *
 * Stages are cut by `write(-1, "proctor:STAGE:begin", n)`: a stage runs from its begin to the next
 * begin, and what comes before the first is "handshake".  The markers themselves are not counted.
 * A call belongs to the stage in which it ended.  In each object:
 *
 *   calls = ok + end + (sum of errors) + unfinished
 *   ok          calls that returned without error; a receive that found the end of the stream (0
 * bytes from a socket) is under "end" instead bytes       of the successful calls, for calls that
 * move bytes end, unfinished, restarted, injected   only when they are not 0.  `restarted` counts
 * calls that the kernel began again after a signal; they are not in calls, their second run is.
 *               `injected` is the part of calls that strace made up.
 *   wakes       of futex: the calls that wake other threads, when there are any
 *   lock_waits  of futex: the waits for a mutex that another thread holds, when there are any
 *   hidden      of poll and ppoll: the waits without a limit for one descriptor, on a thread that
 *               has slept in epoll_wait before, when there are any
 *   fds         for calls that move bytes: calls by kind of descriptor
 *
 * Only calls on tcp sockets count under recvfrom, recvmsg, recvmmsg, sendto, sendmsg and sendmmsg;
 * the same calls on other sockets stand under "recvfrom_unix", "recvfrom_udp" and so on.  read,
 * readv, write and writev are everything that is not a stream socket; "read_tcp", "read_unix" and
 * so on are those on one.  A socket whose family the log does not tell is taken for tcp.
 *
 * PR_FAILED when the file cannot be read, a marker is cut short, or it holds no system call.  */
enum pr_err pr_strace_count_file(const char *path, json_t **stages,
                                 struct pr_error *why) PR_CHECKED;

#endif
