/* SPDX-License-Identifier: MIT */
/* harness/workload/pingpong.c - requests from A, answers from B, in a closed loop.
 *
 * `window` requests are under way at once; with one, the usual, each message is alone on the link.
 * As in the report, one application thread drives both ends; with roles=two each is in a process of
 * its own; where the link asks for it (the raw TCP floor with pingpong=blocking) B answers in a
 * thread of its own.  Each side waits for one message, takes what else is there, and sends as many:
 * so a larger window lets messages come together, as they do in an application that handles all
 * that has arrived.  The latency of a message is half of its round trip, from when its request
 * might leave.  */
#include <stdlib.h>

#include "core/base/buf.h"
#include "core/base/clock.h"
#include "harness/workload.h"

static inline enum pr_err send_one(struct pr_bench *bench, int end, struct pr_error *why)
{
	struct pr_stamp *stamp = &bench->stamps[end];

	return bench->link->ops->send(bench->link, end, pr_stamp_next(stamp), stamp->size, why);
}

static inline enum pr_err flush(struct pr_bench *bench, int end, struct pr_error *why)
{
	const struct pr_adapter_ops *ops = bench->link->ops;

	return ops->flush != NULL ? ops->flush(bench->link, end, why) : PR_OK;
}

/* *came is false when there is none and wait is false.  */
static inline enum pr_err receive_one(struct pr_bench *bench, int end, bool wait, bool *came,
                                      struct pr_error *why)
{
	const void *body;
	size_t size;
	enum pr_err err = bench->link->ops->recv(bench->link, end, wait, &body, &size, why);

	*came = err == PR_OK && body != NULL;
	if (*came)
		pr_ledger_take(&bench->ledgers[end], body, size);
	if (err == PR_OK)
		pr_plant_message(bench->plant);
	return err;
}

/* Answers one request or more, at most `most`; *answered grows.  */
static enum pr_err answer(struct pr_bench *bench, uint64_t most, uint64_t *answered,
                          struct pr_error *why)
{
	enum pr_err err = PR_OK;
	bool came = true;

	for (uint64_t i = 0; err == PR_OK && i < most; i++) {
		err = receive_one(bench, PR_END_B, i == 0, &came, why);
		if (!came)
			break;
		err = send_one(bench, PR_END_B, why);
		*answered += 1;
	}
	return err == PR_OK ? flush(bench, PR_END_B, why) : err;
}

/* Answers count requests.  Whether another has come is not known here, so each is waited for.  */
static enum pr_err answer_all(struct pr_bench *bench, uint64_t count, struct pr_error *why)
{
	enum pr_err err = PR_OK;
	uint64_t answered = 0;

	while (err == PR_OK && answered < count)
		err = answer(bench, 1, &answered, why);
	return err;
}

struct answers {
	struct pr_bench *bench;
	uint64_t count;
};

static void answer_apart(void *arg)
{
	struct answers *answers = arg;
	struct pr_error why;

	if (answer_all(answers->bench, answers->count, &why) != PR_OK)
		answers->bench->give_up(&why);
}

/* What A knows of its requests.  */
struct loop {
	struct pr_bench *bench;
	uint64_t count, window;
	uint64_t sent, answered, received; /* answered: by this thread */
	bool apart;                        /* somebody else answers */
	int64_t now_ns;
	int64_t *began_ns; /* of the requests under way, by number modulo window */
};

static enum pr_err send_requests(struct loop *loop, struct pr_error *why)
{
	enum pr_err err = PR_OK;

	while (err == PR_OK && loop->sent < loop->count &&
	       loop->sent - loop->received < loop->window) {
		loop->began_ns[loop->sent++ % loop->window] = loop->now_ns;
		err = send_one(loop->bench, PR_END_A, why);
	}
	return err == PR_OK ? flush(loop->bench, PR_END_A, why) : err;
}

/* Takes one answer or more.  They come in the order of the requests.  */
static enum pr_err take_answers(struct loop *loop, struct pr_error *why)
{
	uint64_t most = (loop->apart ? loop->sent : loop->answered) - loop->received;
	bool came = true;

	for (uint64_t i = 0; i < most; i++) {
		enum pr_err err = receive_one(loop->bench, PR_END_A, i == 0, &came, why);
		int64_t began_ns = loop->began_ns[loop->received % loop->window];

		if (err != PR_OK || !came)
			return err;
		loop->now_ns = pr_clock_ns();
		loop->received++;
		if (loop->bench->latency != NULL)
			pr_hist_add(loop->bench->latency, (loop->now_ns - began_ns) / 2);
	}
	return PR_OK;
}

static enum pr_err round_trips(struct pr_bench *bench, bool apart, uint64_t count,
                               int64_t *elapsed_ns, struct pr_error *why)
{
	struct loop loop = {.bench = bench, .count = count, .apart = apart};
	enum pr_err err = PR_OK;
	int64_t began_ns;

	loop.window = bench->spec->link.window;
	loop.began_ns = pr_alloc(loop.window * sizeof(*loop.began_ns));
	loop.now_ns = began_ns = pr_clock_ns();
	while (err == PR_OK && loop.received < count) {
		err = send_requests(&loop, why);
		if (err == PR_OK && !apart)
			err = answer(bench, loop.sent - loop.answered, &loop.answered, why);
		if (err == PR_OK)
			err = take_answers(&loop, why);
	}
	*elapsed_ns = loop.now_ns - began_ns;
	free(loop.began_ns);
	return err;
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
	err = answer_all(bench, count, why);
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
        .summary = "requests and answers, one or more under way, one application thread or two "
                   "processes",
        .version = PR_WORKLOAD_OPS_VERSION,
        .opts = pr_pingpong_opts,
        .defaults = {.link = {.size = 64, .window = 1}, .count = 1000},
        .block_bytes = (uint64_t)128 * 1024 * 1024,
        .count_min = 20,
        .slices = 5,
        .warm_count = 100,
        .messages_per_unit = 2,
        .has_latency = true,
        .unit = "round trips",
        .guess_ns = 20000,
        .guess_traced_ns = 150000,
        .guess_sd_one = 0.004,
        .slice = slice,
        .half = half,
        .last_end = PR_END_A,
};
