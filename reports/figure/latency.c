/* SPDX-License-Identifier: MIT */
/* reports/figure/latency.c - latency by percentile on an axis of nines.
 *
 * The histograms of all blocks of a phase are added up; percentiles come from the sum and are never
 * averaged.  A line ends where fewer than ten samples lie beyond: further right there is only
 * chance.  */
#include "reports/figure/figure.h"
#include "reports/figure/histogram.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reports/axis.h"
#include "reports/words.h"

#define BEYOND     10 /* samples that must lie beyond a percentile */
#define PER_DECADE 32 /* points of a line */

static const struct mark {
	double fraction;
	const char *text;
} marks[] = {
        {0, "0 %"},        {0.5, "50 %"},       {0.9, "90 %"},         {0.99, "99 %"},
        {0.999, "99.9 %"}, {0.9999, "99.99 %"}, {0.99999, "99.999 %"},
};

#define MARK_COUNT (sizeof(marks) / sizeof(*marks))

static double nines(double fraction)
{
	return 1 / (1 - fraction);
}

/* The last 1/(1-p) that count samples can support; below 1 there is nothing.  */
static double last_x(const struct pr_hist *hist)
{
	return (double)hist->count / BEYOND;
}

/* The sum over all good blocks.  */
static void collect(struct pr_hist *hist, const struct pr_input *input, const char *workload,
                    const char *phase, const struct pr_latency_kind *kind)
{
	double least = INFINITY, most = 0;
	size_t index;
	json_t *entry;

	pr_hist_clear(hist);
	json_array_foreach(pr_input_array(input->histograms, "histograms"), index, entry)
	{
		if (pr_histogram_is(input, entry, phase, workload, kind))
			pr_histogram_add(hist, entry, &least, &most);
	}
	if (hist->count > 0 && least <= most) {
		hist->min_ns = (int64_t)least;
		hist->max_ns = (int64_t)most;
	}
}

static double value_at(const struct pr_hist *hist, double x)
{
	return fmax(1, (double)pr_hist_percentile_ns(hist, 1 - 1 / x));
}

static void add_line(struct pr_plot *plot, const struct pr_hist *hist)
{
	double last = last_x(hist);

	if (last < 1)
		pr_plot_add(plot, "NaN NaN\n");
	for (int i = 0; last >= 1; i++) {
		double x = pow(10, (double)i / PER_DECADE);

		pr_plot_add(plot, "%.6g %.6g\n", fmin(x, last), value_at(hist, fmin(x, last)));
		if (x >= last)
			break;
	}
	pr_plot_add(plot, "\n\n");
}

static void add_marks(struct pr_plot *plot, const struct pr_hist *hist, const char *phase)
{
	if (last_x(hist) < 1)
		pr_plot_add(plot, "NaN NaN none\n");
	for (size_t i = 0; i < MARK_COUNT && nines(marks[i].fraction) <= last_x(hist) * 1.0001;
	     i++) {
		double value = value_at(hist, nines(marks[i].fraction));
		char *text = pr_asprintf("%s, %s: %s", phase, marks[i].text,
		                         pr_words_value(value, "ns").text);

		pr_plot_add(plot, "%.6g %.6g %s\n", nines(marks[i].fraction), value,
		            pr_plot_token(plot, text).text);
		free(text);
	}
	pr_plot_add(plot, "\n\n");
}

static void add_data(struct pr_plot *plot, const struct pr_input *input, const struct pr_hist *all)
{
	pr_plot_add(plot, "$lines << END\n");
	for (size_t i = 0; i < input->phases.count; i++)
		add_line(plot, &all[i]);
	pr_plot_add(plot, "END\n$marks << END\n");
	for (size_t i = 0; i < input->phases.count; i++)
		add_marks(plot, &all[i], input->phases.items[i]);
	pr_plot_add(plot, "END\nnames = \"");
	for (size_t i = 0; i < input->phases.count; i++)
		pr_plot_add(plot, "%s ", pr_plot_token(plot, input->phases.items[i]).text);
	pr_plot_add(plot, "\"\n");
}

static void add_axes(struct pr_plot *plot, const struct pr_hist *all, size_t count)
{
	double least = INFINITY, most = 1, end = 1;
	struct pr_axis axis;

	for (size_t i = 0; i < count; i++) {
		if (last_x(&all[i]) < 1)
			continue;
		end = fmax(end, last_x(&all[i]));
		least = fmin(least, value_at(&all[i], 1));
		most = fmax(most, value_at(&all[i], last_x(&all[i])));
	}
	axis = pr_axis_log(least, most, 9);
	pr_plot_number(plot, "x_hi", fmax(end, 2) * 1.15);
	pr_plot_number(plot, "y_lo", axis.lo);
	pr_plot_number(plot, "y_hi", axis.hi);
	pr_plot_add(plot, "set xtics ()\nset ytics ()\n");
	for (size_t i = 0; i < MARK_COUNT && nines(marks[i].fraction) <= end * 1.0001; i++)
		pr_plot_tic(plot, "x", nines(marks[i].fraction), marks[i].text);
	for (size_t i = 0; i < axis.count; i++)
		pr_plot_tic(plot, "y", axis.marks[i], pr_words_mark(axis.marks[i], "ns").text);
}

static char *describe(const struct pr_input *input, const struct pr_hist *all, const char *workload)
{
	struct pr_buf alt;

	pr_buf_init(&alt);
	pr_buf_printf(&alt,
	              "Line plot of latency by percentile in %s, one line for each phase. "
	              "Medians: ",
	              workload);
	for (size_t i = 0; i < input->phases.count; i++)
		if (last_x(&all[i]) >= 2)
			pr_buf_printf(&alt, "%s %s; ", input->phases.items[i],
			              pr_words_value(value_at(&all[i], 2), "ns").text);
	pr_buf_puts(&alt, "the values are in the table below.");
	return alt.text; /* the caller frees it */
}

/* Two columns when the labels leave room for them.  */
static size_t count_key_rows(const struct pr_names *labels)
{
	for (size_t i = 0; i < labels->count; i++)
		if (strlen(labels->items[i]) > 24)
			return labels->count;
	return (labels->count + 1) / 2;
}

static void draw(struct pr_figure *figure, const struct pr_input *input, const struct pr_hist *all,
                 const char *title, const struct pr_latency_kind *kind, size_t number)
{
	size_t key_rows = count_key_rows(&input->phases);
	char *name = pr_figure_name("latency", number);
	char *alt = describe(input, all, title);
	struct pr_plot plot;

	pr_plot_init(&plot, name, PR_FIGURE_WIDTH + 40, 390 + 18 * (unsigned)key_rows);
	pr_plot_string(&plot, "title_text", title);
	pr_plot_string(&plot, "x_text", "percentile");
	pr_plot_string(&plot, "y_text", kind->axis);
	pr_plot_number(&plot, "rows", (double)input->phases.count);
	pr_plot_number(&plot, "key_rows", (double)key_rows);
	add_data(&plot, input, all);
	add_axes(&plot, all, input->phases.count);
	pr_figure_draw(figure, &plot, "latency.gp", alt);
	pr_plot_fini(&plot);
	free(name);
	free(alt);
}

static void tabulate_phase(struct pr_table *table, const struct pr_hist *hist, const char *phase)
{
	pr_table_row(table, phase, NULL);
	pr_table_text(table, "%s", pr_words_count((double)hist->count).text);
	for (size_t i = 0; i < MARK_COUNT; i++) {
		if (nines(marks[i].fraction) <= last_x(hist) * 1.0001)
			pr_table_text(table, "%s",
			              pr_words_value(value_at(hist, nines(marks[i].fraction)), "ns")
			                      .text);
		else
			pr_table_missing(table, NULL);
	}
	if (hist->count > 0)
		pr_table_text(table, "%s", pr_words_value((double)hist->max_ns, "ns").text);
	else
		pr_table_missing(table, NULL);
}

static struct pr_table *add_table(struct pr_model *model)
{
	struct pr_table *table = pr_model_table(
	        model, "Latency by percentile, all good blocks together. A dash: fewer than ten "
	               "samples lie beyond, so the run cannot say");

	table->folded = true;
	pr_table_column(table, PR_COLUMN_TEXT, "phase", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "samples", NULL);
	for (size_t i = 0; i < MARK_COUNT; i++)
		pr_table_column(table, PR_COLUMN_NUMBER, marks[i].text, NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "longest", "one sample");
	return table;
}

/* One histogram for each phase; NULL when none has a sample.  The caller frees it.  */
static struct pr_hist *collect_all(const struct pr_input *input, const char *workload,
                                   const struct pr_latency_kind *kind)
{
	struct pr_hist *all = pr_alloc((input->phases.count + 1) * sizeof(*all));
	uint64_t total = 0;

	for (size_t i = 0; i < input->phases.count; i++) {
		collect(&all[i], input, workload, input->phases.items[i], kind);
		total += all[i].count;
	}
	if (total > 0)
		return all;
	free(all);
	return NULL;
}

struct latencies {
	struct pr_model *model;
	const struct pr_input *input;
	struct pr_figure *figure;
	struct pr_table *table; /* NULL: nothing yet */
	size_t drawn;
};

static void show(struct latencies *latencies, const char *workload,
                 const struct pr_latency_kind *kind)
{
	const struct pr_input *input = latencies->input;
	struct pr_hist *all = collect_all(input, workload, kind);
	char *title;

	if (!all)
		return;
	title = pr_asprintf("%s%s", workload, kind->title);
	draw(latencies->figure, input, all, title, kind, latencies->drawn++);
	if (!latencies->table)
		latencies->table = add_table(latencies->model);
	pr_table_group(latencies->table, title);
	for (size_t i = 0; i < input->phases.count; i++)
		tabulate_phase(latencies->table, &all[i], input->phases.items[i]);
	free(title);
	free(all);
}

/* Whether a row of the comparison, or a histogram, speaks of latency.  */
static bool is_latency_asked(const struct pr_input *input)
{
	return input->histograms_missing ||
	       pr_input_find(pr_input_array(input->comparison, "rows"), "metric", "latency_p50",
	                     NULL, NULL) ||
	       json_array_size(pr_input_array(input->histograms, "histograms")) > 0;
}

static const char *why_none(const struct pr_input *input)
{
	return input->histograms_missing ? input->histograms_missing
	                                 : "No histogram of this run has a sample.";
}

void pr_figure_latency(struct pr_model *model, const struct pr_input *input)
{
	struct latencies latencies = {.model = model, .input = input};

	if (pr_figure_all_steps(input) || !is_latency_asked(input))
		return;
	latencies.figure = pr_model_figure(
	        model, "Latency by percentile: each step to the right is another nine. All good "
	               "blocks of a phase together; a line ends where fewer than ten samples lie "
	               "beyond. Lower is better.");
	for (size_t w = 0; w < input->workloads.count; w++)
		for (size_t k = 0; k < PR_LATENCY_KINDS; k++)
			if (pr_latency_kinds[k].title &&
			    !pr_figure_is_step(input, input->workloads.items[w]))
				show(&latencies, input->workloads.items[w], &pr_latency_kinds[k]);
	if (!latencies.table)
		pr_model_figure_missing(latencies.figure, why_none(input));
}
