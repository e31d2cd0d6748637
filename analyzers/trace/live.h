/* SPDX-License-Identifier: MIT */
/* analyzers/trace/live.h - traces a process or a command now.
 *
 * strace does it, and writes into a pipe that is read as it comes: no log is kept.  Only the
 * process that was named, or the command and what it starts, is touched.  */
#ifndef PR_TRACE_LIVE_H
#define PR_TRACE_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzers/strace.h"
#include "core/base/err.h"

struct pr_trace_live {
	uint64_t pid;               /* 0: run the command */
	const char *const *command; /* ends in NULL; looked up in PATH */
	bool stacks;                /* -k */
	int64_t limit_ns;           /* stop after this; 0: when it ends */
};

/* Feeds the parser and finishes it; blocks until the process or command ends, the time is up, or
 * Ctrl-C (SIGTERM and SIGHUP too) tells it to stop: a process is then left to itself, a command is
 * ended, and PR_OK is returned.  What the command prints on standard output goes to standard error.
 * *status is the exit status of the command, 128 + N when signal N ended it; 0 with a pid.
 * PR_FAILED when strace cannot be run or was not permitted.  */
enum pr_err pr_trace_live(const struct pr_trace_live *live, struct pr_strace *strace, int *status,
                          struct pr_error *why) PR_CHECKED;

#endif
