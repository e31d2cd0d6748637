/* SPDX-License-Identifier: MIT */
/* analyzers/builds.h - whether the libraries of two phases were built alike.
 *
 * A library that is hardened or optimised in another way differs in more than its code, so a
 * comparison says so, and says also when it cannot tell.  The facts are the harness's
 * (harness/built.h), in run.json under "library"."build".  */
#ifndef PR_BUILDS_H
#define PR_BUILDS_H

#include <jansson.h>

#include "analyzers/run.h"

/* An array of {"phase", "differences": [{"what", "baseline", "phase": texts}], "unknown": [what],
 * "text": a sentence}, one for each phase whose library is another file than the baseline's and
 * differs from it, or may.  NULL when the run records nothing of the kind.  */
json_t *pr_builds_json(const struct pr_run *run, size_t baseline);

#endif
