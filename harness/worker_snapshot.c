/* SPDX-License-Identifier: MIT */
/* harness/worker_snapshot.c - waits until the engine stands still, and reads what was counted.  */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/memory.h"
#include "harness/watch.h"
#include "harness/worker_parts.h"

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

enum pr_err pr_worker_rest(struct pr_worker *worker, const struct pr_json *request, json_t *reply,
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

/* Of the slices that count.  */
static void put_histograms(json_t *reply, struct pr_held_workload *workload)
{
	pr_held_count_times(workload);
	if (workload->times == NULL)
		return;
	put_histogram(reply, "histogram", &workload->times->latency);
	put_histogram(reply, "histogram_sent", &workload->times->sent);
	put_histogram(reply, "histogram_late", &workload->times->late);
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

enum pr_err pr_worker_snapshot(struct pr_worker *worker, const struct pr_json *request,
                               json_t *reply, struct pr_error *why)
{
	struct pr_held_workload *workload;
	json_t *watched;
	pid_t partner;
	bool begin;
	enum pr_err err = pr_worker_find(worker, request, &workload, why);

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
	put_histograms(reply, workload);
	if (begin)
		pr_memory_restart_peak(0);
	if (begin && partner != 0)
		pr_memory_restart_peak(partner);
	if (begin && workload->times != NULL)
		memset(workload->times, 0, sizeof(*workload->times));
	return PR_OK;
}
