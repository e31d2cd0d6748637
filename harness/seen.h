/* SPDX-License-Identifier: MIT */
/* harness/seen.h - which numbers of one sender have arrived.
 *
 * A ledger (stamp.h) expects one number after the other, which is cheap and enough where nothing
 * should go wrong.  Where a connection may be lost under way and another takes its place, old
 * messages arrive among new ones: here each number has a bit, so that what was lost, repeated or
 * came late is told apart exactly, however much it is.  Not thread-safe.  */
#ifndef PR_SEEN_H
#define PR_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pr_arrival {
	PR_ARRIVAL_NEXT,  /* later than all before */
	PR_ARRIVAL_LATE,  /* after a later one: reordered */
	PR_ARRIVAL_AGAIN, /* it was there already: duplicated */
	PR_ARRIVAL_ALIEN, /* below the first number, or further than any sender can be */
};

/* Zeroed, it is empty and begins at number 0.  */
struct pr_seen {
	uint64_t first;   /* number of the first bit */
	uint64_t end;     /* one more than the largest that has arrived; at least first */
	uint64_t arrived; /* different numbers from first on */
	uint64_t *words;
	size_t count; /* words */
};

/* Numbers below first count no more.  */
void pr_seen_restart(struct pr_seen *seen, uint64_t first);
void pr_seen_fini(struct pr_seen *seen);

enum pr_arrival pr_seen_take(struct pr_seen *seen, uint64_t number);

/* How many of the numbers from first to sent have not arrived.  */
uint64_t pr_seen_missing(const struct pr_seen *seen, uint64_t sent);

#endif
