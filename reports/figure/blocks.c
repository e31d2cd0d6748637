/* SPDX-License-Identifier: MIT */
/* reports/figure/blocks.c - throughput of every block, a dot each, one panel for each workload.
 *
 * Averages hide what a reader should see: two groups of blocks, one block far off, a drift from the
 * first block to the last.  A dot's height within its row is its block's turn, so the jitter is the
 * same each time and a drift shows as a slant.  */
#include "reports/figure/figure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/axis.h"
#include "reports/words.h"

struct dot {
	double block, value;
};

struct series {
	struct dot *dots;
	size_t count;
	size_t left_out; /* void and failed trials */
	double median;
};

static int compare_values(const void *a, const void *b)
{
	double x = ((const struct dot *)a)->value, y = ((const struct dot *)b)->value;

	return (x > y) - (x < y);
}

/* Sorts the dots by value; NaN without any.  */
static double find_median(struct series *series)
{
	size_t half = series->count / 2;

	if (series->count == 0)
		return NAN;
	qsort(series->dots, series->count, sizeof(*series->dots), compare_values);
	if (series->count % 2)
		return series->dots[half].value;
	return (series->dots[half - 1].value + series->dots[half].value) / 2;
}

static void take_trial(struct series *series, const json_t *trial)
{
	double block = pr_input_number(trial, "block");
	double value = pr_input_number(
	        pr_input_object(pr_input_object(trial, "metrics"), "throughput"), "value");

	if (!(block >= 1)) /* traced trials are never timed */
		return;
	if (!pr_input_is(trial, "status", "ok")) {
		series->left_out++;
		return;
	}
	if (!(value > 0))
		return;
	series->dots = pr_realloc(series->dots, (series->count + 1) * sizeof(*series->dots));
	series->dots[series->count++] = (struct dot){block, value};
}

/* One series for each phase, in their order.  The caller frees dots and the array.  */
static struct series *collect(const struct pr_input *input, const char *workload)
{
	struct series *all = pr_alloc(input->phases.count * sizeof(*all));
	size_t index;
	json_t *trial;

	memset(all, 0, input->phases.count * sizeof(*all));
	for (size_t i = 0; i < input->phases.count; i++) {
		json_array_foreach(pr_input_array(input->run, "trials"), index, trial)
		{
			if (pr_input_is(trial, "phase", input->phases.items[i]) &&
			    pr_input_is(trial, "workload", workload))
				take_trial(&all[i], trial);
		}
		all[i].median = find_median(&all[i]);
	}
	return all;
}

/* A linear axis from 0 hides what a phase differs by when another is ten times as fast.  */
static struct pr_axis choose_axis(const struct series *all, size_t count)
{
	double least = INFINITY, most = 0;

	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < all[i].count; j++) {
			least = fmin(least, all[i].dots[j].value);
			most = fmax(most, all[i].dots[j].value);
		}
	return pr_axis_log(least, most, 5);
}

static void add_dots(struct pr_plot *plot, const struct series *series, const char *phase,
                     size_t row)
{
	double last = 1;

	for (size_t i = 0; i < series->count; i++)
		last = fmax(last, series->dots[i].block);
	if (series->count == 0)
		pr_plot_add(plot, "NaN NaN none\n");
	for (size_t i = 0; i < series->count; i++) {
		const struct dot *dot = &series->dots[i];
		double turn = last > 1 ? (dot->block - 1) / (last - 1) : 0.5;
		char text[256];

		snprintf(text, sizeof(text), "%.100s, block %.0f: %s msg/s", phase, dot->block,
		         pr_words_value(dot->value, "msg/s").text);
		pr_plot_add(plot, "%.17g %.4f %s\n", dot->value,
		            (double)row + 1 + (turn - 0.5) * 0.56, pr_plot_token(plot, text).text);
	}
	pr_plot_add(plot, "\n\n");
}

static void add_data(struct pr_plot *plot, const struct pr_input *input, const struct series *all)
{
	pr_plot_add(plot, "$dots << END\n");
	for (size_t i = 0; i < input->phases.count; i++)
		add_dots(plot, &all[i], input->phases.items[i], i);
	pr_plot_add(plot, "END\n$medians << END\n");
	for (size_t i = 0; i < input->phases.count; i++)
		if (all[i].count > 0)
			pr_plot_add(plot, "%.17g %.2f %.2f\n", all[i].median, (double)i + 0.66,
			            (double)i + 1.34);
	pr_plot_add(plot, "END\n");
}

static void add_axes(struct pr_plot *plot, const struct pr_input *input, const struct series *all)
{
	struct pr_axis axis = choose_axis(all, input->phases.count);

	pr_plot_number(plot, "x_lo", axis.lo);
	pr_plot_number(plot, "x_hi", axis.hi);
	pr_plot_number(plot, "x_log", axis.log);
	pr_plot_add(plot, "set xtics ()\nset ytics ()\n");
	for (size_t i = 0; i < axis.count; i++)
		pr_plot_tic(plot, "x", axis.marks[i], pr_words_mark(axis.marks[i], "msg/s").text);
	for (size_t i = 0; i < input->phases.count; i++)
		pr_plot_tic(plot, "y", (double)i + 1, input->phases.items[i]);
}

static double baseline_median(const struct pr_input *input, const struct series *all)
{
	for (size_t i = 0; i < input->phases.count; i++)
		if (!strcmp(input->phases.items[i], input->baseline) && all[i].count > 0)
			return all[i].median;
	return 0;
}

static char *describe(const struct pr_input *input, const struct series *all, const char *workload)
{
	struct pr_buf alt;

	pr_buf_init(&alt);
	pr_buf_printf(&alt,
	              "Dot plot of throughput in %s, one row for each phase. Medians: ", workload);
	for (size_t i = 0; i < input->phases.count; i++)
		pr_buf_printf(&alt, "%s%s %s", i > 0 ? "; " : "", input->phases.items[i],
		              pr_words_value(all[i].median, "msg/s").text);
	pr_buf_puts(&alt, " messages a second.");
	return alt.text; /* the caller frees it */
}

static void draw(struct pr_figure *figure, const struct pr_input *input, const struct series *all,
                 size_t number)
{
	const char *workload = input->workloads.items[number];
	char *name = pr_figure_name("blocks", number);
	char *alt = describe(input, all, workload);
	struct pr_plot plot;

	pr_plot_init(&plot, name, PR_FIGURE_WIDTH, 120 + 27 * (unsigned)input->phases.count);
	pr_plot_string(&plot, "title_text", workload);
	pr_plot_string(&plot, "x_text", "messages a second (log scale)");
	pr_plot_number(&plot, "rows", (double)input->phases.count);
	pr_plot_number(&plot, "baseline", baseline_median(input, all));
	pr_figure_left(&plot, &input->phases);
	add_data(&plot, input, all);
	add_axes(&plot, input, all);
	pr_figure_draw(figure, &plot, "blocks.gp", alt);
	pr_plot_fini(&plot);
	free(name);
	free(alt);
}

static void tabulate(struct pr_table *table, const struct pr_input *input, const struct series *all,
                     const char *workload)
{
	pr_table_group(table, workload);
	for (size_t i = 0; i < input->phases.count; i++) {
		const struct series *s = &all[i];
		double range =
		        s->count > 0 ? s->dots[s->count - 1].value / s->dots[0].value - 1 : NAN;

		pr_table_row(table, input->phases.items[i], NULL);
		pr_table_text(table, "%zu", s->count);
		pr_table_text(table, "%zu", s->left_out);
		if (s->count == 0) {
			for (int column = 0; column < 4; column++)
				pr_table_missing(table, NULL);
			continue;
		}
		pr_table_text(table, "%s", pr_words_value(s->dots[0].value, "msg/s").text);
		pr_table_text(table, "%s", pr_words_value(s->median, "msg/s").text);
		pr_table_text(table, "%s",
		              pr_words_value(s->dots[s->count - 1].value, "msg/s").text);
		pr_table_text(table, "%.1f %%", range * 100);
	}
}

static struct pr_table *add_table(struct pr_model *model)
{
	struct pr_table *table =
	        pr_model_table(model, "Throughput of the blocks, in messages a second");

	table->folded = true;
	pr_table_column(table, PR_COLUMN_TEXT, "phase", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "blocks", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "left out", "void or failed");
	pr_table_column(table, PR_COLUMN_NUMBER, "slowest", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "median", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "fastest", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "fastest over slowest", NULL);
	return table;
}

static bool has_dots(const struct series *all, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (all[i].count > 0)
			return true;
	return false;
}

static void free_series(struct series *all, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(all[i].dots);
	free(all);
}

static struct pr_figure *add_figure(struct pr_model *model)
{
	return pr_model_figure(
	        model,
	        "Throughput of every block. Each mark is one block of one phase, the first "
	        "block at the top of its row; the bar is the median of the phase, the dashed "
	        "line that of the baseline. Right is better.");
}

/* At a given load every phase is as fast as its sender: no picture.  */
void pr_figure_blocks(struct pr_model *model, const struct pr_input *input)
{
	size_t phases = input->phases.count;
	struct pr_figure *figure = pr_figure_all_steps(input) ? NULL : add_figure(model);
	struct pr_table *table = add_table(model);

	for (size_t w = 0; w < input->workloads.count; w++) {
		struct series *all = collect(input, input->workloads.items[w]);

		if (has_dots(all, phases) && !pr_figure_is_step(input, input->workloads.items[w]))
			draw(figure, input, all, w);
		tabulate(table, input, all, input->workloads.items[w]);
		free_series(all, phases);
	}
	if (figure && figure->panel_count == 0 && !figure->missing)
		pr_model_figure_missing(figure, "No block of this run has a throughput.");
}
