/* SPDX-License-Identifier: MIT */
/* analyzers/trace/finding/small_reads.c - buffers that the data filled again and again.  */
#include "analyzers/trace/finding.h"

static bool look(const struct pr_trace *trace, struct pr_buf *text, struct pr_buf *evidence)
{
	const struct pr_trace_fd *top = NULL;
	uint64_t full = 0, receives = 0;

	for (size_t i = 0; i < trace->fd_count; i++) {
		const struct pr_trace_fd *fd = trace->fds[i];

		if (!pr_finding_is_stream(fd))
			continue;
		full += fd->full_large;
		receives += fd->receives;
		if (top == NULL || fd->full_large > top->full_large)
			top = fd;
	}
	if (top == NULL || full < PR_FINDING_LEAST || full * 10 < receives)
		return false;
	pr_buf_printf(text,
	              "%llu of %llu receives filled their buffer of %llu bytes: more data was "
	              "there than they asked for. Try a buffer four times as large; the number of "
	              "receives falls with it until they are no longer full.",
	              (unsigned long long)full, (unsigned long long)receives,
	              (unsigned long long)top->full_size);
	pr_buf_printf(evidence, "%llu full receives of %llu bytes on ",
	              (unsigned long long)top->full_large, (unsigned long long)top->full_size);
	pr_finding_fd(top, evidence);
	return true;
}

const struct pr_finding pr_finding_small_reads = {"small-reads", look};
