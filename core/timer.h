/* SPDX-License-Identifier: MIT */
/* core/timer.h - one-shot timers on a loop.
 *
 * A libuv timer may be freed only in its close callback, long after its owner is gone.  So a timer
 * is an object of its own: the owner keeps a pointer, and stopping gives the object up.  Loop
 * thread only.  */
#ifndef PR_TIMER_H
#define PR_TIMER_H

#include <stdint.h>

struct pr_loop;
struct pr_timer;

/* Calls expire(arg) once after delay_ms and forgets itself: *slot (which must be NULL now) holds
 * the timer until then and is NULL when expire is called.  When memory runs out nothing happens. */
void pr_timer_start(struct pr_timer **slot, struct pr_loop *loop, uint64_t delay_ms,
                    void (*expire)(void *arg), void *arg);

/* Cancels; *slot becomes NULL.  Nothing happens when it is NULL already.  */
void pr_timer_stop(struct pr_timer **slot);

#endif
