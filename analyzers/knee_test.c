/* SPDX-License-Identifier: MIT */
/* analyzers/knee_test.c - the knee of invented sweeps.  */
#include "analyzers/knee.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/test.h"

#define BLOCKS 8

/* What a phase does at a step: 0 arrived: no trial.  */
struct step {
	int rate;
	double arrived, p99;
};

static void add_trial(struct pr_buf *text, const struct step *step, int block, double p99)
{
	if (step->arrived > 0)
		pr_buf_printf(text,
		              "%s{'phase':'a','workload':'paced,rate=%d','block':%d,'status':'ok',"
		              "'messages':5000,'metrics':{'throughput':{'value':%g},"
		              "'latency_p99':{'value':%g}}}",
		              block > 1 || text->text[text->size - 1] == '}' ? "," : "", step->rate,
		              block, step->arrived, p99);
}

/* The p99 of block 1 is 100 times the others': one disturbed block must not move a knee.  */
static json_t *knees_of(const struct step *steps, size_t count, int blocks)
{
	struct pr_buf text;
	struct pr_run *run;
	struct pr_error why;
	json_t *knees;

	pr_buf_init(&text);
	pr_buf_puts(&text, "{'format':'proctor.run','version':1,'status':'complete','phases':"
	                   "[{'label':'a','engine':'core'}],'traces':[],'plan':{'workloads':[");
	for (size_t i = 0; i < count; i++)
		pr_buf_printf(&text,
		              "%s{'name':'paced','label':'paced,rate=%d','options':{'size':64,"
		              "'rate':%d,'count':%d}}",
		              i > 0 ? "," : "", steps[i].rate, steps[i].rate, steps[i].rate / 4);
	pr_buf_puts(&text, "]},'trials':[");
	for (size_t i = 0; i < count; i++)
		for (int b = 1; b <= blocks; b++)
			add_trial(&text, &steps[i], b, steps[i].p99 * (b == 1 ? 100 : 1));
	pr_buf_puts(&text, "]}");
	for (char *at = text.text; *at != '\0'; at++)
		if (*at == '\'')
			*at = '"';
	assert_ok(pr_run_parse("run", text.text, text.size, "", 0, &run, &why), why);
	knees = pr_knee_json(run);
	pr_run_destroy(&run);
	pr_buf_fini(&text);
	return knees;
}

static void expect(const struct step *steps, size_t count, double knee, const char *limit)
{
	json_t *knees = knees_of(steps, count, BLOCKS);
	const json_t *first = json_array_get(knees, 0);

	assert_int_equal(json_array_size(knees), 1);
	assert_true(pr_run_number(first, "knee") == knee);
	assert_string_equal(pr_json_text(first, "limit"), limit);
	assert_true(pr_run_number(first, "lo") <= knee && pr_run_number(first, "hi") >= knee);
	assert_string_equal(pr_json_text(first, "sweep"), "paced");
	assert_int_equal(json_array_size(json_object_get(first, "steps")), count);
	json_decref(knees);
}

static void it_ends_where_too_little_arrives(void **state)
{
	/* Given in no order; 800 was not run any more.  */
	const struct step steps[] = {
	        {400, 300, 9e3}, {100, 100, 2e3}, {200, 181, 1e3}, {800, 0, 0}};

	(void)state;
	expect(steps, 4, 200, "rate");
}

/* The p99 of 400 is bad too, but that of 800 is not.  At 1600 it is 20 times the median of the
 * lower ones, 2 us.  */
static void it_ends_where_p99_explodes(void **state)
{
	const struct step steps[] = {{100, 100, 2e3}, {200, 200, 1e3},    {400, 400, 90e3},
	                             {800, 800, 2e3}, {1600, 1600, 40e3}, {3200, 2000, 1e6}};

	(void)state;
	expect(steps, 6, 800, "latency");
}

static void it_may_be_outside_of_the_sweep(void **state)
{
	const struct step good[] = {{100, 100, 1e3}, {200, 200, 1e3}, {400, 400, 1e3}};
	const struct step bad[] = {{100, 89, 1e3}, {200, 100, 1e3}, {400, 0, 0}};

	(void)state;
	expect(good, 3, 400, "none");
	expect(bad, 3, 0, "rate");
}

static void few_blocks_have_no_interval_and_few_steps_no_knee(void **state)
{
	const struct step steps[] = {{100, 100, 1e3}, {200, 200, 1e3}, {400, 300, 1e3}};
	json_t *knees = knees_of(steps, 3, 5);

	(void)state;
	assert_true(pr_run_number(json_array_get(knees, 0), "knee") == 200);
	assert_true(isnan(pr_run_number(json_array_get(knees, 0), "lo")));
	json_decref(knees);
	knees = knees_of(steps, 2, BLOCKS);
	assert_int_equal(json_array_size(knees), 0);
	json_decref(knees);
}

PR_TEST_MAIN(cmocka_unit_test(it_ends_where_too_little_arrives),
             cmocka_unit_test(it_ends_where_p99_explodes),
             cmocka_unit_test(it_may_be_outside_of_the_sweep),
             cmocka_unit_test(few_blocks_have_no_interval_and_few_steps_no_knee))
