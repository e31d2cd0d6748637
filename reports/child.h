/* SPDX-License-Identifier: MIT */
/* reports/child.h - waiting for a child process that may take too long.  */
#ifndef PR_REPORTS_CHILD_H
#define PR_REPORTS_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

/* Waits until the child ends and returns its wait status, -1 when there is none to wait for.  After
 * limit_ms it is killed, or, when it leads a process group, that whole group.  Blocks.  */
int pr_child_wait(pid_t pid, int limit_ms, bool leads_group);

#endif
