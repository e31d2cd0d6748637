/* SPDX-License-Identifier: MIT */
/* analyzers/probed_view.h - what probes counted, what they cost, and doses, as tables.  */
#ifndef PR_PROBED_VIEW_H
#define PR_PROBED_VIEW_H

#include <jansson.h>

#include "analyzers/view.h"

/* Adds the tables of "probed", "sites", "disturbance" and "doses" of a comparison, as far as it has
 * them.  */
void pr_probed_view(struct pr_view *view, const json_t *comparison);

/* Those of "doses" alone, of a comparison or an explanation.  */
void pr_doses_view(struct pr_view *view, const json_t *document);

#endif
