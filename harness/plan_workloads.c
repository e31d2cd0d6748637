/* SPDX-License-Identifier: MIT */
/* harness/plan_workloads.c - the workloads of a plan: "NAME,option=value", or an object.  */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "harness/cpus.h"
#include "harness/options.h"
#include "harness/plan_parts.h"
#include "harness/sweep.h"

static bool is_swept(const struct pr_plan_workload *workload, const char *option)
{
	const json_t *name;
	size_t i;

	json_array_foreach(workload->swept, i, name)
	{
		if (strcmp(json_string_value(name), option) == 0)
			return true;
	}
	return false;
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
	return pr_plan_unknown("workload", name, names, count,
	                       "'proctor list workloads' names them", why);
}

static bool is_load_step(const struct pr_plan_workload *workload)
{
	return workload->ops->is_paced && is_swept(workload, "rate");
}

/* A step of a sweep of loads lasts a quarter of what a paced workload lasts alone.  */
#define STEP_PART 4

/* Few and long, because what is under way when a slice ends counts as late.  */
#define STEP_SLICES 2

static uint64_t usual_count(const struct pr_plan_workload *workload)
{
	uint64_t count = pr_workload_count(workload->ops, &workload->spec);

	return is_load_step(workload) ? (count + STEP_PART - 1) / STEP_PART : count;
}

/* No more than there are units; of paced at least so many that each has room for its marks.  */
static uint64_t usual_slices(const struct pr_plan_workload *workload)
{
	uint64_t slices = workload->ops->slices, count = workload->spec.count;

	if (is_load_step(workload))
		slices = STEP_SLICES;

	if (workload->ops->is_paced && count / slices >= PR_PACE_MARKS)
		slices = count / PR_PACE_MARKS + 1;
	return slices < count ? slices : count;
}

/* Adds ",option=value" for each option that is swept.  */
static char *label_of(const struct pr_plan_workload *workload, const char *label)
{
	struct pr_buf text;
	char *result;

	if (label == NULL)
		return NULL;
	pr_buf_init(&text);
	pr_buf_puts(&text, label);
	for (const struct pr_opt *opt = workload->ops->opts; opt->name != NULL; opt++)
		if (is_swept(workload, opt->name)) {
			pr_buf_printf(&text, ",%s=", opt->name);
			pr_opts_format(opt, &workload->spec, &text);
		}
	result = pr_strdup(text.text);
	pr_buf_fini(&text);
	return result;
}

/* options has one value for each; label may be NULL.  */
static enum pr_err add_workload(struct pr_plan *plan, const char *label, const char *name,
                                const json_t *options, json_t *swept, struct pr_error *why)
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
		if (workload->ops->half != NULL)
			workload->spec.link.roles = plan->roles;
		err = pr_options_apply(workload->ops->opts, &workload->spec, options, what, why);
	}
	if (err == PR_OK)
		err = pr_workload_check(workload->ops, &workload->spec, what, why);
	free(what);
	if (err != PR_OK)
		return err;
	workload->swept = json_array_size(swept) > 0 ? json_incref(swept) : NULL;
	if (json_object_get(options, "count") == NULL)
		workload->spec.count = usual_count(workload);
	workload->label = label_of(workload, label);
	workload->slices = usual_slices(workload);
	plan->workload_count++;
	return PR_OK;
}

/* Offered loads of rate=sweep: from what idles most of the time to what few engines take.  The
 * lowest still has a p99 in a quarter of a second.  */
#define LOADS "5000:10000:20000:40000:80000:160000:320000:640000:1280000:2560000:5120000:10240000"

/* A new object: rate=sweep of a paced workload stands for a list.  */
static json_t *spell_out(const char *name, const json_t *options)
{
	const struct pr_workload_ops *ops = pr_workload_find(name);
	const char *rate = pr_json_text(options, "rate");
	json_t *copy = json_copy((json_t *)options);

	if (ops != NULL && ops->is_paced && rate != NULL && strcmp(rate, "sweep") == 0)
		pr_json_set(copy, "rate", json_string(LOADS));
	return copy;
}

/* One workload for each combination of values.  */
static enum pr_err add_sweep(struct pr_plan *plan, const char *label, const char *name,
                             const json_t *options, struct pr_error *why)
{
	char *what = pr_asprintf("workload '%s'", name);
	json_t *list, *swept, *texts, *spelt = spell_out(name, options);
	enum pr_err err = pr_sweep_expand(spelt, what, &list, &swept, why);

	json_decref(spelt);
	free(what);
	if (err != PR_OK)
		return err;
	for (size_t i = 0; err == PR_OK && i < json_array_size(list); i++) {
		err = pr_options_from_json(json_array_get(list, i), name, &texts, why);
		if (err != PR_OK)
			break;
		err = add_workload(plan, label, name, texts, swept, why);
		json_decref(texts);
	}
	json_decref(list);
	json_decref(swept);
	return err;
}

enum pr_err pr_plan_set_roles(struct pr_plan_workload *workload, int roles, struct pr_error *why)
{
	char *what = pr_asprintf("workload '%s'", workload->label);
	enum pr_err err;

	if (workload->ops->half != NULL)
		workload->spec.link.roles = roles;
	err = pr_workload_check(workload->ops, &workload->spec, what, why);
	free(what);
	return err;
}

/* "NAME[,option=value]..." */
enum pr_err pr_plan_add_workload_text(struct pr_plan *plan, const char *text, struct pr_error *why)
{
	char *name = pr_strdup(text);
	char *list = strchr(name, ',');
	json_t *options = NULL;
	enum pr_err err;

	if (list != NULL)
		*list++ = '\0';
	err = pr_options_from_list(list != NULL ? list : "", text, &options, why);
	if (err == PR_OK)
		err = add_sweep(plan, NULL, name, options, why);
	json_decref(options);
	free(name);
	return err;
}

/* ---- choosing ------------------------------------------------------------------------ */

static void free_workload(struct pr_plan_workload *workload)
{
	free(workload->label);
	json_decref(workload->swept);
}

static bool is_picked(const struct pr_plan *plan, const char *label)
{
	for (size_t i = 0; i < plan->workload_count; i++)
		if (plan->workloads[i].label != NULL &&
		    strcmp(plan->workloads[i].label, label) == 0)
			return true;
	return false;
}

/* Workloads of the old plan whose label matches, each once.  The name of a workload is a text,
 * never a label.
 */
static enum pr_err pick(struct pr_plan *plan, const struct pr_plan_workload *old, size_t count,
                        const char *text, bool *found, struct pr_error *why)
{
	*found = false;
	for (size_t i = 0; i < count; i++) {
		if (pr_workload_find(text) != NULL || fnmatch(text, old[i].label, 0) != 0)
			continue;
		*found = true;
		if (is_picked(plan, old[i].label))
			continue;
		if (plan->workload_count == PR_PLAN_WORKLOADS_MAX)
			return pr_error_set(why, PR_USAGE, "more than %d workloads",
			                    PR_PLAN_WORKLOADS_MAX);
		plan->workloads[plan->workload_count] = old[i];
		plan->workloads[plan->workload_count].swept = json_incref(old[i].swept);
		plan->workloads[plan->workload_count++].label = pr_strdup(old[i].label);
	}
	return PR_OK;
}

enum pr_err pr_plan_choose_workloads(struct pr_plan *plan, const struct pr_opt_list *list,
                                     struct pr_error *why)
{
	size_t count = plan->workload_count;
	struct pr_plan_workload *old = pr_alloc((count + 1) * sizeof(*old));
	enum pr_err err = PR_OK;

	memcpy(old, plan->workloads, count * sizeof(*old));
	plan->workload_count = 0;
	for (size_t i = 0; err == PR_OK && i < list->count; i++) {
		bool found;

		err = pick(plan, old, count, list->items[i], &found, why);
		if (err == PR_OK && !found)
			err = pr_plan_add_workload_text(plan, list->items[i], why);
	}
	for (size_t i = 0; i < count; i++)
		free_workload(&old[i]);
	free(old);
	return err;
}

/* Labels become keys of records and stages of traces.  */
static enum pr_err check_label(const char *label, struct pr_error *why)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                              "0123456789._+-,=#";

	if (*label != '\0' && strlen(label) <= PR_PLAN_LABEL_MAX &&
	    strspn(label, allowed) == strlen(label))
		return PR_OK;
	return pr_error_set(why, PR_USAGE,
	                    "'%s' cannot be a label: use up to %d letters, digits and . _ + - , = "
	                    "#",
	                    label, PR_PLAN_LABEL_MAX);
}

enum pr_err pr_plan_add_workload_object(struct pr_plan *plan, const struct pr_json *item,
                                        struct pr_error *why)
{
	static const char *const keys[] = {"name", "label", "options", NULL};
	const char *name, *label = NULL;
	json_t *none = json_object();
	struct pr_json options = {.value = NULL};
	enum pr_err err = pr_json_check_keys(item, keys, why);

	if (err == PR_OK)
		err = pr_json_string(item, "name", &name, why);
	if (err == PR_OK && pr_json_has(item, "label"))
		err = pr_json_string(item, "label", &label, why);
	if (err == PR_OK && label != NULL)
		err = check_label(label, why);
	if (err == PR_OK && pr_json_has(item, "options"))
		err = pr_json_object(item, "options", &options, why);
	if (err == PR_OK)
		err = add_sweep(plan, label, name, options.value != NULL ? options.value : none,
		                why);
	json_decref(none);
	return err;
}

/* ---- labels -------------------------------------------------------------------------- */

static bool has_namesake(const struct pr_plan *plan, size_t index)
{
	for (size_t i = 0; i < plan->workload_count; i++)
		if (i != index && plan->workloads[i].ops == plan->workloads[index].ops)
			return true;
	return false;
}

static bool is_taken(const struct pr_plan *plan, size_t index, const char *label)
{
	for (size_t i = 0; i < plan->workload_count; i++)
		if (i != index && plan->workloads[i].label != NULL &&
		    strcmp(plan->workloads[i].label, label) == 0)
			return true;
	return false;
}

/* Adds ",option=value" for each option that is not what it would be by itself, or is swept.  */
static void add_differences(const struct pr_plan_workload *workload, struct pr_buf *label)
{
	struct pr_workload_spec usual = workload->ops->defaults;

	usual.count = usual_count(workload);
	for (const struct pr_opt *opt = workload->ops->opts; opt->name != NULL; opt++) {
		struct pr_buf value, usual_value;

		pr_buf_init(&value);
		pr_buf_init(&usual_value);
		pr_opts_format(opt, &workload->spec, &value);
		pr_opts_format(opt, &usual, &usual_value);
		if (strcmp(value.text, usual_value.text) != 0 || is_swept(workload, opt->name))
			pr_buf_printf(label, ",%s=%s", opt->name, value.text);
		pr_buf_fini(&value);
		pr_buf_fini(&usual_value);
	}
}

static char *make_label(const struct pr_plan *plan, size_t index)
{
	const struct pr_plan_workload *workload = &plan->workloads[index];
	struct pr_buf text;
	char *label;

	pr_buf_init(&text);
	pr_buf_puts(&text, workload->ops->name);
	if (has_namesake(plan, index) || workload->swept != NULL)
		add_differences(workload, &text);
	label = pr_strdup(text.text);
	for (unsigned number = 2; is_taken(plan, index, label); number++) {
		free(label);
		label = pr_asprintf("%s#%u", text.text, number);
	}
	pr_buf_fini(&text);
	return label;
}

enum pr_err pr_plan_label_workloads(struct pr_plan *plan, struct pr_error *why)
{
	for (size_t i = 0; i < plan->workload_count; i++)
		if (plan->workloads[i].label == NULL)
			plan->workloads[i].label = make_label(plan, i);
	for (size_t i = 0; i < plan->workload_count; i++)
		if (is_taken(plan, i, plan->workloads[i].label))
			return pr_error_set(
			        why, PR_USAGE,
			        "the label '%s' is given to two workloads; choose another",
			        plan->workloads[i].label);
	return PR_OK;
}

void pr_plan_clear_workloads(struct pr_plan *plan)
{
	for (size_t i = 0; i < plan->workload_count; i++)
		free_workload(&plan->workloads[i]);
	plan->workload_count = 0;
}

/* ---- both pins ----------------------------------------------------------------------- */

/* Copies to the end of the plan what does not say its pin, with one.  */
static enum pr_err add_pinned(struct pr_plan *plan, const struct pr_plan_workload *old,
                              size_t count, int pin, struct pr_error *why)
{
	for (size_t i = 0; i < count; i++) {
		struct pr_plan_workload *workload = &plan->workloads[plan->workload_count];

		if (old[i].spec.pin != PR_PIN_PLAN)
			continue;
		if (plan->workload_count == PR_PLAN_WORKLOADS_MAX)
			return pr_error_set(why, PR_USAGE,
			                    "more than %d workloads: both pins make two of each; "
			                    "choose some with --workload",
			                    PR_PLAN_WORKLOADS_MAX);
		*workload = old[i];
		workload->spec.pin = pin;
		workload->swept = json_incref(old[i].swept);
		workload->label = pr_asprintf("%s,pin=%s", old[i].label, pr_pin_names[pin]);
		plan->workload_count++;
	}
	return PR_OK;
}

enum pr_err pr_plan_split_pins(struct pr_plan *plan, struct pr_error *why)
{
	size_t count = plan->workload_count;
	struct pr_plan_workload *old;
	enum pr_err err;

	if (!plan->both_pins)
		return PR_OK;
	plan->both_pins = false;
	old = pr_alloc((count + 1) * sizeof(*old));
	memcpy(old, plan->workloads, count * sizeof(*old));
	plan->workload_count = 0;
	for (size_t i = 0; i < count; i++)
		if (old[i].spec.pin != PR_PIN_PLAN)
			plan->workloads[plan->workload_count++] = old[i];
	err = add_pinned(plan, old, count, PR_PIN_ONE, why);
	if (err == PR_OK)
		err = add_pinned(plan, old, count, PR_PIN_SPREAD, why);
	for (size_t i = 0; i < count; i++)
		if (old[i].spec.pin == PR_PIN_PLAN)
			free_workload(&old[i]);
	free(old);
	return err;
}
