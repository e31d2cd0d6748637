/* SPDX-License-Identifier: MIT */
/* harness/child.h - a worker process, from the side of the bench.
 *
 * Each child has a process group of its own, so that a Ctrl-C at the terminal reaches the bench
 * alone and the bench ends exactly what it started.  Every question has a deadline; a child that
 * misses it is ended, and what it said last becomes part of the reason; where its threads were
 * (stacks.h) goes to its log, and is kept for the record.  */
#ifndef PR_CHILD_H
#define PR_CHILD_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"

struct pr_child;

/* Starts a program: argv ends in NULL, argv[0] is looked up in PATH.  Its standard error is
 * appended to the file log_path.  */
enum pr_err pr_child_start(const char *const *argv, const char *log_path, struct pr_child **child,
                           struct pr_error *why) PR_CHECKED;

/* Sends a command (taken; see worker.h) and waits for the answer.  *reply may be NULL when only
 * success matters.  PR_FAILED when the worker refuses, dies, or does not answer and moves no
 * message for longer than the deadline (it is ended then); PR_INTERRUPTED on Ctrl-C.  */
enum pr_err pr_child_ask(struct pr_child *child, json_t *request, int64_t deadline_ns,
                         json_t **reply, struct pr_error *why) PR_CHECKED;

/* False after the child has ended or was ended.  */
bool pr_child_is_alive(const struct pr_child *child);

/* CPU time that the child and its helpers have used so far; -1 when it cannot be told.  */
int64_t pr_child_cpu_ns(const struct pr_child *child);

/* Its process; 0 when it has ended.  */
pid_t pr_child_pid(const struct pr_child *child);

/* The child ends when it makes a file larger than this: a trace must not fill the disk.  */
enum pr_err pr_child_limit_files(struct pr_child *child, uint64_t bytes,
                                 struct pr_error *why) PR_CHECKED;

/* Waits for a child that was told to end; ends it by force after the deadline.  PR_FAILED with the
 * reason when it did not end with status 0.  */
enum pr_err pr_child_finish(struct pr_child *child, int64_t deadline_ns,
                            struct pr_error *why) PR_CHECKED;

/* Where the threads of the last child that did not answer were, lines of text; NULL when that was
 * taken before.  The caller frees.  */
char *pr_child_take_stacks(void);

/* What the last child that did not answer could still say, {"sent", "received", "counters"}
 * (worker.h); NULL when it said nothing, or that was taken before.  The caller owns it.  */
json_t *pr_child_take_testimony(void);

/* Ends the child, if it has not ended, and frees.  Removes a log that is empty.  */
void pr_child_destroy(struct pr_child **child);

/* {"do": verb}, to be filled further.  */
json_t *pr_child_request(const char *verb);

/* The file of the running program, links resolved; a new string.  */
enum pr_err pr_child_own_program(char **path, struct pr_error *why) PR_CHECKED;

#endif
