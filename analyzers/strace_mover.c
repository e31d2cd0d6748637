/* SPDX-License-Identifier: MIT */
/* analyzers/strace_mover.c - the system calls that move bytes.  */
#include "analyzers/strace_mover.h"

#include <stdio.h>
#include <string.h>

/* name, receives, any_fd, messages */
static const struct pr_strace_mover movers[] = {
        {"recvfrom", true, false, false}, {"recv", true, false, false},
        {"recvmsg", true, false, false},  {"recvmmsg", true, false, true},
        {"read", true, true, false},      {"readv", true, true, false},
        {"sendto", false, false, false},  {"send", false, false, false},
        {"sendmsg", false, false, false}, {"sendmmsg", false, false, true},
        {"write", false, true, false},    {"writev", false, true, false},
        {NULL, true, false, false},
};

const struct pr_strace_mover *pr_strace_mover_find(const char *name)
{
	for (const struct pr_strace_mover *mover = movers; mover->name != NULL; mover++)
		if (strcmp(mover->name, name) == 0)
			return mover;
	return NULL;
}

/* A socket that the log does not tell more about is taken for tcp.  */
static bool counts_as_tcp(const struct pr_strace_mover *mover, enum pr_fd_kind kind)
{
	return kind == PR_FD_TCP || kind == PR_FD_SOCKET ||
	       (kind == PR_FD_UNKNOWN && !mover->any_fd);
}

void pr_strace_mover_key(const struct pr_strace_mover *mover, enum pr_fd_kind kind,
                         const char *name, char *key, size_t room)
{
	const char *suffix = NULL;

	if (mover != NULL && mover->any_fd && kind == PR_FD_UNIX)
		suffix = pr_fd_kind_name(kind);
	else if (mover != NULL && mover->any_fd == counts_as_tcp(mover, kind))
		suffix = mover->any_fd ? "tcp" : pr_fd_kind_name(kind);
	snprintf(key, room, "%s%s%s", name, suffix != NULL ? "_" : "",
	         suffix != NULL ? suffix : "");
}

bool pr_strace_mover_is_end(const struct pr_strace_mover *mover, enum pr_fd_kind kind,
                            const struct pr_strace_event *event)
{
	bool stream = counts_as_tcp(mover, kind) || kind == PR_FD_UNIX;

	return mover->receives && stream && event->result == 0;
}

static uint64_t sum_lengths(struct pr_strace_text args)
{
	static const char word[] = "msg_len=";
	uint64_t sum = 0;
	int64_t value;
	const char *at;

	while ((at = memmem(args.at, args.size, word, strlen(word))) != NULL) {
		args.size -= (size_t)(at - args.at) + strlen(word);
		args.at = at + strlen(word);
		if (pr_strace_number(args, &value, NULL) && value > 0)
			sum += (uint64_t)value;
	}
	return sum;
}

uint64_t pr_strace_mover_bytes(const struct pr_strace_mover *mover,
                               const struct pr_strace_event *event)
{
	if (mover->messages)
		return sum_lengths(event->args);
	return event->result > 0 ? (uint64_t)event->result : 0;
}
