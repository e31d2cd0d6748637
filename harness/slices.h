/* SPDX-License-Identifier: MIT */
/* harness/slices.h - the slices of a block: who goes when, and what each took.
 *
 * Every phase runs slice s of a workload before any runs slice s + 1, in a seeded,
 * predecessor-balanced order (order.h); in some blocks one slice of the workload's whole
 * length follows.  After each slice comes the control (control.h), and the others must have slept
 * (void.h).  What a slice took becomes a sample: a line of
 * samples.jsonl.  Samples are kept until the trials of the block are judged, because a line says
 * what became of its trial.  Not thread-safe; waits for the workers.  */
#ifndef PR_SLICES_H
#define PR_SLICES_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "harness/plan.h"
#include "harness/record.h"
#include "harness/seat.h"

struct pr_slices;

/* Called before each slice of a workload, from 1.  */
typedef void pr_slices_show(void *arg, size_t workload, uint64_t slice);

/* Borrows all for as long as it lives; seats are by phase, cpus is where workers run.  */
struct pr_slices *pr_slices_create(const struct pr_plan *plan, struct pr_seat *seats,
                                   const char *cpus, pr_slices_show *show, void *show_arg);
void pr_slices_destroy(struct pr_slices **slices);

/* Fresh workers: the next slice follows nobody.  */
void pr_slices_begin(struct pr_slices *slices, uint64_t block);

/* Snapshots and slices of one workload in all phases.  Only PR_INTERRUPTED is passed up.  */
enum pr_err pr_slices_run(struct pr_slices *slices, size_t workload) PR_CHECKED;

/* Time that slices of the whole length have taken so far.  */
int64_t pr_slices_whole_ns(const struct pr_slices *slices);

/* Samples of a trial of the block so far.  */
size_t pr_slices_count(const struct pr_slices *slices, const struct pr_trial *trial);

/* Records the samples of the block, when its trials are judged.  */
void pr_slices_record(struct pr_slices *slices, struct pr_record *record);

#endif
