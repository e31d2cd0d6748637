/* SPDX-License-Identifier: MIT */
/* reports/section/single.c - how far single runs of one binary lie apart: what one of them can
 * show.  */
#include "reports/section/section.h"

#include <math.h>
#include <stdlib.h>

#include "core/base/buf.h"

static void put_row(struct pr_table *table, const json_t *item)
{
	double share = pr_input_number(item, "share"), lo = pr_input_number(item, "share_lo"),
	       hi = pr_input_number(item, "share_hi");

	pr_table_row(table, pr_json_text(item, "workload"), NULL);
	pr_table_text(table, "%s", pr_words_count(pr_input_number(item, "runs")).text);
	pr_table_text(table, "%s", pr_words_value(pr_input_number(item, "slowest"), "msg/s").text);
	pr_table_text(table, "%s", pr_words_value(pr_input_number(item, "fastest"), "msg/s").text);
	pr_table_text(table, "%s", pr_words_count(pr_input_number(item, "pairs")).text);
	if (isnan(lo) || isnan(hi))
		pr_table_text(table, "%.0f\u00a0%%", share * 100);
	else
		pr_table_text(table, "%.0f\u00a0%% [%.0f, %.0f]", share * 100, lo * 100, hi * 100);
}

static void put_table(struct pr_model *model, const json_t *list)
{
	double threshold = pr_input_number(json_array_get(list, 0), "threshold");
	char *caption = pr_asprintf("Single runs of the same binary under strace, as the original "
	                            "report measured, and how many pairs of them differ by %s or "
	                            "more although nothing differs",
	                            pr_words_percent(threshold).text);
	struct pr_table *table = pr_model_table(model, caption);
	size_t index;
	json_t *item;

	free(caption);
	pr_table_column(table, PR_COLUMN_TEXT, "workload", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "runs", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "slowest", "msg/s, traced");
	pr_table_column(table, PR_COLUMN_NUMBER, "fastest", "msg/s, traced");
	pr_table_column(table, PR_COLUMN_NUMBER, "pairs", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "differ", "95\u00a0% interval");
	json_array_foreach((json_t *)list, index, item)
	{
		put_row(table, item);
	}
}

static void put_runs(struct pr_model *model, const struct pr_input *input)
{
	const json_t *list = pr_input_array(input->explanation, "repeated");
	size_t index;
	json_t *item;

	json_array_foreach((json_t *)list, index, item)
	{
		if (pr_json_text(item, "text"))
			pr_model_item(model, "%s", pr_json_text(item, "text"));
	}
	put_table(model, list);
	pr_section_command(model, input, "These single runs", "explain", "");
}

static bool has_runs(const struct pr_input *input)
{
	return json_array_size(pr_input_array(input->explanation, "repeated")) > 0;
}

void pr_section_single(struct pr_model *model, const struct pr_input *input)
{
	size_t found = has_runs(input);

	for (size_t i = 0; i < input->beside_count; i++)
		found += has_runs(&input->beside[i]);
	if (found == 0)
		return;
	pr_model_heading(model, 2, "What a single run can show");
	if (has_runs(input))
		put_runs(model, input);
	for (size_t i = 0; i < input->beside_count; i++)
		if (has_runs(&input->beside[i]))
			put_runs(model, &input->beside[i]);
}
