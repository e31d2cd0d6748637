/* SPDX-License-Identifier: MIT */
/* analyzers/floor.c - what comparing a build with itself showed on this host.  */
#include "analyzers/floor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/floor_store.h"
#include "analyzers/host.h"
#include "analyzers/numbers.h"
#include "analyzers/stats.h"
#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/metrics.h"

struct pr_floor {
	bool fixed; /* value is the floor of everything */
	double value;
	char *path;      /* NULL: the host is not known */
	json_t *history; /* executions that count */
	json_t *lines;   /* all executions in the file; NULL when fixed */
};

/* ---- reading --------------------------------------------------------------------------------- */

static void keep_fitting(struct pr_floor *floor, json_t *lines, size_t blocks)
{
	size_t i;
	json_t *line;

	floor->lines = json_incref(lines);
	json_array_foreach(lines, i, line)
	{
		if (json_integer_value(json_object_get(line, "blocks")) <= (json_int_t)blocks)
			pr_json_append(floor->history, json_incref(line));
	}
}

enum pr_err pr_floor_load(const char *dir, const struct pr_run *run, struct pr_floor **floor,
                          struct pr_error *why)
{
	char *path = NULL;
	json_t *lines = NULL;
	enum pr_err err = pr_floor_store_path(dir, run, &path, NULL);

	*floor = NULL;
	if (err == PR_OK)
		err = pr_floor_store_read(path, &lines, why);
	else
		lines = json_array(); /* no home, or a host that is not described */
	if (path == NULL || err == PR_OK) {
		*floor = pr_alloc(sizeof(**floor));
		**floor = (struct pr_floor){.path = path, .history = json_array()};
		keep_fitting(*floor, lines, run->block_count);
		path = NULL;
		err = PR_OK;
	}
	json_decref(lines);
	free(path);
	return err;
}

struct pr_floor *pr_floor_create_fixed(double value)
{
	struct pr_floor *floor = pr_alloc(sizeof(*floor));

	*floor = (struct pr_floor){.fixed = true, .value = value, .history = json_array()};
	return floor;
}

struct pr_floor *pr_floor_for(const struct pr_run *run, double given, struct pr_error *warning)
{
	struct pr_floor *floor;
	enum pr_err err;

	warning->text[0] = '\0';
	if (!isnan(given))
		return pr_floor_create_fixed(given);
	err = pr_floor_load(NULL, run, &floor, warning);
	if (err != PR_OK)
		pr_error_prefix(warning, err, "the A/A executions are left out");
	return floor;
}

void pr_floor_destroy(struct pr_floor **floor)
{
	struct pr_floor *old = *floor;

	*floor = NULL;
	if (old == NULL)
		return;
	json_decref(old->history);
	json_decref(old->lines);
	free(old->path);
	free(old);
}

/* ---- what it says ---------------------------------------------------------------------------- */

/* The effects of one workload and metric, and the squares of their standard errors.  */
static size_t gather(const struct pr_floor *floor, const char *workload, const char *metric,
                     double *effects, double *squares)
{
	size_t count = 0, i, j;
	json_t *line, *entry;

	json_array_foreach(floor->history, i, line)
	{
		json_array_foreach(json_object_get(line, "effects"), j, entry)
		{
			const char *w = pr_json_text(entry, "workload");
			const char *m = pr_json_text(entry, "metric");
			double se = pr_run_number(entry, "se");

			if (strcmp(w, workload) != 0 || strcmp(m, metric) != 0)
				continue;
			effects[count] = pr_run_number(entry, "effect");
			squares[count++] = isnan(se) ? 0 : se * se;
			break;
		}
	}
	return count;
}

static double mean_of(const double *x, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i];
	return sum / (double)n;
}

static double between_of(const double *effects, const double *squares, size_t n)
{
	double mean = mean_of(effects, n), variance = 0;

	for (size_t i = 0; i < n; i++)
		variance += (effects[i] - mean) * (effects[i] - mean) / (double)(n - 1);
	return sqrt(fmax(0, variance - mean_of(squares, n)));
}

static struct pr_floor_fact measure(const struct pr_floor *floor, const char *workload,
                                    const char *metric)
{
	struct pr_floor_fact fact = {PR_FLOOR_DEFAULT, NAN, 0};
	const struct pr_metric *known = pr_metrics_find(metric);
	size_t room = json_array_size(floor->history) + 1;
	double *effects = pr_alloc(room * sizeof(double));
	double *squares = pr_alloc(room * sizeof(double));

	fact.executions = gather(floor, workload, metric, effects, squares);
	if (fact.executions >= PR_FLOOR_LEAST) {
		fact.between = between_of(effects, squares, fact.executions);
		for (size_t i = 0; i < fact.executions; i++)
			effects[i] = fabs(effects[i]);
		fact.floor = pr_stats_quantile(effects, fact.executions, 0.95);
		if (known != NULL && known->kind == PR_METRIC_TIMED)
			fact.floor = expm1(fact.floor);
	}
	free(effects);
	free(squares);
	return fact;
}

struct pr_floor_fact pr_floor_get(const struct pr_floor *floor, const char *workload,
                                  const char *metric)
{
	if (floor == NULL)
		return (struct pr_floor_fact){PR_FLOOR_DEFAULT, NAN, 0};
	if (floor->fixed)
		return (struct pr_floor_fact){floor->value, NAN, 0};
	return measure(floor, workload, metric);
}

/* blocks se^2 of one execution; NaN when it does not have the metric.  */
static double block_variance(const json_t *line, const char *workload, const char *metric)
{
	double blocks = pr_run_number(line, "blocks");
	json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(line, "effects"), i, entry)
	{
		double se = pr_run_number(entry, "se");

		if (strcmp(pr_json_text(entry, "workload"), workload) == 0 &&
		    strcmp(pr_json_text(entry, "metric"), metric) == 0)
			return blocks * se * se;
	}
	return NAN;
}

double pr_floor_block_sd(const struct pr_floor *floor, const char *workload, const char *metric,
                         size_t *executions)
{
	double sum = 0;
	json_t *line;
	size_t i;

	*executions = 0;
	if (floor == NULL)
		return NAN;
	json_array_foreach(floor->lines, i, line)
	{
		double variance = block_variance(line, workload, metric);

		if (isnan(variance))
			continue;
		sum += variance;
		++*executions;
	}
	return *executions > 0 ? sqrt(0.955 * sum / (double)*executions) : NAN;
}

size_t pr_floor_executions(const struct pr_floor *floor)
{
	return floor == NULL ? 0 : json_array_size(floor->history);
}

const char *pr_floor_path(const struct pr_floor *floor)
{
	return floor == NULL || pr_floor_executions(floor) == 0 ? NULL : floor->path;
}

char *pr_floor_source(const struct pr_floor *floor)
{
	size_t count = pr_floor_executions(floor),
	       all = floor == NULL ? 0 : json_array_size(floor->lines);

	if (floor != NULL && floor->fixed)
		return pr_asprintf("the floor is %s, as given",
		                   pr_numbers_percent(floor->value).text);
	if (count >= PR_FLOOR_LEAST)
		return pr_asprintf("the floor is what 95 of 100 comparisons of a build with itself "
		                   "stay below here, from %zu A/A executions (%s)",
		                   count, floor->path);
	return pr_asprintf("the floor is not known but taken as %s: %s%s of this host and plan "
	                   "are on record, at least %d are needed (proctor floor -h)",
	                   pr_numbers_percent(PR_FLOOR_DEFAULT).text,
	                   pr_numbers_plural((double)count, "A/A execution").text,
	                   all > count ? " of no more blocks" : "", PR_FLOOR_LEAST);
}
