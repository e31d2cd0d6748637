/* SPDX-License-Identifier: MIT */
/* analyzers/claim_facts.c - what a run says about the number that a claim is about.
 *
 * Effects come from the rows of a comparison.  Counts of a whole trial can be added up over
 * workloads, as reports do that speak of "EAGAIN per run"; that is done here, block by block.  */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/claim.h"
#include "analyzers/compare.h"
#include "analyzers/rows_judge.h"
#include "analyzers/stats.h"

/* Whether a workload is the one of that name, size bytes long: its label, or its name.  */
static bool is_called(const struct pr_run *run, size_t workload, const char *name, size_t size)
{
	char *copy = pr_asprintf("%.*s", (int)size, name);
	size_t found = pr_run_find_workload(run, copy);
	bool is = found != PR_RUN_NONE ? found == workload
	                               : strcmp(run->workloads[workload].name, copy) == 0;

	free(copy);
	return is;
}

bool pr_claim_covers(const struct pr_claim *claim, const struct pr_run *run, size_t workload)
{
	const char *name = claim->workload;

	if (name == NULL)
		return true;
	for (;;) {
		size_t size = strcspn(name, "|");

		if (is_called(run, workload, name, size))
			return true;
		if (name[size] == '\0')
			return false;
		name += size + 1;
	}
}

bool pr_claim_adds_up(const struct pr_metric *metric)
{
	static const char *const names[] = {
	        "recv_calls",          "recv_eagain", "messages_lost", "messages_reordered",
	        "messages_duplicated", "disconnects", "stops",         NULL};

	for (size_t i = 0; metric != NULL && names[i] != NULL; i++)
		if (strcmp(names[i], metric->name) == 0)
			return true;
	return false;
}

static const struct pr_claim_measure nothing = {.value = NAN, .lo = NAN, .hi = NAN, .mde = NAN};

/* ---- one workload ---------------------------------------------------------------------------- */

static const struct pr_rows *rows_of(struct pr_claim_facts *facts, size_t baseline)
{
	struct pr_rows_opts opts = {.delta = PR_COMPARE_DELTA, .floor = facts->floor};

	if (facts->rows[baseline] == NULL)
		facts->rows[baseline] = pr_rows_create(facts->run, baseline, &opts);
	return facts->rows[baseline];
}

/* Executions differ more than blocks: the interval grows as that of 95 % does.  */
static void widen(struct pr_claim_measure *m, const struct pr_row *row)
{
	const struct pr_difference *d = &row->difference;
	double wide = row->tomorrow_hi - row->tomorrow_lo, narrow = d->hi - d->lo;

	if (isnan(wide) || !(narrow > 0) || wide <= narrow)
		return;
	m->lo = fmax(m->value - (m->value - m->lo) * wide / narrow, -1);
	m->hi = m->value + (m->hi - m->value) * wide / narrow;
}

static struct pr_claim_measure row_measure(const struct pr_rows *rows, const struct pr_row *row,
                                           double confidence)
{
	const struct pr_difference *d = &row->difference;
	struct pr_claim_measure m = nothing;

	m.n = d->n;
	m.value = d->effect;
	m.mde = d->mde;
	m.exact = d->identical || pr_rows_is_integrity(row->metric->name);
	m.once = d->once;
	m.measured = !isnan(d->effect);
	m.depends = row->design.depends;
	if (d->from_zero) {
		m.measured = true;
		m.exact |= d->negligible || d->raw == 0;
		m.value = d->negligible || d->raw == 0 ? 0 : copysign(INFINITY, d->raw);
	}
	if (m.exact || m.once) {
		m.lo = m.hi = m.value;
	} else if (pr_rows_interval(rows, row, confidence, &m.lo, &m.hi)) {
		if (d->hi > d->lo)
			m.mde *= fmax((m.hi - m.lo) / (d->hi - d->lo), 1);
		widen(&m, row);
		m.exact = row->metric->kind == PR_METRIC_COUNTED && m.lo == m.hi;
	}
	return m;
}

/* ---- sums over workloads --------------------------------------------------------------------- */

/* The sum of the claim's metric over the workloads that it covers, in one block (0: traced); NaN
 * when one of them is not there.  */
static double block_sum(const struct pr_claim *claim, const struct pr_run *run, size_t phase,
                        uint64_t block)
{
	double sum = NAN;

	for (size_t w = 0; w < run->workload_count; w++) {
		const struct pr_run_trial *trial;

		if (!pr_claim_covers(claim, run, w))
			continue;
		trial = pr_run_find_trial(run, phase, w, block);
		if (trial == NULL || !trial->good)
			return NAN;
		sum = (isnan(sum) ? 0 : sum) + pr_run_metric(trial, claim->metric->name);
	}
	return sum;
}

/* One value a block: the metric of a workload, or the sum over those that the claim covers.  */
static double block_value(const struct pr_claim *claim, const struct pr_run *run, size_t phase,
                          size_t workload, uint64_t block)
{
	const struct pr_run_trial *trial;

	if (workload == PR_RUN_NONE)
		return block_sum(claim, run, phase, block);
	trial = pr_run_find_trial(run, phase, workload, block);
	return trial != NULL && trial->good ? pr_run_metric(trial, claim->metric->name) : NAN;
}

static bool all_equal(const double *x, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (x[i] != x[0])
			return false;
	return n > 0;
}

static struct pr_claim_measure sum_effect(const struct pr_claim *claim,
                                          const struct pr_claim_facts *facts)
{
	const struct pr_run *run = facts->run;
	double *base = pr_alloc((run->block_count + 1) * sizeof(double));
	double *d = pr_alloc((run->block_count + 1) * sizeof(double));
	struct pr_stats_interval level = {0}, interval = {0};
	struct pr_claim_measure m = nothing;

	for (size_t i = 0; i < run->block_count; i++) {
		double b = block_sum(claim, run, facts->baseline, run->blocks[i]);
		double c = block_sum(claim, run, facts->phase, run->blocks[i]);

		if (!isfinite(b) || !isfinite(c))
			continue;
		base[m.n] = b;
		d[m.n++] = c - b;
	}
	if (m.n == 0) {
		base[0] = block_sum(claim, run, facts->baseline, 0);
		d[0] = block_sum(claim, run, facts->phase, 0) - base[0];
		m.once = isfinite(d[0]);
		m.n = m.once ? 1 : 0;
	}
	if (m.n > 0) {
		bool found;

		pr_stats_hodges_lehmann(base, m.n, 0.95, &level);
		found = pr_stats_hodges_lehmann(d, m.n, facts->confidence, &interval);
		m.measured = true;
		m.exact = !m.once && all_equal(d, m.n);
		m.value = level.value > 0       ? interval.value / level.value
		          : interval.value == 0 ? 0
		                                : copysign(INFINITY, interval.value);
		if (m.exact || m.once)
			m.lo = m.hi = m.value;
		else if (found && level.value > 0) {
			m.lo = interval.lo / level.value;
			m.hi = interval.hi / level.value;
			m.mde = fmax(pr_stats_detectable(d, m.n),
			             1.43 * (interval.hi - interval.lo) / 2) /
			        level.value;
			m.exact = m.lo == m.hi;
		}
	}
	free(base);
	free(d);
	return m;
}

/* ---- for the kinds --------------------------------------------------------------------------- */

struct pr_claim_measure pr_claim_effect(const struct pr_claim *claim, struct pr_claim_facts *facts,
                                        size_t workload)
{
	const struct pr_rows *rows;
	const struct pr_row *row;

	if (facts->phase == facts->baseline)
		return nothing;
	if (workload == PR_RUN_NONE)
		return sum_effect(claim, facts);
	rows = rows_of(facts, facts->baseline);
	row = pr_rows_find(rows, workload, facts->phase, claim->metric->name);
	return row == NULL || row->verdict == PR_VERDICT_VOID
	               ? nothing
	               : row_measure(rows, row, facts->confidence);
}

/* Lost messages of all trials, the failed ones too: that is where they are lost.  */
static struct pr_claim_measure total_side(const struct pr_claim *claim,
                                          const struct pr_claim_facts *facts, size_t phase,
                                          size_t workload)
{
	const struct pr_run *run = facts->run;
	struct pr_claim_measure m = nothing;

	for (size_t i = 0; i < run->trial_count; i++) {
		const struct pr_run_trial *trial = &run->trials[i];
		double value = pr_run_metric(trial, claim->metric->name);

		if (trial->phase != phase || isnan(value) ||
		    !(workload == PR_RUN_NONE ? pr_claim_covers(claim, run, trial->workload)
		                              : trial->workload == workload))
			continue;
		m.value = (m.measured ? m.value : 0) + value;
		m.measured = m.exact = true;
	}
	m.lo = m.hi = m.value;
	return m;
}

static struct pr_claim_measure callgrind_side(const struct pr_claim_facts *facts, size_t phase,
                                              size_t workload)
{
	const struct pr_run_trial *trial =
	        workload == PR_RUN_NONE ? NULL : pr_run_find_callgrind(facts->run, phase, workload);
	struct pr_claim_measure m = nothing;
	double messages =
	        trial != NULL && trial->good ? pr_run_number(trial->callgrind, "messages") : NAN;
	double count = messages > 0 ? pr_run_number(trial->callgrind, "instructions_1") : NAN;

	m.measured = m.once = isfinite(count);
	m.value = m.lo = m.hi = count / messages;
	return m;
}

struct pr_claim_measure pr_claim_side(const struct pr_claim *claim,
                                      const struct pr_claim_facts *facts, size_t phase,
                                      size_t workload)
{
	const struct pr_run *run = facts->run;
	struct pr_claim_measure m = nothing;
	struct pr_stats_interval interval = {0};
	double *values;

	if (pr_rows_is_integrity(claim->metric->name))
		return total_side(claim, facts, phase, workload);
	if (strcmp(claim->metric->name, "instructions_per_message") == 0)
		return callgrind_side(facts, phase, workload);
	values = pr_alloc((run->block_count + 1) * sizeof(double));
	for (size_t i = 0; i < run->block_count; i++) {
		double value = block_value(claim, run, phase, workload, run->blocks[i]);

		if (isfinite(value))
			values[m.n++] = value;
	}
	if (m.n == 0) {
		values[0] = block_value(claim, run, phase, workload, 0);
		m.once = isfinite(values[0]);
		m.n = m.once ? 1 : 0;
	}
	m.measured = m.n > 0;
	if (m.measured) {
		bool found = pr_stats_median_interval(values, m.n, facts->confidence, &interval);

		m.exact = claim->metric->kind == PR_METRIC_COUNTED && !m.once &&
		          all_equal(values, m.n);
		m.value = interval.value;
		m.lo = m.exact || m.once ? m.value : found ? interval.lo : NAN;
		m.hi = m.exact || m.once ? m.value : found ? interval.hi : NAN;
	}
	free(values);
	return m;
}
