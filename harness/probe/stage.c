/* SPDX-License-Identifier: MIT */
/* harness/probe/stage.c - one workload as a stage.  */
#include "harness/probe/stage.h"

/* As many units as in a block, unless the engine makes too many calls for that.  */
static uint64_t stage_count(const struct pr_adapter_ops *engine,
                            const struct pr_plan_workload *workload)
{
	uint64_t count = pr_plan_traced_count(workload);

	return engine->traced_most > 0 && engine->traced_most < count ? engine->traced_most : count;
}

enum pr_err pr_stage_run(const struct pr_crew *crew, struct pr_child *child,
                         const struct pr_plan_phase *phase, struct pr_trial *trial,
                         struct pr_error *why)
{
	const struct pr_plan_workload *workload = trial->workload;
	uint64_t count = stage_count(phase->engine, workload);
	json_t *before = NULL, *slice = NULL, *after = NULL;
	enum pr_err err = pr_crew_rest(crew, child, why);

	if (err == PR_OK)
		err = pr_crew_snapshot(crew, child, workload, false, &before, why);
	if (err == PR_OK)
		err = pr_crew_mark(crew, child, workload->label, "begin", why);
	if (err == PR_OK)
		err = pr_crew_slice(crew, child, workload, 0, count, true, &slice, why);
	if (err == PR_OK)
		err = pr_crew_rest(crew, child, why);
	if (err == PR_OK)
		err = pr_crew_snapshot(crew, child, workload, false, &after, why);
	if (err == PR_OK)
		err = pr_crew_mark(crew, child, workload->label, "end", why);
	if (err == PR_OK) {
		pr_trial_set_before(trial, before);
		pr_trial_add_slice(trial, slice);
		pr_trial_set_after(trial, after);
	}
	json_decref(before);
	json_decref(slice);
	json_decref(after);
	return err;
}

double pr_stage_predict_s(const struct pr_plan *plan, const struct pr_plan_phase *phase,
                          double start_s, double (*message_ns)(const struct pr_workload_ops *))
{
	double s = start_s;

	for (size_t i = 0; i < plan->workload_count; i++) {
		const struct pr_plan_workload *workload = &plan->workloads[i];

		if (pr_plan_carries(phase, workload) && pr_link_can_trace(&workload->spec.link))
			s += (double)pr_plan_traced_count(workload) *
			     workload->ops->messages_per_unit * message_ns(workload->ops) / 1e9;
	}
	return s;
}
