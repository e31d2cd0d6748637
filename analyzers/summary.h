/* SPDX-License-Identifier: MIT */
/* analyzers/summary.h - a comparison in a few numbers: exit status, trials.  */
#ifndef PR_SUMMARY_H
#define PR_SUMMARY_H

#include <jansson.h>

#include "analyzers/rows.h"

/* By the gating rows alone: PR_WORSE when one regressed; PR_VOID when there is none, or nothing
 * could be compared in any; PR_INCONCLUSIVE when one is inconclusive or void; else PR_OK.  */
enum pr_err pr_summary_status(const struct pr_rows *rows);

/* The array "trials": how many were ok, void and failed, by workload and phase.  */
json_t *pr_summary_trials(const struct pr_run *run);

#endif
