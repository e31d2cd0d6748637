/* SPDX-License-Identifier: MIT */
/* reports/figure/stall.c - where the bytes are while a reader stalls, a line for each phase.
 *
 * Of each phase one good trial is drawn, that of the first block that has one: a time line has no
 * median.  Time 0 is when the reader stalled for the first time; the stall is between the
 * upright lines. */
#include "reports/figure/figure.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "reports/axis.h"
#include "reports/words.h"

/* What a panel shows: the column of the time line.  */
static const struct quantity {
	const char *name, *column, *title;
} quantities[] = {
        {"stall-engine", "engine_bytes", "in the engine, both sides, MiB"},
        {"stall-kernel", "kernel_bytes", "in the sockets, MiB"},
        {"stall-window", "window", "advertised window, MiB"},
        {"stall-memory", "resident", "resident memory of the receiver, MiB"},
};

#define MIB (1024.0 * 1024)

#define QUANTITIES (sizeof(quantities) / sizeof(*quantities))

/* Points with a hover text.  */
#define MARKS 12

/* A slow drain does not push the stall of the others to the left edge.  */
#define STALLS_SHOWN 4

/* One workload: the trial of each phase, NULL where there is none.  */
struct lines {
	const json_t *trials[PR_INPUT_NAMES];
	double stall_end_ms, x_lo, x_hi; /* over all phases */
};

static const json_t *pressure_of(const json_t *trial)
{
	return pr_input_object(trial, "pressure");
}

static const json_t *first_trial(const struct pr_input *input, const char *workload,
                                 const char *phase)
{
	size_t index;
	json_t *trial;

	json_array_foreach(pr_input_array(input->run, "trials"), index, trial)
	{
		if (pr_input_is(trial, "phase", phase) &&
		    pr_input_is(trial, "workload", workload) &&
		    pr_input_is(trial, "status", "ok") && pressure_of(trial) != NULL)
			return trial;
	}
	return NULL;
}

static const json_t *points_of(const json_t *trial)
{
	return pr_input_array(pr_input_object(pressure_of(trial), "line"), "points");
}

/* The number of a column; SIZE_MAX when the line has no such.  */
static size_t find_column(const json_t *trial, const char *name)
{
	const json_t *columns =
	        pr_input_array(pr_input_object(pressure_of(trial), "line"), "columns");
	size_t index;
	json_t *column;

	json_array_foreach((json_t *)columns, index, column)
	{
		if (json_is_string(column) && strcmp(json_string_value(column), name) == 0)
			return index;
	}
	return SIZE_MAX;
}

static double value_at(const json_t *point, size_t column)
{
	const json_t *value = json_array_get(point, column);

	return json_is_number(value) ? json_number_value(value) : NAN;
}

static double moment_ms(const json_t *trial, const char *moment)
{
	const json_t *stalls = pr_input_array(pressure_of(trial), "stalls");

	return pr_input_number(json_array_get(stalls, 0), moment) / 1e6;
}

/* Of a point, since the reader stalled.  */
static double time_ms(const json_t *trial, const json_t *point)
{
	return value_at(point, find_column(trial, "at_ns")) / 1e6 - moment_ms(trial, "stalled_ns");
}

/* ---- what is drawn ----------------------------------------------------------------------------
 */

static void take_range(struct lines *lines, const json_t *trial)
{
	const json_t *points = points_of(trial);
	double end = moment_ms(trial, "released_ns") - moment_ms(trial, "stalled_ns");
	double first = time_ms(trial, json_array_get(points, 0));
	double last = time_ms(trial, json_array_get(points, json_array_size(points) - 1));

	if (isnan(end)) /* for good */
		end = last;
	if (end > lines->stall_end_ms)
		lines->stall_end_ms = end;
	if (first < lines->x_lo)
		lines->x_lo = first;
	if (last > lines->x_hi)
		lines->x_hi = last;
}

static bool take_lines(struct lines *lines, const struct pr_input *input, const char *workload)
{
	bool any = false;

	*lines = (struct lines){.x_lo = 0};
	for (size_t i = 0; i < input->phases.count; i++) {
		const json_t *trial = first_trial(input, workload, input->phases.items[i]);

		if (json_array_size(points_of(trial)) == 0)
			continue;
		lines->trials[i] = trial;
		take_range(lines, trial);
		any = true;
	}
	if (lines->x_hi > STALLS_SHOWN * lines->stall_end_ms)
		lines->x_hi = STALLS_SHOWN * lines->stall_end_ms;
	return any;
}

static void add_line(struct pr_plot *plot, const json_t *trial, size_t column)
{
	size_t index;
	json_t *point;

	pr_plot_add(plot, "NaN NaN\n");
	json_array_foreach((json_t *)points_of(trial), index, point)
	{
		if (!isnan(value_at(point, column)) && !isnan(time_ms(trial, point)))
			pr_plot_add(plot, "%.8g %.8g\n", time_ms(trial, point),
			            value_at(point, column) / MIB);
	}
	pr_plot_add(plot, "\n\n");
}

static void add_marks(struct pr_plot *plot, const json_t *trial, const char *phase, size_t column)
{
	const json_t *points = points_of(trial);
	size_t step = json_array_size(points) / MARKS + 1;

	pr_plot_add(plot, "NaN NaN none\n");
	for (size_t i = 0; i < json_array_size(points); i += step) {
		const json_t *point = json_array_get(points, i);
		char *text;

		if (isnan(value_at(point, column)) || isnan(time_ms(trial, point)))
			continue;
		text = pr_asprintf("%s, %.0f ms: %s", phase, time_ms(trial, point),
		                   pr_words_value(value_at(point, column), "bytes").text);
		pr_plot_add(plot, "%.8g %.8g %s\n", time_ms(trial, point),
		            value_at(point, column) / MIB, pr_plot_token(plot, text).text);
		free(text);
	}
	pr_plot_add(plot, "\n\n");
}

static void add_data(struct pr_plot *plot, const struct pr_input *input, const struct lines *lines,
                     const struct quantity *quantity)
{
	pr_plot_add(plot, "$lines << END\n");
	for (size_t i = 0; i < input->phases.count; i++)
		add_line(plot, lines->trials[i], find_column(lines->trials[i], quantity->column));
	pr_plot_add(plot, "END\n$marks << END\n");
	for (size_t i = 0; i < input->phases.count; i++)
		add_marks(plot, lines->trials[i], input->phases.items[i],
		          find_column(lines->trials[i], quantity->column));
	pr_plot_add(plot, "END\nnames = \"");
	for (size_t i = 0; i < input->phases.count; i++)
		pr_plot_add(plot, "%s ", pr_plot_token(plot, input->phases.items[i]).text);
	pr_plot_add(plot, "\"\n");
}

/* The most that a phase shows; NaN when it knows none.  */
static double phase_most(const struct lines *lines, size_t phase, const struct quantity *quantity)
{
	size_t column = find_column(lines->trials[phase], quantity->column), index;
	double most = NAN;
	json_t *point;

	json_array_foreach((json_t *)points_of(lines->trials[phase]), index, point)
	{
		if (time_ms(lines->trials[phase], point) <= lines->x_hi)
			most = fmax(most, value_at(point, column) / MIB);
	}
	return most;
}

/* One line that goes so far beyond all others is cut off, so that these can be told apart.  */
#define BEYOND 5
#define SHOWN  2

/* NaN when no phase knows any.  */
static double find_most(const struct pr_input *input, const struct lines *lines,
                        const struct quantity *quantity)
{
	double most = NAN, second = NAN;

	for (size_t i = 0; i < input->phases.count; i++) {
		double value = phase_most(lines, i, quantity);

		if (isnan(value))
			continue;
		second = isnan(most) || value > most ? most : fmax(second, value);
		most = fmax(most, value);
	}
	return second > 0 && most > BEYOND * second ? SHOWN * second : most;
}

static void add_axes(struct pr_plot *plot, const struct lines *lines, double most)
{
	struct pr_axis across = pr_axis_linear(lines->x_hi > 0 ? lines->x_hi : 1);
	struct pr_axis up = pr_axis_linear(most > 0 ? most : 1);

	pr_plot_number(plot, "x_lo", lines->x_lo);
	pr_plot_number(plot, "x_hi", lines->x_hi);
	pr_plot_number(plot, "y_hi", up.hi);
	pr_plot_number(plot, "mark_1", 0);
	pr_plot_number(plot, "mark_2", lines->stall_end_ms);
	pr_plot_add(plot, "set xtics ()\nset ytics ()\n");
	for (size_t i = 0; i < across.count; i++)
		pr_plot_tic(plot, "x", across.marks[i], pr_words_mark(across.marks[i], NULL).text);
	for (size_t i = 0; i < up.count; i++)
		pr_plot_tic(plot, "y", up.marks[i], pr_words_mark(up.marks[i], NULL).text);
}

static void draw(struct pr_figure *figure, const struct pr_input *input, const struct lines *lines,
                 const char *workload, size_t number, const struct quantity *quantity)
{
	char *name = pr_figure_name(quantity->name, number);
	char *alt = pr_asprintf("Line plot of %s against time while the reader of %s stalls, one "
	                        "line for each phase; the peaks are in the table below.",
	                        quantity->title, workload);
	double most = find_most(input, lines, quantity);
	struct pr_plot plot;

	if (!isnan(most)) {
		pr_plot_init(&plot, name, PR_FIGURE_WIDTH,
		             330 + 18 * (unsigned)input->phases.count);
		pr_plot_string(&plot, "title_text", quantity->title);
		pr_plot_string(&plot, "x_text", "ms since the reader stalled");
		pr_plot_number(&plot, "rows", (double)input->phases.count);
		pr_figure_slots(&plot, input);
		pr_plot_number(&plot, "key_rows", (double)input->phases.count);
		add_data(&plot, input, lines, quantity);
		add_axes(&plot, lines, most);
		pr_figure_draw(figure, &plot, "line.gp", alt);
		pr_plot_fini(&plot);
	}
	free(alt);
	free(name);
}

void pr_figure_stall(struct pr_model *model, const struct pr_input *input, const char *workload,
                     size_t number)
{
	struct pr_figure *figure;
	struct lines lines;
	char *caption;

	if (!take_lines(&lines, input, workload))
		return;
	caption = pr_asprintf(
	        "%s: where the bytes are while the reader stalls (between the upright "
	        "lines) and afterwards; of each phase the first good trial. A line that leaves "
	        "the picture is far above all others: its peak is in the table.",
	        workload);
	figure = pr_model_figure(model, caption);
	for (size_t q = 0; q < QUANTITIES; q++)
		draw(figure, input, &lines, workload, number, &quantities[q]);
	if (figure->panel_count == 0 && !figure->missing)
		pr_model_figure_missing(figure, "No trial has a time line.");
	free(caption);
}
