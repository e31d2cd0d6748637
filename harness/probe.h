/* SPDX-License-Identifier: MIT */
/* harness/probe.h - who watches a trial.
 *
 * A probe either watches the timed trials from within (hooks: it has no `run`), or has trials of
 * its own after the blocks, with processes of their own, because whoever watches from outside slows
 * down what it watches: no time ever comes from such a trial.  Every counter in run.json stands
 * under the name of its probe.  Where a probe is not permitted, its trials are skipped with the
 * reason.
 *
 * To add one: write probe/NAME.c, declare it below, add a line to probe/table.c and one to
 * CMakeLists.txt; when it counts something new, a metric (core/base/metrics.c) and the group of its
 * counters (schemas/run.schema.json).  */
#ifndef PR_PROBE_H
#define PR_PROBE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "harness/crew.h"
#include "harness/plan.h"
#include "harness/trial.h"

#define PR_PROBE_OPS_VERSION 1

struct pr_probe_ops {
	const char *name;
	const char *summary; /* one line for `proctor list probes` */
	uint32_t version;    /* PR_PROBE_OPS_VERSION */
	bool usual;          /* watches unless the plan says otherwise */
	unsigned watch;      /* its pr_watch bit (watch.h), when phases can be watched by it; else 0
	                      */
	const char *array;   /* of run.json, where its reports go: "traces", "probes" */

	/* Seconds that the trials of one phase ordinarily take.  */
	double (*predict_s)(const struct pr_plan *plan, const struct pr_plan_phase *phase);

	/* PR_FAILED with the reason when it is not there or may not watch; else PR_OK or
	 * PR_INTERRUPTED.  */
	enum pr_err (*permit)(const struct pr_crew *crew, struct pr_error *why);

	/* Watches one phase.  trials is an array with one trial for each workload of the plan,
	 * begun with block 0 and the name of the probe; they are filled and judged.  *report
	 * becomes an entry of the array, also when the trial failed (its status says so).  Other
	 * results than PR_OK: PR_INTERRUPTED.  NULL: it watches the timed trials.  */
	enum pr_err (*run)(const struct pr_crew *crew, const struct pr_plan_phase *phase,
	                   const json_t *glossary, struct pr_trial *trials, json_t **report,
	                   struct pr_error *why);

	/* A report with status "skipped".  */
	json_t *(*skip)(const struct pr_plan_phase *phase, const char *reason);

	/* The file that it leaves behind for a phase, below the run directory; the caller frees.
	 * May be NULL: it leaves none.  */
	char *(*file)(const struct pr_plan_phase *phase);
};

/* Ended by NULL.  The place in the table is the bit in pr_plan.probes.  */
extern const struct pr_probe_ops *const pr_probes[];

#define PR_PROBES_MAX 16

extern const struct pr_probe_ops pr_probe_hooks;
extern const struct pr_probe_ops pr_probe_interpose;
extern const struct pr_probe_ops pr_probe_perf;
extern const struct pr_probe_ops pr_probe_strace;
extern const struct pr_probe_ops pr_probe_callgrind;

/* The bit of a probe.  */
unsigned pr_probe_bit(const struct pr_probe_ops *ops);

/* True when trials of this probe are part of the plan: it is chosen, and they are not left out.  */
bool pr_probe_has_trials(const struct pr_probe_ops *ops, const struct pr_plan *plan);

/* True when trials of this probe see all that a phase does in a workload: those that count within
 * see stalls, too.  */
bool pr_probe_sees(const struct pr_probe_ops *ops, const struct pr_plan_phase *phase,
                   const struct pr_plan_workload *workload);

/* The bits of those that watch unless the plan says otherwise.  */
unsigned pr_probe_usual(void);

/* Fills names (room for PR_PROBES_MAX) and gives their number.  */
size_t pr_probe_names(const char **names);

#endif
