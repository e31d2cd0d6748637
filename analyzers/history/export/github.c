/* SPDX-License-Identifier: MIT */
/* analyzers/history/export/github.c - a run for github-action-benchmark.
 *
 * An array of {name, unit, value, range, extra}.  One file holds metrics of one direction, which
 * its option `tool` names: customSmallerIsBetter or customBiggerIsBetter.  */
#include <math.h>
#include <stdlib.h>

#include "analyzers/history/export.h"
#include "core/base/json.h"

/* What the page shows beside a value: half of the interval, and what it is against.  */
static void add_words(json_t *entry, const struct pr_history_case *one,
                      const struct pr_history_point *point)
{
	struct pr_buf extra;

	if (!isnan(point->lo) && !isnan(point->hi))
		pr_json_set(entry, "range",
		            pr_json_take_string(
		                    pr_asprintf("\xc2\xb1 %.3g", (point->hi - point->lo) / 2)));
	pr_buf_init(&extra);
	pr_buf_printf(&extra, "n=%lld", (long long)point->n);
	if (!isnan(point->lo) && !isnan(point->hi))
		pr_buf_printf(&extra, ", 95%% CI %.6g..%.6g", point->lo, point->hi);
	if (!isnan(point->effect))
		pr_buf_printf(&extra, ", %+.2f%% against %s", 100 * point->effect, one->baseline);
	if (!isnan(point->effect_lo) && !isnan(point->effect_hi))
		pr_buf_printf(&extra, " [%+.2f, %+.2f]", 100 * point->effect_lo,
		              100 * point->effect_hi);
	if (point->verdict != NULL)
		pr_buf_printf(&extra, ", %s", point->verdict);
	pr_json_set(entry, "extra", json_string(extra.text));
	pr_buf_fini(&extra);
}

static enum pr_err put_all(const struct pr_export *export, struct pr_error *why)
{
	json_t *array;
	char *text;

	if (export->direction == PR_EXPORT_BOTH)
		return pr_error_set(
		        why, PR_USAGE,
		        "a file of github-action-benchmark holds metrics of one direction: "
		        "give --direction lower (customSmallerIsBetter) or higher "
		        "(customBiggerIsBetter)");
	array = json_array();
	for (size_t i = 0; i < export->cases.count; i++) {
		const struct pr_history_case *one = &export->cases.items[i];
		const struct pr_history_point *point = &export->points.items[i];
		json_t *entry;

		if (isnan(point->value))
			continue;
		entry = json_object();
		pr_json_set(entry, "name",
		            pr_json_take_string(pr_asprintf("%s/%s %s", one->workload, one->phase,
		                                            one->metric)));
		pr_json_set(entry, "unit", pr_json_new_string(one->unit));
		pr_json_set(entry, "value", json_real(point->value));
		add_words(entry, one, point);
		pr_json_append(array, entry);
	}
	text = pr_json_dump(array);
	fputs(text, export->out);
	free(text);
	json_decref(array);
	return PR_OK;
}

const struct pr_export_ops pr_export_github = {
        .name = "github",
        .version = PR_EXPORT_OPS_VERSION,
        .scope = PR_EXPORT_RUN,
        .write = put_all,
};
