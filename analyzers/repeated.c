/* SPDX-License-Identifier: MIT */
/* analyzers/repeated.c - how much single runs of one engine differ.  */
#include "analyzers/repeated.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/numbers.h"
#include "analyzers/stats.h"
#include "core/base/buf.h"
#include "core/base/json.h"

#define RUNS_LEAST 3
#define RESAMPLES  2000

/* More than that often, and a single pair shows nothing.  */
#define OFTEN 0.05

static bool is_same(const struct pr_run_phase *left, const struct pr_run_phase *right)
{
	const json_t *a = json_object_get(left->library, "sha256");
	const json_t *b = json_object_get(right->library, "sha256");

	return strcmp(left->engine, right->engine) == 0 &&
	       json_equal((json_t *)left->options, (json_t *)right->options) &&
	       (a == b || json_equal((json_t *)a, (json_t *)b));
}

/* Messages a second under strace; NaN.  */
static double traced_speed(const struct pr_run *run, size_t phase, size_t workload)
{
	const json_t *stage = pr_run_stage(run, phase, run->workloads[workload].label);

	return pr_run_number(stage, "messages") * 1e9 / pr_run_number(stage, "traced_ns");
}

static double share_of(void *arg, const size_t *index, size_t n)
{
	const double *speeds = arg;
	double differ = 0, pairs = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++) {
			double a = speeds[index[i]], b = speeds[index[k]];

			if (index[i] == index[k])
				continue;
			pairs++;
			differ += fabs(b - a) / a >= PR_REPEATED_THRESHOLD;
		}
	return differ / pairs;
}

static char *make_text(const char *workload, size_t n, double share,
                       const struct pr_stats_interval *interval, double slowest, double fastest)
{
	return pr_asprintf(
	        "%zu single runs of one binary with the same options, each a fresh process under "
	        "strace: in %s, two of them differ by %s or more in %s [%s, %s] of the %zu pairs "
	        "(%s to %s msg/s).%s",
	        n, workload, pr_numbers_percent(PR_REPEATED_THRESHOLD).text,
	        pr_numbers_percent(share).text, pr_numbers_percent(interval->lo).text,
	        pr_numbers_percent(interval->hi).text, n * (n - 1) / 2,
	        pr_numbers_value(slowest, "msg/s").text, pr_numbers_value(fastest, "msg/s").text,
	        share > OFTEN ? " So such a difference between two single runs says nothing about "
	                        "the code."
	                      : "");
}

static json_t *entry_json(const struct pr_run *run, size_t workload, const double *speeds, size_t n)
{
	size_t *index = pr_alloc(n * sizeof(*index));
	double slowest = INFINITY, fastest = 0, share;
	struct pr_stats_interval interval = {0};
	json_t *object = json_object();
	char *text;

	for (size_t i = 0; i < n; i++) {
		index[i] = i;
		slowest = fmin(slowest, speeds[i]);
		fastest = fmax(fastest, speeds[i]);
	}
	share = share_of((double *)speeds, index, n);
	if (!pr_stats_bootstrap(share_of, (double *)speeds, n, RESAMPLES, pr_stats_seed(speeds, n),
	                        0.95, &interval))
		interval.lo = interval.hi = NAN;
	text = make_text(run->workloads[workload].label, n, share, &interval, slowest, fastest);
	pr_json_set(object, "workload", json_string(run->workloads[workload].label));
	pr_json_set(object, "runs", json_integer((json_int_t)n));
	pr_json_set(object, "pairs", json_integer((json_int_t)(n * (n - 1) / 2)));
	pr_json_set(object, "threshold", json_real(PR_REPEATED_THRESHOLD));
	pr_json_set(object, "share", pr_json_new_real(share));
	pr_json_set(object, "share_lo", pr_json_new_real(interval.lo));
	pr_json_set(object, "share_hi", pr_json_new_real(interval.hi));
	pr_json_set(object, "slowest", pr_json_new_real(slowest));
	pr_json_set(object, "fastest", pr_json_new_real(fastest));
	pr_json_set(object, "text", pr_json_new_string(text));
	free(text);
	free(index);
	return object;
}

json_t *pr_repeated_json(const struct pr_run *run)
{
	double *speeds = pr_alloc((run->phase_count + 1) * sizeof(*speeds));
	json_t *array = json_array();

	for (size_t w = 0; w < run->workload_count; w++) {
		size_t n = 0;

		for (size_t p = 0; p < run->phase_count; p++) {
			double speed = traced_speed(run, p, w);

			if (isfinite(speed) && speed > 0 &&
			    is_same(&run->phases[0], &run->phases[p]))
				speeds[n++] = speed;
		}
		if (n >= RUNS_LEAST)
			pr_json_append(array, entry_json(run, w, speeds, n));
	}
	free(speeds);
	if (json_array_size(array) > 0)
		return array;
	json_decref(array);
	return NULL;
}
