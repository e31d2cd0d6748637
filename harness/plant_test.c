/* SPDX-License-Identifier: MIT */
/* harness/plant_test.c - what is planted is really there.  Only lower bounds are asserted: a busy
 * machine adds to a time, and takes nothing from it.  */
#include "harness/plant.h"

#include <math.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/test.h"

static enum pr_err split(const char *json, struct pr_plant *plant, json_t **engine,
                         struct pr_error *why)
{
	json_t *options = json_loads(json, 0, NULL);
	enum pr_err err = pr_plant_split(options, "phase 'x'", plant, engine, why);

	json_decref(options);
	return err;
}

static void options_are_split(void **state)
{
	struct pr_error why;
	struct pr_plant plant, again;
	json_t *engine, *expanded = json_object(), *rest;

	(void)state;
	assert_ok(split("{\"lib\":\"a\",\"slow\":\"1.5%\",\"stall\":\"2\"}", &plant, &engine, &why),
	          why);
	assert_int_equal(json_object_size(engine), 1);
	assert_string_equal(pr_json_text(engine, "lib"), "a");
	assert_float_equal(plant.slow, 0.015, 1e-12);
	assert_float_equal(plant.stall, 0.02, 1e-12);
	assert_int_equal(plant.stall_ns, 40000000);
	pr_plant_expand(&plant, expanded);
	assert_ok(pr_plant_split(expanded, "again", &again, &rest, &why), why);
	assert_float_equal(again.slow, plant.slow, 1e-12);
	assert_float_equal(again.stall, plant.stall, 1e-12);
	assert_int_equal(again.stall_ns, plant.stall_ns);
	json_decref(engine);
	json_decref(rest);
	json_decref(expanded);
}

static void nothing_planted_leaves_no_trace(void **state)
{
	struct pr_error why;
	struct pr_plant plant;
	json_t *engine, *expanded = json_object();

	(void)state;
	assert_ok(split("{\"lib\":\"a\"}", &plant, &engine, &why), why);
	assert_true(pr_plant_is_empty(&plant));
	pr_plant_expand(&plant, expanded);
	assert_int_equal(json_object_size(expanded), 0);
	pr_plant_begin(NULL, NULL);
	pr_plant_message(NULL);
	json_decref(engine);
	json_decref(expanded);
}

static void bad_values_are_refused(void **state)
{
	struct pr_error why;
	struct pr_plant plant;
	json_t *engine;

	(void)state;
	assert_int_equal(split("{\"slow\":\"fast\"}", &plant, &engine, &why), PR_USAGE);
	assert_non_null(strstr(why.text, "phase 'x'"));
	assert_int_equal(split("{\"stall\":\"100\"}", &plant, &engine, &why), PR_USAGE);
	assert_non_null(strstr(why.text, "below 100 %"));
}

static void spend_ns(int64_t ns)
{
	int64_t until_ns = pr_clock_ns() + ns;

	while (pr_clock_ns() < until_ns)
		;
}

/* A hundred periods of 50 us with a tenth more each: half a millisecond at least.  */
static void slow_takes_its_share(void **state)
{
	struct pr_plant plant = {.slow = 0.1};
	int64_t spent_ns = 0;

	(void)state;
	pr_plant_ready(&plant);
	pr_plant_begin(&plant, NULL);
	for (int i = 0; i < 100; i++) {
		int64_t began_ns;

		spend_ns(50000);
		began_ns = pr_clock_ns();
		pr_plant_pay(&plant);
		spent_ns += pr_clock_ns() - began_ns;
	}
	assert_true(spent_ns >= 450000);
}

/* Slices too short for a payment: what they took is paid for later.  */
static void nothing_is_forgotten(void **state)
{
	struct pr_plant plant = {.slow = 0.1};

	(void)state;
	for (int i = 0; i < 10; i++) {
		pr_plant_begin(&plant, NULL);
		pr_plant_end(&plant, 10000);
	}
	assert_float_equal(plant.debt_ns, 10000, 1e-6);
}

/* However long the clock says that a slice took from begin to end, what is owed is the share of the
 * time that it reports, less what was planted in it.  */
static void what_surrounds_a_slice_is_not_paid_for(void **state)
{
	struct pr_plant plant = {.slow = 0.01, .debt_ns = 7};

	(void)state;
	pr_plant_begin(&plant, NULL);
	plant.last_ns -= 1000000000; /* a second goes by */
	pr_plant_end(&plant, 101000);
	assert_float_equal(plant.debt_ns, 7 + 1010, 1e-6);
	/* A payment that took what a second is owed for, in a slice of a tenth of one.  */
	plant.debt_ns = 0;
	pr_plant_begin(&plant, NULL);
	plant.debt_ns = 1e7;
	plant.spent_ns = 10000000;
	plant.stopped_ns = 40000000;
	pr_plant_end(&plant, 150000000);
	assert_float_equal(plant.debt_ns, 1e6 - 1e7, 1e-3);
	/* A slice that failed reports nothing.  */
	plant.debt_ns = 5;
	pr_plant_begin(&plant, NULL);
	pr_plant_end(&plant, 0);
	assert_float_equal(plant.debt_ns, 5, 1e-6);
	pr_plant_end(NULL, 1000);
}

/* Over many slices the payments are the share of the rest, whatever the clock does: what a payment
 * spends too much or too little, the next slice makes good.  */
static void payments_add_up_to_the_share(void **state)
{
	struct pr_plant plant = {.slow = 0.05};
	const double engine_ns = 1000000;
	double spent_ns = 0;

	(void)state;
	for (int i = 0; i < 100; i++) {
		pr_plant_begin(&plant, NULL);
		pr_plant_pay(&plant);
		spent_ns += (double)plant.spent_ns;
		pr_plant_end(&plant, (int64_t)engine_ns + plant.spent_ns);
	}
	assert_true(fabs(spent_ns + plant.debt_ns - 0.05 * 100 * engine_ns) < 1);
}

/* One in four, whatever the first was; each stop lasts, and there is one in a slice.  */
static void slices_stall_evenly(void **state)
{
	struct pr_plant plant = {.stall = 0.25, .stall_ns = 1000000};
	int stalls = 0;

	(void)state;
	pr_plant_ready(&plant);
	for (int i = 0; i < 40; i++) {
		int64_t began_ns = pr_clock_ns();
		bool expected;

		pr_plant_begin(&plant, NULL);
		expected = plant.stalls;
		stalls += expected;
		for (int j = 0; j < 20; j++)
			pr_plant_message(&plant);
		pr_plant_pay(&plant);
		assert_false(plant.stalls);
		assert_true(!expected || pr_clock_ns() - began_ns >= plant.stall_ns);
	}
	assert_int_equal(stalls, 10);
}

/* Where nothing is slow and no stall is due, no message pays; the pace that was found stays, but
 * not for another workload.  */
static void nothing_due_is_never_looked_at(void **state)
{
	struct pr_plant plant = {.stall = 0.25, .stall_ns = 1000}, slow = {.slow = 0.1};
	const int one = 1, other = 2;

	(void)state;
	pr_plant_ready(&plant);
	for (int i = 0; i < 8; i++) {
		pr_plant_begin(&plant, NULL);
		assert_true((plant.left == PR_PLANT_NEVER) != plant.stalls);
		if (plant.stalls)
			pr_plant_pay(&plant);
		assert_true(plant.left == PR_PLANT_NEVER);
	}
	pr_plant_ready(&slow);
	pr_plant_begin(&slow, &one);
	slow.every = 512;
	pr_plant_begin(&slow, &one);
	assert_int_equal(slow.left, 512);
	pr_plant_begin(&slow, &other);
	assert_true(slow.left < 512);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(options_are_split),
	        cmocka_unit_test(nothing_planted_leaves_no_trace),
	        cmocka_unit_test(bad_values_are_refused),
	        cmocka_unit_test(slow_takes_its_share),
	        cmocka_unit_test(nothing_is_forgotten),
	        cmocka_unit_test(what_surrounds_a_slice_is_not_paid_for),
	        cmocka_unit_test(payments_add_up_to_the_share),
	        cmocka_unit_test(slices_stall_evenly),
	        cmocka_unit_test(nothing_due_is_never_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
