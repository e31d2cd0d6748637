/* SPDX-License-Identifier: MIT */
/* harness/void.h - slices that do not count, by criteria that do not know whose slice it is.
 *
 * While a phase is measured, all others sleep; a slice begins when their threads do and their CPU
 * clocks stand still.  When one uses more than 0.1 % of the slice, the slice is void: its messages
 * are counted and checked, but no time is of them.  A phase has 0.1 ms to spare after each slice of
 * its own: an engine may look once more some milliseconds after its last message.  What hides in
 * that is found by a rest before the slices of a workload: nobody works for 10 ms, and who uses
 * more than 0.1 % of that, twice in a row, does not sleep, so that the slices of all others
 * are void.  CPU clocks are exact to the nanosecond.  Not thread-safe.  */
#ifndef PR_VOID_H
#define PR_VOID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/seat.h"

/* What a rest ordinarily takes.  */
#define PR_VOID_REST_S 0.02

/* What the processes had used when a slice began.  All zero before the first.  */
struct pr_void {
	struct pr_seat *seats; /* by phase */
	size_t count;
	int64_t began_ns;
	int64_t cpu_ns[PR_PLAN_PHASES_MAX];  /* -1: not known */
	double awake[PR_PLAN_PHASES_MAX];    /* share of a CPU that was used at rest; 0: it slept */
	double spare_ns[PR_PLAN_PHASES_MAX]; /* left of what may be used once */
	bool impatient;                      /* somebody did not sleep during the slice before */
};

/* Whether a process that used so much CPU in a time, with so much to spare, did not sleep.  */
bool pr_void_is_awake(double used_ns, double time_ns, double spare_ns);

/* Who sleeps when nobody is asked to work.  Waits for 20 to 30 ms.  */
void pr_void_rest(struct pr_void *watch, struct pr_seat *seats, size_t count);

/* Waits until the others sleep, 10 ms at most.  */
void pr_void_begin(struct pr_void *watch, struct pr_seat *seats, size_t count);

/* Why the slice of this seat that has just ended is void, a new string; NULL: it counts.  *sleeper
 * is the phase that did not sleep.  */
char *pr_void_end(struct pr_void *watch, const struct pr_seat *worked, size_t *sleeper);

#endif
