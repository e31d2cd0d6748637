/* SPDX-License-Identifier: MIT */
/* analyzers/compare_go.c - a run in the Go benchmark text format (golang/proposal 14313).
 *
 * One line a timed trial; phase and workload are keys of the name, so that `benchstat -col /phase`
 * puts phases side by side.  benchstat will treat the samples as unpaired, which is less sharp than
 * what compare does: it does not know that the trials of a block belong together.  */
#include <math.h>
#include <string.h>

#include "analyzers/compare_format.h"
#include "core/base/buf.h"
#include "core/base/escape.h"
#include "core/base/json.h"
#include "core/base/metrics.h"

/* Units of benchstat: a metric's name goes in front where the unit alone would not tell which.  */
static const struct go_unit {
	const char *metric, *unit;
} units[] = {
        {"throughput", "msg/s"},          {"latency_p50", "p50-ns"},
        {"latency_p90", "p90-ns"},        {"latency_p99", "p99-ns"},
        {"latency_p999", "p999-ns"},      {"cpu_per_message", "cpu-ns/msg"},
        {"recv_per_message", "recv/msg"}, {"eagain_per_message", "eagain/msg"},
        {"bytes_per_recv", "B/recv"},     {"allocations_per_message", "allocs/msg"},
        {"memory_peak", "peak-B"},        {NULL, NULL},
};

const char *pr_compare_go_unit(const char *metric)
{
	for (const struct go_unit *u = units; u->metric != NULL; u++)
		if (strcmp(u->metric, metric) == 0)
			return u->unit;
	return NULL;
}

static void add_trial(struct pr_buf *out, const struct pr_run *run,
                      const struct pr_run_trial *trial)
{
	double rate = pr_run_metric(trial, "throughput");

	if (!trial->good || trial->block == 0 || !(rate > 0) || !(trial->messages >= 1))
		return;
	pr_buf_puts(out, "BenchmarkProctor/workload=");
	pr_escape_go(out, run->workloads[trial->workload].label);
	pr_buf_puts(out, "/phase=");
	pr_escape_go(out, run->phases[trial->phase].label);
	pr_buf_printf(out, " %.0f %.6g ns/op", trial->messages, 1e9 / rate);
	for (const struct go_unit *u = units; u->metric != NULL; u++) {
		double value = pr_run_metric(trial, u->metric);

		if (isfinite(value))
			pr_buf_printf(out, " %.9g %s", value, u->unit);
	}
	pr_buf_puts(out, "\n");
}

static void add_units(struct pr_buf *out)
{
	for (const struct go_unit *u = units; u->metric != NULL; u++)
		pr_buf_printf(out, "Unit %s better=%s\n", u->unit,
		              pr_metrics_direction(pr_metrics_find(u->metric)));
}

char *pr_compare_go(const struct pr_run *run)
{
	const char *plan = pr_json_text(run->plan, "name");
	struct pr_buf out;

	pr_buf_init(&out);
	if (plan != NULL)
		pr_buf_printf(&out, "plan: %s\n", plan);
	add_units(&out);
	for (size_t i = 0; i < run->trial_count; i++)
		add_trial(&out, run, &run->trials[i]);
	return out.text;
}
