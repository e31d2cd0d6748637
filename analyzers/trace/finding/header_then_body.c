/* SPDX-License-Identifier: MIT */
/* analyzers/trace/finding/header_then_body.c - two receives for each message, the first of them for
 * a few bytes that say how long the rest is.  */
#include "analyzers/trace/finding.h"

static bool look(const struct pr_trace *trace, struct pr_buf *text, struct pr_buf *evidence)
{
	const struct pr_trace_fd *top = NULL;
	uint64_t headers = 0, receives = 0;

	for (size_t i = 0; i < trace->fd_count; i++) {
		const struct pr_trace_fd *fd = trace->fds[i];

		if (!pr_finding_is_stream(fd) || fd->headers == 0)
			continue;
		headers += fd->headers;
		receives += fd->receives;
		if (top == NULL || fd->headers > top->headers)
			top = fd;
	}
	if (top == NULL || headers < PR_FINDING_LEAST || headers * 10 < receives * 3)
		return false;
	pr_buf_printf(text,
	              "%llu of %llu receives read a header of %llu bytes alone, and the next "
	              "receive followed at once for the rest. Read header and body together into "
	              "a buffer that holds several messages; one receive then serves many.",
	              (unsigned long long)headers, (unsigned long long)receives,
	              (unsigned long long)top->header_size);
	pr_buf_printf(evidence, "%llu times on ", (unsigned long long)top->headers);
	pr_finding_fd(top, evidence);
	return true;
}

const struct pr_finding pr_finding_header_then_body = {"header-then-body", look};
