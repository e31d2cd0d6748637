/* SPDX-License-Identifier: MIT */
/* harness/variants.c - the builds of a phase.  */
#include "harness/variants.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/rng.h"

/* So that other random numbers of a run are others.  */
#define SEED_STEP 0xd1342543de82ef95u

void pr_variants_add(struct pr_variants *builds, const char *path)
{
	if (builds->count == PR_VARIANTS_MAX)
		return;
	builds->items[builds->count++] =
	        (struct pr_variant){.path = path != NULL ? pr_strdup(path) : NULL};
}

void pr_variants_fini(struct pr_variants *builds)
{
	for (size_t i = 0; i < builds->count; i++) {
		free(builds->items[i].path);
		free(builds->items[i].file);
		json_decref(builds->items[i].recorded);
	}
	builds->count = 0;
}

static enum pr_err too_many(const char *what, struct pr_error *why)
{
	return pr_error_set(why, PR_USAGE, "%s: lib= names more than %d files", what,
	                    PR_VARIANTS_MAX);
}

/* The libraries in a folder, and in the folders in it, in the order of their names.  */
static enum pr_err add_folder(struct pr_variants *builds, const char *folder, const char *what,
                              struct pr_error *why)
{
	static const char *const patterns[] = {"*.so", "*.so.*", "*/*.so", "*/*.so.*"};
	glob_t found = {0};
	enum pr_err err = PR_OK;

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		char *pattern = pr_asprintf("%s/%s", folder, patterns[i]);

		glob(pattern, i > 0 ? GLOB_APPEND : 0, NULL, &found);
		free(pattern);
	}
	if (found.gl_pathc == 0)
		err = pr_error_set(why, PR_USAGE,
		                   "%s: lib=%s is a folder without a library (*.so) in it", what,
		                   folder);
	else if (builds->count + found.gl_pathc > PR_VARIANTS_MAX)
		err = too_many(what, why);
	for (size_t i = 0; err == PR_OK && i < found.gl_pathc; i++)
		pr_variants_add(builds, found.gl_pathv[i]);
	globfree(&found);
	return err;
}

static enum pr_err add_place(struct pr_variants *builds, const char *place, const char *what,
                             struct pr_error *why)
{
	struct stat info;

	if (*place == '\0')
		return pr_error_set(why, PR_USAGE,
		                    "%s: lib= has an empty place; several files stand with one "
		                    "colon between them",
		                    what);
	if (stat(place, &info) == 0 && S_ISDIR(info.st_mode))
		return add_folder(builds, place, what, why);
	if (builds->count == PR_VARIANTS_MAX)
		return too_many(what, why);
	pr_variants_add(builds, place);
	return PR_OK;
}

static enum pr_err add_list(struct pr_variants *builds, const char *list, const char *what,
                            struct pr_error *why)
{
	char *text = pr_strdup(list), *place = text, *colon;
	enum pr_err err;

	do {
		colon = strchr(place, ':');
		if (colon != NULL)
			*colon = '\0';
		err = add_place(builds, place, what, why);
		place = colon != NULL ? colon + 1 : NULL;
	} while (err == PR_OK && place != NULL);
	free(text);
	return err;
}

static void write_back(const struct pr_variants *builds, json_t *options)
{
	struct pr_buf list;

	pr_buf_init(&list);
	for (size_t i = 0; i < builds->count; i++)
		pr_buf_printf(&list, "%s%s", i > 0 ? ":" : "", builds->items[i].path);
	pr_json_set(options, "lib", pr_json_new_string(list.text));
	pr_buf_fini(&list);
}

enum pr_err pr_variants_parse(struct pr_variants *builds, json_t *options, const char *what,
                              struct pr_error *why)
{
	const char *list = pr_json_text(options, "lib");
	struct stat info;
	enum pr_err err;

	*builds = (struct pr_variants){0};
	/* A file may have a colon in its name.  */
	if (list == NULL || *list == '\0' || (stat(list, &info) == 0 && S_ISREG(info.st_mode))) {
		pr_variants_add(builds, list);
		return PR_OK;
	}
	err = add_list(builds, list, what, why);
	if (err == PR_OK)
		write_back(builds, options);
	return err;
}

const char *pr_variants_file(const struct pr_variants *builds, size_t index)
{
	const struct pr_variant *build = &builds->items[index];

	return build->file != NULL ? build->file : build->path;
}

size_t pr_variants_turn(const struct pr_variants *builds, uint64_t seed, uint64_t block)
{
	size_t order[PR_VARIANTS_MAX], count = builds->count;
	struct pr_rng rng;

	if (block == 0 || count < 2)
		return 0;
	for (size_t i = 0; i < count; i++)
		order[i] = i;
	pr_rng_init(&rng, seed + ((block - 1) / count + 1) * SEED_STEP);
	pr_rng_shuffle(&rng, order, count);
	return order[(block - 1) % count];
}
