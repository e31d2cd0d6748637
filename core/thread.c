/* SPDX-License-Identifier: MIT */
/* core/thread.c - see thread.h.  */
#include "core/thread.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/resource.h>

void pr_thread_options_init(struct pr_thread_options *options)
{
	options->sched_policy = options->priority = -1;
	options->has_name_prefix = false;
	options->name_prefix = 0;
	CPU_ZERO(&options->cpus);
}

static void apply_name(const struct pr_thread_options *options)
{
	char name[16] = "proctor-io"; /* the system's limit */

	if (options->has_name_prefix)
		snprintf(name, sizeof(name), "%d/io", options->name_prefix);
	pthread_setname_np(pthread_self(), name);
}

/* Only real-time policies have priorities.  With any other a priority above 0 means "more than
 * others", as in libzmq: the lowest nice value.  */
static void apply_scheduling(const struct pr_thread_options *options)
{
	struct sched_param param = {0};
	int policy;

	if (options->sched_policy < 0 && options->priority < 0)
		return;
	pthread_getschedparam(pthread_self(), &policy, &param);
	if (options->sched_policy >= 0)
		policy = options->sched_policy;
	if (policy == SCHED_FIFO || policy == SCHED_RR) {
		if (options->priority >= 0)
			param.sched_priority = options->priority;
	} else {
		param.sched_priority = 0;
		if (options->priority > 0)
			setpriority(PRIO_PROCESS, 0, -20); /* 0: on Linux this thread */
	}
	pthread_setschedparam(pthread_self(), policy, &param);
}

void pr_thread_apply(const struct pr_thread_options *options)
{
	apply_name(options);
	apply_scheduling(options);
	if (CPU_COUNT(&options->cpus) > 0)
		pthread_setaffinity_np(pthread_self(), sizeof(options->cpus), &options->cpus);
}
