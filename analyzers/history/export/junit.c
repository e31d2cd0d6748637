/* SPDX-License-Identifier: MIT */
/* analyzers/history/export/junit.c - a run as JUnit XML: a test case for each metric that decides.
 *
 * regressed is a failure, inconclusive is skipped, what was not measured is an error.  GitLab does
 * not show the attribute message, so the numbers are in the text too.  */
#include <math.h>
#include <string.h>

#include "analyzers/history/export.h"
#include "core/base/escape.h"

enum outcome { PASSED, FAILURE, ERROR, SKIPPED, OUTCOMES };

static enum outcome outcome_of(const struct pr_history_point *point)
{
	if (point->verdict == NULL || strcmp(point->verdict, "void") == 0)
		return ERROR;
	if (strcmp(point->verdict, "regressed") == 0)
		return FAILURE;
	return strcmp(point->verdict, "inconclusive") == 0 ? SKIPPED : PASSED;
}

/* "+6.10% [+5.20, +7.00] against old, n=20, MDE 1.10%, floor 2.00%".  */
static void describe(struct pr_buf *text, const struct pr_history_case *one,
                     const struct pr_history_point *point)
{
	pr_buf_clear(text);
	if (!isnan(point->effect))
		pr_buf_printf(text, "%+.2f%%", 100 * point->effect);
	else if (!isnan(point->value))
		pr_buf_printf(text, "%.6g %s", point->value, one->unit);
	else
		pr_buf_puts(text, "not measured");
	if (!isnan(point->effect_lo) && !isnan(point->effect_hi))
		pr_buf_printf(text, " [%+.2f, %+.2f]", 100 * point->effect_lo,
		              100 * point->effect_hi);
	pr_buf_printf(text, " against %s", one->baseline);
	if (isnan(point->effect) && !isnan(point->base_value))
		pr_buf_printf(text, " (%.6g)", point->base_value);
	pr_buf_printf(text, ", n=%lld", (long long)point->n);
	if (!isnan(point->mde))
		pr_buf_printf(text, ", MDE %.2f%%", 100 * point->mde);
	if (!isnan(point->floor))
		pr_buf_printf(text, ", floor %.2f%%", 100 * point->floor);
}

static void add_outcome(struct pr_buf *out, const char *element, const char *verdict,
                        const char *text)
{
	pr_buf_printf(out, "      <%s", element);
	pr_escape_attribute(out, "message", verdict);
	if (strcmp(element, "skipped") != 0)
		pr_escape_attribute(out, "type", verdict);
	pr_buf_puts(out, ">");
	pr_escape_xml(out, text);
	pr_buf_printf(out, "</%s>\n", element);
}

static void add_case(struct pr_buf *out, const struct pr_history_case *one,
                     const struct pr_history_point *point)
{
	static const char *const elements[] = {
	        [FAILURE] = "failure", [ERROR] = "error", [SKIPPED] = "skipped"};
	const char *verdict = point->verdict != NULL ? point->verdict : "void";
	enum outcome outcome = outcome_of(point);
	struct pr_buf text;

	pr_buf_init(&text);
	pr_buf_printf(&text, "%s of %s", one->metric, one->phase);
	pr_buf_puts(out, "    <testcase");
	pr_escape_attribute(out, "classname", one->workload);
	pr_escape_attribute(out, "name", text.text);
	pr_buf_puts(out, ">\n");
	describe(&text, one, point);
	if (outcome != PASSED) {
		add_outcome(out, elements[outcome], verdict, text.text);
	} else {
		pr_buf_puts(out, "      <system-out>");
		pr_escape_xml(out, verdict);
		pr_buf_puts(out, ": ");
		pr_escape_xml(out, text.text);
		pr_buf_puts(out, "</system-out>\n");
	}
	pr_buf_puts(out, "    </testcase>\n");
	pr_buf_fini(&text);
}

static void add_counts(struct pr_buf *out, const size_t counts[OUTCOMES])
{
	size_t all = counts[PASSED] + counts[FAILURE] + counts[ERROR] + counts[SKIPPED];

	pr_escape_attribute(out, "name", "proctor history");
	pr_buf_printf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"", all,
	              counts[FAILURE], counts[ERROR], counts[SKIPPED]);
}

static enum pr_err put_all(const struct pr_export *export, struct pr_error *why)
{
	size_t counts[OUTCOMES] = {0};
	struct pr_buf out;
	char time[32];

	for (size_t i = 0; i < export->cases.count; i++)
		if (export->points.items[i].gating)
			counts[outcome_of(&export->points.items[i])]++;
	if (counts[PASSED] + counts[FAILURE] + counts[ERROR] + counts[SKIPPED] == 0)
		return pr_error_set(
		        why, PR_VOID,
		        "no metric of this run decides anything, so there is no test case");
	pr_history_format_time(json_integer_value(json_object_get(export->run, "time")), time);
	pr_buf_init(&out);
	pr_buf_puts(&out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
	add_counts(&out, counts);
	pr_buf_puts(&out, ">\n  <testsuite");
	add_counts(&out, counts);
	/* Without the Z: the schema that most tools follow has no zone.  */
	time[strcspn(time, "Z")] = '\0';
	pr_escape_attribute(&out, "timestamp", time);
	pr_buf_puts(&out, ">\n");
	for (size_t i = 0; i < export->cases.count; i++)
		if (export->points.items[i].gating)
			add_case(&out, &export->cases.items[i], &export->points.items[i]);
	pr_buf_puts(&out, "  </testsuite>\n</testsuites>\n");
	pr_export_put(export, &out);
	pr_buf_fini(&out);
	return PR_OK;
}

const struct pr_export_ops pr_export_junit = {
        .name = "junit",
        .version = PR_EXPORT_OPS_VERSION,
        .scope = PR_EXPORT_RUN,
        .write = put_all,
};
