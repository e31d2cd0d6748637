/* SPDX-License-Identifier: MIT */
/* analyzers/trace/finding/small_writes.c - lines that are written to a file one by one.  */
#include <string.h>

#include "analyzers/trace/finding.h"

/* A buffer for a file holds more than this.  */
#define SMALL_WRITE 1024

/* Who wants each write to be safe on the disk has a reason for it.  */
static bool is_synced(const struct pr_trace *trace, const struct pr_trace_fd *fd)
{
	uint64_t syncs = 0;

	for (size_t i = 0; i < fd->count_count; i++) {
		const char *name = trace->names[fd->counts[i].call];

		if (strcmp(name, "fsync") == 0 || strcmp(name, "fdatasync") == 0)
			syncs += fd->counts[i].calls;
	}
	return syncs * 4 > fd->sends;
}

static bool is_small(const struct pr_trace *trace, const struct pr_trace_fd *fd)
{
	return fd->kind == PR_FD_FILE && fd->sends >= PR_FINDING_LEAST &&
	       fd->sent < fd->sends * SMALL_WRITE && strncmp(fd->peer, "/dev/", 5) != 0 &&
	       !is_synced(trace, fd);
}

static bool look(const struct pr_trace *trace, struct pr_buf *text, struct pr_buf *evidence)
{
	const struct pr_trace_fd *top = NULL;
	uint64_t sends = 0, bytes = 0;

	for (size_t i = 0; i < trace->fd_count; i++) {
		const struct pr_trace_fd *fd = trace->fds[i];

		if (!is_small(trace, fd))
			continue;
		sends += fd->sends;
		bytes += fd->sent;
		if (top == NULL || fd->sends > top->sends)
			top = fd;
	}
	if (top == NULL || sends * 20 < trace->calls)
		return false;
	pr_buf_printf(text,
	              "%llu writes to files, %llu bytes each on average, are %llu %% of all system "
	              "calls. Gather lines in a buffer, and write when it is full or after a "
	              "while.",
	              (unsigned long long)sends, (unsigned long long)(bytes / sends),
	              (unsigned long long)(sends * 100 / trace->calls));
	pr_buf_printf(evidence, "%llu of them to ", (unsigned long long)top->sends);
	pr_finding_fd(top, evidence);
	return true;
}

const struct pr_finding pr_finding_small_writes = {"small-writes", look};
