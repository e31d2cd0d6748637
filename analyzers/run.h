/* SPDX-License-Identifier: MIT */
/* analyzers/run.h - a run directory, checked once, so that nothing behind it has to check again.
 *
 * Loading reads run.json and samples.jsonl.  Whatever is odd is one sentence that names the file,
 * the place in it and what to do; a damaged run never ends the program.  Files that were removed or
 * cut are named in `missing`, and what does not rest on them is loaded all the same.  Keys that are
 * not known are left alone: a newer writer may add some.
 *
 * Phases and workloads are numbered in the order of the plan.  Only trials with status "ok" are
 * "good"; the samples of others are kept out of sight (pr_run_samples).  */
#ifndef PR_RUN_H
#define PR_RUN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

#define PR_RUN_NONE SIZE_MAX

/* A number of a build is less than this.  */
#define PR_RUN_BUILDS_MAX 1000

struct pr_run_phase {
	const char *label;
	const char *engine;
	bool has_hooks;
	const json_t *options; /* every option, values as texts; may be empty */
	const json_t *library; /* path, sha256, version...; NULL when not recorded */
	size_t twin_of;        /* of a twin: the number of the phase; else PR_RUN_NONE */
};

struct pr_run_workload {
	char *label;      /* as the plan says; else NAME, or NAME#2 for the second of that name */
	const char *name; /* "pingpong" */
	const json_t *options;
};

struct pr_run_trial {
	size_t phase, workload; /* numbers */
	uint64_t block;         /* 0: traced */
	size_t build;           /* which of the phase's, from 1; 0: it has one */
	bool good;              /* status is "ok" */
	const char *status;     /* "ok", "void", "failed" */
	const char *reason;     /* NULL when there is none */
	double messages;
	double corrupt;          /* messages; 0 when the record does not say */
	double wire_bytes;       /* of a message of a failed trial; NaN when not known */
	int64_t slices_void;     /* -1 when the record does not say */
	double latencies;        /* samples behind its percentiles */
	int64_t samples;         /* lines of samples.jsonl; -1 when the record does not say */
	const json_t *metrics;   /* {"throughput": {"value", "unit"}} */
	const json_t *hooks;     /* counters by hooks; NULL when not counted */
	const json_t *strace;    /* counters by strace; NULL when not traced */
	const json_t *callgrind; /* counters by callgrind, in a trial of its own; else NULL */
	const json_t *pressure;  /* of backpressure: what a stalled reader did; else NULL */
	const json_t *stalled;   /* how far it had come when it stood still; NULL: it did not */
	const json_t *interpose; /* counters by the interposing library; else NULL */
	const json_t *perf;      /* counters by perf; else NULL */
	const json_t *sites;     /* the places of most calls; else NULL */
	const json_t *functions; /* of callgrind, what each function did; else NULL */
	const json_t *nameless;  /* of sites and functions: see nameless.h; else NULL */
	int rank; /* among trials of block 0: 0 of strace, above of another probe; timed ones 0 */
};

/* Whether a slice counts.  */
enum pr_run_kind {
	PR_RUN_COUNTED,
	PR_RUN_VOIDED, /* others did not sleep */
	PR_RUN_WHOLE,  /* as long as the workload */
	PR_RUN_PAIR,   /* the first phase and another by turns, alone */
};

/* One slice.  Sorted by workload, phase, block, kind, slice.  */
struct pr_run_sample {
	enum pr_run_kind kind;
	size_t sleeper;    /* who did not sleep; PR_RUN_NONE */
	double control_ns; /* fixed work just after; NaN: not measured */
	size_t phase, workload;
	size_t predecessor; /* number of the phase that ran before; PR_RUN_NONE when none is known
	                     */
	uint64_t block, slice;
	double messages, elapsed_ns, cpu_ns;
	double clients_idle_ns; /* that many clients had nothing to do; NaN: not measured */
	double head_messages, head_elapsed_ns; /* just before, in no other figure; 0: no head */
};

/* What one stage of a trace counted.  */
struct pr_run_trace {
	size_t phase;
	const char *status; /* "ok", "failed", "skipped" */
	const char *reason;
	double seconds; /* NaN when not known */
	const json_t *stages;
};

struct pr_run {
	char *dir;       /* as the user named it */
	json_t *json;    /* the whole of run.json */
	json_t *missing; /* sentences: what was lost of the files, and what that means */
	const char *created, *status;
	const json_t *plan;
	struct pr_run_phase *phases; /* then twins: see twin_count */
	size_t phase_count;
	size_t twin_count; /* phases behind phase_count that a probe watches, each for a phase that
	                      is the same without it (twin_of); they have trials, and no rows */
	struct pr_run_workload *workloads;
	size_t workload_count;
	uint64_t *blocks; /* numbers of the timed blocks that there are trials of, ascending */
	size_t block_count;
	struct pr_run_trial *trials;
	size_t trial_count;
	struct pr_run_sample *samples;
	size_t sample_count;
	struct pr_run_trace *traces;
	size_t trace_count;
};

/* dir is a directory that `proctor run` wrote, or what `proctor pack` made of one.
 * PR_FAILED with a sentence when something is wrong; PR_VOID when it is a run in which nothing was
 * measured.  */
enum pr_err pr_run_load(const char *dir, struct pr_run **run, struct pr_error *why) PR_CHECKED;

/* The same; but with PR_VOID *run is there too, when there were trials: why they failed can be
 * asked of it.  */
enum pr_err pr_run_load_failed(const char *dir, struct pr_run **run,
                               struct pr_error *why) PR_CHECKED;

/* run.json alone, unchecked but for being JSON: a new reference.  */
enum pr_err pr_run_read_json(const char *dir, json_t **json, struct pr_error *why) PR_CHECKED;

/* The same from texts; dir is only a name then.  samples may be NULL: there is no such file.  */
enum pr_err pr_run_parse(const char *dir, const char *json, size_t json_size, const char *samples,
                         size_t samples_size, struct pr_run **run, struct pr_error *why) PR_CHECKED;

void pr_run_destroy(struct pr_run **run);

/* Says each sentence of `missing`; commands give pr_cmd_warn.  */
void pr_run_tell_missing(const struct pr_run *run, void (*say)(const struct pr_error *sentence));

/* Numbers by label; PR_RUN_NONE when there is none.  */
size_t pr_run_find_phase(const struct pr_run *run, const char *label);
size_t pr_run_find_workload(const struct pr_run *run, const char *label);

/* The same with twins.  */
size_t pr_run_find_phase_or_twin(const struct pr_run *run, const char *label);

/* The trial in which callgrind counted; NULL when there is none.  */
const struct pr_run_trial *pr_run_find_callgrind(const struct pr_run *run, size_t phase,
                                                 size_t workload);

/* The trial of its own that a probe has, "interpose" or "perf"; NULL when there is none.  */
const struct pr_run_trial *pr_run_find_probe(const struct pr_run *run, size_t phase,
                                             size_t workload, const char *probe);

/* NULL when there is none.  block 0: the traced trial.  */
const struct pr_run_trial *pr_run_find_trial(const struct pr_run *run, size_t phase,
                                             size_t workload, uint64_t block);

/* The slices of one phase and workload in one block that count, in order; *count is 0 when the
 * trial is not good.  */
const struct pr_run_sample *pr_run_samples(const struct pr_run *run, size_t phase, size_t workload,
                                           uint64_t block, size_t *count);

/* The same of one kind.  */
const struct pr_run_sample *pr_run_samples_of(const struct pr_run *run, size_t phase,
                                              size_t workload, uint64_t block,
                                              enum pr_run_kind kind, size_t *count);

/* Whether any slice of a workload was voided.  */
bool pr_run_has_voids(const struct pr_run *run, size_t workload);

/* The value of a metric of a trial; NaN when trial is NULL or did not measure it, and of a
 * percentile with too few samples beyond it (tail.h).  */
double pr_run_metric(const struct pr_run_trial *trial, const char *name);

/* Member key of a JSON object as a number; NaN when absent, null or no number.  object may be NULL.
 */
double pr_run_number(const json_t *object, const char *key);

/* The stage of that name in the trace of a phase, {"name","messages","hooks","strace"}; NULL when
 * there is none.  */
const json_t *pr_run_stage(const struct pr_run *run, size_t phase, const char *name);

/* The trace of a phase; NULL when there is none.  */
const struct pr_run_trace *pr_run_find_trace(const struct pr_run *run, size_t phase);

/* Whether two phases have the same engine with the same options, whatever the bench plants or
 * watches in them.  */
bool pr_run_same_engine_options(const struct pr_run_phase *one, const struct pr_run_phase *other);

/* An option of a phase, as text; NULL when the engine does not have it.  */
const char *pr_run_option(const struct pr_run_phase *phase, const char *name);

#endif
