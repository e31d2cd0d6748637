/* SPDX-License-Identifier: MIT */
/* analyzers/history/export/go.c - runs in the Go benchmark text format (golang/proposal 14313).
 *
 * For each run its keys (commit, branch, machine, date), then a line for each workload and phase
 * with the metrics that were measured: `benchstat -col commit FILE` puts runs side by side, `-col
 * /phase` phases.  The word for iterations is the number of blocks.  */
#include <math.h>
#include <string.h>

#include "analyzers/compare_format.h"
#include "analyzers/history/export.h"
#include "core/base/escape.h"
#include "core/base/json.h"

/* Units of benchstat; a metric that has none there is its own.  */
static const char *unit_of(const char *metric)
{
	const char *unit = pr_compare_go_unit(metric);

	return unit != NULL ? unit : metric;
}

static void add_value(struct pr_buf *out, const char *metric, double value)
{
	if (isnan(value))
		return;
	if (strcmp(metric, "throughput") == 0 && value > 0)
		pr_buf_printf(out, " %.6g ns/op", 1e9 / value);
	pr_buf_printf(out, " %.9g %s", value, unit_of(metric));
}

static bool is_same_line(const struct pr_history_case *one, const struct pr_history_case *other)
{
	return strcmp(one->workload, other->workload) == 0 && strcmp(one->work, other->work) == 0 &&
	       strcmp(one->phase, other->phase) == 0;
}

/* The metrics of the cases [first, end), which are of one workload and phase; of the baseline or
 * not.  */
static void add_line(struct pr_buf *out, const struct pr_history_cases *cases,
                     const struct pr_history_series *points, size_t first, size_t end,
                     bool of_baseline)
{
	const struct pr_history_case *one = &cases->items[first];
	int64_t n = points->items[first].n;
	struct pr_buf values;

	pr_buf_init(&values);
	for (size_t i = first; i < end; i++)
		add_value(&values, cases->items[i].metric,
		          of_baseline ? points->items[i].base_value : points->items[i].value);
	if (values.size > 0) {
		pr_buf_puts(out, "BenchmarkProctor/workload=");
		pr_escape_go(out, one->workload);
		pr_buf_puts(out, "/phase=");
		pr_escape_go(out, of_baseline ? one->baseline : one->phase);
		pr_buf_printf(out, " %lld%s\n", (long long)(n > 0 ? n : 1), values.text);
	}
	pr_buf_fini(&values);
}

static void add_key(struct pr_buf *out, const char *key, const char *value)
{
	if (value != NULL && value[0] != '\0')
		pr_buf_printf(out, "%s: %s\n", key, value);
}

static void add_run(struct pr_buf *out, const json_t *run, const struct pr_history_cases *cases,
                    const struct pr_history_series *points)
{
	const struct pr_history_case *before = NULL; /* whose baseline has its line */
	char time[32];

	pr_history_format_time(json_integer_value(json_object_get(run, "time")), time);
	add_key(out, "commit", pr_json_text(run, "revision"));
	add_key(out, "branch", pr_json_text(run, "branch"));
	add_key(out, "machine", pr_json_text(run, "machine"));
	add_key(out, "date", time);
	for (size_t first = 0, end; first < cases->count; first = end) {
		const struct pr_history_case *one = &cases->items[first];
		bool is_new = before == NULL || strcmp(before->workload, one->workload) != 0 ||
		              strcmp(before->work, one->work) != 0;

		for (end = first; end < cases->count && is_same_line(one, &cases->items[end]);)
			end++;
		if (is_new && one->baseline[0] != '\0')
			add_line(out, cases, points, first, end, true);
		add_line(out, cases, points, first, end, false);
		before = one;
	}
}

/* Each unit once.  */
static void add_units(struct pr_buf *out, const struct pr_history_cases *cases)
{
	json_t *seen = json_object();

	pr_buf_puts(out, "Unit ns/op better=lower\n");
	for (size_t i = 0; i < cases->count; i++) {
		const struct pr_history_case *one = &cases->items[i];
		const char *unit = unit_of(one->metric);

		if (json_object_get(seen, unit) != NULL)
			continue;
		pr_json_set(seen, unit, json_true());
		pr_buf_printf(out, "Unit %s better=%s\n", unit,
		              one->higher_is_better ? "higher" : "lower");
	}
	json_decref(seen);
}

static enum pr_err put_run(const struct pr_export *export, const json_t *run, struct pr_buf *out,
                           struct pr_error *why)
{
	struct pr_history_cases cases;
	struct pr_history_series points;
	enum pr_err err =
	        pr_history_points_of(export->history, run, export->filter, &cases, &points, why);

	if (err != PR_OK)
		return err;
	if (cases.count > 0)
		add_run(out, run, &cases, &points);
	pr_export_put(export, out);
	pr_history_cases_fini(&cases);
	pr_history_series_fini(&points);
	return PR_OK;
}

static enum pr_err put_all(const struct pr_export *export, struct pr_error *why)
{
	struct pr_buf out;
	json_t *runs;
	enum pr_err err = pr_history_runs(export->history, export->filter, &runs, why);

	pr_buf_init(&out);
	add_units(&out, &export->cases);
	/* The oldest first.  */
	for (size_t i = json_array_size(runs); i > 0 && err == PR_OK; i--)
		err = put_run(export, json_array_get(runs, i - 1), &out, why);
	json_decref(runs);
	pr_buf_fini(&out);
	return err;
}

const struct pr_export_ops pr_export_go = {
        .name = "go",
        .version = PR_EXPORT_OPS_VERSION,
        .scope = PR_EXPORT_SERIES,
        .write = put_all,
};
