/* SPDX-License-Identifier: MIT */
#include "analyzers/view.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/test.h"

static struct pr_view *make_view(void)
{
	struct pr_view *view = pr_view_create();
	struct pr_view_table *table;

	pr_view_add(view, PR_VIEW_LEAD, "Verdict: %s.", "a_b is 3 % better");
	pr_view_add(view, PR_VIEW_LEAD, "And c: 2 [+1, +5].");
	table = pr_view_add_table(view, "title", 1);
	pr_view_column(table, "NAME", false);
	pr_view_column(table, "first", false);
	pr_view_column(table, "second", true);
	pr_view_cell(table, PR_VIEW_PLAIN, "x", NULL, NULL, NULL);
	pr_view_cell(table, PR_VIEW_GOOD, "1 \u00b5s", "\u22122 %", "better", NULL);
	pr_view_cell(table, PR_VIEW_BAD, "2|3", NULL, NULL, NULL);
	pr_view_add(view, PR_VIEW_ITEM, "one");
	pr_view_add(view, PR_VIEW_ITEM, "two");
	pr_view_add(view, PR_VIEW_NOTE, "small");
	return view;
}

static void check(char *found, const char *expected)
{
	assert_string_equal(found, expected);
	free(found);
}

static void test_text(void **state)
{
	struct pr_view *view = make_view();

	(void)state;
	check(pr_view_text(view, 120, false), "Verdict: a_b is 3 % better.\n"
	                                      "And c: 2 [+1, +5].\n"
	                                      "\n"
	                                      "title\n"
	                                      "\n"
	                                      "NAME first  second\n"
	                                      "x    1 \u00b5s      2|3\n"
	                                      "     \u22122 %\n"
	                                      "     better\n"
	                                      "\n"
	                                      "  - one\n"
	                                      "  - two\n"
	                                      "\n"
	                                      "  small\n");
	/* Too narrow for both columns: the first comes again.  */
	check(pr_view_text(view, 15, false), "Verdict: a_b is\n"
	                                     "3 % better.\n"
	                                     "And c: 2\n"
	                                     "[+1, +5].\n"
	                                     "\n"
	                                     "title\n"
	                                     "\n"
	                                     "NAME first\n"
	                                     "x    1 \u00b5s\n"
	                                     "     \u22122 %\n"
	                                     "     better\n"
	                                     "\n"
	                                     "NAME second\n"
	                                     "x       2|3\n"
	                                     "\n"
	                                     "  - one\n"
	                                     "  - two\n"
	                                     "\n"
	                                     "  small\n");
	pr_view_destroy(&view);
}

/* Rows of several lines stand apart, unless the table is dense.  */
static void test_dense(void **state)
{
	struct pr_view *view = pr_view_create();
	struct pr_view_table *table = pr_view_add_table(view, "", 0);

	(void)state;
	pr_view_column(table, "NAME", false);
	for (int i = 0; i < 2; i++)
		pr_view_cell(table, PR_VIEW_PLAIN, "one", "two", NULL, NULL);
	check(pr_view_text(view, 80, false), "NAME\none\ntwo\n\none\ntwo\n");
	table->dense = true;
	check(pr_view_text(view, 80, false), "NAME\none\ntwo\none\ntwo\n");
	pr_view_destroy(&view);
}

static void test_markdown(void **state)
{
	struct pr_view *view = make_view();

	(void)state;
	check(pr_view_markdown(view), "**Verdict: a\\_b is 3 % better.**\n"
	                              "\n"
	                              "**And c: 2 [+1, +5].**\n"
	                              "\n"
	                              "**title**\n"
	                              "\n"
	                              "| NAME | first | second |\n"
	                              "|---|---|--:|\n"
	                              "| x | 1 \u00b5s<br>\u22122 %<br>better | 2\\|3 |\n"
	                              "\n"
	                              "- one\n"
	                              "- two\n"
	                              "\n"
	                              "<sub>small</sub>\n");
	pr_view_destroy(&view);
}

static void test_colour(void **state)
{
	struct pr_view *view = make_view();
	char *text;

	(void)state;
	setenv("TERM", "xterm", 1);
	text = pr_view_text(view, 120, true);
	assert_non_null(strstr(text, "\033[32m"));
	free(text);
	text = pr_view_text(view, 120, false);
	assert_null(strchr(text, '\033'));
	free(text);
	pr_view_destroy(&view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_text), cmocka_unit_test(test_dense),
	        cmocka_unit_test(test_markdown), cmocka_unit_test(test_colour)};

	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
