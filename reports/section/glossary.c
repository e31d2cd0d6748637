/* SPDX-License-Identifier: MIT */
/* reports/section/glossary.c - what the words, metrics and counters of the report mean.  */
#include "reports/section/section.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/metrics.h"

static const struct term {
	const char *name, *meaning;
} terms[] = {
        {"message", "one message in one direction: a round trip is two"},
        {"phase", "an engine with a set of options under a label: what is compared"},
        {"block",
         "a fresh set of processes, one for each phase, that take turns in short slices; the "
         "unit of all statistics"},
        {"would-block", "a receive that found the socket empty: EAGAIN"},
        {"95 % interval",
         "where the true change lies, with 95 % confidence, as far as chance between the "
         "blocks goes; in brackets"},
        {"improved, regressed",
         "the interval excludes no change, after correction for the number of "
         "comparisons"},
        {"equivalent",
         "the interval is so narrow around no change that a change that matters is excluded"},
        {"MDE", "minimum detectable effect: a smaller change may well go unseen in this many "
                "blocks"},
        {"inconclusive", "the interval is too wide to tell"},
        {"counted once",
         "counted in one traced trial of each phase: exact for it, without an interval"},
        {"below the floor",
         "there is a change, but no larger than what matters here, or than what two copies "
         "of the same engine differ by on this machine"},
        {"void", "not to be used: a check did not hold, or the trial was disturbed"},
};

#define TERM_COUNT (sizeof(terms) / sizeof(*terms))

static void put_terms(struct pr_model *model)
{
	struct pr_table *table = pr_model_table(model, "Words");

	pr_table_column(table, PR_COLUMN_TEXT, "word", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "meaning", NULL);
	for (size_t i = 0; i < TERM_COUNT; i++) {
		pr_table_row(table, terms[i].name, NULL);
		pr_table_text(table, "%s", terms[i].meaning);
	}
}

static void put_metrics(struct pr_model *model, const struct pr_input *input)
{
	const json_t *rows = pr_input_array(input->comparison, "rows");
	struct pr_table *table;

	if (json_array_size(rows) == 0)
		return;
	table = pr_model_table(model, "Metrics of the comparison");
	pr_table_column(table, PR_COLUMN_CODE, "metric", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "unit", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "better is", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "meaning", NULL);
	for (const struct pr_metric *metric = pr_metrics; metric->name; metric++) {
		if (!pr_input_find(rows, "metric", metric->name, NULL, NULL))
			continue;
		pr_table_row(table, metric->name, NULL);
		pr_table_text(table, "%s", metric->unit);
		pr_table_text(table, "%s", pr_metrics_direction(metric));
		pr_table_text(table, "%s", metric->help);
	}
}

static void put_counters(struct pr_model *model, const struct pr_input *input)
{
	const json_t *list = pr_input_array(input->run, "counters");
	struct pr_table *table;
	size_t index;
	json_t *counter;

	if (json_array_size(list) == 0)
		return;
	table = pr_model_table(model, "Counters of the engine's hooks");
	table->folded = true;
	pr_table_column(table, PR_COLUMN_CODE, "counter", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "unit", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "meaning", NULL);
	json_array_foreach((json_t *)list, index, counter)
	{
		pr_table_row(table, pr_json_text(counter, "name"), NULL);
		pr_table_cell(table, PR_TONE_PLAIN, pr_json_text(counter, "unit"), NULL, NULL);
		pr_table_cell(table, PR_TONE_PLAIN, pr_json_text(counter, "help"), NULL, NULL);
	}
}

void pr_section_glossary(struct pr_model *model, const struct pr_input *input)
{
	pr_model_heading(model, 1, "Glossary");
	put_terms(model);
	put_metrics(model, input);
	put_counters(model, input);
	pr_model_command(model, "All metrics", "proctor list metrics");
}
