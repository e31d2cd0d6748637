/* SPDX-License-Identifier: MIT */
/* harness/held.c - what a worker holds.  */
#include "harness/held.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/buf.h"
#include "harness/meet.h"
#include "harness/memory.h"
#include "harness/options.h"
#include "harness/shared.h"

/* ---- workloads and their links --------------------------------------------------------- */

static enum pr_err parse_workload(const struct pr_json *item, struct pr_held_workload *workload,
                                  struct pr_error *why)
{
	const char *label, *name;
	struct pr_json given;
	json_t *options;
	enum pr_err err = pr_json_string(item, "label", &label, why);

	if (err == PR_OK)
		err = pr_json_string(item, "name", &name, why);
	if (err == PR_OK)
		err = pr_json_object(item, "options", &given, why);
	if (err != PR_OK)
		return err;
	workload->ops = pr_workload_find(name);
	if (workload->ops == NULL)
		return pr_json_error(item, why, "unknown workload '%s'", name);
	workload->label = pr_strdup(label);
	workload->spec = workload->ops->defaults;
	err = pr_options_from_json(given.value, label, &options, why);
	if (err == PR_OK) {
		err = pr_options_apply(workload->ops->opts, &workload->spec, options, label, why);
		json_decref(options);
	}
	return err;
}

/* The stamps and ledgers of both ends, where helpers see them too.  */
struct traffic {
	struct pr_stamp stamps[2];
	struct pr_ledger ledgers[2];
};

static struct pr_held_link *make_link(const struct pr_link_spec *spec)
{
	struct pr_held_link *link = pr_alloc(sizeof(*link));
	struct traffic *traffic = pr_shared_alloc(sizeof(*traffic));

	memset(link, 0, sizeof(*link));
	link->spec = *spec;
	link->connection_bytes = -1;
	link->bench.stamps = traffic->stamps;
	link->bench.ledgers = traffic->ledgers;
	for (unsigned end = PR_END_A; end <= PR_END_B; end++) {
		pr_stamp_init(&traffic->stamps[end], end + 1, spec->size);
		pr_ledger_init(&traffic->ledgers[end], !end + 1, spec->size);
	}
	if (spec->connections > 0) {
		link->bench.fan = pr_fan_create(spec);
		link->bench.fan->ledger = &traffic->ledgers[PR_END_B];
	}
	return link;
}

static void destroy_link(struct pr_held_link *link)
{
	void *traffic = link->bench.stamps;

	for (int end = PR_END_A; end <= PR_END_B; end++) {
		pr_stamp_fini(&link->bench.stamps[end]);
		pr_ledger_fini(&link->bench.ledgers[end]);
	}
	pr_shared_free(&traffic, sizeof(struct traffic));
	pr_fan_destroy(&link->bench.fan);
	free(link);
}

/* The link of a workload: new, or one that is there already.  */
static struct pr_held_link *find_link(struct pr_held *held, const struct pr_link_spec *spec)
{
	for (size_t i = 0; i < held->link_count; i++)
		if (pr_link_same(&held->links[i]->spec, spec))
			return held->links[i];
	return held->links[held->link_count++] = make_link(spec);
}

enum pr_err pr_held_add(struct pr_held *held, const struct pr_json *item, struct pr_error *why)
{
	struct pr_held_workload *workload = &held->workloads[held->workload_count];
	enum pr_err err;

	if (held->workload_count == PR_HELD_MAX)
		return pr_error_set(why, PR_FAILED, "more than %d workloads in one plan",
		                    PR_HELD_MAX);
	err = parse_workload(item, workload, why);
	if (err != PR_OK)
		return err;
	held->workload_count++;
	if (workload->ops->has_latency) {
		workload->latency = pr_shared_alloc(sizeof(*workload->latency));
		workload->times = pr_alloc(sizeof(*workload->times));
		memset(workload->times, 0, sizeof(*workload->times));
	}
	if (workload->ops->is_paced)
		workload->pace = pr_shared_alloc(sizeof(*workload->pace));
	if (workload->ops->stalls)
		workload->pressure = pr_shared_alloc(sizeof(*workload->pressure));
	workload->link = find_link(held, &workload->spec.link);
	return PR_OK;
}

/* ---- times ------------------------------------------------------------------------------ */

void pr_held_count_times(struct pr_held_workload *workload)
{
	if (workload->latency != NULL)
		pr_hist_move(&workload->times->latency, workload->latency);
	if (workload->latency != NULL && workload->pace != NULL) {
		pr_hist_move(&workload->times->sent, &workload->pace->sent);
		pr_hist_move(&workload->times->late, &workload->pace->late);
	}
}

void pr_held_forget_times(struct pr_held_workload *workload)
{
	if (workload->latency != NULL)
		pr_hist_clear(workload->latency);
	if (workload->pace != NULL)
		pr_pace_clear(workload->pace);
}

/* ---- helpers and engine ---------------------------------------------------------------- */

static enum pr_err start_helpers(struct pr_held *held, const json_t *options, struct pr_error *why)
{
	bool needs_partner = false;
	uint64_t connections = 0;
	enum pr_err err = PR_OK;

	for (size_t i = 0; i < held->link_count; i++) {
		needs_partner |= held->links[i]->spec.roles == PR_ROLES_TWO;
		connections += held->links[i]->spec.connections;
	}
	if (needs_partner)
		err = pr_partner_start(held->ops, options, held->give_up, &held->partner, why);
	if (err == PR_OK && connections > 0)
		err = pr_crowd_start(connections, held->give_up, &held->crowd, why);
	return err;
}

enum pr_err pr_held_load(struct pr_held *held, const struct pr_adapter_ops *ops,
                         const json_t *options, struct pr_engine_info *info, struct pr_error *why)
{
	enum pr_err err;

	held->ops = ops;
	err = start_helpers(held, options, why);
	if (err == PR_OK)
		err = ops->load(options, &held->engine, info, why);
	if (err == PR_OK && held->partner != NULL)
		err = pr_partner_load(held->partner, why);
	if (err == PR_OK && held->crowd != NULL)
		err = pr_crowd_watch(held->crowd, why);
	if (err == PR_OK)
		err = pr_mate_create(&held->mate, why);
	if (err == PR_OK)
		held->counter_count = ops->counters(held->engine, &held->counters);
	return err;
}

/* ---- opening ---------------------------------------------------------------------------- */

/* With fewer, what the process grew by is not the connections.  */
#define CONNECTIONS_MIN 100

#define SETTLE_NS    20000000
#define SETTLE_TRIES 100

/* Resident memory when it no longer moves.  The application looks at its socket meanwhile, as an
 * application does: some engines finish new connections only then.  */
static enum pr_err settle(struct pr_held *held, struct pr_bench *bench, int64_t *resident,
                          struct pr_error *why)
{
	int64_t before = -1;
	const void *body;
	size_t size;

	*resident = pr_memory_resident();
	for (int tries = 0; before != *resident && tries < SETTLE_TRIES; tries++) {
		enum pr_err err = held->ops->recv(bench->link, PR_END_B, false, &body, &size, why);

		if (err == PR_OK && body != NULL)
			err = pr_error_set(why, PR_FAILED, "a message arrived that nobody sent");
		if (err != PR_OK)
			return err;
		nanosleep(&(struct timespec){.tv_nsec = SETTLE_NS}, NULL);
		before = *resident;
		*resident = pr_memory_resident();
	}
	return PR_OK;
}

static enum pr_err open_fan(struct pr_held *held, struct pr_held_link *link, struct pr_error *why)
{
	struct pr_bench *bench = &link->bench;
	char *endpoint = bench->endpoint;
	int64_t before = 0, after = 0;
	enum pr_err err;

	bench->crowd = held->crowd;
	err = held->ops->open(held->engine, &link->spec, PR_ONE_END(PR_END_B), endpoint,
	                      &bench->link, why);
	if (err == PR_OK)
		err = settle(held, bench, &before, why);
	if (err == PR_OK)
		err = pr_crowd_connect(held->crowd, bench->fan, endpoint, why);
	if (err == PR_OK)
		err = settle(held, bench, &after, why);
	if (err == PR_OK && before > 0 && after >= before &&
	    link->spec.connections >= CONNECTIONS_MIN)
		link->connection_bytes = (after - before) / (int64_t)link->spec.connections;
	return err;
}

#define GREET_TRIES 10000 /* of 1 ms */

/* A greeting for each client, or one for all.  */
static enum pr_err greet_all(struct pr_held *held, struct pr_bench *bench, struct pr_error *why)
{
	uint64_t count = bench->fan->spread == PR_SPREADS_ALL ? 1 : bench->fan->clients;
	struct pr_stamp *stamp = &bench->stamps[PR_END_A];
	enum pr_err err = PR_OK;

	for (uint64_t i = 0; err == PR_OK && i < count; i++)
		err = held->ops->greet(bench->link, PR_END_A, pr_stamp_next(stamp), stamp->size,
		                       why);
	return err;
}

/* Greets until every client has heard it: only then is each of them there for the engine.  */
static enum pr_err meet_all(struct pr_held *held, struct pr_bench *bench, struct pr_error *why)
{
	enum pr_err err = PR_OK, met;
	bool heard = false;

	pr_crowd_meet(held->crowd, bench->fan);
	for (int i = 0; err == PR_OK && !heard && i < GREET_TRIES; i++) {
		err = greet_all(held, bench, why);
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
		heard = atomic_load(&bench->fan->stopped);
	}
	atomic_store(&bench->fan->stop, true);
	if (err != PR_OK)
		return err;
	met = pr_crowd_end(held->crowd, why);
	if (met == PR_OK && !atomic_load(&bench->fan->stopped))
		return pr_error_set(why, PR_FAILED,
		                    "some of the clients have heard nothing within %d s",
		                    GREET_TRIES / 1000);
	return met;
}

/* The sender binds, and the clients receive.  */
static enum pr_err open_fan_out(struct pr_held *held, struct pr_held_link *link,
                                struct pr_error *why)
{
	struct pr_bench *bench = &link->bench;
	char endpoint[PR_ENDPOINT_MAX];
	enum pr_err err;

	bench->crowd = held->crowd;
	err = held->ops->open(held->engine, &link->spec, PR_ONE_END(PR_END_A), endpoint,
	                      &bench->link, why);
	if (err == PR_OK)
		err = pr_crowd_connect(held->crowd, bench->fan, endpoint, why);
	return err == PR_OK ? meet_all(held, bench, why) : err;
}

static enum pr_err open_both(struct pr_held *held, struct pr_held_link *link, struct pr_error *why)
{
	enum pr_err err = held->ops->open(held->engine, &link->spec, PR_BOTH_ENDS,
	                                  link->bench.endpoint, &link->bench.link, why);

	return err == PR_OK ? pr_meet(link->bench.link, &link->spec, NULL, why) : err;
}

static enum pr_err open_link(struct pr_held *held, struct pr_held_link *link, struct pr_error *why)
{
	link->bench.mate = held->mate;
	link->bench.give_up = held->give_up;
	link->bench.counters = held->counters;
	link->bench.counter_count = held->counter_count;
	if (link->spec.fans_out)
		return open_fan_out(held, link, why);
	if (link->spec.connections > 0)
		return open_fan(held, link, why);
	if (link->spec.roles == PR_ROLES_TWO)
		return pr_partner_open(held->partner, held->engine, &link->spec, &link->bench, why);
	return open_both(held, link, why);
}

enum pr_err pr_held_open(struct pr_held *held, struct pr_error *why)
{
	enum pr_err err = PR_OK;

	for (size_t i = 0; err == PR_OK && i < held->link_count; i++)
		err = open_link(held, held->links[i], why);
	return err;
}

/* ---- counters --------------------------------------------------------------------------- */

static void add_values(const struct pr_held *held, const uint64_t *values, uint64_t *totals)
{
	for (size_t i = 0; i < held->counter_count; i++)
		if (strcmp(held->counters[i].kind, "peak") != 0)
			totals[i] += values[i];
		else if (values[i] > totals[i])
			totals[i] = values[i];
}

enum pr_err pr_held_counters(struct pr_held *held, uint64_t *totals, struct pr_error *why)
{
	uint64_t *values = pr_alloc(held->counter_count * sizeof(*values));
	enum pr_err err = PR_OK;

	memset(totals, 0, held->counter_count * sizeof(*totals));
	for (size_t i = 0; err == PR_OK && i < held->link_count; i++) {
		struct pr_held_link *link = held->links[i];

		err = held->ops->read_counters(link->bench.link, values, held->counter_count, why);
		if (err == PR_OK)
			add_values(held, values, totals);
		if (err != PR_OK || link->spec.roles != PR_ROLES_TWO)
			continue;
		err = pr_partner_counters(held->partner, &link->bench, values, held->counter_count,
		                          why);
		if (err == PR_OK)
			add_values(held, values, totals);
	}
	free(values);
	return err;
}

json_t *pr_held_helpers(const struct pr_held *held)
{
	json_t *array = json_array();

	if (held->partner != NULL)
		pr_json_append(array, json_integer(pr_partner_pid(held->partner)));
	if (held->crowd != NULL)
		pr_json_append(array, json_integer(pr_crowd_pid(held->crowd)));
	return array;
}

/* ---- closing ---------------------------------------------------------------------------- */

static enum pr_err close_link(struct pr_held *held, struct pr_held_link *link, struct pr_error *why)
{
	enum pr_err err = PR_OK;

	if (link->bench.link == NULL)
		return PR_OK;
	if (link->spec.roles == PR_ROLES_TWO)
		err = pr_partner_close(held->partner, &link->bench, why);
	if (link->spec.connections > 0)
		err = pr_crowd_close(held->crowd, link->bench.fan, why);
	held->ops->close(&link->bench.link);
	return err;
}

enum pr_err pr_held_close(struct pr_held *held, struct pr_error *why)
{
	enum pr_err err = PR_OK;

	for (size_t i = 0; i < held->link_count; i++) {
		if (err == PR_OK)
			err = close_link(held, held->links[i], why);
		destroy_link(held->links[i]);
	}
	for (size_t i = 0; i < held->workload_count; i++) {
		free(held->workloads[i].label);
		free(held->workloads[i].times);
		pr_shared_free((void **)&held->workloads[i].latency, sizeof(struct pr_hist));
		pr_shared_free((void **)&held->workloads[i].pace, sizeof(struct pr_pace));
		pr_shared_free((void **)&held->workloads[i].pressure, sizeof(struct pr_pressure));
	}
	held->link_count = held->workload_count = 0;
	pr_partner_destroy(&held->partner);
	pr_crowd_destroy(&held->crowd);
	pr_mate_destroy(&held->mate);
	if (held->engine != NULL)
		held->ops->unload(&held->engine);
	return err;
}
