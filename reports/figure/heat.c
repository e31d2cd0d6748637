/* SPDX-License-Identifier: MIT */
/* reports/figure/heat.c - latency as a heat map: a row for each phase, a line in it for each block,
 * darker where more of the samples lie.
 *
 * The percentiles of the whole run hide that one block of ten may have been another world; here it
 * is a line that looks unlike its neighbours.  The shade goes with the square root of the share, so
 * that a hundredth can still be seen beside the rest.  */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/stats.h"
#include "reports/axis.h"
#include "reports/figure/figure.h"
#include "reports/figure/histogram.h"
#include "reports/svg.h"
#include "reports/words.h"

#define CELLS     44   /* across */
#define LINES_MAX 24   /* of a phase: more blocks share them */
#define ROW       0.84 /* of the distance of two rows is filled */
#define FAINTEST  0.12 /* of a cell that has a sample */

/* One block, or several that share a line.  */
struct line {
	double first, last; /* blocks */
	double p50, p99;    /* NaN: too few samples */
	double share[CELLS];
	double longest;
	bool any;
};

struct heat {
	const struct pr_input *input;
	const char *workload;
	const struct pr_latency_kind *kind;
	double least, most; /* over all */
	struct pr_axis axis;
	size_t lines;     /* of a phase */
	double per_line;  /* blocks */
	struct line *all; /* by phase, then line */
};

static double block_of(const json_t *entry)
{
	double block = pr_input_number(entry, "block");

	return block >= 1 && block < 1e6 ? block : NAN;
}

/* The extremes and the last block of what is drawn.  */
static double find_range(struct heat *heat)
{
	const struct pr_input *input = heat->input;
	double blocks = 0;
	size_t index;
	json_t *entry;

	heat->least = INFINITY;
	heat->most = 0;
	json_array_foreach(pr_input_array(input->histograms, "histograms"), index, entry)
	{
		double lo = pr_input_number(entry, "min"), hi = pr_input_number(entry, "max");

		if (!(lo > 0 && hi >= lo) || isnan(block_of(entry)) ||
		    !pr_histogram_is(input, entry, pr_json_text(entry, "phase"), heat->workload,
		                     heat->kind))
			continue;
		heat->least = fmin(heat->least, lo);
		heat->most = fmax(heat->most, hi);
		blocks = fmax(blocks, block_of(entry));
	}
	return blocks;
}

static size_t cell_of(const struct pr_axis *axis, double value)
{
	double at = log(value / axis->lo) / log(axis->hi / axis->lo) * CELLS;

	return at <= 0 ? 0 : at >= CELLS ? CELLS - 1 : (size_t)at;
}

static void fill_shares(struct line *line, const struct pr_axis *axis, const json_t *entry,
                        double count)
{
	size_t index;
	json_t *bucket;

	json_array_foreach(pr_input_array(entry, "buckets"), index, bucket)
	{
		double lowest = json_number_value(json_array_get(bucket, 0));
		double times = json_number_value(json_array_get(bucket, 1));

		if (lowest >= 0 && times > 0)
			line->share[cell_of(axis, fmax(lowest, 1))] += times / count;
	}
}

/* p needs ten samples beyond it.  */
static double percentile(const struct pr_hist *hist, double p)
{
	return (double)hist->count * (1 - p) >= 9.999 ? (double)pr_hist_percentile_ns(hist, p)
	                                              : NAN;
}

static void fill_line(struct heat *heat, struct line *line, const char *phase)
{
	const json_t *list = pr_input_array(heat->input->histograms, "histograms");
	struct pr_hist *hist = pr_alloc(sizeof(*hist));
	double least = INFINITY, most = 0;
	size_t index;
	json_t *entry;

	pr_hist_clear(hist);
	json_array_foreach((json_t *)list, index, entry)
	{
		if (block_of(entry) >= line->first && block_of(entry) <= line->last &&
		    pr_histogram_is(heat->input, entry, phase, heat->workload, heat->kind))
			pr_histogram_add(hist, entry, &least, &most);
	}
	line->any = hist->count > 0 && least <= most;
	if (line->any) {
		hist->min_ns = (int64_t)least;
		hist->max_ns = (int64_t)most;
		line->p50 = percentile(hist, 0.5);
		line->p99 = percentile(hist, 0.99);
		line->longest = most;
	}
	json_array_foreach((json_t *)list, index, entry)
	{
		if (line->any && block_of(entry) >= line->first && block_of(entry) <= line->last &&
		    pr_histogram_is(heat->input, entry, phase, heat->workload, heat->kind))
			fill_shares(line, &heat->axis, entry, (double)hist->count);
	}
	free(hist);
}

/* False when there are not two blocks to tell apart.  */
static bool take_heat(struct heat *heat)
{
	double blocks = find_range(heat);
	size_t phases = heat->input->phases.count;

	if (blocks < 2 || !(heat->most > 0))
		return false;
	heat->axis = pr_axis_log(heat->least, heat->most, 6);
	heat->per_line = ceil(blocks / LINES_MAX);
	heat->lines = (size_t)ceil(blocks / heat->per_line);
	heat->all = pr_alloc(phases * heat->lines * sizeof(*heat->all));
	memset(heat->all, 0, phases * heat->lines * sizeof(*heat->all));
	for (size_t p = 0; p < phases; p++)
		for (size_t i = 0; i < heat->lines; i++) {
			struct line *line = &heat->all[p * heat->lines + i];

			line->first = (double)i * heat->per_line + 1;
			line->last = (double)(i + 1) * heat->per_line;
			line->p50 = line->p99 = line->longest = NAN;
			fill_line(heat, line, heat->input->phases.items[p]);
		}
	return true;
}

/* ---- the picture -------------------------------------------------------------------------------
 */

/* Of a phase, with its transparency.  */
static unsigned colour_of(size_t phase, double shade)
{
	return (unsigned)(255 - 255 * fmin(1, shade)) << 24 | (unsigned)PR_SVG_PHASE(phase);
}

static void add_cells(struct pr_plot *plot, const struct heat *heat, size_t phase, size_t number,
                      double top, double height)
{
	const struct line *line = &heat->all[phase * heat->lines + number];
	double step = log(heat->axis.hi / heat->axis.lo) / CELLS;

	for (size_t c = 0; c < CELLS; c++) {
		double shade = fmax(FAINTEST, sqrt(line->share[c]));

		if (line->share[c] > 0)
			pr_plot_add(plot, "%.6g %.6g %.5g %.5g %u\n",
			            heat->axis.lo * exp(step * (double)c),
			            heat->axis.lo * exp(step * (double)(c + 1)), top, top + height,
			            colour_of(phase, shade));
	}
}

static bool add_told(struct pr_plot *plot, const struct heat *heat, size_t phase, size_t number,
                     double y)
{
	const struct line *line = &heat->all[phase * heat->lines + number];
	char *text;

	if (isnan(line->p50))
		return false;
	text = pr_asprintf(
	        "%s, block %.0f%s: p50 %s, p99 %s, longest %s", heat->input->phases.items[phase],
	        line->first, line->last > line->first ? " and on" : "",
	        pr_words_value(line->p50, "ns").text, pr_words_value(line->p99, "ns").text,
	        pr_words_value(line->longest, "ns").text);
	pr_plot_add(plot, "%.6g %.5g %s\n", line->p50, y, pr_plot_token(plot, text).text);
	free(text);
	return true;
}

static void add_data(struct pr_plot *plot, const struct heat *heat)
{
	double height = ROW / (double)heat->lines;
	size_t told = 0;

	pr_plot_add(plot, "$cells << END\nNaN NaN NaN NaN 0\n");
	for (size_t p = 0; p < heat->input->phases.count; p++)
		for (size_t i = 0; i < heat->lines; i++)
			add_cells(plot, heat, p, i, (double)p + 1 - ROW / 2 + height * (double)i,
			          height * 0.9);
	pr_plot_add(plot, "END\n$told << END\nNaN NaN none\n");
	for (size_t p = 0; p < heat->input->phases.count; p++)
		for (size_t i = 0; i < heat->lines; i++)
			told += add_told(plot, heat, p, i,
			                 (double)p + 1 - ROW / 2 + height * ((double)i + 0.5));
	pr_plot_add(plot, "END\n");
	pr_plot_number(plot, "told_count", (double)told);
}

static void add_axes(struct pr_plot *plot, const struct heat *heat)
{
	const struct pr_names *phases = &heat->input->phases;

	pr_plot_number(plot, "x_lo", heat->axis.lo);
	pr_plot_number(plot, "x_hi", heat->axis.hi);
	pr_plot_add(plot, "set xtics ()\nset ytics ()\n");
	for (size_t i = 0; i < heat->axis.count; i++)
		pr_plot_tic(plot, "x", heat->axis.marks[i],
		            pr_words_mark(heat->axis.marks[i], "ns").text);
	for (size_t i = 0; i < phases->count; i++)
		pr_plot_tic(plot, "y", (double)i + 1, phases->items[i]);
}

static void draw(struct pr_figure *figure, const struct heat *heat, const char *title,
                 size_t number)
{
	size_t phases = heat->input->phases.count;
	char *name = pr_figure_name("heat", number);
	char *alt = pr_asprintf("Heat map of latency in %s: a row for each phase, a line in it for "
	                        "each block; the ranges are in the table below.",
	                        title);
	unsigned row = (unsigned)fmax(27, fmin(54, 3.6 * (double)heat->lines));
	struct pr_plot plot;

	pr_plot_init(&plot, name, PR_FIGURE_WIDTH, 120 + row * (unsigned)phases);
	pr_plot_string(&plot, "title_text", title);
	pr_plot_string(&plot, "x_text", heat->kind->axis);
	pr_plot_number(&plot, "rows", (double)phases);
	pr_figure_left(&plot, &heat->input->phases);
	add_data(&plot, heat);
	add_axes(&plot, heat);
	pr_figure_draw(figure, &plot, "heat.gp", alt);
	pr_plot_fini(&plot);
	free(name);
	free(alt);
}

/* ---- the table --------------------------------------------------------------------------------
 */

static struct pr_table *add_table(struct pr_model *model)
{
	struct pr_table *table = pr_model_table(
	        model, "How far the blocks of a phase lie apart: the lowest, the middle and the "
	               "highest of their percentiles. A dash: fewer than ten samples of a block "
	               "lie beyond");

	table->folded = true;
	pr_table_column(table, PR_COLUMN_TEXT, "phase", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "blocks", "that count");
	pr_table_column(table, PR_COLUMN_NUMBER, "p50", "lowest");
	pr_table_column(table, PR_COLUMN_NUMBER, "p50", "middle");
	pr_table_column(table, PR_COLUMN_NUMBER, "p50", "highest");
	pr_table_column(table, PR_COLUMN_NUMBER, "p99", "lowest");
	pr_table_column(table, PR_COLUMN_NUMBER, "p99", "middle");
	pr_table_column(table, PR_COLUMN_NUMBER, "p99", "highest");
	return table;
}

static void put_range(struct pr_table *table, const struct line *lines, size_t count, bool p99)
{
	double values[LINES_MAX], least = NAN, most = NAN;
	size_t found = 0;

	for (size_t i = 0; i < count; i++) {
		double value = p99 ? lines[i].p99 : lines[i].p50;

		least = fmin(least, value);
		most = fmax(most, value);
		if (!isnan(value))
			values[found++] = value;
	}
	if (found == 0) {
		for (int column = 0; column < 3; column++)
			pr_table_missing(table, NULL);
		return;
	}
	pr_table_text(table, "%s", pr_words_value(least, "ns").text);
	pr_table_text(table, "%s", pr_words_value(pr_stats_median(values, found), "ns").text);
	pr_table_text(table, "%s", pr_words_value(most, "ns").text);
}

static void tabulate(struct pr_table *table, const struct heat *heat, const char *title)
{
	pr_table_group(table, title);
	for (size_t p = 0; p < heat->input->phases.count; p++) {
		const struct line *lines = &heat->all[p * heat->lines];
		size_t found = 0;

		for (size_t i = 0; i < heat->lines; i++)
			found += lines[i].any;
		pr_table_row(table, heat->input->phases.items[p], NULL);
		pr_table_text(table, "%zu", found);
		put_range(table, lines, heat->lines, false);
		put_range(table, lines, heat->lines, true);
	}
}

/* ---- all of them -------------------------------------------------------------------------------
 */

struct heats {
	struct pr_model *model;
	struct pr_figure *figure;
	struct heat *items;
	size_t count;
};

static void find_heats(struct heats *heats, const struct pr_input *input)
{
	heats->items =
	        pr_alloc((input->workloads.count * PR_LATENCY_KINDS + 1) * sizeof(*heats->items));
	for (size_t w = 0; w < input->workloads.count; w++)
		for (size_t k = 0; k < PR_LATENCY_KINDS; k++) {
			struct heat *heat = &heats->items[heats->count];

			*heat = (struct heat){.input = input,
			                      .workload = input->workloads.items[w],
			                      .kind = &pr_latency_kinds[k]};
			if (heat->kind->title && !pr_figure_is_step(input, heat->workload))
				heats->count += take_heat(heat);
		}
}

void pr_figure_heat(struct pr_model *model, const struct pr_input *input)
{
	struct heats heats = {.model = model};
	struct pr_table *table;

	find_heats(&heats, input);
	if (heats.count > 0) {
		heats.figure = pr_model_figure(
		        model,
		        "Latency block by block. In the row of a phase each line is a block, the "
		        "first at the top; the stronger a cell, the more of the block's samples "
		        "lie "
		        "there. A line unlike its neighbours is a block in which the machine did "
		        "something else. Left is better.");
		for (size_t i = 0; i < heats.count; i++) {
			char *title = pr_asprintf("%s%s", heats.items[i].workload,
			                          heats.items[i].kind->title);

			draw(heats.figure, &heats.items[i], title, i);
			free(title);
		}
		table = add_table(model);
		for (size_t i = 0; i < heats.count; i++) {
			char *title = pr_asprintf("%s%s", heats.items[i].workload,
			                          heats.items[i].kind->title);

			tabulate(table, &heats.items[i], title);
			free(title);
			free(heats.items[i].all);
		}
	}
	free(heats.items);
}
