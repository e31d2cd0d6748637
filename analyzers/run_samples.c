/* SPDX-License-Identifier: MIT */
/* analyzers/run_samples.c - samples.jsonl: one line a slice.  */
#include <stdlib.h>
#include <string.h>

#include "analyzers/run_load.h"
#include "core/base/buf.h"
#include "core/base/json.h"

static enum pr_err load_positive(const struct pr_json *at, const char *key, double least,
                                 double *value, struct pr_error *why)
{
	enum pr_err err = pr_json_real(at, key, value, why);

	if (err == PR_OK && !(*value >= least))
		err = pr_json_error(at, why, "%s must not be below %g, found %g", key, least,
		                    *value);
	return err;
}

/* What the bench says beside the times.  */
static enum pr_err load_design(const struct pr_run *run, const struct pr_json *at,
                               struct pr_run_sample *sample, struct pr_error *why)
{
	const char *sleeper = pr_json_text(at->value, "sleeper");
	enum pr_err err = PR_OK;

	sample->control_ns = pr_run_number(at->value, "control_ns");
	sample->clients_idle_ns = pr_run_number(at->value, "clients_idle_ns");
	sample->sleeper = sleeper != NULL ? pr_run_find_phase(run, sleeper) : PR_RUN_NONE;
	if (json_is_true(json_object_get(at->value, "whole")))
		sample->kind = PR_RUN_WHOLE;
	else if (json_is_string(json_object_get(at->value, "pair")))
		sample->kind = PR_RUN_PAIR;
	else if (json_is_string(json_object_get(at->value, "void")))
		sample->kind = PR_RUN_VOIDED;
	if (pr_json_has(at, "head_messages"))
		err = load_positive(at, "head_messages", 1, &sample->head_messages, why);
	if (err == PR_OK && sample->head_messages > 0)
		err = load_positive(at, "head_elapsed_ns", 1, &sample->head_elapsed_ns, why);
	return err;
}

static enum pr_err load_sample(struct pr_run *run, const struct pr_json *at,
                               struct pr_run_sample *sample, struct pr_error *why)
{
	const char *predecessor = pr_json_text(at->value, "predecessor");
	int64_t slice = 0;
	enum pr_err err =
	        pr_run_load_place(at, "phase", run, pr_run_find_phase_or_twin, &sample->phase, why);

	if (err == PR_OK)
		err = pr_run_load_place(at, "workload", run, pr_run_find_workload,
		                        &sample->workload, why);
	if (err == PR_OK)
		err = pr_run_load_block(at, 1, &sample->block, why);
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
	if (err == PR_OK)
		err = load_design(run, at, sample, why);
	sample->slice = (uint64_t)slice;
	sample->predecessor =
	        predecessor != NULL ? pr_run_find_phase(run, predecessor) : PR_RUN_NONE;
	return err;
}

static bool is_ok_sample(const json_t *json)
{
	const char *status = pr_json_text(json, "status");

	return status == NULL || strcmp(status, "ok") == 0;
}

/* In a slice of a stalled reader it may be that nothing arrives: then there is no time of a
 * message.  */
static bool has_messages(const json_t *json)
{
	const json_t *messages = json_object_get(json, "messages");

	return !json_is_integer(messages) || json_integer_value(messages) != 0;
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
		err = pr_json_error(&top, why,
		                    "this line is not a JSON object%s%s; it was changed since it "
		                    "was written: copy the directory again, or run again",
		                    json == NULL ? ": " : "", json == NULL ? error.text : "");
	else if (is_ok_sample(json) && has_messages(json))
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
	qsort(run->samples, run->sample_count, sizeof(*run->samples), pr_run_compare_samples);
	for (size_t i = 1; i < run->sample_count; i++) {
		const struct pr_run_sample *sample = &run->samples[i];

		if (pr_run_compare_samples(sample - 1, sample) == 0)
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

/* Of the last line, when it has no newline.  */
static bool is_whole(const char *line, size_t size)
{
	json_t *json = json_loadb(line, size, JSON_REJECT_DUPLICATES, NULL);

	json_decref(json);
	return json != NULL;
}

enum pr_err pr_run_load_samples(struct pr_run *run, const char *text, size_t size,
                                struct pr_error *why)
{
	bool may_be_cut = strcmp(run->status, "interrupted") == 0 ||
	                  json_object_get(run->json, "files") != NULL;
	size_t number = 0;
	enum pr_err err = PR_OK;

	run->samples = pr_alloc(count_lines(text, size) * sizeof(*run->samples));
	while (size > 0 && err == PR_OK) {
		const char *end = memchr(text, '\n', size);
		size_t part = end == NULL ? size : (size_t)(end - text);

		number++;
		if (end == NULL && may_be_cut && !is_whole(text, part))
			break;
		if (part > 0)
			err = load_line(run, text, part, number, why);
		part += end != NULL;
		text += part;
		size -= part;
	}
	return err == PR_OK ? check_samples(run, why) : err;
}
