/* SPDX-License-Identifier: MIT */
/* analyzers/claim/table.c - the kinds of claims that exist.  */
#include "analyzers/claim.h"

#include <stddef.h>

const struct pr_claim_ops *const pr_claim_kinds[] = {
        &pr_claim_change,
        &pr_claim_equality,
        &pr_claim_level,
        &pr_claim_ideal,
        &pr_claim_goal,
        &pr_claim_property,
        &pr_claim_mechanism,
        &pr_claim_cost,
        &pr_claim_prediction,
        &pr_claim_consistency,
        NULL,
};

const char *pr_claim_verdict_name(enum pr_claim_verdict verdict)
{
	static const char *const names[] = {"not-testable", "confirmed", "not-shown", "refuted"};

	return names[verdict];
}
