/* SPDX-License-Identifier: MIT */
#include "analyzers/verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/test.h"

/* Ten blocks, five tests, with the ends of the 95 % interval; the 90 % interval is a tenth
 * narrower.  */
static struct pr_difference make(double effect, double lo, double hi, double p_adjusted)
{
	return (struct pr_difference){.n = 10,
	                              .raw = effect,
	                              .effect = effect,
	                              .lo = lo,
	                              .hi = hi,
	                              .lo90 = lo + (hi - lo) / 20,
	                              .hi90 = hi - (hi - lo) / 20,
	                              .p = p_adjusted / 5,
	                              .p_adjusted = p_adjusted,
	                              .mde = (hi - lo) * 0.7,
	                              .tests = 5,
	                              .higher_is_better = true};
}

static void check(const struct pr_difference *d, enum pr_verdict expected, const char *note)
{
	enum pr_verdict verdict = pr_verdict_decide(d, 0.02, NAN);
	char *text = pr_verdict_note(d, verdict, 0.02, 0.02);

	assert_string_equal(pr_verdict_name(verdict), pr_verdict_name(expected));
	if (strstr(text, note) == NULL)
		fail_msg("found '%s', expected '%s'", text, note);
	free(text);
	text = pr_verdict_short(d, verdict);
	assert_true(strlen(text) > 0 && strlen(text) < 32);
	free(text);
}

static void test_fractions(void **state)
{
	struct pr_difference d = make(0.05, 0.03, 0.07, 0.01);

	(void)state;
	check(&d, PR_VERDICT_IMPROVED, "better by at least 3.0 %");
	d.higher_is_better = false;
	check(&d, PR_VERDICT_REGRESSED, "worse by at least 3.0 %");
	d = make(-0.05, -0.07, -0.03, 0.01);
	check(&d, PR_VERDICT_REGRESSED, "worse by at least 3.0 %");
	d = make(2.1, 1.9, 2.4, 0.01);
	check(&d, PR_VERDICT_IMPROVED, "better: at least \u00d72.9");
	d = make(0.015, 0.01, 0.018, 0.01);
	check(&d, PR_VERDICT_BELOW_FLOOR, "not more than the 2.0 %");
	d = make(0.001, -0.01, 0.012, 1);
	check(&d, PR_VERDICT_EQUIVALENT, "no change larger than 1.1 %");
	d = make(0.01, -0.02, 0.05, 1);
	check(&d, PR_VERDICT_INCONCLUSIVE, "a change below 4.9 % may go unseen in 10 blocks");
}

/* The floor raises the bar; at the bar is not above it.  */
static void test_floor(void **state)
{
	struct pr_difference d = make(0.05, 0.03, 0.07, 0.01);

	(void)state;
	assert_int_equal(pr_verdict_decide(&d, 0.02, 0.06), PR_VERDICT_BELOW_FLOOR);
	assert_int_equal(pr_verdict_decide(&d, 0.05, NAN), PR_VERDICT_BELOW_FLOOR);
	assert_int_equal(pr_verdict_decide(&d, 0.049, 0.01), PR_VERDICT_IMPROVED);
}

static void test_corrections(void **state)
{
	struct pr_difference d = make(0.05, 0.03, 0.07, 0.16);

	(void)state;
	check(&d, PR_VERDICT_INCONCLUSIVE,
	      "not after the correction for several tests (p 0.032, "
	      "adjusted 0.160)");
	d.n = 7;
	check(&d, PR_VERDICT_INCONCLUSIVE,
	      "7 blocks cannot pass the correction for 5 tests: at least 8 are needed");
	d.n = 4;
	d.lo = d.hi = d.lo90 = d.hi90 = NAN;
	check(&d, PR_VERDICT_INCONCLUSIVE, "too few blocks (4)");
	d.n = 0;
	assert_int_equal(pr_verdict_decide(&d, 0.02, NAN), PR_VERDICT_VOID);
}

/* Would-blocks per message where the baseline has none.  */
static void test_from_zero(void **state)
{
	struct pr_difference d = {.n = 10,
	                          .raw = 1,
	                          .effect = NAN,
	                          .lo = NAN,
	                          .hi = NAN,
	                          .lo90 = NAN,
	                          .hi90 = NAN,
	                          .mde = NAN,
	                          .p_adjusted = 0.01,
	                          .from_zero = true};

	(void)state;
	check(&d, PR_VERDICT_REGRESSED, "worse: the baseline has none");
	d.negligible = true;
	check(&d, PR_VERDICT_BELOW_FLOOR, "less than one call in a hundred messages");
	d.raw = 0;
	check(&d, PR_VERDICT_EQUIVALENT, "no more than a stray call in a hundred messages");
	d.negligible = false;
	check(&d, PR_VERDICT_EQUIVALENT, "no difference on balance over the blocks");
	d.identical = true;
	check(&d, PR_VERDICT_EQUIVALENT, "the same in every block");
	d.n = 5;
	check(&d, PR_VERDICT_INCONCLUSIVE,
	      "the same in every block; 5 are too few for an interval");
	d.identical = false;
	check(&d, PR_VERDICT_INCONCLUSIVE, "too few blocks (5)");
	d.once = true;
	check(&d, PR_VERDICT_INCONCLUSIVE, "one traced trial each");
}

PR_TEST_MAIN(cmocka_unit_test(test_fractions), cmocka_unit_test(test_floor),
             cmocka_unit_test(test_corrections), cmocka_unit_test(test_from_zero))
