/* SPDX-License-Identifier: MIT */
/* harness/trial_watched.c - a trial and those who counted in it beside the hooks.  */
#include "harness/trial_watched.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/json.h"
#include "harness/watch.h"

bool pr_trial_is_watch(const char *probe)
{
	return probe != NULL && (strcmp(probe, "interpose") == 0 || strcmp(probe, "perf") == 0);
}

json_t *pr_trial_watched(const struct pr_trial *trial)
{
	return trial->watched_before != NULL && trial->watched_after != NULL
	               ? pr_watch_since(trial->watched_after, trial->watched_before)
	               : NULL;
}

void pr_trial_check_watched(struct pr_trial *trial, const json_t *counters)
{
	json_t *watched = pr_trial_watched(trial), *reading;
	const char *probe;

	json_object_foreach(watched, probe, reading)
	{
		pr_check_watched(probe, reading, counters, trial->strace, trial->checks);
	}
	json_decref(watched);
}

/* Members of an object as NAME_member, in small letters.  */
static void flatten_into(json_t *flat, const char *name, const json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)object, key, value)
	{
		char *flat_key = pr_asprintf("%s_%s", name, key);

		for (char *at = flat_key + strlen(name); *at != '\0'; at++)
			*at = (char)tolower((unsigned char)*at);
		if (json_is_integer(value))
			pr_json_set(flat, flat_key, json_incref(value));
		free(flat_key);
	}
}

json_t *pr_trial_flatten(const json_t *calls)
{
	json_t *flat = json_object(), *call;
	const char *name;

	json_object_foreach((json_t *)calls, name, call)
	{
		flatten_into(flat, name, call);
		flatten_into(flat, name, json_object_get(call, "errors"));
		flatten_into(flat, name, json_object_get(call, "fds"));
	}
	return flat;
}

/* A trial that failed has no reading, and still names its probe.  */
void pr_trial_put_watched(const struct pr_trial *trial, json_t *probes, json_t *groups)
{
	json_t *watched = pr_trial_watched(trial), *reading;
	const char *probe;

	if (trial->block == 0 && pr_trial_is_watch(trial->probe) &&
	    json_object_get(watched, trial->probe) == NULL)
		pr_json_append(probes, json_string(trial->probe));
	json_object_foreach(watched, probe, reading)
	{
		json_t *flat = pr_trial_flatten(json_object_get(reading, "calls"));
		json_t *dosed = json_object_get(reading, "dosed");

		if (dosed != NULL)
			pr_json_set(flat, "dosed", json_incref(dosed));
		pr_json_append(probes, pr_json_new_string(probe));
		pr_json_set(groups, probe, flat);
	}
	json_decref(watched);
}
