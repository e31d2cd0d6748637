/* SPDX-License-Identifier: MIT */
/* harness/tracer.h - a trial under strace: exact counts, never times.
 *
 * A fresh worker without warm-up runs each workload once, in one slice, with marks between the
 * stages and a rest before each mark.  The log is cut at the marks and counted
 * (analyzers/strace.h), held against the hooks of the same trial, and kept compressed.  */
#ifndef PR_TRACER_H
#define PR_TRACER_H

#include <jansson.h>

#include "core/base/err.h"
#include "harness/crew.h"
#include "harness/trial.h"

/* PR_FAILED with the reason when strace is not there or may not trace.  */
enum pr_err pr_tracer_probe(const struct pr_crew *crew, struct pr_error *why) PR_CHECKED;

/* Traces one phase.  trials is an array with one trial for each workload of the plan, begun with
 * block 0; they are filled and judged.  *trace becomes the TRACE of run.json, also when the trial
 * failed (its status says so).  Other results than PR_OK: PR_INTERRUPTED.  */
enum pr_err pr_tracer_run(const struct pr_crew *crew, const struct pr_plan_phase *phase,
                          const json_t *glossary, struct pr_trial *trials, json_t **trace,
                          struct pr_error *why) PR_CHECKED;

/* A TRACE with status "skipped".  */
json_t *pr_tracer_skip(const struct pr_plan_phase *phase, const char *reason);

#endif
