/* SPDX-License-Identifier: MIT */
/* reports/figure/histogram.c - the latency histograms of a run (see histogram.h).  */
#include "reports/figure/histogram.h"

#include <math.h>
#include <string.h>

const struct pr_latency_kind pr_latency_kinds[PR_LATENCY_KINDS] = {
        {"", ", service time", "service time, closed loop (log scale)"},
        {"latency from the intended start", ", from the intended start",
         "latency from the intended start (log scale)"},
        {"latency from the actual send", ", from the actual send (uncorrected)",
         "latency from the actual send (log scale)"},
        {"lateness of the sender", NULL, NULL},
};

/* The first kind is what no other is: records say it in several ways.  */
static bool is_kind(const json_t *entry, const struct pr_latency_kind *kind)
{
	const char *quantity = pr_json_text(entry, "quantity");
	const struct pr_latency_kind *found = &pr_latency_kinds[0];

	for (size_t i = 1; quantity && i < PR_LATENCY_KINDS; i++)
		if (strncmp(quantity, pr_latency_kinds[i].begins,
		            strlen(pr_latency_kinds[i].begins)) == 0)
			found = &pr_latency_kinds[i];
	return found == kind;
}

static bool trial_is_ok(const struct pr_input *input, const json_t *entry)
{
	double block = pr_input_number(entry, "block");
	size_t index;
	json_t *trial;

	json_array_foreach(pr_input_array(input->run, "trials"), index, trial)
	{
		if (pr_input_number(trial, "block") == block &&
		    pr_input_is(trial, "phase", pr_json_text(entry, "phase")) &&
		    pr_input_is(trial, "workload", pr_json_text(entry, "workload")))
			return pr_input_is(trial, "status", "ok");
	}
	return false;
}

bool pr_histogram_is(const struct pr_input *input, const json_t *entry, const char *phase,
                     const char *workload, const struct pr_latency_kind *kind)
{
	return pr_input_is(entry, "phase", phase) && pr_input_is(entry, "workload", workload) &&
	       is_kind(entry, kind) && trial_is_ok(input, entry);
}

void pr_histogram_add(struct pr_hist *hist, const json_t *entry, double *least, double *most)
{
	double lo = pr_input_number(entry, "min"), hi = pr_input_number(entry, "max");
	size_t index;
	json_t *bucket;

	json_array_foreach(pr_input_array(entry, "buckets"), index, bucket)
	{
		json_int_t lowest = json_integer_value(json_array_get(bucket, 0));
		json_int_t times = json_integer_value(json_array_get(bucket, 1));

		if (lowest >= 0 && times > 0)
			pr_hist_add_many(hist, lowest, (uint64_t)times);
	}
	*least = isnan(lo) ? *least : fmin(*least, lo);
	*most = isnan(hi) ? *most : fmax(*most, hi);
}
