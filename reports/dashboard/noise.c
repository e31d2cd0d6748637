/* SPDX-License-Identifier: MIT */
/* reports/dashboard/noise.c - how restless a machine is (see noise.h).  */
#include "reports/dashboard/noise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/stats.h"
#include "core/base/buf.h"
#include "core/base/json.h"
#include "reports/dashboard/levels.h"

#define MAD_TO_SD     1.4826
#define SCATTER_LEAST 5 /* points, for a scatter */

/* Numbers that are gathered.  */
struct bag {
	double *items;
	size_t count, room;
};

static void add(struct bag *bag, double value)
{
	if (isnan(value))
		return;
	if (bag->count == bag->room) {
		bag->room = 2 * bag->room + 64;
		bag->items = pr_realloc(bag->items, bag->room * sizeof(*bag->items));
	}
	bag->items[bag->count++] = value;
}

static double median_of(struct bag *bag)
{
	double median = bag->count > 0 ? pr_stats_median(bag->items, bag->count) : NAN;

	free(bag->items);
	return median;
}

static int by_size(const void *a, const void *b)
{
	double one = *(const double *)a, other = *(const double *)b;

	return (one > other) - (one < other);
}

/* The smallest value that 95 % do not exceed.  */
static double percentile_95(struct bag *bag)
{
	double value = NAN;

	if (bag->count > 0) {
		qsort(bag->items, bag->count, sizeof(*bag->items), by_size);
		value = bag->items[(size_t)ceil(0.95 * (double)bag->count) - 1];
	}
	free(bag->items);
	return value;
}

/* ---- the A/A phase --------------------------------------------------------------------------- */

static bool is_equal(const json_t *one, const json_t *other, const char *key)
{
	const json_t *a = json_object_get(one, key), *b = json_object_get(other, key);

	return json_equal(a, b) || (json_is_null(a) && json_is_null(b));
}

static const json_t *find_phase(const json_t *phases, const char *label)
{
	json_t *phase;
	size_t i;

	json_array_foreach((json_t *)phases, i, phase)
	{
		const char *name = pr_json_text(phase, "label");

		if (name != NULL && strcmp(name, label) == 0)
			return phase;
	}
	return NULL;
}

const char *pr_noise_twin(const struct pr_board_group *group)
{
	static const char *const keys[] = {"engine", "options", "version", "sha256", "build_id"};
	const json_t *phases = json_object_get(group->run, "phases");
	const json_t *baseline = find_phase(phases, group->baseline);
	json_t *phase;
	size_t i;

	if (baseline == NULL)
		return NULL;
	json_array_foreach((json_t *)phases, i, phase)
	{
		bool same = phase != baseline && json_is_string(json_object_get(phase, "sha256"));

		for (size_t k = 0; k < sizeof(keys) / sizeof(*keys); k++)
			same = same && is_equal(phase, baseline, keys[k]);
		if (same)
			return pr_json_text(phase, "label");
	}
	return NULL;
}

static void look_at_twin(const struct pr_board_case *one, struct pr_noise *noise, struct bag *sizes)
{
	for (size_t i = 0; i < one->series.count; i++) {
		const struct pr_history_point *point = &one->series.items[i];

		if (isnan(point->effect))
			continue;
		noise->twin_points++;
		noise->twin_alarms +=
		        point->verdict != NULL && (strcmp(point->verdict, "improved") == 0 ||
		                                   strcmp(point->verdict, "regressed") == 0);
		add(sizes, fabs(point->effect));
	}
}

/* ---- everything else ------------------------------------------------------------------------- */

/* How a series scatters around its levels.  */
static double scatter_of(const struct pr_board_case *one)
{
	struct bag rests = {0};
	struct pr_levels levels;

	pr_levels_find(one, &levels);
	for (size_t k = 0; k < levels.count; k++)
		for (size_t i = levels.items[k].first; i < levels.items[k].end; i++)
			add(&rests, fabs(one->series.items[i].effect - levels.items[k].middle));
	if (rests.count < SCATTER_LEAST)
		rests.count = 0; /* a few points are their own level */
	return MAD_TO_SD * median_of(&rests);
}

static void look_at_case(const struct pr_board_case *one, struct pr_noise *noise,
                         struct bag *scatters, struct bag *mdes)
{
	/* What is 0 on both sides every night says nothing of the machine.  */
	if (one->shows_effect)
		add(scatters, scatter_of(one));
	for (size_t i = 0; i < one->series.count; i++) {
		const struct pr_history_point *point = &one->series.items[i];

		if (point->verdict == NULL)
			continue;
		noise->points++;
		noise->inconclusive += strcmp(point->verdict, "inconclusive") == 0;
		noise->voids += strcmp(point->verdict, "void") == 0;
		if (one->shows_effect)
			add(mdes, point->mde);
		if (!isnan(point->floor) && i + 1 == one->series.count)
			noise->floor = isnan(noise->floor) ? point->floor
			                                   : fmax(noise->floor, point->floor);
	}
}

void pr_noise_of(const struct pr_board *board, const struct pr_board_group *group,
                 struct pr_noise *noise)
{
	struct bag scatters = {0}, mdes = {0}, sizes = {0};

	*noise = (struct pr_noise){.floor = NAN, .twin = group->twin};
	for (size_t i = 0; i < board->case_count; i++) {
		const struct pr_board_case *one = &board->cases[i];

		if (one->group != group || !one->gating)
			continue;
		look_at_case(one, noise, &scatters, &mdes);
		if (noise->twin != NULL && strcmp(noise->twin, one->of->phase) == 0)
			look_at_twin(one, noise, &sizes);
	}
	noise->scatter = median_of(&scatters);
	noise->mde = median_of(&mdes);
	noise->twin_95 = percentile_95(&sizes);
}

json_t *pr_noise_json(const struct pr_board *board, const struct pr_board_group *group)
{
	json_t *object = json_object();
	struct pr_noise noise;

	pr_noise_of(board, group, &noise);
	pr_json_set(object, "scatter", pr_json_new_real(noise.scatter));
	pr_json_set(object, "mde", pr_json_new_real(noise.mde));
	pr_json_set(object, "floor", pr_json_new_real(noise.floor));
	pr_json_set(object, "points", json_integer((json_int_t)noise.points));
	pr_json_set(object, "inconclusive", json_integer((json_int_t)noise.inconclusive));
	pr_json_set(object, "void", json_integer((json_int_t)noise.voids));
	pr_json_set(object, "twin", pr_json_new_string(noise.twin));
	pr_json_set(object, "twin_points", json_integer((json_int_t)noise.twin_points));
	pr_json_set(object, "twin_alarms", json_integer((json_int_t)noise.twin_alarms));
	pr_json_set(object, "twin_95", pr_json_new_real(noise.twin_95));
	return object;
}
