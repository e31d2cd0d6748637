/* SPDX-License-Identifier: MIT */
/* analyzers/history/export.c - the table of formats, and what they are given.  */
#include "analyzers/history/export.h"

#include <assert.h>
#include <string.h>

#include "core/base/json.h"

static const struct pr_export_ops *const formats[] = {
        &pr_export_json,        &pr_export_csv,    &pr_export_otava_csv,
        &pr_export_bmf,         &pr_export_github, &pr_export_go,
        &pr_export_openmetrics, &pr_export_junit,  &pr_export_hgrm};

#define FORMAT_COUNT (sizeof(formats) / sizeof(formats[0]))

const char *const pr_export_formats[] = {"json", "csv",         "otava-csv", "bmf",  "github",
                                         "go",   "openmetrics", "junit",     "hgrm", NULL};

void pr_export_put(const struct pr_export *export, struct pr_buf *text)
{
	fputs(text->text, export->out);
	pr_buf_clear(text);
}

/* The newest run of which the filter leaves a point.  */
static enum pr_err find_run(struct pr_export *export, int64_t *id, struct pr_error *why)
{
	struct pr_history_filter one = *export->filter;
	json_t *runs;
	enum pr_err err;

	*id = export->run_id;
	if (*id >= 0)
		return PR_OK;
	one.last = 1;
	err = pr_history_runs(export->history, &one, &runs, why);
	if (err == PR_OK && json_array_size(runs) == 0)
		err = pr_error_set(why, PR_VOID, "%s: no run of that kind is in it",
		                   pr_history_place(export->history));
	if (err == PR_OK)
		*id = json_integer_value(json_object_get(json_array_get(runs, 0), "id"));
	json_decref(runs);
	return err;
}

static enum pr_err read_input(struct pr_export *export, enum pr_export_scope scope,
                              struct pr_error *why)
{
	int64_t id;
	enum pr_err err;

	if (scope == PR_EXPORT_SERIES)
		return pr_history_cases(export->history, export->filter, &export->cases, why);
	err = find_run(export, &id, why);
	if (err == PR_OK)
		err = pr_history_run(export->history, id, &export->run, why);
	if (err == PR_OK)
		err = pr_history_points_of(export->history, export->run, export->filter,
		                           &export->cases, &export->points, why);
	return err;
}

/* Leaves out the metrics of the other direction.  */
static void keep_direction(struct pr_export *export)
{
	struct pr_history_cases *cases = &export->cases;
	struct pr_history_series *points = &export->points;
	size_t kept = 0;

	for (size_t i = 0; i < cases->count; i++) {
		if (export->direction != PR_EXPORT_BOTH &&
		    cases->items[i].higher_is_better != (export->direction == PR_EXPORT_HIGHER))
			continue;
		cases->items[kept] = cases->items[i];
		if (export->run != NULL)
			points->items[kept] = points->items[i];
		kept++;
	}
	cases->count = kept;
	points->count = export->run != NULL ? kept : 0;
}

enum pr_err pr_export_write(struct pr_export *export, int format, struct pr_error *why)
{
	const struct pr_export_ops *ops = formats[format];
	enum pr_err err;

	assert((size_t)format < FORMAT_COUNT && ops->version == PR_EXPORT_OPS_VERSION &&
	       strcmp(ops->name, pr_export_formats[format]) == 0);
	export->cases = (struct pr_history_cases){0};
	export->points = (struct pr_history_series){0};
	export->run = NULL;
	err = pr_history_begin_read(export->history, why);
	if (err != PR_OK)
		return err;
	err = read_input(export, ops->scope, why);
	if (err == PR_OK)
		keep_direction(export);
	if (err == PR_OK && export->cases.count == 0 && !ops->needs_no_case)
		err = pr_error_set(why, PR_VOID,
		                   "%s: nothing of that kind is in it; `proctor history list "
		                   "cases` shows what there is",
		                   pr_history_place(export->history));
	if (err == PR_OK)
		err = ops->write(export, why);
	pr_history_end_read(export->history);
	pr_history_cases_fini(&export->cases);
	pr_history_series_fini(&export->points);
	json_decref(export->run);
	return err;
}
