/* SPDX-License-Identifier: MIT */
/* core/base/metrics.c - the table of metrics.  */
#include "core/base/metrics.h"

#include <string.h>

#define HIGHER true
#define LOWER  false

#define TIMED   PR_METRIC_TIMED
#define COUNTED PR_METRIC_COUNTED
#define SHOWN   false
#define DETAIL  true

const struct pr_metric pr_metrics[] = {
        {"throughput", "msg/s", HIGHER, TIMED, SHOWN,
         "one-way messages a second, over the timed slices"},
        {"throughput_before", "msg/s", HIGHER, TIMED, SHOWN,
         "backpressure: messages a second that the reader took before it stalled"},
        {"throughput_drain", "msg/s", HIGHER, TIMED, SHOWN,
         "backpressure: the same of the backlog, from the end of the stall"},
        {"throughput_after", "msg/s", HIGHER, TIMED, SHOWN,
         "backpressure: the same after the backlog"},
        {"rate_offered", "msg/s", HIGHER, TIMED, SHOWN,
         "paced: messages a second by the schedule of the sender"},
        {"rate_achieved", "msg/s", HIGHER, TIMED, SHOWN,
         "paced: messages a second that the engine took from the sender"},
        {"latency_p50", "ns", LOWER, TIMED, SHOWN,
         "one-way latency that half stay below; paced: from the intended start, else half a round "
         "trip (service time)"},
        {"latency_p90", "ns", LOWER, TIMED, SHOWN, "one-way latency that 90 % stay below"},
        {"latency_p99", "ns", LOWER, TIMED, SHOWN, "one-way latency that 99 % stay below"},
        {"latency_p999", "ns", LOWER, TIMED, SHOWN, "one-way latency that 99.9 % stay below"},
        {"latency_max", "ns", LOWER, TIMED, SHOWN, "the longest one-way latency"},
        {"latency_before_p50", "ns", LOWER, TIMED, DETAIL,
         "backpressure: latency of messages that were ready before the stall, that half stay "
         "below"},
        {"latency_before_p99", "ns", LOWER, TIMED, DETAIL, "the same, that 99 % stay below"},
        {"latency_stalled_max", "ns", LOWER, TIMED, DETAIL,
         "backpressure: the longest latency of a message that was ready while the reader stalled"},
        {"latency_after_p50", "ns", LOWER, TIMED, DETAIL,
         "backpressure: latency of messages that were ready after the backlog, that half stay "
         "below"},
        {"latency_after_p99", "ns", LOWER, TIMED, DETAIL, "the same, that 99 % stay below"},
        {"latency_sent_p50", "ns", LOWER, TIMED, SHOWN,
         "paced: latency from the actual send (uncorrected: a stall of the sender is not in it) "
         "that half stay below"},
        {"latency_sent_p90", "ns", LOWER, TIMED, SHOWN, "the same, that 90 % stay below"},
        {"latency_sent_p99", "ns", LOWER, TIMED, SHOWN, "the same, that 99 % stay below"},
        {"latency_sent_p999", "ns", LOWER, TIMED, SHOWN, "the same, that 99.9 % stay below"},
        {"latency_sent_max", "ns", LOWER, TIMED, SHOWN, "the longest latency from the actual send"},
        {"send_late_p50", "ns", LOWER, TIMED, SHOWN,
         "paced: how late the sender was, from intended to actual, that half stay below"},
        {"send_late_p99", "ns", LOWER, TIMED, SHOWN, "the same, that 99 % stay below"},
        {"send_late_max", "ns", LOWER, TIMED, SHOWN, "the latest that a message was sent"},
        {"cpu_per_message", "ns", LOWER, TIMED, SHOWN,
         "CPU time of the engine's processes, all threads, per message"},
        {"cpu_per_message_a", "ns", LOWER, TIMED, SHOWN,
         "with roles=two: the part of it in the process of end A"},
        {"cpu_per_message_b", "ns", LOWER, TIMED, SHOWN,
         "with roles=two: the part of it in the process of end B"},
        {"cpu_per_message_main", "ns", LOWER, TIMED, DETAIL,
         "with roles=one: the part of it in the application's main thread, which receives"},
        {"cpu_per_message_mate", "ns", LOWER, TIMED, DETAIL,
         "with roles=one: the part of it in the application's second thread, which sends"},
        {"cpu_per_message_io", "ns", LOWER, TIMED, DETAIL,
         "with roles=one: the part of it in the threads that the engine started"},
        {"switches_voluntary_per_message", "switches/msg", LOWER, COUNTED, DETAIL,
         "context switches because a thread had to wait, all threads, per message"},
        {"switches_involuntary_per_message", "switches/msg", LOWER, COUNTED, DETAIL,
         "context switches because another thread took the CPU, per message"},
        {"fairness", "of 1", HIGHER, COUNTED, SHOWN,
         "fan-in: messages of the slowest client, of its fair share; the worst slice"},
        {"recv_calls", "calls", LOWER, COUNTED, SHOWN, "receive system calls on the sockets"},
        {"recv_eagain", "calls", LOWER, COUNTED, SHOWN,
         "receives that found nothing (would-block, EAGAIN)"},
        {"recv_per_message", "calls/msg", LOWER, COUNTED, SHOWN,
         "receives per message, failed ones included"},
        {"eagain_per_message", "calls/msg", LOWER, COUNTED, SHOWN, "would-blocks per message"},
        {"bytes_per_recv", "bytes", HIGHER, COUNTED, SHOWN, "bytes per successful receive"},
        {"syscalls_per_message", "calls/msg", LOWER, COUNTED, SHOWN,
         "system calls of the process per message"},
        {"allocations_per_message", "allocations/msg", LOWER, COUNTED, SHOWN,
         "heap allocations per message"},
        {"instructions_per_message", "instructions/msg", LOWER, COUNTED, SHOWN,
         "instructions per message"},
        {"messages_lost", "messages", LOWER, COUNTED, SHOWN,
         "numbered messages that never arrived"},
        {"messages_reordered", "messages", LOWER, COUNTED, SHOWN,
         "numbered messages that arrived out of order"},
        {"messages_duplicated", "messages", LOWER, COUNTED, SHOWN,
         "numbered messages that arrived again"},
        {"memory_peak", "bytes", LOWER, COUNTED, SHOWN,
         "most resident memory of the process during the trial"},
        {"memory_peak_a", "bytes", LOWER, COUNTED, SHOWN,
         "with roles=two: the same of the process of end A"},
        {"memory_per_connection", "bytes", LOWER, COUNTED, SHOWN,
         "fan-in: resident memory that an idle connection adds"},
        {"held_bytes_peak", "bytes", LOWER, COUNTED, SHOWN,
         "most bytes held back at once on one connection"},
        {"absorbed_bytes", "bytes", HIGHER, COUNTED, SHOWN,
         "bytes that a stalled receiver took in beyond its HWM, what lies in its sockets included"},
        {"engine_bytes_peak", "bytes", LOWER, COUNTED, SHOWN,
         "backpressure: most bytes in the engine, both ends: handed over, not in the kernel (where "
         "that is known), not received"},
        {"kernel_bytes_peak", "bytes", LOWER, COUNTED, SHOWN,
         "backpressure: most bytes in the sockets of all connections"},
        {"memory_growth", "bytes", LOWER, COUNTED, SHOWN,
         "backpressure: what the resident memory of the receiving process grew by, at most"},
        {"stall_accepted", "messages", HIGHER, COUNTED, DETAIL,
         "messages that the engine (of raw senders: the kernel) took from its senders in a stall"},
        {"sends_refused", "times", LOWER, COUNTED, DETAIL,
         "backpressure: sends that the engine did not take (EAGAIN); the sender tries again after "
         "50 us"},
        {"messages_unread", "messages", LOWER, COUNTED, DETAIL,
         "backpressure, stall=forever: messages that were sent and never asked for"},
        {"release_calls_first", "calls", LOWER, COUNTED, DETAIL,
         "system calls of the engine from the end of a stall to the first message"},
        {"release_calls_last", "calls", LOWER, COUNTED, SHOWN,
         "the same to the last message of the backlog"},
        {"release_to_first", "ns", LOWER, TIMED, SHOWN,
         "from the end of a stall to the first message"},
        {"release_to_last", "ns", LOWER, TIMED, SHOWN,
         "from the end of a stall to the last message of the backlog"},
        {"zero_window_time", "ns", LOWER, TIMED, SHOWN,
         "time for which the receiver's TCP window held a sender back, per connection"},
        {"disconnects", "connections", LOWER, COUNTED, SHOWN,
         "connections that the engine closed under backpressure"},
        {"stops", "times", LOWER, COUNTED, SHOWN,
         "times the application's queue was full and input was held back"},
        {0},
};

const struct pr_metric *pr_metrics_find(const char *name)
{
	for (const struct pr_metric *metric = pr_metrics; metric->name != NULL; metric++)
		if (strcmp(metric->name, name) == 0)
			return metric;
	return NULL;
}

const char *pr_metrics_direction(const struct pr_metric *metric)
{
	return metric->higher_is_better ? "higher" : "lower";
}
