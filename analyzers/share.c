/* SPDX-License-Identifier: MIT */
/* analyzers/share.c - how much of the difference between two phases a cause stands for.  */
#include "analyzers/share.h"

#include <math.h>
#include <stdlib.h>

#include "analyzers/facts.h"
#include "analyzers/pairs.h"
#include "analyzers/stats.h"
#include "core/base/buf.h"

/* From the 10th to the 90th percentile of a normal distribution, in SD.  */
#define P10_TO_P90 2.563103

struct pr_prices pr_prices_get(const struct pr_run *run)
{
	const json_t *calibration = json_object_get(run->json, "calibration");
	struct pr_prices prices;

	for (size_t i = 0; i < PR_COSTS; i++) {
		const json_t *price = json_object_get(calibration, pr_cost_names[i]);

		prices.of[i].value = pr_run_number(price, "ns");
		prices.of[i].se =
		        (pr_run_number(price, "hi") - pr_run_number(price, "lo")) / P10_TO_P90;
	}
	return prices;
}

bool pr_share_ratio(struct pr_estimate above, struct pr_estimate below, double *value, double *lo,
                    double *hi)
{
	double ratio = above.value / below.value, va = above.se * above.se;
	double vb = below.se * below.se, g, half;

	if (isnan(ratio) || isinf(ratio))
		return false;
	g = PR_SHARE_Z * PR_SHARE_Z * vb / (below.value * below.value);
	if (g >= 1)
		return false;
	*value = ratio;
	half = PR_SHARE_Z / fabs(below.value) / (1 - g) * sqrt(va * (1 - g) + ratio * ratio * vb);
	*lo = ratio / (1 - g) - half;
	*hi = ratio / (1 - g) + half;
	return true;
}

/* The estimate of n values, one of each block.  */
static struct pr_estimate estimate(const double *values, size_t n)
{
	struct pr_stats_interval interval;

	if (n == 0)
		return (struct pr_estimate){NAN, NAN};
	if (!pr_stats_hodges_lehmann(values, n, 0.95, &interval))
		return (struct pr_estimate){interval.value, NAN};
	return (struct pr_estimate){interval.value, (interval.hi - interval.lo) / (2 * PR_SHARE_Z)};
}

/* ---- the difference -------------------------------------------------------------------------- */

static double level_of(const struct pr_run *run, size_t workload, size_t phase, uint64_t block)
{
	return pr_run_metric(pr_run_find_trial(run, phase, workload, block), "cpu_per_message");
}

struct pr_estimate pr_share_difference(const struct pr_run *run, size_t workload, size_t baseline,
                                       size_t phase)
{
	struct pr_pairs pairs;
	struct pr_estimate result;
	double *ns;
	size_t n = 0;

	pr_pairs_init(&pairs, run, workload, baseline, phase, PR_PAIRS_CPU, NULL);
	ns = pr_alloc((pairs.n + 1) * sizeof(*ns));
	for (size_t i = 0; i < pairs.n; i++) {
		double level = level_of(run, workload, baseline, pairs.blocks[i]);

		if (!isnan(level))
			ns[n++] = level * expm1(pairs.d[i]);
	}
	result = estimate(ns, n);
	free(ns);
	pr_pairs_fini(&pairs);
	return result;
}

double pr_share_level(const struct pr_run *run, size_t workload, size_t phase)
{
	double *values = pr_alloc((run->block_count + 1) * sizeof(*values)), median = NAN;
	size_t n = 0;

	for (size_t i = 0; i < run->block_count; i++) {
		values[n] = level_of(run, workload, phase, run->blocks[i]);
		n += !isnan(values[n]);
	}
	if (n > 0)
		median = pr_stats_median(values, n);
	free(values);
	return median;
}

/* ---- a cause --------------------------------------------------------------------------------- */

static void level(const json_t **base, const json_t **phase)
{
	if (*base == NULL || *phase == NULL)
		*base = *phase = NULL;
}

/* A count is held against one of the same probe only.  */
static void level_probes(struct pr_facts *base, struct pr_facts *phase)
{
	level(&base->seen.hooks, &phase->seen.hooks);
	level(&base->seen.interpose, &phase->seen.interpose);
	level(&base->seen.perf, &phase->seen.perf);
	if (base->seen.hooks == NULL)
		base->seen.messages = phase->seen.messages = NAN;
}

static void judge_calls(const struct pr_cause_ops *cause, const struct pr_cause_facts *facts,
                        double *calls)
{
	struct pr_cause_finding finding;

	pr_cause_judge(cause, facts, &finding);
	free(finding.evidence);
	for (size_t i = 0; i < PR_COSTS; i++)
		calls[i] = finding.calls[i];
}

/* Calls per message by which phase exceeds baseline in one block.  */
static bool take_block(const struct pr_run *run, const struct pr_cause_ops *cause, size_t workload,
                       size_t baseline, size_t phase, uint64_t block, double *more)
{
	struct pr_facts old, new;
	double before[PR_COSTS], after[PR_COSTS];

	if (!pr_facts_init_block(&old, run, baseline, workload, block))
		return false;
	if (!pr_facts_init_block(&new, run, phase, workload, block)) {
		pr_facts_fini(&old);
		return false;
	}
	level_probes(&old, &new);
	judge_calls(cause, &old.seen, before);
	judge_calls(cause, &new.seen, after);
	pr_facts_fini(&old);
	pr_facts_fini(&new);
	for (size_t i = 0; i < PR_COSTS; i++)
		more[i] = after[i] - before[i];
	return true;
}

/* The price of calls in each of n blocks; counts and prices vary independently.  A price that is
 * not known makes the sum unknown where calls of its kind differ.  */
static struct pr_estimate price_calls(double (*more)[PR_COSTS], size_t n,
                                      const struct pr_prices *prices)
{
	double *ns = pr_alloc((n + 1) * sizeof(*ns)), from_prices = 0;
	struct pr_estimate result;
	bool any = false;

	for (size_t b = 0; b < n; b++)
		ns[b] = 0;
	for (size_t i = 0; i < PR_COSTS; i++) {
		double sum = 0;

		if (n == 0 || isnan(more[0][i]))
			continue;
		any = true;
		for (size_t b = 0; b < n; b++) {
			ns[b] += more[b][i] == 0 ? 0 : more[b][i] * prices->of[i].value;
			sum += more[b][i] / (double)n;
		}
		if (sum != 0)
			from_prices += sum * sum * prices->of[i].se * prices->of[i].se;
	}
	result = any ? estimate(ns, n) : (struct pr_estimate){NAN, NAN};
	if (any)
		result.se = sqrt(result.se * result.se + from_prices);
	free(ns);
	return result;
}

struct pr_estimate pr_share_cause(const struct pr_run *run, const struct pr_cause_ops *cause,
                                  const struct pr_prices *prices, size_t workload, size_t baseline,
                                  size_t phase)
{
	double(*more)[PR_COSTS] = pr_alloc((run->block_count + 1) * sizeof(*more));
	struct pr_estimate result;
	size_t n = 0;

	for (size_t i = 0; i < run->block_count; i++)
		n += take_block(run, cause, workload, baseline, phase, run->blocks[i], more[n]);
	result = price_calls(more, n, prices);
	free(more);
	return result;
}
