/* SPDX-License-Identifier: MIT */
/* analyzers/history/changes.h - where the series of a history change their level.
 *
 * The effects of each case (their logarithms, where no effect is -100 %) go through the screen of
 * change_point.h.  What it finds is a candidate: about one series in two without any change has
 * one within 60 nights, so a paired run has to confirm it.  */
#ifndef PR_HISTORY_CHANGES_H
#define PR_HISTORY_CHANGES_H

#include "analyzers/history/history.h"

/* An array of objects, the newest change first: case (number) and its texts as in pr_document_case,
 * kind ("level", "sudden" for the last night or two, "gate" while there are too few nights for
 * either: the night from which on the verdict against the reference was no other, "remembered" when
 * only what was said of it tells of it), run and time of
 * the first night of the new level, first (its revision), good_run and last_good (the night before;
 * null: there is none, and the change is against the reference itself), margin (nights by which the
 * place may be wrong: pr_change_margin), pair (run, first, good_run and last_good of the two nights
 * that a paired run compares: as far away as that, within both levels), before and after (effects),
 * better (whether it is), p, nights (points of the new level), same_reference (whether the baseline
 * was the same build on either side), confirm_blocks (that a paired run should have), confirmation
 * (what the last one said: pr_history_confirmations; null), state and note (what people said of it:
 * pr_history_mark; else what the paired run said; "open" when nothing) and said_by.  A change that
 * moves by up to three nights, or by its margin, when more are known is the same change.  Of the
 * cases that decide, or with filter->metric of all that fit.  Changes of less than 2 % or the floor
 * of the host are left out.  The caller owns *changes, NULL on failure.
 */
enum pr_err pr_changes_find(struct pr_history *history, const struct pr_history_filter *filter,
                            json_t **changes, struct pr_error *why) PR_CHECKED;

/* The same of one case alone, of which the newest points are known: appends its changes in order of
 * time.  every: also when the metric does not decide.  */
enum pr_err pr_changes_of_case(struct pr_history *history, const struct pr_history_case *one,
                               const struct pr_history_series *series, bool every, json_t *changes,
                               struct pr_error *why) PR_CHECKED;

#endif
