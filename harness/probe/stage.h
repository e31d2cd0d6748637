/* SPDX-License-Identifier: MIT */
/* harness/probe/stage.h - one workload as a stage: what happens in it can be counted exactly.  */
#ifndef PR_PROBE_STAGE_H
#define PR_PROBE_STAGE_H

#include "harness/crew.h"
#include "harness/trial.h"

/* Rest, snapshot, mark, one slice, rest, snapshot, mark; fills the trial, which is not absent.
 * Failures are of the worker.  */
enum pr_err pr_stage_run(const struct pr_crew *crew, struct pr_child *child,
                         const struct pr_plan_phase *phase, struct pr_trial *trial,
                         struct pr_error *why) PR_CHECKED;

/* Seconds that this takes where a message costs so many times what it usually does.  */
double pr_stage_predict_s(const struct pr_plan *plan, const struct pr_plan_phase *phase,
                          double start_s, double (*message_ns)(const struct pr_workload_ops *));

#endif
