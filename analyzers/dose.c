/* SPDX-License-Identifier: MIT */
/* analyzers/dose.c - what one call more costs, where it is made.  */
#include "analyzers/dose.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/counted.h"
#include "analyzers/numbers.h"
#include "analyzers/pairs.h"
#include "analyzers/stats.h"
#include "core/base/buf.h"
#include "core/base/json.h"

#define STEPS_MAX 16

/* Another phase that makes fewer such calls a message is told when it is at least so many.  */
#define FEWER_LEAST 0.1

enum metric { TIME, CPU, METRICS };

static const char *const metric_names[METRICS] = {"time", "cpu"};
static const char *const metric_words[METRICS] = {"time", "CPU time"};
static const enum pr_pairs_kind metric_kinds[METRICS] = {PR_PAIRS_SPEED, PR_PAIRS_CPU};

/* Phases that differ in dose-count alone, by rising count.  */
struct series {
	size_t phases[STEPS_MAX];
	double counts[STEPS_MAX];
	size_t count;
	size_t original; /* the phase without a dose; PR_RUN_NONE */
	const char *dose, *place;
};

/* One series in one workload, by one metric.  */
struct response {
	const struct pr_run *run;
	const struct series *series;
	size_t workload;
	enum metric metric;
	double *slopes, *bases;  /* by block; NaN in both where a phase is missing */
	double added[STEPS_MAX]; /* calls per message, over all blocks */
	double made;
};

double pr_dose_slope(const double *x, const double *y, size_t n)
{
	double mean_x = 0, mean_y = 0, xx = 0, xy = 0;

	for (size_t i = 0; i < n; i++) {
		mean_x += x[i] / (double)n;
		mean_y += y[i] / (double)n;
	}
	for (size_t i = 0; i < n; i++) {
		xx += (x[i] - mean_x) * (x[i] - mean_x);
		xy += (x[i] - mean_x) * (y[i] - mean_y);
	}
	return xx > 0 ? xy / xx : NAN;
}

/* ---- series ---------------------------------------------------------------------------------- */

static const char *option(const struct pr_run *run, size_t phase, const char *name)
{
	const char *value = pr_run_option(&run->phases[phase], name);

	return value != NULL ? value : "none";
}

static bool has_dose(const struct pr_run *run, size_t phase)
{
	return strcmp(option(run, phase, "dose"), "none") != 0;
}

static bool is_same_series(const struct pr_run *run, size_t left, size_t right)
{
	return has_dose(run, left) && has_dose(run, right) &&
	       strcmp(option(run, left, "dose"), option(run, right, "dose")) == 0 &&
	       strcmp(option(run, left, "dose-at"), option(run, right, "dose-at")) == 0 &&
	       pr_run_same_engine_options(&run->phases[left], &run->phases[right]);
}

static void add_step(struct series *series, size_t phase, double count)
{
	size_t at = series->count;

	if (series->count == STEPS_MAX)
		return;
	for (; at > 0 && series->counts[at - 1] > count; at--) {
		series->counts[at] = series->counts[at - 1];
		series->phases[at] = series->phases[at - 1];
	}
	series->counts[at] = count;
	series->phases[at] = phase;
	series->count++;
}

/* The series that begins with phase `first`; false when it is in one that began before, or alone.
 */
static bool find_series(const struct pr_run *run, size_t first, struct series *series)
{
	*series = (struct series){.original = PR_RUN_NONE};
	for (size_t i = 0; i < first; i++)
		if (is_same_series(run, i, first))
			return false;
	for (size_t i = first; i < run->phase_count; i++)
		if (is_same_series(run, first, i))
			add_step(series, i, strtod(option(run, i, "dose-count"), NULL));
	for (size_t i = 0; i < run->phase_count && series->original == PR_RUN_NONE; i++)
		if (!has_dose(run, i) &&
		    pr_run_same_engine_options(&run->phases[i], &run->phases[first]))
			series->original = i;
	series->dose = option(run, first, "dose");
	series->place = option(run, first, "dose-at");
	return series->count > 1 && series->counts[0] < series->counts[series->count - 1];
}

/* ---- times and counts ------------------------------------------------------------------------ */

/* ns per message of a block: the median of its slices; NaN when there is none.  */
static double block_ns(const struct pr_run *run, size_t phase, size_t workload, uint64_t block,
                       enum metric metric)
{
	size_t count;
	const struct pr_run_sample *samples = pr_run_samples(run, phase, workload, block, &count);
	double *values, median;

	if (count == 0)
		return NAN;
	values = pr_alloc(count * sizeof(*values));
	for (size_t i = 0; i < count; i++)
		values[i] = (metric == CPU ? samples[i].cpu_ns : samples[i].elapsed_ns) /
		            samples[i].messages;
	median = pr_stats_median(values, count);
	free(values);
	return median;
}

/* Calls added per message, counted over all blocks; where nobody counted, the dose itself.  */
static double added_calls(const struct pr_run *run, const struct series *series, size_t step,
                          size_t workload)
{
	double calls = 0, messages = 0;

	for (size_t b = 0; b < run->block_count; b++) {
		const struct pr_run_trial *trial =
		        pr_run_find_trial(run, series->phases[step], workload, run->blocks[b]);
		double dosed = trial != NULL ? pr_run_number(trial->interpose, "dosed") : NAN;

		if (trial == NULL || !trial->good || trial->interpose == NULL)
			continue;
		calls += isnan(dosed) ? 0 : dosed; /* a difference of 0 is left out */
		messages += trial->messages;
	}
	return messages > 0 ? calls / messages : series->counts[step];
}

static double member(const json_t *flat, const char *key)
{
	double value = pr_run_number(flat, key);

	return isnan(value) ? 0 : value;
}

/* Such calls per message that a phase makes itself; NaN when nobody counted them.  */
static double made_calls(const struct pr_run *run, size_t phase, size_t workload, const char *dose)
{
	const struct pr_run_trial *trial = NULL;
	struct pr_counted counted = pr_counted_get(run, phase, workload);

	if (strcmp(dose, "recv") == 0 && counted.has_counts)
		return counted.counts.would_blocks / counted.messages;
	if (strcmp(dose, "wakeup") == 0 && counted.has_counts)
		return counted.counts.wakeups / counted.messages;
	for (size_t b = 0; b < run->block_count; b++) {
		trial = pr_run_find_trial(run, phase, workload, run->blocks[b]);
		if (trial != NULL && trial->good && trial->interpose != NULL)
			break;
	}
	if (trial == NULL || !trial->good || trial->interpose == NULL)
		trial = pr_run_find_probe(run, phase, workload, "interpose");
	if (trial == NULL || !trial->good || trial->interpose == NULL)
		return NAN;
	if (strcmp(dose, "recv") == 0)
		return (member(trial->interpose, "recvfrom_eagain") +
		        member(trial->interpose, "recvmsg_eagain") +
		        member(trial->interpose, "readv_tcp_eagain") +
		        member(trial->interpose, "read_tcp_eagain")) /
		       trial->messages;
	if (strcmp(dose, "wakeup") == 0)
		return (member(trial->interpose, "write_eventfd") +
		        member(trial->interpose, "futex_wakes")) /
		       trial->messages;
	return (member(trial->interpose, "malloc_calls") +
	        member(trial->interpose, "calloc_calls") +
	        member(trial->interpose, "realloc_calls") +
	        member(trial->interpose, "aligned_calls")) /
	       trial->messages;
}

/* ---- one response ---------------------------------------------------------------------------- */

static void fit_blocks(struct response *response)
{
	const struct series *series = response->series;

	for (size_t b = 0; b < response->run->block_count; b++) {
		double times[STEPS_MAX];
		bool whole = true;

		for (size_t i = 0; i < series->count; i++) {
			times[i] = block_ns(response->run, series->phases[i], response->workload,
			                    response->run->blocks[b], response->metric);
			whole &= times[i] > 0;
		}
		response->slopes[b] =
		        whole ? pr_dose_slope(response->added, times, series->count) : NAN;
		response->bases[b] = whole ? times[0] : NAN;
	}
}

/* Hodges-Lehmann over the blocks that have a value; lo and hi NaN without an interval.  */
static struct pr_stats_interval over_blocks(const double *values, size_t count, size_t *used)
{
	struct pr_stats_interval interval = {.value = NAN, .lo = NAN, .hi = NAN};
	double *there = pr_alloc((count + 1) * sizeof(*there));
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		if (!isnan(values[i]))
			there[n++] = values[i];
	if (n > 0 && !pr_stats_hodges_lehmann(there, n, 0.95, &interval))
		interval.lo = interval.hi = NAN;
	if (used != NULL)
		*used = n;
	free(there);
	return interval;
}

/* The gain when so many calls per message went.  */
static struct pr_stats_interval foretell(const struct response *response, double calls)
{
	size_t count = response->run->block_count;
	double *gains = pr_alloc((count + 1) * sizeof(*gains));
	struct pr_stats_interval gain;

	for (size_t b = 0; b < count; b++)
		gains[b] = -response->slopes[b] * calls / response->bases[b];
	gain = over_blocks(gains, count, NULL);
	free(gains);
	return gain;
}

static void put_interval(json_t *object, const char *name, struct pr_stats_interval interval)
{
	char *lo = pr_asprintf("%s_lo", name), *hi = pr_asprintf("%s_hi", name);

	pr_json_set(object, name, pr_json_new_real(interval.value));
	pr_json_set(object, lo, pr_json_new_real(interval.lo));
	pr_json_set(object, hi, pr_json_new_real(interval.hi));
	free(lo);
	free(hi);
}

/* How a phase compares with another: a fraction, below 0 is less time.  */
static struct pr_stats_interval measure(const struct response *response, size_t base,
                                        size_t current)
{
	struct pr_stats_interval change = {.value = NAN, .lo = NAN, .hi = NAN};
	double sign = response->metric == TIME ? -1 : 1;
	struct pr_pairs pairs;

	pr_pairs_init(&pairs, response->run, response->workload, base, current,
	              metric_kinds[response->metric], NULL);
	for (size_t i = 0; i < pairs.n; i++)
		pairs.d[i] *= sign;
	change = over_blocks(pairs.d, pairs.n, NULL);
	pr_pairs_fini(&pairs);
	return (struct pr_stats_interval){
	        .value = expm1(change.value), .lo = expm1(change.lo), .hi = expm1(change.hi)};
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static json_t *points_json(const struct response *response)
{
	const struct series *series = response->series;
	json_t *array = json_array();

	for (size_t i = 0; i < series->count; i++) {
		struct pr_stats_interval change =
		        i == 0 ? (struct pr_stats_interval){0}
		               : measure(response, series->phases[0], series->phases[i]);
		json_t *point = json_object();

		pr_json_set(point, "phase",
		            json_string(response->run->phases[series->phases[i]].label));
		pr_json_set(point, "count", json_integer((json_int_t)series->counts[i]));
		pr_json_set(point, "added", pr_json_new_real(response->added[i]));
		pr_json_set(point, "ratio", pr_json_new_real(1 + change.value));
		pr_json_set(point, "lo", pr_json_new_real(1 + change.lo));
		pr_json_set(point, "hi", pr_json_new_real(1 + change.hi));
		pr_json_append(array, point);
	}
	return array;
}

/* A phase without a dose that makes fewer such calls.  */
static void add_beside(json_t *array, const struct response *response, size_t base, size_t other)
{
	const struct pr_run *run = response->run;
	double made = made_calls(run, other, response->workload, response->series->dose);
	struct pr_stats_interval measured;
	json_t *entry;

	if (has_dose(run, other) || other == response->series->original ||
	    strcmp(run->phases[other].engine, run->phases[base].engine) != 0 ||
	    !(response->made - made >= FEWER_LEAST))
		return;
	measured = measure(response, base, other);
	if (isnan(measured.value))
		return;
	entry = json_object();
	pr_json_set(entry, "phase", json_string(run->phases[other].label));
	pr_json_set(entry, "made", pr_json_new_real(made));
	put_interval(entry, "foretold", foretell(response, response->made - made));
	put_interval(entry, "measured", measured);
	pr_json_append(array, entry);
}

static json_t *beside_json(const struct response *response)
{
	const struct series *series = response->series;
	size_t base = series->original != PR_RUN_NONE ? series->original : series->phases[0];
	json_t *array = json_array();

	for (size_t i = 0; i < response->run->phase_count; i++)
		if (i != base)
			add_beside(array, response, base, i);
	return array;
}

static char *describe(const struct response *response, struct pr_stats_interval slope,
                      struct pr_stats_interval gain)
{
	static const struct {
		const char *dose, *words;
	} names[] = {{"recv", "read that finds nothing"},
	             {"wakeup", "wake-up"},
	             {"alloc", "allocation"}};
	const char *words = response->series->dose;
	struct pr_buf text;
	char *result;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i].dose, words) == 0)
			words = names[i].words;
	pr_buf_init(&text);
	pr_buf_printf(&text, "one %s more costs %.0f ns of %s per message", words, slope.value,
	              metric_words[response->metric]);
	if (!isnan(slope.lo))
		pr_buf_printf(&text, " [%.0f, %.0f]", slope.lo, slope.hi);
	if (response->made > 0) {
		pr_buf_printf(&text,
		              "; it makes %.2f of them a message, and without these the %s would "
		              "change by %s",
		              response->made, metric_words[response->metric],
		              pr_numbers_effect(gain.value, gain.lo, gain.hi).text);
	} else if (response->made == 0) {
		pr_buf_puts(&text, "; it makes none itself, so there is nothing to remove");
	}
	result = pr_strdup(text.text);
	pr_buf_fini(&text);
	return result;
}

static json_t *response_json(const struct response *response)
{
	const struct pr_run *run = response->run;
	const struct series *series = response->series;
	json_t *entry = json_object(), *phases = json_array();
	struct pr_stats_interval slope, gain;
	size_t blocks;
	char *text;

	slope = over_blocks(response->slopes, run->block_count, &blocks);
	gain = foretell(response, response->made);
	text = describe(response, slope, gain);
	for (size_t i = 0; i < series->count; i++)
		pr_json_append(phases, json_string(run->phases[series->phases[i]].label));
	pr_json_set(entry, "workload", json_string(run->workloads[response->workload].label));
	pr_json_set(entry, "phases", phases);
	pr_json_set(entry, "of",
	            pr_json_new_string(series->original != PR_RUN_NONE
	                                       ? run->phases[series->original].label
	                                       : NULL));
	pr_json_set(entry, "dose", json_string(series->dose));
	pr_json_set(entry, "place", json_string(series->place));
	pr_json_set(entry, "metric", json_string(metric_names[response->metric]));
	pr_json_set(entry, "blocks", json_integer((json_int_t)blocks));
	pr_json_set(entry, "slope_ns", pr_json_new_real(slope.value));
	pr_json_set(entry, "lo", pr_json_new_real(slope.lo));
	pr_json_set(entry, "hi", pr_json_new_real(slope.hi));
	pr_json_set(entry, "points", points_json(response));
	pr_json_set(entry, "made", pr_json_new_real(response->made));
	put_interval(entry, "gain", gain);
	pr_json_set(entry, "beside", beside_json(response));
	pr_json_set(entry, "text", pr_json_new_string(text));
	free(text);
	return entry;
}

/* Nothing when no block has all phases.  */
static void add_response(json_t *array, const struct pr_run *run, const struct series *series,
                         size_t workload, enum metric metric)
{
	size_t blocks = run->block_count, used;
	struct response response = {
	        .run = run, .series = series, .workload = workload, .metric = metric};

	response.slopes = pr_alloc((blocks + 1) * sizeof(double));
	response.bases = pr_alloc((blocks + 1) * sizeof(double));
	for (size_t i = 0; i < series->count; i++)
		response.added[i] = added_calls(run, series, i, workload);
	response.made = made_calls(
	        run, series->original != PR_RUN_NONE ? series->original : series->phases[0],
	        workload, series->dose);
	if (isnan(response.made))
		response.made = made_calls(run, series->phases[0], workload, series->dose);
	fit_blocks(&response);
	over_blocks(response.slopes, blocks, &used);
	if (used > 0)
		pr_json_append(array, response_json(&response));
	free(response.slopes);
	free(response.bases);
}

json_t *pr_dose_json(const struct pr_run *run)
{
	json_t *array = json_array();
	struct series series;

	for (size_t p = 0; p < run->phase_count; p++)
		for (size_t w = 0; has_dose(run, p) && w < run->workload_count; w++)
			for (int metric = TIME; find_series(run, p, &series) && metric < METRICS;
			     metric++)
				add_response(array, run, &series, w, (enum metric)metric);
	if (json_array_size(array) > 0)
		return array;
	json_decref(array);
	return NULL;
}
