/* SPDX-License-Identifier: MIT */
/* harness/child_end.c - what a worker that ended, or had to be ended, leaves behind.  */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/json.h"
#include "harness/child_parts.h"
#include "harness/stacks.h"

/* ---- its status and its log ---------------------------------------------------------- */

void pr_child_tell_end(const struct pr_child *child, struct pr_buf *out)
{
	if (WIFSIGNALED(child->status) && WTERMSIG(child->status) == SIGXFSZ)
		pr_buf_printf(out, "a file it wrote became larger than allowed, %llu MiB",
		              (unsigned long long)(child->file_limit >> 20));
	else if (WIFSIGNALED(child->status))
		pr_buf_printf(out, "it was ended by signal %d (%s)", WTERMSIG(child->status),
		              strsignal(WTERMSIG(child->status)));
	else
		pr_buf_printf(out, "it ended with status %d", WEXITSTATUS(child->status));
}

#define LAST_WORDS 400 /* bytes */

/* The last lines of standard error, on one line.  */
void pr_child_tell_last_words(const struct pr_child *child, struct pr_buf *out)
{
	char text[LAST_WORDS + 1];
	int fd = open(child->log_path, O_RDONLY | O_CLOEXEC);
	struct stat info;
	ssize_t size;

	if (fd < 0)
		return;
	if (fstat(fd, &info) == 0 && info.st_size - child->log_start > LAST_WORDS)
		lseek(fd, -LAST_WORDS, SEEK_END);
	else
		lseek(fd, child->log_start, SEEK_SET);
	size = read(fd, text, LAST_WORDS);
	close(fd);
	while (size > 0 && text[size - 1] == '\n')
		size--;
	if (size <= 0)
		return;
	text[size] = '\0';
	for (char *at = text; *at != '\0'; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = at[0] == '\n' ? '|' : '?';
	pr_buf_printf(out, "; its last words: %s", text);
}

/* ---- stacks -------------------------------------------------------------------------- */

/* The last child that did not answer may be gone when somebody asks.  */
static char *last_stacks;

char *pr_child_take_stacks(void)
{
	char *stacks = last_stacks;

	last_stacks = NULL;
	return stacks;
}

/* Looks where the threads of the child and of its helpers are, while they are there.  */
void pr_child_note_stacks(const struct pr_child *child)
{
	struct pr_buf text;

	pr_buf_init(&text);
	pr_stacks_add(&text, child->worker != 0 ? child->worker : child->pid);
	for (size_t i = 0; i < PR_HELPERS_MAX; i++)
		if (child->helpers[i] != 0) {
			pr_buf_printf(&text, "helper, process %d:\n", (int)child->helpers[i]);
			pr_stacks_add(&text, child->helpers[i]);
		}
	free(last_stacks);
	last_stacks = pr_buf_take(&text);
	pr_buf_fini(&text);
}

/* Adds the stacks to the log, behind the last words, and the innermost of them to the reason.  */
void pr_child_tell_stacks(const struct pr_child *child, struct pr_buf *out)
{
	int fd = open(child->log_path, O_WRONLY | O_APPEND | O_CLOEXEC);
	struct pr_buf brief;

	if (last_stacks == NULL)
		return;
	if (fd >= 0) {
		dprintf(fd, "it did not answer; where its threads were:\n%s", last_stacks);
		close(fd);
	}
	pr_buf_init(&brief);
	pr_stacks_add_brief(&brief, last_stacks);
	if (brief.size > 0)
		pr_buf_printf(out, "; its first thread was in %s", brief.text);
	pr_buf_fini(&brief);
}

/* ---- its last answer ----------------------------------------------------------------- */

/* The last child that did not answer may be gone when somebody asks.  */
static json_t *last_testimony;

json_t *pr_child_take_testimony(void)
{
	json_t *testimony = last_testimony;

	last_testimony = NULL;
	return testimony;
}

/* Reads what an ended child has left in its pipe.  */
void pr_child_note_testimony(struct pr_child *child)
{
	struct pollfd out = {.fd = child->out, .events = POLLIN};
	char text[4096], *line;
	ssize_t size;

	while (poll(&out, 1, 0) == 1 && (size = read(child->out, text, sizeof(text))) > 0)
		pr_buf_add(&child->answer, text, (size_t)size);
	json_decref(pr_child_take_testimony());
	while ((line = pr_child_take_line(child)) != NULL) {
		json_t *json = json_loads(line, 0, NULL), *last = json_object_get(json, "last");

		if (json_is_object(last) && last_testimony == NULL)
			last_testimony = json_incref(last);
		json_decref(json);
		free(line);
	}
}
