/* SPDX-License-Identifier: MIT */
/* harness/plan_ablate.c - the phases between two phases: one option at a time.
 *
 * The options in which FROM and TO differ are the parts.  Each part is switched alone from FROM
 * (FROM+OPTION), and one after the other, in the order of the engine's table, on a path that ends
 * in TO (path2+OPTION is where the second was switched too).  Options that cannot act or stand
 * alone (on-full=hold needs a store) are one part with the first other that makes them valid.  A
 * part that is valid on the path and not alone has no phase of its own.  */
#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "harness/options.h"
#include "harness/plan_parts.h"

#define OPTIONS_MAX 64

struct ablation {
	struct pr_plan *plan;
	const char *engine;
	char *from, *to;                  /* labels */
	json_t *from_options;             /* as given */
	json_t *to_options;               /* as given */
	json_t *values;                   /* every option of TO */
	const char *options[OPTIONS_MAX]; /* those that differ and belong to no part yet */
	size_t count;
	size_t parts;
	json_t *record; /* the array "parts" */
};

/* ---- which options differ -------------------------------------------------------------------- */

static bool differs(const struct pr_plan_phase *from, const struct pr_plan_phase *to,
                    const char *option)
{
	const char *old = pr_json_text(from->expanded, option);
	const char *new = pr_json_text(to->expanded, option);

	return strcmp(option, "preset") != 0 &&
	       strcmp(old != NULL ? old : "", new != NULL ? new : "") != 0;
}

static void note_option(struct ablation *ablation, const struct pr_plan_phase *from,
                        const struct pr_plan_phase *to, const char *option)
{
	if (!differs(from, to, option) || ablation->count == OPTIONS_MAX)
		return;
	for (size_t i = 0; i < ablation->count; i++)
		if (strcmp(ablation->options[i], option) == 0)
			return;
	ablation->options[ablation->count++] = option;
}

/* In the order of the engine's table; what is planted comes behind.  */
static void note_options(struct ablation *ablation, const struct pr_plan_phase *from,
                         const struct pr_plan_phase *to)
{
	const char *key;
	json_t *value;

	for (const struct pr_opt *opt = from->engine->opts; opt != NULL && opt->name != NULL; opt++)
		note_option(ablation, from, to, opt->name);
	json_object_foreach(ablation->values, key, value)
	{
		note_option(ablation, from, to, key);
	}
}

/* ---- phases ---------------------------------------------------------------------------------- */

/* FROM with these options as TO has them.  */
static json_t *switch_options(const struct ablation *ablation, const json_t *base,
                              const char *const *options, size_t count)
{
	json_t *switched = json_deep_copy(base);

	for (size_t i = 0; i < count; i++)
		json_object_set(switched, options[i],
		                json_object_get(ablation->values, options[i]));
	return switched;
}

static enum pr_err add(struct ablation *ablation, const char *label, const json_t *options,
                       struct pr_error *why)
{
	return pr_plan_add_phase(ablation->plan, label, ablation->engine, json_deep_copy(options),
	                         why);
}

/* "speculate", "on-full+store".  */
static char *join(const char *const *options, size_t count)
{
	struct pr_buf text;

	pr_buf_init(&text);
	for (size_t i = 0; i < count; i++)
		pr_buf_printf(&text, "%s%s", i > 0 ? "+" : "", options[i]);
	return text.text;
}

/* PREFIX+OPTIONS; a label has 64 characters at most.  */
static char *make_label(const char *prefix, const char *const *options, size_t count)
{
	char *names = join(options, count), *label = pr_asprintf("%s+%s", prefix, names);

	if (strlen(label) > 64) {
		free(label);
		label = pr_asprintf("%.40s+%.14s+%zu", prefix, options[0], count - 1);
	}
	free(names);
	return label;
}

/* ---- parts ----------------------------------------------------------------------------------- */

/* Moves the options of a part to the front of those that are left: the first one, and others that
 * it needs to be valid after `base`.  Gives their number.  */
static size_t choose_part(struct ablation *ablation, const json_t *base)
{
	size_t left = ablation->count;

	for (size_t many = 1; many < left; many++)
		for (size_t other = many - 1; other < left; other++) {
			const char *moved = ablation->options[other];
			json_t *options;
			bool valid;

			memmove(&ablation->options[many], &ablation->options[many - 1],
			        (other - (many - 1)) * sizeof(moved));
			ablation->options[many - 1] = moved;
			options = switch_options(ablation, base, ablation->options, many);
			valid = add(ablation, "ablation-test", options, NULL) == PR_OK;
			json_decref(options);
			if (valid) {
				pr_plan_drop_last_phase(ablation->plan);
				return many;
			}
			memmove(&ablation->options[many - 1], &ablation->options[many],
			        (other - (many - 1)) * sizeof(moved));
			ablation->options[other] = moved;
			if (many == 1)
				break; /* the first is always of this part */
		}
	return left;
}

static json_t *list_options(const char *const *options, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		pr_json_append(array, json_string(options[i]));
	return array;
}

/* The part alone; NULL when that is not valid.  Where FROM and TO differ in nothing else, TO is it.
 */
static char *add_alone(struct ablation *ablation, size_t many)
{
	json_t *options = switch_options(ablation, ablation->from_options, ablation->options, many);
	char *label = make_label(ablation->from, ablation->options, many);

	if (ablation->parts == 0 && many == ablation->count) {
		free(label);
		label = pr_strdup(ablation->to);
	} else if (add(ablation, label, options, NULL) != PR_OK) {
		free(label);
		label = NULL;
	}
	json_decref(options);
	return label;
}

/* The phase after the part on the path: the part alone when it is the first, TO when it is the
 * last.
 */
static enum pr_err add_path(struct ablation *ablation, size_t many, const json_t *base,
                            const char *alone, char **label, struct pr_error *why)
{
	char prefix[16];

	*label = NULL;
	if (many == ablation->count) {
		*label = pr_strdup(ablation->to);
		return PR_OK;
	}
	if (ablation->parts == 0 && alone != NULL) {
		*label = pr_strdup(alone);
		return PR_OK;
	}
	snprintf(prefix, sizeof(prefix), "path%zu", ablation->parts + 1);
	*label = make_label(prefix, ablation->options, many);
	return add(ablation, *label, base, why);
}

/* Takes one part from the options that are left; base is where the path stands.  */
static enum pr_err add_part(struct ablation *ablation, json_t **base, struct pr_error *why)
{
	size_t many = choose_part(ablation, *base);
	char *alone = add_alone(ablation, many), *label;
	json_t *part = json_object(), *next;
	enum pr_err err;

	next = switch_options(ablation, *base, ablation->options, many);
	json_decref(*base);
	*base = next;
	err = add_path(ablation, many, *base, alone, &label, why);
	pr_json_set(part, "options", list_options(ablation->options, many));
	pr_json_set(part, "alone", pr_json_new_string(alone));
	pr_json_set(part, "path", pr_json_new_string(label));
	pr_json_append(ablation->record, part);
	free(alone);
	free(label);
	ablation->parts++;
	ablation->count -= many;
	memmove(ablation->options, ablation->options + many,
	        ablation->count * sizeof(ablation->options[0]));
	return err;
}

static enum pr_err add_parts(struct ablation *ablation, struct pr_error *why)
{
	json_t *base = json_deep_copy(ablation->from_options);
	enum pr_err err = PR_OK;

	while (err == PR_OK && ablation->count > 0)
		err = add_part(ablation, &base, why);
	json_decref(base);
	return err;
}

/* ---- FROM and TO ----------------------------------------------------------------------------- */

/* A phase of the plan by its label, or a preset or engine, which is added.  */
static enum pr_err find(struct pr_plan *plan, const char *name, size_t *index, struct pr_error *why)
{
	enum pr_err err;

	for (*index = 0; *index < plan->phase_count; (*index)++)
		if (strcmp(plan->phases[*index].label, name) == 0)
			return PR_OK;
	err = pr_plan_add_phase_text(plan, name, why);
	if (err == PR_OK)
		return err;
	return pr_error_prefix(why, err, "--ablate");
}

static enum pr_err check(const struct pr_plan_phase *from, const struct pr_plan_phase *to,
                         const struct ablation *ablation, struct pr_error *why)
{
	if (from->engine != to->engine)
		return pr_error_set(why, PR_USAGE,
		                    "--ablate: '%s' is of engine %s and '%s' of engine %s, which "
		                    "have no options in common; name two phases of one engine",
		                    from->label, from->engine->name, to->label, to->engine->name);
	if (ablation->count == 0)
		return pr_error_set(why, PR_USAGE,
		                    "--ablate: '%s' and '%s' have the same options: there is "
		                    "nothing to switch",
		                    from->label, to->label);
	return PR_OK;
}

/* Puts the phases of the ablation in the place of all.  */
static enum pr_err replace(struct ablation *ablation, struct pr_error *why)
{
	enum pr_err err;

	pr_plan_clear_phases(ablation->plan);
	err = add(ablation, ablation->from, ablation->from_options, why);
	if (err == PR_OK)
		err = add_parts(ablation, why);
	return err == PR_OK ? add(ablation, ablation->to, ablation->to_options, why) : err;
}

static enum pr_err ablate(struct pr_plan *plan, size_t first, size_t last, struct pr_error *why)
{
	const struct pr_plan_phase *from = &plan->phases[first], *to = &plan->phases[last];
	struct ablation ablation = {.plan = plan,
	                            .engine = from->engine->name,
	                            .from = pr_strdup(from->label),
	                            .to = pr_strdup(to->label),
	                            .from_options = json_deep_copy(from->options),
	                            .to_options = json_deep_copy(to->options),
	                            .values = json_deep_copy(to->expanded),
	                            .record = json_array()};
	enum pr_err err;

	note_options(&ablation, from, to);
	err = check(from, to, &ablation, why);
	if (err == PR_OK)
		err = replace(&ablation, why);
	json_decref(plan->ablation);
	plan->ablation = json_object();
	pr_json_set(plan->ablation, "from", pr_json_new_string(ablation.from));
	pr_json_set(plan->ablation, "to", pr_json_new_string(ablation.to));
	pr_json_set(plan->ablation, "parts", ablation.record);
	free(ablation.from);
	free(ablation.to);
	json_decref(ablation.from_options);
	json_decref(ablation.to_options);
	json_decref(ablation.values);
	return err;
}

enum pr_err pr_plan_ablate(struct pr_plan *plan, const char *names, struct pr_error *why)
{
	char *from = pr_strdup(names), *to = strchr(from, ',');
	size_t first, last;
	enum pr_err err;

	if (to == NULL || to == from || to[1] == '\0' || strchr(to + 1, ',') != NULL) {
		free(from);
		return pr_error_set(why, PR_USAGE,
		                    "--ablate %s: expected FROM,TO: two presets, or the labels of "
		                    "two phases given with --phase",
		                    names);
	}
	*to++ = '\0';
	err = find(plan, from, &first, why);
	if (err == PR_OK)
		err = find(plan, to, &last, why);
	free(from);
	return err == PR_OK ? ablate(plan, first, last, why) : err;
}
