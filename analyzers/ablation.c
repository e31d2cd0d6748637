/* SPDX-License-Identifier: MIT */
/* analyzers/ablation.c - what each option earned between two phases.  */
#include "analyzers/ablation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/pairs.h"
#include "analyzers/stats.h"
#include "core/base/buf.h"
#include "core/base/json.h"

static const struct quantity {
	const char *metric, *unit;
	enum pr_pairs_kind kind;
	bool ratio; /* what is added are logarithms of a ratio, and what is shown a fraction */
} quantities[] = {
        {"cpu_per_message", "ns", PR_PAIRS_CPU, false},
        {"throughput", "fraction", PR_PAIRS_SPEED, true},
};

/* By how much phases exceed the first, by block.  */
struct matrix {
	const struct pr_run *run;
	const struct quantity *quantity;
	size_t workload, from;
	double **of; /* by phase; NULL until it is asked for */
};

static double level_of(const struct matrix *matrix, size_t block)
{
	return pr_run_metric(pr_run_find_trial(matrix->run, matrix->from, matrix->workload,
	                                       matrix->run->blocks[block]),
	                     matrix->quantity->metric);
}

static size_t find_block(const struct pr_run *run, uint64_t number)
{
	size_t i = 0;

	while (i < run->block_count && run->blocks[i] != number)
		i++;
	return i;
}

/* NaN in blocks in which one of the two was not measured.  */
static double *make_column(const struct matrix *matrix, size_t phase)
{
	const struct pr_run *run = matrix->run;
	double *column = pr_alloc((run->block_count + 1) * sizeof(*column));
	struct pr_pairs pairs;

	for (size_t b = 0; b < run->block_count; b++)
		column[b] = phase == matrix->from ? 0 : NAN;
	if (phase == matrix->from)
		return column;
	pr_pairs_init(&pairs, run, matrix->workload, matrix->from, phase, matrix->quantity->kind,
	              NULL);
	for (size_t i = 0; i < pairs.n; i++) {
		size_t b = find_block(run, pairs.blocks[i]);

		if (b < run->block_count)
			column[b] = matrix->quantity->ratio
			                    ? pairs.d[i]
			                    : level_of(matrix, b) * expm1(pairs.d[i]);
	}
	pr_pairs_fini(&pairs);
	return column;
}

static const double *column_of(struct matrix *matrix, size_t phase)
{
	if (matrix->of[phase] == NULL)
		matrix->of[phase] = make_column(matrix, phase);
	return matrix->of[phase];
}

/* ---- estimates ------------------------------------------------------------------------------- */

static double shown(const struct matrix *matrix, double value)
{
	return matrix->quantity->ratio ? expm1(value) : value;
}

/* Of one value for each block; those that are NaN are left out.  */
static json_t *estimate_json(const struct matrix *matrix, const double *values)
{
	double *known = pr_alloc((matrix->run->block_count + 1) * sizeof(*known));
	struct pr_stats_interval interval = {NAN, NAN, NAN, 0};
	json_t *object = json_object();
	size_t n = 0;
	bool bounded = false;

	for (size_t b = 0; b < matrix->run->block_count; b++)
		if (!isnan(values[b]))
			known[n++] = values[b];
	if (n > 0)
		bounded = pr_stats_hodges_lehmann(known, n, 0.95, &interval);
	pr_json_set(object, "value", pr_json_new_real(shown(matrix, interval.value)));
	pr_json_set(object, "lo", pr_json_new_real(bounded ? shown(matrix, interval.lo) : NAN));
	pr_json_set(object, "hi", pr_json_new_real(bounded ? shown(matrix, interval.hi) : NAN));
	pr_json_set(object, "blocks", json_integer((json_int_t)n));
	free(known);
	return object;
}

/* What phase is more than before.  */
static json_t *step_json(struct matrix *matrix, size_t before, size_t phase)
{
	const double *old = column_of(matrix, before), *new = column_of(matrix, phase);
	double *step = pr_alloc((matrix->run->block_count + 1) * sizeof(*step));
	json_t *json;

	for (size_t b = 0; b < matrix->run->block_count; b++)
		step[b] = new[b] - old[b];
	json = estimate_json(matrix, step);
	free(step);
	return json;
}

static size_t phase_of(const struct pr_run *run, const json_t *object, const char *key)
{
	const char *label = pr_json_text(object, key);

	return label != NULL ? pr_run_find_phase(run, label) : PR_RUN_NONE;
}

/* The whole less the parts alone; null when a part has no phase of its own.  */
static json_t *interaction_json(struct matrix *matrix, const json_t *parts, size_t to)
{
	size_t count = matrix->run->block_count, i;
	double *rest = pr_alloc((count + 1) * sizeof(*rest));
	bool whole = true;
	json_t *part, *json;

	memcpy(rest, column_of(matrix, to), count * sizeof(*rest));
	json_array_foreach((json_t *)parts, i, part)
	{
		size_t phase = phase_of(matrix->run, part, "alone");
		const double *alone;

		if (phase == PR_RUN_NONE) {
			whole = false;
			continue;
		}
		alone = column_of(matrix, phase);
		for (size_t b = 0; b < count; b++)
			rest[b] -= alone[b];
	}
	json = whole ? estimate_json(matrix, rest) : json_null();
	free(rest);
	return json;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static char *join(const json_t *options)
{
	struct pr_buf text;
	json_t *option;
	size_t i;

	pr_buf_init(&text);
	json_array_foreach((json_t *)options, i, option)
	{
		pr_buf_printf(&text, "%s%s", i > 0 ? " + " : "", json_string_value(option));
	}
	return text.text;
}

/* "speculate always to never": the values in the first phase and the last.  */
static char *describe(const struct pr_run *run, const json_t *options, size_t from, size_t to)
{
	struct pr_buf text;
	json_t *option;
	size_t i;

	pr_buf_init(&text);
	json_array_foreach((json_t *)options, i, option)
	{
		const char *name = json_string_value(option);
		const char *old = pr_run_option(&run->phases[from], name);
		const char *new = pr_run_option(&run->phases[to], name);

		pr_buf_printf(&text, "%s%s %s to %s", i > 0 ? ", " : "", name,
		              old != NULL ? old : "?", new != NULL ? new : "?");
	}
	return text.text;
}

static json_t *part_json(struct matrix *matrix, const json_t *part, size_t before, size_t to)
{
	const json_t *options = json_object_get(part, "options");
	size_t alone = phase_of(matrix->run, part, "alone");
	size_t path = phase_of(matrix->run, part, "path");
	char *name = join(options);
	char *text = describe(matrix->run, options, matrix->from, to);
	json_t *object = json_object();

	pr_json_set(object, "name", json_string(name));
	pr_json_set(object, "text", json_string(text));
	pr_json_set(object, "alone",
	            alone == PR_RUN_NONE ? json_null() : step_json(matrix, matrix->from, alone));
	pr_json_set(object, "path",
	            path == PR_RUN_NONE ? json_null() : step_json(matrix, before, path));
	free(name);
	free(text);
	return object;
}

static double median_level(const struct matrix *matrix)
{
	double *values = pr_alloc((matrix->run->block_count + 1) * sizeof(*values)), median = NAN;
	size_t n = 0;

	for (size_t b = 0; b < matrix->run->block_count; b++) {
		values[n] = level_of(matrix, b);
		n += !isnan(values[n]);
	}
	if (n > 0)
		median = pr_stats_median(values, n);
	free(values);
	return median;
}

static json_t *row_json(struct matrix *matrix, const json_t *plan, size_t to)
{
	const json_t *parts = json_object_get(plan, "parts");
	json_t *row = json_object(), *list = json_array(), *part;
	size_t before = matrix->from, i;

	pr_json_set(row, "workload", json_string(matrix->run->workloads[matrix->workload].label));
	pr_json_set(row, "metric", json_string(matrix->quantity->metric));
	pr_json_set(row, "unit", json_string(matrix->quantity->unit));
	pr_json_set(row, "level", pr_json_new_real(median_level(matrix)));
	json_array_foreach((json_t *)parts, i, part)
	{
		size_t path = phase_of(matrix->run, part, "path");

		pr_json_append(list, part_json(matrix, part, before, to));
		if (path != PR_RUN_NONE)
			before = path;
	}
	pr_json_set(row, "parts", list);
	pr_json_set(row, "total", step_json(matrix, matrix->from, to));
	pr_json_set(row, "interaction", interaction_json(matrix, parts, to));
	return row;
}

static json_t *rows_json(const struct pr_run *run, const json_t *plan, size_t from, size_t to)
{
	json_t *rows = json_array();

	for (size_t w = 0; w < run->workload_count; w++)
		for (size_t q = 0; q < sizeof(quantities) / sizeof(quantities[0]); q++) {
			struct matrix matrix = {run, &quantities[q], w, from, NULL};

			matrix.of = pr_alloc((run->phase_count + 1) * sizeof(*matrix.of));
			memset(matrix.of, 0, (run->phase_count + 1) * sizeof(*matrix.of));
			pr_json_append(rows, row_json(&matrix, plan, to));
			for (size_t p = 0; p < run->phase_count; p++)
				free(matrix.of[p]);
			free(matrix.of);
		}
	return rows;
}

json_t *pr_ablation_json(const struct pr_run *run)
{
	const json_t *plan = json_object_get(run->plan, "ablation");
	size_t from = phase_of(run, plan, "from"), to = phase_of(run, plan, "to");
	json_t *json;

	if (!json_is_object(plan) || from == PR_RUN_NONE || to == PR_RUN_NONE ||
	    json_array_size(json_object_get(plan, "parts")) == 0)
		return NULL;
	json = json_object();
	pr_json_set(json, "from", json_string(run->phases[from].label));
	pr_json_set(json, "to", json_string(run->phases[to].label));
	pr_json_set(json, "rows", rows_json(run, plan, from, to));
	return json;
}
