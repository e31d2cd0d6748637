/* SPDX-License-Identifier: MIT */
/* analyzers/summary.c - a comparison in a few numbers.  */
#include "analyzers/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/stats.h"
#include "core/base/buf.h"
#include "core/base/json.h"

/* ---- the status ------------------------------------------------------------------------------ */

enum pr_err pr_summary_status(const struct pr_rows *rows)
{
	bool worse = false, unsure = false, told = false;

	for (size_t i = 0; i < rows->count; i++) {
		enum pr_verdict verdict = rows->items[i].verdict;

		if (!rows->items[i].gating)
			continue;
		worse |= verdict == PR_VERDICT_REGRESSED;
		unsure |= verdict == PR_VERDICT_INCONCLUSIVE || verdict == PR_VERDICT_VOID;
		/* What has no test (lost messages) does not make a run conclusive.  */
		told |= verdict != PR_VERDICT_VOID && rows->items[i].difference.tests > 0;
	}
	if (worse)
		return PR_WORSE;
	if (!told)
		return PR_VOID;
	return unsure ? PR_INCONCLUSIVE : PR_OK;
}

/* ---- trials ---------------------------------------------------------------------------------- */

static size_t count_trials(const struct pr_run *run, size_t workload, size_t phase,
                           const char *status)
{
	size_t count = 0;

	for (size_t i = 0; i < run->trial_count; i++) {
		const struct pr_run_trial *trial = &run->trials[i];

		count += trial->workload == workload && trial->phase == phase && trial->block > 0 &&
		         strcmp(trial->status, status) == 0;
	}
	return count;
}

json_t *pr_summary_trials(const struct pr_run *run)
{
	static const char *const statuses[] = {"ok", "void", "failed", NULL};
	json_t *array = json_array();

	for (size_t w = 0; w < run->workload_count; w++)
		for (size_t p = 0; p < run->phase_count; p++) {
			json_t *object = json_object();

			pr_json_set(object, "workload", json_string(run->workloads[w].label));
			pr_json_set(object, "phase", json_string(run->phases[p].label));
			for (size_t i = 0; statuses[i] != NULL; i++)
				pr_json_set(object, statuses[i],
				            json_integer((json_int_t)count_trials(run, w, p,
				                                                  statuses[i])));
			pr_json_append(array, object);
		}
	return array;
}
