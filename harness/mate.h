/* SPDX-License-Identifier: MIT */
/* harness/mate.h - the second application thread of a worker, parked between jobs.
 *
 * A parked mate sleeps on a condition variable and makes no system call.  run and wait order memory
 * as a mutex does, so a socket may pass from the calling thread to the mate and back.  */
#ifndef PR_MATE_H
#define PR_MATE_H

#include <stdint.h>

#include "core/base/err.h"

struct pr_mate;

enum pr_err pr_mate_create(struct pr_mate **mate, struct pr_error *why) PR_CHECKED;

/* Ends the thread; no job may be running.  */
void pr_mate_destroy(struct pr_mate **mate);

/* Starts job(arg) on the mate and returns; its stack begins elsewhere each time (harness/stack.h).
 * No other job may be running.  */
void pr_mate_run(struct pr_mate *mate, void (*job)(void *arg), void *arg);

/* CPU time of the thread so far.  */
int64_t pr_mate_cpu_ns(const struct pr_mate *mate);

/* Waits until the job has returned.  */
void pr_mate_wait(struct pr_mate *mate);

#endif
