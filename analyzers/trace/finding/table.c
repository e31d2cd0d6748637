/* SPDX-License-Identifier: MIT */
/* analyzers/trace/finding/table.c - the list, and the words that findings share.  */
#include <stddef.h>

#include "analyzers/trace/finding.h"

const struct pr_finding *const pr_findings[] = {
        &pr_finding_speculative_reads,
        &pr_finding_header_then_body,
        &pr_finding_small_reads,
        &pr_finding_interest_toggling,
        &pr_finding_undrained_wakeup,
        &pr_finding_hidden_poll,
        &pr_finding_mailbox_probing,
        &pr_finding_single_sends,
        &pr_finding_reopened_files,
        &pr_finding_small_writes,
        NULL,
};

void pr_finding_fd(const struct pr_trace_fd *fd, struct pr_buf *buf)
{
	if (fd->number < 0)
		pr_buf_puts(buf, "descriptors beyond the limit");
	else if (fd->peer[0] != '\0')
		pr_buf_printf(buf, "descriptor %lld <%s>", (long long)fd->number, fd->peer);
	else
		pr_buf_printf(buf, "descriptor %lld (%s)", (long long)fd->number,
		              pr_fd_kind_name(fd->kind));
	if (fd->process->pid != 0)
		pr_buf_printf(buf, " of process %u", fd->process->pid);
}

void pr_finding_thread(const struct pr_trace_thread *thread, struct pr_buf *buf)
{
	pr_buf_printf(buf, "thread %u", thread->pid);
	if (thread->name[0] != '\0')
		pr_buf_printf(buf, " (%s)", thread->name);
}

bool pr_finding_is_stream(const struct pr_trace_fd *fd)
{
	return fd->kind == PR_FD_TCP || fd->kind == PR_FD_UNIX || fd->kind == PR_FD_SOCKET;
}
