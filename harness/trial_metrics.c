/* SPDX-License-Identifier: MIT */
/* harness/trial_metrics.c - what a trial gathered, as metrics.
 *
 * What was not measured is left out; a zero means that zero was counted.  */
#include "harness/trial_metrics.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/buf.h"
#include "core/base/hist.h"
#include "core/base/json.h"
#include "core/base/metrics.h"
#include "harness/trial_pressure.h"

static int64_t number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

void pr_trial_put_metric(json_t *metrics, const char *name, json_t *value)
{
	const struct pr_metric *metric = pr_metrics_find(name);
	json_t *object = json_object();

	pr_json_set(object, "value", value);
	pr_json_set(object, "unit", pr_json_new_string(metric->unit));
	pr_json_set(metrics, name, object);
}

static void put_count(json_t *metrics, const char *name, int64_t value)
{
	pr_trial_put_metric(metrics, name, json_integer(value));
}

static void put_ratio(json_t *metrics, const char *name, double above, double below)
{
	if (below > 0)
		pr_trial_put_metric(metrics, name, json_real(above / below));
}

/* The parts of cpu_per_message by thread, where both ends share a process.  A thread that did
 * nothing is left out: the mate of a ping-pong, the I/O thread of an engine without one.  */
static void put_threads(const struct pr_trial *trial, json_t *metrics)
{
	const struct {
		const char *name;
		int64_t ns;
	} threads[] = {
	        {"cpu_per_message_main", trial->cpu_main_ns},
	        {"cpu_per_message_mate", trial->cpu_mate_ns},
	        {"cpu_per_message_io", trial->cpu_ns - trial->cpu_main_ns - trial->cpu_mate_ns},
	};

	for (size_t i = 0; trial->has_threads && i < sizeof(threads) / sizeof(threads[0]); i++)
		if (threads[i].ns * 1000 > trial->cpu_ns)
			put_ratio(metrics, threads[i].name, (double)threads[i].ns,
			          (double)trial->timed_messages);
}

static void put_switches(const struct pr_trial *trial, json_t *metrics)
{
	if (!trial->has_switches)
		return;
	put_ratio(metrics, "switches_voluntary_per_message", (double)trial->switches_voluntary,
	          (double)trial->timed_messages);
	put_ratio(metrics, "switches_involuntary_per_message", (double)trial->switches_involuntary,
	          (double)trial->timed_messages);
}

static void put_times(const struct pr_trial *trial, json_t *metrics)
{
	double messages = (double)trial->timed_messages;

	put_ratio(metrics, "throughput", messages * 1e9, (double)trial->elapsed_ns);
	put_ratio(metrics, "cpu_per_message", (double)trial->cpu_ns, messages);
	if (trial->workload->spec.link.roles == PR_ROLES_TWO) {
		put_ratio(metrics, "cpu_per_message_a", (double)trial->cpu_end_ns[PR_END_A],
		          messages);
		put_ratio(metrics, "cpu_per_message_b", (double)trial->cpu_end_ns[PR_END_B],
		          messages);
	}
	put_threads(trial, metrics);
	put_switches(trial, metrics);
	if (trial->fairness > 0)
		pr_trial_put_metric(metrics, "fairness", json_real(trial->fairness));
	if (trial->memory_per_connection != NULL)
		pr_trial_put_metric(metrics, "memory_per_connection",
		                    json_incref(trial->memory_per_connection));
	if (trial->memory_peak != NULL)
		pr_trial_put_metric(metrics, "memory_peak", json_incref(trial->memory_peak));
	if (trial->memory_peak_a != NULL)
		pr_trial_put_metric(metrics, "memory_peak_a", json_incref(trial->memory_peak_a));
}

/* A percentile with fewer samples beyond it is one sample's luck.  */
#define SAMPLES_BEYOND 10

static struct pr_hist *load_histogram(const json_t *json)
{
	struct pr_hist *hist = pr_alloc(sizeof(*hist));
	const json_t *bucket;
	size_t i;

	pr_hist_clear(hist);
	hist->count = (uint64_t)number(json, "count");
	hist->min_ns = number(json, "min");
	hist->max_ns = number(json, "max");
	json_array_foreach(json_object_get(json, "buckets"), i, bucket)
	{
		int64_t lowest_ns = json_integer_value(json_array_get(bucket, 0));

		hist->buckets[pr_hist_index(lowest_ns)] =
		        (uint64_t)json_integer_value(json_array_get(bucket, 1));
	}
	return hist;
}

/* Metrics PREFIX_p50 and so on, as far as there are such.  */
static void put_percentiles(const json_t *histogram, const char *prefix, json_t *metrics)
{
	static const struct {
		const char *name;
		double fraction;
		unsigned one_in; /* samples for one beyond */
	} percentiles[] = {
	        {"p50", 0.5, 2}, {"p90", 0.9, 10}, {"p99", 0.99, 100}, {"p999", 0.999, 1000}};
	struct pr_hist *hist;
	char name[64];

	if (histogram == NULL)
		return;
	hist = load_histogram(histogram);
	for (size_t i = 0; i < sizeof(percentiles) / sizeof(percentiles[0]); i++) {
		snprintf(name, sizeof(name), "%s_%s", prefix, percentiles[i].name);
		if (hist->count >= SAMPLES_BEYOND * percentiles[i].one_in &&
		    pr_metrics_find(name) != NULL)
			put_count(metrics, name,
			          pr_hist_percentile_ns(hist, percentiles[i].fraction));
	}
	snprintf(name, sizeof(name), "%s_max", prefix);
	if (hist->count > 0)
		put_count(metrics, name, hist->max_ns);
	free(hist);
}

/* An open loop is only as good as its generator: how fast it went, and how late it was.  */
static void put_pace(const struct pr_trial *trial, json_t *metrics)
{
	if (!trial->workload->ops->is_paced)
		return;
	put_ratio(metrics, "rate_offered", (double)trial->timed_messages * 1e9,
	          (double)trial->pace.offered_ns);
	put_ratio(metrics, "rate_achieved", (double)trial->timed_messages * 1e9,
	          (double)trial->pace.taken_ns);
	put_percentiles(trial->histogram_sent, "latency_sent", metrics);
	put_percentiles(trial->histogram_late, "send_late", metrics);
}

static void put_receives(int64_t calls, int64_t eagain, int64_t ok, int64_t bytes,
                         uint64_t messages, json_t *metrics)
{
	put_count(metrics, "recv_calls", calls);
	put_count(metrics, "recv_eagain", eagain);
	put_ratio(metrics, "recv_per_message", (double)calls, (double)messages);
	put_ratio(metrics, "eagain_per_message", (double)eagain, (double)messages);
	put_ratio(metrics, "bytes_per_recv", (double)bytes, (double)ok);
}

/* A counter as a metric of its own, where it is kept.  */
static void put_counter(const json_t *counters, const char *counter, const char *metric,
                        json_t *metrics)
{
	if (json_object_get(counters, counter) != NULL)
		put_count(metrics, metric, number(counters, counter));
}

static void put_hooks(const struct pr_trial *trial, const json_t *counters, json_t *metrics)
{
	if (json_object_get(counters, "recv_calls") != NULL)
		put_receives(number(counters, "recv_calls"), number(counters, "recv_eagain"),
		             number(counters, "recv_full") + number(counters, "recv_short"),
		             number(counters, "recv_bytes"), trial->messages, metrics);
	if (json_object_get(counters, "allocations") != NULL)
		put_ratio(metrics, "allocations_per_message",
		          (double)(number(counters, "allocations") +
		                   number(counters, "send_allocations")),
		          (double)trial->messages);
	put_counter(counters, "held_bytes_peak", "held_bytes_peak", metrics);
	put_counter(counters, "cap_disconnects", "disconnects", metrics);
	put_counter(counters, "stops", "stops", metrics);
}

static void put_strace(const struct pr_trial *trial, bool has_hooks, json_t *metrics)
{
	struct pr_check_calls received = pr_check_receives(trial->strace);
	const char *name;
	json_t *call;
	int64_t calls = 0;

	if (!has_hooks)
		put_receives(received.calls, received.eagain, received.ok, received.bytes,
		             trial->messages, metrics);
	json_object_foreach(trial->strace, name, call)
	{
		calls += number(call, "calls");
	}
	put_ratio(metrics, "syscalls_per_message", (double)calls, (double)trial->messages);
}

static void put_integrity(const struct pr_trial *trial, json_t *metrics)
{
	put_count(metrics, "messages_lost", trial->lost);
	put_count(metrics, "messages_reordered", trial->reordered);
	put_count(metrics, "messages_duplicated", trial->duplicated);
}

json_t *pr_trial_dump_metrics(const struct pr_trial *trial, const json_t *counters)
{
	json_t *metrics = json_object();

	if (trial->slices_done == 0) {
		if (trial->messages > 0) /* of a warm-up that went wrong */
			put_integrity(trial, metrics);
		return metrics;
	}
	if (trial->block > 0) {
		put_times(trial, metrics);
		put_percentiles(trial->histogram, "latency", metrics);
		put_pace(trial, metrics);
	}
	if (trial->pressure != NULL)
		pr_trial_put_pressure(trial->pressure, trial->block > 0, metrics);
	if (counters != NULL)
		put_hooks(trial, counters, metrics);
	if (trial->strace != NULL)
		put_strace(trial, counters != NULL, metrics);
	if (trial->instructions_per_message > 0)
		pr_trial_put_metric(metrics, "instructions_per_message",
		                    json_real(trial->instructions_per_message));
	put_integrity(trial, metrics);
	return metrics;
}
