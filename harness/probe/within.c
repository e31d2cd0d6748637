/* SPDX-License-Identifier: MIT */
/* harness/probe/within.c - the probes that count within the worker: interpose and perf.
 *
 * A fresh worker runs each workload once, in one slice, with a rest before and after, as under
 * strace; but nothing stops it at each call, so the counts of a streaming workload are nearer to
 * those of a timed trial.  In a trial of strace both count too, when they are chosen, and then all
 * must agree (check.h).  What a probe costs is measured by phases that it watches in the timed
 * trials (plant.h, watch=).  */
#include <stdlib.h>
#include <string.h>

#include "analyzers/nameless.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "harness/probe.h"
#include "harness/probe/stage.h"
#include "harness/watch.h"

/* A worker that starts.  */
#define START_S      0.3
#define START_PERF_S 1.3 /* a tracepoint more takes milliseconds, and there are hundreds */

struct within {
	const struct pr_crew *crew;
	const struct pr_plan_phase *phase;
	struct pr_trial *trials;
	size_t running;
};

/* ---- is it permitted? ------------------------------------------------------------------------ */

/* An engine that is always there, without links.  */
static enum pr_err try_watch(const struct pr_crew *crew, unsigned watch, struct pr_error *why)
{
	json_t *none = json_object();
	struct pr_plan_phase phase = {
	        .label = (char *)"permit", .engine = &pr_adapter_floor, .options = none};
	struct pr_child *child = NULL;
	json_t *reply = NULL;
	enum pr_err err = pr_crew_start(crew, &phase, NULL, watch, 0, 0, &child, &reply, why);

	json_decref(reply);
	json_decref(none);
	return err == PR_OK ? pr_crew_close(crew, &child, why) : err;
}

static enum pr_err permit_interpose(const struct pr_crew *crew, struct pr_error *why)
{
	return try_watch(crew, PR_WATCH_INTERPOSE, why);
}

static enum pr_err permit_perf(const struct pr_crew *crew, struct pr_error *why)
{
	return try_watch(crew, PR_WATCH_PERF, why);
}

/* ---- call sites ------------------------------------------------------------------------------ */

/* The most that a record names.  */
#define SITES_MOST 24

struct site {
	const char *key; /* "recvfrom 7f01c0de" */
	json_t *counts;
};

static int compare_sites(const void *left, const void *right)
{
	const struct site *a = left, *b = right;
	json_int_t x = json_integer_value(json_object_get(a->counts, "calls"));
	json_int_t y = json_integer_value(json_object_get(b->counts, "calls"));

	return x != y ? (x < y ? 1 : -1) : strcmp(a->key, b->key);
}

/* Behind the name of the call.  */
static const char *address_of(const char *key)
{
	const char *blank = strchr(key, ' ');

	return blank != NULL ? blank + 1 : key;
}

static json_t *site_json(const struct site *site, const json_t *names)
{
	const char *address = address_of(site->key);
	json_t *object = json_deep_copy(site->counts);

	pr_json_set(object, "call",
	            json_stringn(site->key, (size_t)(address - site->key) - (*address != '\0')));
	pr_json_set(object, "site", json_incref(json_object_get(names, address)));
	return object;
}

/* The sites of most calls, named, as the trial's "sites".  */
static enum pr_err name_sites(const struct within *within, struct pr_child *child,
                              struct pr_trial *trial, struct pr_error *why)
{
	json_t *watched = pr_trial_watched(trial), *counts, *names, *nameless;
	json_t *all = json_object_get(json_object_get(watched, "interpose"), "sites");
	struct site *sites = pr_alloc((json_object_size(all) + 1) * sizeof(*sites));
	json_t *addresses = json_array();
	size_t count = 0;
	const char *key;
	enum pr_err err;

	json_object_foreach(all, key, counts)
	{
		sites[count++] = (struct site){key, counts};
	}
	qsort(sites, count, sizeof(*sites), compare_sites);
	count = count < SITES_MOST ? count : SITES_MOST;
	for (size_t i = 0; i < count; i++)
		pr_json_append(addresses, json_string(address_of(sites[i].key)));
	err = pr_crew_sites(within->crew, child, addresses, &names, &nameless, why);
	if (err == PR_OK) {
		trial->sites = json_array();
		for (size_t i = 0; i < count; i++)
			pr_json_append(trial->sites, site_json(&sites[i], names));
		trial->nameless = pr_nameless_remedies(nameless);
		json_decref(nameless);
		json_decref(names);
	}
	free(sites);
	json_decref(watched);
	return err;
}

/* ---- trials ---------------------------------------------------------------------------------- */

static enum pr_err run_worker(struct within *within, unsigned watch, struct pr_error *why)
{
	const struct pr_plan *plan = within->crew->plan;
	struct pr_child *child;
	json_t *reply;
	enum pr_err err = pr_crew_start(within->crew, within->phase, NULL, watch, 0,
	                                plan->workload_count, &child, &reply, why);

	if (err != PR_OK)
		return err;
	json_decref(reply);
	for (; err == PR_OK && within->running < plan->workload_count; within->running++) {
		struct pr_trial *trial = &within->trials[within->running];

		if (trial->absent)
			continue;
		err = pr_stage_run(within->crew, child, within->phase, trial, why);
		if (err == PR_OK && watch == PR_WATCH_INTERPOSE)
			err = name_sites(within, child, trial, why);
	}
	if (err == PR_OK)
		return pr_crew_close(within->crew, &child, why);
	pr_child_destroy(&child);
	return err;
}

static json_t *make_report(const char *probe, const struct pr_plan_phase *phase, const char *status,
                           const char *reason)
{
	json_t *report = json_object();

	pr_json_set(report, "probe", json_string(probe));
	pr_json_set(report, "phase", json_string(phase->label));
	pr_json_set(report, "status", json_string(status));
	pr_json_set(report, "reason", pr_json_new_string(reason));
	pr_json_set(report, "seconds", json_null());
	return report;
}

static json_t *skip_interpose(const struct pr_plan_phase *phase, const char *reason)
{
	return make_report("interpose", phase, "skipped", reason);
}

static json_t *skip_perf(const struct pr_plan_phase *phase, const char *reason)
{
	return make_report("perf", phase, "skipped", reason);
}

/* What a worker that failed did not reach has failed with it.  */
static const char *finish_trials(struct within *within, enum pr_err err, const char *failure,
                                 const json_t *glossary)
{
	size_t first = within->running > 0 ? within->running - 1 : 0;
	const char *reason = NULL;

	for (size_t i = 0; i < within->crew->plan->workload_count; i++) {
		struct pr_trial *trial = &within->trials[i];

		if (trial->absent)
			continue;
		if (err != PR_OK && i >= first)
			pr_trial_fail(trial, failure);
		pr_trial_judge(trial, glossary);
		if (reason == NULL && trial->status != PR_TRIAL_OK)
			reason = trial->reason;
	}
	return reason;
}

static enum pr_err run(const struct pr_crew *crew, const struct pr_plan_phase *phase,
                       const json_t *glossary, struct pr_trial *trials, unsigned watch,
                       const char *probe, json_t **report, struct pr_error *why)
{
	struct within within = {.crew = crew, .phase = phase, .trials = trials};
	struct pr_error failed = {.text = ""};
	int64_t began_ns = pr_clock_ns();
	enum pr_err err = run_worker(&within, watch, &failed);
	const char *reason;

	if (err == PR_INTERRUPTED)
		return pr_error_set(why, err, "%s", failed.text);
	reason = finish_trials(&within, err, failed.text, glossary);
	*report = make_report(probe, phase, reason != NULL ? "failed" : "ok", reason);
	pr_json_set(*report, "seconds", json_real((double)(pr_clock_ns() - began_ns) / 1e9));
	return PR_OK;
}

static enum pr_err run_interpose(const struct pr_crew *crew, const struct pr_plan_phase *phase,
                                 const json_t *glossary, struct pr_trial *trials, json_t **report,
                                 struct pr_error *why)
{
	return run(crew, phase, glossary, trials, PR_WATCH_INTERPOSE, "interpose", report, why);
}

static enum pr_err run_perf(const struct pr_crew *crew, const struct pr_plan_phase *phase,
                            const json_t *glossary, struct pr_trial *trials, json_t **report,
                            struct pr_error *why)
{
	return run(crew, phase, glossary, trials, PR_WATCH_PERF, "perf", report, why);
}

static double message_ns(const struct pr_workload_ops *ops)
{
	return ops->guess_ns;
}

static double predict_s(const struct pr_plan *plan, const struct pr_plan_phase *phase)
{
	return pr_stage_predict_s(plan, phase, START_S, message_ns);
}

static double predict_perf_s(const struct pr_plan *plan, const struct pr_plan_phase *phase)
{
	return pr_stage_predict_s(plan, phase, START_PERF_S, message_ns);
}

const struct pr_probe_ops pr_probe_interpose = {
        .name = "interpose",
        .summary = "calls into libc by outcome and call site, of any engine; allocations",
        .version = PR_PROBE_OPS_VERSION,
        .watch = PR_WATCH_INTERPOSE,
        .array = "probes",
        .predict_s = predict_s,
        .permit = permit_interpose,
        .run = run_interpose,
        .skip = skip_interpose,
};

const struct pr_probe_ops pr_probe_perf = {
        .name = "perf",
        .summary = "system calls by outcome, from the kernel's tracepoints",
        .version = PR_PROBE_OPS_VERSION,
        .watch = PR_WATCH_PERF,
        .array = "probes",
        .predict_s = predict_perf_s,
        .permit = permit_perf,
        .run = run_perf,
        .skip = skip_perf,
};
