/* SPDX-License-Identifier: MIT */
/* core/base/buf_test.c - a buffer grows across its sizes, and a file is written whole or not at
 * all.  */
#include "core/base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/test.h"

static void grows_over_every_size(void **state)
{
	struct pr_buf buf;

	(void)state;
	pr_buf_init(&buf);
	pr_buf_fini(&buf); /* nothing is left of it */
	pr_buf_init(&buf);
	for (size_t i = 0; i < 5000; i++) {
		pr_buf_add(&buf, "x", 1);
		assert_int_equal(buf.size, i + 1);
		assert_int_equal(buf.text[buf.size], '\0');
	}
	pr_buf_fini(&buf);
}

/* Texts of every length around the point where the first try does not fit.  */
static void printf_at_the_edge_of_the_room(void **state)
{
	char text[1200];

	(void)state;
	for (size_t size = 0; size < sizeof(text); size++) {
		struct pr_buf buf;

		memset(text, 'y', size);
		text[size] = '\0';
		pr_buf_init(&buf);
		pr_buf_puts(&buf, "<");
		pr_buf_printf(&buf, "%s>", text);
		assert_int_equal(buf.size, size + 2);
		assert_int_equal(strlen(buf.text), size + 2);
		assert_int_equal(buf.text[size + 1], '>');
		pr_buf_fini(&buf);
	}
}

static void take_leaves_an_empty_buffer(void **state)
{
	struct pr_buf buf;
	char *text;

	(void)state;
	pr_buf_init(&buf);
	pr_buf_puts(&buf, "one");
	text = pr_buf_take(&buf);
	assert_string_equal(text, "one");
	pr_buf_fini(&buf); /* nothing is left of it */
	pr_buf_init(&buf);
	pr_buf_puts(&buf, "two");
	assert_string_equal(buf.text, "two");
	pr_buf_clear(&buf);
	assert_int_equal(buf.size, 0);
	free(text);
	pr_buf_fini(&buf);
}

static void files_come_back_as_written(void **state)
{
	struct pr_error why;
	struct pr_buf buf;
	static char text[200000];

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)(i * 31);
	assert_ok(pr_buf_write_file("buf_test.tmp.dat", text, sizeof(text), &why), why);
	assert_int_not_equal(access("buf_test.tmp.dat.tmp", F_OK), 0);
	pr_buf_init(&buf);
	assert_ok(pr_buf_read_file(&buf, "buf_test.tmp.dat", &why), why);
	assert_int_equal(buf.size, sizeof(text));
	assert_memory_equal(buf.text, text, sizeof(text));
	pr_buf_fini(&buf);
	unlink("buf_test.tmp.dat");
}

static void errors_name_the_file_and_the_reason(void **state)
{
	struct pr_error why;
	struct pr_buf buf;

	(void)state;
	pr_buf_init(&buf);
	assert_int_equal(pr_buf_read_file(&buf, "no/such", &why), PR_FAILED);
	assert_string_equal(why.text, "cannot open 'no/such': No such file or directory");
	assert_int_equal(pr_buf_read_file(&buf, "/", &why), PR_FAILED);
	assert_string_equal(why.text, "cannot read '/': Is a directory");
	assert_int_equal(pr_buf_write_file("no/such", "x", 1, &why), PR_FAILED);
	assert_string_equal(why.text, "cannot write 'no/such': No such file or directory");
	pr_buf_fini(&buf);
}

/* A disk that is full: the old file stays, and no draft is left behind.  */
static void a_failed_write_keeps_the_old_file(void **state)
{
	struct pr_error why;
	struct pr_buf buf;

	(void)state;
	assert_ok(pr_buf_write_file("buf_full.tmp", "old", 3, &why), why);
	unlink("buf_full.tmp.tmp");
	assert_int_equal(symlink("/dev/full", "buf_full.tmp.tmp"), 0);
	assert_int_equal(pr_buf_write_file("buf_full.tmp", "new", 3, &why), PR_FAILED);
	assert_string_equal(why.text, "cannot write 'buf_full.tmp': No space left on device");
	pr_buf_init(&buf);
	assert_ok(pr_buf_read_file(&buf, "buf_full.tmp", &why), why);
	assert_string_equal(buf.text, "old");
	assert_int_not_equal(access("buf_full.tmp.tmp", F_OK), 0);
	pr_buf_fini(&buf);
	unlink("buf_full.tmp");
}

static void helpers_make_copies(void **state)
{
	char *copy = pr_strdup("abc");
	char *text = pr_asprintf("%s-%d", copy, 7);

	(void)state;
	assert_string_equal(copy, "abc");
	assert_string_equal(text, "abc-7");
	free(copy);
	free(text);
}

PR_TEST_MAIN(cmocka_unit_test(grows_over_every_size),
             cmocka_unit_test(printf_at_the_edge_of_the_room),
             cmocka_unit_test(take_leaves_an_empty_buffer),
             cmocka_unit_test(files_come_back_as_written),
             cmocka_unit_test(errors_name_the_file_and_the_reason),
             cmocka_unit_test(a_failed_write_keeps_the_old_file),
             cmocka_unit_test(helpers_make_copies))
