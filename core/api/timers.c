/* SPDX-License-Identifier: MIT */
/* core/api/timers.c - zmq_timers_*: timers that the program runs itself, between two zmq_polls.
 *
 * A list in the order in which the timers are due, those of the same millisecond in the order in
 * which they were set.  A timer is put in from the end, so timers that share an interval, however
 * many, find their place at once.  Nothing here is thread-safe, as in libzmq; but a handler may do
 * what it likes with any timer, its own included.  */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/base/clock.h"
#include "core/include/proctor/zmq.h"

#define TIMERS_MAGIC 0x50525449u

struct timer {
	struct timer *prev, *next;
	int id;
	size_t interval_ms;
	uint64_t due_ms;
	uint64_t round; /* the last zmq_timers_execute that ran it */
	zmq_timer_fn *handler;
	void *arg;
};

struct timers {
	uint32_t magic;
	int last_id;
	uint64_t round;
	struct timer *first, *last;
	struct timer *running; /* whose handler runs; NULL when that one has cancelled it */
};

static struct timers *as_timers(void *opaque)
{
	struct timers *timers = opaque;

	if (timers && timers->magic == TIMERS_MAGIC)
		return timers;
	errno = EFAULT;
	return NULL;
}

static uint64_t now_ms(void)
{
	return (uint64_t)pr_clock_ns() / 1000000;
}

/* ---- The list ---- */

static void insert(struct timers *timers, struct timer *timer, uint64_t due_ms)
{
	struct timer *before = timers->last;

	while (before && before->due_ms > due_ms)
		before = before->prev;
	timer->due_ms = due_ms;
	timer->prev = before;
	timer->next = before ? before->next : timers->first;
	*(timer->next ? &timer->next->prev : &timers->last) = timer;
	*(before ? &before->next : &timers->first) = timer;
}

static void take_out(struct timers *timers, struct timer *timer)
{
	*(timer->prev ? &timer->prev->next : &timers->first) = timer->next;
	*(timer->next ? &timer->next->prev : &timers->last) = timer->prev;
}

/* NULL and EINVAL: there is none of that id.  */
static struct timer *find(struct timers *timers, int id)
{
	struct timer *timer = timers->first;

	while (timer && timer->id != id)
		timer = timer->next;
	if (!timer)
		errno = EINVAL;
	return timer;
}

/* ---- The interface ---- */

void *zmq_timers_new(void)
{
	struct timers *timers = calloc(1, sizeof(*timers));

	if (timers)
		timers->magic = TIMERS_MAGIC;
	return timers;
}

int zmq_timers_destroy(void **opaque)
{
	struct timers *timers = as_timers(opaque ? *opaque : NULL);

	if (!timers)
		return -1;
	for (struct timer *timer = timers->first, *next; timer; timer = next) {
		next = timer->next;
		free(timer);
	}
	timers->magic = 0;
	free(timers);
	*opaque = NULL;
	return 0;
}

/* Ids count from 1.  */
int zmq_timers_add(void *opaque, size_t interval_ms, zmq_timer_fn *handler, void *arg)
{
	struct timers *timers = as_timers(opaque);

	if (!timers || !handler) {
		errno = EFAULT;
		return -1;
	}
	struct timer *timer = malloc(sizeof(*timer));

	if (!timer) {
		errno = ENOMEM;
		return -1;
	}
	timer->id = ++timers->last_id;
	timer->interval_ms = interval_ms;
	timer->handler = handler;
	timer->arg = arg;
	timer->round = 0;
	insert(timers, timer, now_ms() + interval_ms);
	return timer->id;
}

int zmq_timers_cancel(void *opaque, int id)
{
	struct timers *timers = as_timers(opaque);
	struct timer *timer = timers ? find(timers, id) : NULL;

	if (!timer)
		return -1;
	take_out(timers, timer);
	if (timers->running == timer)
		timers->running = NULL;
	free(timer);
	return 0;
}

/* The interval begins now.  */
static void restart(struct timers *timers, struct timer *timer)
{
	take_out(timers, timer);
	insert(timers, timer, now_ms() + timer->interval_ms);
}

int zmq_timers_set_interval(void *opaque, int id, size_t interval_ms)
{
	struct timers *timers = as_timers(opaque);
	struct timer *timer = timers ? find(timers, id) : NULL;

	if (!timer)
		return -1;
	timer->interval_ms = interval_ms;
	restart(timers, timer);
	return 0;
}

int zmq_timers_reset(void *opaque, int id)
{
	struct timers *timers = as_timers(opaque);
	struct timer *timer = timers ? find(timers, id) : NULL;

	if (!timer)
		return -1;
	restart(timers, timer);
	return 0;
}

/* Milliseconds until the first timer is due; -1 when there is none.  */
long zmq_timers_timeout(void *opaque)
{
	struct timers *timers = as_timers(opaque);

	if (!timers || !timers->first)
		return -1;
	uint64_t now = now_ms(), due = timers->first->due_ms;

	return due > now ? (long)(due - now) : 0;
}

/* Runs a timer and lets its next interval begin, unless its handler cancelled it.  */
static void run(struct timers *timers, struct timer *timer, uint64_t now)
{
	timers->running = timer;
	timer->handler(timer->id, timer->arg);
	if (timers->running == timer) {
		take_out(timers, timer);
		insert(timers, timer, now + timer->interval_ms);
	}
	timers->running = NULL;
}

/* The timers that are due, in order.  Each runs once at most: one with an interval of 0 is due
 * again at once, which puts it behind all others, and waits for the next call.  */
int zmq_timers_execute(void *opaque)
{
	struct timers *timers = as_timers(opaque);
	struct timer *timer;

	if (!timers)
		return -1;
	uint64_t now = now_ms(), round = ++timers->round;

	while ((timer = timers->first) && timer->due_ms <= now && timer->round != round) {
		timer->round = round;
		run(timers, timer, now);
	}
	return 0;
}
