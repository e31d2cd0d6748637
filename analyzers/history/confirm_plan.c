/* SPDX-License-Identifier: MIT */
/* analyzers/history/confirm_plan.c - the plan that puts a change to the test.  */
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/history/confirm_parts.h"
#include "analyzers/packed.h"
#include "analyzers/run.h"
#include "core/base/buf.h"
#include "core/base/json.h"

#define HASH_PART 16 /* of the hash, in the name of a kept library */

/* ---- both sides ------------------------------------------------------------------------------ */

static const json_t *phase_of(const json_t *run, const char *label)
{
	size_t i;
	json_t *phase;

	json_array_foreach(json_object_get(run, "phases"), i, phase)
	{
		if (label != NULL && strcmp(pr_json_text(phase, "label"), label) == 0)
			return phase;
	}
	return NULL;
}

enum pr_err pr_confirm_read_sides(struct pr_history *history, const json_t *test,
                                  struct pr_confirm_sides *sides, struct pr_error *why)
{
	const json_t *good = json_object_get(test, "good_run");
	const json_t *bad = json_object_get(test, "run");
	bool has_good = json_is_integer(good);
	enum pr_err err;

	*sides = (struct pr_confirm_sides){0};
	err = pr_history_run(history, json_integer_value(bad), &sides->bad_run, why);
	if (err == PR_OK)
		err = pr_history_run(history, json_integer_value(has_good ? good : bad),
		                     &sides->good_run, why);
	if (err == PR_OK) {
		sides->bad = phase_of(sides->bad_run, pr_json_text(test, "phase"));
		sides->good = phase_of(sides->good_run,
		                       pr_json_text(test, has_good ? "phase" : "baseline"));
	}
	if (err == PR_OK && (sides->good == NULL || sides->bad == NULL))
		err = pr_error_set(why, PR_FAILED,
		                   "%s does not say what phase %s was in run %lld or before",
		                   pr_history_place(history), pr_json_text(test, "phase"),
		                   (long long)json_integer_value(bad));
	if (err != PR_OK)
		pr_confirm_drop_sides(sides);
	return err;
}

void pr_confirm_drop_sides(struct pr_confirm_sides *sides)
{
	json_decref(sides->good_run);
	json_decref(sides->bad_run);
	*sides = (struct pr_confirm_sides){0};
}

/* Its options without the path of the library; the caller owns them.  */
static json_t *options_of(const json_t *side)
{
	const char *text = pr_json_text(side, "options");
	json_t *options = text != NULL ? json_loads(text, 0, NULL) : NULL;

	if (!json_is_object(options)) {
		json_decref(options);
		options = json_object();
	}
	json_object_del(options, "lib");
	return options;
}

bool pr_confirm_is_same(const struct pr_confirm_sides *sides)
{
	json_t *good = options_of(sides->good), *bad = options_of(sides->bad);
	bool same = pr_json_text(sides->good, "sha256") != NULL && json_equal(good, bad) &&
	            json_equal(json_object_get(sides->good, "sha256"),
	                       json_object_get(sides->bad, "sha256")) &&
	            json_equal(json_object_get(sides->good, "engine"),
	                       json_object_get(sides->bad, "engine"));

	json_decref(good);
	json_decref(bad);
	return same;
}

/* ---- libraries ------------------------------------------------------------------------------- */

/* A file that is named by the hash below a folder, as keep.h of the harness names it; the caller
 * frees.  The run that loads it records its whole hash, which is checked then.  */
static char *look_in(const char *folder, const char *inside, const char *hash)
{
	struct pr_buf pattern;
	char *path = NULL;
	glob_t found;

	pr_buf_init(&pattern);
	for (; *folder != '\0'; folder++)
		pr_buf_printf(&pattern, "%s%c", strchr("*?[\\", *folder) != NULL ? "\\" : "",
		              *folder);
	pr_buf_printf(&pattern, "/%s/%.*s-*", inside, HASH_PART, hash);
	if (glob(pattern.text, 0, NULL, &found) == 0)
		path = realpath(found.gl_pathv[0], NULL);
	globfree(&found);
	pr_buf_fini(&pattern);
	return path;
}

static char *look_near(const char *folder, const char *hash)
{
	char *path = look_in(folder, "libraries", hash);

	return path != NULL ? path : look_in(folder, "*/libraries", hash);
}

/* A run of the history that is still where it was; NULL when not.  */
static const char *folder_of(const json_t *run)
{
	const char *source = pr_json_text(run, "source"), *folder = NULL;
	struct pr_error why;

	if (source == NULL || pr_packed_open(source, &folder, &why) != PR_OK)
		return NULL;
	return folder;
}

static char *find_library(const struct pr_confirm_sides *sides, const struct pr_opt_list *folders,
                          const char *hash)
{
	const char *const runs[] = {folder_of(sides->bad_run), folder_of(sides->good_run)};
	char *path = NULL;

	for (size_t i = 0; i < 2 && path == NULL; i++)
		if (runs[i] != NULL)
			path = look_near(runs[i], hash);
	for (size_t i = 0; i < folders->count && path == NULL; i++)
		path = look_near(folders->items[i], hash);
	return path;
}

static enum pr_err add_library(json_t *options, const struct pr_confirm_sides *sides,
                               const json_t *side, const struct pr_opt_list *folders,
                               struct pr_error *why)
{
	const char *hash = pr_json_text(side, "sha256");
	char *path;

	if (hash == NULL) /* an engine without one */
		return PR_OK;
	path = find_library(sides, folders, hash);
	if (path == NULL)
		return pr_error_set(
		        why, PR_FAILED,
		        "the library of phase %s (%s, sha256 %.16s...) is neither in the runs %s "
		        "and %s nor in a folder given with --runs; keep run directories for as "
		        "long as a change may be asked about",
		        pr_json_text(side, "label"), pr_json_text(side, "engine"), hash,
		        pr_json_text(sides->good_run, "source"),
		        pr_json_text(sides->bad_run, "source"));
	pr_json_set(options, "lib", pr_json_new_string(path));
	free(path);
	return PR_OK;
}

/* ---- the plan -------------------------------------------------------------------------------- */

static enum pr_err add_phase(json_t *phases, const char *label,
                             const struct pr_confirm_sides *sides, const json_t *side,
                             const struct pr_opt_list *folders, struct pr_error *why)
{
	json_t *options = options_of(side), *phase = json_object();
	enum pr_err err = add_library(options, sides, side, folders, why);
	pr_json_set(phase, "label", json_string(label));
	pr_json_set(phase, "engine", json_incref(json_object_get(side, "engine")));
	pr_json_set(phase, "options", options);
	pr_json_append(phases, phase);
	return err;
}

static bool is_asked(const json_t *test, const char *workload)
{
	size_t i;
	json_t *change;

	json_array_foreach(json_object_get(test, "changes"), i, change)
	{
		if (strcmp(pr_json_text(change, "workload"), workload) == 0)
			return true;
	}
	return false;
}

/* Of the workloads only those in which something changed.  Their labels stay, so that the rows have
 * the same names.  */
static void choose_workloads(json_t *plan, const struct pr_run *run, const json_t *test)
{
	const json_t *all = json_object_get(plan, "workloads");
	json_t *slices = json_object_get(plan, "slices"), *kept = json_array();

	for (size_t i = 0; i < run->workload_count; i++) {
		const char *label = run->workloads[i].label;
		json_t *workload = json_copy(json_array_get(all, i));

		if (is_asked(test, label) && json_is_object(workload)) {
			pr_json_set(workload, "label", pr_json_new_string(label));
			pr_json_append(kept, workload);
			continue;
		}
		json_decref(workload);
		json_object_del(slices, label);
	}
	pr_json_set(plan, "workloads", kept);
}

/* The plan of the first night, or of the last good one: the work is the same.  */
static enum pr_err load_plan(const struct pr_confirm_sides *sides, struct pr_run **run,
                             struct pr_error *why)
{
	const char *bad = pr_json_text(sides->bad_run, "source");
	const char *good = pr_json_text(sides->good_run, "source");
	struct pr_error unused;

	*run = NULL;
	if (bad != NULL && pr_run_load(bad, run, &unused) == PR_OK)
		return PR_OK;
	if (good != NULL && pr_run_load(good, run, &unused) == PR_OK)
		return PR_OK;
	return pr_error_set(why, PR_FAILED,
	                    "neither %s nor %s can be read any more, and with them the plan is "
	                    "lost",
	                    good, bad);
}

static json_t *plan_of(const struct pr_run *run, const json_t *test)
{
	static const char *const unwanted[] = {"seed", "ablation", "predicted", "phases"};
	json_t *plan = json_deep_copy(run->plan);

	for (size_t i = 0; i < sizeof(unwanted) / sizeof(unwanted[0]); i++)
		json_object_del(plan, unwanted[i]);
	choose_workloads(plan, run, test);
	pr_json_set(plan, "name", json_string("confirm"));
	pr_json_set(plan, "blocks", json_incref(json_object_get(test, "blocks")));
	pr_json_set(plan, "traces", json_integer(0));
	pr_json_set(plan, "probes", json_pack("[s]", "hooks"));
	return plan;
}

enum pr_err pr_confirm_plan(struct pr_history *history, const json_t *test,
                            const struct pr_opt_list *folders, json_t **plan, struct pr_error *why)
{
	struct pr_confirm_sides sides;
	struct pr_run *run = NULL;
	json_t *phases = json_array();
	enum pr_err err = pr_confirm_read_sides(history, test, &sides, why);

	*plan = NULL;
	if (err == PR_OK)
		err = load_plan(&sides, &run, why);
	if (err == PR_OK)
		err = add_phase(phases, PR_CONFIRM_GOOD, &sides, sides.good, folders, why);
	if (err == PR_OK)
		err = add_phase(phases, PR_CONFIRM_BAD, &sides, sides.bad, folders, why);
	if (err == PR_OK) {
		*plan = plan_of(run, test);
		pr_json_set(*plan, "phases", json_incref(phases));
	}
	json_decref(phases);
	pr_run_destroy(&run);
	pr_confirm_drop_sides(&sides);
	return err;
}
