/* SPDX-License-Identifier: MIT */
/* analyzers/causes_view.h - the causes of an explanation as paragraphs and a table.  */
#ifndef PR_CAUSES_VIEW_H
#define PR_CAUSES_VIEW_H

#include "analyzers/view.h"

/* Members "causes" and "differences": first which causes there are in each workload, with evidence;
 * then what they have to do with the differences between phases.  */
void pr_causes_view(struct pr_view *view, const json_t *explanation);

#endif
