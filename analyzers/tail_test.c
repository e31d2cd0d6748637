/* SPDX-License-Identifier: MIT */
/* analyzers/tail_test.c - percentiles that rest on too few samples are not measured, and said so.
 */
#include "analyzers/tail.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/compare.h"
#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/test.h"

static void what_each_percentile_needs(void **state)
{
	(void)state;
	assert_true(pr_tail_needs("latency_p50") == 20);
	assert_true(pr_tail_needs("latency_p90") == 100);
	assert_true(pr_tail_needs("latency_sent_p99") == 1000);
	assert_true(pr_tail_needs("latency_p999") == 10000);
	assert_true(pr_tail_needs("latency_max") == 0);
	assert_true(pr_tail_needs("throughput") == 0);
	assert_true(pr_tail_is_short(9999, "latency_p999"));
	assert_false(pr_tail_is_short(10000, "latency_p999"));
	assert_false(pr_tail_is_short(NAN, "latency_p999")); /* not known: the run is believed */
	assert_false(pr_tail_is_short(1, "latency_max"));
}

/* Two phases, eight blocks of one ping-pong; `samples` goes into each trial.  */
static struct pr_run *make_run(const char *name, int messages, const char *samples)
{
	struct pr_buf text;
	struct pr_run *run;
	struct pr_error why;

	pr_buf_init(&text);
	pr_buf_printf(&text,
	              "{'format':'proctor.run','version':1,'status':'complete','plan':{'workloads':"
	              "[{'name':'%s','label':'w'}]},'phases':[{'label':'a','engine':'core'},"
	              "{'label':'b','engine':'core'}],'traces':[],'trials':[",
	              name);
	for (int i = 0; i < 16; i++)
		pr_buf_printf(
		        &text,
		        "%s{'phase':'%s','workload':'w','block':%d,'status':'ok','messages':%d,"
		        "%s'metrics':{'latency_p50':{'value':%d},'latency_p99':{'value':%d},"
		        "'latency_p999':{'value':%d},'latency_max':{'value':9000}}}",
		        i > 0 ? "," : "", i % 2 ? "b" : "a", i / 2 + 1, messages, samples, 1000 + i,
		        2000 + i, 3000 + i);
	pr_buf_puts(&text, "]}");
	for (char *at = text.text; *at != '\0'; at++)
		if (*at == '\'')
			*at = '"';
	assert_ok(pr_run_parse("run", text.text, text.size, "", 0, &run, &why), why);
	pr_buf_fini(&text);
	return run;
}

static const json_t *find_row(const json_t *comparison, const char *metric)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(comparison, "rows"), i, row)
	{
		if (strcmp(pr_json_text(row, "metric"), metric) == 0)
			return row;
	}
	fail_msg("no row of %s", metric);
	return NULL;
}

static void expect_missing(const json_t *comparison, const char *metric, const char *note)
{
	const json_t *row = find_row(comparison, metric);

	assert_string_equal(pr_json_text(row, "verdict"), "void");
	assert_string_equal(pr_json_text(row, "note"), note);
	assert_true(json_is_null(json_object_get(json_object_get(row, "baseline"), "value")));
	assert_true(json_is_null(json_object_get(row, "effect")));
}

static json_t *compare(struct pr_run *run)
{
	const struct pr_compare_opts opts = {.delta = PR_COMPARE_DELTA};
	struct pr_error why;
	json_t *comparison = pr_compare(run, &opts, &why);

	assert_non_null(comparison);
	return comparison;
}

/* 2,400 messages are 1,200 round trips.  Whoever wrote the p99.9 there, it is not used.  */
static void a_short_percentile_is_a_row_that_says_so(void **state)
{
	struct pr_run *run = make_run("pingpong", 2400, "");
	json_t *comparison = compare(run);

	(void)state;
	assert_true(isnan(pr_run_metric(&run->trials[0], "latency_p999")));
	assert_true(pr_run_metric(&run->trials[0], "latency_p99") >= 2000);
	expect_missing(comparison, "latency_p999", "1,200 samples, 10,000 are needed");
	assert_string_not_equal(pr_json_text(find_row(comparison, "latency_p99"), "verdict"),
	                        "void");
	json_decref(comparison);
	pr_run_destroy(&run);
}

/* The count of the record goes before what follows from the messages.  */
static void the_record_knows_best(void **state)
{
	struct pr_run *run = make_run("paced", 20000, "'latency_samples':90,");
	json_t *comparison = compare(run);

	(void)state;
	expect_missing(comparison, "latency_p99", "90 samples, 1,000 are needed");
	expect_missing(comparison, "latency_p999", "90 samples, 10,000 are needed");
	assert_true(pr_run_metric(&run->trials[0], "latency_p50") >= 1000);
	json_decref(comparison);
	pr_run_destroy(&run);
	run = make_run("paced", 10000, "");
	assert_true(pr_run_metric(&run->trials[0], "latency_p999") >= 3000);
	pr_run_destroy(&run);
}

PR_TEST_MAIN(cmocka_unit_test(what_each_percentile_needs),
             cmocka_unit_test(a_short_percentile_is_a_row_that_says_so),
             cmocka_unit_test(the_record_knows_best))
