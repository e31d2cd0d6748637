/* SPDX-License-Identifier: MIT */
/* reports/section/files.c - the raw data behind the report: every file of the run with its size and
 * fingerprint, linked where the report lies in the run's directory.  */
#include "reports/section/section.h"

#include "core/base/buf.h"

void pr_section_files(struct pr_model *model, const struct pr_input *input)
{
	struct pr_table *table;
	const char *name;
	json_t *bytes;

	if (json_object_size(pr_input_object(input->run, "files")) == 0)
		return;
	table = pr_model_table(model, "The raw data: files of the run directory, and their "
	                              "fingerprints when this report was made");
	table->folded = true;
	table->link_base = input->link_base ? pr_strdup(input->link_base) : NULL;
	pr_table_column(table, PR_COLUMN_CODE, "file", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "size", NULL);
	pr_table_column(table, PR_COLUMN_CODE, "SHA-256", NULL);
	json_object_foreach(pr_input_object(input->run, "files"), name, bytes)
	{
		const char *digest = pr_json_text(input->digests, name);

		pr_table_row(table, name, NULL);
		pr_table_text(table, "%s", pr_words_value(json_number_value(bytes), "bytes").text);
		if (digest)
			pr_table_text(table, "%s", digest);
		else
			pr_table_missing(table, "not there");
	}
	pr_section_command(model, input, "The run in one file, to hand on", "pack", "");
}
