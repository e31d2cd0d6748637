/* SPDX-License-Identifier: MIT */
/* harness/plan_time.c - how long a plan will take, from ordinary costs.  */
#include "harness/plan.h"
#include "harness/probe.h"
#include "harness/void.h"
#include "harness/watch.h"

/* Of one worker: to start it, open, warm up and close.  */
#define WORKER_S 0.06

/* The same where perf counts in it: the kernel waits for all CPUs at each tracepoint that it
 * attaches; and where strace runs it.  */
#define PERF_S   0.45
#define STRACE_S 0.15

/* Of the control after a slice.  */
#define CONTROL_S 0.0003

/* Of a call that the interposing library adds; there is one for each message, or fewer.  */
#define DOSE_NS 400

/* Links of the engine that the build makes beside the first; each is loaded once.  */
#define VARIANTS 4

double pr_plan_predict_probes_s(const struct pr_plan *plan)
{
	double s = 0;

	for (size_t i = 0; pr_probes[i] != NULL; i++)
		for (size_t p = 0; p < plan->phase_count; p++)
			if (pr_probe_has_trials(pr_probes[i], plan) && plan->phases[p].watch == 0)
				s += pr_probes[i]->predict_s(plan, &plan->phases[p]);
	return s;
}

static double worker_s(const struct pr_plan_phase *phase)
{
	return WORKER_S + ((phase->watch & PR_WATCH_PERF) != 0 ? PERF_S : 0) +
	       ((phase->watch & PR_WATCH_STRACE) != 0 ? STRACE_S : 0);
}

double pr_plan_predict_start_s(const struct pr_plan *plan)
{
	double s = VARIANTS * WORKER_S;

	for (size_t p = 0; p < plan->phase_count; p++) {
		s += 2 * WORKER_S; /* to learn what it is, and whether it can be loaded by a link */
		if ((plan->phases[p].watch & PR_WATCH_PERF) != 0)
			s += PERF_S;
	}
	for (size_t i = 0; pr_probes[i] != NULL; i++)
		if (pr_probe_has_trials(pr_probes[i], plan) && pr_probes[i]->watch == PR_WATCH_PERF)
			s += 2 * PERF_S; /* whether it is permitted */
	return s;
}

/* Of one message in a timed trial.  */
static double message_ns(const struct pr_plan_phase *phase, const struct pr_plan_workload *workload)
{
	double ns = pr_workload_guess_ns(workload->ops, &workload->spec);

	if ((phase->watch & PR_WATCH_STRACE) != 0 && workload->ops->guess_traced_ns > ns)
		ns = workload->ops->guess_traced_ns;
	return ns + DOSE_NS * (double)phase->dose_count;
}

static double block_s(const struct pr_plan *plan, const struct pr_plan_phase *phase)
{
	bool each = plan->workers == PR_WORKERS_WORKLOAD;
	double s = worker_s(phase) * (each ? (double)plan->workload_count : 1);

	for (size_t i = 0; i < plan->workload_count; i++) {
		const struct pr_plan_workload *workload = &plan->workloads[i];
		double messages = (double)workload->spec.count * workload->ops->messages_per_unit;
		double all_s = messages * message_ns(phase, workload) / 1e9;

		s += all_s;
		if (plan->whole <= plan->blocks && pr_plan_has_whole(workload))
			s += all_s * (double)plan->whole / (double)plan->blocks;
		if (plan->whole <= plan->blocks && pr_plan_has_pairs(plan, workload) &&
		    phase != plan->phases)
			s += all_s / (double)workload->slices * (2 * PR_PLAN_PAIR_ROUNDS + 1) *
			     (double)plan->whole / (double)plan->blocks;
		s += (double)workload->slices * CONTROL_S;
	}
	return s;
}

double pr_plan_predict_s(const struct pr_plan *plan)
{
	double s = plan->phase_count > 1 ? PR_VOID_REST_S * (double)plan->workload_count : 0;

	for (size_t p = 0; p < plan->phase_count; p++)
		s += block_s(plan, &plan->phases[p]);
	return pr_plan_predict_start_s(plan) + (double)plan->blocks * s +
	       pr_plan_predict_probes_s(plan);
}
