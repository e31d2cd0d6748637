/* SPDX-License-Identifier: MIT */
/* harness/predict.c - what a plan will take and what it will be able to see.  */
#include "harness/predict.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/floor.h"
#include "analyzers/numbers.h"
#include "analyzers/pairs.h"
#include "analyzers/rows.h"
#include "analyzers/stats.h"
#include "core/base/buf.h"
#include "core/base/json.h"
#include "harness/cpus.h"
#include "harness/env.h"
#include "harness/progress.h"
#include "harness/spread.h"

/* 2.80 s / sqrt(n) / sqrt(0.955), as in stats.h.  */
#define POWER_80        2.80
#define RANK_EFFICIENCY 0.955

#define ALPHA 0.05

/* Told when it is wrong by more.  */
#define FACTOR_TOLD 2

/* ---- tests and blocks ---------------------------------------------------------------- */

/* Rows that decide (analyzers/rows.h): speed and CPU time of each workload, the median latency of
 * those that have it.  */
static size_t count_tests(const struct pr_plan *plan, const struct pr_plan_phase *phase)
{
	size_t tests = 0;

	for (size_t i = 0; i < plan->workload_count; i++) {
		const struct pr_plan_workload *workload = &plan->workloads[i];

		if (pr_plan_carries(&plan->phases[0], workload) && pr_plan_carries(phase, workload))
			tests += workload->ops->has_latency ? 3 : 2;
	}
	return tests;
}

static size_t most_tests(const struct pr_plan *plan)
{
	size_t most = 0;

	for (size_t i = 1; i < plan->phase_count; i++) {
		size_t tests = count_tests(plan, &plan->phases[i]);

		most = tests > most ? tests : most;
	}
	return most;
}

uint64_t pr_predict_fit(uint64_t whole, double seconds, double block_s, double whole_s)
{
	double with = (seconds - (double)whole * whole_s) / block_s;
	double without = fmin(seconds / block_s, (double)whole - 1);

	/* With fewer blocks than that there are no slices of the whole length.  */
	return (uint64_t)fmax(1, with >= (double)whole ? with : without);
}

uint64_t pr_predict_blocks(const struct pr_plan *plan, double seconds)
{
	struct pr_plan one = *plan;
	double probes_s = pr_plan_predict_probes_s(plan) + pr_plan_predict_start_s(plan);
	double block_s, whole_s;

	one.blocks = 1;
	one.whole = 1;
	whole_s = pr_plan_predict_s(&one) - probes_s;
	one.whole = 2; /* more than there are blocks: none */
	block_s = pr_plan_predict_s(&one) - probes_s;
	return pr_predict_fit(plan->whole, seconds - probes_s, block_s, whole_s - block_s);
}

/* ---- what can be detected ------------------------------------------------------------ */

/* As much of a run as the floor is found by: host, plan and workloads.  */
static struct pr_run imitate_run(const struct pr_plan *plan)
{
	struct pr_run run = {.dir = (char *)"", .json = json_object()};
	json_t *document = pr_plan_dump(plan);

	pr_json_set(run.json, "host", pr_env_host());
	pr_json_set(run.json, "plan", document);
	run.plan = document;
	run.workloads = pr_alloc((plan->workload_count + 1) * sizeof(*run.workloads));
	run.workload_count = plan->workload_count;
	for (size_t i = 0; i < plan->workload_count; i++) {
		const json_t *item = json_array_get(json_object_get(document, "workloads"), i);

		run.workloads[i] = (struct pr_run_workload){
		        .label = plan->workloads[i].label,
		        .name = plan->workloads[i].ops->name,
		        .options = json_object_get(item, "options"),
		};
	}
	return run;
}

static void free_imitation(struct pr_run *run)
{
	json_decref(run->json);
	free(run->workloads);
}

static bool is_one_cpu(const struct pr_plan *plan, const struct pr_plan_workload *workload)
{
	const char *pin =
	        workload->spec.pin == PR_PIN_PLAN ? plan->pin : pr_pin_names[workload->spec.pin];
	struct pr_error ignored;
	char *list = NULL;
	bool one = strcmp(pin, "one") == 0;

	if (!one && pr_cpus_resolve(pin, &list, &ignored) == PR_OK)
		one = strpbrk(list, ",-") == NULL;
	free(list);
	return one;
}

/* What is ordinary is known of the usual work, on one CPU: on several, and with other sizes, blocks
 * scatter by anything between 2 and 20 %, and nobody can tell before they are measured.  */
static double ordinary_sd(const struct pr_plan *plan, const struct pr_plan_workload *workload)
{
	bool usual = pr_link_same(&workload->spec.link, &workload->ops->defaults.link);

	return usual && is_one_cpu(plan, workload) ? workload->ops->guess_sd_one : 0;
}

static double detectable(double block_sd, uint64_t blocks)
{
	return expm1(POWER_80 * block_sd / sqrt((double)blocks * RANK_EFFICIENCY));
}

/* Earlier runs of the very plan are worth more than A/A executions, whose phases are alike.  */
#define RUNS_ENOUGH 3

/* Standard deviation of blocks, and what it rests on.  */
static double block_sd(const struct pr_floor *aa, const struct pr_floor *runs,
                       const struct pr_plan *plan, struct pr_predict_effect *effect)
{
	const char *label = effect->workload->label;
	double by_aa = pr_floor_block_sd(aa, label, "throughput", &effect->executions);
	double by_runs = pr_floor_block_sd(runs, label, "throughput", &effect->runs);

	if (effect->runs >= RUNS_ENOUGH || (effect->runs > 0 && effect->executions == 0)) {
		effect->executions = 0;
		return by_runs;
	}
	effect->runs = 0;
	return isnan(by_aa) ? ordinary_sd(plan, effect->workload) : by_aa;
}

static void predict_effects(const struct pr_plan *plan, struct pr_prediction *prediction)
{
	struct pr_run run = imitate_run(plan);
	struct pr_floor *floor = NULL, *runs = pr_spread_load(&run);
	struct pr_error ignored;

	if (pr_floor_load(NULL, &run, &floor, &ignored) != PR_OK)
		floor = NULL;
	for (size_t i = 0; i < plan->workload_count; i++) {
		const struct pr_plan_workload *workload = &plan->workloads[i];
		struct pr_predict_effect *effect = &prediction->effects[i];
		double sd;

		effect->workload = workload;
		sd = block_sd(floor, runs, plan, effect);
		effect->detectable = sd > 0 ? detectable(sd, plan->blocks) : NAN;
	}
	prediction->effect_count = plan->workload_count;
	pr_floor_destroy(&floor);
	pr_floor_destroy(&runs);
	free_imitation(&run);
}

void pr_predict(const struct pr_plan *plan, struct pr_prediction *prediction)
{
	memset(prediction, 0, sizeof(*prediction));
	prediction->seconds = pr_plan_predict_s(plan);
	prediction->tests = most_tests(plan);
	if (prediction->tests == 0)
		return;
	prediction->blocks_needed = pr_stats_blocks_for_holm(prediction->tests, ALPHA);
	predict_effects(plan, prediction);
}

json_t *pr_predict_dump(const struct pr_prediction *prediction)
{
	json_t *json = json_object(), *array = json_array();

	for (size_t i = 0; i < prediction->effect_count; i++) {
		const struct pr_predict_effect *effect = &prediction->effects[i];
		json_t *item = json_object();

		pr_json_set(item, "workload", json_string(effect->workload->label));
		pr_json_set(item, "metric", json_string("throughput"));
		pr_json_set(item, "effect", pr_json_new_real(effect->detectable));
		pr_json_set(item, "executions", json_integer((json_int_t)effect->executions));
		pr_json_set(item, "runs", json_integer((json_int_t)effect->runs));
		pr_json_append(array, item);
	}
	pr_json_set(json, "seconds", json_real(prediction->seconds));
	pr_json_set(json, "tests", json_integer((json_int_t)prediction->tests));
	pr_json_set(json, "blocks_needed", json_integer((json_int_t)prediction->blocks_needed));
	pr_json_set(json, "detectable", array);
	return json;
}

/* ---- before -------------------------------------------------------------------------- */

/* The least and the most of the workloads of one name and pin, and what the numbers rest on.  */
struct kind {
	const struct pr_plan_workload *first;
	double least, most;
	size_t workloads, unknown, executions, runs;
};

static void add_to_class(struct kind *kind, const struct pr_predict_effect *effect)
{
	kind->workloads++;
	if (isnan(effect->detectable)) {
		kind->unknown++;
		return;
	}
	kind->least = fmin(kind->least, effect->detectable);
	kind->most = fmax(kind->most, effect->detectable);
	if (effect->executions < kind->executions)
		kind->executions = effect->executions;
	if (effect->runs < kind->runs)
		kind->runs = effect->runs;
}

static void tell_class(const struct kind *kind)
{
	struct pr_buf text;

	pr_buf_init(&text);
	if (kind->workloads == kind->unknown)
		pr_buf_puts(&text, "not known");
	else if (kind->most > kind->least * 1.1)
		pr_buf_printf(&text, "%s to %s", pr_numbers_percent(kind->least).text,
		              pr_numbers_percent(kind->most).text);
	else
		pr_buf_puts(&text, pr_numbers_percent(kind->most).text);
	if (kind->workloads == kind->unknown)
		pr_buf_puts(&text, " before it is measured (this host has no earlier run of the "
		                   "plan)");
	else if (kind->runs > 0)
		pr_buf_printf(&text, " (from %s of this plan on this host)",
		              pr_numbers_plural((double)kind->runs, "earlier run").text);
	else if (kind->executions > 0)
		pr_buf_printf(&text, " (from %s of this host and plan)",
		              pr_numbers_plural((double)kind->executions, "A/A execution").text);
	else
		pr_buf_puts(&text, " (what is ordinary on an idle machine; this host has no "
		                   "earlier run of the plan)");
	fprintf(stderr, "proctor run: smallest change of %s%s%s that is likely to be seen: %s\n",
	        kind->first->ops->name, kind->first->spec.pin != PR_PIN_PLAN ? " with pin=" : "",
	        kind->first->spec.pin != PR_PIN_PLAN ? pr_pin_names[kind->first->spec.pin] : "",
	        text.text);
	pr_buf_fini(&text);
}

static bool is_class(const struct pr_plan_workload *one, const struct pr_plan_workload *two)
{
	return one->ops == two->ops && one->spec.pin == two->spec.pin;
}

/* One line for all workloads of a name and pin.  */
static void tell_effects(const struct pr_prediction *prediction)
{
	for (size_t i = 0; i < prediction->effect_count; i++) {
		const struct pr_plan_workload *workload = prediction->effects[i].workload;
		struct kind kind = {workload, INFINITY, 0, 0, 0, SIZE_MAX, SIZE_MAX};
		bool seen = false;

		for (size_t j = 0; j < prediction->effect_count; j++) {
			if (!is_class(prediction->effects[j].workload, workload))
				continue;
			seen |= j < i;
			add_to_class(&kind, &prediction->effects[j]);
		}
		if (!seen)
			tell_class(&kind);
	}
}

void pr_predict_tell(const struct pr_plan *plan, const struct pr_prediction *prediction, bool quiet)
{
	char time_text[PR_PROGRESS_TIME_SIZE];

	if (!quiet) {
		fprintf(stderr, "proctor run: %s will take about %s\n",
		        pr_numbers_plural((double)plan->blocks, "block").text,
		        pr_progress_time(prediction->seconds, time_text));
		tell_effects(prediction);
	}
	if (!quiet && plan->blocks < prediction->blocks_needed)
		fprintf(stderr,
		        "proctor run: warning: with %s no difference can pass the correction for "
		        "the %zu tests of a phase: give at least %zu\n",
		        pr_numbers_plural((double)plan->blocks, "block").text, prediction->tests,
		        prediction->blocks_needed);
}

/* ---- the pilot ----------------------------------------------------------------------- */

/* Blocks of the pilot, and the least that a run must have to have one.  */
#define PILOT_BLOCKS 4
#define PILOT_OF     8

/* The standard deviation of four normal values is, in 80 % of the cases, between these times what
 * was found: sqrt(3 / chi-square), with 3 degrees of freedom, at 0.9 and at 0.1.  */
#define PILOT_LEAST 0.693
#define PILOT_MOST  2.266

/* A block without which the others scatter by so much less is one that something hit.  Whether more
 * will be hit is not known.  */
#define PILOT_HIT 3

/* Standard deviation; NaN below 2.  */
static double deviation(const double *d, size_t n)
{
	double mean = 0, sum = 0;

	for (size_t i = 0; i < n; i++)
		mean += d[i] / (double)n;
	for (size_t i = 0; i < n; i++)
		sum += (d[i] - mean) * (d[i] - mean);
	return n > 1 ? sqrt(sum / (double)(n - 1)) : NAN;
}

/* The least that is left when one value is left out.  */
static double deviation_without_one(const double *d, size_t n)
{
	double rest[PILOT_BLOCKS], least = INFINITY;

	for (size_t out = 0; out < n; out++) {
		for (size_t i = 0; i + 1 < n; i++)
			rest[i] = d[i < out ? i : i + 1];
		least = fmin(least, deviation(rest, n - 1));
	}
	return least;
}

/* Of standard deviations.  */
struct pilot_range {
	double least, most;
};

void pr_predict_pilot_range(const double *d, size_t n, double *least, double *most)
{
	double all = deviation(d, n), rest;

	*least = PILOT_LEAST * all;
	*most = PILOT_MOST * all;
	if (n > PILOT_BLOCKS || n < 3)
		return;
	rest = deviation_without_one(d, n);
	if (rest * PILOT_HIT < all)
		*least = PILOT_LEAST * rest;
}

/* Of the log-ratios of the blocks so far, in the middle of the phases; NaN: not known.  */
static struct pilot_range pilot_range(const struct pr_run *run, const char *label)
{
	double *least = pr_alloc((run->phase_count + 1) * sizeof(double));
	double *most = pr_alloc((run->phase_count + 1) * sizeof(double));
	size_t workload = pr_run_find_workload(run, label), count = 0;
	struct pilot_range middle = {NAN, NAN};

	for (size_t p = 1; workload != PR_RUN_NONE && p < run->phase_count; p++) {
		struct pr_pairs pairs;

		pr_pairs_init(&pairs, run, workload, 0, p, PR_PAIRS_SPEED, NULL);
		pr_predict_pilot_range(pairs.d, pairs.n, &least[count], &most[count]);
		count += most[count] > 0;
		pr_pairs_fini(&pairs);
	}
	if (count > 0)
		middle = (struct pilot_range){pr_stats_median(least, count),
		                              pr_stats_median(most, count)};
	free(least);
	free(most);
	return middle;
}

/* What blocks scatter by, whichever phase is faster.  */
static char *pilot_text(const struct pr_prediction *prediction, const struct pr_run *run,
                        uint64_t blocks)
{
	struct pr_buf text;
	char *sentence = NULL;

	pr_buf_init(&text);
	for (size_t i = 0; i < prediction->effect_count; i++) {
		const struct pr_predict_effect *effect = &prediction->effects[i];
		struct pilot_range range = pilot_range(run, effect->workload->label);

		if (isnan(range.most) || effect->executions > 0 || effect->runs > 0)
			continue;
		pr_buf_printf(&text, "%s %s to %s in %s", text.size > 0 ? "," : "",
		              pr_numbers_percent(detectable(range.least, blocks)).text,
		              pr_numbers_percent(detectable(range.most, blocks)).text,
		              effect->workload->label);
	}
	if (text.size > 0)
		sentence = pr_asprintf("as the first %d blocks scatter, the smallest change that "
		                       "this run is likely to see is somewhere from%s",
		                       PILOT_BLOCKS, text.text);
	pr_buf_fini(&text);
	return sentence;
}

char *pr_predict_pilot(const struct pr_prediction *prediction, const char *dir, uint64_t done,
                       uint64_t blocks)
{
	struct pr_run *run = NULL;
	struct pr_error ignored;
	char *text;

	if (done != PILOT_BLOCKS || blocks < PILOT_OF || prediction->tests == 0 ||
	    pr_run_load(dir, &run, &ignored) != PR_OK)
		return NULL;
	text = pilot_text(prediction, run, blocks);
	pr_run_destroy(&run);
	return text;
}

/* ---- after --------------------------------------------------------------------------- */

static bool differs(double real, double predicted)
{
	return real > FACTOR_TOLD * predicted || predicted > FACTOR_TOLD * real;
}

/* The median over the phases of what a workload's rows could detect; NaN when there is none.  */
static double real_detectable(const struct pr_rows *rows, const char *label)
{
	double *values = pr_alloc((rows->count + 1) * sizeof(double));
	size_t workload = pr_run_find_workload(rows->run, label), count = 0;
	double middle;

	for (size_t i = 0; i < rows->count; i++) {
		const struct pr_row *row = &rows->items[i];

		if (row->workload == workload && strcmp(row->metric->name, "throughput") == 0 &&
		    !isnan(row->difference.mde))
			values[count++] = row->difference.mde;
	}
	middle = count > 0 ? pr_stats_quantile(values, count, 0.5) : NAN;
	free(values);
	return middle;
}

static void check_effects(const struct pr_prediction *prediction, const struct pr_rows *rows)
{
	for (size_t i = 0; i < prediction->effect_count; i++) {
		const struct pr_predict_effect *effect = &prediction->effects[i];
		double real = real_detectable(rows, effect->workload->label);

		if (isnan(real) ||
		    (!isnan(effect->detectable) && !differs(real, effect->detectable)))
			continue;
		if (isnan(effect->detectable)) {
			fprintf(stderr, "proctor run: %s: this run can see changes of %s\n",
			        effect->workload->label, pr_numbers_percent(real).text);
			continue;
		}
		fprintf(stderr,
		        "proctor run: %s: this run can see changes of %s, where %s was predicted\n",
		        effect->workload->label, pr_numbers_percent(real).text,
		        pr_numbers_percent(effect->detectable).text);
	}
}

void pr_predict_check(const struct pr_prediction *prediction, const char *dir, double seconds,
                      bool quiet)
{
	char took[PR_PROGRESS_TIME_SIZE], predicted[PR_PROGRESS_TIME_SIZE];
	struct pr_rows_opts opts = {.delta = 0.02};
	struct pr_run *run = NULL;
	struct pr_rows *rows;
	struct pr_error ignored;

	if (!quiet && differs(seconds, prediction->seconds))
		fprintf(stderr, "proctor run: it took %s, where %s was predicted\n",
		        pr_progress_time(seconds, took),
		        pr_progress_time(prediction->seconds, predicted));
	if (prediction->tests == 0 || pr_run_load(dir, &run, &ignored) != PR_OK)
		return;
	rows = pr_rows_create(run, 0, &opts);
	if (!quiet)
		check_effects(prediction, rows);
	pr_spread_note(run, rows);
	pr_rows_destroy(&rows);
	pr_run_destroy(&run);
}
