/* SPDX-License-Identifier: MIT */
/* analyzers/claims_join.h - claims that one run cannot test, answered by another.  */
#ifndef PR_CLAIMS_JOIN_H
#define PR_CLAIMS_JOIN_H

#include <jansson.h>

/* Each claim of an explanation that its run cannot test gets the answer of other, which was asked
 * the same claims, if that run can; the answer then has a member "run": where it comes from.  An
 * option that is out by the other run is out, and is recommended no longer; prerequisites that it
 * verified are no longer open.  Both may be NULL.  Copies; other is not changed.  */
void pr_claims_join(json_t *explanation, const json_t *other, const char *run);

#endif
