/* SPDX-License-Identifier: MIT */
/* analyzers/host.c - whether two runs were made under the same conditions.  */
#include "analyzers/host.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/json.h"

/* Facts of proctor.run's "host" that make one host of two.  The others (of the network stack, the C
 * library, the distribution) are told when they differ and no more.  */
static const char *const identity[] = {"architecture",
                                       "cpu_model",
                                       "cpus",
                                       "cpus_allowed",
                                       "cpu_microcode",
                                       "memory_bytes",
                                       "kernel",
                                       "virtual_machine",
                                       "mitigations",
                                       "cpu_governor",
                                       "cpu_no_turbo",
                                       "cpu_smt_active",
                                       "cgroup_cpu_max",
                                       "clocksource",
                                       "numa_nodes",
                                       "cpu_frequency_max_khz",
                                       "cgroup_cpu_quota_us",
                                       NULL};

/* Moves by itself, or is told apart from the others.  */
static const char *const restless[] = {"cpu_mhz", "build", NULL};

static bool is_one_of(const char *name, const char *const *names)
{
	for (; *names != NULL; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

/* The text of a value; NULL for what is absent or null.  The caller frees.  */
static char *text_of(const json_t *value)
{
	if (value == NULL || json_is_null(value))
		return NULL;
	if (json_is_string(value))
		return pr_strdup(json_string_value(value));
	return json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY |
	                                 JSON_REAL_PRECISION(15));
}

/* A kernel reserves a little more or less at each start.  */
static char *fact_text(const char *key, const json_t *value)
{
	if (strcmp(key, "memory_bytes") == 0 && json_is_number(value))
		return pr_asprintf("%.1f GiB", json_number_value(value) / (1 << 30));
	return text_of(value);
}

/* ---- fingerprints ---------------------------------------------------------------------------- */

/* FNV-1a, 64 bits: to tell apart, not to protect.  */
static char *hash(const struct pr_buf *text)
{
	uint64_t value = 14695981039346656037u;

	for (size_t i = 0; i < text->size; i++)
		value = (value ^ (unsigned char)text->text[i]) * 1099511628211u;
	return pr_asprintf("%016llx", (unsigned long long)value);
}

static void add(struct pr_buf *text, const char *key, char *value)
{
	pr_buf_printf(text, "%s=%s\n", key, value != NULL ? value : "");
	free(value);
}

static const json_t *host_of(const struct pr_run *run)
{
	const json_t *host = json_object_get(run->json, "host");

	return json_is_string(json_object_get(host, "cpu_model")) ? host : NULL;
}

char *pr_host_fingerprint(const struct pr_run *run)
{
	const json_t *host = host_of(run);
	struct pr_buf text;
	char *result;

	if (host == NULL)
		return NULL;
	pr_buf_init(&text);
	for (size_t i = 0; identity[i] != NULL; i++)
		add(&text, identity[i], fact_text(identity[i], json_object_get(host, identity[i])));
	result = hash(&text);
	pr_buf_fini(&text);
	return result;
}

char *pr_host_plan_fingerprint(const struct pr_run *run)
{
	static const char *const keys[] = {"slices", "pin", "roles", NULL};
	struct pr_buf text;
	char *result;

	pr_buf_init(&text);
	for (size_t i = 0; i < run->workload_count; i++) {
		add(&text, run->workloads[i].label, pr_strdup(run->workloads[i].name));
		add(&text, "options", text_of(run->workloads[i].options));
	}
	for (size_t i = 0; keys[i] != NULL; i++)
		add(&text, keys[i], text_of(json_object_get(run->plan, keys[i])));
	result = hash(&text);
	pr_buf_fini(&text);
	return result;
}

/* ---- differences ----------------------------------------------------------------------------- */

/* Takes what, first and second.  Nothing is added when they are equal.  */
static void tell(json_t *array, char *what, char *first, char *second, bool host)
{
	bool equal = first == NULL || second == NULL ? first == second : strcmp(first, second) == 0;
	json_t *entry;

	if (!equal) {
		entry = json_object();
		pr_json_set(entry, "what", pr_json_new_string(what));
		pr_json_set(entry, "first", pr_json_new_string(first));
		pr_json_set(entry, "second", pr_json_new_string(second));
		pr_json_set(entry, "host", json_boolean(host));
		pr_json_append(array, entry);
	}
	free(what);
	free(first);
	free(second);
}

/* Every key that either has.  */
static void tell_members(json_t *array, const char *prefix, const json_t *first,
                         const json_t *second, bool host)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)first, key, value)
	{
		if (!is_one_of(key, restless))
			tell(array, pr_asprintf("%s%s", prefix, key), fact_text(key, value),
			     fact_text(key, json_object_get(second, key)),
			     host && is_one_of(key, identity));
	}
	json_object_foreach((json_t *)second, key, value)
	{
		if (!is_one_of(key, restless) && json_object_get(first, key) == NULL)
			tell(array, pr_asprintf("%s%s", prefix, key), NULL, fact_text(key, value),
			     host && is_one_of(key, identity));
	}
}

static void tell_host(json_t *array, const struct pr_run *first, const struct pr_run *second)
{
	const json_t *one = host_of(first), *two = host_of(second);

	if (one != NULL && two != NULL) {
		tell_members(array, "", one, two, true);
		return;
	}
	tell(array, pr_strdup("host"), pr_strdup(one != NULL ? "described" : "not described"),
	     pr_strdup(two != NULL ? "described" : "not described "), true);
}

static void tell_phases(json_t *array, const struct pr_run *first, const struct pr_run *second)
{
	for (size_t i = 0; i < first->phase_count; i++) {
		const struct pr_run_phase *one = &first->phases[i], *two;
		size_t other = pr_run_find_phase(second, one->label);
		char *prefix;

		if (other == PR_RUN_NONE)
			continue;
		two = &second->phases[other];
		prefix = pr_asprintf("%s: ", one->label);
		tell(array, pr_asprintf("%sengine", prefix), pr_strdup(one->engine),
		     pr_strdup(two->engine), false);
		tell_members(array, prefix, one->options, two->options, false);
		free(prefix);
		prefix = pr_asprintf("%s: library ", one->label);
		tell_members(array, prefix, one->library, two->library, false);
		free(prefix);
		prefix = pr_asprintf("%s: library built with ", one->label);
		tell_members(array, prefix, json_object_get(one->library, "build"),
		             json_object_get(two->library, "build"), false);
		free(prefix);
	}
}

static void tell_workloads(json_t *array, const struct pr_run *first, const struct pr_run *second)
{
	for (size_t i = 0; i < first->workload_count; i++) {
		size_t other = pr_run_find_workload(second, first->workloads[i].label);
		char *prefix;

		if (other == PR_RUN_NONE)
			continue;
		prefix = pr_asprintf("workload %s: ", first->workloads[i].label);
		tell_members(array, prefix, first->workloads[i].options,
		             second->workloads[other].options, false);
		free(prefix);
	}
}

json_t *pr_host_differences(const struct pr_run *first, const struct pr_run *second)
{
	json_t *array = json_array();

	tell_host(array, first, second);
	tell(array, pr_strdup("pin"), text_of(json_object_get(first->plan, "pin")),
	     text_of(json_object_get(second->plan, "pin")), true);
	tell_members(array, "proctor ", json_object_get(first->json, "proctor"),
	             json_object_get(second->json, "proctor"), false);
	tell_workloads(array, first, second);
	tell_phases(array, first, second);
	return array;
}

json_t *pr_host_changes(const json_t *first, const json_t *second)
{
	json_t *array = json_array();

	tell_members(array, "", json_object_get(first, "host"), json_object_get(second, "host"),
	             true);
	tell_members(array, "proctor ", json_object_get(first, "proctor"),
	             json_object_get(second, "proctor"), false);
	return array;
}

bool pr_host_differs(const json_t *differences)
{
	size_t i;
	json_t *entry;

	json_array_foreach((json_t *)differences, i, entry)
	{
		if (json_is_true(json_object_get(entry, "host")))
			return true;
	}
	return false;
}
