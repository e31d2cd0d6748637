/* SPDX-License-Identifier: MIT */
/* analyzers/design_alarms_test.c - the checks of a run's design: how often they find what is not
 * there.  `ctest -R analyzers.design_alarms -V` prints the rates.  */
#include <math.h>
#include <stdlib.h>

#include "analyzers/predecessor.h"
#include "analyzers/rows.h"
#include "analyzers/test/design_run.h"
#include "core/base/test.h"

#define ROUNDS 1500
#define DELTA  0.02

struct alarms {
	size_t control, control_before; /* runs in which any row is void; without the correction */
	size_t length;                  /* phases of runs in which any row depends on run length */
	size_t crowd;                   /* or on the other phases */
	size_t predecessor, predecessor_before; /* runs in which any is told */
};

static bool leaves_out_zero(double lo, double hi)
{
	return lo > 0 || hi < 0;
}

static void count_rows(const struct pr_rows *rows, struct alarms *alarms)
{
	bool control = false, before = false, length[DESIGN_PHASES] = {false},
	     crowd[DESIGN_PHASES] = {false};

	for (size_t i = 0; i < rows->count; i++) {
		const struct pr_row *row = &rows->items[i];
		const struct pr_design_effect *effect = &row->design.control;

		control |= row->design.machine != PR_MACHINE_STILL;
		before |= leaves_out_zero(effect->lo, effect->hi) &&
		          fabs(effect->effect) > row->floor;
		length[row->phase] |= row->design.depends;
		crowd[row->phase] |= row->design.crowded;
	}
	alarms->control += control;
	alarms->control_before += before;
	for (size_t p = 0; p < DESIGN_PHASES; p++) {
		alarms->length += length[p];
		alarms->crowd += crowd[p];
	}
}

static void count_predecessors(const struct pr_run *run, struct alarms *alarms)
{
	json_t *array = pr_predecessor_json(run), *entry;
	bool told = false, before = false;
	size_t i;

	json_array_foreach(array, i, entry)
	{
		bool large = fabs(pr_run_number(entry, "effect")) > DELTA;

		told |= large && pr_run_number(entry, "p_adjusted") <= PR_VERDICT_ALPHA;
		before |= large && leaves_out_zero(pr_run_number(entry, "effect_lo"),
		                                   pr_run_number(entry, "effect_hi"));
	}
	alarms->predecessor += told;
	alarms->predecessor_before += before;
	json_decref(array);
}

/* Noise so large that neither floor nor delta keeps an alarm away.  */
static void alarms_on_a_machine_that_is_still(void **state)
{
	static const struct design_scene noise = {
	        .block_sd = 0.2, .slice_sd = 0.3, .control_sd = 0.2};
	const struct pr_rows_opts opts = {.delta = DELTA};
	struct pr_run *run = design_run(DESIGN_PLAIN);
	struct alarms alarms = {0};
	struct pr_rng rng;

	(void)state;
	pr_rng_init(&rng, 20261125);
	for (int round = 0; round < ROUNDS; round++) {
		struct pr_rows *rows;

		design_set_times(run, &rng, &noise);
		rows = pr_rows_create(run, 0, &opts);
		count_rows(rows, &alarms);
		count_predecessors(run, &alarms);
		pr_rows_destroy(&rows);
	}
	print_message("of %d runs of %d phases, %d workloads, %d blocks, without any effect:\n"
	              "  control voids a row: %.3f (without the correction %.3f)\n"
	              "  a phase has a row that depends on run length: %.3f, on the others: %.3f\n"
	              "  a predecessor is told: %.3f (without the correction %.3f)\n",
	              ROUNDS, DESIGN_PHASES, DESIGN_WORKLOADS, DESIGN_BLOCKS,
	              (double)alarms.control / ROUNDS, (double)alarms.control_before / ROUNDS,
	              (double)alarms.length / ROUNDS / (DESIGN_PHASES - 1),
	              (double)alarms.crowd / ROUNDS / (DESIGN_PHASES - 1),
	              (double)alarms.predecessor / ROUNDS,
	              (double)alarms.predecessor_before / ROUNDS);
	assert_true(alarms.control <= 0.06 * ROUNDS);
	assert_true(alarms.length <= 0.06 * ROUNDS * (DESIGN_PHASES - 1));
	assert_true(alarms.crowd <= 0.06 * ROUNDS * (DESIGN_PHASES - 1));
	assert_true(alarms.predecessor <= 0.06 * ROUNDS);
	pr_run_destroy(&run);
}

PR_TEST_MAIN(cmocka_unit_test(alarms_on_a_machine_that_is_still))
