/* SPDX-License-Identifier: MIT */
/* analyzers/claims_files.c - the claims of several files as one.
 *
 * Each file is read by itself, so its labels translate what stands in it and nothing else.  An id
 * that an earlier file has too becomes FILE:ID before, wherever its own file speaks of it.  */
#include <stdlib.h>
#include <string.h>

#include "analyzers/claims.h"
#include "core/base/buf.h"
#include "core/base/json.h"

/* "report" of "claims/report.json".  */
static char *short_name(const char *path)
{
	const char *slash = strrchr(path, '/'), *base = slash != NULL ? slash + 1 : path;
	size_t size = strlen(base), suffix = strlen(".json");

	if (strcmp(path, "-") == 0)
		return pr_strdup("stdin");
	if (size > suffix && strcmp(base + size - suffix, ".json") == 0)
		size -= suffix;
	return pr_asprintf("%.*s", (int)size, base);
}

/* Strings of the array that are `from` become `to`.  */
static void replace(json_t *array, const char *from, const char *to)
{
	size_t i;
	json_t *item;

	json_array_foreach(array, i, item)
	{
		const char *text = json_string_value(item);

		if (text != NULL && strcmp(text, from) == 0)
			json_array_set_new(array, i, pr_json_new_string(to));
	}
}

/* Whatever in the document speaks of the claim says the new id.  */
static void rename_claim(json_t *document, json_t *claim, const char *to)
{
	char *from = pr_strdup(pr_json_text(claim, "id"));
	json_t *item;
	size_t i;

	json_array_foreach(json_object_get(document, "claims"), i, item)
	{
		replace(json_object_get(item, "claims"), from, to);
	}
	json_array_foreach(json_object_get(document, "options"), i, item)
	{
		replace(json_object_get(item, "prerequisites"), from, to);
	}
	pr_json_set(claim, "id", pr_json_new_string(to));
	free(from);
}

/* Ids that are there already; a document that is no claims stays as it is, and is refused later. */
static void rename_taken(json_t *document, const char *path, const struct pr_claims *taken)
{
	char *name = short_name(path);
	json_t *claim;
	size_t i;

	json_array_foreach(json_object_get(document, "claims"), i, claim)
	{
		const char *id = pr_json_text(claim, "id");
		char *to;

		if (id == NULL || pr_claims_find(taken, id) == NULL)
			continue;
		to = pr_asprintf("%s:%s", name, id);
		while (pr_claims_find(taken, to) != NULL) { /* the file is given again */
			char *longer = pr_asprintf("%s:%s", name, to);

			free(to);
			to = longer;
		}
		rename_claim(document, claim, to);
		free(to);
	}
	free(name);
}

static bool has_option(const struct pr_claims *claims, const struct pr_claims_option *option)
{
	for (size_t i = 0; i < claims->option_count; i++)
		if (strcmp(claims->options[i].name, option->name) == 0)
			return true;
	return false;
}

/* Takes more.  An option of the same name is the same option.  */
static void append(struct pr_claims *claims, struct pr_claims **more)
{
	struct pr_claims *other = *more;
	char *files = pr_asprintf("%s, %s", claims->files, other->files);
	json_t *both = json_array();

	claims->items = pr_realloc(claims->items,
	                           (claims->count + other->count + 1) * sizeof(*claims->items));
	for (size_t i = 0; i < other->count; i++)
		claims->items[claims->count++] = other->items[i];
	claims->options = pr_realloc(claims->options, (claims->option_count + other->option_count +
	                                               1) * sizeof(*claims->options));
	for (size_t i = 0; i < other->option_count; i++)
		if (!has_option(claims, &other->options[i]))
			claims->options[claims->option_count++] = other->options[i];
	free(claims->files);
	claims->files = files;
	pr_json_append(both, claims->json); /* what texts are borrowed from */
	pr_json_append(both, json_incref(other->json));
	claims->json = both;
	pr_claims_destroy(more);
}

static enum pr_err load_more(const char *path, struct pr_claims **claims, struct pr_error *why)
{
	struct pr_claims *more = NULL;
	json_t *json = NULL;
	enum pr_err err = pr_json_read_file(path, &json, why);

	if (err == PR_OK) {
		rename_taken(json, path, *claims);
		err = pr_claims_parse(json, path, &more, why);
	}
	json_decref(json);
	if (err == PR_OK)
		append(*claims, &more);
	return err;
}

enum pr_err pr_claims_load_files(const struct pr_opt_list *paths, struct pr_claims **claims,
                                 struct pr_error *why)
{
	enum pr_err err = PR_OK;

	*claims = NULL;
	if (paths->count > 0)
		err = pr_claims_load(paths->items[0], claims, why);
	for (size_t i = 1; err == PR_OK && i < paths->count; i++)
		err = load_more(paths->items[i], claims, why);
	if (err != PR_OK)
		pr_claims_destroy(claims);
	return err;
}
