/* SPDX-License-Identifier: MIT */
/* analyzers/history/latency.c - a distribution of latency as it lies in the store.  */
#include "analyzers/history/latency.h"

#include <math.h>
#include <stdlib.h>

#include "core/base/buf.h"
#include "core/base/json.h"

char *pr_latency_write(const struct pr_hist *hist)
{
	struct pr_buf text;

	pr_buf_init(&text);
	for (size_t i = 0; i < PR_HIST_BUCKETS; i++)
		if (hist->buckets[i] > 0)
			pr_buf_printf(&text, "%s%lld:%llu", text.size > 0 ? " " : "",
			              (long long)pr_hist_lowest_ns(i),
			              (unsigned long long)hist->buckets[i]);
	return text.text;
}

bool pr_latency_read(const json_t *latency, struct pr_hist *hist)
{
	const char *at = pr_json_text(latency, "buckets");

	pr_hist_clear(hist);
	while (at != NULL && *at != '\0') {
		char *end;
		long long value = strtoll(at, &end, 10);
		unsigned long long count = 0;

		if (*end == ':')
			count = strtoull(end + 1, &end, 10);
		if (value < 0 || count == 0 || (*end != ' ' && *end != '\0'))
			return false;
		pr_hist_add_many(hist, value, count);
		at = *end == ' ' ? end + 1 : end;
	}
	hist->min_ns = json_integer_value(json_object_get(latency, "min"));
	hist->max_ns = json_integer_value(json_object_get(latency, "max"));
	return hist->count > 0;
}

static double middle_of(size_t bucket)
{
	double low = (double)pr_hist_lowest_ns(bucket);

	return bucket + 1 < PR_HIST_BUCKETS ? (low + (double)pr_hist_lowest_ns(bucket + 1) - 1) / 2
	                                    : low;
}

void pr_latency_moments(const struct pr_hist *hist, double *mean, double *sd)
{
	double sum = 0, squares = 0;

	for (size_t i = 0; i < PR_HIST_BUCKETS; i++)
		sum += middle_of(i) * (double)hist->buckets[i];
	*mean = sum / (double)hist->count;
	for (size_t i = 0; i < PR_HIST_BUCKETS; i++)
		squares +=
		        (middle_of(i) - *mean) * (middle_of(i) - *mean) * (double)hist->buckets[i];
	*sd = sqrt(squares / (double)hist->count);
}
