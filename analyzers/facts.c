/* SPDX-License-Identifier: MIT */
/* analyzers/facts.c - what a run counted of one phase under one workload.  */
#include "analyzers/facts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/stats.h"
#include "core/base/buf.h"
#include "core/base/json.h"

/* ---- hooks ----------------------------------------------------------------------------------- */

static bool is_peak(const char *name)
{
	size_t size = strlen(name);

	return size > 5 && strcmp(name + size - 5, "_peak") == 0;
}

/* Adds the counters of one trial; peaks are the largest.  */
static void add_hooks(json_t *sum, const json_t *hooks)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)hooks, name, value)
	{
		json_int_t before = json_integer_value(json_object_get(sum, name));
		json_int_t now = json_integer_value(value);

		if (!json_is_integer(value))
			continue;
		if (is_peak(name))
			pr_json_set(sum, name, json_integer(now > before ? now : before));
		else
			pr_json_set(sum, name, json_integer(before + now));
	}
}

static void take_hooks(struct pr_facts *facts, const json_t *hooks, double messages)
{
	if (facts->hooks == NULL) {
		facts->hooks = json_object();
		facts->seen.messages = 0;
	}
	add_hooks(facts->hooks, hooks);
	facts->seen.messages += messages;
	facts->seen.hooks = facts->hooks;
}

/* ---- integrity ------------------------------------------------------------------------------- */

static double metric_of(const struct pr_run_trial *trial, const char *name)
{
	return pr_run_number(json_object_get(trial->metrics, name), "value");
}

static void add_count(json_t *sum, const char *key, double more)
{
	double before = pr_run_number(sum, key);

	if (!isnan(more))
		pr_json_set(sum, key, pr_json_new_real((isnan(before) ? 0 : before) + more));
}

static void take_integrity(struct pr_facts *facts, const struct pr_run_trial *trial)
{
	double received = pr_run_number(trial->stalled, "received");
	double sent = pr_run_number(trial->stalled, "sent");
	double lost = metric_of(trial, "messages_lost"), wire = trial->wire_bytes;

	/* A trial of backpressure counts what arrived, and says what was handed over.  */
	if (trial->pressure != NULL && trial->stalled == NULL) {
		received = pr_run_number(trial->pressure, "received");
		sent = pr_run_number(trial->pressure, "sent");
	}

	if (isnan(lost) && isnan(received))
		return;
	if (facts->integrity == NULL)
		facts->integrity = json_object();
	facts->seen.integrity = facts->integrity;
	add_count(facts->integrity, "sent", isnan(sent) ? trial->messages : sent);
	add_count(facts->integrity, "received",
	          isnan(received) ? trial->messages - lost : received);
	add_count(facts->integrity, "lost", lost);
	add_count(facts->integrity, "reordered", metric_of(trial, "messages_reordered"));
	add_count(facts->integrity, "duplicated", metric_of(trial, "messages_duplicated"));
	add_count(facts->integrity, "corrupt", trial->corrupt);
	if (trial->stalled != NULL)
		add_count(facts->integrity, "stalled", 1);
	if (trial->stalled != NULL)
		wire = pr_run_number(trial->stalled, "wire_bytes");
	if (!isnan(wire))
		pr_json_set(facts->integrity, "wire_bytes", pr_json_new_real(wire));
}

/* ---- the process ----------------------------------------------------------------------------- */

struct spread {
	double *values; /* of the blocks; room for all */
	size_t count;
	double voluntary, involuntary, switches; /* sums, and of how many blocks */
	double slices_void;
};

static void take_process(struct spread *spread, const struct pr_run_trial *trial)
{
	double cpu = pr_run_metric(trial, "cpu_per_message");
	double voluntary = pr_run_metric(trial, "switches_voluntary_per_message");

	if (!isnan(cpu))
		spread->values[spread->count++] = cpu;
	if (!isnan(voluntary)) {
		spread->voluntary += voluntary;
		spread->involuntary += pr_run_metric(trial, "switches_involuntary_per_message");
		spread->switches++;
	}
	if (trial->slices_void > 0)
		spread->slices_void += (double)trial->slices_void;
}

static void put_process(struct pr_facts *facts, const struct spread *spread)
{
	json_t *process = json_object();
	double median = spread->count > 0 ? pr_stats_median(spread->values, spread->count) : NAN;

	facts->process = process;
	facts->seen.process = process;
	pr_json_set(process, "blocks", json_integer((json_int_t)spread->count));
	pr_json_set(process, "slices_void", pr_json_new_real(spread->slices_void));
	if (spread->count > 1)
		pr_json_set(
		        process, "spread",
		        pr_json_new_real(pr_stats_spread(spread->values, spread->count) / median));
	if (spread->switches > 0) {
		pr_json_set(process, "switches_voluntary",
		            pr_json_new_real(spread->voluntary / spread->switches));
		pr_json_set(process, "switches_involuntary",
		            pr_json_new_real(spread->involuntary / spread->switches));
	}
}

/* ---- all of it ------------------------------------------------------------------------------- */

static bool is_counted(const struct pr_run_trial *trial, const char *probe)
{
	const json_t *group = NULL;

	if (trial != NULL && trial->good && trial->messages > 0)
		group = strcmp(probe, "perf") == 0 ? trial->perf : trial->interpose;
	return group != NULL;
}

/* The trial in which a probe counted: its own, where nothing stops the process at each call, else
 * that of strace.  */
static const struct pr_run_trial *find_watched(const struct pr_run *run, size_t phase,
                                               size_t workload, const char *probe)
{
	const char *const owners[] = {probe, "strace"};

	for (size_t i = 0; i < 2; i++) {
		const struct pr_run_trial *trial =
		        pr_run_find_probe(run, phase, workload, owners[i]);

		if (is_counted(trial, probe))
			return trial;
	}
	return NULL;
}

static void begin(struct pr_facts *facts, const struct pr_run *run, size_t phase, size_t workload)
{
	const json_t *stage = pr_run_stage(run, phase, run->workloads[workload].label);
	const json_t *strace = json_object_get(stage, "strace");
	const struct pr_run_trial *callgrind = pr_run_find_callgrind(run, phase, workload);
	const struct pr_run_trial *trial;

	*facts = (struct pr_facts){.seen = {.messages = NAN,
	                                    .traced_messages = NAN,
	                                    .interposed_messages = NAN,
	                                    .perf_messages = NAN}};
	trial = find_watched(run, phase, workload, "interpose");
	if (trial != NULL) {
		facts->seen.interpose = trial->interpose;
		facts->seen.interposed_messages = trial->messages;
	}
	trial = find_watched(run, phase, workload, "perf");
	if (trial != NULL) {
		facts->seen.perf = trial->perf;
		facts->seen.perf_messages = trial->messages;
	}
	if (json_is_object(strace)) {
		facts->seen.strace = strace;
		facts->seen.traced_messages = pr_run_number(stage, "messages");
	}
	if (callgrind != NULL)
		facts->seen.callgrind = callgrind->callgrind;
	if (callgrind != NULL && callgrind->good)
		facts->seen.functions = callgrind->functions;
}

static bool says_more(const struct pr_run_trial *trial, const struct pr_run_trial *than)
{
	return than->hooks == NULL &&
	       (trial->hooks != NULL || (trial->stalled != NULL && than->stalled == NULL));
}

/* One failed trial speaks for all of them: its messages and its counters belong together.  */
static void take_failed(struct pr_facts *facts, const struct pr_run *run, size_t phase,
                        size_t workload)
{
	const struct pr_run_trial *best = NULL;

	for (size_t i = 0; i < run->trial_count; i++) {
		const struct pr_run_trial *trial = &run->trials[i];

		if (trial->phase != phase || trial->workload != workload || trial->good)
			continue;
		if (best == NULL || says_more(trial, best))
			best = trial;
	}
	if (best == NULL)
		return;
	take_integrity(facts, best);
	if (best->hooks != NULL && facts->hooks == NULL)
		take_hooks(facts, best->hooks,
		           isnan(pr_run_number(best->stalled, "received"))
		                   ? best->messages
		                   : pr_run_number(best->stalled, "received"));
}

void pr_facts_init(struct pr_facts *facts, const struct pr_run *run, size_t phase, size_t workload)
{
	const json_t *stage = pr_run_stage(run, phase, run->workloads[workload].label);
	struct spread spread = {.values = pr_alloc((run->block_count + 1) * sizeof(double))};

	begin(facts, run, phase, workload);
	for (size_t i = 0; i < run->block_count; i++) {
		const struct pr_run_trial *trial =
		        pr_run_find_trial(run, phase, workload, run->blocks[i]);

		if (trial == NULL || !trial->good)
			continue;
		if (trial->hooks != NULL)
			take_hooks(facts, trial->hooks, trial->messages);
		take_integrity(facts, trial);
		take_process(&spread, trial);
	}
	take_failed(facts, run, phase, workload);
	if (facts->hooks == NULL && json_is_object(json_object_get(stage, "hooks")))
		take_hooks(facts, json_object_get(stage, "hooks"),
		           pr_run_number(stage, "messages"));
	put_process(facts, &spread);
	free(spread.values);
}

bool pr_facts_init_block(struct pr_facts *facts, const struct pr_run *run, size_t phase,
                         size_t workload, uint64_t block)
{
	const struct pr_run_trial *trial = pr_run_find_trial(run, phase, workload, block);
	double value;
	struct spread spread = {.values = &value};

	if (trial == NULL || !trial->good)
		return false;
	begin(facts, run, phase, workload);
	if (trial->hooks != NULL)
		take_hooks(facts, trial->hooks, trial->messages);
	take_process(&spread, trial);
	put_process(facts, &spread);
	return true;
}

void pr_facts_fini(struct pr_facts *facts)
{
	json_decref(facts->hooks);
	json_decref(facts->process);
	json_decref(facts->integrity);
}
