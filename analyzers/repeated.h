/* SPDX-License-Identifier: MIT */
/* analyzers/repeated.h - how much single runs of one engine differ: the measurement of the original
 * report, done again.
 *
 * That report compared the throughput of one run under strace with that of another and found -6.3
 * %. When a run has three phases or more that are the same engine with the same options, each has
 * one traced trial, in a fresh process.  Their throughputs under strace are held against each
 * other, pair by pair.  Such a figure says how good that way of measuring is; it is no time of the
 * engine, and it stands beside no other.  */
#ifndef PR_REPEATED_H
#define PR_REPEATED_H

#include <jansson.h>

#include "analyzers/run.h"

/* What the report found.  */
#define PR_REPEATED_THRESHOLD 0.063

/* One entry for each workload; NULL when there are no such phases.  The interval of the share is a
 * bootstrap over the runs, without pairs of one run with itself.  */
json_t *pr_repeated_json(const struct pr_run *run);

#endif
