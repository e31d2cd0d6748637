/* SPDX-License-Identifier: MIT */
/* analyzers/floor_store.c - the file behind the floor.  */
#include "analyzers/floor_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "analyzers/host.h"
#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/place.h"

/* ---- where it is ----------------------------------------------------------------------------- */

enum pr_err pr_floor_store_path(const char *dir, const struct pr_run *run, char **path,
                                struct pr_error *why)
{
	char *host = pr_host_fingerprint(run), *plan, *folder = NULL;
	enum pr_err err = PR_OK;

	*path = NULL;
	if (host == NULL)
		return pr_error_set(why, PR_USAGE,
		                    "%s/run.json does not describe the host, so it cannot be told "
		                    "which floor it belongs to; make the run anew",
		                    run->dir);
	if (dir != NULL)
		folder = pr_strdup(dir);
	else
		err = pr_place_data("floor", "the floor", &folder, why);
	if (err != PR_OK) {
		free(host);
		return err;
	}
	plan = pr_host_plan_fingerprint(run);
	*path = pr_asprintf("%s/%s-%s.jsonl", folder, host, plan);
	free(folder);
	free(plan);
	free(host);
	return PR_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

static enum pr_err check_effects(const struct pr_json *effects, struct pr_error *why)
{
	const char *text;
	double number;
	enum pr_err err = PR_OK;

	for (size_t i = 0; i < json_array_size(effects->value) && err == PR_OK; i++) {
		struct pr_json entry = pr_json_item(effects, i);

		if (!json_is_object(entry.value))
			return pr_json_error(&entry, why, "expected an object");
		err = pr_json_string(&entry, "workload", &text, why);
		if (err == PR_OK)
			err = pr_json_string(&entry, "metric", &text, why);
		if (err == PR_OK)
			err = pr_json_real(&entry, "effect", &number, why);
	}
	return err;
}

static enum pr_err check_line(json_t *line, const char *place, struct pr_error *why)
{
	struct pr_json top = pr_json_top(place, line), effects;
	const char *text;
	int64_t number;
	enum pr_err err = pr_json_check_format(line, place, PR_FLOOR_FORMAT, PR_FLOOR_VERSION, why);

	if (err == PR_OK)
		err = pr_json_string(&top, "id", &text, why);
	if (err == PR_OK)
		err = pr_json_integer(&top, "blocks", &number, why);
	if (err == PR_OK)
		err = pr_json_array(&top, "effects", &effects, why);
	return err == PR_OK ? check_effects(&effects, why) : err;
}

static enum pr_err read_line(const char *text, size_t size, const char *place, json_t *lines,
                             struct pr_error *why)
{
	json_error_t error;
	json_t *line = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
	enum pr_err err;

	if (line == NULL)
		return pr_error_set(why, PR_FAILED,
		                    "%s: this line is not JSON (%s); remove it, and the other "
		                    "executions count again",
		                    place, error.text);
	err = check_line(line, place, why);
	if (err == PR_OK)
		pr_json_append(lines, json_incref(line));
	json_decref(line);
	return err == PR_OK ? PR_OK : PR_FAILED;
}

enum pr_err pr_floor_store_read(const char *path, json_t **lines, struct pr_error *why)
{
	struct pr_buf text;
	size_t number = 0;
	enum pr_err err = PR_OK;

	*lines = NULL;
	pr_buf_init(&text);
	if (access(path, F_OK) == 0 || errno != ENOENT)
		err = pr_buf_read_file(&text, path, why);
	*lines = json_array();
	for (const char *at = text.text; err == PR_OK && *at != '\0';) {
		size_t size = strcspn(at, "\n");
		char *place = pr_asprintf("%s:%zu", path, ++number);

		if (size > 0)
			err = read_line(at, size, place, *lines, why);
		at += size + (at[size] == '\n');
		free(place);
	}
	pr_buf_fini(&text);
	if (err != PR_OK) {
		json_decref(*lines);
		*lines = NULL;
	}
	return err;
}

/* ---- adding ---------------------------------------------------------------------------------- */

static bool is_there(const json_t *lines, const json_t *line)
{
	const json_t *id = json_object_get(line, "id");
	size_t i;
	json_t *other;

	json_array_foreach((json_t *)lines, i, other)
	{
		if (json_equal(json_object_get(other, "id"), id))
			return true;
	}
	return false;
}

static enum pr_err write_lines(const char *path, const json_t *lines, struct pr_error *why)
{
	struct pr_buf text;
	enum pr_err err;
	size_t i;
	json_t *line;

	pr_buf_init(&text);
	json_array_foreach((json_t *)lines, i, line)
	{
		char *one = pr_json_dump_line(line);

		pr_buf_puts(&text, one);
		free(one);
	}
	err = pr_buf_write_file(path, text.text, text.size, why);
	pr_buf_fini(&text);
	return err;
}

static enum pr_err add_locked(const char *path, const json_t *line, size_t *count,
                              struct pr_error *why)
{
	json_t *lines;
	enum pr_err err = pr_floor_store_read(path, &lines, why);

	*count = 0;
	if (err != PR_OK)
		return err;
	if (!is_there(lines, line)) {
		pr_json_append(lines, json_deep_copy(line));
		err = write_lines(path, lines, why);
		*count = json_array_size(lines);
	}
	json_decref(lines);
	return err;
}

enum pr_err pr_floor_store_add(const char *path, const json_t *line, size_t *count,
                               struct pr_error *why)
{
	char *lock = pr_asprintf("%s.lock", path);
	enum pr_err err = pr_place_make_parents(path, why);
	int fd = -1;

	if (err == PR_OK) {
		fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
		if (fd < 0 || flock(fd, LOCK_EX) != 0)
			err = pr_error_set(why, PR_FAILED, "%s: cannot be locked: %s", lock,
			                   strerror(errno));
	}
	if (err == PR_OK)
		err = add_locked(path, line, count, why);
	if (fd >= 0)
		close(fd);
	free(lock);
	return err;
}
