/* SPDX-License-Identifier: MIT */
/* analyzers/rows_json.c - the rows of a comparison as JSON.  */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/rows_judge.h"
#include "core/base/buf.h"
#include "core/base/json.h"

static bool is_one_of(const char *name, const char *const *names)
{
	for (; *names != NULL; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

static json_t *side_json(const struct pr_side *side)
{
	json_t *object = json_object();

	pr_json_set(object, "value", pr_json_new_real(side->value));
	pr_json_set(object, "lo", pr_json_new_real(side->lo));
	pr_json_set(object, "hi", pr_json_new_real(side->hi));
	pr_json_set(object, "n", json_integer((json_int_t)side->n));
	return object;
}

/* Rows that say in another way what a table shows, and counts that are 0 on
 * both sides, stay out of it.  */
static bool belongs_in_table(const struct pr_row *row)
{
	static const char *const doubles[] = {"recv_calls", "recv_eagain", "latency_max", NULL};
	static const char *const mostly_zero[] = {"messages_lost",
	                                          "messages_reordered",
	                                          "messages_duplicated",
	                                          "held_bytes_peak",
	                                          "disconnects",
	                                          "stops",
	                                          NULL};
	const char *name = row->metric->name;

	if (is_one_of(name, doubles))
		return false;
	return !is_one_of(name, mostly_zero) || row->baseline.value > 0 || row->current.value > 0;
}

/* What stands beside the primary estimate.  */
static void add_beside(json_t *object, const struct pr_row *row)
{
	pr_json_set(object, "effect_median_lo", pr_json_new_real(row->median_lo));
	pr_json_set(object, "effect_median_hi", pr_json_new_real(row->median_hi));
	pr_json_set(object, "tomorrow_lo", pr_json_new_real(row->tomorrow_lo));
	pr_json_set(object, "tomorrow_hi", pr_json_new_real(row->tomorrow_hi));
	pr_json_set(object, "careful_lo", pr_json_new_real(row->careful_lo));
	pr_json_set(object, "careful_hi", pr_json_new_real(row->careful_hi));
	pr_json_set(object, "lag1", pr_json_new_real(row->series.lag1));
	pr_json_set(object, "lag1_p", pr_json_new_real(row->series.p));
	pr_json_set(object, "dependent", json_boolean(pr_rows_is_dependent(row)));
	pr_json_set(object, "delta", json_real(row->delta));
	pr_json_set(object, "floor", json_real(row->floor));
}

/* For a cell of a table; the caller frees.  */
static char *words_of(const struct pr_row *row)
{
	char *verdict, *both;
	const char *what;

	if (row->by_total)
		return pr_strdup("WORSE by total time");
	if (row->verdict == PR_VERDICT_VOID && isnan(row->baseline.value) &&
	    !isnan(row->current.value))
		return pr_strdup("no baseline");
	verdict = pr_verdict_short(&row->difference, row->verdict);
	what = row->design.depends          ? "run length"
	       : row->design.crowded        ? "the other phases"
	       : row->design.layout.depends ? "the build"
	                                    : NULL;
	if (what == NULL || row->verdict == PR_VERDICT_VOID)
		return verdict;
	both = pr_asprintf("%s, depends on %s", verdict, what);
	free(verdict);
	return both;
}

/* What kind of latency it is, in words; NULL: none.  */
static const char *quantity(const struct pr_rows *rows, const struct pr_row *row)
{
	const char *metric = row->metric->name;

	if (strncmp(metric, "latency_sent_", strlen("latency_sent_")) == 0)
		return "from the actual send";
	if (strncmp(metric, "latency_", strlen("latency_")) != 0)
		return NULL;
	return strcmp(rows->run->workloads[row->workload].name, "paced") == 0
	               ? "from the intended start"
	               : "service time";
}

static json_t *row_json(const struct pr_rows *rows, const struct pr_row *row)
{
	const struct pr_difference *d = &row->difference;
	char *words = words_of(row);
	json_t *object = json_object();

	pr_json_set(object, "workload", json_string(rows->run->workloads[row->workload].label));
	pr_json_set(object, "phase", json_string(rows->run->phases[row->phase].label));
	pr_json_set(object, "metric", json_string(row->metric->name));
	pr_json_set(object, "unit", json_string(row->metric->unit));
	if (quantity(rows, row) != NULL)
		pr_json_set(object, "quantity", json_string(quantity(rows, row)));
	pr_json_set(object, "direction", json_string(pr_metrics_direction(row->metric)));
	pr_json_set(object, "gating", json_boolean(row->gating));
	pr_json_set(object, "baseline", side_json(&row->baseline));
	pr_json_set(object, "current", side_json(&row->current));
	pr_json_set(object, "effect", pr_json_new_real(d->effect));
	pr_json_set(object, "effect_lo", pr_json_new_real(d->lo));
	pr_json_set(object, "effect_hi", pr_json_new_real(d->hi));
	pr_json_set(object, "effect_total", pr_json_new_real(row->total));
	pr_json_set(object, "effect_total_lo", pr_json_new_real(row->total_lo));
	pr_json_set(object, "effect_total_hi", pr_json_new_real(row->total_hi));
	pr_json_set(object, "total_p_adjusted",
	            isnan(row->total_p) ? json_null() : json_real(pr_rows_total_p_adjusted(row)));
	pr_json_set(object, "by_total", json_boolean(row->by_total));
	pr_json_set(object, "total_disagrees", json_boolean(pr_rows_total_disagrees(row)));
	pr_json_set(object, "pairs", json_integer((json_int_t)d->n));
	pr_json_set(object, "identical", json_boolean(d->identical));
	pr_json_set(object, "once", json_boolean(d->once));
	pr_json_set(object, "p", pr_json_new_real(d->p));
	pr_json_set(object, "p_adjusted", pr_json_new_real(d->p_adjusted));
	pr_json_set(object, "mde", pr_json_new_real(d->mde));
	add_beside(object, row);
	pr_design_add_json(object, row);
	pr_json_set(object, "verdict", json_string(pr_verdict_name(row->verdict)));
	pr_json_set(object, "note", pr_json_new_string(row->note));
	pr_json_set(object, "short", pr_json_new_string(words));
	pr_json_set(object, "in_table", json_boolean(belongs_in_table(row)));
	free(words);
	return object;
}

json_t *pr_rows_json(const struct pr_rows *rows)
{
	json_t *array = json_array();

	for (size_t i = 0; i < rows->count; i++)
		pr_json_append(array, row_json(rows, &rows->items[i]));
	return array;
}
