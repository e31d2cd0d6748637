/* SPDX-License-Identifier: MIT */
/* analyzers/history/db_postgresql.c - the history in a PostgreSQL database, for several machines.
 *
 * Everything lies in a schema of its own, "proctor", so that a database may be shared.  Writers
 * take turns by an advisory lock: they add to the same table of cases, in any order, and would
 * otherwise end each other's transactions as deadlocks.  User and password come as libpq takes
 * them: from the URL, PGUSER, PGPASSWORD or ~/.pgpass.  */
#include <libpq-fe.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/history/db.h"
#include "core/base/buf.h"

/* Types of results, as in the server's catalog (pg_type.dat); there is no header for them.  */
#define TYPE_BOOL  16
#define TYPE_INT8  20
#define TYPE_INT2  21
#define TYPE_INT4  23
#define TYPE_FLOAT 701

/* What a writer holds; any number that others are unlikely to use.  */
#define WRITER_LOCK "7453007126001"

#define VALUES_MOST 32

struct postgresql {
	PGconn *connection;
	char *place; /* for sentences: user and password left out */
};

/* ---- sentences ------------------------------------------------------------------------------- */

/* The first line of a message, without "ERROR: ".  */
static struct pr_error first_line(const char *message)
{
	static const char *const heads[] = {"ERROR:  ", "FATAL:  "};
	struct pr_error line;

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		if (strncmp(message, heads[i], strlen(heads[i])) == 0)
			message += strlen(heads[i]);
	snprintf(line.text, sizeof(line.text), "%.*s", (int)strcspn(message, "\n"), message);
	return line;
}

static enum pr_err explain(const struct postgresql *state, const PGresult *result,
                           struct pr_error *why)
{
	const char *code = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	struct pr_error line = first_line(PQerrorMessage(state->connection));

	if (code != NULL && strcmp(code, "55P03") == 0)
		return pr_error_set(why, PR_FAILED,
		                    "%s: another program is writing to it; try again, or give it "
		                    "more time with --wait",
		                    state->place);
	if (code != NULL && strcmp(code, "53100") == 0)
		return pr_error_set(why, PR_FAILED,
		                    "%s: the disk of the server is full; nothing was changed",
		                    state->place);
	if (code != NULL && strcmp(code, "42501") == 0)
		return pr_error_set(why, PR_FAILED, "%s: this user is not permitted to: %s",
		                    state->place, line.text);
	if (code != NULL && strcmp(code, "25006") == 0)
		return pr_error_set(why, PR_FAILED, "%s: may not be written; nothing was changed",
		                    state->place);
	if (PQstatus(state->connection) == CONNECTION_BAD)
		return pr_error_set(why, PR_FAILED,
		                    "%s: the connection was lost (%s); nothing was changed",
		                    state->place, line.text);
	return pr_error_set(why, PR_FAILED, "%s: %s; nothing was changed", state->place, line.text);
}

/* ---- opening --------------------------------------------------------------------------------- */

static void postgresql_close(void *arg)
{
	struct postgresql *state = arg;

	PQfinish(state->connection);
	free(state->place);
	free(state);
}

static enum pr_err postgresql_script(void *arg, const char *sql, struct pr_error *why)
{
	const struct postgresql *state = arg;
	PGresult *result = PQexec(state->connection, sql);
	ExecStatusType status = PQresultStatus(result);
	enum pr_err err = PR_OK;

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		err = explain(state, result, why);
	PQclear(result);
	return err;
}

static enum pr_err set_up(struct postgresql *state, enum pr_db_mode mode, int64_t wait_ns,
                          struct pr_error *why)
{
	char *sql = pr_asprintf("SET client_min_messages = warning;"
	                        "SET search_path = proctor, pg_catalog;"
	                        "SET lock_timeout = %lld;%s",
	                        (long long)(wait_ns / 1000000 > 0 ? wait_ns / 1000000 : 1),
	                        mode == PR_DB_WRITE ? "SET synchronous_commit = on" : "");
	enum pr_err err = postgresql_script(state, sql, why);

	free(sql);
	return err;
}

static enum pr_err refuse(const struct postgresql *state, struct pr_error *why)
{
	struct pr_error line = first_line(PQerrorMessage(state->connection));

	return pr_error_set(why, PR_FAILED, "%s: cannot be reached: %s", state->place, line.text);
}

static char *for_people(const char *place)
{
	const char *host = strstr(place, "://") + 3;
	const char *at = memrchr(host, '@', strcspn(host, "/?"));

	host = at != NULL ? at + 1 : host;
	return pr_asprintf("postgresql://%.*s", (int)strcspn(host, "?"), host);
}

static enum pr_err postgresql_open(const char *place, enum pr_db_mode mode, int64_t wait_ns,
                                   void **opened, struct pr_error *why)
{
	/* What the URL says comes last and therefore counts.  */
	const char *const names[] = {"connect_timeout", "fallback_application_name",
	                             "client_encoding", "dbname", NULL};
	const char *const values[] = {"10", "proctor", "UTF8", place, NULL};
	struct postgresql *state = pr_alloc(sizeof(*state));
	enum pr_err err;

	*opened = NULL;
	*state = (struct postgresql){.place = for_people(place),
	                             .connection = PQconnectdbParams(names, values, 1)};
	err = PQstatus(state->connection) == CONNECTION_OK ? set_up(state, mode, wait_ns, why)
	                                                   : refuse(state, why);
	if (err == PR_OK)
		*opened = state;
	else
		postgresql_close(state);
	return err;
}

/* ---- statements ------------------------------------------------------------------------------ */

/* Parameters as texts; numbers need room for their digits.  */
struct parameters {
	const char *texts[VALUES_MOST];
	char numbers[VALUES_MOST][32];
};

static void set_parameter(struct parameters *parameters, size_t i, const struct pr_db_value *value)
{
	char *number = parameters->numbers[i];

	parameters->texts[i] = number;
	if (value->kind == PR_DB_INTEGER)
		snprintf(number, sizeof(parameters->numbers[i]), "%lld", (long long)value->integer);
	else if (value->kind == PR_DB_REAL)
		snprintf(number, sizeof(parameters->numbers[i]), "%.17g", value->real);
	else
		parameters->texts[i] = value->kind == PR_DB_TEXT ? value->text : NULL;
}

static enum pr_err postgresql_query(void *arg, const char *sql, const struct pr_db_value *values,
                                    size_t count, pr_db_visit *visit, void *visit_arg,
                                    struct pr_error *why)
{
	const struct postgresql *state = arg;
	struct parameters parameters;
	struct pr_db_row row = {.ops = &pr_db_postgresql};
	PGresult *result;
	enum pr_err err = PR_OK;

	for (size_t i = 0; i < count; i++)
		set_parameter(&parameters, i, &values[i]);
	result = PQexecParams(state->connection, sql, (int)count, NULL, parameters.texts, NULL,
	                      NULL, 0);
	if (PQresultStatus(result) != PGRES_TUPLES_OK && PQresultStatus(result) != PGRES_COMMAND_OK)
		err = explain(state, result, why);
	row.result = result;
	row.count = PQnfields(result);
	for (; err == PR_OK && visit != NULL && row.index < PQntuples(result); row.index++)
		visit(visit_arg, &row);
	PQclear(result);
	return err;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static const char *postgresql_column_name(const struct pr_db_row *row, int column)
{
	return PQfname(row->result, column);
}

static enum pr_db_kind postgresql_column_kind(const struct pr_db_row *row, int column)
{
	if (PQgetisnull(row->result, row->index, column))
		return PR_DB_NULL;
	switch (PQftype(row->result, column)) {
	case TYPE_INT8:
	case TYPE_INT2:
	case TYPE_INT4:
	case TYPE_BOOL:
		return PR_DB_INTEGER;
	case TYPE_FLOAT:
		return PR_DB_REAL;
	default:
		return PR_DB_TEXT;
	}
}

static int64_t postgresql_column_integer(const struct pr_db_row *row, int column)
{
	return strtoll(PQgetvalue(row->result, row->index, column), NULL, 10);
}

static double postgresql_column_real(const struct pr_db_row *row, int column)
{
	if (PQgetisnull(row->result, row->index, column))
		return NAN;
	return strtod(PQgetvalue(row->result, row->index, column), NULL);
}

static const char *postgresql_column_text(const struct pr_db_row *row, int column)
{
	if (PQgetisnull(row->result, row->index, column))
		return NULL;
	return PQgetvalue(row->result, row->index, column);
}

static const char *const schemes[] = {"postgresql", "postgres", NULL};

const struct pr_db_ops pr_db_postgresql = {
        .name = "PostgreSQL",
        .schemes = schemes,
        .version = PR_DB_OPS_VERSION,
        .id = "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        .clustered = "",
        .find_migrations = "SELECT 1 WHERE to_regclass('proctor.migrations') IS NOT NULL",
        .begin_schema = "CREATE SCHEMA IF NOT EXISTS proctor;"
                        "CREATE TABLE IF NOT EXISTS migrations (version BIGINT PRIMARY KEY,"
                        " applied BIGINT NOT NULL, tool TEXT NOT NULL)",
        .begin_write = "BEGIN; SELECT pg_advisory_xact_lock(" WRITER_LOCK ")",
        .begin_read = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        .open = postgresql_open,
        .close = postgresql_close,
        .script = postgresql_script,
        .query = postgresql_query,
        .column_name = postgresql_column_name,
        .column_kind = postgresql_column_kind,
        .column_integer = postgresql_column_integer,
        .column_real = postgresql_column_real,
        .column_text = postgresql_column_text,
};
