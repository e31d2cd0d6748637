/* SPDX-License-Identifier: MIT */
/* analyzers/history/export/hgrm.c - a distribution of latency as the percentile text of
 * HdrHistogram.
 *
 * Values are microseconds.  As there: percentiles come closer and closer to 100 %, five to each
 * halving of what is left; a value is the highest of its bucket (at most the maximum), which ours
 * know to 0.8 %.  The last line of the footer names our own buckets.  */
#include <fnmatch.h>
#include <stdlib.h>

#include "analyzers/history/export.h"
#include "analyzers/history/latency.h"
#include "core/base/json.h"

#define TICKS 5

static bool is_asked(const struct pr_history_filter *filter, const json_t *latency)
{
	const char *workload = pr_json_text(latency, "workload");
	const char *phase = pr_json_text(latency, "phase");

	return (filter->workload == NULL || fnmatch(filter->workload, workload, 0) == 0) &&
	       (filter->phase == NULL || fnmatch(filter->phase, phase, 0) == 0);
}

/* The one that is asked for; NULL with a sentence when it is none or several.  */
static const json_t *find(const struct pr_export *export, const json_t *latencies,
                          struct pr_error *why)
{
	const json_t *found = NULL;
	struct pr_buf names;
	size_t i, count = 0;
	json_t *one;

	pr_buf_init(&names);
	json_array_foreach((json_t *)latencies, i, one)
	{
		if (!is_asked(export->filter, one))
			continue;
		found = one;
		pr_buf_printf(&names, "%s%s/%s", count++ > 0 ? ", " : "",
		              pr_json_text(one, "workload"), pr_json_text(one, "phase"));
	}
	if (count == 0)
		pr_error_set(
		        why, PR_VOID,
		        "this run has no distribution of latency of that kind; `proctor history "
		        "list` shows others");
	else if (count > 1)
		pr_error_set(why, PR_USAGE,
		             "a file holds one distribution, and the run has %s; say which with "
		             "--workload and --phase",
		             names.text);
	pr_buf_fini(&names);
	return count == 1 ? found : NULL;
}

static double highest_us(const struct pr_hist *hist, size_t bucket)
{
	int64_t highest =
	        bucket + 1 < PR_HIST_BUCKETS ? pr_hist_lowest_ns(bucket + 1) - 1 : hist->max_ns;

	return (double)(highest < hist->max_ns ? highest : hist->max_ns) / 1000;
}

/* The step from a percentile to the next.  */
static double step_at(double percentile)
{
	double halves = 1;

	for (double left = 100 - percentile; left <= 50 && halves < 1e15; left *= 2)
		halves *= 2;
	return 100 / (halves * 2 * TICKS);
}

static void add_lines(struct pr_buf *out, const struct pr_hist *hist)
{
	uint64_t seen = 0;
	double percentile = 0;

	for (size_t i = 0; i < PR_HIST_BUCKETS && seen < hist->count; i++) {
		double here;

		if (hist->buckets[i] == 0)
			continue;
		seen += hist->buckets[i];
		here = 100.0 * (double)seen / (double)hist->count;
		if (seen == hist->count)
			break;
		while (percentile <= here) {
			pr_buf_printf(out, "%12.3f %14.12f %10llu %14.2f\n", highest_us(hist, i),
			              percentile / 100, (unsigned long long)seen,
			              1 / (1 - percentile / 100));
			percentile += step_at(percentile);
		}
	}
	pr_buf_printf(out, "%12.3f %14.12f %10llu\n", (double)hist->max_ns / 1000, 1.0,
	              (unsigned long long)hist->count);
}

static enum pr_err put_hist(const struct pr_export *export, const struct pr_hist *hist)
{
	double mean, sd;
	struct pr_buf out;

	pr_buf_init(&out);
	pr_latency_moments(hist, &mean, &sd);
	pr_buf_printf(&out, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount",
	              "1/(1-Percentile)");
	add_lines(&out, hist);
	pr_buf_printf(&out, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n", mean / 1000,
	              sd / 1000);
	pr_buf_printf(&out, "#[Max     = %12.3f, Total count    = %12llu]\n",
	              (double)hist->max_ns / 1000, (unsigned long long)hist->count);
	pr_buf_printf(&out, "#[Buckets = %12d, SubBuckets     = %12d]\n", PR_HIST_GROUPS,
	              1 << PR_HIST_BITS);
	pr_export_put(export, &out);
	pr_buf_fini(&out);
	return PR_OK;
}

static enum pr_err put_all(const struct pr_export *export, struct pr_error *why)
{
	struct pr_error sentence = {""};
	json_t *latencies;
	const json_t *one;
	struct pr_hist *hist;
	enum pr_err err = pr_history_latencies(
	        export->history, json_integer_value(json_object_get(export->run, "id")), &latencies,
	        why);

	if (err != PR_OK)
		return err;
	one = find(export, latencies, &sentence);
	hist = pr_alloc(sizeof(*hist));
	if (one == NULL)
		err = pr_error_set(why, json_array_size(latencies) > 0 ? PR_USAGE : PR_VOID, "%s",
		                   sentence.text);
	else if (!pr_latency_read(one, hist))
		err = pr_error_set(
		        why, PR_FAILED,
		        "the distribution in the store cannot be read; add the run anew");
	else
		err = put_hist(export, hist);
	free(hist);
	json_decref(latencies);
	return err;
}

const struct pr_export_ops pr_export_hgrm = {
        .name = "hgrm",
        .version = PR_EXPORT_OPS_VERSION,
        .scope = PR_EXPORT_RUN,
        .needs_no_case = true,
        .write = put_all,
};
