/* SPDX-License-Identifier: MIT */
/* harness/plan.c - reading, changing, checking and writing plans.
 *
 * The built-in plans are JSON texts and take the same way through the parser as a file.  */
#include "harness/plan.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/json.h"
#include "core/phase.h"
#include "harness/cpus.h"
#include "harness/options.h"

#define FORMAT  "proctor.plan"
#define VERSION 1

/* ---- built-in plans ------------------------------------------------------------------ */

/* The phases of the report's story with its send batch of 8 KiB, our fastest setting, libzmq, and
 * the floors under them.  */
#define SEED_PHASES                                                                                \
	"\"phases\":["                                                                             \
	"\"baseline=core,preset=baseline,cork=8K\","                                               \
	"\"true-proactor=core,preset=true-proactor,cork=8K\","                                     \
	"\"true-proactor-fixed=core,preset=true-proactor-fixed,cork=8K\","                         \
	"\"reactive=core,preset=reactive,cork=8K\","                                               \
	"\"reactive-coalesced=core,preset=reactive-coalesced,cork=8K\","                           \
	"\"core\",\"zmq\",\"floor\",\"floor-8k=floor,pingpong=blocking,batch=8K\"],"

#define SEED_WORKLOADS "\"workloads\":[\"pingpong,count=1000\",\"streaming,count=200000\"],"

/* A block takes about a second.  With fewer than 8 no difference could be shown after the
 * correction for several metrics; a report should see a few per cent, and the differences of single
 * blocks scatter by 5 to 10 %.  */
struct builtin {
	const char *name;
	const char *json;
};

static const struct builtin builtins[] = {
        {"seed",
         "{\"format\":\"proctor.plan\",\"version\":1,\"name\":\"seed\"," SEED_PHASES SEED_WORKLOADS
         "\"blocks\":30}"},
        {"quick",
         "{\"format\":\"proctor.plan\",\"version\":1,\"name\":\"quick\"," SEED_PHASES SEED_WORKLOADS
         "\"blocks\":12}"},
};

#define BUILTIN_COUNT (sizeof(builtins) / sizeof(builtins[0]))

/* ---- names --------------------------------------------------------------------------- */

/* "unknown KIND 'x'; did you mean 'y'?"  */
static enum pr_err unknown_name(const char *kind, const char *name, const char *const *names,
                                size_t count, const char *where_listed, struct pr_error *why)
{
	const char *nearest = pr_opts_nearest(name, names, count);

	if (nearest != NULL)
		return pr_error_set(why, PR_USAGE, "unknown %s '%s'; did you mean '%s'?", kind,
		                    name, nearest);
	return pr_error_set(why, PR_USAGE, "unknown %s '%s'; %s", kind, name, where_listed);
}

/* Labels become names of files and keys of records.  */
static enum pr_err check_label(const char *label, struct pr_error *why)
{
	static const char allowed[] =
	        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-";

	if (*label != '\0' && *label != '.' && *label != '-' && strlen(label) <= 64 &&
	    strspn(label, allowed) == strlen(label))
		return PR_OK;
	return pr_error_set(why, PR_USAGE,
	                    "'%s' cannot be a label: use up to 64 letters, digits and . _ + -, and "
	                    "start with a letter or digit",
	                    label);
}

/* An engine, or a preset of engine core.  */
static enum pr_err find_engine(const char *name, const struct pr_adapter_ops **engine,
                               bool *is_preset, struct pr_error *why)
{
	const char *names[64];
	size_t count = 0;

	*engine = pr_adapter_find(name);
	*is_preset = false;
	if (*engine != NULL)
		return PR_OK;
	if (pr_phase_find(name) != NULL) {
		*engine = &pr_adapter_core;
		*is_preset = true;
		return PR_OK;
	}
	for (size_t i = 0; pr_adapters[i] != NULL; i++)
		names[count++] = pr_adapters[i]->name;
	for (size_t i = 0; pr_phase_presets[i].name != NULL && count < 64; i++)
		names[count++] = pr_phase_presets[i].name;
	return unknown_name("engine or preset", name, names, count,
	                    "'proctor list engines' and 'proctor list phases' name them", why);
}

static enum pr_err find_workload(const char *name, const struct pr_workload_ops **ops,
                                 struct pr_error *why)
{
	const char *names[64];
	size_t count = 0;

	*ops = pr_workload_find(name);
	if (*ops != NULL)
		return PR_OK;
	for (; pr_workloads[count] != NULL; count++)
		names[count] = pr_workloads[count]->name;
	return unknown_name("workload", name, names, count, "'proctor list workloads' names them",
	                    why);
}

static const char *const probe_names[] = {"hooks", "strace"};
#define PROBE_COUNT 2

static enum pr_err add_probe(struct pr_plan *plan, const char *name, struct pr_error *why)
{
	for (unsigned i = 0; i < PROBE_COUNT; i++)
		if (strcmp(probe_names[i], name) == 0) {
			plan->probes |= 1u << i;
			return PR_OK;
		}
	return unknown_name("probe", name, probe_names, PROBE_COUNT,
	                    "'proctor list probes' names them", why);
}

/* ---- phases -------------------------------------------------------------------------- */

/* Takes options.  */
static enum pr_err add_phase(struct pr_plan *plan, const char *label, const char *engine,
                             json_t *options, struct pr_error *why)
{
	struct pr_plan_phase *phase = &plan->phases[plan->phase_count];
	char *what = pr_asprintf("phase '%s'", label);
	bool is_preset;
	enum pr_err err;

	if (plan->phase_count == PR_PLAN_PHASES_MAX)
		err = pr_error_set(why, PR_USAGE, "more than %d phases", PR_PLAN_PHASES_MAX);
	else
		err = check_label(label, why);
	for (size_t i = 0; err == PR_OK && i < plan->phase_count; i++)
		if (strcmp(plan->phases[i].label, label) == 0)
			err = pr_error_set(why, PR_USAGE,
			                   "the label '%s' is given to two phases; choose another",
			                   label);
	if (err == PR_OK)
		err = find_engine(engine, &phase->engine, &is_preset, why);
	if (err == PR_OK && is_preset && json_object_get(options, "preset") == NULL)
		pr_json_set(options, "preset", json_string(engine));
	if (err == PR_OK)
		err = phase->engine->expand(options, what, &phase->expanded, why);
	free(what);
	if (err != PR_OK) {
		json_decref(options);
		return err;
	}
	phase->label = pr_strdup(label);
	phase->options = options;
	plan->phase_count++;
	return PR_OK;
}

/* "LABEL=ENGINE[,option=value]...", or an engine or preset that is its own label.  */
static enum pr_err add_phase_text(struct pr_plan *plan, const char *text, struct pr_error *why)
{
	char *head = pr_strdup(text);
	char *list = strchr(head, ',');
	char *engine;
	json_t *options;
	enum pr_err err;

	if (list != NULL)
		*list++ = '\0';
	engine = strchr(head, '=');
	if (engine == NULL && list != NULL)
		err = pr_error_set(
		        why, PR_USAGE,
		        "phase '%s' has options and so needs a label of its own: LABEL=%s", text,
		        text);
	else
		err = pr_options_from_list(list != NULL ? list : "", text, &options, why);
	if (err == PR_OK) {
		if (engine != NULL)
			*engine++ = '\0';
		err = add_phase(plan, head, engine != NULL ? engine : head, options, why);
	}
	free(head);
	return err;
}

static enum pr_err add_phase_object(struct pr_plan *plan, const struct pr_json *item,
                                    struct pr_error *why)
{
	static const char *const keys[] = {"label", "engine", "options", NULL};
	const char *label, *engine = "core";
	json_t *options = NULL;
	enum pr_err err = pr_json_check_keys(item, keys, why);

	if (err == PR_OK)
		err = pr_json_string(item, "label", &label, why);
	if (err == PR_OK && pr_json_has(item, "engine"))
		err = pr_json_string(item, "engine", &engine, why);
	if (err == PR_OK && pr_json_has(item, "options"))
		err = pr_options_from_json(json_object_get(item->value, "options"), label, &options,
		                           why);
	else if (err == PR_OK)
		options = json_object();
	return err == PR_OK ? add_phase(plan, label, engine, options, why) : err;
}

static void clear_phases(struct pr_plan *plan)
{
	for (size_t i = 0; i < plan->phase_count; i++) {
		free(plan->phases[i].label);
		json_decref(plan->phases[i].options);
		json_decref(plan->phases[i].expanded);
	}
	plan->phase_count = 0;
}

/* ---- workloads ----------------------------------------------------------------------- */

static char *workload_label(const struct pr_plan *plan, const char *name)
{
	size_t same = 1;

	for (size_t i = 0; i < plan->workload_count; i++)
		same += strcmp(plan->workloads[i].ops->name, name) == 0;
	return same == 1 ? pr_strdup(name) : pr_asprintf("%s#%zu", name, same);
}

static enum pr_err add_workload(struct pr_plan *plan, const char *name, const json_t *options,
                                struct pr_error *why)
{
	struct pr_plan_workload *workload = &plan->workloads[plan->workload_count];
	char *what = pr_asprintf("workload '%s'", name);
	enum pr_err err = PR_OK;

	if (plan->workload_count == PR_PLAN_WORKLOADS_MAX)
		err = pr_error_set(why, PR_USAGE, "more than %d workloads", PR_PLAN_WORKLOADS_MAX);
	if (err == PR_OK)
		err = find_workload(name, &workload->ops, why);
	if (err == PR_OK) {
		workload->spec = workload->ops->defaults;
		err = pr_options_apply(workload->ops->opts, &workload->spec, options, what, why);
	}
	free(what);
	if (err != PR_OK)
		return err;
	workload->label = workload_label(plan, name);
	workload->slices = workload->ops->slices;
	if (workload->slices > workload->spec.count)
		workload->slices = workload->spec.count;
	plan->workload_count++;
	return PR_OK;
}

/* "NAME[,option=value]..." */
static enum pr_err add_workload_text(struct pr_plan *plan, const char *text, struct pr_error *why)
{
	char *name = pr_strdup(text);
	char *list = strchr(name, ',');
	json_t *options = NULL;
	enum pr_err err;

	if (list != NULL)
		*list++ = '\0';
	err = pr_options_from_list(list != NULL ? list : "", text, &options, why);
	if (err == PR_OK)
		err = add_workload(plan, name, options, why);
	json_decref(options);
	free(name);
	return err;
}

static enum pr_err add_workload_object(struct pr_plan *plan, const struct pr_json *item,
                                       struct pr_error *why)
{
	static const char *const keys[] = {"name", "options", NULL};
	const char *name;
	json_t *options = NULL;
	enum pr_err err = pr_json_check_keys(item, keys, why);

	if (err == PR_OK)
		err = pr_json_string(item, "name", &name, why);
	if (err == PR_OK && pr_json_has(item, "options"))
		err = pr_options_from_json(json_object_get(item->value, "options"), name, &options,
		                           why);
	if (err == PR_OK)
		err = add_workload(plan, name, options, why);
	json_decref(options);
	return err;
}

static void clear_workloads(struct pr_plan *plan)
{
	for (size_t i = 0; i < plan->workload_count; i++)
		free(plan->workloads[i].label);
	plan->workload_count = 0;
}

/* ---- members ------------------------------------------------------------------------- */

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

static enum pr_err read_slices(struct pr_plan *plan, const struct pr_json *top,
                               struct pr_error *why)
{
	const char *labels[PR_PLAN_WORKLOADS_MAX + 1] = {NULL};
	struct pr_json slices;
	enum pr_err err;

	if (!pr_json_has(top, "slices"))
		return PR_OK;
	err = pr_json_object(top, "slices", &slices, why);
	for (size_t i = 0; i < plan->workload_count; i++)
		labels[i] = plan->workloads[i].label;
	if (err == PR_OK)
		err = pr_json_check_keys(&slices, labels, why);
	for (size_t i = 0; err == PR_OK && i < plan->workload_count; i++)
		err = read_count(&slices, labels[i], 1, plan->workloads[i].spec.count,
		                 &plan->workloads[i].slices, why);
	return err;
}

static enum pr_err set_pin(struct pr_plan *plan, const char *pin, struct pr_error *why)
{
	char *list;
	enum pr_err err = pr_cpus_resolve(pin, &list, why);

	if (err != PR_OK)
		return err;
	free(list);
	free(plan->pin);
	plan->pin = pr_strdup(pin);
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
			err = at_place(top, set_pin(plan, text, why), why);
	}
	if (err == PR_OK && pr_json_has(top, "roles")) {
		err = pr_json_string(top, "roles", &text, why);
		if (err == PR_OK && strcmp(text, "one") != 0)
			err = pr_json_error(top, why,
			                    "'roles' must be 'one': both ends are in one process, "
			                    "as in the report");
	}
	return err;
}

static enum pr_err read_probes(struct pr_plan *plan, const struct pr_json *top,
                               struct pr_error *why)
{
	if (!pr_json_has(top, "probes"))
		return PR_OK;
	plan->probes = 0;
	return read_items(plan, top, "probes", add_probe, NULL, why);
}

#define BLOCKS_MAX   10000
#define DEADLINE_MAX 86400

static enum pr_err read_members(struct pr_plan *plan, const struct pr_json *top,
                                struct pr_error *why)
{
	static const char *const keys[] = {
	        "format", "version", "name", "phases", "workloads", "blocks",    "slices", "pin",
	        "roles",  "probes",  "seed", "traces", "deadline",  "predicted", NULL};
	enum pr_err err = pr_json_check_keys(top, keys, why);

	if (err == PR_OK)
		err = read_texts(plan, top, why);
	if (err == PR_OK)
		err = read_items(plan, top, "phases", add_phase_text, add_phase_object, why);
	if (err == PR_OK)
		err = read_items(plan, top, "workloads", add_workload_text, add_workload_object,
		                 why);
	if (err == PR_OK)
		err = read_slices(plan, top, why);
	if (err == PR_OK)
		err = read_probes(plan, top, why);
	if (err == PR_OK)
		err = read_count(top, "blocks", 1, BLOCKS_MAX, &plan->blocks, why);
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

/* ---- whole plans --------------------------------------------------------------------- */

static struct pr_plan *make_plan(void)
{
	struct pr_plan *plan = pr_alloc(sizeof(*plan));

	memset(plan, 0, sizeof(*plan));
	plan->name = pr_strdup("custom");
	plan->pin = pr_strdup("spread");
	plan->blocks = 10;
	plan->seed = 1;
	plan->traces = 1;
	plan->deadline_s = 10;
	plan->probes = PR_PROBE_HOOKS | PR_PROBE_STRACE;
	return plan;
}

void pr_plan_destroy(struct pr_plan **taken)
{
	struct pr_plan *plan = *taken;

	*taken = NULL;
	if (plan == NULL)
		return;
	clear_phases(plan);
	clear_workloads(plan);
	free(plan->name);
	free(plan->pin);
	free(plan);
}

/* The plan inside the record of a run, or the document itself.  */
static enum pr_err find_plan(json_t *json, const char *file, json_t **plan, struct pr_error *why)
{
	const char *format = json_string_value(json_object_get(json, "format"));
	struct pr_json top = pr_json_top(file, json);
	struct pr_json inner;
	enum pr_err err;

	*plan = json;
	if (format == NULL || strcmp(format, "proctor.run") != 0)
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
	struct pr_plan *plan = make_plan();
	struct pr_json top;
	enum pr_err err = find_plan(json, file, &json, why);

	if (err == PR_OK)
		err = pr_json_check_format(json, file, FORMAT, VERSION, why);
	if (err == PR_OK) {
		top = pr_json_top(file, json);
		err = read_members(plan, &top, why);
	}
	if (err == PR_OK)
		err = check_not_empty(plan, file, why);
	if (err != PR_OK)
		pr_plan_destroy(&plan);
	else
		*result = plan;
	return err;
}

static enum pr_err load_builtin(const struct builtin *builtin, struct pr_plan **plan,
                                struct pr_error *why)
{
	json_t *json = json_loads(builtin->json, JSON_REJECT_DUPLICATES, NULL);
	enum pr_err err;

	assert(json != NULL);
	err = pr_plan_parse(json, builtin->name, plan, why);
	json_decref(json);
	return err;
}

enum pr_err pr_plan_load(const char *source, struct pr_plan **plan, struct pr_error *why)
{
	const char *names[BUILTIN_COUNT];
	json_t *json;
	enum pr_err err;

	for (size_t i = 0; i < BUILTIN_COUNT; i++) {
		names[i] = builtins[i].name;
		if (strcmp(source, names[i]) == 0)
			return load_builtin(&builtins[i], plan, why);
	}
	if (strcmp(source, "-") != 0 && strchr(source, '/') == NULL && access(source, F_OK) != 0)
		return unknown_name("plan", source, names, BUILTIN_COUNT,
		                    "give seed, quick, or the path of a JSON file", why);
	err = pr_json_read_file(source, &json, why);
	if (err != PR_OK)
		return err;
	err = pr_plan_parse(json, strcmp(source, "-") == 0 ? "standard input" : source, plan, why);
	json_decref(json);
	return err;
}

enum pr_err pr_plan_change(struct pr_plan *plan, const struct pr_plan_changes *changes,
                           struct pr_error *why)
{
	enum pr_err err = PR_OK;

	if (changes->phases.count > 0)
		clear_phases(plan);
	for (size_t i = 0; err == PR_OK && i < changes->phases.count; i++)
		err = add_phase_text(plan, changes->phases.items[i], why);
	if (changes->workloads.count > 0)
		clear_workloads(plan);
	for (size_t i = 0; err == PR_OK && i < changes->workloads.count; i++)
		err = add_workload_text(plan, changes->workloads.items[i], why);
	if (changes->probes.count > 0)
		plan->probes = 0;
	for (size_t i = 0; err == PR_OK && i < changes->probes.count; i++)
		err = add_probe(plan, changes->probes.items[i], why);
	if (err == PR_OK && changes->pin != NULL)
		err = set_pin(plan, changes->pin, why);
	if (changes->has_blocks)
		plan->blocks = changes->blocks;
	if (changes->has_seed)
		plan->seed = changes->seed;
	return err;
}

/* ---- writing ------------------------------------------------------------------------- */

json_t *pr_plan_dump_options(const struct pr_plan_workload *workload)
{
	json_t *options = json_object();

	pr_options_expand(workload->ops->opts, &workload->spec, true, options);
	return options;
}

static json_t *dump_phases(const struct pr_plan *plan)
{
	json_t *array = json_array();

	for (size_t i = 0; i < plan->phase_count; i++) {
		json_t *phase = json_object();

		pr_json_set(phase, "label", json_string(plan->phases[i].label));
		pr_json_set(phase, "engine", json_string(plan->phases[i].engine->name));
		pr_json_set(phase, "options", json_deep_copy(plan->phases[i].options));
		pr_json_append(array, phase);
	}
	return array;
}

static json_t *dump_workloads(const struct pr_plan *plan)
{
	json_t *array = json_array();

	for (size_t i = 0; i < plan->workload_count; i++) {
		json_t *workload = json_object();

		pr_json_set(workload, "name", json_string(plan->workloads[i].ops->name));
		pr_json_set(workload, "options", pr_plan_dump_options(&plan->workloads[i]));
		pr_json_append(array, workload);
	}
	return array;
}

static json_t *dump_slices(const struct pr_plan *plan)
{
	json_t *object = json_object();

	for (size_t i = 0; i < plan->workload_count; i++)
		pr_json_set(object, plan->workloads[i].label,
		            json_integer((json_int_t)plan->workloads[i].slices));
	return object;
}

static json_t *dump_probes(const struct pr_plan *plan)
{
	json_t *array = json_array();

	for (unsigned i = 0; i < PROBE_COUNT; i++)
		if (plan->probes & 1u << i)
			pr_json_append(array, json_string(probe_names[i]));
	return array;
}

json_t *pr_plan_dump(const struct pr_plan *plan)
{
	json_t *json = json_object();

	pr_json_set(json, "format", json_string(FORMAT));
	pr_json_set(json, "version", json_integer(VERSION));
	pr_json_set(json, "name", pr_json_new_string(plan->name));
	pr_json_set(json, "phases", dump_phases(plan));
	pr_json_set(json, "workloads", dump_workloads(plan));
	pr_json_set(json, "blocks", json_integer((json_int_t)plan->blocks));
	pr_json_set(json, "slices", dump_slices(plan));
	pr_json_set(json, "pin", pr_json_new_string(plan->pin));
	pr_json_set(json, "roles", json_string("one"));
	pr_json_set(json, "probes", dump_probes(plan));
	pr_json_set(json, "seed", json_integer((json_int_t)plan->seed));
	pr_json_set(json, "traces", json_integer((json_int_t)plan->traces));
	pr_json_set(json, "deadline", json_integer((json_int_t)plan->deadline_s));
	return json;
}

/* ---- sums ---------------------------------------------------------------------------- */

uint64_t pr_plan_slice_count(const struct pr_plan_workload *workload, uint64_t index)
{
	uint64_t count = workload->spec.count, slices = workload->slices;

	return count / slices + (index < count % slices);
}

/* Of one worker: to start it, open, warm up and close.  */
#define WORKER_S 0.06
/* The same under strace, with the parsing and compressing of the trace.  */
#define TRACE_S 0.4

double pr_plan_predict_s(const struct pr_plan *plan)
{
	double block_s = WORKER_S, trace_s = TRACE_S;

	for (size_t i = 0; i < plan->workload_count; i++) {
		const struct pr_plan_workload *workload = &plan->workloads[i];
		double messages = (double)workload->spec.count * workload->ops->messages_per_unit;

		block_s += messages * workload->ops->guess_ns / 1e9;
		trace_s += messages * workload->ops->guess_traced_ns / 1e9;
	}
	if (plan->traces == 0 || !(plan->probes & PR_PROBE_STRACE))
		trace_s = 0;
	return (double)plan->phase_count * ((double)plan->blocks * block_s + trace_s);
}
