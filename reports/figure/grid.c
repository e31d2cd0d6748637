/* SPDX-License-Identifier: MIT */
/* reports/figure/grid.c - throughput over two options at once, as a heat map: message size against
 * connections, say.
 *
 * The baseline has its own values in the cells; every other phase its change against it.  The
 * colour tells better from worse and its strength how much; the sign in the cell tells it to those
 * who see no colours.  */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reports/figure/figure.h"
#include "reports/section/section.h"
#include "reports/svg.h"
#include "reports/words.h"

#define VALUES_MAX 12
#define STRONGEST  0.6 /* of a colour, so that text stays readable on it */
#define FULL       2.0 /* a change by this factor has the strongest colour */

/* The values of an option, in the order of the plan.  */
struct option {
	const char *key;
	const json_t *values[VALUES_MAX];
	size_t count;
};

struct grid {
	const struct pr_input *input;
	const char *name; /* of the workload */
	struct option down, across;
	const char
	        *labels[VALUES_MAX][VALUES_MAX]; /* of workloads, by row and column; NULL: none */
	size_t found;
};

/* ---- which workloads form one ------------------------------------------------------------------
 */

static const json_t *options_of(const struct pr_input *input, size_t workload)
{
	return pr_input_object(pr_input_workload(input, input->workloads.items[workload]),
	                       "options");
}

static size_t find_value(const struct option *option, const json_t *value)
{
	for (size_t i = 0; i < option->count; i++)
		if (json_equal((json_t *)option->values[i], (json_t *)value))
			return i;
	return VALUES_MAX;
}

static bool is_of_name(const struct pr_input *input, size_t workload, const char *name)
{
	return pr_input_is(pr_input_workload(input, input->workloads.items[workload]), "name",
	                   name) &&
	       !pr_figure_is_step(input, input->workloads.items[workload]);
}

/* The values that workloads of a name have of one option.  */
static void collect_values(struct option *option, const struct pr_input *input, const char *name)
{
	for (size_t w = 0; w < input->workloads.count; w++) {
		const json_t *value;

		if (!is_of_name(input, w, name))
			continue;
		value = json_object_get(options_of(input, w), option->key);
		if (value && option->count < VALUES_MAX && find_value(option, value) == VALUES_MAX)
			option->values[option->count++] = value;
	}
}

/* The count of messages goes with their size, and is no option of its own.  */
static bool is_option(const char *key)
{
	return strcmp(key, "count") != 0 && strcmp(key, "seed") != 0;
}

/* Exactly two options vary: the first is drawn downwards.  */
static bool find_options(struct grid *grid, const json_t *options)
{
	size_t varied = 0;
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)options, key, value)
	{
		struct option option = {.key = key};

		if (!is_option(key))
			continue;
		collect_values(&option, grid->input, grid->name);
		if (option.count < 2)
			continue;
		if (varied == 0)
			grid->down = option;
		else if (varied == 1)
			grid->across = option;
		varied++;
	}
	return varied == 2;
}

static void place_workloads(struct grid *grid)
{
	for (size_t w = 0; w < grid->input->workloads.count; w++) {
		const json_t *options = options_of(grid->input, w);
		size_t row, column;

		if (!is_of_name(grid->input, w, grid->name))
			continue;
		row = find_value(&grid->down, json_object_get(options, grid->down.key));
		column = find_value(&grid->across, json_object_get(options, grid->across.key));
		if (row == VALUES_MAX || column == VALUES_MAX || grid->labels[row][column])
			continue;
		grid->labels[row][column] = grid->input->workloads.items[w];
		grid->found++;
	}
}

/* The grid that begins with this workload, if it is the first of its name.  Half of the cells must
 * be there.  */
static bool take_grid(struct grid *grid, const struct pr_input *input, size_t workload)
{
	const char *name =
	        pr_json_text(pr_input_workload(input, input->workloads.items[workload]), "name");

	*grid = (struct grid){.input = input, .name = name};
	if (!name || !is_of_name(input, workload, name))
		return false;
	for (size_t w = 0; w < workload; w++)
		if (is_of_name(input, w, name))
			return false;
	if (!find_options(grid, options_of(input, workload)))
		return false;
	place_workloads(grid);
	return grid->found >= 4 && 2 * grid->found >= grid->down.count * grid->across.count;
}

/* ---- the picture -------------------------------------------------------------------------------
 */

static unsigned colour_of(double effect)
{
	double strength = fmin(1, fabs(log1p(effect)) / log(FULL)) * STRONGEST;

	return (unsigned)(255 - 255 * strength) << 24 | (unsigned)PR_SVG_CAUSE(effect < 0 ? 1 : 0);
}

/* Of the baseline: the share of the fastest, in grey.  */
static unsigned shade_of(double share)
{
	return (unsigned)(255 - 255 * STRONGEST * fmin(1, fmax(0.05, share))) << 24 |
	       (unsigned)PR_SVG_PHASE(0);
}

static double find_fastest(const struct grid *grid, const char *phase)
{
	double most = 0;

	for (size_t r = 0; r < grid->down.count; r++)
		for (size_t c = 0; c < grid->across.count; c++) {
			const json_t *row;

			if (grid->labels[r][c])
				most = fmax(most,
				            pr_input_number(
				                    pr_section_side(grid->input, grid->labels[r][c],
				                                    phase, "throughput", &row),
				                    "value"));
		}
	return most;
}

/* A change that is not told from none.  */
static bool is_open(const json_t *row)
{
	return pr_input_is(row, "verdict", "inconclusive") || pr_input_is(row, "verdict", "void");
}

struct cells {
	struct pr_buf cells, texts, told;
	size_t count;
};

static void add_cell(struct cells *cells, struct pr_plot *plot, const struct grid *grid,
                     const char *phase, size_t r, size_t c, double fastest)
{
	const char *workload = grid->labels[r][c];
	const json_t *row, *side;
	double value, effect;
	struct pr_words words;
	char *text;

	if (!workload)
		return;
	side = pr_section_side(grid->input, workload, phase, "throughput", &row);
	value = pr_input_number(side, "value");
	effect = pr_input_number(row, "effect");
	if (isnan(value) || (row && isnan(effect)))
		return;
	words = row ? pr_words_effect(effect, NAN, NAN) : pr_words_value(value, "msg/s");
	pr_buf_printf(&cells->cells, "%zu %zu %u\n", c + 1, r + 1,
	              row ? colour_of(effect) : shade_of(value / fastest));
	text = is_open(row) ? pr_asprintf("(%s)", words.text) : pr_strdup(words.text);
	pr_buf_printf(&cells->texts, "%zu %zu %s\n", c + 1, r + 1, pr_plot_token(plot, text).text);
	free(text);
	text = pr_asprintf("%s, %s: %s msg/s%s%s", phase, workload,
	                   pr_words_value(value, "msg/s").text, row ? ", " : "",
	                   row ? pr_section_effect(row).text : "");
	pr_buf_printf(&cells->told, "%zu %zu %s\n", c + 1, r + 1, pr_plot_token(plot, text).text);
	free(text);
	cells->count++;
}

static void add_labels(struct pr_plot *plot, const struct option *option, const char *axis)
{
	for (size_t i = 0; i < option->count; i++) {
		char *words =
		        json_is_integer(option->values[i])
		                ? pr_strdup(
		                          pr_words_count(json_number_value(option->values[i])).text)
		                : pr_input_words(option->values[i]);

		pr_plot_tic(plot, axis, (double)i + 1, words);
		free(words);
	}
}

static size_t add_data(struct pr_plot *plot, const struct grid *grid, const char *phase)
{
	double fastest = find_fastest(grid, phase);
	struct cells cells = {.count = 0};

	pr_buf_init(&cells.cells);
	pr_buf_init(&cells.texts);
	pr_buf_init(&cells.told);
	for (size_t r = 0; r < grid->down.count; r++)
		for (size_t c = 0; c < grid->across.count; c++)
			add_cell(&cells, plot, grid, phase, r, c, fastest);
	pr_plot_add(plot, "$cells << END\n%sEND\n$texts << END\n%sEND\n$told << END\n%sEND\n",
	            cells.cells.text, cells.texts.text, cells.told.text);
	pr_buf_fini(&cells.cells);
	pr_buf_fini(&cells.texts);
	pr_buf_fini(&cells.told);
	return cells.count;
}

/* One phase; nothing where it was not measured.  */
static void draw(struct pr_figure *figure, const struct grid *grid, size_t phase, size_t number)
{
	const char *label = grid->input->phases.items[phase];
	bool is_baseline = strcmp(label, grid->input->baseline) == 0;
	char *part = pr_figure_name("grid", number), *name = pr_figure_name(part, phase);
	char *title = pr_asprintf("%s: %s", label,
	                          is_baseline ? "messages a second" : "change of throughput");
	char *alt =
	        pr_asprintf("Heat map of the throughput of %s in %s, %s downwards and %s across; "
	                    "the values are in the tables of the workloads.",
	                    label, grid->name, grid->down.key, grid->across.key);
	struct pr_plot plot;

	pr_plot_init(&plot, name, PR_FIGURE_WIDTH, 130 + 34 * (unsigned)grid->down.count);
	pr_plot_string(&plot, "title_text", title);
	pr_plot_string(&plot, "x_text", grid->across.key);
	pr_plot_string(&plot, "y_text", grid->down.key);
	pr_plot_number(&plot, "rows", (double)grid->down.count);
	pr_plot_number(&plot, "columns", (double)grid->across.count);
	pr_plot_number(&plot, "left", 12);
	pr_plot_add(&plot, "set xtics ()\nset ytics ()\n");
	add_labels(&plot, &grid->across, "x");
	add_labels(&plot, &grid->down, "y");
	if (add_data(&plot, grid, label) > 0)
		pr_figure_draw(figure, &plot, "grid.gp", alt);
	pr_plot_fini(&plot);
	free(alt);
	free(title);
	free(name);
	free(part);
}

void pr_figure_grid(struct pr_model *model, const struct pr_input *input)
{
	struct pr_figure *figure = NULL;

	for (size_t w = 0; w < input->workloads.count; w++) {
		struct grid *grid = pr_alloc(sizeof(*grid));

		if (take_grid(grid, input, w)) {
			if (!figure)
				figure = pr_model_figure(model,
				                         "Throughput over two options at once: of "
				                         "the baseline its values, of every "
				                         "other phase the change against it in the "
				                         "same place, in parentheses "
				                         "where it is undecided. The stronger a "
				                         "colour, the larger the change; "
				                         "blue is faster, red slower.");
			for (size_t p = 0; p < input->phases.count; p++)
				draw(figure, grid, p, w);
		}
		free(grid);
	}
	if (figure && figure->panel_count == 0 && !figure->missing)
		pr_model_figure_missing(figure, "Nothing of these workloads could be compared.");
}
