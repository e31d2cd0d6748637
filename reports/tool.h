/* SPDX-License-Identifier: MIT */
/* reports/tool.h - another program that is handed a text and answers with one.
 *
 * It runs as a child process without a shell, with the PATH of this one and no other variable but
 * those given.  Texts travel in memory files (memfd_create): nothing lies in /tmp, and no pipe can
 * fill up while both sides wait.  Blocks until the child ends or its time is over.  */
#ifndef PR_REPORTS_TOOL_H
#define PR_REPORTS_TOOL_H

#include <stddef.h>

#include "core/base/buf.h"
#include "core/base/err.h"

struct pr_tool {
	const char *const *argv;        /* argv[0] is looked for in PATH; ended by NULL */
	const char *const *environment; /* "NAME=value"; ended by NULL */
	const char *package;            /* what to install when it is not there */
	int limit_ms;                   /* then it is killed */
};

/* Adds what it answers to *answer.  PR_FAILED when it cannot be started, is killed, or ends with a
 * status that is not 0: the last line of what it said on standard error is in the sentence.  */
enum pr_err pr_tool_run(const struct pr_tool *tool, const char *text, size_t size,
                        struct pr_buf *answer, struct pr_error *why) PR_CHECKED;

#endif
