/* SPDX-License-Identifier: MIT */
/* analyzers/curve.c - reads and would-blocks per message along a swept option.  */
#include "analyzers/curve.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/counted.h"
#include "analyzers/numbers.h"
#include "analyzers/stats.h"
#include "core/base/buf.h"
#include "core/base/json.h"

/* Follows other options unless it is given; not what a curve is drawn against.  */
#define FOLLOWER "count"

/* A curve holds workloads by ascending value.  */
struct curve {
	const char *option;
	size_t *workloads;
	size_t count;
};

/* ---- which workloads make a curve ------------------------------------------------------------ */

/* Whether two workloads differ in this option and in no other.  */
static bool differ_in(const struct pr_run_workload *left, const struct pr_run_workload *right,
                      const char *option)
{
	const char *key;
	json_t *value;

	if (strcmp(left->name, right->name) != 0 ||
	    json_object_size(left->options) != json_object_size(right->options))
		return false;
	json_object_foreach((json_t *)left->options, key, value)
	{
		const json_t *other = json_object_get(right->options, key);
		bool same = json_equal(value, (json_t *)other) != 0;

		if (strcmp(key, option) == 0 ? same || !json_is_number(other)
		                             : !same && strcmp(key, FOLLOWER) != 0)
			return false;
	}
	return true;
}

static double value_of(const struct pr_run *run, size_t workload, const char *option)
{
	return pr_run_number(run->workloads[workload].options, option);
}

static void insert(const struct pr_run *run, struct curve *curve, size_t workload)
{
	double value = value_of(run, workload, curve->option);
	size_t at = curve->count++;

	for (; at > 0 && value_of(run, curve->workloads[at - 1], curve->option) > value; at--)
		curve->workloads[at] = curve->workloads[at - 1];
	curve->workloads[at] = workload;
}

/* The curve that begins with the first workload of the plan that is on it; false when this workload
 * is on an earlier one, or alone.  */
static bool gather(const struct pr_run *run, size_t first, struct curve *curve)
{
	curve->count = 0;
	insert(run, curve, first);
	for (size_t i = 0; i < run->workload_count; i++) {
		if (!differ_in(&run->workloads[first], &run->workloads[i], curve->option))
			continue;
		if (i < first)
			return false;
		insert(run, curve, i);
	}
	return curve->count > 1;
}

/* ---- points ---------------------------------------------------------------------------------- */

struct point {
	double messages, receives, would_blocks; /* NaN where nothing was counted */
	const char *probe;
	struct range {
		double lo, hi; /* NaN: not known */
	} reads, rate, found;  /* of what is below, by block */
};

static const struct range unknown = {NAN, NAN};

/* Below this many blocks there is no interval, here as everywhere.  */
#define BLOCKS_LEAST 6

#define RESAMPLES 2000

/* The counts of each block, and what of them is asked for.  */
struct blocks {
	double *messages, *receives, *would_blocks;
	size_t n;
	double (*what)(double messages, double receives, double would_blocks);
};

static double reads_of(double messages, double receives, double would_blocks)
{
	(void)would_blocks;
	return receives / messages;
}

static double rate_of(double messages, double receives, double would_blocks)
{
	(void)receives;
	return would_blocks / messages;
}

static double found_of(double messages, double receives, double would_blocks)
{
	(void)messages;
	return 1 - would_blocks / receives;
}

/* Sums over blocks, some of them several times: the blocks of a sum are not alike in size.  */
static double resampled(void *arg, const size_t *index, size_t n)
{
	const struct blocks *blocks = arg;
	double messages = 0, receives = 0, would_blocks = 0;

	for (size_t i = 0; i < n; i++) {
		messages += blocks->messages[index[i]];
		receives += blocks->receives[index[i]];
		would_blocks += blocks->would_blocks[index[i]];
	}
	return blocks->what(messages, receives, would_blocks);
}

static struct range range_of(struct blocks *blocks,
                             double (*what)(double messages, double receives, double would_blocks))
{
	struct pr_stats_interval interval;

	blocks->what = what;
	if (blocks->n < BLOCKS_LEAST ||
	    !pr_stats_bootstrap(resampled, blocks, blocks->n, RESAMPLES,
	                        pr_stats_seed(blocks->would_blocks, blocks->n), 0.95, &interval))
		return unknown;
	return (struct range){interval.lo, interval.hi};
}

static void gather_blocks(const struct pr_run *run, size_t phase, size_t workload,
                          struct blocks *blocks)
{
	for (size_t i = 0; i < run->block_count; i++) {
		const struct pr_run_trial *trial =
		        pr_run_find_trial(run, phase, workload, run->blocks[i]);
		struct pr_counts counts;

		if (trial == NULL || !trial->good || trial->hooks == NULL)
			continue;
		counts = pr_counts_from_hooks(trial->hooks);
		if (!(trial->messages > 0) || isnan(counts.receives) || isnan(counts.would_blocks))
			continue;
		blocks->messages[blocks->n] = trial->messages;
		blocks->receives[blocks->n] = counts.receives;
		blocks->would_blocks[blocks->n++] = counts.would_blocks;
	}
}

static void put_ranges(const struct pr_run *run, size_t phase, size_t workload, struct point *point)
{
	size_t size = (run->block_count + 1) * sizeof(double);
	struct blocks blocks = {.messages = pr_alloc(size),
	                        .receives = pr_alloc(size),
	                        .would_blocks = pr_alloc(size)};

	gather_blocks(run, phase, workload, &blocks);
	point->reads = range_of(&blocks, reads_of);
	point->rate = range_of(&blocks, rate_of);
	point->found = range_of(&blocks, found_of);
	free(blocks.messages);
	free(blocks.receives);
	free(blocks.would_blocks);
}

static struct point get_point(const struct pr_run *run, size_t phase, size_t workload, bool hooks)
{
	struct point point = {NAN, NAN, NAN, "hooks", unknown, unknown, unknown};
	struct pr_counted counted;
	struct pr_counts timed;

	if (hooks) {
		timed = pr_counts_timed(run, phase, workload, &point.messages);
		point.receives = timed.receives;
		point.would_blocks = timed.would_blocks;
		put_ranges(run, phase, workload, &point);
		return point;
	}
	counted = pr_counted_get(run, phase, workload);
	if (!counted.has_counts)
		return point;
	point.messages = counted.messages;
	point.receives = counted.counts.receives;
	point.would_blocks = counted.counts.would_blocks;
	point.probe = counted.watch != NULL ? counted.watch : "strace";
	return point;
}

static bool is_counted(const struct point *point)
{
	return point->messages > 0 && !isnan(point->receives) && !isnan(point->would_blocks);
}

static double found_share(const struct point *point)
{
	return point->receives > 0 ? 1 - point->would_blocks / point->receives : NAN;
}

static json_t *real_or_null(double value)
{
	return isnan(value) ? json_null() : json_real(value);
}

/* KEY, KEY_lo and KEY_hi.  */
static void put_estimate(json_t *json, const char *key, double value, const struct range *range)
{
	char *lo = pr_asprintf("%s_lo", key), *hi = pr_asprintf("%s_hi", key);

	pr_json_set(json, key, real_or_null(value));
	pr_json_set(json, lo, real_or_null(range->lo));
	pr_json_set(json, hi, real_or_null(range->hi));
	free(lo);
	free(hi);
}

static json_t *point_json(const struct point *point)
{
	json_t *json = json_object();
	bool counted = is_counted(point);

	pr_json_set(json, "messages",
	            counted ? json_integer((json_int_t)point->messages) : json_null());
	put_estimate(json, "receives_per_message",
	             counted ? point->receives / point->messages : NAN, &point->reads);
	put_estimate(json, "would_blocks_per_message",
	             counted ? point->would_blocks / point->messages : NAN, &point->rate);
	put_estimate(json, "found_share", counted ? found_share(point) : NAN, &point->found);
	return json;
}

/* ---- words ----------------------------------------------------------------------------------- */

/* A share of reads that moves by less is the same.  */
#define SHARE_MOVES 0.1

/* Fewer would-blocks per message are strays.  */
#define HARDLY 0.01

/* A rate that falls to less than this part has fallen.  */
#define FALLS_TO 0.5

/* "0.50 [0.48, 0.52]", or the number alone; a new string.  */
static char *rate(const struct point *point)
{
	struct pr_numbers value =
	        pr_numbers_value(point->would_blocks / point->messages, "calls/msg");

	if (isnan(point->rate.lo) || point->rate.lo == point->rate.hi)
		return pr_strdup(value.text);
	return pr_asprintf("%s [%s, %s]", value.text,
	                   pr_numbers_value(point->rate.lo, "calls/msg").text,
	                   pr_numbers_value(point->rate.hi, "calls/msg").text);
}

/* Whether two intervals have nothing in common, or are not known.  */
static bool are_apart(const struct range *one, const struct range *two)
{
	return isnan(one->lo) || isnan(two->lo) || one->hi < two->lo || two->hi < one->lo;
}

static const char *reason(const struct point *from, const struct point *to)
{
	double before = from->would_blocks / from->messages,
	       after = to->would_blocks / to->messages;
	double share = found_share(to) - found_share(from);

	if (before < HARDLY && after < HARDLY)
		return "";
	if (fabs(share) > SHARE_MOVES && !are_apart(&from->found, &to->found))
		return ": how often its reads find data differs too much between blocks to tell "
		       "what moves";
	if (share > SHARE_MOVES)
		return ": its reads find data more often";
	if (share < -SHARE_MOVES)
		return ": its reads find data less often";
	if (after < before * FALLS_TO && are_apart(&from->rate, &to->rate))
		return ": fewer because messages come together; of the reads that are made, as "
		       "many fail as before";
	return "";
}

/* From the lowest to the highest value at which something was counted.  */
static char *make_text(const struct curve *curve, const double *values, const struct point *points)
{
	size_t first = 0, last = curve->count - 1;
	struct pr_numbers from, to;
	double most = 0;
	char *low, *high, *text;

	while (first < last && !is_counted(&points[first]))
		first++;
	while (last > first && !is_counted(&points[last]))
		last--;
	if (first == last)
		return pr_strdup("No probe counted its receives at two values or more.");
	for (size_t i = first; i <= last; i++)
		if (is_counted(&points[i]))
			most = fmax(most, points[i].would_blocks / points[i].messages);
	from = pr_numbers_count(values[first]);
	to = pr_numbers_count(values[last]);
	if (most == 0)
		return pr_asprintf("No would-block at any %s from %s to %s.", curve->option,
		                   from.text, to.text);
	if (most < HARDLY)
		return pr_asprintf("Hardly a would-block: at most %s per message at any %s.",
		                   pr_numbers_value(most, "calls/msg").text, curve->option);
	low = rate(&points[first]);
	high = rate(&points[last]);
	text = pr_asprintf(
	        "%s would-blocks per message at %s %s, %s at %s; of its reads %s and %s find "
	        "data%s.",
	        low, curve->option, from.text, high, to.text,
	        pr_numbers_percent(found_share(&points[first])).text,
	        pr_numbers_percent(found_share(&points[last])).text,
	        reason(&points[first], &points[last]));
	free(low);
	free(high);
	return text;
}

/* ---- the document ---------------------------------------------------------------------------- */

static json_t *phase_json(const struct pr_run *run, const struct curve *curve, size_t phase)
{
	struct point *points = pr_alloc(curve->count * sizeof(*points));
	double *values = pr_alloc(curve->count * sizeof(*values));
	bool hooks = run->phases[phase].has_hooks;
	const char *probe = NULL;
	json_t *json = json_object(), *array = json_array();
	char *text;

	for (size_t i = 0; i < curve->count; i++) {
		values[i] = value_of(run, curve->workloads[i], curve->option);
		points[i] = get_point(run, phase, curve->workloads[i], hooks);
		if (is_counted(&points[i]))
			probe = points[i].probe;
		pr_json_append(array, point_json(&points[i]));
	}
	text = make_text(curve, values, points);
	pr_json_set(json, "phase", json_string(run->phases[phase].label));
	pr_json_set(json, "probe", pr_json_new_string(probe));
	pr_json_set(json, "points", array);
	pr_json_set(json, "text", pr_json_new_string(text));
	free(text);
	free(values);
	free(points);
	return json;
}

/* The label of a workload without the option: "pingpong,size=1K,window=4" is "pingpong,size=1K".
 */
static char *make_title(const char *label, const char *option)
{
	char *key = pr_asprintf(",%s=", option);
	const char *found = strstr(label, key), *rest;
	char *title;

	if (found == NULL) {
		title = pr_strdup(label);
	} else {
		rest = found + strlen(key);
		rest += strcspn(rest, ",");
		title = pr_asprintf("%.*s%s", (int)(found - label), label, rest);
	}
	free(key);
	return title;
}

static json_t *curve_json(const struct pr_run *run, const struct curve *curve)
{
	const struct pr_run_workload *first = &run->workloads[curve->workloads[0]];
	json_t *json = json_object(), *values = json_array(), *labels = json_array(),
	       *phases = json_array();
	char *title = make_title(first->label, curve->option);

	for (size_t i = 0; i < curve->count; i++) {
		const struct pr_run_workload *workload = &run->workloads[curve->workloads[i]];

		pr_json_append(values,
		               json_incref(json_object_get(workload->options, curve->option)));
		pr_json_append(labels, json_string(workload->label));
	}
	for (size_t p = 0; p < run->phase_count; p++)
		pr_json_append(phases, phase_json(run, curve, p));
	pr_json_set(json, "title", pr_json_new_string(title));
	pr_json_set(json, "name", json_string(first->name));
	pr_json_set(json, "option", json_string(curve->option));
	pr_json_set(json, "values", values);
	pr_json_set(json, "workloads", labels);
	pr_json_set(json, "phases", phases);
	free(title);
	return json;
}

json_t *pr_curve_json(const struct pr_run *run)
{
	struct curve curve = {
	        .workloads = pr_alloc((run->workload_count + 1) * sizeof(*curve.workloads))};
	json_t *array = json_array(), *value;

	for (size_t w = 0; w < run->workload_count; w++) {
		json_object_foreach((json_t *)run->workloads[w].options, curve.option, value)
		{
			if (json_is_number(value) && strcmp(curve.option, FOLLOWER) != 0 &&
			    gather(run, w, &curve))
				pr_json_append(array, curve_json(run, &curve));
		}
	}
	free(curve.workloads);
	if (json_array_size(array) > 0)
		return array;
	json_decref(array);
	return NULL;
}
