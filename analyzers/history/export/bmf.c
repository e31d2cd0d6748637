/* SPDX-License-Identifier: MIT */
/* analyzers/history/export/bmf.c - a run in the Bencher Metric Format: benchmark, measure, value.
 *
 * The format knows neither units nor directions, so the unit is in the name of the measure; a
 * benchmark is WORKLOAD/PHASE.  What was not measured is left out.  */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/history/export.h"
#include "core/base/json.h"

/* "latency_p50-ns", "throughput-msg-s".  */
static char *measure_of(const struct pr_history_case *one)
{
	struct pr_buf name;

	pr_buf_init(&name);
	pr_buf_puts(&name, one->metric);
	if (one->unit[0] != '\0')
		pr_buf_puts(&name, "-");
	for (const char *at = one->unit; *at != '\0'; at++)
		pr_buf_add(&name, isalnum((unsigned char)*at) ? at : "-", 1);
	return name.text;
}

static void set_bound(json_t *metric, const char *key, double value)
{
	if (!isnan(value))
		pr_json_set(metric, key, json_real(value));
}

static void add(json_t *document, const struct pr_history_case *one, const char *phase,
                double value, double lo, double hi)
{
	char *benchmark, *measure;
	json_t *measures, *metric;

	if (isnan(value))
		return;
	benchmark = pr_asprintf("%s/%s", one->workload, phase);
	measure = measure_of(one);
	measures = json_object_get(document, benchmark);
	if (measures == NULL) {
		measures = json_object();
		pr_json_set(document, benchmark, measures);
	}
	metric = json_object();
	pr_json_set(metric, "value", json_real(value));
	set_bound(metric, "lower_value", lo);
	set_bound(metric, "upper_value", hi);
	pr_json_set(measures, measure, metric);
	free(measure);
	free(benchmark);
}

static enum pr_err put_all(const struct pr_export *export, struct pr_error *why)
{
	json_t *document = json_object();
	char *text;

	(void)why;
	for (size_t i = 0; i < export->cases.count; i++) {
		const struct pr_history_case *one = &export->cases.items[i];
		const struct pr_history_point *point = &export->points.items[i];

		add(document, one, one->phase, point->value, point->lo, point->hi);
		if (one->baseline[0] != '\0')
			add(document, one, one->baseline, point->base_value, point->base_lo,
			    point->base_hi);
	}
	text = pr_json_dump(document);
	fputs(text, export->out);
	free(text);
	json_decref(document);
	return PR_OK;
}

const struct pr_export_ops pr_export_bmf = {
        .name = "bmf",
        .version = PR_EXPORT_OPS_VERSION,
        .scope = PR_EXPORT_RUN,
        .write = put_all,
};
