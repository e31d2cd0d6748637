/* SPDX-License-Identifier: MIT */
/* harness/trial_pressure.c - the metrics of a stall.  */
#include "harness/trial_pressure.h"

#include <stddef.h>

#include "harness/trial_metrics.h"

/* Numbers that are metrics: where they are, and what they are called.  */
static const struct {
	const char *key, *metric;
	bool watched; /* also where a probe watched: a count of calls */
} numbers[] = {
        {"throughput_before", "throughput_before", false},
        {"throughput_drain", "throughput_drain", false},
        {"throughput_after", "throughput_after", false},
        {"release_to_first", "release_to_first", false},
        {"release_to_last", "release_to_last", false},
        {"release_calls_first", "release_calls_first", true},
        {"release_calls_last", "release_calls_last", true},
        {"zero_window_time", "zero_window_time", false},
        {"stall_accepted", "stall_accepted", false},
        {"refused", "sends_refused", false},
        {"unread", "messages_unread", false},
        {"reconnects", "disconnects", false},
        {"absorbed_bytes", "absorbed_bytes", false},
        {"engine_bytes_peak", "engine_bytes_peak", false},
        {"kernel_bytes_peak", "kernel_bytes_peak", false},
        {"memory_growth", "memory_growth", false},
};

static const struct {
	const char *stage, *key, *metric;
} latencies[] = {
        {"before", "p50", "latency_before_p50"},   {"before", "p99", "latency_before_p99"},
        {"stalled", "max", "latency_stalled_max"}, {"after", "p50", "latency_after_p50"},
        {"after", "p99", "latency_after_p99"},
};

static void put(const json_t *value, const char *metric, json_t *metrics)
{
	if (json_is_number(value))
		pr_trial_put_metric(metrics, metric, json_incref((json_t *)value));
}

void pr_trial_put_pressure(const json_t *pressure, bool timed, json_t *metrics)
{
	const json_t *latency = json_object_get(pressure, "latency");

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (timed || numbers[i].watched)
			put(json_object_get(pressure, numbers[i].key), numbers[i].metric, metrics);
	for (size_t i = 0; timed && i < sizeof(latencies) / sizeof(latencies[0]); i++)
		put(json_object_get(json_object_get(latency, latencies[i].stage), latencies[i].key),
		    latencies[i].metric, metrics);
}
