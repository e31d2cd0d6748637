/* SPDX-License-Identifier: MIT */
/* harness/runner.h - runs a plan and records it.
 *
 * A block is a fresh set of worker processes, one a phase (or one a phase and workload, where the
 * plan says so).  Within it, short slices of a workload alternate between the live workers in a
 * seeded, predecessor-balanced order (order.h) while the others sleep.  The block is what is
 * repeated; a slice only makes each block precise.  After the blocks come the traced trials, one a
 * phase.  A trial that goes wrong is recorded with its reason, and the run goes on.  */
#ifndef PR_RUNNER_H
#define PR_RUNNER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"
#include "harness/plan.h"

struct pr_runner_job {
	struct pr_plan *plan; /* its blocks are set when time_ns is given */
	const char *dir;      /* the run directory, made here */
	int64_t time_ns;      /* 0, or: as many blocks as fit, foretold from the first */
	bool quiet;
	/* After each block that is saved: a sentence for the user, a new string, or NULL.  May be
	 * NULL.  */
	char *(*after_block)(void *arg, uint64_t done, uint64_t blocks);
	void *after_arg;
	bool no_libraries; /* keep the hashes of the engine libraries alone */
	int argc;          /* for the record */
	const char **argv;
};

/* PR_OK when at least one trial is good; PR_VOID when none is; PR_INTERRUPTED after Ctrl-C, with
 * what was measured kept; PR_FAILED when the run could not begin or not be written.  */
enum pr_err pr_runner_run(const struct pr_runner_job *job, struct pr_error *why) PR_CHECKED;

#endif
