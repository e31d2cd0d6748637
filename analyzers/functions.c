/* SPDX-License-Identifier: MIT */
/* analyzers/functions.c - instructions per message by function, and where two phases differ.  */
#include "analyzers/functions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/json.h"

#define ROWS_MOST 20
#define OTHERS    "others"

enum side { BASE, CURRENT, SIDES };

struct row {
	const char *function, *object;
	double instructions[SIDES], calls[SIDES]; /* per message */
};

struct rows {
	struct row *list;
	size_t count;
	bool compared; /* both sides were counted */
};

/* ---- gathering ------------------------------------------------------------------------------- */

/* The row of a function, made when there is none.  */
static struct row *find_row(struct rows *rows, const char *function, const char *object)
{
	for (size_t i = 0; i < rows->count; i++)
		if (strcmp(rows->list[i].function, function) == 0 &&
		    strcmp(rows->list[i].object, object) == 0)
			return &rows->list[i];
	rows->list = pr_realloc(rows->list, (rows->count + 1) * sizeof(*rows->list));
	rows->list[rows->count] = (struct row){.function = function, .object = object};
	return &rows->list[rows->count++];
}

static double or_zero(double value)
{
	return isnan(value) ? 0 : value;
}

static double counted_messages(const struct pr_run_trial *trial)
{
	return trial != NULL && trial->good ? pr_run_number(trial->callgrind, "messages") : NAN;
}

static bool is_counted(const struct pr_run_trial *trial)
{
	return counted_messages(trial) > 0 && json_array_size(trial->functions) > 0;
}

static void take_side(struct rows *rows, const struct pr_run_trial *trial, enum side side)
{
	double messages = counted_messages(trial);
	json_t *entry;
	size_t i;

	json_array_foreach((json_t *)trial->functions, i, entry)
	{
		struct row *row = find_row(rows, pr_json_text_or(entry, "function", "?"),
		                           pr_json_text_or(entry, "object", "?"));

		row->instructions[side] += or_zero(pr_run_number(entry, "instructions")) / messages;
		row->calls[side] += or_zero(pr_run_number(entry, "calls")) / messages;
	}
}

/* ---- order ----------------------------------------------------------------------------------- */

static double difference_of(const struct row *row)
{
	return row->instructions[CURRENT] - row->instructions[BASE];
}

/* Largest difference first; without a baseline that is most instructions first.  "others" last.  */
static int compare_rows(const void *left, const void *right)
{
	const struct row *a = left, *b = right;
	bool last_a = strcmp(a->function, OTHERS) == 0, last_b = strcmp(b->function, OTHERS) == 0;
	double x = fabs(difference_of(a)), y = fabs(difference_of(b));
	int order;

	if (last_a != last_b)
		return last_a ? 1 : -1;
	if (x != y)
		return x < y ? 1 : -1;
	order = strcmp(a->function, b->function);
	return order != 0 ? order : strcmp(a->object, b->object);
}

/* What is behind the first rows becomes one with "others".  */
static void fold_rows(struct rows *rows)
{
	struct row others = {.function = OTHERS, .object = "?"};

	qsort(rows->list, rows->count, sizeof(*rows->list), compare_rows);
	if (rows->count <= ROWS_MOST + 1)
		return;
	for (size_t i = ROWS_MOST; i < rows->count; i++)
		for (int side = BASE; side < SIDES; side++) {
			others.instructions[side] += rows->list[i].instructions[side];
			others.calls[side] += rows->list[i].calls[side];
		}
	rows->list[ROWS_MOST] = others;
	rows->count = ROWS_MOST + 1;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void put_sides(json_t *object, const struct row *row, bool compared)
{
	pr_json_set(object, "instructions", pr_json_new_real(row->instructions[CURRENT]));
	pr_json_set(object, "baseline", pr_json_new_real(compared ? row->instructions[BASE] : NAN));
	pr_json_set(object, "difference", pr_json_new_real(compared ? difference_of(row) : NAN));
}

static json_t *objects_json(const struct rows *rows)
{
	struct rows objects = {.list = pr_alloc(sizeof(struct row)), .compared = rows->compared};
	json_t *array = json_array();

	for (size_t i = 0; i < rows->count; i++) {
		struct row *object = find_row(&objects, "", rows->list[i].object);

		for (int side = BASE; side < SIDES; side++)
			object->instructions[side] += rows->list[i].instructions[side];
	}
	qsort(objects.list, objects.count, sizeof(*objects.list), compare_rows);
	for (size_t i = 0; i < objects.count; i++) {
		json_t *entry = json_object();

		pr_json_set(entry, "object", json_string(objects.list[i].object));
		put_sides(entry, &objects.list[i], rows->compared);
		pr_json_append(array, entry);
	}
	free(objects.list);
	return array;
}

static json_t *rows_json(const struct rows *rows)
{
	json_t *array = json_array();

	for (size_t i = 0; i < rows->count; i++) {
		const struct row *row = &rows->list[i];
		json_t *entry = json_object();

		pr_json_set(entry, "function", json_string(row->function));
		pr_json_set(entry, "object", json_string(row->object));
		put_sides(entry, row, rows->compared);
		pr_json_set(entry, "calls", pr_json_new_real(row->calls[CURRENT]));
		pr_json_set(entry, "baseline_calls",
		            pr_json_new_real(rows->compared ? row->calls[BASE] : NAN));
		pr_json_append(array, entry);
	}
	return array;
}

static struct row sum_rows(const struct rows *rows)
{
	struct row sum = {.function = "", .object = ""};

	for (size_t i = 0; i < rows->count; i++)
		for (int side = BASE; side < SIDES; side++)
			sum.instructions[side] += rows->list[i].instructions[side];
	return sum;
}

/* base NULL: none to compare with.  */
static json_t *entry_json(const struct pr_run *run, const struct pr_run_trial *trial,
                          const struct pr_run_trial *base)
{
	struct rows rows = {.list = pr_alloc(sizeof(struct row)), .compared = base != NULL};
	json_t *entry = json_object();
	struct row sum;

	if (base != NULL)
		take_side(&rows, base, BASE);
	take_side(&rows, trial, CURRENT);
	sum = sum_rows(&rows);
	pr_json_set(entry, "workload", json_string(run->workloads[trial->workload].label));
	pr_json_set(entry, "phase", json_string(run->phases[trial->phase].label));
	pr_json_set(entry, "baseline",
	            base != NULL ? json_string(run->phases[base->phase].label) : json_null());
	pr_json_set(entry, "instructions", pr_json_new_real(sum.instructions[CURRENT]));
	pr_json_set(entry, "baseline_instructions",
	            pr_json_new_real(base != NULL ? sum.instructions[BASE] : NAN));
	pr_json_set(entry, "difference",
	            pr_json_new_real(base != NULL ? difference_of(&sum) : NAN));
	pr_json_set(entry, "objects", objects_json(&rows));
	fold_rows(&rows);
	pr_json_set(entry, "rows", rows_json(&rows));
	free(rows.list);
	return entry;
}

json_t *pr_functions_json(const struct pr_run *run)
{
	json_t *array = json_array();

	for (size_t w = 0; w < run->workload_count; w++) {
		const struct pr_run_trial *base = pr_run_find_callgrind(run, 0, w);
		bool compared = is_counted(base) && run->phase_count > 1;

		for (size_t p = compared ? 1 : 0; p < run->phase_count; p++) {
			const struct pr_run_trial *trial = pr_run_find_callgrind(run, p, w);

			if (is_counted(trial))
				pr_json_append(array,
				               entry_json(run, trial, compared ? base : NULL));
		}
	}
	if (json_array_size(array) > 0)
		return array;
	json_decref(array);
	return NULL;
}
