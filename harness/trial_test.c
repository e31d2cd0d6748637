/* SPDX-License-Identifier: MIT */
/* harness/trial_test.c - a trial's record says what was measured and nothing else.  */
#include "harness/trial.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/hist.h"
#include "core/base/json.h"
#include "core/base/metrics.h"
#include "core/base/test.h"

static struct pr_plan *plan;
static json_t *glossary;

static int load(void **state)
{
	struct pr_plan_changes changes = {.phases = {{"floor"}, 1}};
	struct pr_error why;

	(void)state;
	if (pr_plan_load("seed", &plan, &why) != PR_OK ||
	    pr_plan_change(plan, &changes, &why) != PR_OK)
		return -1;
	glossary = json_pack("[{s:s, s:s}, {s:s, s:s}, {s:s, s:s}]", "name", "recv_calls", "kind",
	                     "sum", "name", "held_bytes_peak", "kind", "peak", "name", "not_kept",
	                     "kind", "sum");
	return glossary != NULL ? 0 : -1;
}

static int unload(void **state)
{
	(void)state;
	pr_plan_destroy(&plan);
	json_decref(glossary);
	return 0;
}

static json_t *slice(int messages, int lost)
{
	return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "messages", messages, "elapsed_ns",
	                 1000000, "cpu_ns", 500000, "lost", lost, "reordered", 0, "duplicated", 0,
	                 "corrupt", 0);
}

static bool add(struct pr_trial *trial, int messages, int lost)
{
	json_t *reply = slice(messages, lost);
	bool ok = pr_trial_add_slice(trial, reply);

	json_decref(reply);
	return ok;
}

static double metric(const json_t *record, const char *name)
{
	const json_t *found = json_object_get(json_object_get(record, "metrics"), name);

	if (found == NULL)
		fail_msg("%s is not in the record", name);
	assert_string_equal(pr_json_text(found, "unit"), pr_metrics_find(name)->unit);
	return json_number_value(json_object_get(found, "value"));
}

static bool has_metric(const json_t *record, const char *name)
{
	return json_object_get(json_object_get(record, "metrics"), name) != NULL;
}

/* 1000 messages by three threads, in one process.  */
static bool add_threads(struct pr_trial *trial, int main_ns, int mate_ns)
{
	json_t *reply = slice(1000, 0);
	bool ok;

	json_object_set_new(reply, "cpu_main_ns", json_integer(main_ns));
	json_object_set_new(reply, "cpu_mate_ns", json_integer(mate_ns));
	json_object_set_new(reply, "switches_voluntary", json_integer(40));
	json_object_set_new(reply, "switches_involuntary", json_integer(0));
	ok = pr_trial_add_slice(trial, reply);
	json_decref(reply);
	return ok;
}

static void the_threads_of_a_process_share_its_cpu_time(void **state)
{
	struct pr_trial trial;
	json_t *record;

	(void)state;
	pr_trial_init(&trial, &plan->phases[0], &plan->workloads[1], 1);
	assert_true(add_threads(&trial, 100000, 0));
	assert_true(add_threads(&trial, 200000, 0));
	record = pr_trial_dump(&trial, glossary);
	assert_float_equal(metric(record, "cpu_per_message"), 500, 1e-9);
	assert_float_equal(metric(record, "cpu_per_message_main"), 150, 1e-9);
	assert_float_equal(metric(record, "cpu_per_message_io"), 350, 1e-9);
	assert_false(has_metric(record, "cpu_per_message_mate")); /* it did nothing */
	assert_float_equal(metric(record, "switches_voluntary_per_message"), 0.04, 1e-9);
	assert_float_equal(metric(record, "switches_involuntary_per_message"), 0, 1e-9);
	json_decref(record);
	pr_trial_fini(&trial);
}

static void times_are_sums_over_slices(void **state)
{
	struct pr_trial trial;
	json_t *record;

	(void)state;
	pr_trial_init(&trial, &plan->phases[0], &plan->workloads[1], 1);
	assert_true(add(&trial, 1000, 0));
	assert_true(add(&trial, 3000, 0));
	record = pr_trial_dump(&trial, glossary);
	assert_float_equal(metric(record, "throughput"), 4000 / 0.002, 1e-3);
	assert_float_equal(metric(record, "cpu_per_message"), 250, 1e-9);
	assert_true(metric(record, "messages_lost") == 0);
	assert_false(has_metric(record, "recv_calls"));  /* no hooks: absent, not zero */
	assert_false(has_metric(record, "memory_peak")); /* no snapshot */
	assert_false(has_metric(record, "latency_p50")); /* no histogram */
	assert_true(json_is_null(json_object_get(record, "reason")));
	json_decref(record);
	pr_trial_fini(&trial);
}

static void heads_are_counted_but_not_timed(void **state)
{
	json_t *reply = slice(1000, 0), *record;
	struct pr_trial trial;

	(void)state;
	json_object_set_new(reply, "head_messages", json_integer(100));
	pr_trial_init(&trial, &plan->phases[0], &plan->workloads[1], 1);
	assert_true(pr_trial_add_slice(&trial, reply));
	record = pr_trial_dump(&trial, glossary);
	assert_float_equal(metric(record, "throughput"), 1000 / 0.001, 1e-3);
	assert_int_equal(json_integer_value(json_object_get(record, "messages")), 1100);
	assert_int_equal(json_integer_value(json_object_get(record, "head_messages")), 100);
	json_decref(record);
	json_decref(reply);
	pr_trial_fini(&trial);
}

static void a_trial_that_never_began_has_no_metrics(void **state)
{
	struct pr_trial trial;
	json_t *record;

	(void)state;
	pr_trial_init(&trial, &plan->phases[0], &plan->workloads[1], 1);
	pr_trial_fail(&trial, "the first reason");
	pr_trial_void(&trial, "a later one");
	record = pr_trial_dump(&trial, glossary);
	assert_int_equal(json_object_size(json_object_get(record, "metrics")), 0);
	assert_string_equal(pr_json_text(record, "status"), "failed");
	assert_string_equal(pr_json_text(record, "reason"), "the first reason");
	json_decref(record);
	pr_trial_fini(&trial);
}

static void lost_messages_fail_the_trial(void **state)
{
	struct pr_trial trial;
	json_t *record;

	(void)state;
	pr_trial_init(&trial, &plan->phases[0], &plan->workloads[1], 1);
	assert_true(add(&trial, 1000, 0));
	assert_false(add(&trial, 1000, 2));
	assert_int_equal(trial.status, PR_TRIAL_FAILED);
	record = pr_trial_dump(&trial, glossary);
	assert_true(metric(record, "messages_lost") == 2);
	assert_non_null(strstr(trial.reason, "of 1000 messages in slice 2, 2 were lost"));
	json_decref(record);
	pr_trial_fini(&trial);
}

/* Nothing was timed, but what went wrong is as much an answer as in a slice.  */
static void lost_messages_of_a_warm_up_fail_the_trial(void **state)
{
	json_t *odd = slice(500, 2), *record;
	struct pr_trial trial;

	(void)state;
	json_object_set_new(odd, "workload", json_string(plan->workloads[1].label));
	pr_trial_init(&trial, &plan->phases[0], &plan->workloads[1], 1);
	assert_false(pr_trial_add_warm_up(&trial, odd));
	assert_int_equal(trial.status, PR_TRIAL_FAILED);
	record = pr_trial_dump(&trial, glossary);
	assert_true(metric(record, "messages_lost") == 2);
	assert_false(has_metric(record, "throughput"));
	assert_int_equal(json_integer_value(json_object_get(record, "messages")), 500);
	assert_non_null(strstr(trial.reason, "of 500 messages in the warm-up, 2 were lost"));
	json_decref(record);
	json_decref(odd);
	pr_trial_fini(&trial);
}

/* A reader that is slow without being told loses messages where a stalled one does.  */
static void a_warm_up_of_stalls_may_lose_messages(void **state)
{
	struct pr_plan_workload stalled = plan->workloads[1];
	json_t *odd = slice(100, 160);
	struct pr_trial trial;

	(void)state;
	stalled.ops = pr_workload_find("backpressure");
	pr_trial_init(&trial, &plan->phases[0], &stalled, 1);
	assert_true(pr_trial_add_warm_up(&trial, odd));
	assert_int_equal(trial.status, PR_TRIAL_OK);
	assert_int_equal(trial.messages, 0);
	assert_int_equal(trial.lost, 0);
	json_object_set_new(odd, "corrupt", json_integer(1));
	assert_false(pr_trial_add_warm_up(&trial, odd));
	assert_int_equal(trial.status, PR_TRIAL_FAILED);
	json_decref(odd);
	pr_trial_fini(&trial);
}

static void counters_are_differences_and_peaks_are_not(void **state)
{
	struct pr_trial trial;
	json_t *before =
	        json_pack("{s:{s:i, s:i}}", "counters", "recv_calls", 100, "held_bytes_peak", 70);
	json_t *after = json_pack("{s:{s:i, s:i}, s:i}", "counters", "recv_calls", 130,
	                          "held_bytes_peak", 80, "memory_peak", 4096);
	json_t *counters;

	(void)state;
	pr_trial_init(&trial, &plan->phases[0], &plan->workloads[1], 1);
	assert_null(pr_trial_counters(&trial, glossary));
	pr_trial_set_before(&trial, before);
	pr_trial_set_after(&trial, after);
	counters = pr_trial_counters(&trial, glossary);
	assert_int_equal(json_integer_value(json_object_get(counters, "recv_calls")), 30);
	assert_int_equal(json_integer_value(json_object_get(counters, "held_bytes_peak")), 80);
	assert_null(json_object_get(counters, "not_kept"));
	json_decref(counters);
	json_decref(before);
	json_decref(after);
	pr_trial_fini(&trial);
}

static json_t *snapshot_of(size_t samples)
{
	json_t *buckets = json_array();

	for (size_t i = 0; i < samples; i++)
		json_array_append_new(
		        buckets, json_pack("[I, i]", (json_int_t)pr_hist_lowest_ns(128 + i), 1));
	return json_pack("{s:{s:i, s:I, s:I, s:o}}", "histogram", "count", (int)samples, "min",
	                 (json_int_t)pr_hist_lowest_ns(128), "max",
	                 (json_int_t)pr_hist_lowest_ns(127 + samples), "buckets", buckets);
}

static json_t *record_of(size_t samples)
{
	struct pr_trial trial;
	json_t *reply = snapshot_of(samples), *record;

	pr_trial_init(&trial, &plan->phases[0], &plan->workloads[0], 1);
	add(&trial, 2 * (int)samples, 0);
	pr_trial_set_after(&trial, reply);
	record = pr_trial_dump(&trial, glossary);
	pr_trial_fini(&trial);
	json_decref(reply);
	return record;
}

static void percentiles_need_ten_samples_beyond(void **state)
{
	json_t *few = record_of(999), *enough = record_of(1000);

	(void)state;
	assert_true(has_metric(few, "latency_p90"));
	assert_false(has_metric(few, "latency_p99"));
	assert_true(has_metric(enough, "latency_p99"));
	assert_false(has_metric(enough, "latency_p999"));
	assert_true(metric(enough, "latency_max") == (double)pr_hist_lowest_ns(1127));
	json_decref(few);
	json_decref(enough);
}

/* What a trace counted becomes flat keys, and a traced trial has no times.  */
static void a_traced_trial_has_counts_only(void **state)
{
	struct pr_trial trial;
	json_t *record, *flat;

	(void)state;
	pr_trial_init(&trial, &plan->phases[0], &plan->workloads[0], 0);
	add(&trial, 2000, 0);
	trial.strace = json_pack("{s:{s:i, s:i, s:i, s:{s:i}}, s:{s:i, s:i, s:{}}}", "recvfrom",
	                         "calls", 3000, "ok", 2000, "bytes", 132000, "errors", "EAGAIN",
	                         1000, "poll", "calls", 1000, "ok", 1000, "errors");
	record = pr_trial_dump(&trial, glossary);
	assert_false(has_metric(record, "throughput"));
	assert_false(has_metric(record, "cpu_per_message"));
	assert_float_equal(metric(record, "recv_per_message"), 1.5, 1e-9);
	assert_float_equal(metric(record, "eagain_per_message"), 0.5, 1e-9);
	assert_float_equal(metric(record, "bytes_per_recv"), 66, 1e-9);
	assert_float_equal(metric(record, "syscalls_per_message"), 2, 1e-9);
	flat = json_object_get(json_object_get(record, "counters"), "strace");
	assert_int_equal(json_integer_value(json_object_get(flat, "recvfrom_calls")), 3000);
	assert_int_equal(json_integer_value(json_object_get(flat, "recvfrom_eagain")), 1000);
	assert_int_equal(json_integer_value(json_object_get(flat, "poll_ok")), 1000);
	json_decref(record);
	pr_trial_fini(&trial);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(times_are_sums_over_slices),
	        cmocka_unit_test(the_threads_of_a_process_share_its_cpu_time),
	        cmocka_unit_test(heads_are_counted_but_not_timed),
	        cmocka_unit_test(a_trial_that_never_began_has_no_metrics),
	        cmocka_unit_test(lost_messages_fail_the_trial),
	        cmocka_unit_test(lost_messages_of_a_warm_up_fail_the_trial),
	        cmocka_unit_test(a_warm_up_of_stalls_may_lose_messages),
	        cmocka_unit_test(counters_are_differences_and_peaks_are_not),
	        cmocka_unit_test(percentiles_need_ten_samples_beyond),
	        cmocka_unit_test(a_traced_trial_has_counts_only),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
