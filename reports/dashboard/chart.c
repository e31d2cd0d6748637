/* SPDX-License-Identifier: MIT */
/* reports/dashboard/chart.c - the pictures of cases (see chart.h).  */
#include "reports/dashboard/chart.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "reports/axis.h"
#include "reports/dashboard/levels.h"
#include "reports/plot.h"
#include "reports/svg.h"
#include "reports/words.h"

#define WIDTH        540 /* readable on a phone, two abreast on a page */
#define HEIGHT       300
#define SPARK_WIDTH  150
#define SPARK_HEIGHT 36
#define SPARK_POINTS 60
#define DATES        4    /* marks of the axis of nights */
#define LABEL_ROOM   0.16 /* of the width, for the name of a release */

/* ---- ranges ---------------------------------------------------------------------------------- */

struct range {
	double lo, hi; /* NaN: nothing yet */
};

static void widen(struct range *range, double value)
{
	if (!isfinite(value))
		return;
	range->lo = fmin(range->lo, value);
	range->hi = fmax(range->hi, value);
}

/* Among so many nights, an interval far outside is cut rather than that it squeezes everything
 * else.
 */
#define MANY_NIGHTS 8

static void widen_by_interval(struct range *range, double value, double lo, double hi, double most)
{
	widen(range, value);
	widen(range, fmax(lo, value - most));
	widen(range, fmin(hi, value + most));
}

static struct pr_axis axis_of(struct range range)
{
	if (isnan(range.lo))
		return pr_axis_between(0, 1);
	if (!(range.hi > range.lo)) {
		double room = range.lo != 0 ? fabs(range.lo) * 0.02 : 0.5;

		return pr_axis_between(range.lo - room, range.hi + room);
	}
	return pr_axis_between(range.lo, range.hi);
}

static struct range range_of_effects(const struct pr_board_case *one,
                                     const struct pr_levels *levels)
{
	struct range range = {NAN, NAN}, middle = {NAN, NAN};

	for (size_t i = 0; i < one->series.count; i++)
		widen(&middle, pr_levels_shown(one, i));
	for (size_t i = 0; i < levels->count; i++) {
		widen(&range, levels->items[i].middle - levels->items[i].room);
		widen(&range, levels->items[i].middle + levels->items[i].room);
	}
	for (size_t i = 0; i < one->series.count; i++) {
		const struct pr_history_point *point = &one->series.items[i];
		bool is_effect = one->shows_effect;

		widen_by_interval(&range, pr_levels_shown(one, i),
		                  is_effect ? point->effect_lo : point->lo,
		                  is_effect ? point->effect_hi : point->hi,
		                  one->series.count < MANY_NIGHTS
		                          ? INFINITY
		                          : fmax(middle.hi - middle.lo, levels->items[0].room));
	}
	return range;
}

/* ---- what the pictures share ----------------------------------------------------------------- */

char *pr_chart_hover(const struct pr_board *board, const struct pr_board_case *one, size_t at)
{
	const struct pr_history_point *point = &one->series.items[at];
	const char *subject = pr_commits_about(&board->commits, point->revision, "subject");
	const char *author = pr_commits_about(&board->commits, point->revision, "author");
	struct pr_buf out;
	char time[32], *text;

	pr_buf_init(&out);
	pr_history_format_time(point->time, time);
	pr_buf_printf(&out, "Run %lld, %.10s %.5s", (long long)point->run, time, time + 11);
	if (point->revision != NULL)
		pr_buf_printf(&out, ", commit %.12s", point->revision);
	if (subject != NULL)
		pr_buf_printf(&out, " (%.60s; %.40s)", subject, author != NULL ? author : "");
	pr_buf_printf(&out, ": %s", pr_words_value(point->value, one->of->unit).text);
	if (!isnan(point->effect))
		pr_buf_printf(
		        &out, ", %s against %s",
		        pr_words_effect(point->effect, point->effect_lo, point->effect_hi).text,
		        one->of->baseline);
	if (point->verdict != NULL)
		pr_buf_printf(&out, ", %s", pr_words_verdict(point->verdict));
	text = pr_buf_take(&out);
	pr_buf_fini(&out);
	return text;
}

void pr_chart_dates(struct pr_plot *plot, const struct pr_history_series *series)
{
	size_t count = series->count < DATES ? series->count : DATES;

	pr_plot_add(plot, "set xtics ()\n");
	for (size_t i = 0; i < count; i++) {
		size_t at = count > 1 ? i * (series->count - 1) / (count - 1) : 0;
		char time[32];

		pr_history_format_time(series->items[at].time, time);
		time[10] = '\0';
		pr_plot_tic(plot, "x", (double)at, time);
	}
	pr_plot_number(plot, "x_lo", -0.7);
	pr_plot_number(plot, "x_hi", (double)series->count - 0.3);
}

void pr_chart_axis(struct pr_plot *plot, const struct pr_axis *axis, const char *unit)
{
	size_t longest = 0;

	pr_plot_add(plot, "set ytics ()\n");
	for (size_t i = 0; i < axis->count; i++) {
		struct pr_words text = unit != NULL ? pr_words_mark(axis->marks[i], unit)
		                                    : pr_words_effect(axis->marks[i], NAN, NAN);

		if (fabs(axis->marks[i]) < 1e-9 * (axis->hi - axis->lo))
			snprintf(text.text, sizeof(text.text), "0");
		pr_plot_tic(plot, "y", axis->marks[i], text.text);
		if (strlen(text.text) > longest)
			longest = strlen(text.text);
	}
	pr_plot_number(plot, "y_lo", axis->lo);
	pr_plot_number(plot, "y_hi", axis->hi);
	pr_plot_number(plot, "left", (double)longest * 0.8 + 2);
}

/* Where between the nights a moment lies.  */
static double place_of(const struct pr_history_series *series, int64_t time)
{
	size_t after = 0;

	while (after < series->count && series->items[after].time < time)
		after++;
	return (double)after - 0.5;
}

/* Upright lines: what happened, x, and a text on top or beside it.  */
static void put_line(struct pr_plot *plot, const char *style, double x, const char *text,
                     const char *where, double height)
{
	pr_plot_add(plot, "set arrow from %.2f, graph 0 to %.2f, graph 1 nohead %s back\n", x, x,
	            style);
	if (text != NULL)
		pr_plot_add(plot, "set label \"%s\" at %.2f, graph %.3f %s font \",12\"\n",
		            pr_plot_token(plot, text).text, x, height, where);
}

/* Releases within the nights; a name only where there is room for it.  */
static void put_releases(struct pr_plot *plot, const struct pr_board *board,
                         const struct pr_board_case *one)
{
	const struct pr_history_series *series = &one->series;
	double named = -1e9, room = (double)series->count * LABEL_ROOM;

	for (size_t i = 0; i < board->release_count; i++) {
		const struct pr_board_release *release = &board->releases[i];
		double x = place_of(series, release->time);
		bool has_room = x - named >= room;

		if ((release->branch[0] != '\0' && strcmp(release->branch, one->of->branch) != 0) ||
		    release->time < series->items[0].time ||
		    release->time > series->items[series->count - 1].time + board->opts->period_s)
			continue;
		put_line(plot, "dt 3 lw 1 lc rgb \"#000000\"", x, has_room ? release->name : NULL,
		         "center", 1.05);
		if (has_room)
			named = x;
	}
}

/* The number of a change stands on the side where the level is low, so that neither its line nor
 * its nights cross it, unless the picture ends there.  */
static void put_changes(struct pr_plot *plot, const struct pr_levels *levels)
{
	double nights = (double)levels->items[levels->count - 1].end;

	for (size_t i = 1; i < levels->count; i++) {
		const struct pr_level *level = &levels->items[i];
		double x = (double)level->first - 0.5, room = LABEL_ROOM * nights;
		bool is_left = level->middle > levels->items[i - 1].middle;
		char number[32];

		if (is_left ? x < room : nights - x < room)
			is_left = !is_left;
		snprintf(number, sizeof(number), "change %zu", i);
		put_line(plot, level->is_better ? "lw 2 lc rgb 0x010400" : "lw 2 lc rgb 0x020200",
		         x, number, is_left ? "right offset -0.5,0" : "left offset 0.5,0",
		         0.97 - 0.06 * (double)((i - 1) % 3));
	}
}

/* Where the baseline is another build than the night before.  */
static void put_references(struct pr_plot *plot, const struct pr_history_series *series)
{
	for (size_t i = 1; i < series->count; i++) {
		const char *before = series->items[i - 1].reference,
		           *now = series->items[i].reference;

		if (before != NULL && now != NULL && strcmp(before, now) != 0)
			put_line(plot, "dt 2 lw 1 lc rgb 0x020700", (double)i - 0.5, NULL, NULL, 0);
	}
}

static void begin_plot(struct pr_plot *plot, const char *name, const struct pr_board_case *one,
                       const char *title)
{
	pr_plot_init(plot, name, WIDTH, HEIGHT);
	pr_plot_string(plot, "title_text", title);
	pr_plot_number(plot, "colour", PR_SVG_PHASE(one->colour));
	pr_plot_number(plot, "mark", one->colour % PR_SVG_PHASES + 1);
	pr_chart_dates(plot, &one->series);
}

/* gnuplot wants something in every block of data; what is not a number can end it.  Left of all
 * nights, it is not drawn.  */
static void end_data(struct pr_plot *plot, bool is_empty)
{
	pr_plot_add(plot, "%sEND\n", is_empty ? "-9 0 0 0 \"\"\n" : "");
}

/* ---- the three pictures ---------------------------------------------------------------------- */

static void put_levels(struct pr_plot *plot, const struct pr_levels *levels)
{
	bool is_empty = true;

	pr_plot_add(plot, "$levels << END\n");
	for (size_t i = 0; i < levels->count; i++) {
		const struct pr_level *level = &levels->items[i];

		if (isnan(level->middle))
			continue;
		pr_plot_add(plot, "%.2f %.2f %.9g %.9g %.9g\n", (double)level->first - 0.5,
		            (double)level->end - 0.5, level->middle, level->middle - level->room,
		            level->middle + level->room);
		is_empty = false;
	}
	pr_plot_add(plot, "%sEND\n", is_empty ? "-9 -9 0 0 0\n" : "");
}

static void put_points(const struct pr_board *board, struct pr_plot *plot,
                       const struct pr_board_case *one)
{
	bool is_effect = one->shows_effect, is_empty = true;

	pr_plot_add(plot, "$points << END\n");
	for (size_t i = 0; i < one->series.count; i++) {
		const struct pr_history_point *point = &one->series.items[i];
		double value = pr_levels_shown(one, i);
		double lo = is_effect ? point->effect_lo : point->lo;
		double hi = is_effect ? point->effect_hi : point->hi;
		char *hover;

		if (isnan(value))
			continue;
		hover = pr_chart_hover(board, one, i);
		pr_plot_add(plot, "%zu %.9g %.9g %.9g \"%s\"\n", i, value, isnan(lo) ? value : lo,
		            isnan(hi) ? value : hi, pr_plot_token(plot, hover).text);
		free(hover);
		is_empty = false;
	}
	end_data(plot, is_empty);
}

static void plan_effect(const struct pr_board *board, const struct pr_board_case *one,
                        const struct pr_levels *levels, struct pr_plot *plot)
{
	bool is_effect = one->shows_effect;
	struct pr_axis axis = axis_of(range_of_effects(one, levels));
	char *title = is_effect ? pr_asprintf("Against %s, night by night", one->of->baseline)
	                        : pr_asprintf("%s, run by run", one->of->metric);

	begin_plot(plot, "effect", one, title);
	pr_chart_axis(plot, &axis, is_effect ? NULL : one->of->unit);
	put_references(plot, &one->series);
	put_releases(plot, board, one);
	put_changes(plot, levels);
	pr_plot_number(plot, "has_zero", is_effect && axis.lo < 0 && axis.hi > 0);
	put_levels(plot, levels);
	put_points(board, plot, one);
	free(title);
}

/* Both sides as they were measured.  */
static void put_side(struct pr_plot *plot, const char *block,
                     const struct pr_history_series *series, bool is_base)
{
	bool is_empty = true;

	pr_plot_add(plot, "$%s << END\n", block);
	for (size_t i = 0; i < series->count; i++) {
		const struct pr_history_point *point = &series->items[i];
		double value = is_base ? point->base_value : point->value;
		double lo = is_base ? point->base_lo : point->lo;
		double hi = is_base ? point->base_hi : point->hi;

		if (isnan(value))
			continue;
		pr_plot_add(plot, "%zu %.9g %.9g %.9g\n", i, value, isnan(lo) ? value : lo,
		            isnan(hi) ? value : hi);
		is_empty = false;
	}
	end_data(plot, is_empty);
}

static void plan_values(const struct pr_board *board, const struct pr_board_case *one,
                        struct pr_plot *plot)
{
	struct range range = {NAN, NAN}, middle = {NAN, NAN};
	char *title = pr_asprintf("%s as it was measured", one->of->metric);
	struct pr_axis axis;

	for (size_t i = 0; i < one->series.count; i++) {
		widen(&middle, one->series.items[i].value);
		widen(&middle, one->series.items[i].base_value);
	}
	for (size_t i = 0; i < one->series.count; i++) {
		const struct pr_history_point *point = &one->series.items[i];
		double most = one->series.count < MANY_NIGHTS
		                      ? INFINITY
		                      : fmax(middle.hi - middle.lo, fabs(point->value) * 0.02);

		widen_by_interval(&range, point->value, point->lo, point->hi, most);
		widen_by_interval(&range, point->base_value, point->base_lo, point->base_hi, most);
	}
	axis = axis_of(range);
	begin_plot(plot, "values", one, title);
	pr_chart_axis(plot, &axis, one->of->unit);
	put_releases(plot, board, one);
	pr_plot_string(plot, "name_1", one->of->baseline[0] != '\0' ? one->of->baseline : "none");
	pr_plot_string(plot, "name_2", one->of->phase);
	put_side(plot, "base", &one->series, true);
	put_side(plot, "own", &one->series, false);
	free(title);
}

static void plan_spark(const struct pr_board_case *one, const struct pr_levels *levels,
                       struct pr_plot *plot)
{
	size_t count = one->series.count;
	size_t first = count > SPARK_POINTS ? count - SPARK_POINTS : 0, last = SIZE_MAX;
	struct range range = {NAN, NAN};
	struct pr_axis axis;

	pr_plot_init(plot, "spark", SPARK_WIDTH, SPARK_HEIGHT);
	pr_plot_number(plot, "colour", PR_SVG_PHASE(one->colour));
	pr_plot_add(plot, "$points << END\n");
	for (size_t i = first; i < count; i++) {
		double value = pr_levels_shown(one, i);

		if (isnan(value))
			continue;
		pr_plot_add(plot, "%zu %.9g\n", i - first, value);
		widen(&range, value);
		last = i;
	}
	end_data(plot, last == SIZE_MAX);
	for (size_t i = 1; i < levels->count; i++)
		if (levels->items[i].first > first)
			put_line(plot,
			         levels->items[i].is_better ? "lw 2 lc rgb 0x010400"
			                                    : "lw 2 lc rgb 0x020200",
			         (double)(levels->items[i].first - first) - 0.5, NULL, NULL, 0);
	/* What is within the band shall look quiet.  */
	if (!isnan(levels->items[0].middle)) {
		widen(&range, levels->items[levels->count - 1].middle - levels->items[0].room);
		widen(&range, levels->items[levels->count - 1].middle + levels->items[0].room);
	}
	axis = axis_of(range);
	pr_plot_number(plot, "y_lo", axis.lo);
	pr_plot_number(plot, "y_hi", axis.hi);
	pr_plot_number(plot, "x_hi", (double)(count - first) + 0.5);
	pr_plot_number(plot, "last_x", last != SIZE_MAX ? (double)(last - first) : 0);
	pr_plot_number(plot, "last_y", last != SIZE_MAX ? pr_levels_shown(one, last) : 0);
}

/* ---- all of them ----------------------------------------------------------------------------- */

#define PICTURES 3

/* Takes out what lies from one text to the end of another.  */
static void cut(char *svg, const char *from, const char *to)
{
	char *begin = svg, *end;

	while ((begin = strstr(begin, from)) != NULL) {
		end = strstr(begin + strlen(from), to);
		if (end == NULL)
			return;
		end += strlen(to);
		memmove(begin, end, strlen(end) + 1);
	}
}

/* A small picture points at none of the marks that gnuplot defines, and stands many times on one
 * page, where a name may be given once.  */
static void lighten(char *svg)
{
	cut(svg, "<defs>", "</defs>");
	cut(svg, " id=\"", "\"");
}

enum pr_err pr_chart_draw(const struct pr_board *board, struct pr_chart *charts, size_t count,
                          struct pr_error *why)
{
	struct pr_plot *plots = pr_alloc((count * PICTURES + 1) * sizeof(*plots));
	struct pr_plot_job *jobs = pr_alloc((count * PICTURES + 1) * sizeof(*jobs));
	enum pr_err err;

	for (size_t i = 0; i < count; i++) {
		static const char *const templates[] = {"night.gp", "values.gp", "spark.gp"};
		struct pr_plot *plot = &plots[i * PICTURES];
		struct pr_levels levels;

		pr_levels_find(charts[i].of, &levels);
		plan_effect(board, charts[i].of, &levels, &plot[0]);
		plan_values(board, charts[i].of, &plot[1]);
		plan_spark(charts[i].of, &levels, &plot[2]);
		for (size_t k = 0; k < PICTURES; k++)
			jobs[i * PICTURES + k] = (struct pr_plot_job){
			        .plot = &plot[k], .template_name = templates[k]};
	}
	err = pr_plot_draw_all(jobs, count * PICTURES, why);
	for (size_t i = 0; i < count; i++) {
		charts[i].effect = jobs[i * PICTURES].svg;
		charts[i].values = jobs[i * PICTURES + 1].svg;
		charts[i].spark = jobs[i * PICTURES + 2].svg;
		if (charts[i].spark != NULL)
			lighten(charts[i].spark);
	}
	for (size_t i = 0; i < count * PICTURES; i++)
		pr_plot_fini(&plots[i]);
	free(plots);
	free(jobs);
	return err;
}

void pr_chart_fini(struct pr_chart *chart)
{
	free(chart->effect);
	free(chart->values);
	free(chart->spark);
	*chart = (struct pr_chart){.of = chart->of};
}
