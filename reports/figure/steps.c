/* SPDX-License-Identifier: MIT */
/* reports/figure/steps.c - parts of a difference as bars with intervals: what each cause stands
 * for, and what each option of an ablation earned, as a waterfall.
 *
 * A solid bar is a part; an empty one is the whole, or what no part explains.  Left of 0 is less
 * CPU time.  Every panel has its own axis.  */
#include "reports/figure/figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/explain_causes.h"
#include "core/base/buf.h"
#include "reports/axis.h"
#include "reports/words.h"

#define STEPS_MAX 32

/* A cause that stands for less than this part of a difference has no bar.  */
#define SHARE_SHOWN 0.005

struct steps {
	struct step {
		const char *name; /* borrowed from the documents */
		double from, to, lo, hi;
		bool solid;
	} items[STEPS_MAX];
	size_t count;
};

/* A bar from `from` on; lo and hi are of its length.  */
static void add_step(struct steps *steps, const char *name, double from, const json_t *estimate,
                     const char *const keys[3], bool solid)
{
	double length = pr_input_number(estimate, keys[0]);

	if (steps->count == STEPS_MAX || isnan(length))
		return;
	steps->items[steps->count++] = (struct step){
	        .name = name,
	        .from = from,
	        .to = from + length,
	        .lo = from + pr_input_number(estimate, keys[1]),
	        .hi = from + pr_input_number(estimate, keys[2]),
	        .solid = solid,
	};
}

/* ---- drawing --------------------------------------------------------------------------------- */

static double find_end(const struct steps *steps, double sign)
{
	double end = 0;

	for (size_t i = 0; i < steps->count; i++) {
		const struct step *step = &steps->items[i];

		end = fmax(end, sign * step->from);
		end = fmax(end, sign * step->to);
		end = fmax(end, sign * (sign > 0 ? step->hi : step->lo)); /* NaN is nothing */
	}
	return end;
}

static void add_axes(struct pr_plot *plot, const struct steps *steps)
{
	double left = find_end(steps, -1), right = find_end(steps, 1);
	struct pr_axis axis = pr_axis_linear(fmax(fmax(left, right), 1e-3));

	pr_plot_number(plot, "x_lo", -fmax(left, 0.05 * axis.hi) * 1.05);
	pr_plot_number(plot, "x_hi", fmax(right, 0.05 * axis.hi) * 1.05);
	pr_plot_add(plot, "set xtics ()\nset ytics ()\n");
	for (size_t i = 0; i < axis.count; i++) {
		double at = axis.marks[i];

		if (at <= right * 1.05)
			pr_plot_tic(plot, "x", at, pr_words_mark(at, NULL).text);
		if (at > 0 && at <= left * 1.05) {
			char *text = pr_asprintf("\u2212%s", pr_words_mark(at, NULL).text);

			pr_plot_tic(plot, "x", -at, text);
			free(text);
		}
	}
	for (size_t i = 0; i < steps->count; i++)
		pr_plot_tic(plot, "y", (double)i + 1, steps->items[i].name);
}

static void add_data(struct pr_plot *plot, const struct steps *steps)
{
	pr_plot_add(plot, "$bars << END\n");
	for (size_t i = 0; i < steps->count; i++) {
		const struct step *step = &steps->items[i];
		char *text =
		        pr_asprintf("%s: %+.1f ns per message", step->name, step->to - step->from);

		pr_plot_add(plot, "%.8g %.8g %zu %d %s\n", fmin(step->from, step->to),
		            fmax(step->from, step->to), i + 1, step->solid ? 3 : 0,
		            pr_plot_token(plot, text).text);
		free(text);
	}
	pr_plot_add(plot, "END\n$ends << END\nNaN NaN NaN\n");
	for (size_t i = 0; i < steps->count; i++)
		if (!isnan(steps->items[i].lo))
			pr_plot_add(plot, "%.8g %.8g %zu\n", steps->items[i].lo, steps->items[i].hi,
			            i + 1);
	pr_plot_add(plot, "END\n");
}

static char *describe(const struct steps *steps, const char *title)
{
	struct pr_buf alt;

	pr_buf_init(&alt);
	pr_buf_printf(&alt, "Bars of CPU time per message, %s: ", title);
	for (size_t i = 0; i < steps->count; i++)
		pr_buf_printf(&alt, "%s %+.1f ns; ", steps->items[i].name,
		              steps->items[i].to - steps->items[i].from);
	pr_buf_puts(&alt, "the numbers are in the table.");
	return alt.text; /* the caller frees it */
}

static void set_left(struct pr_plot *plot, const struct steps *steps)
{
	size_t longest = 4;

	for (size_t i = 0; i < steps->count; i++)
		if (strlen(steps->items[i].name) > longest)
			longest = strlen(steps->items[i].name);
	pr_plot_number(plot, "left", 0.86 * (double)(longest > 30 ? 30 : longest) + 2);
}

static void draw(struct pr_figure *figure, const struct steps *steps, const char *kind,
                 const char *title)
{
	char *name = pr_figure_name(kind, figure->panel_count);
	char *alt = describe(steps, title);
	struct pr_plot plot;

	pr_plot_init(&plot, name, PR_FIGURE_WIDTH, 120 + 27 * (unsigned)steps->count);
	pr_plot_string(&plot, "title_text", title);
	pr_plot_string(&plot, "x_text", "ns of CPU time per message");
	pr_plot_number(&plot, "rows", (double)steps->count);
	set_left(&plot, steps);
	add_data(&plot, steps);
	add_axes(&plot, steps);
	pr_figure_draw(figure, &plot, "steps.gp", alt);
	pr_plot_fini(&plot);
	free(name);
	free(alt);
}

/* ---- causes ---------------------------------------------------------------------------------- */

static const char *const ns_keys[3] = {"ns", "ns_lo", "ns_hi"};

static void add_causes(struct steps *steps, const json_t *causes, const json_t *difference)
{
	size_t i;
	json_t *cause;

	add_step(steps, "all of it", 0, difference, ns_keys, false);
	json_array_foreach((json_t *)causes, i, cause)
	{
		const char *name = pr_json_text(cause, "name");

		if (pr_input_is(cause, "workload", pr_json_text(difference, "workload")) &&
		    pr_input_is(cause, "phase", pr_json_text(difference, "phase")) &&
		    fabs(pr_input_number(cause, "share")) >= SHARE_SHOWN)
			add_step(steps, name, 0, cause, ns_keys,
			         strcmp(name, PR_EXPLAIN_REST) != 0);
	}
}

void pr_figure_causes(struct pr_model *model, const struct pr_input *input)
{
	const json_t *causes = pr_input_array(input->explanation, "causes");
	const json_t *differences = pr_input_array(input->explanation, "differences");
	struct pr_figure *figure = NULL;
	size_t i;
	json_t *difference;

	json_array_foreach((json_t *)differences, i, difference)
	{
		struct steps steps = {.count = 0};
		char *title;

		add_causes(&steps, causes, difference);
		if (steps.count < 2) /* nothing has a share of it */
			continue;
		if (figure == NULL)
			figure = pr_model_figure(
			        model,
			        "What the causes make of each difference that is told from 0: "
			        "calls more or fewer, at what they cost on this host, with "
			        "95 % intervals. Left of 0 is less CPU time.");
		title = pr_asprintf("%s against %s, %s", pr_json_text(difference, "phase"),
		                    pr_json_text(difference, "baseline"),
		                    pr_json_text(difference, "workload"));
		draw(figure, &steps, "causes", title);
		free(title);
	}
}

/* ---- ablation -------------------------------------------------------------------------------- */

static const char *const estimate_keys[3] = {"value", "lo", "hi"};

static void add_path(struct steps *steps, const json_t *row)
{
	double at = 0;
	size_t i;
	json_t *part;

	json_array_foreach(json_object_get(row, "parts"), i, part)
	{
		const json_t *path = json_object_get(part, "path");
		double length = pr_input_number(path, "value");

		add_step(steps, pr_json_text(part, "name"), at, path, estimate_keys, true);
		at += isnan(length) ? 0 : length;
	}
	add_step(steps, "all", 0, json_object_get(row, "total"), estimate_keys, false);
}

void pr_figure_ablation(struct pr_model *model, const struct pr_input *input)
{
	const json_t *ablation = pr_input_object(input->explanation, "ablation");
	struct pr_figure *figure = NULL;
	size_t i;
	json_t *row;

	json_array_foreach((json_t *)pr_input_array(ablation, "rows"), i, row)
	{
		struct steps steps = {.count = 0};
		char *title;

		if (!pr_input_is(row, "unit", "ns"))
			continue;
		add_path(&steps, row);
		if (steps.count < 2)
			continue;
		if (figure == NULL)
			figure = pr_model_figure(
			        model,
			        "What each option earned on the path, one after the other; each "
			        "begins where the one above ends. With 95 % intervals; left is "
			        "less CPU time.");
		title = pr_asprintf("%s to %s, %s", pr_json_text(ablation, "from"),
		                    pr_json_text(ablation, "to"), pr_json_text(row, "workload"));
		draw(figure, &steps, "ablation", title);
		free(title);
	}
}
