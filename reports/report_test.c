/* SPDX-License-Identifier: MIT */
/* reports/report_test.c - the table of formats, and writing to a folder.  */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "reports/report.h"

static void test_every_format_is_found(void **state)
{
	const struct pr_report_ops *found;
	struct pr_error why;

	(void)state;
	for (size_t i = 0; pr_report_formats[i]; i++) {
		assert_int_equal(pr_report_find(pr_report_formats[i]->name, &found, &why), PR_OK);
		assert_ptr_equal(found, pr_report_formats[i]);
		assert_int_equal(found->suffix[0], '.');
	}
}

static void test_unknown_formats_are_usage_errors(void **state)
{
	const struct pr_report_ops *found;
	struct pr_error why;

	(void)state;
	assert_int_equal(pr_report_find("htm", &found, &why), PR_USAGE);
	assert_string_equal(why.text, "unknown report format 'htm'; did you mean 'html'?");
	assert_int_equal(pr_report_find("", &found, &why), PR_USAGE);
	assert_int_equal(pr_report_find("pdf-a/3", &found, &why), PR_USAGE);
	assert_non_null(strstr(why.text, "html"));
}

static struct pr_model *make_model(void)
{
	struct pr_model *model = pr_model_create("A report");
	char *svg = strdup("<svg viewBox=\"0 0 1 1\"></svg>");

	pr_model_panel(pr_model_figure(model, "A figure"), "panel-1", "nothing", &svg);
	return model;
}

static void test_pictures_stand_beside_where_needed(void **state)
{
	struct pr_model *model = make_model();
	char folder[] = "report-test-XXXXXX";
	struct pr_error why;
	char *path;

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	assert_int_equal(pr_report_write(&pr_report_html, model, ".", &path, &why), PR_OK);
	assert_string_equal(path, "./report.html");
	assert_int_equal(access("panel-1.svg", F_OK), -1);
	free(path);
	assert_int_equal(pr_report_write(&pr_report_markdown, model, ".", &path, &why), PR_OK);
	assert_int_equal(access("report.md", F_OK), 0);
	assert_int_equal(access("panel-1.svg", F_OK), 0);
	free(path);
	assert_int_equal(chdir(".."), 0);
	pr_model_destroy(&model);
}

static void test_a_folder_that_is_not_there(void **state)
{
	struct pr_model *model = make_model();
	struct pr_error why;
	char *path;

	(void)state;
	assert_int_equal(pr_report_write(&pr_report_html, model, "/nonexistent/x", &path, &why),
	                 PR_FAILED);
	assert_non_null(strstr(why.text, "/nonexistent/x/report.html"));
	free(path);
	pr_model_destroy(&model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_every_format_is_found),
	        cmocka_unit_test(test_unknown_formats_are_usage_errors),
	        cmocka_unit_test(test_pictures_stand_beside_where_needed),
	        cmocka_unit_test(test_a_folder_that_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
