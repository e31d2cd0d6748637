/* SPDX-License-Identifier: MIT */
/* analyzers/run_twins.c - phases that are there to see what a probe costs.  */
#include <stdlib.h>
#include <string.h>

#include "analyzers/run_load.h"
#include "core/base/buf.h"

/* Options that are the harness's and not the engine's (harness/plant.h).  */
static const char *const planted[] = {"slow",       "stall",   "stall-time", "dose",
                                      "dose-count", "dose-at", "watch",      NULL};

/* A build without hooks, which lib= names, is otherwise the same engine.  */
static bool is_unhooked(const struct pr_run_phase *phase)
{
	const char *watch = pr_run_option(phase, "watch");

	return watch != NULL && strcmp(watch, "unhooked") == 0;
}

static json_t *engine_options(const struct pr_run_phase *phase)
{
	json_t *options =
	        phase->options != NULL ? json_copy((json_t *)phase->options) : json_object();

	for (size_t i = 0; planted[i] != NULL; i++)
		json_object_del(options, planted[i]);
	return options;
}

bool pr_run_same_engine_options(const struct pr_run_phase *one, const struct pr_run_phase *other)
{
	json_t *left = engine_options(one), *right = engine_options(other);
	bool same;

	if (is_unhooked(one) || is_unhooked(other)) {
		json_object_del(left, "lib");
		json_object_del(right, "lib");
	}
	same = strcmp(one->engine, other->engine) == 0 && json_equal(left, right);
	json_decref(left);
	json_decref(right);
	return same;
}

static bool is_set(const struct pr_run_phase *phase, const char *option)
{
	const char *value = pr_run_option(phase, option);

	return value != NULL && strcmp(value, "none") != 0;
}

/* The first phase that is the same but for a probe that watches it; PR_RUN_NONE.  */
static size_t find_original(const struct pr_run *run, const struct pr_run_phase *phase)
{
	for (size_t i = 0; is_set(phase, "watch") && i < run->phase_count; i++)
		if (!is_set(&run->phases[i], "watch") && !is_set(&run->phases[i], "dose") &&
		    pr_run_same_engine_options(&run->phases[i], phase))
			return i;
	return PR_RUN_NONE;
}

void pr_run_part_twins(struct pr_run *run)
{
	size_t all = run->phase_count, kept = 0;
	struct pr_run_phase *twins = pr_alloc((all + 1) * sizeof(*twins));
	size_t *number = pr_alloc((all + 1) * sizeof(*number));

	for (size_t i = 0; i < all; i++) {
		run->phases[i].twin_of = find_original(run, &run->phases[i]);
		number[i] = kept;
		kept += run->phases[i].twin_of == PR_RUN_NONE;
	}
	kept = 0;
	for (size_t i = 0; i < all; i++)
		if (run->phases[i].twin_of == PR_RUN_NONE) {
			run->phases[kept++] = run->phases[i];
		} else {
			twins[run->twin_count] = run->phases[i];
			twins[run->twin_count++].twin_of = number[run->phases[i].twin_of];
		}
	memcpy(run->phases + kept, twins, run->twin_count * sizeof(*twins));
	run->phase_count = kept;
	free(twins);
	free(number);
}
