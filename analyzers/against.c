/* SPDX-License-Identifier: MIT */
/* analyzers/against.c - how the best phase stands against other engines.  */
#include "analyzers/against.h"

#include <math.h>
#include <string.h>

#include "analyzers/numbers.h"
#include "analyzers/pairs.h"
#include "analyzers/stats.h"
#include "core/base/json.h"

struct against {
	size_t workload, phase, engine_phase;
	double effect, lo, hi; /* fractions; lo and hi NaN when there is no interval */
};

static const char *label(const struct pr_rows *rows, size_t phase)
{
	return rows->run->phases[phase].label;
}

static bool is_contender(const struct pr_rows *rows, size_t phase)
{
	return phase == rows->baseline || pr_rows_is_candidate(rows->run, rows->baseline, phase);
}

static bool is_other_engine(const struct pr_rows *rows, size_t phase)
{
	return !is_contender(rows, phase) && strcmp(rows->run->phases[phase].engine, "floor") != 0;
}

/* PR_RUN_NONE when none was measured.  */
static size_t best_contender(const struct pr_rows *rows, size_t workload)
{
	size_t best = PR_RUN_NONE;

	for (size_t p = 0; p < rows->run->phase_count; p++) {
		double value = pr_rows_value(rows, workload, p, "throughput");

		if (!is_contender(rows, p) || isnan(value))
			continue;
		if (best == PR_RUN_NONE ||
		    value > pr_rows_value(rows, workload, best, "throughput"))
			best = p;
	}
	return best;
}

/* False when there is no block in which both were measured.  */
static bool measure(const struct pr_rows *rows, size_t workload, size_t engine_phase,
                    struct against *out)
{
	size_t best = best_contender(rows, workload);
	struct pr_stats_interval interval;
	struct pr_pairs pairs;
	bool any, has_interval;

	if (best == PR_RUN_NONE)
		return false;
	pr_pairs_init(&pairs, rows->run, workload, engine_phase, best, PR_PAIRS_SPEED, NULL);
	any = pairs.n > 0;
	if (any) {
		has_interval = pr_stats_hodges_lehmann(pairs.d, pairs.n, 0.95, &interval);
		*out = (struct against){.workload = workload,
		                        .phase = best,
		                        .engine_phase = engine_phase,
		                        .effect = expm1(interval.value),
		                        .lo = has_interval ? expm1(interval.lo) : NAN,
		                        .hi = has_interval ? expm1(interval.hi) : NAN};
	}
	pr_pairs_fini(&pairs);
	return any;
}

static json_t *against_json(const struct pr_rows *rows, const struct against *against)
{
	json_t *object = json_object();

	pr_json_set(object, "workload",
	            pr_json_new_string(rows->run->workloads[against->workload].label));
	pr_json_set(object, "phase", json_string(label(rows, against->phase)));
	pr_json_set(object, "engine_phase", json_string(label(rows, against->engine_phase)));
	pr_json_set(object, "effect", pr_json_new_real(against->effect));
	pr_json_set(object, "effect_lo", pr_json_new_real(against->lo));
	pr_json_set(object, "effect_hi", pr_json_new_real(against->hi));
	return object;
}

json_t *pr_against_json(const struct pr_rows *rows)
{
	json_t *array = json_array();
	struct against against;

	for (size_t w = 0; w < rows->run->workload_count; w++)
		for (size_t p = 0; p < rows->run->phase_count; p++)
			if (is_other_engine(rows, p) && measure(rows, w, p, &against))
				pr_json_append(array, against_json(rows, &against));
	return array;
}

/* A phase that is the best in several workloads is named once.  */
static void add_sentence(struct pr_buf *text, const struct pr_rows *rows, size_t engine_phase)
{
	size_t named = PR_RUN_NONE;
	struct against against;

	for (size_t w = 0; w < rows->run->workload_count; w++) {
		if (!measure(rows, w, engine_phase, &against))
			continue;
		if (named == PR_RUN_NONE)
			pr_buf_printf(text, "Against %s, %s moves ", label(rows, engine_phase),
			              label(rows, against.phase));
		else if (named != against.phase)
			pr_buf_printf(text, ", %s ", label(rows, against.phase));
		else
			pr_buf_puts(text, ", ");
		pr_buf_printf(text, "%s in %s",
		              pr_numbers_factor(against.effect, against.lo, against.hi).text,
		              rows->run->workloads[w].label);
		named = against.phase;
	}
	pr_buf_puts(text, named == PR_RUN_NONE ? "" : ". ");
}

void pr_against_add_sentences(struct pr_buf *text, const struct pr_rows *rows)
{
	for (size_t p = 0; p < rows->run->phase_count; p++)
		if (is_other_engine(rows, p))
			add_sentence(text, rows, p);
}
