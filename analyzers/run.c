/* SPDX-License-Identifier: MIT */
/* analyzers/run.c - a run directory, checked once.  */
#include "analyzers/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyzers/packed.h"
#include "analyzers/run_load.h"
#include "analyzers/tail.h"
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

size_t pr_run_find_phase_or_twin(const struct pr_run *run, const char *label)
{
	for (size_t i = 0; i < run->phase_count + run->twin_count; i++)
		if (strcmp(run->phases[i].label, label) == 0)
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
	if (order == 0)
		order = compare_numbers(a->block, b->block);
	return order != 0 ? order : a->rank - b->rank;
}

/* The probes with trials of their own, by rank.  */
static const char *const ranked_probes[] = {"strace", "interpose", "perf", "callgrind"};

int pr_run_probe_rank(const char *probe)
{
	int rank = 0, count = sizeof(ranked_probes) / sizeof(ranked_probes[0]);

	while (rank < count && (probe == NULL || strcmp(ranked_probes[rank], probe) != 0))
		rank++;
	return rank < count ? rank : 0;
}

const struct pr_run_trial *pr_run_find_probe(const struct pr_run *run, size_t phase,
                                             size_t workload, const char *probe)
{
	struct pr_run_trial key = {
	        .phase = phase, .workload = workload, .rank = pr_run_probe_rank(probe)};

	if (run->trial_count == 0)
		return NULL;
	return bsearch(&key, run->trials, run->trial_count, sizeof(key), pr_run_compare_trials);
}

const struct pr_run_trial *pr_run_find_callgrind(const struct pr_run *run, size_t phase,
                                                 size_t workload)
{
	for (size_t i = 0; i < run->trial_count; i++)
		if (run->trials[i].callgrind != NULL && run->trials[i].phase == phase &&
		    run->trials[i].workload == workload)
			return &run->trials[i];
	return NULL;
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
	if (order == 0)
		order = compare_numbers(a->kind, b->kind);
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

const struct pr_run_sample *pr_run_samples_of(const struct pr_run *run, size_t phase,
                                              size_t workload, uint64_t block,
                                              enum pr_run_kind kind, size_t *count)
{
	const struct pr_run_trial *trial = pr_run_find_trial(run, phase, workload, block);
	struct pr_run_sample key = {
	        .phase = phase, .workload = workload, .block = block, .kind = kind};
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

const struct pr_run_sample *pr_run_samples(const struct pr_run *run, size_t phase, size_t workload,
                                           uint64_t block, size_t *count)
{
	return pr_run_samples_of(run, phase, workload, block, PR_RUN_COUNTED, count);
}

bool pr_run_has_voids(const struct pr_run *run, size_t workload)
{
	for (size_t i = 0; i < run->sample_count; i++)
		if (run->samples[i].workload == workload && run->samples[i].kind == PR_RUN_VOIDED)
			return true;
	return false;
}

double pr_run_number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_number(value) ? json_number_value(value) : NAN;
}

double pr_run_metric(const struct pr_run_trial *trial, const char *name)
{
	if (trial == NULL || pr_tail_is_short(trial->latencies, name))
		return NAN;
	return pr_run_number(json_object_get(trial->metrics, name), "value");
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
		if (strcmp(pr_json_text(stage, "name"), name) == 0)
			return stage;
	}
	return NULL;
}

const char *pr_run_option(const struct pr_run_phase *phase, const char *name)
{
	return pr_json_text(phase->options, name);
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
		                    "slices are in it; the run directory is damaged: copy it "
		                    "again, or repeat it with `proctor run %s/run.json`",
		                    run->dir, run->dir);
	return PR_OK;
}

/* Takes json.  folder is where the files are; NULL: nowhere.  keep: also a run in which nothing was
 * measured.  */
static enum pr_err make_run(const char *dir, const char *folder, json_t *json,
                            const struct pr_buf *samples, bool keep, struct pr_run **result,
                            struct pr_error *why)
{
	struct pr_run *run = pr_alloc(sizeof(*run));
	char *path = pr_asprintf("%s/run.json", dir);
	enum pr_err err;

	memset(run, 0, sizeof(*run));
	run->dir = pr_strdup(dir);
	run->json = json;
	run->missing = json_array();
	err = pr_run_load_document(run, path, why);
	if (err == PR_OK)
		err = check_measured(run, samples != NULL, why);
	if (err == PR_OK && folder != NULL)
		pr_run_check_files(run, folder);
	if (err == PR_OK && samples != NULL)
		err = pr_run_load_samples(run, samples->text, samples->size, why);
	if (err == PR_OK)
		pr_run_check_slices(run);
	if (err == PR_OK && !has_good_trial(run))
		err = pr_error_set(why, PR_VOID, "%s: nothing is left of what was measured: %s",
		                   dir, json_string_value(json_array_get(run->missing, 0)));
	if (err == PR_OK || (err == PR_VOID && keep && run->trial_count > 0))
		*result = run;
	else
		pr_run_destroy(&run);
	free(path);
	/* What is wrong with a file is not the user's typing.  */
	return err == PR_USAGE ? PR_FAILED : err;
}

/* What is not JSON.  Most often the end is missing.  */
static enum pr_err refuse_text(const char *dir, const json_error_t *error, struct pr_error *why)
{
	bool cut = json_error_code(error) == json_error_premature_end_of_input ||
	           strstr(error->text, "near end of file") != NULL;

	if (cut)
		return pr_error_set(why, PR_FAILED,
		                    "%s/run.json:%d:%d: it ends here, in the middle: it was cut "
		                    "short, and the other files say nothing without it; copy the "
		                    "directory again, or run again",
		                    dir, error->line, error->column);
	return pr_error_set(why, PR_FAILED,
	                    "%s/run.json:%d:%d: not valid JSON: %s; it was changed since it was "
	                    "written: copy the directory again, or run again",
	                    dir, error->line, error->column, error->text);
}

static enum pr_err parse_run(const char *dir, const char *text, size_t size, json_t **json,
                             struct pr_error *why)
{
	json_error_t error;

	*json = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
	return *json != NULL ? PR_OK : refuse_text(dir, &error, why);
}

enum pr_err pr_run_parse(const char *dir, const char *json_text, size_t json_size,
                         const char *samples, size_t samples_size, struct pr_run **run,
                         struct pr_error *why)
{
	struct pr_buf lines = {(char *)samples, samples_size, 0};
	json_t *json;
	enum pr_err err = parse_run(dir, json_text, json_size, &json, why);

	*run = NULL;
	return err == PR_OK
	               ? make_run(dir, NULL, json, samples != NULL ? &lines : NULL, false, run, why)
	               : err;
}

static bool exists(const char *folder, const char *name)
{
	char *path = pr_asprintf("%s/%s", folder, name);
	struct stat info;
	bool found = stat(path, &info) == 0;

	free(path);
	return found;
}

static enum pr_err read_file(const char *folder, const char *name, struct pr_buf *text,
                             struct pr_error *why)
{
	char *path = pr_asprintf("%s/%s", folder, name);
	enum pr_err err = pr_buf_read_file(text, path, why);

	free(path);
	return err;
}

enum pr_err pr_run_read_json(const char *dir, json_t **json, struct pr_error *why)
{
	const char *folder;
	struct pr_buf text;
	enum pr_err err;

	*json = NULL;
	err = pr_packed_open(dir, &folder, why);
	if (err == PR_OK && !exists(folder, "run.json"))
		err = pr_error_set(why, PR_FAILED,
		                   "%s: there is no run.json in it; give a directory that "
		                   "`proctor run` wrote",
		                   dir);
	if (err != PR_OK)
		return err;
	pr_buf_init(&text);
	err = read_file(folder, "run.json", &text, why);
	if (err == PR_OK)
		err = parse_run(dir, text.text, text.size, json, why);
	pr_buf_fini(&text);
	return err;
}

static enum pr_err load_files(const char *dir, bool keep, struct pr_run **run, struct pr_error *why)
{
	struct pr_buf samples;
	const char *folder;
	bool has_samples;
	json_t *json = NULL;
	enum pr_err err = pr_run_read_json(dir, &json, why);

	if (err == PR_OK)
		err = pr_packed_open(dir, &folder, why);
	if (err != PR_OK)
		return err;
	has_samples = exists(folder, "samples.jsonl");
	pr_buf_init(&samples);
	if (has_samples)
		err = read_file(folder, "samples.jsonl", &samples, why);
	if (err == PR_OK)
		err = make_run(dir, folder, json, has_samples ? &samples : NULL, keep, run, why);
	else
		json_decref(json);
	pr_buf_fini(&samples);
	return err;
}

static enum pr_err load(const char *dir, bool keep, struct pr_run **run, struct pr_error *why)
{
	char *name = pr_strdup(dir);
	enum pr_err err;

	*run = NULL;
	for (size_t size = strlen(name); size > 1 && name[size - 1] == '/'; size--)
		name[size - 1] = '\0';
	err = load_files(name, keep, run, why);
	free(name);
	return err;
}

enum pr_err pr_run_load(const char *dir, struct pr_run **run, struct pr_error *why)
{
	return load(dir, false, run, why);
}

enum pr_err pr_run_load_failed(const char *dir, struct pr_run **run, struct pr_error *why)
{
	return load(dir, true, run, why);
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
	json_decref(old->missing);
	free(old);
}
