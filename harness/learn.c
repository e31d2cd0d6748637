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
                                json_t *library, struct pr_error *why)
{
	const char *path = json_string_value(json_object_get(library, "path"));
	bool copy = learn->keep && strcmp(path, learn->crew->program) != 0;
	enum pr_err err = pr_keep_library(learn->crew->dir, library, copy, why);

	if (err == PR_OK)
		pr_json_set(library, "build", pr_built_describe(path));
	return err == PR_OK ? pr_replay_check(phase, library, why) : err;
}

/* In a repetition: which file the phase loads.  */
static enum pr_err choose_file(struct pr_learn *learn, struct pr_plan_phase *phase,
                               struct pr_error *why)
{
	char *sentence;
	enum pr_err err = pr_replay_choose(learn->plan, phase, &sentence, why);

	if (sentence != NULL)
		pr_progress_warn(learn->progress, "%s", sentence);
	free(sentence);
	return err;
}

/* In a repetition: what is not as it was.  */
static void tell_differences(struct pr_learn *learn)
{
	json_t *repeats = pr_record_set_repeats(learn->record, learn->plan), *item;
	size_t i;

	json_array_foreach(json_object_get(repeats, "differences"), i, item)
	{
		const char *first = json_string_value(json_object_get(item, "first"));
		const char *second = json_string_value(json_object_get(item, "second"));

		pr_progress_warn(
		        learn->progress, "unlike when %s was made: %s was %s, is %s",
		        learn->plan->origin_name, json_string_value(json_object_get(item, "what")),
		        first != NULL ? first : "not known", second != NULL ? second : "not known");
	}
}

/* Loads the engine of a phase once, without links, to learn what it is.  */
static enum pr_err learn_phase(struct pr_learn *learn, struct pr_plan_phase *phase, json_t *phases,
                               struct pr_error *why)
{
	json_t *reply = NULL, *counters, *entry = json_object();
	struct pr_child *child;
	enum pr_err err = choose_file(learn, phase, why);

	if (err == PR_OK)
		err = pr_crew_start(learn->crew, phase, NULL, 0, 0, 0, &child, &reply, why);
	if (err == PR_OK) {
		err = keep_library(learn, phase, json_object_get(reply, "library"), why);
		if (err == PR_OK)
			err = pr_crew_close(learn->crew, &child, why);
		else
			pr_child_destroy(&child);
	}
	if (err == PR_OK) {
		counters = json_object_get(reply, "counters");
		add_to_glossary(learn->glossary, counters);
		pr_json_set(entry, "label", json_string(phase->label));
		pr_json_set(entry, "engine", json_string(phase->engine->name));
		pr_json_set(entry, "options", json_deep_copy(phase->expanded));
		pr_json_set(entry, "library", json_incref(json_object_get(reply, "library")));
		pr_json_set(entry, "has_hooks", json_boolean(counters != NULL));
		pr_json_append(phases, json_incref(entry));
	}
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
static void remember(struct pr_learn *learn, size_t index, const json_t *phase)
{
	struct pr_learned *learned = &learn->phases[index];
	const json_t *library = json_object_get(phase, "library");
	const char *kept = json_string_value(json_object_get(library, "kept"));
	char *copy = kept != NULL ? pr_asprintf("%s/%s", learn->crew->dir, kept) : NULL;

	learned->path = pr_strdup(json_string_value(json_object_get(library, "path")));
	learned->copy = copy != NULL ? realpath(copy, NULL) : NULL;
	if (stat(learned->path, &learned->file) != 0)
		memset(&learned->file, 0, sizeof(learned->file));
	free(copy);
}

enum pr_err pr_learn_phases(struct pr_learn *learn, struct pr_error *why)
{
	json_t *phases = json_array();
	enum pr_err err = PR_OK;

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

char *pr_learn_check(struct pr_learn *learn, size_t index)
{
	struct pr_learned *learned = &learn->phases[index];
	struct pr_plan_phase *phase = &learn->plan->phases[index];
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
	free(phase->file);
	phase->file = pr_strdup(learned->copy);
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
		free(learn->phases[i].path);
		free(learn->phases[i].copy);
	}
}
