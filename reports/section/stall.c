/* SPDX-License-Identifier: MIT */
/* reports/section/stall.c - what stalled readers did: sentences, time lines, integrity.  */
#include "reports/section/section.h"

#include <math.h>
#include <stdlib.h>

#include "core/base/buf.h"
#include "reports/figure/figure.h"

struct column {
	const char *title, *detail, *key, *unit;
};

/* Counts of everything that went wrong; above 0 is bad.  */
static const struct column integrity[] = {
        {"lost", "messages", "messages_lost", "messages"},
        {"reordered", "messages", "messages_reordered", "messages"},
        {"repeated", "messages", "messages_duplicated", "messages"},
        {"disconnects", NULL, "disconnects", "connections"},
        {NULL, NULL, NULL, NULL},
};

static const struct column held[] = {
        {"beyond the HWM", "taken in", "absorbed_bytes", "bytes"},
        {"in the engine", "peak", "engine_bytes_peak", "bytes"},
        {"in the sockets", "peak", "kernel_bytes_peak", "bytes"},
        {"memory", "growth", "memory_growth", "bytes"},
        {"window held back", "the sender", "zero_window_time", "ns"},
        {NULL, NULL, NULL, NULL},
};

static const struct column flow[] = {
        {"before", "msg/s", "throughput_before", "msg/s"},
        {"first", "after release", "release_to_first", "ns"},
        {"last", "of the backlog", "release_to_last", "ns"},
        {"system calls", "to the last", "release_calls_last", "calls"},
        {"backlog", "msg/s", "throughput_drain", "msg/s"},
        {"after", "msg/s", "throughput_after", "msg/s"},
        {NULL, NULL, NULL, NULL},
};

static const struct column latency[] = {
        {"before", "p50", "latency_before_p50", "ns"},
        {"before", "p99", "latency_before_p99", "ns"},
        {"in the stall", "longest", "latency_stalled_max", "ns"},
        {"after", "p50", "latency_after_p50", "ns"},
        {"after", "p99", "latency_after_p99", "ns"},
        {NULL, NULL, NULL, NULL},
};

static void put_cell(struct pr_table *table, const json_t *phase, const struct column *column,
                     bool above_0_is_bad)
{
	double value = pr_input_number(phase, column->key);

	if (isnan(value))
		pr_table_missing(table, NULL);
	else
		pr_table_cell(table, above_0_is_bad && value > 0 ? PR_TONE_BAD : PR_TONE_PLAIN,
		              pr_words_value(value, column->unit).text, NULL, NULL);
}

/* Whether any phase knows it: of a reader that never goes on nothing comes after.  */
static bool is_known(const json_t *item, const struct column *column)
{
	size_t index;
	json_t *phase;

	json_array_foreach(pr_input_array(item, "phases"), index, phase)
	{
		if (!isnan(pr_input_number(phase, column->key)))
			return true;
	}
	return false;
}

static bool any_known(const json_t *item, const struct column *columns)
{
	for (const struct column *c = columns; c->title != NULL; c++)
		if (is_known(item, c))
			return true;
	return false;
}

static void put_table(struct pr_model *model, const char *caption, const json_t *item,
                      const struct column *columns, bool above_0_is_bad)
{
	struct pr_table *table;
	size_t index;
	json_t *phase;

	if (!any_known(item, columns))
		return;
	table = pr_model_table(model, caption);
	pr_table_column(table, PR_COLUMN_TEXT, "phase", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "trials", NULL);
	for (const struct column *c = columns; c->title != NULL; c++)
		if (is_known(item, c))
			pr_table_column(table, PR_COLUMN_NUMBER, c->title, c->detail);
	json_array_foreach(pr_input_array(item, "phases"), index, phase)
	{
		pr_table_row(table, pr_json_text(phase, "phase"), NULL);
		pr_table_text(table, "%s", pr_words_count(pr_input_number(phase, "trials")).text);
		for (const struct column *c = columns; c->title != NULL; c++)
			if (is_known(item, c))
				put_cell(table, phase, c, above_0_is_bad);
	}
}

static void put_workload(struct pr_model *model, const struct pr_input *input, const json_t *item,
                         size_t number)
{
	const char *workload = pr_json_text(item, "workload");
	char *words = pr_input_describe_workload(input, workload);
	char *title = pr_asprintf("When the reader stalls: %s", workload);
	size_t index;
	json_t *text;

	pr_model_heading(model, 2, title);
	if (words != NULL)
		pr_model_paragraph(model, PR_PARAGRAPH_PLAIN, "%s", words);
	json_array_foreach(pr_input_array(item, "texts"), index, text)
	{
		if (json_is_string(text))
			pr_model_item(model, "%s", json_string_value(text));
	}
	put_table(model, "Integrity: every message numbered and checked, all trials together", item,
	          integrity, true);
	pr_figure_stall(model, input, workload, number);
	put_table(model, "What was held, medians of the trials", item, held, false);
	put_table(model, "Before, at and after the release, medians of the trials", item, flow,
	          false);
	put_table(
	        model,
	        "Latency of messages by when they were ready to be sent: before the stall, in it, "
	        "and after the backlog; medians of the trials",
	        item, latency, false);
	free(title);
	free(words);
}

/* The report that started this calls the size check cheap, because nothing was held.  */
static void put_walks(struct pr_model *model, const struct pr_input *input, size_t number)
{
	const json_t *walks = pr_input_array(input->explanation, "walks");
	size_t index;
	json_t *walk;

	if (json_array_size(walks) == 0)
		return;
	pr_model_heading(model, 2, "What the size check costs");
	json_array_foreach((json_t *)walks, index, walk)
	{
		if (pr_json_text(walk, "text") != NULL)
			pr_model_item(model, "%s", pr_json_text(walk, "text"));
	}
	pr_figure_walk(model, input, number);
}

bool pr_section_stalls(struct pr_model *model, const struct pr_input *input, size_t number)
{
	const json_t *list = pr_input_array(input->explanation, "pressure");
	size_t index;
	json_t *item;

	json_array_foreach((json_t *)list, index, item)
	{
		if (pr_json_text(item, "workload") != NULL)
			put_workload(model, input, item, number * PR_INPUT_NAMES + index);
	}
	put_walks(model, input, number);
	return json_array_size(list) > 0;
}
