/* SPDX-License-Identifier: MIT */
/* analyzers/explain_causes.c - causes, and what each has to do with a difference.  */
#include "analyzers/explain_causes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/facts.h"
#include "analyzers/numbers.h"
#include "analyzers/share.h"
#include "core/base/buf.h"
#include "core/base/json.h"

/* The baseline of shares: the first phase, as compare takes it.  */
#define BASELINE 0

/* Causes of one phase under one workload, on their way into the document.  */
struct causes {
	const struct pr_run *run;
	const struct pr_prices *prices;
	size_t workload, phase;
	struct pr_estimate difference; /* ns per message against the baseline; NaN: none */
	struct pr_estimate explained;  /* the sum of all causes */
	json_t *items;                 /* array */
	struct pr_buf unpriced;        /* names of causes that were not counted */
};

/* ---- what was switched ----------------------------------------------------------------------- */

static bool same_library(const struct pr_run_phase *left, const struct pr_run_phase *right)
{
	const char *a = pr_json_text(left->library, "sha256");
	const char *b = pr_json_text(right->library, "sha256");

	return (a == NULL && b == NULL) || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* What the name of a preset stands for is in the other options.  */
static bool is_name(const char *key)
{
	return strcmp(key, "preset") == 0;
}

char *pr_explain_switched(const struct pr_run *run, size_t baseline, size_t phase)
{
	const struct pr_run_phase *old = &run->phases[baseline], *new = &run->phases[phase];
	const char *key, *switched = NULL;
	size_t count = 0;
	json_t *value;

	if (strcmp(old->engine, new->engine) != 0 || !same_library(old, new))
		return NULL;
	json_object_foreach((json_t *)new->options, key, value)
	{
		if (is_name(key) || strcmp(pr_json_text_or(old->options, key, ""),
		                           pr_json_text_or(new->options, key, "")) == 0)
			continue;
		switched = key;
		count++;
	}
	return count == 1 ? pr_asprintf("%s: %s, then %s", switched,
	                                pr_json_text_or(old->options, switched, ""),
	                                pr_json_text_or(new->options, switched, ""))
	                  : NULL;
}

/* ---- one cause ------------------------------------------------------------------------------- */

static void put_interval(json_t *object, const char *prefix, double value, double lo, double hi)
{
	char key[32];

	pr_json_set(object, prefix, pr_json_new_real(value));
	snprintf(key, sizeof(key), "%s_lo", prefix);
	pr_json_set(object, key, pr_json_new_real(lo));
	snprintf(key, sizeof(key), "%s_hi", prefix);
	pr_json_set(object, key, pr_json_new_real(hi));
}

static void put_estimate(json_t *object, const char *prefix, struct pr_estimate estimate)
{
	put_interval(object, prefix, estimate.value, estimate.value - PR_SHARE_Z * estimate.se,
	             estimate.value + PR_SHARE_Z * estimate.se);
}

/* "share" and "ns" with their intervals.  */
static void put_share(const struct causes *causes, json_t *object, struct pr_estimate cost)
{
	double share = NAN, lo = NAN, hi = NAN;

	if (!isnan(cost.value) && !isnan(causes->difference.se) &&
	    !pr_share_ratio(cost, causes->difference, &share, &lo, &hi))
		share = lo = hi = NAN;
	if (share == 0) /* also where it is -0 */
		share = lo = hi = 0;
	put_interval(object, "share", share, lo, hi);
	put_estimate(object, "ns", cost);
}

static json_t *begin_item(const struct causes *causes, const char *name, const char *question,
                          enum pr_cause_verdict verdict)
{
	json_t *object = json_object();

	pr_json_set(object, "name", json_string(name));
	pr_json_set(object, "question", json_string(question));
	pr_json_set(object, "workload",
	            json_string(causes->run->workloads[causes->workload].label));
	pr_json_set(object, "phase", json_string(causes->run->phases[causes->phase].label));
	pr_json_set(object, "verdict", json_string(pr_cause_verdict_name(verdict)));
	return object;
}

/* A cause that is not there need not be counted.  */
static void add_up(struct causes *causes, const char *name, enum pr_cause_verdict verdict,
                   struct pr_estimate cost)
{
	if (isnan(causes->difference.value))
		return;
	if (isnan(cost.value)) {
		if (verdict != PR_CAUSE_NO)
			pr_buf_printf(&causes->unpriced, "%s%s",
			              causes->unpriced.size > 0 ? ", " : "", name);
		return;
	}
	causes->explained.value += cost.value;
	causes->explained.se =
	        sqrt(causes->explained.se * causes->explained.se + cost.se * cost.se);
}

static struct pr_numbers signed_ns(double ns)
{
	return pr_numbers_tenths(ns, true);
}

/* Below this nothing is said of what a cause costs, ns per message.  */
#define WORTH_SAYING 0.05

static void put_evidence(const struct causes *causes, json_t *object, const char *evidence,
                         struct pr_estimate cost)
{
	if (!isnan(cost.value) && fabs(cost.value) >= WORTH_SAYING)
		pr_json_set(object, "evidence",
		            json_sprintf("%s At this host's prices that makes %s ns per "
		                         "message against %s.",
		                         evidence, signed_ns(cost.value).text,
		                         causes->run->phases[BASELINE].label));
	else
		pr_json_set(object, "evidence", pr_json_new_string(evidence));
}

static void add_cause(struct causes *causes, const struct pr_cause_ops *ops,
                      const struct pr_facts *facts)
{
	struct pr_estimate cost = {NAN, NAN};
	struct pr_cause_finding finding;
	json_t *object;

	pr_cause_judge(ops, &facts->seen, &finding);
	if (!isnan(causes->difference.value))
		cost = pr_share_cause(causes->run, ops, causes->prices, causes->workload, BASELINE,
		                      causes->phase);
	add_up(causes, ops->name, finding.verdict, cost);
	object = begin_item(causes, ops->name, ops->question, finding.verdict);
	put_share(causes, object, cost);
	put_evidence(causes, object, finding.evidence, cost);
	pr_json_append(causes->items, object);
	free(finding.evidence);
}

/* ---- what is left ---------------------------------------------------------------------------- */

static struct pr_estimate rest_of(const struct causes *causes)
{
	return (struct pr_estimate){causes->difference.value - causes->explained.value,
	                            sqrt(causes->difference.se * causes->difference.se +
	                                 causes->explained.se * causes->explained.se)};
}

/* The share of the rest is one minus that of the sum: both have the difference in them.  */
static void put_rest_share(const struct causes *causes, json_t *object)
{
	double share = NAN, lo = NAN, hi = NAN;

	if (!isnan(causes->difference.se) &&
	    pr_share_ratio(causes->explained, causes->difference, &share, &lo, &hi))
		put_interval(object, "share", 1 - share, 1 - hi, 1 - lo);
	else
		put_interval(object, "share", NAN, NAN, NAN);
	put_estimate(object, "ns", rest_of(causes));
}

static void say_rest(const struct causes *causes, double share, struct pr_buf *text)
{
	const char *base = causes->run->phases[BASELINE].label;

	if (isnan(causes->difference.se))
		pr_buf_printf(text,
		              "With fewer than 6 blocks the difference to %s has no interval, so "
		              "nothing has a share of it.",
		              base);
	else if (isnan(share))
		pr_buf_printf(text,
		              "The difference to %s, %s ns per message, is not told from 0: "
		              "there is nothing to explain.",
		              base, signed_ns(causes->difference.value).text);
	else
		pr_buf_printf(text,
		              "No counter explains %.0f %% of the difference to %s: %s of %s "
		              "ns per message.",
		              share * 100, base, signed_ns(rest_of(causes).value).text,
		              signed_ns(causes->difference.value).text);
	if (causes->unpriced.size > 0)
		pr_buf_printf(text, " What these cost is not known: %s.", causes->unpriced.text);
}

static void add_rest(struct causes *causes)
{
	json_t *object =
	        begin_item(causes, PR_EXPLAIN_REST,
	                   "What of the difference does no counter explain?", PR_CAUSE_CANNOT_TELL);
	struct pr_buf text;

	pr_buf_init(&text);
	put_rest_share(causes, object);
	say_rest(causes, pr_run_number(object, "share"), &text);
	pr_json_set(object, "evidence", pr_json_new_string(text.text));
	pr_json_append(causes->items, object);
	pr_buf_fini(&text);
}

/* ---- the difference -------------------------------------------------------------------------- */

static json_t *difference_json(const struct causes *causes)
{
	char *switched = pr_explain_switched(causes->run, BASELINE, causes->phase);
	double level = pr_share_level(causes->run, causes->workload, BASELINE);
	json_t *object = json_object();

	pr_json_set(object, "workload",
	            json_string(causes->run->workloads[causes->workload].label));
	pr_json_set(object, "phase", json_string(causes->run->phases[causes->phase].label));
	pr_json_set(object, "baseline", json_string(causes->run->phases[BASELINE].label));
	pr_json_set(object, "baseline_ns", pr_json_new_real(level));
	put_estimate(object, "ns", causes->difference);
	put_estimate(object, "explained_ns", causes->explained);
	pr_json_set(object, "switched", pr_json_new_string(switched));
	free(switched);
	return object;
}

/* ---- all of them ----------------------------------------------------------------------------- */

static double size_of(const json_t *item)
{
	double share = pr_run_number(item, "share");

	return isnan(share) ? -1 : fabs(share);
}

/* By share, the largest first; a stable sort of a dozen.  */
static void append_by_share(json_t *list, const json_t *items)
{
	size_t count = json_array_size(items);
	bool *taken = pr_alloc((count + 1) * sizeof(*taken));

	memset(taken, 0, (count + 1) * sizeof(*taken));
	for (size_t n = 0; n < count; n++) {
		size_t best = count;

		for (size_t i = 0; i < count; i++)
			if (!taken[i] &&
			    (best == count || size_of(json_array_get(items, i)) >
			                              size_of(json_array_get(items, best))))
				best = i;
		taken[best] = true;
		pr_json_append(list, json_incref(json_array_get(items, best)));
	}
	free(taken);
}

static void explain_phase(const struct pr_run *run, const struct pr_prices *prices, size_t workload,
                          size_t phase, json_t *explanation)
{
	struct causes causes = {.run = run,
	                        .prices = prices,
	                        .workload = workload,
	                        .phase = phase,
	                        .difference = {NAN, NAN},
	                        .items = json_array()};
	struct pr_facts facts;

	pr_buf_init(&causes.unpriced);
	if (phase != BASELINE)
		causes.difference = pr_share_difference(run, workload, BASELINE, phase);
	pr_facts_init(&facts, run, phase, workload);
	for (size_t i = 0; pr_causes[i] != NULL; i++)
		add_cause(&causes, pr_causes[i], &facts);
	pr_facts_fini(&facts);
	if (!isnan(causes.difference.value)) {
		add_rest(&causes);
		pr_json_append(json_object_get(explanation, "differences"),
		               difference_json(&causes));
	}
	append_by_share(json_object_get(explanation, "causes"), causes.items);
	json_decref(causes.items);
	pr_buf_fini(&causes.unpriced);
}

void pr_explain_causes(const struct pr_run *run, json_t *explanation)
{
	struct pr_prices prices = pr_prices_get(run);

	pr_json_set(explanation, "causes", json_array());
	pr_json_set(explanation, "differences", json_array());
	for (size_t w = 0; w < run->workload_count; w++)
		for (size_t p = 0; p < run->phase_count; p++)
			explain_phase(run, &prices, w, p, explanation);
}
