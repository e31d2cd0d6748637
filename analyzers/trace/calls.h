/* SPDX-License-Identifier: MIT */
/* analyzers/trace/calls.h - what the trace reader knows about each system call: one table.  */
#ifndef PR_TRACE_CALLS_H
#define PR_TRACE_CALLS_H

#include <stdbool.h>
#include <stdint.h>

enum pr_call_family {
	PR_CALL_PLAIN,
	PR_CALL_RECEIVE, /* moves bytes in */
	PR_CALL_SEND,    /* moves bytes out */
	PR_CALL_ACCEPT,
	PR_CALL_EPOLL_WAIT,
	PR_CALL_EPOLL_CTL,
	PR_CALL_POLL,
	PR_CALL_SELECT,
	PR_CALL_SLEEP, /* waits for nothing but time */
	PR_CALL_FUTEX,
	PR_CALL_OPEN,   /* its first argument is a path */
	PR_CALL_OPENAT, /* its second is */
	PR_CALL_CLOSE,
	PR_CALL_PRCTL,
};

struct pr_call_facts {
	const char *name;
	enum pr_call_family family;
	int8_t fd;      /* which argument is the descriptor; -1: none */
	int8_t size;    /* which argument is the number of bytes asked for; -1: none */
	int8_t timeout; /* which argument says how long to wait; -1: none */
	bool messages;  /* the result counts messages; bytes stand in msg_len= */
};

/* Never NULL: a name that is not in the table is PR_CALL_PLAIN without a descriptor.  */
const struct pr_call_facts *pr_call_find(const char *name);

#endif
