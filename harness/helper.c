/* SPDX-License-Identifier: MIT */
/* harness/helper.c - a forked process, one byte each way on a socket pair, and a thread that waits
 * for its end.  */
#include "harness/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "harness/shared.h"

/* What both processes see.  */
struct answer {
	enum pr_err err;
	bool gave_up;
	struct pr_error why;
};

struct pr_helper {
	struct pr_helper_job job;
	struct answer *answer;
	pid_t pid;
	int fd; /* our side of the pair */
	bool watched;
	pthread_t watcher;
	atomic_bool ending;
};

/* ---- the helper ----------------------------------------------------------------------- */

#define HELPER_FD 3

/* Keeps standard error and our side of the pair, lets everything else go, and ends with the worker.
 */
static bool leave_worker(int fd, pid_t worker)
{
	int null;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != worker)
		return false;
	signal(SIGTERM, SIG_IGN); /* it ends with the worker, which has a last word */
	signal(SIGUSR1, SIG_IGN);
	if (fd != HELPER_FD && dup2(fd, HELPER_FD) < 0)
		return false;
	close_range(HELPER_FD + 1, ~0u, 0);
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return null >= 0 && dup2(null, STDIN_FILENO) >= 0 && close(null) == 0;
}

static _Noreturn void serve(struct pr_helper *helper)
{
	struct answer *answer = helper->answer;
	char byte;

	while (read(helper->fd, &byte, 1) == 1) {
		answer->why.text[0] = '\0';
		answer->err = helper->job.answer(helper->job.arg, &answer->why);
		if (write(helper->fd, &byte, 1) != 1)
			break;
	}
	_exit(0);
}

void pr_helper_give_up(struct pr_helper *helper, const struct pr_error *why)
{
	helper->answer->why = *why;
	helper->answer->gave_up = true;
	_exit(1);
}

/* ---- the worker ----------------------------------------------------------------------- */

enum pr_err pr_helper_start(const struct pr_helper_job *job, struct pr_helper **result,
                            struct pr_error *why)
{
	struct pr_helper *helper = pr_alloc(sizeof(*helper));
	pid_t worker = getpid();
	int fds[2] = {-1, -1};

	memset(helper, 0, sizeof(*helper));
	helper->job = *job;
	helper->answer = pr_shared_alloc(sizeof(*helper->answer));
	*result = helper; /* in the helper too */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0)
		helper->pid = fork();
	if (fds[0] < 0 || helper->pid < 0) {
		pr_error_set(why, PR_FAILED, "cannot start a process for %s: %s", job->name,
		             strerror(errno));
		helper->pid = 0;
		helper->fd = fds[0];
		close(fds[1]);
		pr_helper_destroy(result);
		return PR_FAILED;
	}
	if (helper->pid == 0) {
		helper->fd = HELPER_FD;
		if (!leave_worker(fds[1], worker))
			_exit(1);
		serve(helper);
	}
	close(fds[1]);
	helper->fd = fds[0];
	return PR_OK;
}

static void describe_end(const struct pr_helper *helper, const siginfo_t *info,
                         struct pr_error *why)
{
	const char *name = helper->job.name;

	if (helper->answer->gave_up)
		pr_error_set(why, PR_FAILED, "%s: %s", name, helper->answer->why.text);
	else if (info->si_code == CLD_EXITED)
		pr_error_set(why, PR_FAILED, "the process of %s died: it ended with status %d",
		             name, info->si_status);
	else
		pr_error_set(why, PR_FAILED,
		             "the process of %s died: it was ended by signal %d (%s)", name,
		             info->si_status, strsignal(info->si_status));
}

static void *watch(void *arg)
{
	struct pr_helper *helper = arg;
	struct pr_error why;
	siginfo_t info;

	while (waitid(P_PID, (id_t)helper->pid, &info, WEXITED | WNOWAIT) != 0)
		if (errno != EINTR)
			return NULL;
	if (atomic_load(&helper->ending))
		return NULL;
	describe_end(helper, &info, &why);
	helper->job.on_death(&why);
	return NULL;
}

enum pr_err pr_helper_watch(struct pr_helper *helper, struct pr_error *why)
{
	int error = pthread_create(&helper->watcher, NULL, watch, helper);

	if (error != 0)
		return pr_error_set(why, PR_FAILED, "cannot watch the process of %s: %s",
		                    helper->job.name, strerror(error));
	helper->watched = true;
	return PR_OK;
}

void pr_helper_begin(struct pr_helper *helper)
{
	char byte = 0;

	/* Where nobody reads, pr_helper_end() finds out.  */
	while (write(helper->fd, &byte, 1) < 0 && errno == EINTR)
		continue;
}

enum pr_err pr_helper_end(struct pr_helper *helper, struct pr_error *why)
{
	ssize_t got;
	char byte;

	do
		got = read(helper->fd, &byte, 1);
	while (got < 0 && errno == EINTR);
	if (got == 1) {
		if (helper->answer->err != PR_OK)
			pr_error_set(why, PR_FAILED, "%s: %s", helper->job.name,
			             helper->answer->why.text);
		return helper->answer->err;
	}
	if (helper->watched) /* it knows how, and ends this process */
		pthread_join(helper->watcher, NULL);
	return pr_error_set(why, PR_FAILED, "the process of %s died", helper->job.name);
}

enum pr_err pr_helper_ask(struct pr_helper *helper, struct pr_error *why)
{
	pr_helper_begin(helper);
	return pr_helper_end(helper, why);
}

#define MOMENT_TRIES 100
#define MOMENT_NS    1000000

void pr_helper_check(struct pr_helper *helper)
{
	siginfo_t info = {.si_pid = 0};

	for (int i = 0; helper->watched && info.si_pid == 0 && i < MOMENT_TRIES; i++) {
		nanosleep(&(struct timespec){.tv_nsec = MOMENT_NS}, NULL);
		if (waitid(P_PID, (id_t)helper->pid, &info, WEXITED | WNOWAIT | WNOHANG) != 0)
			return;
	}
	if (info.si_pid != 0)
		pthread_join(helper->watcher, NULL);
}

pid_t pr_helper_pid(const struct pr_helper *helper)
{
	return helper->pid;
}

void pr_helper_destroy(struct pr_helper **taken)
{
	struct pr_helper *helper = *taken;

	*taken = NULL;
	if (helper == NULL)
		return;
	atomic_store(&helper->ending, true);
	if (helper->fd >= 0)
		close(helper->fd);
	if (helper->watched)
		pthread_join(helper->watcher, NULL);
	while (helper->pid > 0 && waitpid(helper->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	pr_shared_free((void **)&helper->answer, sizeof(*helper->answer));
	free(helper);
}
