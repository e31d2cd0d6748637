/* SPDX-License-Identifier: MIT */
/* analyzers/advice.c - what this run speaks for.  */
#include "analyzers/advice.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/advice_option.h"
#include "analyzers/compare.h"
#include "analyzers/summary.h"
#include "analyzers/witness.h"
#include "core/base/buf.h"
#include "core/base/json.h"

const char *const pr_advice_rules[] = {
        "Correctness first: what loses, repeats or reorders messages, has connections closed or "
        "trials that failed is out.",
        "Then what decides: what is worse in a metric that decides, in any workload, is out.",
        "Then gains: of the others, what is surest to have the higher throughput, if it is better "
        "in anything that decides; else what there was before.",
        "What is inconclusive speaks for nothing, and prerequisites that this run did not verify "
        "are named.",
        NULL,
};

/* ---- options --------------------------------------------------------------------------------- */

/* What the original report left open.  */
static const struct {
	const char *name, *phase, *text, *prerequisites[3];
} reported[] = {
        {"A (conservative)",
         "baseline",
         "revert to the baseline, and correct the defects of the new code first",
         {NULL}},
        {"B (progressive)",
         "reactive-coalesced",
         "keep the proactor, correct its defects, then read on readiness and coalesce reads",
         {"property:backpressure", NULL}},
        {"C (pragmatic)",
         "true-proactor",
         "accept what it costs as the price of correct backpressure, and go on to other things",
         {"property:backpressure", NULL}},
};

#define REPORTED (sizeof(reported) / sizeof(reported[0]))

struct options {
	struct pr_claims_option *items;
	size_t count;
	bool are_phases; /* there are none: the phases stand for themselves */
};

static bool has_reported(const struct pr_run *run)
{
	for (size_t i = 0; i < REPORTED; i++)
		if (pr_run_find_phase(run, reported[i].phase) == PR_RUN_NONE)
			return false;
	return true;
}

static struct pr_claims_option reported_option(size_t index)
{
	json_t *prerequisites = json_array();

	for (size_t i = 0; reported[index].prerequisites[i] != NULL; i++)
		pr_json_append(prerequisites, json_string(reported[index].prerequisites[i]));
	return (struct pr_claims_option){.name = reported[index].name,
	                                 .phase = reported[index].phase,
	                                 .text = reported[index].text,
	                                 .prerequisites = prerequisites};
}

static void options_init(struct options *options, const struct pr_run *run,
                         const struct pr_claims *claims)
{
	size_t given = claims != NULL ? claims->option_count : 0;

	*options = (struct options){NULL, 0, false};
	options->items =
	        pr_alloc((run->phase_count + REPORTED + given + 1) * sizeof(*options->items));
	if (given > 0) {
		for (size_t i = 0; i < given; i++) {
			options->items[options->count] = claims->options[i];
			json_incref((json_t *)claims->options[i].prerequisites);
			options->count++;
		}
	} else if (has_reported(run)) {
		for (size_t i = 0; i < REPORTED; i++)
			options->items[options->count++] = reported_option(i);
	} else {
		options->are_phases = true;
		for (size_t p = 0; p < run->phase_count; p++)
			options->items[options->count++] = (struct pr_claims_option){
			        .name = run->phases[p].label, .phase = run->phases[p].label};
	}
}

static void options_fini(struct options *options)
{
	for (size_t i = 0; i < options->count; i++)
		json_decref((json_t *)options->items[i].prerequisites);
	free(options->items);
}

/* ---- the choice ------------------------------------------------------------------------------ */

static const struct pr_advice_option *choose(const struct pr_advice_option *weighed, size_t count,
                                             size_t baseline)
{
	const struct pr_advice_option *best = NULL, *before = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct pr_advice_option *one = &weighed[i];

		if (one->fate != PR_ADVICE_POSSIBLE)
			continue;
		if (one->phase == baseline)
			before = before == NULL ? one : before;
		else if (best == NULL || one->surely_gained > best->surely_gained)
			best = one;
	}
	return best != NULL ? best : before;
}

/* Whether any test came to an answer.  */
static bool is_decided(const struct pr_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++) {
		const struct pr_row *row = &rows->items[i];

		if (row->gating && row->difference.tests > 0 &&
		    row->verdict != PR_VERDICT_INCONCLUSIVE && row->verdict != PR_VERDICT_VOID)
			return true;
	}
	return false;
}

/* Takes text.  */
static void add_reason(json_t *reasons, char *text)
{
	pr_json_append(reasons, pr_json_new_string(text));
	free(text);
}

static void add_limits(json_t *reasons, const struct pr_run *run)
{
	json_t *limits = pr_witness_not_exercised(run);

	if (json_array_size(limits) > 0)
		add_reason(reasons,
		           pr_asprintf("This rests on what the run exercised, and it did not "
		                       "exercise everything. %s",
		                       json_string_value(json_array_get(limits, 0))));
	json_decref(limits);
}

static void add_unverified(json_t *reasons, const struct pr_advice_option *chosen)
{
	size_t i;
	json_t *item;

	json_array_foreach(chosen->unverified, i, item)
	{
		add_reason(reasons, pr_asprintf("Not verified by this run, but a prerequisite: %s.",
		                                json_string_value(item)));
	}
}

static void add_why(json_t *reasons, const struct pr_advice_option *chosen,
                    const struct options *options, const struct pr_rows *rows)
{
	if (chosen->phase != rows->baseline) {
		json_array_extend(reasons, chosen->reasons);
		add_reason(reasons, pr_strdup("No gating metric of it is worse in any workload."));
	} else {
		add_reason(reasons, pr_asprintf("No %s was shown to be better in a gating metric "
		                                "without being worse in another.",
		                                options->are_phases ? "phase" : "other option"));
	}
	add_unverified(reasons, chosen);
	add_limits(reasons, rows->run);
}

/* ---- json ------------------------------------------------------------------------------------ */

static json_t *option_json(const struct pr_advice_option *weighed)
{
	json_t *object = json_object();

	pr_json_set(object, "name", json_string(weighed->option->name));
	pr_json_set(object, "phase", json_string(weighed->option->phase));
	pr_json_set(object, "text", pr_json_new_string(weighed->option->text));
	pr_json_set(object, "fate", json_string(pr_advice_fate_name(weighed->fate)));
	pr_json_set(object, "reasons", json_incref(weighed->reasons));
	pr_json_set(object, "unverified", json_incref(weighed->unverified));
	return object;
}

static json_t *options_json(const struct pr_advice_option *weighed, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		pr_json_append(array, option_json(&weighed[i]));
	return array;
}

/* Fills "reasons"; what is recommended, or NULL.  */
static const struct pr_advice_option *advise(json_t *reasons, const struct pr_rows *rows,
                                             const struct options *options,
                                             const struct pr_advice_option *weighed)
{
	const struct pr_advice_option *chosen = choose(weighed, options->count, rows->baseline);

	if (pr_summary_status(rows) == PR_VOID) {
		add_reason(reasons, pr_strdup("Nothing could be compared."));
		return NULL;
	}
	if (!is_decided(rows)) {
		add_reason(reasons, pr_strdup("The run cannot tell the phases apart: no gating "
		                              "metric of any was decided."));
		return NULL;
	}
	if (chosen == NULL)
		add_reason(reasons, pr_strdup("No option is left: each is out, was not run, or was "
		                              "not shown to be better."));
	else
		add_why(reasons, chosen, options, rows);
	return chosen;
}

json_t *pr_advice_json(const struct pr_run *run, const struct pr_claims *claims,
                       const json_t *answers, const struct pr_floor *floor)
{
	struct pr_rows_opts opts = {.delta = PR_COMPARE_DELTA, .floor = floor};
	struct pr_rows *rows = pr_rows_create(run, 0, &opts);
	struct pr_advice_facts facts = {rows, answers};
	const struct pr_advice_option *chosen;
	struct pr_advice_option *weighed;
	struct options options;
	json_t *json = json_object(), *reasons = json_array();

	options_init(&options, run, claims);
	weighed = pr_alloc((options.count + 1) * sizeof(*weighed));
	for (size_t i = 0; i < options.count; i++)
		pr_advice_option_weigh(&weighed[i], &options.items[i], &facts);
	chosen = advise(reasons, rows, &options, weighed);
	pr_json_set(json, "option",
	            chosen != NULL ? json_string(chosen->option->name) : json_null());
	pr_json_set(json, "reasons", reasons);
	if (!options.are_phases) {
		pr_json_set(json, "phase",
		            chosen != NULL ? json_string(chosen->option->phase) : json_null());
		pr_json_set(json, "options", options_json(weighed, options.count));
	}
	for (size_t i = 0; i < options.count; i++)
		pr_advice_option_fini(&weighed[i]);
	free(weighed);
	options_fini(&options);
	pr_rows_destroy(&rows);
	return json;
}
