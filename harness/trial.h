/* SPDX-License-Identifier: MIT */
/* harness/trial.h - one phase under one workload in one block: gathers, judges, and becomes a
 * record.  */
#ifndef PR_TRIAL_H
#define PR_TRIAL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "harness/check.h"
#include "harness/pace.h"
#include "harness/plan.h"

enum pr_trial_status { PR_TRIAL_OK, PR_TRIAL_VOID, PR_TRIAL_FAILED };

struct pr_trial {
	const struct pr_plan_phase *phase;
	const struct pr_plan_workload *workload;
	uint64_t block;    /* 0: of a probe, never timed */
	const char *probe; /* whose trial it is, when the block is 0 */
	size_t position;   /* in the first slice, from 1; 0 before it */
	bool absent; /* never run, never recorded: the engine has no such link, or tracing none */
	bool has_hooks;
	enum pr_trial_status status;
	char *reason;
	uint64_t slices_done, slices_void;
	uint64_t messages;       /* all: what counters are of */
	uint64_t timed_messages; /* without the heads of slices: what times are of */
	int64_t elapsed_ns, cpu_ns;
	int64_t cpu_end_ns[2];            /* by end, where each has a process of its own */
	int64_t cpu_main_ns, cpu_mate_ns; /* of the application's threads, in one process */
	int64_t switches_voluntary, switches_involuntary;
	bool has_threads, has_switches;
	double fairness; /* of the worst slice; 0: not measured */
	int64_t lost, reordered, duplicated, corrupt;
	uint64_t least_receives, least_sends; /* see check.h */
	struct pr_habits habits;
	bool reads_vary;        /* habits.read_bytes is the most that a read asks for */
	json_t *before, *after; /* counters; NULL without hooks */
	json_t *watched_before, *watched_after; /* readings (watch.h); NULL when nobody else counts
	                                         */
	json_t *sites;                          /* where the calls were made; NULL when not asked */
	json_t *functions;                      /* of callgrind: what each did; else NULL */
	json_t *nameless;              /* files of these without symbols (nameless.h); else NULL */
	json_t *memory_peak;           /* NULL when not measured */
	json_t *memory_peak_a;         /* the same */
	json_t *memory_per_connection; /* the same */
	json_t *histogram;             /* as the worker gives it; NULL when there is none */
	json_t *histogram_sent;        /* of paced: from the actual send */
	json_t *histogram_late;        /* of paced: from the intended start to the actual send */
	struct pr_pace_sums pace;      /* over all slices; began_ns is 0 */
	json_t *pressure;              /* of backpressure, as the worker gives it; else NULL */
	json_t *strace;                /* the stage of the trace; NULL when not traced */
	json_t *counted; /* by that probe, as {"name": count}; NULL when it has no such */
	double instructions_per_message; /* 0: not measured */
	json_t *checks;
	json_t *stalled; /* how far an engine had come that did not answer; else NULL */
	char *stacks;    /* where the threads were when the engine did not answer; else NULL */
};

void pr_trial_init(struct pr_trial *trial, const struct pr_plan_phase *phase,
                   const struct pr_plan_workload *workload, uint64_t block);
void pr_trial_fini(struct pr_trial *trial);

/* Marks the trial, unless it is marked already: the first reason is the one that counts.  */
void pr_trial_fail(struct pr_trial *trial, const char *reason);
/* Takes stacks; NULL is nothing.  */
void pr_trial_set_stacks(struct pr_trial *trial, char *stacks);

/* "odd" of a reply to `warm`.  False when the trial has failed by it, and says with what: always,
 * but where readers stall only when a message was changed; else such a warm-up tells nothing.  */
bool pr_trial_add_warm_up(struct pr_trial *trial, const json_t *odd) PR_CHECKED;

/* Takes what a worker said at its end (worker.h), or NULL, which is nothing.  Counters and messages
 * are then those since its links were opened.  alone: the worker had no workload whose messages
 * take another number of bytes.  */
void pr_trial_set_stalled(struct pr_trial *trial, json_t *testimony, bool alone);

void pr_trial_void(struct pr_trial *trial, const char *reason);

/* Adds the worker's answer to `slice`.  False when messages went wrong: the trial has failed.  */
bool pr_trial_add_slice(struct pr_trial *trial, const json_t *reply);

/* The same of a slice of the workload's whole length, of which only what went wrong counts.  */
bool pr_trial_add_whole(struct pr_trial *trial, const json_t *reply);

/* Takes the times of the slice that was added last back: it is void, for this reason.  When none is
 * left, so is the trial.  */
void pr_trial_void_slice(struct pr_trial *trial, const json_t *reply, const char *reason);

/* Takes what the worker's answers to `snapshot` hold.  */
void pr_trial_set_before(struct pr_trial *trial, const json_t *reply);
void pr_trial_set_after(struct pr_trial *trial, const json_t *reply);

/* Counters after minus before (peaks: after); NULL without hooks.  The caller owns it.  */
json_t *pr_trial_counters(const struct pr_trial *trial, const json_t *glossary);

/* What others than the hooks counted within, by probe (watch.h); NULL when nobody did.  The caller
 * owns it.  */
json_t *pr_trial_watched(const struct pr_trial *trial);

/* Holds the trial against the rules; one that breaks them fails.  */
void pr_trial_judge(struct pr_trial *trial, const json_t *glossary);

/* The record: TRIAL of run.json.  */
json_t *pr_trial_dump(const struct pr_trial *trial, const json_t *glossary);

/* "ok", "void", "failed".  */
const char *pr_trial_status_name(enum pr_trial_status status);

#endif
