/* SPDX-License-Identifier: MIT */
/* analyzers/trace/finding/hidden_poll.c - a thread with an epoll loop that waits for one descriptor
 * elsewhere: everything else of the loop waits with it.  */
#include "analyzers/trace/finding.h"

static bool look(const struct pr_trace *trace, struct pr_buf *text, struct pr_buf *evidence)
{
	const struct pr_trace_fd *top = NULL;
	uint64_t hidden = 0;

	for (size_t i = 0; i < trace->fd_count; i++) {
		const struct pr_trace_fd *fd = trace->fds[i];

		hidden += fd->hidden;
		if (top == NULL || fd->hidden > top->hidden)
			top = fd;
	}
	if (hidden == 0)
		return false;
	pr_buf_printf(text,
	              "A thread that runs an epoll loop waited %llu times in poll for a single "
	              "descriptor, and served nothing else meanwhile. Register the descriptor "
	              "with the loop and go on when it reports it; find the call with "
	              "`strace -k -e trace=poll,ppoll`.",
	              (unsigned long long)hidden);
	pr_buf_printf(evidence, "%llu of them for ", (unsigned long long)top->hidden);
	pr_finding_fd(top, evidence);
	return true;
}

const struct pr_finding pr_finding_hidden_poll = {"hidden-poll", look};
