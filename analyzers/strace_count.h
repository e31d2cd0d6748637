/* SPDX-License-Identifier: MIT */
/* analyzers/strace_count.h - system calls per stage, from the events of strace.h.
 *
 * What is counted, and the JSON that comes out, is described at pr_strace_count_file() in strace.h.
 */
#ifndef PR_STRACE_COUNT_H
#define PR_STRACE_COUNT_H

#include <jansson.h>

#include "analyzers/strace.h"

struct pr_strace_count;

struct pr_strace_count *pr_strace_count_create(void);
void pr_strace_count_destroy(struct pr_strace_count **count);

/* A pr_strace_visit; arg is the struct pr_strace_count.  */
void pr_strace_count_visit(void *arg, const struct pr_strace_event *event);

/* The array of stages.  PR_FAILED with a sentence without a file name ("line 7: ...") when a marker
 * was cut short or there was no system call.  */
enum pr_err pr_strace_count_json(const struct pr_strace_count *count, json_t **stages,
                                 struct pr_error *why) PR_CHECKED;

#endif
