/* SPDX-License-Identifier: MIT */
/* harness/plan.h - what a run measures: phases, workloads, blocks, order, probes.
 *
 * A plan comes from a built-in name, a JSON file ("proctor.plan"), standard input, or the run.json
 * of an earlier run; the command line may replace parts.  Whatever is unknown is an error that
 * names the place and the nearest valid name.  The dumped plan is complete: run again, it measures
 * the same.  */
#ifndef PR_PLAN_H
#define PR_PLAN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/base/opts.h"
#include "harness/adapter.h"
#include "harness/variants.h"
#include "harness/workload.h"

#define PR_PLAN_PHASES_MAX    64
#define PR_PLAN_WORKLOADS_MAX 96
#define PR_PLAN_LABEL_MAX     160 /* bytes, of a workload */

/* How long a worker process lives.  */
enum pr_plan_workers {
	PR_WORKERS_BLOCK,    /* for a block: all its workloads */
	PR_WORKERS_WORKLOAD, /* for one workload of a block: whatever one does, the next begins
	                        afresh */
};

struct pr_plan_phase {
	char *label;
	const struct pr_adapter_ops *engine;
	json_t *options;             /* as given, values as texts */
	json_t *engine_options;      /* those of the engine; the others plant something (plant.h) */
	json_t *expanded;            /* every option */
	unsigned watch;              /* pr_watch bits: who watches its timed trials */
	bool doses;                  /* the interposing library adds calls, or could */
	uint64_t dose_count;         /* how many for each that is made */
	struct pr_variants variants; /* the files that are its engine */
};

struct pr_plan_workload {
	char *label; /* NAME; where there are several of that name, with what is not usual */
	const struct pr_workload_ops *ops;
	struct pr_workload_spec spec;
	uint64_t slices; /* a block */
	json_t *swept;   /* names of the options that are swept, for the label; or NULL */
};

struct pr_plan {
	char *name;
	struct pr_plan_phase phases[PR_PLAN_PHASES_MAX];
	struct pr_plan_workload workloads[PR_PLAN_WORKLOADS_MAX];
	size_t phase_count, workload_count;
	uint64_t blocks;
	uint64_t whole; /* of these, have slices of the whole length of a workload too */
	double head;    /* of each slice, not timed: a share below 1, or a number of units */
	uint64_t seed;
	uint64_t traces;     /* traced trials of each phase: 0 or 1 */
	uint64_t deadline_s; /* a worker that is silent for longer has failed */
	unsigned probes;     /* set of pr_probe_bit() (probe.h) */
	char *pin;           /* one, spread or a list of CPUs; of workloads that do not say */
	bool both_pins;      /* each of these is to become two, until pr_plan_split_pins() */
	int workers;         /* enum pr_plan_workers */
	int roles;           /* enum pr_roles of workloads that do not say */
	json_t *ablation;    /* {"from", "to", "parts": [{"options", "alone", "path"}]}; or NULL */
	json_t *origin;      /* the run.json that this repeats; NULL when it repeats nothing */
	char *origin_dir;    /* where its files are */
	char *origin_name;   /* as the user named it */
};

/* What the command line replaces.  Empty lists, NULL and the flags keep the plan's.  */
struct pr_plan_changes {
	struct pr_opt_list phases, workloads, probes;
	const char *pin, *roles, *ablate;
	bool has_blocks, has_seed;
	uint64_t blocks, seed;
};

/* A plan that the program brings with it.  */
struct pr_plan_builtin {
	const char *name;
	const char *summary; /* one line, for users */
	const char *json;
};

/* Ended by a NULL name.  */
extern const struct pr_plan_builtin pr_plan_builtins[];

/* source: a built-in name, the path of a JSON file, "-", or an earlier run: its run.json, its
 * directory, or what `proctor pack` made of it.  */
enum pr_err pr_plan_load(const char *source, struct pr_plan **plan,
                         struct pr_error *why) PR_CHECKED;

/* The same from a parsed document; file names it in messages.  */
enum pr_err pr_plan_parse(json_t *json, const char *file, struct pr_plan **plan,
                          struct pr_error *why) PR_CHECKED;

enum pr_err pr_plan_change(struct pr_plan *plan, const struct pr_plan_changes *changes,
                           struct pr_error *why) PR_CHECKED;

/* When interpose or perf watch: for the first phase of each engine (but the floor) and each chosen
 * probe that can watch timed trials, the same phase watched by it, behind the others; what a probe
 * costs is seen from that.  Nothing when the plan has phases with watch= already.  */
enum pr_err pr_plan_add_twins(struct pr_plan *plan, struct pr_error *why) PR_CHECKED;

/* Phases behind it move up.  */
void pr_plan_drop_phase(struct pr_plan *plan, size_t index);

void pr_plan_destroy(struct pr_plan **plan);

/* A whole "proctor.plan" document.  */
json_t *pr_plan_dump(const struct pr_plan *plan);

/* The options of a workload, every one, counts as numbers.  */
json_t *pr_plan_dump_options(const struct pr_plan_workload *workload);

/* Workloads that a worker holds together, from the first on: those that run on the same CPUs, or
 * one.
 */
size_t pr_plan_worker_count(const struct pr_plan *plan, size_t first);

/* False when the engine of a phase has no such link: there is nothing to measure then, and no
 * trial.
 */
bool pr_plan_carries(const struct pr_plan_phase *phase, const struct pr_plan_workload *workload);

/* The labels of the workloads that a phase has no part in and why, for a sentence: "a, b (reason);
 * c (another)"; NULL when there are none.  The caller frees it.  */
char *pr_plan_left_out(const struct pr_plan *plan, const struct pr_plan_phase *phase);

/* Seconds that a run will take, from ordinary costs per message; right to a factor of two or so. */
double pr_plan_predict_s(const struct pr_plan *plan);

/* The part of it before the blocks, when each engine is loaded once.  */
double pr_plan_predict_start_s(const struct pr_plan *plan);

/* The part of it that the trials of probes take, after the blocks.  */
double pr_plan_predict_probes_s(const struct pr_plan *plan);

/* Units of its traced trial: a block's; of paced no more than 10,000, because under a tracer no
 * high rate is kept and counts per message need no more.  */
uint64_t pr_plan_traced_count(const struct pr_plan_workload *workload);

/* Units of slice `index` (from 0) of a workload: count divided as evenly as it goes.  */
uint64_t pr_plan_slice_count(const struct pr_plan_workload *workload, uint64_t index);

/* Whether a workload has whole-length slices: not when each slice is one, nor of paced, where the
 * rate and not the length says how much is under way.  */
bool pr_plan_has_whole(const struct pr_plan_workload *workload);

/* Slices of each of a pair alone, and how many a workload must have for it: fewer, and the pairs
 * would take longer than what they are held against.  */
#define PR_PLAN_PAIR_ROUNDS       2
#define PR_PLAN_PAIR_SLICES_LEAST 10

/* Whether the blocks that have whole-length slices also have some in which the first phase and
 * another take turns alone; of two phases all slices are like that.  */
bool pr_plan_has_pairs(const struct pr_plan *plan, const struct pr_plan_workload *workload);

/* Whether a block (from 1) has slices of the whole length too: plan->whole of them do, evenly
 * spread, the first among them; none when there are fewer blocks than that.  */
bool pr_plan_is_whole(const struct pr_plan *plan, uint64_t block);

/* Of the count units of a slice, the first that are not timed: they take what the process before
 * has left behind (cold caches, a clock that went down).  Less than count.  A share leaves a block
 * the 1,000 round trips that a 99th percentile needs, where it has as many.  None of stalls.  */
uint64_t pr_plan_head_count(const struct pr_plan *plan, const struct pr_plan_workload *workload,
                            uint64_t count);

#endif
