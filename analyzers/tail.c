/* SPDX-License-Identifier: MIT */
/* analyzers/tail.c - a percentile needs samples beyond it.  */
#include "analyzers/tail.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"

static const struct {
	const char *suffix;
	double one_in; /* samples for one beyond */
} percentiles[] = {{"_p50", 2}, {"_p90", 10}, {"_p99", 100}, {"_p999", 1000}};

static const char *suffix_of(const char *metric)
{
	return strrchr(metric, '_');
}

double pr_tail_needs(const char *metric)
{
	const char *suffix = suffix_of(metric);

	for (size_t i = 0; suffix != NULL && i < sizeof(percentiles) / sizeof(*percentiles); i++)
		if (strcmp(suffix, percentiles[i].suffix) == 0)
			return PR_TAIL_BEYOND * percentiles[i].one_in;
	return 0;
}

bool pr_tail_is_short(double samples, const char *metric)
{
	return samples < pr_tail_needs(metric);
}

/* Whether the trial measured anything of the kind: "latency_sent_max" for "latency_sent_p999".  */
static bool has_kind(const struct pr_run_trial *trial, const char *metric)
{
	char *longest = pr_asprintf("%.*s_max", (int)(suffix_of(metric) - metric), metric);
	bool found = !isnan(pr_run_metric(trial, longest)) ||
	             json_object_get(trial->metrics, metric) != NULL;

	free(longest);
	return found;
}

double pr_tail_shortage(const struct pr_run *run, size_t workload, size_t phase, const char *metric)
{
	double most = NAN;

	if (pr_tail_needs(metric) == 0)
		return NAN;
	for (size_t i = 0; i < run->trial_count; i++) {
		const struct pr_run_trial *trial = &run->trials[i];

		if (trial->workload != workload || !trial->good || trial->block == 0 ||
		    (phase != PR_RUN_NONE && trial->phase != phase) || !has_kind(trial, metric))
			continue;
		most = isnan(most) ? trial->latencies : fmax(most, trial->latencies);
	}
	return pr_tail_is_short(most, metric) ? most : NAN;
}
