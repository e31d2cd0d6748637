/* SPDX-License-Identifier: MIT */
/* harness/watch.c - who counts within a worker.  */
#include "harness/watch.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/json.h"
#include "harness/interpose/interpose.h"

static unsigned started;

enum pr_err pr_watch_start(unsigned watchers, struct pr_error *why)
{
	enum pr_err err = PR_OK;

	if ((watchers & PR_WATCH_INTERPOSE) != 0)
		err = pr_watch_interpose_start(why);
	if (err == PR_OK && (watchers & PR_WATCH_PERF) != 0)
		err = pr_watch_perf_start(why);
	if (err == PR_OK)
		started = watchers;
	return err;
}

json_t *pr_watch_read(void)
{
	json_t *reading;

	if ((started & (PR_WATCH_INTERPOSE | PR_WATCH_PERF)) == 0)
		return NULL;
	reading = json_object();
	if ((started & PR_WATCH_PERF) != 0) /* first: reading the other makes calls */
		pr_json_set(reading, "perf", pr_watch_perf_read());
	if ((started & PR_WATCH_INTERPOSE) != 0)
		pr_json_set(reading, "interpose", pr_watch_interpose_read());
	return reading;
}

int64_t pr_watch_calls(void)
{
	if ((started & PR_WATCH_INTERPOSE) != 0)
		return pr_watch_interpose_calls();
	return (started & PR_WATCH_PERF) != 0 ? pr_watch_perf_calls() : -1;
}

json_t *pr_watch_since(const json_t *after, const json_t *before)
{
	json_t *since = json_object(), *value;
	const char *key;

	json_object_foreach((json_t *)after, key, value)
	{
		json_t *earlier = json_object_get(before, key);

		if (json_is_object(value)) {
			json_t *part = pr_watch_since(value, earlier);

			if (json_object_size(part) > 0)
				pr_json_set(since, key, part);
			else
				json_decref(part);
		} else if (json_integer_value(value) != json_integer_value(earlier)) {
			pr_json_set(since, key,
			            json_integer(json_integer_value(value) -
			                         json_integer_value(earlier)));
		}
	}
	return since;
}

/* ---- the library ----------------------------------------------------------------------------- */

enum pr_err pr_watch_library(char **path, struct pr_error *why)
{
	static const char *const places[] = {"", "../lib/", "../"};
	char program[PATH_MAX];
	ssize_t size = readlink("/proc/self/exe", program, sizeof(program) - 1);
	char *slash;

	program[size > 0 ? size : 0] = '\0';
	slash = strrchr(program, '/');
	for (size_t i = 0; slash != NULL && i < sizeof(places) / sizeof(places[0]); i++) {
		char *name = pr_asprintf("%.*s/%s%s", (int)(slash - program), program, places[i],
		                         PR_INTERPOSE_FILE);

		*path = realpath(name, NULL);
		free(name);
		if (*path != NULL)
			return PR_OK;
	}
	return pr_error_set(why, PR_FAILED,
	                    "%s is neither beside %s nor in ../lib: build or install it",
	                    PR_INTERPOSE_FILE, program);
}
