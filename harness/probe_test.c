/* SPDX-License-Identifier: MIT */
/* harness/probe_test.c - the table of probes, and trials under callgrind.  */
#include "harness/probe.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/test.h"
#include "harness/probe/callgrind_file.h"
#include "harness/test/bench.h"

static void every_probe_has_its_bit(void **state)
{
	unsigned seen = 0;
	const char *names[PR_PROBES_MAX];
	size_t count = pr_probe_names(names);

	(void)state;
	assert_true(count <= PR_PROBES_MAX);
	for (size_t i = 0; i < count; i++) {
		const struct pr_probe_ops *probe = pr_probes[i];

		assert_string_equal(names[i], probe->name);
		assert_true(strlen(probe->summary) > 0);
		assert_int_equal(seen & pr_probe_bit(probe), 0);
		seen |= pr_probe_bit(probe);
		if (probe->run != NULL)
			assert_true(probe->permit != NULL && probe->skip != NULL &&
			            probe->array != NULL && probe->predict_s != NULL);
	}
	assert_int_equal(pr_probe_usual(),
	                 pr_probe_bit(&pr_probe_hooks) | pr_probe_bit(&pr_probe_strace));
}

/* A run of the floor, with two timed slices, under callgrind.  */
static json_t *count_instructions(const char *dir)
{
	struct pr_plan *plan = bench_plan("'phases':['floor'],'workloads':['pingpong,count=40'],"
	                                  "'slices':{'pingpong':2},'blocks':1,'deadline':100,"
	                                  "'probes':['callgrind']");
	struct pr_error why;
	json_t *run;

	assert_true(pr_probe_has_trials(&pr_probe_callgrind, plan));
	assert_false(pr_probe_has_trials(&pr_probe_strace, plan));
	assert_ok(bench_run(plan, dir, &why), why);
	run = bench_read(dir, "run.json");
	pr_plan_destroy(&plan);
	return run;
}

static const json_t *probe_trial(const json_t *run)
{
	json_t *trial;
	size_t i;

	json_array_foreach(json_object_get(run, "trials"), i, trial)
	{
		if (json_integer_value(json_object_get(trial, "block")) == 0)
			return trial;
	}
	return NULL;
}

/* The instructions of all functions are those of the metric.  */
static void check_functions(const json_t *trial, double instructions)
{
	json_t *functions = json_object_get(trial, "functions"), *function;
	double sum = 0;
	size_t i;

	assert_true(json_array_size(functions) > 3);
	json_array_foreach(functions, i, function)
	{
		sum += (double)json_integer_value(json_object_get(function, "instructions"));
	}
	assert_float_equal(sum, instructions, 0.5);
}

static void check_counts(const json_t *trial)
{
	const json_t *metrics = json_object_get(trial, "metrics");
	const json_t *counts = json_object_get(json_object_get(trial, "counters"), "callgrind");
	const json_t *metric = json_object_get(metrics, "instructions_per_message");

	assert_string_equal(pr_json_text_or(trial, "status", ""), "ok");
	assert_string_equal(json_string_value(json_array_get(json_object_get(trial, "probes"), 0)),
	                    "callgrind");
	assert_true(json_number_value(json_object_get(metric, "value")) > 50);
	assert_null(json_object_get(metrics, "throughput")); /* never a time */
	assert_null(json_object_get(metrics, "cpu_per_message"));
	assert_int_equal(json_integer_value(json_object_get(counts, "messages")), 60);
	assert_true(json_integer_value(json_object_get(counts, "instructions_5")) > 60 * 50);
	assert_true(json_is_integer(json_object_get(counts, "instruction_misses")));
	check_functions(trial, json_number_value(json_object_get(metric, "value")) * 60);
}

static void callgrind_counts_in_trials_of_its_own(void **state)
{
	char *dir = bench_dir();
	json_t *run = count_instructions(dir);
	const json_t *report = json_array_get(json_object_get(run, "probes"), 0);
	const char *status = pr_json_text_or(report, "status", "");

	(void)state;
	assert_int_equal(json_array_size(json_object_get(run, "probes")), 1);
	assert_int_equal(json_array_size(json_object_get(run, "traces")), 0);
	if (strcmp(status, "skipped") == 0) {
		print_message("skipped: %s\n", pr_json_text_or(report, "reason", ""));
	} else {
		assert_string_equal(status, "ok");
		check_counts(probe_trial(run));
	}
	json_decref(run);
	bench_remove(&dir);
}

static void without_valgrind_its_trials_are_skipped(void **state)
{
	char *path = strdup(getenv("PATH")), *dir = bench_dir();
	json_t *run;
	const json_t *report;

	(void)state;
	setenv("PATH", "/nonexistent", 1);
	run = count_instructions(dir);
	setenv("PATH", path, 1);
	report = json_array_get(json_object_get(run, "probes"), 0);
	assert_string_equal(pr_json_text_or(report, "status", ""), "skipped");
	assert_non_null(strstr(pr_json_text_or(report, "reason", ""), "valgrind"));
	assert_null(probe_trial(run));
	assert_int_equal(json_array_size(json_object_get(run, "trials")), 1); /* the timed one */
	json_decref(run);
	bench_remove(&dir);
	free(path);
}

/* A run of the floor under the probes that count within, and what each counted.  */
static void those_within_agree_with_the_hooks(void **state)
{
	char *dir = bench_dir();
	struct pr_plan *plan = bench_plan("'phases':['floor'],'workloads':['pingpong,count=40'],"
	                                  "'slices':{'pingpong':2},'blocks':1,'deadline':100,"
	                                  "'probes':['hooks','interpose','perf']");
	struct pr_error why;
	json_t *run, *trial;
	size_t i;

	(void)state;
	assert_ok(bench_run(plan, dir, &why), why);
	run = bench_read(dir, "run.json");
	assert_int_equal(json_array_size(json_object_get(run, "probes")), 2);
	json_array_foreach(json_object_get(run, "trials"), i, trial)
	{
		json_t *counters = json_object_get(trial, "counters");
		json_t *own = json_object_get(counters, "interpose");

		if (own == NULL)
			own = json_object_get(counters, "perf");
		if (json_integer_value(json_object_get(trial, "block")) > 0)
			continue;
		assert_string_equal(pr_json_text_or(trial, "status", ""), "ok");
		assert_int_equal(json_integer_value(json_object_get(own, "recvfrom_calls")), 80);
		assert_int_equal(json_integer_value(json_object_get(own, "recvfrom_ok")), 80);
		assert_null(json_object_get(json_object_get(trial, "metrics"), "throughput"));
	}
	pr_plan_destroy(&plan);
	json_decref(run);
	bench_remove(&dir);
}

static char *write_text(const char *dir, const char *text)
{
	char *path = pr_asprintf("%s/callgrind.out", dir);
	struct pr_error why;

	assert_ok(pr_buf_write_file(path, text, strlen(text), &why), why);
	return path;
}

static int64_t figure(const json_t *functions, const char *key, size_t at)
{
	return json_integer_value(json_array_get(json_object_get(functions, key), at));
}

/* Compressed names and positions, costs that end early, calls into another object, a function in
 * two files, and code of which nothing is known.  Expected: counted by hand.  */
static void self_costs_by_function(void **state)
{
	static const char *const text =
	        "# callgrind format\nversion: 1\npositions: line\n"
	        "events: Ir Dr Dw I1mr D1mr\nsummary: 175 1 1 5 0\n\n"
	        "ob=(1) /usr/lib/libengine.so.5\nfl=(1) read.c\nfn=(1) read_one\n"
	        "10 20 3 1 2\n+1 5\ncob=(2) /usr/lib/libc.so.6\ncfi=(2) recv.c\n"
	        "cfn=(2) recv\ncalls=7 40\n* 900 1 1 1\n-1 10\n"
	        "fi=(3) inline.h\n5 1 0 0 1\nfe=(1)\n12 4\n"
	        "cfn=(3) parse\ncalls=2 1\n12 30\n\n"
	        "fn=(3)\n20 30 0 0 1\n\n"
	        "ob=(2)\nfl=(2)\nfn=(2)\n40 100 0 0 1\n\n"
	        "ob=(3) ???\nfl=(4) ???\nfn=(4) 0x000000000401000\n0 3\n"
	        "fn=(5) 0x000000000402000\n0 2\n"
	        "ob=(1)\nfl=(4)\nfn=(6) 0x000000000003c930\n0 9\n\ntotals: 184 3 1 5 0\n";
	struct pr_callgrind_part part;
	struct pr_error why;
	char *dir = bench_dir(), *path = write_text(dir, text);
	json_t *since, *rank;

	(void)state;
	assert_ok(pr_callgrind_read(path, &part, &why), why);
	assert_int_equal(part.instructions, 184);
	assert_int_equal(part.misses, 5);
	assert_int_equal(json_object_size(part.functions), 5);
	assert_int_equal(figure(part.functions, "read_one\nlibengine.so.5", 0), 40);
	assert_int_equal(figure(part.functions, "read_one\nlibengine.so.5", 1), 3);
	assert_int_equal(figure(part.functions, "parse\nlibengine.so.5", 0), 30);
	assert_int_equal(figure(part.functions, "parse\nlibengine.so.5", 2), 2);
	assert_int_equal(figure(part.functions, "recv\nlibc.so.6", 0), 100);
	assert_int_equal(figure(part.functions, "recv\nlibc.so.6", 2), 7);
	assert_int_equal(figure(part.functions, "?\n?", 0), 5);
	assert_int_equal(json_object_size(part.nameless), 1);
	assert_string_equal(pr_json_text_or(part.nameless, "libengine.so.5", ""),
	                    "/usr/lib/libengine.so.5");
	since = pr_callgrind_since(part.functions, part.functions);
	assert_int_equal(json_object_size(since), 0);
	json_decref(since);
	rank = pr_callgrind_rank(part.functions);
	assert_string_equal(pr_json_text_or(json_array_get(rank, 0), "function", ""), "recv");
	assert_int_equal(json_array_size(rank), 5);
	json_decref(rank);
	pr_callgrind_forget(&part);
	assert_int_equal(pr_callgrind_read("/nonexistent", &part, &why), PR_FAILED);
	free(path);
	bench_remove(&dir);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_probe_has_its_bit),
	        cmocka_unit_test(self_costs_by_function),
	        cmocka_unit_test(callgrind_counts_in_trials_of_its_own),
	        cmocka_unit_test(those_within_agree_with_the_hooks),
	        cmocka_unit_test(without_valgrind_its_trials_are_skipped),
	};
	int status;

	if (bench_is_worker(argc, argv, &status))
		return status;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
