/* SPDX-License-Identifier: MIT */
/* reports/section/functions.c - instructions per message by function, and where two phases differ.
 * Part of the root causes; where callgrind did not count there is nothing.  */
#include "reports/section/section.h"

#include <math.h>
#include <stdlib.h>

#include "analyzers/numbers.h"
#include "core/base/buf.h"

static void put_figure(struct pr_table *table, const json_t *row, const char *key, bool is_signed)
{
	double value = pr_input_number(row, key);

	if (isnan(value)) {
		pr_table_missing(table, NULL);
		return;
	}
	pr_table_text(table, "%s", pr_numbers_tenths(value, is_signed).text);
}

static void put_sides(struct pr_table *table, const json_t *row, bool compared,
                      const char *base_key, const char *key)
{
	if (compared)
		put_figure(table, row, base_key, false);
	put_figure(table, row, key, false);
}

static void put_row(struct pr_table *table, const json_t *row, bool compared)
{
	pr_table_row(table, pr_json_text(row, "function"), NULL);
	pr_table_cell(table, PR_TONE_PLAIN, pr_json_text(row, "object"), NULL, NULL);
	put_sides(table, row, compared, "baseline", "instructions");
	if (compared)
		put_figure(table, row, "difference", true);
	put_sides(table, row, compared, "baseline_calls", "calls");
}

static void put_total(struct pr_table *table, const json_t *entry, bool compared)
{
	pr_table_row(table, "all", NULL);
	pr_table_missing(table, NULL);
	put_sides(table, entry, compared, "baseline_instructions", "instructions");
	if (compared)
		put_figure(table, entry, "difference", true);
	pr_table_missing(table, NULL);
	if (compared)
		pr_table_missing(table, NULL);
}

static void put_columns(struct pr_table *table, const char *base, const char *phase)
{
	pr_table_column(table, PR_COLUMN_CODE, "function", NULL);
	pr_table_column(table, PR_COLUMN_CODE, "in", NULL);
	if (base != NULL)
		pr_table_column(table, PR_COLUMN_NUMBER, base, "instructions per message");
	pr_table_column(table, PR_COLUMN_NUMBER, phase, "instructions per message");
	if (base != NULL) {
		pr_table_column(table, PR_COLUMN_NUMBER, "difference", NULL);
		pr_table_column(table, PR_COLUMN_NUMBER, "calls", "of the first, per message");
	}
	pr_table_column(table, PR_COLUMN_NUMBER, "calls", "per message");
}

static void put_entry(struct pr_model *model, const json_t *entry)
{
	const char *base = pr_json_text(entry, "baseline"), *phase = pr_json_text(entry, "phase");
	const char *workload = pr_json_text(entry, "workload");
	char *title = base != NULL ? pr_asprintf("%s: %s, then %s", workload, base, phase)
	                           : pr_asprintf("%s: %s", workload, phase);
	struct pr_table *table = pr_model_table(model, title);
	json_t *row;
	size_t i;

	free(title);
	table->folded = true;
	put_columns(table, base, phase);
	put_total(table, entry, base != NULL);
	json_array_foreach(pr_input_array(entry, "rows"), i, row)
	{
		put_row(table, row, base != NULL);
	}
}

void pr_section_functions(struct pr_model *model, const struct pr_input *input)
{
	const json_t *functions = pr_input_array(input->explanation, "functions");
	json_t *entry;
	size_t i;

	if (json_array_size(functions) == 0)
		return;
	pr_model_heading(model, 2, "Instructions by function");
	pr_model_paragraph(model, PR_PARAGRAPH_PLAIN,
	                   "By callgrind, in user space; each function without those that it "
	                   "calls, most difference first. The differences of all functions add up "
	                   "to that of all.");
	json_array_foreach((json_t *)functions, i, entry)
	{
		put_entry(model, entry);
	}
	pr_section_notes(model, pr_input_array(input->explanation, "nameless"));
	pr_section_command(model, input, "These numbers", "explain", "");
}
