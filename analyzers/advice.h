/* SPDX-License-Identifier: MIT */
/* analyzers/advice.h - what this run speaks for, by rules that are printed (pr_advice_rules).
 *
 * The options are data: those of a claims file; without one the three of the original report, when
 * the run has their phases; else every phase that is compared.  An option is out when its phase
 * loses, repeats or reorders messages, has connections closed or trials that failed, when a gating
 * metric got worse in any workload, or when a prerequisite is refuted.  Of the others, the one
 * whose throughput is surest to be higher (the lower ends of its intervals, added up as logarithms)
 * among those that improved in a gating metric; when there is none: the baseline's.  A row that is
 * inconclusive speaks for nothing.
 *
 * A prerequisite is the id of a claim, "property:backpressure" (or another property), or a
 * sentence, which no run can verify.  What was not verified is named, and so is what the run did
 * not exercise, because both limit the advice.  */
#ifndef PR_ADVICE_H
#define PR_ADVICE_H

#include <jansson.h>

#include "analyzers/claims.h"
#include "analyzers/floor.h"
#include "analyzers/run.h"

/* Sentences, in the order in which they apply; ended by NULL.  */
extern const char *const pr_advice_rules[];

/* {"option": its name (of phases, the label) or null, "reasons": [sentences]}; null when nothing
 * could be compared.  With options also "phase" and "options".  claims and floor may be NULL,
 * answers is the array of claims that were judged.  */
json_t *pr_advice_json(const struct pr_run *run, const struct pr_claims *claims,
                       const json_t *answers, const struct pr_floor *floor);

#endif
