/* SPDX-License-Identifier: MIT */
/* analyzers/trace/live.c - traces a process or a command now, through a named pipe.
 *
 * The pipe is named so that strace opens it itself: a descriptor that were handed down would stay
 * open in what the command leaves running, and the end would never come.  */
#include "analyzers/trace/live.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/clock.h"

#define PIECE       ((size_t)64 * 1024)
#define POLL_MS     100
#define NOT_STARTED 127

struct live {
	const struct pr_trace_live *what;
	char *folder, *path; /* of the pipe */
	int fd;
	pid_t strace;
	bool ended, told;
	int status; /* of waitpid */
	uint64_t bytes;
};

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

static void catch_signals(void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = on_signal;
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaction(numbers[i], &action, NULL);
}

static enum pr_err make_pipe(struct live *live, struct pr_error *why)
{
	const char *base = getenv("TMPDIR");

	live->folder = pr_asprintf("%s/proctor-trace-XXXXXX", base != NULL ? base : "/tmp");
	if (mkdtemp(live->folder) == NULL) {
		free(live->folder);
		live->folder = NULL;
		return pr_error_set(why, PR_FAILED, "cannot make a folder for the pipe: %s",
		                    strerror(errno));
	}
	live->path = pr_asprintf("%s/pipe", live->folder);
	if (mkfifo(live->path, 0600) == 0)
		live->fd = open(live->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (live->fd < 0)
		return pr_error_set(why, PR_FAILED, "%s: cannot make the pipe: %s", live->path,
		                    strerror(errno));
	return PR_OK;
}

/* ---- strace ---------------------------------------------------------------------------------- */

static const char **arguments(const struct live *live, char *pid, size_t room)
{
	static const char *const fixed[] = {"strace", "-f", "-q", "-ttt", "-T",
	                                    "-s",     "64", "-I", "2",    "-o"};
	const size_t fixed_count = sizeof(fixed) / sizeof(fixed[0]);
	size_t count = 0, extra = 0;
	const char **argv;

	while (live->what->pid == 0 && live->what->command[extra] != NULL)
		extra++;
	argv = pr_alloc((fixed_count + extra + 8) * sizeof(argv[0]));
	for (; count < fixed_count; count++)
		argv[count] = fixed[count];
	argv[count++] = live->path;
	if (live->what->stacks)
		argv[count++] = "-k";
	if (live->what->pid != 0) {
		snprintf(pid, room, "%llu", (unsigned long long)live->what->pid);
		argv[count++] = "-yy"; /* its descriptors were opened before */
		argv[count++] = "-p";
		argv[count++] = pid;
	} else {
		argv[count++] = "--";
		for (size_t i = 0; i < extra; i++)
			argv[count++] = live->what->command[i];
	}
	argv[count] = NULL;
	return argv;
}

/* strace must not outlive this process: a traced program would be stopped for ever.  */
static void become_strace(const char **argv, pid_t parent)
{
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGINT);
	if (getppid() != parent)
		_exit(NOT_STARTED);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	execvp(argv[0], (char *const *)argv);
	_exit(NOT_STARTED);
}

/* strace starts a file that cannot be executed, and what comes out is a trace of that failure.  A
 * name without a folder it looks up itself, and says when there is none.  */
static enum pr_err check_command(const struct live *live, struct pr_error *why)
{
	const char *program = live->what->pid == 0 ? live->what->command[0] : "";

	if (strchr(program, '/') == NULL || access(program, X_OK) == 0 || errno == ENOENT)
		return PR_OK;
	return pr_error_set(
	        why, PR_FAILED,
	        "%s: cannot be executed: %s; name a program, or its interpreter before it", program,
	        strerror(errno));
}

static enum pr_err start(struct live *live, struct pr_error *why)
{
	char pid[32];
	const char **argv = arguments(live, pid, sizeof(pid));
	pid_t parent = getpid();

	live->strace = fork();
	if (live->strace == 0)
		become_strace(argv, parent);
	free(argv);
	if (live->strace < 0)
		return pr_error_set(why, PR_FAILED, "strace cannot be started: %s",
		                    strerror(errno));
	return PR_OK;
}

static void check_end(struct live *live)
{
	if (!live->ended && waitpid(live->strace, &live->status, WNOHANG) == live->strace)
		live->ended = true;
}

static void tell(struct live *live)
{
	if (!live->told && !live->ended)
		kill(live->strace, SIGINT);
	live->told = true;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* False when there is nothing to read now.  */
static bool take(struct live *live, struct pr_strace *strace, char *piece)
{
	ssize_t size = read(live->fd, piece, PIECE);

	if (size <= 0)
		return false;
	live->bytes += (uint64_t)size;
	pr_strace_feed(strace, piece, (size_t)size);
	return true;
}

static void read_all(struct live *live, struct pr_strace *strace)
{
	int64_t until_ns = pr_clock_ns() + live->what->limit_ns;
	struct pollfd poller = {.fd = live->fd, .events = POLLIN};
	char *piece = pr_alloc(PIECE);
	bool more = true;

	while (more) {
		if (stop || (live->what->limit_ns > 0 && pr_clock_ns() >= until_ns))
			tell(live);
		poller.revents = 0;
		poll(&poller, 1, POLL_MS);
		/* What was written before the end is still in the pipe.  */
		check_end(live);
		if (take(live, strace, piece))
			continue;
		more = !live->ended;
		if (more && (poller.revents & POLLHUP) != 0)
			poll(NULL, 0, 1);
	}
	free(piece);
}

static enum pr_err judge(const struct live *live, int *status, struct pr_error *why)
{
	int code =
	        WIFEXITED(live->status) ? WEXITSTATUS(live->status) : 128 + WTERMSIG(live->status);

	*status = live->what->pid == 0 && !live->told ? code : 0;
	if (live->bytes > 0 || live->told)
		return PR_OK;
	if (code == NOT_STARTED)
		return pr_error_set(why, PR_FAILED,
		                    "strace cannot be run; install the package strace");
	if (code == 0)
		return PR_OK;
	return pr_error_set(why, PR_FAILED,
	                    "strace could not trace it, and ended with status %d; what it said "
	                    "stands above",
	                    code);
}

enum pr_err pr_trace_live(const struct pr_trace_live *what, struct pr_strace *strace, int *status,
                          struct pr_error *why)
{
	struct live live = {.what = what, .fd = -1, .strace = -1};
	enum pr_err err = make_pipe(&live, why);

	*status = 0;
	catch_signals();
	if (err == PR_OK)
		err = check_command(&live, why);
	if (err == PR_OK)
		err = start(&live, why);
	if (err == PR_OK) {
		read_all(&live, strace);
		err = judge(&live, status, why);
	}
	pr_strace_finish(strace);
	if (live.fd >= 0)
		close(live.fd);
	if (live.path != NULL)
		unlink(live.path);
	if (live.folder != NULL)
		rmdir(live.folder);
	free(live.path);
	free(live.folder);
	return err;
}
