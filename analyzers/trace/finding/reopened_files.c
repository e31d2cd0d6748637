/* SPDX-License-Identifier: MIT */
/* analyzers/trace/finding/reopened_files.c - a file that is opened and closed again and again.  */
#include "analyzers/trace/finding.h"

static bool look(const struct pr_trace *trace, struct pr_buf *text, struct pr_buf *evidence)
{
	const struct pr_trace_fd *top = NULL;
	uint64_t reopens = 0, calls = 0;

	for (size_t i = 0; i < trace->fd_count; i++) {
		const struct pr_trace_fd *fd = trace->fds[i];

		if (fd->reopens * 2 < fd->opens || fd->reopens == 0)
			continue;
		reopens += fd->reopens;
		calls += fd->opens + fd->calls;
		if (top == NULL || fd->reopens > top->reopens)
			top = fd;
	}
	if (top == NULL || reopens < PR_FINDING_LEAST || calls * 20 < trace->calls)
		return false;
	pr_buf_printf(
	        text,
	        "%llu times a file was opened that had been open just before: opening, using and "
	        "closing it took %llu of %llu system calls. Keep it open, or keep what was "
	        "read.",
	        (unsigned long long)reopens, (unsigned long long)calls,
	        (unsigned long long)(trace->calls - trace->unfinished));
	pr_buf_printf(evidence, "%llu times %s, as descriptor %lld of process %u",
	              (unsigned long long)top->opens, top->path[0] != '\0' ? top->path : "a file",
	              (long long)top->number, top->process->pid);
	return true;
}

const struct pr_finding pr_finding_reopened_files = {"reopened-files", look};
