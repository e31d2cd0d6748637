/* SPDX-License-Identifier: MIT */
/* harness/workload/pingpong.c - one message in flight: A to B, B to A.
 *
 * As in the report, one application thread drives both ends; with roles=two each is in a process of
 * its own; where the link asks for it (the raw
 * TCP floor with pingpong=blocking) B answers in a thread of its own.  The latency of a message is
 * half of its round trip.  */
#include "core/base/clock.h"
#include "harness/workload.h"

/* Sends one message from one end.  */
static inline enum pr_err send_one(struct pr_bench *bench, int end, struct pr_error *why)
{
	const struct pr_adapter_ops *ops = bench->link->ops;
	struct pr_stamp *stamp = &bench->stamps[end];
	enum pr_err err = ops->send(bench->link, end, pr_stamp_next(stamp), stamp->size, why);

	if (err == PR_OK && ops->flush != NULL)
		err = ops->flush(bench->link, end, why);
	return err;
}

static inline enum pr_err receive_one(struct pr_bench *bench, int end, struct pr_error *why)
{
	const void *body;
	size_t size;
	enum pr_err err = bench->link->ops->recv(bench->link, end, true, &body, &size, why);

	if (err == PR_OK)
		pr_ledger_take(&bench->ledgers[end], body, size);
	return err;
}

static enum pr_err answer_one(struct pr_bench *bench, struct pr_error *why)
{
	enum pr_err err = receive_one(bench, PR_END_B, why);

	return err == PR_OK ? send_one(bench, PR_END_B, why) : err;
}

struct answers {
	struct pr_bench *bench;
	uint64_t count;
};

static void answer_apart(void *arg)
{
	struct answers *answers = arg;
	struct pr_error why;

	for (uint64_t i = 0; i < answers->count; i++)
		if (answer_one(answers->bench, &why) != PR_OK)
			answers->bench->give_up(&why);
}

static enum pr_err round_trip(struct pr_bench *bench, bool answers_apart, struct pr_error *why)
{
	enum pr_err err = send_one(bench, PR_END_A, why);

	if (err == PR_OK && !answers_apart)
		err = answer_one(bench, why);
	return err == PR_OK ? receive_one(bench, PR_END_A, why) : err;
}

static enum pr_err round_trips(struct pr_bench *bench, bool apart, uint64_t count,
                               int64_t *elapsed_ns, struct pr_error *why)
{
	int64_t began_ns = pr_clock_ns();
	int64_t then_ns = began_ns;

	for (uint64_t i = 0; i < count; i++) {
		enum pr_err err = round_trip(bench, apart, why);
		int64_t now_ns = pr_clock_ns();

		if (err != PR_OK)
			return err;
		if (bench->latency != NULL)
			pr_hist_add(bench->latency, (now_ns - then_ns) / 2);
		then_ns = now_ns;
	}
	*elapsed_ns = then_ns - began_ns;
	return PR_OK;
}

static enum pr_err half(struct pr_bench *bench, int end, uint64_t count,
                        struct pr_workload_half *half, struct pr_error *why)
{
	enum pr_err err = PR_OK;

	half->began_ns = pr_clock_ns();
	if (end == PR_END_A) {
		int64_t elapsed_ns = 0;

		err = round_trips(bench, true, count, &elapsed_ns, why);
		half->ended_ns = half->began_ns + elapsed_ns;
		return err;
	}
	for (uint64_t i = 0; err == PR_OK && i < count; i++)
		err = answer_one(bench, why);
	half->ended_ns = pr_clock_ns();
	return err;
}

static enum pr_err slice(struct pr_bench *bench, uint64_t count, struct pr_workload_slice *slice,
                         struct pr_error *why)
{
	struct answers answers = {bench, count};
	bool apart = bench->link->answers_apart;
	enum pr_err err;

	if (apart)
		pr_mate_run(bench->mate, answer_apart, &answers);
	slice->messages = 2 * count;
	err = round_trips(bench, apart, count, &slice->elapsed_ns, why);
	if (err == PR_OK && apart)
		pr_mate_wait(bench->mate);
	return err;
}

const struct pr_workload_ops pr_workload_pingpong = {
        .name = "pingpong",
        .summary = "one message in flight, back and forth, one application thread or two processes",
        .version = PR_WORKLOAD_OPS_VERSION,
        .opts = pr_pingpong_opts,
        .defaults = {.link = {.size = 64}, .count = 1000},
        .block_bytes = (uint64_t)128 * 1024 * 1024,
        .count_min = 20,
        .slices = 5,
        .warm_count = 100,
        .messages_per_unit = 2,
        .has_latency = true,
        .unit = "round trips",
        .guess_ns = 20000,
        .guess_traced_ns = 150000,
        .slice = slice,
        .half = half,
        .last_end = PR_END_A,
};
