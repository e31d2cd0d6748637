/* SPDX-License-Identifier: MIT */
/* harness/learn.c - what the phases of a run are.  */
#include "harness/learn.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/json.h"
#include "harness/built.h"
#include "harness/keep.h"
#include "harness/replay.h"

static void add_to_glossary(json_t *glossary, const json_t *counters)
{
	json_t *counter, *known;
	size_t i, j;

	json_array_foreach((json_t *)counters, i, counter)
	{
		bool found = false;

		json_array_foreach(glossary, j, known)
		{
			found |= json_equal(json_object_get(known, "name"),
			                    json_object_get(counter, "name")) != 0;
		}
		if (!found)
			pr_json_append(glossary, json_incref(counter));
	}
}

/* Adds the hash of the file and how it was built to the description of a library, and keeps it.
 * What is part of the program is no library.  */
static enum pr_err keep_library(struct pr_learn *learn, const struct pr_plan_phase *phase,
                                size_t variant, json_t *library, struct pr_error *why)
{
	const char *path = pr_json_text(library, "path");
	bool copy = learn->keep && strcmp(path, learn->crew->program) != 0;
	enum pr_err err = pr_keep_library(learn->crew->dir, library, copy, why);

	if (err == PR_OK)
		pr_json_set(library, "build", pr_built_describe(path));
	return err == PR_OK ? pr_replay_check(&phase->variants.items[variant], library, why) : err;
}

/* In a repetition: which files the phase loads.  One sentence for all.  */
static enum pr_err choose_files(struct pr_learn *learn, struct pr_plan_phase *phase,
                                struct pr_error *why)
{
	bool told = false;
	enum pr_err err = PR_OK;

	for (size_t i = 0; err == PR_OK && i < phase->variants.count; i++) {
		char *sentence;

		err = pr_replay_choose(learn->plan, phase, i, &sentence, why);
		if (sentence != NULL && !told)
			pr_progress_warn(learn->progress, "%s", sentence);
		told |= sentence != NULL;
		free(sentence);
	}
	return err;
}

/* In a repetition: what is not as it was.  */
static void tell_differences(struct pr_learn *learn)
{
	json_t *repeats = pr_record_set_repeats(learn->record, learn->plan), *item;
	size_t i;

	json_array_foreach(json_object_get(repeats, "differences"), i, item)
	{
		const char *first = pr_json_text(item, "first");
		const char *second = pr_json_text(item, "second");

		pr_progress_warn(learn->progress, "unlike when %s was made: %s was %s, is %s",
		                 learn->plan->origin_name, pr_json_text(item, "what"),
		                 first != NULL ? first : "not known",
		                 second != NULL ? second : "not known");
	}
}

/* Unless the user named a file, or repeats a run: the other links of it that the build made.  */
static void add_variants(struct pr_plan_phase *phase)
{
	json_t *paths, *path;
	size_t i;

	if (phase->engine->variants == NULL || phase->variants.count > 1 ||
	    phase->variants.items[0].path != NULL || phase->variants.items[0].recorded != NULL)
		return;
	paths = phase->engine->variants();
	json_array_foreach(paths, i, path)
	{
		pr_variants_add(&phase->variants, json_string_value(path));
	}
	json_decref(paths);
}

/* Loads one file of a phase, without links, to learn what it is.  */
static enum pr_err load_variant(struct pr_learn *learn, const struct pr_plan_phase *phase,
                                size_t variant, json_t **reply, struct pr_error *why)
{
	struct pr_setting setting = {.library = pr_variants_file(&phase->variants, variant)};
	struct pr_child *child;
	enum pr_err err = pr_crew_start_in(learn->crew, phase, &setting, 0, 0, &child, reply, why);

	if (err != PR_OK)
		return err;
	err = keep_library(learn, phase, variant, json_object_get(*reply, "library"), why);
	if (err == PR_OK)
		return pr_crew_close(learn->crew, &child, why);
	pr_child_destroy(&child);
	return err;
}

/* Of all but the first: several phases may have the same files.  */
static enum pr_err learn_variant(struct pr_learn *learn, const struct pr_plan_phase *phase,
                                 size_t variant, json_t **library, struct pr_error *why)
{
	char *key = pr_asprintf("%s:%s", phase->engine->name,
	                        pr_variants_file(&phase->variants, variant));
	json_t *reply = NULL;
	enum pr_err err = PR_OK;

	*library = json_incref(json_object_get(learn->seen, key));
	if (*library == NULL)
		err = load_variant(learn, phase, variant, &reply, why);
	if (reply != NULL) {
		*library = json_incref(json_object_get(reply, "library"));
		pr_json_set(learn->seen, key, json_incref(*library));
	}
	json_decref(reply);
	free(key);
	return err;
}

/* "builds" of an entry: all files, where there are several.  */
static enum pr_err learn_variants(struct pr_learn *learn, const struct pr_plan_phase *phase,
                                  json_t *entry, struct pr_error *why)
{
	json_t *builds, *library;
	enum pr_err err = PR_OK;

	if (phase->variants.count < 2)
		return PR_OK;
	builds = json_array();
	pr_json_append(builds, json_incref(json_object_get(entry, "library")));
	for (size_t i = 1; err == PR_OK && i < phase->variants.count; i++) {
		err = learn_variant(learn, phase, i, &library, why);
		if (err == PR_OK)
			pr_json_append(builds, library);
		else
			json_decref(library);
	}
	pr_json_set(entry, "builds", builds);
	return err;
}

/* Loads the engine of a phase once, to learn what it is.  */
static enum pr_err learn_phase(struct pr_learn *learn, struct pr_plan_phase *phase, json_t *phases,
                               struct pr_error *why)
{
	json_t *reply = NULL, *counters, *entry = json_object();
	enum pr_err err;

	add_variants(phase);
	err = choose_files(learn, phase, why);
	if (err == PR_OK)
		err = load_variant(learn, phase, 0, &reply, why);
	if (err == PR_OK) {
		counters = json_object_get(reply, "counters");
		add_to_glossary(learn->glossary, counters);
		pr_json_set(entry, "label", json_string(phase->label));
		pr_json_set(entry, "engine", json_string(phase->engine->name));
		pr_json_set(entry, "options", json_deep_copy(phase->expanded));
		pr_json_set(entry, "library", json_incref(json_object_get(reply, "library")));
		pr_json_set(entry, "has_hooks", json_boolean(counters != NULL));
		err = learn_variants(learn, phase, entry, why);
	}
	if (err == PR_OK)
		pr_json_append(phases, json_incref(entry));
	json_decref(entry);
	json_decref(reply);
	return err == PR_OK ? PR_OK : pr_error_prefix(why, err, "phase '%s'", phase->label);
}

/* Says which workloads a phase does not do, so that nobody looks for their rows.  */
static void note_left_out(struct pr_learn *learn, const struct pr_plan_phase *phase)
{
	char *labels = pr_plan_left_out(learn->plan, phase);

	if (labels != NULL)
		pr_progress_note(learn->progress, "phase %s leaves out %s", phase->label, labels);
	free(labels);
}

/* What pr_learn_check looks at.  */
static void remember_file(const struct pr_learn *learn, struct pr_learned *learned,
                          const json_t *library)
{
	const char *kept = pr_json_text(library, "kept");
	char *copy = kept != NULL ? pr_asprintf("%s/%s", learn->crew->dir, kept) : NULL;

	learned->path = pr_strdup(pr_json_text(library, "path"));
	learned->copy = copy != NULL ? realpath(copy, NULL) : NULL;
	if (stat(learned->path, &learned->file) != 0)
		memset(&learned->file, 0, sizeof(learned->file));
	free(copy);
}

static void remember(struct pr_learn *learn, size_t index, const json_t *phase)
{
	const json_t *builds = json_object_get(phase, "builds");
	size_t count = learn->plan->phases[index].variants.count;

	learn->phases[index] = pr_alloc(count * sizeof(struct pr_learned));
	for (size_t i = 0; i < count; i++)
		remember_file(learn, &learn->phases[index][i],
		              builds != NULL ? json_array_get(builds, i)
		                             : json_object_get(phase, "library"));
}

enum pr_err pr_learn_phases(struct pr_learn *learn, struct pr_error *why)
{
	json_t *phases = json_array();
	enum pr_err err = PR_OK;

	learn->seen = json_object();
	tell_differences(learn);
	for (size_t i = 0; err == PR_OK && i < learn->plan->phase_count; i++) {
		note_left_out(learn, &learn->plan->phases[i]);
		err = learn_phase(learn, &learn->plan->phases[i], phases, why);
		if (err == PR_OK)
			remember(learn, i, json_array_get(phases, i));
	}
	pr_record_set_phases(learn->record, phases, json_incref(learn->glossary));
	return err;
}

static bool is_same(const struct stat *one, const struct stat *two)
{
	return one->st_dev == two->st_dev && one->st_ino == two->st_ino &&
	       one->st_size == two->st_size && one->st_mtim.tv_sec == two->st_mtim.tv_sec &&
	       one->st_mtim.tv_nsec == two->st_mtim.tv_nsec;
}

char *pr_learn_check(struct pr_learn *learn, size_t index, size_t variant)
{
	struct pr_learned *learned = &learn->phases[index][variant];
	struct pr_variant *loaded = &learn->plan->phases[index].variants.items[variant];
	struct stat now;
	char *reason;

	if (stat(learned->path, &now) == 0 && is_same(&now, &learned->file))
		return NULL;
	reason = pr_asprintf("%s was replaced during the run, so this may be of another engine; %s",
	                     learned->path,
	                     learned->copy != NULL ? "from now on the copy of it is measured"
	                                           : "no copy of it was kept");
	if (learned->copy == NULL)
		return reason;
	free(loaded->file);
	loaded->file = pr_strdup(learned->copy);
	free(learned->path);
	learned->path = learned->copy;
	learned->copy = NULL;
	if (stat(learned->path, &learned->file) != 0)
		memset(&learned->file, 0, sizeof(learned->file));
	return reason;
}

void pr_learn_fini(struct pr_learn *learn)
{
	for (size_t i = 0; i < PR_PLAN_PHASES_MAX; i++) {
		size_t count = learn->phases[i] != NULL ? learn->plan->phases[i].variants.count : 0;

		for (size_t k = 0; k < count; k++) {
			free(learn->phases[i][k].path);
			free(learn->phases[i][k].copy);
		}
		free(learn->phases[i]);
	}
	json_decref(learn->seen);
}
