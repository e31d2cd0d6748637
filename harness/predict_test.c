/* SPDX-License-Identifier: MIT */
/* harness/predict_test.c - what a plan is told to take and to see.  */
#include "harness/predict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/floor.h"
#include "core/base/test.h"
#include "harness/test/bench.h"

static char *store;

/* No history but what a test makes.  */
static int use_own_store(void **state)
{
	char *path;

	(void)state;
	store = bench_dir();
	path = realpath(store, NULL); /* one that is not absolute would be ignored */
	setenv("XDG_DATA_HOME", path, 1);
	free(path);
	return 0;
}

static int remove_store(void **state)
{
	(void)state;
	bench_remove(&store);
	return 0;
}

static struct pr_plan *make_plan(void)
{
	return bench_plan("'phases':['a=floor','b=floor'],'blocks':6,'pin':'one','traces':0,"
	                  "'workloads':['pingpong,count=20','streaming,count=200'],"
	                  "'slices':{'pingpong':2,'streaming':2}");
}

/* 2 / 2^8 is the first that is not above 0.05 / 5.  */
static void five_tests_need_eight_blocks(void **state)
{
	struct pr_plan *plan = make_plan();
	struct pr_prediction prediction;

	(void)state;
	pr_predict(plan, &prediction);
	assert_int_equal(prediction.tests, 5);
	assert_int_equal(prediction.blocks_needed, 8);
	assert_int_equal(prediction.effect_count, 2);
	assert_int_equal(prediction.effects[0].executions, 0);
	assert_float_equal(prediction.effects[0].detectable,
	                   expm1(2.80 * plan->workloads[0].ops->guess_sd_one / sqrt(6 * 0.955)),
	                   1e-12);
	pr_plan_destroy(&plan);
}

static void one_phase_has_nothing_to_compare_with(void **state)
{
	struct pr_plan *plan = bench_plan("'phases':['floor'],'workloads':['pingpong,count=20']");
	struct pr_prediction prediction;

	(void)state;
	pr_predict(plan, &prediction);
	assert_int_equal(prediction.tests, 0);
	assert_int_equal(prediction.blocks_needed, 0);
	assert_int_equal(prediction.effect_count, 0);
	assert_true(prediction.seconds > 0);
	pr_plan_destroy(&plan);
}

static void more_time_is_more_blocks(void **state)
{
	struct pr_plan *plan = make_plan();
	uint64_t few = pr_predict_blocks(plan, 10), many = pr_predict_blocks(plan, 20);

	(void)state;
	assert_int_equal(pr_predict_blocks(plan, 0.001), 1);
	assert_true(few > 1 && (double)many > 1.9 * (double)few &&
	            (double)many < 2.3 * (double)few);
	plan->blocks = few;
	assert_true(pr_plan_predict_s(plan) <= 10);
	pr_plan_destroy(&plan);
}

static void slices_of_the_whole_length_are_counted_apart(void **state)
{
	(void)state;
	/* 8 of them take a second each.  */
	assert_int_equal(pr_predict_fit(8, 28.5, 1, 1), 20);
	assert_int_equal(pr_predict_fit(8, 16.5, 1, 1), 8);
	/* Fewer blocks have none, and so more time each.  */
	assert_int_equal(pr_predict_fit(8, 15.5, 1, 1), 7);
	assert_int_equal(pr_predict_fit(8, 5.5, 1, 1), 5);
	assert_int_equal(pr_predict_fit(8, 0.1, 1, 1), 1);
	assert_int_equal(pr_predict_fit(0, 10.5, 1, 1), 10);
}

/* On several CPUs, or with other work than usual, no number is made up.  */
static void what_is_not_known_is_not_foretold(void **state)
{
	static const char *const plans[] = {
	        "'phases':['a=floor','b=floor'],'blocks':10,'pin':'one','traces':0,"
	        "'workloads':['streaming,count=200,size=64K']",
	        "'phases':['a=floor','b=floor'],'blocks':10,'pin':'one','traces':0,"
	        "'workloads':['pingpong,count=20,roles=two']"};

	(void)state;
	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++) {
		struct pr_plan *plan = bench_plan(plans[i]);
		struct pr_prediction prediction;

		pr_predict(plan, &prediction);
		assert_int_equal(prediction.effect_count, 1);
		assert_true(isnan(prediction.effects[0].detectable));
		pr_plan_destroy(&plan);
	}
}

/* An A/A execution of a plan is found again before the next run of it.  */
static void an_execution_on_record_is_used(void **state)
{
	struct pr_plan *plan = make_plan();
	struct pr_prediction prediction;
	char *dir = bench_dir(), *path = NULL;
	struct pr_run *run = NULL;
	struct pr_error why;
	size_t count;

	(void)state;
	assert_ok(bench_run(plan, dir, &why), why);
	assert_ok(pr_run_load(dir, &run, &why), why);
	assert_ok(pr_floor_add(NULL, run, &path, &count, &why), why);
	plan->blocks = 20; /* whatever their number */
	pr_predict(plan, &prediction);
	assert_int_equal(prediction.effects[1].executions, 1);
	assert_true(prediction.effects[1].detectable > 0);
	free(path);
	pr_run_destroy(&run);
	pr_plan_destroy(&plan);
	bench_remove(&dir);
}

/* So is what blocks scattered by in earlier runs, which any of three says better.  */
static void earlier_runs_are_used(void **state)
{
	struct pr_plan *plan = make_plan();
	struct pr_prediction prediction;
	char *dir = bench_dir();
	struct pr_error why;

	(void)state;
	pr_predict(plan, &prediction);
	assert_int_equal(prediction.effects[0].executions, 1);
	plan->blocks = 12; /* some may be void, on a busy machine */
	assert_ok(bench_run(plan, dir, &why), why);
	for (size_t runs = 1; runs <= 4; runs++) {
		pr_predict_check(&prediction, dir, 1, true);
		pr_predict(plan, &prediction);
		assert_int_equal(prediction.effects[0].runs, runs < 3 ? 0 : runs);
		assert_int_equal(prediction.effects[0].executions, runs < 3 ? 1 : 0);
		assert_true(prediction.effects[0].detectable > 0);
	}
	pr_plan_destroy(&plan);
	bench_remove(&dir);
}

/* After the fourth block of eight or more, and only where nothing else is known.  */
static void the_pilot_tells_what_blocks_scatter_by(void **state)
{
	struct pr_plan *plan = bench_plan("'phases':['a=floor','b=floor'],'blocks':8,'pin':'one',"
	                                  "'traces':0,'workloads':['pingpong,count=30'],"
	                                  "'slices':{'pingpong':2}");
	struct pr_prediction prediction;
	char *dir = bench_dir(), *text;
	struct pr_error why;

	(void)state;
	pr_predict(plan, &prediction);
	assert_ok(bench_run(plan, dir, &why), why);
	assert_null(pr_predict_pilot(&prediction, dir, 3, 20));
	assert_null(pr_predict_pilot(&prediction, dir, 5, 20));
	assert_null(pr_predict_pilot(&prediction, dir, 4, 7));
	text = pr_predict_pilot(&prediction, dir, 4, 20);
	assert_non_null(text);
	assert_non_null(strstr(text, "as the first 4 blocks scatter, the smallest change that this "
	                             "run is likely to see is somewhere from "));
	assert_non_null(strstr(text, " in pingpong"));
	free(text);
	prediction.effects[0].runs = 3;
	assert_null(pr_predict_pilot(&prediction, dir, 4, 20));
	pr_plan_destroy(&plan);
	bench_remove(&dir);
}

static void check_range(const double *d, double least, double most)
{
	double found_least, found_most;

	pr_predict_pilot_range(d, 4, &found_least, &found_most);
	assert_float_equal(found_least, least, 1e-9);
	assert_float_equal(found_most, most, 1e-9);
}

/* Four blocks tell a factor of three; one that something hit does not hide what the others say.  */
static void a_pilot_tells_a_range(void **state)
{
	static const double even[] = {1, 3, 5, 7}, hit[] = {0, 1, 2, 101};
	double least, most;

	(void)state;
	check_range(even, 0.693 * sqrt(20.0 / 3), 2.266 * sqrt(20.0 / 3));
	check_range(hit, 0.693 * 1, 2.266 * sqrt((1 + 4 + 101 * 101 - 26 * 104) / 3.0));
	pr_predict_pilot_range(even, 1, &least, &most);
	assert_true(isnan(least) && isnan(most));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(five_tests_need_eight_blocks),
	        cmocka_unit_test(one_phase_has_nothing_to_compare_with),
	        cmocka_unit_test(more_time_is_more_blocks),
	        cmocka_unit_test(slices_of_the_whole_length_are_counted_apart),
	        cmocka_unit_test(what_is_not_known_is_not_foretold),
	        cmocka_unit_test(an_execution_on_record_is_used),
	        cmocka_unit_test(earlier_runs_are_used),
	        cmocka_unit_test(the_pilot_tells_what_blocks_scatter_by),
	        cmocka_unit_test(a_pilot_tells_a_range),
	};
	int status;

	if (bench_is_worker(argc, argv, &status))
		return status;
	return cmocka_run_group_tests(tests, use_own_store, remove_store);
}
