/* SPDX-License-Identifier: MIT */
/* harness/stacks.c - where the threads of a process are.  */
#include "harness/stacks.h"

#include <dirent.h>
#include <elfutils/libdwfl.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/clock.h"

#define THREADS_MAX 64
#define FRAMES_MAX  32
#define BRIEF_MAX   6

/* Who unwinds is ended when it has done nothing in so many looks; on a busy machine it may wait for
 * a CPU for seconds.  A look that comes late is one all the same.  */
#define LOOK_MS    100
#define LOOKS_IDLE 30
#define LOOKS_MOST 600

/* ---- what /proc tells ---------------------------------------------------------------- */

/* The first line of /proc/PID/task/TID/NAME, without its end; "" when it cannot be read.  */
static void read_fact(pid_t pid, pid_t tid, const char *name, char *text, size_t room)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", (int)pid, (int)tid, name);
	file = fopen(path, "re");
	if (file == NULL || fgets(text, (int)room, file) == NULL)
		text[0] = '\0';
	if (file != NULL)
		fclose(file);
	text[strcspn(text, "\n")] = '\0';
}

/* The letter behind the name, which may hold anything, of a stat line.  */
static const char *state_word(const char *stat)
{
	static const struct {
		char letter;
		const char *word;
	} words[] = {{'R', "running"}, {'S', "asleep"},  {'D', "asleep and not to be woken"},
	             {'T', "stopped"}, {'t', "stopped"}, {'Z', "ended"},
	             {'X', "ended"}};
	const char *end = strrchr(stat, ')');

	for (size_t i = 0; end != NULL && i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(end) > 2 && end[2] == words[i].letter)
			return words[i].word;
	return "in a state that is not known";
}

static void add_thread(struct pr_buf *out, pid_t pid, pid_t tid)
{
	char name[64], stat[512], call[256], place[128];

	read_fact(pid, tid, "comm", name, sizeof(name));
	read_fact(pid, tid, "stat", stat, sizeof(stat));
	read_fact(pid, tid, "syscall", call, sizeof(call));
	read_fact(pid, tid, "wchan", place, sizeof(place));
	pr_buf_printf(out, "thread %d (%s): %s", (int)tid, name, state_word(stat));
	if (strspn(call, "0123456789") > 0)
		pr_buf_printf(out, ", in system call %.*s", (int)strcspn(call, " "), call);
	if (place[0] != '\0' && strcmp(place, "0") != 0)
		pr_buf_printf(out, ", in the kernel at %s", place);
	pr_buf_puts(out, "\n");
}

static size_t list_threads(pid_t pid, pid_t *tids)
{
	char path[64];
	struct dirent *entry;
	size_t count = 0;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	tasks = opendir(path);
	while (tasks != NULL && count < THREADS_MAX && (entry = readdir(tasks)) != NULL)
		if (entry->d_name[0] != '.')
			tids[count++] = (pid_t)atoi(entry->d_name);
	if (tasks != NULL)
		closedir(tasks);
	return count;
}

/* ---- stacks, in a process of their own ----------------------------------------------- */

struct frames {
	int fd;
	int count;
};

static int add_frame(Dwfl_Frame *frame, void *arg)
{
	struct frames *frames = arg;
	Dwfl *dwfl = dwfl_thread_dwfl(dwfl_frame_thread(frame));
	const char *name = NULL, *file = NULL;
	bool is_activation;
	Dwfl_Module *module;
	Dwarf_Addr pc;

	if (!dwfl_frame_pc(frame, &pc, &is_activation))
		return DWARF_CB_ABORT;
	module = dwfl_addrmodule(dwfl, pc);
	if (module != NULL) {
		/* A return address may be the first of the next function.  */
		name = dwfl_module_addrname(module, pc - (is_activation ? 0 : 1));
		file = dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
	}
	dprintf(frames->fd, "  #%d %s in %s\n", frames->count, name != NULL ? name : "?",
	        file != NULL ? basename(file) : "?");
	return ++frames->count < FRAMES_MAX ? DWARF_CB_OK : DWARF_CB_ABORT;
}

/* Unwinding takes what the loaded files themselves hold; nothing is looked for elsewhere.  */
static int find_no_debuginfo(Dwfl_Module *module, void **userdata, const char *name,
                             Dwarf_Addr base, const char *file, const char *link, GElf_Word crc,
                             char **found)
{
	(void)module;
	(void)userdata;
	(void)name;
	(void)base;
	(void)file;
	(void)link;
	(void)crc;
	(void)found;
	return -1;
}

static Dwfl *attach(pid_t pid)
{
	static const Dwfl_Callbacks callbacks = {.find_elf = dwfl_linux_proc_find_elf,
	                                         .find_debuginfo = find_no_debuginfo};
	Dwfl *dwfl = dwfl_begin(&callbacks);

	if (dwfl == NULL)
		return NULL;
	if (dwfl_linux_proc_report(dwfl, pid) == 0 && dwfl_report_end(dwfl, NULL, NULL) == 0 &&
	    dwfl_linux_proc_attach(dwfl, pid, false) == 0)
		return dwfl;
	dwfl_end(dwfl);
	return NULL;
}

/* The process: the stacks of the threads, each ended by a line "." */
static _Noreturn void unwind(pid_t pid, const pid_t *tids, size_t count, int fd)
{
	Dwfl *dwfl = attach(pid);

	for (size_t i = 0; i < count; i++) {
		struct frames frames = {fd, 0};

		if (dwfl == NULL ||
		    (dwfl_getthread_frames(dwfl, tids[i], add_frame, &frames) != 0 &&
		     frames.count == 0))
			dprintf(fd, "  (its stack cannot be read: %s)\n", dwfl_errmsg(-1));
		dprintf(fd, ".\n");
	}
	if (dwfl != NULL)
		dwfl_end(dwfl);
	_exit(0);
}

/* Whether a process has used CPU time since *used_ns, which follows.  */
static bool has_worked(pid_t pid, int64_t *used_ns)
{
	int64_t before_ns = *used_ns;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0)
		return false;
	*used_ns = pr_clock_read_ns(clock);
	return *used_ns != before_ns;
}

/* What a process says, to the end or until it does nothing any more.  */
static void listen_to(pid_t pid, int fd, struct pr_buf *text)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	int64_t used_ns = 0;
	char piece[4096];
	ssize_t size;

	for (int looks = 0, idle = 0; looks < LOOKS_MOST && idle < LOOKS_IDLE;) {
		if (poll(&poll_fd, 1, LOOK_MS) <= 0) {
			idle = has_worked(pid, &used_ns) ? 0 : idle + 1;
			looks++;
			continue;
		}
		size = read(fd, piece, sizeof(piece));
		if (size == 0 || (size < 0 && errno != EINTR))
			return;
		if (size > 0)
			pr_buf_add(text, piece, (size_t)size);
	}
}

static void read_stacks(pid_t pid, const pid_t *tids, size_t count, struct pr_buf *text)
{
	int fds[2];
	pid_t child;

	if (pipe2(fds, 0) != 0)
		return;
	child = fork();
	if (child == 0) {
		close(fds[0]);
		unwind(pid, tids, count, fds[1]);
	}
	close(fds[1]);
	if (child > 0) {
		listen_to(child, fds[0], text);
		kill(child, SIGKILL); /* its tracees go on */
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
	close(fds[0]);
}

/* ---- both ---------------------------------------------------------------------------- */

/* Moves the lines up to the next "." to out.  */
static const char *take_stack(const char *at, struct pr_buf *out)
{
	const char *end;

	while ((end = strchr(at, '\n')) != NULL) {
		if (at[0] == '.')
			return end + 1;
		pr_buf_add(out, at, (size_t)(end + 1 - at));
		at = end + 1;
	}
	pr_buf_puts(out, "  (its stack could not be read in time)\n");
	return at;
}

void pr_stacks_add(struct pr_buf *out, pid_t pid)
{
	pid_t tids[THREADS_MAX];
	size_t count = list_threads(pid, tids);
	struct pr_buf facts[THREADS_MAX], stacks;
	const char *at;

	for (size_t i = 0; i < count; i++) { /* before a tracer stops them */
		pr_buf_init(&facts[i]);
		add_thread(&facts[i], pid, tids[i]);
	}
	pr_buf_init(&stacks);
	read_stacks(pid, tids, count, &stacks);
	at = stacks.text;
	for (size_t i = 0; i < count; i++) {
		pr_buf_puts(out, facts[i].text);
		at = take_stack(at, out);
		pr_buf_fini(&facts[i]);
	}
	pr_buf_fini(&stacks);
}

void pr_stacks_add_brief(struct pr_buf *out, const char *stacks)
{
	const char *at = strchr(stacks, '\n');
	int count = 0;

	while (at != NULL && strncmp(at, "\n  #", 4) == 0 && count < BRIEF_MAX) {
		const char *name = strchr(at + 4, ' ');
		size_t size = name != NULL ? strcspn(name + 1, " \n") : 0;

		if (size > 0 && name[1] != '?')
			pr_buf_printf(out, "%s%.*s", count++ > 0 ? " < " : "", (int)size, name + 1);
		at = strchr(at + 1, '\n');
	}
}
