/* SPDX-License-Identifier: MIT */
/* harness/seat.h - the place of one phase in a run: its worker of the moment, its trials of the
 * block.
 *
 * A seat lasts for the run; in each block it gets a fresh worker (or one for each workload) and
 * fresh trials.  What goes wrong ends the worker and fails the trials that are left, and the block
 * goes on without it: only Ctrl-C is passed up.  */
#ifndef PR_SEAT_H
#define PR_SEAT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "harness/crew.h"
#include "harness/trial.h"

struct pr_seat {
	const struct pr_crew *crew;
	const struct pr_plan_phase *phase;
	const struct pr_setting *setting; /* of the block; NULL: none */
	struct pr_child *child;           /* NULL when it could not start or was ended */
	struct pr_trial trials[PR_PLAN_WORKLOADS_MAX];
	size_t first, count; /* workloads of the worker */
	struct pr_seat_past {
		unsigned failures_in_row; /* blocks */
		struct pr_error last_failure;
	} past[PR_PLAN_WORKLOADS_MAX];
};

void pr_seat_init(struct pr_seat *seat, const struct pr_crew *crew,
                  const struct pr_plan_phase *phase);

/* Begins and ends a block: fresh trials, and their end.  */
void pr_seat_begin(struct pr_seat *seat, uint64_t block);
void pr_seat_end(struct pr_seat *seat);

/* Starts and warms a worker for count workloads.  One that has failed too often is not started
 * again.  */
enum pr_err pr_seat_start(struct pr_seat *seat, size_t first, size_t count) PR_CHECKED;

/* Why no worker is started for these workloads: one of them has failed in too many blocks in a row.
 * NULL: it is.  */
const char *pr_seat_given_up(const struct pr_seat *seat, size_t first, size_t count);

/* Rests and takes a snapshot, before (begin) or after the slices of a workload.  Without hooks,
 * counters are as if they were not there.  */
enum pr_err pr_seat_snapshot(struct pr_seat *seat, size_t workload, bool begin,
                             bool hooks) PR_CHECKED;

/* Runs a slice of count units, of which its head is not timed.  *reply is the worker's answer, NULL
 * when there is none.  */
enum pr_err pr_seat_slice(struct pr_seat *seat, size_t workload, uint64_t count,
                          json_t **reply) PR_CHECKED;

/* The last slice does not count, and neither do its latencies.  */
enum pr_err pr_seat_forget(struct pr_seat *seat, size_t workload) PR_CHECKED;

/* Runs a slice of so many units after the snapshots: messages are checked and nothing is counted.
 * *reply as above.  */
enum pr_err pr_seat_beside(struct pr_seat *seat, size_t workload, uint64_t count,
                           json_t **reply) PR_CHECKED;

/* Closes the worker.  Closing is part of the experiment: an engine that cannot fails its last
 * trial.  */
enum pr_err pr_seat_close(struct pr_seat *seat) PR_CHECKED;

/* Ends the worker, whatever it does.  */
void pr_seat_kill(struct pr_seat *seat);

/* CPU time of the worker so far, in ns; -1 when there is none.  */
int64_t pr_seat_cpu_ns(const struct pr_seat *seat);

/* The process of its worker; 0: there is none.  */
pid_t pr_seat_pid(const struct pr_seat *seat);

/* Notes, after the trials are judged, whether this block failed.  */
void pr_seat_note_failure(struct pr_seat *seat);

/* Leaves a paced trial out when a lower load of the same sweep was hopeless in this block: less
 * than half of what was offered arrived.  It counts as never begun.  */
void pr_seat_skip_hopeless(struct pr_seat *seat, size_t workload);

#endif
