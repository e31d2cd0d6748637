/* SPDX-License-Identifier: MIT */
/* analyzers/claims_judge.h - the claims of a file, answered by a run.  */
#ifndef PR_CLAIMS_JUDGE_H
#define PR_CLAIMS_JUDGE_H

#include "analyzers/claims.h"
#include "analyzers/floor.h"
#include "analyzers/run.h"

/* The members "claims" and "contradictions" of an explanation.  floor may be NULL.  Both results
 * are new references.  */
void pr_claims_judge(const struct pr_claims *claims, const struct pr_run *run,
                     const struct pr_floor *floor, json_t **answers, json_t **contradictions);

/* Claims that cannot hold together, or not even alone: an array of {"claims": [ids], "text"}.  */
json_t *pr_claims_contradictions(const struct pr_claims *claims);

/* Whether an explanation refutes a claim.  */
bool pr_claims_refuted(const json_t *explanation);

#endif
