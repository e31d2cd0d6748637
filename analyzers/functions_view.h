/* SPDX-License-Identifier: MIT */
/* analyzers/functions_view.h - instructions by function, as tables.  */
#ifndef PR_FUNCTIONS_VIEW_H
#define PR_FUNCTIONS_VIEW_H

#include "analyzers/view.h"

/* functions is the array of functions.h, nameless that of nameless.h; NULL: nothing is added.  */
void pr_functions_view(struct pr_view *view, const json_t *functions, const json_t *nameless);

#endif
