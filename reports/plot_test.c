/* SPDX-License-Identifier: MIT */
/* reports/plot_test.c - gnuplot as a child: a picture, hostile labels, and each way to fail, which
 * is one sentence and never a crash.  */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "reports/plot.h"
#include "reports/svg.h"

#define SKIPPED 77

static char *path_before;

static int restore_path(void **state)
{
	(void)state;
	return setenv("PATH", path_before, 1);
}

/* What receives.gp needs, with one bar under this label.  */
static void prepare(struct pr_plot *plot, const char *label)
{
	pr_plot_init(plot, "test-1", 500, 200);
	pr_plot_string(plot, "title_text", label);
	pr_plot_string(plot, "x_text", "x");
	pr_plot_number(plot, "rows", 1);
	pr_plot_number(plot, "left", 10);
	pr_plot_number(plot, "key_rows", 1);
	pr_plot_number(plot, "x_lo", 0);
	pr_plot_number(plot, "x_hi", 2);
	pr_plot_add(plot, "set xtics ()\nset ytics ()\n");
	pr_plot_tic(plot, "y", 1, label);
	pr_plot_add(plot, "$bars << END\n0 1 1 %s\nEND\n$totals << END\n1 1 %s\nEND\n",
	            pr_plot_token(plot, label).text, pr_plot_token(plot, label).text);
	pr_plot_add(plot, "parts = \"1\"\npatterns = \"3\"\nnames = \"%s\"\n",
	            pr_plot_token(plot, label).text);
}

static void test_a_picture(void **state)
{
	struct pr_plot plot;
	struct pr_error why;
	char *svg;

	(void)state;
	prepare(&plot, "a label");
	assert_int_equal(pr_plot_draw(&plot, "receives.gp", &svg, &why), PR_OK);
	assert_true(strncmp(svg, "<svg ", 5) == 0);
	assert_non_null(strstr(svg, "<title>a label</title>"));
	assert_non_null(strstr(svg, "var(--c1)"));
	assert_null(strstr(svg, "rgb("));
	assert_null(strstr(svg, "gnuplot_svg"));
	assert_null(strstr(svg, "href='http"));
	free(svg);
	pr_plot_fini(&plot);
}

static void test_several_pictures(void **state)
{
	static const char *const labels[] = {"first", "second", "third"};
	struct pr_plot plots[3];
	struct pr_plot_job jobs[3];
	struct pr_error why;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		prepare(&plots[i], labels[i]);
		jobs[i] = (struct pr_plot_job){.plot = &plots[i], .template_name = "receives.gp"};
	}
	assert_int_equal(pr_plot_draw_all(jobs, 3, &why), PR_OK);
	for (size_t i = 0; i < 3; i++) {
		struct pr_error unused;
		char *alone, *title = pr_asprintf("<title>%s</title>", labels[i]);

		assert_non_null(strstr(jobs[i].svg, title));
		assert_int_equal(pr_plot_draw(&plots[i], "receives.gp", &alone, &unused), PR_OK);
		assert_string_equal(alone, jobs[i].svg);
		free(alone);
		free(title);
		free(jobs[i].svg);
	}
	pr_plot_add(&plots[1], "this is not gnuplot\n");
	assert_int_equal(pr_plot_draw_all(jobs, 3, &why), PR_FAILED);
	for (size_t i = 0; i < 3; i++)
		pr_plot_fini(&plots[i]);
}

static void test_a_label_is_never_a_command(void **state)
{
	static const char label[] = "\"`touch pwned`\n!touch pwned; system('touch pwned') $dots @x "
	                            "</text><script>alert(1)</script>";
	struct pr_plot plot;
	struct pr_error why;
	char *svg;

	(void)state;
	unlink("pwned");
	prepare(&plot, label);
	assert_null(strstr(plot.script.text, "touch"));
	assert_int_equal(pr_plot_draw(&plot, "receives.gp", &svg, &why), PR_OK);
	assert_int_equal(access("pwned", F_OK), -1);
	assert_null(strstr(svg, "<script"));
	assert_non_null(strstr(svg, "&lt;script&gt;"));
	free(svg);
	pr_plot_fini(&plot);
}

static void test_a_script_that_fails(void **state)
{
	struct pr_plot plot;
	struct pr_error why;
	char *svg;

	(void)state;
	prepare(&plot, "a");
	pr_plot_add(&plot, "this is not gnuplot\n");
	assert_int_equal(pr_plot_draw(&plot, "receives.gp", &svg, &why), PR_FAILED);
	assert_null(svg);
	assert_non_null(strstr(why.text, "gnuplot failed: line"));
	assert_null(strchr(why.text, '\n'));
	pr_plot_fini(&plot);
}

static void test_no_gnuplot(void **state)
{
	struct pr_plot plot;
	struct pr_error why;
	char *svg;

	(void)state;
	setenv("PATH", "/nonexistent", 1);
	prepare(&plot, "a");
	assert_int_equal(pr_plot_draw(&plot, "receives.gp", &svg, &why), PR_FAILED);
	assert_null(svg);
	assert_non_null(strstr(why.text, "install gnuplot-nox"));
	pr_plot_fini(&plot);
}

/* Puts a program of this text first in PATH under the name gnuplot.  */
static void pretend(const char *text)
{
	char *folder = realpath(".", NULL), *path;
	FILE *file;

	assert_non_null(folder);
	mkdir("fake", 0755);
	file = fopen("fake/gnuplot", "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	chmod("fake/gnuplot", 0755);
	path = pr_asprintf("%s/fake:%s", folder, path_before);
	setenv("PATH", path, 1);
	free(path);
	free(folder);
}

static void fails_with(const char *program, const char *sentence)
{
	struct pr_plot plot;
	struct pr_error why;
	char *svg;

	pretend(program);
	prepare(&plot, "a");
	assert_int_equal(pr_plot_draw(&plot, "receives.gp", &svg, &why), PR_FAILED);
	assert_null(svg);
	assert_string_equal(why.text, sentence);
	pr_plot_fini(&plot);
}

static void test_a_gnuplot_that_misbehaves(void **state)
{
	(void)state;
	fails_with("#!/bin/sh\nexit 0\n", "gnuplot did not write a whole SVG picture");
	fails_with("#!/bin/sh\necho '<svg viewBox=\"0 0 1 1\"></desc>'\n",
	           "gnuplot did not write a whole SVG picture");
	fails_with("#!/bin/sh\nexit 3\n", "gnuplot failed: it gave no reason");
	fails_with("#!/bin/sh\nkill -SEGV $$\n", "gnuplot failed: it gave no reason");
	fails_with("#!/bin/sh\necho first >&2; echo '  last ' >&2; exit 1\n",
	           "gnuplot failed: last");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_a_picture),
	        cmocka_unit_test(test_several_pictures),
	        cmocka_unit_test(test_a_label_is_never_a_command),
	        cmocka_unit_test(test_a_script_that_fails),
	        cmocka_unit_test_teardown(test_no_gnuplot, restore_path),
	        cmocka_unit_test_teardown(test_a_gnuplot_that_misbehaves, restore_path),
	};
	char folder[] = "plot-test-XXXXXX";
	int failed;

	if (system("command -v gnuplot >/dev/null") != 0) {
		fprintf(stderr, "skipped: gnuplot is not installed\n");
		return SKIPPED;
	}
	path_before = pr_strdup(getenv("PATH"));
	if (!mkdtemp(folder) || chdir(folder) != 0)
		return EXIT_FAILURE;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(path_before);
	return failed;
}
