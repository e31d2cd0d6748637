/* SPDX-License-Identifier: MIT */
/* analyzers/pairs.c - one number per block: how two phases differ in it.  */
#include "analyzers/pairs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/stats.h"
#include "core/base/buf.h"

/* What is compared, as a logarithm; NaN when there is none.  */
static double log_value(enum pr_pairs_kind kind, double messages, double elapsed_ns, double cpu_ns)
{
	if (kind == PR_PAIRS_SPEED)
		return log(messages / elapsed_ns);
	return cpu_ns > 0 ? log(cpu_ns / messages) : NAN;
}

static double sample_value(enum pr_pairs_kind kind, const struct pr_run_sample *sample)
{
	if (kind == PR_PAIRS_CONTROL)
		return sample->control_ns > 0 ? log(sample->control_ns) : NAN;
	return log_value(kind, sample->messages, sample->elapsed_ns, sample->cpu_ns);
}

static double total_value(enum pr_pairs_kind kind, const struct pr_run_sample *samples,
                          size_t count)
{
	double messages = 0, elapsed_ns = 0, cpu_ns = 0;

	for (size_t i = 0; i < count; i++) {
		messages += samples[i].messages;
		elapsed_ns += samples[i].elapsed_ns;
		cpu_ns += samples[i].cpu_ns;
	}
	return log_value(kind, messages, elapsed_ns, cpu_ns);
}

/* The median over the slices that both have; NaN when there is none.  */
static double median_ratio(enum pr_pairs_kind kind, const struct pr_run_sample *base,
                           size_t base_count, const struct pr_run_sample *now, size_t now_count)
{
	double *ratios = pr_alloc((base_count + 1) * sizeof(double)), median;
	size_t count = 0, j = 0;

	for (size_t i = 0; i < base_count; i++) {
		double ratio;

		while (j < now_count && now[j].slice < base[i].slice)
			j++;
		if (j == now_count || now[j].slice != base[i].slice)
			continue;
		ratio = sample_value(kind, &now[j]) - sample_value(kind, &base[i]);
		if (isfinite(ratio))
			ratios[count++] = ratio;
	}
	median = count == 0 ? NAN : pr_stats_median(ratios, count);
	free(ratios);
	return median;
}

struct place {
	const struct pr_run *run;
	size_t workload, baseline, current;
	enum pr_pairs_kind kind;
	const char *metric;
	unsigned kinds; /* of slices */
};

static int by_slice(const void *left, const void *right)
{
	const struct pr_run_sample *a = left, *b = right;

	return a->slice < b->slice ? -1 : a->slice > b->slice;
}

/* The slices of the wanted kinds, in order; the caller frees.  */
static struct pr_run_sample *gather(const struct place *at, size_t phase, uint64_t block,
                                    size_t *count)
{
	struct pr_run_sample *all = pr_alloc(sizeof(*all));

	*count = 0;
	for (int kind = PR_RUN_COUNTED; kind <= PR_RUN_PAIR; kind++) {
		size_t found = 0;
		const struct pr_run_sample *samples = NULL;

		if (at->kinds & 1u << kind)
			samples = pr_run_samples_of(at->run, phase, at->workload, block,
			                            (enum pr_run_kind)kind, &found);
		if (found == 0)
			continue;
		all = pr_realloc(all, (*count + found) * sizeof(*all));
		memcpy(all + *count, samples, found * sizeof(*all));
		*count += found;
	}
	qsort(all, *count, sizeof(*all), by_slice);
	return all;
}

static void add_slices(struct pr_pairs *pairs, const struct place *at, uint64_t block)
{
	size_t base_count, now_count;
	struct pr_run_sample *base = gather(at, at->baseline, block, &base_count);
	struct pr_run_sample *now = gather(at, at->current, block, &now_count);
	double median = median_ratio(at->kind, base, base_count, now, now_count);

	if (!isnan(median)) {
		pairs->blocks[pairs->n] = block;
		pairs->d[pairs->n] = median;
		pairs->total[pairs->n] = total_value(at->kind, now, now_count) -
		                         total_value(at->kind, base, base_count);
		pairs->n++;
	}
	free(base);
	free(now);
}

static double trial_value(const struct place *at, size_t phase, uint64_t block)
{
	const struct pr_run_trial *trial = pr_run_find_trial(at->run, phase, at->workload, block);

	return trial != NULL && trial->good ? pr_run_metric(trial, at->metric) : NAN;
}

static void add_trials(struct pr_pairs *pairs, const struct place *at, uint64_t block)
{
	double base = trial_value(at, at->baseline, block);
	double now = trial_value(at, at->current, block);
	double d = at->kind == PR_PAIRS_LOG ? log(now / base) : now - base;

	if (!isfinite(d))
		return;
	pairs->blocks[pairs->n] = block;
	pairs->base[pairs->n] = base;
	pairs->d[pairs->n++] = d;
}

static bool is_from_slices(enum pr_pairs_kind kind)
{
	return kind == PR_PAIRS_SPEED || kind == PR_PAIRS_CPU || kind == PR_PAIRS_CONTROL;
}

static void init(struct pr_pairs *pairs, const struct place *at)
{
	const struct pr_run *run = at->run;
	bool slices = is_from_slices(at->kind);
	size_t room = (run->block_count + 1) * sizeof(double);

	*pairs = (struct pr_pairs){.d = pr_alloc(room),
	                           .base = slices ? NULL : pr_alloc(room),
	                           .total = slices ? pr_alloc(room) : NULL,
	                           .blocks = pr_alloc((run->block_count + 1) * sizeof(uint64_t))};
	for (size_t i = 0; i < run->block_count; i++) {
		if (slices)
			add_slices(pairs, at, run->blocks[i]);
		else
			add_trials(pairs, at, run->blocks[i]);
	}
}

void pr_pairs_init(struct pr_pairs *pairs, const struct pr_run *run, size_t workload,
                   size_t baseline, size_t current, enum pr_pairs_kind kind, const char *metric)
{
	struct place at = {run, workload, baseline, current, kind, metric, 1u << PR_RUN_COUNTED};

	init(pairs, &at);
}

void pr_pairs_init_of(struct pr_pairs *pairs, const struct pr_run *run, size_t workload,
                      size_t baseline, size_t current, enum pr_pairs_kind kind, unsigned kinds)
{
	struct place at = {run, workload, baseline, current, kind, NULL, kinds};

	init(pairs, &at);
}

void pr_pairs_fini(struct pr_pairs *pairs)
{
	free(pairs->d);
	free(pairs->base);
	free(pairs->total);
	free(pairs->blocks);
	memset(pairs, 0, sizeof(*pairs));
}

/* ---- one phase alone ------------------------------------------------------------------------- */

static double median_value(enum pr_pairs_kind kind, const struct pr_run_sample *samples,
                           size_t count)
{
	double *values = pr_alloc((count + 1) * sizeof(double)), median;
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		double value = sample_value(kind, &samples[i]);

		if (isfinite(value))
			values[kept++] = value;
	}
	median = kept == 0 ? NAN : pr_stats_median(values, kept);
	free(values);
	return median;
}

static void add_side(struct pr_pairs_side *side, const struct place *at, uint64_t block)
{
	const struct pr_run_sample *samples;
	double value;
	size_t count;

	if (side->totals == NULL) {
		value = trial_value(at, at->current, block);
		value = at->kind == PR_PAIRS_LOG ? log(value) : value;
	} else {
		samples = pr_run_samples(at->run, at->current, at->workload, block, &count);
		value = median_value(at->kind, samples, count);
		side->totals[side->n] = total_value(at->kind, samples, count);
	}
	if (isfinite(value))
		side->values[side->n++] = value;
}

void pr_pairs_side_init(struct pr_pairs_side *side, const struct pr_run *run, size_t workload,
                        size_t phase, enum pr_pairs_kind kind, const char *metric)
{
	struct place at = {run, workload, phase, phase, kind, metric, 1u << PR_RUN_COUNTED};
	bool slices = is_from_slices(kind);
	size_t room = (run->block_count + 1) * sizeof(double);

	*side = (struct pr_pairs_side){.values = pr_alloc(room),
	                               .totals = slices ? pr_alloc(room) : NULL};
	for (size_t i = 0; i < run->block_count; i++)
		add_side(side, &at, run->blocks[i]);
}

void pr_pairs_side_fini(struct pr_pairs_side *side)
{
	free(side->values);
	free(side->totals);
	memset(side, 0, sizeof(*side));
}
