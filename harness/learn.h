/* SPDX-License-Identifier: MIT */
/* harness/learn.h - what the phases of a run are: each engine loaded once, before the first block.
 *
 * From this come the record's list of phases, the glossary of counters and the kept libraries; in a
 * repetition (replay.h) also what is not as it was.  And later, after each block, whether a file is
 * still the one that was learnt: somebody may build or install while a run goes on.  */
#ifndef PR_LEARN_H
#define PR_LEARN_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "harness/crew.h"
#include "harness/plan.h"
#include "harness/progress.h"
#include "harness/record.h"

struct pr_learn {
	const struct pr_crew *crew;
	struct pr_plan *plan;
	struct pr_record *record;
	struct pr_progress *progress;
	json_t *glossary; /* counters of all engines, filled; borrowed */
	bool keep;        /* copies of the libraries, not their hashes alone */
	json_t *seen;     /* libraries that were learnt, by engine and file */
	struct pr_learned {
		char *path, *copy; /* copy: NULL when there is none */
		struct stat file;
	} * phases[PR_PLAN_PHASES_MAX]; /* by variant of the phase (variants.h) */
};

/* Loads, writes into the record and tells the user.  PR_FAILED with a sentence when an engine
 * cannot be loaded, is not the one that is to be repeated, or cannot be kept.  */
enum pr_err pr_learn_phases(struct pr_learn *learn, struct pr_error *why) PR_CHECKED;

/* NULL when a file of a phase is what it was; else why what was measured of it since the last look
 * does not count, a new string.  From then on the copy is loaded, where there is one.  */
char *pr_learn_check(struct pr_learn *learn, size_t phase, size_t variant);

void pr_learn_fini(struct pr_learn *learn);

#endif
