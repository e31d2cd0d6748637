/* SPDX-License-Identifier: MIT */
/* analyzers/predecessor.c - what the slice before does to the slice after.  */
#include "analyzers/predecessor.h"

#include <math.h>
#include <stdlib.h>

#include "analyzers/stats.h"
#include "core/base/buf.h"
#include "core/base/json.h"

static double log_speed(const struct pr_run_sample *sample)
{
	return log(sample->messages / sample->elapsed_ns);
}

static double median_speed(const struct pr_run_sample *samples, size_t count)
{
	double *speeds = pr_alloc(count * sizeof(double)), median;

	for (size_t i = 0; i < count; i++)
		speeds[i] = log_speed(&samples[i]);
	median = pr_stats_median(speeds, count);
	free(speeds);
	return median;
}

/* Adds what the slices of one phase that followed predecessor differ from their own median.  */
static size_t add_phase(const struct pr_run_sample *samples, size_t count, size_t predecessor,
                        double *differences, size_t used)
{
	double median;

	if (count == 0 || samples[0].phase == predecessor)
		return used;
	median = median_speed(samples, count);
	for (size_t i = 0; i < count; i++)
		if (samples[i].predecessor == predecessor)
			differences[used++] = log_speed(&samples[i]) - median;
	return used;
}

/* The block's value; NaN when nothing followed predecessor.  */
static double block_value(const struct pr_run *run, size_t workload, size_t predecessor,
                          uint64_t block)
{
	double *differences = pr_alloc((run->sample_count + 1) * sizeof(double)), value;
	size_t used = 0, count;

	for (size_t p = 0; p < run->phase_count; p++) {
		const struct pr_run_sample *samples =
		        pr_run_samples(run, p, workload, block, &count);

		used = add_phase(samples, count, predecessor, differences, used);
	}
	value = used > 0 ? pr_stats_median(differences, used) : NAN;
	free(differences);
	return value;
}

static void add_entry(json_t *array, const struct pr_run *run, size_t workload, size_t predecessor)
{
	double *values = pr_alloc((run->block_count + 1) * sizeof(double));
	struct pr_stats_interval interval;
	json_t *entry;
	size_t n = 0;

	for (size_t i = 0; i < run->block_count; i++) {
		values[n] = block_value(run, workload, predecessor, run->blocks[i]);
		n += isfinite(values[n]);
	}
	if (n > 0) {
		bool found = pr_stats_hodges_lehmann(values, n, 0.95, &interval);

		entry = json_object();
		pr_json_set(entry, "workload", pr_json_new_string(run->workloads[workload].label));
		pr_json_set(entry, "predecessor", json_string(run->phases[predecessor].label));
		pr_json_set(entry, "effect", pr_json_new_real(expm1(interval.value)));
		pr_json_set(entry, "effect_lo", pr_json_new_real(found ? expm1(interval.lo) : NAN));
		pr_json_set(entry, "effect_hi", pr_json_new_real(found ? expm1(interval.hi) : NAN));
		pr_json_set(entry, "n", json_integer((json_int_t)n));
		pr_json_append(array, entry);
	}
	free(values);
}

json_t *pr_predecessor_json(const struct pr_run *run)
{
	json_t *array = json_array();

	for (size_t w = 0; w < run->workload_count; w++)
		for (size_t p = 0; p < run->phase_count; p++)
			add_entry(array, run, w, p);
	return array;
}
