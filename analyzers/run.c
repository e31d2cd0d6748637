/* SPDX-License-Identifier: MIT */
/* analyzers/run.c - a run directory, checked once.  */
#include "analyzers/run.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyzers/run_load.h"
#include "core/base/buf.h"
#include "core/base/json.h"

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

int pr_run_compare_trials(const void *left, const void *right)
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
	return bsearch(&key, run->trials, run->trial_count, sizeof(key), pr_run_compare_trials);
}

int pr_run_compare_samples(const void *left, const void *right)
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

		if (pr_run_compare_samples(&run->samples[middle], key) < 0)
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

/* ---- the whole ------------------------------------------------------------------------------- */

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
	err = pr_run_load_document(run, path, why);
	if (err == PR_OK)
		err = check_measured(run, samples != NULL, why);
	if (err == PR_OK && samples != NULL)
		err = pr_run_load_samples(run, samples, samples_size, why);
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
