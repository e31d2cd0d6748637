/* SPDX-License-Identifier: MIT */
/* core/adapt.h - speculate=adaptive: whether reading on without prior readiness pays, for one
 * connection, learnt from what such reads found.
 *
 * A read that finds bytes saves a wait; one that finds nothing (a would-block) was for nothing.  So
 * the connection has credit: a read that found bytes earns PR_ADAPT_HIT, one that found nothing
 * costs PR_ADAPT_MISS, and it reads on while there is credit.  More than a third of the reads must
 * find something or the credit is used up; PR_ADAPT_CREDIT_MOST lets a connection that has earned
 * it miss eight times in a row before it stops, and a single hit is not enough to fill it up again.
 *
 * Without credit, a probe is made after PR_ADAPT_PROBE_FIRST completions: one read on trial.  When
 * it finds nothing, the next one is made after twice as many, up to PR_ADAPT_PROBE_MOST; when it
 * finds something, after PR_ADAPT_PROBE_FIRST again.  So in ping-pong, where a read right after a
 * message never finds the next one, 1,000 messages cost 5 would-blocks, and in the long run one
 * message in 1,024 does.
 *
 * Arithmetic on three small integers, at a completion only.  The socket is registered
 * level-triggered: what a connection that does not read on leaves behind is reported again, so
 * changing its mind costs no system call.  */
#ifndef PR_ADAPT_H
#define PR_ADAPT_H

#include <stdbool.h>
#include <stdint.h>

#define PR_ADAPT_HIT         2
#define PR_ADAPT_MISS        1
#define PR_ADAPT_CREDIT_MOST 8
#define PR_ADAPT_PROBE_FIRST 16
#define PR_ADAPT_PROBE_MOST  1024

struct pr_adapt {
	uint8_t credit;
	uint16_t unread; /* completions since the last probe that were not followed by a read */
	uint16_t probe_after; /* how many of these make the next probe */
};

static inline void pr_adapt_init(struct pr_adapt *adapt)
{
	*adapt = (struct pr_adapt){.probe_after = PR_ADAPT_PROBE_FIRST};
}

/* After a completion: read on?  */
static inline bool pr_adapt_reads_on(struct pr_adapt *adapt)
{
	if (adapt->credit == 0 && ++adapt->unread >= adapt->probe_after) {
		adapt->unread = 0;
		adapt->credit = PR_ADAPT_MISS;
	}
	return adapt->credit > 0;
}

/* What that read found: bytes (or the end of the stream), or nothing.  */
static inline void pr_adapt_learn(struct pr_adapt *adapt, bool found)
{
	if (found) {
		adapt->credit += PR_ADAPT_HIT;
		if (adapt->credit > PR_ADAPT_CREDIT_MOST)
			adapt->credit = PR_ADAPT_CREDIT_MOST;
		adapt->probe_after = PR_ADAPT_PROBE_FIRST;
		return;
	}
	adapt->credit -= adapt->credit < PR_ADAPT_MISS ? adapt->credit : PR_ADAPT_MISS;
	if (adapt->credit == 0 && adapt->probe_after < PR_ADAPT_PROBE_MOST)
		adapt->probe_after *= 2;
}

#endif
