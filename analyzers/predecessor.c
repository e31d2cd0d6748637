/* SPDX-License-Identifier: MIT */
/* analyzers/predecessor.c - what the slice before does to the slice after.  */
#include "analyzers/predecessor.h"

#include <math.h>
#include <stdlib.h>

#include "analyzers/stats.h"
#include "core/base/buf.h"
#include "core/base/json.h"

/* What is looked at: slices as they count, or with the heads that were left out.  */
struct place {
	const struct pr_run *run;
	size_t workload, predecessor;
	bool with_heads;
};

static double log_speed(const struct place *at, const struct pr_run_sample *sample)
{
	if (at->with_heads)
		return log((sample->head_messages + sample->messages) /
		           (sample->head_elapsed_ns + sample->elapsed_ns));
	return log(sample->messages / sample->elapsed_ns);
}

static double median_speed(const struct place *at, const struct pr_run_sample *samples,
                           size_t count)
{
	double *speeds = pr_alloc(count * sizeof(double)), median;

	for (size_t i = 0; i < count; i++)
		speeds[i] = log_speed(at, &samples[i]);
	median = pr_stats_median(speeds, count);
	free(speeds);
	return median;
}

/* Adds what the slices of one phase that followed predecessor differ from their own median.  */
static size_t add_phase(const struct place *at, const struct pr_run_sample *samples, size_t count,
                        double *differences, size_t used)
{
	double median;

	if (count == 0 || samples[0].phase == at->predecessor)
		return used;
	median = median_speed(at, samples, count);
	for (size_t i = 0; i < count; i++)
		if (samples[i].predecessor == at->predecessor)
			differences[used++] = log_speed(at, &samples[i]) - median;
	return used;
}

/* The block's value; NaN when nothing followed predecessor.  */
static double block_value(const struct place *at, uint64_t block)
{
	double *differences = pr_alloc((at->run->sample_count + 1) * sizeof(double)), value;
	size_t used = 0, count;

	for (size_t p = 0; p < at->run->phase_count; p++) {
		const struct pr_run_sample *samples =
		        pr_run_samples(at->run, p, at->workload, block, &count);

		used = add_phase(at, samples, count, differences, used);
	}
	value = used > 0 ? pr_stats_median(differences, used) : NAN;
	free(differences);
	return value;
}

/* The estimate over blocks; how many there are.  lo and hi are NaN when there are too few.  p: that
 * there is no effect; may be NULL.  */
static size_t estimate(const struct place *at, struct pr_stats_interval *interval, double *p)
{
	double *values = pr_alloc((at->run->block_count + 1) * sizeof(double));
	size_t n = 0;

	for (size_t i = 0; i < at->run->block_count; i++) {
		values[n] = block_value(at, at->run->blocks[i]);
		n += isfinite(values[n]);
	}
	if (n > 0 && !pr_stats_hodges_lehmann(values, n, 0.95, interval))
		interval->lo = interval->hi = NAN;
	if (p != NULL)
		*p = n > 0 ? pr_stats_signed_rank_p(values, n) : NAN;
	free(values);
	return n;
}

static bool has_heads(const struct pr_run *run, size_t workload)
{
	for (size_t i = 0; i < run->sample_count; i++)
		if (run->samples[i].workload == workload && run->samples[i].head_messages > 0)
			return true;
	return false;
}

static void add_entry(json_t *array, const struct pr_run *run, size_t workload, size_t predecessor)
{
	struct place at = {run, workload, predecessor, false};
	struct pr_stats_interval interval;
	double p;
	size_t n = estimate(&at, &interval, &p);
	json_t *entry;

	if (n == 0)
		return;
	entry = json_object();
	pr_json_set(entry, "workload", pr_json_new_string(run->workloads[workload].label));
	pr_json_set(entry, "predecessor", json_string(run->phases[predecessor].label));
	pr_json_set(entry, "effect", pr_json_new_real(expm1(interval.value)));
	pr_json_set(entry, "effect_lo", pr_json_new_real(expm1(interval.lo)));
	pr_json_set(entry, "effect_hi", pr_json_new_real(expm1(interval.hi)));
	pr_json_set(entry, "n", json_integer((json_int_t)n));
	pr_json_set(entry, "p_adjusted", pr_json_new_real(p));
	at.with_heads = true;
	if (has_heads(run, workload) && estimate(&at, &interval, NULL) > 0) {
		pr_json_set(entry, "with_heads", pr_json_new_real(expm1(interval.value)));
		pr_json_set(entry, "with_heads_lo", pr_json_new_real(expm1(interval.lo)));
		pr_json_set(entry, "with_heads_hi", pr_json_new_real(expm1(interval.hi)));
	}
	pr_json_append(array, entry);
}

/* ---- heads --------------------------------------------------------------------------------- */

/* What a message of the head costs more than one behind it: the median over the slices of a block.
 */
static double head_cost(const struct pr_run *run, size_t workload, size_t phase, uint64_t block)
{
	size_t count, used = 0;
	const struct pr_run_sample *samples = pr_run_samples(run, phase, workload, block, &count);
	double *costs = pr_alloc((count + 1) * sizeof(double)), median;

	for (size_t i = 0; i < count; i++)
		if (samples[i].head_messages > 0)
			costs[used++] = log(samples[i].head_elapsed_ns / samples[i].head_messages) -
			                log(samples[i].elapsed_ns / samples[i].messages);
	median = used > 0 ? pr_stats_median(costs, used) : NAN;
	free(costs);
	return median;
}

static void add_head(json_t *array, const struct pr_run *run, size_t workload, size_t phase)
{
	double *values = pr_alloc((run->block_count + 1) * sizeof(double));
	struct pr_stats_interval interval;
	json_t *entry;
	size_t n = 0;

	for (size_t i = 0; i < run->block_count; i++) {
		values[n] = head_cost(run, workload, phase, run->blocks[i]);
		n += isfinite(values[n]);
	}
	if (n > 0) {
		if (!pr_stats_hodges_lehmann(values, n, 0.95, &interval))
			interval.lo = interval.hi = NAN;
		entry = json_object();
		pr_json_set(entry, "workload", pr_json_new_string(run->workloads[workload].label));
		pr_json_set(entry, "phase", json_string(run->phases[phase].label));
		pr_json_set(entry, "cost", pr_json_new_real(expm1(interval.value)));
		pr_json_set(entry, "cost_lo", pr_json_new_real(expm1(interval.lo)));
		pr_json_set(entry, "cost_hi", pr_json_new_real(expm1(interval.hi)));
		pr_json_set(entry, "n", json_integer((json_int_t)n));
		pr_json_append(array, entry);
	}
	free(values);
}

json_t *pr_predecessor_heads_json(const struct pr_run *run)
{
	json_t *array = json_array();

	for (size_t w = 0; w < run->workload_count; w++)
		for (size_t p = 0; p < run->phase_count; p++)
			add_head(array, run, w, p);
	return array;
}

/* One test for each phase and workload.  */
static void correct(json_t *array)
{
	size_t count = json_array_size(array), i;
	double *p = pr_alloc((count + 1) * sizeof(double));
	json_t *entry;

	json_array_foreach(array, i, entry)
	{
		p[i] = pr_run_number(entry, "p_adjusted");
	}
	pr_stats_holm(p, count);
	json_array_foreach(array, i, entry)
	{
		pr_json_set(entry, "p_adjusted", pr_json_new_real(p[i]));
	}
	free(p);
}

json_t *pr_predecessor_json(const struct pr_run *run)
{
	json_t *array = json_array();

	for (size_t w = 0; w < run->workload_count; w++)
		for (size_t p = 0; p < run->phase_count; p++)
			add_entry(array, run, w, p);
	correct(array);
	return array;
}
