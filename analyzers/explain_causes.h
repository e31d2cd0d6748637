/* SPDX-License-Identifier: MIT */
/* analyzers/explain_causes.h - members "causes" and "differences" of an explanation.
 *
 * Causes are judged of each phase alone.  Of each phase but the first they are also held against
 * the difference in CPU time per message between it and the first: the share that each stands for,
 * and what is left, under the name "unexplained".  */
#ifndef PR_EXPLAIN_CAUSES_H
#define PR_EXPLAIN_CAUSES_H

#include <jansson.h>

#include "analyzers/run.h"

#define PR_EXPLAIN_REST "unexplained"

/* Sets both arrays.  Within a workload and phase, causes stand by the size of their share; those
 * without one behind, in the order of the table.  */
void pr_explain_causes(const struct pr_run *run, json_t *explanation);

/* The one option of the engine by which two phases differ, "speculate: always, then never"; NULL
 * when they differ in more, in none, or in the engine.  The caller frees.  */
char *pr_explain_switched(const struct pr_run *run, size_t baseline, size_t phase);

#endif
