/* SPDX-License-Identifier: MIT */
/* harness/runner_parts.h - what the files of the runner share.  */
#ifndef PR_RUNNER_PARTS_H
#define PR_RUNNER_PARTS_H

#include "harness/crew.h"
#include "harness/learn.h"
#include "harness/order.h"
#include "harness/progress.h"
#include "harness/record.h"
#include "harness/runner.h"
#include "harness/seat.h"
#include "harness/setting.h"
#include "harness/slices.h"

struct pr_runner {
	const struct pr_runner_job *job;
	struct pr_plan *plan;
	struct pr_crew crew;
	struct pr_record *record;
	struct pr_progress progress;
	struct pr_learn learn;
	json_t *glossary;        /* counters of all engines */
	struct pr_order *starts; /* in which order workers start */
	struct pr_seat *seats;   /* by phase */
	struct pr_slices *slices;
	struct pr_settings *settings;
	uint64_t block;
	uint64_t good_trials, bad_trials;
	int64_t began_ns, blocks_ns; /* when the run began; time spent in whole blocks */
};

/* Judges a trial of a block (a probe has judged its own), says it when it failed, and records it,
 * whatever came of it; nothing when it is absent.  trials are those of one phase, by workload.  */
void pr_runner_record(struct pr_runner *runner, struct pr_trial *trials, size_t index);

/* The trials of each probe that has some, phase by phase, and saves.  A probe that is not permitted
 * is skipped with a warning.  PR_INTERRUPTED on Ctrl-C.  */
enum pr_err pr_runner_run_probes(struct pr_runner *runner, struct pr_error *why) PR_CHECKED;

/* Leaves out phases that are watched by a probe that is not permitted here, with a warning, unless
 * no other is left.  PR_INTERRUPTED on Ctrl-C.  */
enum pr_err pr_runner_drop_forbidden(struct pr_runner *runner) PR_CHECKED;

#endif
