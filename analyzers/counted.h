/* SPDX-License-Identifier: MIT */
/* analyzers/counted.h - exact counts: per message and stage, and as the report that started this
 * project counted them.
 *
 * Per message: the traced trial of a phase, one stage at a time, by strace; beside it whether the
 * hooks agree.  Where nothing was traced, the hooks of the timed trials alone; where there are no
 * hooks either, a trial under interpose or perf.
 *
 * As reported: recvfrom over successful recvfrom over the whole program, a ratio that mixes all
 * stages and says nothing about messages; it is computed so that it can be recognised.  */
#ifndef PR_COUNTED_H
#define PR_COUNTED_H

#include <jansson.h>

#include "analyzers/counts.h"
#include "analyzers/run.h"

/* One phase under one workload.  */
struct pr_counted {
	struct pr_counts counts; /* by the probe that is believed */
	struct pr_counts hooks;  /* all NaN without hooks */
	double messages;
	bool traced;       /* counts is by strace */
	const char *watch; /* counts is by "interpose" or "perf"; NULL: by strace or hooks */
	bool has_counts;   /* false: no probe counted */
	bool comparable;   /* both probes counted the same trial */
	bool agree;        /* and agree on receives, would-blocks and bytes */
};

struct pr_counted pr_counted_get(const struct pr_run *run, size_t phase, size_t workload);

/* The arrays "counted" and "as_reported" of a comparison, and the sentence "as_reported_note", NULL
 * when nothing was traced.  baseline is the phase whose numbers the sentence uses.  */
json_t *pr_counted_json(const struct pr_run *run);
json_t *pr_counted_reported_json(const struct pr_run *run);
char *pr_counted_reported_note(const struct pr_run *run, size_t baseline);

#endif
