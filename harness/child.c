/* SPDX-License-Identifier: MIT */
/* harness/child.c - starting, asking and ending a worker process.  */
#include "harness/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "harness/child_parts.h"
#include "harness/interrupt.h"
#include "harness/patience.h"

extern char **environ;

/* Between asking a silent child to end and ending it.  */
#define GRACE_NS 500000000

/* ---- starting ------------------------------------------------------------------------ */

static enum pr_err spawn(struct pr_child *child, const char *const *argv, int in, int out, int log)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none, defaults;
	int error;

	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&files, log, STDERR_FILENO);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setpgroup(&attributes, 0);
	sigemptyset(&none);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	sigaddset(&defaults, SIGXFSZ);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
	                                              POSIX_SPAWN_SETSIGDEF);
	error = posix_spawnp(&child->pid, argv[0], &files, &attributes, (char *const *)argv,
	                     environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	errno = error;
	return error == 0 ? PR_OK : PR_FAILED;
}

static void close_all(int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

enum pr_err pr_child_start(const char *const *argv, const char *log_path, struct pr_child **result,
                           struct pr_error *why)
{
	int fds[5] = {-1, -1, -1, -1, -1}; /* in read, in write, out read, out write, log */
	struct pr_child *child = pr_alloc(sizeof(*child));
	off_t log_start = 0;
	enum pr_err err = PR_FAILED;

	memset(child, 0, sizeof(*child));
	if (pipe2(fds, O_CLOEXEC) == 0 && pipe2(fds + 2, O_CLOEXEC) == 0 &&
	    (fds[4] = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666)) >= 0) {
		log_start = lseek(fds[4], 0, SEEK_END);
		err = spawn(child, argv, fds[0], fds[3], fds[4]);
	}
	if (err != PR_OK) {
		pr_error_set(why, err, "cannot start %s: %s", argv[0], strerror(errno));
		close_all(fds, 5);
		free(child);
		return err;
	}
	close(fds[0]);
	close(fds[3]);
	close(fds[4]);
	child->in = fds[1];
	child->out = fds[2];
	child->alive = true;
	child->log_path = pr_strdup(log_path);
	child->log_start = log_start;
	pr_buf_init(&child->answer);
	*result = child;
	return PR_OK;
}

/* ---- ending -------------------------------------------------------------------------- */

bool pr_child_is_alive(const struct pr_child *child)
{
	return child->alive;
}

/* Collects the child when it has ended by the deadline.  */
static bool collect(struct pr_child *child, int64_t deadline_ns)
{
	int64_t end_ns = pr_clock_ns() + deadline_ns;

	while (child->alive) {
		pid_t pid = waitpid(child->pid, &child->status, WNOHANG);

		if (pid == child->pid || (pid < 0 && errno == ECHILD))
			child->alive = false;
		else if (pr_clock_ns() >= end_ns)
			return false;
		else
			nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	return true;
}

/* Asks the child's group to end, then makes it.  */
static void end_by_force(struct pr_child *child)
{
	if (!child->alive)
		return;
	kill(-child->pid, SIGTERM);
	if (collect(child, GRACE_NS))
		return;
	kill(-child->pid, SIGKILL);
	while (waitpid(child->pid, &child->status, 0) < 0 && errno == EINTR)
		continue;
	child->alive = false;
}

/* Whatever the child started and left behind (a tracer's tracee) goes with it.  */
static void end_group(struct pr_child *child)
{
	end_by_force(child);
	kill(-child->pid, SIGKILL);
}

enum pr_err pr_child_finish(struct pr_child *child, int64_t deadline_ns, struct pr_error *why)
{
	struct pr_buf reason;

	close(child->in);
	child->in = -1;
	pr_buf_init(&reason);
	if (!collect(child, deadline_ns)) {
		pr_child_note_stacks(child);
		end_group(child);
		pr_buf_printf(&reason, "the worker did not end within %.0f s of being told to",
		              (double)deadline_ns / 1e9);
		pr_child_tell_last_words(child, &reason);
		pr_child_tell_stacks(child, &reason);
	} else if (child->status != 0) {
		pr_buf_puts(&reason, "the worker did not end well: ");
		pr_child_tell_end(child, &reason);
		pr_child_tell_last_words(child, &reason);
	}
	if (reason.size > 0)
		pr_error_set(why, PR_FAILED, "%s", reason.text);
	pr_buf_fini(&reason);
	return child->status == 0 ? PR_OK : PR_FAILED;
}

static void remove_if_empty(const char *path)
{
	struct stat info;

	if (stat(path, &info) == 0 && info.st_size == 0)
		unlink(path);
}

void pr_child_destroy(struct pr_child **taken)
{
	struct pr_child *child = *taken;

	*taken = NULL;
	if (child == NULL)
		return;
	if (child->in >= 0)
		close(child->in);
	if (child->alive)
		end_group(child);
	close(child->out);
	remove_if_empty(child->log_path);
	free(child->log_path);
	pr_buf_fini(&child->answer);
	free(child);
}

/* ---- asking -------------------------------------------------------------------------- */

json_t *pr_child_request(const char *verb)
{
	json_t *request = json_object();

	pr_json_set(request, "do", json_string(verb));
	return request;
}

static enum pr_err died(struct pr_child *child, struct pr_error *why)
{
	struct pr_buf reason;

	pr_buf_init(&reason);
	pr_buf_puts(&reason, "the worker died: ");
	if (!collect(child, GRACE_NS))
		end_group(child);
	pr_child_tell_end(child, &reason);
	pr_child_tell_last_words(child, &reason);
	pr_error_set(why, PR_FAILED, "%s", reason.text);
	pr_buf_fini(&reason);
	return PR_FAILED;
}

static enum pr_err silent(struct pr_child *child, const struct pr_patience *patience,
                          struct pr_error *why)
{
	double seconds = (double)patience->deadline_ns / 1e9;
	struct pr_buf reason;
	bool too_slow = pr_clock_ns() >= patience->end_ns;

	pr_child_note_stacks(child);
	end_group(child);
	pr_child_note_testimony(child);
	pr_buf_init(&reason);
	if (!too_slow)
		pr_buf_printf(&reason,
		              "no answer within %.0f s: the engine hangs or lost a message",
		              seconds);
	else
		pr_buf_printf(&reason,
		              "no answer within %.0f s: the engine is too slow for this work",
		              seconds * PR_PATIENCE_MAX);
	pr_child_tell_last_words(child, &reason);
	pr_child_tell_stacks(child, &reason);
	pr_error_set(why, PR_FAILED, "%s", reason.text);
	pr_buf_fini(&reason);
	return PR_FAILED;
}

/* ---- lines --------------------------------------------------------------------------- */

static enum pr_err send_line(struct pr_child *child, const json_t *request, struct pr_error *why)
{
	char *line = pr_json_dump_line(request);
	size_t size = strlen(line), done = 0;

	while (done < size) {
		ssize_t wrote = write(child->in, line + done, size - done);

		if (wrote < 0 && errno != EINTR)
			break;
		done += wrote > 0 ? (size_t)wrote : 0;
	}
	free(line);
	return done == size ? PR_OK : died(child, why);
}

/* Waits until the child has written something, and reads it.  */
static enum pr_err read_some(struct pr_child *child, struct pr_patience *patience,
                             struct pr_error *why)
{
	struct pollfd fds[2] = {{.fd = child->out, .events = POLLIN},
	                        {.fd = pr_interrupt_fd(), .events = POLLIN}};
	char text[4096];
	ssize_t size;

	if (pr_patience_is_over(patience))
		return silent(child, patience, why);
	if (child->worker != 0 && pr_patience_asks(patience))
		kill(child->worker, SIGUSR1);
	if (poll(fds, 2, pr_patience_wait_ms(patience)) < 0 && errno != EINTR)
		return pr_error_set(why, PR_FAILED, "cannot wait for the worker: %s",
		                    strerror(errno));
	if (pr_interrupt_seen())
		return pr_error_set(why, PR_INTERRUPTED, "interrupted");
	if (fds[0].revents == 0)
		return PR_OK;
	size = read(child->out, text, sizeof(text));
	if (size == 0)
		return died(child, why);
	if (size > 0)
		pr_buf_add(&child->answer, text, (size_t)size);
	return PR_OK;
}

/* Takes the first line out of what was read.  NULL when there is none yet.  */
char *pr_child_take_line(struct pr_child *child)
{
	struct pr_buf *buf = &child->answer;
	char *end = memchr(buf->text, '\n', buf->size);
	struct pr_buf rest;
	char *line;

	if (end == NULL)
		return NULL;
	*end = '\0';
	line = pr_strdup(buf->text);
	pr_buf_init(&rest);
	pr_buf_add(&rest, end + 1, buf->size - (size_t)(end + 1 - buf->text));
	pr_buf_fini(buf);
	*buf = rest;
	return line;
}

static void note_helpers(struct pr_child *child, const json_t *helpers)
{
	for (size_t i = 0; i < json_array_size(helpers) && i < PR_HELPERS_MAX; i++)
		child->helpers[i] = (pid_t)json_integer_value(json_array_get(helpers, i));
}

/* Reads one line: an answer into *answer, or progress, which leaves it NULL.  */
static enum pr_err read_line(struct pr_child *child, const char *line, struct pr_patience *patience,
                             json_t **answer, struct pr_error *why)
{
	json_t *json = json_loads(line, 0, NULL);
	const json_t *moved = json_object_get(json, "progress");

	if (json == NULL)
		return pr_error_set(why, PR_FAILED, "the worker's answer is not JSON: %.200s",
		                    line);
	if (moved != NULL) {
		pr_patience_note(patience, json_integer_value(moved));
		json_decref(json);
		return PR_OK;
	}
	if (json_object_get(json, "pid") != NULL)
		child->worker = (pid_t)json_integer_value(json_object_get(json, "pid"));
	note_helpers(child, json_object_get(json, "helpers"));
	*answer = json;
	return PR_OK;
}

static enum pr_err wait_answer(struct pr_child *child, int64_t deadline_ns, json_t **answer,
                               struct pr_error *why)
{
	struct pr_patience patience = pr_patience_begin(deadline_ns);
	enum pr_err err = PR_OK;

	*answer = NULL;
	while (err == PR_OK && *answer == NULL) {
		char *line = pr_child_take_line(child);

		if (line == NULL)
			err = read_some(child, &patience, why);
		else
			err = read_line(child, line, &patience, answer, why);
		free(line);
	}
	return err;
}

enum pr_err pr_child_ask(struct pr_child *child, json_t *request, int64_t deadline_ns,
                         json_t **reply, struct pr_error *why)
{
	enum pr_err err = child->alive
	                          ? send_line(child, request, why)
	                          : pr_error_set(why, PR_FAILED, "the worker has ended already");
	json_t *answer = NULL;

	json_decref(request);
	if (reply != NULL)
		*reply = NULL;
	if (err == PR_OK)
		err = wait_answer(child, deadline_ns, &answer, why);
	if (err == PR_OK && !json_is_true(json_object_get(answer, "ok"))) {
		const char *text = pr_json_text(answer, "error");

		err = pr_error_set(why, PR_FAILED, "%s",
		                   text != NULL ? text : "the worker gave no reason");
	}
	if (err == PR_OK && reply != NULL)
		*reply = json_incref(answer);
	json_decref(answer);
	return err;
}

enum pr_err pr_child_limit_files(struct pr_child *child, uint64_t bytes, struct pr_error *why)
{
	struct rlimit limit = {bytes, bytes};

	if (prlimit(child->pid, RLIMIT_FSIZE, &limit, NULL) != 0)
		return pr_error_set(why, PR_FAILED, "cannot limit the size of the trace: %s",
		                    strerror(errno));
	child->file_limit = bytes;
	return PR_OK;
}

static int64_t process_cpu_ns(pid_t pid)
{
	struct timespec time;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0)
		return -1;
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

pid_t pr_child_pid(const struct pr_child *child)
{
	return child->alive ? child->pid : 0;
}

int64_t pr_child_cpu_ns(const struct pr_child *child)
{
	int64_t sum_ns = child->alive ? process_cpu_ns(child->pid) : -1;

	for (size_t i = 0; sum_ns >= 0 && i < PR_HELPERS_MAX && child->helpers[i] > 0; i++) {
		int64_t helper_ns = process_cpu_ns(child->helpers[i]);

		sum_ns = helper_ns >= 0 ? sum_ns + helper_ns : -1;
	}
	return sum_ns;
}

enum pr_err pr_child_own_program(char **path, struct pr_error *why)
{
	*path = realpath("/proc/self/exe", NULL);
	if (*path == NULL)
		return pr_error_set(
		        why, PR_FAILED,
		        "cannot find the file of this program (was it replaced while running?): %s",
		        strerror(errno));
	return PR_OK;
}
