/* SPDX-License-Identifier: MIT */
/* harness/mate.c - a parked thread: one mutex, one condition, three states.  */
#include "harness/mate.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/clock.h"
#include "harness/stack.h"

enum state { PARKED, BUSY, ENDING };

struct pr_mate {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	enum state state;
	void (*job)(void *arg);
	void *arg;
};

static void set_state(struct pr_mate *mate, enum state state)
{
	mate->state = state;
	pthread_cond_broadcast(&mate->changed);
}

static void *serve(void *arg)
{
	struct pr_mate *mate = arg;
	struct pr_stack stack;

	pr_stack_init(&stack);
	pthread_mutex_lock(&mate->lock);
	for (;;) {
		while (mate->state == PARKED)
			pthread_cond_wait(&mate->changed, &mate->lock);
		if (mate->state == ENDING)
			break;
		pthread_mutex_unlock(&mate->lock);
		pr_stack_call(&stack, mate->job, mate->arg);
		pthread_mutex_lock(&mate->lock);
		set_state(mate, PARKED);
	}
	pthread_mutex_unlock(&mate->lock);
	return NULL;
}

enum pr_err pr_mate_create(struct pr_mate **result, struct pr_error *why)
{
	struct pr_mate *mate = pr_alloc(sizeof(*mate));
	int error;

	memset(mate, 0, sizeof(*mate));
	pthread_mutex_init(&mate->lock, NULL);
	pthread_cond_init(&mate->changed, NULL);
	error = pthread_create(&mate->thread, NULL, serve, mate);
	if (error != 0) {
		free(mate);
		return pr_error_set(why, PR_FAILED, "cannot start a second application thread: %s",
		                    strerror(error));
	}
	*result = mate;
	return PR_OK;
}

void pr_mate_destroy(struct pr_mate **taken)
{
	struct pr_mate *mate = *taken;

	*taken = NULL;
	if (mate == NULL)
		return;
	pthread_mutex_lock(&mate->lock);
	assert(mate->state == PARKED);
	set_state(mate, ENDING);
	pthread_mutex_unlock(&mate->lock);
	pthread_join(mate->thread, NULL);
	pthread_mutex_destroy(&mate->lock);
	pthread_cond_destroy(&mate->changed);
	free(mate);
}

void pr_mate_run(struct pr_mate *mate, void (*job)(void *arg), void *arg)
{
	pthread_mutex_lock(&mate->lock);
	assert(mate->state == PARKED);
	mate->job = job;
	mate->arg = arg;
	set_state(mate, BUSY);
	pthread_mutex_unlock(&mate->lock);
}

int64_t pr_mate_cpu_ns(const struct pr_mate *mate)
{
	clockid_t clock;

	return pthread_getcpuclockid(mate->thread, &clock) == 0 ? pr_clock_read_ns(clock) : 0;
}

void pr_mate_wait(struct pr_mate *mate)
{
	pthread_mutex_lock(&mate->lock);
	while (mate->state == BUSY)
		pthread_cond_wait(&mate->changed, &mate->lock);
	pthread_mutex_unlock(&mate->lock);
}
