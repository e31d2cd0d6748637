/* SPDX-License-Identifier: MIT */
/* core/base/clock.h - time, in nanoseconds, from clocks that never go back.  */
#ifndef PR_BASE_CLOCK_H
#define PR_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t pr_clock_read_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Monotonic; about 20 to 40 ns a call through the vDSO.  */
static inline int64_t pr_clock_ns(void)
{
	return pr_clock_read_ns(CLOCK_MONOTONIC);
}

/* CPU time of the whole process, all threads, user and system.  One system call.  */
static inline int64_t pr_clock_cpu_ns(void)
{
	return pr_clock_read_ns(CLOCK_PROCESS_CPUTIME_ID);
}

#endif
