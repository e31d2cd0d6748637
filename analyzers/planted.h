/* SPDX-License-Identifier: MIT */
/* analyzers/planted.h - whether a comparison found what was planted, and nothing else.
 *
 * A self-test runs phases that differ in a known way (or not at all) and compares them by the same
 * code as everybody's.  Each gating row becomes a check:
 *
 *   ok           what was planted was found, and where nothing was, nothing
 *   crooked      the comparison says something untrue
 *   cannot-tell  the machine was too restless, or the time too short
 *   void         nothing was measured  */
#ifndef PR_PLANTED_H
#define PR_PLANTED_H

#include <jansson.h>

#include "core/base/err.h"

enum pr_planted_kind {
	PR_PLANTED_NOTHING, /* size is not used */
	PR_PLANTED_SLOWER,  /* each slice takes 1 + size times as long */
	PR_PLANTED_STALLS,  /* total times grow by the factor 1 + size; most slices are as before */
	PR_PLANTED_READS,   /* the baseline makes size failing reads a message more */
};

struct pr_planted {
	enum pr_planted_kind kind;
	double size;
	const char *part; /* the name of the part of the self-test */
	const char *text; /* what was planted, for people */
};

enum pr_planted_result {
	PR_PLANTED_OK,
	PR_PLANTED_CROOKED,
	PR_PLANTED_CANNOT_TELL,
	PR_PLANTED_VOID,
};

/* "ok": the words of the format "proctor.selftest".  */
const char *pr_planted_result_name(enum pr_planted_result result);

/* Appends a check for each gating row (for reads: for each row that counts them) of a document
 * "proctor.comparison"; one that is void when there is none.  */
void pr_planted_judge(const struct pr_planted *planted, const json_t *comparison, json_t *checks);

/* Appends one check that was not judged by a comparison.  note must not be empty.  found may be
 * NaN.  Returns it; it belongs to checks.  */
json_t *pr_planted_add(const struct pr_planted *planted, const char *workload, const char *metric,
                       double expected, double found, enum pr_planted_result result,
                       const char *note, json_t *checks);

/* Of all checks: PR_WORSE when one is crooked, PR_VOID when all are void, PR_INCONCLUSIVE when one
 * is void or cannot tell, else PR_OK.  */
enum pr_err pr_planted_status(const json_t *checks);

#endif
