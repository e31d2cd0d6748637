/* SPDX-License-Identifier: MIT */
/* core/base/cmd_test.c - what all commands print alike, seen through a file in place of the
 * terminal.  */
#include "core/base/cmd.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/test.h"

struct options {
	bool help;
};

static const struct pr_opt table[] = {
        {"help", 'h', PR_OPT_FLAG, offsetof(struct options, help), NULL, NULL, "show this", 0, 0},
        {0},
};

static int cmd_sample(int argc, const char **argv)
{
	struct pr_error why;

	(void)argv;
	if (argc == 1)
		return pr_cmd_help(table);
	pr_error_set(&why, PR_USAGE, "no");
	return pr_cmd_fail(PR_USAGE, &why);
}

static const struct pr_cmd sample = {"sample", "RUN [-h]", "Does nothing.", cmd_sample,
                                     "RUN: anything"};

/* Sends stream to path; returns what brings it back.  */
static int redirect(FILE *stream, const char *path)
{
	int saved = dup(fileno(stream));
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	fflush(stream);
	assert_true(saved >= 0 && fd >= 0);
	assert_true(dup2(fd, fileno(stream)) >= 0);
	close(fd);
	return saved;
}

static void restore(FILE *stream, int saved)
{
	fflush(stream);
	clearerr(stream);
	dup2(saved, fileno(stream));
	close(saved);
}

static char *take_file(const char *path)
{
	struct pr_buf buf;
	struct pr_error why;
	char *text;

	pr_buf_init(&buf);
	assert_ok(pr_buf_read_file(&buf, path, &why), why);
	text = pr_buf_take(&buf);
	pr_buf_fini(&buf);
	unlink(path);
	return text;
}

static void help_shows_usage_and_options(void **state)
{
	const char *argv[] = {"sample"};
	int saved = redirect(stdout, "cmd_test.out");
	int status = pr_cmd_check_output(pr_cmd_run(&sample, 1, argv));
	char *text;

	(void)state;
	restore(stdout, saved);
	text = take_file("cmd_test.out");
	assert_int_equal(status, PR_OK);
	assert_string_equal(text,
	                    "usage: proctor sample RUN [-h]\n\nDoes nothing.\n\n  RUN: anything\n\n"
	                    "  -h, --help                  show this\n");
	free(text);
}

static void a_failure_names_the_command(void **state)
{
	const char *argv[] = {"sample", "x"};
	int saved = redirect(stderr, "cmd_test.err");
	int status = pr_cmd_run(&sample, 2, argv);
	char *text;

	(void)state;
	restore(stderr, saved);
	text = take_file("cmd_test.err");
	assert_int_equal(status, PR_USAGE);
	assert_string_equal(text, "proctor sample: no\n");
	free(text);
}

static void output_that_did_not_arrive_is_a_failure(void **state)
{
	const char *argv[] = {"sample"};
	int saved = redirect(stdout, "/dev/full"), saved_error = redirect(stderr, "cmd_test.err");
	int status = pr_cmd_check_output(pr_cmd_run(&sample, 1, argv));
	char *text;

	(void)state;
	restore(stdout, saved);
	restore(stderr, saved_error);
	text = take_file("cmd_test.err");
	assert_int_equal(status, PR_FAILED);
	assert_string_equal(text, "proctor sample: standard output could not be written: "
	                          "No space left on device\n");
	free(text);
}

PR_TEST_MAIN(cmocka_unit_test(help_shows_usage_and_options),
             cmocka_unit_test(a_failure_names_the_command),
             cmocka_unit_test(output_that_did_not_arrive_is_a_failure))
