/* SPDX-License-Identifier: MIT */
/* analyzers/limit.h - throughput as a share of what raw sockets move with the same work.
 *
 * The engine `floor` has kernels, which do more and more of what an engine does.  Which of them is
 * the measure for an engine and a workload is one table (limit.c).  A run that has no such phase
 * still has a limit, the fastest floor, which does less than the engine must.  */
#ifndef PR_LIMIT_H
#define PR_LIMIT_H

#include <jansson.h>

#include "analyzers/rows.h"

/* The array "limit": for each workload and phase that is no floor up to two members, the kernel
 * that matches ("matches" true) and the fastest floor, unless that is the one that matches for all
 * phases.  A share is the quotient of two medians, with the percentile interval of 10,000 resamples
 * of the blocks from 6 on.  Empty when the run has no floor.  */
json_t *pr_limit_json(const struct pr_rows *rows);

/* The kernel of a floor phase, by its options; "parsed" where it says nothing.  */
const char *pr_limit_kernel(const struct pr_run_phase *phase);

#endif
