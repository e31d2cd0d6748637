/* SPDX-License-Identifier: MIT */
/* analyzers/history/export/otava_csv.c - a table that Apache Otava reads: a row a run, a column a
 * case.
 *
 * time, run, commit and branch; then for each case its value, and where there is a baseline the
 * ratio to it, which drifts less and is what to look for change points in.  What was not measured
 * is "nan", which Otava takes for a number; an empty field it refuses.  One machine and one branch,
 * because Otava would take several for one series.  In its configuration: time_column: time,
 * attributes: [run, commit], metrics: any of the other columns.  */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/history/export.h"
#include "core/base/escape.h"

struct table {
	struct pr_history_series *series; /* of each case */
	size_t *next;                     /* the point of each that was not written yet */
	size_t count;
};

static enum pr_err check_one(const struct pr_export *export, struct pr_error *why)
{
	const struct pr_history_case *first = &export->cases.items[0];

	for (size_t i = 1; i < export->cases.count; i++) {
		const struct pr_history_case *one = &export->cases.items[i];

		if (strcmp(one->machine, first->machine) != 0)
			return pr_error_set(why, PR_USAGE,
			                    "there are several machines ('%s', '%s'); say which "
			                    "with --machine",
			                    first->machine, one->machine);
		if (strcmp(one->branch, first->branch) != 0)
			return pr_error_set(why, PR_USAGE,
			                    "there are several branches ('%s', '%s'); say which "
			                    "with --branch",
			                    first->branch, one->branch);
	}
	return PR_OK;
}

/* Two cases that differ in what a label does not say have the same words.  */
static bool is_ambiguous(const struct pr_history_cases *cases, const struct pr_history_case *one)
{
	for (size_t i = 0; i < cases->count; i++) {
		const struct pr_history_case *other = &cases->items[i];

		if (other != one && strcmp(other->workload, one->workload) == 0 &&
		    strcmp(other->phase, one->phase) == 0 &&
		    strcmp(other->metric, one->metric) == 0)
			return true;
	}
	return false;
}

static bool has_ratio(const struct pr_history_case *one)
{
	return one->baseline[0] != '\0';
}

static void add_header(struct pr_buf *out, const struct pr_history_cases *cases)
{
	pr_buf_puts(out, "time,run,commit,branch");
	for (size_t i = 0; i < cases->count; i++) {
		const struct pr_history_case *one = &cases->items[i];
		char *name = pr_asprintf("%s/%s/%s", one->workload, one->phase, one->metric);
		char *more = is_ambiguous(cases, one) ? pr_asprintf("#%lld", (long long)one->id)
		                                      : pr_strdup("");
		char *whole = pr_asprintf("%s%s", name, more);
		char *ratio = pr_asprintf("%s:ratio", whole);

		pr_buf_puts(out, ",");
		pr_escape_csv(out, whole);
		if (has_ratio(one)) {
			pr_buf_puts(out, ",");
			pr_escape_csv(out, ratio);
		}
		free(ratio);
		free(whole);
		free(more);
		free(name);
	}
	pr_buf_puts(out, "\n");
}

static void add_number(struct pr_buf *out, double value)
{
	if (isnan(value))
		pr_buf_puts(out, ",nan");
	else
		pr_buf_printf(out, ",%.15g", value);
}

/* Whether a point is of an earlier run than another; NULL is of the last.  */
static bool is_before(const struct pr_history_point *one, const struct pr_history_point *other)
{
	if (one == NULL || other == NULL)
		return one != NULL;
	return one->time != other->time ? one->time < other->time : one->run < other->run;
}

static const struct pr_history_point *peek(const struct table *table, size_t i)
{
	return table->next[i] < table->series[i].count ? &table->series[i].items[table->next[i]]
	                                               : NULL;
}

static const struct pr_history_point *earliest(const struct table *table)
{
	const struct pr_history_point *first = NULL;

	for (size_t i = 0; i < table->count; i++)
		if (is_before(peek(table, i), first))
			first = peek(table, i);
	return first;
}

static void add_row(struct pr_buf *out, const struct pr_export *export, struct table *table,
                    const struct pr_history_point *first)
{
	char time[32];

	pr_history_format_time(first->time, time);
	pr_buf_printf(out, "%s,%lld,", time, (long long)first->run);
	pr_escape_csv(out, first->revision != NULL ? first->revision : "");
	pr_buf_puts(out, ",");
	pr_escape_csv(out, export->cases.items[0].branch);
	for (size_t i = 0; i < table->count; i++) {
		const struct pr_history_point *point = peek(table, i);
		bool mine = point != NULL && point->run == first->run;

		add_number(out, mine ? point->value : NAN);
		if (has_ratio(&export->cases.items[i]))
			add_number(out, mine ? 1 + point->effect : NAN);
	}
	/* Only now: first is one of these points.  */
	for (size_t i = 0; i < table->count; i++) {
		const struct pr_history_point *point = peek(table, i);

		table->next[i] += point != NULL && !is_before(first, point);
	}
	pr_buf_puts(out, "\n");
}

static enum pr_err read_table(const struct pr_export *export, struct table *table,
                              struct pr_error *why)
{
	size_t count = export->cases.count;
	enum pr_err err = PR_OK;

	table->series = pr_alloc(count * sizeof(*table->series));
	table->next = pr_alloc(count * sizeof(*table->next));
	for (; table->count < count && err == PR_OK; table->count++) {
		table->next[table->count] = 0;
		err = pr_history_series(export->history, export->cases.items[table->count].id, 0,
		                        export->filter->last, &table->series[table->count], why);
	}
	return err;
}

static enum pr_err put_all(const struct pr_export *export, struct pr_error *why)
{
	struct table table = {.count = 0};
	const struct pr_history_point *first;
	struct pr_buf out;
	enum pr_err err = check_one(export, why);

	if (err != PR_OK)
		return err;
	pr_buf_init(&out);
	err = read_table(export, &table, why);
	add_header(&out, &export->cases);
	while (err == PR_OK && (first = earliest(&table)) != NULL) {
		add_row(&out, export, &table, first);
		pr_export_put(export, &out);
	}
	for (size_t i = 0; i < table.count; i++)
		pr_history_series_fini(&table.series[i]);
	free(table.series);
	free(table.next);
	pr_buf_fini(&out);
	return err;
}

const struct pr_export_ops pr_export_otava_csv = {
        .name = "otava-csv",
        .version = PR_EXPORT_OPS_VERSION,
        .scope = PR_EXPORT_SERIES,
        .write = put_all,
};
