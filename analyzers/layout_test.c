/* SPDX-License-Identifier: MIT */
/* analyzers/layout_test.c - what builds differ by, against NumPy and SciPy
 * (fixtures/oracle/layout.py), and how often it is found where there is nothing.  */
#include "analyzers/layout.h"

#include <math.h>
#include <stdlib.h>

#include "analyzers/simulate.h"
#include "analyzers/verdict.h"
#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/test.h"

#define BLOCKS 12
#define BUILDS 5
#define ROUNDS 2000

static double number(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

static void assert_near(double found, double expected)
{
	if (!(fabs(found - expected) <= 1e-9 * (1 + fabs(expected))))
		fail_msg("found %.17g, expected %.17g", found, expected);
}

static void check_case(const json_t *entry)
{
	const json_t *blocks = json_object_get(entry, "d"),
	             *builds = json_object_get(entry, "build");
	size_t n = json_array_size(blocks), *build = pr_alloc(n * sizeof(*build));
	double *d = pr_alloc(n * sizeof(*d));
	struct pr_layout layout;

	for (size_t i = 0; i < n; i++) {
		d[i] = json_number_value(json_array_get(blocks, i));
		build[i] = (size_t)json_integer_value(json_array_get(builds, i));
	}
	pr_layout_estimate(&layout, d, build, n);
	assert_int_equal(layout.n, n);
	assert_near(layout.between, number(entry, "between"));
	assert_near(layout.within, number(entry, "within"));
	assert_near(layout.value, number(entry, "value"));
	assert_near(layout.lo, number(entry, "lo"));
	assert_near(layout.hi, number(entry, "hi"));
	/* Both are shares of permutations, from fixed seeds.  */
	assert_true(fabs(layout.p - number(entry, "p")) < 0.04);
	free(d);
	free(build);
}

static void agrees_with_scipy(void **state)
{
	struct pr_error why;
	json_t *oracle, *entry;
	size_t i;

	(void)state;
	assert_ok(pr_json_read_file(PR_FIXTURES "/oracle/layout.json", &oracle, &why), why);
	json_array_foreach(json_object_get(oracle, "cases"), i, entry)
	{
		check_case(entry);
	}
	assert_true(i >= 5);
	json_decref(oracle);
}

static void too_little_is_not_told(void **state)
{
	static const double d[] = {0.01, 0.02, 0.03, 0.04, 0.05, 0.06};
	static const size_t one[] = {3, 3, 3, 3, 3, 3}, two[] = {1, 2, 1, 2, 1, 2},
	                    many[] = {1, 2, 3, 4, 5, 1};
	struct pr_layout layout;

	(void)state;
	pr_layout_estimate(&layout, d, one, 6);
	assert_true(layout.builds == 0 && isnan(layout.p) && isnan(layout.value));
	assert_null(pr_layout_json(&layout));
	pr_layout_estimate(&layout, d, one, 0);
	assert_true(layout.builds == 0);
	pr_layout_estimate(&layout, d, two, 6); /* a spread, but no interval over two */
	assert_true(layout.builds == 2 && isnan(layout.lo) && !isnan(layout.between));
	pr_layout_estimate(&layout, d, many, 6); /* an interval, but no spread within */
	assert_true(layout.builds == 5 && isnan(layout.p) && !isnan(layout.lo));
}

/* How often builds are found to differ, and how often the interval over builds holds the truth
 * (0).  */
static void simulate(double between, double *found, double *covered)
{
	struct pr_rng rng;

	pr_rng_init(&rng, 99);
	*found = *covered = 0;
	for (int round = 0; round < ROUNDS; round++) {
		double d[BLOCKS], moved[BUILDS];
		size_t build[BLOCKS];
		struct pr_layout layout;

		for (size_t i = 0; i < BUILDS; i++)
			moved[i] = between * pr_simulate_normal(&rng);
		for (size_t i = 0; i < BLOCKS; i++) {
			build[i] = i % BUILDS;
			d[i] = moved[build[i]] + 0.01 * pr_simulate_normal(&rng);
		}
		pr_layout_estimate(&layout, d, build, BLOCKS);
		*found += (layout.p <= PR_VERDICT_ALPHA) / (double)ROUNDS;
		*covered += (layout.lo <= 0 && layout.hi >= 0) / (double)ROUNDS;
	}
}

static void finds_what_is_there_and_nothing_else(void **state)
{
	double found, covered;

	(void)state;
	simulate(0, &found, &covered);
	print_message("builds alike: found to differ in %.3f, interval holds the truth in %.3f\n",
	              found, covered);
	assert_true(found <= 0.06 && covered >= 0.94);
	simulate(0.04, &found, &covered);
	print_message("four times the noise of blocks between builds: found in %.3f, interval "
	              "holds the truth in %.3f\n",
	              found, covered);
	assert_true(found >= 0.8 && covered >= 0.93);
}

PR_TEST_MAIN(cmocka_unit_test(agrees_with_scipy), cmocka_unit_test(too_little_is_not_told),
             cmocka_unit_test(finds_what_is_there_and_nothing_else))
