/* SPDX-License-Identifier: MIT */
/* analyzers/trace/calls.c - what the trace reader knows about each system call.  */
#include "analyzers/trace/calls.h"

#include <stddef.h>
#include <string.h>

/* name, family, descriptor, size, timeout, messages */
static const struct pr_call_facts calls[] = {
        {"read", PR_CALL_RECEIVE, 0, 2, -1, false},
        {"readv", PR_CALL_RECEIVE, 0, -1, -1, false},
        {"pread64", PR_CALL_RECEIVE, 0, 2, -1, false},
        {"recv", PR_CALL_RECEIVE, 0, 2, -1, false},
        {"recvfrom", PR_CALL_RECEIVE, 0, 2, -1, false},
        {"recvmsg", PR_CALL_RECEIVE, 0, -1, -1, false},
        {"recvmmsg", PR_CALL_RECEIVE, 0, -1, -1, true},
        {"write", PR_CALL_SEND, 0, 2, -1, false},
        {"writev", PR_CALL_SEND, 0, -1, -1, false},
        {"pwrite64", PR_CALL_SEND, 0, 2, -1, false},
        {"send", PR_CALL_SEND, 0, 2, -1, false},
        {"sendto", PR_CALL_SEND, 0, 2, -1, false},
        {"sendmsg", PR_CALL_SEND, 0, -1, -1, false},
        {"sendmmsg", PR_CALL_SEND, 0, -1, -1, true},
        {"sendfile", PR_CALL_SEND, 0, 3, -1, false},
        {"splice", PR_CALL_SEND, 2, 4, -1, false},
        {"accept", PR_CALL_ACCEPT, 0, -1, -1, false},
        {"accept4", PR_CALL_ACCEPT, 0, -1, -1, false},
        {"epoll_wait", PR_CALL_EPOLL_WAIT, 0, -1, 3, false},
        {"epoll_pwait", PR_CALL_EPOLL_WAIT, 0, -1, 3, false},
        {"epoll_pwait2", PR_CALL_EPOLL_WAIT, 0, -1, 3, false},
        {"epoll_ctl", PR_CALL_EPOLL_CTL, 2, -1, -1, false},
        {"poll", PR_CALL_POLL, -1, -1, 2, false},
        {"ppoll", PR_CALL_POLL, -1, -1, 2, false},
        {"select", PR_CALL_SELECT, -1, -1, 4, false},
        {"pselect6", PR_CALL_SELECT, -1, -1, 4, false},
        {"nanosleep", PR_CALL_SLEEP, -1, -1, -1, false},
        {"clock_nanosleep", PR_CALL_SLEEP, -1, -1, -1, false},
        {"futex", PR_CALL_FUTEX, -1, -1, -1, false},
        {"open", PR_CALL_OPEN, -1, -1, -1, false},
        {"creat", PR_CALL_OPEN, -1, -1, -1, false},
        {"openat", PR_CALL_OPENAT, -1, -1, -1, false},
        {"openat2", PR_CALL_OPENAT, -1, -1, -1, false},
        {"close", PR_CALL_CLOSE, 0, -1, -1, false},
        {"prctl", PR_CALL_PRCTL, -1, -1, -1, false},
        {"connect", PR_CALL_PLAIN, 0, -1, -1, false},
        {"bind", PR_CALL_PLAIN, 0, -1, -1, false},
        {"listen", PR_CALL_PLAIN, 0, -1, -1, false},
        {"shutdown", PR_CALL_PLAIN, 0, -1, -1, false},
        {"getsockopt", PR_CALL_PLAIN, 0, -1, -1, false},
        {"setsockopt", PR_CALL_PLAIN, 0, -1, -1, false},
        {"getsockname", PR_CALL_PLAIN, 0, -1, -1, false},
        {"getpeername", PR_CALL_PLAIN, 0, -1, -1, false},
        {"fcntl", PR_CALL_PLAIN, 0, -1, -1, false},
        {"ioctl", PR_CALL_PLAIN, 0, -1, -1, false},
        {"fstat", PR_CALL_PLAIN, 0, -1, -1, false},
        {"lseek", PR_CALL_PLAIN, 0, -1, -1, false},
        {"fsync", PR_CALL_PLAIN, 0, -1, -1, false},
        {"fdatasync", PR_CALL_PLAIN, 0, -1, -1, false},
        {"timerfd_settime", PR_CALL_PLAIN, 0, -1, -1, false},
        {"io_uring_enter", PR_CALL_PLAIN, 0, -1, -1, false},
};

const struct pr_call_facts *pr_call_find(const char *name)
{
	static const struct pr_call_facts plain = {"", PR_CALL_PLAIN, -1, -1, -1, false};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (strcmp(calls[i].name, name) == 0)
			return &calls[i];
	return &plain;
}
