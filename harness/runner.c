/* SPDX-License-Identifier: MIT */
/* harness/runner.c - runs a plan and records it.  */
#include "harness/runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "harness/cpus.h"
#include "harness/interrupt.h"
#include "harness/predict.h"
#include "harness/runner_parts.h"
#include "harness/trial.h"

/* ---- before the first block ---------------------------------------------------------- */

/* Whether an engine that comes from a file is the same by a link to it.  */
static enum pr_err try_link(struct pr_runner *runner, size_t index, struct pr_error *why)
{
	const struct pr_plan_phase *phase = &runner->plan->phases[index];
	const char *file = runner->learn.phases[index][0].path, *loaded;
	struct pr_child *child;
	struct pr_error refused;
	json_t *reply = NULL;
	bool same = false;
	enum pr_err err;

	if (!pr_adapter_takes(phase->engine, "lib") || file == NULL)
		return PR_OK;
	for (size_t i = 0; i < phase->variants.count; i++)
		pr_settings_link(runner->settings, index, i, runner->learn.phases[index][i].path);
	err = pr_settings_draw(runner->settings, 0, why);
	if (err != PR_OK)
		return err;
	err = pr_crew_start_in(&runner->crew, phase, pr_settings_get(runner->settings, index), 0, 0,
	                       &child, &reply, &refused);
	if (err == PR_OK) {
		loaded = pr_json_text(json_object_get(reply, "library"), "path");
		same = loaded != NULL && strcmp(loaded, file) == 0;
		err = pr_crew_close(&runner->crew, &child, &refused);
	}
	json_decref(reply);
	if (err == PR_INTERRUPTED)
		return pr_error_set(why, err, "%s", refused.text);
	if (err != PR_OK || !same)
		pr_settings_unlink(runner->settings, index);
	return PR_OK;
}

static enum pr_err try_links(struct pr_runner *runner, struct pr_error *why)
{
	enum pr_err err = PR_OK;

	for (size_t i = 0; err == PR_OK && i < runner->plan->phase_count; i++)
		err = try_link(runner, i, why);
	return err;
}

/* ---- progress ------------------------------------------------------------------------ */

static double seconds_left(const struct pr_runner *runner)
{
	const struct pr_plan *plan = runner->plan;
	double done = (double)(runner->block - 1);
	double probes_s = pr_plan_predict_probes_s(plan);
	double block_s =
	        done > 0 ? (double)runner->blocks_ns / 1e9 / done
	                 : (pr_plan_predict_s(plan) - pr_plan_predict_start_s(plan) - probes_s) /
	                           (double)plan->blocks;

	return block_s * ((double)plan->blocks - done) + probes_s;
}

static void show_slice(void *arg, size_t workload, uint64_t slice)
{
	struct pr_runner *runner = arg;
	char left[PR_PROGRESS_TIME_SIZE];

	pr_progress_show(&runner->progress, "block %llu of %llu, %s %llu of %llu, about %s left",
	                 (unsigned long long)runner->block,
	                 (unsigned long long)runner->plan->blocks,
	                 runner->plan->workloads[workload].label, (unsigned long long)slice,
	                 (unsigned long long)runner->plan->workloads[workload].slices,
	                 pr_progress_time(seconds_left(runner), left));
}

/* ---- blocks -------------------------------------------------------------------------- */

static enum pr_err begin_block(struct pr_runner *runner, struct pr_error *why)
{
	enum pr_err err = pr_settings_draw(runner->settings, runner->block, why);

	for (size_t i = 0; i < runner->plan->phase_count; i++) {
		runner->seats[i].setting = pr_settings_get(runner->settings, i);
		pr_seat_begin(&runner->seats[i], runner->block);
	}
	return err;
}

static enum pr_err start_seats(struct pr_runner *runner, size_t first, size_t count)
{
	size_t items[PR_PLAN_PHASES_MAX];
	enum pr_err err = PR_OK;

	pr_slices_begin(runner->slices, runner->block);
	pr_order_next(runner->starts, items);
	for (size_t i = 0; err == PR_OK && i < runner->plan->phase_count; i++)
		err = pr_seat_start(&runner->seats[items[i]], first, count);
	return err;
}

static enum pr_err close_seats(struct pr_runner *runner)
{
	enum pr_err err = PR_OK;

	for (size_t i = 0; i < runner->plan->phase_count; i++) {
		if (err == PR_OK && !pr_interrupt_seen())
			err = pr_seat_close(&runner->seats[i]);
		pr_seat_kill(&runner->seats[i]);
	}
	return err;
}

/* Nobody can tell which file a worker of this block has loaded.  */
static void void_block(struct pr_runner *runner, size_t phase, const char *reason)
{
	pr_progress_warn(&runner->progress, "block %llu of phase '%s' is void: %s",
	                 (unsigned long long)runner->block, runner->plan->phases[phase].label,
	                 reason);
	for (size_t i = 0; i < runner->plan->workload_count; i++)
		pr_trial_void(&runner->seats[phase].trials[i], reason);
}

static void void_if_replaced(struct pr_runner *runner)
{
	for (size_t i = 0; i < runner->plan->phase_count; i++)
		for (size_t k = 0; k < runner->plan->phases[i].variants.count; k++) {
			char *reason = pr_learn_check(&runner->learn, i, k);

			if (reason != NULL && k == pr_settings_get(runner->settings, i)->variant)
				void_block(runner, i, reason);
			free(reason);
		}
}

/* Judges and records the trials of the block, in the order of the plan.  A trial that an interrupt
 * kept from its end is void; one that it kept from its beginning is not there.  */
static enum pr_err end_block(struct pr_runner *runner, bool interrupted, struct pr_error *why)
{
	enum pr_err err;

	void_if_replaced(runner);
	for (size_t w = 0; w < runner->plan->workload_count; w++)
		for (size_t i = 0; i < runner->plan->phase_count; i++) {
			struct pr_trial *trial = &runner->seats[i].trials[w];

			if (interrupted && trial->after == NULL && trial->memory_peak == NULL)
				pr_trial_void(trial, "interrupted");
			if (!interrupted || trial->slices_done > 0)
				pr_runner_record(runner, runner->seats[i].trials, w);
		}
	pr_slices_record(runner->slices, runner->record);
	pr_record_add_noise(runner->record, runner->block);
	err = pr_record_save(runner->record, why);
	for (size_t i = 0; i < runner->plan->phase_count; i++) {
		pr_seat_note_failure(&runner->seats[i]);
		pr_seat_end(&runner->seats[i]);
	}
	return err;
}

/* Fresh workers, these workloads, and the end of the workers.  */
static enum pr_err run_workers(struct pr_runner *runner, size_t first, size_t count)
{
	enum pr_err err = start_seats(runner, first, count), closing;

	for (size_t w = first; err == PR_OK && w < first + count; w++)
		err = pr_slices_run(runner->slices, w);
	closing = close_seats(runner);
	return err == PR_OK ? closing : err;
}

static enum pr_err run_block(struct pr_runner *runner, struct pr_error *why)
{
	size_t count = runner->plan->workload_count, step;
	enum pr_err err, saving;

	err = begin_block(runner, why);
	if (err != PR_OK)
		return err;
	for (size_t w = 0; err == PR_OK && w < count; w += step) {
		step = pr_plan_worker_count(runner->plan, w);
		err = run_workers(runner, w, step);
	}
	saving = end_block(runner, err == PR_INTERRUPTED, why);
	return saving != PR_OK ? saving : err;
}

/* As many blocks as fit into the time, foretold from the first alone: what was measured has no say.
 * Its slices of the whole length, which few blocks have, are counted apart.  */
static void set_blocks_from_time(struct pr_runner *runner)
{
	struct pr_plan *plan = runner->plan;
	double first_s = (double)runner->blocks_ns / 1e9;
	double whole_s = (double)pr_slices_whole_ns(runner->slices) / 1e9;
	double block_s = first_s - whole_s;
	double spent_s = (double)(pr_clock_ns() - runner->began_ns) / 1e9;
	double left_s =
	        (double)runner->job->time_ns / 1e9 - spent_s - pr_plan_predict_probes_s(plan);

	if (whole_s == 0) /* it had none: they are as many messages as the others */
		whole_s = block_s;
	plan->blocks = pr_predict_fit(plan->whole, left_s + first_s, block_s, whole_s);
	pr_record_set_plan(runner->record, plan);
	pr_progress_note(&runner->progress, "a block takes %.1f s: %llu blocks fit into the time",
	                 block_s, (unsigned long long)plan->blocks);
	if (plan->blocks < 6)
		pr_progress_warn(&runner->progress,
		                 "no 95 %% interval exists below 6 blocks; give more --time");
}

static void tell_after_block(struct pr_runner *runner)
{
	const struct pr_runner_job *job = runner->job;
	char *text = job->after_block != NULL
	                     ? job->after_block(job->after_arg, runner->block, runner->plan->blocks)
	                     : NULL;

	if (text != NULL)
		pr_progress_note(&runner->progress, "%s", text);
	free(text);
}

static enum pr_err run_blocks(struct pr_runner *runner, struct pr_error *why)
{
	enum pr_err err = PR_OK;

	for (runner->block = 1; err == PR_OK && runner->block <= runner->plan->blocks;
	     runner->block++) {
		int64_t began_ns = pr_clock_ns();
		char left[PR_PROGRESS_TIME_SIZE];

		err = run_block(runner, why);
		runner->blocks_ns += pr_clock_ns() - began_ns;
		if (err == PR_OK && runner->block == 1 && runner->job->time_ns > 0)
			set_blocks_from_time(runner);
		if (err == PR_OK)
			tell_after_block(runner);
		if (err == PR_OK && !runner->progress.terminal) {
			runner->block++; /* it is done: the time left is from the next on */
			pr_progress_time(seconds_left(runner), left);
			runner->block--;
			pr_progress_note(&runner->progress,
			                 "block %llu of %llu done, about %s left",
			                 (unsigned long long)runner->block,
			                 (unsigned long long)runner->plan->blocks, left);
		}
	}
	return err;
}

/* ---- the run ------------------------------------------------------------------------- */

static void fini(struct pr_runner *runner)
{
	pr_progress_fini(&runner->progress);
	pr_learn_fini(&runner->learn);
	pr_order_destroy(&runner->starts);
	pr_slices_destroy(&runner->slices);
	pr_settings_destroy(&runner->settings);
	pr_record_destroy(&runner->record);
	json_decref(runner->glossary);
	free(runner->seats);
	free((char *)runner->crew.program);
	for (int pin = 0; pin < PR_PINS; pin++)
		free((char *)runner->crew.cpus[pin]);
}

static enum pr_err init(struct pr_runner *runner, const struct pr_runner_job *job,
                        struct pr_error *why)
{
	char *program = NULL;
	enum pr_err err = pr_child_own_program(&program, why);

	memset(runner, 0, sizeof(*runner));
	runner->job = job;
	runner->plan = job->plan;
	runner->began_ns = pr_clock_ns();
	runner->glossary = json_array();
	pr_progress_init(&runner->progress, job->quiet);
	runner->crew = (struct pr_crew){.plan = job->plan, .program = program, .dir = job->dir};
	for (int pin = 0; err == PR_OK && pin < PR_PINS; pin++)
		err = pr_cpus_resolve(pin == PR_PIN_PLAN ? job->plan->pin : pr_pin_names[pin],
		                      (char **)&runner->crew.cpus[pin], why);
	if (err == PR_OK)
		err = pr_record_create(job->dir, job->plan, job->argc, job->argv, &runner->record,
		                       why);
	if (err == PR_OK)
		err = pr_runner_drop_forbidden(runner);
	runner->seats = pr_alloc(job->plan->phase_count * sizeof(*runner->seats));
	runner->settings = pr_settings_create(job->plan, job->dir);
	runner->starts = pr_order_create(job->plan->phase_count, job->plan->seed);
	runner->slices = pr_slices_create(job->plan, runner->seats, runner->crew.cpus[PR_PIN_PLAN],
	                                  show_slice, runner);
	for (size_t i = 0; i < job->plan->phase_count; i++)
		pr_seat_init(&runner->seats[i], &runner->crew, &job->plan->phases[i]);
	return err;
}

/* After a disk became full, say: what was saved before is a run that can be read.  */
static enum pr_err tell_kept(const struct pr_runner *runner, enum pr_err err, struct pr_error *why)
{
	struct pr_error sentence = *why;

	if (!pr_record_is_saved(runner->record))
		return err;
	return pr_error_set(why, err,
	                    "%.700s; %s keeps what was measured before, marked interrupted; "
	                    "mend this and run again",
	                    sentence.text, runner->job->dir);
}

/* Saves what there is and turns the end of the run into its result.  */
static enum pr_err conclude(struct pr_runner *runner, enum pr_err err, struct pr_error *why)
{
	struct pr_error unsaved;

	if (err != PR_OK && err != PR_INTERRUPTED)
		return tell_kept(runner, err, why);
	if (pr_record_finish(runner->record, err == PR_OK, &unsaved) != PR_OK) {
		*why = unsaved;
		return tell_kept(runner, PR_FAILED, why);
	}
	if (err == PR_INTERRUPTED)
		return pr_error_set(why, err, "interrupted; %s keeps what was measured",
		                    runner->job->dir);
	if (runner->good_trials == 0)
		return pr_error_set(
		        why, PR_VOID,
		        "nothing was measured: none of the %llu trials is good; %s/run.json has "
		        "the reasons",
		        (unsigned long long)runner->bad_trials, runner->job->dir);
	if (runner->bad_trials > 0)
		pr_progress_warn(&runner->progress, "%llu of %llu trials are void or failed",
		                 (unsigned long long)runner->bad_trials,
		                 (unsigned long long)(runner->good_trials + runner->bad_trials));
	return PR_OK;
}

static enum pr_err learn_phases(struct pr_runner *runner, struct pr_error *why)
{
	enum pr_err err;

	runner->learn = (struct pr_learn){.crew = &runner->crew,
	                                  .plan = runner->plan,
	                                  .record = runner->record,
	                                  .progress = &runner->progress,
	                                  .glossary = runner->glossary,
	                                  .keep = !runner->job->no_libraries};
	err = pr_learn_phases(&runner->learn, why);
	return err == PR_OK ? try_links(runner, why) : err;
}

enum pr_err pr_runner_run(const struct pr_runner_job *job, struct pr_error *why)
{
	struct pr_runner runner;
	enum pr_err err = init(&runner, job, why);

	if (err == PR_OK) {
		err = learn_phases(&runner, why);
		if (err == PR_OK)
			err = run_blocks(&runner, why);
		if (err == PR_OK)
			err = pr_runner_run_probes(&runner, why);
		err = conclude(&runner, err, why);
	}
	fini(&runner);
	return err;
}
