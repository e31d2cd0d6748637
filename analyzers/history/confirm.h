/* SPDX-License-Identifier: MIT */
/* analyzers/history/confirm.h - a change is put to the test: what was measured in a night before it
 * and in one of the new level, side by side in one run.  Where the place is sure these are the last
 * good night and the first bad one, else they are as far away as it may be wrong.
 *
 * A test is an object: "good_run" (null: the reference is the good side), "run", "phase",
 * "baseline", "blocks", and "changes" (changes.h), which it decides together, because they compare
 * the same nights.  Its plan is that of "run" with two phases, last-good and first-bad,
 * each with the options and the very library of its night, by hash.  The libraries are looked for
 * in the run directories of both nights (as the history names them) and in folders that the user
 * names.  */
#ifndef PR_HISTORY_CONFIRM_H
#define PR_HISTORY_CONFIRM_H

#include <jansson.h>

#include "analyzers/history/history.h"
#include "core/base/opts.h"

#define PR_CONFIRM_GOOD "last-good"
#define PR_CONFIRM_BAD  "first-bad"
#define PR_CONFIRM_P    0.01 /* at most, corrected for the other metrics, to be confirmed */

/* The tests that are due, the one of the newest change first: of changes that nobody has judged and
 * that no paired run did, or one did when the new level had half as many nights as now.  With
 * case_id
 * >= 0 the one of this case and run, due or not; PR_USAGE when there is none.  The caller owns
 * *tests, NULL on failure.  */
enum pr_err pr_confirm_due(struct pr_history *history, const struct pr_history_filter *filter,
                           int64_t case_id, int64_t run, json_t **tests,
                           struct pr_error *why) PR_CHECKED;

/* The plan of a test (proctor.plan).  folders: run directories, folders of such, or folders that
 * have libraries/.  PR_FAILED when the plan or a library is nowhere.  The caller owns *plan, NULL
 * on failure.  */
enum pr_err pr_confirm_plan(struct pr_history *history, const json_t *test,
                            const struct pr_opt_list *folders, json_t **plan,
                            struct pr_error *why) PR_CHECKED;

/* Whether there is nothing to run, because both nights measured the same library with the same
 * options; its changes are rejected then: what moved is not the code.  */
enum pr_err pr_confirm_skip(struct pr_history *history, json_t *test, bool *skipped,
                            struct pr_error *why) PR_CHECKED;

/* What the run of such a plan says of each change of the test: written to the history, and put into
 * the changes (state, said_by, confirmation).  confirmed: it is regressed or improved, as the
 * series said, with p of at most PR_CONFIRM_P; rejected: the other way, or shown to be no more than
 * the floor; open: it cannot tell.  PR_USAGE when the run is not of this test.  */
enum pr_err pr_confirm_judge(struct pr_history *history, json_t *test, const char *dir,
                             struct pr_error *why) PR_CHECKED;

/* PR_WORSE when a change was confirmed that is worse; else PR_INCONCLUSIVE when one is still open;
 * else PR_OK.  changes: an array.  */
enum pr_err pr_confirm_status(const json_t *changes);

/* "throughput of current in streaming: -6.1 % [-6.5, -5.8] ... since abc": a sentence for people;
 * the caller frees.  */
char *pr_confirm_sentence(const json_t *change);

#endif
