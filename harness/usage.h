/* SPDX-License-Identifier: MIT */
/* harness/usage.h - what this process has used so far: CPU time and context switches, all threads,
 * those that have ended too.  */
#ifndef PR_USAGE_H
#define PR_USAGE_H

#include <stdint.h>

struct pr_usage {
	int64_t cpu_ns;
	int64_t switches_voluntary;   /* it had to wait */
	int64_t switches_involuntary; /* another took its CPU */
};

/* Two system calls; never fails.  */
struct pr_usage pr_usage_now(void);

/* What was used since.  */
struct pr_usage pr_usage_since(const struct pr_usage *before);

#endif
