/* SPDX-License-Identifier: MIT */
/* analyzers/unpaired.h - two run directories become a comparison.
 *
 * They were not made side by side, so what the machine did between them is in every difference:
 * Mann-Whitney's test and its shift (ranksum.h) in place of pairs, and the label "unpaired: machine
 * drift not removed".  The document is "proctor.comparison" with "paired" false; what only a run of
 * its own can tell (counts of one phase against another, witnesses) is empty.  */
#ifndef PR_UNPAIRED_H
#define PR_UNPAIRED_H

#include "analyzers/compare.h"

#define PR_UNPAIRED_LABEL "unpaired: machine drift not removed"

/* Compares each phase of second with the phase of that label in first; with opts->baseline with
 * that phase of first.  Workloads count when label and options are the same.  PR_USAGE when the
 * hosts differ (host.h) and force is not set, and when nothing has a counterpart.  The caller owns
 * *comparison, NULL on failure.  */
enum pr_err pr_unpaired(const struct pr_run *first, const struct pr_run *second,
                        const struct pr_compare_opts *opts, bool force, json_t **comparison,
                        struct pr_error *why) PR_CHECKED;

/* Such a document for people; private to pr_compare_view().  */
struct pr_view;
void pr_unpaired_view(struct pr_view *view, const json_t *comparison, bool full);

#endif
