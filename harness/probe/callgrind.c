/* SPDX-License-Identifier: MIT */
/* harness/probe/callgrind.c - instructions per message, in trials of their own.
 *
 * Under callgrind a worker runs about fifty times slower and one thread at a time, so nothing that
 * it does is a time; but what it executes in user space is counted exactly.  Each workload runs
 * three slices: one to warm up, a short one, a long one.  What a slice costs once (asking for it,
 * waking threads, answering) is in both counts, so it is not in their difference:
 *
 *   instructions per message = (long - short) / messages that the long one has more
 *
 * The same of the misses in a first-level instruction cache of this processor's size, which is
 * simulated beside, and the same by function.
 *
 * Instructions in the kernel are not seen.  Those of the workload's loop (numbering and checking
 * messages) are in it, the same for every engine.
 *
 * A count can still move, because threads meet in another way each time.  So everything is repeated
 * in REPEATS fresh processes: the counts of one engine against itself, which is what a difference
 * between two engines is held against.  */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzers/nameless.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "harness/probe.h"
#include "harness/probe/callgrind_file.h"

/* The rank test of five against five can reach 0.008.  */
#define REPEATS 5

/* A long slice is what ordinarily takes this long; a short one a quarter of it.  */
#define LONG_NS 20000000.0
#define SHORT   4

/* Of a worker under callgrind; and how much slower it is.  */
#define START_S  1.2
#define SLOWDOWN 40

static uint64_t long_count(const struct pr_plan_workload *workload)
{
	double unit_ns = pr_workload_guess_ns(workload->ops, &workload->spec) *
	                 workload->ops->messages_per_unit;
	uint64_t count = (uint64_t)(LONG_NS / unit_ns);

	if (count < SHORT)
		count = SHORT;
	return count < workload->spec.count ? count : workload->spec.count;
}

static uint64_t short_count(const struct pr_plan_workload *workload)
{
	return long_count(workload) / SHORT;
}

static double predict_s(const struct pr_plan *plan, const struct pr_plan_phase *phase)
{
	double s = START_S;

	for (size_t i = 0; i < plan->workload_count; i++) {
		const struct pr_plan_workload *workload = &plan->workloads[i];
		double units = (double)(long_count(workload) + 2 * short_count(workload));

		if (pr_plan_carries(phase, workload) && pr_link_can_trace(&workload->spec.link))
			s += units * workload->ops->messages_per_unit * workload->ops->guess_ns *
			     SLOWDOWN / 1e9;
	}
	return REPEATS * s;
}

/* ---- what callgrind writes ----------------------------------------------------------- */

struct counting {
	const struct pr_crew *crew;
	const struct pr_plan_phase *phase;
	struct pr_trial *trials;
	struct pr_child *child;
	char *out;      /* callgrind's file; parts are OUT.1, OUT.2, ... */
	unsigned parts; /* so far */
	size_t running; /* the workload under way */
	struct pr_callgrind_part (*counts)[REPEATS]; /* by workload */
};

/* The part that was written last, which is removed.  */
static enum pr_err read_part(const struct counting *counting, struct pr_callgrind_part *part,
                             struct pr_error *why)
{
	char *path = pr_asprintf("%s.%u", counting->out, counting->parts);
	enum pr_err err = pr_callgrind_read(path, part, why);

	unlink(path);
	free(path);
	return err;
}

/* What was counted since the last time.  */
static enum pr_err take_count(struct counting *counting, struct pr_callgrind_part *part,
                              struct pr_error *why)
{
	enum pr_err err = pr_crew_count(counting->crew, counting->child, why);

	if (err != PR_OK)
		return err;
	counting->parts++;
	return read_part(counting, part, why);
}

/* ---- a trial ------------------------------------------------------------------------- */

static enum pr_err run_slice(struct counting *counting, size_t index, uint64_t count,
                             struct pr_error *why)
{
	const struct pr_plan_workload *workload = &counting->crew->plan->workloads[index];
	json_t *reply;
	enum pr_err err = pr_crew_slice(counting->crew, counting->child, workload, 0, count, true,
	                                &reply, why);

	if (err != PR_OK)
		return err;
	pr_trial_add_slice(&counting->trials[index], reply);
	json_decref(reply);
	return PR_OK;
}

static enum pr_err count_workload(struct counting *counting, size_t index, unsigned repeat,
                                  struct pr_error *why)
{
	const struct pr_plan_workload *workload = &counting->crew->plan->workloads[index];
	uint64_t few = short_count(workload), many = long_count(workload);
	struct pr_callgrind_part before = {0}, least = {0}, most = {0};
	enum pr_err err;

	if (few == 0) {
		pr_trial_fail(&counting->trials[index],
		              "too few messages to tell what each costs from what all cost");
		return PR_OK;
	}
	err = run_slice(counting, index, few, why);
	if (err == PR_OK)
		err = pr_crew_rest(counting->crew, counting->child, why);
	if (err == PR_OK)
		err = take_count(counting, &before, why);
	if (err == PR_OK)
		err = run_slice(counting, index, few, why);
	if (err == PR_OK)
		err = take_count(counting, &least, why);
	if (err == PR_OK)
		err = run_slice(counting, index, many, why);
	if (err == PR_OK)
		err = take_count(counting, &most, why);
	if (err == PR_OK)
		counting->counts[index][repeat] = (struct pr_callgrind_part){
		        .instructions = most.instructions - least.instructions,
		        .misses = most.misses - least.misses,
		        .functions = pr_callgrind_since(most.functions, least.functions),
		        .nameless = json_incref(most.nameless),
		};
	pr_callgrind_forget(&before);
	pr_callgrind_forget(&least);
	pr_callgrind_forget(&most);
	return err;
}

static enum pr_err run_worker(struct counting *counting, unsigned repeat, struct pr_error *why)
{
	char *option = pr_asprintf("--callgrind-out-file=%s", counting->out);
	const char *const prefix[] = {
	        "valgrind", "--tool=callgrind", "--cache-sim=yes", "--quiet", option, NULL};
	size_t count = counting->crew->plan->workload_count;
	json_t *reply;
	enum pr_err err = pr_crew_start(counting->crew, counting->phase, prefix, 0, 0, count,
	                                &counting->child, &reply, why);

	free(option);
	if (err != PR_OK)
		return err;
	json_decref(reply);
	counting->parts = 0;
	for (counting->running = 0; err == PR_OK && counting->running < count; counting->running++)
		if (!counting->trials[counting->running].absent)
			err = count_workload(counting, counting->running, repeat, why);
	if (err == PR_OK)
		return pr_crew_close(counting->crew, &counting->child, why);
	pr_child_destroy(&counting->child);
	return err;
}

static enum pr_err run_repeats(struct counting *counting, struct pr_error *why)
{
	enum pr_err err = PR_OK;

	for (unsigned repeat = 0; err == PR_OK && repeat < REPEATS; repeat++) {
		counting->out = pr_asprintf("%s/traces/%s.callgrind.%u", counting->crew->dir,
		                            counting->phase->label, repeat + 1);
		err = run_worker(counting, repeat, why);
		unlink(counting->out); /* of the end of the process */
		free(counting->out);
	}
	return err;
}

/* ---- the record ---------------------------------------------------------------------- */

static int compare_parts(const void *left, const void *right)
{
	const struct pr_callgrind_part *a = left, *b = right;

	return a->instructions < b->instructions ? -1 : a->instructions > b->instructions;
}

static int compare_counts(const void *left, const void *right)
{
	int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

	return a < b ? -1 : a > b;
}

static int64_t median_misses(const struct pr_callgrind_part *counts)
{
	int64_t misses[REPEATS];

	for (unsigned i = 0; i < REPEATS; i++)
		misses[i] = counts[i].misses;
	qsort(misses, REPEATS, sizeof(misses[0]), compare_counts);
	return misses[REPEATS / 2];
}

/* The counts of all repeats, their median as the metric, and the functions of that repeat: the sum
 * of theirs is the metric's.  */
static void finish_trial(struct pr_trial *trial, struct pr_callgrind_part *counts,
                         const json_t *glossary)
{
	const struct pr_plan_workload *workload = trial->workload;
	uint64_t messages =
	        (long_count(workload) - short_count(workload)) * workload->ops->messages_per_unit;

	if (trial->absent || trial->status != PR_TRIAL_OK)
		return;
	trial->counted = json_object();
	pr_json_set(trial->counted, "messages", json_integer((json_int_t)messages));
	for (unsigned i = 0; i < REPEATS; i++) {
		char name[32];

		snprintf(name, sizeof(name), "instructions_%u", i + 1);
		pr_json_set(trial->counted, name, json_integer(counts[i].instructions));
	}
	pr_json_set(trial->counted, "instruction_misses", json_integer(median_misses(counts)));
	qsort(counts, REPEATS, sizeof(counts[0]), compare_parts);
	trial->functions = pr_callgrind_rank(counts[REPEATS / 2].functions);
	trial->nameless = pr_nameless_remedies(counts[REPEATS / 2].nameless);
	trial->instructions_per_message =
	        (double)counts[REPEATS / 2].instructions / (double)messages;
	pr_trial_judge(trial, glossary);
}

static json_t *make_report(const struct pr_plan_phase *phase, const char *status,
                           const char *reason)
{
	json_t *report = json_object();

	pr_json_set(report, "probe", json_string("callgrind"));
	pr_json_set(report, "phase", json_string(phase->label));
	pr_json_set(report, "status", json_string(status));
	pr_json_set(report, "reason", pr_json_new_string(reason));
	pr_json_set(report, "seconds", json_null());
	return report;
}

static json_t *skip(const struct pr_plan_phase *phase, const char *reason)
{
	return make_report(phase, "skipped", reason);
}

static const char *first_failure(const struct counting *counting)
{
	for (size_t i = 0; i < counting->crew->plan->workload_count; i++)
		if (!counting->trials[i].absent && counting->trials[i].status != PR_TRIAL_OK)
			return counting->trials[i].reason;
	return NULL;
}

static void finish(struct counting *counting, enum pr_err err, const char *failure,
                   const json_t *glossary)
{
	size_t count = counting->crew->plan->workload_count;

	/* What one repeat did not reach is not known, whatever the others counted.  */
	for (size_t i = 0; i < count; i++)
		if (err == PR_OK)
			finish_trial(&counting->trials[i], counting->counts[i], glossary);
		else
			pr_trial_fail(&counting->trials[i], failure);
}

static enum pr_err run(const struct pr_crew *crew, const struct pr_plan_phase *phase,
                       const json_t *glossary, struct pr_trial *trials, json_t **report,
                       struct pr_error *why)
{
	struct counting counting = {.crew = crew, .phase = phase, .trials = trials};
	struct pr_error failed = {.text = ""};
	int64_t began_ns = pr_clock_ns();
	const char *reason;
	enum pr_err err;

	counting.counts = pr_alloc((crew->plan->workload_count + 1) * sizeof(*counting.counts));
	memset(counting.counts, 0, (crew->plan->workload_count + 1) * sizeof(*counting.counts));
	err = run_repeats(&counting, &failed);
	if (err == PR_INTERRUPTED) {
		pr_error_set(why, err, "%s", failed.text);
	} else {
		finish(&counting, err, failed.text, glossary);
		reason = first_failure(&counting);
		*report = make_report(phase, reason != NULL ? "failed" : "ok", reason);
		pr_json_set(*report, "seconds",
		            json_real((double)(pr_clock_ns() - began_ns) / 1e9));
		err = PR_OK;
	}
	for (size_t i = 0; i < crew->plan->workload_count; i++)
		for (unsigned r = 0; r < REPEATS; r++)
			pr_callgrind_forget(&counting.counts[i][r]);
	free(counting.counts);
	return err;
}

/* ---- is it permitted? ---------------------------------------------------------------- */

static enum pr_err permit(const struct pr_crew *crew, struct pr_error *why)
{
	const char *const argv[] = {
	        "valgrind",    "--tool=callgrind", "--quiet", "--callgrind-out-file=/dev/null",
	        crew->program, "worker",           NULL};
	char *log = pr_asprintf("%s/logs/callgrind.log", crew->dir);
	struct pr_child *child = NULL;
	enum pr_err err = pr_child_start(argv, log, &child, why);

	free(log);
	if (err == PR_OK)
		err = pr_crew_count(crew, child, why);
	if (err == PR_OK)
		return pr_crew_close(crew, &child, why);
	pr_child_destroy(&child);
	return err;
}

const struct pr_probe_ops pr_probe_callgrind = {
        .name = "callgrind",
        .summary = "instructions per message in user space, in trials that are not timed",
        .version = PR_PROBE_OPS_VERSION,
        .array = "probes",
        .predict_s = predict_s,
        .permit = permit,
        .run = run,
        .skip = skip,
};
