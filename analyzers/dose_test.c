/* SPDX-License-Identifier: MIT */
/* analyzers/dose_test.c - the slope of a dose and its interval; twins and what watching costs.
 * Expected values: sum((x - mean x)(y - mean y)) / sum((x - mean x)^2), computed in Python; of
 * runs, by construction.  */
#include "analyzers/dose.h"

#include <math.h>
#include <string.h>

#include "analyzers/disturbance.h"
#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/test.h"

static void a_line_has_its_slope(void **state)
{
	const double x[] = {0, 1, 2, 4}, y[] = {5000, 5700, 6400, 7800};

	(void)state;
	assert_float_equal(pr_dose_slope(x, y, 4), 700, 1e-9);
}

static void points_beside_a_line(void **state)
{
	const double x[] = {0, 1, 2, 4}, y[] = {10, 13, 11, 20};

	(void)state;
	assert_float_equal(pr_dose_slope(x, y, 4), 2.342857142857143, 1e-12);
}

static void without_a_dose_there_is_no_slope(void **state)
{
	const double x[] = {0, 0}, y[] = {1, 2};

	(void)state;
	assert_true(isnan(pr_dose_slope(x, y, 2)));
}

/* ---- runs ------------------------------------------------------------------------------------ */

#define BLOCKS 6
#define SLICES 2

struct made {
	const char *label, *options;
	double base, step; /* ns per message: base + step x what the block adds */
};

static const double added[BLOCKS] = {90, 95, 100, 100, 105, 110};

static double ns_of(const struct made *phase, int block)
{
	return phase->base + phase->step * added[block];
}

static void add_block(struct pr_buf *trials, struct pr_buf *samples, const struct made *phase,
                      int block)
{
	double ns = ns_of(phase, block);

	pr_buf_printf(trials,
	              "%s{\"phase\":\"%s\",\"workload\":\"pingpong\",\"block\":%d,\"status\":"
	              "\"ok\",\"reason\":null,\"messages\":2000,\"metrics\":{\"throughput\":{"
	              "\"value\":%.6f,\"unit\":\"msg/s\"},\"cpu_per_message\":{\"value\":%.6f,"
	              "\"unit\":\"ns\"}},\"counters\":{\"hooks\":{\"recv_calls\":4000,"
	              "\"recv_eagain\":2000,\"recv_full\":0,\"recv_short\":2000,"
	              "\"recv_bytes\":1}}}",
	              trials->size > 0 ? "," : "", phase->label, block + 1, 1e9 / ns, ns);
	for (int slice = 1; slice <= SLICES; slice++)
		pr_buf_printf(samples,
		              "{\"phase\":\"%s\",\"workload\":\"pingpong\",\"block\":%d,"
		              "\"slice\":%d,\"position\":1,\"predecessor\":null,"
		              "\"messages\":1000,\"elapsed_ns\":%.0f,\"cpu_ns\":%.0f,"
		              "\"status\":\"ok\"}\n",
		              phase->label, block + 1, slice, ns * 1000, ns * 1000);
}

static struct pr_run *make_run(const struct made *phases, size_t count)
{
	struct pr_buf json, trials, samples;
	struct pr_run *run = NULL;
	struct pr_error why;

	pr_buf_init(&json);
	pr_buf_init(&trials);
	pr_buf_init(&samples);
	pr_buf_puts(&json, "{\"format\":\"proctor.run\",\"version\":1,\"status\":\"complete\","
	                   "\"plan\":{\"workloads\":[{\"name\":\"pingpong\"}]},\"phases\":[");
	for (size_t i = 0; i < count; i++)
		pr_buf_printf(&json, "%s{\"label\":\"%s\",\"engine\":\"core\",\"options\":{%s}}",
		              i > 0 ? "," : "", phases[i].label, phases[i].options);
	for (int block = 0; block < BLOCKS; block++)
		for (size_t i = 0; i < count; i++)
			add_block(&trials, &samples, &phases[i], block);
	pr_buf_printf(&json, "],\"trials\":[%s]}", trials.text);
	assert_ok(pr_run_parse("run", json.text, json.size, samples.text, samples.size, &run, &why),
	          why);
	pr_buf_fini(&json);
	pr_buf_fini(&trials);
	pr_buf_fini(&samples);
	return run;
}

#define DOSE(count) "\"dose\":\"recv\",\"dose-at\":\"receive\",\"dose-count\":\"" count "\""

/* A dose costs 90 to 110 ns, another in each of six blocks.  Expected: of six values the interval
 * of 95 % is that of all of them, and the estimate the middle of this symmetrical sample; the
 * baseline makes one such call a message, which costs 100 ns of 1,000, and `none` makes none.  */
static void the_slope_has_its_interval(void **state)
{
	static const struct made phases[] = {
	        {"base", "\"x\":\"1\"", 1000, 0},
	        {"d0", "\"x\":\"1\"," DOSE("0"), 1000, 0},
	        {"d1", "\"x\":\"1\"," DOSE("1"), 1000, 1},
	        {"d2", "\"x\":\"1\"," DOSE("2"), 1000, 2},
	        {"d4", "\"x\":\"1\"," DOSE("4"), 1000, 4},
	};
	struct pr_run *run = make_run(phases, 5);
	json_t *doses = pr_dose_json(run), *dose;
	size_t i;

	(void)state;
	assert_int_equal(json_array_size(doses), 2); /* time and cpu */
	json_array_foreach(doses, i, dose)
	{
		assert_int_equal(pr_run_number(dose, "blocks"), BLOCKS);
		assert_float_equal(pr_run_number(dose, "slope_ns"), 100, 0.01);
		assert_float_equal(pr_run_number(dose, "lo"), 90, 0.01);
		assert_float_equal(pr_run_number(dose, "hi"), 110, 0.01);
		assert_float_equal(pr_run_number(dose, "made"), 1, 1e-9);
		assert_float_equal(pr_run_number(dose, "gain"), -0.1, 1e-4);
		assert_float_equal(pr_run_number(dose, "gain_lo"), -0.11, 1e-4);
		assert_float_equal(pr_run_number(dose, "gain_hi"), -0.09, 1e-4);
		assert_string_equal(pr_json_text(dose, "of"), "base");
	}
	json_decref(doses);
	pr_run_destroy(&run);
}

/* Expected: twins stand behind the phases and are none of them; a watched one is 2 % slower, one
 * without hooks 1 % faster, so that hooks cost 1/0.99 - 1.  */
static void twins_say_what_watching_costs(void **state)
{
	static const struct made phases[] = {
	        {"a", "\"x\":\"1\",\"lib\":\"libproctor.so\"", 1000, 0},
	        {"a+interpose", "\"x\":\"1\",\"lib\":\"libproctor.so\",\"watch\":\"interpose\"",
	         1020, 0},
	        {"a+unhooked", "\"x\":\"1\",\"lib\":\"/b/1.so:/b/2.so\",\"watch\":\"unhooked\"",
	         990, 0},
	        {"b", "\"x\":\"2\",\"lib\":\"libproctor.so\"", 900, 0},
	        {"alone", "\"x\":\"3\",\"watch\":\"interpose\"", 900, 0},
	};
	struct pr_run *run = make_run(phases, 5);
	json_t *list = pr_disturbance_json(run), *entry;
	size_t i;

	(void)state;
	assert_int_equal(run->phase_count, 3);
	assert_int_equal(run->twin_count, 2);
	assert_string_equal(run->phases[1].label, "b");
	assert_int_equal(pr_run_find_phase(run, "a+interpose"), PR_RUN_NONE);
	assert_int_equal(run->phases[pr_run_find_phase_or_twin(run, "a+unhooked")].twin_of, 0);
	assert_int_equal(json_array_size(list), 4);
	json_array_foreach(list, i, entry)
	{
		const char *probe = pr_json_text(entry, "probe");
		double ratio = strcmp(probe, "hooks") == 0 ? 1000.0 / 990 : 1.02;

		assert_float_equal(pr_run_number(entry, "ratio"), ratio, 1e-6);
		assert_float_equal(pr_run_number(entry, "lo"), ratio, 1e-6);
	}
	json_decref(list);
	pr_run_destroy(&run);
}

PR_TEST_MAIN(cmocka_unit_test(the_slope_has_its_interval),
             cmocka_unit_test(twins_say_what_watching_costs),
             cmocka_unit_test(a_line_has_its_slope), cmocka_unit_test(points_beside_a_line),
             cmocka_unit_test(without_a_dose_there_is_no_slope))
