/* SPDX-License-Identifier: MIT */
/* analyzers/slope.c - what a slice costs by itself, and what each of its messages costs.  */
#include "analyzers/slope.h"

#include <math.h>
#include <stdlib.h>

#include "analyzers/numbers.h"
#include "analyzers/stats.h"
#include "core/base/buf.h"
#include "core/base/json.h"

/* Lengths that are closer give no line.  */
#define LENGTHS_APART 2

/* t = a + b n.  */
struct line {
	double a, b;
};

/* The median number of messages and time of some slices; false when there are none.  */
static bool middle_of(const struct pr_run_sample *samples, size_t count, double *messages,
                      double *time_ns)
{
	double *values = pr_alloc((count + 1) * sizeof(double));

	for (size_t i = 0; i < count; i++)
		values[i] = samples[i].head_messages + samples[i].messages;
	*messages = count > 0 ? pr_stats_median(values, count) : NAN;
	for (size_t i = 0; i < count; i++)
		values[i] = samples[i].head_elapsed_ns + samples[i].elapsed_ns;
	*time_ns = count > 0 ? pr_stats_median(values, count) : NAN;
	free(values);
	return count > 0;
}

static bool find_line(const struct pr_run *run, size_t workload, size_t phase, uint64_t block,
                      struct line *line)
{
	double n1, t1, n2, t2;
	size_t count;
	const struct pr_run_sample *samples =
	        pr_run_samples_of(run, phase, workload, block, PR_RUN_COUNTED, &count);

	if (!middle_of(samples, count, &n1, &t1))
		return false;
	samples = pr_run_samples_of(run, phase, workload, block, PR_RUN_WHOLE, &count);
	if (!middle_of(samples, count, &n2, &t2) || n2 < LENGTHS_APART * n1)
		return false;
	line->b = (t2 - t1) / (n2 - n1);
	line->a = t1 - line->b * n1;
	return line->b > 0;
}

void pr_slope_init(struct pr_slope *slope)
{
	*slope = (struct pr_slope){NAN, NAN, NAN, NAN, NAN, 0};
}

void pr_slope_estimate(struct pr_slope *slope, const struct pr_run *run, size_t workload,
                       size_t baseline, size_t phase)
{
	double *d = pr_alloc(3 * (run->block_count + 1) * sizeof(double));
	double *a = d + run->block_count + 1, *base_a = a + run->block_count + 1;
	struct pr_stats_interval interval;

	pr_slope_init(slope);
	for (size_t i = 0; i < run->block_count; i++) {
		struct line base, now;

		if (!find_line(run, workload, baseline, run->blocks[i], &base) ||
		    !find_line(run, workload, phase, run->blocks[i], &now))
			continue;
		d[slope->n] = log(base.b / now.b);
		a[slope->n] = now.a;
		base_a[slope->n++] = base.a;
	}
	if (slope->n > 0) {
		bool found = pr_stats_hodges_lehmann(d, slope->n, 0.95, &interval);

		slope->effect = expm1(interval.value);
		slope->lo = found ? expm1(interval.lo) : NAN;
		slope->hi = found ? expm1(interval.hi) : NAN;
		slope->fixed_ns = pr_stats_median(a, slope->n);
		slope->base_fixed_ns = pr_stats_median(base_a, slope->n);
	}
	free(d);
}

char *pr_slope_text(const struct pr_slope *slope)
{
	if (slope->n == 0)
		return NULL;
	return pr_asprintf("messages alone, without what a slice costs by itself (%.3g \u00b5s, "
	                   "baseline %.3g \u00b5s), %s",
	                   slope->fixed_ns / 1000, slope->base_fixed_ns / 1000,
	                   pr_numbers_effect(slope->effect, slope->lo, slope->hi).text);
}

json_t *pr_slope_json(const struct pr_slope *slope)
{
	char *text = pr_slope_text(slope);
	json_t *json;

	if (text == NULL)
		return NULL;
	json = json_object();
	pr_json_set(json, "effect", pr_json_new_real(slope->effect));
	pr_json_set(json, "effect_lo", pr_json_new_real(slope->lo));
	pr_json_set(json, "effect_hi", pr_json_new_real(slope->hi));
	pr_json_set(json, "n", json_integer((json_int_t)slope->n));
	pr_json_set(json, "fixed_ns", json_real(slope->fixed_ns));
	pr_json_set(json, "baseline_fixed_ns", json_real(slope->base_fixed_ns));
	pr_json_set(json, "text", pr_json_new_string(text));
	free(text);
	return json;
}
