/* SPDX-License-Identifier: MIT */
/* analyzers/explain_view.h - an explanation as paragraphs and tables, from the document alone.  */
#ifndef PR_EXPLAIN_VIEW_H
#define PR_EXPLAIN_VIEW_H

#include <jansson.h>

#include "analyzers/view.h"

/* What a terminal shows; and the same with all evidence of the claims.  */
struct pr_view *pr_explain_view(const json_t *explanation);
struct pr_view *pr_explain_full_view(const json_t *explanation);

#endif
