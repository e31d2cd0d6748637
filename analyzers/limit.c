/* SPDX-License-Identifier: MIT */
/* analyzers/limit.c - the share of the matching kernel.  */
#include "analyzers/limit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/stats.h"
#include "core/base/buf.h"
#include "core/base/json.h"

/* Of the blocks, for an interval that has no formula.  */
#define RESAMPLES 10000

/* ---- which kernel -------------------------------------------------------------------------- */

#define KERNELS_MAX 3

/* What an engine does with a workload, and the kernels that do as much, the best measure first. The
 * first line that fits counts; NULL fits everything.  */
static const struct match {
	const char *workload; /* its name, not its label */
	const char *engine;
	const char *option, *value; /* of the engine */
	const char *kernels[KERNELS_MAX + 1];
} matches[] = {
        /* The calling thread sends and receives itself: nothing is handed to a thread.  */
        {"pingpong", "core", "io", "caller", {"raw", "parsed", "bytes"}},
        /* An I/O thread on either side of the socket; in ping-pong a batch is a message, so both
         * kernels do the same.  */
        {"pingpong", NULL, NULL, NULL, {"hops", "handoff"}},
        /* Parsed by a thread and handed over, as many at a time as there are.  */
        {NULL, NULL, NULL, NULL, {"handoff", "hops"}},
};

static bool fits(const char *wanted, const char *given)
{
	return wanted == NULL || (given != NULL && strcmp(wanted, given) == 0);
}

static const struct match *find_match(const struct pr_run *run, size_t workload, size_t phase)
{
	const struct match *match = matches;
	const struct pr_run_phase *it = &run->phases[phase];

	while (!fits(match->workload, run->workloads[workload].name) ||
	       !fits(match->engine, it->engine) ||
	       (match->option != NULL && !fits(match->value, pr_run_option(it, match->option))))
		match++;
	return match;
}

const char *pr_limit_kernel(const struct pr_run_phase *phase)
{
	const char *kernel = pr_run_option(phase, "kernel");

	return kernel != NULL ? kernel : "parsed";
}

static bool is_floor(const struct pr_run *run, size_t phase)
{
	return strcmp(run->phases[phase].engine, "floor") == 0;
}

/* The fastest floor phase with that kernel, NULL: any; PR_RUN_NONE when none was measured.  */
static size_t fastest_floor(const struct pr_rows *rows, size_t workload, const char *kernel)
{
	size_t best = PR_RUN_NONE;

	for (size_t p = 0; p < rows->run->phase_count; p++) {
		double value = pr_rows_value(rows, workload, p, "throughput");

		if (!is_floor(rows->run, p) || isnan(value) ||
		    !fits(kernel, pr_limit_kernel(&rows->run->phases[p])))
			continue;
		if (best == PR_RUN_NONE ||
		    value > pr_rows_value(rows, workload, best, "throughput"))
			best = p;
	}
	return best;
}

static size_t matching_floor(const struct pr_rows *rows, size_t workload, size_t phase)
{
	const char *const *kernel = find_match(rows->run, workload, phase)->kernels;
	size_t found = PR_RUN_NONE;

	for (; *kernel != NULL && found == PR_RUN_NONE; kernel++)
		found = fastest_floor(rows, workload, *kernel);
	return found;
}

/* ---- the share ------------------------------------------------------------------------------ */

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
                      size_t limit, bool does_match)
{
	const struct pr_run *run = rows->run;
	struct pr_stats_interval share;
	json_t *object;

	if (!measure_share(run, workload, phase, limit, &share))
		return;
	object = json_object();
	pr_json_set(object, "workload", json_string(run->workloads[workload].label));
	pr_json_set(object, "phase", json_string(run->phases[phase].label));
	pr_json_set(object, "limit_phase", json_string(run->phases[limit].label));
	pr_json_set(object, "kernel", pr_json_new_string(pr_limit_kernel(&run->phases[limit])));
	pr_json_set(object, "matches", json_boolean(does_match));
	pr_json_set(object, "share", pr_json_new_real(share.value));
	pr_json_set(object, "share_lo", pr_json_new_real(share.lo));
	pr_json_set(object, "share_hi", pr_json_new_real(share.hi));
	pr_json_append(array, object);
}

/* Whether the fastest floor is another than the one that matches, for any phase.  */
static bool differs(const struct pr_rows *rows, size_t workload, size_t fastest)
{
	for (size_t p = 0; p < rows->run->phase_count; p++)
		if (!is_floor(rows->run, p) && matching_floor(rows, workload, p) != fastest)
			return true;
	return false;
}

json_t *pr_limit_json(const struct pr_rows *rows)
{
	json_t *array = json_array();

	for (size_t w = 0; w < rows->run->workload_count; w++) {
		size_t fastest = fastest_floor(rows, w, NULL);
		bool both = fastest != PR_RUN_NONE && differs(rows, w, fastest);

		for (size_t p = 0; fastest != PR_RUN_NONE && p < rows->run->phase_count; p++) {
			size_t matching = matching_floor(rows, w, p);

			if (is_floor(rows->run, p))
				continue;
			if (matching != PR_RUN_NONE)
				add_limit(array, rows, w, p, matching, true);
			if (both)
				add_limit(array, rows, w, p, fastest, false);
		}
	}
	return array;
}
