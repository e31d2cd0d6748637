/* SPDX-License-Identifier: MIT */
/* analyzers/run_document.c - run.json: phases, workloads, trials, traces.  */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/run_load.h"
#include "core/base/buf.h"
#include "core/base/json.h"

#define FORMAT  "proctor.run"
#define VERSION 1

/* A slip of a pen in a number must not become a request for all memory.  */
#define BLOCKS_MAX 1000000

/* ---- run.json: phases and workloads ---------------------------------------------------------- */

static enum pr_err load_phase(struct pr_run *run, const struct pr_json *at, struct pr_error *why)
{
	struct pr_run_phase *phase = &run->phases[run->phase_count];
	enum pr_err err;

	if (!json_is_object(at->value))
		return pr_json_error(at, why, "expected an object");
	err = pr_json_string(at, "label", &phase->label, why);
	if (err == PR_OK)
		err = pr_json_string(at, "engine", &phase->engine, why);
	if (err == PR_OK && pr_run_find_phase(run, phase->label) != PR_RUN_NONE)
		err = pr_json_error(at, why, "the label '%s' occurs twice", phase->label);
	if (err == PR_OK && pr_json_has(at, "has_hooks"))
		err = pr_json_bool(at, "has_hooks", &phase->has_hooks, why);
	phase->options = json_object_get(at->value, "options");
	phase->library = json_object_get(at->value, "library");
	run->phase_count++;
	return err;
}

static enum pr_err load_phases(struct pr_run *run, const struct pr_json *top, struct pr_error *why)
{
	struct pr_json array, item;
	enum pr_err err = pr_json_array(top, "phases", &array, why);
	size_t count = json_array_size(array.value);

	if (err != PR_OK)
		return err;
	run->phases = pr_alloc((count + 1) * sizeof(*run->phases));
	memset(run->phases, 0, (count + 1) * sizeof(*run->phases));
	for (size_t i = 0; i < count && err == PR_OK; i++) {
		item = pr_json_item(&array, i);
		err = load_phase(run, &item, why);
	}
	if (err == PR_OK)
		pr_run_part_twins(run);
	return err;
}

/* Without a label the second workload of a name is NAME#2.  */
static char *make_label(const struct pr_run *run, const char *name)
{
	size_t same = 1;

	for (size_t i = 0; i < run->workload_count; i++)
		same += strcmp(run->workloads[i].name, name) == 0;
	return same == 1 ? pr_strdup(name) : pr_asprintf("%s#%zu", name, same);
}

static enum pr_err load_workload(struct pr_run *run, const struct pr_json *at, struct pr_error *why)
{
	struct pr_run_workload *workload = &run->workloads[run->workload_count];
	const char *label = NULL;
	enum pr_err err;

	if (!json_is_object(at->value))
		return pr_json_error(at, why, "expected an object");
	err = pr_json_string(at, "name", &workload->name, why);
	if (err != PR_OK)
		return err;
	if (pr_json_has(at, "label"))
		err = pr_json_string(at, "label", &label, why);
	if (err == PR_OK && label != NULL && pr_run_find_workload(run, label) != PR_RUN_NONE)
		err = pr_json_error(at, why, "the label '%s' occurs twice", label);
	if (err != PR_OK)
		return err;
	workload->options = json_object_get(at->value, "options");
	workload->label = label != NULL ? pr_strdup(label) : make_label(run, workload->name);
	run->workload_count++;
	return PR_OK;
}

static enum pr_err load_plan(struct pr_run *run, const struct pr_json *top, struct pr_error *why)
{
	struct pr_json plan, array, item;
	enum pr_err err = pr_json_object(top, "plan", &plan, why);
	size_t count;

	if (err == PR_OK)
		err = pr_json_array(&plan, "workloads", &array, why);
	if (err != PR_OK)
		return err;
	run->plan = plan.value;
	count = json_array_size(array.value);
	run->workloads = pr_alloc((count + 1) * sizeof(*run->workloads));
	memset(run->workloads, 0, (count + 1) * sizeof(*run->workloads));
	for (size_t i = 0; i < count && err == PR_OK; i++) {
		item = pr_json_item(&array, i);
		err = load_workload(run, &item, why);
	}
	return err;
}

/* ---- trials ------------------------------------------------------------------------ */

enum pr_err pr_run_load_place(const struct pr_json *at, const char *key, const struct pr_run *run,
                              size_t (*find)(const struct pr_run *, const char *), size_t *number,
                              struct pr_error *why)
{
	const char *label;
	enum pr_err err = pr_json_string(at, key, &label, why);

	if (err != PR_OK)
		return err;
	*number = find(run, label);
	if (*number == PR_RUN_NONE)
		return pr_json_error(at, why, "there is no %s '%s' in this run", key, label);
	return PR_OK;
}

enum pr_err pr_run_load_block(const struct pr_json *at, uint64_t least, uint64_t *block,
                              struct pr_error *why)
{
	int64_t number;
	enum pr_err err = pr_json_integer(at, "block", &number, why);

	if (err == PR_OK && (number < (int64_t)least || number > BLOCKS_MAX))
		err = pr_json_error(at, why, "block must be %llu to %d, found %lld",
		                    (unsigned long long)least, BLOCKS_MAX, (long long)number);
	if (err == PR_OK)
		*block = (uint64_t)number;
	return err;
}

static enum pr_err check_metrics(const struct pr_json *metrics, struct pr_error *why)
{
	const char *name;
	json_t *value;

	json_object_foreach(metrics->value, name, value)
	{
		struct pr_json metric = {.parent = metrics, .name = name, .value = value};
		double number;

		if (!json_is_object(value))
			return pr_json_error(&metric, why, "expected an object with \"value\"");
		if (pr_json_has(&metric, "value") &&
		    pr_json_real(&metric, "value", &number, why) != PR_OK)
			return PR_USAGE;
	}
	return PR_OK;
}

static enum pr_err load_status(const struct pr_json *at, struct pr_run_trial *trial,
                               struct pr_error *why)
{
	static const char *const names[] = {"ok", "void", "failed", NULL};
	enum pr_err err = pr_json_string(at, "status", &trial->status, why);
	size_t i = 0;

	if (err != PR_OK)
		return err;
	while (names[i] != NULL && strcmp(names[i], trial->status) != 0)
		i++;
	if (names[i] == NULL)
		return pr_json_error(at, why, "status must be ok, void or failed, found '%s'",
		                     trial->status);
	trial->good = i == 0;
	trial->reason = pr_json_text(at->value, "reason");
	return PR_OK;
}

/* A ping-pong measures one latency for two messages.  Older runs do not say how many.  */
static double count_latencies(const struct pr_run *run, const struct pr_run_trial *trial,
                              const json_t *json)
{
	double told = pr_run_number(json, "latency_samples");
	bool round_trip = strcmp(run->workloads[trial->workload].name, "pingpong") == 0;

	if (!isnan(told))
		return told;
	return round_trip ? trial->messages / 2 : trial->messages;
}

/* Whose trial it is: that of the first in the list that has trials; a probe that is named counts
 * also when it failed.  Strace may name others beside itself.  */
static int rank_of(const json_t *json, const struct pr_run_trial *trial)
{
	const json_t *probe;
	int rank = trial->callgrind != NULL ? pr_run_probe_rank("callgrind") : 0;
	size_t i;

	json_array_foreach(json_object_get(json, "probes"), i, probe)
	{
		const char *name = json_string_value(probe);

		if (name != NULL && strcmp(name, "strace") == 0)
			return 0;
		if (name != NULL && pr_run_probe_rank(name) > rank)
			rank = pr_run_probe_rank(name);
	}
	return rank;
}

/* Which build of its engine a timed trial had; 0 when there was one.  */
static enum pr_err load_build(const struct pr_json *at, struct pr_run_trial *trial,
                              struct pr_error *why)
{
	const json_t *build = json_object_get(json_object_get(at->value, "setting"), "build");
	json_int_t number = json_integer_value(build);

	if (build == NULL)
		return PR_OK;
	if (!json_is_integer(build) || number < 1 || number >= PR_RUN_BUILDS_MAX)
		return pr_json_error(at, why, "setting.build must be 1 to %d",
		                     PR_RUN_BUILDS_MAX - 1);
	trial->build = (size_t)number;
	return PR_OK;
}

static enum pr_err load_trial(struct pr_run *run, const struct pr_json *at, struct pr_error *why)
{
	struct pr_run_trial *trial = &run->trials[run->trial_count];
	struct pr_json metrics;
	const json_t *counters;
	enum pr_err err;

	if (!json_is_object(at->value))
		return pr_json_error(at, why, "expected an object");
	err = pr_run_load_place(at, "phase", run, pr_run_find_phase_or_twin, &trial->phase, why);
	if (err == PR_OK)
		err = pr_run_load_place(at, "workload", run, pr_run_find_workload, &trial->workload,
		                        why);
	if (err == PR_OK)
		err = pr_run_load_block(at, 0, &trial->block, why);
	if (err == PR_OK)
		err = load_status(at, trial, why);
	if (err == PR_OK)
		err = pr_json_object(at, "metrics", &metrics, why);
	if (err == PR_OK)
		err = check_metrics(&metrics, why);
	if (err == PR_OK)
		err = load_build(at, trial, why);
	if (err != PR_OK)
		return err;
	trial->metrics = metrics.value;
	trial->messages = pr_run_number(at->value, "messages");
	trial->wire_bytes = pr_run_number(at->value, "wire_bytes");
	trial->corrupt = json_number_value(json_object_get(at->value, "corrupt"));
	trial->slices_void = pr_json_has(at, "slices_void")
	                             ? json_integer_value(json_object_get(at->value, "slices_void"))
	                             : -1;
	trial->latencies = count_latencies(run, trial, at->value);
	trial->samples = pr_json_has(at, "samples")
	                         ? json_integer_value(json_object_get(at->value, "samples"))
	                         : -1;
	counters = json_object_get(at->value, "counters");
	trial->hooks = json_object_get(counters, "hooks");
	trial->strace = json_object_get(counters, "strace");
	trial->callgrind = json_object_get(counters, "callgrind");
	trial->interpose = json_object_get(counters, "interpose");
	trial->perf = json_object_get(counters, "perf");
	trial->sites = json_object_get(at->value, "sites");
	trial->functions = json_object_get(at->value, "functions");
	trial->nameless = json_object_get(at->value, "nameless");
	trial->rank = trial->block == 0 ? rank_of(at->value, trial) : 0;
	trial->stalled = json_object_get(at->value, "stalled");
	trial->pressure = json_object_get(at->value, "pressure");
	run->trial_count++;
	return PR_OK;
}

static enum pr_err check_trials(struct pr_run *run, struct pr_error *why)
{
	qsort(run->trials, run->trial_count, sizeof(*run->trials), pr_run_compare_trials);
	for (size_t i = 1; i < run->trial_count; i++) {
		const struct pr_run_trial *trial = &run->trials[i];

		if (pr_run_compare_trials(trial - 1, trial) == 0)
			return pr_error_set(why, PR_FAILED,
			                    "%s/run.json: trials: %s, %s, block %llu is there "
			                    "twice",
			                    run->dir, run->phases[trial->phase].label,
			                    run->workloads[trial->workload].label,
			                    (unsigned long long)trial->block);
	}
	return PR_OK;
}

static enum pr_err load_trials(struct pr_run *run, const struct pr_json *top, struct pr_error *why)
{
	struct pr_json array, item;
	enum pr_err err = pr_json_array(top, "trials", &array, why);
	size_t count = json_array_size(array.value);

	if (err != PR_OK)
		return err;
	run->trials = pr_alloc((count + 1) * sizeof(*run->trials));
	memset(run->trials, 0, (count + 1) * sizeof(*run->trials));
	for (size_t i = 0; i < count && err == PR_OK; i++) {
		item = pr_json_item(&array, i);
		err = load_trial(run, &item, why);
	}
	return err == PR_OK ? check_trials(run, why) : err;
}

static int compare_blocks(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

static void list_blocks(struct pr_run *run)
{
	size_t count = 0;

	run->blocks = pr_alloc((run->trial_count + 1) * sizeof(*run->blocks));
	for (size_t i = 0; i < run->trial_count; i++)
		if (run->trials[i].block > 0)
			run->blocks[count++] = run->trials[i].block;
	qsort(run->blocks, count, sizeof(*run->blocks), compare_blocks);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || run->blocks[i] != run->blocks[i - 1])
			run->blocks[run->block_count++] = run->blocks[i];
}

/* ---- traces ------------------------------------------------------------------------ */

static enum pr_err check_stages(const struct pr_json *stages, struct pr_error *why)
{
	const char *name;

	for (size_t i = 0; i < json_array_size(stages->value); i++) {
		struct pr_json stage = pr_json_item(stages, i);

		if (!json_is_object(stage.value))
			return pr_json_error(&stage, why, "expected an object");
		if (pr_json_string(&stage, "name", &name, why) != PR_OK)
			return PR_USAGE;
	}
	return PR_OK;
}

static enum pr_err load_trace(struct pr_run *run, const struct pr_json *at, struct pr_error *why)
{
	struct pr_run_trace *trace = &run->traces[run->trace_count];
	struct pr_json stages;
	enum pr_err err;

	if (!json_is_object(at->value))
		return pr_json_error(at, why, "expected an object");
	err = pr_run_load_place(at, "phase", run, pr_run_find_phase, &trace->phase, why);
	if (err == PR_OK)
		err = pr_json_string(at, "status", &trace->status, why);
	if (err == PR_OK)
		err = pr_json_array(at, "stages", &stages, why);
	if (err == PR_OK)
		err = check_stages(&stages, why);
	if (err != PR_OK)
		return err;
	trace->reason = pr_json_text(at->value, "reason");
	trace->seconds = pr_run_number(at->value, "traced_seconds");
	trace->stages = stages.value;
	run->trace_count++;
	return PR_OK;
}

static enum pr_err load_traces(struct pr_run *run, const struct pr_json *top, struct pr_error *why)
{
	struct pr_json array, item;
	enum pr_err err = PR_OK;
	size_t count;

	if (!pr_json_has(top, "traces"))
		return PR_OK;
	err = pr_json_array(top, "traces", &array, why);
	count = json_array_size(array.value);
	if (err != PR_OK)
		return err;
	run->traces = pr_alloc((count + 1) * sizeof(*run->traces));
	memset(run->traces, 0, (count + 1) * sizeof(*run->traces));
	for (size_t i = 0; i < count && err == PR_OK; i++) {
		item = pr_json_item(&array, i);
		err = load_trace(run, &item, why);
	}
	return err;
}

/* ---- the whole --------------------------------------------------------------------------------
 */

enum pr_err pr_run_load_document(struct pr_run *run, const char *path, struct pr_error *why)
{
	struct pr_json top = pr_json_top(path, run->json);
	enum pr_err err = pr_json_check_format(run->json, path, FORMAT, VERSION, why);

	if (err == PR_OK)
		err = pr_json_string(&top, "status", &run->status, why);
	if (err == PR_OK)
		err = load_plan(run, &top, why);
	if (err == PR_OK)
		err = load_phases(run, &top, why);
	if (err == PR_OK)
		err = load_trials(run, &top, why);
	if (err == PR_OK)
		err = load_traces(run, &top, why);
	if (err == PR_OK)
		list_blocks(run);
	run->created = pr_json_text(run->json, "created");
	return err;
}
