/* SPDX-License-Identifier: MIT */
/* harness/replay.c - repeating a run with the libraries that it measured.  */
#include "harness/replay.h"

#include <stdlib.h>
#include <string.h>

#include "analyzers/host.h"
#include "core/base/buf.h"
#include "core/base/json.h"
#include "harness/library.h"

static const json_t *find_phase(const json_t *run, const char *label)
{
	const json_t *phase;
	size_t i;

	json_array_foreach(json_object_get(run, "phases"), i, phase)
	{
		const char *found = pr_json_text(phase, "label");

		if (found != NULL && strcmp(found, label) == 0)
			return phase;
	}
	return NULL;
}

static void note_library(struct pr_variant *variant, json_t *library)
{
	if (pr_json_text(library, "path") != NULL && pr_json_text(library, "sha256") != NULL)
		variant->recorded = json_incref(library);
}

/* As many variants as the run had.  */
static void note_phase(struct pr_variants *variants, const json_t *phase)
{
	json_t *builds = json_object_get(phase, "builds"), *library;
	size_t i;

	note_library(&variants->items[0], json_object_get(phase, "library"));
	json_array_foreach(builds, i, library)
	{
		if (i >= variants->count)
			pr_variants_add(variants, pr_json_text(library, "path"));
		if (i > 0 && i < variants->count)
			note_library(&variants->items[i], library);
	}
}

void pr_replay_note(struct pr_plan *plan, const json_t *run, const char *dir, const char *name)
{
	plan->origin = json_incref((json_t *)run);
	plan->origin_dir = pr_strdup(dir);
	plan->origin_name = pr_strdup(name);
	for (size_t i = 0; i < plan->phase_count; i++)
		note_phase(&plan->phases[i].variants, find_phase(run, plan->phases[i].label));
}

/* ---- which file ---------------------------------------------------------------------- */

static bool has_hash(const char *path, const char *hash)
{
	char found[PR_LIBRARY_HASH_SIZE];

	return pr_library_hash(path, found, NULL) == PR_OK && strcmp(found, hash) == 0;
}

static enum pr_err choose_copy(const struct pr_plan *plan, const char *label,
                               struct pr_variant *variant, char **sentence, struct pr_error *why)
{
	const char *path = pr_json_text(variant->recorded, "path");
	const char *hash = pr_json_text(variant->recorded, "sha256");
	const char *kept = pr_json_text(variant->recorded, "kept");
	char *copy = kept != NULL ? pr_asprintf("%s/%s", plan->origin_dir, kept) : NULL;

	if (copy != NULL && has_hash(copy, hash)) {
		variant->file = realpath(copy, NULL);
		*sentence = pr_asprintf("phase '%s': %s is not what %s measured any more; its copy "
		                        "of it, %s, is measured",
		                        label, path, plan->origin_name, kept);
	}
	free(copy);
	if (variant->file != NULL)
		return PR_OK;
	return pr_error_set(
	        why, PR_FAILED,
	        "%s is not what %s measured any more (its SHA-256 was "
	        "%.16s...), and the copy of it %s; put the file back, or measure another "
	        "with --phase",
	        path, plan->origin_name, hash, kept != NULL ? "is not whole" : "was not kept");
}

enum pr_err pr_replay_choose(const struct pr_plan *plan, struct pr_plan_phase *phase, size_t index,
                             char **sentence, struct pr_error *why)
{
	struct pr_variant *variant = &phase->variants.items[index];
	const char *path = pr_json_text(variant->recorded, "path");

	*sentence = NULL;
	if (variant->recorded == NULL || !pr_adapter_takes(phase->engine, "lib"))
		return PR_OK;
	if (!has_hash(path, pr_json_text(variant->recorded, "sha256")))
		return choose_copy(plan, phase->label, variant, sentence, why);
	variant->file = pr_strdup(path);
	return PR_OK;
}

enum pr_err pr_replay_check(const struct pr_variant *variant, const json_t *library,
                            struct pr_error *why)
{
	const char *hash = pr_json_text(variant->recorded, "sha256");
	const char *found = pr_json_text(library, "sha256");

	if (variant->recorded == NULL || variant->file == NULL || strcmp(hash, found) == 0)
		return PR_OK;
	return pr_error_set(why, PR_FAILED,
	                    "%s was to be loaded, and %s was, which is another; look at "
	                    "LD_PRELOAD and LD_LIBRARY_PATH",
	                    variant->file, pr_json_text(library, "path"));
}

/* ---- what differs -------------------------------------------------------------------- */

json_t *pr_replay_describe(const struct pr_plan *plan, const json_t *run)
{
	json_t *json;

	if (plan->origin == NULL)
		return NULL;
	json = json_object();
	pr_json_set(json, "run", pr_json_new_string(plan->origin_name));
	pr_json_set(json, "created", pr_json_new_string(pr_json_text(plan->origin, "created")));
	pr_json_set(json, "differences", pr_host_changes(plan->origin, run));
	return json;
}
