/* SPDX-License-Identifier: MIT */
/* analyzers/disturbance.c - what a probe costs that watches timed trials.  */
#include "analyzers/disturbance.h"

#include <math.h>
#include <string.h>

#include "analyzers/pairs.h"
#include "analyzers/stats.h"
#include "core/base/json.h"

static json_t *entry_json(const struct pr_run *run, size_t twin, size_t workload,
                          enum pr_pairs_kind kind)
{
	const struct pr_run_phase *phase = &run->phases[twin];
	struct pr_stats_interval interval = {.value = NAN};
	const char *probe = pr_run_option(phase, "watch");
	bool unhooked = probe != NULL && strcmp(probe, "unhooked") == 0;
	/* Time is the inverse of speed; and where the twin is the one that nobody watches, it is
	 * the other way round.  */
	double sign = (kind == PR_PAIRS_SPEED ? -1 : 1) * (unhooked ? -1 : 1);
	struct pr_pairs pairs;
	json_t *entry;
	bool found;

	pr_pairs_init(&pairs, run, workload, phase->twin_of, twin, kind, NULL);
	if (pairs.n == 0) {
		pr_pairs_fini(&pairs);
		return NULL;
	}
	for (size_t i = 0; i < pairs.n; i++)
		pairs.d[i] *= sign;
	found = pr_stats_hodges_lehmann(pairs.d, pairs.n, 0.95, &interval);
	entry = json_object();
	pr_json_set(entry, "workload", json_string(run->workloads[workload].label));
	pr_json_set(entry, "phase", json_string(run->phases[phase->twin_of].label));
	pr_json_set(entry, "probe", pr_json_new_string(unhooked ? "hooks" : probe));
	pr_json_set(entry, "metric", json_string(kind == PR_PAIRS_SPEED ? "time" : "cpu"));
	pr_json_set(entry, "ratio", pr_json_new_real(exp(interval.value)));
	pr_json_set(entry, "lo", pr_json_new_real(found ? exp(interval.lo) : NAN));
	pr_json_set(entry, "hi", pr_json_new_real(found ? exp(interval.hi) : NAN));
	pr_json_set(entry, "blocks", json_integer((json_int_t)pairs.n));
	pr_pairs_fini(&pairs);
	return entry;
}

json_t *pr_disturbance_json(const struct pr_run *run)
{
	static const enum pr_pairs_kind kinds[] = {PR_PAIRS_SPEED, PR_PAIRS_CPU};
	json_t *array = json_array(), *entry;

	for (size_t w = 0; w < run->workload_count; w++)
		for (size_t t = run->phase_count; t < run->phase_count + run->twin_count; t++)
			for (size_t k = 0; k < 2; k++) {
				entry = entry_json(run, t, w, kinds[k]);
				if (entry != NULL)
					pr_json_append(array, entry);
			}
	if (json_array_size(array) > 0)
		return array;
	json_decref(array);
	return NULL;
}
