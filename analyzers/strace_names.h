/* SPDX-License-Identifier: MIT */
/* analyzers/strace_names.h - numbers for the names of system calls.
 *
 * The same name always gets the same number from one table, from 1 on.  */
#ifndef PR_STRACE_NAMES_H
#define PR_STRACE_NAMES_H

#include <stddef.h>
#include <stdint.h>

#define PR_STRACE_NAMES_SLOTS 4096 /* a power of two, and never a quarter full */

struct pr_strace_names {
	uint16_t slots[PR_STRACE_NAMES_SLOTS];
	char (*names)[40]; /* by number */
	size_t count;
};

void pr_strace_names_init(struct pr_strace_names *names);
void pr_strace_names_fini(struct pr_strace_names *names);

/* The number of a name of fewer than 40 characters; 0 when PR_STRACE_NAMES_MAX are taken.  */
uint16_t pr_strace_names_find(struct pr_strace_names *names, const char *name, size_t size);

#endif
