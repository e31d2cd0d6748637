/* SPDX-License-Identifier: MIT */
/* analyzers/floor_add.c - a run of one engine against itself becomes a line of the floor.  */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/compare.h"
#include "analyzers/floor.h"
#include "analyzers/floor_store.h"
#include "analyzers/host.h"
#include "analyzers/rows.h"
#include "analyzers/stats.h"
#include "core/base/buf.h"
#include "core/base/json.h"

/* ---- recognising it -------------------------------------------------------------------------- */

static const char *library_hash(const struct pr_run_phase *phase)
{
	return pr_json_text(phase->library, "sha256");
}

/* The path of a library may differ when its hash is the same.  */
static bool same_options(const json_t *first, const json_t *second)
{
	json_t *one = first != NULL ? json_copy((json_t *)first) : json_object();
	json_t *two = second != NULL ? json_copy((json_t *)second) : json_object();
	bool same;

	json_object_del(one, "lib");
	json_object_del(two, "lib");
	same = json_equal(one, two);
	json_decref(one);
	json_decref(two);
	return same;
}

static bool is_pair(const struct pr_run_phase *first, const struct pr_run_phase *second)
{
	const char *one = library_hash(first), *two = library_hash(second);

	return one != NULL && two != NULL && strcmp(one, two) == 0 &&
	       strcmp(first->engine, second->engine) == 0 &&
	       same_options(first->options, second->options);
}

bool pr_floor_find_pair(const struct pr_run *run, size_t *first, size_t *second)
{
	for (*first = 0; *first < run->phase_count; ++*first)
		for (*second = *first + 1; *second < run->phase_count; ++*second)
			if (is_pair(&run->phases[*first], &run->phases[*second]))
				return true;
	return false;
}

/* ---- the line -------------------------------------------------------------------------------- */

/* A run is known by when it was made and by what its slices took.  */
static char *id_of(const struct pr_run *run)
{
	double *times = pr_alloc((run->sample_count + 1) * sizeof(double));
	char *id;

	for (size_t i = 0; i < run->sample_count; i++)
		times[i] = run->samples[i].elapsed_ns;
	id = pr_asprintf("%s-%016llx", run->created != NULL ? run->created : "",
	                 (unsigned long long)pr_stats_seed(times, run->sample_count));
	free(times);
	return id;
}

static bool is_told(const struct pr_row *row, size_t phase)
{
	return row->phase == phase && !isnan(row->difference.effect) && !isnan(row->difference.lo);
}

static json_t *effects_json(const struct pr_rows *rows, size_t phase)
{
	json_t *array = json_array();

	for (size_t i = 0; i < rows->count; i++) {
		const struct pr_row *row = &rows->items[i];
		json_t *entry;

		if (!is_told(row, phase))
			continue;
		entry = json_object();
		pr_json_set(entry, "workload",
		            pr_json_new_string(rows->run->workloads[row->workload].label));
		pr_json_set(entry, "metric", json_string(row->metric->name));
		pr_json_set(entry, "effect",
		            json_real(pr_rows_scaled(row, row->difference.effect)));
		pr_json_set(entry, "se", pr_json_new_real(pr_rows_standard_error(row)));
		pr_json_append(array, entry);
	}
	return array;
}

static json_t *line_json(const struct pr_run *run, size_t first, size_t second)
{
	struct pr_rows_opts opts = {.delta = PR_COMPARE_DELTA};
	struct pr_rows *rows = pr_rows_create(run, first, &opts);
	json_t *line = json_object();

	pr_json_set(line, "format", json_string(PR_FLOOR_FORMAT));
	pr_json_set(line, "version", json_integer(PR_FLOOR_VERSION));
	pr_json_set(line, "id", pr_json_take_string(id_of(run)));
	pr_json_set(line, "created", pr_json_new_string(run->created));
	pr_json_set(line, "host", pr_json_take_string(pr_host_fingerprint(run)));
	pr_json_set(line, "plan", pr_json_take_string(pr_host_plan_fingerprint(run)));
	pr_json_set(line, "blocks", json_integer((json_int_t)run->block_count));
	pr_json_set(line, "engine", json_string(run->phases[first].engine));
	pr_json_set(line, "sha256", json_string(library_hash(&run->phases[first])));
	pr_json_set(line, "effects", effects_json(rows, second));
	pr_rows_destroy(&rows);
	return line;
}

enum pr_err pr_floor_add(const char *dir, const struct pr_run *run, char **path, size_t *count,
                         struct pr_error *why)
{
	size_t first, second, least = pr_stats_blocks_needed(0.95);
	enum pr_err err;
	json_t *line;

	*path = NULL;
	*count = 0;
	if (!pr_floor_find_pair(run, &first, &second))
		return pr_error_set(why, PR_USAGE,
		                    "%s: no two phases are the same engine with the same options "
		                    "and library; make one with `proctor run --phase a=ENGINE "
		                    "--phase b=ENGINE`",
		                    run->dir);
	if (run->block_count < least)
		return pr_error_set(why, PR_USAGE,
		                    "%s: %zu blocks are too few for an interval: at least %zu are "
		                    "needed",
		                    run->dir, run->block_count, least);
	err = pr_floor_store_path(dir, run, path, why);
	if (err != PR_OK)
		return err;
	line = line_json(run, first, second);
	err = pr_floor_store_add(*path, line, count, why);
	json_decref(line);
	return err;
}
