/* SPDX-License-Identifier: MIT */
/* harness/plant.h - a difference that is planted, so that it can be seen whether a comparison finds
 * it.
 *
 * Options that every phase takes beside those of its engine:
 *
 *   slow=PERCENT    each slice takes so much longer: the receiving thread spins for that share of
 *                   the time that has gone by, every tenth of a millisecond or two
 *   stall=PERCENT   so many of the slices stop for stall-time=TIME (the first of a process by
 *                   chance, then evenly), as an engine does that waits for a lock or a disk
 *   dose=WHAT       recv, wakeup or alloc: the interposing library (interpose/interpose.h) adds
 *                   dose-count failing reads, wake-ups or allocations after each successful
 *                   receive, send or wait (dose-at); with a count of 0 it is there and adds nothing
 *   watch=PROBE     interpose, perf or strace: the phase is watched from within its timed trials,
 *                   and what that costs is the disturbance of the probe; unhooked: nobody watches,
 *                   and lib= names builds without hooks, whose cost is how the phase then differs
 *
 * The share is exact where all threads share a processor (pin=one) or take turns (ping-pong); where
 * the receiver mostly waits for the sender on another one, part of it is hidden.  A spin that is
 * interrupted by another program counts that time as paid, so a busy machine plants less.
 *
 * Without these options there is no plant, and nothing of this costs anything.  */
#ifndef PR_PLANT_H
#define PR_PLANT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/base/opts.h"

/* More messages than there are.  */
#define PR_PLANT_NEVER (UINT64_MAX / 2)

struct pr_plant {
	double slow;  /* a fraction of the time */
	double stall; /* a fraction of the slices */
	int64_t stall_ns;
	int dose; /* enum pr_interpose_dose */
	int dose_place;
	uint64_t dose_count;
	int watch; /* index into pr_plant_watches */

	/* The state of a worker.  */
	uint64_t left;      /* messages until pay is due; PR_PLANT_NEVER: it is not in this slice */
	uint64_t every;     /* messages between two payments */
	int64_t clock_ns;   /* what reading the clock costs here */
	int64_t last_ns;    /* what has gone by since is not paid for */
	double debt_ns;     /* paid for too little; below 0: too much */
	double carried_ns;  /* the debt before this slice */
	int64_t spent_ns;   /* of this slice, on payments */
	int64_t stopped_ns; /* and in stalls */
	const void *of;     /* whose messages `every` is of */
	double stalled;     /* slices that are due to stall; a stall takes 1 */
	bool stalls;        /* this slice does */
};

extern const struct pr_opt pr_plant_opts[];

/* "none", "interpose", ...; ended by NULL.  */
extern const char *const pr_plant_watches[];

/* Splits the options of a phase (an object of texts): *engine becomes a new object of those that
 * are the engine's; the rest sets plant.  PR_USAGE with a sentence when a value is bad.  */
enum pr_err pr_plant_split(const json_t *options, const char *what, struct pr_plant *plant,
                           json_t **engine, struct pr_error *why) PR_CHECKED;

/* Adds the options of the plant to an object, as texts; nothing when nothing is planted.  */
void pr_plant_expand(const struct pr_plant *plant, json_t *options);

/* Whether nothing is planted in the thread that receives.  */
bool pr_plant_is_empty(const struct pr_plant *plant);

/* The set of pr_watch bits (watch.h) of watch=.  */
unsigned pr_plant_watch(const struct pr_plant *plant);

/* In a worker, once: learns what the clock costs.  About a millisecond.  */
void pr_plant_ready(struct pr_plant *plant);

/* Before a slice; of: the same for slices whose messages take equally long (a workload).  NULL does
 * nothing.  */
void pr_plant_begin(struct pr_plant *plant, const void *of);

/* After a slice that took elapsed_ns as it is reported: the share is owed for that time less what
 * was planted in it, and what has not been paid yet is paid in the next slice.  So what surrounds
 * a slice (waking a thread, reading counters) is not paid for, although it goes by between two
 * payments.  Below 1: the slice failed, and the debt stays as estimated.  NULL does nothing.  */
void pr_plant_end(struct pr_plant *plant, int64_t elapsed_ns);

/* After `left` messages, on the thread that receives: spends what is due and sets left anew.  */
void pr_plant_pay(struct pr_plant *plant);

/* After each message, where a few nanoseconds do not matter.  NULL does nothing.  */
static inline void pr_plant_message(struct pr_plant *plant)
{
	if (plant != NULL && --plant->left == 0)
		pr_plant_pay(plant);
}

#endif
