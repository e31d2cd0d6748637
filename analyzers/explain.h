/* SPDX-License-Identifier: MIT */
/* analyzers/explain.h - a run becomes an explanation: the document "proctor.explanation".
 *
 * Where each phase's would-blocks (EAGAIN) come from, by cause, from the hooks, agreed with strace
 * in the same trial; and the causes that were looked for (cause.h).  */
#ifndef PR_EXPLAIN_H
#define PR_EXPLAIN_H

#include <jansson.h>

#include "analyzers/run.h"

struct pr_claims;
struct pr_floor;

struct pr_explain_opts {
	const struct pr_claims *claims; /* NULL: none to answer */
	const struct pr_floor *floor;   /* NULL: not known */
};

/* opts NULL: the usual.  NULL with why filled on error.  The caller owns the document.  */
json_t *pr_explain(const struct pr_run *run, const struct pr_explain_opts *opts,
                   struct pr_error *why);

#endif
