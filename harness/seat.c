/* SPDX-License-Identifier: MIT */
/* harness/seat.c - the place of one phase in a run.  */
#include "harness/seat.h"

#include <string.h>

#include "core/base/json.h"

/* A phase that failed in this many blocks in a row is not started again: each may cost a deadline.
 */
#define GIVE_UP_AFTER 3

static size_t workload_count(const struct pr_seat *seat)
{
	return seat->crew->plan->workload_count;
}

void pr_seat_init(struct pr_seat *seat, const struct pr_crew *crew,
                  const struct pr_plan_phase *phase)
{
	memset(seat, 0, sizeof(*seat));
	seat->crew = crew;
	seat->phase = phase;
}

void pr_seat_begin(struct pr_seat *seat, uint64_t block)
{
	for (size_t i = 0; i < workload_count(seat); i++)
		pr_trial_init(&seat->trials[i], seat->phase, &seat->crew->plan->workloads[i],
		              block);
}

void pr_seat_end(struct pr_seat *seat)
{
	for (size_t i = 0; i < workload_count(seat); i++)
		pr_trial_fini(&seat->trials[i]);
}

/* ---- failures ------------------------------------------------------------------------ */

/* The worker's trials from workload `from` on have failed.  */
static void fail(struct pr_seat *seat, size_t from, const char *reason)
{
	for (size_t i = from; i < seat->first + seat->count; i++)
		pr_trial_fail(&seat->trials[i], reason);
	pr_child_destroy(&seat->child);
}

/* Whether all messages of the worker take as many bytes on the wire.  */
static bool is_uniform(const struct pr_seat *seat, size_t workload)
{
	const struct pr_plan_workload *all = seat->crew->plan->workloads;
	uint64_t bytes = pr_link_wire_bytes(&all[workload].spec.link);

	for (size_t i = seat->first; i < seat->first + seat->count; i++)
		if (!seat->trials[i].absent && pr_link_wire_bytes(&all[i].spec.link) != bytes)
			return false;
	return true;
}

/* What can still be learned of a trial that failed: of a worker that is there, its counters.  */
static void note_counters(struct pr_seat *seat, size_t workload)
{
	struct pr_trial *trial = &seat->trials[workload];
	struct pr_error unsaid;
	json_t *reply = NULL;

	if (seat->child == NULL || !pr_child_is_alive(seat->child) ||
	    pr_crew_snapshot(seat->crew, seat->child, trial->workload, false, &reply, &unsaid) !=
	            PR_OK)
		return;
	pr_trial_set_after(trial, reply);
	if (trial->before == NULL && trial->after != NULL) /* it failed before anything began */
		trial->before = json_object();
	json_decref(reply);
}

/* What a failed command means: the end of this worker, or of the run.  */
static enum pr_err handle(struct pr_seat *seat, size_t workload, enum pr_err err,
                          const struct pr_error *why)
{
	if (err == PR_OK || err == PR_INTERRUPTED)
		return err;
	pr_trial_set_stacks(&seat->trials[workload], pr_child_take_stacks());
	pr_trial_set_stalled(&seat->trials[workload], pr_child_take_testimony(),
	                     is_uniform(seat, workload));
	note_counters(seat, workload);
	fail(seat, workload, why->text);
	return PR_OK;
}

void pr_seat_note_failure(struct pr_seat *seat)
{
	for (size_t i = 0; i < workload_count(seat); i++) {
		const struct pr_trial *trial = &seat->trials[i];
		struct pr_seat_past *past = &seat->past[i];
		bool failed = !trial->absent && trial->status == PR_TRIAL_FAILED;

		past->failures_in_row = failed ? past->failures_in_row + 1 : 0;
		if (failed && past->failures_in_row <= GIVE_UP_AFTER)
			pr_error_set(&past->last_failure, PR_FAILED, "%s", trial->reason);
	}
}

const char *pr_seat_given_up(const struct pr_seat *seat, size_t first, size_t count)
{
	for (size_t i = first; i < first + count; i++)
		if (seat->past[i].failures_in_row >= GIVE_UP_AFTER)
			return seat->past[i].last_failure.text;
	return NULL;
}

pid_t pr_seat_pid(const struct pr_seat *seat)
{
	return seat->child != NULL ? pr_child_pid(seat->child) : 0;
}

int64_t pr_seat_cpu_ns(const struct pr_seat *seat)
{
	return seat->child != NULL ? pr_child_cpu_ns(seat->child) : -1;
}

/* ---- commands ------------------------------------------------------------------------ */

/* Something to do for a worker of these workloads.  */
static bool has_work(const struct pr_seat *seat)
{
	for (size_t i = seat->first; i < seat->first + seat->count; i++)
		if (!seat->trials[i].absent)
			return true;
	return false;
}

/* Messages of a warm-up that went wrong: they are the trial of their workload.  */
static void note_warm_up(struct pr_seat *seat, const json_t *odd)
{
	const char *label = pr_json_text(odd, "workload");

	for (size_t i = seat->first; label != NULL && i < seat->first + seat->count; i++)
		if (strcmp(seat->crew->plan->workloads[i].label, label) == 0) {
			if (!pr_trial_add_warm_up(&seat->trials[i], odd)) {
				note_counters(seat, i);
				fail(seat, i, seat->trials[i].reason);
			}
			return;
		}
}

enum pr_err pr_seat_start(struct pr_seat *seat, size_t first, size_t count)
{
	const char *given_up = pr_seat_given_up(seat, first, count);
	struct pr_error why = {.text = ""};
	json_t *reply = NULL;
	enum pr_err err;

	seat->first = first;
	seat->count = count;
	if (!has_work(seat))
		return PR_OK;
	if (given_up != NULL) {
		pr_error_set(&why, PR_FAILED,
		             "not started again after %d blocks in a row failed: %.700s",
		             GIVE_UP_AFTER, given_up);
		fail(seat, first, why.text);
		return PR_OK;
	}
	err = pr_crew_start_in(seat->crew, seat->phase, seat->setting, first, count, &seat->child,
	                       &reply, &why);
	json_decref(reply);
	reply = NULL;
	if (err == PR_OK)
		err = pr_crew_warm(seat->crew, seat->child, &reply, &why);
	note_warm_up(seat, json_object_get(reply, "odd"));
	json_decref(reply);
	return handle(seat, first, err, &why);
}

enum pr_err pr_seat_snapshot(struct pr_seat *seat, size_t workload, bool begin, bool hooks)
{
	struct pr_trial *trial = &seat->trials[workload];
	struct pr_error why;
	json_t *reply = NULL;
	enum pr_err err;

	if (seat->child == NULL || trial->absent)
		return PR_OK;
	err = pr_crew_rest(seat->crew, seat->child, &why);
	if (err == PR_OK)
		err = pr_crew_snapshot(seat->crew, seat->child, trial->workload, begin, &reply,
		                       &why);
	if (err == PR_OK && !hooks)
		json_object_del(reply, "counters");
	if (err == PR_OK && begin)
		pr_trial_set_before(trial, reply);
	else if (err == PR_OK)
		pr_trial_set_after(trial, reply);
	json_decref(reply);
	return handle(seat, workload, err, &why);
}

enum pr_err pr_seat_slice(struct pr_seat *seat, size_t workload, uint64_t count, json_t **reply)
{
	struct pr_trial *trial = &seat->trials[workload];
	uint64_t head = pr_plan_head_count(seat->crew->plan, trial->workload, count);
	struct pr_error why;
	enum pr_err err;

	*reply = NULL;
	if (seat->child == NULL || trial->absent)
		return PR_OK;
	err = pr_crew_slice(seat->crew, seat->child, trial->workload, head, count - head, false,
	                    reply, &why);
	if (err == PR_OK && !pr_trial_add_slice(trial, *reply)) {
		note_counters(seat, workload);
		fail(seat, workload, trial->reason);
	}
	return handle(seat, workload, err, &why);
}

enum pr_err pr_seat_forget(struct pr_seat *seat, size_t workload)
{
	struct pr_trial *trial = &seat->trials[workload];
	struct pr_error why;

	if (seat->child == NULL || trial->absent || !trial->workload->ops->has_latency)
		return PR_OK;
	return handle(seat, workload,
	              pr_crew_forget(seat->crew, seat->child, trial->workload, &why), &why);
}

enum pr_err pr_seat_beside(struct pr_seat *seat, size_t workload, uint64_t count, json_t **reply)
{
	struct pr_trial *trial = &seat->trials[workload];
	uint64_t head = pr_plan_head_count(seat->crew->plan, trial->workload,
	                                   pr_plan_slice_count(trial->workload, 0));
	struct pr_error why;
	enum pr_err err;

	*reply = NULL;
	if (seat->child == NULL || trial->absent)
		return PR_OK;
	err = pr_crew_slice(seat->crew, seat->child, trial->workload, head, count - head, false,
	                    reply, &why);
	if (err == PR_OK && !pr_trial_add_whole(trial, *reply))
		fail(seat, workload, trial->reason);
	return handle(seat, workload, err, &why);
}

enum pr_err pr_seat_close(struct pr_seat *seat)
{
	struct pr_error why;

	if (seat->child == NULL)
		return PR_OK;
	return handle(seat, seat->first + seat->count - 1,
	              pr_crew_close(seat->crew, &seat->child, &why), &why);
}

void pr_seat_kill(struct pr_seat *seat)
{
	pr_child_destroy(&seat->child);
}

/* ---- sweeps of load ---------------------------------------------------------------------- */

#define HOPELESS 0.5

/* All the same but for the rate, and what follows from it; and lower.  */
static bool is_lower_step(const struct pr_plan_workload *lower,
                          const struct pr_plan_workload *workload)
{
	const struct pr_pace_spec *a = &lower->spec.pace, *b = &workload->spec.pace;

	return lower->ops->is_paced && workload->ops->is_paced && a->rate < b->rate &&
	       a->gaps == b->gaps && a->seed == b->seed && a->spin_ns == b->spin_ns &&
	       pr_link_same(&lower->spec.link, &workload->spec.link);
}

static bool was_hopeless(const struct pr_trial *trial)
{
	double offered = (double)trial->workload->spec.pace.rate;

	return trial->elapsed_ns > 0 &&
	       (double)trial->timed_messages * 1e9 < HOPELESS * offered * (double)trial->elapsed_ns;
}

void pr_seat_skip_hopeless(struct pr_seat *seat, size_t workload)
{
	struct pr_trial *trial = &seat->trials[workload];

	for (size_t i = 0; i < seat->crew->plan->workload_count && !trial->absent; i++)
		trial->absent = is_lower_step(seat->trials[i].workload, trial->workload) &&
		                was_hopeless(&seat->trials[i]);
}
