/* SPDX-License-Identifier: MIT */
/* analyzers/history/store.c - opening a store: where it is, and which version it has.  */
#include "analyzers/history/store.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analyzers/history/history.h"
#include "analyzers/history/sql.h"
#include "core/base/buf.h"
#include "core/base/place.h"
#include "core/base/version.h"

#define FILE_NAME "history.db"

/* ---- versions -------------------------------------------------------------------------------- */

/* Version 0: there is nothing yet.  */
static enum pr_err read_version(struct pr_db *db, int64_t *version, struct pr_error *why)
{
	int64_t there = 0;
	enum pr_err err =
	        pr_db_query(db, db->ops->find_migrations, NULL, 0, pr_db_first, &there, why);

	*version = 0;
	if (err == PR_OK && there != 0)
		err = pr_db_query(db, PR_SQL_VERSION, NULL, 0, pr_db_first, version, why);
	return err;
}

/* Takes the words in braces out of a step.  */
static char *expand(const char *step, const struct pr_db_ops *ops)
{
	static const char id[] = "{id}", clustered[] = "{clustered}";
	struct pr_buf sql;

	pr_buf_init(&sql);
	while (*step != '\0') {
		size_t plain = strcspn(step, "{");

		pr_buf_add(&sql, step, plain);
		step += plain;
		if (strncmp(step, id, strlen(id)) == 0) {
			pr_buf_puts(&sql, ops->id);
			step += strlen(id);
		} else if (strncmp(step, clustered, strlen(clustered)) == 0) {
			pr_buf_puts(&sql, ops->clustered);
			step += strlen(clustered);
		}
	}
	return sql.text;
}

static enum pr_err take_step(struct pr_db *db, size_t step, struct pr_error *why)
{
	const struct pr_db_value values[] = {pr_db_integer((int64_t)step + 1),
	                                     pr_db_integer((int64_t)time(NULL)),
	                                     pr_db_text(pr_version)};
	char *sql = expand(pr_sql_steps[step], db->ops);
	enum pr_err err = pr_db_script(db, sql, why);

	free(sql);
	if (err == PR_OK)
		err = pr_db_query(db, PR_SQL_ADD_VERSION, values, 3, NULL, NULL, why);
	return err;
}

/* All steps in one transaction.  Another program may have been quicker.  */
static enum pr_err migrate(struct pr_db *db, size_t wanted, struct pr_error *why)
{
	int64_t version = 0;
	enum pr_err err = pr_db_script(db, db->ops->begin_write, why);

	if (err != PR_OK)
		return err;
	err = pr_db_script(db, db->ops->begin_schema, why);
	if (err == PR_OK)
		err = read_version(db, &version, why);
	for (size_t step = (size_t)version; err == PR_OK && step < wanted; step++)
		err = take_step(db, step, why);
	return pr_db_end(db, err, why);
}

static enum pr_err bring_up(struct pr_history *history, const struct pr_history_opts *opts,
                            struct pr_error *why)
{
	size_t wanted = opts->version != 0 ? opts->version : pr_sql_step_count;
	int64_t version;
	enum pr_err err = read_version(&history->db, &version, why);

	if (err != PR_OK)
		return err;
	if (version > (int64_t)pr_sql_step_count)
		return pr_error_set(
		        why, PR_FAILED,
		        "%s: a newer proctor wrote this history (version %lld; this one "
		        "knows up to %zu); use a newer proctor",
		        history->place, (long long)version, pr_sql_step_count);
	if (version == 0 && opts->mode == PR_DB_READ)
		return pr_error_set(
		        why, PR_FAILED,
		        "%s: there is no history in it; `proctor history add` begins one",
		        history->place);
	if (version >= (int64_t)wanted)
		return PR_OK;
	err = migrate(&history->db, wanted, why);
	if (err != PR_OK && version > 0)
		return pr_error_prefix(why, err,
		                       "this history has version %lld and could not be brought to "
		                       "version %zu",
		                       (long long)version, wanted);
	return err;
}

/* ---- opening --------------------------------------------------------------------------------- */

/* Without user and password, and without parameters, which may hold one too.  */
static char *for_people(const char *place)
{
	const char *end = strstr(place, "://"), *host, *at;
	size_t size;

	if (end == NULL)
		return pr_strdup(place);
	host = end + 3;
	size = strcspn(host, "/?");
	at = memrchr(host, '@', size);
	if (at != NULL)
		host = at + 1;
	size = strcspn(host, "?");
	return pr_asprintf("%.*s://%.*s", (int)(end - place), place, (int)size, host);
}

enum pr_err pr_history_open(const char *place, const struct pr_history_opts *opts,
                            struct pr_history **history, struct pr_error *why)
{
	struct pr_history *opened;
	char *usual = NULL;
	enum pr_err err = PR_OK;

	*history = NULL;
	if (place == NULL)
		err = pr_place_data(FILE_NAME, "the history", &usual, why);
	if (err != PR_OK)
		return err;
	if (place == NULL)
		place = usual;
	opened = pr_alloc(sizeof(*opened));
	*opened = (struct pr_history){.place = for_people(place)};
	err = pr_db_open(place, opts->mode, opts->wait_ns, &opened->db, why);
	if (err == PR_OK)
		err = bring_up(opened, opts, why);
	if (err == PR_OK)
		*history = opened;
	else
		pr_history_close(&opened);
	free(usual);
	return err;
}

void pr_history_close(struct pr_history **history)
{
	if (*history == NULL)
		return;
	pr_db_close(&(*history)->db);
	free((*history)->place);
	free(*history);
	*history = NULL;
}

const char *pr_history_place(const struct pr_history *history)
{
	return history->place;
}
