/* SPDX-License-Identifier: MIT */
#include "analyzers/numbers.h"

#include <math.h>

#include "core/base/test.h"

static void test_values(void **state)
{
	static const struct {
		double value;
		const char *unit, *text;
	} cases[] = {
	        {1420000, "msg/s", "1.42 M"},
	        {999600, "msg/s", "1.00 M"},
	        {67234, "msg/s", "67.2 K"},
	        {12, "msg/s", "12"},
	        {2.28e10, "msg/s", "22.8 G"},
	        {14100, "ns", "14.1 \u00b5s"},
	        {240, "ns", "240 ns"},
	        {44.31, "ns", "44.3 ns"},
	        {9.996, "ns", "10.0 ns"},
	        {3.2e6, "ns", "3.20 ms"},
	        {2, "calls/msg", "2.00"},
	        {0, "calls/msg", "0"},
	        {0.00812, "calls/msg", "0.00812"},
	        {0.000015, "calls/msg", "0.000015"},
	        {5631, "calls", "5,631"},
	        {66, "bytes", "66"},
	        {8192, "bytes", "8,192"},
	        {65347, "bytes", "63.8 KiB"},
	        {6249267, "bytes", "5.96 MiB"},
	        {-1234567, NULL, "\u22121,234,567"},
	        {NAN, "ns", "\u2013"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(pr_numbers_value(cases[i].value, cases[i].unit).text,
		                    cases[i].text);
}

static void test_tenths(void **state)
{
	(void)state;
	assert_string_equal(pr_numbers_tenths(6306.2, false).text, "6,306");
	assert_string_equal(pr_numbers_tenths(70.24, false).text, "70.2");
	assert_string_equal(pr_numbers_tenths(99.96, false).text, "100");
	assert_string_equal(pr_numbers_tenths(0, true).text, "0.0");
	assert_string_equal(pr_numbers_tenths(-0.04, true).text, "0.0");
	assert_string_equal(pr_numbers_tenths(-3516, true).text, "\u22123,516");
	assert_string_equal(pr_numbers_tenths(158, true).text, "+158");
	assert_string_equal(pr_numbers_tenths(-0.4, false).text, "\u22120.4");
	assert_string_equal(pr_numbers_tenths(NAN, true).text, "\u2013");
}

static void test_effects(void **state)
{
	(void)state;
	assert_string_equal(pr_numbers_effect(-0.063, -0.081, -0.044).text,
	                    "\u22126.3 % [\u22128.1, \u22124.4]");
	assert_string_equal(pr_numbers_effect(0, 0, 0).text, "0.0 % [0.0, 0.0]");
	assert_string_equal(pr_numbers_effect(2.15, 2.02, 2.3).text, "\u00d73.15 [3.02, 3.30]");
	assert_string_equal(pr_numbers_effect(0.5, NAN, NAN).text, "+50.0 %");
	assert_string_equal(pr_numbers_effect(0.0004, NAN, NAN).text, "+0.04 %");
	assert_string_equal(pr_numbers_effect(-1, -1, -1).text,
	                    "\u2212100 % [\u2212100, \u2212100]");
	assert_string_equal(pr_numbers_effect(NAN, NAN, NAN).text, "\u2013");
	assert_string_equal(pr_numbers_factor(0.62, 0.5, 0.7).text, "\u00d71.62 [1.50, 1.70]");
	assert_string_equal(pr_numbers_factor(-0.5, NAN, NAN).text, "\u00d70.500");
	assert_string_equal(pr_numbers_factor(NAN, NAN, NAN).text, "\u2013");
}

static void test_words(void **state)
{
	(void)state;
	assert_string_equal(pr_numbers_percent(0.011).text, "1.1 %");
	assert_string_equal(pr_numbers_change(0.011).text, "+1.1 %");
	assert_string_equal(pr_numbers_p(0.0004).text, "< 0.001");
	assert_string_equal(pr_numbers_p(0.00195).text, "0.002");
	assert_string_equal(pr_numbers_count(202000).text, "202,000");
	assert_string_equal(pr_numbers_count(1e300).text, "1,000,000,000,000,000,000");
	assert_string_equal(pr_numbers_plural(1, "block").text, "1 block");
	assert_string_equal(pr_numbers_plural(0, "block").text, "0 blocks");
}

PR_TEST_MAIN(cmocka_unit_test(test_values), cmocka_unit_test(test_tenths),
             cmocka_unit_test(test_effects), cmocka_unit_test(test_words))
