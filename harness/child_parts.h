/* SPDX-License-Identifier: MIT */
/* harness/child_parts.h - what the files of the child share.  */
#ifndef PR_CHILD_PARTS_H
#define PR_CHILD_PARTS_H

#include <sys/types.h>

#include "core/base/buf.h"
#include "harness/child.h"

#define PR_HELPERS_MAX 2

struct pr_child {
	pid_t pid;
	pid_t helpers[PR_HELPERS_MAX]; /* processes of the worker's own; 0 is none */
	pid_t worker; /* the process that answers: not pid, under a tracer; 0 before it said so */
	int in;       /* its standard input */
	int out;      /* its standard output */
	bool alive;
	int status;          /* of wait(2), when not alive */
	uint64_t file_limit; /* bytes; 0 is none */
	char *log_path;
	off_t log_start;      /* where this child's part of the log begins */
	struct pr_buf answer; /* what was read and not yet given out */
};

/* Takes the first line out of what was read; the caller frees.  NULL when there is none yet.  */
char *pr_child_take_line(struct pr_child *child);

/* How it ended: its status, for a sentence.  It has ended.  */
void pr_child_tell_end(const struct pr_child *child, struct pr_buf *out);

/* "; its last words: ": the last lines of its log, on one line; nothing when it said nothing.  */
void pr_child_tell_last_words(const struct pr_child *child, struct pr_buf *out);

/* Looks where the threads of the child and of its helpers are, while they are there;
 * pr_child_take_stacks() gives them out.  */
void pr_child_note_stacks(const struct pr_child *child);

/* Adds these stacks to the log, behind the last words, and the innermost of them to the reason.  */
void pr_child_tell_stacks(const struct pr_child *child, struct pr_buf *out);

/* Reads what an ended child has left in its pipe; pr_child_take_testimony() gives it out.  */
void pr_child_note_testimony(struct pr_child *child);

#endif
