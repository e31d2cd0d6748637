/* SPDX-License-Identifier: MIT */
/* analyzers/history/db.c - which backend a place belongs to, and what both have in common.  */
#include "analyzers/history/db.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "core/base/json.h"
#include "core/base/opts.h"

static const struct pr_db_ops *const backends[] = {&pr_db_sqlite, &pr_db_postgresql, NULL};

/* ---- values ---------------------------------------------------------------------------------- */

struct pr_db_value pr_db_integer(int64_t value)
{
	return (struct pr_db_value){.kind = PR_DB_INTEGER, .integer = value};
}

struct pr_db_value pr_db_real(double value)
{
	return (struct pr_db_value){.kind = isnan(value) ? PR_DB_NULL : PR_DB_REAL, .real = value};
}

struct pr_db_value pr_db_text(const char *text)
{
	return (struct pr_db_value){.kind = text == NULL ? PR_DB_NULL : PR_DB_TEXT, .text = text};
}

struct pr_db_value pr_db_json(const json_t *value)
{
	if (json_is_string(value))
		return pr_db_text(json_string_value(value));
	if (json_is_integer(value))
		return pr_db_integer(json_integer_value(value));
	if (json_is_real(value))
		return pr_db_real(json_real_value(value));
	if (json_is_boolean(value))
		return pr_db_integer(json_is_true(value));
	return pr_db_text(NULL);
}

/* ---- rows ------------------------------------------------------------------------------------ */

static json_t *cell_json(const struct pr_db_row *row, int column)
{
	switch (row->ops->column_kind(row, column)) {
	case PR_DB_INTEGER:
		return json_integer(row->ops->column_integer(row, column));
	case PR_DB_REAL:
		return pr_json_new_real(row->ops->column_real(row, column));
	case PR_DB_TEXT:
		return pr_json_new_string(row->ops->column_text(row, column));
	case PR_DB_NULL:
		break;
	}
	return json_null();
}

json_t *pr_db_row_json(const struct pr_db_row *row)
{
	json_t *object = json_object();

	for (int i = 0; i < row->count; i++)
		pr_json_set(object, row->ops->column_name(row, i), cell_json(row, i));
	return object;
}

void pr_db_collect(void *arg, const struct pr_db_row *row)
{
	pr_json_append(arg, pr_db_row_json(row));
}

void pr_db_first(void *arg, const struct pr_db_row *row)
{
	*(int64_t *)arg = row->ops->column_integer(row, 0);
}

/* ---- the connection -------------------------------------------------------------------------- */

static bool has_scheme(const char *place, size_t size, const struct pr_db_ops *ops)
{
	for (size_t i = 0; ops->schemes[i] != NULL; i++)
		if (strlen(ops->schemes[i]) == size && strncmp(place, ops->schemes[i], size) == 0)
			return true;
	return false;
}

static enum pr_err choose(const char *place, const struct pr_db_ops **chosen, struct pr_error *why)
{
	const char *end = strstr(place, "://");

	if (place[0] == '\0')
		return pr_error_set(why, PR_USAGE,
		                    "the name of the store is empty; give a file or "
		                    "postgresql://HOST/DATABASE");
	for (size_t i = 0; backends[i] != NULL; i++) {
		const struct pr_db_ops *ops = backends[i];

		assert(ops->version == PR_DB_OPS_VERSION && ops->query != NULL);
		if (end == NULL ? ops->schemes[0] == NULL
		                : has_scheme(place, (size_t)(end - place), ops)) {
			*chosen = ops;
			return PR_OK;
		}
	}
	return pr_error_set(why, PR_USAGE,
	                    "no store is known by '%.*s://'; give a file, or "
	                    "postgresql://HOST/DATABASE",
	                    (int)(end - place), place);
}

enum pr_err pr_db_open(const char *place, enum pr_db_mode mode, int64_t wait_ns, struct pr_db *db,
                       struct pr_error *why)
{
	enum pr_err err;

	*db = (struct pr_db){0};
	err = choose(place, &db->ops, why);
	if (err == PR_OK)
		err = db->ops->open(place, mode, wait_ns, &db->state, why);
	return err;
}

void pr_db_close(struct pr_db *db)
{
	if (db->state != NULL)
		db->ops->close(db->state);
	db->state = NULL;
}

enum pr_err pr_db_script(struct pr_db *db, const char *sql, struct pr_error *why)
{
	return db->ops->script(db->state, sql, why);
}

enum pr_err pr_db_query(struct pr_db *db, const char *sql, const struct pr_db_value *values,
                        size_t count, pr_db_visit *visit, void *arg, struct pr_error *why)
{
	return db->ops->query(db->state, sql, values, count, visit, arg, why);
}

enum pr_err pr_db_end(struct pr_db *db, enum pr_err err, struct pr_error *why)
{
	if (err == PR_OK)
		err = pr_db_script(db, "COMMIT", why);
	/* Where that fails too, it goes with the connection.  */
	if (err != PR_OK)
		db->ops->script(db->state, "ROLLBACK", NULL);
	return err;
}
