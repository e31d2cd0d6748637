/* SPDX-License-Identifier: MIT */
/* harness/shared.h - memory that a worker shares with the processes it forks.
 *
 * Made before the fork, it is at the same address on both sides, so pointers into it may be stored
 * in it.  A pointer to other memory of that time is good on both sides too, but each has its own
 * copy.  */
#ifndef PR_SHARED_H
#define PR_SHARED_H

#include <stddef.h>

/* Zeroed, page-aligned; asserts that there is memory.  Pages count when they are touched.  */
void *pr_shared_alloc(size_t size);

/* Sets *memory to NULL, which it may be already.  */
void pr_shared_free(void **memory, size_t size);

#endif
