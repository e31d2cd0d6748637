/* SPDX-License-Identifier: MIT */
/* analyzers/history/list.c - what `proctor history list` shows.  */
#include "analyzers/history/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/history/changes.h"
#include "analyzers/history/document.h"
#include "analyzers/numbers.h"
#include "analyzers/view.h"
#include "core/base/buf.h"
#include "core/base/escape.h"
#include "core/base/json.h"

const char *const pr_list_topics[] = {"runs", "cases", "coverage", "changes", "releases", NULL};
const char *const pr_list_formats[] = {"table", "json", "csv", NULL};

/* ---- the document ---------------------------------------------------------------------------- */

static json_t *cases_json(const struct pr_history_cases *cases)
{
	json_t *array = json_array();

	for (size_t i = 0; i < cases->count; i++) {
		json_t *object = pr_document_case(&cases->items[i]);
		char newest[32];

		pr_history_format_time(cases->items[i].newest, newest);
		pr_json_set(object, "points_count", json_integer(cases->items[i].points));
		pr_json_set(object, "newest", json_string(newest));
		pr_json_append(array, object);
	}
	return array;
}

static enum pr_err read_cases(struct pr_history *history, const struct pr_history_filter *filter,
                              json_t *document, struct pr_error *why)
{
	struct pr_history_filter counted = *filter;
	struct pr_history_cases cases;
	enum pr_err err;

	counted.count_points = true;
	err = pr_history_cases(history, &counted, &cases, why);

	if (err != PR_OK)
		return err;
	pr_json_set(document, "cases", cases_json(&cases));
	pr_history_cases_fini(&cases);
	return PR_OK;
}

static enum pr_err read_runs(struct pr_history *history, const struct pr_history_filter *filter,
                             json_t *document, struct pr_error *why)
{
	json_t *runs;
	enum pr_err err = pr_history_runs(history, filter, &runs, why);

	if (err != PR_OK)
		return err;
	pr_document_tell_times(runs);
	pr_json_set(document, "runs", runs);
	return PR_OK;
}

static enum pr_err find_newest(struct pr_history *history, const struct pr_history_filter *filter,
                               int64_t *run, struct pr_error *why)
{
	struct pr_history_filter one = *filter;
	json_t *runs;
	enum pr_err err;

	one.last = 1;
	err = pr_history_runs(history, &one, &runs, why);
	if (err == PR_OK && json_array_size(runs) == 0)
		err = pr_error_set(why, PR_VOID, "%s: no run of that kind is in it",
		                   pr_history_place(history));
	if (err == PR_OK)
		*run = json_integer_value(json_object_get(json_array_get(runs, 0), "id"));
	json_decref(runs);
	return err;
}

static enum pr_err read_coverage(struct pr_history *history, const struct pr_history_filter *filter,
                                 int64_t run, json_t *document, struct pr_error *why)
{
	json_t *coverage;
	enum pr_err err = PR_OK;

	if (run < 0)
		err = find_newest(history, filter, &run, why);
	if (err == PR_OK)
		err = pr_history_coverage(history, run, &coverage, why);
	if (err == PR_OK)
		pr_json_set(document, "coverage", coverage);
	return err;
}

static enum pr_err read_changes(struct pr_history *history, const struct pr_history_filter *filter,
                                json_t *document, struct pr_error *why)
{
	json_t *changes;
	enum pr_err err = pr_changes_find(history, filter, &changes, why);

	if (err == PR_OK)
		pr_json_set(document, "changes", changes);
	return err;
}

static enum pr_err read_releases(struct pr_history *history, json_t *document, struct pr_error *why)
{
	size_t i;
	json_t *releases, *one;
	enum pr_err err = pr_history_releases(history, &releases, why);

	if (err != PR_OK)
		return err;
	json_array_foreach(releases, i, one) pr_document_tell_time(one, "time");
	pr_json_set(document, "releases", releases);
	return PR_OK;
}

enum pr_err pr_list_document(struct pr_history *history, enum pr_list_topic topic,
                             const struct pr_history_filter *filter, int64_t run, json_t **document,
                             struct pr_error *why)
{
	enum pr_err err = pr_history_begin_read(history, why);

	*document = NULL;
	if (err != PR_OK)
		return err;
	*document = pr_document_create(history);
	if (topic == PR_LIST_RUNS)
		err = read_runs(history, filter, *document, why);
	else if (topic == PR_LIST_CASES)
		err = read_cases(history, filter, *document, why);
	else if (topic == PR_LIST_COVERAGE)
		err = read_coverage(history, filter, run, *document, why);
	else if (topic == PR_LIST_CHANGES)
		err = read_changes(history, filter, *document, why);
	else
		err = read_releases(history, *document, why);
	pr_history_end_read(history);
	if (err != PR_OK) {
		json_decref(*document);
		*document = NULL;
	}
	return err;
}

/* ---- columns --------------------------------------------------------------------------------- */

/* What a table shows; CSV has every member.  */
struct column {
	const char *key, *title;
	bool is_number;
};

static const struct column run_columns[] = {{"id", "RUN", true},
                                            {"time", "TIME", false},
                                            {"revision", "REVISION", false},
                                            {"branch", "BRANCH", false},
                                            {"machine", "MACHINE", false},
                                            {"baseline", "AGAINST", false},
                                            {"blocks", "BLOCKS", true},
                                            {"exit_status", "VERDICT", false},
                                            {0}};
static const struct column case_columns[] = {
        {"id", "CASE", true},           {"workload", "WORKLOAD", false},
        {"phase", "PHASE", false},      {"metric", "METRIC", false},
        {"baseline", "AGAINST", false}, {"machine", "MACHINE", false},
        {"branch", "BRANCH", false},    {"points_count", "POINTS", true},
        {"newest", "NEWEST", false},    {0}};
static const struct column coverage_columns[] = {
        {"probe", "PROBE", false},    {"workload", "WORKLOAD", false}, {"phase", "PHASE", false},
        {"ok", "OK", true},           {"void", "VOID", true},          {"failed", "FAILED", true},
        {"skipped", "SKIPPED", true}, {"reason", "REASON", false},     {0}};
static const struct column change_columns[] = {
        {"time", "SINCE", false},    {"case", "CASE", true},
        {"run", "RUN", true},        {"workload", "WORKLOAD", false},
        {"phase", "PHASE", false},   {"metric", "METRIC", false},
        {"before", "BEFORE", true},  {"after", "AFTER", true},
        {"better", "BETTER", false}, {"last_good", "LAST GOOD", false},
        {"first", "FIRST", false},   {"nights", "NIGHTS", true},
        {"state", "STATE", false},   {0}};
static const struct column release_columns[] = {{"time", "TIME", false},
                                                {"name", "RELEASE", false},
                                                {"revision", "REVISION", false},
                                                {"branch", "BRANCH", false},
                                                {0}};
static const struct column *const columns_of[] = {run_columns, case_columns, coverage_columns,
                                                  change_columns, release_columns};

static void add_value(struct pr_buf *out, const json_t *value)
{
	if (json_is_string(value))
		pr_buf_puts(out, json_string_value(value));
	else if (json_is_integer(value))
		pr_buf_printf(out, "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value))
		pr_buf_printf(out, "%.15g", json_real_value(value));
	else if (json_is_boolean(value))
		pr_buf_puts(out, json_is_true(value) ? "yes" : "no");
}

/* The exit status that the comparison stood for, as a word.  */
static const char *verdict_of(const json_t *status)
{
	static const char *const words[] = {"nothing worse", "WORSE", "", "inconclusive",
	                                    "nothing measured"};
	json_int_t number = json_integer_value(status);

	return json_is_integer(status) && number >= 0 && number <= 4 ? words[number] : "";
}

/* ---- printing -------------------------------------------------------------------------------- */

static void fill_table(struct pr_view_table *table, const json_t *rows,
                       const struct column *columns)
{
	struct pr_buf cell;
	size_t i;
	json_t *row;

	pr_buf_init(&cell);
	for (const struct column *c = columns; c->key != NULL; c++)
		pr_view_column(table, c->title, c->is_number);
	json_array_foreach((json_t *)rows, i, row)
	{
		for (const struct column *c = columns; c->key != NULL; c++) {
			const json_t *value = json_object_get(row, c->key);

			pr_buf_clear(&cell);
			if (strcmp(c->key, "exit_status") == 0)
				pr_buf_puts(&cell, verdict_of(value));
			else if (json_is_real(value))
				pr_buf_puts(&cell, pr_numbers_change(json_real_value(value)).text);
			else
				add_value(&cell, value);
			pr_view_cell(table, PR_VIEW_PLAIN, cell.text, NULL, NULL, NULL);
		}
	}
	pr_buf_fini(&cell);
}

static void print_table(const json_t *document, const json_t *rows, enum pr_list_topic topic)
{
	struct pr_view *view = pr_view_create();
	struct pr_view_table *table;

	if (json_array_size(rows) == 0) {
		pr_view_add(view, PR_VIEW_PARAGRAPH, "%s: nothing of that kind is in it.",
		            pr_json_text(document, "store"));
	} else {
		table = pr_view_add_table(view, "", 1);
		table->dense = true;
		fill_table(table, rows, columns_of[topic]);
		if (topic == PR_LIST_CHANGES)
			pr_view_add(
			        view, PR_VIEW_NOTE,
			        "Effects against the baseline. What is open is a candidate of a "
			        "screen: two series in five have one by chance within 60 "
			        "nights, so let `proctor history confirm` measure builds from "
			        "before and after side by side before you believe it.");
	}
	pr_view_print(view);
	pr_view_destroy(&view);
}

static void print_csv(const json_t *rows)
{
	struct pr_buf out, cell;
	size_t i;
	const char *key;
	json_t *row, *value;

	pr_buf_init(&out);
	pr_buf_init(&cell);
	json_object_foreach(json_array_get(rows, 0), key, value)
	        pr_buf_printf(&out, "%s%s", out.size > 0 ? "," : "", key);
	pr_buf_puts(&out, out.size > 0 ? "\n" : "");
	json_array_foreach((json_t *)rows, i, row)
	{
		const char *before = "";

		json_object_foreach(row, key, value)
		{
			pr_buf_puts(&out, before);
			pr_buf_clear(&cell);
			add_value(&cell, value);
			pr_escape_csv(&out, cell.text);
			before = ",";
		}
		pr_buf_puts(&out, "\n");
	}
	fputs(out.text, stdout);
	pr_buf_fini(&cell);
	pr_buf_fini(&out);
}

void pr_list_print(const json_t *document, enum pr_list_topic topic, enum pr_list_format format)
{
	const json_t *rows = json_object_get(document, pr_list_topics[topic]);

	if (format == PR_LIST_TABLE) {
		print_table(document, rows, topic);
	} else if (format == PR_LIST_CSV) {
		print_csv(rows);
	} else {
		pr_json_print(document);
	}
}
