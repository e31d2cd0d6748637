/* SPDX-License-Identifier: MIT */
/* harness/slices.c - the slices of a block.  */
#include "harness/slices.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "harness/control.h"
#include "harness/order.h"
#include "harness/probe.h"
#include "harness/void.h"

struct sample {
	json_t *line;
	const struct pr_trial *trial;
};

/* Beyond the seeds of the workloads.  */
#define WHOLE_SEED 1000

struct pr_slices {
	const struct pr_plan *plan;
	struct pr_seat *seats;
	pr_slices_show *show;
	void *show_arg;
	struct pr_control *control;
	struct pr_void watch;
	struct pr_order *orders[PR_PLAN_WORKLOADS_MAX];
	struct pr_order *wholes; /* of whole-length slices */
	struct sample *samples;  /* of the block */
	size_t sample_count, sample_room;
	const char *predecessor; /* label of the phase that ran the last slice; NULL: none did */
	uint64_t block;
	int64_t start_ns; /* of the slice under way, on the monotonic clock */
	int64_t whole_ns;
};

struct pr_slices *pr_slices_create(const struct pr_plan *plan, struct pr_seat *seats,
                                   const char *cpus, pr_slices_show *show, void *show_arg)
{
	struct pr_slices *slices = pr_alloc(sizeof(*slices));

	memset(slices, 0, sizeof(*slices));
	slices->plan = plan;
	slices->seats = seats;
	slices->control = pr_control_create(cpus);
	slices->wholes = pr_order_create(plan->phase_count, plan->seed + WHOLE_SEED);
	slices->show = show;
	slices->show_arg = show_arg;
	for (size_t i = 0; i < plan->workload_count; i++)
		slices->orders[i] = pr_order_create(plan->phase_count, plan->seed + 1 + i);
	return slices;
}

void pr_slices_destroy(struct pr_slices **taken)
{
	struct pr_slices *slices = *taken;

	*taken = NULL;
	if (slices == NULL)
		return;
	pr_control_destroy(&slices->control);
	pr_order_destroy(&slices->wholes);
	for (size_t i = 0; i < slices->plan->workload_count; i++)
		pr_order_destroy(&slices->orders[i]);
	for (size_t i = 0; i < slices->sample_count; i++)
		json_decref(slices->samples[i].line);
	free(slices->samples);
	free(slices);
}

void pr_slices_begin(struct pr_slices *slices, uint64_t block)
{
	slices->block = block;
	slices->predecessor = NULL;
}

/* ---- samples ------------------------------------------------------------------------- */

static void keep_sample(struct pr_slices *slices, json_t *line, const struct pr_trial *trial)
{
	if (slices->sample_count == slices->sample_room) {
		slices->sample_room = slices->sample_room == 0 ? 256 : slices->sample_room * 2;
		slices->samples =
		        pr_realloc(slices->samples, slices->sample_room * sizeof(*slices->samples));
	}
	slices->samples[slices->sample_count++] = (struct sample){line, trial};
}

/* Where the worker says so.  */
static void copy_member(json_t *line, const json_t *reply, const char *key)
{
	json_t *value = json_object_get(reply, key);

	if (value != NULL)
		pr_json_set(line, key, json_incref(value));
}

static json_t *add_sample(struct pr_slices *slices, const struct pr_trial *trial, uint64_t slice,
                          size_t position, const json_t *reply)
{
	json_t *line = json_object();

	pr_json_set(line, "phase", json_string(trial->phase->label));
	pr_json_set(line, "workload", json_string(trial->workload->label));
	pr_json_set(line, "block", json_integer((json_int_t)slices->block));
	pr_json_set(line, "slice", json_integer((json_int_t)slice));
	pr_json_set(line, "position", json_integer((json_int_t)position));
	pr_json_set(line, "predecessor", pr_json_new_string(slices->predecessor));
	pr_json_set(line, "start_ns", json_integer(slices->start_ns));
	copy_member(line, reply, "head_messages");
	copy_member(line, reply, "head_elapsed_ns");
	copy_member(line, reply, "messages");
	copy_member(line, reply, "elapsed_ns");
	copy_member(line, reply, "cpu_ns");
	copy_member(line, reply, "clients_idle_ns");
	keep_sample(slices, line, trial);
	return line;
}

size_t pr_slices_count(const struct pr_slices *slices, const struct pr_trial *trial)
{
	size_t count = 0;

	for (size_t i = 0; i < slices->sample_count; i++)
		count += slices->samples[i].trial == trial;
	return count;
}

void pr_slices_record(struct pr_slices *slices, struct pr_record *record)
{
	for (size_t i = 0; i < slices->sample_count; i++) {
		const char *status = pr_trial_status_name(slices->samples[i].trial->status);

		pr_json_set(slices->samples[i].line, "status", json_string(status));
		pr_record_add_sample(record, slices->samples[i].line);
	}
	slices->sample_count = 0;
}

/* ---- slices -------------------------------------------------------------------------- */

/* After a slice: did the others sleep, and what does the machine say?  True when it is void.  */
static bool look_around(struct pr_slices *slices, const struct pr_seat *seat,
                        struct pr_trial *trial, const json_t *reply, json_t *line)
{
	size_t sleeper = 0;
	char *reason = pr_void_end(&slices->watch, seat, &sleeper);
	bool is_void = reason != NULL;
	bool beside =
	        json_object_get(line, "whole") != NULL || json_object_get(line, "pair") != NULL;

	pr_json_set(line, "control_ns", json_integer(pr_control_run(slices->control)));
	if (reason != NULL) {
		pr_json_set(line, "void", pr_json_new_string(reason));
		pr_json_set(line, "sleeper", json_string(slices->seats[sleeper].phase->label));
	}
	if (reason != NULL && !beside)
		pr_trial_void_slice(trial, reply, reason);
	slices->predecessor = trial->phase->label;
	free(reason);
	return is_void;
}

static void begin_slice(struct pr_slices *slices)
{
	pr_void_begin(&slices->watch, slices->seats, slices->plan->phase_count);
	slices->start_ns = pr_clock_ns();
}

/* Slice number `slice` (from 1) of one phase.  */
static enum pr_err run_slice(struct pr_slices *slices, struct pr_seat *seat, size_t workload,
                             uint64_t slice, size_t position)
{
	struct pr_trial *trial = &seat->trials[workload];
	json_t *reply;
	bool is_void;
	enum pr_err err;

	begin_slice(slices);
	err = pr_seat_slice(seat, workload, pr_plan_slice_count(trial->workload, slice - 1),
	                    &reply);
	if (reply == NULL)
		return err;
	if (trial->position == 0)
		trial->position = position;
	is_void = look_around(slices, seat, trial, reply,
	                      add_sample(slices, trial, slice, position, reply));
	json_decref(reply);
	return err == PR_OK && is_void ? pr_seat_forget(seat, workload) : err;
}

/* A slice beside the others.  */
struct beside {
	uint64_t count;  /* units */
	uint64_t number; /* behind those of the others; 0: of no sample */
	size_t position;
	const char *key;  /* of the sample: what is different */
	const char *word; /* its value; NULL: true */
};

static enum pr_err run_beside(struct pr_slices *slices, struct pr_seat *seat, size_t workload,
                              const struct beside *what)
{
	struct pr_trial *trial = &seat->trials[workload];
	json_t *reply, *line;
	enum pr_err err;

	begin_slice(slices);
	err = pr_seat_beside(seat, workload, what->count, &reply);
	if (reply == NULL)
		return err;
	if (what->number > 0) {
		line = add_sample(slices, trial, what->number, what->position, reply);
		pr_json_set(line, what->key,
		            what->word != NULL ? json_string(what->word) : json_true());
		(void)look_around(slices, seat, trial, reply, line);
	} else {
		slices->predecessor = trial->phase->label;
	}
	json_decref(reply);
	return err;
}

/* One slice of each phase that is as long as the workload.  */
static enum pr_err run_wholes(struct pr_slices *slices, size_t workload)
{
	const struct pr_plan *plan = slices->plan;
	const struct pr_plan_workload *facts = &plan->workloads[workload];
	size_t items[PR_PLAN_PHASES_MAX];
	enum pr_err err = PR_OK;

	pr_order_next(slices->wholes, items);
	for (size_t i = 0; err == PR_OK && i < plan->phase_count; i++)
		err = run_beside(slices, &slices->seats[items[i]], workload,
		                 &(struct beside){facts->spec.count, facts->slices + 1, i + 1,
		                                  "whole", NULL});
	return err;
}

/* ---- pairs --------------------------------------------------------------------------- */

/* The first phase and another, by turns, with nobody else between them: one slice of the first
 * that puts the others out of the way, and then the other and the first.  */
static enum pr_err run_pair(struct pr_slices *slices, size_t workload, size_t other)
{
	struct pr_seat *pair[] = {&slices->seats[other], &slices->seats[0]};
	const struct pr_plan_workload *facts = &slices->plan->workloads[workload];
	const char *label = pair[0]->phase->label;
	uint64_t count = pr_plan_slice_count(facts, 0);
	uint64_t number = facts->slices + 2 + PR_PLAN_PAIR_ROUNDS * (other - 1);
	enum pr_err err;

	if (pair[0]->trials[workload].absent || pair[1]->trials[workload].absent)
		return PR_OK;
	err = run_beside(slices, pair[1], workload, &(struct beside){.count = count});
	for (uint64_t i = 0; err == PR_OK && i < 2 * PR_PLAN_PAIR_ROUNDS; i++)
		err = run_beside(slices, pair[i % 2], workload,
		                 &(struct beside){count, number + i / 2, i % 2 + 1, "pair", label});
	return err;
}

static enum pr_err run_pairs(struct pr_slices *slices, size_t workload)
{
	enum pr_err err = PR_OK;

	for (size_t i = 1; err == PR_OK && i < slices->plan->phase_count; i++)
		err = run_pair(slices, workload, i);
	return err;
}

/* What some blocks have beside their slices.  */
static enum pr_err run_extras(struct pr_slices *slices, size_t workload)
{
	const struct pr_plan *plan = slices->plan;
	int64_t began_ns = pr_clock_ns();
	enum pr_err err = PR_OK;

	if (!pr_plan_is_whole(plan, slices->block))
		return PR_OK;
	if (pr_plan_has_whole(&plan->workloads[workload]))
		err = run_wholes(slices, workload);
	if (err == PR_OK && pr_plan_has_pairs(plan, &plan->workloads[workload]))
		err = run_pairs(slices, workload);
	slices->whole_ns += pr_clock_ns() - began_ns;
	return err;
}

int64_t pr_slices_whole_ns(const struct pr_slices *slices)
{
	return slices->whole_ns;
}

static enum pr_err run_slices(struct pr_slices *slices, size_t workload)
{
	size_t items[PR_PLAN_PHASES_MAX];
	enum pr_err err = PR_OK;

	if (slices->plan->phase_count > 1)
		pr_void_rest(&slices->watch, slices->seats, slices->plan->phase_count);
	for (uint64_t slice = 1; err == PR_OK && slice <= slices->plan->workloads[workload].slices;
	     slice++) {
		slices->show(slices->show_arg, workload, slice);
		pr_order_next(slices->orders[workload], items);
		for (size_t i = 0; err == PR_OK && i < slices->plan->phase_count; i++)
			err = run_slice(slices, &slices->seats[items[i]], workload, slice, i + 1);
	}
	return err;
}

enum pr_err pr_slices_run(struct pr_slices *slices, size_t workload)
{
	bool hooks = (slices->plan->probes & pr_probe_bit(&pr_probe_hooks)) != 0;
	enum pr_err err = PR_OK;

	for (size_t i = 0; err == PR_OK && i < slices->plan->phase_count; i++) {
		pr_seat_skip_hopeless(&slices->seats[i], workload);
		err = pr_seat_snapshot(&slices->seats[i], workload, true, hooks);
	}
	if (err == PR_OK)
		err = run_slices(slices, workload);
	for (size_t i = 0; err == PR_OK && i < slices->plan->phase_count; i++)
		err = pr_seat_snapshot(&slices->seats[i], workload, false, hooks);
	return err == PR_OK ? run_extras(slices, workload) : err;
}
