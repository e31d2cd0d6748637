/* SPDX-License-Identifier: MIT */
/* harness/workload/fanin.c - many clients send to one socket as fast as it takes their messages.
 *
 * The clients are raw sockets in a process of their own (crowd.h), so that the receiving socket is
 * what is measured.  A slice is over when `count` messages have arrived, whoever sent them; then
 * the clients stop, and what was under way is taken in outside of the time.  Fairness is what the
 * slowest client got through meanwhile, as a part of count / connections.  */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/buf.h"
#include "core/base/clock.h"
#include "harness/crowd.h"
#include "harness/workload.h"

/* With fewer windows a client, who comes when is chance.  */
#define FAIR_WINDOWS 2

/* Of each client in a block of two slices.  With fewer its batches become small (crowd.c), and with
 * eight messages at a time ten thousand clients, which spend a system call on each batch, are as
 * busy as an engine: what is compared then is largely their speed.  */
#define CLIENT_COUNT 400
#define CLIENT_BYTES (CLIENT_COUNT * 64)

/* How long messages may be late, when the clients have stopped, before they count as lost.  */
#define LATE_TRIES 2000
#define LATE_NS    1000000

/* Clients' numbers grow by one, each for itself.  */
static void take(struct pr_bench *bench, const void *body, size_t size)
{
	struct pr_ledger *ledger = &bench->ledgers[PR_END_B];
	struct pr_fan *fan = bench->fan;
	uint64_t client, number, expected;

	ledger->received++;
	if (!pr_fan_read(fan, body, size, &client, &number)) {
		ledger->corrupt++;
		return;
	}
	expected = atomic_load_explicit(&fan->received[client], memory_order_relaxed);
	if (__builtin_expect(number < expected, 0)) {
		if (ledger->lost > 0) {
			ledger->lost--;
			ledger->reordered++;
		} else {
			ledger->duplicated++;
		}
		return;
	}
	ledger->lost += number - expected;
	atomic_store_explicit(&fan->received[client], number + 1, memory_order_relaxed);
}

static enum pr_err receive(struct pr_bench *bench, bool wait, bool *came, struct pr_error *why)
{
	const void *body;
	size_t size;
	enum pr_err err = bench->link->ops->recv(bench->link, PR_END_B, wait, &body, &size, why);

	*came = err == PR_OK && body != NULL;
	if (*came) {
		take(bench, body, size);
		pr_plant_message(bench->plant);
	}
	return err;
}

/* Messages that were sent and have not come; when give_up, they are lost.  */
static uint64_t count_missing(struct pr_bench *bench, bool give_up)
{
	struct pr_fan *fan = bench->fan;
	uint64_t missing = 0;

	for (uint64_t i = 0; i < fan->clients; i++) {
		missing += fan->sent[i] - fan->received[i];
		if (give_up)
			fan->received[i] = fan->sent[i];
	}
	return missing;
}

/* Takes in what is under way when the clients are told to stop.  */
static enum pr_err drain(struct pr_bench *bench, struct pr_error *why)
{
	unsigned idle = 0;
	bool came = true;

	while (idle < LATE_TRIES) {
		enum pr_err err = receive(bench, false, &came, why);

		if (err != PR_OK)
			return err;
		if (came) {
			idle = 0;
			continue;
		}
		if (atomic_load(&bench->fan->stopped) && count_missing(bench, false) == 0)
			return PR_OK;
		idle++;
		nanosleep(&(struct timespec){.tv_nsec = LATE_NS}, NULL);
	}
	if (!atomic_load(&bench->fan->stopped))
		return pr_error_set(
		        why, PR_FAILED,
		        "the clients cannot send to their end: the engine takes nothing");
	bench->ledgers[PR_END_B].lost += count_missing(bench, true);
	return PR_OK;
}

static enum pr_err slice(struct pr_bench *bench, uint64_t count, struct pr_workload_slice *slice,
                         struct pr_error *why)
{
	uint64_t target = bench->ledgers[PR_END_B].received + count;
	uint64_t *before = pr_fan_copy_received(bench->fan);
	int64_t cpu_ns = pr_clock_cpu_ns();
	enum pr_err err = PR_OK;
	bool came;

	pr_crowd_begin(bench->crowd, bench->fan, count, bench->spec->batch);
	while (err == PR_OK && bench->ledgers[PR_END_B].received < target)
		err = receive(bench, true, &came, why);
	slice->elapsed_ns = pr_clock_ns() - bench->fan->began_ns;
	slice->cpu_ns = pr_clock_cpu_ns() - cpu_ns;
	slice->messages = count;
	if (count / bench->fan->clients >= FAIR_WINDOWS * bench->fan->window)
		slice->fairness = pr_fan_fairness(bench->fan, before, count);
	free(before);
	atomic_store(&bench->fan->stop, true);
	if (err == PR_OK)
		err = drain(bench, why);
	if (err == PR_OK)
		err = pr_crowd_end(bench->crowd, why);
	slice->has_clients = true;
	slice->clients_idle_ns = bench->fan->idle_ns;
	return err;
}

const struct pr_workload_ops pr_workload_fanin = {
        .name = "fanin",
        .summary = "many clients in a process of their own, one receiving socket",
        .version = PR_WORKLOAD_OPS_VERSION,
        .opts = pr_fanin_opts,
        .defaults = {.link = {.pattern = PR_DEALER_ROUTER, .size = 64, .connections = 64},
                     .count = 500000},
        .block_bytes = (uint64_t)128 * 1024 * 1024,
        .count_min = 10,
        .client_count = CLIENT_COUNT,
        .client_bytes = CLIENT_BYTES,
        .slices = 2,
        .warm_count = 20000,
        .messages_per_unit = 1,
        .unit = "messages",
        .guess_ns = 1500,
        .guess_traced_ns = 5000,
        .slice = slice,
};
