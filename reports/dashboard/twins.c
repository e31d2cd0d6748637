/* SPDX-License-Identifier: MIT */
/* reports/dashboard/twins.c - the A/A phases as pictures (see twins.h).  */
#include "reports/dashboard/twins.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "reports/axis.h"
#include "reports/dashboard/chart.h"
#include "reports/dashboard/noise.h"
#include "reports/plot.h"

#define WIDTH       760
#define HEIGHT      260
#define FLOOR_USUAL 0.02 /* where the host has none yet */
#define SPREAD      0.6  /* of the room of a night, for its cases beside each other */

struct picture {
	struct pr_board_group *group;
	struct pr_plot plot;
	char name[32], *key, print[PR_CACHE_PRINT];
};

/* ---- what is drawn --------------------------------------------------------------------------- */

static bool is_drawn(const struct pr_board_case *one, const struct pr_board_group *group)
{
	return one->group == group && one->gating && group->twin != NULL && one->shows_effect &&
	       strcmp(one->of->phase, group->twin) == 0;
}

/* The newest nights of the longest of its series: what the others are held against.  */
static struct pr_history_series nights_of(const struct pr_board *board,
                                          const struct pr_board_group *group)
{
	struct pr_history_series nights = {0};

	for (size_t i = 0; i < board->case_count; i++)
		if (is_drawn(&board->cases[i], group) &&
		    board->cases[i].series.count > nights.count)
			nights = board->cases[i].series;
	if (nights.count > PR_TWINS_NIGHTS) {
		nights.items += nights.count - PR_TWINS_NIGHTS;
		nights.count = PR_TWINS_NIGHTS;
	}
	return nights;
}

/* SIZE_MAX: none of them.  */
static size_t night_of(const struct pr_history_series *nights, int64_t run)
{
	for (size_t i = nights->count; i-- > 0;)
		if (nights->items[i].run == run)
			return i;
	return SIZE_MAX;
}

static bool is_alarm(const struct pr_history_point *point)
{
	return point->verdict != NULL && (strcmp(point->verdict, "improved") == 0 ||
	                                  strcmp(point->verdict, "regressed") == 0);
}

static double floor_of(const struct pr_board *board, const struct pr_board_group *group)
{
	struct pr_noise noise;

	pr_noise_of(board, group, &noise);
	return isnan(noise.floor) ? FLOOR_USUAL : fmax(noise.floor, FLOOR_USUAL);
}

/* ---- prints ---------------------------------------------------------------------------------- */

static void set_print(struct picture *picture, const struct pr_board *board, double floor)
{
	uint64_t print = pr_print_bytes(PR_PRINT_START, &floor, sizeof(floor));

	for (size_t i = 0; i < board->case_count; i++) {
		if (!is_drawn(&board->cases[i], picture->group))
			continue;
		print = pr_print_bytes(print, board->cases[i].print, PR_CACHE_PRINT);
	}
	snprintf(picture->print, sizeof(picture->print), "%016" PRIx64, print);
}

/* The one of last time, if it is made from the same; it goes over into the cache.  */
static const char *known_picture(const json_t *before, struct pr_cache *cache,
                                 const struct picture *picture)
{
	json_t *known = json_object_get(before, picture->key);
	const char *print = pr_json_text(known, "print");

	if (print == NULL || strcmp(print, picture->print) != 0)
		return NULL;
	pr_json_set(cache->pictures, picture->key, json_incref(known));
	return pr_json_text(known, "svg");
}

/* ---- the script of one ----------------------------------------------------------------------- */

/* Cases stand beside each other within a night.  */
static size_t put_points(struct picture *picture, const struct pr_board *board,
                         const struct pr_history_series *nights, bool alarms, double *most)
{
	size_t count = 0, cases = 0, of = 0;

	for (size_t k = 0; k < board->case_count; k++)
		of += is_drawn(&board->cases[k], picture->group);
	for (size_t k = 0; k < board->case_count; k++) {
		const struct pr_board_case *one = &board->cases[k];
		double beside;

		if (!is_drawn(one, picture->group))
			continue;
		beside = SPREAD * (((double)cases++ + 0.5) / (double)of - 0.5);
		for (size_t i = 0; i < one->series.count; i++) {
			const struct pr_history_point *point = &one->series.items[i];
			size_t night = night_of(nights, point->run);
			char *hover, *text;

			if (isnan(point->effect) || night == SIZE_MAX || is_alarm(point) != alarms)
				continue;
			hover = pr_chart_hover(board, one, i);
			text = pr_asprintf("%s, %s. %s", one->of->workload, one->of->metric, hover);
			pr_plot_add(&picture->plot, "%.3f %.9g \"%s\"\n", (double)night + beside,
			            point->effect, pr_plot_token(&picture->plot, text).text);
			*most = fmax(*most, fabs(point->effect));
			free(hover);
			free(text);
			count++;
		}
	}
	return count;
}

static void plan(struct picture *picture, const struct pr_board *board, double floor)
{
	struct pr_history_series nights = nights_of(board, picture->group);
	static const char *const blocks[] = {"points", "alarms"};
	struct pr_plot *plot = &picture->plot;
	double most = floor;
	struct pr_axis axis;

	pr_plot_init(plot, picture->name, WIDTH, HEIGHT);
	pr_chart_dates(plot, &nights);
	for (size_t i = 0; i < 2; i++) {
		pr_plot_add(plot, "$%s << END\n", blocks[i]);
		if (put_points(picture, board, &nights, i == 1, &most) == 0)
			pr_plot_add(plot, "-9 0 \"\"\n"); /* left of all nights */
		pr_plot_add(plot, "END\n");
	}
	axis = pr_axis_between(-most, most);
	pr_chart_axis(plot, &axis, NULL);
	pr_plot_number(plot, "band", floor);
}

/* ---- all of them ----------------------------------------------------------------------------- */

static void keep(struct pr_cache *cache, struct picture *picture, const char *svg)
{
	json_t *known = json_object();

	pr_json_set(known, "print", json_string(picture->print));
	pr_json_set(known, "svg", pr_json_new_string(svg));
	pr_json_set(cache->pictures, picture->key, known);
	picture->group->picture = pr_json_text(known, "svg");
}

static enum pr_err draw(struct picture *pictures, size_t count, struct pr_cache *cache,
                        struct pr_error *why)
{
	struct pr_plot_job *jobs = pr_alloc((count + 1) * sizeof(*jobs));
	enum pr_err err;

	for (size_t i = 0; i < count; i++)
		jobs[i] = (struct pr_plot_job){.plot = &pictures[i].plot,
		                               .template_name = "twins.gp"};
	err = count > 0 ? pr_plot_draw_all(jobs, count, why) : PR_OK;
	for (size_t i = 0; i < count; i++) {
		if (jobs[i].svg != NULL)
			keep(cache, &pictures[i], jobs[i].svg);
		free(jobs[i].svg);
		pr_plot_fini(&pictures[i].plot);
		free(pictures[i].key);
	}
	free(jobs);
	return err;
}

enum pr_err pr_twins_draw(struct pr_board *board, struct pr_cache *cache, struct pr_error *why)
{
	struct picture *pictures = pr_alloc((board->group_count + 1) * sizeof(*pictures));
	json_t *before = cache->pictures;
	size_t count = 0;
	enum pr_err err;

	cache->pictures = json_object();
	for (size_t i = 0; i < board->group_count; i++) {
		struct pr_board_group *group = &board->groups[i];
		struct picture *next = &pictures[count];
		double floor;

		if (group->twin == NULL || nights_of(board, group).count == 0)
			continue;
		floor = floor_of(board, group);
		*next = (struct picture){.group = group};
		next->key =
		        pr_asprintf("%s\n%s\n%s", group->machine, group->branch, group->baseline);
		snprintf(next->name, sizeof(next->name), "twins-%zu", i);
		set_print(next, board, floor);
		group->picture = known_picture(before, cache, next);
		if (group->picture != NULL) {
			free(next->key);
			continue;
		}
		plan(next, board, floor);
		count++;
	}
	err = draw(pictures, count, cache, why);
	free(pictures);
	json_decref(before);
	return err;
}
