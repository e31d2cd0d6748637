/* SPDX-License-Identifier: MIT */
/* analyzers/history/db_sqlite.c - the history in a file.
 *
 * The journal is written ahead (WAL), so readers never wait for a writer, and synchronous=FULL:
 * what was added survives a crash of the machine.  A file says that it is ours by its
 * application_id.  */
#include <errno.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "analyzers/history/db.h"
#include "core/base/buf.h"
#include "core/base/place.h"

#define APPLICATION_ID      0x70726373 /* "prcs" */
#define APPLICATION_ID_TEXT "1886544755"

struct sqlite {
	sqlite3 *db;
	char *path;
};

/* ---- sentences ------------------------------------------------------------------------------- */

static enum pr_err explain(const struct sqlite *state, int code, struct pr_error *why)
{
	const char *path = state->path;

	switch (code & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return pr_error_set(why, PR_FAILED,
		                    "%s: another program is writing to it; try again, or give it "
		                    "more time with --wait",
		                    path);
	case SQLITE_NOTADB:
		return pr_error_set(why, PR_FAILED,
		                    "%s: this is not a history (not a database); give another "
		                    "--store",
		                    path);
	case SQLITE_CORRUPT:
		return pr_error_set(why, PR_FAILED,
		                    "%s: the database is damaged; put a copy in its place, or save "
		                    "what can be read with `sqlite3 FILE .recover`",
		                    path);
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return pr_error_set(why, PR_FAILED, "%s: may not be written; nothing was changed",
		                    path);
	case SQLITE_FULL:
		return pr_error_set(why, PR_FAILED, "%s: the disk is full; nothing was changed",
		                    path);
	default:
		return pr_error_set(why, PR_FAILED, "%s: %s; nothing was changed", path,
		                    sqlite3_errmsg(state->db));
	}
}

/* ---- opening --------------------------------------------------------------------------------- */

static bool may_write_folder(const char *path)
{
	char *copy = pr_strdup(path), *slash = strrchr(copy, '/');
	bool may;

	if (slash != NULL)
		slash[slash == copy] = '\0';
	may = access(slash != NULL ? copy : ".", W_OK) == 0;
	free(copy);
	return may;
}

/* A name as a URI, in which ?, # and % mean something.  */
static char *uri_of(const char *path, const char *query)
{
	struct pr_buf uri;

	pr_buf_init(&uri);
	pr_buf_puts(&uri, "file:");
	for (; *path != '\0'; path++)
		if (strchr("?#%", *path) != NULL)
			pr_buf_printf(&uri, "%%%02X", (unsigned char)*path);
		else
			pr_buf_add(&uri, path, 1);
	pr_buf_puts(&uri, query);
	return uri.text;
}

/* A journal needs a file beside the database.  Where none can be made and none is there, nobody
 * writes, and the database can be read without.  */
static int open_file(const char *path, enum pr_db_mode mode, sqlite3 **db)
{
	char *journal = pr_asprintf("%s-wal", path), *uri;
	bool is_frozen = mode == PR_DB_READ && access(journal, F_OK) != 0 &&
	                 (access(path, W_OK) != 0 || !may_write_folder(path));
	int flags = mode == PR_DB_WRITE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
	            : is_frozen         ? SQLITE_OPEN_READONLY
	                                : SQLITE_OPEN_READWRITE;
	int code;

	uri = uri_of(path, is_frozen ? "?immutable=1" : "");
	code = sqlite3_open_v2(uri, db, flags | SQLITE_OPEN_URI, NULL);
	free(uri);
	free(journal);
	return code;
}

static int take_integer(void *arg, int count, char **texts, char **names)
{
	(void)count;
	(void)names;
	*(long long *)arg = texts[0] != NULL ? strtoll(texts[0], NULL, 10) : 0;
	return 0;
}

static int ask(const struct sqlite *state, const char *sql, long long *answer)
{
	*answer = 0;
	return sqlite3_exec(state->db, sql, take_integer, answer, NULL);
}

/* Whether it is ours, or empty.  */
static enum pr_err check_kind(const struct sqlite *state, struct pr_error *why)
{
	long long id = 0, tables = 0;
	int code = ask(state, "SELECT count(*) FROM sqlite_master", &tables);

	if (code == SQLITE_OK)
		code = ask(state, "PRAGMA application_id", &id);
	if (code != SQLITE_OK)
		return explain(state, code, why);
	if (id != APPLICATION_ID && (id != 0 || tables > 0))
		return pr_error_set(why, PR_FAILED,
		                    "%s: this is a database of something else; give another "
		                    "--store",
		                    state->path);
	return PR_OK;
}

/* Two that change the journal at once are both told that it is locked, without waiting.  */
static int write_ahead(const struct sqlite *state, int64_t wait_ns)
{
	const struct timespec pause = {.tv_nsec = 10000000};
	int64_t waited = 0;
	int code;

	while ((code = sqlite3_exec(state->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL)) ==
	               SQLITE_BUSY &&
	       waited < wait_ns) {
		nanosleep(&pause, NULL);
		waited += pause.tv_nsec;
	}
	return code;
}

static enum pr_err set_up(const struct sqlite *state, enum pr_db_mode mode, int64_t wait_ns,
                          struct pr_error *why)
{
	enum pr_err err;
	int code;

	sqlite3_extended_result_codes(state->db, 1);
	sqlite3_busy_timeout(state->db, (int)(wait_ns / 1000000));
	err = check_kind(state, why);
	if (err != PR_OK)
		return err;
	code = sqlite3_exec(state->db, "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL", NULL,
	                    NULL, NULL);
	if (code == SQLITE_OK && mode == PR_DB_WRITE)
		code = write_ahead(state, wait_ns);
	return code == SQLITE_OK ? PR_OK : explain(state, code, why);
}

static void sqlite_close(void *arg)
{
	struct sqlite *state = arg;

	sqlite3_close(state->db);
	free(state->path);
	free(state);
}

static enum pr_err sqlite_open(const char *place, enum pr_db_mode mode, int64_t wait_ns,
                               void **opened, struct pr_error *why)
{
	struct sqlite *state;
	struct stat info;
	enum pr_err err = PR_OK;
	int code;

	*opened = NULL;
	if (mode == PR_DB_READ && stat(place, &info) != 0)
		return pr_error_set(
		        why, PR_FAILED,
		        "%s: there is no history (%s); `proctor history add` begins one", place,
		        strerror(errno));
	if (mode == PR_DB_WRITE)
		err = pr_place_make_parents(place, why);
	if (err == PR_OK && stat(place, &info) == 0 && !S_ISREG(info.st_mode))
		err = pr_error_set(why, PR_FAILED, "%s: this is not a file; give another --store",
		                   place);
	if (err != PR_OK)
		return err;
	state = pr_alloc(sizeof(*state));
	*state = (struct sqlite){.path = pr_strdup(place)};
	code = open_file(place, mode, &state->db);
	err = code == SQLITE_OK ? set_up(state, mode, wait_ns, why) : explain(state, code, why);
	if (err == PR_OK)
		*opened = state;
	else
		sqlite_close(state);
	return err;
}

/* ---- statements ------------------------------------------------------------------------------ */

static enum pr_err sqlite_script(void *arg, const char *sql, struct pr_error *why)
{
	const struct sqlite *state = arg;
	int code = sqlite3_exec(state->db, sql, NULL, NULL, NULL);

	return code == SQLITE_OK ? PR_OK : explain(state, code, why);
}

static int bind(sqlite3_stmt *statement, int place, const struct pr_db_value *value)
{
	switch (value->kind) {
	case PR_DB_INTEGER:
		return sqlite3_bind_int64(statement, place, value->integer);
	case PR_DB_REAL:
		return sqlite3_bind_double(statement, place, value->real);
	case PR_DB_TEXT:
		return sqlite3_bind_text(statement, place, value->text, -1, SQLITE_STATIC);
	case PR_DB_NULL:
		break;
	}
	return sqlite3_bind_null(statement, place);
}

/* SQLite takes $1 for a name.  */
static int bind_all(sqlite3_stmt *statement, const struct pr_db_value *values, size_t count)
{
	int code = SQLITE_OK;
	char name[32];

	for (size_t i = 0; i < count && code == SQLITE_OK; i++) {
		snprintf(name, sizeof(name), "$%zu", i + 1);
		code = bind(statement, sqlite3_bind_parameter_index(statement, name), &values[i]);
	}
	return code;
}

static enum pr_err sqlite_query(void *arg, const char *sql, const struct pr_db_value *values,
                                size_t count, pr_db_visit *visit, void *visit_arg,
                                struct pr_error *why)
{
	const struct sqlite *state = arg;
	sqlite3_stmt *statement = NULL;
	struct pr_db_row row = {.ops = &pr_db_sqlite};
	int code = sqlite3_prepare_v2(state->db, sql, -1, &statement, NULL);
	enum pr_err err;

	if (code == SQLITE_OK)
		code = bind_all(statement, values, count);
	while (code == SQLITE_OK || code == SQLITE_ROW) {
		code = sqlite3_step(statement);
		row.result = statement;
		row.count = sqlite3_column_count(statement);
		if (code == SQLITE_ROW && visit != NULL)
			visit(visit_arg, &row);
	}
	err = code == SQLITE_DONE ? PR_OK : explain(state, code, why);
	sqlite3_finalize(statement);
	return err;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static const char *sqlite_column_name(const struct pr_db_row *row, int column)
{
	return sqlite3_column_name(row->result, column);
}

static enum pr_db_kind sqlite_column_kind(const struct pr_db_row *row, int column)
{
	switch (sqlite3_column_type(row->result, column)) {
	case SQLITE_INTEGER:
		return PR_DB_INTEGER;
	case SQLITE_FLOAT:
		return PR_DB_REAL;
	case SQLITE_NULL:
		return PR_DB_NULL;
	default:
		return PR_DB_TEXT;
	}
}

static int64_t sqlite_column_integer(const struct pr_db_row *row, int column)
{
	return sqlite3_column_int64(row->result, column);
}

static double sqlite_column_real(const struct pr_db_row *row, int column)
{
	if (sqlite3_column_type(row->result, column) == SQLITE_NULL)
		return NAN;
	return sqlite3_column_double(row->result, column);
}

static const char *sqlite_column_text(const struct pr_db_row *row, int column)
{
	return (const char *)sqlite3_column_text(row->result, column);
}

static const char *const no_schemes[] = {NULL};

const struct pr_db_ops pr_db_sqlite = {
        .name = "SQLite",
        .schemes = no_schemes,
        .version = PR_DB_OPS_VERSION,
        .id = "INTEGER PRIMARY KEY AUTOINCREMENT",
        .clustered = "WITHOUT ROWID",
        .find_migrations =
                "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'migrations'",
        .begin_schema = "PRAGMA application_id = " APPLICATION_ID_TEXT ";"
                        "CREATE TABLE IF NOT EXISTS migrations (version BIGINT PRIMARY KEY,"
                        " applied BIGINT NOT NULL, tool TEXT NOT NULL)",
        .begin_write = "BEGIN IMMEDIATE",
        .begin_read = "BEGIN",
        .open = sqlite_open,
        .close = sqlite_close,
        .script = sqlite_script,
        .query = sqlite_query,
        .column_name = sqlite_column_name,
        .column_kind = sqlite_column_kind,
        .column_integer = sqlite_column_integer,
        .column_real = sqlite_column_real,
        .column_text = sqlite_column_text,
};
