/* SPDX-License-Identifier: MIT */
/* harness/workload/table.c - the workloads that exist, their options, and the receiving loop they
 * share.  */
#include <assert.h>
#include <string.h>
#include <time.h>

#include "harness/cpus.h"
#include "harness/workload.h"

const struct pr_workload_ops *const pr_workloads[] = {
        &pr_workload_pingpong,
        &pr_workload_streaming,
        &pr_workload_fanin,
        &pr_workload_fanout,
        &pr_workload_paced,
        &pr_workload_backpressure,
        NULL,
};

#define FIELD(name) offsetof(struct pr_workload_spec, name)

static const char *const reader_names[] = {"fast", "slow", NULL};

/* Where the measured engine receives.  */
#define WAIT_OPT                                                                                   \
	{                                                                                          \
		"wait", 0, PR_OPT_CHOICE, FIELD(link.wait), pr_wait_names, NULL,                   \
		        "the application waits in the receiving call, or in zmq_poll() before "    \
		        "each message",                                                            \
		        0, 0                                                                       \
	}

/* What every workload has.  */
#define COMMON_OPTS                                                                                \
	{"pattern",                                                                                \
	 0,                                                                                        \
	 PR_OPT_CHOICE,                                                                            \
	 FIELD(link.pattern),                                                                      \
	 pr_pattern_names,                                                                         \
	 NULL,                                                                                     \
	 "socket types: the sender's, then the receiver's",                                        \
	 0,                                                                                        \
	 0},                                                                                       \
	        {"transport",                                                                      \
	         0,                                                                                \
	         PR_OPT_CHOICE,                                                                    \
	         FIELD(link.transport),                                                            \
	         pr_transport_names,                                                               \
	         NULL,                                                                             \
	         "how the ends are connected",                                                     \
	         0,                                                                                \
	         0},                                                                               \
	        {"api",                                                                            \
	         0,                                                                                \
	         PR_OPT_CHOICE,                                                                    \
	         FIELD(link.api),                                                                  \
	         pr_api_names,                                                                     \
	         NULL,                                                                             \
	         "zmq_send() and zmq_recv(), or zmq_msg_send() and zmq_msg_recv()",                \
	         0,                                                                                \
	         0},                                                                               \
	        {"size",                                                                           \
	         0,                                                                                \
	         PR_OPT_BYTES,                                                                     \
	         FIELD(link.size),                                                                 \
	         NULL,                                                                             \
	         "BYTES",                                                                          \
	         "bytes of a message body",                                                        \
	         PR_STAMP_SIZE_MIN,                                                                \
	         64 * 1024 * 1024},                                                                \
	        {"hwm",                                                                            \
	         0,                                                                                \
	         PR_OPT_COUNT,                                                                     \
	         FIELD(link.hwm),                                                                  \
	         NULL,                                                                             \
	         "N",                                                                              \
	         "messages that either side may queue; 0 is unlimited",                            \
	         0,                                                                                \
	         1000000000},                                                                      \
	        {"pin",                                                                            \
	         0,                                                                                \
	         PR_OPT_CHOICE,                                                                    \
	         FIELD(pin),                                                                       \
	         pr_pin_names,                                                                     \
	         NULL,                                                                             \
	         "CPUs of its workers: one, spread over all, or as the plan says",                 \
	         0,                                                                                \
	         0},                                                                               \
	{                                                                                          \
		"count", 0, PR_OPT_COUNT, FIELD(count), NULL, "N",                                 \
		        "round trips (pingpong), stalls (backpressure) or messages a block; "      \
		        "fewer of large ones, more of many clients unless given",                  \
		        1, 1000000000                                                              \
	}

#define ROLES_OPT                                                                                  \
	{                                                                                          \
		"roles", 0, PR_OPT_CHOICE, FIELD(link.roles), pr_roles_names, NULL,                \
		        "processes that the two ends are in", 0, 0                                 \
	}

#define CONNECTIONS_OPT                                                                            \
	{                                                                                          \
		"connections", 0, PR_OPT_COUNT, FIELD(link.connections), NULL, "N",                \
		        "clients, each with a connection of its own", 1, 10000                     \
	}

const struct pr_opt pr_pingpong_opts[] = {
        COMMON_OPTS,
        WAIT_OPT,
        ROLES_OPT,
        {"window", 0, PR_OPT_COUNT, FIELD(link.window), NULL, "N",
         "requests under way at once; a new one leaves for each answer", 1, 10000},
        {0},
};

const struct pr_opt pr_streaming_opts[] = {
        COMMON_OPTS,
        WAIT_OPT,
        ROLES_OPT,
        {"reader", 0, PR_OPT_CHOICE, FIELD(reader), reader_names, NULL,
         "slow: it pauses now and then, so that every queue fills", 0, 0},
        {0},
};

const struct pr_opt pr_fanin_opts[] = {
        COMMON_OPTS,
        WAIT_OPT,
        CONNECTIONS_OPT,
        {"batch", 0, PR_OPT_COUNT, FIELD(batch), NULL, "N",
         "messages that a client sends at once, and no more than two batches of it are under way; "
         "0: as many as fit, fewer where there are many clients",
         0, 4096},
        {0},
};

/* The measured end only sends.  */
const struct pr_opt pr_fanout_opts[] = {
        COMMON_OPTS,
        CONNECTIONS_OPT,
        {0},
};

#define RATE_MAX 20000000

const struct pr_opt pr_paced_opts[] = {
        COMMON_OPTS,
        ROLES_OPT,
        WAIT_OPT,
        {"rate", 0, PR_OPT_COUNT, FIELD(pace.rate), NULL, "N|sweep",
         "messages a second that are offered; sweep: doubled from 5,000 on, to the knee", 1,
         RATE_MAX},
        {"gaps", 0, PR_OPT_CHOICE, FIELD(pace.gaps), pr_gaps_names, NULL,
         "exponential: as independent users send", 0, 0},
        {"seed", 0, PR_OPT_COUNT, FIELD(pace.seed), NULL, "N",
         "of exponential gaps; each block has gaps of its own", 0, INT64_MAX},
        {"spin", 0, PR_OPT_TIME, FIELD(pace.spin_ns), NULL, "TIME",
         "spun through before each message, after sleeping; not where gaps are below four of it", 0,
         0},
        {0},
};

const struct pr_opt pr_backpressure_opts[] = {
        COMMON_OPTS,
        ROLES_OPT,
        {"peers", 0, PR_OPT_COUNT, FIELD(link.connections), NULL, "N",
         "raw senders, each with a connection of its own; 0: a socket of the engine sends", 0,
         4000},
        {"stall", 0, PR_OPT_CHOICE, FIELD(pressure.stall), pr_stall_names, NULL,
         "the reader stalls once a block, `count` times, or for good", 0, 0},
        {"stall-time", 0, PR_OPT_TIME, FIELD(pressure.stall_ns), NULL, "TIME",
         "how long it stalls; for good: how long it is watched", 0, 0},
        {"flow-time", 0, PR_OPT_TIME, FIELD(pressure.flow_ns), NULL, "TIME",
         "how long it reads before a stall, and after the backlog", 0, 0},
        {"rate", 0, PR_OPT_COUNT, FIELD(pressure.rate), NULL, "N",
         "messages a second of all senders together; 0: as fast as they are taken", 0, RATE_MAX},
        {"leave", 0, PR_OPT_CHOICE, FIELD(pressure.leave), pr_leave_names, NULL,
         "peers stay; or in the last quarter of the stall they close, or their process is killed",
         0, 0},
        {"sample", 0, PR_OPT_TIME, FIELD(pressure.sample_ns), NULL, "TIME",
         "between two points of the time line", 0, 0},
        {0},
};

const struct pr_workload_ops *pr_workload_find(const char *name)
{
	for (size_t i = 0; pr_workloads[i] != NULL; i++) {
		assert(pr_workloads[i]->version == PR_WORKLOAD_OPS_VERSION);
		if (strcmp(pr_workloads[i]->name, name) == 0)
			return pr_workloads[i];
	}
	return NULL;
}

/* Stalls that a worker survives: it answers within 10 s.  */
#define STALL_NS_LEAST  10000000
#define STALL_NS_MOST   5000000000
#define SAMPLE_NS_LEAST 500000

static enum pr_err check_stalls(const struct pr_workload_spec *spec, const char *what,
                                struct pr_error *why)
{
	const struct pr_pressure_spec *pressure = &spec->pressure;

	if (spec->link.hwm == 0)
		return pr_error_set(why, PR_USAGE,
		                    "%s: without an hwm no queue is ever full; give it one", what);
	if (pressure->stall_ns < STALL_NS_LEAST || pressure->stall_ns > STALL_NS_MOST)
		return pr_error_set(why, PR_USAGE, "%s: stall-time is from 10ms to 5s", what);
	if (pressure->flow_ns < STALL_NS_LEAST || pressure->flow_ns > STALL_NS_MOST)
		return pr_error_set(why, PR_USAGE, "%s: flow-time is from 10ms to 5s", what);
	if (pressure->sample_ns < SAMPLE_NS_LEAST)
		return pr_error_set(why, PR_USAGE, "%s: sample is at least 500us", what);
	if (pressure->stall != PR_STALL_PERIODIC && spec->count != 1)
		return pr_error_set(why, PR_USAGE,
		                    "%s: stall=%s has a count of 1; use stall=periodic for more",
		                    what, pr_stall_names[pressure->stall]);
	if (spec->count > PR_PRESSURE_STALLS)
		return pr_error_set(why, PR_USAGE, "%s: at most %d stalls a block", what,
		                    PR_PRESSURE_STALLS);
	if (pressure->leave != PR_LEAVE_STAY && spec->link.connections == 0)
		return pr_error_set(why, PR_USAGE,
		                    "%s: leave=%s is of raw senders; give peers=1 or more", what,
		                    pr_leave_names[pressure->leave]);
	if (pressure->leave != PR_LEAVE_STAY && pressure->stall != PR_STALL_ONCE)
		return pr_error_set(why, PR_USAGE, "%s: leave=%s needs stall=once", what,
		                    pr_leave_names[pressure->leave]);
	if (spec->link.connections > 0 && spec->link.roles == PR_ROLES_TWO)
		return pr_error_set(
		        why, PR_USAGE,
		        "%s: raw senders have a process of their own already; leave out "
		        "roles=two or peers",
		        what);
	return PR_OK;
}

/* That a client keeps to send from.  */
#define BATCH_BYTES_MOST ((uint64_t)16 * 1024 * 1024)

enum pr_err pr_workload_check(const struct pr_workload_ops *ops,
                              const struct pr_workload_spec *spec, const char *what,
                              struct pr_error *why)
{
	const struct pr_pattern_facts *pattern = &pr_patterns[spec->link.pattern];
	const char *name = pr_pattern_names[spec->link.pattern];
	bool is_round_trip = ops->messages_per_unit > 1;

	if (spec->link.fans_out && pattern->spread == PR_SPREADS_NOT)
		return pr_error_set(why, PR_USAGE,
		                    "%s: the sender of %s has one peer; use pub-sub, push-pull, "
		                    "dealer-dealer, dealer-router or router-router",
		                    what, name);
	if (spec->link.connections > 0 && !spec->link.fans_out && !pattern->gathers)
		return pr_error_set(why, PR_USAGE,
		                    "%s: the receiver of %s has one peer; use dealer-router, "
		                    "router-router or push-pull",
		                    what, name);
	if (spec->batch > 0 && spec->batch > BATCH_BYTES_MOST / spec->link.size)
		return pr_error_set(
		        why, PR_USAGE,
		        "%s: a batch of %llu messages of %llu bytes is more than 16 MiB; "
		        "give a smaller batch",
		        what, (unsigned long long)spec->batch, (unsigned long long)spec->link.size);
	if (pr_link_has_helpers(&spec->link) && !pr_link_is_stream(&spec->link))
		return pr_error_set(why, PR_USAGE,
		                    "%s: transport inproc stays within one process; use tcp or ipc",
		                    what);
	if (spec->reader == PR_READER_SLOW && spec->link.hwm == 0)
		return pr_error_set(why, PR_USAGE,
		                    "%s: without an hwm no queue fills; give reader=slow one",
		                    what);
	if (is_round_trip && !pattern->answers)
		return pr_error_set(why, PR_USAGE,
		                    "%s: %s goes one way and cannot answer; use streaming", what,
		                    name);
	if (!is_round_trip && !pattern->streams)
		return pr_error_set(why, PR_USAGE,
		                    "%s: %s waits for each answer and cannot stream; use pingpong",
		                    what, name);
	if (spec->link.window > 1 && !pattern->streams)
		return pr_error_set(why, PR_USAGE,
		                    "%s: %s waits for each answer, so its window is 1", what, name);
	if (spec->link.hwm != 0 && spec->link.window > spec->link.hwm)
		return pr_error_set(why, PR_USAGE,
		                    "%s: a window of %llu does not fit into an hwm of %llu; give "
		                    "hwm=0 or a smaller window",
		                    what, (unsigned long long)spec->link.window,
		                    (unsigned long long)spec->link.hwm);
	if (ops->stalls && !pattern->drops) {
		enum pr_err err = check_stalls(spec, what, why);

		if (err != PR_OK)
			return err;
	}
	if (pattern->drops && spec->link.hwm != 0)
		return pr_error_set(why, PR_USAGE,
		                    "%s: %s drops what does not fit, so it loses messages unless "
		                    "hwm is 0",
		                    what, name);
	return PR_OK;
}

/* Parts of a second that a block and a warm-up of a paced workload last: with 10,000 messages a
 * second enough for a p99.9 when the heads of the slices are taken away.  */
#define PACED_BLOCK 1.2
#define PACED_WARM  0.02

/* Of stall=periodic.  */
#define STALLS 3

/* Draining, and waiting for what is late.  */
#define DRAIN_NS 200000000

static uint64_t paced_count(const struct pr_workload_spec *spec, double seconds)
{
	uint64_t count = (uint64_t)((double)spec->pace.rate * seconds);

	return count > 0 ? count : 1;
}

static uint64_t least_of(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t pr_workload_count(const struct pr_workload_ops *ops, const struct pr_workload_spec *spec)
{
	uint64_t fit, count, clients;

	if (ops->is_paced)
		return paced_count(spec, PACED_BLOCK);
	if (ops->stalls)
		return spec->pressure.stall == PR_STALL_PERIODIC ? STALLS : 1;
	fit = ops->block_bytes / (spec->link.size * ops->messages_per_unit);
	count = least_of(ops->defaults.count, fit > ops->count_min ? fit : ops->count_min);
	clients = least_of(ops->client_count, ops->client_bytes / spec->link.size) *
	          spec->link.connections;
	return clients > count ? clients : count;
}

uint64_t pr_workload_warm_count(const struct pr_workload_ops *ops,
                                const struct pr_workload_spec *spec)
{
	return ops->is_paced ? paced_count(spec, PACED_WARM) : ops->warm_count;
}

double pr_workload_guess_ns(const struct pr_workload_ops *ops, const struct pr_workload_spec *spec)
{
	if (ops->stalls)
		return (double)(spec->pressure.stall_ns + 2 * spec->pressure.flow_ns + DRAIN_NS);
	return ops->is_paced ? 1e9 / (double)spec->pace.rate : ops->guess_ns;
}

/* ---- receiving ----------------------------------------------------------------------- */

/* How long a skipped message may be late before it counts as lost.  */
#define LATE_TRIES 100
#define LATE_NS    1000000

/* A slow reader's pause, and after how many messages.  A sender that does a million a second fills
 * queues of a thousand and the buffers of the socket meanwhile.  */
#define PAUSE_EVERY 10000
#define PAUSE_NS    20000000

/* What a receiver does beside receiving, after how many messages.  */
struct asides {
	uint64_t pause_at, pay_at, next_at;
};

static void set_next(struct asides *asides)
{
	asides->next_at = asides->pause_at < asides->pay_at ? asides->pause_at : asides->pay_at;
}

static void begin_asides(const struct pr_bench *bench, struct asides *asides)
{
	asides->pause_at = bench->spec->reader == PR_READER_SLOW ? PAUSE_EVERY : UINT64_MAX;
	asides->pay_at = bench->plant != NULL ? bench->plant->left : UINT64_MAX;
	set_next(asides);
}

static void do_asides(const struct pr_bench *bench, struct asides *asides)
{
	if (asides->next_at == asides->pause_at) {
		nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
		asides->pause_at += PAUSE_EVERY;
	}
	if (asides->next_at == asides->pay_at) {
		pr_plant_pay(bench->plant);
		asides->pay_at += bench->plant->left;
	}
	set_next(asides);
}

enum pr_err pr_workload_take_late(struct pr_bench *bench, int end, struct pr_error *why)
{
	struct pr_ledger *ledger = &bench->ledgers[end];

	for (int tries = 0; tries < LATE_TRIES && ledger->lost > 0; tries++) {
		const void *body;
		size_t size;
		enum pr_err err =
		        bench->link->ops->recv(bench->link, end, false, &body, &size, why);

		if (err != PR_OK)
			return err;
		if (body != NULL)
			pr_ledger_take(ledger, body, size);
		else
			nanosleep(&(struct timespec){.tv_nsec = LATE_NS}, NULL);
	}
	return PR_OK;
}

/* Duplicates do not count, so the last message is waited for.  */
bool pr_workload_is_done(const struct pr_ledger *ledger, const struct pr_ledger *before,
                         uint64_t count)
{
	if (ledger->expected >= before->expected + count)
		return true;
	return ledger->received - before->received >=
	       count + ledger->duplicated - before->duplicated;
}

enum pr_err pr_workload_receive(struct pr_bench *bench, int end, uint64_t count,
                                struct pr_error *why)
{
	struct pr_ledger *ledger = &bench->ledgers[end];
	struct pr_ledger before = *ledger;
	struct asides asides;
	enum pr_err (*recv)(struct pr_link *, int, bool, const void **, size_t *,
	                    struct pr_error *) = bench->link->ops->recv;

	begin_asides(bench, &asides);
	while (!pr_workload_is_done(ledger, &before, count)) {
		const void *body;
		size_t size;
		enum pr_err err = recv(bench->link, end, true, &body, &size, why);

		if (err != PR_OK)
			return err;
		pr_ledger_take(ledger, body, size);
		if (__builtin_expect(ledger->received - before.received == asides.next_at, 0))
			do_asides(bench, &asides);
	}
	return ledger->lost > before.lost ? pr_workload_take_late(bench, end, why) : PR_OK;
}
