/* SPDX-License-Identifier: MIT */
/* harness/runner_probes.c - the trials of probes, behind the blocks; and what no probe may watch.
 */
#include "harness/probe.h"
#include "harness/runner_parts.h"
#include "harness/trial.h"
#include "harness/watch.h"

static enum pr_err watch_phase(struct pr_runner *runner, const struct pr_probe_ops *probe,
                               const struct pr_plan_phase *phase, struct pr_error *why)
{
	struct pr_trial trials[PR_PLAN_WORKLOADS_MAX];
	size_t count = runner->plan->workload_count;
	json_t *report = NULL;
	enum pr_err err;

	pr_progress_show(&runner->progress, "%s of %s", probe->name, phase->label);
	for (size_t i = 0; i < count; i++) {
		pr_trial_init(&trials[i], phase, &runner->plan->workloads[i], 0);
		trials[i].probe = probe->name;
		trials[i].absent = !pr_probe_sees(probe, phase, &runner->plan->workloads[i]);
	}
	err = probe->run(&runner->crew, phase, runner->glossary, trials, &report, why);
	if (report != NULL)
		pr_record_add_report(runner->record, probe->array, report);
	for (size_t i = 0; i < count; i++) {
		if (err == PR_OK)
			pr_runner_record(runner, trials, i);
		pr_trial_fini(&trials[i]);
	}
	return err == PR_OK ? pr_record_save(runner->record, why) : err;
}

static bool any_watchable(const struct pr_runner *runner, const struct pr_probe_ops *probe,
                          const struct pr_plan_phase *phase)
{
	for (size_t i = 0; i < runner->plan->workload_count; i++)
		if (pr_probe_sees(probe, phase, &runner->plan->workloads[i]))
			return true;
	return false;
}

static enum pr_err watch_phases(struct pr_runner *runner, const struct pr_probe_ops *probe,
                                struct pr_error *why)
{
	struct pr_error refused;
	enum pr_err err = PR_OK, permitted = probe->permit(&runner->crew, &refused);

	if (permitted == PR_INTERRUPTED)
		return permitted;
	if (permitted != PR_OK)
		pr_progress_warn(&runner->progress, "the trials of probe %s are skipped: %s",
		                 probe->name, refused.text);
	else
		runner->crew.watchers |= probe->watch;
	for (size_t i = 0; err == PR_OK && i < runner->plan->phase_count; i++) {
		const struct pr_plan_phase *phase = &runner->plan->phases[i];
		const char *given_up =
		        pr_seat_given_up(&runner->seats[i], 0, runner->plan->workload_count);
		const char *reason = permitted != PR_OK ? refused.text : given_up;

		if (reason == NULL && !any_watchable(runner, probe, phase))
			reason = "all that it does takes several processes, and a probe watches "
			         "one";
		if (phase->watch != 0)
			continue; /* it is there for the times of another */
		if (phase->doses && probe != &pr_probe_interpose)
			continue; /* who stands outside counts what was added as the engine's */
		if (reason != NULL)
			pr_record_add_report(runner->record, probe->array,
			                     probe->skip(phase, reason));
		else
			err = watch_phase(runner, probe, phase, why);
	}
	return err;
}

enum pr_err pr_runner_run_probes(struct pr_runner *runner, struct pr_error *why)
{
	enum pr_err err = PR_OK;

	for (size_t i = 0; err == PR_OK && pr_probes[i] != NULL; i++)
		if (pr_probe_has_trials(pr_probes[i], runner->plan))
			err = watch_phases(runner, pr_probes[i], why);
	return err;
}

static const struct pr_probe_ops *find_watcher(unsigned watch)
{
	size_t i = 0;

	while (pr_probes[i] != NULL && pr_probes[i]->watch != watch)
		i++;
	return pr_probes[i];
}

enum pr_err pr_runner_drop_forbidden(struct pr_runner *runner)
{
	struct pr_plan *plan = runner->plan;
	unsigned tried = 0, refused = 0;
	enum pr_err err = PR_OK;

	for (size_t i = plan->phase_count; err != PR_INTERRUPTED && i > 0; i--) {
		unsigned watch = plan->phases[i - 1].watch & PR_WATCH_PROBES;
		struct pr_error why;

		if (watch != 0 && (tried & watch) == 0) {
			err = find_watcher(watch)->permit(&runner->crew, &why);
			refused |= err != PR_OK ? watch : 0;
			tried |= watch;
			if (err == PR_FAILED)
				pr_progress_warn(&runner->progress,
				                 "phases that probe %s watches are left out: %s",
				                 find_watcher(watch)->name, why.text);
		}
		if ((refused & watch) != 0 && plan->phase_count > 1)
			pr_plan_drop_phase(plan, i - 1);
	}
	if (refused != 0)
		pr_record_set_plan(runner->record, plan);
	return err == PR_INTERRUPTED ? err : PR_OK;
}
