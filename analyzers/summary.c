/* SPDX-License-Identifier: MIT */
/* analyzers/summary.c - a comparison in a few numbers.  */
#include "analyzers/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/stats.h"
#include "core/base/buf.h"
#include "core/base/json.h"

/* Of the blocks, for an interval that has no formula.  */
#define RESAMPLES 10000

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

/* ---- the limit ------------------------------------------------------------------------------- */

static const char *label(const struct pr_rows *rows, size_t phase)
{
	return rows->run->phases[phase].label;
}

static size_t fastest_floor(const struct pr_rows *rows, size_t workload)
{
	size_t best = PR_RUN_NONE;

	for (size_t p = 0; p < rows->run->phase_count; p++) {
		double value = pr_rows_value(rows, workload, p, "throughput");

		if (strcmp(rows->run->phases[p].engine, "floor") != 0 || isnan(value))
			continue;
		if (best == PR_RUN_NONE ||
		    value > pr_rows_value(rows, workload, best, "throughput"))
			best = p;
	}
	return best;
}

/* Throughputs of the blocks in which both were measured.  */
struct shares {
	double *phase, *limit, *scratch;
	size_t n;
};

/* By insertion: there are few, and it is done twenty thousand times.  */
static double median_of(const double *values, const size_t *index, size_t n, double *scratch)
{
	for (size_t i = 0; i < n; i++) {
		double value = values[index[i]];
		size_t at = i;

		for (; at > 0 && scratch[at - 1] > value; at--)
			scratch[at] = scratch[at - 1];
		scratch[at] = value;
	}
	return (scratch[(n - 1) / 2] + scratch[n / 2]) / 2;
}

static double ratio_of_medians(void *arg, const size_t *index, size_t n)
{
	const struct shares *shares = arg;

	return median_of(shares->phase, index, n, shares->scratch) /
	       median_of(shares->limit, index, n, shares->scratch);
}

static void gather_shares(struct shares *shares, const struct pr_run *run, size_t workload,
                          size_t phase, size_t limit)
{
	size_t room = (run->block_count + 1) * sizeof(double);

	*shares = (struct shares){pr_alloc(room), pr_alloc(room), pr_alloc(room), 0};
	for (size_t i = 0; i < run->block_count; i++) {
		const struct pr_run_trial *mine =
		        pr_run_find_trial(run, phase, workload, run->blocks[i]);
		const struct pr_run_trial *its =
		        pr_run_find_trial(run, limit, workload, run->blocks[i]);
		double value = pr_run_metric(mine, "throughput");
		double most = pr_run_metric(its, "throughput");

		if (!isfinite(value / most) || !mine->good || !its->good)
			continue;
		shares->phase[shares->n] = value;
		shares->limit[shares->n++] = most;
	}
}

/* A ratio of two medians has no exact interval, so blocks are resampled, both phases together.  */
static bool measure_share(const struct pr_run *run, size_t workload, size_t phase, size_t limit,
                          struct pr_stats_interval *share)
{
	struct shares shares;
	bool any;

	gather_shares(&shares, run, workload, phase, limit);
	any = shares.n > 0;
	if (any && !pr_stats_bootstrap(ratio_of_medians, &shares, shares.n,
	                               shares.n < pr_stats_blocks_needed(0.95) ? 0 : RESAMPLES,
	                               pr_stats_seed(shares.phase, shares.n), 0.95, share))
		share->lo = share->hi = NAN;
	free(shares.phase);
	free(shares.limit);
	free(shares.scratch);
	return any;
}

static void add_limit(json_t *array, const struct pr_rows *rows, size_t workload, size_t phase,
                      size_t limit)
{
	struct pr_stats_interval share;
	json_t *object;

	if (strcmp(rows->run->phases[phase].engine, "floor") == 0 ||
	    !measure_share(rows->run, workload, phase, limit, &share))
		return;
	object = json_object();
	pr_json_set(object, "workload", json_string(rows->run->workloads[workload].label));
	pr_json_set(object, "phase", json_string(label(rows, phase)));
	pr_json_set(object, "limit_phase", json_string(label(rows, limit)));
	pr_json_set(object, "share", pr_json_new_real(share.value));
	pr_json_set(object, "share_lo", pr_json_new_real(share.lo));
	pr_json_set(object, "share_hi", pr_json_new_real(share.hi));
	pr_json_append(array, object);
}

json_t *pr_summary_limit(const struct pr_rows *rows)
{
	json_t *array = json_array();

	for (size_t w = 0; w < rows->run->workload_count; w++) {
		size_t limit = fastest_floor(rows, w);

		for (size_t p = 0; limit != PR_RUN_NONE && p < rows->run->phase_count; p++)
			add_limit(array, rows, w, p, limit);
	}
	return array;
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
