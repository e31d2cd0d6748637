/* SPDX-License-Identifier: MIT */
/* reports/figure/batches.c - how much one call moves: receives and sends by their size, and how
 * many messages each carries.
 *
 * An engine that reads one message a call and one that reads hundreds differ by what all the others
 * argue about.  The hooks count sizes in five classes; the sums over all good timed trials are
 * drawn.  */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/figure/figure.h"
#include "reports/section/section.h"

#define CLASSES 5

/* From small to large: from light to dark.  */
static const struct size_class {
	const char *key, *text;
	int part, pattern; /* colour and fill of the picture */
} classes[CLASSES] = {
        {"lt_128", "below 128 bytes", 1, 0},       {"lt_1k", "128 to 1,023 bytes", 1, 4},
        {"lt_8k", "1,024 to 8,191 bytes", 1, 2},   {"lt_64k", "8,192 to 65,535 bytes", 1, 3},
        {"ge_64k", "65,536 bytes and more", 2, 3},
};

static const struct way {
	const char *name, *one, *prefix, *bytes;
} ways[] = {
        {"batches-recv", "receive", "recv", "recv_bytes"},
        {"batches-send", "send", "send", "send_bytes"},
};

#define WAYS (sizeof(ways) / sizeof(*ways))

/* Sums over trials.  */
struct batches {
	double calls[CLASSES], all; /* that moved data */
	double bytes, messages;
};

static void add_trial(struct batches *batches, const json_t *trial, const struct way *way)
{
	const json_t *hooks = pr_input_object(pr_input_object(trial, "counters"), "hooks");
	double messages = pr_input_number(trial, "messages"), calls[CLASSES], sum = 0;

	for (size_t c = 0; c < CLASSES; c++) {
		char key[64];

		snprintf(key, sizeof(key), "%s_size_%s", way->prefix, classes[c].key);
		calls[c] = pr_input_number(hooks, key);
		sum += calls[c];
	}
	if (!(sum > 0) || !(messages > 0) || !(pr_input_number(hooks, way->bytes) >= 0))
		return;
	for (size_t c = 0; c < CLASSES; c++)
		batches->calls[c] += calls[c];
	batches->all += sum;
	batches->bytes += pr_input_number(hooks, way->bytes);
	batches->messages += messages;
}

static struct batches find_batches(const struct pr_input *input, const char *workload,
                                   const char *phase, const struct way *way)
{
	struct batches batches = {.all = 0};
	size_t index;
	json_t *trial;

	json_array_foreach(pr_input_array(input->run, "trials"), index, trial)
	{
		if (pr_input_is(trial, "phase", phase) &&
		    pr_input_is(trial, "workload", workload) &&
		    pr_input_is(trial, "status", "ok") && pr_input_number(trial, "block") >= 1)
			add_trial(&batches, trial, way);
	}
	return batches;
}

/* ---- the picture -------------------------------------------------------------------------------
 */

static void add_part(struct pr_plot *plot, const struct pr_input *input, const struct batches *all,
                     const struct way *way, size_t c)
{
	pr_plot_add(plot, "NaN NaN NaN none\n");
	for (size_t p = 0; p < input->phases.count; p++) {
		double from = 0, share = all[p].calls[c] / all[p].all;
		char *text;

		if (!(share > 0))
			continue;
		for (size_t i = 0; i < c; i++)
			from += all[p].calls[i] / all[p].all;
		text = pr_asprintf("%s: %s of its %ss moved %s", input->phases.items[p],
		                   pr_words_percent(share).text, way->one, classes[c].text);
		pr_plot_add(plot, "%.6g %.6g %zu %s\n", from, from + share, p + 1,
		            pr_plot_token(plot, text).text);
		free(text);
	}
	pr_plot_add(plot, "\n\n");
}

static bool class_occurs(const struct pr_input *input, const struct batches *all, size_t c)
{
	bool occurs = false;

	for (size_t p = 0; p < input->phases.count; p++)
		occurs |= all[p].calls[c] > 0;
	return occurs;
}

static unsigned count_classes(const struct pr_input *input, const struct batches *all)
{
	unsigned count = 0;

	for (size_t c = 0; c < CLASSES; c++)
		count += class_occurs(input, all, c);
	return count;
}

static void add_data(struct pr_plot *plot, const struct pr_input *input, const struct batches *all,
                     const struct way *way)
{
	struct pr_buf parts, patterns, names;

	pr_buf_init(&parts);
	pr_buf_init(&patterns);
	pr_buf_init(&names);
	pr_plot_add(plot, "$bars << END\n");
	for (size_t c = 0; c < CLASSES; c++) {
		if (!class_occurs(input, all, c))
			continue;
		add_part(plot, input, all, way, c);
		pr_buf_printf(&parts, "%d ", classes[c].part);
		pr_buf_printf(&patterns, "%d ", classes[c].pattern);
		pr_buf_printf(&names, "%s ", pr_plot_token(plot, classes[c].text).text);
	}
	pr_plot_add(plot, "END\nparts = \"%s\"\npatterns = \"%s\"\nnames = \"%s\"\n", parts.text,
	            patterns.text, names.text);
	pr_buf_fini(&parts);
	pr_buf_fini(&patterns);
	pr_buf_fini(&names);
}

static void add_means(struct pr_plot *plot, const struct pr_input *input, const struct batches *all)
{
	pr_plot_add(plot, "$means << END\n");
	for (size_t p = 0; p < input->phases.count; p++) {
		double messages = all[p].messages / all[p].all;
		char *text = all[p].all > 0
		                     ? pr_asprintf("%s %s",
		                                   pr_words_value(messages, "messages/call").text,
		                                   messages == 1 ? "message" : "messages")
		                     : pr_strdup("not counted");

		pr_plot_add(plot, "%zu %s\n", p + 1, pr_plot_token(plot, text).text);
		free(text);
	}
	pr_plot_add(plot, "END\nset ytics ()\n");
	for (size_t p = 0; p < input->phases.count; p++)
		pr_plot_tic(plot, "y", (double)p + 1, input->phases.items[p]);
}

static void draw(struct pr_figure *figure, const struct pr_input *input, const struct batches *all,
                 const struct way *way, size_t workload)
{
	char *name = pr_figure_name(way->name, workload);
	char *title = pr_asprintf("%s: bytes of a %s", input->workloads.items[workload], way->one);
	char *alt =
	        pr_asprintf("Bars: the %ss of each phase in %s by their size; the shares are in "
	                    "the table below.",
	                    way->one, input->workloads.items[workload]);
	char *x_text = pr_asprintf("share of the %ss; at the right, messages a call", way->one);
	struct pr_plot plot;

	pr_plot_init(&plot, name, PR_FIGURE_WIDTH,
	             150 + 27 * (unsigned)input->phases.count + 22 * count_classes(input, all));
	pr_plot_string(&plot, "title_text", title);
	pr_plot_string(&plot, "x_text", x_text);
	pr_plot_number(&plot, "rows", (double)input->phases.count);
	pr_plot_number(&plot, "key_rows", 3);
	pr_figure_left(&plot, &input->phases);
	add_data(&plot, input, all, way);
	add_means(&plot, input, all);
	pr_figure_draw(figure, &plot, "batches.gp", alt);
	pr_plot_fini(&plot);
	free(x_text);
	free(alt);
	free(title);
	free(name);
}

/* ---- the table --------------------------------------------------------------------------------
 */

static struct pr_table *add_table(struct pr_model *model)
{
	struct pr_table *table = pr_model_table(
	        model, "How much one call moves: messages and bytes of a call, and the share of "
	               "the calls by their bytes; engines that do not count it have no row");

	table->folded = true;
	pr_table_column(table, PR_COLUMN_TEXT, "phase", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "messages", "a call");
	pr_table_column(table, PR_COLUMN_NUMBER, "bytes", "a call");
	for (size_t c = 0; c < CLASSES; c++)
		pr_table_column(table, PR_COLUMN_NUMBER, classes[c].text, "share");
	return table;
}

static void tabulate(struct pr_table *table, const struct pr_input *input,
                     const struct batches *all, const struct way *way, const char *workload)
{
	char *group = pr_asprintf("%s: %ss", workload, way->one);

	pr_table_group(table, group);
	free(group);
	for (size_t p = 0; p < input->phases.count; p++) {
		const struct batches *b = &all[p];

		if (!(b->all > 0))
			continue;
		pr_table_row(table, input->phases.items[p], NULL);
		pr_table_text(table, "%s",
		              pr_words_value(b->messages / b->all, "messages/call").text);
		pr_table_text(table, "%s", pr_words_value(b->bytes / b->all, "bytes").text);
		for (size_t c = 0; c < CLASSES; c++)
			pr_table_text(table, "%s", pr_words_percent(b->calls[c] / b->all).text);
	}
}

static bool all_are_single(const struct pr_input *input, const struct batches *all)
{
	for (size_t p = 0; p < input->phases.count; p++)
		if (all[p].all > 0 && fabs(all[p].messages / all[p].all - 1) > 0.01)
			return false;
	return true;
}

struct shown {
	struct pr_model *model;
	const struct pr_input *input;
	struct pr_figure *figure;
	struct pr_table *table; /* NULL: nothing yet */
};

/* One workload in one way.  draws: the picture now, or the rows.  */
static void show(struct shown *shown, size_t workload, const struct way *way, bool draws)
{
	const struct pr_input *input = shown->input;
	struct batches *all = pr_alloc((input->phases.count + 1) * sizeof(*all));
	bool any = false;

	for (size_t p = 0; p < input->phases.count; p++) {
		all[p] = find_batches(input, input->workloads.items[workload],
		                      input->phases.items[p], way);
		any |= all[p].all > 0;
	}
	if (any && draws) {
		/* One message a call in every phase: the table says it.  */
		if (all_are_single(input, all)) {
			free(all);
			return;
		}
		if (!shown->figure) {
			pr_model_heading(shown->model, 2, "How much one call moves");
			shown->figure = pr_model_figure(
			        shown->model, "Receives that found data, and sends, by how many "
			                      "bytes each moved; the "
			                      "fuller, the more. What is copied in one call is "
			                      "paid for once: the more "
			                      "messages a call, the less a message costs.");
		}
		draw(shown->figure, input, all, way, workload);
	} else if (any) {
		tabulate(shown->table, input, all, way, input->workloads.items[workload]);
	}
	free(all);
}

void pr_figure_batches(struct pr_model *model, const struct pr_input *input)
{
	struct shown shown = {.model = model, .input = input};

	for (size_t w = 0; w < input->workloads.count; w++)
		for (size_t i = 0; i < WAYS; i++)
			if (!pr_figure_is_step(input, input->workloads.items[w]))
				show(&shown, w, &ways[i], true);
	if (!shown.figure)
		return;
	shown.table = add_table(model);
	for (size_t w = 0; w < input->workloads.count; w++)
		for (size_t i = 0; i < WAYS; i++)
			show(&shown, w, &ways[i], false);
	pr_section_command(model, input, "The figures", "report", "--format html");
}
