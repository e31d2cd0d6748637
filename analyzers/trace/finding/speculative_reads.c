/* SPDX-License-Identifier: MIT */
/* analyzers/trace/finding/speculative_reads.c - receives made after a completion, without news,
 * that found nothing.  */
#include <stdlib.h>

#include "analyzers/trace/finding.h"

static bool look(const struct pr_trace *trace, struct pr_buf *text, struct pr_buf *evidence)
{
	uint64_t blocked = 0, all = 0, receives = 0;
	const struct pr_trace_block *top = NULL;

	for (size_t i = 0; i < trace->block_count; i++) {
		const struct pr_trace_block *block = &trace->blocks[i];

		if (block->sends || (block->kind != PR_FD_TCP && block->kind != PR_FD_UNIX &&
		                     block->kind != PR_FD_SOCKET && block->kind != PR_FD_UNKNOWN))
			continue;
		all += block->count;
		if (block->class != PR_TRACE_SPECULATIVE)
			continue;
		blocked += block->count;
		if (top == NULL || block->count > top->count)
			top = block;
	}
	for (size_t i = 0; i < trace->fd_count; i++)
		if (pr_finding_is_stream(trace->fds[i]))
			receives += trace->fds[i]->receives;
	if (top == NULL || blocked < PR_FINDING_LEAST || blocked * 20 < receives)
		return false;
	pr_buf_printf(text,
	              "%llu receives were made right after one that had brought data, with no "
	              "readiness reported since, and would have blocked: %.2f for each receive "
	              "that brought data. Wait for readiness after a receive that did not fill "
	              "its buffer, and compare the time per message, untraced, with and without.",
	              (unsigned long long)blocked,
	              (double)blocked / (double)(receives + !receives));
	pr_buf_printf(evidence, "%llu of %llu would-blocks on sockets are speculative; most in %s",
	              (unsigned long long)blocked, (unsigned long long)all,
	              trace->names[top->call]);
	if (top->site != NULL) {
		char *site = pr_trace_site(top->site);

		pr_buf_printf(evidence, " from %s", site);
		free(site);
	}
	return true;
}

const struct pr_finding pr_finding_speculative_reads = {"speculative-reads", look};
