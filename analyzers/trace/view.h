/* SPDX-License-Identifier: MIT */
/* analyzers/trace/view.h - the document `proctor.trace` as paragraphs and tables.  */
#ifndef PR_TRACE_VIEW_H
#define PR_TRACE_VIEW_H

#include <jansson.h>

#include "analyzers/view.h"

/* The caller destroys the view.  */
struct pr_view *pr_trace_view(const json_t *document);

#endif
