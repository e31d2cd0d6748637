/* SPDX-License-Identifier: MIT */
/* reports/section/comparison.c - the tables of the comparison: metrics down and phases across, and
 * the pictures of them.  */
#include "reports/section/section.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/metrics.h"
#include "reports/course.h"
#include "reports/figure/figure.h"

#define NOTE_MAX  34   /* characters of a note that a cell has room for */
#define MDE_LEAST 1e-9 /* what a count that never moves can detect is only rounding */

/* The metrics of a workload in the order of the rows.  */
static struct pr_names list_metrics(const struct pr_input *input, const char *workload)
{
	struct pr_names names = {.count = 0};
	size_t index;
	json_t *row;

	json_array_foreach(pr_input_array(input->comparison, "rows"), index, row)
	{
		const char *metric = pr_json_text(row, "metric");
		bool known = false;

		if (!metric || !pr_input_is(row, "workload", workload))
			continue;
		for (size_t i = 0; i < names.count; i++)
			known |= !strcmp(names.items[i], metric);
		if (!known && names.count < PR_INPUT_NAMES)
			names.items[names.count++] = metric;
	}
	return names;
}

/* Longer notes would make a table of this width unreadable; the table in words has them all.  */
static bool is_short(const char *note)
{
	return note && strlen(note) <= NOTE_MAX;
}

/* Why a phase has no value: the row may say; else hooks that are not there explain a missing count.
 */
static const char *find_reason(const struct pr_input *input, const json_t *row, const char *phase,
                               const char *metric)
{
	const struct pr_metric *known = pr_metrics_find(metric);
	const json_t *facts = pr_input_phase(input, phase);

	if (is_short(pr_json_text(row, "note")))
		return pr_json_text(row, "note");
	if (known && known->kind == PR_METRIC_COUNTED && facts &&
	    !pr_input_flag(facts, "has_hooks", true))
		return "no hooks";
	return "not measured";
}

static void put_baseline(struct pr_table *table, const json_t *side, const char *unit)
{
	double lo = pr_input_number(side, "lo"), hi = pr_input_number(side, "hi");
	char *interval = NULL;

	if (!isnan(lo) && !isnan(hi) && lo < hi)
		interval = pr_asprintf("[%s, %s]", pr_words_value(lo, unit).text,
		                       pr_words_value(hi, unit).text);
	pr_table_cell(table, PR_TONE_PLAIN,
	              pr_words_value(pr_input_number(side, "value"), unit).text, interval, NULL);
	free(interval);
}

/* The verdict, and beside it what the interval does not say already.  The caller frees it.  */
static char *describe_verdict(const json_t *row)
{
	struct pr_verdict_words verdict = pr_section_verdict(row);
	const char *note = pr_json_text(row, "note");
	double mde = pr_input_number(row, "mde");

	if (!verdict.word)
		return pr_strdup(note ? note : "");
	switch (verdict.tone) {
	case PR_TONE_GOOD:
	case PR_TONE_BAD:
		break;
	case PR_TONE_UNSURE:
		if (mde > MDE_LEAST)
			return pr_asprintf("%s (MDE\u00a0%s)", verdict.word,
			                   pr_words_percent(mde).text);
		break;
	default:
		if (is_short(note) && strcmp(note, verdict.word) != 0)
			return pr_asprintf("%s: %s", verdict.word, note);
	}
	return pr_strdup(verdict.word);
}

static void put_change(struct pr_table *table, const json_t *row, double value)
{
	bool has_effect = !isnan(pr_input_number(row, "effect"));
	char *words = describe_verdict(row);

	pr_table_cell(table, pr_section_verdict(row).tone,
	              pr_words_value(value, pr_json_text(row, "unit")).text,
	              has_effect ? pr_section_effect(row).text : NULL, words);
	free(words);
}

static void put_metric(struct pr_table *table, const struct pr_input *input, const char *workload,
                       const char *metric, const json_t *sample)
{
	const char *unit = pr_json_text(sample, "unit");
	const char *direction = pr_json_text(sample, "direction");
	const char *quantity = pr_json_text(sample, "quantity");
	char *detail = pr_asprintf("%s%s%s%s%s%s", quantity ? quantity : "", quantity ? ", " : "",
	                           unit ? unit : "", unit && direction ? ", " : "",
	                           direction ? direction : "", direction ? " is better" : "");

	pr_table_row(table, metric, detail);
	free(detail);
	for (size_t i = 0; i < input->phases.count; i++) {
		const char *phase = input->phases.items[i];
		const json_t *row;
		const json_t *side = pr_section_side(input, workload, phase, metric, &row);
		double value = pr_input_number(side, "value");

		if (isnan(value))
			pr_table_missing(table, find_reason(input, row, phase, metric));
		else if (row)
			put_change(table, row, value);
		else
			put_baseline(table, side, unit);
	}
}

/* Any row of the metric: for its unit and direction.  */
static const json_t *find_sample(const struct pr_input *input, const char *workload,
                                 const char *metric)
{
	return pr_input_find(pr_input_array(input->comparison, "rows"), "metric", metric,
	                     "workload", workload);
}

/* Whether anybody has anything but 0 to say about a metric.  */
static bool is_idle(const struct pr_input *input, const char *workload, const char *metric)
{
	bool measured = false;

	for (size_t i = 0; i < input->phases.count; i++) {
		const json_t *row;
		double value = pr_input_number(
		        pr_section_side(input, workload, input->phases.items[i], metric, &row),
		        "value");

		if (!isnan(value) && value != 0)
			return false;
		measured |= !isnan(value);
	}
	return measured;
}

/* Beside what decides, this is what a reader asks for first.  */
static const char *const first_metrics[] = {
        "latency_p99",          "recv_per_message", "eagain_per_message",
        "syscalls_per_message", "memory_peak",      NULL,
};

static bool is_first(const struct pr_input *input, const char *workload, const char *metric)
{
	for (size_t i = 0; first_metrics[i]; i++)
		if (!strcmp(metric, first_metrics[i]))
			return true;
	return pr_input_flag(find_sample(input, workload, metric), "gating", false);
}

/* Splits the metrics that have anything to show into those of the first table and the others.  */
static void split_metrics(const struct pr_input *input, const char *workload,
                          const struct pr_names *metrics, struct pr_names *first,
                          struct pr_names *others)
{
	first->count = others->count = 0;
	for (size_t i = 0; i < metrics->count; i++) {
		struct pr_names *to = is_first(input, workload, metrics->items[i]) ? first : others;

		if (!is_idle(input, workload, metrics->items[i]))
			to->items[to->count++] = metrics->items[i];
	}
}

static void put_metrics(struct pr_table *table, const struct pr_input *input, const char *workload,
                        const struct pr_names *metrics)
{
	pr_table_column(table, PR_COLUMN_TEXT, "metric", NULL);
	for (size_t i = 0; i < input->phases.count; i++) {
		const char *phase = input->phases.items[i];
		bool is_baseline = input->baseline && !strcmp(phase, input->baseline);

		pr_table_column(table, PR_COLUMN_NUMBER, phase, is_baseline ? "baseline" : NULL);
	}
	for (size_t i = 0; i < metrics->count; i++)
		put_metric(table, input, workload, metrics->items[i],
		           find_sample(input, workload, metrics->items[i]));
}

static void put_idle(struct pr_model *model, const struct pr_input *input, const char *workload,
                     const struct pr_names *metrics)
{
	struct pr_buf names;

	pr_buf_init(&names);
	for (size_t i = 0; i < metrics->count; i++)
		if (is_idle(input, workload, metrics->items[i]))
			pr_buf_printf(&names, "%s%s", names.size > 0 ? ", " : "",
			              metrics->items[i]);
	if (names.size > 0)
		pr_model_paragraph(model, PR_PARAGRAPH_PLAIN,
		                   "0 in every phase that measured it: %s.", names.text);
	pr_buf_fini(&names);
}

static void put_probability(struct pr_table *table, double p)
{
	if (isnan(p))
		pr_table_missing(table, NULL);
	else if (p < 0.001)
		pr_table_text(table, "< 0.001");
	else
		pr_table_text(table, "%.3f", p);
}

static void put_row_in_words(struct pr_table *table, const json_t *row)
{
	struct pr_verdict_words verdict = pr_section_verdict(row);
	double mde = pr_input_number(row, "mde");
	double pairs = pr_input_number(row, "pairs");

	pr_table_row(table, pr_json_text(row, "phase"), NULL);
	pr_table_text(table, "%s", pr_section_effect(row).text);
	put_probability(table, pr_input_number(row, "p"));
	put_probability(table, pr_input_number(row, "p_adjusted"));
	if (mde > MDE_LEAST)
		pr_table_text(table, "%s", pr_words_percent(mde).text);
	else
		pr_table_missing(table, NULL);
	pr_table_text(table, "%s", pr_words_count(pairs).text);
	pr_table_cell(table, verdict.tone, verdict.word, NULL, NULL);
	pr_table_cell(table, PR_TONE_PLAIN, pr_json_text(row, "note"), NULL, NULL);
}

static struct pr_table *add_table_in_words(struct pr_model *model, const char *workload)
{
	char *caption = pr_asprintf("The same rows of %s in words, with probabilities and the "
	                            "minimum detectable effect (MDE)",
	                            workload);
	struct pr_table *table = pr_model_table(model, caption);

	free(caption);
	table->folded = true;
	pr_table_column(table, PR_COLUMN_TEXT, "phase", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "change", "95 % interval");
	pr_table_column(table, PR_COLUMN_NUMBER, "p", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "p", "corrected");
	pr_table_column(table, PR_COLUMN_NUMBER, "MDE", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "blocks", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "verdict", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "in words", NULL);
	return table;
}

static void put_words(struct pr_model *model, const struct pr_input *input, const char *workload,
                      const struct pr_names *metrics)
{
	struct pr_table *table = add_table_in_words(model, workload);

	for (size_t i = 0; i < metrics->count; i++) {
		pr_table_group(table, metrics->items[i]);
		for (size_t p = 0; p < input->phases.count; p++) {
			const json_t *row = pr_section_row(input, workload, input->phases.items[p],
			                                   metrics->items[i]);

			if (row)
				put_row_in_words(table, row);
		}
	}
}

/* More workloads than this are many: each is folded, and the pictures are what is seen first.  */
#define WORKLOADS_OPEN 4

/* What is asked for first, open; the rest, folded.  */
static void put_tables(struct pr_model *model, const struct pr_input *input, const char *workload,
                       const struct pr_names *metrics, const char *description)
{
	struct pr_names first, others;
	struct pr_table *table;
	char *caption;

	split_metrics(input, workload, metrics, &first, &others);
	if (first.count > 0) {
		table = pr_model_table(model, description);
		table->folded = input->workloads.count > WORKLOADS_OPEN;
		put_metrics(table, input, workload, &first);
	}
	if (others.count == 0)
		return;
	caption = pr_asprintf("The other metrics of %s", workload);
	table = pr_model_table(model, caption);
	table->folded = true;
	put_metrics(table, input, workload, &others);
	free(caption);
}

static void put_workload(struct pr_model *model, const struct pr_input *input, const char *workload)
{
	struct pr_names metrics = list_metrics(input, workload);
	char *description = pr_input_describe_workload(input, workload);

	if (metrics.count > 0) {
		put_tables(model, input, workload, &metrics, description);
		put_idle(model, input, workload, &metrics);
		put_words(model, input, workload, &metrics);
	} else {
		pr_model_paragraph(model, PR_PARAGRAPH_WARNING,
		                   "%s: nothing of this workload could be compared.", description);
	}
	free(description);
}

/* Which metrics decide, and what counts as no change.  */
static void put_rules(struct pr_model *model, const struct pr_input *input)
{
	double delta = pr_input_number(input->comparison, "delta");
	const char *floor = pr_json_text(json_object_get(input->comparison, "floor"), "text");
	struct pr_buf names;

	pr_buf_init(&names);
	for (const struct pr_metric *metric = pr_metrics; metric->name; metric++) {
		const json_t *row = pr_input_find(pr_input_array(input->comparison, "rows"),
		                                  "metric", metric->name, NULL, NULL);

		if (pr_input_flag(row, "gating", false))
			pr_buf_printf(&names, "%s%s", names.size > 0 ? ", " : "", metric->name);
	}
	if (names.size > 0)
		pr_model_paragraph(model, PR_PARAGRAPH_PLAIN, "The verdict rests on %s alone.",
		                   names.text);
	if (!isnan(delta))
		pr_model_paragraph(model, PR_PARAGRAPH_PLAIN,
		                   "A change of less than %s counts as none that matters%s%s.",
		                   pr_words_percent(delta).text, floor ? "; " : "",
		                   floor ? floor : "");
	pr_buf_fini(&names);
}

/* ---- shares of the floor ------------------------------------------------------------------ */

/* wanted NULL: whatever it is.  */
static bool has_text(const json_t *row, const char *key, const char *wanted)
{
	const char *text = pr_json_text(row, key);

	return !wanted || (text && strcmp(text, wanted) == 0);
}

/* The share of a phase in a workload; NULL when there is none.  */
static const json_t *find_share(const struct pr_input *input, const char *phase,
                                const char *workload, bool matches)
{
	const json_t *list = pr_input_array(input->comparison, "limit");
	size_t i;
	json_t *row;

	json_array_foreach((json_t *)list, i, row)
	{
		if (pr_input_flag(row, "matches", false) == matches &&
		    has_text(row, "phase", phase) && has_text(row, "workload", workload))
			return row;
	}
	return NULL;
}

/* The share, its interval and the kernel that it is a share of.  */
static void put_share(struct pr_table *table, const json_t *row)
{
	double lo = pr_input_number(row, "share_lo"), hi = pr_input_number(row, "share_hi");
	const char *kernel = pr_json_text(row, "kernel");
	char *interval, *of;

	if (isnan(pr_input_number(row, "share"))) {
		pr_table_missing(table, NULL);
		return;
	}
	interval = isnan(lo) ? NULL
	                     : pr_asprintf("[%s, %s]", pr_words_percent(lo).text,
	                                   pr_words_percent(hi).text);
	of = kernel ? pr_asprintf("of %s", kernel) : NULL;
	pr_table_cell(table, PR_TONE_PLAIN, pr_words_percent(pr_input_number(row, "share")).text,
	              interval, of);
	free(interval);
	free(of);
}

/* How near each phase comes to what the machine allows.  */
static void put_limits(struct pr_model *model, const struct pr_input *input, bool matches)
{
	struct pr_table *table;

	if (!find_share(input, NULL, NULL, matches))
		return;
	table = pr_model_table(
	        model, matches ? "Throughput as a share of the floor: raw sockets that do the same "
	                         "work (parsed: each header is read; handoff: by a thread of its "
	                         "own, which hands over batches; hops: single messages)"
	                       : "Throughput as a share of the limit: raw sockets "
	                         "at their fastest, whatever they leave out");
	pr_table_column(table, PR_COLUMN_TEXT, "phase", NULL);
	for (size_t w = 0; w < input->workloads.count; w++) {
		const char *workload = input->workloads.items[w];

		pr_table_column(table, PR_COLUMN_NUMBER, workload,
		                matches ? NULL
		                        : pr_json_text(find_share(input, NULL, workload, false),
		                                       "limit_phase"));
	}
	for (size_t p = 0; p < input->phases.count; p++) {
		const char *phase = input->phases.items[p];

		if (!find_share(input, phase, NULL, matches))
			continue;
		pr_table_row(table, phase, NULL);
		for (size_t w = 0; w < input->workloads.count; w++)
			put_share(table,
			          find_share(input, phase, input->workloads.items[w], matches));
	}
}

static void put_rows(struct pr_model *model, const struct pr_input *input)
{
	pr_model_heading(model, 2, "Metrics down, phases across");
	if (!input->comparison) {
		pr_model_paragraph(model, PR_PARAGRAPH_WARNING, "There is no comparison: %s.",
		                   input->comparison_missing ? input->comparison_missing
		                                             : "it was not made");
		return;
	}
	pr_model_paragraph(
	        model, PR_PARAGRAPH_PLAIN,
	        "Each cell: the value of the phase; its change against %s with the 95 %% "
	        "interval; the verdict in words. Times come from trials that nothing traced. "
	        "A dash was not measured, which is not zero.",
	        input->baseline ? input->baseline : "the baseline");
	put_rules(model, input);
	for (size_t i = 0; i < input->workloads.count; i++)
		put_workload(model, input, input->workloads.items[i]);
	put_limits(model, input, true);
	put_limits(model, input, false);
	pr_section_command(model, input, "These tables", "compare", "--format md");
}

/* ---- counts per message and stage
 * -------------------------------------------------------------------- */

static void put_effects(struct pr_model *model, const struct pr_input *input)
{
	if (!pr_input_find(pr_input_array(input->comparison, "rows"), "metric", "throughput", NULL,
	                   NULL))
		return;
	pr_model_heading(model, 2, "What changed, of what decides");
	pr_figure_effects(model, input);
	pr_section_command(model, input, "These changes", "compare", "");
}

static void put_course(struct pr_model *model, const struct pr_input *input)
{
	if (!input->course || input->course->count == 0)
		return;
	pr_model_heading(model, 2, "The course of the run");
	pr_figure_course(model, input);
	pr_section_command(model, input, "These figures", "report", "--format html");
}

void pr_section_comparison(struct pr_model *model, const struct pr_input *input)
{
	pr_model_heading(model, 1, "Benchmark results comparison");
	put_effects(model, input);
	put_rows(model, input);
	pr_figure_blocks(model, input);
	pr_figure_latency(model, input);
	pr_figure_heat(model, input);
	pr_figure_load(model, input);
	pr_figure_scale(model, input);
	pr_figure_grid(model, input);
	pr_section_command(model, input, "The figures", "report", "--format html");
	pr_section_counted(model, input);
	put_course(model, input);
	pr_section_single(model, input);
}
