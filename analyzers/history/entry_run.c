/* SPDX-License-Identifier: MIT */
/* analyzers/history/entry_run.c - a run becomes an entry: its comparison with one baseline.  */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzers/compare.h"
#include "analyzers/history/entry.h"
#include "analyzers/history/history.h"
#include "analyzers/history/latency.h"
#include "analyzers/host.h"
#include "analyzers/packed.h"
#include "core/base/buf.h"
#include "core/base/json.h"

/* ---- what it was ----------------------------------------------------------------------------- */

/* What finds it from another folder too.  */
static char *whole_path(const char *dir)
{
	char *path = realpath(dir, NULL);

	return path != NULL ? path : pr_strdup(dir);
}

/* Of run.json alone, so that a run that lost other files is still the same.  */
static char *key_of(const struct pr_run *run, const char *baseline)
{
	char *text = json_dumps(run->json, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(15));
	char *hash = pr_entry_hash(text, strlen(text));
	char *key = pr_asprintf("run-%s-%s-%s", run->created != NULL ? run->created : "", hash,
	                        baseline);

	free(hash);
	free(text);
	return key;
}

/* "amd-epyc-7763-64-core-processor-2": the same after an update of the kernel.  */
static char *machine_of(const struct pr_run *run)
{
	const json_t *host = json_object_get(run->json, "host");
	const char *model = pr_json_text(host, "cpu_model");
	struct pr_buf name;

	if (model == NULL)
		return pr_strdup("unknown");
	pr_buf_init(&name);
	for (; *model != '\0'; model++) {
		char c = (char)tolower((unsigned char)*model);

		if (isascii(c) && isalnum((unsigned char)c))
			pr_buf_add(&name, &c, 1);
		else if (name.size > 0 && name.text[name.size - 1] != '-')
			pr_buf_puts(&name, "-");
	}
	if (name.size > 0 && name.text[name.size - 1] != '-')
		pr_buf_puts(&name, "-");
	pr_buf_printf(&name, "%.0f", pr_run_number(host, "cpus"));
	return name.text;
}

/* "zmq 4.3.4 0123456789ab 89abcdef": engine, version, hash of the library, hash of the options
 * (without the path of the library).  What of it is not known is left out.  */
static char *reference_of(const struct pr_run_phase *phase)
{
	const char *version = pr_json_text(phase->library, "version");
	const char *sha256 = pr_json_text(phase->library, "sha256");
	json_t *options = json_copy((json_t *)phase->options);
	struct pr_buf text;

	pr_buf_init(&text);
	pr_buf_puts(&text, phase->engine);
	if (version != NULL)
		pr_buf_printf(&text, " %s", version);
	if (sha256 != NULL)
		pr_buf_printf(&text, " %.12s", sha256);
	json_object_del(options, "lib");
	if (json_object_size(options) > 0) {
		char *dump = json_dumps(options, JSON_COMPACT | JSON_SORT_KEYS);
		char *hash = pr_entry_hash(dump, strlen(dump));

		pr_buf_printf(&text, " %.8s", hash);
		free(hash);
		free(dump);
	}
	json_decref(options);
	return text.text;
}

/* Of the engine under test, where that came with this program.  */
static const char *revision_of(const struct pr_run *run, size_t baseline)
{
	const json_t *proctor = json_object_get(run->json, "proctor");

	for (size_t i = 0; i < run->phase_count; i++)
		if (i != baseline && strcmp(run->phases[i].engine, "core") == 0)
			return pr_json_text(proctor, "git");
	return NULL;
}

static json_t *missing_json(const struct pr_run *run)
{
	struct pr_buf text;
	size_t i;
	json_t *sentence, *value;

	if (json_array_size(run->missing) == 0)
		return json_null();
	pr_buf_init(&text);
	json_array_foreach(run->missing, i, sentence)
	        pr_buf_printf(&text, "%s%s", i > 0 ? "; " : "", json_string_value(sentence));
	value = pr_json_new_string(text.text);
	pr_buf_fini(&text);
	return value;
}

/* ---- phases and coverage --------------------------------------------------------------------- */

static json_t *member(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	return value != NULL ? json_incref(value) : json_null();
}

static void add_phases(json_t *phases, const struct pr_run *run)
{
	for (size_t i = 0; i < run->phase_count; i++) {
		const struct pr_run_phase *phase = &run->phases[i];
		json_t *object = json_object();

		pr_json_set(object, "label", json_string(phase->label));
		pr_json_set(object, "engine", json_string(phase->engine));
		pr_json_set(object, "options",
		            pr_json_take_string(
		                    json_dumps(phase->options, JSON_COMPACT | JSON_SORT_KEYS)));
		pr_json_set(object, "version", member(phase->library, "version"));
		pr_json_set(object, "sha256", member(phase->library, "sha256"));
		pr_json_set(object, "build_id", member(phase->library, "build_id"));
		pr_json_append(phases, object);
	}
}

static json_t *coverage_json(const char *probe, const char *workload, const char *phase,
                             const int64_t counts[4], const char *reason)
{
	static const char *const names[] = {"ok", "void", "failed", "skipped"};
	json_t *object = json_object();

	pr_json_set(object, "probe", json_string(probe));
	pr_json_set(object, "workload", json_string(workload));
	pr_json_set(object, "phase", json_string(phase));
	for (size_t i = 0; i < 4; i++)
		pr_json_set(object, names[i], json_integer(counts[i]));
	pr_json_set(object, "reason", pr_json_new_string(reason));
	return object;
}

static const char *reason_of(const struct pr_run *run, size_t workload, size_t phase)
{
	for (size_t i = 0; i < run->trial_count; i++) {
		const struct pr_run_trial *trial = &run->trials[i];

		if (trial->workload == workload && trial->phase == phase && trial->block > 0 &&
		    !trial->good)
			return trial->reason;
	}
	return NULL;
}

static void add_trials(json_t *coverage, const struct pr_run *run, const json_t *trials)
{
	size_t i;
	json_t *trial;

	json_array_foreach(trials, i, trial)
	{
		const char *workload = pr_json_text(trial, "workload");
		const char *phase = pr_json_text(trial, "phase");
		const int64_t ok = json_integer_value(json_object_get(trial, "ok")),
		              voids = json_integer_value(json_object_get(trial, "void")),
		              failed = json_integer_value(json_object_get(trial, "failed"));
		const int64_t counts[] = {ok, voids, failed, ok + voids + failed == 0};

		pr_json_append(coverage,
		               coverage_json("", workload, phase, counts,
		                             reason_of(run, pr_run_find_workload(run, workload),
		                                       pr_run_find_phase(run, phase))));
	}
}

/* A trace is of all workloads of a phase, one after the other.  */
static void add_traces(json_t *coverage, const struct pr_run *run)
{
	for (size_t i = 0; i < run->trace_count; i++) {
		const struct pr_run_trace *trace = &run->traces[i];
		const int64_t counts[] = {strcmp(trace->status, "ok") == 0, 0,
		                          strcmp(trace->status, "failed") == 0,
		                          strcmp(trace->status, "skipped") == 0};

		pr_json_append(coverage,
		               coverage_json("strace", "", run->phases[trace->phase].label, counts,
		                             trace->reason));
	}
}

/* ---- points ---------------------------------------------------------------------------------- */

/* Two workloads of one label that do something else are two cases.  */
static json_t *work_json(const struct pr_run *run, const json_t *texts, const char *workload)
{
	const char *text = pr_json_text(texts, workload);
	const char *pin = pr_json_text(run->plan, "pin");
	size_t number = pr_run_find_workload(run, workload);
	bool own_pin = json_object_get(run->workloads[number].options, "pin") != NULL;

	if (text == NULL)
		text = "";
	if (pin == NULL || own_pin)
		return pr_json_new_string(text);
	return pr_json_take_string(
	        pr_asprintf("%s%spin %s", text, text[0] != '\0' ? ", " : "", pin));
}

static json_t *point_json(const struct pr_run *run, const json_t *texts, const json_t *row)
{
	static const char *const same[] = {
	        "workload",  "phase",     "metric", "unit", "direction", "gating", "effect",
	        "effect_lo", "effect_hi", "p",      "mde",  "floor",     "verdict"};
	static const char *const sides[][3] = {
	        {"value", "value", "base_value"}, {"lo", "lo", "base_lo"}, {"hi", "hi", "base_hi"}};
	const json_t *current = json_object_get(row, "current");
	const json_t *baseline = json_object_get(row, "baseline");
	json_t *point = json_object();

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		pr_json_set(point, same[i], member(row, same[i]));
	for (size_t i = 0; i < 3; i++) {
		pr_json_set(point, sides[i][1], member(current, sides[i][0]));
		pr_json_set(point, sides[i][2], member(baseline, sides[i][0]));
	}
	pr_json_set(point, "n", member(current, "n"));
	pr_json_set(point, "work", work_json(run, texts, pr_json_text(row, "workload")));
	return point;
}

/* ---- latencies ------------------------------------------------------------------------------- */

/* Histograms of one phase and workload, added up.  */
struct merged {
	struct pr_hist hist;
	const char *quantity;
};

static void merge(struct merged *into, const json_t *one)
{
	struct pr_hist *hist = &into->hist;
	int64_t min = json_integer_value(json_object_get(one, "min")),
	        max = json_integer_value(json_object_get(one, "max"));
	size_t i;
	json_t *bucket;

	if (hist->count == 0 || min < hist->min_ns)
		hist->min_ns = min;
	if (hist->count == 0 || max > hist->max_ns)
		hist->max_ns = max;
	min = hist->min_ns;
	max = hist->max_ns;
	json_array_foreach(json_object_get(one, "buckets"), i, bucket)
	{
		json_int_t value = json_integer_value(json_array_get(bucket, 0)),
		           count = json_integer_value(json_array_get(bucket, 1));

		if (value >= 0 && count > 0)
			pr_hist_add_many(hist, value, (uint64_t)count);
	}
	hist->min_ns = min;
	hist->max_ns = max;
	into->quantity = pr_json_text(one, "quantity");
}

static json_t *latency_json(const struct merged *merged, const char *workload, const char *phase)
{
	const struct pr_hist *hist = &merged->hist;
	json_t *object = json_object();

	pr_json_set(object, "workload", json_string(workload));
	pr_json_set(object, "phase", json_string(phase));
	pr_json_set(object, "quantity",
	            pr_json_new_string(merged->quantity != NULL ? merged->quantity : ""));
	pr_json_set(object, "count", json_integer((json_int_t)hist->count));
	pr_json_set(object, "min", json_integer(hist->min_ns));
	pr_json_set(object, "max", json_integer(hist->max_ns));
	pr_json_set(object, "buckets", pr_json_take_string(pr_latency_write(hist)));
	return object;
}

static void add_merged(json_t *latencies, const struct pr_run *run, const json_t *histograms)
{
	struct merged *merged = pr_alloc(sizeof(*merged));
	size_t i;
	json_t *one;

	for (size_t w = 0; w < run->workload_count; w++)
		for (size_t p = 0; p < run->phase_count; p++) {
			const char *workload = run->workloads[w].label,
			           *phase = run->phases[p].label;

			memset(merged, 0, sizeof(*merged));
			json_array_foreach(histograms, i, one)
			{
				const char *its = pr_json_text(one, "workload");
				const char *of = pr_json_text(one, "phase");

				if (its != NULL && of != NULL && strcmp(its, workload) == 0 &&
				    strcmp(of, phase) == 0)
					merge(merged, one);
			}
			if (merged->hist.count > 0)
				pr_json_append(latencies, latency_json(merged, workload, phase));
		}
	free(merged);
}

/* A run without distributions is added all the same.  */
static void add_latencies(json_t *latencies, const struct pr_run *run,
                          const struct pr_entry_opts *opts)
{
	const char *folder;
	struct pr_error why = {""};
	json_t *document = NULL;
	char *path = NULL;

	if (pr_packed_open(run->dir, &folder, &why) == PR_OK)
		path = pr_asprintf("%s/histograms.json", folder);
	if (path != NULL && access(path, F_OK) == 0) {
		if (pr_json_read_file(path, &document, &why) == PR_OK &&
		    pr_json_check_format(document, path, "proctor.histograms", 1, &why) == PR_OK)
			add_merged(latencies, run, json_object_get(document, "histograms"));
		else if (opts->warn != NULL)
			opts->warn(&why);
	}
	json_decref(document);
	free(path);
}

/* ---- the entry ------------------------------------------------------------------------------- */

static void describe(json_t *entry, const struct pr_run *run, size_t baseline,
                     const struct pr_entry_opts *opts)
{
	const struct pr_run_phase *reference = &run->phases[baseline];

	pr_json_set(entry, "key", pr_json_take_string(key_of(run, reference->label)));
	pr_json_set(entry, "kind", json_string("run"));
	pr_json_set(entry, "source", pr_json_take_string(whole_path(run->dir)));
	pr_json_set(entry, "plan", member(run->plan, "name"));
	pr_json_set(entry, "baseline", json_string(reference->label));
	pr_json_set(entry, "reference", pr_json_take_string(reference_of(reference)));
	if (opts->revision == NULL)
		pr_json_set(entry, "revision", pr_json_new_string(revision_of(run, baseline)));
	if (opts->machine == NULL)
		pr_json_set(entry, "machine", pr_json_take_string(machine_of(run)));
	pr_json_set(entry, "host", pr_json_take_string(pr_host_fingerprint(run)));
	pr_json_set(entry, "tool", member(json_object_get(run->json, "proctor"), "version"));
	pr_json_set(entry, "status", json_string(run->status));
	pr_json_set(entry, "missing", missing_json(run));
	pr_json_set(entry, "blocks", json_integer((json_int_t)run->block_count));
}

static enum pr_err set_time(json_t *entry, const struct pr_run *run,
                            const struct pr_entry_opts *opts, struct pr_error *why)
{
	int64_t time = opts->time;
	enum pr_err err = PR_OK;

	if (time == PR_ENTRY_NO_TIME && run->created == NULL)
		return pr_error_set(why, PR_USAGE,
		                    "%s/run.json does not say when it was made; give --time",
		                    run->dir);
	if (time == PR_ENTRY_NO_TIME)
		err = pr_history_parse_time(run->created, &time, why);
	if (err != PR_OK)
		return pr_error_prefix(why, err, "%s/run.json: created", run->dir);
	pr_json_set(entry, "time", json_integer(time));
	return PR_OK;
}

static enum pr_err compare(const struct pr_run *run, size_t baseline, json_t *entry,
                           const struct pr_entry_opts *opts, struct pr_error *why)
{
	struct pr_error warning = {""};
	struct pr_floor *floor = pr_floor_for(run, NAN, &warning);
	const struct pr_compare_opts how = {
	        .baseline = run->phases[baseline].label, .delta = PR_COMPARE_DELTA, .floor = floor};
	json_t *comparison, *row, *texts;
	size_t i;

	if (warning.text[0] != '\0' && opts->warn != NULL)
		opts->warn(&warning);
	comparison = pr_compare(run, &how, why);
	pr_floor_destroy(&floor);
	if (comparison == NULL)
		return PR_USAGE;
	texts = json_object_get(comparison, "workload_texts");
	pr_json_set(entry, "exit_status", member(comparison, "exit_status"));
	pr_json_set(entry, "sentence", member(comparison, "sentence"));
	add_phases(json_object_get(entry, "phases"), run);
	add_trials(json_object_get(entry, "coverage"), run, json_object_get(comparison, "trials"));
	add_traces(json_object_get(entry, "coverage"), run);
	json_array_foreach(json_object_get(comparison, "rows"), i, row)
	        pr_json_append(json_object_get(entry, "points"), point_json(run, texts, row));
	json_decref(comparison);
	return PR_OK;
}

static enum pr_err fill(const struct pr_run *run, const struct pr_entry_opts *opts, json_t *entry,
                        struct pr_error *why)
{
	size_t baseline;
	enum pr_err err = pr_compare_find_baseline(run, opts->baseline, &baseline, why);

	if (err != PR_OK)
		return err;
	if (run->phase_count < 2)
		return pr_error_set(why, PR_USAGE,
		                    "%s has one phase; a history keeps how phases differ from a "
		                    "reference in the same blocks, so run with one beside it",
		                    run->dir);
	describe(entry, run, baseline, opts);
	err = set_time(entry, run, opts, why);
	if (err == PR_OK)
		err = compare(run, baseline, entry, opts, why);
	if (err == PR_OK)
		add_latencies(json_object_get(entry, "latencies"), run, opts);
	return err;
}

enum pr_err pr_entry_from_run(const char *dir, const struct pr_entry_opts *opts, json_t **entry,
                              struct pr_error *why)
{
	struct pr_run *run = NULL;
	enum pr_err err = pr_run_load(dir, &run, why);

	*entry = NULL;
	if (err != PR_OK)
		return err;
	if (opts->warn != NULL)
		pr_run_tell_missing(run, opts->warn);
	*entry = pr_entry_create(opts);
	err = fill(run, opts, *entry, why);
	if (err != PR_OK) {
		json_decref(*entry);
		*entry = NULL;
	}
	pr_run_destroy(&run);
	return err;
}
