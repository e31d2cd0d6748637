/* SPDX-License-Identifier: MIT */
/* analyzers/trace/move.c - what receives and sends show: sizes, headers read alone, sends that
 * could have been one.  */
#include "analyzers/trace/parts.h"

/* A header is read alone when the call asks for no more than this.  */
#define HEADER_MOST 64

/* A buffer that is meant to hold several messages has at least this.  */
#define BUFFER_LEAST 512

/* A send below this leaves room in a segment.  */
#define SMALL_SEND 1400

static bool is_stream(const struct pr_trace_fd *fd)
{
	return fd->kind == PR_FD_TCP || fd->kind == PR_FD_UNIX || fd->kind == PR_FD_SOCKET ||
	       fd->kind == PR_FD_PIPE;
}

static uint64_t requested_size(const struct pr_strace_event *event,
                               const struct pr_call_facts *facts)
{
	struct pr_strace_text text;
	int64_t size = 0;

	if (facts->size < 0 || !pr_strace_event_arg(event, (size_t)facts->size, &text) ||
	    !pr_strace_number(text, &size, NULL) || size < 0)
		return 0;
	return (uint64_t)size;
}

static void take_receive(const struct pr_trace_thread *thread, struct pr_trace_fd *fd,
                         uint64_t requested, uint64_t bytes)
{
	const struct pr_trace_way *before = &fd->ways[PR_TRACE_IN];

	fd->receives++;
	fd->received += bytes;
	if (before->moved && before->thread == thread && before->used > thread->waited &&
	    before->requested > 0 && before->requested <= HEADER_MOST &&
	    before->result == before->requested && requested != before->requested) {
		fd->headers++;
		fd->header_size = before->requested;
	}
	if (requested == 0 || bytes != requested)
		return;
	fd->full++;
	if (requested >= BUFFER_LEAST && before->requested == requested) {
		fd->full_large++;
		fd->full_size = requested;
	}
}

static void take_send(struct pr_trace_thread *thread, struct pr_trace_fd *fd, uint64_t bytes)
{
	const struct pr_trace_way *before = &fd->ways[PR_TRACE_OUT];

	fd->sends++;
	fd->sent += bytes;
	if (thread->last_send == fd && before->thread == thread && before->moved &&
	    before->result < SMALL_SEND && bytes < SMALL_SEND && is_stream(fd)) {
		fd->repeats++;
		fd->repeated_bytes += bytes;
	}
	thread->last_send = fd;
}

void pr_trace_take_move(struct pr_trace *trace, struct pr_trace_thread *thread,
                        const struct pr_strace_event *event, const struct pr_call_facts *facts,
                        struct pr_trace_fd *fd, uint64_t bytes)
{
	bool sends = facts->family == PR_CALL_SEND;
	struct pr_trace_way *way = &fd->ways[sends ? PR_TRACE_OUT : PR_TRACE_IN];
	bool moved = event->end == PR_STRACE_RETURNED;
	uint64_t requested = moved ? requested_size(event, facts) : 0;

	if (moved && facts->family == PR_CALL_RECEIVE)
		take_receive(thread, fd, requested, bytes);
	else if (moved && sends)
		take_send(thread, fd, bytes);
	way->used = trace->sequence;
	way->moved = moved;
	way->requested = requested;
	way->result = bytes;
	way->thread = thread;
}

uint64_t pr_trace_received(const struct pr_trace *trace)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < trace->fd_count; i++)
		if (is_stream(trace->fds[i]) && trace->fds[i]->kind != PR_FD_PIPE)
			bytes += trace->fds[i]->received;
	return bytes;
}

uint64_t pr_trace_messages(const struct pr_trace *trace)
{
	if (trace->options.messages > 0)
		return trace->options.messages;
	if (trace->options.frame_size > 0)
		return pr_trace_received(trace) / trace->options.frame_size;
	return 0;
}
