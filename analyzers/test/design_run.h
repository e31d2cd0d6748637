/* SPDX-License-Identifier: MIT */
/* analyzers/test/design_run.h - for tests: a run of four phases, two workloads and twelve blocks
 * whose times are made up.
 *
 * A scene says what is planted in the times, and chance from a seed of the caller's adds to it; a
 * trick is what times cannot show.  Everything is planted in phase 1 (named b) and workload 0 (w0).
 * A failure ends the test.  */
#ifndef PR_TEST_DESIGN_RUN_H
#define PR_TEST_DESIGN_RUN_H

#include <stdbool.h>

#include "analyzers/run.h"
#include "core/base/rng.h"

#define DESIGN_PHASES    4
#define DESIGN_WORKLOADS 2
#define DESIGN_BLOCKS    12
#define DESIGN_SLICES    4 /* of a block; one more is whole, and then there are pairs */
#define DESIGN_BUILDS    4

/* Chance and effects, as logs of times.  */
struct design_scene {
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

/* What a scene cannot plant.  The first leave the times as they were, the last make another run. */
enum design_trick {
	DESIGN_PLAIN,
	DESIGN_VOIDS,
	DESIGN_HEADS,
	DESIGN_STALLS,
	DESIGN_BUILT,
	DESIGN_FEW,
	DESIGN_PINNED,
	DESIGN_FLAGS
};

/* The run, with times that are all alike.  The caller destroys it.  Only DESIGN_PINNED and
 * DESIGN_FLAGS make another one than DESIGN_PLAIN.  */
struct pr_run *design_run(enum design_trick trick);

/* Whether a slice is one in which things are planted.  */
bool design_is_planted(const struct pr_run_sample *sample);

/* Writes the times of all slices anew.  */
void design_set_times(struct pr_run *run, struct pr_rng *rng, const struct design_scene *scene);

/* Voids one slice of each block of phase 1.  Kinds are part of the order of the samples, so this is
 * once and for all.  */
void design_set_voids(struct pr_run *run);

#endif
