/* SPDX-License-Identifier: MIT */
/* analyzers/strace.c - the text of strace(1) as a stream of events.
 *
 * Bytes are collected into one line; a line is a prefix and a body; a body is a call, half a call,
 * a signal, an exit or noise.  What outlives a line is one record per live thread: its small
 * number, and the first half of the call it is in.
 *
 * Without -o, strace writes "strace: Process N attached" in the middle of a line that it goes on
 * with below; such a line is kept back and put before the next.  */
#include "analyzers/strace.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/strace_names.h"
#include "analyzers/strace_text.h"
#include "core/base/buf.h"

/* What is kept of a longer line: its beginning, and its end with the result.  */
#define LINE_TAIL ((size_t)8 * 1024)
#define LINE_HEAD (PR_STRACE_LINE_MAX - LINE_TAIL)

/* What is kept of the first half of a call: descriptors and flags stand at its beginning.  */
#define HALF_MAX ((size_t)16 * 1024)

/* Threads found without a search.  */
#define RECENT 64

struct thread {
	uint32_t pid;
	uint32_t index;
	char name[40]; /* of the unfinished call; "" when there is none */
	uint16_t call; /* its number */
	struct pr_buf half;
};

struct pr_strace {
	pr_strace_visit *visit;
	void *arg;
	struct pr_buf line;
	char *tail;         /* a ring of LINE_TAIL bytes, made when a line needs it */
	size_t tail_size;   /* bytes that went into it */
	struct pr_buf kept; /* a broken line to go before the next */
	uint32_t kept_pid;  /* whose that is when it has no number */
	struct pr_buf join; /* the two halves of a call */
	uint64_t line_number;
	bool cut_line;           /* the middle of this line is missing */
	bool in_table;           /* of -c */
	void *by_pid;            /* tree of struct thread */
	struct thread **threads; /* by index; NULL where free */
	size_t thread_room, thread_count;
	struct thread *recent[RECENT]; /* by the last bits of the pid; NULL or right */
	struct pr_strace_names names;
};

/* ---- threads --------------------------------------------------------------------------------- */

static int compare_pid(const void *left, const void *right)
{
	uint32_t a = ((const struct thread *)left)->pid, b = ((const struct thread *)right)->pid;

	return a < b ? -1 : a > b;
}

static uint32_t free_index(struct pr_strace *strace)
{
	size_t index = 0, room = strace->thread_room;

	while (index < room && strace->threads[index] != NULL)
		index++;
	if (index == room) {
		strace->thread_room = room == 0 ? 16 : room * 2;
		strace->threads =
		        pr_realloc(strace->threads, strace->thread_room * sizeof(struct thread *));
		memset(strace->threads + room, 0,
		       (strace->thread_room - room) * sizeof(struct thread *));
	}
	return (uint32_t)index;
}

static struct thread *known_thread(struct pr_strace *strace, uint32_t pid)
{
	struct thread key = {.pid = pid}, **found = tfind(&key, &strace->by_pid, compare_pid);

	return found == NULL ? NULL : *found;
}

static struct thread *new_thread(struct pr_strace *strace, uint32_t pid)
{
	struct thread *thread = pr_alloc(sizeof(*thread));

	memset(thread, 0, sizeof(*thread));
	thread->pid = pid;
	thread->index = free_index(strace);
	pr_buf_init(&thread->half);
	strace->threads[thread->index] = thread;
	strace->thread_count++;
	tsearch(thread, &strace->by_pid, compare_pid);
	return thread;
}

/* The thread of lines without a number: the only one there is.  */
static struct thread *only_thread(struct pr_strace *strace)
{
	for (size_t i = 0; strace->thread_count == 1 && i < strace->thread_room; i++)
		if (strace->threads[i] != NULL)
			return strace->threads[i];
	return NULL;
}

/* A number that nobody announced is the late number of thread 0.  */
static struct thread *rename_first(struct pr_strace *strace, uint32_t pid)
{
	struct thread *thread = known_thread(strace, 0);

	if (thread == NULL)
		return NULL;
	tdelete(thread, &strace->by_pid, compare_pid);
	strace->recent[0] = NULL;
	thread->pid = pid;
	tsearch(thread, &strace->by_pid, compare_pid);
	return thread;
}

static struct thread *find_thread(struct pr_strace *strace, uint32_t pid)
{
	struct thread **recent = &strace->recent[pid % RECENT], *thread = *recent;

	if (thread != NULL && thread->pid == pid)
		return thread;
	thread = known_thread(strace, pid);
	if (thread == NULL)
		thread = pid == 0 ? only_thread(strace) : rename_first(strace, pid);
	if (thread == NULL)
		thread = new_thread(strace, pid);
	if (thread->pid == pid)
		*recent = thread;
	return thread;
}

static void forget_thread(struct pr_strace *strace, struct thread *thread)
{
	tdelete(thread, &strace->by_pid, compare_pid);
	strace->threads[thread->index] = NULL;
	strace->thread_count--;
	if (strace->recent[thread->pid % RECENT] == thread)
		strace->recent[thread->pid % RECENT] = NULL;
	pr_buf_fini(&thread->half);
	free(thread);
}

/* ---- events ---------------------------------------------------------------------------------- */

/* The arrays are not cleared: each call would pay for it.  */
static void begin_event(struct pr_strace *strace, struct pr_strace_event *event,
                        enum pr_strace_kind kind, const struct thread *thread,
                        const struct pr_strace_prefix *prefix)
{
	event->kind = kind;
	event->end = PR_STRACE_UNKNOWN;
	event->line = strace->line_number;
	event->pid = thread != NULL ? thread->pid : 0;
	event->thread = thread != NULL ? thread->index : 0;
	event->joined = event->headless = event->injected = false;
	event->call = 0;
	event->arg_count = 0;
	event->stamp_ns = prefix != NULL ? prefix->stamp_ns : -1;
	event->duration_ns = -1;
	event->result = 0;
	event->name[0] = event->error[0] = '\0';
	event->args = event->extra = (struct pr_strace_text){"", 0};
}

/* ---- calls ----------------------------------------------------------------------------------- */

static void set_name(struct pr_strace *strace, struct pr_strace_event *event,
                     struct pr_strace_text name)
{
	event->call = pr_strace_names_find(&strace->names, name.at, name.size);
	if (event->call != 0) {
		memcpy(event->name, strace->names.names[event->call], sizeof(event->name));
		return;
	}
	memcpy(event->name, name.at, name.size);
	event->name[name.size] = '\0';
}

static void report_half(struct pr_strace *strace, struct thread *thread)
{
	struct pr_strace_event event;

	begin_event(strace, &event, PR_STRACE_CALL, thread, NULL);
	memcpy(event.name, thread->name, sizeof(event.name));
	event.call = thread->call;
	event.args = (struct pr_strace_text){thread->half.text, thread->half.size};
	strace->visit(strace->arg, &event);
	thread->name[0] = '\0';
}

/* The first half of a call waits, but nothing will finish it.  */
static void give_up_half(struct pr_strace *strace, struct thread *thread)
{
	if (thread->name[0] != '\0')
		report_half(strace, thread);
}

static void begin_half(struct pr_strace *strace, struct thread *thread,
                       const struct pr_strace_prefix *prefix, struct pr_strace_text name,
                       struct pr_strace_text args)
{
	struct pr_strace_event event;

	begin_event(strace, &event, PR_STRACE_ENTER, thread, prefix);
	set_name(strace, &event, name);
	memcpy(thread->name, event.name, sizeof(thread->name));
	thread->call = event.call;
	pr_buf_clear(&thread->half);
	pr_buf_add(&thread->half, args.at, args.size < HALF_MAX ? args.size : HALF_MAX);
	event.args = args;
	strace->visit(strace->arg, &event);
}

/* ---- bodies ---------------------------------------------------------------------------------- */

/* " <unfinished ...>" (the call goes on) or " <detached ...>" (strace went away) at the end.  */
static bool take_unfinished(struct pr_strace_text *text, bool *detached)
{
	static const char unfinished[] = "<unfinished ...>", gone[] = "<detached ...>";
	const char *mark = unfinished;

	if (text->size == 0 || text->at[text->size - 1] != '>')
		return false;
	*detached = pr_strace_text_ends(*text, gone);
	if (*detached)
		mark = gone;
	else if (!pr_strace_text_ends(*text, unfinished))
		return false;
	text->size -= strlen(mark);
	return true;
}

/* A call from its opening parenthesis on, in one line or put together.  */
static void end_call(struct pr_strace *strace, struct pr_strace_event *event,
                     struct pr_strace_text text)
{
	struct pr_strace_text result;

	if (pr_strace_text_split(text, strace->cut_line, event, &result))
		pr_strace_text_result(result, event);
	else
		event->args = text;
	strace->visit(strace->arg, event);
}

static void take_call(struct pr_strace *strace, struct thread *thread,
                      const struct pr_strace_prefix *prefix, struct pr_strace_text name,
                      struct pr_strace_text text)
{
	struct pr_strace_event event;
	bool detached;

	begin_event(strace, &event, PR_STRACE_CALL, thread, prefix);
	give_up_half(strace, thread);
	if (take_unfinished(&text, &detached)) {
		begin_half(strace, thread, prefix, name, text);
		if (detached)
			give_up_half(strace, thread);
		return;
	}
	set_name(strace, &event, name);
	end_call(strace, &event, text);
}

/* text: "NAME resumed>REST".  */
static void take_resumed(struct pr_strace *strace, struct thread *thread,
                         const struct pr_strace_prefix *prefix, struct pr_strace_text text)
{
	struct pr_strace_event event;

	begin_event(strace, &event, PR_STRACE_CALL, thread, prefix);
	struct pr_strace_text name;

	if (!pr_strace_text_name(&text, " resumed>", &name))
		return;
	set_name(strace, &event, name);
	pr_buf_clear(&strace->join);
	event.joined = strcmp(thread->name, event.name) == 0;
	event.headless = !event.joined;
	if (event.joined) {
		pr_buf_add(&strace->join, thread->half.text, thread->half.size);
		thread->name[0] = '\0';
	} else {
		give_up_half(strace, thread);
	}
	pr_buf_add(&strace->join, text.at, text.size);
	end_call(strace, &event, (struct pr_strace_text){strace->join.text, strace->join.size});
}

/* text: "SIGALRM {si_signo=SIGALRM, ...} ---" or "stopped by SIGSTOP ---".  */
static void take_signal(struct pr_strace *strace, struct thread *thread,
                        const struct pr_strace_prefix *prefix, struct pr_strace_text text)
{
	struct pr_strace_event event;
	size_t size = 0;

	begin_event(strace, &event, PR_STRACE_SIGNAL, thread, prefix);
	while (size < text.size && size < sizeof(event.name) - 1 && text.at[size] != ' ')
		size++;
	if (pr_strace_text_begins(text, "SIG"))
		memcpy(event.name, text.at, size);
	event.args = text;
	strace->visit(strace->arg, &event);
}

/* text: "exited with 0 +++".  */
static void take_exit(struct pr_strace *strace, struct thread *thread,
                      const struct pr_strace_prefix *prefix, struct pr_strace_text text)
{
	struct pr_strace_event event;

	give_up_half(strace, thread);
	begin_event(strace, &event, PR_STRACE_EXIT, thread, prefix);
	event.args = text;
	if (pr_strace_text_ends(text, " +++"))
		event.args.size -= 4;
	strace->visit(strace->arg, &event);
	forget_thread(strace, thread);
}

static void take_other(struct pr_strace *strace, enum pr_strace_kind kind,
                       struct pr_strace_text text)
{
	struct pr_strace_event event;

	begin_event(strace, &event, kind, NULL, NULL);
	event.args = text;
	strace->visit(strace->arg, &event);
}

/* Words of strace itself, not of the traced program.  */
static bool is_notice(struct pr_strace_text line)
{
	return pr_strace_text_begins(line, "strace: ") ||
	       pr_strace_text_begins(line, "[ Process PID=") ||
	       pr_strace_text_begins(line, "Process ");
}

static void take_body(struct pr_strace *strace, const struct pr_strace_prefix *prefix,
                      struct pr_strace_text text)
{
	struct pr_strace_text name;

	if (pr_strace_text_name(&text, "(", &name)) {
		take_call(strace, find_thread(strace, prefix->pid), prefix, name, text);
	} else if (pr_strace_text_begins(text, "<... ")) {
		pr_strace_text_skip(&text, 5);
		take_resumed(strace, find_thread(strace, prefix->pid), prefix, text);
	} else if (pr_strace_text_begins(text, "--- ")) {
		pr_strace_text_skip(&text, 4);
		take_signal(strace, find_thread(strace, prefix->pid), prefix, text);
	} else if (pr_strace_text_begins(text, "+++ ")) {
		pr_strace_text_skip(&text, 4);
		take_exit(strace, find_thread(strace, prefix->pid), prefix, text);
	} else {
		take_other(strace, PR_STRACE_OTHER, text);
	}
}

/* ---- lines ----------------------------------------------------------------------------------- */

/* "strace: Process 10985 attached" at the end of line: announces a thread.  Gives the beginning of
 * the line, which is the first part of another one when it is not empty.  */
static bool take_announcement(struct pr_strace *strace, struct pr_strace_text line,
                              struct pr_strace_text *head)
{
	static const char mark[] = "strace: Process ";
	struct pr_strace_text body;
	struct pr_strace_prefix prefix;
	const char *at;
	int64_t pid;

	if (!pr_strace_text_ends(line, " attached"))
		return false;
	at = memmem(line.at, line.size, mark, strlen(mark));
	if (at == NULL)
		return false;
	*head = (struct pr_strace_text){line.at, (size_t)(at - line.at)};
	pr_strace_text_skip(&line, head->size + strlen(mark));
	if (!pr_strace_number(line, &pid, NULL) || pid <= 0 || pid > UINT32_MAX)
		return false;
	body = *head;
	pr_strace_text_prefix(&body, &prefix);
	strace->kept_pid = prefix.pid;
	if (body.size > 0 && prefix.pid == 0)
		strace->kept_pid = find_thread(strace, 0)->pid;
	if (known_thread(strace, (uint32_t)pid) == NULL)
		new_thread(strace, (uint32_t)pid);
	return true;
}

/* "% time     seconds  usecs/call     calls    errors syscall", in the order of -U; blanks may
 * follow.
 */
static bool is_heading(struct pr_strace_text line)
{
	static const char blanks[] = " ";

	while (pr_strace_text_ends(line, blanks))
		line.size--;
	return (pr_strace_text_begins(line, "% time ") || pr_strace_text_begins(line, "syscall ") ||
	        pr_strace_text_ends(line, " syscall") || pr_strace_text_ends(line, " calls")) &&
	       pr_strace_has(line, "calls") && pr_strace_has(line, "syscall") &&
	       !pr_strace_has(line, "(");
}

/* Ends with the line of totals, or with anything that cannot be a row.  */
static bool take_table(struct pr_strace *strace, struct pr_strace_text line)
{
	if (!strace->in_table)
		strace->in_table = is_heading(line);
	else if (line.size == 0 || pr_strace_has(line, "("))
		strace->in_table = false;
	if (!strace->in_table)
		return false;
	take_other(strace, PR_STRACE_TABLE, line);
	if (pr_strace_has(line, " total") || pr_strace_text_begins(line, "total "))
		strace->in_table = false;
	return true;
}

/* `1234 read(0, ...) = 0` and its like: neither a table, a notice nor an announcement, nor after
 * one. */
static bool is_plain(const struct pr_strace *strace, struct pr_strace_text line)
{
	char last;

	if (strace->in_table || strace->kept.size > 0 || line.size == 0 ||
	    !pr_strace_text_digit(line.at[0]))
		return false;
	last = line.at[line.size - 1];
	return pr_strace_text_digit(last) || last == ')' || last == '>';
}

static void take_line(struct pr_strace *strace, struct pr_strace_text line)
{
	struct pr_strace_prefix prefix;
	struct pr_strace_text head;
	bool kept;

	if (is_plain(strace, line)) {
		pr_strace_text_prefix(&line, &prefix);
		take_body(strace, &prefix, line);
		return;
	}
	if (take_table(strace, line))
		return;
	if (take_announcement(strace, line, &head) && strace->kept.size <= HALF_MAX) {
		pr_buf_add(&strace->kept, head.at, head.size);
		return;
	}
	kept = strace->kept.size > 0;
	if (strace->kept.size > 0 && !is_notice(line)) {
		pr_buf_add(&strace->kept, line.at, line.size);
		line = (struct pr_strace_text){strace->kept.text, strace->kept.size};
	}
	if (pr_strace_text_begins(line, " > ")) {
		pr_strace_text_skip(&line, 3);
		take_other(strace, PR_STRACE_STACK, line);
	} else if (is_notice(line)) {
		take_other(strace, PR_STRACE_OTHER, line);
		return;
	} else if (line.size > 0) {
		pr_strace_text_prefix(&line, &prefix);
		if (kept && prefix.pid == 0)
			prefix.pid = strace->kept_pid;
		take_body(strace, &prefix, line);
	}
	pr_buf_clear(&strace->kept);
}

/* The end of a long line is in a ring: put it in order behind the head.  */
static void add_tail(struct pr_strace *strace)
{
	size_t size = strace->tail_size < LINE_TAIL ? strace->tail_size : LINE_TAIL;
	size_t first = (strace->tail_size - size) % LINE_TAIL;
	size_t part = LINE_TAIL - first < size ? LINE_TAIL - first : size;

	pr_buf_add(&strace->line, strace->tail + first, part);
	pr_buf_add(&strace->line, strace->tail, size - part);
	strace->cut_line = strace->tail_size > LINE_TAIL;
	strace->tail_size = 0;
}

static void finish_line(struct pr_strace *strace, struct pr_strace_text line)
{
	strace->line_number++;
	if (pr_strace_text_ends(line, "\r"))
		line.size--;
	take_line(strace, line);
}

static void finish_gathered_line(struct pr_strace *strace)
{
	if (strace->tail_size > 0)
		add_tail(strace);
	finish_line(strace, (struct pr_strace_text){strace->line.text, strace->line.size});
	pr_buf_clear(&strace->line);
	strace->cut_line = false;
}

static void add_text(struct pr_strace *strace, const char *text, size_t size)
{
	size_t room = LINE_HEAD - strace->line.size, head = size < room ? size : room;

	pr_buf_add(&strace->line, text, head);
	if (head < size && strace->tail == NULL)
		strace->tail = pr_alloc(LINE_TAIL);
	for (size_t i = head; i < size; i++)
		strace->tail[strace->tail_size++ % LINE_TAIL] = text[i];
}

void pr_strace_feed(struct pr_strace *strace, const char *text, size_t size)
{
	while (size > 0) {
		const char *end = memchr(text, '\n', size);
		size_t part = end == NULL ? size : (size_t)(end - text);

		if (end != NULL && strace->line.size == 0 && part < LINE_HEAD) {
			finish_line(strace, (struct pr_strace_text){text, part});
		} else {
			add_text(strace, text, part);
			if (end == NULL)
				return;
			finish_gathered_line(strace);
		}
		text = end + 1;
		size -= part + 1;
	}
}

/* A result at the end of a cut line may have lost digits, so it is not believed: the line is taken
 * as a call that began.  */
static void finish_cut_line(struct pr_strace *strace)
{
	struct pr_strace_text line = {strace->line.text, strace->line.size}, body = line;
	struct pr_strace_prefix prefix;
	struct pr_strace_text name;

	strace->line_number++;
	pr_strace_text_prefix(&body, &prefix);
	if (pr_strace_text_name(&body, "(", &name)) {
		struct thread *thread = find_thread(strace, prefix.pid);

		give_up_half(strace, thread);
		begin_half(strace, thread, &prefix, name, body);
	} else if (!pr_strace_text_begins(body, "<... ")) {
		take_line(strace, line);
	}
	pr_buf_clear(&strace->line);
}

void pr_strace_finish(struct pr_strace *strace)
{
	if (strace->line.size > 0)
		finish_cut_line(strace);
	for (size_t i = 0; i < strace->thread_room; i++)
		if (strace->threads[i] != NULL)
			give_up_half(strace, strace->threads[i]);
}

struct pr_strace *pr_strace_create(pr_strace_visit *visit, void *arg)
{
	struct pr_strace *strace = pr_alloc(sizeof(*strace));

	memset(strace, 0, sizeof(*strace));
	strace->visit = visit;
	strace->arg = arg;
	pr_buf_init(&strace->line);
	pr_buf_init(&strace->kept);
	pr_buf_init(&strace->join);
	pr_strace_names_init(&strace->names);
	return strace;
}

void pr_strace_destroy(struct pr_strace **strace)
{
	struct pr_strace *old = *strace;

	*strace = NULL;
	if (old == NULL)
		return;
	for (size_t i = 0; i < old->thread_room; i++)
		if (old->threads[i] != NULL)
			forget_thread(old, old->threads[i]);
	free(old->threads);
	free(old->tail);
	pr_buf_fini(&old->line);
	pr_buf_fini(&old->kept);
	pr_buf_fini(&old->join);
	pr_strace_names_fini(&old->names);
	free(old);
}
