/* SPDX-License-Identifier: MIT */
/* analyzers/compare.h - a run becomes a comparison: the document "proctor.comparison".
 *
 * Each phase is compared with the baseline, metric by metric, with an interval and a verdict
 * (rows.h, verdict.h); exact counts, witnesses and a sentence stand beside.
 * schemas/comparison.schema.json describes the document.  */
#ifndef PR_COMPARE_H
#define PR_COMPARE_H

#include <jansson.h>

#include "analyzers/floor.h"
#include "analyzers/run.h"

#define PR_COMPARE_DELTA   0.02
#define PR_COMPARE_FORMAT  "proctor.comparison"
#define PR_COMPARE_VERSION 1

struct pr_compare_opts {
	const char *baseline;         /* label; NULL: the first phase of the plan */
	double delta;                 /* a fraction, 0 or more; PR_COMPARE_DELTA is usual */
	const struct pr_floor *floor; /* NULL: not known */
};

/* NULL with why filled when the baseline is not a phase of the run.  The caller owns the document.
 */
json_t *pr_compare(const struct pr_run *run, const struct pr_compare_opts *opts,
                   struct pr_error *why);

/* Members of the document: "run", "workload_texts" and "floor" (where the floor comes from).  */
json_t *pr_compare_run_json(const struct pr_run *run);
json_t *pr_compare_descriptions_json(const struct pr_run *run);
json_t *pr_compare_floor_json(const struct pr_floor *floor);

/* The exit status that a comparison stands for: PR_OK, PR_WORSE, PR_INCONCLUSIVE or PR_VOID.  */
enum pr_err pr_compare_status(const json_t *comparison);

/* The number of the phase with that label (NULL: the first).  PR_USAGE with the nearest label when
 * there is none.  */
enum pr_err pr_compare_find_baseline(const struct pr_run *run, const char *label, size_t *baseline,
                                     struct pr_error *why) PR_CHECKED;

#endif
