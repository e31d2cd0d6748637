/* SPDX-License-Identifier: MIT */
/* analyzers/trace/ready.c - which descriptors a wait reported.
 *
 * poll and select name descriptors.  epoll_wait gives back what epoll_ctl was given, a pointer as a
 * rule, so the tokens are kept in a hash table by process; a token that no epoll_ctl in the log
 * has introduced is taken for a descriptor when it is small enough to be one.  */
#include <stdlib.h>
#include <string.h>

#include "analyzers/strace_text.h"
#include "analyzers/trace/parts.h"
#include "core/base/buf.h"

/* ---- tokens ---------------------------------------------------------------------------------- */

static struct pr_trace_token *find_token(struct pr_trace *trace,
                                         const struct pr_trace_process *process, uint64_t token)
{
	uint64_t hash = (token ^ (token >> 21) ^ process->number) * 0x9e3779b97f4a7c15u;
	struct pr_trace_token *slot;

	if (trace->tokens == NULL) {
		trace->tokens = pr_alloc(PR_TRACE_TOKENS * sizeof(*trace->tokens));
		memset(trace->tokens, 0, PR_TRACE_TOKENS * sizeof(*trace->tokens));
	}
	for (hash >>= 32;; hash++) {
		slot = &trace->tokens[hash % PR_TRACE_TOKENS];
		if (slot->fd == NULL || (slot->token == token && slot->process == process))
			return slot;
	}
}

/* Words and texts are short, and memmem(3) is made for others.  */
static const char *find(struct pr_strace_text text, const char *word)
{
	size_t size = strlen(word);
	const char *at = text.at, *end = text.at + text.size;

	while ((size_t)(end - at) >= size) {
		at = memchr(at, word[0], (size_t)(end - at) - size + 1);
		if (at == NULL || memcmp(at, word, size) == 0)
			return at;
		at++;
	}
	return NULL;
}

static bool find_number(struct pr_strace_text text, const char *word, struct pr_strace_text *rest,
                        int64_t *value)
{
	const char *at = find(text, word);

	if (at == NULL)
		return false;
	at += strlen(word);
	*rest = (struct pr_strace_text){at, (size_t)(text.at + text.size - at)};
	return pr_strace_number(*rest, value, rest);
}

/* `data={u32=9, u64=9}`, or `data=0x9` of a newer strace.  */
static bool find_data(struct pr_strace_text text, struct pr_strace_text *rest, int64_t *value)
{
	return find_number(text, "u64=", rest, value) || find_number(text, "data=", rest, value);
}

void pr_trace_take_control(struct pr_trace *trace, struct pr_trace_thread *thread,
                           const struct pr_strace_event *event, struct pr_trace_fd *fd)
{
	struct pr_strace_text operation, detail, rest;
	struct pr_trace_token *token;
	int64_t data;

	if (fd == NULL || event->end != PR_STRACE_RETURNED ||
	    !pr_strace_event_arg(event, 1, &operation))
		return;
	fd->controls += fd->was_added;
	fd->was_added = true;
	if (pr_strace_has(operation, "_DEL") || !pr_strace_event_arg(event, 3, &detail))
		return;
	fd->edge = pr_strace_has(detail, "EPOLLET");
	if (!find_data(detail, &rest, &data) || trace->token_count >= PR_TRACE_TOKENS / 2)
		return;
	token = find_token(trace, thread->process, (uint64_t)data);
	trace->token_count += token->fd == NULL;
	*token = (struct pr_trace_token){(uint64_t)data, thread->process, fd};
}

static struct pr_trace_fd *fd_of_token(struct pr_trace *trace, struct pr_trace_thread *thread,
                                       int64_t data)
{
	struct pr_trace_token *token = find_token(trace, thread->process, (uint64_t)data);

	if (token->fd != NULL)
		return token->fd;
	if (data < 0 || data > INT32_MAX)
		return NULL;
	if ((uint64_t)data < thread->process->room)
		return thread->process->fds[data];
	return NULL;
}

/* ---- reports --------------------------------------------------------------------------------- */

/* alone: a poll of this descriptor that does not sleep, which looks and does not wait.  */
static void report(struct pr_trace *trace, struct pr_trace_thread *thread, struct pr_trace_fd *fd,
                   bool in, bool out, bool alone, int64_t stamp_ns)
{
	struct pr_trace_way *ways;

	if (fd == NULL)
		return;
	ways = fd->ways;
	if (in) {
		fd->reported += !alone;
		fd->reported_unread += !alone && ways[PR_TRACE_IN].ready > ways[PR_TRACE_IN].used;
		ways[PR_TRACE_IN].ready = trace->sequence;
		pr_trace_woken_by_fd(trace, thread, fd, stamp_ns);
	}
	if (out)
		ways[PR_TRACE_OUT].ready = trace->sequence;
}

/* `...events=EPOLLIN|EPOLLHUP` up to the next comma says what happened: the first letter behind
 * POLL tells.  Errors wake both ways.  */
static void directions(struct pr_strace_text flags, bool *in, bool *out)
{
	*in = *out = false;
	for (size_t i = 4; i < flags.size && flags.at[i] != ',' && flags.at[i] != '}'; i++) {
		if (memcmp(flags.at + i - 4, "POLL", 4) != 0)
			continue;
		if (flags.at[i] == 'I' || flags.at[i] == 'R')
			*in = true;
		else if (flags.at[i] == 'O' || flags.at[i] == 'W')
			*out = true;
		else if (flags.at[i] == 'E' || flags.at[i] == 'H')
			*in = *out = true;
	}
}

static void take_epoll(struct pr_trace *trace, struct pr_trace_thread *thread,
                       const struct pr_strace_event *event)
{
	static const char word[] = "events=";
	struct pr_strace_text list;
	const char *at;
	int64_t data;
	bool in, out;

	if (!pr_strace_event_arg(event, 1, &list))
		return;
	while ((at = find(list, word)) != NULL) {
		list.size -= (size_t)(at - list.at) + strlen(word);
		list.at = at + strlen(word);
		directions(list, &in, &out);
		if (!find_data(list, &list, &data))
			return;
		report(trace, thread, fd_of_token(trace, thread, data), in, out, false,
		       event->stamp_ns);
	}
	thread->waited_partly |= find(list, "...") != NULL;
}

/* `= 1 ([{fd=5, revents=POLLIN}])`.  */
static void take_poll(struct pr_trace *trace, struct pr_trace_thread *thread,
                      const struct pr_strace_event *event, bool alone)
{
	struct pr_strace_text list = event->extra;
	int64_t number;
	bool in, out;

	while (find_number(list, "fd=", &list, &number)) {
		const char *at = find(list, "revents=");

		if (at == NULL)
			return;
		list.size -= (size_t)(at - list.at);
		list.at = at;
		directions(list, &in, &out);
		report(trace, thread, pr_trace_fd_of(trace, thread->process, number, PR_FD_UNKNOWN),
		       in, out, alone, event->stamp_ns);
	}
}

/* `= 2 (in [3 7], out [9], left {...})`.  */
static void take_select(struct pr_trace *trace, struct pr_trace_thread *thread,
                        const struct pr_strace_event *event)
{
	static const char *const words[PR_TRACE_WAYS] = {"in [", "out ["};
	struct pr_strace_text list;
	int64_t number;

	for (int way = 0; way < PR_TRACE_WAYS; way++) {
		bool more = find_number(event->extra, words[way], &list, &number);

		while (more) {
			report(trace, thread,
			       pr_trace_fd_of(trace, thread->process, number, PR_FD_UNKNOWN),
			       way == PR_TRACE_IN, way == PR_TRACE_OUT, false, event->stamp_ns);
			while (list.size > 0 && list.at[0] != ' ' && list.at[0] != ']') {
				list.at++;
				list.size--;
			}
			pr_strace_text_trim(&list);
			more = pr_strace_number(list, &number, &list);
		}
	}
}

/* ---- waits ----------------------------------------------------------------------------------- */

/* `-1`, `0`, `NULL`, `{tv_sec=0, tv_nsec=0}`: whether the wait may sleep.  */
static bool may_sleep(const struct pr_strace_event *event, const struct pr_call_facts *facts)
{
	struct pr_strace_text timeout, rest;
	int64_t seconds = -1, part = -1;

	if (facts->timeout < 0 || !pr_strace_event_arg(event, (size_t)facts->timeout, &timeout))
		return true;
	if (timeout.at[0] != '{')
		return !(timeout.size == 1 && timeout.at[0] == '0');
	if (!find_number(timeout, "sec=", &rest, &seconds))
		return true;
	if (!find_number(rest, "sec=", &rest, &part))
		part = 0;
	return seconds != 0 || part != 0;
}

/* The descriptor of a poll for just one; NULL otherwise.  */
static struct pr_trace_fd *only_fd(struct pr_trace *trace, struct pr_trace_thread *thread,
                                   const struct pr_strace_event *event)
{
	struct pr_strace_text list, rest;
	int64_t number, second;

	if (!pr_strace_event_arg(event, 0, &list) || !find_number(list, "fd=", &rest, &number) ||
	    find_number(rest, "fd=", &rest, &second))
		return NULL;
	return pr_trace_fd_of(trace, thread->process, number, PR_FD_UNKNOWN);
}

static void look_at_single(const struct pr_trace_thread *thread,
                           const struct pr_strace_event *event, struct pr_trace_fd *fd, bool sleeps)
{
	if (fd == NULL)
		return;
	if (!sleeps && event->end == PR_STRACE_RETURNED && event->result == 0)
		fd->probes++;
	if (sleeps && thread->loops > 0)
		fd->hidden++;
}

void pr_trace_take_wait(struct pr_trace *trace, struct pr_trace_thread *thread,
                        const struct pr_strace_event *event, const struct pr_call_facts *facts)
{
	bool sleeps = may_sleep(event, facts);
	struct pr_trace_fd *single = NULL;

	thread->waits++;
	thread->zero_waits += !sleeps;
	thread->loops += facts->family == PR_CALL_EPOLL_WAIT && sleeps;
	if (facts->family == PR_CALL_POLL) {
		single = only_fd(trace, thread, event);
		look_at_single(thread, event, single, sleeps);
	}
	if (sleeps)
		pr_trace_end_path(trace, thread);
	if (event->end != PR_STRACE_RETURNED || event->result <= 0)
		return;
	thread->waited = trace->sequence;
	thread->waited_partly = false;
	if (facts->family == PR_CALL_EPOLL_WAIT)
		take_epoll(trace, thread, event);
	else if (facts->family == PR_CALL_POLL)
		take_poll(trace, thread, event, single != NULL && !sleeps);
	else
		take_select(trace, thread, event);
}
