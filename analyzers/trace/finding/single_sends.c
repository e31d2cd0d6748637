/* SPDX-License-Identifier: MIT */
/* analyzers/trace/finding/single_sends.c - small sends that follow each other on one descriptor
 * with nothing between them.  */
#include "analyzers/trace/finding.h"

static bool look(const struct pr_trace *trace, struct pr_buf *text, struct pr_buf *evidence)
{
	const struct pr_trace_fd *top = NULL;
	uint64_t repeats = 0, bytes = 0, sends = 0, messages = pr_trace_messages(trace);

	for (size_t i = 0; i < trace->fd_count; i++) {
		const struct pr_trace_fd *fd = trace->fds[i];

		if (!pr_finding_is_stream(fd))
			continue;
		repeats += fd->repeats;
		bytes += fd->repeated_bytes;
		sends += fd->sends;
		if (top == NULL || fd->repeats > top->repeats)
			top = fd;
	}
	if (top == NULL || repeats < PR_FINDING_LEAST || repeats * 4 < sends)
		return false;
	pr_buf_printf(text,
	              "%llu of %llu sends followed another send on the same socket with no other "
	              "call in between, %llu bytes each on average: one send per message. Gather "
	              "what is ready and send it with one call.",
	              (unsigned long long)repeats, (unsigned long long)sends,
	              (unsigned long long)(bytes / repeats));
	if (messages > 0)
		pr_buf_printf(evidence, "%.2f sends a message; ", (double)sends / (double)messages);
	pr_buf_printf(evidence, "%llu of %llu sends on ", (unsigned long long)top->repeats,
	              (unsigned long long)top->sends);
	pr_finding_fd(top, evidence);
	return true;
}

const struct pr_finding pr_finding_single_sends = {"single-sends", look};
