/* SPDX-License-Identifier: MIT */
/* harness/record.c - writes a run directory.  */
#include "harness/record.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/json.h"
#include "harness/calibrate.h"
#include "harness/env.h"
#include "harness/probe.h"
#include "harness/replay.h"
#include "harness/usage.h"

struct pr_record {
	char *dir;
	bool saved; /* there is a run.json */
	json_t *run;
	json_t *histograms;    /* the whole document */
	struct pr_buf samples; /* lines not yet written */
};

/* ---- the directory ------------------------------------------------------------------- */

static bool is_empty(const char *dir)
{
	DIR *open = opendir(dir);
	struct dirent *entry;
	bool empty = true;

	while (open != NULL && (entry = readdir(open)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			empty = false;
	if (open != NULL)
		closedir(open);
	return empty;
}

static enum pr_err make_dir(const char *dir, struct pr_error *why)
{
	struct stat info;

	if (mkdir(dir, 0777) == 0 ||
	    (errno == EEXIST && stat(dir, &info) == 0 && S_ISDIR(info.st_mode)))
		return PR_OK;
	return pr_error_set(why, PR_FAILED, "%s: cannot make this directory: %s", dir,
	                    strerror(errno));
}

/* Makes dir/name.  */
static enum pr_err make_below(const char *dir, const char *name, struct pr_error *why)
{
	char *path = pr_asprintf("%s/%s", dir, name);
	enum pr_err err = make_dir(path, why);

	free(path);
	return err;
}

static enum pr_err make_dirs(const char *dir, struct pr_error *why)
{
	enum pr_err err = make_dir(dir, why);

	if (err == PR_OK && !is_empty(dir))
		err = pr_error_set(why, PR_FAILED,
		                   "%s: this directory is not empty, and a run is never "
		                   "overwritten; give another with -o or remove it",
		                   dir);
	if (err == PR_OK)
		err = make_below(dir, "traces", why);
	if (err == PR_OK)
		err = make_below(dir, "logs", why);
	return err;
}

/* Takes name.  */
static void append_file(json_t *files, const char *dir, char *name)
{
	pr_json_append(files, json_sprintf("%s/%s", dir, name));
	free(name);
}

json_t *pr_record_files(const char *dir, const struct pr_plan *plan)
{
	static const char *const names[] = {"run.json", "samples.jsonl", "histograms.json"};
	json_t *files = json_array();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		pr_json_append(files, json_sprintf("%s/%s", dir, names[i]));
	for (size_t i = 0; pr_probes[i] != NULL; i++)
		for (size_t p = 0; p < plan->phase_count; p++)
			if (pr_probe_has_trials(pr_probes[i], plan) && pr_probes[i]->file != NULL)
				append_file(files, dir, pr_probes[i]->file(&plan->phases[p]));
	return files;
}

/* ---- the documents ------------------------------------------------------------------- */

static json_t *now_text(void)
{
	time_t now = time(NULL);
	struct tm utc;
	char text[32];

	gmtime_r(&now, &utc);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
	return json_string(text);
}

static json_t *dump_argv(int argc, const char **argv)
{
	json_t *array = json_array();

	pr_json_append(array, json_string("proctor"));
	for (int i = 0; i < argc; i++)
		pr_json_append(array, pr_json_new_string(argv[i]));
	return array;
}

static json_t *begin_document(const char *format)
{
	json_t *json = json_object();

	pr_json_set(json, "format", json_string(format));
	pr_json_set(json, "version", json_integer(PR_RECORD_VERSION));
	return json;
}

/* CPU time of this program and of the workers that have ended: what the machine used beyond it was
 * used by others.  */
static int64_t own_cpu_ms(void)
{
	struct rusage ended = {0};

	getrusage(RUSAGE_CHILDREN, &ended);
	return pr_usage_now().cpu_ns / 1000000 +
	       (ended.ru_utime.tv_sec + ended.ru_stime.tv_sec) * 1000 +
	       (ended.ru_utime.tv_usec + ended.ru_stime.tv_usec) / 1000;
}

static json_t *begin_run(const struct pr_plan *plan, int argc, const char **argv)
{
	json_t *run = begin_document("proctor.run");
	json_t *noise = json_object(), *before = pr_env_noise();

	pr_json_set(before, "own_cpu_ms", json_integer(own_cpu_ms()));
	pr_json_set(noise, "before", before);
	pr_json_set(noise, "during", json_array());
	pr_json_set(noise, "after", json_null());
	pr_json_set(run, "status", json_string("interrupted"));
	pr_json_set(run, "created", now_text());
	pr_json_set(run, "argv", dump_argv(argc, argv));
	pr_json_set(run, "seed", json_integer((json_int_t)plan->seed));
	pr_json_set(run, "proctor", pr_env_proctor());
	pr_json_set(run, "plan", pr_plan_dump(plan));
	pr_json_set(run, "host", pr_env_host());
	pr_json_set(run, "calibration", pr_calibrate());
	pr_json_set(run, "noise", noise);
	pr_json_set(run, "phases", json_array());
	pr_json_set(run, "counters", json_array());
	pr_json_set(run, "trials", json_array());
	pr_json_set(run, "traces", json_array());
	pr_json_set(run, "probes", json_array());
	return run;
}

enum pr_err pr_record_create(const char *dir, const struct pr_plan *plan, int argc,
                             const char **argv, struct pr_record **result, struct pr_error *why)
{
	struct pr_record *record;
	enum pr_err err = make_dirs(dir, why);

	if (err != PR_OK)
		return err;
	record = pr_alloc(sizeof(*record));
	record->dir = pr_strdup(dir);
	record->saved = false;
	record->run = begin_run(plan, argc, argv);
	record->histograms = begin_document("proctor.histograms");
	pr_json_set(record->histograms, "histograms", json_array());
	pr_buf_init(&record->samples);
	*result = record;
	return PR_OK;
}

static void remove_file(const char *dir, const char *name)
{
	char *path = pr_asprintf("%s/%s", dir, name);

	unlink(path);
	free(path);
}

/* Removes the files of a folder of our own making, and the folder.  */
static void remove_below(const char *dir, const char *name)
{
	char *folder = pr_asprintf("%s/%s", dir, name);
	DIR *open = opendir(folder);
	struct dirent *entry;

	while (open != NULL && (entry = readdir(open)) != NULL)
		if (entry->d_type == DT_REG)
			unlinkat(dirfd(open), entry->d_name, 0);
	if (open != NULL)
		closedir(open);
	rmdir(folder);
	free(folder);
}

void pr_record_destroy(struct pr_record **taken)
{
	struct pr_record *record = *taken;

	*taken = NULL;
	if (record == NULL)
		return;
	if (!record->saved) { /* so that the same -o works when the mistake is mended */
		remove_file(record->dir, "samples.jsonl");
		remove_file(record->dir, "histograms.json");
		remove_below(record->dir, "traces");
		remove_below(record->dir, "logs");
		remove_below(record->dir, "libraries");
		rmdir(record->dir);
	}
	free(record->dir);
	json_decref(record->run);
	json_decref(record->histograms);
	pr_buf_fini(&record->samples);
	free(record);
}

json_t *pr_record_set_repeats(struct pr_record *record, const struct pr_plan *plan)
{
	json_t *repeats = pr_replay_describe(plan, record->run);

	if (repeats != NULL)
		pr_json_set(record->run, "repeats", repeats);
	return repeats;
}

void pr_record_set_phases(struct pr_record *record, json_t *phases, json_t *counters)
{
	pr_json_set(record->run, "phases", phases);
	pr_json_set(record->run, "counters", counters);
}

void pr_record_set_plan(struct pr_record *record, const struct pr_plan *plan)
{
	pr_json_set(record->run, "plan", pr_plan_dump(plan));
}

void pr_record_add_trial(struct pr_record *record, json_t *trial)
{
	pr_json_append(json_object_get(record->run, "trials"), trial);
}

void pr_record_add_report(struct pr_record *record, const char *array, json_t *report)
{
	pr_json_append(json_object_get(record->run, array), report);
}

void pr_record_add_histogram(struct pr_record *record, json_t *histogram)
{
	pr_json_append(json_object_get(record->histograms, "histograms"), histogram);
}

void pr_record_add_sample(struct pr_record *record, json_t *sample)
{
	char *line = pr_json_dump_line(sample);

	pr_buf_puts(&record->samples, line);
	free(line);
	json_decref(sample);
}

void pr_record_add_noise(struct pr_record *record, uint64_t block)
{
	json_t *noise = json_object(), *now = pr_env_noise();

	pr_json_set(noise, "block", json_integer((json_int_t)block));
	json_object_update(noise, now);
	pr_json_set(noise, "own_cpu_ms", json_integer(own_cpu_ms()));
	json_decref(now);
	pr_json_append(json_object_get(json_object_get(record->run, "noise"), "during"), noise);
}

/* ---- what there is -------------------------------------------------------------------- */

/* Adds the size of a file to `files`; one that is not there is left out.  */
static void list_file(const struct pr_record *record, json_t *files, const char *name)
{
	char *path = pr_asprintf("%s/%s", record->dir, name);
	struct stat info;

	if (stat(path, &info) == 0)
		pr_json_set(files, name, json_integer((json_int_t)info.st_size));
	free(path);
}

static void list_library(const struct pr_record *record, json_t *files, const json_t *library)
{
	const char *name = pr_json_text(library, "kept");

	if (name != NULL)
		list_file(record, files, name);
}

/* run.json is written last, so that it can say how large the others are: what is cut later shows.
 */
static void list_files(struct pr_record *record)
{
	json_t *files = json_object(), *trace, *phase, *build;
	size_t i, k;

	list_file(record, files, "samples.jsonl");
	list_file(record, files, "histograms.json");
	json_array_foreach(json_object_get(record->run, "traces"), i, trace)
	{
		const char *name = pr_json_text(trace, "file");

		if (name != NULL)
			list_file(record, files, name);
	}
	json_array_foreach(json_object_get(record->run, "phases"), i, phase)
	{
		list_library(record, files, json_object_get(phase, "library"));
		json_array_foreach(json_object_get(phase, "builds"), k, build)
		{
			list_library(record, files, build);
		}
	}
	pr_json_set(record->run, "files", files);
}

/* ---- writing ------------------------------------------------------------------------- */

static enum pr_err append_samples(struct pr_record *record, struct pr_error *why)
{
	char *path = pr_asprintf("%s/samples.jsonl", record->dir);
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	size_t done = 0;
	enum pr_err err = PR_OK;

	while (fd >= 0 && done < record->samples.size) {
		ssize_t wrote = write(fd, record->samples.text + done, record->samples.size - done);

		if (wrote < 0 && errno != EINTR)
			break;
		done += wrote > 0 ? (size_t)wrote : 0;
	}
	if (fd < 0 || done < record->samples.size || close(fd) != 0)
		err = pr_error_set(why, PR_FAILED, "%s: cannot write: %s", path, strerror(errno));
	pr_buf_clear(&record->samples);
	free(path);
	return err;
}

static enum pr_err write_document(const struct pr_record *record, const char *name,
                                  const json_t *json, struct pr_error *why)
{
	char *path = pr_asprintf("%s/%s", record->dir, name);
	enum pr_err err = pr_json_write_file(path, json, why);

	free(path);
	return err;
}

enum pr_err pr_record_save(struct pr_record *record, struct pr_error *why)
{
	enum pr_err err = append_samples(record, why);

	if (err == PR_OK)
		err = write_document(record, "histograms.json", record->histograms, why);
	list_files(record);
	if (err == PR_OK)
		err = write_document(record, "run.json", record->run, why);
	record->saved |= err == PR_OK;
	return err;
}

enum pr_err pr_record_finish(struct pr_record *record, bool complete, struct pr_error *why)
{
	pr_json_set(json_object_get(record->run, "noise"), "after", pr_env_noise());
	pr_json_set(record->run, "status", json_string(complete ? "complete" : "interrupted"));
	return pr_record_save(record, why);
}

bool pr_record_is_saved(const struct pr_record *record)
{
	return record->saved;
}
