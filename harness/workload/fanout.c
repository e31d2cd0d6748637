/* SPDX-License-Identifier: MIT */
/* harness/workload/fanout.c - one socket sends to many clients as fast as it can.
 *
 * The clients are raw sockets in a process of their own (crowd.h), so that the sending socket is
 * what is measured.  What counts is messages that have arrived: a publisher's message to 64
 * subscribers is 64 of them.  Time runs from the first send until the last has come to the last
 * client.  Fairness, where the engine chooses who gets a message, is what the client with the
 * fewest got, as a part of count / connections.  */
#include <stdlib.h>

#include "core/base/buf.h"
#include "core/base/clock.h"
#include "harness/crowd.h"
#include "harness/workload.h"

/* With fewer a client, who gets one is chance.  */
#define FAIR_MIN 100

static enum pr_err send_all(struct pr_bench *bench, uint64_t sends, struct pr_error *why)
{
	const struct pr_adapter_ops *ops = bench->link->ops;
	struct pr_stamp *stamp = &bench->stamps[PR_END_A];

	for (uint64_t i = 0; i < sends; i++) {
		enum pr_err err =
		        ops->send(bench->link, PR_END_A, pr_stamp_next(stamp), stamp->size, why);

		if (err != PR_OK)
			return err;
		pr_plant_message(bench->plant);
	}
	return ops->flush != NULL ? ops->flush(bench->link, PR_END_A, why) : PR_OK;
}

static enum pr_err slice(struct pr_bench *bench, uint64_t count, struct pr_workload_slice *slice,
                         struct pr_error *why)
{
	struct pr_fan *fan = bench->fan;
	uint64_t copies = fan->spread == PR_SPREADS_ALL ? fan->clients : 1;
	uint64_t sends = (count + copies - 1) / copies;
	uint64_t *before = pr_fan_copy_received(fan);
	int64_t cpu_ns = pr_clock_cpu_ns(), began_ns;
	enum pr_err err;

	fan->end = bench->stamps[PR_END_A].next + sends;
	fan->received_at_least = fan->ledger->received + sends * copies;
	pr_crowd_receive(bench->crowd, fan);
	began_ns = pr_clock_ns();
	err = send_all(bench, sends, why);
	atomic_store(&fan->stop, true);
	if (err == PR_OK)
		err = pr_crowd_end(bench->crowd, why);
	slice->messages = sends * copies;
	slice->elapsed_ns = fan->ended_ns - began_ns;
	slice->cpu_ns = pr_clock_cpu_ns() - cpu_ns;
	slice->has_clients = true;
	slice->clients_idle_ns = fan->idle_ns;
	if (fan->spread == PR_SPREADS_ANY && sends / fan->clients >= FAIR_MIN)
		slice->fairness = pr_fan_fairness(fan, before, sends);
	free(before);
	return err;
}

const struct pr_workload_ops pr_workload_fanout = {
        .name = "fanout",
        .summary = "one sending socket, many clients in a process of their own",
        .version = PR_WORKLOAD_OPS_VERSION,
        .opts = pr_fanout_opts,
        .defaults =
                {.link = {.pattern = PR_PUB_SUB, .size = 64, .connections = 64, .fans_out = true},
                 .count = 500000},
        .block_bytes = (uint64_t)128 * 1024 * 1024,
        .count_min = 10,
        .slices = 2,
        .warm_count = 20000,
        .messages_per_unit = 1,
        .unit = "messages",
        .guess_ns = 1500,
        .guess_traced_ns = 5000,
        .slice = slice,
};
