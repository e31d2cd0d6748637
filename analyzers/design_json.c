/* SPDX-License-Identifier: MIT */
/* analyzers/design_json.c - the checks of a run's design as JSON.  */
#include <math.h>

#include "analyzers/design.h"
#include "analyzers/rows.h"
#include "core/base/json.h"

static void add_effect(json_t *object, const struct pr_design_effect *effect)
{
	pr_json_set(object, "effect", pr_json_new_real(effect->effect));
	pr_json_set(object, "effect_lo", pr_json_new_real(effect->lo));
	pr_json_set(object, "effect_hi", pr_json_new_real(effect->hi));
	pr_json_set(object, "n", json_integer((json_int_t)effect->n));
}

void pr_design_add_json(json_t *object, const struct pr_row *row)
{
	const struct pr_design *design = &row->design;
	json_t *whole, *voids, *builds = pr_layout_json(&design->layout);
	json_t *slope = pr_slope_json(&design->slope), *pair;

	if (slope != NULL)
		pr_json_set(object, "slope", slope);
	if (builds != NULL)
		pr_json_set(object, "builds", builds);

	if (design->whole.n > 0) {
		whole = json_object();
		add_effect(whole, &design->whole);
		pr_json_set(whole, "p_adjusted", pr_json_new_real(design->whole_p_adjusted));
		pr_json_set(object, "whole", whole);
		pr_json_set(object, "depends_on_length", json_boolean(design->depends));
	}
	if (design->pair.n > 0) {
		pair = json_object();
		add_effect(pair, &design->pair);
		pr_json_set(pair, "p_adjusted", pr_json_new_real(design->pair_p_adjusted));
		pr_json_set(object, "pair", pair);
		pr_json_set(object, "depends_on_phases", json_boolean(design->crowded));
	}
	if (design->with_voids.n > 0) {
		voids = json_object();
		add_effect(voids, &design->with_voids);
		pr_json_set(object, "with_voids", voids);
	}
}

json_t *pr_design_control_json(const struct pr_rows *rows)
{
	static const char *const names[] = {"still", "loaded", "moved"};
	json_t *array = json_array();

	for (size_t i = 0; i < rows->count; i++) {
		const struct pr_row *row = &rows->items[i];
		json_t *entry;

		if (row->design.control.n == 0 ||
		    row != pr_rows_find(rows, row->workload, row->phase, "throughput"))
			continue;
		entry = json_object();
		pr_json_set(entry, "workload",
		            json_string(rows->run->workloads[row->workload].label));
		pr_json_set(entry, "phase", json_string(rows->run->phases[row->phase].label));
		add_effect(entry, &row->design.control);
		pr_json_set(entry, "loaded_p_adjusted", pr_json_new_real(row->design.loaded_p));
		pr_json_set(entry, "moved_p_adjusted", pr_json_new_real(row->design.moved_p));
		pr_json_set(entry, "machine", json_string(names[row->design.machine]));
		pr_json_append(array, entry);
	}
	return array;
}

static json_int_t sleepless(const struct pr_run *run, size_t phase)
{
	json_int_t count = 0;

	for (size_t i = 0; i < run->sample_count; i++)
		count += run->samples[i].kind == PR_RUN_VOIDED && run->samples[i].sleeper == phase;
	return count;
}

json_t *pr_design_voids_json(const struct pr_run *run)
{
	json_t *array = json_array(), *entry;

	for (size_t p = 0; p < run->phase_count; p++) {
		int64_t slices = 0, voided = 0;
		bool told = false;

		for (size_t i = 0; i < run->trial_count; i++) {
			const struct pr_run_trial *trial = &run->trials[i];

			if (trial->phase != p || trial->block == 0 || trial->slices_void < 0)
				continue;
			told = true;
			slices += trial->samples;
			voided += trial->slices_void;
		}
		if (!told)
			continue;
		entry = json_object();
		pr_json_set(entry, "phase", json_string(run->phases[p].label));
		pr_json_set(entry, "slices", json_integer(slices));
		pr_json_set(entry, "void", json_integer(voided));
		pr_json_set(entry, "slept_not", json_integer(sleepless(run, p)));
		pr_json_append(array, entry);
	}
	return array;
}
