/* SPDX-License-Identifier: MIT */
/* reports/figure/effects.c - the change of each phase in what decides, with its interval, beside
 * the band in which nothing counts.
 *
 * The axis is the logarithm of the ratio.  It ends where the bulk of the phases ends, so that a
 * change of 2 % can be seen beside another engine that is three times as fast: what lies beyond is
 * an arrow, and every number stands at the right.  */
#include "reports/figure/figure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/numbers.h"
#include "core/base/buf.h"

#define PANELS_MOST 12

/* An axis shows this many times what half of the phases differ by, and at least this many bands. */
#define SPREADS 4.0
#define BANDS   2.5

/* What a panel shows.  */
struct effects {
	const struct pr_input *input;
	const char *workload, *metric;
	double band; /* logarithm of 1 + the floor */
	double end;  /* of the axis, left and right */
};

static const json_t *row_of(const struct effects *effects, size_t phase)
{
	const char *label = effects->input->phases.items[phase];
	size_t index;
	json_t *row;

	json_array_foreach(pr_input_array(effects->input->comparison, "rows"), index, row)
	{
		if (pr_input_is(row, "workload", effects->workload) &&
		    pr_input_is(row, "metric", effects->metric) && pr_input_is(row, "phase", label))
			return row;
	}
	return NULL;
}

/* NaN where there is none, or it is no ratio.  */
static double log_of(const json_t *row, const char *key)
{
	double effect = pr_input_number(row, key);

	return effect > -1 && effect < 1e6 ? log(1 + effect) : NAN;
}

/* ---- the axis -------------------------------------------------------------------------------- */

static int compare_numbers(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static bool find_end(struct effects *effects)
{
	double sizes[PR_INPUT_NAMES], most = 0;
	size_t count = 0;

	for (size_t i = 0; i < effects->input->phases.count; i++) {
		const json_t *row = row_of(effects, i);
		double size = fabs(log_of(row, "effect")), lo = fabs(log_of(row, "effect_lo")),
		       hi = fabs(log_of(row, "effect_hi"));

		if (isnan(size))
			continue;
		sizes[count++] = size;
		most = fmax(most, fmax(size, fmax(lo, hi)));
	}
	if (count == 0)
		return false;
	qsort(sizes, count, sizeof(*sizes), compare_numbers);
	effects->end = fmin(most * 1.1, SPREADS * sizes[count / 2]);
	effects->end = fmax(effects->end, BANDS * effects->band);
	return true;
}

static const double ratios[] = {1.005, 1.01, 1.02, 1.05, 1.1, 1.2, 1.5, 2, 3, 5, 10, 20, 50, 100};

#define RATIO_COUNT (sizeof(ratios) / sizeof(*ratios))

/* Pixels: of a character, of the numbers at the right, of a mark with the space around it.  */
#define CHARACTER 8.5
#define RIGHT     (18 * CHARACTER)
#define MARK      54

/* The part of half the axis that a mark takes.  */
static double find_room(const struct pr_names *labels)
{
	double left = pr_figure_left_width(labels) * CHARACTER;

	return MARK / ((PR_FIGURE_WIDTH - left - RIGHT) / 2);
}

/* "0", "+20 %", "\u00d73": what a mark says of the ratio at it.  */
static void add_mark(struct pr_plot *plot, double at)
{
	double ratio = exp(at);
	char text[32] = "0";

	if (at > 0 && ratio >= 1.9)
		snprintf(text, sizeof(text), "\u00d7%.3g", ratio);
	else if (at != 0)
		snprintf(text, sizeof(text), "%s%.2g\u00a0%%", at > 0 ? "+" : "\u2212",
		         fabs(ratio - 1) * 100);
	pr_plot_tic(plot, "x", at, text);
}

/* Both ways at the same ratios down to a half; further down at powers, as factors are read.  */
static void add_axes(struct pr_plot *plot, const struct effects *effects)
{
	double last = 0, lowest = 0, room = find_room(&effects->input->phases) * effects->end;

	pr_plot_number(plot, "x_lo", -effects->end);
	pr_plot_number(plot, "x_hi", effects->end);
	pr_plot_number(plot, "band_lo", -fmin(effects->band, effects->end));
	pr_plot_number(plot, "band_hi", fmin(effects->band, effects->end));
	pr_plot_add(plot, "set xtics ()\nset ytics ()\n");
	add_mark(plot, 0);
	for (size_t i = 0; i < RATIO_COUNT; i++) {
		double up = log(ratios[i]), down = ratios[i] < 2 ? log(2 - ratios[i]) : -up;

		if (up <= effects->end && up - last >= room) {
			add_mark(plot, up);
			last = up;
		}
		if (-down <= effects->end && lowest - down >= room) {
			add_mark(plot, down);
			lowest = down;
		}
	}
	for (size_t i = 0; i < effects->input->phases.count; i++)
		pr_plot_tic(plot, "y", (double)i + 1, effects->input->phases.items[i]);
}

/* ---- the data -------------------------------------------------------------------------------- */

/* "−1.8 % [−2.3, −0.9]", "baseline", "void".  */
static struct pr_numbers value_of(const struct effects *effects, size_t phase)
{
	const json_t *row = row_of(effects, phase);
	struct pr_numbers text = {.text = "\u2013"};

	if (effects->input->baseline &&
	    !strcmp(effects->input->phases.items[phase], effects->input->baseline))
		strcpy(text.text, "baseline");
	else if (!isnan(pr_input_number(row, "effect")))
		text = pr_numbers_effect(pr_input_number(row, "effect"),
		                         pr_input_number(row, "effect_lo"),
		                         pr_input_number(row, "effect_hi"));
	return text;
}

static double clamp(const struct effects *effects, double x)
{
	return fmax(-effects->end, fmin(effects->end, x));
}

static void add_effect(struct pr_plot *plot, const struct effects *effects, size_t phase)
{
	const json_t *row = row_of(effects, phase);
	const char *label = effects->input->phases.items[phase];
	bool is_baseline = effects->input->baseline && !strcmp(label, effects->input->baseline);
	double x = is_baseline ? 0 : log_of(row, "effect"), lo = log_of(row, "effect_lo"),
	       hi = log_of(row, "effect_hi");
	char *text = pr_asprintf("%s: %s", label, value_of(effects, phase).text);

	lo = isnan(lo) ? x : lo;
	hi = isnan(hi) ? x : hi;
	if (fabs(x) <= effects->end) /* not NaN */
		pr_plot_add(plot, "%.8g %zu %.8g %.8g %s\n\n\n", x, phase + 1, clamp(effects, lo),
		            clamp(effects, hi), pr_plot_token(plot, text).text);
	else
		pr_plot_add(plot, "NaN %zu NaN NaN NaN\n\n\n", phase + 1);
	free(text);
}

static void add_data(struct pr_plot *plot, const struct effects *effects)
{
	size_t count = effects->input->phases.count;

	pr_plot_add(plot, "$effects << END\n");
	for (size_t i = 0; i < count; i++)
		add_effect(plot, effects, i);
	pr_plot_add(plot, "END\n$beyond << END\nNaN NaN NaN\n");
	for (size_t i = 0; i < count; i++) {
		double x = log_of(row_of(effects, i), "effect");

		if (fabs(x) > effects->end)
			pr_plot_add(plot, "%.8g %zu %.8g\n", copysign(0.86 * effects->end, x),
			            i + 1, copysign(0.13 * effects->end, x));
	}
	pr_plot_add(plot, "END\n$values << END\n");
	for (size_t i = 0; i < count; i++)
		pr_plot_add(plot, "%zu %s\n", i + 1,
		            pr_plot_token(plot, value_of(effects, i).text).text);
	pr_plot_add(plot, "END\n");
}

static char *describe(const struct effects *effects)
{
	struct pr_buf alt;

	pr_buf_init(&alt);
	pr_buf_printf(&alt,
	              "Change of %s against %s in %s, with 95 %% intervals: ", effects->metric,
	              effects->input->baseline, effects->workload);
	for (size_t i = 0; i < effects->input->phases.count; i++)
		pr_buf_printf(&alt, "%s%s %s", i > 0 ? "; " : "", effects->input->phases.items[i],
		              value_of(effects, i).text);
	pr_buf_puts(&alt, ".");
	return alt.text; /* the caller frees it */
}

static void draw(struct pr_figure *figure, struct effects *effects, bool higher)
{
	char *name = pr_figure_name("effects", figure->panel_count);
	char *title = pr_asprintf("%s, %s", effects->workload, effects->metric);
	char *alt = describe(effects);
	struct pr_plot plot;

	pr_plot_init(&plot, name, PR_FIGURE_WIDTH,
	             110 + 23 * (unsigned)effects->input->phases.count);
	pr_plot_string(&plot, "title_text", title);
	pr_plot_string(&plot, "x_text", higher ? "right is better" : "left is better");
	pr_plot_number(&plot, "rows", (double)effects->input->phases.count);
	pr_figure_left(&plot, &effects->input->phases);
	add_data(&plot, effects);
	add_axes(&plot, effects);
	pr_figure_draw(figure, &plot, "effects.gp", alt);
	pr_plot_fini(&plot);
	free(alt);
	free(title);
	free(name);
}

/* ---- what to draw ---------------------------------------------------------------------------- */

/* Whether the row is the first of its workload and metric.  */
static bool is_first(const json_t *rows, const json_t *row)
{
	return pr_input_find(rows, "workload", pr_json_text(row, "workload"), "metric",
	                     pr_json_text(row, "metric")) == row;
}

static struct pr_figure *begin(struct pr_model *model, const struct pr_input *input)
{
	bool measured =
	        pr_input_number(pr_input_object(input->comparison, "floor"), "executions") >= 1;
	char *caption = pr_asprintf(
	        "The change of each phase against %s in what the verdict rests on, with its 95 %% "
	        "interval. Grey: the band in which nothing counts, %s. An arrow points at what "
	        "lies beyond the axis; the number is at the right.",
	        input->baseline,
	        measured ? "as wide as two copies of one engine differ here, or as what matters"
	                 : "as wide as what matters; what two copies of one engine differ by is "
	                   "not known on this machine");
	struct pr_figure *figure = pr_model_figure(model, caption);

	free(caption);
	return figure;
}

void pr_figure_effects(struct pr_model *model, const struct pr_input *input)
{
	const json_t *rows = pr_input_array(input->comparison, "rows");
	struct pr_figure *figure = NULL;
	size_t index;
	json_t *row;

	json_array_foreach((json_t *)rows, index, row)
	{
		struct effects effects = {.input = input,
		                          .workload = pr_json_text(row, "workload"),
		                          .metric = pr_json_text(row, "metric")};
		double floor = pr_input_number(row, "floor");

		if (!pr_input_flag(row, "gating", false) || !effects.workload || !effects.metric ||
		    !is_first(rows, row) || !input->baseline)
			continue;
		effects.band = floor > 0 && floor < 10 ? log(1 + floor) : 0;
		if (!find_end(&effects) || !(effects.end > 0))
			continue;
		if (!figure)
			figure = begin(model, input);
		if (figure->panel_count < PANELS_MOST)
			draw(figure, &effects, pr_input_is(row, "direction", "higher"));
	}
}
