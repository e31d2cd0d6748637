/* SPDX-License-Identifier: MIT */
/* core/api/utility.c - zmq_stopwatch_*, zmq_sleep and zmq_thread*: what libzmq's own measuring
 * programs use so that they need to know no operating system.  */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/include/proctor/zmq.h"

void *zmq_stopwatch_start(void)
{
	int64_t *watch = malloc(sizeof(*watch));

	if (watch)
		*watch = pr_clock_ns();
	return watch;
}

unsigned long zmq_stopwatch_intermediate(void *watch)
{
	return (unsigned long)((pr_clock_ns() - *(int64_t *)watch) / 1000);
}

unsigned long zmq_stopwatch_stop(void *watch)
{
	unsigned long us = zmq_stopwatch_intermediate(watch);

	free(watch);
	return us;
}

void zmq_sleep(int seconds)
{
	sleep((unsigned)seconds);
}

struct thread {
	pthread_t id;
	zmq_thread_fn *run;
	void *arg;
};

static void *run_thread(void *arg)
{
	struct thread *thread = arg;

	thread->run(thread->arg);
	return NULL;
}

void *zmq_threadstart(zmq_thread_fn *run, void *arg)
{
	struct thread *thread = malloc(sizeof(*thread));

	if (!thread)
		return NULL;
	thread->run = run;
	thread->arg = arg;
	int error = pthread_create(&thread->id, NULL, run_thread, thread);

	if (!error)
		return thread;
	free(thread);
	errno = error;
	return NULL;
}

void zmq_threadclose(void *opaque)
{
	struct thread *thread = opaque;

	pthread_join(thread->id, NULL);
	free(thread);
}
