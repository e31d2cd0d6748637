/* SPDX-License-Identifier: MIT */
/* analyzers/compare.c - a run becomes a comparison.  */
#include "analyzers/compare.h"
#include "analyzers/disturbance.h"
#include "analyzers/dose.h"

#include <stdlib.h>
#include <string.h>

#include "analyzers/against.h"
#include "analyzers/builds.h"
#include "analyzers/clients.h"
#include "analyzers/company.h"
#include "analyzers/counted.h"
#include "analyzers/curve.h"
#include "analyzers/knee.h"
#include "analyzers/limit.h"
#include "analyzers/nameless.h"
#include "analyzers/numbers.h"
#include "analyzers/pins.h"
#include "analyzers/probed.h"
#include "analyzers/predecessor.h"
#include "analyzers/rows.h"
#include "analyzers/sentence.h"
#include "analyzers/summary.h"
#include "analyzers/witness.h"
#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/opts.h"

enum pr_err pr_compare_find_baseline(const struct pr_run *run, const char *label, size_t *baseline,
                                     struct pr_error *why)
{
	const char **labels, *nearest;

	*baseline = label == NULL ? 0 : pr_run_find_phase(run, label);
	if (*baseline != PR_RUN_NONE)
		return PR_OK;
	labels = pr_alloc(run->phase_count * sizeof(*labels));
	for (size_t i = 0; i < run->phase_count; i++)
		labels[i] = run->phases[i].label;
	nearest = pr_opts_nearest(label, labels, run->phase_count);
	pr_error_set(why, PR_USAGE, "%s has no phase '%s' to compare with; %s '%s'%s", run->dir,
	             label, nearest != NULL ? "did you mean" : "its first phase is",
	             nearest != NULL ? nearest : labels[0], nearest != NULL ? "?" : "");
	free(labels);
	return PR_USAGE;
}

static void copy_member(json_t *into, const char *key, const json_t *from, const char *from_key)
{
	json_t *value = json_object_get(from, from_key);

	pr_json_set(into, key, value == NULL ? json_null() : json_deep_copy(value));
}

json_t *pr_compare_run_json(const struct pr_run *run)
{
	json_t *object = json_object();

	pr_json_set(object, "path", pr_json_new_string(run->dir));
	pr_json_set(object, "created", pr_json_new_string(run->created));
	pr_json_set(object, "status", json_string(run->status));
	copy_member(object, "plan", run->plan, "name");
	pr_json_set(object, "blocks", json_integer((json_int_t)run->block_count));
	copy_member(object, "seed", run->json, "seed");
	copy_member(object, "pin", run->plan, "pin");
	if (json_array_size(run->missing) > 0)
		pr_json_set(object, "missing", json_deep_copy(run->missing));
	return object;
}

static json_t *phases_json(const struct pr_run *run)
{
	json_t *array = json_array();

	for (size_t i = 0; i < run->phase_count; i++)
		pr_json_append(array, json_string(run->phases[i].label));
	return array;
}

static json_t *workloads_json(const struct pr_run *run)
{
	json_t *array = json_array();

	for (size_t i = 0; i < run->workload_count; i++)
		pr_json_append(array, pr_json_new_string(run->workloads[i].label));
	return array;
}

/* Options that say nothing when they are as usual, and their names to be understood when not.  */
static bool is_usual(const char *key, const char *word)
{
	return (strcmp(key, "roles") == 0 && strcmp(word, "one") == 0) ||
	       (strcmp(key, "wait") == 0 && strcmp(word, "recv") == 0) ||
	       (strcmp(key, "reader") == 0 && strcmp(word, "fast") == 0);
}

static bool needs_name(const char *key)
{
	static const char *const keys[] = {"gaps", "spin", "roles", "reader", "wait", "pin"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(key, keys[i]) == 0)
			return true;
	return false;
}

/* "router-router, tcp, size 64, hwm 0, count 1,000".  */
static char *describe(const struct pr_run_workload *workload)
{
	struct pr_buf text;
	const char *key;
	json_t *value;

	pr_buf_init(&text);
	json_object_foreach((json_t *)workload->options, key, value)
	{
		if (json_is_string(value) && is_usual(key, json_string_value(value)))
			continue;
		pr_buf_puts(&text, text.size > 0 ? ", " : "");
		if (json_is_string(value))
			pr_buf_printf(&text, "%s%s%s", needs_name(key) ? key : "",
			              needs_name(key) ? " " : "", json_string_value(value));
		else if (json_is_number(value))
			pr_buf_printf(&text, "%s %s", key,
			              pr_numbers_count(json_number_value(value)).text);
		else
			pr_buf_puts(&text, key);
	}
	return text.text;
}

json_t *pr_compare_descriptions_json(const struct pr_run *run)
{
	json_t *object = json_object();

	for (size_t i = 0; i < run->workload_count; i++) {
		char *text = describe(&run->workloads[i]);

		pr_json_set(object, run->workloads[i].label, pr_json_new_string(text));
		free(text);
	}
	return object;
}

static json_t *take_text(char *text)
{
	json_t *value = pr_json_new_string(text);

	free(text);
	return value;
}

json_t *pr_compare_floor_json(const struct pr_floor *floor)
{
	json_t *json = json_object();

	pr_json_set(json, "executions", json_integer((json_int_t)pr_floor_executions(floor)));
	pr_json_set(json, "file", pr_json_new_string(pr_floor_path(floor)));
	pr_json_set(json, "text", take_text(pr_floor_source(floor)));
	return json;
}

/* The labels of two phases that are one engine, or null.  */
static json_t *same_engine_json(const struct pr_run *run)
{
	size_t first, second;

	if (!pr_floor_find_pair(run, &first, &second))
		return json_null();
	return json_pack("[ss]", run->phases[first].label, run->phases[second].label);
}

/* Takes array.  */
static void set_unless_empty(json_t *json, const char *key, json_t *array)
{
	if (json_array_size(array) > 0)
		pr_json_set(json, key, json_incref(array));
	json_decref(array);
}

/* Takes sentence.  */
static char *with_pins(char *sentence, const json_t *pins)
{
	char *more = pr_pins_sentence(pins), *both = pr_asprintf("%s%s", sentence, more);

	free(sentence);
	free(more);
	return both;
}

/* Takes value, which may be NULL.  */
static void set_unless_null(json_t *json, const char *key, json_t *value)
{
	if (value != NULL)
		pr_json_set(json, key, value);
}

static json_t *comparison_json(const struct pr_rows *rows, const struct pr_floor *floor)
{
	const struct pr_run *run = rows->run;
	json_t *json = json_object(), *curves = pr_curve_json(run), *builds;
	json_t *pins = pr_pins_json(rows), *knees = pr_knee_json(run);
	json_t *company = pr_company_json(run);

	pr_json_set(json, "format", json_string(PR_COMPARE_FORMAT));
	pr_json_set(json, "version", json_integer(PR_COMPARE_VERSION));
	pr_json_set(json, "paired", json_true());
	pr_json_set(json, "baseline", json_string(run->phases[rows->baseline].label));
	pr_json_set(json, "sentence", take_text(with_pins(pr_sentence_write(rows), pins)));
	pr_json_set(json, "exit_status", json_integer(pr_summary_status(rows)));
	pr_json_set(json, "delta", json_real(rows->delta));
	pr_json_set(json, "floor", pr_compare_floor_json(floor));
	pr_json_set(json, "same_engine", same_engine_json(run));
	pr_json_set(json, "run", pr_compare_run_json(run));
	pr_json_set(json, "phases", phases_json(run));
	pr_json_set(json, "workloads", workloads_json(run));
	pr_json_set(json, "workload_texts", pr_compare_descriptions_json(run));
	pr_json_set(json, "rows", pr_rows_json(rows));
	pr_json_set(json, "counted", pr_counted_json(run));
	pr_json_set(json, "as_reported", pr_counted_reported_json(run));
	pr_json_set(json, "as_reported_note",
	            take_text(pr_counted_reported_note(run, rows->baseline)));
	pr_json_set(json, "witnesses", pr_witness_json(run));
	pr_json_set(json, "not_exercised", pr_witness_not_exercised(run));
	pr_json_set(json, "against_engines", pr_against_json(rows));
	pr_json_set(json, "limit", pr_limit_json(rows));
	pr_json_set(json, "trials", pr_summary_trials(run));
	if (json_array_size(knees) > 0)
		pr_json_set(json, "knees", json_incref(knees));
	json_decref(knees);
	pr_json_set(json, "predecessors", pr_predecessor_json(run));
	set_unless_empty(json, "heads", pr_predecessor_heads_json(run));
	set_unless_empty(json, "control", pr_design_control_json(rows));
	set_unless_empty(json, "voids", pr_design_voids_json(run));
	set_unless_null(json, "probed", pr_probed_json(run));
	set_unless_null(json, "sites", pr_probed_sites_json(run));
	set_unless_null(json, "nameless",
	                pr_nameless_in_sites(run, json_object_get(json, "sites")));
	set_unless_null(json, "disturbance", pr_disturbance_json(run));
	set_unless_null(json, "doses", pr_dose_json(run));
	set_unless_null(json, "neighbours", pr_neighbours_json(&rows->neighbours));
	builds = pr_builds_json(run, rows->baseline);
	if (builds != NULL)
		pr_json_set(json, "builds", builds);
	if (company != NULL)
		pr_json_set(json, "company", company);
	set_unless_empty(json, "clients", pr_clients_json(run));
	if (pins != NULL)
		pr_json_set(json, "pins", pins);
	if (curves != NULL)
		pr_json_set(json, "curves", curves);
	return json;
}

json_t *pr_compare(const struct pr_run *run, const struct pr_compare_opts *opts,
                   struct pr_error *why)
{
	struct pr_rows_opts how = {.delta = opts->delta, .floor = opts->floor};
	struct pr_rows *rows;
	size_t baseline;
	json_t *json;

	if (pr_compare_find_baseline(run, opts->baseline, &baseline, why) != PR_OK)
		return NULL;
	rows = pr_rows_create(run, baseline, &how);
	json = comparison_json(rows, opts->floor);
	pr_rows_destroy(&rows);
	return json;
}

enum pr_err pr_compare_status(const json_t *comparison)
{
	return (enum pr_err)json_integer_value(json_object_get(comparison, "exit_status"));
}
