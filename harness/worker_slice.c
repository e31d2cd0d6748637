/* SPDX-License-Identifier: MIT */
/* harness/worker_slice.c - runs a slice of a workload, and says what it gave.  */
#include "core/base/clock.h"
#include "harness/last_words.h"
#include "harness/watch.h"
#include "harness/worker_parts.h"

struct oddities {
	uint64_t lost, reordered, duplicated, corrupt;
};

static struct oddities count_oddities(const struct pr_bench *bench)
{
	struct oddities sum = {0};

	for (int end = PR_END_A; end <= PR_END_B; end++) {
		const struct pr_ledger *ledger = &bench->ledgers[end];

		sum.lost += ledger->lost;
		sum.reordered += ledger->reordered;
		sum.duplicated += ledger->duplicated;
		sum.corrupt += ledger->corrupt;
	}
	return sum;
}

static void put_count(json_t *reply, const char *key, int64_t value)
{
	pr_json_set(reply, key, json_integer(value));
}

/* What a slice gave beside its own messages: those of its head.  */
static void report_head(json_t *head, json_t *reply)
{
	json_t *messages = json_object_get(head, "messages");

	pr_json_set(reply, "head_messages", json_incref(messages));
	pr_json_set(reply, "head_elapsed_ns", json_incref(json_object_get(head, "elapsed_ns")));
}

/* A message skipped in one slice may arrive late in the next: a difference may be negative.  */
static void report_oddities(struct oddities before, struct oddities after, json_t *reply)
{
	put_count(reply, "lost", (int64_t)(after.lost - before.lost));
	put_count(reply, "reordered", (int64_t)(after.reordered - before.reordered));
	put_count(reply, "duplicated", (int64_t)(after.duplicated - before.duplicated));
	put_count(reply, "corrupt", (int64_t)(after.corrupt - before.corrupt));
}

/* Of one process, or of both.  */
static void put_switches(const struct pr_usage *one, const struct pr_usage *two, json_t *reply)
{
	static const struct pr_usage nothing = {0};

	two = two != NULL ? two : &nothing;
	put_count(reply, "switches_voluntary", one->switches_voluntary + two->switches_voluntary);
	put_count(reply, "switches_involuntary",
	          one->switches_involuntary + two->switches_involuntary);
}

static void report_pace(const struct pr_pace_sums *sums, json_t *reply)
{
	put_count(reply, "offered_ns", sums->offered_ns);
	put_count(reply, "taken_ns", sums->taken_ns);
	put_count(reply, "engine_ns", sums->engine_ns);
	put_count(reply, "own_ns", sums->own_ns);
}

static void report_pressure(const struct pr_held_workload *workload, json_t *reply)
{
	const struct pr_link_spec *link = &workload->spec.link;
	const struct pr_pressure_facts facts = {
	        .wire_bytes = pr_link_wire_bytes(link),
	        .hwm = link->hwm,
	        .senders = link->connections > 0 ? link->connections : 1,
	        .is_raw = link->connections > 0,
	};

	pr_json_set(reply, "pressure", pr_pressure_dump(workload->pressure, &facts));
}

static enum pr_err run_here(struct pr_held_workload *workload, uint64_t count, json_t *reply,
                            struct pr_error *why)
{
	struct pr_workload_slice slice = {0};
	struct pr_mate *mate = workload->link->bench.mate;
	int64_t mate_ns = pr_mate_cpu_ns(mate), main_ns = pr_clock_read_ns(CLOCK_THREAD_CPUTIME_ID);
	struct pr_usage used = pr_usage_now();
	enum pr_err err = workload->ops->slice(&workload->link->bench, count, &slice, why);

	used = pr_usage_since(&used);
	if (slice.cpu_ns == 0) {
		slice.cpu_ns = used.cpu_ns;
		put_count(reply, "cpu_main_ns",
		          pr_clock_read_ns(CLOCK_THREAD_CPUTIME_ID) - main_ns);
		put_count(reply, "cpu_mate_ns", pr_mate_cpu_ns(mate) - mate_ns);
	}
	put_switches(&used, NULL, reply);
	put_count(reply, "messages", (int64_t)slice.messages);
	put_count(reply, "elapsed_ns", slice.elapsed_ns);
	put_count(reply, "cpu_ns", slice.cpu_ns);
	if (slice.has_clients)
		put_count(reply, "clients_idle_ns", slice.clients_idle_ns);
	if (slice.fairness > 0)
		pr_json_set(reply, "fairness", json_real(slice.fairness));
	return err;
}

static enum pr_err run_apart(struct pr_worker *worker, struct pr_held_workload *workload,
                             uint64_t count, struct pr_hist *latency, json_t *reply,
                             struct pr_error *why)
{
	struct pr_workload_half halves[2] = {{0}};
	enum pr_err err = pr_partner_slice(worker->held.partner, workload->ops,
	                                   &workload->link->bench, latency, count, halves, why);

	put_count(reply, "messages",
	          workload->pressure != NULL ? (int64_t)workload->pressure->received
	                                     : (int64_t)(count * workload->ops->messages_per_unit));
	put_count(reply, "elapsed_ns",
	          halves[workload->ops->last_end].ended_ns - halves[PR_END_A].began_ns);
	put_count(reply, "cpu_ns", halves[PR_END_A].used.cpu_ns + halves[PR_END_B].used.cpu_ns);
	put_count(reply, "cpu_a_ns", halves[PR_END_A].used.cpu_ns);
	put_count(reply, "cpu_b_ns", halves[PR_END_B].used.cpu_ns);
	put_switches(&halves[PR_END_A].used, &halves[PR_END_B].used, reply);
	return err;
}

/* Count units, in one process or two.  latency NULL: times of round trips are not kept.  */
static enum pr_err run_units(struct pr_worker *worker, struct pr_held_workload *workload,
                             uint64_t count, struct pr_hist *latency, json_t *reply,
                             struct pr_error *why)
{
	struct pr_bench *bench = &workload->link->bench;

	bench->latency = latency;
	bench->pressure = workload->pressure;
	if (bench->pressure != NULL)
		pr_pressure_begin(bench->pressure, bench->stamps[PR_END_A].next);
	if (workload->spec.link.roles == PR_ROLES_TWO)
		return run_apart(worker, workload, count, latency, reply, why);
	return run_here(workload, count, reply, why);
}

/* A slice whose first `head` units warm up and are not timed; their messages are checked too.  */
static enum pr_err run_slice(struct pr_worker *worker, struct pr_held_workload *workload,
                             uint64_t head, uint64_t count, struct pr_hist *latency, json_t *reply,
                             struct pr_error *why)
{
	struct pr_bench *bench = &workload->link->bench;
	struct oddities before = count_oddities(bench);
	json_t *warmed = json_object();
	enum pr_err err = PR_OK;

	pr_held_count_times(workload);
	bench->pace = workload->pace;
	bench->spec = &workload->spec;
	bench->plant = NULL; /* nothing is planted in a head */
	pr_last_words_begin(bench);
	pr_watch_allocations(true);
	if (head > 0)
		err = run_units(worker, workload, head, NULL, warmed, why);
	if (err == PR_OK && head > 0)
		report_head(warmed, reply);
	bench->plant = pr_plant_is_empty(&worker->plant) ? NULL : &worker->plant;
	pr_plant_begin(bench->plant, workload);
	if (err == PR_OK)
		err = run_units(worker, workload, count, latency, reply, why);
	pr_plant_end(bench->plant, json_integer_value(json_object_get(reply, "elapsed_ns")));
	pr_watch_allocations(false);
	pr_last_words_end();
	json_decref(warmed);
	if (err == PR_OK)
		report_oddities(before, count_oddities(bench), reply);
	if (err == PR_OK && bench->pace != NULL)
		report_pace(&bench->pace->sums, reply);
	if (err == PR_OK && bench->pressure != NULL && bench->pressure->stall_count > 0)
		report_pressure(workload, reply);
	return err;
}

enum pr_err pr_worker_slice(struct pr_worker *worker, const struct pr_json *request, json_t *reply,
                            struct pr_error *why)
{
	struct pr_held_workload *workload;
	int64_t count, head = 0;
	enum pr_err err = pr_worker_find(worker, request, &workload, why);

	if (err == PR_OK)
		err = pr_json_integer(request, "count", &count, why);
	if (err == PR_OK && pr_json_has(request, "head"))
		err = pr_json_integer(request, "head", &head, why);
	if (err == PR_OK && (count < 1 || head < 0))
		err = pr_json_error(request, why,
		                    "a slice needs a count of at least 1 and a head of at least 0");
	return err == PR_OK ? run_slice(worker, workload, (uint64_t)head, (uint64_t)count,
	                                workload->latency, reply, why)
	                    : err;
}

enum pr_err pr_worker_forget(struct pr_worker *worker, const struct pr_json *request, json_t *reply,
                             struct pr_error *why)
{
	struct pr_held_workload *workload;
	enum pr_err err = pr_worker_find(worker, request, &workload, why);

	(void)reply;
	if (err == PR_OK)
		pr_held_forget_times(workload);
	return err;
}

#define WARM_BYTES_MAX ((uint64_t)16 * 1024 * 1024)

/* As many units as the workload wants, but no more than a block has and 16 MiB hold; at least one.
 */
static uint64_t warm_count(const struct pr_held_workload *workload)
{
	uint64_t count = pr_workload_warm_count(workload->ops, &workload->spec);
	uint64_t fit =
	        WARM_BYTES_MAX / (workload->link->spec.size * workload->ops->messages_per_unit);

	if (count > workload->spec.count)
		count = workload->spec.count;
	if (count > fit)
		count = fit;
	return count > 0 ? count : 1;
}

/* Warms one workload.  Its messages are checked too: what went wrong with them is told.  */
static enum pr_err warm_one(struct pr_worker *worker, struct pr_held_workload *workload,
                            json_t *reply, struct pr_error *why)
{
	struct pr_bench *bench = &workload->link->bench;
	json_t *warmed = json_object();
	enum pr_err err;

	bench->warming = true;
	err = run_slice(worker, workload, 0, warm_count(workload), NULL, warmed, why);
	bench->warming = false;
	if (err == PR_OK && (pr_ledger_is_odd(&bench->ledgers[PR_END_A]) ||
	                     pr_ledger_is_odd(&bench->ledgers[PR_END_B]))) {
		pr_json_set(warmed, "workload", pr_json_new_string(workload->label));
		pr_json_set(reply, "odd", json_incref(warmed));
	}
	json_decref(warmed);
	return err;
}

enum pr_err pr_worker_warm(struct pr_worker *worker, const struct pr_json *request, json_t *reply,
                           struct pr_error *why)
{
	enum pr_err err = PR_OK;

	(void)request;
	for (size_t i = 0; err == PR_OK && json_object_get(reply, "odd") == NULL &&
	                   i < worker->held.workload_count;
	     i++)
		err = warm_one(worker, &worker->held.workloads[i], reply, why);
	return err;
}
