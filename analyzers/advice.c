/* SPDX-License-Identifier: MIT */
/* analyzers/advice.c - which phase this run speaks for.  */
#include "analyzers/advice.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/compare.h"
#include "analyzers/numbers.h"
#include "analyzers/rows.h"
#include "analyzers/summary.h"
#include "analyzers/witness.h"
#include "core/base/buf.h"
#include "core/base/json.h"

struct tally {
	size_t improved, regressed, rows;
	double surely_gained; /* sum of log(1 + lower end) of throughput */
};

static struct tally tally_phase(const struct pr_rows *rows, size_t phase)
{
	struct tally tally = {0};

	for (size_t i = 0; i < rows->count; i++) {
		const struct pr_row *row = &rows->items[i];

		if (row->phase != phase || !row->gating)
			continue;
		tally.rows++;
		tally.improved += row->verdict == PR_VERDICT_IMPROVED;
		tally.regressed += row->verdict == PR_VERDICT_REGRESSED;
		if (strcmp(row->metric->name, "throughput") == 0 && row->difference.lo > -1)
			tally.surely_gained += log1p(row->difference.lo);
	}
	return tally;
}

static size_t choose(const struct pr_rows *rows)
{
	size_t best = PR_RUN_NONE;

	for (size_t p = 0; p < rows->run->phase_count; p++) {
		struct tally tally = tally_phase(rows, p);

		if (tally.improved == 0 || tally.regressed > 0)
			continue;
		if (best == PR_RUN_NONE ||
		    tally.surely_gained > tally_phase(rows, best).surely_gained)
			best = p;
	}
	return best;
}

/* Whether any test came to an answer.  */
static bool is_decided(const struct pr_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++) {
		const struct pr_row *row = &rows->items[i];

		if (row->gating && row->difference.tests > 0 &&
		    row->verdict != PR_VERDICT_INCONCLUSIVE && row->verdict != PR_VERDICT_VOID)
			return true;
	}
	return false;
}

/* Takes text.  */
static void add_reason(json_t *reasons, char *text)
{
	pr_json_append(reasons, pr_json_new_string(text));
	free(text);
}

static void add_gains(json_t *reasons, const struct pr_rows *rows, size_t phase)
{
	for (size_t i = 0; i < rows->count; i++) {
		const struct pr_row *row = &rows->items[i];
		const struct pr_difference *d = &row->difference;

		if (row->phase == phase && row->gating && row->verdict == PR_VERDICT_IMPROVED)
			add_reason(reasons,
			           pr_asprintf("%s in %s: %s against %s.", row->metric->name,
			                       rows->run->workloads[row->workload].label,
			                       pr_numbers_effect(d->effect, d->lo, d->hi).text,
			                       rows->run->phases[rows->baseline].label));
	}
}

static void add_limits(json_t *reasons, const struct pr_run *run)
{
	json_t *limits = pr_witness_not_exercised(run);

	if (json_array_size(limits) > 0)
		add_reason(reasons,
		           pr_asprintf("This rests on what the run exercised, and it did not "
		                       "exercise everything. %s",
		                       json_string_value(json_array_get(limits, 0))));
	json_decref(limits);
}

static void advise(json_t *reasons, const struct pr_rows *rows, size_t phase)
{
	add_gains(reasons, rows, phase);
	add_reason(reasons, pr_strdup("No gating metric of it is worse in any workload."));
	add_limits(reasons, rows->run);
}

json_t *pr_advice_json(const struct pr_run *run)
{
	struct pr_rows_opts opts = {.delta = PR_COMPARE_DELTA};
	struct pr_rows *rows = pr_rows_create(run, 0, &opts);
	enum pr_err status = pr_summary_status(rows);
	size_t phase = choose(rows);
	json_t *json = json_object(), *reasons = json_array(), *option;

	if (status == PR_VOID) {
		option = json_null();
		add_reason(reasons, pr_strdup("Nothing could be compared."));
	} else if (!is_decided(rows)) {
		option = json_null();
		add_reason(reasons, pr_strdup("The run cannot tell the phases apart: no gating "
		                              "metric of any was decided."));
	} else if (phase == PR_RUN_NONE) {
		option = json_string(run->phases[0].label);
		add_reason(reasons,
		           pr_strdup("No phase was shown to be better in a gating metric without "
		                     "being worse in another."));
		add_limits(reasons, run);
	} else {
		option = json_string(run->phases[phase].label);
		advise(reasons, rows, phase);
	}
	pr_json_set(json, "option", option);
	pr_json_set(json, "reasons", reasons);
	pr_rows_destroy(&rows);
	return json;
}
