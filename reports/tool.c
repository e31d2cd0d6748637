/* SPDX-License-Identifier: MIT */
/* reports/tool.c - another program that is handed a text and answers with one (see tool.h).  */
#include "reports/tool.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "reports/child.h"

#define ENVIRONMENT_MAX 6

/* The files of one child: what it reads and what it writes.  */
struct child_files {
	int in, out, err;
};

static void close_files(struct child_files *files)
{
	close(files->in);
	close(files->out);
	close(files->err);
}

static enum pr_err write_all(int fd, const char *name, const char *text, size_t size,
                             struct pr_error *why)
{
	while (size > 0) {
		ssize_t n = write(fd, text, size);

		if (n < 0 && errno != EINTR)
			return pr_error_set(why, PR_FAILED, "cannot hand its input to %s: %s", name,
			                    strerror(errno));
		if (n > 0) {
			text += n;
			size -= (size_t)n;
		}
	}
	return PR_OK;
}

static enum pr_err open_files(struct child_files *files, const char *name, const char *text,
                              size_t size, struct pr_error *why)
{
	enum pr_err err;

	*files = (struct child_files){
	        .in = memfd_create("input", MFD_CLOEXEC),
	        .out = memfd_create("answer", MFD_CLOEXEC),
	        .err = memfd_create("messages", MFD_CLOEXEC),
	};
	if (files->in < 0 || files->out < 0 || files->err < 0)
		err = pr_error_set(why, PR_FAILED, "cannot start %s: %s", name, strerror(errno));
	else
		err = write_all(files->in, name, text, size, why);
	if (err != PR_OK) {
		close_files(files);
		return err;
	}
	lseek(files->in, 0, SEEK_SET);
	return PR_OK;
}

static void read_all(int fd, struct pr_buf *out)
{
	char chunk[4096];
	ssize_t n;

	lseek(fd, 0, SEEK_SET);
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		pr_buf_add(out, chunk, (size_t)n);
}

static int spawn(const struct pr_tool *tool, const struct child_files *files, pid_t *pid)
{
	char *path = pr_asprintf("PATH=%s", getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin");
	char *env[ENVIRONMENT_MAX + 2] = {path};
	posix_spawn_file_actions_t actions;
	int err;

	for (size_t i = 0; i < ENVIRONMENT_MAX && tool->environment[i] != NULL; i++)
		env[i + 1] = (char *)tool->environment[i];
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, files->in, 0);
	posix_spawn_file_actions_adddup2(&actions, files->out, 1);
	posix_spawn_file_actions_adddup2(&actions, files->err, 2);
	err = posix_spawnp(pid, tool->argv[0], &actions, NULL, (char *const *)tool->argv, env);
	posix_spawn_file_actions_destroy(&actions);
	free(path);
	return err;
}

/* The last line that says something: gnuplot first repeats the command, then says what is wrong. */
static const char *last_line(struct pr_buf *messages)
{
	char *line;

	while (messages->size > 0 && strchr(" \t\r\n", messages->text[messages->size - 1]))
		messages->text[--messages->size] = '\0';
	line = strrchr(messages->text, '\n');
	line = line ? line + 1 : messages->text;
	return line + strspn(line, " \t");
}

static enum pr_err judge(int status, const struct pr_tool *tool, const struct child_files *files,
                         struct pr_buf *answer, struct pr_error *why)
{
	const char *name = tool->argv[0], *reason;
	struct pr_buf messages;
	enum pr_err err = PR_OK;

	pr_buf_init(&messages);
	read_all(files->out, answer);
	read_all(files->err, &messages);
	reason = last_line(&messages);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		err = pr_error_set(why, PR_FAILED, "%s was stopped after %d s", name,
		                   tool->limit_ms / 1000);
	else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		err = pr_error_set(why, PR_FAILED, "%s failed: %.200s", name,
		                   *reason ? reason : "it gave no reason");
	pr_buf_fini(&messages);
	return err;
}

enum pr_err pr_tool_run(const struct pr_tool *tool, const char *text, size_t size,
                        struct pr_buf *answer, struct pr_error *why)
{
	struct child_files files;
	enum pr_err err = open_files(&files, tool->argv[0], text, size, why);
	pid_t pid;
	int code;

	if (err != PR_OK)
		return err;
	code = spawn(tool, &files, &pid);
	if (code != 0)
		err = pr_error_set(why, PR_FAILED, "%s could not be started (%s); install %s",
		                   tool->argv[0], strerror(code), tool->package);
	else
		err = judge(pr_child_wait(pid, tool->limit_ms, false), tool, &files, answer, why);
	close_files(&files);
	return err;
}
