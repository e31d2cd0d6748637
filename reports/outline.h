/* SPDX-License-Identifier: MIT */
/* reports/outline.h - the outline of a report: which sections, in which order.  */
#ifndef PR_REPORTS_OUTLINE_H
#define PR_REPORTS_OUTLINE_H

#include "reports/input.h"
#include "reports/model.h"

/* Builds the whole report from a prepared input.  The caller destroys it.  */
struct pr_model *pr_outline_build(const struct pr_input *input);

#endif
