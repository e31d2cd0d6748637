/* SPDX-License-Identifier: MIT */
/* reports/brief.h - a report on one or two pages of a terminal: the verdict, a table, a few lines
 * that explain it, the fate of the claims.  The rest is in the documents.  */
#ifndef PR_REPORTS_BRIEF_H
#define PR_REPORTS_BRIEF_H

#include "reports/input.h"

struct pr_view;

/* From a prepared input, with the answers of the runs beside it.  The caller destroys it.  */
struct pr_view *pr_brief_view(const struct pr_input *input);

#endif
