/* SPDX-License-Identifier: MIT */
/* analyzers/curve_test.c - which workloads make a curve, and what it says of invented counts.  */
#include "analyzers/curve.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/test.h"

/* Windows in an order of their own, another size with one window, and another kind of workload.  */
static const struct {
	const char *label, *name;
	int size, window;
} workloads[] = {
        {"pingpong,window=16", "pingpong", 64, 16},
        {"pingpong,window=1", "pingpong", 64, 1},
        {"pingpong,size=1K,window=1", "pingpong", 1024, 1},
        {"streaming", "streaming", 64, 0},
        {"pingpong,window=4", "pingpong", 64, 4},
};

#define WORKLOADS (sizeof(workloads) / sizeof(workloads[0]))

/* Counts of one block: 1,000 messages that come in groups of `window`, and a failing read behind
 * each group when speculative.  */
static void add_trial(struct pr_buf *trials, const char *phase, size_t workload, int block,
                      bool speculative, int more)
{
	int groups = 1000 / (workloads[workload].window > 0 ? workloads[workload].window : 10);
	int failed = speculative ? groups : 0;

	if (more > 0 && speculative)
		failed += more * (block % 4);
	if (more < 0 && speculative && block == 1 && workloads[workload].window == 16)
		failed -= more;

	pr_buf_printf(
	        trials,
	        "%s{'phase':'%s','workload':'%s','block':%d,'position':1,'probes':['hooks'],"
	        "'status':'ok','reason':null,'messages':1000,'metrics':{},'counters':{'hooks':"
	        "{'recv_calls':%d,'recv_eagain':%d,'recv_full':0,'recv_short':%d,"
	        "'recv_bytes':66000,'send_calls':9,'send_bytes':66000}},'checks':[]}",
	        trials->size > 0 ? "," : "", phase, workloads[workload].label, block,
	        groups + failed, failed, groups);
}

/* more: would-blocks that some blocks have beyond the others; below 0: that the first has at the
 * largest window.  */
static struct pr_run *make_run_of(int blocks, int more)
{
	struct pr_buf plan, trials;
	struct pr_run *run = NULL;
	struct pr_error why;
	char *text;

	pr_buf_init(&plan);
	pr_buf_init(&trials);
	for (size_t w = 0; w < WORKLOADS; w++) {
		pr_buf_printf(&plan, "%s{'name':'%s','label':'%s','options':{'size':%d,'count':%d",
		              w > 0 ? "," : "", workloads[w].name, workloads[w].label,
		              workloads[w].size, workloads[w].size > 64 ? 500 : 1000);
		if (workloads[w].window > 0)
			pr_buf_printf(&plan, ",'window':%d", workloads[w].window);
		pr_buf_puts(&plan, "}}");
		for (int block = 1; block <= blocks; block++) {
			add_trial(&trials, "eager", w, block, true, more);
			add_trial(&trials, "patient", w, block, false, 0);
		}
	}
	text = pr_asprintf(
	        "{'format':'proctor.run','version':1,'status':'complete','created':"
	        "'2026-11-22T08:00:00Z','argv':['proctor'],'seed':1,'plan':{'format':'proctor.plan'"
	        ","
	        "'version':1,'name':'x','phases':[{'label':'eager','engine':'core','options':{}},"
	        "{'label':'patient','engine':'core','options':{}},{'label':'blind','engine':'zmq',"
	        "'options':{}}],'workloads':[%s],'blocks':2,'slices':{},'pin':'one','seed':1,"
	        "'traces':0},'phases':[{'label':'eager','engine':'core','options':{},'has_hooks':"
	        "true},{'label':'patient','engine':'core','options':{},'has_hooks':true},"
	        "{'label':'blind','engine':'zmq','options':{},'has_hooks':false}],'trials':[%s],"
	        "'traces':[]}",
	        plan.text, trials.text);
	for (char *at = text; *at != '\0'; at++)
		if (*at == '\'')
			*at = '"';
	assert_ok(pr_run_parse("x", text, strlen(text), "", 0, &run, &why), why);
	free(text);
	pr_buf_fini(&plan);
	pr_buf_fini(&trials);
	return run;
}

static struct pr_run *make_run(void)
{
	return make_run_of(2, 0);
}

/* Three windows of one size; what stands alone is no curve, and neither is the count.  */
static void one_option_differs(void **state)
{
	struct pr_run *run = make_run();
	json_t *curves = pr_curve_json(run), *curve = json_array_get(curves, 0);
	static const int values[] = {1, 4, 16};
	const json_t *list = json_object_get(curve, "values");

	(void)state;
	assert_int_equal(json_array_size(curves), 2); /* against window, and against size */
	assert_string_equal(pr_json_text(curve, "option"), "window");
	assert_string_equal(pr_json_text(curve, "title"), "pingpong");
	assert_int_equal(json_array_size(list), 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(json_integer_value(json_array_get(list, i)), values[i]);
	curve = json_array_get(curves, 1);
	assert_string_equal(pr_json_text(curve, "option"), "size");
	assert_int_equal(json_array_size(json_object_get(curve, "values")), 2);
	json_decref(curves);
	pr_run_destroy(&run);
}

static void expect(const json_t *phase, size_t point, double receives, double failed, double found)
{
	const json_t *at = json_array_get(json_object_get(phase, "points"), point);

	assert_int_equal(json_integer_value(json_object_get(at, "messages")), 2000);
	assert_float_equal(json_real_value(json_object_get(at, "receives_per_message")), receives,
	                   1e-9);
	assert_float_equal(json_real_value(json_object_get(at, "would_blocks_per_message")), failed,
	                   1e-9);
	assert_float_equal(json_real_value(json_object_get(at, "found_share")), found, 1e-9);
}

static void counts_become_rates(void **state)
{
	struct pr_run *run = make_run();
	json_t *curves = pr_curve_json(run);
	const json_t *phases = json_object_get(json_array_get(curves, 0), "phases");
	const json_t *eager = json_array_get(phases, 0), *patient = json_array_get(phases, 1),
	             *blind = json_array_get(phases, 2);

	(void)state;
	expect(eager, 0, 2, 1, 0.5);
	expect(eager, 1, 0.5, 0.25, 0.5);
	expect(eager, 2, 0.124, 0.062, 0.5);
	expect(patient, 0, 1, 0, 1);
	expect(patient, 2, 0.062, 0, 1);
	assert_string_equal(pr_json_text(eager, "probe"), "hooks");
	assert_string_equal(pr_json_text(eager, "text"),
	                    "1.00 would-blocks per message at window 1, 0.0620 at 16; of its reads "
	                    "50.0 % and 50.0 % find data: fewer because messages come together; of "
	                    "the reads that are made, as many fail as before.");
	assert_string_equal(pr_json_text(patient, "text"),
	                    "No would-block at any window from 1 to 16.");
	assert_true(json_is_null(json_object_get(blind, "probe")));
	assert_string_equal(pr_json_text(blind, "text"),
	                    "No probe counted its receives at two values or more.");
	json_decref(curves);
	pr_run_destroy(&run);
}

static void a_curve_can_be_shown(void **state)
{
	struct pr_run *run = make_run();
	json_t *curves = pr_curve_json(run);
	struct pr_view *view = pr_view_create();
	char *text;

	(void)state;
	pr_curve_view(view, curves);
	pr_curve_view(view, NULL);
	text = pr_view_markdown(view);
	assert_non_null(strstr(text, "Would-blocks (EAGAIN) of pingpong against window:"));
	assert_non_null(strstr(text, "50.0 % found"));
	free(text);
	pr_view_destroy(&view);
	json_decref(curves);
	pr_run_destroy(&run);
}

static void expect_range(const json_t *point, const char *key, double lo, double hi)
{
	char *low = pr_asprintf("%s_lo", key), *high = pr_asprintf("%s_hi", key);
	double value = json_number_value(json_object_get(point, key));
	double found_lo = json_number_value(json_object_get(point, low)),
	       found_hi = json_number_value(json_object_get(point, high));

	assert_true(found_lo <= value && value <= found_hi);
	assert_true(found_lo >= lo - 1e-9 && found_hi <= hi + 1e-9);
	free(low);
	free(high);
}

static const json_t *first_point(const json_t *curves, size_t phase)
{
	const json_t *phases = json_object_get(json_array_get(curves, 0), "phases");

	return json_array_get(json_object_get(json_array_get(phases, phase), "points"), 0);
}

/* Between the least and the most of a block; nothing from few blocks, or from one trial.  */
static void blocks_give_an_interval(void **state)
{
	struct pr_run *run = make_run_of(8, 100);
	json_t *curves = pr_curve_json(run);
	const json_t *eager =
	        json_array_get(json_object_get(json_array_get(curves, 0), "phases"), 0);

	(void)state;
	expect_range(first_point(curves, 0), "would_blocks_per_message", 1, 1.3);
	assert_true(json_number_value(json_object_get(first_point(curves, 0),
	                                              "would_blocks_per_message_lo")) > 1.02);
	expect_range(first_point(curves, 0), "receives_per_message", 2, 2.3);
	expect_range(first_point(curves, 0), "found_share", 1 / 2.3, 0.5);
	expect_range(first_point(curves, 1), "would_blocks_per_message", 0, 0);
	assert_non_null(strstr(pr_json_text(eager, "text"), "1.15 [1."));
	assert_true(json_is_null(
	        json_object_get(first_point(curves, 2), "would_blocks_per_message_lo")));
	json_decref(curves);
	pr_run_destroy(&run);
	run = make_run_of(5, 100);
	curves = pr_curve_json(run);
	assert_true(json_is_null(
	        json_object_get(first_point(curves, 0), "would_blocks_per_message_lo")));
	json_decref(curves);
	pr_run_destroy(&run);
}

/* What single blocks do is no movement of the curve.  */
static void what_blocks_do_not_agree_on_is_not_told(void **state)
{
	struct pr_run *run = make_run_of(8, -300);
	json_t *curves = pr_curve_json(run);
	const json_t *eager =
	        json_array_get(json_object_get(json_array_get(curves, 0), "phases"), 0);

	(void)state;
	assert_non_null(
	        strstr(pr_json_text(eager, "text"), "differs too much between blocks to tell"));
	json_decref(curves);
	pr_run_destroy(&run);
}

PR_TEST_MAIN(cmocka_unit_test(one_option_differs), cmocka_unit_test(blocks_give_an_interval),
             cmocka_unit_test(what_blocks_do_not_agree_on_is_not_told),
             cmocka_unit_test(counts_become_rates), cmocka_unit_test(a_curve_can_be_shown))
