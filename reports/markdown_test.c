/* SPDX-License-Identifier: MIT */
/* reports/markdown_test.c - what the Markdown writer makes of each kind of block, and of hostile
 * text.  */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "reports/report.h"

static int setup(void **state)
{
	*state = pr_model_create("Title");
	return 0;
}

static int teardown(void **state)
{
	struct pr_model *model = *state;

	pr_model_destroy(&model);
	return 0;
}

static void becomes(const struct pr_model *model, const char *expected)
{
	struct pr_buf out;

	pr_buf_init(&out);
	pr_report_markdown.write(model, &out);
	assert_int_equal(strncmp(out.text, "# Title\n\n", 9), 0);
	assert_string_equal(out.text + 9, expected);
	pr_buf_fini(&out);
}

static void test_headings_are_numbered(void **state)
{
	struct pr_model *model = *state;

	pr_model_heading(model, 1, "One");
	pr_model_heading(model, 2, "Part");
	pr_model_heading(model, 1, "Two");
	becomes(model, "## 1 One\n\n### 1.1 Part\n\n## 2 Two\n\n");
}

static void test_paragraphs(void **state)
{
	struct pr_model *model = *state;

	pr_model_paragraph(model, PR_PARAGRAPH_LEAD, "verdict");
	pr_model_paragraph(model, PR_PARAGRAPH_WARNING, "look");
	pr_model_paragraph(model, PR_PARAGRAPH_PLAIN, "recv_calls is %d %%", 3);
	becomes(model, "**verdict**\n\n> **Note:** look\n\nrecv_calls is 3 %\n\n");
}

static void test_markup_is_text(void **state)
{
	struct pr_model *model = *state;

	pr_model_paragraph(model, PR_PARAGRAPH_PLAIN, "# no heading");
	pr_model_paragraph(model, PR_PARAGRAPH_PLAIN, "1. no list\n- nor here");
	pr_model_paragraph(model, PR_PARAGRAPH_PLAIN,
	                   "<script> [a](b) `c` *d* _e_ f_g |h| ~i~ $j$ &amp; \\");
	becomes(model, "\\# no heading\n\n1\\. no list - nor here\n\n"
	               "\\<script\\> [a\\](b) \\`c\\` \\*d\\* \\_e\\_ f_g \\|h\\| \\~i\\~ \\$j\\$ "
	               "\\&amp; \\\\\n\n");
}

static void test_lists_and_commands(void **state)
{
	struct pr_model *model = *state;

	pr_model_item(model, "one");
	pr_model_item(model, "- two");
	pr_model_command(model, "Do", "proctor run 'a``` b'");
	becomes(model, "- one\n- \\- two\n\nDo:\n\n````sh\nproctor run 'a``` b'\n````\n\n");
}

static void test_tables(void **state)
{
	struct pr_model *model = *state;
	struct pr_table *table = pr_model_table(model, "Cap|tion");

	pr_table_column(table, PR_COLUMN_CODE, "name", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "value", "unit");
	pr_table_group(table, "group");
	pr_table_row(table, "a|b`c", NULL);
	pr_table_cell(table, PR_TONE_GOOD, "1", "[0, 2]", "improved");
	pr_table_row(table, "d", NULL);
	pr_table_missing(table, "no hooks");
	becomes(model, "**Table 1.** Cap\\|tion\n\n| name | value<br>unit |\n|---|---:|\n"
	               "| **group** | |\n| ``a\\|b`c`` | 1<br>[0, 2]<br>improved |\n"
	               "| `d` | \u2013<br>no hooks |\n\n");
}

static void test_folded_tables(void **state)
{
	struct pr_model *model = *state;
	struct pr_table *table = pr_model_table(model, "More");

	table->folded = true;
	pr_table_column(table, PR_COLUMN_TEXT, "a", NULL);
	pr_table_row(table, "b", NULL);
	becomes(model, "<details><summary>Table 1. More</summary>\n\n| a |\n|---|\n| b |\n\n"
	               "</details>\n\n");
}

static void test_figures_are_files_beside(void **state)
{
	struct pr_model *model = *state;
	struct pr_figure *figure = pr_model_figure(model, "Dots");
	char *svg = strdup("<svg></svg>");

	pr_model_panel(figure, "dots-1", "five [dots]", &svg);
	assert_null(svg);
	figure = pr_model_figure(model, "Lines");
	pr_model_figure_missing(figure, "gnuplot is away");
	becomes(model, "![five [dots]](dots-1.svg)\n\n**Figure 1.** Dots\n\n"
	               "**Figure 2.** Lines *(No picture: gnuplot is away)*\n\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_headings_are_numbered, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_paragraphs, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_markup_is_text, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_lists_and_commands, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_tables, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_folded_tables, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_figures_are_files_beside, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
