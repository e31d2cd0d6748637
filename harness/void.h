/* SPDX-License-Identifier: MIT */
/* harness/void.h - slices that do not count, by criteria that do not know whose slice it is.
 *
 * While a phase is measured, all others sleep; a slice begins when they do.  When they use more
 * than 0.1 % of it (or 0.1 ms, where that is more: what the other threads of a worker take into
 * their sleep), the slice is void: its messages are counted and checked, but no time is of them.
 * Not thread-safe.  */
#ifndef PR_VOID_H
#define PR_VOID_H

#include <stddef.h>
#include <stdint.h>

#include "harness/seat.h"

/* What the processes had used when a slice began.  */
struct pr_void {
	struct pr_seat *seats; /* by phase */
	size_t count;
	int64_t began_ns;
	int64_t cpu_ns[PR_PLAN_PHASES_MAX]; /* -1: not known */
};

/* Waits until the others sleep, 10 ms at most.  */
void pr_void_begin(struct pr_void *watch, struct pr_seat *seats, size_t count);

/* Why the slice of this seat that has just ended is void, a new string; NULL: it counts.  *sleeper
 * is the phase that did not sleep.  */
char *pr_void_end(const struct pr_void *watch, const struct pr_seat *worked, size_t *sleeper);

#endif
