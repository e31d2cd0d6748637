/* SPDX-License-Identifier: MIT */
/* analyzers/walk_test.c - the cost of a read is found again in invented time lines.  */
#include "analyzers/walk.h"

#include <math.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/test.h"

#define READ_BYTES 8192

/* A stall of `points` points, between two of which 100 reads of base + step x buffers ns are made,
 * with some points before it that do not count.  */
static void add_trial(struct pr_buf *text, const char *phase, int block, int points, double base,
                      double step)
{
	double cpu = 0;

	pr_buf_printf(text,
	              "%s{'phase':'%s','workload':'held','block':%d,'position':1,'probes':"
	              "['hooks'],'status':'ok','reason':null,'messages':1000,'metrics':{},"
	              "'counters':{},'checks':[],'pressure':{'line':{'columns':['at_ns','stage',"
	              "'receiver_bytes','cpu_ns'],'points':[[0,0,0,0],[1,0,99999999,7]",
	              block > 1 || strcmp(phase, "walk") != 0 ? "," : "", phase, block);
	for (int i = 0; i < points; i++) {
		pr_buf_printf(text, ",[%d,1,%d,%.0f]", i + 2, i * 100 * READ_BYTES, cpu);
		cpu += 100 * (base + step * (i * 100 + 50));
	}
	pr_buf_puts(text, "]}}}");
}

static struct pr_run *make_run(const char *peers, int points)
{
	struct pr_run *run = NULL;
	struct pr_error why;
	struct pr_buf text;

	pr_buf_init(&text);
	pr_buf_printf(
	        &text,
	        "{'format':'proctor.run','version':1,'status':'complete','created':"
	        "'2026-11-22T08:00:00Z','argv':['proctor'],'seed':1,'plan':{'format':'proctor.plan'"
	        ",'version':1,'name':'x','phases':[{'label':'walk','engine':'core','options':{}},"
	        "{'label':'counter','engine':'core','options':{}},{'label':'other','engine':'zmq',"
	        "'options':{}}],'workloads':[{'name':'backpressure','label':'held','options':"
	        "{'stall':'forever','peers':%s,'roles':'one'}}],'blocks':7,'slices':{},'pin':'one',"
	        "'seed':1,'traces':0},'phases':[{'label':'walk','engine':'core','options':"
	        "{'size-check':'walk','read-size':'8K'},'has_hooks':true},{'label':'counter',"
	        "'engine':'core','options':{'size-check':'counter','read-size':'8K'},'has_hooks':"
	        "true},{'label':'other','engine':'zmq','options':{},'has_hooks':false}],'traces':[]"
	        ",'trials':[",
	        peers);
	for (int block = 1; block <= 7; block++)
		add_trial(&text, "walk", block, points, 3000, 20 + block);
	for (int block = 1; block <= 7; block++)
		add_trial(&text, "counter", block, points, 5000, 0);
	add_trial(&text, "other", 1, points, 5000, 0);
	pr_buf_puts(&text, "]}");
	for (size_t i = 0; i < text.size; i++)
		if (text.text[i] == '\'')
			text.text[i] = '"';
	assert_ok(pr_run_parse("x", text.text, text.size, "", 0, &run, &why), why);
	pr_buf_fini(&text);
	return run;
}

static double number(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

/* Steps of 21 to 27 ns: the median is 24, and of 7 trials all but the outermost hold it.  */
static void what_was_put_in_comes_out(void **state)
{
	struct pr_run *run = make_run("1", 30);
	json_t *walks = pr_walk_json(run);
	const json_t *walk = json_array_get(walks, 0), *counter = json_array_get(walks, 1);

	(void)state;
	assert_int_equal(json_array_size(walks), 2);
	assert_true(fabs(number(walk, "step_ns") - 24) < 0.01);
	assert_true(fabs(number(walk, "base_ns") - 3000) < 5);
	assert_true(fabs(number(walk, "step_lo") - 21) < 0.01);
	assert_true(fabs(number(walk, "step_hi") - 27) < 0.01);
	assert_true(fabs(number(counter, "step_ns")) < 0.01);
	assert_true(fabs(number(counter, "base_ns") - 5000) < 5);
	assert_int_equal(json_array_size(json_object_get(walk, "points")), 20);
	assert_non_null(
	        strstr(pr_json_text(walk, "text"), "A read of 8,192 bytes costs walk 3.00"));
	json_decref(walks);
	pr_run_destroy(&run);
}

static void when_it_shows_nothing(void **state)
{
	struct pr_run *one_process = make_run("0", 30), *brief = make_run("1", 5);

	(void)state;
	assert_null(pr_walk_json(one_process));
	assert_null(pr_walk_json(brief));
	pr_run_destroy(&one_process);
	pr_run_destroy(&brief);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(what_was_put_in_comes_out),
	        cmocka_unit_test(when_it_shows_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
