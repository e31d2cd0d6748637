/* SPDX-License-Identifier: MIT */
/* analyzers/callgrind_test.c - instructions counted in fresh processes, compared.  */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/functions.h"
#include "analyzers/rows.h"
#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/test.h"

/* A trial under callgrind beside a traced one of the same phase and workload; five counts that are
 * `factor` times 100,000 to 100,400, of 100 messages.  */
static void add_trials(struct pr_buf *text, const char *phase, int factor)
{
	const char *head = "{\"phase\":\"%s\",\"workload\":\"pingpong\",\"block\":0,"
	                   "\"status\":\"ok\",\"reason\":null,\"messages\":100,";

	pr_buf_printf(text, head, phase);
	pr_buf_puts(text, "\"metrics\":{},\"counters\":{\"strace\":{\"recvfrom_calls\":7}}},");
	pr_buf_printf(text, head, phase);
	pr_buf_printf(text,
	              "\"metrics\":{\"instructions_per_message\":{\"value\":%d,"
	              "\"unit\":\"instructions/msg\"}},\"counters\":{\"callgrind\":{"
	              "\"messages\":100",
	              1002 * factor);
	for (int i = 0; i < 5; i++)
		pr_buf_printf(text, ",\"instructions_%d\":%d", i + 1, factor * (100000 + 100 * i));
	pr_buf_printf(text,
	              "}},\"functions\":[{\"function\":\"recv\",\"object\":\"libc.so.6\","
	              "\"instructions\":%d,\"misses\":0,\"calls\":%d},{\"function\":\"%s\","
	              "\"object\":\"lib%s.so\",\"instructions\":200,\"misses\":0,\"calls\":0},"
	              "{\"function\":\"others\",\"object\":\"?\",\"instructions\":-3,"
	              "\"misses\":0,\"calls\":0}]}",
	              factor * 1000, factor * 100, phase, phase);
}

static struct pr_run *make_run(int factor)
{
	struct pr_run *run = NULL;
	struct pr_error why;
	struct pr_buf text;

	pr_buf_init(&text);
	pr_buf_puts(&text, "{\"format\":\"proctor.run\",\"version\":1,\"status\":\"complete\","
	                   "\"plan\":{\"workloads\":[{\"name\":\"pingpong\"}]},\"phases\":["
	                   "{\"label\":\"a\",\"engine\":\"core\"},"
	                   "{\"label\":\"b\",\"engine\":\"core\"}],\"trials\":[");
	add_trials(&text, "a", 1);
	pr_buf_puts(&text, ",");
	add_trials(&text, "b", factor);
	pr_buf_puts(&text, "]}");
	assert_ok(pr_run_parse("run", text.text, text.size, NULL, 0, &run, &why), why);
	pr_buf_fini(&text);
	return run;
}

/* Expected: the shift of the logarithms is log(factor) exactly; p of two separate samples of five
 * is 2 / C(10, 5).  */
static void twice_as_many_instructions_are_worse(void **state)
{
	struct pr_run *run = make_run(2);
	struct pr_rows_opts opts = {.delta = 0.02};
	struct pr_rows *rows = pr_rows_create(run, 0, &opts);
	const struct pr_row *row = pr_rows_find(rows, 0, 1, "instructions_per_message");

	(void)state;
	assert_float_equal(row->baseline.value, 1002, 1e-6);
	assert_float_equal(row->baseline.lo, 1000, 1e-6);
	assert_float_equal(row->baseline.hi, 1004, 1e-6);
	assert_float_equal(row->difference.effect, 1, 1e-9);
	assert_float_equal(row->difference.p, 2.0 / 252, 1e-12);
	assert_float_equal(row->repeated, 0.004, 1e-9);
	assert_false(row->gating);
	assert_int_equal(row->verdict, PR_VERDICT_REGRESSED);
	assert_non_null(strstr(row->note, "5 fresh processes each"));
	assert_non_null(strstr(row->note, "0.4"));
	pr_rows_destroy(&rows);
	pr_run_destroy(&run);
}

static void the_same_counts_are_equivalent(void **state)
{
	struct pr_run *run = make_run(1);
	struct pr_rows_opts opts = {.delta = 0.02};
	struct pr_rows *rows = pr_rows_create(run, 0, &opts);
	const struct pr_row *row = pr_rows_find(rows, 0, 1, "instructions_per_message");

	(void)state;
	assert_float_equal(row->difference.effect, 0, 1e-9);
	assert_int_equal(row->verdict, PR_VERDICT_EQUIVALENT);
	/* The traced trial of the same phase and workload is not mistaken for it.  */
	assert_non_null(pr_run_find_trial(run, 1, 0, 0)->strace);
	assert_non_null(pr_run_find_callgrind(run, 1, 0)->callgrind);
	pr_rows_destroy(&rows);
	pr_run_destroy(&run);
}

static const json_t *find_function(const json_t *entry, const char *name)
{
	json_t *row;
	size_t i;

	json_array_foreach(json_object_get(entry, "rows"), i, row)
	{
		if (strcmp(pr_json_text(row, "function"), name) == 0)
			return row;
	}
	return NULL;
}

/* recv makes twice as many instructions in phase b, and each phase has a function of its own.
 * Expected: the differences of all rows, and of all objects, are the difference of the sums.  */
static void differences_add_up(void **state)
{
	struct pr_run *run = make_run(2);
	json_t *functions = pr_functions_json(run), *entry = json_array_get(functions, 0), *row;
	double rows = 0, objects = 0, all = pr_run_number(entry, "difference");
	size_t i;

	(void)state;
	assert_int_equal(json_array_size(functions), 1);
	assert_string_equal(pr_json_text(entry, "baseline"), "a");
	assert_float_equal(all, 10, 1e-9);
	assert_float_equal(pr_run_number(entry, "instructions"), 21.97, 1e-9);
	row = json_array_get(json_object_get(entry, "rows"), 0);
	assert_string_equal(pr_json_text(row, "function"), "recv");
	assert_float_equal(pr_run_number(row, "difference"), 10, 1e-9);
	assert_float_equal(pr_run_number(row, "calls"), 2, 1e-9);
	assert_float_equal(pr_run_number(find_function(entry, "b"), "baseline"), 0, 1e-9);
	assert_float_equal(pr_run_number(find_function(entry, "a"), "difference"), -2, 1e-9);
	json_array_foreach(json_object_get(entry, "rows"), i, row)
	{
		rows += pr_run_number(row, "difference");
	}
	json_array_foreach(json_object_get(entry, "objects"), i, row)
	{
		objects += pr_run_number(row, "difference");
	}
	assert_float_equal(rows, all, 1e-9);
	assert_float_equal(objects, all, 1e-9);
	json_decref(functions);
	pr_run_destroy(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(twice_as_many_instructions_are_worse),
	        cmocka_unit_test(the_same_counts_are_equivalent),
	        cmocka_unit_test(differences_add_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
