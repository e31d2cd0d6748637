/* SPDX-License-Identifier: MIT */
/* harness/runner_test.c - whole runs: everything is recorded, what fails is named, the rest goes
 * on.  */
#include "harness/runner.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/test.h"
#include "harness/interrupt.h"
#include "harness/test/bench.h"

static void check_schema(const char *dir, const char *schema, const char *name)
{
	char *command = pr_asprintf(
	        "python3 '%s/ci/lib/check_schema.py' '%s/schemas/%s.schema.json' '%s/%s'",
	        PR_SOURCE_DIR, PR_SOURCE_DIR, schema, dir, name);

	if (system(command) != 0)
		fail_msg("%s does not follow its schema", name);
	free(command);
}

static size_t count_lines(const char *dir, const char *name)
{
	char *path = pr_asprintf("%s/%s", dir, name);
	struct pr_buf text;
	struct pr_error why;
	size_t lines = 0;

	pr_buf_init(&text);
	assert_ok(pr_buf_read_file(&text, path, &why), why);
	for (const char *at = text.text; (at = strchr(at, '\n')) != NULL; at++)
		lines++;
	pr_buf_fini(&text);
	free(path);
	return lines;
}

/* Each slice begins when the one before it has ended.  */
static void slices_follow_each_other(const char *dir)
{
	char *path = pr_asprintf("%s/samples.jsonl", dir);
	struct pr_buf text;
	struct pr_error why;
	json_int_t end_ns = 0;

	pr_buf_init(&text);
	assert_ok(pr_buf_read_file(&text, path, &why), why);
	for (char *rest = text.text, *at; (at = strsep(&rest, "\n")) != NULL && *at != '\0';) {
		json_t *line = json_loads(at, 0, NULL);
		json_int_t start_ns = json_integer_value(json_object_get(line, "start_ns"));

		assert_true(start_ns > 0 && start_ns >= end_ns);
		end_ns = start_ns + json_integer_value(json_object_get(line, "elapsed_ns"));
		json_decref(line);
	}
	pr_buf_fini(&text);
	free(path);
}

static const json_t *find_trial(const json_t *run, const char *phase, const char *workload,
                                int block)
{
	const json_t *trial;
	size_t i;

	json_array_foreach(json_object_get(run, "trials"), i, trial)
	{
		if (strcmp(pr_json_text_or(trial, "phase", ""), phase) == 0 &&
		    strcmp(pr_json_text_or(trial, "workload", ""), workload) == 0 &&
		    json_integer_value(json_object_get(trial, "block")) == block)
			return trial;
	}
	fail_msg("no trial %s, %s, block %d", phase, workload, block);
	return NULL;
}

static void expect_trial(const json_t *run, const char *phase, const char *workload, int block,
                         const char *status, const char *reason)
{
	const json_t *trial = find_trial(run, phase, workload, block);

	assert_string_equal(pr_json_text_or(trial, "status", ""), status);
	if (strstr(pr_json_text_or(trial, "reason", ""), reason) == NULL)
		assert_string_equal(pr_json_text_or(trial, "reason", ""), reason);
}

/* ---- whole runs -------------------------------------------------------------------------- */

static void everything_is_recorded(void **state)
{
	struct pr_plan *plan =
	        bench_plan("'phases':['floor','small=floor,pingpong=blocking,batch=8K'],"
	                   "'workloads':['pingpong,count=200','streaming,count=5000'],"
	                   "'slices':{'pingpong':2,'streaming':3},'blocks':2,'probes':['hooks']");
	char *dir = bench_dir();
	json_t *run, *histograms;
	struct pr_error why;

	(void)state;
	assert_ok(bench_run(plan, dir, &why), why);
	run = bench_read(dir, "run.json");
	histograms = bench_read(dir, "histograms.json");
	assert_string_equal(pr_json_text_or(run, "status", ""), "complete");
	assert_int_equal(json_array_size(json_object_get(run, "phases")), 2);
	assert_int_equal(json_array_size(json_object_get(run, "trials")), 2 * 2 * 2);
	assert_int_equal(json_array_size(json_object_get(run, "traces")), 0);
	assert_int_equal(json_array_size(json_object_get(histograms, "histograms")), 2 * 2);
	assert_int_equal(count_lines(dir, "samples.jsonl"), 2 * 2 * (2 + 3));
	for (int block = 1; block <= 2; block++) {
		expect_trial(run, "floor", "pingpong", block, "ok", "");
		expect_trial(run, "small", "streaming", block, "ok", "");
	}
	check_schema(dir, "run", "run.json");
	check_schema(dir, "samples", "samples.jsonl");
	check_schema(dir, "histograms", "histograms.json");
	slices_follow_each_other(dir);
	json_decref(run);
	json_decref(histograms);
	bench_remove(&dir);
	pr_plan_destroy(&plan);
}

static void a_run_can_be_run_again(void **state)
{
	struct pr_plan *plan = bench_plan("'phases':['floor'],'workloads':['streaming,count=1000'],"
	                                  "'blocks':1,'traces':0,'seed':99"),
	               *again;
	char *dir = bench_dir(), *path = pr_asprintf("%s/run.json", dir);
	json_t *first = pr_plan_dump(plan), *second;
	struct pr_error why;

	(void)state;
	assert_ok(bench_run(plan, dir, &why), why);
	assert_ok(pr_plan_load(path, &again, &why), why);
	second = pr_plan_dump(again);
	assert_true(json_equal(first, second));
	json_decref(first);
	json_decref(second);
	free(path);
	bench_remove(&dir);
	pr_plan_destroy(&plan);
	pr_plan_destroy(&again);
}

static void a_time_becomes_a_number_of_blocks(void **state)
{
	struct pr_plan *plan = bench_plan("'phases':['floor'],'workloads':['streaming,count=1000'],"
	                                  "'blocks':7,'traces':0");
	const char *argv[] = {"run"};
	char *dir = bench_dir();
	struct pr_runner_job job = {
	        .plan = plan, .dir = dir, .time_ns = 1, .quiet = true, .argc = 1, .argv = argv};
	struct pr_error why;
	json_t *run;

	(void)state;
	assert_ok(pr_runner_run(&job, &why), why);
	run = bench_read(dir, "run.json");
	assert_int_equal(
	        json_integer_value(json_object_get(json_object_get(run, "plan"), "blocks")), 1);
	assert_int_equal(json_array_size(json_object_get(run, "trials")), 1);
	json_decref(run);
	bench_remove(&dir);
	pr_plan_destroy(&plan);
}

/* ---- open loop --------------------------------------------------------------------------- */

static double metric_of(const json_t *trial, const char *name)
{
	const json_t *metric = json_object_get(json_object_get(trial, "metrics"), name);

	if (metric == NULL)
		fail_msg("%s was not measured", name);
	return json_number_value(json_object_get(metric, "value"));
}

/* 400 messages are due while the engine keeps the sender for 200 ms, so that of 2,000 a tenth is
 * more than 100 ms late, however fast the machine.  From the actual send, one is.  */
static void a_stall_of_the_engine_is_in_the_latency(void **state)
{
	static const char *const beyond[] = {"p50", "p90", "p99"};
	char *fake = bench_fake("stall");
	char *members = pr_asprintf("'phases':['stall=zmq,lib=%s'],"
	                            "'workloads':['paced,rate=2000,count=2000'],"
	                            "'slices':{'paced':1},'blocks':1,'traces':0,'deadline':60",
	                            fake);
	struct pr_plan *plan = bench_plan(members);
	char *dir = bench_dir();
	json_t *run, *histograms;
	const json_t *trial;
	struct pr_error why;

	(void)state;
	assert_ok(bench_run(plan, dir, &why), why);
	run = bench_read(dir, "run.json");
	histograms = bench_read(dir, "histograms.json");
	trial = find_trial(run, "stall", "paced", 1);
	expect_trial(run, "stall", "paced", 1, "ok", "");
	assert_true(metric_of(trial, "latency_p90") >= 99e6);
	assert_true(metric_of(trial, "rate_offered") <= 2001);
	assert_true(metric_of(trial, "rate_achieved") <= metric_of(trial, "rate_offered"));
	for (size_t i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++) {
		char *intended = pr_asprintf("latency_%s", beyond[i]);
		char *sent = pr_asprintf("latency_sent_%s", beyond[i]);

		assert_true(metric_of(trial, intended) >= metric_of(trial, sent));
		free(intended);
		free(sent);
	}
	assert_int_equal(json_array_size(json_object_get(histograms, "histograms")), 3);
	check_schema(dir, "run", "run.json");
	check_schema(dir, "histograms", "histograms.json");
	json_decref(run);
	json_decref(histograms);
	bench_remove(&dir);
	pr_plan_destroy(&plan);
	free(members);
	free(fake);
}

/* ---- several processes ------------------------------------------------------------------- */

static bool has_metric(const json_t *trial, const char *name)
{
	return json_object_get(json_object_get(trial, "metrics"), name) != NULL;
}

static void each_end_has_its_cpu_time(void **state)
{
	struct pr_plan *plan = bench_plan(
	        "'phases':['floor'],'roles':'two','blocks':1,"
	        "'workloads':['pingpong,count=1000','streaming,count=5000','pingpong,roles=one']");
	char *dir = bench_dir();
	const json_t *trial;
	struct pr_error why;
	json_t *run;

	(void)state;
	assert_ok(bench_run(plan, dir, &why), why);
	run = bench_read(dir, "run.json");
	check_schema(dir, "run", "run.json");
	trial = find_trial(run, "floor", "pingpong,roles=two", 1);
	assert_string_equal(pr_json_text_or(trial, "status", ""), "ok");
	assert_true(has_metric(trial, "latency_p99"));
	assert_true(has_metric(trial, "cpu_per_message_a"));
	assert_true(has_metric(trial, "cpu_per_message_b"));
	assert_true(has_metric(trial, "memory_peak_a"));
	assert_false(has_metric(trial, "cpu_per_message_main"));
	assert_true(has_metric(trial, "switches_voluntary_per_message"));
	trial = find_trial(run, "floor", "pingpong", 1);
	assert_false(has_metric(trial, "cpu_per_message_a"));
	assert_false(has_metric(trial, "memory_peak_a"));
	assert_true(has_metric(trial, "cpu_per_message_main"));
	assert_true(has_metric(trial, "switches_involuntary_per_message"));
	expect_trial(run, "floor", "streaming", 1, "ok", "");
	json_decref(run);
	bench_remove(&dir);
	pr_plan_destroy(&plan);
}

static void nothing_is_traced_that_takes_several_processes(void **state)
{
	struct pr_plan *plan = bench_plan("'phases':['floor'],'roles':'two','blocks':1,"
	                                  "'workloads':['streaming,count=100']");
	char *dir = bench_dir();
	struct pr_error why;
	json_t *run, *trace;

	(void)state;
	assert_ok(bench_run(plan, dir, &why), why);
	run = bench_read(dir, "run.json");
	trace = json_array_get(json_object_get(run, "traces"), 0);
	assert_string_equal(pr_json_text_or(trace, "status", ""), "skipped");
	assert_int_equal(json_array_size(json_object_get(run, "trials")), 1);
	json_decref(run);
	bench_remove(&dir);
	pr_plan_destroy(&plan);
}

/* With a worker for each workload, what one does wrong is no other's failure.  */
static void workers_for_each_workload(void **state)
{
	char *library = bench_fake("crash");
	char *members = pr_asprintf("'phases':['floor','fake=zmq,lib=%s'],'blocks':1,"
	                            "'workers':'workload','probes':['hooks'],'workloads':"
	                            "['streaming,count=4000','streaming,size=32,count=100']",
	                            library);
	struct pr_plan *plan = bench_plan(members);
	char *dir = bench_dir();
	struct pr_error why;
	json_t *run;

	(void)state;
	assert_ok(bench_run(plan, dir, &why), why);
	run = bench_read(dir, "run.json");
	expect_trial(run, "fake", "streaming,count=4000", 1, "failed", "about to crash");
	expect_trial(run, "fake", "streaming,size=32,count=100", 1, "ok", "");
	expect_trial(run, "floor", "streaming,count=4000", 1, "ok", "");
	json_decref(run);
	bench_remove(&dir);
	pr_plan_destroy(&plan);
	free(members);
	free(library);
}

static void a_fan_in_is_measured(void **state)
{
	char *members = pr_asprintf("'phases':['core=core,lib=%s/libproctor.so'],'blocks':1,"
	                            "'probes':['hooks'],'workloads':"
	                            "['fanin,connections=100,count=60000']",
	                            PR_BUILD_DIR);
	struct pr_plan *plan = bench_plan(members);
	char *dir = bench_dir();
	const json_t *trial;
	struct pr_error why;
	json_t *run;

	(void)state;
	assert_ok(bench_run(plan, dir, &why), why);
	run = bench_read(dir, "run.json");
	check_schema(dir, "run", "run.json");
	trial = find_trial(run, "core", "fanin", 1);
	assert_string_equal(pr_json_text_or(trial, "reason", ""), "");
	assert_true(has_metric(trial, "fairness"));
	assert_true(has_metric(trial, "memory_per_connection"));
	assert_true(has_metric(trial, "throughput"));
	json_decref(run);
	bench_remove(&dir);
	pr_plan_destroy(&plan);
	free(members);
}

/* The reader pauses twice; nothing gets lost meanwhile.  */
static void a_slow_reader_loses_nothing(void **state)
{
	struct pr_plan *plan = bench_plan("'phases':['floor'],'blocks':1,'probes':['hooks'],"
	                                  "'workloads':['streaming,hwm=10,reader=slow,"
	                                  "count=25000'],'slices':{'streaming':1}");
	char *dir = bench_dir();
	struct pr_error why;
	json_t *run;

	(void)state;
	assert_ok(bench_run(plan, dir, &why), why);
	run = bench_read(dir, "run.json");
	expect_trial(run, "floor", "streaming", 1, "ok", "");
	json_decref(run);
	bench_remove(&dir);
	pr_plan_destroy(&plan);
}

/* ---- traces ------------------------------------------------------------------------------ */

static void a_trace_agrees_with_the_hooks(void **state)
{
	struct pr_plan *plan =
	        bench_plan("'phases':['floor'],'blocks':1,"
	                   "'workloads':['pingpong,count=100','streaming,count=1000']");
	char *dir = bench_dir();
	json_t *run, *trace, *stages;
	struct pr_error why;

	(void)state;
	assert_ok(bench_run(plan, dir, &why), why);
	run = bench_read(dir, "run.json");
	check_schema(dir, "run", "run.json");
	trace = json_array_get(json_object_get(run, "traces"), 0);
	stages = json_object_get(trace, "stages");
	if (strcmp(pr_json_text_or(trace, "status", ""), "skipped") == 0) {
		assert_string_not_equal(pr_json_text_or(trace, "reason", ""), "");
		print_message("tracing is not permitted here: %s\n",
		              pr_json_text_or(trace, "reason", ""));
	} else {
		assert_string_equal(pr_json_text_or(trace, "status", ""), "ok");
		assert_int_equal(json_array_size(stages), 4);
		assert_string_equal(pr_json_text_or(json_array_get(stages, 0), "name", ""),
		                    "handshake");
		assert_string_equal(pr_json_text_or(json_array_get(stages, 3), "name", ""),
		                    "drain");
		expect_trial(run, "floor", "pingpong", 0, "ok", "");
		assert_true(json_array_size(json_object_get(trace, "checks")) > 20);
	}
	json_decref(run);
	bench_remove(&dir);
	pr_plan_destroy(&plan);
}

/* ---- engines that misbehave -------------------------------------------------------------- */

static struct pr_plan *plan_with_fake(const char *defect, int blocks)
{
	char *library = bench_fake(defect);
	char *members = pr_asprintf("'phases':['floor','fake=zmq,lib=%s'],'blocks':%d,'deadline':5,"
	                            "'workloads':['streaming,count=1000'],'slices':{'streaming':4},"
	                            "'probes':['hooks']",
	                            library, blocks);
	struct pr_plan *plan = bench_plan(members);

	free(library);
	free(members);
	return plan;
}

/* The fake fails its trial with the reason, and the floor beside it is measured.  */
static void fails_alone(const char *defect, const char *reason)
{
	struct pr_plan *plan = plan_with_fake(defect, 1);
	char *dir = bench_dir();
	struct pr_error why;
	json_t *run;

	assert_ok(bench_run(plan, dir, &why), why);
	run = bench_read(dir, "run.json");
	expect_trial(run, "fake", "streaming", 1, "failed", reason);
	expect_trial(run, "floor", "streaming", 1, "ok", "");
	check_schema(dir, "run", "run.json");
	check_schema(dir, "samples", "samples.jsonl");
	json_decref(run);
	bench_remove(&dir);
	pr_plan_destroy(&plan);
}

static void is_measured(const char *kind)
{
	struct pr_plan *plan = plan_with_fake(kind, 1);
	char *dir = bench_dir();
	struct pr_error why;
	json_t *run;

	assert_ok(bench_run(plan, dir, &why), why);
	run = bench_read(dir, "run.json");
	expect_trial(run, "fake", "streaming", 1, "ok", "");
	json_decref(run);
	bench_remove(&dir);
	pr_plan_destroy(&plan);
}

static void a_correct_fake_is_measured(void **state)
{
	(void)state;
	is_measured("good");
}

/* A slice longer than the deadline, in which messages move all the time.  */
static void a_slow_engine_is_not_a_hang(void **state)
{
	(void)state;
	is_measured("slow");
}

static void a_crash_is_named_with_the_last_words(void **state)
{
	(void)state;
	fails_alone("crash", "the worker died: it was ended by signal 6 (Aborted); its last words: "
	                     "fake: about to crash");
}

static void a_hang_is_ended(void **state)
{
	(void)state;
	fails_alone("hang",
	            "no answer within 5 s: the engine hangs or lost a message; its last words: "
	            "ended while waiting: 98 messages sent, 97 received");
}

static bool any_line_has(const json_t *lines, const char *part)
{
	const json_t *line;
	size_t i;

	json_array_foreach((json_t *)lines, i, line)
	{
		if (strstr(json_string_value(line), part) != NULL)
			return true;
	}
	return false;
}

/* Each thread is there, and the function that waits for ever; in the record and in the log.  */
static void a_hang_shows_its_stacks(void **state)
{
	struct pr_plan *plan = plan_with_fake("hang", 1);
	char *dir = bench_dir(), *path = pr_asprintf("%s/logs/fake.log", dir);
	const json_t *trial, *stacks;
	struct pr_error why;
	struct pr_buf log;
	json_t *run;

	(void)state;
	assert_ok(bench_run(plan, dir, &why), why);
	run = bench_read(dir, "run.json");
	check_schema(dir, "run", "run.json");
	trial = find_trial(run, "fake", "streaming", 1);
	stacks = json_object_get(trial, "stacks");
	assert_true(any_line_has(stacks, "thread "));
	assert_null(json_object_get(find_trial(run, "floor", "streaming", 1), "stacks"));
	if (any_line_has(stacks, "cannot be read")) {
		print_message("attaching is not permitted here\n");
	} else {
		assert_true(any_line_has(stacks, "zmq_send in fake_hang.so"));
		assert_true(any_line_has(stacks, "zmq_recv in fake_hang.so"));
		assert_non_null(strstr(pr_json_text_or(trial, "reason", ""), " < zmq_recv < "));
	}
	pr_buf_init(&log);
	assert_ok(pr_buf_read_file(&log, path, &why), why);
	assert_non_null(strstr(log.text, "it did not answer; where its threads were:\nthread "));
	pr_buf_fini(&log);
	free(path);
	json_decref(run);
	bench_remove(&dir);
	pr_plan_destroy(&plan);
}

static void lost_messages_are_counted(void **state)
{
	(void)state;
	fails_alone("lose", "of 250 messages in slice 1, 1 were lost, 0 reordered");
}

static void reordered_messages_are_counted(void **state)
{
	(void)state;
	fails_alone("reorder", "0 were lost, 1 reordered, 0 duplicated and 0 corrupt");
}

static void duplicated_messages_are_counted(void **state)
{
	(void)state;
	fails_alone("duplicate", "0 were lost, 0 reordered, 1 duplicated and 0 corrupt");
}

static void corrupt_messages_are_counted(void **state)
{
	(void)state;
	fails_alone("corrupt", "and 1 corrupt");
}

/* A process that does not sleep makes the slices of the others void, not its own.  The slices are
 * long enough for a busy machine to give it its turn in each.  */
static void who_does_not_sleep_voids_the_others(void **state)
{
	char *library = bench_fake("spin");
	char *members = pr_asprintf("'phases':['floor','fake=zmq,lib=%s'],'blocks':1,"
	                            "'workloads':['streaming,count=10000000'],"
	                            "'slices':{'streaming':2},'probes':['hooks']",
	                            library);
	struct pr_plan *plan = bench_plan(members);
	char *dir = bench_dir();
	struct pr_error why;
	json_t *run;

	(void)state;
	assert_ok(bench_run(plan, dir, &why), why);
	run = bench_read(dir, "run.json");
	assert_true(json_integer_value(json_object_get(find_trial(run, "floor", "streaming", 1),
	                                               "slices_void")) > 0);
	expect_trial(run, "fake", "streaming", 1, "ok", "");
	check_schema(dir, "run", "run.json");
	check_schema(dir, "samples", "samples.jsonl");
	json_decref(run);
	bench_remove(&dir);
	pr_plan_destroy(&plan);
	free(members);
	free(library);
}

static void a_phase_that_always_fails_is_given_up(void **state)
{
	struct pr_plan *plan = plan_with_fake("crash", 5);
	char *dir = bench_dir();
	struct pr_error why;
	json_t *run;

	(void)state;
	assert_ok(bench_run(plan, dir, &why), why);
	run = bench_read(dir, "run.json");
	expect_trial(run, "fake", "streaming", 3, "failed", "the worker died");
	expect_trial(run, "fake", "streaming", 4, "failed",
	             "not started again after 3 blocks in a row failed: the worker died");
	expect_trial(run, "floor", "streaming", 5, "ok", "");
	json_decref(run);
	bench_remove(&dir);
	pr_plan_destroy(&plan);
}

static void nothing_measured_is_void(void **state)
{
	char *library = bench_fake("crash");
	char *members = pr_asprintf("'phases':['fake=zmq,lib=%s'],'blocks':1,"
	                            "'workloads':['streaming,count=1000'],'probes':['hooks']",
	                            library);
	struct pr_plan *plan = bench_plan(members);
	char *dir = bench_dir();
	struct pr_error why;

	(void)state;
	assert_int_equal(bench_run(plan, dir, &why), PR_VOID);
	assert_non_null(strstr(why.text, "nothing was measured"));
	free(library);
	free(members);
	bench_remove(&dir);
	pr_plan_destroy(&plan);
}

/* ---- what cannot begin ------------------------------------------------------------------- */

static void refuse_to_begin(struct pr_plan *plan, const char *dir, const char *sentence)
{
	struct pr_error why;

	assert_int_equal(bench_run(plan, dir, &why), PR_FAILED);
	if (strstr(why.text, sentence) == NULL)
		assert_string_equal(why.text, sentence);
}

static void our_own_engine_is_not_libzmq(void **state)
{
	struct pr_plan *plan = plan_with_fake("own", 1);
	char *dir = bench_dir();

	(void)state;
	refuse_to_begin(plan, dir, "phase 'fake': engine zmq: ");
	assert_int_equal(access(dir, F_OK), -1); /* nothing was measured: nothing is left */
	refuse_to_begin(plan, dir, "is proctor's own engine");
	bench_remove(&dir);
	pr_plan_destroy(&plan);
}

/* Nor is it nng; and libzmq is not nng either.  */
static void neither_is_it_nng(void **state)
{
	static const struct {
		const char *fake, *sentence;
	} cases[] = {
	        {"own", "phase 'fake': engine nng: "},
	        {"own", "is proctor's own engine"},
	        {"good", "it is not a library with the nng API"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *library = bench_fake(cases[i].fake), *dir = bench_dir();
		char *members = pr_asprintf("'phases':['fake=nng,lib=%s'],"
		                            "'workloads':['streaming,pattern=pair']",
		                            library);
		struct pr_plan *plan = bench_plan(members);

		refuse_to_begin(plan, dir, cases[i].sentence);
		pr_plan_destroy(&plan);
		bench_remove(&dir);
		free(members);
		free(library);
	}
}

static void a_missing_library_is_named(void **state)
{
	struct pr_plan *plan = plan_with_fake("not_there", 1);
	char *dir = bench_dir();

	(void)state;
	refuse_to_begin(plan, dir, "fake_not_there.so: cannot open shared object file");
	bench_remove(&dir);
	pr_plan_destroy(&plan);
}

static void a_library_without_the_api_is_refused(void **state)
{
	struct pr_plan *plan =
	        bench_plan("'phases':['m=zmq,lib=libm.so.6'],'workloads':['streaming']");
	char *dir = bench_dir();

	(void)state;
	refuse_to_begin(plan, dir, "it is not a library with the libzmq API");
	bench_remove(&dir);
	pr_plan_destroy(&plan);
}

static void a_foreign_library_is_not_core(void **state)
{
	char *library = bench_fake("good");
	char *members =
	        pr_asprintf("'phases':['x=core,lib=%s'],'workloads':['streaming']", library);
	struct pr_plan *plan = bench_plan(members);
	char *dir = bench_dir();

	(void)state;
	refuse_to_begin(plan, dir, "it is not proctor's engine; use engine zmq");
	free(library);
	free(members);
	bench_remove(&dir);
	pr_plan_destroy(&plan);
}

static void a_run_is_never_overwritten(void **state)
{
	struct pr_plan *plan = bench_plan("'phases':['floor'],'workloads':['streaming,count=1000'],"
	                                  "'blocks':1,'traces':0");
	char *dir = bench_dir();
	struct pr_error why;

	(void)state;
	assert_ok(bench_run(plan, dir, &why), why);
	refuse_to_begin(plan, dir, "this directory is not empty, and a run is never overwritten");
	bench_remove(&dir);
	pr_plan_destroy(&plan);
}

/* ---- Ctrl-C ------------------------------------------------------------------------------ */

/* The child of the test: a run that would take hours.  */
static void run_for_hours(const char *dir)
{
	struct pr_plan *plan =
	        bench_plan("'phases':['floor','other=floor'],'blocks':10000,"
	                   "'workloads':['pingpong,count=100','streaming,count=1000']");
	struct pr_error why;

	if (pr_interrupt_init(&why) != PR_OK)
		_exit(1);
	_exit(bench_run(plan, dir, &why));
}

static void wait_for_first_block(const char *dir)
{
	char *path = pr_asprintf("%s/run.json", dir);

	while (access(path, F_OK) != 0)
		nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
	free(path);
}

static void an_interrupt_keeps_what_was_measured(void **state)
{
	char *dir = bench_dir();
	pid_t child;
	int status;
	json_t *run;

	(void)state;
	prctl(PR_SET_CHILD_SUBREAPER, 1); /* what the child leaves behind becomes ours */
	child = fork();
	if (child == 0)
		run_for_hours(dir);
	wait_for_first_block(dir);
	assert_int_equal(kill(child, SIGINT), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), PR_INTERRUPTED);
	assert_int_equal(waitpid(-1, &status, 0), -1); /* no worker is left */
	assert_int_equal(errno, ECHILD);
	run = bench_read(dir, "run.json");
	assert_string_equal(pr_json_text_or(run, "status", ""), "interrupted");
	expect_trial(run, "other", "streaming", 1, "ok", "");
	check_schema(dir, "run", "run.json");
	check_schema(dir, "samples", "samples.jsonl");
	json_decref(run);
	bench_remove(&dir);
}

/* Killed without warning, a run still leaves whole files, and its workers end.  */
static void a_killed_run_leaves_no_worker(void **state)
{
	char *dir = bench_dir();
	pid_t child;
	int status;
	json_t *run;

	(void)state;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	child = fork();
	if (child == 0)
		run_for_hours(dir);
	wait_for_first_block(dir);
	kill(child, SIGKILL);
	while (waitpid(-1, &status, 0) > 0)
		continue; /* comes to an end because the workers do */
	assert_int_equal(errno, ECHILD);
	run = bench_read(dir, "run.json");
	assert_string_equal(pr_json_text_or(run, "status", ""), "interrupted");
	json_decref(run);
	bench_remove(&dir);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(everything_is_recorded),
	        cmocka_unit_test(a_run_can_be_run_again),
	        cmocka_unit_test(a_stall_of_the_engine_is_in_the_latency),
	        cmocka_unit_test(a_time_becomes_a_number_of_blocks),
	        cmocka_unit_test(each_end_has_its_cpu_time),
	        cmocka_unit_test(nothing_is_traced_that_takes_several_processes),
	        cmocka_unit_test(workers_for_each_workload),
	        cmocka_unit_test(a_fan_in_is_measured),
	        cmocka_unit_test(a_slow_reader_loses_nothing),
	        cmocka_unit_test(a_trace_agrees_with_the_hooks),
	        cmocka_unit_test(a_correct_fake_is_measured),
	        cmocka_unit_test(a_slow_engine_is_not_a_hang),
	        cmocka_unit_test(a_crash_is_named_with_the_last_words),
	        cmocka_unit_test(a_hang_is_ended),
	        cmocka_unit_test(a_hang_shows_its_stacks),
	        cmocka_unit_test(lost_messages_are_counted),
	        cmocka_unit_test(reordered_messages_are_counted),
	        cmocka_unit_test(duplicated_messages_are_counted),
	        cmocka_unit_test(corrupt_messages_are_counted),
	        cmocka_unit_test(who_does_not_sleep_voids_the_others),
	        cmocka_unit_test(a_phase_that_always_fails_is_given_up),
	        cmocka_unit_test(nothing_measured_is_void),
	        cmocka_unit_test(our_own_engine_is_not_libzmq),
	        cmocka_unit_test(neither_is_it_nng),
	        cmocka_unit_test(a_missing_library_is_named),
	        cmocka_unit_test(a_library_without_the_api_is_refused),
	        cmocka_unit_test(a_foreign_library_is_not_core),
	        cmocka_unit_test(a_run_is_never_overwritten),
	        cmocka_unit_test(an_interrupt_keeps_what_was_measured),
	        cmocka_unit_test(a_killed_run_leaves_no_worker),
	};
	int status;

	if (bench_is_worker(argc, argv, &status))
		return status;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
