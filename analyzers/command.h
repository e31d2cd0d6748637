/* SPDX-License-Identifier: MIT */
/* analyzers/command.h - commands that a reader can paste into a shell.  */
#ifndef PR_COMMAND_H
#define PR_COMMAND_H

#include <stdbool.h>

#include "analyzers/run.h"

/* Text as one word of a POSIX shell, quoted only when needed.  The caller frees it.  */
char *pr_command_word(const char *text);

/* "proctor run RUN/run.json --phase ... --workload ... -o again": the same plan with only the
 * phases and workloads that keep[] marks (by number; NULL: all).  more, which may be NULL, is a
 * further workload as the user would type it; then the run's own ones are left out.  The caller
 * frees it.
 */
char *pr_command_run(const struct pr_run *run, const bool *phases, const bool *workloads,
                     const char *more);

#endif
