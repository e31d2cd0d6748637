/* SPDX-License-Identifier: MIT */
/* analyzers/history/read.c - what a store holds: runs, cases, series.
 *
 * Patterns are matched here and not by the database: there are thousands of cases, not millions,
 * and fnmatch(3) means the same on every backend.  */
#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/history/history.h"
#include "analyzers/history/sql.h"
#include "analyzers/history/store.h"
#include "core/base/buf.h"
#include "core/base/json.h"

static bool matches(const char *pattern, const char *text)
{
	return pattern == NULL || fnmatch(pattern, text != NULL ? text : "", 0) == 0;
}

/* Room for one more item of an array that doubles.  */
static void *grow(void *items, size_t count, size_t size)
{
	if (count == 0 || (count & (count - 1)) != 0)
		return count == 0 ? pr_realloc(items, size) : items;
	return pr_realloc(items, 2 * count * size);
}

/* ---- texts ----------------------------------------------------------------------------------- */

/* The text of a column; the one before when it is the same again, as in a series most are.  */
static const char *keep(struct pr_history_texts *texts, const char *text, const char *before)
{
	if (text == NULL)
		return NULL;
	if (before != NULL && strcmp(text, before) == 0)
		return before;
	texts->items = grow(texts->items, texts->count, sizeof(*texts->items));
	texts->items[texts->count] = pr_strdup(text);
	return texts->items[texts->count++];
}

static void drop_texts(struct pr_history_texts *texts)
{
	for (size_t i = 0; i < texts->count; i++)
		free(texts->items[i]);
	free(texts->items);
}

/* ---- runs ------------------------------------------------------------------------------------ */

struct runs_visit {
	const struct pr_history_filter *filter;
	json_t *runs;
};

static void visit_run(void *arg, const struct pr_db_row *row)
{
	const struct runs_visit *visit = arg;
	const struct pr_history_filter *filter = visit->filter;
	json_t *run;

	if (filter->last != 0 && json_array_size(visit->runs) >= filter->last)
		return;
	run = pr_db_row_json(row);
	if (matches(filter->machine, pr_json_text(run, "machine")) &&
	    matches(filter->branch, pr_json_text(run, "branch")) &&
	    matches(filter->baseline, pr_json_text(run, "baseline")))
		pr_json_append(visit->runs, json_incref(run));
	json_decref(run);
}

enum pr_err pr_history_runs(struct pr_history *history, const struct pr_history_filter *filter,
                            json_t **runs, struct pr_error *why)
{
	struct runs_visit visit = {.filter = filter, .runs = json_array()};
	bool any = filter->machine == NULL && filter->branch == NULL && filter->baseline == NULL;
	struct pr_db_value most =
	        pr_db_integer(any && filter->last != 0 ? (int64_t)filter->last : INT64_MAX);
	enum pr_err err = pr_db_query(&history->db, PR_SQL_RUNS, &most, 1, visit_run, &visit, why);

	if (err != PR_OK) {
		json_decref(visit.runs);
		visit.runs = NULL;
	}
	*runs = visit.runs;
	return err;
}

/* The rows of a query with one number, as objects.  NULL on failure.  */
static enum pr_err collect(struct pr_history *history, const char *sql, int64_t number,
                           json_t **rows, struct pr_error *why)
{
	const struct pr_db_value value = pr_db_integer(number);
	json_t *array = json_array();
	enum pr_err err = pr_db_query(&history->db, sql, &value, 1, pr_db_collect, array, why);

	*rows = err == PR_OK ? json_incref(array) : NULL;
	json_decref(array);
	return err;
}

enum pr_err pr_history_run(struct pr_history *history, int64_t id, json_t **run,
                           struct pr_error *why)
{
	json_t *rows, *phases = NULL;
	enum pr_err err = collect(history, PR_SQL_RUN, id, &rows, why);

	*run = NULL;
	if (err == PR_OK && json_array_size(rows) == 0)
		err = pr_error_set(why, PR_USAGE,
		                   "%s has no run %lld; `proctor history list` shows them",
		                   history->place, (long long)id);
	if (err == PR_OK)
		err = collect(history, PR_SQL_PHASES, id, &phases, why);
	if (err == PR_OK) {
		*run = json_incref(json_array_get(rows, 0));
		pr_json_set(*run, "phases", phases);
	}
	json_decref(rows);
	return err;
}

enum pr_err pr_history_coverage(struct pr_history *history, int64_t run, json_t **coverage,
                                struct pr_error *why)
{
	return collect(history, PR_SQL_COVERAGE, run, coverage, why);
}

enum pr_err pr_history_latencies(struct pr_history *history, int64_t run, json_t **latencies,
                                 struct pr_error *why)
{
	return collect(history, PR_SQL_LATENCIES, run, latencies, why);
}

enum pr_err pr_history_marks(struct pr_history *history, int64_t case_id, json_t **marks,
                             struct pr_error *why)
{
	return collect(history, PR_SQL_MARKS, case_id, marks, why);
}

enum pr_err pr_history_confirmations(struct pr_history *history, int64_t case_id,
                                     json_t **confirmations, struct pr_error *why)
{
	return collect(history, PR_SQL_CONFIRMATIONS, case_id, confirmations, why);
}

enum pr_err pr_history_releases(struct pr_history *history, json_t **releases, struct pr_error *why)
{
	json_t *array = json_array();
	enum pr_err err =
	        pr_db_query(&history->db, PR_SQL_RELEASES, NULL, 0, pr_db_collect, array, why);

	*releases = err == PR_OK ? json_incref(array) : NULL;
	json_decref(array);
	return err;
}

/* ---- cases ----------------------------------------------------------------------------------- */

/* Columns of a case and of a point, in the order of sql.h.  */
enum {
	CASE_ID,
	CASE_MACHINE,
	CASE_BRANCH,
	CASE_BASELINE,
	CASE_WORKLOAD,
	CASE_WORK,
	CASE_PHASE,
	CASE_METRIC,
	CASE_UNIT,
	CASE_DIRECTION,
	CASE_POINTS,
	CASE_NEWEST,
	CASE_COLUMNS
};

struct cases_visit {
	const struct pr_history_filter *filter;
	struct pr_history_cases *cases;
	struct pr_history_series *points; /* NULL: cases alone */
};

static bool is_asked(const struct pr_history_filter *filter, const struct pr_db_row *row)
{
	const struct {
		const char *pattern;
		int column;
	} parts[] = {
	        {filter->machine, CASE_MACHINE},   {filter->branch, CASE_BRANCH},
	        {filter->baseline, CASE_BASELINE}, {filter->workload, CASE_WORKLOAD},
	        {filter->phase, CASE_PHASE},       {filter->metric, CASE_METRIC},
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!matches(parts[i].pattern, row->ops->column_text(row, parts[i].column)))
			return false;
	return true;
}

static void read_case(const struct pr_db_row *row, struct pr_history_cases *cases)
{
	const struct pr_db_ops *ops = row->ops;
	struct pr_history_texts *texts = &cases->texts;
	struct pr_history_case *at;

	cases->items = grow(cases->items, cases->count, sizeof(*cases->items));
	at = &cases->items[cases->count];
	*at = (struct pr_history_case){
	        .id = ops->column_integer(row, CASE_ID),
	        .points = ops->column_integer(row, CASE_POINTS),
	        .newest = ops->column_integer(row, CASE_NEWEST),
	};
	at->machine = keep(texts, ops->column_text(row, CASE_MACHINE), NULL);
	at->branch = keep(texts, ops->column_text(row, CASE_BRANCH), NULL);
	at->baseline = keep(texts, ops->column_text(row, CASE_BASELINE), NULL);
	at->workload = keep(texts, ops->column_text(row, CASE_WORKLOAD), NULL);
	at->work = keep(texts, ops->column_text(row, CASE_WORK), NULL);
	at->phase = keep(texts, ops->column_text(row, CASE_PHASE), NULL);
	at->metric = keep(texts, ops->column_text(row, CASE_METRIC), NULL);
	at->unit = keep(texts, ops->column_text(row, CASE_UNIT), NULL);
	at->higher_is_better = strcmp(ops->column_text(row, CASE_DIRECTION), "higher") == 0;
	cases->count++;
}

static void read_point(const struct pr_db_row *row, int first, struct pr_history_series *series)
{
	const struct pr_db_ops *ops = row->ops;
	struct pr_history_point none = {0}, *at;
	const struct pr_history_point *before =
	        series->count > 0 ? &series->items[series->count - 1] : &none;
	struct pr_history_texts *texts = &series->texts;
	double *const reals[] = {&none.value,      &none.lo,        &none.hi,      NULL,
	                         &none.base_value, &none.base_lo,   &none.base_hi, &none.effect,
	                         &none.effect_lo,  &none.effect_hi, &none.p,       &none.mde,
	                         &none.floor};
	const int reals_first = first + 2, rest = reals_first + 13;

	for (int i = 0; i < 13; i++)
		if (reals[i] != NULL)
			*reals[i] = ops->column_real(row, reals_first + i);
	none.run = ops->column_integer(row, first);
	none.time = ops->column_integer(row, first + 1);
	none.n = ops->column_integer(row, reals_first + 3);
	none.gating = ops->column_integer(row, rest) != 0;
	none.verdict = keep(texts, ops->column_text(row, rest + 1), before->verdict);
	none.revision = keep(texts, ops->column_text(row, rest + 2), before->revision);
	none.reference = keep(texts, ops->column_text(row, rest + 3), before->reference);
	none.host = keep(texts, ops->column_text(row, rest + 4), before->host);
	series->items = grow(series->items, series->count, sizeof(*series->items));
	at = &series->items[series->count++];
	*at = none;
}

static void visit_case(void *arg, const struct pr_db_row *row)
{
	const struct cases_visit *visit = arg;

	if (!is_asked(visit->filter, row))
		return;
	read_case(row, visit->cases);
	if (visit->points != NULL)
		read_point(row, CASE_COLUMNS, visit->points);
}

enum pr_err pr_history_cases(struct pr_history *history, const struct pr_history_filter *filter,
                             struct pr_history_cases *cases, struct pr_error *why)
{
	struct cases_visit visit = {.filter = filter, .cases = cases};
	enum pr_err err;

	*cases = (struct pr_history_cases){0};
	err = pr_db_query(&history->db, filter->count_points ? PR_SQL_CASES_COUNT : PR_SQL_CASES,
	                  NULL, 0, visit_case, &visit, why);
	if (err != PR_OK)
		pr_history_cases_fini(cases);
	return err;
}

void pr_history_cases_fini(struct pr_history_cases *cases)
{
	drop_texts(&cases->texts);
	free(cases->items);
	*cases = (struct pr_history_cases){0};
}

/* ---- series ---------------------------------------------------------------------------------- */

static void visit_point(void *arg, const struct pr_db_row *row)
{
	read_point(row, 0, arg);
}

static void reverse(struct pr_history_series *series)
{
	for (size_t i = 0, j = series->count; i + 1 < j; i++, j--) {
		struct pr_history_point kept = series->items[i];

		series->items[i] = series->items[j - 1];
		series->items[j - 1] = kept;
	}
}

enum pr_err pr_history_series(struct pr_history *history, int64_t case_id, int64_t since,
                              size_t last, struct pr_history_series *series, struct pr_error *why)
{
	const struct pr_db_value values[] = {pr_db_integer(case_id), pr_db_integer(since),
	                                     pr_db_integer(last != 0 ? (int64_t)last : INT64_MAX)};
	enum pr_err err;

	*series = (struct pr_history_series){0};
	err = pr_db_query(&history->db, PR_SQL_SERIES, values, 3, visit_point, series, why);
	if (err != PR_OK)
		pr_history_series_fini(series);
	reverse(series);
	return err;
}

void pr_history_series_fini(struct pr_history_series *series)
{
	drop_texts(&series->texts);
	free(series->items);
	*series = (struct pr_history_series){0};
}

enum pr_err pr_history_points_of(struct pr_history *history, const json_t *run,
                                 const struct pr_history_filter *filter,
                                 struct pr_history_cases *cases, struct pr_history_series *points,
                                 struct pr_error *why)
{
	const struct pr_db_value value = pr_db_json(json_object_get(run, "id"));
	struct cases_visit visit = {.filter = filter, .cases = cases, .points = points};
	enum pr_err err;

	*cases = (struct pr_history_cases){0};
	*points = (struct pr_history_series){0};
	err = pr_db_query(&history->db, PR_SQL_POINTS_OF, &value, 1, visit_case, &visit, why);
	if (err != PR_OK) {
		pr_history_cases_fini(cases);
		pr_history_series_fini(points);
	}
	return err;
}

/* ---- moments --------------------------------------------------------------------------------- */

enum pr_err pr_history_begin_read(struct pr_history *history, struct pr_error *why)
{
	return pr_db_script(&history->db, history->db.ops->begin_read, why);
}

void pr_history_end_read(struct pr_history *history)
{
	history->db.ops->script(history->db.state, "ROLLBACK", NULL);
}
