/* SPDX-License-Identifier: MIT */
/* analyzers/history/export/openmetrics.c - a run as OpenMetrics text.
 *
 * For Prometheus (a textfile collector) and GitLab's metrics report.  Each metric is a gauge,
 * proctor_NAME, with the labels machine, branch, workload and phase; times are seconds.  Its
 * interval and its effect against the baseline are gauges of their own.  Distributions of latency
 * are a histogram whose bounds are powers of two nanoseconds, where buckets of ours end.  Samples
 * of a family stand together, as the format wants.  */
#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/history/export.h"
#include "analyzers/history/latency.h"
#include "core/base/json.h"
#include "core/base/metrics.h"

/* 1 us to 17 s.  */
#define FIRST_POWER 10
#define LAST_POWER  34

static void add_label(struct pr_buf *out, const char *name, const char *value)
{
	pr_buf_printf(out, "%s=\"", name);
	for (; *value != '\0'; value++)
		if (*value == '\\' || *value == '"')
			pr_buf_printf(out, "\\%c", *value);
		else if (*value == '\n')
			pr_buf_puts(out, "\\n");
		else
			pr_buf_add(out, value, 1);
	pr_buf_puts(out, "\"");
}

static void add_labels(struct pr_buf *out, const json_t *run, const char *workload,
                       const char *phase)
{
	add_label(out, "machine", pr_json_text(run, "machine"));
	pr_buf_puts(out, ",");
	add_label(out, "branch", pr_json_text(run, "branch"));
	pr_buf_puts(out, ",");
	add_label(out, "workload", workload);
	pr_buf_puts(out, ",");
	add_label(out, "phase", phase);
}

static bool is_time(const struct pr_history_case *one)
{
	return strcmp(one->unit, "ns") == 0;
}

/* "proctor_latency_p50_seconds".  The format allows [a-zA-Z0-9_:].  */
static char *family_of(const struct pr_history_case *one)
{
	const char *unit = is_time(one)                      ? "_seconds"
	                   : strcmp(one->unit, "bytes") == 0 ? "_bytes"
	                                                     : "";
	struct pr_buf name;

	pr_buf_init(&name);
	pr_buf_printf(&name, "proctor_%s%s", one->metric, unit);
	for (char *at = name.text; *at != '\0'; at++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_",
		           *at) == NULL)
			*at = '_';
	return name.text;
}

static void add_sample(struct pr_buf *out, const struct pr_export *export, const char *family,
                       const struct pr_history_case *one, const char *phase, double value)
{
	if (isnan(value))
		return;
	pr_buf_printf(out, "%s{", family);
	add_labels(out, export->run, one->workload, phase);
	pr_buf_printf(out, "} %.15g\n", is_time(one) ? value * 1e-9 : value);
}

static void add_help(struct pr_buf *out, const struct pr_history_case *one, const char *family)
{
	const struct pr_metric *metric = pr_metrics_find(one->metric);

	pr_buf_printf(out, "# TYPE %s gauge\n", family);
	if (is_time(one) || strcmp(one->unit, "bytes") == 0)
		pr_buf_printf(out, "# UNIT %s %s\n", family, is_time(one) ? "seconds" : "bytes");
	if (metric != NULL)
		pr_buf_printf(out, "# HELP %s %s%s%s\n", family, metric->help,
		              is_time(one) ? "" : "; in ", is_time(one) ? "" : one->unit);
}

/* All samples of the metric of case `first`; the baseline of a workload once.  */
static void add_family(struct pr_buf *out, const struct pr_export *export, size_t first)
{
	const struct pr_history_cases *cases = &export->cases;
	char *family = family_of(&cases->items[first]);
	const struct pr_history_case *before = NULL;

	add_help(out, &cases->items[first], family);
	for (size_t i = first; i < cases->count; i++) {
		const struct pr_history_case *one = &cases->items[i];
		const struct pr_history_point *point = &export->points.items[i];

		if (strcmp(one->metric, cases->items[first].metric) != 0)
			continue;
		if (one->baseline[0] != '\0' &&
		    (before == NULL || strcmp(before->workload, one->workload) != 0)) {
			add_sample(out, export, family, one, one->baseline, point->base_value);
			before = one;
		}
		add_sample(out, export, family, one, one->phase, point->value);
	}
	free(family);
}

static void add_effect(struct pr_buf *out, const struct pr_export *export, size_t i,
                       const char *family, double value)
{
	const struct pr_history_case *one = &export->cases.items[i];

	if (isnan(value))
		return;
	pr_buf_printf(out, "%s{", family);
	add_labels(out, export->run, one->workload, one->phase);
	pr_buf_puts(out, ",");
	add_label(out, "metric", one->metric);
	pr_buf_puts(out, ",");
	add_label(out, "baseline", one->baseline);
	pr_buf_printf(out, "} %.15g\n", value);
}

static void add_effects(struct pr_buf *out, const struct pr_export *export)
{
	static const char *const families[][2] = {
	        {"proctor_effect_ratio", "effect against the baseline, less 1: 0.05 is 5 % more"},
	        {"proctor_effect_low_ratio", "lower end of its 95 % interval"},
	        {"proctor_effect_high_ratio", "upper end of its 95 % interval"}};

	for (size_t f = 0; f < 3; f++) {
		pr_buf_printf(out, "# TYPE %s gauge\n# UNIT %s ratio\n# HELP %s %s\n",
		              families[f][0], families[f][0], families[f][0], families[f][1]);
		for (size_t i = 0; i < export->cases.count; i++) {
			const struct pr_history_point *point = &export->points.items[i];
			const double values[] = {point->effect, point->effect_lo, point->effect_hi};

			add_effect(out, export, i, families[f][0], values[f]);
		}
	}
}

static void add_histogram(struct pr_buf *out, const struct pr_export *export, const json_t *one,
                          const struct pr_hist *hist)
{
	const char *workload = pr_json_text(one, "workload");
	const char *phase = pr_json_text(one, "phase");
	uint64_t seen = 0;
	size_t bucket = 0;
	double mean, sd;

	for (int power = FIRST_POWER; power <= LAST_POWER + 1; power++) {
		size_t end =
		        power > LAST_POWER ? PR_HIST_BUCKETS : pr_hist_index(INT64_C(1) << power);

		while (bucket < end)
			seen += hist->buckets[bucket++];
		pr_buf_puts(out, "proctor_latency_seconds_bucket{");
		add_labels(out, export->run, workload, phase);
		if (power > LAST_POWER)
			pr_buf_puts(out, ",le=\"+Inf\"");
		else
			pr_buf_printf(out, ",le=\"%.10g\"", ldexp(1e-9, power));
		pr_buf_printf(out, "} %llu\n", (unsigned long long)seen);
	}
	pr_latency_moments(hist, &mean, &sd);
	pr_buf_puts(out, "proctor_latency_seconds_count{");
	add_labels(out, export->run, workload, phase);
	pr_buf_printf(out, "} %llu\nproctor_latency_seconds_sum{", (unsigned long long)hist->count);
	add_labels(out, export->run, workload, phase);
	pr_buf_printf(out, "} %.10g\n", mean * 1e-9 * (double)hist->count);
}

static enum pr_err add_histograms(struct pr_buf *out, const struct pr_export *export,
                                  struct pr_error *why)
{
	const struct pr_history_filter *filter = export->filter;
	struct pr_hist *hist = pr_alloc(sizeof(*hist));
	json_t *latencies, *one;
	size_t i;
	bool begun = false;
	enum pr_err err = pr_history_latencies(
	        export->history, json_integer_value(json_object_get(export->run, "id")), &latencies,
	        why);

	json_array_foreach(latencies, i, one)
	{
		if ((filter->workload != NULL &&
		     fnmatch(filter->workload, pr_json_text(one, "workload"), 0) != 0) ||
		    (filter->phase != NULL &&
		     fnmatch(filter->phase, pr_json_text(one, "phase"), 0) != 0) ||
		    !pr_latency_read(one, hist))
			continue;
		if (!begun)
			pr_buf_puts(out, "# TYPE proctor_latency_seconds histogram\n"
			                 "# UNIT proctor_latency_seconds seconds\n"
			                 "# HELP proctor_latency_seconds Latency of the trials of "
			                 "the run.\n");
		begun = true;
		add_histogram(out, export, one, hist);
	}
	json_decref(latencies);
	free(hist);
	return err;
}

static bool is_first_of_metric(const struct pr_history_cases *cases, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(cases->items[k].metric, cases->items[i].metric) == 0)
			return false;
	return true;
}

static void add_run(struct pr_buf *out, const json_t *run)
{
	const char *revision = pr_json_text(run, "revision");

	pr_buf_puts(out, "# TYPE proctor_run info\n# HELP proctor_run What was measured.\n"
	                 "proctor_run_info{");
	add_label(out, "machine", pr_json_text(run, "machine"));
	pr_buf_puts(out, ",");
	add_label(out, "branch", pr_json_text(run, "branch"));
	pr_buf_puts(out, ",");
	add_label(out, "revision", revision != NULL ? revision : "");
	pr_buf_printf(out,
	              "} 1\n# TYPE proctor_run_time_seconds gauge\n"
	              "# UNIT proctor_run_time_seconds seconds\n"
	              "# HELP proctor_run_time_seconds When, since 1970.\n"
	              "proctor_run_time_seconds %lld\n",
	              (long long)json_integer_value(json_object_get(run, "time")));
}

static enum pr_err put_all(const struct pr_export *export, struct pr_error *why)
{
	struct pr_buf out;
	enum pr_err err;

	pr_buf_init(&out);
	add_run(&out, export->run);
	for (size_t i = 0; i < export->cases.count; i++)
		if (is_first_of_metric(&export->cases, i))
			add_family(&out, export, i);
	add_effects(&out, export);
	err = add_histograms(&out, export, why);
	pr_buf_puts(&out, "# EOF\n");
	if (err == PR_OK)
		pr_export_put(export, &out);
	pr_buf_fini(&out);
	return err;
}

const struct pr_export_ops pr_export_openmetrics = {
        .name = "openmetrics",
        .version = PR_EXPORT_OPS_VERSION,
        .scope = PR_EXPORT_RUN,
        .write = put_all,
};
