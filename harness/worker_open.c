/* SPDX-License-Identifier: MIT */
/* harness/worker_open.c - loads the engine and opens the links; what the worker testifies when the
 * engine comes to a standstill afterwards.  */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/cpus.h"
#include "harness/last_words.h"
#include "harness/watch.h"
#include "harness/worker_parts.h"

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

static enum pr_err add_workloads(struct pr_worker *worker, const struct pr_json *request,
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

static enum pr_err load_engine(struct pr_worker *worker, const struct pr_json *request,
                               json_t *reply, struct pr_error *why)
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

static json_t *counters_since_open(struct pr_worker *worker)
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
	struct pr_worker *worker = arg;
	json_t *reply = json_object(), *last = json_object();
	uint64_t sent, received;

	count_messages(&worker->held, &sent, &received);
	pr_json_set(last, "sent", json_integer((json_int_t)(sent - worker->sent)));
	pr_json_set(last, "received", json_integer((json_int_t)(received - worker->received)));
	if (worker->opened != NULL)
		pr_json_set(last, "counters", counters_since_open(worker));
	pr_json_set(reply, "last", last);
	pr_worker_answer(reply);
	json_decref(reply);
}

/* From here on messages and counters are those of workloads.  */
static enum pr_err watch(struct pr_worker *worker, struct pr_error *why)
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

enum pr_err pr_worker_open(struct pr_worker *worker, const struct pr_json *request, json_t *reply,
                           struct pr_error *why)
{
	enum pr_err err;

	if (worker->held.ops != NULL)
		return pr_error_set(why, PR_FAILED,
		                    "an engine is open already: a worker holds one");
	pr_json_set(reply, "pid", json_integer(getpid()));
	worker->held.give_up = pr_worker_give_up;
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
