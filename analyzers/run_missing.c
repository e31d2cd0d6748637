/* SPDX-License-Identifier: MIT */
/* analyzers/run_missing.c - what a run directory has lost since it was written.
 *
 * run.json is written last and says how large every other file was then ("files"), and how many
 * lines of samples.jsonl each trial has ("samples").  So a file that was removed or cut shows
 * without being read.  What is left is still good: the sentences say what it can no longer tell.
 * Runs of before these keys existed are taken as they are.  */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyzers/run_load.h"
#include "core/base/buf.h"

/* What each kind of file is for, by the beginning of its name.  */
static const struct {
	const char *name, *loss;
} losses[] = {
        {"samples.jsonl", "trials whose slices are gone are left out"},
        {"histograms.json", "distributions of latency cannot be shown"},
        {"traces/", "the counts taken from it are in run.json; to count again, run again"},
        {"libraries/", "to repeat the run, the same library must be found where it was"},
        {"", "the other files are as they were"},
};

static const char *loss_of(const char *name)
{
	size_t i = 0;

	while (strncmp(name, losses[i].name, strlen(losses[i].name)) != 0)
		i++;
	return losses[i].loss;
}

static void tell(struct pr_run *run, char *sentence)
{
	pr_json_append(run->missing, pr_json_new_string(sentence));
	free(sentence);
}

void pr_run_check_files(struct pr_run *run, const char *folder)
{
	const json_t *value;
	const char *name;

	json_object_foreach(json_object_get(run->json, "files"), name, value)
	{
		char *path = pr_asprintf("%s/%s", folder, name);
		json_int_t bytes = json_integer_value(value);
		struct stat info;

		if (stat(path, &info) != 0)
			tell(run, pr_asprintf("%s/%s: it cannot be read (%s): %s", run->dir, name,
			                      strerror(errno), loss_of(name)));
		else if (info.st_size < bytes)
			tell(run, pr_asprintf("%s/%s: cut short, %lld of %lld bytes are left: %s",
			                      run->dir, name, (long long)info.st_size,
			                      (long long)bytes, loss_of(name)));
		free(path);
	}
}

/* A good trial whose slices are not all there.  */
static bool is_cut(const struct pr_run *run, const struct pr_run_trial *trial)
{
	size_t count, sum = 0;

	if (!trial->good || trial->block == 0 || trial->samples < 0)
		return false;
	for (int kind = PR_RUN_COUNTED; kind <= PR_RUN_PAIR; kind++) {
		pr_run_samples_of(run, trial->phase, trial->workload, trial->block,
		                  (enum pr_run_kind)kind, &count);
		sum += count;
	}
	return sum != (size_t)trial->samples;
}

void pr_run_check_slices(struct pr_run *run)
{
	const struct pr_run_trial *first = NULL;
	size_t lost = 0;

	for (size_t i = 0; i < run->trial_count; i++) {
		const struct pr_run_trial *trial = &run->trials[i];

		if (!is_cut(run, trial))
			continue;
		if (first == NULL || trial->block < first->block)
			first = trial;
		lost++;
	}
	if (lost == 0)
		return;
	tell(run,
	     pr_asprintf("%s/samples.jsonl: the slices of %zu of the trials are not all "
	                 "there, the first %s, %s, block %llu: these trials are left out",
	                 run->dir, lost, run->phases[first->phase].label,
	                 run->workloads[first->workload].label, (unsigned long long)first->block));
	for (size_t i = 0; i < run->trial_count; i++) {
		struct pr_run_trial *trial = &run->trials[i];

		if (is_cut(run, trial)) {
			trial->good = false;
			trial->status = "void";
			trial->reason = "its slices are not all in samples.jsonl";
		}
	}
}

void pr_run_tell_missing(const struct pr_run *run, void (*say)(const struct pr_error *sentence))
{
	struct pr_error sentence;
	const json_t *item;
	size_t i;

	json_array_foreach(run->missing, i, item)
	{
		pr_error_set(&sentence, PR_FAILED, "%s", json_string_value(item));
		say(&sentence);
	}
}
