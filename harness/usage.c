/* SPDX-License-Identifier: MIT */
/* harness/usage.c - what this process has used so far.  */
#include "harness/usage.h"

#include <sys/resource.h>

#include "core/base/clock.h"

/* CPU time comes from the clock and not from getrusage(2), which may count in ticks.  */
struct pr_usage pr_usage_now(void)
{
	struct rusage usage = {0};

	getrusage(RUSAGE_SELF, &usage);
	return (struct pr_usage){pr_clock_cpu_ns(), usage.ru_nvcsw, usage.ru_nivcsw};
}

struct pr_usage pr_usage_since(const struct pr_usage *before)
{
	struct pr_usage now = pr_usage_now();

	return (struct pr_usage){
	        now.cpu_ns - before->cpu_ns,
	        now.switches_voluntary - before->switches_voluntary,
	        now.switches_involuntary - before->switches_involuntary,
	};
}
