/* SPDX-License-Identifier: MIT */
/* analyzers/compare_overview_view.c - many workloads at a glance: one line each.
 *
 * For each phase that is no floor a table of speed and cost against the baseline, one of latencies,
 * and one of what only a fan-in has.  Factors are new through old, with their 95 % intervals.  */
#include <math.h>
#include <stdlib.h>

#include "analyzers/compare_view.h"
#include "analyzers/numbers.h"
#include "core/base/buf.h"

/* ---- what to show --------------------------------------------------------------------------- */

static const json_t *find_limit(const json_t *comparison, const char *workload, const char *phase)
{
	size_t i;
	json_t *row;

	json_array_foreach(json_object_get(comparison, "limit"), i, row)
	{
		if ((workload == NULL || pr_compare_view_is(row, "workload", workload)) &&
		    pr_compare_view_is(row, "phase", phase))
			return row;
	}
	return NULL;
}

/* A floor is the limit of others and has none itself.  */
static bool is_floor(const json_t *comparison, const char *phase)
{
	size_t i;
	json_t *row;

	json_array_foreach(json_object_get(comparison, "limit"), i, row)
	{
		if (pr_compare_view_is(row, "limit_phase", phase))
			return find_limit(comparison, NULL, phase) == NULL;
	}
	return false;
}

static json_t *find(const json_t *comparison, const char *workload, const char *phase,
                    const char *metric)
{
	return pr_compare_view_find(json_object_get(comparison, "rows"), workload, phase, metric);
}

static double side(const json_t *row, const char *key)
{
	return pr_compare_view_number(json_object_get(row, key), "value");
}

/* Measured on both sides.  */
static bool is_compared(const json_t *row)
{
	return row != NULL && !isnan(side(row, "baseline")) && !isnan(side(row, "current"));
}

/* ---- cells ---------------------------------------------------------------------------------- */

static void add_text(struct pr_view_table *table, const char *text)
{
	pr_view_cell(table, PR_VIEW_PLAIN, text, NULL, NULL, NULL);
}

static void add_value(struct pr_view_table *table, const json_t *row, const char *key)
{
	add_text(table, pr_numbers_value(side(row, key), pr_json_text(row, "unit")).text);
}

static void add_factor(struct pr_view_table *table, const json_t *row)
{
	double effect = pr_compare_view_number(row, "effect");

	if (row == NULL) {
		add_text(table, pr_numbers_value(NAN, NULL).text);
		return;
	}
	pr_view_cell(table, pr_compare_view_tone(row),
	             isnan(effect)
	                     ? pr_numbers_value(NAN, NULL).text
	                     : pr_numbers_factor(effect, pr_compare_view_number(row, "effect_lo"),
	                                         pr_compare_view_number(row, "effect_hi"))
	                               .text,
	             NULL, NULL, NULL);
}

static void add_share(struct pr_view_table *table, const json_t *comparison, const char *workload,
                      const char *phase)
{
	const json_t *limit = find_limit(comparison, workload, phase);

	add_text(table, limit == NULL
	                        ? pr_numbers_value(NAN, NULL).text
	                        : pr_numbers_percent(pr_compare_view_number(limit, "share")).text);
}

/* ---- tables --------------------------------------------------------------------------------- */

struct overview {
	struct pr_view *view;
	const json_t *comparison;
	const char *baseline, *phase;
};

/* One table: which workloads have a row, its columns, its cells behind the label.  */
struct part {
	const char *title;
	const char *metric; /* a workload is shown when it is compared */
	void (*columns)(struct pr_view_table *table, const struct overview *overview);
	void (*cells)(struct pr_view_table *table, const struct overview *overview,
	              const char *workload);
};

static void speed_columns(struct pr_view_table *table, const struct overview *overview)
{
	pr_view_column(table, overview->baseline, true);
	pr_view_column(table, overview->phase, true);
	pr_view_column(table, "MSG/S", false);
	pr_view_column(table, "OF FLOOR", true);
	pr_view_column(table, "CPU/MSG", false);
	pr_view_column(table, "SPEED IS", false);
}

static void speed_cells(struct pr_view_table *table, const struct overview *overview,
                        const char *workload)
{
	const json_t *row = find(overview->comparison, workload, overview->phase, "throughput");
	const json_t *cpu =
	        find(overview->comparison, workload, overview->phase, "cpu_per_message");

	add_value(table, row, "baseline");
	add_value(table, row, "current");
	add_factor(table, row);
	add_share(table, overview->comparison, workload, overview->phase);
	add_factor(table, cpu);
	add_text(table, pr_json_text(row, "short"));
}

/* "P50 zmq" and "P50 core".  */
static void two_columns(struct pr_view_table *table, const struct overview *overview,
                        const char *name)
{
	const char *const phases[] = {overview->baseline, overview->phase};

	for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++) {
		char *text = pr_asprintf("%s %s", name, phases[i]);

		pr_view_column(table, text, true);
		free(text);
	}
}

static void latency_columns(struct pr_view_table *table, const struct overview *overview)
{
	two_columns(table, overview, "P50");
	pr_view_column(table, "P50", false);
	two_columns(table, overview, "P99");
	pr_view_column(table, "P99", false);
}

static void latency_cells(struct pr_view_table *table, const struct overview *overview,
                          const char *workload)
{
	static const char *const metrics[] = {"latency_p50", "latency_p99"};

	for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++) {
		const json_t *row =
		        find(overview->comparison, workload, overview->phase, metrics[i]);

		add_value(table, row, "baseline");
		add_value(table, row, "current");
		add_factor(table, row);
	}
}

static void fan_columns(struct pr_view_table *table, const struct overview *overview)
{
	two_columns(table, overview, "FAIR");
	two_columns(table, overview, "BYTES/CONN.");
}

static void fan_cells(struct pr_view_table *table, const struct overview *overview,
                      const char *workload)
{
	static const char *const metrics[] = {"fairness", "memory_per_connection"};

	for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++) {
		const json_t *row =
		        find(overview->comparison, workload, overview->phase, metrics[i]);

		add_value(table, row, "baseline");
		add_value(table, row, "current");
	}
}

static const struct part parts[] = {
        {"speed and cost", "throughput", speed_columns, speed_cells},
        {"latency (service time; of paced: from the intended start)", "latency_p50",
         latency_columns, latency_cells},
        {"many connections", "fairness", fan_columns, fan_cells},
};

/* What is offered is no result.  */
static bool is_paced(const struct overview *overview, const char *workload)
{
	return find(overview->comparison, workload, overview->phase, "rate_offered") != NULL;
}

static void add_part(const struct overview *overview, const struct part *part)
{
	struct pr_view_table *table = NULL;
	size_t i;
	json_t *workload;

	json_array_foreach(json_object_get(overview->comparison, "workloads"), i, workload)
	{
		const char *label = json_string_value(workload);

		if (!is_compared(
		            find(overview->comparison, label, overview->phase, part->metric)) ||
		    (part == &parts[0] && is_paced(overview, label)))
			continue;
		if (table == NULL) {
			char *title = pr_asprintf("%s against %s: %s", overview->phase,
			                          overview->baseline, part->title);

			table = pr_view_add_table(overview->view, title, 1);
			table->dense = true;
			pr_view_column(table, "WORKLOAD", false);
			part->columns(table, overview);
			free(title);
		}
		add_text(table, label);
		part->cells(table, overview, label);
	}
}

/* ---- the verdict ---------------------------------------------------------------------------- */

struct tally {
	size_t better, worse, same, unsure;
};

static void count_verdict(const json_t *row, struct tally *tally)
{
	if (pr_compare_view_is(row, "verdict", "improved"))
		tally->better++;
	else if (pr_compare_view_is(row, "verdict", "regressed"))
		tally->worse++;
	else if (pr_compare_view_is(row, "verdict", "equivalent") ||
	         pr_compare_view_is(row, "verdict", "changed-below-floor"))
		tally->same++;
	else
		tally->unsure++;
}

static void add_tally(const struct overview *overview)
{
	struct tally tally = {0};
	size_t i;
	json_t *row;

	json_array_foreach(json_object_get(overview->comparison, "rows"), i, row)
	{
		if (pr_compare_view_is(row, "phase", overview->phase) &&
		    pr_compare_view_is(row, "metric", "throughput") && is_compared(row) &&
		    !is_paced(overview, pr_json_text(row, "workload")))
			count_verdict(row, &tally);
	}
	if (tally.better + tally.worse + tally.same + tally.unsure == 0)
		return;
	pr_view_add(overview->view, PR_VIEW_LEAD,
	            "Throughput of %s against %s: better in %zu workloads, worse in %zu, the same "
	            "in %zu, cannot tell in %zu.",
	            overview->phase, overview->baseline, tally.better, tally.worse, tally.same,
	            tally.unsure);
}

/* Lost, reordered or duplicated, anywhere.  */
static void add_integrity(struct pr_view *view, const json_t *comparison)
{
	static const char *const metrics[] = {"messages_lost", "messages_reordered",
	                                      "messages_duplicated"};
	double bad = 0;
	size_t i;
	json_t *row;

	json_array_foreach(json_object_get(comparison, "rows"), i, row)
	{
		for (size_t m = 0; m < sizeof(metrics) / sizeof(metrics[0]); m++)
			if (pr_compare_view_is(row, "metric", metrics[m]) && is_compared(row))
				bad += side(row, "baseline") + side(row, "current");
	}
	pr_view_add(view, PR_VIEW_LEAD,
	            bad == 0 ? "No message was lost, reordered or duplicated in any of them."
	                     : "Messages were lost, reordered or duplicated: see messages_lost and "
	                       "the like in --format csv.");
}

void pr_compare_view_overview(struct pr_view *view, const json_t *comparison)
{
	struct overview overview = {view, comparison, pr_json_text(comparison, "baseline"), NULL};
	size_t i;
	json_t *phase;

	json_array_foreach(json_object_get(comparison, "phases"), i, phase)
	{
		overview.phase = json_string_value(phase);
		if (strcmp(overview.phase, overview.baseline) == 0 ||
		    is_floor(comparison, overview.phase))
			continue;
		add_tally(&overview);
	}
	add_integrity(view, comparison);
	json_array_foreach(json_object_get(comparison, "phases"), i, phase)
	{
		overview.phase = json_string_value(phase);
		if (strcmp(overview.phase, overview.baseline) == 0 ||
		    is_floor(comparison, overview.phase))
			continue;
		for (size_t p = 0; p < sizeof(parts) / sizeof(parts[0]); p++)
			add_part(&overview, &parts[p]);
	}
}
