/* SPDX-License-Identifier: MIT */
/* analyzers/trace/finding/interest_toggling.c - descriptors whose registration with epoll is
 * changed all the time.  */
#include "analyzers/trace/finding.h"

static bool look(const struct pr_trace *trace, struct pr_buf *text, struct pr_buf *evidence)
{
	const struct pr_trace_fd *top = NULL;
	uint64_t controls = 0, moves = 0;

	for (size_t i = 0; i < trace->fd_count; i++) {
		const struct pr_trace_fd *fd = trace->fds[i];

		if (fd->controls == 0)
			continue;
		controls += fd->controls;
		moves += fd->receives + fd->sends;
		if (top == NULL || fd->controls > top->controls)
			top = fd;
	}
	/* Two for each connection that comes and goes are no toggling.  */
	if (top == NULL || top->controls < PR_FINDING_LEAST || controls * 20 < moves)
		return false;
	pr_buf_printf(text,
	              "epoll_ctl changed what was registered %llu times, %.2f for each receive or "
	              "send on these descriptors. Leave the interest on, or register once with "
	              "EPOLLET, and change it only when a send could not be finished.",
	              (unsigned long long)controls, (double)controls / (double)(moves + !moves));
	pr_buf_printf(evidence, "%llu epoll_ctl beyond the first on ",
	              (unsigned long long)top->controls);
	pr_finding_fd(top, evidence);
	return true;
}

const struct pr_finding pr_finding_interest_toggling = {"interest-toggling", look};
