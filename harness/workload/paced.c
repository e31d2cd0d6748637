/* SPDX-License-Identifier: MIT */
/* harness/workload/paced.c - open loop: A sends at a given rate, whatever the engine does; B
 * receives.
 *
 * The latency of a message runs from its intended start (pace.h) until the receiving application
 * has it.  The sender sleeps (clock_nanosleep with the least timer slack) until `spin` before a
 * message is due and spins through the rest.  On 2 shared CPUs and 10,000 messages a second, it was
 * late by a median of 28 us when it only slept, of 8 us with spin=20us (at no more CPU time: that
 * is what waking up takes), and of 0 with spin=60us, which took so much CPU from the engine that
 * its p99 became worse.  Each trial measures it (send_late).  A sender that is late sends at once
 * and does not move the schedule.
 *
 * Time runs from the beginning of the schedule to the arrival of the last message.  */
#include <sys/prctl.h>

#include "core/base/clock.h"
#include "harness/workload.h"

/* What a sleeping thread may be late by, so that the kernel can wake several at once.  */
#define LEAST_SLACK_NS 1

struct sending {
	struct pr_bench *bench;
	uint64_t count;
	struct pr_pace_schedule schedule;
	struct pr_pace_sums sums;
	int64_t spin_ns;
	int64_t free_ns; /* when the sender came back from the engine */
	int64_t due_ns;  /* intended start of the next message */
};

static void plan_next(struct sending *sending)
{
	sending->due_ns = sending->sums.began_ns + pr_pace_next_ns(&sending->schedule);
}

/* Waits until the next message is due, unless it is late already.  Returns when it is sent.  */
static int64_t await_start(struct sending *sending)
{
	int64_t now_ns;

	if (sending->free_ns < sending->due_ns)
		return pr_pace_wait(sending->due_ns, sending->spin_ns);
	now_ns = pr_clock_ns();
	sending->sums.own_ns += now_ns - sending->free_ns;
	return now_ns;
}

/* Sends message index.  What the engine keeps back is handed on when the next is not due yet.  */
static enum pr_err send_one(struct sending *sending, uint64_t index, struct pr_error *why)
{
	struct pr_bench *bench = sending->bench;
	const struct pr_adapter_ops *ops = bench->link->ops;
	const void *body = pr_stamp_next(&bench->stamps[PR_END_A]);
	int64_t sent_ns = await_start(sending);
	enum pr_err err;

	pr_pace_mark(bench->pace, index, sending->due_ns, sent_ns);
	if (bench->latency != NULL)
		pr_hist_add(&bench->pace->late, sent_ns - sending->due_ns);
	sending->sums.offered_ns = sending->due_ns - sending->sums.began_ns;
	plan_next(sending);
	err = ops->send(bench->link, PR_END_A, body, bench->stamps[PR_END_A].size, why);
	if (err == PR_OK && ops->flush != NULL &&
	    (index + 1 == sending->count || sent_ns < sending->due_ns))
		err = ops->flush(bench->link, PR_END_A, why);
	sending->free_ns = pr_clock_ns();
	if (sending->free_ns > sending->due_ns)
		sending->sums.engine_ns += sending->free_ns - sent_ns;
	return err;
}

static enum pr_err send_all(struct sending *sending, struct pr_error *why)
{
	struct pr_bench *bench = sending->bench;
	enum pr_err err = PR_OK;

	if (sending->count > PR_PACE_MARKS)
		return pr_error_set(why, PR_FAILED,
		                    "a paced slice has at most %d messages: give the workload more "
		                    "slices",
		                    (int)PR_PACE_MARKS);
	prctl(PR_SET_TIMERSLACK, LEAST_SLACK_NS);
	pr_pace_plan(&sending->schedule, &bench->spec->pace, bench->pace->slices++);
	sending->spin_ns = pr_pace_spin_ns(&bench->spec->pace);
	sending->sums.began_ns = sending->free_ns = pr_clock_ns();
	plan_next(sending);
	for (uint64_t i = 0; err == PR_OK && i < sending->count; i++)
		err = send_one(sending, i, why);
	sending->sums.taken_ns = sending->free_ns - sending->sums.began_ns;
	bench->pace->sums = sending->sums;
	prctl(PR_SET_TIMERSLACK, 0); /* as it was */
	return err;
}

static void send_job(void *arg)
{
	struct sending *sending = arg;
	struct pr_error why;

	if (send_all(sending, &why) != PR_OK)
		sending->bench->give_up(&why);
}

/* Like pr_workload_receive(), with the time of each arrival.  */
static enum pr_err receive_all(struct pr_bench *bench, uint64_t count, struct pr_error *why)
{
	struct pr_ledger *ledger = &bench->ledgers[PR_END_B];
	const struct pr_ledger before = *ledger;

	while (!pr_workload_is_done(ledger, &before, count)) {
		const void *body;
		size_t size;
		enum pr_err err =
		        bench->link->ops->recv(bench->link, PR_END_B, true, &body, &size, why);

		if (err != PR_OK)
			return err;
		pr_pace_take(bench->pace, pr_stamp_number(body, size) - before.expected,
		             pr_clock_ns(), bench->latency);
		pr_ledger_take(ledger, body, size);
		pr_plant_message(bench->plant);
	}
	return ledger->lost > before.lost ? pr_workload_take_late(bench, PR_END_B, why) : PR_OK;
}

static enum pr_err half(struct pr_bench *bench, int end, uint64_t count,
                        struct pr_workload_half *half, struct pr_error *why)
{
	struct sending sending = {.bench = bench, .count = count};
	enum pr_err err;

	if (end == PR_END_A)
		err = send_all(&sending, why);
	else
		err = receive_all(bench, count, why);
	half->began_ns = sending.sums.began_ns;
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
	err = receive_all(bench, count, why);
	ended_ns = pr_clock_ns();
	if (err != PR_OK)
		return err;
	pr_mate_wait(bench->mate);
	slice->messages = count;
	slice->elapsed_ns = ended_ns - sending.sums.began_ns;
	return PR_OK;
}

const struct pr_workload_ops pr_workload_paced = {
        .name = "paced",
        .summary = "one way at a given rate, latency from the intended start of each message",
        .version = PR_WORKLOAD_OPS_VERSION,
        .opts = pr_paced_opts,
        .defaults = {.link = {.size = 64},
                     .count = 10000,
                     .pace = {.rate = 10000, .seed = 1, .spin_ns = 20000}},
        .slices = 10,
        .messages_per_unit = 1,
        .has_latency = true,
        .is_paced = true,
        .unit = "messages",
        .guess_traced_ns = 30000,
        .slice = slice,
        .half = half,
        .last_end = PR_END_B,
};
