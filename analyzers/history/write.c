/* SPDX-License-Identifier: MIT */
/* analyzers/history/write.c - an entry goes into the store, in one transaction; runs go out.
 *
 * An entry is JSON whose members are named as the columns, so a table of names is all that a
 * statement needs.  */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analyzers/history/history.h"
#include "analyzers/history/sql.h"
#include "analyzers/history/store.h"
#include "core/base/buf.h"
#include "core/base/json.h"

#define VALUES_MOST 32

static const char *const run_columns[] = {
        "key",       "kind",        "time",     "added",   "source", "plan", "baseline",
        "reference", "revision",    "branch",   "machine", "host",   "tool", "status",
        "missing",   "exit_status", "sentence", "blocks",  NULL};
static const char *const phase_columns[] = {"label",  "engine",   "options", "version",
                                            "sha256", "build_id", NULL};
static const char *const coverage_columns[] = {"probe",  "workload", "phase",  "ok", "void",
                                               "failed", "skipped",  "reason", NULL};
static const char *const latency_columns[] = {"workload", "phase", "quantity", "count",
                                              "min",      "max",   "buckets",  NULL};
/* Of a case that the entry says, and that the point says.  */
static const char *const place_columns[] = {"machine", "branch", "baseline", NULL};
static const char *const case_columns[] = {"workload", "work", "phase", "metric", "unit", NULL};
static const char *const point_columns[] = {
        "value",     "lo",        "hi", "n",   "base_value", "base_lo", "base_hi", "effect",
        "effect_lo", "effect_hi", "p",  "mde", "floor",      "gating",  "verdict", NULL};

static const char *const confirmation_columns[] = {"time",      "result",  "nights", "folder",
                                                   "blocks",    "verdict", "effect", "effect_lo",
                                                   "effect_hi", "p",       "mde",    NULL};

struct values {
	struct pr_db_value items[VALUES_MOST];
	size_t count;
};

static void push(struct values *values, struct pr_db_value value)
{
	values->items[values->count++] = value;
}

static void push_members(struct values *values, const json_t *object, const char *const *names)
{
	for (; *names != NULL; names++)
		push(values, pr_db_json(json_object_get(object, *names)));
}

/* ---- adding ---------------------------------------------------------------------------------- */

/* The number that find gives for the first values; else what add makes of all.  Numbers that would
 * be used up by an attempt are seen by people.  */
static enum pr_err find_or_add(struct pr_db *db, const char *find, size_t find_count,
                               const char *add, const struct values *values, bool *added,
                               int64_t *id, struct pr_error *why)
{
	enum pr_err err;

	*id = -1;
	err = pr_db_query(db, find, values->items, find_count, pr_db_first, id, why);
	*added = err == PR_OK && *id < 0;
	if (*added)
		err = pr_db_query(db, add, values->items, values->count, pr_db_first, id, why);
	return err;
}

/* The rows of one array of the entry, each under the number of the run.  */
static enum pr_err add_rows(struct pr_db *db, const json_t *rows, int64_t run, const char *sql,
                            const char *const *columns, struct pr_error *why)
{
	enum pr_err err = PR_OK;

	for (size_t i = 0; i < json_array_size(rows) && err == PR_OK; i++) {
		struct values values = {.count = 0};

		push(&values, pr_db_integer(run));
		push_members(&values, json_array_get(rows, i), columns);
		err = pr_db_query(db, sql, values.items, values.count, NULL, NULL, why);
	}
	return err;
}

static enum pr_err add_point(struct pr_db *db, const json_t *entry, const json_t *point,
                             int64_t run, struct pr_error *why)
{
	struct values which = {.count = 0}, values = {.count = 0};
	size_t find_count;
	int64_t id;
	bool added;
	enum pr_err err;

	push_members(&which, entry, place_columns);
	push_members(&which, point, case_columns);
	find_count = which.count;
	push(&which, pr_db_json(json_object_get(point, "direction")));
	err = find_or_add(db, PR_SQL_FIND_CASE, find_count, PR_SQL_ADD_CASE, &which, &added, &id,
	                  why);
	push(&values, pr_db_integer(id));
	push(&values, pr_db_json(json_object_get(entry, "time")));
	push(&values, pr_db_integer(run));
	push_members(&values, point, point_columns);
	if (err == PR_OK)
		err = pr_db_query(db, PR_SQL_ADD_POINT, values.items, values.count, NULL, NULL,
		                  why);
	return err;
}

static enum pr_err add_parts(struct pr_db *db, const json_t *entry, int64_t run,
                             struct pr_error *why)
{
	const json_t *points = json_object_get(entry, "points");
	enum pr_err err;

	err = add_rows(db, json_object_get(entry, "phases"), run, PR_SQL_ADD_PHASE, phase_columns,
	               why);
	if (err == PR_OK)
		err = add_rows(db, json_object_get(entry, "coverage"), run, PR_SQL_ADD_COVERAGE,
		               coverage_columns, why);
	if (err == PR_OK)
		err = add_rows(db, json_object_get(entry, "latencies"), run, PR_SQL_ADD_LATENCY,
		               latency_columns, why);
	for (size_t i = 0; i < json_array_size(points) && err == PR_OK; i++)
		err = add_point(db, entry, json_array_get(points, i), run, why);
	return err;
}

enum pr_err pr_history_add(struct pr_history *history, const json_t *entry, bool *added,
                           int64_t *id, struct pr_error *why)
{
	struct pr_db *db = &history->db;
	struct values values = {.count = 0};
	enum pr_err err = pr_db_script(db, db->ops->begin_write, why);

	*added = false;
	*id = -1;
	if (err != PR_OK)
		return err;
	push_members(&values, entry, run_columns);
	err = find_or_add(db, PR_SQL_FIND_RUN, 1, PR_SQL_ADD_RUN, &values, added, id, why);
	if (err == PR_OK && *added)
		err = add_parts(db, entry, *id, why);
	err = pr_db_end(db, err, why);
	if (err != PR_OK)
		*added = false;
	return err;
}

/* ---- the reference ----------------------------------------------------------------------------
 */

struct before {
	int64_t id;
	char *reference;
};

static void visit_before(void *arg, const struct pr_db_row *row)
{
	struct before *before = arg;
	const char *reference = row->ops->column_text(row, 1);

	before->id = row->ops->column_integer(row, 0);
	before->reference = reference != NULL ? pr_strdup(reference) : NULL;
}

enum pr_err pr_history_check_reference(struct pr_history *history, const json_t *entry, int64_t id,
                                       char **sentence, struct pr_error *why)
{
	const char *reference = pr_json_text(entry, "reference");
	struct before before = {0};
	struct values values = {.count = 0};
	enum pr_err err;

	*sentence = NULL;
	push_members(&values, entry, place_columns);
	push(&values, pr_db_json(json_object_get(entry, "time")));
	push(&values, pr_db_integer(id));
	err = pr_db_query(&history->db, PR_SQL_FIND_BEFORE, values.items, values.count,
	                  visit_before, &before, why);
	if (err == PR_OK && reference != NULL && before.reference != NULL &&
	    strcmp(reference, before.reference) != 0)
		*sentence =
		        pr_asprintf("the baseline %s is '%s', and was '%s' in run %lld: effects "
		                    "before and from here on are not against one reference",
		                    pr_json_text(entry, "baseline"), reference, before.reference,
		                    (long long)before.id);
	free(before.reference);
	return err;
}

/* ---- marks ----------------------------------------------------------------------------------- */

const char *const pr_history_states[] = {"open", "confirmed", "rejected", "intended", NULL};

/* A statement about the change of a case that begins with a run, when there is such a point.  */
static enum pr_err say_of_change(struct pr_history *history, int64_t case_id, int64_t run,
                                 const char *sql, const struct values *values, struct pr_error *why)
{
	const struct pr_db_value point[] = {pr_db_integer(run), pr_db_integer(case_id)};
	struct pr_db *db = &history->db;
	int64_t count = 0;
	enum pr_err err = pr_db_script(db, db->ops->begin_write, why);

	if (err != PR_OK)
		return err;
	err = pr_db_query(db, PR_SQL_HAS_POINT, point, 2, pr_db_first, &count, why);
	if (err == PR_OK && count == 0)
		err = pr_error_set(why, PR_USAGE,
		                   "%s: case %lld has no point of run %lld; `proctor history list "
		                   "changes` shows both numbers",
		                   history->place, (long long)case_id, (long long)run);
	if (err == PR_OK)
		err = pr_db_query(db, sql, values->items, values->count, NULL, NULL, why);
	return pr_db_end(db, err, why);
}

enum pr_err pr_history_mark(struct pr_history *history, int64_t case_id, int64_t run,
                            const char *state, const char *note, struct pr_error *why)
{
	const struct values mark = {{pr_db_integer(case_id), pr_db_integer(run), pr_db_text(state),
	                             pr_db_text(note), pr_db_integer((int64_t)time(NULL))},
	                            5};

	return say_of_change(history, case_id, run, PR_SQL_SET_MARK, &mark, why);
}

enum pr_err pr_history_confirm(struct pr_history *history, int64_t case_id, int64_t run,
                               const json_t *confirmation, struct pr_error *why)
{
	struct values values = {{pr_db_integer(case_id), pr_db_integer(run)}, 2};

	push_members(&values, confirmation, confirmation_columns);
	return say_of_change(history, case_id, run, PR_SQL_SET_CONFIRMATION, &values, why);
}

/* ---- releases -------------------------------------------------------------------------------- */

enum pr_err pr_history_release(struct pr_history *history, const char *name, const char *branch,
                               const char *revision, int64_t time, struct pr_error *why)
{
	const struct pr_db_value values[] = {pr_db_text(name), pr_db_text(branch),
	                                     pr_db_text(revision), pr_db_integer(time)};
	struct pr_db *db = &history->db;
	enum pr_err err = pr_db_script(db, db->ops->begin_write, why);

	if (err != PR_OK)
		return err;
	err = pr_db_query(db, PR_SQL_SET_RELEASE, values, 4, NULL, NULL, why);
	return pr_db_end(db, err, why);
}

/* ---- removing -------------------------------------------------------------------------------- */

enum pr_err pr_history_prune(struct pr_history *history, int64_t before, int64_t run, bool dry_run,
                             int64_t *count, struct pr_error *why)
{
	const struct pr_db_value value = pr_db_integer(run >= 0 ? run : before);
	struct pr_db *db = &history->db;
	enum pr_err err = pr_db_script(db, db->ops->begin_write, why);

	*count = 0;
	if (err != PR_OK)
		return err;
	err = pr_db_query(db, run >= 0 ? PR_SQL_COUNT_RUN : PR_SQL_COUNT_OLD, &value, 1,
	                  pr_db_first, count, why);
	if (err == PR_OK && !dry_run && *count > 0)
		err = pr_db_query(db, run >= 0 ? PR_SQL_REMOVE_RUN : PR_SQL_REMOVE_OLD, &value, 1,
		                  NULL, NULL, why);
	if (err == PR_OK && !dry_run && *count > 0)
		err = pr_db_script(db, PR_SQL_REMOVE_BARE, why);
	return pr_db_end(db, err, why);
}
