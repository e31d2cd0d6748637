/* SPDX-License-Identifier: MIT */
/* reports/plot.c - one picture, drawn by gnuplot as SVG (see plot.h).
 *
 * The script and the answers travel in memory files (memfd_create): nothing lies in /tmp, and no
 * pipe can fill up while both sides wait.  */
#include "reports/plot.h"

#include <errno.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "reports/child.h"
#include "reports/svg.h"
#include "reports/template.h"

#define LIMIT_MS 30000 /* a picture takes about 50 ms */

void pr_plot_init(struct pr_plot *plot, const char *name, unsigned width, unsigned height)
{
	*plot = (struct pr_plot){.name = name, .width = width, .height = height};
	pr_buf_init(&plot->script);
	pr_buf_printf(&plot->script,
	              "set terminal svg size %u,%u dynamic noenhanced font \"sans-serif,14\"\n",
	              width, height);
}

void pr_plot_fini(struct pr_plot *plot)
{
	for (size_t i = 0; i < plot->text_count; i++)
		free(plot->texts[i]);
	free(plot->texts);
	pr_buf_fini(&plot->script);
}

void pr_plot_number(struct pr_plot *plot, const char *variable, double value)
{
	pr_buf_printf(&plot->script, "%s = %.17g\n", variable, value);
}

/* Characters, not bytes: what gnuplot should make room for.  */
static size_t length_of(const char *text)
{
	size_t length = 0;

	for (; *text; text++)
		length += ((unsigned char)*text & 0xc0) != 0x80;
	return length;
}

struct pr_token pr_plot_token(struct pr_plot *plot, const char *text)
{
	struct pr_token token;
	size_t length = length_of(text);

	snprintf(token.text, sizeof(token.text), "Z%05zu", plot->text_count);
	for (size_t i = strlen(token.text); i < length && i < sizeof(token.text) - 1; i++) {
		token.text[i] = 'z';
		token.text[i + 1] = '\0';
	}
	plot->texts = pr_realloc(plot->texts, (plot->text_count + 1) * sizeof(*plot->texts));
	plot->texts[plot->text_count++] = pr_strdup(text);
	return token;
}

void pr_plot_string(struct pr_plot *plot, const char *variable, const char *text)
{
	pr_buf_printf(&plot->script, "%s = \"%s\"\n", variable, pr_plot_token(plot, text).text);
}

void pr_plot_add(struct pr_plot *plot, const char *fmt, ...)
{
	char *text;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) >= 0) {
		pr_buf_puts(&plot->script, text);
		free(text);
	}
	va_end(args);
}

void pr_plot_tic(struct pr_plot *plot, const char *axis, double at, const char *text)
{
	pr_buf_printf(&plot->script, "set %stics add (\"%s\" %.17g)\n", axis,
	              pr_plot_token(plot, text).text, at);
}

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

static enum pr_err write_all(int fd, const char *text, size_t size, struct pr_error *why)
{
	while (size > 0) {
		ssize_t n = write(fd, text, size);

		if (n < 0 && errno != EINTR)
			return pr_error_set(why, PR_FAILED, "cannot hand the script to gnuplot: %s",
			                    strerror(errno));
		if (n > 0) {
			text += n;
			size -= (size_t)n;
		}
	}
	return PR_OK;
}

static enum pr_err open_files(struct child_files *files, const struct pr_buf *script,
                              struct pr_error *why)
{
	enum pr_err err;

	*files = (struct child_files){
	        .in = memfd_create("script", MFD_CLOEXEC),
	        .out = memfd_create("picture", MFD_CLOEXEC),
	        .err = memfd_create("messages", MFD_CLOEXEC),
	};
	if (files->in < 0 || files->out < 0 || files->err < 0)
		err = pr_error_set(why, PR_FAILED, "cannot start gnuplot: %s", strerror(errno));
	else
		err = write_all(files->in, script->text, script->size, why);
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

/* gnuplot must not find settings of the user or of another locale.  */
static int spawn_gnuplot(const struct child_files *files, pid_t *pid)
{
	char *argv[] = {"gnuplot", "-d", NULL};
	char *path = pr_asprintf("PATH=%s", getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin");
	char *env[] = {path, "LC_ALL=C", "HOME=/nonexistent", NULL};
	posix_spawn_file_actions_t actions;
	int err;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, files->in, 0);
	posix_spawn_file_actions_adddup2(&actions, files->out, 1);
	posix_spawn_file_actions_adddup2(&actions, files->err, 2);
	err = posix_spawnp(pid, "gnuplot", &actions, NULL, argv, env);
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

static enum pr_err judge(int status, const struct child_files *files, struct pr_buf *picture,
                         struct pr_error *why)
{
	struct pr_buf messages;
	enum pr_err err = PR_OK;
	const char *reason;

	pr_buf_init(&messages);
	read_all(files->out, picture);
	read_all(files->err, &messages);
	reason = last_line(&messages);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		err = pr_error_set(why, PR_FAILED, "gnuplot was stopped after %d s",
		                   LIMIT_MS / 1000);
	else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		err = pr_error_set(why, PR_FAILED, "gnuplot failed: %.200s",
		                   *reason ? reason : "it gave no reason");
	pr_buf_fini(&messages);
	return err;
}

static enum pr_err run_gnuplot(const struct pr_buf *script, struct pr_buf *picture,
                               struct pr_error *why)
{
	struct child_files files;
	enum pr_err err = open_files(&files, script, why);
	pid_t pid;
	int code;

	if (err != PR_OK)
		return err;
	code = spawn_gnuplot(&files, &pid);
	if (code != 0)
		err = pr_error_set(why, PR_FAILED,
		                   "gnuplot could not be started (%s); install gnuplot-nox",
		                   strerror(code));
	else
		err = judge(pr_child_wait(pid, LIMIT_MS, false), &files, picture, why);
	close_files(&files);
	return err;
}

enum pr_err pr_plot_draw(struct pr_plot *plot, const char *template_name, char **svg,
                         struct pr_error *why)
{
	struct pr_buf picture, clean;
	enum pr_err err;

	*svg = NULL;
	pr_buf_init(&picture);
	pr_buf_init(&clean);
	pr_buf_puts(&plot->script, pr_template("common.gp"));
	pr_buf_puts(&plot->script, pr_template(template_name));
	err = run_gnuplot(&plot->script, &picture, why);
	if (err == PR_OK)
		err = pr_svg_clean(picture.text, plot->name, plot->texts, plot->text_count, &clean,
		                   why);
	if (err == PR_OK)
		*svg = pr_buf_take(&clean);
	pr_buf_fini(&picture);
	pr_buf_fini(&clean);
	return err;
}
