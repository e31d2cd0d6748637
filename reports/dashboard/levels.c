/* SPDX-License-Identifier: MIT */
/* reports/dashboard/levels.c - the levels of a series (see levels.h).  */
#include "reports/dashboard/levels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/change_point.h"
#include "analyzers/compare.h"
#include "analyzers/stats.h"
#include "core/base/buf.h"
#include "core/base/json.h"

double pr_levels_shown(const struct pr_board_case *one, size_t point)
{
	const struct pr_history_point *at = &one->series.items[point];

	return one->shows_effect ? at->effect : at->value;
}

static size_t find_run(const struct pr_history_series *series, json_int_t run)
{
	for (size_t i = 0; i < series->count; i++)
		if (series->items[i].run == run)
			return i;
	return SIZE_MAX;
}

/* Begins a level at a point, unless one begins there.  Keeps their order.  */
static void begin(struct pr_levels *levels, size_t at, const json_t *of, const json_t *change)
{
	const char *state = pr_json_text(of, "state");
	size_t i = levels->count;

	if (at == SIZE_MAX || at == 0 || state == NULL || strcmp(state, "rejected") == 0 ||
	    levels->count == PR_LEVELS_MAX)
		return;
	for (size_t k = 1; k < levels->count; k++)
		if (levels->items[k].first <= at + PR_CHANGE_SEGMENT &&
		    at <= levels->items[k].first + PR_CHANGE_SEGMENT && change == NULL)
			return; /* what was said of it stands in the change */
	for (; i > 1 && levels->items[i - 1].first > at; i--)
		levels->items[i] = levels->items[i - 1];
	levels->items[i] = (struct pr_level){
	        .first = at,
	        .state = state,
	        .note = pr_json_text(of, "note"),
	        .change = change,
	};
	levels->count++;
}

/* The median of a level, and how far from it nothing is meant.  */
static void measure(const struct pr_board_case *one, struct pr_level *level)
{
	double *shown = pr_alloc((level->end - level->first + 1) * sizeof(*shown));
	double floor = PR_COMPARE_DELTA;
	size_t count = 0;

	for (size_t i = level->first; i < level->end; i++) {
		double value = pr_levels_shown(one, i);

		if (!isnan(value))
			shown[count++] = value;
		if (one->series.items[i].floor > floor)
			floor = one->series.items[i].floor;
	}
	level->middle = count > 0 ? pr_stats_median(shown, count) : NAN;
	level->room = one->shows_effect ? floor * (1 + level->middle) : floor * fabs(level->middle);
	free(shown);
}

void pr_levels_find(const struct pr_board_case *one, struct pr_levels *levels)
{
	json_t *item;
	size_t i;

	*levels = (struct pr_levels){.count = 1};
	json_array_foreach(one->changes, i, item) begin(
	        levels, find_run(&one->series, json_integer_value(json_object_get(item, "run"))),
	        item, item);
	json_array_foreach(one->marks, i, item) begin(
	        levels, find_run(&one->series, json_integer_value(json_object_get(item, "run"))),
	        item, NULL);
	for (i = 0; i < levels->count; i++) {
		struct pr_level *level = &levels->items[i];

		level->end = i + 1 < levels->count ? levels->items[i + 1].first : one->series.count;
		measure(one, level);
		if (i > 0)
			level->is_better = (level->middle > levels->items[i - 1].middle) ==
			                   one->of->higher_is_better;
	}
}
