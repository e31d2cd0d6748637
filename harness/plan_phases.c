/* SPDX-License-Identifier: MIT */
/* harness/plan_phases.c - the phases of a plan: "LABEL=ENGINE,option=value", or an object.  */
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/phase.h"
#include "harness/options.h"
#include "harness/plan_parts.h"
#include "harness/plant.h"
#include "harness/probe.h"

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
	return pr_plan_unknown("engine or preset", name, names, count,
	                       "'proctor list engines' and 'proctor list phases' name them", why);
}

/* Every option, checked: the engine's, and what is planted.  */
static enum pr_err expand(struct pr_plan_phase *phase, const json_t *options, const char *what,
                          struct pr_error *why)
{
	struct pr_plant plant;
	enum pr_err err = pr_plant_split(options, what, &plant, &phase->engine_options, why);

	if (err != PR_OK)
		return err;
	phase->watch = pr_plant_watch(&plant);
	phase->doses = plant.dose != 0;
	phase->dose_count = phase->doses ? plant.dose_count : 0;
	err = phase->engine->expand(phase->engine_options, what, &phase->expanded, why);
	if (err == PR_OK)
		pr_plant_expand(&plant, phase->expanded);
	else
		json_decref(phase->engine_options);
	return err;
}

enum pr_err pr_plan_add_phase(struct pr_plan *plan, const char *label, const char *engine,
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
	if (err == PR_OK) {
		err = pr_variants_parse(&phase->variants, options, what, why);
		if (err == PR_OK)
			err = expand(phase, options, what, why);
		if (err != PR_OK)
			pr_variants_fini(&phase->variants);
	}
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
enum pr_err pr_plan_add_phase_text(struct pr_plan *plan, const char *text, struct pr_error *why)
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
		err = pr_plan_add_phase(plan, head, engine != NULL ? engine : head, options, why);
	}
	free(head);
	return err;
}

enum pr_err pr_plan_add_phase_object(struct pr_plan *plan, const struct pr_json *item,
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
	return err == PR_OK ? pr_plan_add_phase(plan, label, engine, options, why) : err;
}

void pr_plan_free_phase(struct pr_plan_phase *phase)
{
	free(phase->label);
	json_decref(phase->options);
	json_decref(phase->engine_options);
	json_decref(phase->expanded);
	pr_variants_fini(&phase->variants);
}

void pr_plan_drop_last_phase(struct pr_plan *plan)
{
	pr_plan_free_phase(&plan->phases[--plan->phase_count]);
}

void pr_plan_clear_phases(struct pr_plan *plan)
{
	for (size_t i = 0; i < plan->phase_count; i++)
		pr_plan_free_phase(&plan->phases[i]);
	plan->phase_count = 0;
}

void pr_plan_drop_phase(struct pr_plan *plan, size_t index)
{
	pr_plan_free_phase(&plan->phases[index]);
	plan->phase_count--;
	memmove(&plan->phases[index], &plan->phases[index + 1],
	        (plan->phase_count - index) * sizeof(plan->phases[0]));
}

/* ---- twins ---------------------------------------------------------------------------------- */

static bool is_first_of_engine(const struct pr_plan *plan, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (plan->phases[i].engine == plan->phases[index].engine)
			return false;
	return (plan->phases[index].engine->flags & PR_ADAPTER_FLOOR) == 0;
}

/* library NULL: that of the phase.  */
static enum pr_err add_twin(struct pr_plan *plan, size_t index, const char *probe,
                            const char *library, struct pr_error *why)
{
	const struct pr_plan_phase *phase = &plan->phases[index];
	json_t *options = json_deep_copy(phase->options);
	char *label = pr_asprintf("%s+%s", phase->label, probe);
	enum pr_err err;

	pr_json_set(options, "watch", json_string(probe));
	if (library != NULL)
		pr_json_set(options, "lib", json_string(library));
	err = pr_plan_add_phase(plan, label, phase->engine->name, options, why);
	free(label);
	return err;
}

/* The first phase of each engine that has builds without hooks, against these.  */
static enum pr_err add_unhooked(struct pr_plan *plan, size_t count, struct pr_error *why)
{
	enum pr_err err = PR_OK;

	for (size_t i = 0; err == PR_OK && i < count; i++) {
		const struct pr_plan_phase *phase = &plan->phases[i];
		char *library = NULL;

		if (is_first_of_engine(plan, i) && phase->engine->unhooked != NULL &&
		    json_object_get(phase->options, "lib") == NULL &&
		    plan->phase_count < PR_PLAN_PHASES_MAX)
			library = phase->engine->unhooked();
		if (library != NULL)
			err = add_twin(plan, i, "unhooked", library, why);
		free(library);
	}
	return err;
}

enum pr_err pr_plan_add_twins(struct pr_plan *plan, struct pr_error *why)
{
	unsigned within = pr_probe_bit(&pr_probe_interpose) | pr_probe_bit(&pr_probe_perf);
	size_t count = plan->phase_count;
	enum pr_err err = PR_OK;

	for (size_t i = 0; i < count; i++)
		if (plan->phases[i].watch != 0)
			return PR_OK; /* the plan says itself who is watched */
	if ((plan->probes & within) == 0)
		return PR_OK;
	for (size_t i = 0; err == PR_OK && i < count; i++)
		for (size_t k = 0; err == PR_OK && pr_probes[k] != NULL; k++)
			if (is_first_of_engine(plan, i) && pr_probes[k]->watch != 0 &&
			    (plan->probes & pr_probe_bit(pr_probes[k])) != 0 &&
			    plan->phase_count < PR_PLAN_PHASES_MAX)
				err = add_twin(plan, i, pr_probes[k]->name, NULL, why);
	if (err == PR_OK && (plan->probes & pr_probe_bit(&pr_probe_hooks)) != 0)
		err = add_unhooked(plan, count, why);
	return err;
}
