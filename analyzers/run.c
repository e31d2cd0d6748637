/* SPDX-License-Identifier: MIT */
/* analyzers/run.c - a run directory, checked once.  */
#include "analyzers/run.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/buf.h"
#include "core/base/json.h"

#define FORMAT  "proctor.run"
#define VERSION 1

/* A slip of a pen in a number must not become a request for all memory.  */
#define BLOCKS_MAX 1000000

/* ---- lookups --------------------------------------------------------------------------------- */

size_t pr_run_find_phase(const struct pr_run *run, const char *label)
{
	for (size_t i = 0; i < run->phase_count; i++)
		if (strcmp(run->phases[i].label, label) == 0)
			return i;
	return PR_RUN_NONE;
}

size_t pr_run_find_workload(const struct pr_run *run, const char *label)
{
	for (size_t i = 0; i < run->workload_count; i++)
		if (strcmp(run->workloads[i].label, label) == 0)
			return i;
	return PR_RUN_NONE;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_trials(const void *left, const void *right)
{
	const struct pr_run_trial *a = left, *b = right;
	int order = compare_numbers(a->workload, b->workload);

	if (order == 0)
		order = compare_numbers(a->phase, b->phase);
	return order != 0 ? order : compare_numbers(a->block, b->block);
}

const struct pr_run_trial *pr_run_find_trial(const struct pr_run *run, size_t phase,
                                             size_t workload, uint64_t block)
{
	struct pr_run_trial key = {.phase = phase, .workload = workload, .block = block};

	if (run->trial_count == 0)
		return NULL;
	return bsearch(&key, run->trials, run->trial_count, sizeof(key), compare_trials);
}

static int compare_samples(const void *left, const void *right)
{
	const struct pr_run_sample *a = left, *b = right;
	int order = compare_numbers(a->workload, b->workload);

	if (order == 0)
		order = compare_numbers(a->phase, b->phase);
	if (order == 0)
		order = compare_numbers(a->block, b->block);
	return order != 0 ? order : compare_numbers(a->slice, b->slice);
}

/* The first sample that is not before the key.  */
static size_t lower_bound(const struct pr_run *run, const struct pr_run_sample *key)
{
	size_t low = 0, high = run->sample_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_samples(&run->samples[middle], key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct pr_run_sample *pr_run_samples(const struct pr_run *run, size_t phase, size_t workload,
                                           uint64_t block, size_t *count)
{
	const struct pr_run_trial *trial = pr_run_find_trial(run, phase, workload, block);
	struct pr_run_sample key = {.phase = phase, .workload = workload, .block = block};
	size_t first, end;

	*count = 0;
	if (trial == NULL || !trial->good || run->sample_count == 0)
		return NULL;
	first = lower_bound(run, &key);
	key.slice = UINT64_MAX;
	end = lower_bound(run, &key);
	*count = end - first;
	return &run->samples[first];
}

double pr_run_number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_number(value) ? json_number_value(value) : NAN;
}

double pr_run_metric(const struct pr_run_trial *trial, const char *name)
{
	return trial == NULL ? NAN : pr_run_number(json_object_get(trial->metrics, name), "value");
}

const struct pr_run_trace *pr_run_find_trace(const struct pr_run *run, size_t phase)
{
	for (size_t i = 0; i < run->trace_count; i++)
		if (run->traces[i].phase == phase)
			return &run->traces[i];
	return NULL;
}

const json_t *pr_run_stage(const struct pr_run *run, size_t phase, const char *name)
{
	const struct pr_run_trace *trace = pr_run_find_trace(run, phase);
	const json_t *stage;
	size_t i;

	if (trace == NULL)
		return NULL;
	json_array_foreach((json_t *)trace->stages, i, stage)
	{
		if (strcmp(json_string_value(json_object_get(stage, "name")), name) == 0)
			return stage;
	}
	return NULL;
}

const char *pr_run_option(const struct pr_run_phase *phase, const char *name)
{
	return json_string_value(json_object_get(phase->options, name));
}

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
	return err;
}

/* The second workload of a name is NAME#2.  */
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
	enum pr_err err;

	if (!json_is_object(at->value))
		return pr_json_error(at, why, "expected an object");
	err = pr_json_string(at, "name", &workload->name, why);
	if (err != PR_OK)
		return err;
	workload->options = json_object_get(at->value, "options");
	workload->label = make_label(run, workload->name);
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

/* ---- run.json: trials ------------------------------------------------------------------------ */

/* The number of the label under key.  */
static enum pr_err load_place(const struct pr_json *at, const char *key, const struct pr_run *run,
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

static enum pr_err load_block(const struct pr_json *at, uint64_t least, uint64_t *block,
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
	trial->reason = json_string_value(json_object_get(at->value, "reason"));
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
	err = load_place(at, "phase", run, pr_run_find_phase, &trial->phase, why);
	if (err == PR_OK)
		err = load_place(at, "workload", run, pr_run_find_workload, &trial->workload, why);
	if (err == PR_OK)
		err = load_block(at, 0, &trial->block, why);
	if (err == PR_OK)
		err = load_status(at, trial, why);
	if (err == PR_OK)
		err = pr_json_object(at, "metrics", &metrics, why);
	if (err == PR_OK)
		err = check_metrics(&metrics, why);
	if (err != PR_OK)
		return err;
	trial->metrics = metrics.value;
	trial->messages = pr_run_number(at->value, "messages");
	counters = json_object_get(at->value, "counters");
	trial->hooks = json_object_get(counters, "hooks");
	trial->strace = json_object_get(counters, "strace");
	run->trial_count++;
	return PR_OK;
}

static enum pr_err check_trials(struct pr_run *run, struct pr_error *why)
{
	qsort(run->trials, run->trial_count, sizeof(*run->trials), compare_trials);
	for (size_t i = 1; i < run->trial_count; i++) {
		const struct pr_run_trial *trial = &run->trials[i];

		if (compare_trials(trial - 1, trial) == 0)
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
	return compare_numbers(*(const uint64_t *)left, *(const uint64_t *)right);
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

/* ---- run.json: traces ------------------------------------------------------------------------ */

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
	err = load_place(at, "phase", run, pr_run_find_phase, &trace->phase, why);
	if (err == PR_OK)
		err = pr_json_string(at, "status", &trace->status, why);
	if (err == PR_OK)
		err = pr_json_array(at, "stages", &stages, why);
	if (err == PR_OK)
		err = check_stages(&stages, why);
	if (err != PR_OK)
		return err;
	trace->reason = json_string_value(json_object_get(at->value, "reason"));
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

/* ---- samples.jsonl --------------------------------------------------------------------------- */

static enum pr_err load_positive(const struct pr_json *at, const char *key, double least,
                                 double *value, struct pr_error *why)
{
	enum pr_err err = pr_json_real(at, key, value, why);

	if (err == PR_OK && !(*value >= least))
		err = pr_json_error(at, why, "%s must not be below %g, found %g", key, least,
		                    *value);
	return err;
}

static enum pr_err load_sample(struct pr_run *run, const struct pr_json *at,
                               struct pr_run_sample *sample, struct pr_error *why)
{
	const char *predecessor = json_string_value(json_object_get(at->value, "predecessor"));
	int64_t slice = 0;
	enum pr_err err = load_place(at, "phase", run, pr_run_find_phase, &sample->phase, why);

	if (err == PR_OK)
		err = load_place(at, "workload", run, pr_run_find_workload, &sample->workload, why);
	if (err == PR_OK)
		err = load_block(at, 1, &sample->block, why);
	if (err == PR_OK)
		err = pr_json_integer(at, "slice", &slice, why);
	if (err == PR_OK && slice < 1)
		err = pr_json_error(at, why, "slice must not be below 1, found %lld",
		                    (long long)slice);
	if (err == PR_OK)
		err = load_positive(at, "messages", 1, &sample->messages, why);
	if (err == PR_OK)
		err = load_positive(at, "elapsed_ns", 1, &sample->elapsed_ns, why);
	if (err == PR_OK)
		err = load_positive(at, "cpu_ns", 0, &sample->cpu_ns, why);
	sample->slice = (uint64_t)slice;
	sample->predecessor =
	        predecessor != NULL ? pr_run_find_phase(run, predecessor) : PR_RUN_NONE;
	return err;
}

static bool is_ok_sample(const json_t *json)
{
	const char *status = json_string_value(json_object_get(json, "status"));

	return status == NULL || strcmp(status, "ok") == 0;
}

static enum pr_err load_line(struct pr_run *run, const char *line, size_t size, size_t number,
                             struct pr_error *why)
{
	char *name = pr_asprintf("%s/samples.jsonl:%zu", run->dir, number);
	json_error_t error;
	json_t *json = json_loadb(line, size, JSON_REJECT_DUPLICATES, &error);
	struct pr_json top = pr_json_top(name, json);
	struct pr_run_sample sample = {0};
	enum pr_err err = PR_OK;

	if (!json_is_object(json))
		err = pr_json_error(&top, why, "this line is not a JSON object%s%s",
		                    json == NULL ? ": " : "", json == NULL ? error.text : "");
	else if (is_ok_sample(json))
		err = load_sample(run, &top, &sample, why);
	if (err == PR_OK && sample.block > 0)
		run->samples[run->sample_count++] = sample;
	json_decref(json);
	free(name);
	return err;
}

static size_t count_lines(const char *text, size_t size)
{
	size_t lines = 1;

	for (size_t i = 0; i < size; i++)
		lines += text[i] == '\n';
	return lines;
}

static enum pr_err check_samples(struct pr_run *run, struct pr_error *why)
{
	qsort(run->samples, run->sample_count, sizeof(*run->samples), compare_samples);
	for (size_t i = 1; i < run->sample_count; i++) {
		const struct pr_run_sample *sample = &run->samples[i];

		if (compare_samples(sample - 1, sample) == 0)
			return pr_error_set(why, PR_FAILED,
			                    "%s/samples.jsonl: %s, %s, block %llu, slice %llu is "
			                    "there twice",
			                    run->dir, run->phases[sample->phase].label,
			                    run->workloads[sample->workload].label,
			                    (unsigned long long)sample->block,
			                    (unsigned long long)sample->slice);
	}
	return PR_OK;
}

/* The last line of an interrupted run may be cut: it has no newline then, and is left out.  */
static enum pr_err load_samples(struct pr_run *run, const char *text, size_t size,
                                struct pr_error *why)
{
	bool interrupted = strcmp(run->status, "interrupted") == 0;
	size_t number = 0;
	enum pr_err err = PR_OK;

	run->samples = pr_alloc(count_lines(text, size) * sizeof(*run->samples));
	while (size > 0 && err == PR_OK) {
		const char *end = memchr(text, '\n', size);
		size_t part = end == NULL ? size : (size_t)(end - text);

		number++;
		if (end == NULL && interrupted)
			break;
		if (part > 0)
			err = load_line(run, text, part, number, why);
		part += end != NULL;
		text += part;
		size -= part;
	}
	return err == PR_OK ? check_samples(run, why) : err;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static enum pr_err load_document(struct pr_run *run, const char *path, struct pr_error *why)
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
	run->created = json_string_value(json_object_get(run->json, "created"));
	return err;
}

static bool has_good_trial(const struct pr_run *run)
{
	for (size_t i = 0; i < run->trial_count; i++)
		if (run->trials[i].good)
			return true;
	return false;
}

static const char *first_reason(const struct pr_run *run)
{
	for (size_t i = 0; i < run->trial_count; i++)
		if (run->trials[i].reason != NULL)
			return run->trials[i].reason;
	return NULL;
}

static enum pr_err check_measured(const struct pr_run *run, bool has_samples, struct pr_error *why)
{
	const char *reason = first_reason(run);

	if (run->phase_count == 0 || run->workload_count == 0 || !has_good_trial(run))
		return pr_error_set(why, PR_VOID, "%s: nothing was measured: %s%s", run->dir,
		                    reason != NULL ? "every trial failed, the first because "
		                                   : "the run has no trial; run it again",
		                    reason != NULL ? reason : "");
	if (!has_samples && run->block_count > 0)
		return pr_error_set(why, PR_FAILED,
		                    "%s/samples.jsonl: there is no such file, and the times of the "
		                    "slices are in it; the run directory is damaged",
		                    run->dir);
	return PR_OK;
}

/* Takes json.  */
static enum pr_err make_run(const char *dir, json_t *json, const char *samples, size_t samples_size,
                            struct pr_run **result, struct pr_error *why)
{
	struct pr_run *run = pr_alloc(sizeof(*run));
	char *path = pr_asprintf("%s/run.json", dir);
	enum pr_err err;

	memset(run, 0, sizeof(*run));
	run->dir = pr_strdup(dir);
	run->json = json;
	err = load_document(run, path, why);
	if (err == PR_OK)
		err = check_measured(run, samples != NULL, why);
	if (err == PR_OK && samples != NULL)
		err = load_samples(run, samples, samples_size, why);
	if (err == PR_OK)
		*result = run;
	else
		pr_run_destroy(&run);
	free(path);
	/* What is wrong with a file is not the user's typing.  */
	return err == PR_USAGE ? PR_FAILED : err;
}

enum pr_err pr_run_parse(const char *dir, const char *json_text, size_t json_size,
                         const char *samples, size_t samples_size, struct pr_run **run,
                         struct pr_error *why)
{
	json_error_t error;
	json_t *json = json_loadb(json_text, json_size, JSON_REJECT_DUPLICATES, &error);

	*run = NULL;
	if (json == NULL)
		return pr_error_set(why, PR_FAILED, "%s/run.json:%d:%d: not valid JSON: %s", dir,
		                    error.line, error.column, error.text);
	return make_run(dir, json, samples, samples_size, run, why);
}

static enum pr_err check_directory(const char *dir, struct pr_error *why)
{
	struct stat info;

	if (stat(dir, &info) != 0)
		return pr_error_set(why, PR_FAILED, "%s: cannot be read: %s", dir, strerror(errno));
	if (!S_ISDIR(info.st_mode))
		return pr_error_set(why, PR_FAILED,
		                    "%s: not a directory; give the directory that `proctor run` "
		                    "wrote, not a file in it",
		                    dir);
	return PR_OK;
}

static bool exists(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0;
}

static enum pr_err load_files(const char *dir, const char *json_path, const char *samples_path,
                              struct pr_run **run, struct pr_error *why)
{
	struct pr_buf samples;
	json_t *json = NULL;
	enum pr_err err;

	if (!exists(json_path))
		return pr_error_set(why, PR_FAILED,
		                    "%s: there is no run.json in it; give a directory that "
		                    "`proctor run` wrote",
		                    dir);
	pr_buf_init(&samples);
	err = pr_json_read_file(json_path, &json, why);
	if (err == PR_OK && exists(samples_path)) {
		err = pr_buf_read_file(&samples, samples_path, why);
		if (err == PR_OK)
			err = make_run(dir, json, samples.text, samples.size, run, why);
		else
			json_decref(json);
	} else if (err == PR_OK) {
		err = make_run(dir, json, NULL, 0, run, why);
	}
	pr_buf_fini(&samples);
	return err == PR_USAGE ? PR_FAILED : err;
}

enum pr_err pr_run_load(const char *dir, struct pr_run **run, struct pr_error *why)
{
	char *name = pr_strdup(dir), *json_path, *samples_path;
	enum pr_err err;

	*run = NULL;
	for (size_t size = strlen(name); size > 1 && name[size - 1] == '/'; size--)
		name[size - 1] = '\0';
	json_path = pr_asprintf("%s/run.json", name);
	samples_path = pr_asprintf("%s/samples.jsonl", name);
	err = check_directory(name, why);
	if (err == PR_OK)
		err = load_files(name, json_path, samples_path, run, why);
	free(name);
	free(json_path);
	free(samples_path);
	return err;
}

void pr_run_destroy(struct pr_run **run)
{
	struct pr_run *old = *run;

	*run = NULL;
	if (old == NULL)
		return;
	for (size_t i = 0; i < old->workload_count; i++)
		free(old->workloads[i].label);
	free(old->dir);
	free(old->phases);
	free(old->workloads);
	free(old->blocks);
	free(old->trials);
	free(old->samples);
	free(old->traces);
	json_decref(old->json);
	free(old);
}
