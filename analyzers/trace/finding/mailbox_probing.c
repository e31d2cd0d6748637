/* SPDX-License-Identifier: MIT */
/* analyzers/trace/finding/mailbox_probing.c - a wake-up descriptor that is asked, without waiting,
 * whether there is news, and there is none.  */
#include "analyzers/trace/finding.h"

static bool look(const struct pr_trace *trace, struct pr_buf *text, struct pr_buf *evidence)
{
	const struct pr_trace_fd *top = NULL;
	uint64_t probes = 0, receives = 0;

	for (size_t i = 0; i < trace->fd_count; i++) {
		const struct pr_trace_fd *fd = trace->fds[i];

		probes += fd->probes;
		if (pr_finding_is_stream(fd))
			receives += fd->receives;
		if (top == NULL || fd->probes > top->probes)
			top = fd;
	}
	if (top == NULL || probes < PR_FINDING_LEAST || probes * 20 < receives)
		return false;
	pr_buf_printf(text,
	              "%llu polls of a single descriptor with a timeout of 0 found nothing: %.2f "
	              "for each receive that brought data. A mailbox is probed before it is known "
	              "that there is mail; a flag in memory that the sender sets answers the same "
	              "without a system call.",
	              (unsigned long long)probes, (double)probes / (double)(receives + !receives));
	pr_buf_printf(evidence, "%llu of them on ", (unsigned long long)top->probes);
	pr_finding_fd(top, evidence);
	return true;
}

const struct pr_finding pr_finding_mailbox_probing = {"mailbox-probing", look};
