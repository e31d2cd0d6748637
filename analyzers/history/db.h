/* SPDX-License-Identifier: MIT */
/* analyzers/history/db.h - a database, seen from the history: one contract, two backends.
 *
 * To add a backend: a file db_NAME.c with a struct pr_db_ops, a line in db.c.  The suite of
 * history_test.py runs on every backend.
 *
 * A connection belongs to one thread.  Everything may wait for other programs that write, up to the
 * time given to open, and then fails; sentences name the database (without a password) and end in
 * what to do.  All failures are PR_FAILED, but for a place that no backend knows (PR_USAGE).  */
#ifndef PR_HISTORY_DB_H
#define PR_HISTORY_DB_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

#define PR_DB_OPS_VERSION 1

enum pr_db_mode {
	PR_DB_READ,  /* what is not there is a failure */
	PR_DB_WRITE, /* what is not there is made */
};

/* A parameter of a statement.  Texts are borrowed for the call and are UTF-8.  */
struct pr_db_value {
	enum pr_db_kind { PR_DB_NULL, PR_DB_INTEGER, PR_DB_REAL, PR_DB_TEXT } kind;
	int64_t integer;
	double real;
	const char *text;
};

/* NaN and a NULL text are NULL.  */
struct pr_db_value pr_db_integer(int64_t value);
struct pr_db_value pr_db_real(double value);
struct pr_db_value pr_db_text(const char *text);

/* A JSON number, text, boolean (0, 1) or null, also NULL.  Borrows a text from it.  */
struct pr_db_value pr_db_json(const json_t *value);

/* A row of a result; valid during the visit.  */
struct pr_db_row {
	const struct pr_db_ops *ops;
	void *result;
	int index; /* of the row in result */
	int count; /* of columns */
};

typedef void pr_db_visit(void *arg, const struct pr_db_row *row);

struct pr_db_ops {
	const char *name;           /* "SQLite" */
	const char *const *schemes; /* of URLs, ended by NULL; none: names of files */
	uint32_t version;           /* PR_DB_OPS_VERSION */

	/* What stands for {id} and {clustered} in the schema.  */
	const char *id, *clustered;
	/* A row comes when there is a table of migrations.  */
	const char *find_migrations;
	/* Makes the table of migrations and what it needs; within a transaction that writes.  */
	const char *begin_schema;
	/* Begins a transaction for one writer at a time; and one that sees one state.  */
	const char *begin_write, *begin_read;

	/* *state is NULL on failure.  */
	enum pr_err (*open)(const char *place, enum pr_db_mode mode, int64_t wait_ns, void **state,
	                    struct pr_error *why);
	void (*close)(void *state);

	/* Several statements without parameters or results.  */
	enum pr_err (*script)(void *state, const char *sql, struct pr_error *why);

	/* One statement; visit may be NULL.  */
	enum pr_err (*query)(void *state, const char *sql, const struct pr_db_value *values,
	                     size_t count, pr_db_visit *visit, void *arg, struct pr_error *why);

	/* Of a row: NULL is 0, NaN, NULL.  Texts live as long as the row.  */
	const char *(*column_name)(const struct pr_db_row *row, int column);
	enum pr_db_kind (*column_kind)(const struct pr_db_row *row, int column);
	int64_t (*column_integer)(const struct pr_db_row *row, int column);
	double (*column_real)(const struct pr_db_row *row, int column);
	const char *(*column_text)(const struct pr_db_row *row, int column);
};

extern const struct pr_db_ops pr_db_sqlite, pr_db_postgresql;

struct pr_db {
	const struct pr_db_ops *ops;
	void *state;
};

/* place: the name of a file, or a URL with a scheme of a backend.  */
enum pr_err pr_db_open(const char *place, enum pr_db_mode mode, int64_t wait_ns, struct pr_db *db,
                       struct pr_error *why) PR_CHECKED;
void pr_db_close(struct pr_db *db);

enum pr_err pr_db_script(struct pr_db *db, const char *sql, struct pr_error *why) PR_CHECKED;
enum pr_err pr_db_query(struct pr_db *db, const char *sql, const struct pr_db_value *values,
                        size_t count, pr_db_visit *visit, void *arg,
                        struct pr_error *why) PR_CHECKED;

/* Ends a transaction: commits when err is PR_OK, else takes everything back and leaves err and why
 * alone.  */
enum pr_err pr_db_end(struct pr_db *db, enum pr_err err, struct pr_error *why) PR_CHECKED;

/* A row as an object, by the names of its columns.  */
json_t *pr_db_row_json(const struct pr_db_row *row);

/* A visit that appends each row to an array (arg) as an object; and one that puts the first column
 * into an int64_t (arg).  */
void pr_db_collect(void *arg, const struct pr_db_row *row);
void pr_db_first(void *arg, const struct pr_db_row *row);

#endif
