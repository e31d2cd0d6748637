/* SPDX-License-Identifier: MIT */
/* analyzers/trace/block.c - why a call was made that would have blocked.
 *
 * The answer comes from what went before it on the same descriptor and thread:
 *
 *   readiness    a wait had reported the descriptor, and nothing was done with it since
 *   retry        the call before on the descriptor would have blocked too
 *   wake-up      the thread has waited since, and was woken by something else
 *   speculative  the call before moved something, and nothing was reported since
 *   start        there was no call before
 *
 * With -k the frames follow the call, so it waits for them: its site is the first frame that is
 * outside the C library.  */
#include <stdlib.h>
#include <string.h>

#include "analyzers/trace/parts.h"
#include "core/base/buf.h"

static const char *const class_names[PR_TRACE_CLASSES] = {
        [PR_TRACE_SPECULATIVE] = "speculative",
        [PR_TRACE_READINESS] = "readiness",
        [PR_TRACE_WAKEUP] = "wake-up",
        [PR_TRACE_START] = "start",
        [PR_TRACE_RETRY] = "retry",
};

const char *pr_trace_class_name(enum pr_trace_class class)
{
	return class_names[class];
}

static enum pr_trace_class classify(const struct pr_trace_thread *thread,
                                    const struct pr_trace_way *way)
{
	if (way->ready > way->used || (thread->waited_partly && thread->waited > way->used))
		return PR_TRACE_READINESS;
	if (way->used == 0)
		return PR_TRACE_START;
	if (thread->waited > way->used)
		return PR_TRACE_WAKEUP;
	return way->moved ? PR_TRACE_SPECULATIVE : PR_TRACE_RETRY;
}

static bool same_site(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* site is taken.  */
static void add_block(struct pr_trace *trace, const struct pr_trace_block *key, char *site)
{
	size_t i = 0;

	if (trace->block_count >= PR_TRACE_SITES_MAX) { /* no more sites are told apart */
		free(site);
		site = NULL;
	}
	while (i < trace->block_count &&
	       (trace->blocks[i].class != key->class || trace->blocks[i].call != key->call ||
	        trace->blocks[i].kind != key->kind || !same_site(trace->blocks[i].site, site)))
		i++;
	if (i == trace->block_count) {
		trace->blocks = pr_realloc(trace->blocks, (i + 1) * sizeof(struct pr_trace_block));
		trace->blocks[i] = *key;
		trace->blocks[i].site = site;
		trace->blocks[i].count = 0;
		trace->block_count++;
	} else {
		free(site);
	}
	trace->blocks[i].count++;
}

void pr_trace_take_block(struct pr_trace *trace, const struct pr_trace_thread *thread,
                         uint16_t call, const struct pr_trace_fd *fd, int way)
{
	pr_trace_end_frames(trace);
	trace->pending = (struct pr_trace_block){.class = classify(thread, &fd->ways[way]),
	                                         .call = call,
	                                         .sends = way == PR_TRACE_OUT,
	                                         .kind = fd->kind};
	trace->pending_on = true;
}

/* `/lib/x86_64-linux-gnu/libc.so.6(__recv+0x17) [0x10d1e7]`.  */
static bool is_c_library(struct pr_strace_text frame)
{
	static const char *const names[] = {"/libc.so", "/libc-2", "/libpthread", "/ld-linux",
	                                    "/ld-musl", "[vdso]",  NULL};
	const char *end = memchr(frame.at, '(', frame.size);

	if (end != NULL)
		frame.size = (size_t)(end - frame.at);
	for (size_t i = 0; names[i] != NULL; i++)
		if (pr_strace_has(frame, names[i]))
			return true;
	return false;
}

void pr_trace_take_frame(struct pr_trace *trace, struct pr_strace_text frame)
{
	trace->frames++;
	if (!trace->pending_on || trace->pending_site != NULL || is_c_library(frame))
		return;
	if (frame.size > 1000)
		frame.size = 1000;
	trace->pending_site = pr_alloc(frame.size + 1);
	memcpy(trace->pending_site, frame.at, frame.size);
	trace->pending_site[frame.size] = '\0';
}

void pr_trace_end_frames(struct pr_trace *trace)
{
	if (!trace->pending_on)
		return;
	add_block(trace, &trace->pending, trace->pending_site);
	trace->pending_on = false;
	trace->pending_site = NULL;
}
