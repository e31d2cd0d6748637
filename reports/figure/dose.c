/* SPDX-License-Identifier: MIT */
/* reports/figure/dose.c - what a message takes longer the more calls are added to an engine that is
 * otherwise as it was, one line for each phase.  */
#include "reports/figure/figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "reports/axis.h"
#include "reports/words.h"

static const struct quantity {
	const char *metric, *name, *title;
} quantities[] = {
        {"cpu", "dose-cpu", "CPU time per message, change"},
        {"time", "dose-time", "time per message, change"},
};

#define QUANTITIES (sizeof(quantities) / sizeof(*quantities))

static bool is_series(const json_t *dose, const char *workload, const struct quantity *quantity)
{
	return pr_input_is(dose, "workload", workload) &&
	       pr_input_is(dose, "metric", quantity->metric);
}

/* The phase that a series belongs to: the one without a dose, or its first.  */
static const char *phase_of(const json_t *dose)
{
	const char *of = pr_json_text(dose, "of");

	return of != NULL ? of
	                  : json_string_value(json_array_get(pr_input_array(dose, "phases"), 0));
}

static size_t phase_number(const struct pr_input *input, const char *label)
{
	for (size_t i = 0; i < input->phases.count; i++)
		if (label != NULL && strcmp(input->phases.items[i], label) == 0)
			return i + 1;
	return 1;
}

static double percent(const json_t *point, const char *key)
{
	return 100 * (pr_input_number(point, key) - 1);
}

static void add_point(struct pr_plot *plot, const json_t *dose, const json_t *point)
{
	double value = percent(point, "ratio"), lo = percent(point, "lo"),
	       hi = percent(point, "hi");
	char *text;

	if (isnan(value))
		return;
	text = pr_asprintf("%s, %s added per message: %+.1f %%", phase_of(dose),
	                   pr_words_value(pr_input_number(point, "added"), "calls/msg").text,
	                   value);
	pr_plot_add(plot, "%.8g %.8g %.8g %.8g %s\n", pr_input_number(point, "added"), value,
	            isnan(lo) ? value : lo, isnan(hi) ? value : hi, pr_plot_token(plot, text).text);
	free(text);
}

struct span {
	double x_hi, y_lo, y_hi;
	size_t series;
};

static void widen(struct span *span, const json_t *dose)
{
	size_t i;
	json_t *point;

	span->series++;
	json_array_foreach(pr_input_array(dose, "points"), i, point)
	{
		span->x_hi = fmax(span->x_hi, pr_input_number(point, "added"));
		span->y_lo = fmin(span->y_lo, percent(point, "lo"));
		span->y_hi = fmax(span->y_hi, fmax(percent(point, "ratio"), percent(point, "hi")));
	}
}

/* Adds the series of a workload and metric: data, and the lists that the template wants.  */
static struct span add_data(struct pr_plot *plot, const struct pr_input *input, const json_t *doses,
                            const char *workload, const struct quantity *quantity)
{
	struct span span = {1, 0, 1, 0};
	struct pr_buf numbers, names;
	size_t i, p;
	json_t *dose, *point;

	pr_buf_init(&numbers);
	pr_buf_init(&names);
	pr_plot_add(plot, "$doses << END\n");
	json_array_foreach((json_t *)doses, i, dose)
	{
		if (!is_series(dose, workload, quantity))
			continue;
		json_array_foreach(pr_input_array(dose, "points"), p, point)
		{
			add_point(plot, dose, point);
		}
		pr_plot_add(plot, "\n\n");
		pr_buf_printf(&numbers, "%zu ", phase_number(input, phase_of(dose)));
		pr_buf_printf(&names, "%s ", pr_plot_token(plot, phase_of(dose)).text);
		widen(&span, dose);
	}
	pr_plot_add(plot, "END\nnumbers = \"%s\"\nnames = \"%s\"\n",
	            span.series > 0 ? numbers.text : "", span.series > 0 ? names.text : "");
	pr_buf_fini(&numbers);
	pr_buf_fini(&names);
	return span;
}

static void add_axes(struct pr_plot *plot, const struct span *span)
{
	struct pr_axis x = pr_axis_linear(span->x_hi), y = pr_axis_linear(span->y_hi);

	pr_plot_number(plot, "x_hi", span->x_hi + 0.2);
	pr_plot_number(plot, "y_lo", span->y_lo);
	pr_plot_number(plot, "y_hi", y.hi);
	pr_plot_add(plot, "set xtics ()\nset ytics ()\n");
	for (size_t i = 0; i < x.count; i++)
		pr_plot_tic(plot, "x", x.marks[i], pr_words_mark(x.marks[i], NULL).text);
	for (size_t i = 0; i < y.count; i++) {
		char *text = pr_asprintf("%+.0f\u00a0%%", y.marks[i]);

		pr_plot_tic(plot, "y", y.marks[i], y.marks[i] == 0 ? "0" : text);
		free(text);
	}
}

static void draw(struct pr_figure *figure, const struct pr_input *input, const json_t *doses,
                 size_t workload, const struct quantity *quantity)
{
	const char *label = input->workloads.items[workload];
	char *name = pr_figure_name(quantity->name, workload);
	char *alt = pr_asprintf("Line plot of %s against calls added per message in %s, one line "
	                        "for each phase; the values are in the table below.",
	                        quantity->title, label);
	char *x_text = pr_asprintf("calls added per message, %s", label);
	struct pr_plot plot;
	struct span span;

	pr_plot_init(&plot, name, PR_FIGURE_WIDTH, 360);
	pr_plot_string(&plot, "title_text", quantity->title);
	pr_plot_string(&plot, "x_text", x_text);
	span = add_data(&plot, input, doses, label, quantity);
	pr_plot_number(&plot, "rows", (double)span.series);
	pr_plot_number(&plot, "key_rows", (double)span.series);
	add_axes(&plot, &span);
	if (span.series > 0)
		pr_figure_draw(figure, &plot, "dose.gp", alt);
	pr_plot_fini(&plot);
	free(name);
	free(alt);
	free(x_text);
}

void pr_figure_dose(struct pr_model *model, const struct pr_input *input)
{
	const json_t *doses = pr_input_array(input->comparison, "doses");
	struct pr_figure *figure = pr_model_figure(
	        model, "What a message takes longer when calls are added to the same engine; bars "
	               "are 95 % intervals. The slope is what one such call costs where it is "
	               "made; the line carried on to the left foretells what fewer would earn.");

	for (size_t w = 0; w < input->workloads.count; w++)
		for (size_t q = 0; q < QUANTITIES; q++)
			draw(figure, input, doses, w, &quantities[q]);
	if (figure->panel_count == 0 && !figure->missing)
		pr_model_figure_missing(figure, "No series of doses was measured.");
}
