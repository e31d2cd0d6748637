/* SPDX-License-Identifier: MIT */
/* harness/worker.c - the process that holds one engine: see worker.h for what it is asked.  */
#include "harness/worker.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "harness/cpus.h"
#include "harness/held.h"
#include "harness/instructions.h"
#include "harness/last_words.h"
#include "harness/memory.h"
#include "harness/sites.h"
#include "harness/watch.h"

struct worker {
	struct pr_held held;
	json_t *options; /* of the engine; NULL until open */
	struct pr_plant plant;
	bool closed;
	uint64_t *opened;        /* counters when the links had been opened; NULL without hooks */
	uint64_t sent, received; /* messages by then */
};

/* Where answers go: standard output is kept from the engine, which might print to it.  */
static int answers_fd = -1;

/* ---- answers ------------------------------------------------------------------------- */

static void answer(const json_t *reply)
{
	char *line = pr_json_dump_line(reply);
	size_t size = strlen(line), done = 0;

	while (done < size) {
		ssize_t wrote = write(answers_fd, line + done, size - done);

		if (wrote < 0 && errno != EINTR)
			_exit(1); /* nobody listens any more */
		done += wrote > 0 ? (size_t)wrote : 0;
	}
	free(line);
}

static void answer_error(const struct pr_error *why)
{
	json_t *reply = json_object();

	pr_json_set(reply, "ok", json_false());
	pr_json_set(reply, "error", pr_json_new_string(why->text));
	answer(reply);
	json_decref(reply);
}

/* Another thread cannot go on, and the main thread may wait inside the engine: answer and end.
 * Where nothing was asked, the answer is not read; so these are the last words too.  */
static void give_up(const struct pr_error *why)
{
	fprintf(stderr, "%s\n", why->text);
	answer_error(why);
	_exit(1);
}

/* ---- open ---------------------------------------------------------------------------- */

static json_t *describe_counters(const struct pr_held *held)
{
	json_t *list = json_array();

	for (size_t i = 0; i < held->counter_count; i++) {
		const struct proctor_counter *counter = &held->counters[i];
		json_t *item = json_object();

		pr_json_set(item, "name", pr_json_new_string(counter->name));
		pr_json_set(item, "unit", pr_json_new_string(counter->unit));
		pr_json_set(item, "scope", pr_json_new_string(counter->scope));
		pr_json_set(item, "kind", pr_json_new_string(counter->kind));
		pr_json_set(item, "help", pr_json_new_string(counter->help));
		pr_json_append(list, item);
	}
	return list;
}

static json_t *describe_library(const struct pr_engine_info *info)
{
	json_t *library = json_object();

	pr_json_set(library, "path", pr_json_new_string(info->path));
	pr_json_set(library, "version", pr_json_new_string(info->version));
	pr_json_set(library, "build_id",
	            pr_json_new_string(info->build_id[0] != '\0' ? info->build_id : NULL));
	return library;
}

static enum pr_err add_workloads(struct worker *worker, const struct pr_json *request,
                                 struct pr_error *why)
{
	struct pr_json workloads;
	enum pr_err err = pr_json_array(request, "workloads", &workloads, why);

	for (size_t i = 0; err == PR_OK && i < json_array_size(workloads.value); i++) {
		struct pr_json item = pr_json_item(&workloads, i);

		err = pr_held_add(&worker->held, &item, why);
	}
	return err;
}

static enum pr_err set_cpus(const struct pr_json *request, struct pr_error *why)
{
	const char *cpus;
	enum pr_err err;

	if (!pr_json_has(request, "cpus"))
		return PR_OK;
	err = pr_json_string(request, "cpus", &cpus, why);
	return err == PR_OK ? pr_cpus_apply(cpus, why) : err;
}

static enum pr_err load_engine(struct worker *worker, const struct pr_json *request, json_t *reply,
                               struct pr_error *why)
{
	struct pr_engine_info info = {.path = ""};
	const struct pr_adapter_ops *ops;
	struct pr_json options;
	const char *name;
	enum pr_err err = pr_json_string(request, "engine", &name, why);

	if (err == PR_OK)
		err = pr_json_object(request, "options", &options, why);
	if (err != PR_OK)
		return err;
	ops = pr_adapter_find(name);
	if (ops == NULL)
		return pr_json_error(request, why, "unknown engine '%s'", name);
	err = pr_plant_split(options.value, name, &worker->plant, &worker->options, why);
	if (err != PR_OK)
		return err;
	pr_plant_ready(&worker->plant);
	if (worker->plant.dose != 0)
		err = pr_watch_dose(worker->plant.dose, worker->plant.dose_place,
		                    worker->plant.dose_count, why);
	if (err != PR_OK)
		return err;
	err = pr_held_load(&worker->held, ops, worker->options, &info, why);
	pr_json_set(reply, "helpers", pr_held_helpers(&worker->held));
	if (err != PR_OK)
		return err;
	pr_json_set(reply, "library", describe_library(&info));
	if (worker->held.counter_count > 0)
		pr_json_set(reply, "counters", describe_counters(&worker->held));
	return PR_OK;
}

/* ---- testimony ----------------------------------------------------------------------- */

/* Of a standstill the witness sees what the other threads left behind, and nothing orders the two:
 * whole numbers that may be one behind.  */
__attribute__((no_sanitize("thread"))) static void
count_messages(const struct pr_held *held, uint64_t *sent, uint64_t *received)
{
	*sent = *received = 0;
	for (size_t i = 0; i < held->link_count; i++)
		for (int end = PR_END_A; end <= PR_END_B; end++) {
			*sent += held->links[i]->bench.stamps[end].next;
			*received += held->links[i]->bench.ledgers[end].received;
		}
}

static json_t *counters_since_open(struct worker *worker)
{
	struct pr_held *held = &worker->held;
	uint64_t *values = pr_alloc((held->counter_count + 1) * sizeof(*values));
	json_t *counters = json_object();
	struct pr_error unsaid;

	if (pr_held_counters(held, values, &unsaid) == PR_OK)
		for (size_t i = 0; i < held->counter_count; i++)
			pr_json_set(counters, held->counters[i].name,
			            json_integer(
			                    (json_int_t)(strcmp(held->counters[i].kind, "peak") == 0
			                                         ? values[i]
			                                         : values[i] - worker->opened[i])));
	free(values);
	return counters;
}

/* On the witness's thread, when the engine has come to a standstill.  */
static void testify(void *arg)
{
	struct worker *worker = arg;
	json_t *reply = json_object(), *last = json_object();
	uint64_t sent, received;

	count_messages(&worker->held, &sent, &received);
	pr_json_set(last, "sent", json_integer((json_int_t)(sent - worker->sent)));
	pr_json_set(last, "received", json_integer((json_int_t)(received - worker->received)));
	if (worker->opened != NULL)
		pr_json_set(last, "counters", counters_since_open(worker));
	pr_json_set(reply, "last", last);
	answer(reply);
	json_decref(reply);
}

/* From here on messages and counters are those of workloads.  */
static enum pr_err watch(struct worker *worker, struct pr_error *why)
{
	struct pr_held *held = &worker->held;
	enum pr_err err = PR_OK;

	count_messages(held, &worker->sent, &worker->received);
	if (held->counter_count > 0) {
		worker->opened = pr_alloc(held->counter_count * sizeof(*worker->opened));
		err = pr_held_counters(held, worker->opened, why);
	}
	pr_last_words_watch(testify, worker);
	return err;
}

/* Before there are threads.  */
static enum pr_err start_watch(const struct pr_json *request, struct pr_error *why)
{
	int64_t watchers = 0;
	enum pr_err err = PR_OK;

	if (pr_json_has(request, "watch"))
		err = pr_json_integer(request, "watch", &watchers, why);
	return err == PR_OK ? pr_watch_start((unsigned)watchers, why) : err;
}

static enum pr_err do_open(struct worker *worker, const struct pr_json *request, json_t *reply,
                           struct pr_error *why)
{
	enum pr_err err;

	if (worker->held.ops != NULL)
		return pr_error_set(why, PR_FAILED,
		                    "an engine is open already: a worker holds one");
	pr_json_set(reply, "pid", json_integer(getpid()));
	worker->held.give_up = give_up;
	err = set_cpus(request, why);
	if (err == PR_OK)
		err = start_watch(request, why);
	pr_watch_allocations(false);
	if (err == PR_OK)
		err = add_workloads(worker, request, why);
	if (err == PR_OK)
		err = load_engine(worker, request, reply, why);
	if (err == PR_OK)
		err = pr_held_open(&worker->held, why);
	return err == PR_OK ? watch(worker, why) : err;
}

/* ---- slices -------------------------------------------------------------------------- */

static enum pr_err find_workload(struct worker *worker, const struct pr_json *request,
                                 struct pr_held_workload **result, struct pr_error *why)
{
	struct pr_held *held = &worker->held;
	const char *label;
	enum pr_err err = pr_json_string(request, "workload", &label, why);

	if (err != PR_OK)
		return err;
	for (size_t i = 0; i < held->workload_count; i++)
		if (strcmp(held->workloads[i].label, label) == 0) {
			*result = &held->workloads[i];
			return PR_OK;
		}
	return pr_json_error(request, why, "workload '%s' was not opened", label);
}

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
	if (slice.fairness > 0)
		pr_json_set(reply, "fairness", json_real(slice.fairness));
	return err;
}

static enum pr_err run_apart(struct worker *worker, struct pr_held_workload *workload,
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
static enum pr_err run_units(struct worker *worker, struct pr_held_workload *workload,
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
static enum pr_err run_slice(struct worker *worker, struct pr_held_workload *workload,
                             uint64_t head, uint64_t count, struct pr_hist *latency, json_t *reply,
                             struct pr_error *why)
{
	struct pr_bench *bench = &workload->link->bench;
	struct oddities before = count_oddities(bench);
	json_t *warmed = json_object();
	enum pr_err err = PR_OK;

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
	pr_plant_begin(bench->plant);
	if (err == PR_OK)
		err = run_units(worker, workload, count, latency, reply, why);
	pr_plant_end(bench->plant);
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

static enum pr_err do_slice(struct worker *worker, const struct pr_json *request, json_t *reply,
                            struct pr_error *why)
{
	struct pr_held_workload *workload;
	int64_t count, head = 0;
	enum pr_err err = find_workload(worker, request, &workload, why);

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

/* Warms one workload.  Its messages are checked too.  */
static enum pr_err warm_one(struct worker *worker, struct pr_held_workload *workload,
                            struct pr_error *why)
{
	struct pr_bench *bench = &workload->link->bench;
	json_t *ignored = json_object();
	enum pr_err err;

	bench->warming = true;
	err = run_slice(worker, workload, 0, warm_count(workload), NULL, ignored, why);
	bench->warming = false;
	json_decref(ignored);
	if (err == PR_OK && (pr_ledger_is_odd(&bench->ledgers[PR_END_A]) ||
	                     pr_ledger_is_odd(&bench->ledgers[PR_END_B])))
		err = pr_error_set(why, PR_FAILED,
		                   "messages were lost, reordered, duplicated or corrupt in the "
		                   "warm-up of %s",
		                   workload->label);
	return err;
}

static enum pr_err do_warm(struct worker *worker, const struct pr_json *request, json_t *reply,
                           struct pr_error *why)
{
	enum pr_err err = PR_OK;

	(void)request;
	(void)reply;
	for (size_t i = 0; err == PR_OK && i < worker->held.workload_count; i++)
		err = warm_one(worker, &worker->held.workloads[i], why);
	return err;
}

/* ---- rest and snapshots -------------------------------------------------------------- */

#define REST_STEP_NS  2000000  /* two snapshots this far apart must agree */
#define REST_STEPS    500      /* and so within a second */
#define REST_BLIND_NS 20000000 /* for an engine whose counters cannot be seen */

static void sleep_ns(long ns)
{
	nanosleep(&(struct timespec){.tv_nsec = ns}, NULL);
}

static enum pr_err wait_still(struct pr_held *held, bool *still, struct pr_error *why)
{
	size_t size = held->counter_count * sizeof(uint64_t);
	uint64_t *before = pr_alloc(size), *after = pr_alloc(size);
	enum pr_err err = pr_held_counters(held, before, why);

	*still = false;
	for (int step = 0; err == PR_OK && !*still && step < REST_STEPS; step++) {
		sleep_ns(REST_STEP_NS);
		err = pr_held_counters(held, after, why);
		*still = err == PR_OK && memcmp(before, after, size) == 0;
		memcpy(before, after, size);
	}
	free(before);
	free(after);
	return err;
}

static enum pr_err do_rest(struct worker *worker, const struct pr_json *request, json_t *reply,
                           struct pr_error *why)
{
	bool still = true;
	enum pr_err err = PR_OK;

	(void)request;
	if (worker->held.counter_count > 0)
		err = wait_still(&worker->held, &still, why);
	else
		sleep_ns(REST_BLIND_NS);
	pr_json_set(reply, "still", json_boolean(still));
	return err;
}

static json_t *dump_histogram(const struct pr_hist *hist)
{
	json_t *object = json_object();
	json_t *buckets = json_array();

	for (size_t i = 0; i < PR_HIST_BUCKETS; i++)
		if (hist->buckets[i] > 0)
			pr_json_append(buckets, json_pack("[I,I]", (json_int_t)pr_hist_lowest_ns(i),
			                                  (json_int_t)hist->buckets[i]));
	pr_json_set(object, "count", json_integer((json_int_t)hist->count));
	pr_json_set(object, "min", json_integer(hist->min_ns));
	pr_json_set(object, "max", json_integer(hist->max_ns));
	pr_json_set(object, "buckets", buckets);
	return object;
}

/* Where there is one that has a sample.  */
static void put_histogram(json_t *reply, const char *key, const struct pr_hist *hist)
{
	if (hist != NULL && hist->count > 0)
		pr_json_set(reply, key, dump_histogram(hist));
}

/* A number, or null when it is below 0: not measured.  */
static json_t *known(int64_t value)
{
	return value < 0 ? json_null() : json_integer(value);
}

/* "counters": an object, or null for an engine that keeps none.  */
static enum pr_err put_counters(struct pr_held *held, json_t *reply, struct pr_error *why)
{
	uint64_t *values;
	json_t *counters;
	enum pr_err err;

	if (held->counter_count == 0) {
		pr_json_set(reply, "counters", json_null());
		return PR_OK;
	}
	values = pr_alloc(held->counter_count * sizeof(*values));
	err = pr_held_counters(held, values, why);
	counters = json_object();
	for (size_t i = 0; err == PR_OK && i < held->counter_count; i++)
		pr_json_set(counters, held->counters[i].name, json_integer((json_int_t)values[i]));
	pr_json_set(reply, "counters", counters);
	free(values);
	return err;
}

static enum pr_err do_snapshot(struct worker *worker, const struct pr_json *request, json_t *reply,
                               struct pr_error *why)
{
	struct pr_held_workload *workload;
	json_t *watched;
	pid_t partner;
	bool begin;
	enum pr_err err = find_workload(worker, request, &workload, why);

	if (err == PR_OK)
		err = pr_json_bool(request, "begin", &begin, why);
	if (err == PR_OK)
		err = put_counters(&worker->held, reply, why);
	if (err != PR_OK)
		return err;
	watched = pr_watch_read();
	if (watched != NULL)
		pr_json_set(reply, "watched", watched);
	partner = worker->held.partner != NULL && workload->spec.link.roles == PR_ROLES_TWO
	                  ? pr_partner_pid(worker->held.partner)
	                  : 0;
	pr_json_set(reply, "memory_peak", known(pr_memory_peak(0)));
	if (partner != 0)
		pr_json_set(reply, "memory_peak_a", known(pr_memory_peak(partner)));
	pr_json_set(reply, "memory_per_connection", known(workload->link->connection_bytes));
	put_histogram(reply, "histogram", workload->latency);
	if (workload->pace != NULL) {
		put_histogram(reply, "histogram_sent", &workload->pace->sent);
		put_histogram(reply, "histogram_late", &workload->pace->late);
	}
	if (begin)
		pr_memory_restart_peak(0);
	if (begin && partner != 0)
		pr_memory_restart_peak(partner);
	if (begin && workload->latency != NULL)
		pr_hist_clear(workload->latency);
	if (begin && workload->pace != NULL)
		pr_pace_clear(workload->pace);
	return PR_OK;
}

static enum pr_err do_mark(struct worker *worker, const struct pr_json *request, json_t *reply,
                           struct pr_error *why)
{
	const char *text;
	enum pr_err err = pr_json_string(request, "text", &text, why);

	(void)worker;
	(void)reply;
	/* Fails with EBADF, which is the point: it does nothing and can be seen.  */
	if (err == PR_OK && write(-1, text, strlen(text)) >= 0)
		err = pr_error_set(why, PR_FAILED, "the mark was written somewhere");
	return err;
}

static enum pr_err do_count(struct worker *worker, const struct pr_json *request, json_t *reply,
                            struct pr_error *why)
{
	(void)worker;
	(void)request;
	(void)reply;
	return pr_instructions_dump(why);
}

static enum pr_err do_sites(struct worker *worker, const struct pr_json *request, json_t *reply,
                            struct pr_error *why)
{
	struct pr_json addresses;
	enum pr_err err = pr_json_array(request, "addresses", &addresses, why);

	(void)worker;
	if (err == PR_OK)
		pr_json_set(reply, "names", pr_sites_name(addresses.value));
	return err;
}

static enum pr_err do_close(struct worker *worker, const struct pr_json *request, json_t *reply,
                            struct pr_error *why)
{
	enum pr_err err = pr_held_close(&worker->held, why);

	(void)request;
	(void)reply;
	json_decref(worker->options);
	worker->options = NULL;
	worker->closed = err == PR_OK;
	return err;
}

/* ---- the server ---------------------------------------------------------------------- */

struct verb {
	const char *name;
	enum pr_err (*run)(struct worker *worker, const struct pr_json *request, json_t *reply,
	                   struct pr_error *why);
	bool needs_engine;
};

static const struct verb verbs[] = {
        {"open", do_open, false},   {"warm", do_warm, true},    {"slice", do_slice, true},
        {"rest", do_rest, true},    {"mark", do_mark, false},   {"snapshot", do_snapshot, true},
        {"count", do_count, false}, {"sites", do_sites, false}, {"close", do_close, false},
};

static enum pr_err run_verb(struct worker *worker, const struct pr_json *request, json_t *reply,
                            struct pr_error *why)
{
	const char *name;
	enum pr_err err = pr_json_string(request, "do", &name, why);

	if (err != PR_OK)
		return err;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verbs[i].name, name) == 0) {
			if (verbs[i].needs_engine && worker->held.workload_count == 0)
				return pr_error_set(why, PR_FAILED, "'%s' needs an open engine",
				                    name);
			return verbs[i].run(worker, request, reply, why);
		}
	return pr_json_error(request, why, "unknown command '%s'", name);
}

static void serve_line(struct worker *worker, const char *line)
{
	struct pr_error why = {.text = ""};
	json_error_t error;
	json_t *request = json_loads(line, JSON_REJECT_DUPLICATES, &error);
	json_t *reply = json_object();
	enum pr_err err;

	pr_json_set(reply, "ok", json_true());
	if (request == NULL) {
		err = pr_error_set(&why, PR_FAILED, "the command is not JSON: %s", error.text);
	} else {
		struct pr_json top = pr_json_top("worker", request);

		err = run_verb(worker, &top, reply, &why);
	}
	if (err == PR_OK)
		answer(reply);
	else
		answer_error(&why);
	json_decref(reply);
	json_decref(request);
}

/* Ends with the parent, and keeps standard output for answers.  */
static bool prepare_process(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY); /* so that a hang can be looked at */
	signal(SIGPIPE, SIG_IGN);
	answers_fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	pr_last_words_init(answers_fd);
	return answers_fd >= 0 && dup2(STDERR_FILENO, STDOUT_FILENO) >= 0;
}

int cmd_worker(int argc, const char **argv)
{
	struct worker worker = {0};
	char *line = NULL;
	size_t room = 0;

	(void)argc;
	(void)argv;
	if (!prepare_process())
		return PR_FAILED;
	while (!worker.closed && getline(&line, &room, stdin) > 0)
		serve_line(&worker, line);
	free(line);
	free(worker.opened);
	if (!worker.closed)
		_exit(PR_FAILED); /* nobody asks any more: an engine that cannot close must not stay
		                   */
	return PR_OK;
}
