/* SPDX-License-Identifier: MIT */
/* analyzers/fdtable.h - what each descriptor of a traced program is.
 *
 * `read(7, ...)` may be a receive or a wake-up; the line does not say.  The table follows the calls
 * that make, copy and close descriptors (socket, accept4, eventfd2, dup, fork, ...), one set per
 * process, shared by its threads; and it believes the decorations of strace -y (`7<TCP:[...]>`)
 * before itself.
 *
 * A thread that no clone call in the log has introduced belongs to the first process.  */
#ifndef PR_FDTABLE_H
#define PR_FDTABLE_H

#include "analyzers/strace.h"

enum pr_fd_kind {
	PR_FD_UNKNOWN, /* was there before the log began, or came by a call that was not traced */
	PR_FD_TCP,
	PR_FD_SOCKET, /* a socket of a family that the log does not tell */
	PR_FD_UNIX,
	PR_FD_UDP,
	PR_FD_NETLINK,
	PR_FD_EVENTFD,
	PR_FD_EPOLL,
	PR_FD_TIMERFD,
	PR_FD_SIGNALFD,
	PR_FD_INOTIFY,
	PR_FD_PIPE,
	PR_FD_FILE,
	PR_FD_OTHER,
	PR_FD_KINDS
};

/* "tcp", "eventfd": the words of the formats.  */
const char *pr_fd_kind_name(enum pr_fd_kind kind);

struct pr_fdtable;

struct pr_fdtable *pr_fdtable_create(void);
void pr_fdtable_destroy(struct pr_fdtable **table);

/* Takes note of an event.  Give it every event, ENTER included, before asking about the next.  */
void pr_fdtable_note(struct pr_fdtable *table, const struct pr_strace_event *event);

/* The kind of the descriptor that argument `index` of a call shows.  *fd gets its number, or -1
 * when the argument is not a descriptor; fd may be NULL.  Ask before giving the event to
 * pr_fdtable_note: a close forgets.  */
enum pr_fd_kind pr_fdtable_kind(struct pr_fdtable *table, const struct pr_strace_event *event,
                                size_t index, int64_t *fd);

/* The process of the thread of an event: a small number, and the id of its first thread (0 when the
 * lines carry none).  Threads that share their descriptors are one process.  */
uint32_t pr_fdtable_process(struct pr_fdtable *table, const struct pr_strace_event *event,
                            uint32_t *pid);

#endif
