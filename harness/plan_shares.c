/* SPDX-License-Identifier: MIT */
/* harness/plan_shares.c - what of a plan falls to a phase, a block, a slice, a worker.  */
#include <math.h>
#include <string.h>

#include "harness/plan.h"

uint64_t pr_plan_slice_count(const struct pr_plan_workload *workload, uint64_t index)
{
	uint64_t count = workload->spec.count, slices = workload->slices;

	return count / slices + (index < count % slices);
}

bool pr_plan_has_whole(const struct pr_plan_workload *workload)
{
	return workload->slices > 1 && !workload->ops->is_paced;
}

bool pr_plan_has_pairs(const struct pr_plan *plan, const struct pr_plan_workload *workload)
{
	return plan->phase_count > 2 && pr_plan_has_whole(workload) &&
	       workload->slices >= PR_PLAN_PAIR_SLICES_LEAST;
}

bool pr_plan_is_whole(const struct pr_plan *plan, uint64_t block)
{
	return plan->whole <= plan->blocks &&
	       (block - 1) * plan->whole % plan->blocks < plan->whole;
}

/* Round trips that a 99th percentile needs (trial.c).  */
#define ROUND_TRIPS_LEAST 1000

uint64_t pr_plan_head_count(const struct pr_plan *plan, const struct pr_plan_workload *workload,
                            uint64_t count)
{
	double units = plan->head < 1 ? plan->head * (double)count : plan->head;
	double spare =
	        ((double)workload->spec.count - ROUND_TRIPS_LEAST) / (double)workload->slices;

	if (workload->ops->stalls)
		return 0;
	if (plan->head < 1 && workload->ops->has_latency && spare >= 0 && units > spare)
		units = floor(spare);
	return units + 0.5 < (double)count ? (uint64_t)(units + 0.5) : count - 1;
}

size_t pr_plan_worker_count(const struct pr_plan *plan, size_t first)
{
	size_t end = first + 1;

	if (plan->workers == PR_WORKERS_WORKLOAD)
		return 1;
	while (end < plan->workload_count &&
	       plan->workloads[end].spec.pin == plan->workloads[first].spec.pin)
		end++;
	return end - first;
}

#define PACED_TRACED_MAX 10000

uint64_t pr_plan_traced_count(const struct pr_plan_workload *workload)
{
	uint64_t count = workload->spec.count;

	return workload->ops->is_paced && count > PACED_TRACED_MAX ? PACED_TRACED_MAX : count;
}

bool pr_plan_carries(const struct pr_plan_phase *phase, const struct pr_plan_workload *workload)
{
	return pr_adapter_carries(phase->engine, &workload->spec.link);
}

/* The workloads that one phase leaves out for the same reason as that one, with the reason; nothing
 * when an earlier one had it already.  */
static void add_left_out(const struct pr_plan *plan, const struct pr_plan_phase *phase,
                         size_t first, struct pr_buf *text)
{
	const char *reason = pr_adapter_refusal(phase->engine, &plan->workloads[first].spec.link);
	struct pr_buf labels;
	bool told = reason == NULL;

	pr_buf_init(&labels);
	for (size_t i = 0; !told && i < plan->workload_count; i++) {
		const char *its = pr_adapter_refusal(phase->engine, &plan->workloads[i].spec.link);

		if (its == NULL || strcmp(its, reason) != 0)
			continue;
		told = i < first;
		pr_buf_printf(&labels, "%s%s", labels.size > 0 ? ", " : "",
		              plan->workloads[i].label);
	}
	if (!told)
		pr_buf_printf(text, "%s%s (%s)", text->size > 0 ? "; " : "", labels.text, reason);
	pr_buf_fini(&labels);
}

char *pr_plan_left_out(const struct pr_plan *plan, const struct pr_plan_phase *phase)
{
	struct pr_buf text;
	char *taken = NULL;

	pr_buf_init(&text);
	for (size_t i = 0; i < plan->workload_count; i++)
		add_left_out(plan, phase, i, &text);
	if (text.size > 0)
		taken = pr_buf_take(&text);
	pr_buf_fini(&text);
	return taken;
}
