/* SPDX-License-Identifier: MIT */
/* reports/figure/walk.c - what a read costs against the buffers that are held back: "walks" of the
 * explanation, a line for each phase, and a table of the fits.
 *
 * The upright line is the cap of the first true proactor.  */
#include "reports/figure/figure.h"

#include <math.h>
#include <stdlib.h>

#include "core/base/buf.h"
#include "reports/axis.h"
#include "reports/words.h"

#define CAP_BYTES (10.0 * 1024 * 1024)

/* The walk of a phase in the first workload that has walks.  */
static const json_t *walk_of(const struct pr_input *input, const char *phase)
{
	const json_t *walks = pr_input_array(input->explanation, "walks");
	const char *workload = pr_json_text(json_array_get(walks, 0), "workload");

	return pr_input_find(walks, "phase", phase, "workload", workload);
}

static void add_points(struct pr_plot *plot, const json_t *walk, const char *phase, bool hover)
{
	size_t index;
	json_t *point;

	pr_plot_add(plot, hover ? "NaN NaN none\n" : "NaN NaN\n");
	json_array_foreach(pr_input_array(walk, "points"), index, point)
	{
		double buffers = pr_input_number(point, "buffers");
		double ns = pr_input_number(point, "ns");
		char *text;

		if (isnan(buffers) || isnan(ns))
			continue;
		if (!hover) {
			pr_plot_add(plot, "%.8g %.8g\n", buffers, ns);
			continue;
		}
		text = pr_asprintf("%s, %s buffers: %s", phase, pr_words_count(floor(buffers)).text,
		                   pr_words_value(ns, "ns").text);
		pr_plot_add(plot, "%.8g %.8g %s\n", buffers, ns, pr_plot_token(plot, text).text);
		free(text);
	}
	pr_plot_add(plot, "\n\n");
}

static void add_data(struct pr_plot *plot, const struct pr_input *input)
{
	pr_plot_add(plot, "$lines << END\n");
	for (size_t i = 0; i < input->phases.count; i++)
		add_points(plot, walk_of(input, input->phases.items[i]), NULL, false);
	pr_plot_add(plot, "END\n$marks << END\n");
	for (size_t i = 0; i < input->phases.count; i++)
		add_points(plot, walk_of(input, input->phases.items[i]), input->phases.items[i],
		           true);
	pr_plot_add(plot, "END\nnames = \"");
	for (size_t i = 0; i < input->phases.count; i++)
		pr_plot_add(plot, "%s ", pr_plot_token(plot, input->phases.items[i]).text);
	pr_plot_add(plot, "\"\n");
}

/* The largest number of the points of all lines.  */
static double find_most(const struct pr_input *input, const char *key)
{
	double most = 1;

	for (size_t i = 0; i < input->phases.count; i++) {
		size_t index;
		json_t *point;

		json_array_foreach(pr_input_array(walk_of(input, input->phases.items[i]), "points"),
		                   index, point)
		{
			most = fmax(most, pr_input_number(point, key));
		}
	}
	return most;
}

static void add_axes(struct pr_plot *plot, const struct pr_input *input)
{
	struct pr_axis across = pr_axis_linear(find_most(input, "buffers"));
	struct pr_axis up = pr_axis_linear(find_most(input, "ns"));
	const json_t *first = json_array_get(pr_input_array(input->explanation, "walks"), 0);
	double cap = CAP_BYTES / pr_input_number(first, "read_bytes");

	pr_plot_number(plot, "x_lo", 0);
	pr_plot_number(plot, "x_hi", across.hi);
	pr_plot_number(plot, "y_hi", up.hi);
	pr_plot_number(plot, "mark_1", cap <= across.hi ? cap : 0);
	pr_plot_number(plot, "mark_2", cap <= across.hi ? cap : 0);
	pr_plot_add(plot, "set xtics ()\nset ytics ()\n");
	for (size_t i = 0; i < across.count; i++)
		pr_plot_tic(plot, "x", across.marks[i], pr_words_mark(across.marks[i], NULL).text);
	for (size_t i = 0; i < up.count; i++)
		pr_plot_tic(plot, "y", up.marks[i], pr_words_mark(up.marks[i], "ns").text);
}

static void put_value(struct pr_table *table, double value)
{
	if (isnan(value))
		pr_table_missing(table, NULL);
	else
		pr_table_text(table, "%s", pr_words_value(value, "ns").text);
}

static void put_row(struct pr_table *table, const json_t *walk)
{
	double base = pr_input_number(walk, "base_ns"), step = pr_input_number(walk, "step_ns");
	double lo = pr_input_number(walk, "step_lo"), hi = pr_input_number(walk, "step_hi");
	double cap = CAP_BYTES / pr_input_number(walk, "read_bytes");
	char *interval = isnan(lo) || isnan(hi)
	                         ? NULL
	                         : pr_asprintf("[%s, %s]", pr_words_value(lo, "ns").text,
	                                       pr_words_value(hi, "ns").text);

	pr_table_row(table, pr_json_text(walk, "phase"), pr_json_text(walk, "workload"));
	pr_table_text(table, "%s", pr_json_text(walk, "size_check"));
	put_value(table, base);
	pr_table_cell(table, PR_TONE_PLAIN, pr_words_value(step, "ns").text, interval, NULL);
	put_value(table, base + step * cap);
	free(interval);
}

static void put_table(struct pr_model *model, const json_t *walks)
{
	struct pr_table *table =
	        pr_model_table(model, "CPU time of a read, as a line through the samples of each "
	                              "trial; medians of the trials");
	size_t index;
	json_t *walk;

	pr_table_column(table, PR_COLUMN_TEXT, "phase", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "size check", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "nothing held", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "more", "for each buffer held");
	pr_table_column(table, PR_COLUMN_NUMBER, "with 10\u00a0MiB held", NULL);
	json_array_foreach((json_t *)walks, index, walk)
	{
		put_row(table, walk);
	}
}

void pr_figure_walk(struct pr_model *model, const struct pr_input *input, size_t number)
{
	const json_t *walks = pr_input_array(input->explanation, "walks");
	struct pr_figure *figure;
	struct pr_plot plot;
	char *name;

	if (json_array_size(walks) == 0)
		return;
	name = number == 0 ? pr_strdup("walk") : pr_figure_name("walk", number);
	figure = pr_model_figure(
	        model, "CPU time of a read against the buffers that are held back already. "
	               "A walk over them grows with their number; a counter does not. "
	               "Upright: 10 MiB, the cap of the first true proactor.");
	pr_plot_init(&plot, name, PR_FIGURE_WIDTH + 40, 330 + 18 * (unsigned)input->phases.count);
	pr_plot_string(&plot, "title_text", "CPU time of a read");
	pr_plot_string(&plot, "x_text", "buffers held");
	pr_plot_number(&plot, "rows", (double)input->phases.count);
	pr_figure_slots(&plot, input);
	pr_plot_number(&plot, "key_rows", (double)input->phases.count);
	add_data(&plot, input);
	add_axes(&plot, input);
	pr_figure_draw(figure, &plot, "line.gp",
	               "Line plot of the CPU time of a read against the buffers held, one line for "
	               "each phase; the fits are in the table below.");
	pr_plot_fini(&plot);
	free(name);
	put_table(model, walks);
}
