/* SPDX-License-Identifier: MIT */
/* analyzers/design_words_test.c - the checks of a run's design: what a comparison says of each, and
 * that it says nothing of the others.  */
#include <stdlib.h>
#include <string.h>

#include "analyzers/compare.h"
#include "analyzers/compare_format.h"
#include "analyzers/test/design_run.h"
#include "core/base/test.h"

#define DELTA 0.02

/* In phase 1 and workload 0.  */
static void play(struct pr_run *run, enum design_trick trick)
{
	for (size_t i = 0; i < run->trial_count; i++)
		run->trials[i].build =
		        trick == DESIGN_BUILT ? (run->trials[i].block - 1) % DESIGN_BUILDS + 1 : 0;
	for (size_t i = 0; i < run->sample_count; i++) {
		struct pr_run_sample *sample = &run->samples[i];

		if (!design_is_planted(sample))
			continue;
		if (trick == DESIGN_HEADS) {
			sample->head_messages = 100;
			sample->head_elapsed_ns = 2e5;
		}
		if (trick == DESIGN_STALLS && sample->slice == 1)
			sample->elapsed_ns *= 4;
	}
	for (size_t i = 0; trick == DESIGN_VOIDS && i < run->trial_count; i++)
		run->trials[i].slices_void = run->trials[i].phase == 1;
	if (trick == DESIGN_VOIDS)
		design_set_voids(run);
	if (trick == DESIGN_FEW)
		run->block_count = 6;
}

/* The whole comparison, as a user reads it.  The caller frees.  */
static char *read_all(const struct design_scene *scene, enum design_trick trick)
{
	struct pr_run *run = design_run(trick);
	struct pr_compare_opts opts = {.delta = DELTA};
	struct pr_view *view;
	struct pr_error why;
	struct pr_rng rng;
	json_t *document;
	char *text;

	pr_rng_init(&rng, 4);
	design_set_times(run, &rng, scene);
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
	struct design_scene scene;
	enum design_trick trick;
	const char *words;
} checks[] = {
        {{.effect = 0.1, .whole_effect = -0.1},
         DESIGN_PLAIN,
         "throughput of b in w0 depends on run length: slices of the whole length give"},
        {{.effect = 0.1, .whole_effect = 0.1, .crowd = -0.2},
         DESIGN_PLAIN,
         "throughput of b in w0 depends on the other phases: turns with the baseline alone give"},
        {{.control = 0.08},
         DESIGN_PLAIN,
         "The machine changes with the load: after slices of b in w0"},
        {{.control = -0.1, .drift = 0.2},
         DESIGN_PLAIN,
         "The machine moved: after slices of b in w0"},
        {{.predecessor = 0.1}, DESIGN_PLAIN, "In w0 a slice that follows b moves"},
        {{.builds = 0.02},
         DESIGN_BUILT,
         "throughput of b in w0 depends on the build: builds, each counted once,"},
        {{.effect = 0}, DESIGN_VOIDS, "Void slices, because another phase did not sleep meanwhile"},
        {{.effect = 0}, DESIGN_HEADS, "The head of each slice of w0 is left out"},
        {{.effect = 0}, DESIGN_STALLS, "b is slower by total time"},
        {{.effect = 0.1, .whole_effect = 0.1, .other = -0.1},
         DESIGN_PINNED,
         "moved in opposite directions, so there is no single verdict"},
        {{.effect = 0},
         DESIGN_FLAGS,
         "b was built in another way than a: optimisation -O3 against -O2"},
        {{.effect = 0.1, .whole_effect = 0.1},
         DESIGN_FEW,
         "With 6 blocks no change can be shown: at least 8 are needed"},
        {{.waves = 0.1}, DESIGN_PLAIN, "The blocks are not independent: over 12 rows of 12 blocks"},
};

#define CHECKS (sizeof(checks) / sizeof(checks[0]))

/* Each is told when it is there, and nothing else is.  */
static void each_check_speaks_and_is_silent(void **state)
{
	(void)state;
	for (size_t i = 0; i <= CHECKS; i++) {
		struct design_scene scene =
		        i < CHECKS ? checks[i].scene : (struct design_scene){.effect = 0};
		char *text;

		scene.block_sd = 0.003;
		scene.slice_sd = 0.003;
		scene.control_sd = 0.002;
		text = read_all(&scene, i < CHECKS ? checks[i].trick : DESIGN_PLAIN);
		for (size_t k = 0; k < CHECKS; k++)
			if ((strstr(text, checks[k].words) != NULL) != (k == i))
				fail_msg("with check %zu planted, '%s' is %s", i, checks[k].words,
				         k == i ? "not said" : "said");
		free(text);
	}
}

PR_TEST_MAIN(cmocka_unit_test(each_check_speaks_and_is_silent))
