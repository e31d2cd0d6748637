/* SPDX-License-Identifier: MIT */
/* reports/figure/load.c - p99 against offered load, one line for each phase, and its knee.
 *
 * The thick line counts from the intended start; the dotted one from the actual send, as a closed
 * loop would: where they part, the sender was held up.  A cross marks the knee.  */
#include "reports/figure/figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reports/axis.h"
#include "reports/words.h"

#define PHASES_MAX 64

/* The knees of one sweep, in the order of the document.  */
struct sweep {
	const char *name;
	const json_t *knees[PHASES_MAX];
	size_t count;
};

static void take_sweep(struct sweep *sweep, const struct pr_input *input, const char *name)
{
	size_t index;
	json_t *knee;

	sweep->name = name;
	sweep->count = 0;
	json_array_foreach(pr_input_array(input->comparison, "knees"), index, knee)
	{
		if (pr_input_is(knee, "sweep", name) && sweep->count < PHASES_MAX)
			sweep->knees[sweep->count++] = knee;
	}
}

/* ---- the picture ----------------------------------------------------------------------------- */

struct range {
	double lo, hi;
};

static void widen(struct range *range, double value)
{
	if (!(value > 0))
		return;
	range->lo = fmin(range->lo, value);
	range->hi = fmax(range->hi, value);
}

static void add_line(struct pr_plot *plot, const json_t *knee, const char *metric)
{
	size_t index;
	json_t *step;

	pr_plot_add(plot, "NaN NaN none\n");
	json_array_foreach(pr_input_array(knee, "steps"), index, step)
	{
		double offered = pr_input_number(step, "offered");
		double value = pr_input_number(step, metric);
		char *text;

		if (!(value > 0))
			continue;
		text = pr_asprintf("%s, %s msg/s: %s", pr_json_text(knee, "phase"),
		                   pr_words_value(offered, "msg/s").text,
		                   pr_words_value(value, "ns").text);
		pr_plot_add(plot, "%.8g %.8g %s\n", offered, value, pr_plot_token(plot, text).text);
		free(text);
	}
	pr_plot_add(plot, "\n\n");
}

static void add_knee(struct pr_plot *plot, const json_t *knee)
{
	double at = pr_input_number(knee, "knee");
	size_t index;
	json_t *step;

	pr_plot_add(plot, "NaN NaN none\n");
	json_array_foreach(pr_input_array(knee, "steps"), index, step)
	{
		double value = pr_input_number(step, "latency_p99");
		char *text;

		if (pr_input_number(step, "offered") != at || !(value > 0))
			continue;
		text = pr_asprintf("%s: knee at %s msg/s", pr_json_text(knee, "phase"),
		                   pr_words_value(at, "msg/s").text);
		pr_plot_add(plot, "%.8g %.8g %s\n", at, value, pr_plot_token(plot, text).text);
		free(text);
	}
	pr_plot_add(plot, "\n\n");
}

static void add_data(struct pr_plot *plot, const struct sweep *sweep)
{
	pr_plot_add(plot, "$corrected << END\n");
	for (size_t i = 0; i < sweep->count; i++)
		add_line(plot, sweep->knees[i], "latency_p99");
	pr_plot_add(plot, "END\n$sent << END\n");
	for (size_t i = 0; i < sweep->count; i++)
		add_line(plot, sweep->knees[i], "latency_sent_p99");
	pr_plot_add(plot, "END\n$knees << END\n");
	for (size_t i = 0; i < sweep->count; i++)
		add_knee(plot, sweep->knees[i]);
	pr_plot_add(plot, "END\nnames = \"");
	for (size_t i = 0; i < sweep->count; i++)
		pr_plot_add(plot, "%s ",
		            pr_plot_token(plot, pr_json_text(sweep->knees[i], "phase")).text);
	pr_plot_add(plot, "\"\n");
}

/* False when there is nothing to draw.  */
static bool find_ranges(const struct sweep *sweep, struct range *x, struct range *y)
{
	*x = *y = (struct range){INFINITY, 0};
	for (size_t i = 0; i < sweep->count; i++) {
		size_t index;
		json_t *step;

		json_array_foreach(pr_input_array(sweep->knees[i], "steps"), index, step)
		{
			double p99 = pr_input_number(step, "latency_p99");

			if (p99 > 0)
				widen(x, pr_input_number(step, "offered"));
			widen(y, p99);
			widen(y, pr_input_number(step, "latency_sent_p99"));
		}
	}
	return x->hi > 0 && y->hi > 0;
}

static void add_axes(struct pr_plot *plot, const struct range *x, const struct range *y)
{
	struct pr_axis across = pr_axis_log(x->lo, x->hi, 8), up = pr_axis_log(y->lo, y->hi, 9);

	pr_plot_number(plot, "x_lo", x->lo / 1.15);
	pr_plot_number(plot, "x_hi", x->hi * 1.15);
	pr_plot_number(plot, "y_lo", up.lo);
	pr_plot_number(plot, "y_hi", up.hi);
	pr_plot_add(plot, "set xtics ()\nset ytics ()\n");
	for (size_t i = 0; i < across.count; i++)
		pr_plot_tic(plot, "x", across.marks[i],
		            pr_words_mark(across.marks[i], "msg/s").text);
	for (size_t i = 0; i < up.count; i++)
		pr_plot_tic(plot, "y", up.marks[i], pr_words_mark(up.marks[i], "ns").text);
}

/* "160 k", or where it is not a step of the sweep.  The caller frees it.  */
static char *knee_text(const json_t *knee)
{
	double at = pr_input_number(knee, "knee");

	if (!(at > 0))
		return pr_strdup("below the first step");
	return pr_asprintf("%s%s", pr_words_value(at, "msg/s").text,
	                   pr_input_is(knee, "limit", "none") ? " and more" : "");
}

static char *describe(const struct sweep *sweep)
{
	struct pr_buf alt;

	pr_buf_init(&alt);
	pr_buf_printf(&alt, "Line plot of p99 against offered load in %s. Knees: ", sweep->name);
	for (size_t i = 0; i < sweep->count; i++) {
		char *text = knee_text(sweep->knees[i]);

		pr_buf_printf(&alt, "%s %s; ", pr_json_text(sweep->knees[i], "phase"), text);
		free(text);
	}
	pr_buf_puts(&alt, "the values are in the table below.");
	return alt.text; /* the caller frees it */
}

static void draw(struct pr_figure *figure, const struct sweep *sweep, size_t number)
{
	char *name = pr_figure_name("load", number), *alt = describe(sweep);
	char *title = pr_asprintf("%s: p99 from the intended start", sweep->name);
	struct range x, y;
	struct pr_plot plot;

	if (find_ranges(sweep, &x, &y)) {
		pr_plot_init(&plot, name, PR_FIGURE_WIDTH + 40, 390 + 18 * (unsigned)sweep->count);
		pr_plot_string(&plot, "title_text", title);
		pr_plot_string(&plot, "x_text", "offered load, messages a second (log scale)");
		pr_plot_number(&plot, "rows", (double)sweep->count);
		pr_plot_number(&plot, "key_rows", (double)sweep->count);
		add_data(&plot, sweep);
		add_axes(&plot, &x, &y);
		pr_figure_draw(figure, &plot, "load.gp", alt);
		pr_plot_fini(&plot);
	}
	free(name);
	free(alt);
	free(title);
}

/* ---- the tables ------------------------------------------------------------------------------ */

static void put_knee(struct pr_table *table, const json_t *knee)
{
	static const char *const reasons[][2] = {
	        {"rate", "the next step: less than 90 % arrives"},
	        {"latency",
	         "the next step: p99 is more than 10 times the median of the lower loads"},
	        {"none", "the sweep ends there"},
	};
	double lo = pr_input_number(knee, "lo"), hi = pr_input_number(knee, "hi");
	char *text = knee_text(knee), *interval = NULL;
	const char *reason = NULL;

	if (!isnan(lo) && !isnan(hi))
		interval = pr_asprintf("[%s, %s]", pr_words_value(lo, "msg/s").text,
		                       pr_words_value(hi, "msg/s").text);
	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
		if (pr_input_is(knee, "limit", reasons[i][0]))
			reason = reasons[i][1];
	pr_table_row(table, pr_json_text(knee, "phase"), NULL);
	pr_table_cell(table, PR_TONE_PLAIN, text, interval, NULL);
	pr_table_text(table, "%s", reason ? reason : "");
	free(text);
	free(interval);
}

static void put_step(struct pr_table *table, const json_t *step)
{
	static const char *const values[][2] = {
	        {"throughput", "msg/s"},    {"latency_p50", "ns"},      {"latency_p99", "ns"},
	        {"latency_sent_p50", "ns"}, {"latency_sent_p99", "ns"},
	};

	pr_table_row(table, pr_words_value(pr_input_number(step, "offered"), "msg/s").text, NULL);
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		double value = pr_input_number(step, values[i][0]);

		if (isnan(value))
			pr_table_missing(table, NULL);
		else
			pr_table_text(table, "%s", pr_words_value(value, values[i][1]).text);
	}
}

static void put_curves(struct pr_model *model, const struct sweep *sweep)
{
	struct pr_table *table = pr_model_table(
	        model, "Latency by offered load, medians over the blocks. A dash: not measured, "
	               "because less than half of a lower load arrived, or too few samples");

	table->folded = true;
	pr_table_column(table, PR_COLUMN_NUMBER, "offered", "msg/s");
	pr_table_column(table, PR_COLUMN_NUMBER, "arrived", "msg/s");
	pr_table_column(table, PR_COLUMN_NUMBER, "p50", "from the intended start");
	pr_table_column(table, PR_COLUMN_NUMBER, "p99", "from the intended start");
	pr_table_column(table, PR_COLUMN_NUMBER, "p50", "uncorrected");
	pr_table_column(table, PR_COLUMN_NUMBER, "p99", "uncorrected");
	for (size_t i = 0; i < sweep->count; i++) {
		size_t index;
		json_t *step;

		pr_table_group(table, pr_json_text(sweep->knees[i], "phase"));
		json_array_foreach(pr_input_array(sweep->knees[i], "steps"), index, step)
		{
			put_step(table, step);
		}
	}
}

static void put_knees(struct pr_model *model, const struct sweep *sweep)
{
	struct pr_table *table = pr_model_table(
	        model, "The knee: the highest offered load up to which at least 90 % of it arrives "
	               "and at which p99 is at most 10 times the median of the lower loads");

	pr_table_column(table, PR_COLUMN_TEXT, "phase", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "knee", "msg/s");
	pr_table_column(table, PR_COLUMN_TEXT, "why there", NULL);
	for (size_t i = 0; i < sweep->count; i++)
		put_knee(table, sweep->knees[i]);
}

/* ---- the figure ------------------------------------------------------------------------------ */

void pr_figure_load(struct pr_model *model, const struct pr_input *input)
{
	const json_t *knees = pr_input_array(input->comparison, "knees");
	struct pr_figure *figure = NULL;
	struct sweep sweep = {.name = NULL};
	size_t index, number = 0;
	json_t *knee;

	json_array_foreach((json_t *)knees, index, knee)
	{
		const char *name = pr_json_text(knee, "sweep");

		if (!name || (sweep.name && strcmp(sweep.name, name) == 0))
			continue;
		if (!figure)
			figure = pr_model_figure(
			        model,
			        "p99 against offered load: each message counts from its "
			        "intended start; dotted, from the actual send (uncorrected). "
			        "A cross marks the knee. Lower and further right is better.");
		take_sweep(&sweep, input, name);
		draw(figure, &sweep, number++);
		put_knees(model, &sweep);
		put_curves(model, &sweep);
	}
}
