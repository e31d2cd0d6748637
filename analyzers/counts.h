/* SPDX-License-Identifier: MIT */
/* analyzers/counts.h - what a probe counted, in one form for all probes.
 *
 * NaN is "this probe cannot tell", never 0.  */
#ifndef PR_COUNTS_H
#define PR_COUNTS_H

#include <jansson.h>

#include "analyzers/run.h"

/* Why a receive was made; the order of the tables.  */
enum pr_counts_cause {
	PR_COUNTS_SPECULATIVE,
	PR_COUNTS_READINESS,
	PR_COUNTS_DRAIN,
	PR_COUNTS_RESTART,
	PR_COUNTS_START,
	PR_COUNTS_CAUSES
};

/* "speculative", "readiness", ...: the keys of the formats.  */
extern const char *const pr_counts_cause_names[PR_COUNTS_CAUSES];

struct pr_counts {
	double receives, would_blocks; /* calls on tcp sockets */
	double successful;             /* receives that got bytes */
	double received_bytes;
	double sends, sent_bytes;
	double waits;   /* epoll_wait, poll, select and their kin */
	double wakeups; /* calls that wake another thread: writes to an eventfd, futex wakes */
	double would_blocks_by[PR_COUNTS_CAUSES];
	double receives_by[PR_COUNTS_CAUSES];
};

/* The calls of a trace that receive from, and send to, stream sockets of both families; ended by
 * NULL.  See strace.h for the names.  */
extern const char *const pr_counts_receive_calls[];
extern const char *const pr_counts_send_calls[];

/* From a stage of a trace, {"recvfrom": {"calls", ...}, ...}; see analyzers/strace.h.  All NaN for
 * NULL.  */
struct pr_counts pr_counts_from_strace(const json_t *strace);

/* The same from the counters of a trial, {"recvfrom_calls": n, "recvfrom_eagain": n, ...}, as
 * interpose, perf and strace have them.  All NaN for NULL.  */
struct pr_counts pr_counts_from_flat(const json_t *flat);

/* From the hooks, {"recv_calls": n, ...}; see core/counters.def.  All NaN for NULL.  */
struct pr_counts pr_counts_from_hooks(const json_t *hooks);

/* The sum of the hooks over all good timed trials of one phase and workload, and of their messages.
 * Peaks are summed too, so only sums mean something.  All NaN when no trial has hooks.  */
struct pr_counts pr_counts_timed(const struct pr_run *run, size_t phase, size_t workload,
                                 double *messages);

/* The sum of one counter of the hooks over all good trials, the traced one too; NaN without hooks.
 */
double pr_counts_sum(const struct pr_run *run, size_t phase, size_t workload, const char *counter);

/* left + right, where NaN is nothing; NaN only when both are.  */
double pr_counts_add(double left, double right);

#endif
