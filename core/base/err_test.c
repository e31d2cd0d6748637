/* SPDX-License-Identifier: MIT */
/* core/base/err_test.c - a sentence is set, prefixed, cut when too long, and optional.  */
#include <string.h>

#include "core/base/test.h"

static void set_returns_the_error_and_writes_the_sentence(void **state)
{
	struct pr_error why;

	(void)state;
	assert_int_equal(pr_error_set(&why, PR_FAILED, "cannot open '%s'", "x"), PR_FAILED);
	assert_string_equal(why.text, "cannot open 'x'");
}

static void prefix_keeps_the_sentence(void **state)
{
	struct pr_error why;

	(void)state;
	pr_error_set(&why, PR_USAGE, "no");
	assert_int_equal(pr_error_prefix(&why, PR_USAGE, "phase %d", 3), PR_USAGE);
	assert_string_equal(why.text, "phase 3: no");
}

static void why_may_be_null(void **state)
{
	(void)state;
	assert_int_equal(pr_error_set(NULL, PR_VOID, "x"), PR_VOID);
	assert_int_equal(pr_error_prefix(NULL, PR_VOID, "x"), PR_VOID);
}

static void long_sentences_are_cut(void **state)
{
	struct pr_error why;
	char text[3000];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	pr_error_set(&why, PR_FAILED, "%s", text);
	assert_int_equal(strlen(why.text), sizeof(why.text) - 1);
	pr_error_prefix(&why, PR_FAILED, "place");
	assert_int_equal(strlen(why.text), sizeof(why.text) - 1);
	assert_memory_equal(why.text, "place: aaa", 10);
	pr_error_prefix(&why, PR_FAILED, "%s", text);
	assert_int_equal(strlen(why.text), sizeof(why.text) - 1);
}

PR_TEST_MAIN(cmocka_unit_test(set_returns_the_error_and_writes_the_sentence),
             cmocka_unit_test(prefix_keeps_the_sentence), cmocka_unit_test(why_may_be_null),
             cmocka_unit_test(long_sentences_are_cut))
