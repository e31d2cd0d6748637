/* SPDX-License-Identifier: MIT */
/* analyzers/cause.h - a suspicion about a phase, which counters can confirm or refute.
 *
 * A cause sees counters, never labels or options, and must be able to answer "no" and "cannot tell"
 * as well as "yes".  Its evidence quotes the counters it looked at.  It says that they are
 * consistent with the cause; only an experiment that switches it alone shows that it is one.
 *
 * To add a cause: one file in cause/, a line in cause/table.c and in CMakeLists.txt.  */
#ifndef PR_CAUSE_H
#define PR_CAUSE_H

#include <stdint.h>

#include "analyzers/counts.h"

#define PR_CAUSE_OPS_VERSION 1

enum pr_cause_verdict { PR_CAUSE_YES, PR_CAUSE_NO, PR_CAUSE_CANNOT_TELL };

struct pr_cause_facts {
	double messages;         /* one-way */
	struct pr_counts hooks;  /* NaN without hooks */
	struct pr_counts strace; /* NaN when not traced */
};

struct pr_cause_finding {
	enum pr_cause_verdict verdict;
	char *evidence; /* one or two sentences; the caller frees */
};

struct pr_cause_ops {
	const char *name;     /* "speculation" */
	const char *question; /* what it asks */
	uint32_t version;     /* PR_CAUSE_OPS_VERSION */
	void (*judge)(const struct pr_cause_facts *facts, struct pr_cause_finding *finding);
};

extern const struct pr_cause_ops pr_cause_speculation;

/* All of them, ended by NULL.  */
extern const struct pr_cause_ops *const pr_causes[];

/* "yes", "no", "cannot tell".  */
const char *pr_cause_verdict_name(enum pr_cause_verdict verdict);

#endif
