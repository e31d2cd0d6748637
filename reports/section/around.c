/* SPDX-License-Identifier: MIT */
/* reports/section/around.c - what differs around the numbers: how the libraries of the phases were
 * built, and the surroundings of runs beside this one.  Part of the provenance.  */
#include "analyzers/host.h"
#include "reports/section/section.h"

static const char *or_unknown(const char *text)
{
	return text ? text : "not known";
}

/* One machine made all phases of a run; their libraries may still differ in more than their code.
 */
static void put_phases(struct pr_model *model, const struct pr_input *input)
{
	size_t index;
	json_t *build;

	pr_model_paragraph(
	        model, PR_PARAGRAPH_PLAIN,
	        "All phases of this run were measured by turns on the machine above, so "
	        "they share its kernel, its governor and its libraries but for their own.");
	json_array_foreach(pr_input_array(input->comparison, "builds"), index, build)
	{
		if (pr_json_text(build, "text"))
			pr_model_item(model, "%s.", pr_json_text(build, "text"));
	}
}

static void put_run(struct pr_model *model, const struct pr_input *input,
                    const struct pr_input *beside)
{
	json_t *list = pr_host_changes(input->run, beside->run), *entry;
	struct pr_table *table;
	size_t index;

	if (json_array_size(list) == 0) {
		pr_model_paragraph(
		        model, PR_PARAGRAPH_PLAIN,
		        "%s was measured on the same machine, as far as is known, by the "
		        "same proctor.",
		        beside->path);
		json_decref(list);
		return;
	}
	if (pr_host_differs(list))
		pr_model_paragraph(
		        model, PR_PARAGRAPH_WARNING,
		        "%s was measured under other conditions: where its numbers differ "
		        "from those of this run, that may be the machine.",
		        beside->path);
	table = pr_model_table(model, "What differs around the two runs");
	pr_table_column(table, PR_COLUMN_TEXT, "what", NULL);
	pr_table_column(table, PR_COLUMN_CODE, "in this run", NULL);
	pr_table_column(table, PR_COLUMN_CODE, "in the other", NULL);
	json_array_foreach(list, index, entry)
	{
		pr_table_row(table, pr_json_text(entry, "what"), NULL);
		pr_table_cell(table, PR_TONE_PLAIN, or_unknown(pr_json_text(entry, "first")), NULL,
		              NULL);
		pr_table_cell(table, PR_TONE_PLAIN, or_unknown(pr_json_text(entry, "second")), NULL,
		              NULL);
	}
	json_decref(list);
}

void pr_section_around(struct pr_model *model, const struct pr_input *input)
{
	pr_model_heading(model, 2, "What differs around the numbers");
	put_phases(model, input);
	for (size_t i = 0; i < input->beside_count; i++)
		put_run(model, input, &input->beside[i]);
}
