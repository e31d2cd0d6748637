/* SPDX-License-Identifier: MIT */
/* analyzers/design_test.c - the checks of a run's design: what they find.
 *
 * Each test writes the times of the slices anew: what is planted, and chance from a fixed seed.  */
#include "analyzers/design.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/predecessor.h"
#include "analyzers/rows.h"
#include "analyzers/test/design_run.h"
#include "core/base/json.h"
#include "core/base/test.h"

#define DELTA 0.02

static struct pr_rows *judge(struct pr_run *run)
{
	struct pr_rows_opts opts = {.delta = DELTA};

	return pr_rows_create(run, 0, &opts);
}

static const struct pr_row *throughput(const struct pr_rows *rows, size_t workload, size_t phase)
{
	const struct pr_row *row = pr_rows_find(rows, workload, phase, "throughput");

	assert_non_null(row);
	return row;
}

/* What is planted in phase 1 and workload 0; everything else must be left alone.  */
static struct pr_rows *run_scene(struct pr_run *run, const struct design_scene *scene)
{
	struct pr_rng rng;

	pr_rng_init(&rng, 42);
	design_set_times(run, &rng, scene);
	return judge(run);
}

static void expect_note(const struct pr_row *row, const char *part)
{
	if (strstr(row->note, part) == NULL)
		fail_msg("note is '%s', expected '%s' in it", row->note, part);
}

static void effects_that_depend_on_run_length(void **state)
{
	struct pr_run *run = design_run(DESIGN_PLAIN);
	struct pr_rows *rows = run_scene(run, &(struct design_scene){.block_sd = 0.005,
	                                                             .slice_sd = 0.005,
	                                                             .effect = 0.1,
	                                                             .whole_effect = -0.1});

	(void)state;
	assert_true(throughput(rows, 0, 1)->design.depends);
	assert_int_equal(throughput(rows, 0, 1)->verdict, PR_VERDICT_INCONCLUSIVE);
	expect_note(throughput(rows, 0, 1), "depends on run length");
	assert_false(throughput(rows, 1, 1)->design.depends);
	assert_false(throughput(rows, 0, 2)->design.depends);
	pr_rows_destroy(&rows);
	/* The same sign, and both large: the verdict stands, and it is said all the same.  */
	rows = run_scene(run, &(struct design_scene){.block_sd = 0.005,
	                                             .slice_sd = 0.005,
	                                             .effect = 0.1,
	                                             .whole_effect = 0.2});
	assert_true(throughput(rows, 0, 1)->design.depends);
	assert_int_equal(throughput(rows, 0, 1)->verdict, PR_VERDICT_REGRESSED);
	expect_note(throughput(rows, 0, 1), "depends on run length");
	pr_rows_destroy(&rows);
	pr_run_destroy(&run);
}

static void effects_that_depend_on_the_other_phases(void **state)
{
	struct pr_run *run = design_run(DESIGN_PLAIN);
	struct pr_rows *rows = run_scene(run, &(struct design_scene){.block_sd = 0.003,
	                                                             .slice_sd = 0.003,
	                                                             .effect = 0.1,
	                                                             .whole_effect = 0.1,
	                                                             .crowd = -0.1});
	const struct pr_row *row = throughput(rows, 0, 1);

	(void)state;
	assert_int_equal(row->design.pair.n, DESIGN_BLOCKS);
	assert_true(row->design.crowded && !row->design.depends);
	assert_true(fabs(row->design.pair.effect) < 0.01);
	assert_int_equal(row->verdict, PR_VERDICT_INCONCLUSIVE);
	expect_note(row, "depends on the other phases: by turns with the baseline alone");
	assert_false(throughput(rows, 0, 2)->design.crowded);
	assert_false(throughput(rows, 1, 1)->design.crowded);
	pr_rows_destroy(&rows);
	pr_run_destroy(&run);
}

static void a_machine_that_changes_with_the_load(void **state)
{
	struct pr_run *run = design_run(DESIGN_PLAIN);
	struct pr_rows *rows = run_scene(
	        run,
	        &(struct design_scene){.block_sd = 0.005, .control_sd = 0.01, .control = 0.08});

	(void)state;
	assert_int_equal(throughput(rows, 0, 1)->design.machine, PR_MACHINE_LOADED);
	assert_int_equal(throughput(rows, 0, 1)->verdict, PR_VERDICT_VOID);
	expect_note(throughput(rows, 0, 1), "the machine changes with the load");
	assert_int_equal(pr_rows_find(rows, 0, 1, "cpu_per_message")->verdict, PR_VERDICT_VOID);
	assert_int_equal(throughput(rows, 1, 1)->design.machine, PR_MACHINE_STILL);
	assert_int_equal(throughput(rows, 0, 2)->design.machine, PR_MACHINE_STILL);
	assert_int_not_equal(throughput(rows, 0, 2)->verdict, PR_VERDICT_VOID);
	pr_rows_destroy(&rows);
	pr_run_destroy(&run);
}

static void a_machine_that_moves(void **state)
{
	struct pr_run *run = design_run(DESIGN_PLAIN);
	struct pr_rows *rows = run_scene(
	        run, &(struct design_scene){.block_sd = 0.005, .control_sd = 0.002, .drift = 0.2});

	(void)state;
	/* A drift is a difference too, and that is found first.  */
	assert_int_not_equal(throughput(rows, 0, 1)->design.machine, PR_MACHINE_STILL);
	assert_int_equal(throughput(rows, 0, 1)->verdict, PR_VERDICT_VOID);
	pr_rows_destroy(&rows);
	rows = run_scene(run, &(struct design_scene){.block_sd = 0.005,
	                                             .control_sd = 0.002,
	                                             .control = -0.1,
	                                             .drift = 0.2});
	assert_int_equal(throughput(rows, 0, 1)->design.machine, PR_MACHINE_MOVED);
	expect_note(throughput(rows, 0, 1), "the machine moved");
	assert_int_equal(throughput(rows, 1, 1)->design.machine, PR_MACHINE_STILL);
	pr_rows_destroy(&rows);
	pr_run_destroy(&run);
}

static void effects_with_void_slices_and_without(void **state)
{
	struct pr_run *run = design_run(DESIGN_PLAIN);
	struct pr_rng rng;
	struct pr_rows *rows;
	json_t *voids;

	(void)state;
	pr_rng_init(&rng, 42);
	design_set_times(run, &rng, &(struct design_scene){.block_sd = 0.002, .slice_sd = 0.002});
	design_set_voids(run);
	rows = judge(run);
	assert_true(throughput(rows, 0, 1)->design.with_voids.n == DESIGN_BLOCKS);
	assert_true(fabs(throughput(rows, 0, 1)->difference.effect) < 0.01);
	expect_note(throughput(rows, 0, 1), "with the void slices");
	voids = pr_design_voids_json(run);
	assert_int_equal(json_array_size(voids), DESIGN_PHASES);
	assert_int_equal(pr_run_number(json_array_get(voids, 2), "slept_not"),
	                 DESIGN_WORKLOADS * DESIGN_BLOCKS);
	assert_int_equal(pr_run_number(json_array_get(voids, 1), "slept_not"), 0);
	json_decref(voids);
	pr_rows_destroy(&rows);
	pr_run_destroy(&run);
}

/* The entry of a predecessor and workload.  */
static json_t *predecessor(json_t *array, const char *workload, const char *name)
{
	size_t i;
	json_t *entry;

	json_array_foreach(array, i, entry)
	{
		if (strcmp(pr_json_text(entry, "workload"), workload) == 0 &&
		    strcmp(pr_json_text(entry, "predecessor"), name) == 0)
			return entry;
	}
	fail_msg("no predecessor %s in %s", name, workload);
	return NULL;
}

static void who_ran_before(void **state)
{
	struct pr_run *run = design_run(DESIGN_PLAIN);
	struct pr_rows *rows = run_scene(
	        run,
	        &(struct design_scene){.block_sd = 0.01, .slice_sd = 0.005, .predecessor = 0.1});
	json_t *array = pr_predecessor_json(run);

	(void)state;
	assert_true(pr_run_number(predecessor(array, "w0", "b"), "p_adjusted") <= 0.05);
	assert_true(pr_run_number(predecessor(array, "w0", "b"), "effect") < -0.05);
	assert_true(pr_run_number(predecessor(array, "w1", "b"), "p_adjusted") > 0.05);
	json_decref(array);
	pr_rows_destroy(&rows);
	pr_run_destroy(&run);
}

static void builds_that_differ(void **state)
{
	static const struct design_scene same = {.block_sd = 0.002,
	                                         .slice_sd = 0.005,
	                                         .effect = 0.03,
	                                         .whole_effect = 0.03},
	                                 apart = {.block_sd = 0.002,
	                                          .slice_sd = 0.005,
	                                          .effect = 0.03,
	                                          .whole_effect = 0.03,
	                                          .builds = 0.02};
	struct pr_run *run = design_run(DESIGN_PLAIN);
	struct pr_rows *rows;

	(void)state;
	for (size_t i = 0; i < run->trial_count; i++)
		run->trials[i].build = (run->trials[i].block - 1) % DESIGN_BUILDS + 1;
	rows = run_scene(run, &same);
	assert_int_equal(throughput(rows, 0, 1)->design.layout.builds, DESIGN_BUILDS);
	assert_false(throughput(rows, 0, 1)->design.layout.depends);
	assert_int_equal(throughput(rows, 0, 1)->verdict, PR_VERDICT_REGRESSED);
	assert_null(strstr(throughput(rows, 0, 1)->note, "depends on the build"));
	pr_rows_destroy(&rows);
	/* From 0 to 6 % by build: with four of them it may be nothing.  */
	rows = run_scene(run, &apart);
	assert_true(throughput(rows, 0, 1)->design.layout.depends);
	assert_int_equal(throughput(rows, 0, 1)->verdict, PR_VERDICT_INCONCLUSIVE);
	expect_note(throughput(rows, 0, 1), "depends on the build: 4 of them differ by");
	assert_false(throughput(rows, 0, 2)->design.layout.depends);
	pr_rows_destroy(&rows);
	pr_run_destroy(&run);
}

/* Where neighbours resemble each other, a verdict counts only if the careful interval gives it.  */
static void verdicts_of_dependent_blocks(void **state)
{
	static const struct design_scene still = {.block_sd = 0.003,
	                                          .slice_sd = 0.003,
	                                          .effect = 0.1,
	                                          .whole_effect = 0.1},
	                                 waves = {.block_sd = 0.003,
	                                          .slice_sd = 0.003,
	                                          .effect = 0.1,
	                                          .whole_effect = 0.1,
	                                          .waves = 0.1};
	struct pr_run *run = design_run(DESIGN_PLAIN);
	struct pr_rows *rows = run_scene(run, &still);
	const struct pr_row *row = throughput(rows, 0, 1);

	(void)state;
	assert_int_equal(row->verdict, PR_VERDICT_REGRESSED);
	assert_true(row->careful_lo <= row->difference.lo && row->careful_hi >= row->difference.hi);
	pr_rows_destroy(&rows);
	rows = run_scene(run, &waves);
	row = throughput(rows, 0, 1);
	assert_true(pr_neighbours_are_alike(&rows->neighbours));
	assert_true(row->difference.hi < 0 && row->difference.p_adjusted <= PR_VERDICT_ALPHA);
	assert_true(row->careful_hi > 0);
	assert_int_equal(row->verdict, PR_VERDICT_INCONCLUSIVE);
	expect_note(row, "neighbours resemble each other in this run, and allowing for that");
	pr_rows_destroy(&rows);
	pr_run_destroy(&run);
}

/* Each slice of phase 1 takes a quarter of a millisecond more, whatever its length: short ones are
 * 20 % slower, long ones 1 %, and messages alone the same.  */
static void what_a_slice_costs_by_itself(void **state)
{
	struct pr_run *run = design_run(DESIGN_PLAIN);
	struct pr_rows *rows = run_scene(run, &(struct design_scene){.block_sd = 0.001,
	                                                             .slice_sd = 0.001,
	                                                             .effect = log(1.25),
	                                                             .whole_effect = log(1.0125)});
	const struct pr_row *row = throughput(rows, 0, 1);
	const struct pr_slope *slope = &row->design.slope;

	(void)state;
	assert_int_equal(slope->n, DESIGN_BLOCKS);
	assert_true(fabs(slope->effect) < 0.005 && slope->lo < 0.002 && slope->hi > -0.002);
	assert_true(fabs(slope->fixed_ns - 250000) < 10000 && fabs(slope->base_fixed_ns) < 10000);
	assert_true(row->design.depends);
	expect_note(row, "without what a slice costs by itself (2");
	assert_int_equal(throughput(rows, 1, 1)->design.slope.n, DESIGN_BLOCKS);
	pr_rows_destroy(&rows);
	pr_run_destroy(&run);
}

PR_TEST_MAIN(cmocka_unit_test(effects_that_depend_on_run_length),
             cmocka_unit_test(effects_that_depend_on_the_other_phases),
             cmocka_unit_test(a_machine_that_changes_with_the_load),
             cmocka_unit_test(a_machine_that_moves),
             cmocka_unit_test(effects_with_void_slices_and_without),
             cmocka_unit_test(who_ran_before), cmocka_unit_test(builds_that_differ),
             cmocka_unit_test(verdicts_of_dependent_blocks),
             cmocka_unit_test(what_a_slice_costs_by_itself))
