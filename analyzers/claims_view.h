/* SPDX-License-Identifier: MIT */
/* analyzers/claims_view.h - the claims of an explanation as a table, with what stands behind it. */
#ifndef PR_CLAIMS_VIEW_H
#define PR_CLAIMS_VIEW_H

#include <jansson.h>
#include <stdbool.h>

#include "analyzers/view.h"

/* Adds nothing when there are no claims.  full: with all evidence and commands.  */
void pr_claims_view(struct pr_view *view, const json_t *explanation, bool full);

#endif
