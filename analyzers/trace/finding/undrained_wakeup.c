/* SPDX-License-Identifier: MIT */
/* analyzers/trace/finding/undrained_wakeup.c - a wake-up descriptor that is reported again and
 * again because nobody reads it.  */
#include "analyzers/trace/finding.h"

static bool wakes(const struct pr_trace_fd *fd)
{
	return fd->kind == PR_FD_EVENTFD || fd->kind == PR_FD_PIPE;
}

static bool look(const struct pr_trace *trace, struct pr_buf *text, struct pr_buf *evidence)
{
	const struct pr_trace_fd *top = NULL;

	for (size_t i = 0; i < trace->fd_count; i++) {
		const struct pr_trace_fd *fd = trace->fds[i];

		/* With EPOLLET one report per write is all there is.  */
		if (wakes(fd) && !fd->edge &&
		    (top == NULL || fd->reported_unread > top->reported_unread))
			top = fd;
	}
	if (top == NULL || top->reported_unread < PR_FINDING_LEAST ||
	    top->reported_unread * 2 < top->reported)
		return false;
	pr_buf_printf(text,
	              "A wake-up descriptor was reported readable %llu times, %llu of them again "
	              "without a read in between: the loop spins until somebody reads it. Read it "
	              "when it is reported, before looking for what it announces.",
	              (unsigned long long)top->reported, (unsigned long long)top->reported_unread);
	pr_buf_printf(evidence, "%llu writes, %llu reads on ", (unsigned long long)top->sends,
	              (unsigned long long)top->receives);
	pr_finding_fd(top, evidence);
	return true;
}

const struct pr_finding pr_finding_undrained_wakeup = {"undrained-wakeup", look};
