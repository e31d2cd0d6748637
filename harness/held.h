/* SPDX-License-Identifier: MIT */
/* harness/held.h - what a worker holds: an engine, its links, the workloads on them, and the
 * processes that hold the other side of some links.
 *
 * Made in this order, because helpers are forked before there is a thread or an engine: the
 * workloads with their links, the helpers, the engine, the ends.  */
#ifndef PR_HELD_H
#define PR_HELD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/json.h"
#include "harness/adapter.h"
#include "harness/crowd.h"
#include "harness/partner.h"
#include "harness/workload.h"

#define PR_HELD_MAX 128 /* links, and workloads */

struct pr_held_link {
	struct pr_link_spec spec;
	struct pr_bench bench;
	int64_t connection_bytes; /* resident memory of an idle connection; -1: not measured */
};

struct pr_held_workload {
	char *label;
	const struct pr_workload_ops *ops;
	struct pr_workload_spec spec;
	struct pr_held_link *link;
	struct pr_hist *latency;      /* of the last slice; shared memory; NULL: it has none */
	struct pr_pace *pace;         /* the same; of paced */
	struct pr_pressure *pressure; /* the same; of backpressure */
	struct pr_held_times {
		struct pr_hist latency, sent, late;
	} * times; /* of slices that count; the last one is not among them yet; NULL like latency */
};

struct pr_held {
	const struct pr_adapter_ops *ops; /* NULL until load */
	struct pr_engine *engine;
	struct pr_mate *mate;
	struct pr_partner *partner; /* NULL when no link has roles=two */
	struct pr_crowd *crowd;     /* NULL when no link has many clients */
	struct pr_held_link *links[PR_HELD_MAX];
	struct pr_held_workload workloads[PR_HELD_MAX];
	size_t link_count, workload_count;
	const struct proctor_counter *counters; /* the engine's list; NULL without hooks */
	size_t counter_count;

	/* Called on another thread when the worker cannot go on.  Must not return.  */
	void (*give_up)(const struct pr_error *why);
};

/* Adds {"label","name","options"}.  */
enum pr_err pr_held_add(struct pr_held *held, const struct pr_json *item,
                        struct pr_error *why) PR_CHECKED;

/* The last slice of a workload counts (from now on there is no last one), or does not.  */
void pr_held_count_times(struct pr_held_workload *workload);
void pr_held_forget_times(struct pr_held_workload *workload);

/* Forks the helpers that the links need, loads the engine here and there.  Borrows options.  */
enum pr_err pr_held_load(struct pr_held *held, const struct pr_adapter_ops *ops,
                         const json_t *options, struct pr_engine_info *info,
                         struct pr_error *why) PR_CHECKED;

/* Opens every link and lets its ends meet.  */
enum pr_err pr_held_open(struct pr_held *held, struct pr_error *why) PR_CHECKED;

enum pr_err pr_held_close(struct pr_held *held, struct pr_error *why) PR_CHECKED;

/* Counters of all links, both ends: sums, or the largest where the kind is "peak".  */
enum pr_err pr_held_counters(struct pr_held *held, uint64_t *totals,
                             struct pr_error *why) PR_CHECKED;

/* The processes beside this one, as an array of numbers.  */
json_t *pr_held_helpers(const struct pr_held *held);

#endif
