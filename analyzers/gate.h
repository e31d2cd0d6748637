/* SPDX-License-Identifier: MIT */
/* analyzers/gate.h - a run against a policy: the document "proctor.gate".
 *
 * Each row that decides becomes a check with one of four results:
 *
 *   fail         its verdict is one that the policy fails on
 *   refused      the threshold is below what this run can detect (its minimum detectable effect,
 *                or the floor of the host), so that passing would say nothing
 *   cannot-tell  inconclusive or void for another reason
 *   pass         everything else
 *
 * A row that is shown to be better, or the same within the threshold, is not refused for its
 * detectable effect: that is shown.  p is corrected by Holm's method over the checks of a phase.
 * schemas/gate.schema.json describes the document.  */
#ifndef PR_GATE_H
#define PR_GATE_H

#include <jansson.h>

#include "analyzers/floor.h"
#include "analyzers/policy.h"
#include "analyzers/run.h"
#include "analyzers/view.h"
#include "core/base/buf.h"

#define PR_GATE_FORMAT  "proctor.gate"
#define PR_GATE_VERSION 1

/* NULL with why filled (PR_USAGE) when the baseline of the policy is not a phase of the run.  floor
 * may be NULL.  The caller owns the document.  */
json_t *pr_gate(const struct pr_run *run, const struct pr_policy *policy,
                const struct pr_floor *floor, struct pr_error *why);

/* PR_OK, PR_WORSE, PR_INCONCLUSIVE or PR_VOID.  */
enum pr_err pr_gate_status(const json_t *gate);

/* The document for people, what failed first; the caller destroys it.  */
struct pr_view *pr_gate_view(const json_t *gate);

/* As annotations of GitHub Actions, and as JUnit XML (testsuites, testsuite, testcase; refused and
 * cannot-tell are "skipped"), in UTF-8.  Appended to out.  */
void pr_gate_github(struct pr_buf *out, const json_t *gate);
void pr_gate_junit(struct pr_buf *out, const json_t *gate);

/* One annotation of GitHub Actions, escaped; level is "error", "warning" or "notice".  */
void pr_gate_annotate(struct pr_buf *out, const char *level, const char *title,
                      const char *message);

#endif
