/* SPDX-License-Identifier: MIT */
/* analyzers/trace/finding.h - what a trace shows that somebody may want to change.
 *
 * One suspicion per file in finding/.  It sees what was counted, says what it found in a sentence,
 * and gives a next step.  To add one: write finding/NAME.c with one struct pr_finding, declare it
 * below, and add a line to finding/table.c and to the CMakeLists.txt.  */
#ifndef PR_TRACE_FINDING_H
#define PR_TRACE_FINDING_H

#include <stdbool.h>

#include "analyzers/trace/parts.h"
#include "core/base/buf.h"

/* Fewer than this many are chance.  */
#define PR_FINDING_LEAST 16

struct pr_finding {
	const char *name; /* "speculative-reads" */
	/* False when there is nothing to say.  text: the finding and the next step; evidence: the
	 * numbers and where they were counted.  Both are empty when it is asked.  */
	bool (*look)(const struct pr_trace *trace, struct pr_buf *text, struct pr_buf *evidence);
};

extern const struct pr_finding pr_finding_speculative_reads, pr_finding_header_then_body,
        pr_finding_small_reads, pr_finding_interest_toggling, pr_finding_undrained_wakeup,
        pr_finding_hidden_poll, pr_finding_mailbox_probing, pr_finding_single_sends,
        pr_finding_reopened_files, pr_finding_small_writes;

/* All of them; ends in NULL.  */
extern const struct pr_finding *const pr_findings[];

/* "7<TCP:[...]> of process 12": for evidence; buf is appended to.  */
void pr_finding_fd(const struct pr_trace_fd *fd, struct pr_buf *buf);

/* "thread 12 (io)"  */
void pr_finding_thread(const struct pr_trace_thread *thread, struct pr_buf *buf);

bool pr_finding_is_stream(const struct pr_trace_fd *fd);

#endif
