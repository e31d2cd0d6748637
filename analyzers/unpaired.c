/* SPDX-License-Identifier: MIT */
/* analyzers/unpaired.c - two run directories become a comparison.  */
#include "analyzers/unpaired.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/host.h"
#include "analyzers/numbers.h"
#include "analyzers/rows.h"
#include "analyzers/summary.h"
#include "core/base/buf.h"
#include "core/base/json.h"

/* ---- counterparts ---------------------------------------------------------------------------- */

static enum pr_err match_phases(const struct pr_run *first, const struct pr_run *second,
                                const char *baseline, size_t *phases, struct pr_error *why)
{
	size_t found = 0, fixed = 0;
	enum pr_err err = PR_OK;

	if (baseline != NULL)
		err = pr_compare_find_baseline(first, baseline, &fixed, why);
	for (size_t p = 0; p < second->phase_count && err == PR_OK; p++) {
		phases[p] = baseline != NULL ? fixed
		                             : pr_run_find_phase(first, second->phases[p].label);
		found += phases[p] != PR_RUN_NONE;
	}
	if (err == PR_OK && found == 0)
		err = pr_error_set(why, PR_USAGE,
		                   "%s has no phase with a label of %s; give the phase of the "
		                   "latter to compare with, as in --baseline %s",
		                   second->dir, first->dir, first->phases[0].label);
	return err;
}

static bool same_work(const struct pr_run_workload *one, const struct pr_run_workload *two)
{
	return strcmp(one->name, two->name) == 0 &&
	       (one->options == two->options ||
	        json_equal((json_t *)one->options, (json_t *)two->options));
}

static enum pr_err match_workloads(const struct pr_run *first, const struct pr_run *second,
                                   size_t *workloads, struct pr_error *why)
{
	size_t found = 0;

	for (size_t w = 0; w < second->workload_count; w++) {
		size_t other = pr_run_find_workload(first, second->workloads[w].label);

		if (other != PR_RUN_NONE &&
		    !same_work(&first->workloads[other], &second->workloads[w]))
			other = PR_RUN_NONE;
		workloads[w] = other;
		found += other != PR_RUN_NONE;
	}
	if (found == 0)
		return pr_error_set(why, PR_USAGE,
		                    "%s and %s have no workload with the same label and options, "
		                    "so there is nothing to compare",
		                    first->dir, second->dir);
	return PR_OK;
}

/* ---- differences of the surroundings ----------------------------------------------------------
 */

static enum pr_err check_hosts(const struct pr_run *first, const struct pr_run *second,
                               const json_t *differences, struct pr_error *why)
{
	struct pr_buf text;
	enum pr_err err;
	size_t i;
	json_t *entry;

	if (!pr_host_differs(differences))
		return PR_OK;
	pr_buf_init(&text);
	json_array_foreach((json_t *)differences, i, entry)
	{
		if (json_is_true(json_object_get(entry, "host")))
			pr_buf_printf(&text, "%s%s: %.60s / %.60s", text.size > 0 ? "; " : "",
			              pr_json_text_or(entry, "what", "not known"),
			              pr_json_text_or(entry, "first", "not known"),
			              pr_json_text_or(entry, "second", "not known"));
	}
	err = pr_error_set(why, PR_USAGE,
	                   "%s and %s were not made on the same host (%.500s): what differs may "
	                   "be the hosts; --force compares them all the same",
	                   first->dir, second->dir, text.text);
	pr_buf_fini(&text);
	return err;
}

/* ---- the sentence ---------------------------------------------------------------------------- */

static void add_row(struct pr_buf *text, const struct pr_rows *rows, const struct pr_row *row,
                    const char *separator)
{
	const struct pr_difference *d = &row->difference;
	char *words = pr_verdict_short(d, row->verdict);

	pr_buf_printf(text, "%s%s in %s", separator, rows->run->phases[row->phase].label,
	              rows->run->workloads[row->workload].label);
	if (!isnan(d->effect))
		pr_buf_printf(text, " %s", pr_numbers_effect(d->effect, d->lo, d->hi).text);
	pr_buf_printf(text, ", %s", words);
	free(words);
}

static char *write_sentence(const struct pr_rows *rows)
{
	const char *separator = ": ";
	struct pr_buf text;

	pr_buf_init(&text);
	pr_buf_printf(&text, "Unpaired: machine drift not removed. Throughput of %s against %s",
	              rows->run->dir, rows->base_run->dir);
	for (size_t i = 0; i < rows->count; i++) {
		const struct pr_row *row = &rows->items[i];

		if (!row->gating || strcmp(row->metric->name, "throughput") != 0)
			continue;
		add_row(&text, rows, row, separator);
		separator = "; ";
	}
	pr_buf_puts(&text, strcmp(separator, ": ") == 0 ? " was not measured." : ".");
	separator = " Also worse: ";
	for (size_t i = 0; i < rows->count; i++) {
		const struct pr_row *row = &rows->items[i];

		if (!row->gating || row->verdict != PR_VERDICT_REGRESSED ||
		    strcmp(row->metric->name, "throughput") == 0)
			continue;
		pr_buf_printf(&text, "%s%s of ", separator, row->metric->name);
		add_row(&text, rows, row, "");
		separator = "; ";
	}
	pr_buf_puts(&text, strcmp(separator, "; ") == 0 ? "." : "");
	return text.text;
}

/* ---- the document ---------------------------------------------------------------------------- */

static json_t *phases_json(const struct pr_run *run, const size_t *phases)
{
	json_t *array = json_array();

	for (size_t p = 0; p < run->phase_count; p++)
		if (phases[p] != PR_RUN_NONE)
			pr_json_append(array, json_string(run->phases[p].label));
	return array;
}

static json_t *base_labels_json(const struct pr_run *first, const struct pr_run *second,
                                const size_t *phases)
{
	json_t *object = json_object();

	for (size_t p = 0; p < second->phase_count; p++)
		if (phases[p] != PR_RUN_NONE)
			pr_json_set(object, second->phases[p].label,
			            json_string(first->phases[phases[p]].label));
	return object;
}

static json_t *workloads_json(const struct pr_run *run, const size_t *workloads)
{
	json_t *array = json_array();

	for (size_t w = 0; w < run->workload_count; w++)
		if (workloads[w] != PR_RUN_NONE)
			pr_json_append(array, pr_json_new_string(run->workloads[w].label));
	return array;
}

/* What needs phases side by side.  */
static void set_empty(json_t *json)
{
	static const char *const arrays[] = {"counted",         "as_reported", "witnesses",
	                                     "not_exercised",   "limit",       "trials",
	                                     "against_engines", "predecessors"};

	for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++)
		pr_json_set(json, arrays[i], json_array());
	pr_json_set(json, "as_reported_note", json_null());
}

static json_t *floor_json(const struct pr_floor *floor)
{
	json_t *json = pr_compare_floor_json(floor);

	if (floor == NULL)
		pr_json_set(json, "text",
		            pr_json_take_string(pr_asprintf(
		                    "the floor is taken as %s: A/A executions are paired, and say "
		                    "nothing about how runs of different times differ",
		                    pr_numbers_percent(PR_FLOOR_DEFAULT).text)));
	return json;
}

static json_t *document(const struct pr_rows *rows, const struct pr_rows_match *match,
                        const struct pr_compare_opts *opts, json_t *differences)
{
	const struct pr_run *first = rows->base_run, *second = rows->run;
	json_t *json = json_object();

	pr_json_set(json, "format", json_string(PR_COMPARE_FORMAT));
	pr_json_set(json, "version", json_integer(PR_COMPARE_VERSION));
	pr_json_set(json, "paired", json_false());
	pr_json_set(json, "label", json_string(PR_UNPAIRED_LABEL));
	pr_json_set(json, "baseline",
	            pr_json_new_string(opts->baseline != NULL ? opts->baseline : first->dir));
	pr_json_set(json, "sentence", pr_json_take_string(write_sentence(rows)));
	pr_json_set(json, "exit_status", json_integer(pr_summary_status(rows)));
	pr_json_set(json, "delta", json_real(rows->delta));
	pr_json_set(json, "floor", floor_json(opts->floor));
	pr_json_set(json, "run", pr_compare_run_json(second));
	pr_json_set(json, "base_run", pr_compare_run_json(first));
	pr_json_set(json, "base_labels", base_labels_json(first, second, match->phases));
	pr_json_set(json, "differences", json_incref(differences));
	pr_json_set(json, "phases", phases_json(second, match->phases));
	pr_json_set(json, "workloads", workloads_json(second, match->workloads));
	pr_json_set(json, "workload_texts", pr_compare_descriptions_json(second));
	pr_json_set(json, "rows", pr_rows_json(rows));
	set_empty(json);
	return json;
}

enum pr_err pr_unpaired(const struct pr_run *first, const struct pr_run *second,
                        const struct pr_compare_opts *opts, bool force, json_t **comparison,
                        struct pr_error *why)
{
	struct pr_rows_opts how = {.delta = opts->delta, .floor = opts->floor};
	size_t *phases = pr_alloc((second->phase_count + 1) * sizeof(size_t));
	size_t *workloads = pr_alloc((second->workload_count + 1) * sizeof(size_t));
	struct pr_rows_match match = {phases, workloads};
	json_t *differences = pr_host_differences(first, second);
	enum pr_err err = match_phases(first, second, opts->baseline, phases, why);
	struct pr_rows *rows;

	*comparison = NULL;
	if (err == PR_OK)
		err = match_workloads(first, second, workloads, why);
	if (err == PR_OK && !force)
		err = check_hosts(first, second, differences, why);
	if (err == PR_OK) {
		rows = pr_rows_create_unpaired(first, second, &match, &how);
		*comparison = document(rows, &match, opts, differences);
		pr_rows_destroy(&rows);
	}
	json_decref(differences);
	free(phases);
	free(workloads);
	return err;
}
