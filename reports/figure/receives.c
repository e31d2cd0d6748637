/* SPDX-License-Identifier: MIT */
/* reports/figure/receives.c - receives per message, and of these the would-blocks by cause, as
 * stacked bars.
 *
 * The report that started this asked where the EAGAIN come from; the length of a bar's dark parts
 * is the answer.  Each workload has its own axis: a mean over both would mean nothing.  */
#include "reports/figure/figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reports/axis.h"
#include "reports/words.h"

/* Parts of a bar, from left to right: successful receives, would-blocks by cause, and would-blocks
 * that only strace saw.  Would-blocks share a colour and differ by pattern, so that grey prints
 * tell them apart.  */
static const struct part {
	const char *cause; /* member of by_cause; NULL for the first and the last */
	const char *text;
	int pattern; /* of gnuplot: 3 solid, 0 empty, others hatched */
} parts[] = {
        {NULL, "found data", 3},
        {"speculative", "would-block: speculative", 3},
        {"readiness", "would-block: after readiness", 4},
        {"drain", "would-block: end of a drain", 5},
        {"restart", "would-block: restart", 2},
        {"start", "would-block: start", 6},
        {NULL, "would-block: cause unknown", 0},
};

#define PART_COUNT (sizeof(parts) / sizeof(*parts))
#define UNKNOWN    (PART_COUNT - 1)

/* Per message; NaN where nothing was measured.  */
struct bar {
	double part[PART_COUNT];
	double total;
};

static struct bar make_bar(const json_t *entry)
{
	double messages = pr_input_number(entry, "messages");
	double receives = pr_input_number(entry, "receives");
	double failed = pr_input_number(entry, "would_blocks");
	const json_t *by_cause = pr_input_object(entry, "by_cause");
	struct bar bar = {.total = NAN};

	if (!(messages > 0) || isnan(receives))
		return bar;
	if (isnan(failed))
		failed = pr_input_number(entry, "strace_would_blocks");
	failed = isnan(failed) ? 0 : failed;
	bar.total = receives / messages;
	bar.part[0] = (receives - failed) / messages;
	bar.part[UNKNOWN] = failed / messages;
	for (size_t i = 1; i < UNKNOWN; i++) {
		double n = pr_input_number(by_cause, parts[i].cause);

		bar.part[i] = isnan(n) ? 0 : n / messages;
		bar.part[UNKNOWN] -= bar.part[i];
	}
	/* What the subtraction leaves of nothing is not a would-block.  */
	if (bar.part[UNKNOWN] < 1e-9 * bar.total)
		bar.part[UNKNOWN] = 0;
	return bar;
}

/* One bar for each phase; the caller frees it.  */
static struct bar *collect(const struct pr_input *input, const char *workload)
{
	const json_t *list = pr_input_array(input->explanation, "would_blocks");
	struct bar *bars = pr_alloc((input->phases.count + 1) * sizeof(*bars));

	for (size_t i = 0; i < input->phases.count; i++)
		bars[i] = make_bar(
		        pr_input_find(list, "phase", input->phases.items[i], "workload", workload));
	return bars;
}

static double find_longest(const struct bar *bars, size_t count)
{
	double most = 0;

	for (size_t i = 0; i < count; i++)
		if (!isnan(bars[i].total))
			most = fmax(most, bars[i].total);
	return most;
}

static void note_parts(const struct bar *bars, size_t count, bool *occurs)
{
	for (size_t i = 0; i < count; i++)
		for (size_t p = 0; p < PART_COUNT; p++)
			occurs[p] |= !isnan(bars[i].total) && bars[i].part[p] > 0;
}

static void add_segments(struct pr_plot *plot, const struct pr_input *input, const struct bar *bars,
                         size_t part)
{
	/* A block that is not empty, so that the index counts it.  */
	pr_plot_add(plot, "NaN NaN NaN none\n");
	for (size_t i = 0; i < input->phases.count; i++) {
		double from = 0;
		char *text;

		if (isnan(bars[i].total) || !(bars[i].part[part] > 0))
			continue;
		for (size_t j = 0; j < part; j++)
			from += bars[i].part[j];
		text = pr_asprintf("%s, %s: %s per message", input->phases.items[i],
		                   parts[part].text,
		                   pr_words_value(bars[i].part[part], "calls/msg").text);
		pr_plot_add(plot, "%.8g %.8g %zu %s\n", from, from + bars[i].part[part], i + 1,
		            pr_plot_token(plot, text).text);
		free(text);
	}
	pr_plot_add(plot, "\n\n");
}

/* The lists of the template: which parts occur, their patterns and their names.  */
static void add_lists(struct pr_plot *plot, const bool *occurs)
{
	struct pr_buf numbers, patterns, names;

	pr_buf_init(&numbers);
	pr_buf_init(&patterns);
	pr_buf_init(&names);
	for (size_t p = 0; p < PART_COUNT; p++) {
		if (!occurs[p])
			continue;
		pr_buf_printf(&numbers, "%zu ", p + 1);
		pr_buf_printf(&patterns, "%d ", parts[p].pattern);
		pr_buf_printf(&names, "%s ", pr_plot_token(plot, parts[p].text).text);
	}
	pr_plot_add(plot, "parts = \"%s\"\npatterns = \"%s\"\nnames = \"%s\"\n", numbers.text,
	            patterns.text, names.text);
	pr_buf_fini(&numbers);
	pr_buf_fini(&patterns);
	pr_buf_fini(&names);
}

static void add_totals(struct pr_plot *plot, const struct pr_input *input, const struct bar *bars)
{
	pr_plot_add(plot, "$totals << END\n");
	for (size_t i = 0; i < input->phases.count; i++) {
		double total = bars[i].total;
		struct pr_words words = pr_words_value(total, "calls/msg");
		struct pr_token token =
		        pr_plot_token(plot, isnan(total) ? "not measured" : words.text);

		pr_plot_add(plot, "%.8g %zu %s\n", isnan(total) ? 0 : total, i + 1, token.text);
	}
	pr_plot_add(plot, "END\n");
}

static void add_data(struct pr_plot *plot, const struct pr_input *input, const struct bar *bars,
                     const bool *occurs)
{
	pr_plot_add(plot, "$bars << END\n");
	for (size_t p = 0; p < PART_COUNT; p++)
		if (occurs[p])
			add_segments(plot, input, bars, p);
	pr_plot_add(plot, "END\n");
	add_totals(plot, input, bars);
	add_lists(plot, occurs);
}

static void add_axes(struct pr_plot *plot, const struct pr_input *input, double longest)
{
	struct pr_axis axis = pr_axis_linear(longest);

	pr_plot_number(plot, "x_lo", 0);
	pr_plot_number(plot, "x_hi", axis.hi * 1.1);
	pr_plot_add(plot, "set xtics ()\nset ytics ()\n");
	for (size_t i = 0; i < axis.count; i++)
		pr_plot_tic(plot, "x", axis.marks[i], pr_words_mark(axis.marks[i], NULL).text);
	for (size_t i = 0; i < input->phases.count; i++)
		pr_plot_tic(plot, "y", (double)i + 1, input->phases.items[i]);
}

static char *describe(const struct pr_input *input, const struct bar *bars, const char *workload)
{
	struct pr_buf alt;

	pr_buf_init(&alt);
	pr_buf_printf(&alt, "Stacked bars of receives per message in %s. ", workload);
	for (size_t i = 0; i < input->phases.count; i++) {
		if (isnan(bars[i].total))
			continue;
		pr_buf_printf(&alt, "%s %s", input->phases.items[i],
		              pr_words_value(bars[i].total, "calls/msg").text);
		pr_buf_printf(&alt, ", of these %s would-blocks; ",
		              pr_words_value(bars[i].total - bars[i].part[0], "calls/msg").text);
	}
	pr_buf_puts(&alt, "the counts are in the table above.");
	return alt.text; /* the caller frees it */
}

/* occurs: the parts to name, the same in every panel.  */
static void draw(struct pr_figure *figure, const struct pr_input *input, const struct bar *bars,
                 const bool *occurs, size_t number)
{
	const char *workload = input->workloads.items[number];
	char *name = pr_figure_name("receives", number);
	char *alt = describe(input, bars, workload);
	struct pr_plot plot;
	size_t kinds = 0;

	for (size_t p = 0; p < PART_COUNT; p++)
		kinds += occurs[p];
	pr_plot_init(&plot, name, PR_FIGURE_WIDTH,
	             130 + 27 * (unsigned)input->phases.count + 19 * (unsigned)kinds);
	pr_plot_string(&plot, "title_text", workload);
	pr_plot_string(&plot, "x_text", "receive calls per message");
	pr_plot_number(&plot, "rows", (double)input->phases.count);
	pr_plot_number(&plot, "key_rows", (double)kinds);
	pr_figure_left(&plot, &input->phases);
	add_data(&plot, input, bars, occurs);
	add_axes(&plot, input, find_longest(bars, input->phases.count));
	pr_figure_draw(figure, &plot, "receives.gp", alt);
	pr_plot_fini(&plot);
	free(name);
	free(alt);
}

void pr_figure_receives(struct pr_model *model, const struct pr_input *input)
{
	struct pr_figure *figure = pr_model_figure(
	        model, "Receives per message, and of these the would-blocks by cause. Each "
	               "workload has its own axis. Fewer is better.");
	bool occurs[PART_COUNT] = {false};

	for (size_t w = 0; w < input->workloads.count; w++) {
		struct bar *bars = collect(input, input->workloads.items[w]);

		note_parts(bars, input->phases.count, occurs);
		free(bars);
	}
	for (size_t w = 0; w < input->workloads.count; w++) {
		struct bar *bars = collect(input, input->workloads.items[w]);

		if (find_longest(bars, input->phases.count) > 0)
			draw(figure, input, bars, occurs, w);
		free(bars);
	}
	if (figure->panel_count == 0 && !figure->missing)
		pr_model_figure_missing(figure,
		                        input->explanation_missing
		                                ? input->explanation_missing
		                                : "No trial of this run counted its receives.");
}
