/* SPDX-License-Identifier: MIT */
/* analyzers/compare_knee_view.c - how much load each phase takes: sweeps of paced workloads.  */
#include <math.h>
#include <stdlib.h>

#include "analyzers/compare_view.h"
#include "analyzers/knee.h"
#include "analyzers/numbers.h"
#include "core/base/buf.h"

static double number(const json_t *object, const char *key)
{
	return pr_compare_view_number(object, key);
}

static const json_t *last_step(const json_t *knee)
{
	const json_t *steps = json_object_get(knee, "steps");

	return json_array_get(steps, json_array_size(steps) - 1);
}

/* "160 k", "below 5,000" or "5.12 M and more".  */
static char *knee_text(const json_t *knee)
{
	double value = number(knee, "knee");
	const json_t *steps = json_object_get(knee, "steps");

	if (!(value > 0))
		return pr_asprintf(
		        "below %s",
		        pr_numbers_value(number(json_array_get(steps, 0), "offered"), "msg/s")
		                .text);
	if (value >= number(last_step(knee), "offered"))
		return pr_asprintf("%s and more", pr_numbers_value(value, "msg/s").text);
	return pr_strdup(pr_numbers_value(value, "msg/s").text);
}

static const char *limit_text(const json_t *knee)
{
	if (pr_compare_view_is(knee, "limit", "rate"))
		return "then it does not keep up";
	if (pr_compare_view_is(knee, "limit", "latency"))
		return "then p99 explodes";
	return "the sweep ends first";
}

static char *interval_text(const json_t *knee)
{
	if (isnan(number(knee, "lo")))
		return pr_strdup("no interval: too few blocks");
	return pr_asprintf("[%s, %s]", pr_numbers_value(number(knee, "lo"), "msg/s").text,
	                   pr_numbers_value(number(knee, "hi"), "msg/s").text);
}

static void add_knee(struct pr_view_table *table, const json_t *knee)
{
	char *value = knee_text(knee), *interval = interval_text(knee);

	pr_view_cell(table, PR_VIEW_PLAIN, pr_json_text(knee, "phase"), NULL, NULL, NULL);
	pr_view_cell(table, PR_VIEW_PLAIN, value, NULL, NULL, NULL);
	pr_view_cell(table, PR_VIEW_PLAIN, interval, NULL, NULL, NULL);
	pr_view_cell(table, PR_VIEW_PLAIN, limit_text(knee), NULL, NULL, NULL);
	free(value);
	free(interval);
}

static struct pr_view_table *add_knees_table(struct pr_view *view, const char *sweep)
{
	char *title = pr_asprintf("%s: the knee, messages a second", sweep);
	struct pr_view_table *table = pr_view_add_table(view, title, 1);

	table->dense = true;
	pr_view_column(table, "PHASE", false);
	pr_view_column(table, "KNEE", false);
	pr_view_column(table, "95 %", false);
	pr_view_column(table, "WHY THERE", false);
	free(title);
	return table;
}

static void add_value(struct pr_view_table *table, const json_t *step, const char *key,
                      const char *unit)
{
	pr_view_cell(table, PR_VIEW_PLAIN, pr_numbers_value(number(step, key), unit).text, NULL,
	             NULL, NULL);
}

static void add_curve(struct pr_view *view, const json_t *knee)
{
	char *title = pr_asprintf("%s: %s by offered load", pr_json_text(knee, "sweep"),
	                          pr_json_text(knee, "phase"));
	struct pr_view_table *table = pr_view_add_table(view, title, 1);
	size_t i;
	json_t *step;

	table->dense = true;
	pr_view_column(table, "OFFERED", true);
	pr_view_column(table, "ARRIVED", true);
	pr_view_column(table, "P50", true);
	pr_view_column(table, "P99", true);
	pr_view_column(table, "P50 UNCORRECTED", true);
	pr_view_column(table, "P99 UNCORRECTED", true);
	json_array_foreach(json_object_get(knee, "steps"), i, step)
	{
		add_value(table, step, "offered", "msg/s");
		add_value(table, step, "throughput", "msg/s");
		add_value(table, step, "latency_p50", "ns");
		add_value(table, step, "latency_p99", "ns");
		add_value(table, step, "latency_sent_p50", "ns");
		add_value(table, step, "latency_sent_p99", "ns");
	}
	free(title);
}

void pr_compare_view_knees(struct pr_view *view, const json_t *comparison)
{
	const json_t *knees = json_object_get(comparison, "knees");
	struct pr_view_table *table = NULL;
	const char *sweep = NULL;
	size_t i;
	json_t *knee;

	json_array_foreach((json_t *)knees, i, knee)
	{
		if (sweep == NULL || !pr_compare_view_is(knee, "sweep", sweep)) {
			sweep = pr_json_text(knee, "sweep");
			table = add_knees_table(view, sweep);
		}
		add_knee(table, knee);
	}
	json_array_foreach((json_t *)knees, i, knee)
	{
		add_curve(view, knee);
	}
	if (json_array_size(knees) > 0)
		pr_view_add(
		        view, PR_VIEW_NOTE,
		        "The knee is the highest offered load up to which at least %.0f %% of it "
		        "arrives and at which p99 is at most %.0f times the median of the lower "
		        "loads, by the medians of the "
		        "blocks. Latency counts from the intended start; uncorrected, from the "
		        "actual send, which hides stalls. A dash: not measured, because less than "
		        "half of a lower load arrived, or too few samples.",
		        100 * PR_KNEE_SHARE, PR_KNEE_FACTOR);
}
