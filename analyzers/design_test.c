/* SPDX-License-Identifier: MIT */
/* analyzers/design_test.c - the checks of a run's design: what they find, and how often they find
 * what is not there.
 *
 * One run, parsed once; each test writes the times of its slices anew: what is planted, and chance
 * from a fixed seed.  `ctest -R analyzers.design -V` prints the rates.  Nothing here is timed.  */
#include "analyzers/design.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/compare.h"
#include "analyzers/compare_format.h"
#include "analyzers/predecessor.h"
#include "analyzers/rows.h"
#include "analyzers/simulate.h"
#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/test.h"

#define PHASES    4
#define WORKLOADS 2
#define BLOCKS    12
#define SLICES    4  /* of a block; one more is whole, and then there are pairs */
#define PAIRS     2  /* of the first phase with each other */
#define LONGER    20 /* times as many messages */
#define ROUNDS    1500
#define DELTA     0.02
#define BUILDS    4

static const char *const names[PHASES] = {"a", "b", "c", "d"};

/* ---- a run ----------------------------------------------------------------------------------- */

static void add_trials(struct pr_buf *text)
{
	const char *comma = "";

	for (int w = 0; w < WORKLOADS; w++)
		for (int p = 0; p < PHASES; p++)
			for (int block = 1; block <= BLOCKS; block++, comma = ",")
				pr_buf_printf(
				        text,
				        "%s{\"phase\":\"%s\",\"workload\":\"w%d\",\"block\":%d,"
				        "\"status\":\"ok\",\"reason\":null,\"messages\":100,"
				        "\"slices_void\":0,\"samples\":%d,"
				        "\"metrics\":{\"throughput\":{\"value\":1e6,\"unit\":"
				        "\"msg/s\"},\"cpu_per_message\":{\"value\":1000,"
				        "\"unit\":\"ns\"}},\"counters\":{}}",
				        comma, names[p], w, block,
				        SLICES + 1 + PAIRS * (p == 0 ? PHASES - 1 : 1));
}

static const char *predecessor_of(int p, int block, int slice)
{
	return names[(p + 1 + (block * 7 + slice) % (PHASES - 1)) % PHASES];
}

/* more: members of the line that only some have.  */
static void add_sample(struct pr_buf *text, int w, int p, int block, int slice, const char *more)
{
	pr_buf_printf(text,
	              "{\"phase\":\"%s\",\"workload\":\"w%d\",\"block\":%d,\"slice\":%d,"
	              "\"predecessor\":\"%s\",\"messages\":%d,\"elapsed_ns\":1000000,"
	              "\"cpu_ns\":1000000,\"control_ns\":100000,\"status\":\"ok\"%s}\n",
	              names[p], w, block, slice, predecessor_of(p, block, slice),
	              1000 * (slice == SLICES + 1 ? LONGER : 1), more);
}

/* The first phase and another by turns.  */
static void add_pairs(struct pr_buf *text, int w, int p, int block)
{
	for (int other = p == 0 ? 1 : p; other <= (p == 0 ? PHASES - 1 : p); other++)
		for (int i = 0; i < PAIRS; i++) {
			char *more = pr_asprintf(",\"pair\":\"%s\"", names[other]);

			add_sample(text, w, p, block, SLICES + 2 + PAIRS * (other - 1) + i, more);
			free(more);
		}
}

static void add_samples(struct pr_buf *text)
{
	for (int w = 0; w < WORKLOADS; w++)
		for (int p = 0; p < PHASES; p++)
			for (int block = 1; block <= BLOCKS; block++) {
				for (int slice = 1; slice <= SLICES; slice++)
					add_sample(text, w, p, block, slice, "");
				add_sample(text, w, p, block, SLICES + 1, ",\"whole\":true");
				add_pairs(text, w, p, block);
			}
}

/* What a scene cannot plant.  The first leave the times as they were, the last make another run. */
enum trick { NO_TRICK, VOIDS, HEADS, STALLS, BUILT, FEW, PINNED, FLAGS };

static void add_phases(struct pr_buf *text, enum trick trick)
{
	for (int p = 0; p < PHASES; p++) {
		pr_buf_printf(text, "%s{\"label\":\"%s\",\"engine\":\"core\"", p > 0 ? "," : "",
		              names[p]);
		if (trick == FLAGS)
			pr_buf_printf(text,
			              ",\"library\":{\"path\":\"/%s\",\"sha256\":\"%064d\","
			              "\"build\":{\"optimisation\":\"-O%d\",\"relro\":\"%s\"}}",
			              names[p], p, p == 1 ? 3 : 2, p == 1 ? "full" : "none");
		pr_buf_puts(text, "}");
	}
}

static struct pr_run *make_run_of(enum trick trick)
{
	bool pinned = trick == PINNED;
	struct pr_run *run = NULL;
	struct pr_buf text, samples;
	struct pr_error why;

	pr_buf_init(&text);
	pr_buf_init(&samples);
	pr_buf_printf(&text,
	              "{\"format\":\"proctor.run\",\"version\":1,\"status\":\"complete\","
	              "\"plan\":{\"pin\":\"one\",\"workloads\":["
	              "{\"name\":\"streaming\",\"label\":\"w0\",\"options\":{%s}},"
	              "{\"name\":\"streaming\",\"label\":\"w1\",\"options\":{%s}}]},"
	              "\"phases\":[",
	              pinned ? "\"pin\":\"one\"" : "",
	              pinned ? "\"pin\":\"spread\"" : "\"size\":1");
	add_phases(&text, trick);
	pr_buf_puts(&text, "],\"trials\":[");
	add_trials(&text);
	pr_buf_puts(&text, "]}");
	add_samples(&samples);
	assert_ok(pr_run_parse("run", text.text, text.size, samples.text, samples.size, &run, &why),
	          why);
	pr_buf_fini(&text);
	pr_buf_fini(&samples);
	assert_int_equal(run->sample_count,
	                 WORKLOADS * BLOCKS * (PHASES * (SLICES + 1) + 2 * PAIRS * (PHASES - 1)));
	return run;
}

static struct pr_run *make_run(void)
{
	return make_run_of(NO_TRICK);
}

/* ---- its times ------------------------------------------------------------------------------- */

/* Logs.  What is planted is in phase 1 and workload 0, and takes more time.  */
struct scene {
	double block_sd, slice_sd;   /* of a process, and of a slice */
	double crowd;                /* effect of pairs less that of short slices */
	double control_sd;           /* of the control after the slices of a process */
	double effect, whole_effect; /* of short slices and of whole ones */
	double control;
	double drift;       /* of the control, from the first block to the last */
	double predecessor; /* of slices that follow phase 1 */
	double builds;      /* of blocks with some builds, less with others */
	double other;       /* effect of slices of phase 1 in workload 1 */
	double waves;       /* in all phases but the first, over the blocks */
};

static bool is_planted(const struct pr_run_sample *sample)
{
	return sample->phase == 1 && sample->workload == 0;
}

static double planted_time(const struct scene *scene, const struct pr_run_sample *sample)
{
	double time = 0;

	if (is_planted(sample))
		time += sample->kind == PR_RUN_WHOLE ? scene->whole_effect : scene->effect;
	if (is_planted(sample) && sample->kind == PR_RUN_PAIR)
		time += scene->crowd;
	if (sample->phase == 1 && sample->workload == 1)
		time += scene->other;
	if (sample->phase > 0)
		time += scene->waves * sin((double)sample->block * M_PI / 6);
	if (sample->workload == 0 && sample->predecessor == 1)
		time += scene->predecessor;
	if (is_planted(sample))
		time += scene->builds * ((double)((sample->block - 1) % BUILDS) - 1.5);
	return time;
}

static double planted_control(const struct scene *scene, const struct pr_run_sample *sample)
{
	if (!is_planted(sample))
		return 0;
	return scene->control + scene->drift * (double)(sample->block - 1) / (BLOCKS - 1);
}

static void set_times(struct pr_run *run, struct pr_rng *rng, const struct scene *scene)
{
	double process = 0, control = 0, whole = 0;

	for (size_t i = 0; i < run->sample_count; i++) {
		struct pr_run_sample *sample = &run->samples[i];
		double time, base_ns = sample->kind == PR_RUN_WHOLE ? LONGER * 1e6 : 1e6;

		if (i == 0 || sample->block != sample[-1].block ||
		    sample->phase != sample[-1].phase) { /* another process */
			process = scene->block_sd * pr_simulate_normal(rng);
			whole = scene->block_sd * pr_simulate_normal(rng);
			control = scene->control_sd * pr_simulate_normal(rng);
		}
		time = planted_time(scene, sample) + scene->slice_sd * pr_simulate_normal(rng) +
		       (sample->kind == PR_RUN_WHOLE ? whole : process);
		sample->elapsed_ns = base_ns * exp(time);
		sample->cpu_ns =
		        base_ns * exp(time + 0.3 * scene->slice_sd * pr_simulate_normal(rng));
		sample->control_ns = 1e5 * exp(control + planted_control(scene, sample));
	}
}

/* Kinds are part of the order of the samples, so they are set once and for all.  */
static void set_voids(struct pr_run *run)
{
	for (size_t i = 0; i < run->sample_count; i++) {
		struct pr_run_sample *sample = &run->samples[i];

		if (sample->phase != 1 || sample->slice != SLICES)
			continue;
		sample->kind = PR_RUN_VOIDED;
		sample->sleeper = 2;
		sample->elapsed_ns *= 2;
	}
}

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
static struct pr_rows *run_scene(struct pr_run *run, const struct scene *scene)
{
	struct pr_rng rng;

	pr_rng_init(&rng, 42);
	set_times(run, &rng, scene);
	return judge(run);
}

/* ---- what they find -------------------------------------------------------------------------- */

static void expect_note(const struct pr_row *row, const char *part)
{
	if (strstr(row->note, part) == NULL)
		fail_msg("note is '%s', expected '%s' in it", row->note, part);
}

static void effects_that_depend_on_run_length(void **state)
{
	struct pr_run *run = make_run();
	struct pr_rows *rows = run_scene(run, &(struct scene){.block_sd = 0.005,
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
	rows = run_scene(run, &(struct scene){.block_sd = 0.005,
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
	struct pr_run *run = make_run();
	struct pr_rows *rows = run_scene(run, &(struct scene){.block_sd = 0.003,
	                                                      .slice_sd = 0.003,
	                                                      .effect = 0.1,
	                                                      .whole_effect = 0.1,
	                                                      .crowd = -0.1});
	const struct pr_row *row = throughput(rows, 0, 1);

	(void)state;
	assert_int_equal(row->design.pair.n, BLOCKS);
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
	struct pr_run *run = make_run();
	struct pr_rows *rows = run_scene(
	        run, &(struct scene){.block_sd = 0.005, .control_sd = 0.01, .control = 0.08});

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
	struct pr_run *run = make_run();
	struct pr_rows *rows = run_scene(
	        run, &(struct scene){.block_sd = 0.005, .control_sd = 0.002, .drift = 0.2});

	(void)state;
	/* A drift is a difference too, and that is found first.  */
	assert_int_not_equal(throughput(rows, 0, 1)->design.machine, PR_MACHINE_STILL);
	assert_int_equal(throughput(rows, 0, 1)->verdict, PR_VERDICT_VOID);
	pr_rows_destroy(&rows);
	rows = run_scene(run, &(struct scene){.block_sd = 0.005,
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
	struct pr_run *run = make_run();
	struct pr_rng rng;
	struct pr_rows *rows;
	json_t *voids;

	(void)state;
	pr_rng_init(&rng, 42);
	set_times(run, &rng, &(struct scene){.block_sd = 0.002, .slice_sd = 0.002});
	set_voids(run);
	rows = judge(run);
	assert_true(throughput(rows, 0, 1)->design.with_voids.n == BLOCKS);
	assert_true(fabs(throughput(rows, 0, 1)->difference.effect) < 0.01);
	expect_note(throughput(rows, 0, 1), "with the void slices");
	voids = pr_design_voids_json(run);
	assert_int_equal(json_array_size(voids), PHASES);
	assert_int_equal(pr_run_number(json_array_get(voids, 2), "slept_not"), WORKLOADS * BLOCKS);
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
	struct pr_run *run = make_run();
	struct pr_rows *rows = run_scene(
	        run, &(struct scene){.block_sd = 0.01, .slice_sd = 0.005, .predecessor = 0.1});
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
	static const struct scene same = {.block_sd = 0.002,
	                                  .slice_sd = 0.005,
	                                  .effect = 0.03,
	                                  .whole_effect = 0.03},
	                          apart = {.block_sd = 0.002,
	                                   .slice_sd = 0.005,
	                                   .effect = 0.03,
	                                   .whole_effect = 0.03,
	                                   .builds = 0.02};
	struct pr_run *run = make_run();
	struct pr_rows *rows;

	(void)state;
	for (size_t i = 0; i < run->trial_count; i++)
		run->trials[i].build = (run->trials[i].block - 1) % BUILDS + 1;
	rows = run_scene(run, &same);
	assert_int_equal(throughput(rows, 0, 1)->design.layout.builds, BUILDS);
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
	static const struct scene still = {.block_sd = 0.003,
	                                   .slice_sd = 0.003,
	                                   .effect = 0.1,
	                                   .whole_effect = 0.1},
	                          waves = {.block_sd = 0.003,
	                                   .slice_sd = 0.003,
	                                   .effect = 0.1,
	                                   .whole_effect = 0.1,
	                                   .waves = 0.1};
	struct pr_run *run = make_run();
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
	struct pr_run *run = make_run();
	struct pr_rows *rows = run_scene(run, &(struct scene){.block_sd = 0.001,
	                                                      .slice_sd = 0.001,
	                                                      .effect = log(1.25),
	                                                      .whole_effect = log(1.0125)});
	const struct pr_row *row = throughput(rows, 0, 1);
	const struct pr_slope *slope = &row->design.slope;

	(void)state;
	assert_int_equal(slope->n, BLOCKS);
	assert_true(fabs(slope->effect) < 0.005 && slope->lo < 0.002 && slope->hi > -0.002);
	assert_true(fabs(slope->fixed_ns - 250000) < 10000 && fabs(slope->base_fixed_ns) < 10000);
	assert_true(row->design.depends);
	expect_note(row, "without what a slice costs by itself (2");
	assert_int_equal(throughput(rows, 1, 1)->design.slope.n, BLOCKS);
	pr_rows_destroy(&rows);
	pr_run_destroy(&run);
}

/* ---- and what they say ----------------------------------------------------------------------- */

/* In phase 1 and workload 0.  */
static void play(struct pr_run *run, enum trick trick)
{
	for (size_t i = 0; i < run->trial_count; i++)
		run->trials[i].build = trick == BUILT ? (run->trials[i].block - 1) % BUILDS + 1 : 0;
	for (size_t i = 0; i < run->sample_count; i++) {
		struct pr_run_sample *sample = &run->samples[i];

		if (!is_planted(sample))
			continue;
		if (trick == HEADS) {
			sample->head_messages = 100;
			sample->head_elapsed_ns = 2e5;
		}
		if (trick == STALLS && sample->slice == 1)
			sample->elapsed_ns *= 4;
	}
	for (size_t i = 0; trick == VOIDS && i < run->trial_count; i++)
		run->trials[i].slices_void = run->trials[i].phase == 1;
	if (trick == VOIDS)
		set_voids(run);
	if (trick == FEW)
		run->block_count = 6;
}

/* The whole comparison, as a user reads it.  The caller frees.  */
static char *read_all(const struct scene *scene, enum trick trick)
{
	struct pr_run *run = make_run_of(trick);
	struct pr_compare_opts opts = {.delta = DELTA};
	struct pr_view *view;
	struct pr_error why;
	struct pr_rng rng;
	json_t *document;
	char *text;

	pr_rng_init(&rng, 4);
	set_times(run, &rng, scene);
	play(run, trick);
	document = pr_compare(run, &opts, &why);
	assert_non_null(document);
	view = pr_compare_view(document, PR_COMPARE_FULL);
	text = pr_view_markdown(view);
	pr_view_destroy(&view);
	json_decref(document);
	pr_run_destroy(&run);
	return text;
}

/* One line for each check: what is planted, and the words that tell it.  */
static const struct {
	struct scene scene;
	enum trick trick;
	const char *words;
} checks[] = {
        {{.effect = 0.1, .whole_effect = -0.1},
         NO_TRICK,
         "throughput of b in w0 depends on run length: slices of the whole length give"},
        {{.effect = 0.1, .whole_effect = 0.1, .crowd = -0.2},
         NO_TRICK,
         "throughput of b in w0 depends on the other phases: turns with the baseline alone give"},
        {{.control = 0.08}, NO_TRICK, "The machine changes with the load: after slices of b in w0"},
        {{.control = -0.1, .drift = 0.2}, NO_TRICK, "The machine moved: after slices of b in w0"},
        {{.predecessor = 0.1}, NO_TRICK, "In w0 a slice that follows b moves"},
        {{.builds = 0.02},
         BUILT,
         "throughput of b in w0 depends on the build: builds, each counted once,"},
        {{.effect = 0}, VOIDS, "Void slices, because another phase did not sleep meanwhile"},
        {{.effect = 0}, HEADS, "The head of each slice of w0 is left out"},
        {{.effect = 0}, STALLS, "b is slower by total time"},
        {{.effect = 0.1, .whole_effect = 0.1, .other = -0.1},
         PINNED,
         "moved in opposite directions, so there is no single verdict"},
        {{.effect = 0}, FLAGS, "b was built in another way than a: optimisation -O3 against -O2"},
        {{.effect = 0.1, .whole_effect = 0.1},
         FEW,
         "With 6 blocks no change can be shown: at least 8 are needed"},
        {{.waves = 0.1}, NO_TRICK, "The blocks are not independent: over 12 rows of 12 blocks"},
};

#define CHECKS (sizeof(checks) / sizeof(checks[0]))

/* Each is told when it is there, and nothing else is.  */
static void each_check_speaks_and_is_silent(void **state)
{
	(void)state;
	for (size_t i = 0; i <= CHECKS; i++) {
		struct scene scene = i < CHECKS ? checks[i].scene : (struct scene){.effect = 0};
		char *text;

		scene.block_sd = 0.003;
		scene.slice_sd = 0.003;
		scene.control_sd = 0.002;
		text = read_all(&scene, i < CHECKS ? checks[i].trick : NO_TRICK);
		for (size_t k = 0; k < CHECKS; k++)
			if ((strstr(text, checks[k].words) != NULL) != (k == i))
				fail_msg("with check %zu planted, '%s' is %s", i, checks[k].words,
				         k == i ? "not said" : "said");
		free(text);
	}
}

/* ---- and how often they find what is not there ----------------------------------------------- */

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
	bool control = false, before = false, length[PHASES] = {false}, crowd[PHASES] = {false};

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
	for (size_t p = 0; p < PHASES; p++) {
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
	static const struct scene noise = {.block_sd = 0.2, .slice_sd = 0.3, .control_sd = 0.2};
	struct pr_run *run = make_run();
	struct alarms alarms = {0};
	struct pr_rng rng;

	(void)state;
	pr_rng_init(&rng, 20261125);
	for (int round = 0; round < ROUNDS; round++) {
		struct pr_rows *rows;

		set_times(run, &rng, &noise);
		rows = judge(run);
		count_rows(rows, &alarms);
		count_predecessors(run, &alarms);
		pr_rows_destroy(&rows);
	}
	print_message("of %d runs of %d phases, %d workloads, %d blocks, without any effect:\n"
	              "  control voids a row: %.3f (without the correction %.3f)\n"
	              "  a phase has a row that depends on run length: %.3f, on the others: %.3f\n"
	              "  a predecessor is told: %.3f (without the correction %.3f)\n",
	              ROUNDS, PHASES, WORKLOADS, BLOCKS, (double)alarms.control / ROUNDS,
	              (double)alarms.control_before / ROUNDS,
	              (double)alarms.length / ROUNDS / (PHASES - 1),
	              (double)alarms.crowd / ROUNDS / (PHASES - 1),
	              (double)alarms.predecessor / ROUNDS,
	              (double)alarms.predecessor_before / ROUNDS);
	assert_true(alarms.control <= 0.06 * ROUNDS);
	assert_true(alarms.length <= 0.06 * ROUNDS * (PHASES - 1));
	assert_true(alarms.crowd <= 0.06 * ROUNDS * (PHASES - 1));
	assert_true(alarms.predecessor <= 0.06 * ROUNDS);
	pr_run_destroy(&run);
}

PR_TEST_MAIN(cmocka_unit_test(effects_that_depend_on_run_length),
             cmocka_unit_test(effects_that_depend_on_the_other_phases),
             cmocka_unit_test(a_machine_that_changes_with_the_load),
             cmocka_unit_test(a_machine_that_moves),
             cmocka_unit_test(effects_with_void_slices_and_without),
             cmocka_unit_test(who_ran_before), cmocka_unit_test(builds_that_differ),
             cmocka_unit_test(verdicts_of_dependent_blocks),
             cmocka_unit_test(what_a_slice_costs_by_itself),
             cmocka_unit_test(each_check_speaks_and_is_silent),
             cmocka_unit_test(alarms_on_a_machine_that_is_still))
