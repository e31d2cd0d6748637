/* SPDX-License-Identifier: MIT */
/* reports/words_test.c - numbers as text: digits, units, signs, and never a 0 for what is not
 * there.  */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "analyzers/command.h"
#include "reports/words.h"

#define NBSP "\u00a0"

static void says(struct pr_words words, const char *expected)
{
	assert_string_equal(words.text, expected);
}

static void test_not_measured_is_a_dash(void **state)
{
	(void)state;
	says(pr_words_value(NAN, "msg/s"), "\u2013");
	says(pr_words_value(NAN, NULL), "\u2013");
	says(pr_words_count(NAN), "\u2013");
	says(pr_words_effect(NAN, NAN, NAN), "\u2013");
}

static void test_zero_is_zero(void **state)
{
	(void)state;
	says(pr_words_value(0, "msg/s"), "0");
	says(pr_words_value(0, "ns"), "0" NBSP "ns");
	says(pr_words_value(0, "calls/msg"), "0");
	says(pr_words_effect(0, -0.01, 0.01), "0.0" NBSP "% [\u22121.0," NBSP "+1.0]");
}

static void test_rates_and_times(void **state)
{
	(void)state;
	says(pr_words_value(442000, "msg/s"), "442" NBSP "K");
	says(pr_words_value(1416200, "msg/s"), "1.42" NBSP "M");
	says(pr_words_value(999600, "msg/s"), "1.00" NBSP "M");
	says(pr_words_value(999.4, "msg/s"), "999");
	says(pr_words_value(21300, "ns"), "21.3" NBSP "\u00b5s");
	says(pr_words_value(9.996, "ns"), "10.0" NBSP "ns");
	says(pr_words_value(999999, "ns"), "1.00" NBSP "ms");
	says(pr_words_value(2.5e9, "ns"), "2.50" NBSP "s");
	says(pr_words_value(-1500, "ns"), "\u22121.50" NBSP "\u00b5s");
}

static void test_counts_and_ratios(void **state)
{
	(void)state;
	says(pr_words_count(5631), "5,631");
	says(pr_words_count(-1234567), "\u22121,234,567");
	says(pr_words_value(202000, "calls"), "202,000");
	says(pr_words_value(1.5551, ""), "1.56");
	says(pr_words_value(2, "calls/msg"), "2.00");
	says(pr_words_value(0.00812, "calls/msg"), "0.00812");
	says(pr_words_value(0.000055, "calls/msg"), "0.000055");
	says(pr_words_value(65536, "bytes"), "64.0" NBSP "KiB");
}

static void test_marks_have_no_idle_digits(void **state)
{
	(void)state;
	says(pr_words_mark(70000, "msg/s"), "70" NBSP "K");
	says(pr_words_mark(1.5e6, "msg/s"), "1.5" NBSP "M");
	says(pr_words_mark(50000, "ns"), "50" NBSP "\u00b5s");
	says(pr_words_mark(0.002, NULL), "0.002");
}

static void test_effects(void **state)
{
	(void)state;
	says(pr_words_effect(-0.063, -0.081, -0.044),
	     "\u22126.3" NBSP "% [\u22128.1," NBSP "\u22124.4]");
	says(pr_words_effect(0.25, NAN, NAN), "+25.0" NBSP "%");
	says(pr_words_effect(2.15, 2.02, 2.3), "\u00d73.15 [3.02," NBSP "3.30]");
	says(pr_words_effect(1, 0.9, 1.1), "\u00d72.00 [1.90," NBSP "2.10]");
	says(pr_words_effect(0.0004, -0.01, 0.02), "+0.04" NBSP "% [\u22121.0," NBSP "+2.0]");
}

static void test_verdicts(void **state)
{
	(void)state;
	assert_string_equal(pr_words_verdict("changed-below-floor"), "below the floor");
	assert_string_equal(pr_words_verdict("something new"), "something new");
	assert_null(pr_words_verdict(NULL));
	assert_int_equal(pr_words_tone("regressed"), PR_TONE_BAD);
	assert_int_equal(pr_words_tone(NULL), PR_TONE_PLAIN);
}

static void test_plurals(void **state)
{
	(void)state;
	says(pr_words_plural(1, "block", "blocks"), "1 block");
	says(pr_words_plural(1200, "block", "blocks"), "1,200 blocks");
}

static void quotes(const char *text, const char *expected)
{
	char *quoted = pr_command_word(text);

	assert_string_equal(quoted, expected);
	free(quoted);
}

static void test_shell_words(void **state)
{
	(void)state;
	quotes("runs/seed", "runs/seed");
	quotes("streaming,hwm=1000", "streaming,hwm=1000");
	quotes("", "''");
	quotes("my run", "'my run'");
	quotes("a'b; rm -rf $HOME", "'a'\\''b; rm -rf $HOME'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_not_measured_is_a_dash),
	        cmocka_unit_test(test_zero_is_zero),
	        cmocka_unit_test(test_rates_and_times),
	        cmocka_unit_test(test_counts_and_ratios),
	        cmocka_unit_test(test_marks_have_no_idle_digits),
	        cmocka_unit_test(test_effects),
	        cmocka_unit_test(test_verdicts),
	        cmocka_unit_test(test_plurals),
	        cmocka_unit_test(test_shell_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
