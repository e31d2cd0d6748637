/* SPDX-License-Identifier: MIT */
/* analyzers/claims.c - reading claims.
 *
 * The members are a table, so that a kind is two lists of names and no parser.  */
#include "analyzers/claims.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/claim.h"
#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/opts.h"

/* Beyond that a number is a mistake.  */
#define NUMBER_MAX 1e15

#define NAMES_MAX 160

/* ---- members --------------------------------------------------------------------------------- */

enum type { TEXT, METRIC, NUMBER, RANGE, PER, MACHINE, IDS };

static const struct member {
	const char *key;
	enum type type;
	size_t offset;
} members[] = {
        {"quote", TEXT, offsetof(struct pr_claim, quote)},
        {"place", TEXT, offsetof(struct pr_claim, place)},
        {"phase", TEXT, offsetof(struct pr_claim, phase)},
        {"baseline", TEXT, offsetof(struct pr_claim, baseline)},
        {"workload", TEXT, offsetof(struct pr_claim, workload)},
        {"metric", METRIC, offsetof(struct pr_claim, metric)},
        {"per", PER, offsetof(struct pr_claim, per)},
        {"machine", MACHINE, offsetof(struct pr_claim, machine)},
        {"change", RANGE, offsetof(struct pr_claim, change)},
        {"value", RANGE, offsetof(struct pr_claim, value)},
        {"at_least", NUMBER, offsetof(struct pr_claim, at_least)},
        {"at_most", NUMBER, offsetof(struct pr_claim, at_most)},
        {"tolerance", NUMBER, offsetof(struct pr_claim, tolerance)},
        {"within", NUMBER, offsetof(struct pr_claim, within)},
        {"from", NUMBER, offsetof(struct pr_claim, from)},
        {"to", NUMBER, offsetof(struct pr_claim, to)},
        {"amount", NUMBER, offsetof(struct pr_claim, amount)},
        {"claims", IDS, offsetof(struct pr_claim, claims)},
};

#define MEMBER_COUNT (sizeof(members) / sizeof(members[0]))

/* What every kind takes.  */
static const char *const common[] = {"id",    "kind",     "text",     "quote", "place",
                                     "phase", "baseline", "workload", NULL};

static const char *const pers[] = {"message", "receive", "send", NULL};
static const char *const machines[] = {"this", "another", NULL};

static bool is_one_of(const char *name, const char *const *names)
{
	for (; names != NULL && *names != NULL; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

static enum pr_err unknown(const struct pr_json *at, const char *key, const char *found,
                           const char *const *names, const char *see, struct pr_error *why)
{
	struct pr_buf all;
	const char *nearest;
	size_t count = 0;

	pr_buf_init(&all);
	for (; names[count] != NULL; count++)
		pr_buf_printf(&all, "%s%s", count == 0 ? "" : ", ", names[count]);
	nearest = pr_opts_nearest(found, names, count);
	if (nearest != NULL)
		pr_json_error(at, why, "%s '%.60s' is not known; did you mean '%s'?", key, found,
		              nearest);
	else
		pr_json_error(at, why, "%s '%.60s' is not known; %s%s", key, found,
		              see != NULL ? see : "there are ", see != NULL ? "" : all.text);
	pr_buf_fini(&all);
	return PR_USAGE;
}

/* A string that says something: empty ones are refused.  */
static enum pr_err read_text(const struct pr_json *at, const char *key, const char **out,
                             struct pr_error *why)
{
	enum pr_err err = pr_json_string(at, key, out, why);

	if (err == PR_OK && (*out)[0] == '\0')
		err = pr_json_error(at, why, "%s is empty", key);
	return err;
}

static enum pr_err read_choice(const struct pr_json *at, const char *key,
                               const char *const *choices, const char **out, struct pr_error *why)
{
	enum pr_err err = read_text(at, key, out, why);

	if (err == PR_OK && !is_one_of(*out, choices))
		err = unknown(at, key, *out, choices, NULL, why);
	return err;
}

static enum pr_err read_metric(const struct pr_json *at, const char *key,
                               const struct pr_metric **out, struct pr_error *why)
{
	const char *names[NAMES_MAX], *name;
	size_t count = 0;
	enum pr_err err = read_text(at, key, &name, why);

	if (err != PR_OK)
		return err;
	*out = pr_metrics_find(name);
	if (*out != NULL)
		return PR_OK;
	for (const struct pr_metric *m = pr_metrics; m->name != NULL && count < NAMES_MAX - 1; m++)
		names[count++] = m->name;
	names[count] = NULL;
	return unknown(at, key, name, names, "`proctor list metrics` lists them", why);
}

static enum pr_err check_number(const struct pr_json *at, const char *key, double value,
                                struct pr_error *why)
{
	if (fabs(value) <= NUMBER_MAX)
		return PR_OK;
	return pr_json_error(at, why, "%s is %g, which is out of all proportion", key, value);
}

static enum pr_err read_number(const struct pr_json *at, const char *key, double *out,
                               struct pr_error *why)
{
	enum pr_err err = pr_json_real(at, key, out, why);

	return err == PR_OK ? check_number(at, key, *out, why) : err;
}

/* Half of the last digit as it is written: 0.0005 of -0.063.  */
static double rounding_of(double value)
{
	char text[40];
	const char *point, *power;
	int digits;

	snprintf(text, sizeof(text), "%.12g", value);
	point = strchr(text, '.');
	power = strchr(text, 'e');
	digits = point == NULL ? 0 : (int)strspn(point + 1, "0123456789");
	return 0.5 * pow(10, (power != NULL ? atoi(power + 1) : 0) - digits);
}

static enum pr_err read_range(const struct pr_json *at, const char *key, struct pr_claim_range *out,
                              struct pr_error *why)
{
	const json_t *value = json_object_get(at->value, key);
	enum pr_err err;

	if (!json_is_array(value)) {
		err = read_number(at, key, &out->lo, why);
		out->hi = out->lo;
		out->rounding = err == PR_OK ? rounding_of(out->lo) : 0;
		return err;
	}
	if (json_array_size(value) != 2 || !json_is_number(json_array_get(value, 0)) ||
	    !json_is_number(json_array_get(value, 1)))
		return pr_json_error(at, why,
		                     "%s is a number or two: the least and the largest, as in "
		                     "[-0.06, -0.04]",
		                     key);
	out->lo = json_number_value(json_array_get(value, 0));
	out->hi = json_number_value(json_array_get(value, 1));
	out->rounding = 0;
	err = check_number(at, key, out->lo, why);
	if (err == PR_OK)
		err = check_number(at, key, out->hi, why);
	if (err == PR_OK && out->lo > out->hi)
		err = pr_json_error(at, why, "%s goes from %g to %g; the smaller comes first", key,
		                    out->lo, out->hi);
	return err;
}

static enum pr_err read_ids(const struct pr_json *at, const char *key, const json_t **out,
                            struct pr_error *why)
{
	struct pr_json array;
	enum pr_err err = pr_json_array(at, key, &array, why);

	if (err != PR_OK)
		return err;
	*out = array.value;
	if (json_array_size(array.value) < 2)
		return pr_json_error(&array, why, "it takes at least two claims to disagree");
	for (size_t i = 0; i < json_array_size(array.value); i++)
		if (!json_is_string(json_array_get(array.value, i)))
			return pr_json_error(&array, why, "expected the ids of claims");
	return PR_OK;
}

static enum pr_err read_member(struct pr_claim *claim, const struct pr_json *at,
                               const struct member *member, struct pr_error *why)
{
	void *field = (char *)claim + member->offset;

	switch (member->type) {
	case METRIC:
		return read_metric(at, member->key, field, why);
	case NUMBER:
		return read_number(at, member->key, field, why);
	case RANGE:
		return read_range(at, member->key, field, why);
	case PER:
		return read_choice(at, member->key, pers, field, why);
	case MACHINE:
		return read_choice(at, member->key, machines, field, why);
	case IDS:
		return read_ids(at, member->key, field, why);
	case TEXT:
		break;
	}
	return read_text(at, member->key, field, why);
}

/* ---- one claim ------------------------------------------------------------------------------- */

static enum pr_err read_kind(struct pr_claim *claim, const struct pr_json *at, struct pr_error *why)
{
	const char *names[NAMES_MAX] = {NULL}, *name;
	enum pr_err err = read_text(at, "kind", &name, why);

	if (err != PR_OK)
		return err;
	for (size_t i = 0; pr_claim_kinds[i] != NULL; i++) {
		if (strcmp(pr_claim_kinds[i]->name, name) == 0)
			claim->ops = pr_claim_kinds[i];
		names[i] = pr_claim_kinds[i]->name;
	}
	return claim->ops != NULL ? PR_OK : unknown(at, "kind", name, names, NULL, why);
}

/* All that a kind takes.  */
static enum pr_err check_keys(const struct pr_claim_ops *ops, const struct pr_json *at,
                              struct pr_error *why)
{
	const char *keys[NAMES_MAX] = {NULL};
	size_t count = 0;

	for (size_t i = 0; common[i] != NULL; i++)
		keys[count++] = common[i];
	for (size_t i = 0; ops->needs[i] != NULL; i++)
		keys[count++] = ops->needs[i];
	for (size_t i = 0; ops->may[i] != NULL; i++)
		keys[count++] = ops->may[i];
	if (ops->names != NULL)
		keys[count++] = ops->name;
	return pr_json_check_keys(at, keys, why);
}

static enum pr_err check_needs(const struct pr_claim_ops *ops, const struct pr_json *at,
                               struct pr_error *why)
{
	for (size_t i = 0; ops->needs[i] != NULL; i++)
		if (!pr_json_has(at, ops->needs[i]))
			return pr_json_error(at, why, "a claim of kind %s needs \"%s\"", ops->name,
			                     ops->needs[i]);
	if (ops->of_phase && !pr_json_has(at, "phase"))
		return pr_json_error(at, why,
		                     "a claim of kind %s needs \"phase\": which one it is about",
		                     ops->name);
	return PR_OK;
}

static enum pr_err read_members(struct pr_claim *claim, const struct pr_json *at,
                                struct pr_error *why)
{
	enum pr_err err = PR_OK;

	for (size_t i = 0; err == PR_OK && i < MEMBER_COUNT; i++)
		if (pr_json_has(at, members[i].key))
			err = read_member(claim, at, &members[i], why);
	if (err == PR_OK && claim->ops->names != NULL)
		err = read_choice(at, claim->ops->name, claim->ops->names, &claim->name, why);
	if (err == PR_OK && claim->tolerance < 0)
		err = pr_json_error(at, why, "tolerance must not be below 0, found %g",
		                    claim->tolerance);
	if (err == PR_OK && claim->ops->check != NULL)
		err = claim->ops->check(claim, at, why);
	return err;
}

static void clear(struct pr_claim *claim)
{
	const struct pr_claim_range nothing = {NAN, NAN, 0};

	*claim = (struct pr_claim){.change = nothing,
	                           .value = nothing,
	                           .at_least = NAN,
	                           .at_most = NAN,
	                           .tolerance = NAN,
	                           .within = NAN,
	                           .from = NAN,
	                           .to = NAN,
	                           .amount = NAN};
}

static enum pr_err read_claim(struct pr_claims *claims, const struct pr_json *at,
                              struct pr_error *why)
{
	struct pr_claim *claim = &claims->items[claims->count];
	enum pr_err err;

	clear(claim);
	claim->path = claims->path;
	if (!json_is_object(at->value))
		return pr_json_error(at, why, "expected an object");
	err = read_text(at, "id", &claim->id, why);
	if (err == PR_OK && pr_claims_find(claims, claim->id) != NULL)
		err = pr_json_error(at, why, "there is another claim with the id '%.60s'",
		                    claim->id);
	if (err == PR_OK)
		err = read_text(at, "text", &claim->text, why);
	if (err == PR_OK)
		err = read_kind(claim, at, why);
	if (err == PR_OK)
		err = check_keys(claim->ops, at, why);
	if (err == PR_OK)
		err = check_needs(claim->ops, at, why);
	if (err == PR_OK)
		err = read_members(claim, at, why);
	claims->count += err == PR_OK;
	return err;
}

/* ---- options --------------------------------------------------------------------------------- */

static enum pr_err read_option(struct pr_claims *claims, const struct pr_json *at,
                               struct pr_error *why)
{
	static const char *const keys[] = {"name", "phase", "text", "prerequisites", NULL};
	struct pr_claims_option *option = &claims->options[claims->option_count];
	struct pr_json array;
	enum pr_err err;

	*option = (struct pr_claims_option){.name = NULL};
	if (!json_is_object(at->value))
		return pr_json_error(at, why, "expected an object");
	err = pr_json_check_keys(at, keys, why);
	if (err == PR_OK)
		err = read_text(at, "name", &option->name, why);
	if (err == PR_OK)
		err = read_text(at, "phase", &option->phase, why);
	if (err == PR_OK && pr_json_has(at, "text"))
		err = read_text(at, "text", &option->text, why);
	if (err != PR_OK || !pr_json_has(at, "prerequisites")) {
		claims->option_count += err == PR_OK;
		return err;
	}
	err = pr_json_array(at, "prerequisites", &array, why);
	for (size_t i = 0; err == PR_OK && i < json_array_size(array.value); i++)
		if (!json_is_string(json_array_get(array.value, i)))
			err = pr_json_error(&array, why,
			                    "expected the ids of claims, or sentences");
	option->prerequisites = array.value;
	claims->option_count += err == PR_OK;
	return err;
}

/* ---- labels ---------------------------------------------------------------------------------- */

static enum pr_err check_labels(const struct pr_json *top, struct pr_error *why)
{
	static const char *const keys[] = {"phases", "workloads", NULL};
	struct pr_json labels, map;
	const char *name;
	json_t *value;
	enum pr_err err = PR_OK;

	if (!pr_json_has(top, "labels"))
		return PR_OK;
	err = pr_json_object(top, "labels", &labels, why);
	if (err == PR_OK)
		err = pr_json_check_keys(&labels, keys, why);
	for (size_t i = 0; err == PR_OK && keys[i] != NULL; i++) {
		if (!pr_json_has(&labels, keys[i]))
			continue;
		err = pr_json_object(&labels, keys[i], &map, why);
		if (err != PR_OK)
			break;
		json_object_foreach(map.value, name, value)
		{
			if (err == PR_OK &&
			    (!json_is_string(value) || json_string_length(value) == 0))
				err = pr_json_error(&map, why,
				                    "what '%.60s' is called in the run is a label",
				                    name);
		}
	}
	return err;
}

/* What the run calls it.  */
static const char *translate(const json_t *json, const char *what, const char *name)
{
	const json_t *map = json_object_get(json_object_get(json, "labels"), what);
	const char *label = name != NULL ? pr_json_text(map, name) : NULL;

	return label != NULL ? label : name;
}

static void translate_all(struct pr_claims *claims)
{
	for (size_t i = 0; i < claims->count; i++) {
		struct pr_claim *claim = &claims->items[i];

		claim->phase = translate(claims->json, "phases", claim->phase);
		claim->baseline = translate(claims->json, "phases", claim->baseline);
		claim->workload = translate(claims->json, "workloads", claim->workload);
	}
	for (size_t i = 0; i < claims->option_count; i++)
		claims->options[i].phase =
		        translate(claims->json, "phases", claims->options[i].phase);
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* Calls read for each item of an array; room is how many were made room for.  */
static enum pr_err read_all(struct pr_claims *claims, const struct pr_json *array,
                            enum pr_err (*read)(struct pr_claims *claims, const struct pr_json *at,
                                                struct pr_error *why),
                            struct pr_error *why)
{
	enum pr_err err = PR_OK;

	if (json_array_size(array->value) > PR_CLAIMS_MAX)
		return pr_json_error(array, why, "more than %d are not taken", PR_CLAIMS_MAX);
	for (size_t i = 0; err == PR_OK && i < json_array_size(array->value); i++) {
		struct pr_json item = pr_json_item(array, i);

		err = read(claims, &item, why);
	}
	return err;
}

static enum pr_err check_ids(const struct pr_claims *claims, const struct pr_json *array,
                             struct pr_error *why)
{
	for (size_t i = 0; i < claims->count; i++) {
		const struct pr_claim *claim = &claims->items[i];
		struct pr_json at = pr_json_item(array, i);

		for (size_t k = 0; k < json_array_size(claim->claims); k++) {
			const char *id = json_string_value(json_array_get(claim->claims, k));

			if (pr_claims_find(claims, id) == NULL)
				return pr_json_error(&at, why,
				                     "there is no claim with the id '%.60s'", id);
			if (strcmp(id, claim->id) == 0)
				return pr_json_error(&at, why, "'%.60s' is this claim itself", id);
		}
	}
	return PR_OK;
}

static enum pr_err read_document(struct pr_claims *claims, struct pr_error *why)
{
	static const char *const keys[] = {"format", "version", "title",   "source",
	                                   "labels", "claims",  "options", NULL};
	struct pr_json top = pr_json_top(claims->path, claims->json), array, options;
	enum pr_err err = pr_json_check_format(claims->json, claims->path, PR_CLAIMS_FORMAT,
	                                       PR_CLAIMS_VERSION, why);

	if (err == PR_OK)
		err = pr_json_check_keys(&top, keys, why);
	if (err == PR_OK)
		err = check_labels(&top, why);
	if (err == PR_OK)
		err = pr_json_array(&top, "claims", &array, why);
	if (err != PR_OK)
		return err;
	claims->items = pr_alloc((json_array_size(array.value) + 1) * sizeof(*claims->items));
	err = read_all(claims, &array, read_claim, why);
	if (err == PR_OK)
		err = check_ids(claims, &array, why);
	if (err == PR_OK && pr_json_has(&top, "options")) {
		err = pr_json_array(&top, "options", &options, why);
		if (err != PR_OK)
			return err;
		claims->options =
		        pr_alloc((json_array_size(options.value) + 1) * sizeof(*claims->options));
		err = read_all(claims, &options, read_option, why);
	}
	if (err == PR_OK)
		translate_all(claims);
	return err;
}

enum pr_err pr_claims_parse(json_t *json, const char *path, struct pr_claims **claims,
                            struct pr_error *why)
{
	enum pr_err err;

	*claims = pr_alloc(sizeof(**claims));
	**claims = (struct pr_claims){
	        .path = path, .files = pr_strdup(path), .json = json_incref(json)};
	err = read_document(*claims, why);
	if (err != PR_OK)
		pr_claims_destroy(claims);
	return err;
}

enum pr_err pr_claims_load(const char *path, struct pr_claims **claims, struct pr_error *why)
{
	json_t *json = NULL;
	enum pr_err err = pr_json_read_file(path, &json, why);

	*claims = NULL;
	if (err == PR_OK)
		err = pr_claims_parse(json, path, claims, why);
	json_decref(json);
	return err;
}

void pr_claims_destroy(struct pr_claims **claims)
{
	struct pr_claims *old = *claims;

	*claims = NULL;
	if (old == NULL)
		return;
	json_decref(old->json);
	free(old->files);
	free(old->items);
	free(old->options);
	free(old);
}

const struct pr_claim *pr_claims_find(const struct pr_claims *claims, const char *id)
{
	for (size_t i = 0; i < claims->count; i++)
		if (strcmp(claims->items[i].id, id) == 0)
			return &claims->items[i];
	return NULL;
}
