/* SPDX-License-Identifier: MIT */
/* harness/workload/backpressure.c - a reader that stalls while its senders go on.
 *
 * The reader reads, stalls with finite queues, is released, takes the backlog and reads again; the
 * sender never waits: what the engine does not take is refused (EAGAIN), counted and tried again a
 * moment later.  Meanwhile a time line is written (pressure.h).  Every message is numbered and
 * checked; an engine that loses some has not failed the bench: how many it lost is what is measured
 * here.
 *
 * One sender is an engine's socket, in the mate's thread or in the process of end A.  Several
 * (peers=N) are raw clients (crowd.h), each with a connection of its own, so that each can fill
 * what the engine grants a connection.  */
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "core/base/buf.h"
#include "core/base/clock.h"
#include "harness/crowd.h"
#include "harness/pressure.h"
#include "harness/seen.h"
#include "harness/watch.h"
#include "harness/workload.h"

#define LEAST_SLACK_NS 1

static void nap(long ns)
{
	nanosleep(&(struct timespec){.tv_nsec = ns}, NULL);
}

/* ---- the sender ------------------------------------------------------------------------- */

/* Between two tries of a message that is refused.  An application would do something else
 * meanwhile.  */
#define RETRY_NS 50000

/* Waits until the next message is due; false when there will be none.  */
static bool await_turn(const struct pr_pressure *pressure, int64_t due_ns)
{
	int64_t left_ns;

	while (!atomic_load(&pressure->stop)) {
		left_ns = due_ns - pr_clock_ns();
		if (left_ns <= 0)
			return true;
		nap(left_ns < 1000000 ? (long)left_ns : 1000000);
	}
	return false;
}

/* Tries until the engine takes it; false when it was told to stop before.  */
static enum pr_err send_one(struct pr_bench *bench, const void *body, bool *sent,
                            struct pr_error *why)
{
	struct pr_pressure *pressure = bench->pressure;
	const struct pr_adapter_ops *ops = bench->link->ops;

	for (*sent = false;;) {
		enum pr_err err = ops->try_send(bench->link, PR_END_A, body,
		                                bench->stamps[PR_END_A].size, sent, why);

		if (err != PR_OK || *sent)
			return err;
		if (atomic_load(&pressure->stop))
			return PR_OK;
		atomic_fetch_add_explicit(&pressure->refused, 1, memory_order_relaxed);
		nap(RETRY_NS);
	}
}

static enum pr_err send_all(struct pr_bench *bench, struct pr_error *why)
{
	struct pr_pressure *pressure = bench->pressure;
	struct pr_stamp *stamp = &bench->stamps[PR_END_A];
	uint64_t rate = bench->spec->pressure.rate, count = 0;
	int64_t began_ns = pr_clock_ns();
	enum pr_err err = PR_OK;
	bool sent = true;

	while (err == PR_OK && sent && !atomic_load(&pressure->stop)) {
		int64_t due_ns =
		        rate == 0 ? 0 : began_ns + (int64_t)((double)count * 1e9 / (double)rate);
		uint64_t number = stamp->next;

		if (rate > 0 && !await_turn(pressure, due_ns))
			break;
		if (number % PR_PRESSURE_STRIDE == 0)
			pr_pressure_mark(pressure, number, rate == 0 ? pr_clock_ns() : due_ns);
		err = send_one(bench, pr_stamp_next(stamp), &sent, why);
		if (!sent)
			stamp->next = number; /* it was never sent */
		count += sent;
		atomic_store_explicit(&pressure->sent, count, memory_order_relaxed);
	}
	atomic_store(&pressure->stopped, true);
	return err;
}

static void send_job(void *arg)
{
	struct pr_bench *bench = arg;
	struct pr_error why;

	prctl(PR_SET_TIMERSLACK, LEAST_SLACK_NS);
	if (send_all(bench, &why) != PR_OK)
		bench->give_up(&why);
	prctl(PR_SET_TIMERSLACK, 0); /* as it was */
}

/* ---- what arrives ------------------------------------------------------------------------ */

struct reading {
	struct pr_bench *bench;
	struct pr_pressure *pressure;
	const struct pr_pressure_spec *spec;
	struct pr_watcher *watcher; /* NULL in a warm-up */
	struct pr_seen *seen;       /* by sender */
	uint64_t senders;
	uint64_t *backlog; /* by sender: the number behind its last message at the release */
	uint64_t left;     /* messages of the backlog that have not come */
	struct pr_pressure_stall *stall; /* that goes on, or was the last; NULL */
	bool await_first;
	uint64_t received;
	int64_t came_ns, backlog_ns; /* when something came last, and something of the backlog */
	int64_t calls;               /* of the engine at the release; -1: not counted */
};

/* System calls that the engine has made so far on behalf of this link, the threads of the
 * application in it included; by who watches the worker where it does not count them itself; -1
 * when nobody does.  */
static int64_t count_calls(const struct pr_bench *bench)
{
	static const char *const names[] = {"recv_calls",       "send_calls",    "waits",
	                                    "wakeups_taken",    "wakeups_to_io", "wakeups_to_app",
	                                    "interest_changes", "app_sleeps",    "app_polls"};
	uint64_t *values;
	int64_t sum = 0;

	if (bench->counter_count == 0)
		return pr_watch_calls();
	values = pr_alloc(bench->counter_count * sizeof(*values));
	if (bench->link->ops->read_counters(bench->link, values, bench->counter_count, NULL) !=
	    PR_OK)
		sum = -1;
	for (size_t i = 0; sum >= 0 && i < bench->counter_count; i++)
		for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++)
			if (strcmp(bench->counters[i].name, names[n]) == 0)
				sum += (int64_t)values[i];
	free(values);
	return sum;
}

static int64_t calls_since(const struct reading *reading)
{
	int64_t calls = reading->calls < 0 ? -1 : count_calls(reading->bench);

	return calls < 0 ? -1 : calls - reading->calls;
}

/* Moments of a stall, in the order of pr_pressure_stall.counts.  */
enum moment { BEGAN, STALLED, RELEASED, FIRST, LAST, ENDED };

static void note(struct reading *reading, enum moment moment, int64_t now_ns)
{
	struct pr_pressure_stall *stall = reading->stall;
	int64_t *const times[] = {&stall->began_ns, &stall->stalled_ns, &stall->released_ns,
	                          &stall->first_ns, &stall->last_ns,    &stall->ended_ns};

	*times[moment] = now_ns;
	stall->counts[moment] = reading->received;
}

/* A message of the backlog has come.  */
static void take_backlog(struct reading *reading)
{
	if (reading->await_first) {
		note(reading, FIRST, pr_clock_ns());
		reading->stall->calls_first = calls_since(reading);
		reading->await_first = false;
	}
	if (--reading->left == 0) {
		note(reading, LAST, pr_clock_ns());
		reading->stall->calls_last = calls_since(reading);
	}
}

/* Whose message it is and which; false when it is none of ours, or was changed.  */
static bool read_body(const struct reading *reading, const void *body, size_t size,
                      uint64_t *sender, uint64_t *number)
{
	*sender = 0;
	if (reading->bench->fan != NULL)
		return pr_fan_read(reading->bench->fan, body, size, sender, number);
	return pr_ledger_read(&reading->bench->ledgers[PR_END_B], body, size, number);
}

static void take(struct reading *reading, const void *body, size_t size)
{
	struct pr_ledger *ledger = &reading->bench->ledgers[PR_END_B];
	enum pr_arrival arrival = PR_ARRIVAL_ALIEN;
	uint64_t sender, number;

	ledger->received++;
	reading->received++;
	if (read_body(reading, body, size, &sender, &number))
		arrival = pr_seen_take(&reading->seen[sender], number);
	ledger->reordered += arrival == PR_ARRIVAL_LATE;
	ledger->duplicated += arrival == PR_ARRIVAL_AGAIN;
	ledger->corrupt += arrival == PR_ARRIVAL_ALIEN;
	if (arrival == PR_ARRIVAL_AGAIN || arrival == PR_ARRIVAL_ALIEN)
		return;
	if (sender == 0 && number % PR_PRESSURE_STRIDE == 0)
		pr_pressure_arrived(reading->pressure, number, pr_clock_ns());
	if (reading->left > 0 && number < reading->backlog[sender])
		take_backlog(reading);
}

/* ---- reading ------------------------------------------------------------------------------ */

/* When nothing is there.  */
#define LOOK_NS 20000

/* Messages between two looks at the clock.  */
#define SPELL 64

/* Takes what is there, up to a spell.  */
static enum pr_err take_some(struct reading *reading, struct pr_error *why)
{
	struct pr_bench *bench = reading->bench;
	uint64_t before = reading->received, left = reading->left;
	enum pr_err err = PR_OK;

	for (int i = 0; err == PR_OK && i < SPELL; i++) {
		const void *body;
		size_t size;

		err = bench->link->ops->recv(bench->link, PR_END_B, false, &body, &size, why);
		if (err != PR_OK || body == NULL)
			break;
		take(reading, body, size);
		pr_plant_message(bench->plant);
	}
	atomic_store_explicit(&reading->pressure->received, reading->received,
	                      memory_order_relaxed);
	if (reading->received > before)
		reading->came_ns = pr_clock_ns();
	if (reading->left < left)
		reading->backlog_ns = reading->came_ns;
	if (err == PR_OK && reading->received == before)
		nap(LOOK_NS);
	return err;
}

static enum pr_err read_until(struct reading *reading, int64_t end_ns, struct pr_error *why)
{
	enum pr_err err = PR_OK;

	while (err == PR_OK && pr_clock_ns() < end_ns)
		err = take_some(reading, why);
	return err;
}

/* A backlog of which nothing has come for so long is lost, or what is left of it.  */
#define BACKLOG_NS 250000000

static enum pr_err read_backlog(struct reading *reading, struct pr_error *why)
{
	enum pr_err err = PR_OK;

	reading->backlog_ns = pr_clock_ns();
	while (err == PR_OK && reading->left > 0 &&
	       pr_clock_ns() < reading->backlog_ns + BACKLOG_NS)
		err = take_some(reading, why);
	if (reading->left > 0 && !reading->await_first)
		note(reading, LAST, reading->backlog_ns);
	reading->left = 0;
	return err;
}

/* ---- a stall ------------------------------------------------------------------------------ */

static void set_stage(struct reading *reading, enum pr_stage stage)
{
	if (reading->watcher != NULL)
		pr_watcher_look(reading->watcher);
	atomic_store(&reading->pressure->stage, (int)stage);
}

static uint64_t sent_by(const struct reading *reading, uint64_t sender)
{
	if (reading->bench->fan != NULL)
		return reading->bench->fan->sent[sender];
	return reading->pressure->first + atomic_load(&reading->pressure->sent);
}

static uint64_t count_missing(const struct reading *reading)
{
	uint64_t missing = 0;

	for (uint64_t i = 0; i < reading->senders; i++)
		missing += pr_seen_missing(&reading->seen[i], sent_by(reading, i));
	return missing;
}

static void release(struct reading *reading)
{
	for (uint64_t i = 0; i < reading->senders; i++)
		reading->backlog[i] = sent_by(reading, i);
	reading->left = count_missing(reading);
	reading->stall->backlog = reading->left;
	reading->stall->sent_released = atomic_load(&reading->pressure->sent);
	reading->await_first = reading->left > 0;
	reading->calls = count_calls(reading->bench);
	note(reading, RELEASED, pr_clock_ns());
}

/* The last quarter of a stall is that in which senders leave.  */
static void stall(struct reading *reading)
{
	int64_t began_ns = pr_clock_ns(), ns = reading->spec->stall_ns;

	set_stage(reading, PR_STAGE_STALLED);
	note(reading, STALLED, began_ns);
	reading->stall->sent_stalled = atomic_load(&reading->pressure->sent);
	pr_pace_wait(began_ns + ns / 4 * 3, 0);
	if (reading->spec->leave != PR_LEAVE_STAY)
		atomic_store(&reading->pressure->leave, true);
	pr_pace_wait(began_ns + ns, 0);
}

static enum pr_err run_stall(struct reading *reading, struct pr_error *why)
{
	struct pr_pressure *pressure = reading->pressure;
	enum pr_err err;

	if (pressure->stall_count == PR_PRESSURE_STALLS)
		return pr_error_set(why, PR_FAILED, "more than %d stalls in a slice",
		                    PR_PRESSURE_STALLS);
	reading->stall = &pressure->stalls[pressure->stall_count++];
	reading->stall->calls_first = reading->stall->calls_last = -1;
	note(reading, BEGAN, pr_clock_ns());
	err = read_until(reading, pr_clock_ns() + reading->spec->flow_ns, why);
	if (err != PR_OK)
		return err;
	stall(reading);
	if (reading->spec->stall == PR_STALL_FOREVER)
		return PR_OK;
	set_stage(reading, PR_STAGE_DRAIN);
	release(reading);
	err = read_backlog(reading, why);
	set_stage(reading, PR_STAGE_AFTER);
	if (err == PR_OK && reading->spec->leave == PR_LEAVE_STAY)
		err = read_until(reading, pr_clock_ns() + reading->spec->flow_ns, why);
	note(reading, ENDED, pr_clock_ns());
	return err;
}

/* ---- a slice ------------------------------------------------------------------------------- */

/* Senders look at least so often whether they are to stop.  */
#define STOP_NS 10000000000

/* What nobody has seen for so long, with all senders stopped, is lost: sooner where connections
 * ended, because then some of it must be.  */
#define LOST_NS       3000000000
#define LOST_ENDED_NS 600000000

static enum pr_err stop_senders(struct reading *reading, bool reads, struct pr_error *why)
{
	struct pr_pressure *pressure = reading->pressure;
	int64_t began_ns = pr_clock_ns();
	enum pr_err err = PR_OK;

	atomic_store(&pressure->stop, true);
	while (err == PR_OK && !atomic_load(&pressure->stopped)) {
		if (pr_clock_ns() > began_ns + STOP_NS)
			return pr_error_set(why, PR_FAILED, "the senders did not stop within %d s",
			                    (int)(STOP_NS / 1000000000));
		if (reads)
			err = take_some(reading, why);
		else
			nap(LOOK_NS);
	}
	return err;
}

static bool has_ended(const struct reading *reading)
{
	return reading->spec->leave != PR_LEAVE_STAY ||
	       atomic_load(&reading->pressure->reconnects) > 0 ||
	       (reading->watcher != NULL && reading->bench->fan == NULL &&
	        pr_watcher_look(reading->watcher).begun > 0);
}

static enum pr_err read_rest(struct reading *reading, struct pr_error *why)
{
	int64_t patience_ns = has_ended(reading) ? LOST_ENDED_NS : LOST_NS;
	enum pr_err err = PR_OK;

	reading->came_ns = pr_clock_ns();
	while (err == PR_OK && count_missing(reading) > 0 &&
	       pr_clock_ns() < reading->came_ns + patience_ns)
		err = take_some(reading, why);
	return err;
}

/* How long an engine may go on to take in what is there, and when it has come to rest.  */
#define REST_NS      3000000000
#define REST_STEP_NS 50000000

/* Of a stall for good: the engine takes in what it will, so that it sleeps when the next one is
 * measured.  */
static void await_rest(struct reading *reading)
{
	struct pr_pressure_point before, now = pr_watcher_look(reading->watcher);
	int64_t end_ns = pr_clock_ns() + REST_NS;

	do {
		before = now;
		nap(REST_STEP_NS);
		now = pr_watcher_look(reading->watcher);
	} while ((now.unread != before.unread || now.unsent != before.unsent ||
	          now.resident != before.resident) &&
	         pr_clock_ns() < end_ns);
}

/* Puts what went wrong into the ledger, which then expects the next slice.  */
static void settle(struct reading *reading)
{
	struct pr_pressure *pressure = reading->pressure;
	struct pr_ledger *ledger = &reading->bench->ledgers[PR_END_B];
	uint64_t missing = count_missing(reading);

	if (reading->spec->stall == PR_STALL_FOREVER && !reading->bench->warming)
		pressure->unread = missing;
	else
		pressure->lost = missing;
	ledger->lost += pressure->lost;
	ledger->expected = reading->bench->stamps[PR_END_A].next;
}

/* Count stalls; a warm-up has none.  */
static enum pr_err read_all(struct reading *reading, uint64_t count, struct pr_error *why)
{
	bool forever = reading->spec->stall == PR_STALL_FOREVER && !reading->bench->warming;
	enum pr_err err = PR_OK;

	if (reading->watcher == NULL)
		err = read_until(reading, pr_clock_ns() + reading->spec->flow_ns / 4, why);
	for (uint64_t i = 0; err == PR_OK && reading->watcher != NULL && i < count; i++) {
		atomic_store(&reading->pressure->stage, PR_STAGE_BEFORE);
		err = run_stall(reading, why);
	}
	if (err == PR_OK)
		err = stop_senders(reading, !forever, why);
	if (err == PR_OK && forever)
		await_rest(reading);
	else if (err == PR_OK)
		err = read_rest(reading, why);
	return err;
}

static void init_reading(struct reading *reading, struct pr_bench *bench)
{
	memset(reading, 0, sizeof(*reading));
	reading->bench = bench;
	reading->pressure = bench->pressure;
	reading->spec = &bench->spec->pressure;
	reading->senders = bench->fan != NULL ? bench->fan->clients : 1;
	reading->seen = pr_alloc(reading->senders * sizeof(*reading->seen));
	reading->backlog = pr_alloc(reading->senders * sizeof(*reading->backlog));
	memset(reading->seen, 0, reading->senders * sizeof(*reading->seen));
	for (uint64_t i = 0; i < reading->senders; i++)
		pr_seen_restart(&reading->seen[i],
		                bench->fan != NULL ? bench->fan->sent[i] : bench->pressure->first);
}

static void fini_reading(struct reading *reading)
{
	for (uint64_t i = 0; i < reading->senders; i++)
		pr_seen_fini(&reading->seen[i]);
	free(reading->seen);
	free(reading->backlog);
}

/* The reader's part, whoever sends.  init_reading() comes before the first of them sends.  */
static enum pr_err receive(struct pr_bench *bench, uint64_t count, struct reading *reading,
                           struct pr_error *why)
{
	enum pr_err err = PR_OK;

	if (!bench->warming)
		err = pr_watcher_start(reading->pressure, bench->endpoint, reading->spec->sample_ns,
		                       &reading->watcher, why);
	prctl(PR_SET_TIMERSLACK, LEAST_SLACK_NS);
	if (err == PR_OK)
		err = read_all(reading, count, why);
	prctl(PR_SET_TIMERSLACK, 0); /* as it was */
	pr_watcher_end(&reading->watcher);
	return err;
}

static enum pr_err finish(struct reading *reading, enum pr_err err)
{
	if (err == PR_OK)
		settle(reading);
	fini_reading(reading);
	return err;
}

/* When the last stall was over: what is waited for afterwards does not count.  */
static int64_t ended_ns(const struct pr_bench *bench)
{
	const struct pr_pressure *pressure = bench->pressure;
	size_t count = pressure->stall_count;

	return count > 0 && pressure->stalls[count - 1].ended_ns > 0
	               ? pressure->stalls[count - 1].ended_ns
	               : pr_clock_ns();
}

static enum pr_err half(struct pr_bench *bench, int end, uint64_t count,
                        struct pr_workload_half *half, struct pr_error *why)
{
	struct reading reading;
	enum pr_err err;

	half->began_ns = pr_clock_ns();
	if (end == PR_END_A) {
		prctl(PR_SET_TIMERSLACK, LEAST_SLACK_NS);
		err = send_all(bench, why);
	} else {
		init_reading(&reading, bench);
		err = receive(bench, count, &reading, why);
		err = finish(&reading, err);
	}
	half->ended_ns = end == PR_END_A ? pr_clock_ns() : ended_ns(bench);
	return err;
}

static enum pr_err slice(struct pr_bench *bench, uint64_t count, struct pr_workload_slice *slice,
                         struct pr_error *why)
{
	int64_t began_ns = pr_clock_ns(), cpu_ns = pr_clock_cpu_ns();
	struct reading reading;
	enum pr_err err;

	init_reading(&reading, bench);
	if (bench->fan != NULL)
		pr_crowd_press(bench->crowd, bench->fan, bench->pressure, &bench->spec->pressure);
	else
		pr_mate_run(bench->mate, send_job, bench);
	err = receive(bench, count, &reading, why);
	if (err == PR_OK && bench->fan != NULL)
		err = pr_crowd_end(bench->crowd, why);
	else if (err == PR_OK)
		pr_mate_wait(bench->mate);
	slice->messages = reading.received;
	slice->elapsed_ns = ended_ns(bench) - began_ns;
	slice->cpu_ns = pr_clock_cpu_ns() - cpu_ns;
	return finish(&reading, err);
}

const struct pr_workload_ops pr_workload_backpressure = {
        .name = "backpressure",
        .summary = "finite queues and a reader that stalls, while its senders go on",
        .version = PR_WORKLOAD_OPS_VERSION,
        .opts = pr_backpressure_opts,
        .defaults = {.link = {.pattern = PR_PUSH_PULL, .size = 64, .hwm = 1000, .stalls = true},
                     .count = 1,
                     .pressure = {.stall_ns = 500000000,
                                  .flow_ns = 100000000,
                                  .sample_ns = 5000000}},
        .slices = 1,
        .warm_count = 1,
        .messages_per_unit = 1,
        .stalls = true,
        .unit = "stalls",
        .slice = slice,
        .half = half,
        .last_end = PR_END_B,
};
