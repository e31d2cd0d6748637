/* SPDX-License-Identifier: MIT */
/* analyzers/knee.c - the knee of a sweep of offered load.  */
#include "analyzers/knee.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/numbers.h"
#include "analyzers/stats.h"
#include "core/base/buf.h"
#include "core/base/json.h"

#define RESAMPLES 2000

/* ---- sweeps ---------------------------------------------------------------------------------- */

static bool is_paced(const struct pr_run *run, size_t workload)
{
	return strcmp(run->workloads[workload].name, "paced") == 0;
}

static double rate_of(const struct pr_run *run, size_t workload)
{
	return pr_run_number(run->workloads[workload].options, "rate");
}

/* The options but for the rate and what follows from it.  */
static json_t *without_rate(const struct pr_run_workload *workload)
{
	json_t *copy = json_copy((json_t *)workload->options);

	json_object_del(copy, "rate");
	json_object_del(copy, "count");
	return copy;
}

static bool same_sweep(const struct pr_run *run, size_t a, size_t b)
{
	json_t *left, *right;
	bool same;

	if (!is_paced(run, a) || !is_paced(run, b) || isnan(rate_of(run, b)))
		return false;
	left = without_rate(&run->workloads[a]);
	right = without_rate(&run->workloads[b]);
	same = json_equal(left, right) != 0;
	json_decref(left);
	json_decref(right);
	return same;
}

/* The workloads of the sweep that this one belongs to, by rate; returns how many.  */
static size_t gather(const struct pr_run *run, size_t workload, size_t *steps)
{
	size_t count = 0;

	for (size_t w = 0; w < run->workload_count; w++) {
		size_t at = count;

		if (!same_sweep(run, workload, w))
			continue;
		for (; at > 0 && rate_of(run, steps[at - 1]) > rate_of(run, w); at--)
			steps[at] = steps[at - 1];
		steps[at] = w;
		count++;
	}
	return count;
}

bool pr_knee_is_step(const struct pr_run *run, size_t workload, bool *lowest)
{
	size_t *steps = pr_alloc((run->workload_count + 1) * sizeof(*steps));
	size_t count = gather(run, workload, steps);

	*lowest = count > 0 && steps[0] == workload;
	free(steps);
	return count >= PR_KNEE_STEPS;
}

/* ---- one phase ------------------------------------------------------------------------------- */

enum limit { NO_LIMIT, LIMIT_RATE, LIMIT_LATENCY };

static const char *const limit_names[] = {"none", "rate", "latency"};

/* What the blocks measured, step by step: values[step * blocks + block], NaN where nothing was.  */
struct curve {
	const double *offered;
	double *arrived, *p99;
	size_t steps, blocks;
	double *scratch, *step_p99;
	enum limit limit; /* what the step after the knee failed in */
};

/* The median over some blocks; NaN when fewer than half of them measured it.  */
static double median_over(const struct curve *curve, const double *values, size_t step,
                          const size_t *index, size_t n)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++) {
		double value = values[step * curve->blocks + index[i]];

		if (isfinite(value))
			curve->scratch[found++] = value;
	}
	return found > 0 && 2 * found >= n ? pr_stats_median(curve->scratch, found) : NAN;
}

/* Whether the p99 of a step is out of all proportion to those of the lower steps, p99[0..step).  */
static bool explodes(const struct curve *curve, const double *p99, size_t step)
{
	size_t found = 0;

	for (size_t s = 0; s < step; s++)
		if (isfinite(p99[s]))
			curve->scratch[found++] = p99[s];
	return found > 0 && p99[step] > PR_KNEE_FACTOR * pr_stats_median(curve->scratch, found);
}

/* The knee from some blocks, as a statistic to resample; 0: below the first step.  */
static double find_knee(void *arg, const size_t *index, size_t n)
{
	struct curve *curve = arg;
	double knee = 0;

	curve->limit = NO_LIMIT;
	for (size_t s = 0; s < curve->steps; s++) {
		double arrived = median_over(curve, curve->arrived, s, index, n);

		curve->step_p99[s] = median_over(curve, curve->p99, s, index, n);
		if (!(arrived >= PR_KNEE_SHARE * curve->offered[s])) {
			curve->limit = curve->limit == NO_LIMIT ? LIMIT_RATE : curve->limit;
			break;
		}
		if (explodes(curve, curve->step_p99, s)) {
			curve->limit = LIMIT_LATENCY;
			continue;
		}
		knee = curve->offered[s];
		curve->limit = NO_LIMIT;
	}
	return knee;
}

static double trial_metric(const struct pr_run *run, size_t phase, size_t workload, size_t block,
                           const char *metric)
{
	const struct pr_run_trial *trial =
	        pr_run_find_trial(run, phase, workload, run->blocks[block]);

	return trial != NULL && trial->good ? pr_run_metric(trial, metric) : NAN;
}

static void fill_curve(struct curve *curve, const struct pr_run *run, size_t phase,
                       const size_t *steps)
{
	for (size_t s = 0; s < curve->steps; s++)
		for (size_t b = 0; b < curve->blocks; b++) {
			size_t at = s * curve->blocks + b;

			curve->arrived[at] = trial_metric(run, phase, steps[s], b, "throughput");
			curve->p99[at] = trial_metric(run, phase, steps[s], b, "latency_p99");
		}
}

/* ---- the document ---------------------------------------------------------------------------- */

/* The median over the blocks, whatever their number.  */
static json_t *median_json(const struct pr_run *run, size_t phase, size_t workload,
                           const char *metric)
{
	double *values = pr_alloc((run->block_count + 1) * sizeof(double)), median = NAN;
	size_t n = 0;

	for (size_t b = 0; b < run->block_count; b++) {
		double value = trial_metric(run, phase, workload, b, metric);

		if (isfinite(value))
			values[n++] = value;
	}
	if (n > 0)
		median = pr_stats_median(values, n);
	free(values);
	return pr_json_new_real(median);
}

static json_t *steps_json(const struct pr_run *run, size_t phase, const size_t *steps, size_t count)
{
	static const char *const metrics[] = {
	        "throughput",      "rate_achieved",      "latency_p50",
	        "latency_p99",     "latency_sent_p50",   "latency_sent_p99",
	        "cpu_per_message", "eagain_per_message", NULL};
	json_t *array = json_array();

	for (size_t s = 0; s < count; s++) {
		json_t *step = json_object();

		pr_json_set(step, "workload", json_string(run->workloads[steps[s]].label));
		pr_json_set(step, "offered", json_real(rate_of(run, steps[s])));
		for (size_t m = 0; metrics[m] != NULL; m++)
			pr_json_set(step, metrics[m],
			            median_json(run, phase, steps[s], metrics[m]));
		pr_json_append(array, step);
	}
	return array;
}

/* "paced" or "paced,size=1024": what the labels of all steps have in common.  */
static char *common_label(const struct pr_run *run, const size_t *steps)
{
	const char *label = run->workloads[steps[0]].label;
	const char *rate = strstr(label, ",rate=");
	const char *rest = rate != NULL ? strchr(rate + 1, ',') : NULL;

	if (rate == NULL)
		return pr_strdup("paced");
	return pr_asprintf("%.*s%s", (int)(rate - label), label, rest != NULL ? rest : "");
}

static void put_knee(json_t *entry, struct curve *curve)
{
	size_t *all = pr_alloc((curve->blocks + 1) * sizeof(*all));
	struct pr_stats_interval interval = {0};
	double knee;
	bool found;

	for (size_t b = 0; b < curve->blocks; b++)
		all[b] = b;
	found = curve->blocks >= pr_stats_blocks_needed(0.95) &&
	        pr_stats_bootstrap(find_knee, curve, curve->blocks, RESAMPLES,
	                           pr_stats_seed(curve->arrived, curve->steps * curve->blocks),
	                           0.95, &interval);
	knee = find_knee(curve, all, curve->blocks);
	pr_json_set(entry, "knee", json_real(knee));
	pr_json_set(entry, "lo", pr_json_new_real(found ? interval.lo : NAN));
	pr_json_set(entry, "hi", pr_json_new_real(found ? interval.hi : NAN));
	pr_json_set(entry, "limit", json_string(limit_names[curve->limit]));
	free(all);
}

static json_t *phase_json(const struct pr_run *run, size_t phase, const size_t *steps, size_t count)
{
	size_t room = (count * (run->block_count + 1) + 1) * sizeof(double);
	double *offered = pr_alloc((count + 1) * sizeof(double));
	struct curve curve = {offered,          pr_alloc(room), pr_alloc(room), count,
	                      run->block_count, pr_alloc(room), pr_alloc(room), NO_LIMIT};
	json_t *entry = json_object();
	char *label = common_label(run, steps);

	for (size_t s = 0; s < count; s++)
		offered[s] = rate_of(run, steps[s]);
	fill_curve(&curve, run, phase, steps);
	pr_json_set(entry, "sweep", json_string(label));
	pr_json_set(entry, "phase", json_string(run->phases[phase].label));
	put_knee(entry, &curve);
	pr_json_set(entry, "blocks", json_integer((json_int_t)run->block_count));
	pr_json_set(entry, "steps", steps_json(run, phase, steps, count));
	free(offered);
	free(curve.arrived);
	free(curve.p99);
	free(curve.scratch);
	free(curve.step_p99);
	free(label);
	return entry;
}

static bool was_run(const struct pr_run *run, size_t phase, const size_t *steps, size_t count)
{
	for (size_t s = 0; s < count; s++)
		for (size_t b = 0; b < run->block_count; b++)
			if (isfinite(trial_metric(run, phase, steps[s], b, "throughput")))
				return true;
	return false;
}

json_t *pr_knee_json(const struct pr_run *run)
{
	size_t *steps = pr_alloc((run->workload_count + 1) * sizeof(*steps));
	json_t *array = json_array();
	bool lowest;

	for (size_t w = 0; w < run->workload_count; w++) {
		size_t count;

		if (!pr_knee_is_step(run, w, &lowest) || !lowest)
			continue;
		count = gather(run, w, steps);
		for (size_t p = 0; p < run->phase_count; p++)
			if (was_run(run, p, steps, count))
				pr_json_append(array, phase_json(run, p, steps, count));
	}
	free(steps);
	return array;
}
