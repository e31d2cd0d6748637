/* SPDX-License-Identifier: MIT */
/* harness/runner_record.c - a trial that is over: judged, told and recorded.  */
#include <stdio.h>
#include <string.h>

#include "core/base/json.h"
#include "harness/runner_parts.h"
#include "harness/trial.h"

/* Borrows buckets, which may be NULL: there is none then.  */
static void record_histogram(struct pr_runner *runner, const struct pr_trial *trial,
                             const char *quantity, const json_t *buckets)
{
	json_t *histogram;

	if (buckets == NULL)
		return;
	histogram = json_object();

	pr_json_set(histogram, "phase", json_string(trial->phase->label));
	pr_json_set(histogram, "workload", json_string(trial->workload->label));
	pr_json_set(histogram, "block", json_integer((json_int_t)trial->block));
	pr_json_set(histogram, "unit", json_string("ns"));
	pr_json_set(histogram, "quantity", json_string(quantity));
	json_object_update(histogram, (json_t *)buckets);
	pr_record_add_histogram(runner->record, histogram);
}

static void record_histograms(struct pr_runner *runner, const struct pr_trial *trial)
{
	bool open_loop = trial->workload->ops->is_paced;

	if (trial->status != PR_TRIAL_OK)
		return;
	record_histogram(runner, trial,
	                 open_loop ? "latency from the intended start"
	                           : "service time (half a round trip, closed loop)",
	                 trial->histogram);
	record_histogram(runner, trial, "latency from the actual send (uncorrected)",
	                 trial->histogram_sent);
	record_histogram(runner, trial, "lateness of the sender", trial->histogram_late);
}

/* What ends a worker fails each trial that is left with the same reason: once is enough.  */
static bool is_repeated(const struct pr_trial *trials, size_t index)
{
	return index > 0 && trials[index - 1].reason != NULL &&
	       strcmp(trials[index - 1].reason, trials[index].reason) == 0;
}

static void warn_failed(struct pr_runner *runner, const struct pr_trial *trial)
{
	char where[32];

	snprintf(where, sizeof(where), "under %s", trial->probe);
	if (trial->block > 0)
		snprintf(where, sizeof(where), "block %llu", (unsigned long long)trial->block);
	pr_progress_warn(&runner->progress, "%s, %s, %s failed: %s", where, trial->phase->label,
	                 trial->workload->label, trial->reason);
}

void pr_runner_record(struct pr_runner *runner, struct pr_trial *trials, size_t index)
{
	struct pr_trial *trial = &trials[index];
	json_t *dump;

	if (trial->absent)
		return;
	if (trial->block > 0) /* a probe has judged its own */
		pr_trial_judge(trial, runner->glossary);
	if (trial->status == PR_TRIAL_OK)
		runner->good_trials++;
	else
		runner->bad_trials++;
	if (trial->status == PR_TRIAL_FAILED && !is_repeated(trials, index))
		warn_failed(runner, trial);
	record_histograms(runner, trial);
	dump = pr_trial_dump(trial, runner->glossary);
	if (trial->block > 0)
		pr_json_set(
		        dump, "setting",
		        pr_setting_dump(pr_settings_get(
		                runner->settings, (size_t)(trial->phase - runner->plan->phases))));
	if (trial->block > 0)
		pr_json_set(dump, "samples",
		            json_integer((json_int_t)pr_slices_count(runner->slices, trial)));
	pr_record_add_trial(runner->record, dump);
}
