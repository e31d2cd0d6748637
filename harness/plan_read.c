/* SPDX-License-Identifier: MIT */
/* harness/plan_read.c - a plan from its document, and the document from what the user named.  */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzers/packed.h"
#include "analyzers/run.h"
#include "core/base/json.h"
#include "harness/plan_parts.h"
#include "harness/replay.h"

#define HEAD_MAX 1000000000

/* ---- members ---------------------------------------------------------------------- */

/* Puts the place of a JSON value before a sentence that does not name one yet.  */
static enum pr_err at_place(const struct pr_json *at, enum pr_err err, struct pr_error *why)
{
	const struct pr_json *top = at;
	struct pr_error sentence;

	while (top->parent != NULL)
		top = top->parent;
	if (err == PR_OK || why == NULL || strncmp(why->text, top->name, strlen(top->name)) == 0)
		return err;
	sentence = *why;
	pr_json_error(at, why, "%s", sentence.text);
	return err;
}

typedef enum pr_err add_text(struct pr_plan *plan, const char *text, struct pr_error *why);
typedef enum pr_err add_object(struct pr_plan *plan, const struct pr_json *item,
                               struct pr_error *why);

/* An array of short texts or objects.  */
static enum pr_err read_items(struct pr_plan *plan, const struct pr_json *top, const char *key,
                              add_text *text, add_object *object, struct pr_error *why)
{
	struct pr_json array;
	enum pr_err err = pr_json_array(top, key, &array, why);

	for (size_t i = 0; err == PR_OK && i < json_array_size(array.value); i++) {
		struct pr_json item = pr_json_item(&array, i);

		if (json_is_string(item.value))
			err = at_place(&item, text(plan, json_string_value(item.value), why), why);
		else if (object != NULL && json_is_object(item.value))
			err = at_place(&item, object(plan, &item, why), why);
		else
			err = pr_json_error(&item, why, "must be a text%s",
			                    object != NULL ? " or an object" : "");
	}
	return err;
}

static enum pr_err read_count(const struct pr_json *top, const char *key, uint64_t least,
                              uint64_t most, uint64_t *count, struct pr_error *why)
{
	int64_t number;
	enum pr_err err;

	if (!pr_json_has(top, key))
		return PR_OK;
	err = pr_json_integer(top, key, &number, why);
	if (err != PR_OK)
		return err;
	if (number < 0 || (uint64_t)number < least || (uint64_t)number > most)
		return pr_json_error(top, why, "'%s' must be from %llu to %llu", key,
		                     (unsigned long long)least, (unsigned long long)most);
	*count = (uint64_t)number;
	return PR_OK;
}

/* NAME for the first workload of a name, NAME#2 for the second: what plans without labels say.  */
static char *ordinal_name(const struct pr_plan *plan, size_t index)
{
	const struct pr_workload_ops *ops = plan->workloads[index].ops;
	size_t same = 1;

	for (size_t i = 0; i < index; i++)
		same += plan->workloads[i].ops == ops;
	return same == 1 ? pr_strdup(ops->name) : pr_asprintf("%s#%zu", ops->name, same);
}

/* A stall is not cut, and several are one slice.  */
static uint64_t most_slices(const struct pr_plan_workload *workload)
{
	return workload->ops->stalls ? 1 : workload->spec.count;
}

static enum pr_err read_slices(struct pr_plan *plan, const struct pr_json *top,
                               struct pr_error *why)
{
	const char *keys[2 * PR_PLAN_WORKLOADS_MAX + 1] = {NULL};
	size_t count = plan->workload_count;
	struct pr_json slices;
	enum pr_err err;

	if (!pr_json_has(top, "slices"))
		return PR_OK;
	err = pr_json_object(top, "slices", &slices, why);
	for (size_t i = 0; i < count; i++) {
		keys[i] = plan->workloads[i].label;
		keys[count + i] = ordinal_name(plan, i);
	}
	if (err == PR_OK)
		err = pr_json_check_keys(&slices, keys, why);
	for (size_t i = 0; err == PR_OK && i < 2 * count; i++)
		err = read_count(&slices, keys[i], 1, most_slices(&plan->workloads[i % count]),
		                 &plan->workloads[i % count].slices, why);
	for (size_t i = count; i < 2 * count; i++)
		free((char *)keys[i]);
	return err;
}

/* One of two words, where it is given.  */
static enum pr_err read_word(const struct pr_json *top, const char *key, const char *const *names,
                             int *value, struct pr_error *why)
{
	const char *word;
	enum pr_err err;
	int found;

	if (!pr_json_has(top, key))
		return PR_OK;
	err = pr_json_string(top, key, &word, why);
	if (err != PR_OK)
		return err;
	found = pr_plan_find_word(word, names);
	if (found < 0)
		return pr_json_error(top, why, "'%s' must be '%s' or '%s'", key, names[0],
		                     names[1]);
	*value = found;
	return PR_OK;
}

static enum pr_err read_texts(struct pr_plan *plan, const struct pr_json *top, struct pr_error *why)
{
	const char *text;
	enum pr_err err = PR_OK;

	if (pr_json_has(top, "name")) {
		err = pr_json_string(top, "name", &text, why);
		if (err == PR_OK) {
			free(plan->name);
			plan->name = pr_strdup(text);
		}
	}
	if (err == PR_OK && pr_json_has(top, "pin")) {
		err = pr_json_string(top, "pin", &text, why);
		if (err == PR_OK)
			err = at_place(top, pr_plan_set_pin(plan, text, why), why);
	}
	if (err == PR_OK)
		err = read_word(top, "roles", pr_roles_names, &plan->roles, why);
	return err == PR_OK ? read_word(top, "workers", pr_plan_workers_names, &plan->workers, why)
	                    : err;
}

static enum pr_err read_probes(struct pr_plan *plan, const struct pr_json *top,
                               struct pr_error *why)
{
	if (!pr_json_has(top, "probes"))
		return PR_OK;
	plan->probes = 0;
	return read_items(plan, top, "probes", pr_plan_add_probe, NULL, why);
}

/* A share of a slice, or units.  */
static enum pr_err read_head(struct pr_plan *plan, const struct pr_json *top, struct pr_error *why)
{
	double head;
	enum pr_err err;

	if (!pr_json_has(top, "head"))
		return PR_OK;
	err = pr_json_real(top, "head", &head, why);
	if (err == PR_OK && (!(head >= 0) || head > HEAD_MAX || (head > 1 && head != floor(head))))
		err = pr_json_error(
		        top, why,
		        "'head' must be a share of a slice below 1, or a whole number of "
		        "units up to %d",
		        HEAD_MAX);
	if (err == PR_OK)
		plan->head = head;
	return err;
}

static enum pr_err check_labels(const struct pr_plan *plan, const struct pr_json *at,
                                const char *const *keys, struct pr_error *why)
{
	for (; *keys != NULL; keys++) {
		const char *label;
		size_t i = 0;

		if (!pr_json_has(at, *keys))
			continue;
		if (pr_json_string(at, *keys, &label, why) != PR_OK)
			return PR_USAGE;
		while (i < plan->phase_count && strcmp(plan->phases[i].label, label) != 0)
			i++;
		if (i == plan->phase_count)
			return pr_json_error(at, why, "there is no phase '%s'", label);
	}
	return PR_OK;
}

/* What the phases of an ablation are for; they themselves are in the plan.  */
static enum pr_err read_ablation(struct pr_plan *plan, const struct pr_json *top,
                                 struct pr_error *why)
{
	static const char *const ends[] = {"from", "to", NULL}, *const places[] = {"alone", "path",
	                                                                           NULL};
	struct pr_json ablation, parts;
	enum pr_err err;

	if (!pr_json_has(top, "ablation"))
		return PR_OK;
	err = pr_json_object(top, "ablation", &ablation, why);
	if (err == PR_OK)
		err = check_labels(plan, &ablation, ends, why);
	if (err == PR_OK)
		err = pr_json_array(&ablation, "parts", &parts, why);
	for (size_t i = 0; err == PR_OK && i < json_array_size(parts.value); i++) {
		struct pr_json part = pr_json_item(&parts, i);

		err = check_labels(plan, &part, places, why);
	}
	if (err == PR_OK)
		plan->ablation = json_deep_copy(ablation.value);
	return err;
}

#define BLOCKS_MAX   10000
#define DEADLINE_MAX 86400

static enum pr_err read_members(struct pr_plan *plan, const struct pr_json *top,
                                struct pr_error *why)
{
	static const char *const keys[] = {"format", "version", "name",     "phases",   "workloads",
	                                   "blocks", "slices",  "pin",      "roles",    "workers",
	                                   "probes", "seed",    "traces",   "deadline", "predicted",
	                                   "head",   "whole",   "ablation", NULL};
	enum pr_err err = pr_json_check_keys(top, keys, why);

	if (err == PR_OK)
		err = read_texts(plan, top, why);
	if (err == PR_OK)
		err = read_items(plan, top, "phases", pr_plan_add_phase_text,
		                 pr_plan_add_phase_object, why);
	if (err == PR_OK)
		err = read_ablation(plan, top, why);
	if (err == PR_OK)
		err = read_items(plan, top, "workloads", pr_plan_add_workload_text,
		                 pr_plan_add_workload_object, why);
	if (err == PR_OK)
		err = at_place(top, pr_plan_label_workloads(plan, why), why);
	if (err == PR_OK)
		err = read_slices(plan, top, why);
	if (err == PR_OK)
		err = read_probes(plan, top, why);
	if (err == PR_OK)
		err = read_count(top, "blocks", 1, BLOCKS_MAX, &plan->blocks, why);
	if (err == PR_OK)
		err = read_count(top, "whole", 0, BLOCKS_MAX, &plan->whole, why);
	if (err == PR_OK)
		err = read_head(plan, top, why);
	if (err == PR_OK)
		err = read_count(top, "seed", 0, INT64_MAX, &plan->seed, why);
	if (err == PR_OK)
		err = read_count(top, "traces", 0, 1, &plan->traces, why);
	if (err == PR_OK)
		err = read_count(top, "deadline", 1, DEADLINE_MAX, &plan->deadline_s, why);
	return err;
}

static enum pr_err check_not_empty(const struct pr_plan *plan, const char *file,
                                   struct pr_error *why)
{
	if (plan->phase_count == 0)
		return pr_error_set(why, PR_USAGE, "%s: the plan has no phase", file);
	if (plan->workload_count == 0)
		return pr_error_set(why, PR_USAGE, "%s: the plan has no workload", file);
	return PR_OK;
}

/* ---- documents -------------------------------------------------------------------- */

static bool is_record(const json_t *json)
{
	const char *format = pr_json_text(json, "format");

	return format != NULL && strcmp(format, "proctor.run") == 0;
}

/* The plan inside the record of a run, or the document itself.  */
static enum pr_err find_plan(json_t *json, const char *file, json_t **plan, struct pr_error *why)
{
	struct pr_json top = pr_json_top(file, json);
	struct pr_json inner;
	enum pr_err err;

	*plan = json;
	if (!is_record(json))
		return PR_OK;
	err = pr_json_check_format(json, file, "proctor.run", 1, why);
	if (err == PR_OK)
		err = pr_json_object(&top, "plan", &inner, why);
	if (err == PR_OK)
		*plan = inner.value;
	return err;
}

enum pr_err pr_plan_parse(json_t *json, const char *file, struct pr_plan **result,
                          struct pr_error *why)
{
	struct pr_plan *plan = pr_plan_create();
	struct pr_json top;
	enum pr_err err = find_plan(json, file, &json, why);

	if (err == PR_OK)
		err = pr_json_check_format(json, file, PR_PLAN_FORMAT, PR_PLAN_VERSION, why);
	if (err == PR_OK) {
		top = pr_json_top(file, json);
		err = read_members(plan, &top, why);
	}
	if (err == PR_OK)
		err = check_not_empty(plan, file, why);
	if (err == PR_OK)
		err = at_place(&top, pr_plan_check_carried(plan, why), why);
	if (err == PR_OK)
		err = at_place(&top, pr_plan_split_pins(plan, why), why);
	if (err != PR_OK)
		pr_plan_destroy(&plan);
	else
		*result = plan;
	return err;
}

/* ---- sources ---------------------------------------------------------------------- */

static enum pr_err load_builtin(const struct pr_plan_builtin *builtin, struct pr_plan **plan,
                                struct pr_error *why)
{
	json_t *json = json_loads(builtin->json, JSON_REJECT_DUPLICATES, NULL);
	enum pr_err err;

	assert(json != NULL);
	err = pr_plan_parse(json, builtin->name, plan, why);
	json_decref(json);
	return err;
}

static bool is_directory(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* The folder of a file.  */
static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return pr_strdup(".");
	return slash == path ? pr_strdup("/") : strndup(path, (size_t)(slash - path));
}

/* A file, or the run.json of a run that is named whole.  *dir, which the caller frees, is where it
 * is.  */
static enum pr_err read_source(const char *source, json_t **json, char **dir, struct pr_error *why)
{
	const char *folder;
	enum pr_err err;

	if (!is_directory(source) && !pr_packed_is(source)) {
		err = pr_json_read_file(source, json, why);
		*dir = err == PR_OK ? folder_of(source) : NULL;
		return err;
	}
	err = pr_packed_open(source, &folder, why);
	if (err == PR_OK)
		err = pr_run_read_json(source, json, why);
	*dir = err == PR_OK ? pr_strdup(folder) : NULL;
	return err;
}

enum pr_err pr_plan_load(const char *source, struct pr_plan **plan, struct pr_error *why)
{
	const char *names[16];
	size_t count = 0;
	json_t *json;
	char *dir;
	enum pr_err err;

	for (; pr_plan_builtins[count].name != NULL; count++) {
		names[count] = pr_plan_builtins[count].name;
		if (strcmp(source, names[count]) == 0)
			return load_builtin(&pr_plan_builtins[count], plan, why);
	}
	if (strcmp(source, "-") != 0 && strpbrk(source, "/.") == NULL && access(source, F_OK) != 0)
		return pr_plan_unknown("plan", source, names, count,
		                       "'proctor list plans' names them; or give the path of a "
		                       "JSON file or of an earlier run",
		                       why);
	err = read_source(source, &json, &dir, why);
	if (err != PR_OK)
		return err;
	err = pr_plan_parse(json, strcmp(source, "-") == 0 ? "standard input" : source, plan, why);
	if (err == PR_OK && is_record(json))
		pr_replay_note(*plan, json, dir, source);
	json_decref(json);
	free(dir);
	return err;
}
