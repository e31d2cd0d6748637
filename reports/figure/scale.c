/* SPDX-License-Identifier: MIT */
/* reports/figure/scale.c - speed, latency and cost along an option that the run sweeps: message
 * sizes, connections, requests under way.
 *
 * The sweeps are those of the curves (explanation); the values those of the comparison.  Values of
 * the option stand at equal steps; upwards a logarithm, so that a factor is a length.  */
#include "reports/figure/figure.h"

#include <math.h>
#include <stdlib.h>

#include "core/base/buf.h"
#include "reports/axis.h"
#include "reports/section/section.h"
#include "reports/words.h"

static const struct quantity {
	const char *name, *metric, *unit, *title;
} quantities[] = {
        {"scale-speed", "throughput", "msg/s", "messages a second"},
        {"scale-latency", "latency_p50", "ns", "median latency"},
        {"scale-cpu", "cpu_per_message", "ns", "CPU time per message"},
};

#define QUANTITIES (sizeof(quantities) / sizeof(*quantities))

/* One panel.  */
struct scale {
	const struct pr_input *input;
	const json_t *curve, *workloads, *values;
	const struct quantity *quantity;
	double least, most;
};

/* {"value","lo","hi"} of a phase at a value of the option; NULL where nothing was measured.  */
static const json_t *side_at(const struct scale *scale, const char *phase, size_t index)
{
	const char *workload = json_string_value(json_array_get(scale->workloads, index));
	const json_t *row;
	const json_t *side = workload ? pr_section_side(scale->input, workload, phase,
	                                                scale->quantity->metric, &row)
	                              : NULL;

	return pr_input_number(side, "value") > 0 ? side : NULL;
}

static void find_range(struct scale *scale)
{
	scale->least = INFINITY;
	scale->most = 0;
	for (size_t p = 0; p < scale->input->phases.count; p++)
		for (size_t i = 0; i < json_array_size(scale->workloads); i++) {
			const json_t *side = side_at(scale, scale->input->phases.items[p], i);
			double value = pr_input_number(side, "value");

			scale->least = fmin(scale->least, value);
			scale->most = fmax(scale->most, value);
		}
}

static struct pr_words option_words(const struct scale *scale, size_t index)
{
	return pr_words_count(json_number_value(json_array_get(scale->values, index)));
}

static void add_line(struct pr_plot *plot, const struct scale *scale, const char *phase)
{
	pr_plot_add(plot, "NaN NaN\n");
	for (size_t i = 0; i < json_array_size(scale->workloads); i++) {
		const json_t *side = side_at(scale, phase, i);

		if (side)
			pr_plot_add(plot, "%zu %.8g\n", i + 1, pr_input_number(side, "value"));
	}
	pr_plot_add(plot, "\n\n");
}

static void add_marks(struct pr_plot *plot, const struct scale *scale, const char *phase)
{
	pr_plot_add(plot, "NaN NaN NaN NaN none\n");
	for (size_t i = 0; i < json_array_size(scale->workloads); i++) {
		const json_t *side = side_at(scale, phase, i);
		double value = pr_input_number(side, "value"), lo = pr_input_number(side, "lo"),
		       hi = pr_input_number(side, "hi");
		char *text;

		if (!side)
			continue;
		text = pr_asprintf("%s, %s %s: %s", phase, pr_json_text(scale->curve, "option"),
		                   option_words(scale, i).text,
		                   pr_words_value(value, scale->quantity->unit).text);
		pr_plot_add(plot, "%zu %.8g %.8g %.8g %s\n", i + 1, value, lo > 0 ? lo : value,
		            hi > 0 ? hi : value, pr_plot_token(plot, text).text);
		free(text);
	}
	pr_plot_add(plot, "\n\n");
}

static void add_data(struct pr_plot *plot, const struct scale *scale)
{
	const struct pr_names *phases = &scale->input->phases;

	pr_plot_add(plot, "$lines << END\n");
	for (size_t i = 0; i < phases->count; i++)
		add_line(plot, scale, phases->items[i]);
	pr_plot_add(plot, "END\n$marks << END\n");
	for (size_t i = 0; i < phases->count; i++)
		add_marks(plot, scale, phases->items[i]);
	pr_plot_add(plot, "END\nnames = \"");
	for (size_t i = 0; i < phases->count; i++)
		pr_plot_add(plot, "%s ", pr_plot_token(plot, phases->items[i]).text);
	pr_plot_add(plot, "\"\n");
}

static void add_axes(struct pr_plot *plot, const struct scale *scale)
{
	struct pr_axis axis = pr_axis_log(scale->least, scale->most, 7);
	size_t count = json_array_size(scale->workloads);

	pr_plot_number(plot, "x_hi", (double)count + 0.3);
	pr_plot_number(plot, "y_lo", axis.lo);
	pr_plot_number(plot, "y_hi", axis.hi);
	pr_plot_add(plot, "set xtics ()\nset ytics ()\n");
	pr_figure_steps(plot, scale->values);
	for (size_t i = 0; i < axis.count; i++)
		pr_plot_tic(plot, "y", axis.marks[i],
		            pr_words_mark(axis.marks[i], scale->quantity->unit).text);
}

static void draw(struct pr_figure *figure, struct scale *scale, size_t number)
{
	const char *title = pr_json_text(scale->curve, "title"),
	           *option = pr_json_text(scale->curve, "option");
	struct pr_plot plot;
	char *name, *alt, *x_text;

	find_range(scale);
	if (!(scale->most > 0))
		return;
	name = pr_figure_name(scale->quantity->name, number);
	x_text = pr_asprintf("%s, %s", title, option);
	alt = pr_asprintf("Line plot of %s against %s in %s, one line for each phase; the values "
	                  "are in the tables of the workloads.",
	                  scale->quantity->title, option, title);
	pr_plot_init(&plot, name, PR_FIGURE_WIDTH, 330 + 18 * (unsigned)scale->input->phases.count);
	pr_plot_string(&plot, "title_text", scale->quantity->title);
	pr_plot_string(&plot, "x_text", x_text);
	pr_plot_number(&plot, "rows", (double)scale->input->phases.count);
	pr_plot_number(&plot, "key_rows", (double)scale->input->phases.count);
	add_data(&plot, scale);
	add_axes(&plot, scale);
	pr_figure_draw(figure, &plot, "scale.gp", alt);
	pr_plot_fini(&plot);
	free(alt);
	free(x_text);
	free(name);
}

void pr_figure_scale(struct pr_model *model, const struct pr_input *input)
{
	const json_t *curves = pr_input_array(input->explanation, "curves");
	struct pr_figure *figure = NULL;
	size_t index;
	json_t *curve;

	json_array_foreach((json_t *)curves, index, curve)
	{
		struct scale scale = {.input = input,
		                      .curve = curve,
		                      .workloads = pr_input_array(curve, "workloads"),
		                      .values = pr_input_array(curve, "values")};

		if (!pr_json_text(curve, "title") || !pr_json_text(curve, "option") ||
		    json_array_size(scale.workloads) < 2)
			continue;
		if (!figure)
			figure = pr_model_figure(
			        model,
			        "How speed, latency and cost change along an option, with 95 % "
			        "intervals. Upwards a logarithm: lines that run side by side "
			        "differ by the same factor everywhere.");
		for (size_t q = 0; q < QUANTITIES; q++) {
			scale.quantity = &quantities[q];
			draw(figure, &scale, index);
		}
	}
	if (figure && figure->panel_count == 0 && !figure->missing)
		pr_model_figure_missing(figure, "Nothing of these workloads could be compared.");
}
