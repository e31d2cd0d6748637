/* SPDX-License-Identifier: MIT */
/* analyzers/probed.c - what each probe counted, side by side.  */
#include "analyzers/probed.h"

#include <math.h>
#include <string.h>

#include "analyzers/counts.h"
#include "core/base/json.h"

/* Places that are told for a phase and workload, and the least calls per message of one.  */
#define SITES_MOST 8
#define SITE_LEAST 0.01

struct counted_by {
	const char *probe;
	struct pr_counts counts;
	double allocations;
};

/* ---- one trial ------------------------------------------------------------------------------- */

static double allocations_of(const json_t *flat)
{
	static const char *const keys[] = {"malloc_calls", "calloc_calls", "realloc_calls",
	                                   "aligned_calls"};
	double sum = 0;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		double value = pr_run_number(flat, keys[i]);

		sum += isnan(value) ? 0 : value;
	}
	return sum;
}

/* Those that watched a trial, the one that others are held against first; gives their number.  */
static size_t list_probes(const struct pr_run_trial *trial, struct counted_by *list)
{
	size_t count = 0;

	if (trial->strace != NULL)
		list[count++] =
		        (struct counted_by){"strace", pr_counts_from_flat(trial->strace), NAN};
	if (trial->hooks != NULL)
		list[count++] =
		        (struct counted_by){"hooks", pr_counts_from_hooks(trial->hooks), NAN};
	if (trial->interpose != NULL)
		list[count++] =
		        (struct counted_by){"interpose", pr_counts_from_flat(trial->interpose),
		                            allocations_of(trial->interpose)};
	if (trial->perf != NULL) {
		list[count] = (struct counted_by){"perf", pr_counts_from_flat(trial->perf), NAN};
		list[count].counts.received_bytes = list[count].counts.sent_bytes = NAN;
		count++;
	}
	return count;
}

/* Of what both tell.  */
static bool same(double left, double right)
{
	return isnan(left) || isnan(right) || left == right;
}

static bool agrees(const struct pr_counts *left, const struct pr_counts *right)
{
	return same(left->receives, right->receives) &&
	       same(left->would_blocks, right->would_blocks) &&
	       same(left->received_bytes, right->received_bytes) &&
	       same(left->sends, right->sends) && same(left->sent_bytes, right->sent_bytes);
}

static json_t *entry_json(const struct pr_run *run, const struct pr_run_trial *trial,
                          const char *owner, const struct counted_by *one,
                          const struct counted_by *first)
{
	bool is_judge = strcmp(first->probe, "strace") == 0 || strcmp(first->probe, "hooks") == 0;
	const struct pr_counts *counts = &one->counts;
	json_t *entry = json_object();

	pr_json_set(entry, "workload", json_string(run->workloads[trial->workload].label));
	pr_json_set(entry, "phase", json_string(run->phases[trial->phase].label));
	pr_json_set(entry, "trial", json_string(owner));
	pr_json_set(entry, "probe", json_string(one->probe));
	pr_json_set(entry, "messages", pr_json_new_count(trial->messages));
	pr_json_set(entry, "receives", pr_json_new_count(counts->receives));
	pr_json_set(entry, "would_blocks", pr_json_new_count(counts->would_blocks));
	pr_json_set(entry, "received_bytes", pr_json_new_count(counts->received_bytes));
	pr_json_set(entry, "sends", pr_json_new_count(counts->sends));
	pr_json_set(entry, "sent_bytes", pr_json_new_count(counts->sent_bytes));
	pr_json_set(entry, "waits", pr_json_new_count(counts->waits));
	pr_json_set(entry, "wakeups", pr_json_new_count(counts->wakeups));
	pr_json_set(entry, "allocations", pr_json_new_count(one->allocations));
	pr_json_set(entry, "agree",
	            one != first && is_judge ? json_boolean(agrees(counts, &first->counts))
	                                     : json_null());
	return entry;
}

static void add_trial(json_t *array, const struct pr_run *run, const struct pr_run_trial *trial,
                      const char *owner)
{
	struct counted_by list[4];
	size_t count;

	if (trial == NULL || !trial->good || (trial->interpose == NULL && trial->perf == NULL))
		return;
	count = list_probes(trial, list);
	for (size_t i = 0; i < count; i++)
		pr_json_append(array, entry_json(run, trial, owner, &list[i], &list[0]));
}

json_t *pr_probed_json(const struct pr_run *run)
{
	static const char *const owners[] = {"strace", "interpose", "perf"};
	json_t *array = json_array();

	for (size_t w = 0; w < run->workload_count; w++)
		for (size_t p = 0; p < run->phase_count; p++)
			for (size_t i = 0; i < sizeof(owners) / sizeof(owners[0]); i++)
				add_trial(array, run, pr_run_find_probe(run, p, w, owners[i]),
				          owners[i]);
	if (json_array_size(array) > 0)
		return array;
	json_decref(array);
	return NULL;
}

/* ---- sites ----------------------------------------------------------------------------------- */

static json_t *site_json(const struct pr_run *run, const struct pr_run_trial *trial,
                         const json_t *site)
{
	double blocked = pr_run_number(json_object_get(site, "errors"), "EAGAIN");
	json_t *entry = json_object();

	pr_json_set(entry, "workload", json_string(run->workloads[trial->workload].label));
	pr_json_set(entry, "phase", json_string(run->phases[trial->phase].label));
	pr_json_set(entry, "call", json_incref(json_object_get(site, "call")));
	pr_json_set(entry, "site", json_incref(json_object_get(site, "site")));
	pr_json_set(entry, "calls", json_incref(json_object_get(site, "calls")));
	pr_json_set(entry, "calls_per_message",
	            pr_json_new_real(pr_run_number(site, "calls") / trial->messages));
	pr_json_set(entry, "would_blocks_per_message",
	            pr_json_new_real((isnan(blocked) ? 0 : blocked) / trial->messages));
	return entry;
}

static void add_sites(json_t *array, const struct pr_run *run, const struct pr_run_trial *trial)
{
	size_t i, told = 0;
	json_t *site;

	if (trial == NULL || !trial->good)
		return;
	json_array_foreach((json_t *)trial->sites, i, site)
	{
		if (json_is_string(json_object_get(site, "call")) &&
		    json_is_string(json_object_get(site, "site")) &&
		    pr_run_number(site, "calls") >= SITE_LEAST * trial->messages &&
		    told++ < SITES_MOST)
			pr_json_append(array, site_json(run, trial, site));
	}
}

json_t *pr_probed_sites_json(const struct pr_run *run)
{
	json_t *array = json_array();

	for (size_t w = 0; w < run->workload_count; w++)
		for (size_t p = 0; p < run->phase_count; p++)
			add_sites(array, run, pr_run_find_probe(run, p, w, "interpose"));
	if (json_array_size(array) > 0)
		return array;
	json_decref(array);
	return NULL;
}
