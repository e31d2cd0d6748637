/* SPDX-License-Identifier: MIT */
/* analyzers/history/changes.c - where the series of a history change their level.  */
#include "analyzers/history/changes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/change_point.h"
#include "analyzers/compare.h"
#include "analyzers/history/document.h"
#include "core/base/json.h"

/* The nights of a case that have an effect.  */
struct nights {
	const struct pr_history_point *points[PR_CHANGE_WINDOW];
	double y[PR_CHANGE_WINDOW];
	size_t count;
	bool is_log;
	json_t *marks; /* of the case */
};

static void take(struct nights *nights, const struct pr_history_series *series)
{
	*nights = (struct nights){.is_log = true};
	for (size_t i = 0; i < series->count; i++) {
		const struct pr_history_point *point = &series->items[i];

		if (isnan(point->effect) || nights->count == PR_CHANGE_WINDOW)
			continue;
		nights->points[nights->count++] = point;
		nights->is_log = nights->is_log && point->effect > -1;
	}
	for (size_t i = 0; i < nights->count; i++)
		nights->y[i] = nights->is_log ? log1p(nights->points[i]->effect)
		                              : nights->points[i]->effect;
}

static double effect_of(const struct nights *nights, double y)
{
	return nights->is_log ? expm1(y) : y;
}

/* Two references are the same when both are known and equal.  */
static bool is_same(const char *one, const char *other)
{
	return one != NULL && other != NULL && strcmp(one, other) == 0;
}

/* What was said of the change at a night, or of one so near that it is the same; the nearest. NULL:
 * nothing.  */
static const json_t *mark_of(const struct nights *nights, size_t at)
{
	const json_t *nearest = NULL;
	size_t best = PR_CHANGE_SEGMENT + 1, i;
	json_t *mark;

	json_array_foreach(nights->marks, i, mark)
	{
		json_int_t run = json_integer_value(json_object_get(mark, "run"));

		for (size_t k = 0; k < nights->count; k++) {
			size_t away = k > at ? k - at : at - k;

			if (nights->points[k]->run == run && away < best) {
				best = away;
				nearest = mark;
			}
		}
	}
	return nearest;
}

static void add_mark(json_t *object, const json_t *mark)
{
	const char *state = json_string_value(json_object_get(mark, "state"));

	pr_json_set(object, "state", pr_json_new_string(state != NULL ? state : "open"));
	pr_json_set(object, "note",
	            pr_json_new_string(json_string_value(json_object_get(mark, "note"))));
}

static json_t *change_json(const struct pr_history_case *one, const struct nights *nights,
                           const struct pr_change_point *change, size_t end, const char *kind)
{
	const struct pr_history_point *first = nights->points[change->at],
	                              *good = nights->points[change->at - 1];
	double before = effect_of(nights, change->before), after = effect_of(nights, change->after);
	json_t *object = pr_document_case(one), *id = json_integer(one->id);
	char time[32];

	json_object_del(object, "id");
	pr_history_format_time(first->time, time);
	pr_json_set(object, "case", id);
	pr_json_set(object, "kind", json_string(kind));
	pr_json_set(object, "run", json_integer(first->run));
	pr_json_set(object, "time", json_string(time));
	pr_json_set(object, "last_good", pr_json_new_string(good->revision));
	pr_json_set(object, "first", pr_json_new_string(first->revision));
	pr_json_set(object, "before", pr_json_new_real(before));
	pr_json_set(object, "after", pr_json_new_real(after));
	pr_json_set(object, "better", json_boolean((after > before) == one->higher_is_better));
	pr_json_set(object, "p", pr_json_new_real(change->p));
	pr_json_set(object, "nights", json_integer((json_int_t)(end - change->at)));
	pr_json_set(object, "same_reference",
	            json_boolean(is_same(first->reference, good->reference)));
	add_mark(object, mark_of(nights, change->at));
	return object;
}

static void screen(const struct pr_history_case *one, const struct nights *nights, json_t *changes)
{
	const struct pr_history_point *newest = nights->points[nights->count - 1];
	double least = newest->floor > PR_COMPARE_DELTA ? newest->floor : PR_COMPARE_DELTA;
	struct pr_change_options options = pr_change_usual;
	struct pr_change_point points[PR_CHANGE_WINDOW / PR_CHANGE_SEGMENT], sudden;
	size_t count, since;

	options.least = nights->is_log ? log1p(least) : least;
	count = pr_change_points(nights->y, nights->count, &options, points);
	for (size_t i = 0; i < count; i++)
		pr_json_append(changes,
		               change_json(one, nights, &points[i],
		                           i + 1 < count ? points[i + 1].at : nights->count,
		                           "level"));
	since = count > 0 ? points[count - 1].at : 0;
	if (pr_change_sudden(nights->y, nights->count, since, &options, &sudden))
		pr_json_append(changes, change_json(one, nights, &sudden, nights->count, "sudden"));
}

static enum pr_err screen_case(struct pr_history *history, const struct pr_history_filter *filter,
                               const struct pr_history_case *one, json_t *changes,
                               struct pr_error *why)
{
	struct pr_history_series series;
	struct nights nights;
	enum pr_err err = pr_history_series(history, one->id, 0, PR_CHANGE_WINDOW, &series, why);

	if (err != PR_OK)
		return err;
	take(&nights, &series);
	if (nights.count > 0 &&
	    (filter->metric != NULL || nights.points[nights.count - 1]->gating)) {
		err = pr_history_marks(history, one->id, &nights.marks, why);
		if (err == PR_OK)
			screen(one, &nights, changes);
		json_decref(nights.marks);
	}
	pr_history_series_fini(&series);
	return err;
}

static const char *time_of(const json_t *found, size_t i)
{
	return json_string_value(json_object_get(json_array_get(found, i), "time"));
}

/* Newest first; of one night in the order in which they were found.  */
static json_t *sorted(json_t *found)
{
	json_t *changes = json_array();

	while (json_array_size(found) > 0) {
		size_t newest = 0;

		for (size_t i = 1; i < json_array_size(found); i++)
			if (strcmp(time_of(found, i), time_of(found, newest)) > 0)
				newest = i;
		pr_json_append(changes, json_incref(json_array_get(found, newest)));
		json_array_remove(found, newest);
	}
	json_decref(found);
	return changes;
}

enum pr_err pr_changes_find(struct pr_history *history, const struct pr_history_filter *filter,
                            json_t **changes, struct pr_error *why)
{
	struct pr_history_cases cases;
	json_t *found;
	enum pr_err err = pr_history_cases(history, filter, &cases, why);

	*changes = NULL;
	if (err != PR_OK)
		return err;
	found = json_array();
	for (size_t i = 0; i < cases.count && err == PR_OK; i++)
		if (cases.items[i].baseline[0] != '\0')
			err = screen_case(history, filter, &cases.items[i], found, why);
	pr_history_cases_fini(&cases);
	if (err == PR_OK)
		*changes = sorted(found);
	else
		json_decref(found);
	return err;
}
