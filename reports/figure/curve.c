/* SPDX-License-Identifier: MIT */
/* reports/figure/curve.c - would-blocks per message along an option that the run sweeps, and beside
 * them the share of reads that find data.
 *
 * The report that started this said that the socket is often empty when a read is made.  How often,
 * and what changes it, is a curve.  Values of the option stand at equal steps, so that 0 has a
 * place beside 1,000,000.  */
#include "reports/figure/figure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/buf.h"
#include "reports/axis.h"
#include "reports/words.h"

/* What a panel shows of a point.  */
static const struct quantity {
	const char *name, *key, *title;
	double highest; /* of the axis; 0: as the data want it */
} quantities[] = {
        {"curve-blocks", "would_blocks_per_message", "would-blocks per message", 0},
        {"curve-found", "found_share", "reads that find data", 1},
};

#define QUANTITIES (sizeof(quantities) / sizeof(*quantities))

static const char *name_of(const json_t *curve, const char *key)
{
	const char *name = pr_json_text(curve, key);

	return name != NULL ? name : PR_DASH;
}

static struct pr_words value_words(const struct quantity *quantity, double value)
{
	return quantity->highest > 0 ? pr_words_percent(value) : pr_words_value(value, "calls/msg");
}

static const json_t *points_of(const json_t *curve, const char *phase)
{
	return pr_input_array(
	        pr_input_find(pr_input_array(curve, "phases"), "phase", phase, NULL, NULL),
	        "points");
}

static double value_at(const json_t *points, size_t index, const struct quantity *quantity)
{
	return pr_input_number(json_array_get(points, index), quantity->key);
}

static struct pr_words option_words(const json_t *curve, size_t index)
{
	return pr_words_count(
	        json_number_value(json_array_get(pr_input_array(curve, "values"), index)));
}

/* The points of one phase; a block that is not empty, so that the index counts it.  */
static void add_line(struct pr_plot *plot, const json_t *points, const struct quantity *quantity)
{
	pr_plot_add(plot, "NaN NaN\n");
	for (size_t i = 0; i < json_array_size(points); i++)
		if (!isnan(value_at(points, i, quantity)))
			pr_plot_add(plot, "%zu %.8g\n", i + 1, value_at(points, i, quantity));
	pr_plot_add(plot, "\n\n");
}

static void add_marks(struct pr_plot *plot, const json_t *curve, const char *phase,
                      const struct quantity *quantity)
{
	const json_t *points = points_of(curve, phase);

	pr_plot_add(plot, "NaN NaN none\n");
	for (size_t i = 0; i < json_array_size(points); i++) {
		double value = value_at(points, i, quantity);
		char *text;

		if (isnan(value))
			continue;
		text = pr_asprintf("%s, %s %s: %s", phase, name_of(curve, "option"),
		                   option_words(curve, i).text, value_words(quantity, value).text);
		pr_plot_add(plot, "%zu %.8g %s\n", i + 1, value, pr_plot_token(plot, text).text);
		free(text);
	}
	pr_plot_add(plot, "\n\n");
}

static void add_data(struct pr_plot *plot, const struct pr_input *input, const json_t *curve,
                     const struct quantity *quantity)
{
	pr_plot_add(plot, "$lines << END\n");
	for (size_t i = 0; i < input->phases.count; i++)
		add_line(plot, points_of(curve, input->phases.items[i]), quantity);
	pr_plot_add(plot, "END\n$marks << END\n");
	for (size_t i = 0; i < input->phases.count; i++)
		add_marks(plot, curve, input->phases.items[i], quantity);
	pr_plot_add(plot, "END\nnames = \"");
	for (size_t i = 0; i < input->phases.count; i++)
		pr_plot_add(plot, "%s ", pr_plot_token(plot, input->phases.items[i]).text);
	pr_plot_add(plot, "\"\n");
}

/* 0 when nothing was counted.  */
static double find_highest(const struct pr_input *input, const json_t *curve,
                           const struct quantity *quantity, bool *any)
{
	double most = 0;

	*any = false;
	for (size_t p = 0; p < input->phases.count; p++) {
		const json_t *points = points_of(curve, input->phases.items[p]);

		for (size_t i = 0; i < json_array_size(points); i++)
			if (!isnan(value_at(points, i, quantity))) {
				most = fmax(most, value_at(points, i, quantity));
				*any = true;
			}
	}
	return most;
}

static struct pr_words mark(const struct quantity *quantity, double value)
{
	struct pr_words words = pr_words_mark(value, NULL);

	if (quantity->highest > 0)
		snprintf(words.text, sizeof(words.text), "%.0f\u00a0%%", 100 * value);
	return words;
}

static void add_axes(struct pr_plot *plot, const json_t *curve, const struct quantity *quantity,
                     double most)
{
	size_t count = json_array_size(pr_input_array(curve, "values"));
	struct pr_axis axis = pr_axis_linear(quantity->highest > 0 ? quantity->highest
	                                     : most > 0            ? most
	                                                           : 1);

	pr_plot_number(plot, "x_hi", (double)count + 0.3);
	pr_plot_number(plot, "y_hi", quantity->highest > 0 ? 1.05 : axis.hi);
	pr_plot_add(plot, "set xtics ()\nset ytics ()\n");
	pr_figure_steps(plot, pr_input_array(curve, "values"));
	for (size_t i = 0; i < axis.count; i++)
		pr_plot_tic(plot, "y", axis.marks[i], mark(quantity, axis.marks[i]).text);
}

static char *describe(const json_t *curve, const struct quantity *quantity)
{
	return pr_asprintf("Line plot of %s against %s in %s, one line for each phase; the values "
	                   "are in the table below.",
	                   quantity->title, name_of(curve, "option"), name_of(curve, "title"));
}

static void draw(struct pr_figure *figure, const struct pr_input *input, const json_t *curve,
                 size_t number, const struct quantity *quantity)
{
	char *name = pr_figure_name(quantity->name, number);
	char *alt = describe(curve, quantity);
	char *x_text = pr_asprintf("%s, %s", name_of(curve, "title"), name_of(curve, "option"));
	struct pr_plot plot;
	bool any;
	double most = find_highest(input, curve, quantity, &any);

	pr_plot_init(&plot, name, PR_FIGURE_WIDTH, 330 + 18 * (unsigned)input->phases.count);
	pr_plot_string(&plot, "title_text", quantity->title);
	pr_plot_string(&plot, "x_text", x_text);
	pr_plot_number(&plot, "rows", (double)input->phases.count);
	pr_plot_number(&plot, "key_rows", (double)input->phases.count);
	add_data(&plot, input, curve, quantity);
	add_axes(&plot, curve, quantity, most);
	if (any)
		pr_figure_draw(figure, &plot, "curve.gp", alt);
	pr_plot_fini(&plot);
	free(name);
	free(alt);
	free(x_text);
}

static void put_point(struct pr_table *table, const json_t *point)
{
	double failed = pr_input_number(point, "would_blocks_per_message");
	double reads = pr_input_number(point, "receives_per_message");
	double found = pr_input_number(point, "found_share");
	char *detail, *note;

	if (isnan(failed)) {
		pr_table_missing(table, NULL);
		return;
	}
	detail = pr_asprintf("%s reads", pr_words_value(reads, "calls/msg").text);
	note = isnan(found) ? NULL : pr_asprintf("%s find data", pr_words_percent(found).text);
	pr_table_cell(table, PR_TONE_PLAIN, pr_words_value(failed, "calls/msg").text, detail, note);
	free(detail);
	free(note);
}

static void put_table(struct pr_model *model, const json_t *curve)
{
	char *caption = pr_asprintf("%s: would-blocks and reads per message against %s, and how "
	                            "many reads find data",
	                            name_of(curve, "title"), name_of(curve, "option"));
	struct pr_table *table = pr_model_table(model, caption);
	size_t count = json_array_size(pr_input_array(curve, "values")), index;
	json_t *phase;

	free(caption);
	pr_table_column(table, PR_COLUMN_TEXT, "phase", NULL);
	for (size_t i = 0; i < count; i++)
		pr_table_column(table, PR_COLUMN_NUMBER, option_words(curve, i).text, NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "probe", NULL);
	json_array_foreach(pr_input_array(curve, "phases"), index, phase)
	{
		const json_t *points = pr_input_array(phase, "points");

		pr_table_row(table, pr_json_text(phase, "phase"), NULL);
		for (size_t i = 0; i < count; i++)
			put_point(table, json_array_get(points, i));
		pr_table_cell(table, PR_TONE_PLAIN, pr_json_text(phase, "probe"), NULL, NULL);
	}
}

void pr_figure_curve(struct pr_model *model, const struct pr_input *input)
{
	const json_t *curves = pr_input_array(input->explanation, "curves");
	struct pr_figure *figure = pr_model_figure(
	        model, "Would-blocks per message along an option, and the share of reads that find "
	               "data. A line that falls on the left while its line on the right stays says "
	               "that messages come together, not that reads are better timed.");
	size_t index;
	json_t *curve;

	json_array_foreach((json_t *)curves, index, curve)
	{
		for (size_t q = 0; q < QUANTITIES; q++)
			draw(figure, input, curve, index, &quantities[q]);
	}
	if (figure->panel_count == 0 && !figure->missing)
		pr_model_figure_missing(figure, "No trial of this run counted its receives.");
	json_array_foreach((json_t *)curves, index, curve)
	{
		put_table(model, curve);
	}
}
