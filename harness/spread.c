/* SPDX-License-Identifier: MIT */
/* harness/spread.c - how much blocks scattered in earlier runs.  */
#include "harness/spread.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/floor.h"
#include "analyzers/floor_store.h"
#include "analyzers/stats.h"
#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/place.h"

#define RUNS_KEPT 30

static char *folder(void)
{
	char *path = NULL;

	return pr_place_data("spread", "the spread of blocks", &path, NULL) == PR_OK ? path : NULL;
}

/* The middle of the phases; NaN when none has an interval.  */
static double standard_error(const struct pr_rows *rows, size_t workload)
{
	double *values = pr_alloc((rows->count + 1) * sizeof(double)), middle;
	size_t count = 0;

	for (size_t i = 0; i < rows->count; i++) {
		const struct pr_row *row = &rows->items[i];
		double se = pr_rows_standard_error(row);

		if (row->workload == workload && strcmp(row->metric->name, "throughput") == 0 &&
		    se > 0)
			values[count++] = se;
	}
	middle = count > 0 ? pr_stats_median(values, count) : NAN;
	free(values);
	return middle;
}

static json_t *make_line(const struct pr_run *run, const struct pr_rows *rows)
{
	json_t *line = json_object(), *effects = json_array();

	for (size_t i = 0; i < run->workload_count; i++) {
		double se = standard_error(rows, i);

		if (!isnan(se))
			pr_json_append(effects, json_pack("{s:s,s:s,s:i,s:f}", "workload",
			                                  run->workloads[i].label, "metric",
			                                  "throughput", "effect", 0, "se", se));
	}
	pr_json_set(line, "format", json_string(PR_FLOOR_FORMAT));
	pr_json_set(line, "version", json_integer(PR_FLOOR_VERSION));
	pr_json_set(line, "id", pr_json_new_string(run->created != NULL ? run->created : "?"));
	pr_json_set(line, "blocks", json_integer((json_int_t)run->block_count));
	pr_json_set(line, "effects", effects);
	return line;
}

static void write_lines(const char *path, const json_t *lines)
{
	struct pr_buf text;
	json_t *line;
	size_t i;

	pr_buf_init(&text);
	json_array_foreach((json_t *)lines, i, line)
	{
		char *one = pr_json_dump_line(line);

		pr_buf_puts(&text, one);
		free(one);
	}
	if (pr_place_make_parents(path, NULL) == PR_OK)
		(void)!pr_buf_write_file(path, text.text, text.size, NULL);
	pr_buf_fini(&text);
}

void pr_spread_note(const struct pr_run *run, const struct pr_rows *rows)
{
	char *dir = folder(), *path = NULL;
	json_t *lines = NULL, *line;

	if (dir == NULL || run->block_count < pr_stats_blocks_needed(0.95) ||
	    strcmp(run->status, "complete") != 0 ||
	    pr_floor_store_path(dir, run, &path, NULL) != PR_OK) {
		free(dir);
		return;
	}
	line = make_line(run, rows);
	if (pr_floor_store_read(path, &lines, NULL) != PR_OK)
		lines = json_array(); /* damaged: it begins anew */
	if (json_array_size(json_object_get(line, "effects")) > 0) {
		pr_json_append(lines, json_incref(line));
		while (json_array_size(lines) > RUNS_KEPT)
			json_array_remove(lines, 0);
		write_lines(path, lines);
	}
	json_decref(line);
	json_decref(lines);
	free(path);
	free(dir);
}

struct pr_floor *pr_spread_load(const struct pr_run *run)
{
	char *dir = folder();
	struct pr_floor *floor = NULL;

	if (dir == NULL || pr_floor_load(dir, run, &floor, NULL) != PR_OK)
		floor = NULL;
	free(dir);
	return floor;
}
