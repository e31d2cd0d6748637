/* SPDX-License-Identifier: MIT */
/* harness/probe/table.c - the probes that exist.  */
#include <assert.h>

#include "harness/probe.h"
#include "harness/watch.h"

const struct pr_probe_ops *const pr_probes[] = {
        &pr_probe_hooks, &pr_probe_interpose, /* before strace, in whose trials they count too */
        &pr_probe_perf,  &pr_probe_strace,    &pr_probe_callgrind, NULL,
};

const struct pr_probe_ops pr_probe_hooks = {
        .name = "hooks",
        .summary = "the engine's own counters, where it has them",
        .version = PR_PROBE_OPS_VERSION,
        .usual = true,
};

unsigned pr_probe_bit(const struct pr_probe_ops *ops)
{
	unsigned bit = 0;

	while (pr_probes[bit] != NULL && pr_probes[bit] != ops)
		bit++;
	assert(pr_probes[bit] != NULL && bit < PR_PROBES_MAX);
	assert(ops->version == PR_PROBE_OPS_VERSION);
	return 1u << bit;
}

bool pr_probe_has_trials(const struct pr_probe_ops *ops, const struct pr_plan *plan)
{
	if (ops->run == NULL || (plan->probes & pr_probe_bit(ops)) == 0)
		return false;
	return ops != &pr_probe_strace || plan->traces > 0;
}

bool pr_probe_sees(const struct pr_probe_ops *ops, const struct pr_plan_phase *phase,
                   const struct pr_plan_workload *workload)
{
	bool within = (ops->watch & (PR_WATCH_INTERPOSE | PR_WATCH_PERF)) != 0;

	return pr_plan_carries(phase, workload) &&
	       (within ? pr_link_can_watch(&workload->spec.link)
	               : pr_link_can_trace(&workload->spec.link));
}

unsigned pr_probe_usual(void)
{
	unsigned bits = 0;

	for (size_t i = 0; pr_probes[i] != NULL; i++)
		if (pr_probes[i]->usual)
			bits |= pr_probe_bit(pr_probes[i]);
	return bits;
}

size_t pr_probe_names(const char **names)
{
	size_t count = 0;

	for (; pr_probes[count] != NULL; count++)
		names[count] = pr_probes[count]->name;
	return count;
}
