/* SPDX-License-Identifier: MIT */
/* harness/workload/streaming.c - A sends as fast as it can, B receives; two application threads.
 *
 * The sender is the mate, parked between slices, or another process (roles=two); the receiver is
 * the worker's main thread.  Time runs from the sender's first send, so that waking the mate is not
 * in it, to the arrival of the last message.  */
#include "core/base/clock.h"
#include "harness/workload.h"

struct sending {
	struct pr_bench *bench;
	uint64_t count;
	int64_t began_ns;
};

static enum pr_err send_all(struct sending *sending, struct pr_error *why)
{
	struct pr_link *link = sending->bench->link;
	struct pr_stamp *stamp = &sending->bench->stamps[PR_END_A];
	const struct pr_adapter_ops *ops = link->ops;

	sending->began_ns = pr_clock_ns();
	for (uint64_t i = 0; i < sending->count; i++) {
		enum pr_err err = ops->send(link, PR_END_A, pr_stamp_next(stamp), stamp->size, why);

		if (err != PR_OK)
			return err;
	}
	return ops->flush != NULL ? ops->flush(link, PR_END_A, why) : PR_OK;
}

static void send_job(void *arg)
{
	struct sending *sending = arg;
	struct pr_error why;

	if (send_all(sending, &why) != PR_OK)
		sending->bench->give_up(&why);
}

static enum pr_err half(struct pr_bench *bench, int end, uint64_t count,
                        struct pr_workload_half *half, struct pr_error *why)
{
	struct sending sending = {.bench = bench, .count = count};
	enum pr_err err;

	if (end == PR_END_A)
		err = send_all(&sending, why);
	else
		err = pr_workload_receive(bench, end, count, why);
	half->began_ns = sending.began_ns;
	half->ended_ns = pr_clock_ns();
	return err;
}

static enum pr_err slice(struct pr_bench *bench, uint64_t count, struct pr_workload_slice *slice,
                         struct pr_error *why)
{
	struct sending sending = {.bench = bench, .count = count};
	enum pr_err err;
	int64_t ended_ns;

	pr_mate_run(bench->mate, send_job, &sending);
	err = pr_workload_receive(bench, PR_END_B, count, why);
	ended_ns = pr_clock_ns();
	if (err != PR_OK)
		return err;
	pr_mate_wait(bench->mate);
	slice->messages = count;
	slice->elapsed_ns = ended_ns - sending.began_ns;
	return PR_OK;
}

const struct pr_workload_ops pr_workload_streaming = {
        .name = "streaming",
        .summary =
                "one way, as fast as the engine takes them, two application threads or processes",
        .version = PR_WORKLOAD_OPS_VERSION,
        .opts = pr_streaming_opts,
        .defaults = {.link = {.size = 64}, .count = 200000},
        .block_bytes = (uint64_t)128 * 1024 * 1024,
        .count_min = 10,
        .slices = 10,
        .warm_count = 20000,
        .messages_per_unit = 1,
        .unit = "messages",
        .guess_ns = 400,
        .guess_traced_ns = 1500,
        .guess_sd_one = 0.006,
        .slice = slice,
        .half = half,
        .last_end = PR_END_B,
};
