/* SPDX-License-Identifier: MIT */
/* reports/html_test.c - what the HTML writer makes of each kind of block, and of hostile text. That
 * the whole page is well formed and shows well is tested in test/page_test.py and
 * test/browser_test.py.  */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "reports/report.h"

#define HOSTILE  "<script>alert(1)</script>\"'&"
#define HARMLESS "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"

static int setup(void **state)
{
	*state = pr_model_create(HOSTILE);
	return 0;
}

static int teardown(void **state)
{
	struct pr_model *model = *state;

	pr_model_destroy(&model);
	return 0;
}

/* The page holds the text, and nothing hostile anywhere.  */
static void holds(const struct pr_model *model, const char *expected)
{
	struct pr_buf out;

	pr_buf_init(&out);
	pr_report_html.write(model, &out);
	assert_null(strstr(out.text, "alert(1)</script>"));
	if (!strstr(out.text, expected))
		fail_msg("'%s' is not in the page", expected);
	pr_buf_fini(&out);
}

static void test_frame(void **state)
{
	holds(*state, "<!DOCTYPE html>\n<html lang=\"en\">");
	holds(*state, "<meta charset=\"utf-8\">");
	holds(*state, "default-src 'none'");
	holds(*state, "<title>" HARMLESS "</title>");
	holds(*state, "<h1>" HARMLESS "</h1>");
}

static void test_sections_nest(void **state)
{
	struct pr_model *model = *state;

	pr_model_heading(model, 1, "One");
	pr_model_heading(model, 2, HOSTILE);
	pr_model_heading(model, 1, "Two");
	holds(model,
	      "<section id=\"s1-1\" aria-labelledby=\"s1-1-h\">\n<h3 id=\"s1-1-h\">1.1 " HARMLESS
	      "</h3>\n</section>\n</section>\n<section id=\"s2\"");
	holds(model, "<li><a href=\"#s2\">Two</a></li>");
}

static void test_texts(void **state)
{
	struct pr_model *model = *state;

	pr_model_paragraph(model, PR_PARAGRAPH_LEAD, "%s", HOSTILE);
	pr_model_item(model, "%s", HOSTILE);
	pr_model_command(model, HOSTILE, "proctor run '" HOSTILE "'");
	holds(model, "<p class=\"lead\">" HARMLESS "</p>");
	holds(model, "<li>" HARMLESS "</li>");
	holds(model, "<code>proctor run &#39;" HARMLESS "&#39;</code>");
}

static void test_tables_say_what_belongs_to_what(void **state)
{
	struct pr_model *model = *state;
	struct pr_table *table = pr_model_table(model, HOSTILE);

	pr_table_column(table, PR_COLUMN_TEXT, HOSTILE, NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "value", HOSTILE);
	pr_table_group(table, HOSTILE);
	pr_table_row(table, HOSTILE, HOSTILE);
	pr_table_cell(table, PR_TONE_BAD, HOSTILE, HOSTILE, HOSTILE);
	holds(model, "<caption id=\"t1-c\"><span><b>Table 1.</b> " HARMLESS "</span></caption>");
	holds(model, "role=\"region\" tabindex=\"0\" aria-labelledby=\"t1-c\"");
	holds(model, "<th scope=\"col\" class=\"number\">value");
	holds(model, "<th scope=\"rowgroup\" colspan=\"2\"><span>" HARMLESS);
	holds(model, "<th scope=\"row\">" HARMLESS);
	holds(model, "<td class=\"number bad\">" HARMLESS "<span class=\"detail\">" HARMLESS
	             "</span><span class=\"note\">" HARMLESS "</span></td>");
}

static void test_figures_can_be_heard(void **state)
{
	struct pr_model *model = *state;
	struct pr_figure *figure = pr_model_figure(model, HOSTILE);
	char *svg = strdup("<svg viewBox=\"0 0 1 1\"></svg>");

	pr_model_panel(figure, "dots-1", HOSTILE, &svg);
	pr_model_figure_missing(figure, HOSTILE);
	holds(model, "<svg role=\"img\" aria-label=\"" HARMLESS "\" viewBox=\"0 0 1 1\"></svg>");
	holds(model, "<figcaption><b>Figure 1.</b> " HARMLESS "</figcaption>");
	holds(model, "No picture: " HARMLESS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_frame, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_sections_nest, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_texts, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_tables_say_what_belongs_to_what, setup,
	                                        teardown),
	        cmocka_unit_test_setup_teardown(test_figures_can_be_heard, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
