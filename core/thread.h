/* SPDX-License-Identifier: MIT */
/* core/thread.h - how the I/O threads of a context run: their name, scheduling and processors.  */
#ifndef PR_THREAD_H
#define PR_THREAD_H

#include <sched.h>
#include <stdbool.h>

struct pr_thread_options {
	int sched_policy; /* SCHED_x; -1: as the thread that makes the first socket */
	int priority;     /* -1: the same */
	bool has_name_prefix;
	int name_prefix;
	cpu_set_t cpus; /* none: as the thread that makes the first socket */
};

/* What a context starts with.  */
void pr_thread_options_init(struct pr_thread_options *options);

/* Applies the options to the calling thread.  What the system does not allow is left as it is: a
 * program that asks for a priority it may not have still gets its messages.  */
void pr_thread_apply(const struct pr_thread_options *options);

#endif
