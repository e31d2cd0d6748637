/* SPDX-License-Identifier: MIT */
/* analyzers/selftest_view.h - the document "proctor.selftest" for people.  */
#ifndef PR_SELFTEST_VIEW_H
#define PR_SELFTEST_VIEW_H

#include <jansson.h>

#include "analyzers/view.h"

#define PR_SELFTEST_FORMAT  "proctor.selftest"
#define PR_SELFTEST_VERSION 1

/* The whole document from the checks (planted.h), which it takes.  seconds: how long it took.  */
json_t *pr_selftest_document(json_t *checks, bool quick, double seconds);

/* The caller destroys the view.  */
struct pr_view *pr_selftest_view(const json_t *selftest);

#endif
