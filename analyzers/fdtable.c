/* SPDX-License-Identifier: MIT */
/* analyzers/fdtable.c - what each descriptor of a traced program is.
 *
 * One table line per call that makes a descriptor says how to tell its kind.  Descriptors are kept
 * in an array per process; numbers above FD_MAX (a program would have to raise its limits to get
 * there) are not followed and count as unknown.  */
#include "analyzers/fdtable.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"

#define FD_MAX ((size_t)1 << 16)

struct process {
	size_t users; /* threads that share it, and children to come */
	uint32_t number, pid;
	unsigned char *kinds; /* enum pr_fd_kind by number */
	size_t room;
};

struct member {
	struct process *process; /* NULL: no event of this thread yet */
	uint32_t pid;
	bool cloning;      /* between ENTER and CALL of a clone */
	bool clone_shares; /* CLONE_FILES, of the last clone */
};

/* A thread that a clone call has returned, and of which no line was seen yet.  In a set of -ff it
 * may come much later.  */
struct child {
	uint32_t pid;
	struct process *process;
};

#define CHILDREN_MAX 4096

struct pr_fdtable {
	struct process *first;
	uint32_t processes; /* how many there were */
	struct child *children;
	size_t child_count;
	struct member *members; /* by thread number of the parser */
	size_t room;
	unsigned char roles[PR_STRACE_NAMES_MAX]; /* of calls by number; see find_role() */
};

static const char *const kind_names[PR_FD_KINDS] = {
        [PR_FD_UNKNOWN] = "unknown",   [PR_FD_TCP] = "tcp",         [PR_FD_SOCKET] = "socket",
        [PR_FD_UNIX] = "unix",         [PR_FD_UDP] = "udp",         [PR_FD_NETLINK] = "netlink",
        [PR_FD_EVENTFD] = "eventfd",   [PR_FD_EPOLL] = "epoll",     [PR_FD_TIMERFD] = "timerfd",
        [PR_FD_SIGNALFD] = "signalfd", [PR_FD_INOTIFY] = "inotify", [PR_FD_PIPE] = "pipe",
        [PR_FD_FILE] = "file",         [PR_FD_OTHER] = "other",
};

const char *pr_fd_kind_name(enum pr_fd_kind kind)
{
	return kind_names[kind];
}

/* ---- processes ------------------------------------------------------------------------------- */

static struct process *new_process(struct pr_fdtable *table, const struct process *copy,
                                   uint32_t pid)
{
	struct process *process = pr_alloc(sizeof(*process));

	memset(process, 0, sizeof(*process));
	process->number = table->processes++;
	process->pid = pid;
	if (copy != NULL && copy->room > 0) {
		process->room = copy->room;
		process->kinds = pr_alloc(copy->room);
		memcpy(process->kinds, copy->kinds, copy->room);
	}
	return process;
}

static void leave_process(struct process *process)
{
	if (process == NULL || --process->users > 0)
		return;
	free(process->kinds);
	free(process);
}

static void join_process(struct member *member, struct process *process)
{
	process->users++;
	leave_process(member->process);
	member->process = process;
}

static enum pr_fd_kind get(const struct process *process, int64_t fd)
{
	if (fd < 0 || (uint64_t)fd >= process->room)
		return PR_FD_UNKNOWN;
	return (enum pr_fd_kind)process->kinds[fd];
}

static void set(struct process *process, int64_t fd, enum pr_fd_kind kind)
{
	size_t room = process->room;

	if (fd < 0 || (uint64_t)fd >= FD_MAX)
		return;
	if ((uint64_t)fd >= room) {
		while ((uint64_t)fd >= process->room)
			process->room = process->room == 0 ? 64 : process->room * 2;
		process->kinds = pr_realloc(process->kinds, process->room);
		memset(process->kinds + room, PR_FD_UNKNOWN, process->room - room);
	}
	process->kinds[fd] = (unsigned char)kind;
}

/* ---- threads --------------------------------------------------------------------------------- */

/* The process of a thread whose clone call has returned; the reference goes to the caller.  */
static struct process *take_child(struct pr_fdtable *table, uint32_t pid)
{
	for (size_t i = 0; pid != 0 && i < table->child_count; i++) {
		struct process *process = table->children[i].process;

		if (table->children[i].pid != pid)
			continue;
		table->children[i] = table->children[--table->child_count];
		return process;
	}
	return NULL;
}

static void add_child(struct pr_fdtable *table, uint32_t pid, struct process *process)
{
	process->users++;
	if (table->child_count == CHILDREN_MAX) {
		leave_process(process);
		return;
	}
	if (table->children == NULL)
		table->children = pr_alloc(CHILDREN_MAX * sizeof(struct child));
	table->children[table->child_count++] = (struct child){pid, process};
}

/* The log shows lines of a child before its parent's clone has returned.  */
static struct member *find_cloning(struct pr_fdtable *table)
{
	for (size_t i = 0; i < table->room; i++)
		if (table->members[i].process != NULL && table->members[i].cloning)
			return &table->members[i];
	return NULL;
}

static struct member *find_member(struct pr_fdtable *table, const struct pr_strace_event *event)
{
	size_t room = table->room;
	struct member *member, *parent;
	struct process *process;

	if (event->thread >= room) {
		table->room = (size_t)event->thread * 2 + 16;
		table->members = pr_realloc(table->members, table->room * sizeof(struct member));
		memset(table->members + room, 0, (table->room - room) * sizeof(struct member));
	}
	member = &table->members[event->thread];
	if (member->process != NULL)
		return member;
	member->pid = event->pid;
	process = take_child(table, event->pid);
	if (process != NULL) {
		member->process = process;
		return member;
	}
	parent = find_cloning(table);
	if (parent == NULL)
		join_process(member, table->first);
	else if (parent->clone_shares)
		join_process(member, parent->process);
	else
		join_process(member, new_process(table, parent->process, event->pid));
	if (member->process->pid == 0)
		member->process->pid = event->pid;
	return member;
}

static void forget_member(struct member *member)
{
	leave_process(member->process);
	memset(member, 0, sizeof(*member));
}

static bool is_clone(const char *name)
{
	static const char *const names[] = {"clone", "clone3", "fork", "vfork", NULL};

	for (size_t i = 0; names[i] != NULL; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* The parent's clone has returned the child's number.  A child that was met earlier was given a
 * process by guess, which is put right here.  */
static void end_clone(struct pr_fdtable *table, struct member *parent,
                      const struct pr_strace_event *event)
{
	uint32_t pid;

	parent->cloning = false;
	if (event->end != PR_STRACE_RETURNED || event->result <= 0)
		return;
	pid = (uint32_t)event->result;
	for (size_t i = 0; i < table->room; i++) {
		struct member *child = &table->members[i];

		if (child->process == NULL || child->pid != pid)
			continue;
		if (parent->clone_shares && child->process != parent->process)
			join_process(child, parent->process);
		return;
	}
	if (!parent->clone_shares)
		add_child(table, pid, new_process(table, parent->process, pid));
	else
		add_child(table, pid, parent->process);
}

/* ---- kinds ----------------------------------------------------------------------------------- */

struct word {
	const char *text;
	enum pr_fd_kind kind;
};

/* Behind a descriptor with -y and -yy.  The first that fits holds.  */
static const struct word decorations[] = {
        {"<TCP", PR_FD_TCP},
        {"<UNIX", PR_FD_UNIX},
        {"<UDP", PR_FD_UDP},
        {"<NETLINK", PR_FD_NETLINK},
        {"<socket:", PR_FD_SOCKET},
        {"<pipe:", PR_FD_PIPE},
        {"<anon_inode:[eventfd", PR_FD_EVENTFD},
        {"<anon_inode:[eventpoll", PR_FD_EPOLL},
        {"<anon_inode:[timerfd", PR_FD_TIMERFD},
        {"<anon_inode:[signalfd", PR_FD_SIGNALFD},
        {"<anon_inode:inotify", PR_FD_INOTIFY},
        {"<anon_inode:", PR_FD_OTHER},
        {"<pidfd:", PR_FD_OTHER},
        {"</memfd:", PR_FD_FILE},
        {"</", PR_FD_FILE},
        {NULL, PR_FD_UNKNOWN},
};

static bool begins(struct pr_strace_text text, const char *with)
{
	size_t size = strlen(with);

	return text.size >= size && memcmp(text.at, with, size) == 0;
}

static enum pr_fd_kind decorated_kind(struct pr_strace_text text)
{
	const struct word *word = decorations;

	if (text.size == 0 || text.at[0] != '<')
		return PR_FD_UNKNOWN;
	while (word->text != NULL && !begins(text, word->text))
		word++;
	return word->kind;
}

/* `socket:[123]` says less than a socket() call did.  */
static enum pr_fd_kind better(enum pr_fd_kind shown, enum pr_fd_kind known)
{
	if (shown == PR_FD_UNKNOWN)
		return known;
	if (shown == PR_FD_SOCKET && known >= PR_FD_TCP && known <= PR_FD_NETLINK)
		return known;
	return shown;
}

enum pr_fd_kind pr_fdtable_kind(struct pr_fdtable *table, const struct pr_strace_event *event,
                                size_t index, int64_t *fd)
{
	struct member *member = find_member(table, event);
	struct pr_strace_text arg, rest;
	int64_t number = -1;
	enum pr_fd_kind kind = PR_FD_UNKNOWN;

	if (!event->headless && pr_strace_event_arg(event, index, &arg) &&
	    pr_strace_number(arg, &number, &rest))
		kind = better(decorated_kind(rest), get(member->process, number));
	if (fd != NULL)
		*fd = number;
	return kind;
}

/* ---- calls that make descriptors ------------------------------------------------------------- */

struct maker {
	const char *name;
	enum pr_fd_kind kind;
	void (*note)(struct pr_fdtable *table, struct member *member,
	             const struct pr_strace_event *event, enum pr_fd_kind kind);
};

static void note_result(struct pr_fdtable *table, struct member *member,
                        const struct pr_strace_event *event, enum pr_fd_kind kind)
{
	(void)table;
	set(member->process, event->result, better(decorated_kind(event->extra), kind));
}

static void note_socket(struct pr_fdtable *table, struct member *member,
                        const struct pr_strace_event *event, enum pr_fd_kind kind)
{
	struct pr_strace_text family, type;

	if (pr_strace_event_arg(event, 0, &family) && pr_strace_event_arg(event, 1, &type)) {
		bool stream = pr_strace_has(type, "SOCK_STREAM");

		if (pr_strace_has(family, "AF_INET"))
			kind = stream ? PR_FD_TCP : PR_FD_UDP;
		else if (begins(family, "AF_UNIX") || begins(family, "AF_LOCAL"))
			kind = PR_FD_UNIX;
		else if (begins(family, "AF_NETLINK"))
			kind = PR_FD_NETLINK;
	}
	note_result(table, member, event, kind);
}

static void note_accept(struct pr_fdtable *table, struct member *member,
                        const struct pr_strace_event *event, enum pr_fd_kind kind)
{
	enum pr_fd_kind listener = pr_fdtable_kind(table, event, 0, NULL);

	if (listener != PR_FD_UNKNOWN)
		kind = listener;
	note_result(table, member, event, kind);
}

static void note_dup(struct pr_fdtable *table, struct member *member,
                     const struct pr_strace_event *event, enum pr_fd_kind kind)
{
	(void)kind;
	note_result(table, member, event, pr_fdtable_kind(table, event, 0, NULL));
}

static void note_fcntl(struct pr_fdtable *table, struct member *member,
                       const struct pr_strace_event *event, enum pr_fd_kind kind)
{
	struct pr_strace_text command;

	if (pr_strace_event_arg(event, 1, &command) && begins(command, "F_DUPFD"))
		note_dup(table, member, event, kind);
}

/* pipe2([3, 4], 0) and socketpair(AF_UNIX, SOCK_STREAM, 0, [3, 4]).  */
static void note_pair(struct pr_fdtable *table, struct member *member,
                      const struct pr_strace_event *event, enum pr_fd_kind kind)
{
	size_t index = kind == PR_FD_PIPE ? 0 : 3;
	struct pr_strace_text pair, one;
	int64_t fd;

	(void)table;
	if (!pr_strace_event_arg(event, index, &pair) || pair.size < 2 || pair.at[0] != '[')
		return;
	pair.at++;
	pair.size -= 2;
	for (size_t i = 0; i < 2; i++)
		if (pr_strace_arg(pair, i, &one) && pr_strace_number(one, &fd, NULL))
			set(member->process, fd, kind);
}

static void note_close(struct pr_fdtable *table, struct member *member,
                       const struct pr_strace_event *event, enum pr_fd_kind kind)
{
	int64_t fd;

	pr_fdtable_kind(table, event, 0, &fd);
	set(member->process, fd, kind);
}

static void note_close_range(struct pr_fdtable *table, struct member *member,
                             const struct pr_strace_event *event, enum pr_fd_kind kind)
{
	struct pr_strace_text arg;
	int64_t first, last;

	(void)table;
	if (!pr_strace_event_arg(event, 0, &arg) || !pr_strace_number(arg, &first, NULL) ||
	    !pr_strace_event_arg(event, 1, &arg) || !pr_strace_number(arg, &last, NULL) ||
	    pr_strace_has(event->args, "CLOSE_RANGE_CLOEXEC"))
		return;
	for (int64_t fd = first < 0 ? 0 : first; fd <= last && (uint64_t)fd < member->process->room;
	     fd++)
		set(member->process, fd, kind);
}

/* A connected socket whose socket() call is not in the log.  */
static void note_connect(struct pr_fdtable *table, struct member *member,
                         const struct pr_strace_event *event, enum pr_fd_kind kind)
{
	int64_t fd;
	enum pr_fd_kind known = pr_fdtable_kind(table, event, 0, &fd);

	if (known != PR_FD_UNKNOWN && known != PR_FD_SOCKET)
		return;
	if (pr_strace_has(event->args, "sa_family=AF_UNIX"))
		kind = PR_FD_UNIX;
	set(member->process, fd, kind);
}

static const struct maker makers[] = {
        {"socket", PR_FD_SOCKET, note_socket},
        {"accept", PR_FD_SOCKET, note_accept},
        {"accept4", PR_FD_SOCKET, note_accept},
        {"socketpair", PR_FD_UNIX, note_pair},
        {"eventfd", PR_FD_EVENTFD, note_result},
        {"eventfd2", PR_FD_EVENTFD, note_result},
        {"epoll_create", PR_FD_EPOLL, note_result},
        {"epoll_create1", PR_FD_EPOLL, note_result},
        {"timerfd_create", PR_FD_TIMERFD, note_result},
        {"signalfd", PR_FD_SIGNALFD, note_result},
        {"signalfd4", PR_FD_SIGNALFD, note_result},
        {"inotify_init", PR_FD_INOTIFY, note_result},
        {"inotify_init1", PR_FD_INOTIFY, note_result},
        {"pipe", PR_FD_PIPE, note_pair},
        {"pipe2", PR_FD_PIPE, note_pair},
        {"open", PR_FD_FILE, note_result},
        {"openat", PR_FD_FILE, note_result},
        {"openat2", PR_FD_FILE, note_result},
        {"creat", PR_FD_FILE, note_result},
        {"memfd_create", PR_FD_FILE, note_result},
        {"io_uring_setup", PR_FD_OTHER, note_result},
        {"perf_event_open", PR_FD_OTHER, note_result},
        {"pidfd_open", PR_FD_OTHER, note_result},
        {"dup", PR_FD_UNKNOWN, note_dup},
        {"dup2", PR_FD_UNKNOWN, note_dup},
        {"dup3", PR_FD_UNKNOWN, note_dup},
        {"fcntl", PR_FD_UNKNOWN, note_fcntl},
        {"fcntl64", PR_FD_UNKNOWN, note_fcntl},
        {"close", PR_FD_UNKNOWN, note_close},
        {"close_range", PR_FD_UNKNOWN, note_close_range},
        {"connect", PR_FD_SOCKET, note_connect},
        {NULL, PR_FD_UNKNOWN, NULL},
};

enum { ROLE_UNKNOWN, ROLE_NONE, ROLE_CLONE, ROLE_MAKER }; /* ROLE_MAKER + index in makers */

static unsigned char search_role(const char *name)
{
	unsigned char index = 0;

	if (is_clone(name))
		return ROLE_CLONE;
	while (makers[index].name != NULL && strcmp(makers[index].name, name) != 0)
		index++;
	return makers[index].name != NULL ? (unsigned char)(ROLE_MAKER + index) : ROLE_NONE;
}

/* What a call does to descriptors.  Its name is looked at once.  */
static unsigned char find_role(struct pr_fdtable *table, const struct pr_strace_event *event)
{
	unsigned char *role = &table->roles[event->call];

	if (event->call == 0)
		return search_role(event->name);
	if (*role == ROLE_UNKNOWN)
		*role = search_role(event->name);
	return *role;
}

/* A non-blocking connect "fails" and is under way.  */
static bool took_effect(const struct pr_strace_event *event)
{
	return event->end == PR_STRACE_RETURNED ||
	       (event->end == PR_STRACE_ERROR && strcmp(event->error, "EINPROGRESS") == 0);
}

static void note_call(struct pr_fdtable *table, struct member *member,
                      const struct pr_strace_event *event)
{
	const struct maker *maker = &makers[find_role(table, event) - ROLE_MAKER];

	if (took_effect(event) && !event->injected && !event->headless)
		maker->note(table, member, event, maker->kind);
}

void pr_fdtable_note(struct pr_fdtable *table, const struct pr_strace_event *event)
{
	unsigned char role = ROLE_NONE;
	struct member *member;

	if (event->kind == PR_STRACE_OTHER || event->kind == PR_STRACE_STACK ||
	    event->kind == PR_STRACE_TABLE)
		return;
	if (event->kind == PR_STRACE_CALL || event->kind == PR_STRACE_ENTER)
		role = find_role(table, event);
	member = find_member(table, event);
	if (event->kind == PR_STRACE_EXIT) {
		forget_member(member);
	} else if (role == ROLE_CLONE) {
		if (event->kind == PR_STRACE_ENTER || !event->joined) {
			member->cloning = true;
			member->clone_shares = pr_strace_has(event->args, "CLONE_FILES");
		}
		if (event->kind == PR_STRACE_CALL)
			end_clone(table, member, event);
	} else if (event->kind == PR_STRACE_CALL && role >= ROLE_MAKER) {
		note_call(table, member, event);
	}
}

uint32_t pr_fdtable_process(struct pr_fdtable *table, const struct pr_strace_event *event,
                            uint32_t *pid)
{
	const struct process *process = find_member(table, event)->process;

	*pid = process->pid;
	return process->number;
}

struct pr_fdtable *pr_fdtable_create(void)
{
	struct pr_fdtable *table = pr_alloc(sizeof(*table));

	memset(table, 0, sizeof(*table));
	table->first = new_process(table, NULL, 0);
	table->first->users = 1;
	return table;
}

void pr_fdtable_destroy(struct pr_fdtable **table)
{
	struct pr_fdtable *old = *table;

	*table = NULL;
	if (old == NULL)
		return;
	for (size_t i = 0; i < old->room; i++)
		leave_process(old->members[i].process);
	for (size_t i = 0; i < old->child_count; i++)
		leave_process(old->children[i].process);
	leave_process(old->first);
	free(old->children);
	free(old->members);
	free(old);
}
