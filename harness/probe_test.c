/* SPDX-License-Identifier: MIT */
/* harness/probe_test.c - the table of probes, and trials under callgrind.  */
#include "harness/probe.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "core/base/test.h"
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

static void check_counts(const json_t *trial)
{
	const json_t *metrics = json_object_get(trial, "metrics");
	const json_t *counts = json_object_get(json_object_get(trial, "counters"), "callgrind");
	const json_t *metric = json_object_get(metrics, "instructions_per_message");

	assert_string_equal(bench_text(trial, "status"), "ok");
	assert_string_equal(json_string_value(json_array_get(json_object_get(trial, "probes"), 0)),
	                    "callgrind");
	assert_true(json_number_value(json_object_get(metric, "value")) > 50);
	assert_null(json_object_get(metrics, "throughput")); /* never a time */
	assert_null(json_object_get(metrics, "cpu_per_message"));
	assert_int_equal(json_integer_value(json_object_get(counts, "messages")), 60);
	assert_true(json_integer_value(json_object_get(counts, "instructions_5")) > 60 * 50);
	assert_true(json_is_integer(json_object_get(counts, "instruction_misses")));
}

static void callgrind_counts_in_trials_of_its_own(void **state)
{
	char *dir = bench_dir();
	json_t *run = count_instructions(dir);
	const json_t *report = json_array_get(json_object_get(run, "probes"), 0);
	const char *status = bench_text(report, "status");

	(void)state;
	assert_int_equal(json_array_size(json_object_get(run, "probes")), 1);
	assert_int_equal(json_array_size(json_object_get(run, "traces")), 0);
	if (strcmp(status, "skipped") == 0) {
		print_message("skipped: %s\n", bench_text(report, "reason"));
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
	assert_string_equal(bench_text(report, "status"), "skipped");
	assert_non_null(strstr(bench_text(report, "reason"), "valgrind"));
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
		assert_string_equal(bench_text(trial, "status"), "ok");
		assert_int_equal(json_integer_value(json_object_get(own, "recvfrom_calls")), 80);
		assert_int_equal(json_integer_value(json_object_get(own, "recvfrom_ok")), 80);
		assert_null(json_object_get(json_object_get(trial, "metrics"), "throughput"));
	}
	pr_plan_destroy(&plan);
	json_decref(run);
	bench_remove(&dir);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_probe_has_its_bit),
	        cmocka_unit_test(callgrind_counts_in_trials_of_its_own),
	        cmocka_unit_test(those_within_agree_with_the_hooks),
	        cmocka_unit_test(without_valgrind_its_trials_are_skipped),
	};
	int status;

	if (bench_is_worker(argc, argv, &status))
		return status;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
