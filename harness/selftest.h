/* SPDX-License-Identifier: MIT */
/* harness/selftest.h - the parts of a self-test: what is planted, and by which run.
 *
 * Each part is a run of its own through the same runner and the same comparison as everybody's, so
 * that nothing but what was planted can be in the way; one part is simulated.  To add one: a line
 * in the table of selftest.c.  */
#ifndef PR_SELFTEST_H
#define PR_SELFTEST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "analyzers/planted.h"

struct pr_selftest_part {
	struct pr_planted planted; /* part: the name */
	const char *phases;        /* of the plan, the baseline first; NULL: simulated */
	const char *workloads;     /* of the plan, with "slices" */
	double quick_s, whole_s;   /* how long it runs; 0: not in this kind of self-test */
	bool copies; /* phases name COPY-A and COPY-B: copies of the system's libzmq */
};

/* Ended by a NULL name.  */
extern const struct pr_selftest_part pr_selftest_parts[];

/* Runs a part in a new folder DIR/NAME and appends its checks.  What cannot be measured becomes a
 * check that is void; an error is PR_INTERRUPTED, or PR_FAILED when DIR cannot be written.  Blocks
 * for as long as it takes.  */
enum pr_err pr_selftest_run(const struct pr_selftest_part *part, const char *dir, bool quick,
                            bool quiet, json_t *checks, struct pr_error *why) PR_CHECKED;

#endif
