/* SPDX-License-Identifier: MIT */
/* harness/replay.h - repeating a run: the same plan, and the very libraries that it measured.
 *
 * The record of a run names the file that each phase loaded, with its hash, and keeps a copy
 * (keep.h).  A repetition loads the installed file while that is still the one, else the copy, and
 * refuses when neither is: a number of another engine under an old name is worse than none.  */
#ifndef PR_REPLAY_H
#define PR_REPLAY_H

#include <jansson.h>

#include "core/base/err.h"
#include "harness/plan.h"

/* Notes in the plan, which came from this record, what each phase loaded.  dir is where the files
 * of the run are, name what the user called it.  */
void pr_replay_note(struct pr_plan *plan, const json_t *run, const char *dir, const char *name);

/* Decides which file a variant of a phase loads (its file; NULL: as the options say).  *sentence,
 * which the caller frees, tells the user what is not as it was; NULL when all is.  */
enum pr_err pr_replay_choose(const struct pr_plan *plan, struct pr_plan_phase *phase,
                             size_t variant, char **sentence, struct pr_error *why) PR_CHECKED;

/* After loading: whether library, with "path" and "sha256", is the one.  */
enum pr_err pr_replay_check(const struct pr_variant *variant, const json_t *library,
                            struct pr_error *why) PR_CHECKED;

/* For the record of the repetition: {"run", "created", "differences"}: what differs of the machine
 * and of proctor, each with "what", "first" and "second".  NULL when the plan repeats nothing.  */
json_t *pr_replay_describe(const struct pr_plan *plan, const json_t *run);

#endif
