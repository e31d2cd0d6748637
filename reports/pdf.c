/* SPDX-License-Identifier: MIT */
/* reports/pdf.c - the report as PDF, printed from the HTML page by whichever renderer is installed.
 *
 * A renderer is one line of a table.  It runs as a child process without a shell, with a time
 * limit, and its profile in a folder of its own, which is removed; the page asks nothing of the
 * network (html.c).  */
#include "reports/report.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "reports/child.h"

/* A page takes a few seconds, on a machine that does nothing else.  */
#define LIMIT_MS (240 * 1000)

#define WORDS_MOST 12

static const struct renderer {
	const char *program;
	bool is_browser;
} renderers[] = {
        {"chromium", true},      {"chromium-browser", true},
        {"google-chrome", true}, {"google-chrome-stable", true},
        {"weasyprint", false},
};

/* What a renderer is told, and where it may write.  */
struct job {
	const char *page, *path;
	char *address;    /* file:///... of the page */
	char *printed;    /* --print-to-pdf=PATH */
	char *profile;    /* a folder */
	char *profile_as; /* --user-data-dir=FOLDER */
	int messages;     /* what it says */
};

/* "file:///a%20run/report.html".  The caller frees it.  */
static char *make_address(const char *page)
{
	char *absolute = realpath(page, NULL);
	struct pr_buf out;

	pr_buf_init(&out);
	pr_buf_puts(&out, "file://");
	for (const char *c = absolute ? absolute : page; *c; c++) {
		if (strchr("/-._~", *c) || (*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') ||
		    (*c >= 'A' && *c <= 'Z'))
			pr_buf_add(&out, c, 1);
		else
			pr_buf_printf(&out, "%%%02X", (unsigned char)*c);
	}
	free(absolute);
	return out.text; /* the caller frees it */
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *where)
{
	(void)info;
	(void)type;
	(void)where;
	return remove(path) == 0 || errno == ENOENT ? 0 : -1;
}

static void end_job(struct job *job)
{
	if (job->profile)
		nftw(job->profile, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	if (job->messages >= 0)
		close(job->messages);
	free(job->address);
	free(job->printed);
	free(job->profile);
	free(job->profile_as);
}

static enum pr_err begin_job(struct job *job, const char *page, const char *path,
                             struct pr_error *why)
{
	const char *temporary = getenv("TMPDIR");
	char *profile =
	        pr_asprintf("%s/proctor-pdf-XXXXXX", temporary && *temporary ? temporary : "/tmp");

	*job = (struct job){
	        .page = page,
	        .path = path,
	        .address = make_address(page),
	        .printed = pr_asprintf("--print-to-pdf=%s", path),
	        .messages = memfd_create("messages", MFD_CLOEXEC),
	};
	if (job->messages < 0 || !mkdtemp(profile)) {
		pr_error_set(why, PR_FAILED, "%s: cannot make this directory: %s", profile,
		             strerror(errno));
		free(profile);
		return PR_FAILED;
	}
	job->profile = profile;
	job->profile_as = pr_asprintf("--user-data-dir=%s", profile);
	return PR_OK;
}

/* A browser refuses its sandbox to root.  */
static void fill_words(const struct renderer *renderer, const struct job *job, char **words)
{
	const char *browser[] = {renderer->program,
	                         "--headless",
	                         "--disable-gpu",
	                         "--no-first-run",
	                         "--disable-background-networking",
	                         "--disable-component-update",
	                         "--no-pdf-header-footer",
	                         job->profile_as,
	                         job->printed,
	                         geteuid() == 0 ? "--no-sandbox" : job->address,
	                         geteuid() == 0 ? job->address : NULL,
	                         NULL};
	const char *printer[] = {renderer->program, "-q", job->page, job->path, NULL};
	const char **from = renderer->is_browser ? browser : printer;

	for (size_t i = 0; i < WORDS_MOST && (i == 0 || from[i - 1]); i++)
		words[i] = (char *)from[i];
}

/* 0, or why the program could not be started.  */
static int start(const struct renderer *renderer, const struct job *job, pid_t *pid)
{
	extern char **environ;
	char *words[WORDS_MOST] = {NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int code;

	fill_words(renderer, job, words);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, job->messages, 1);
	posix_spawn_file_actions_adddup2(&actions, job->messages, 2);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
	code = posix_spawnp(pid, renderer->program, &actions, &attributes, words, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return code;
}

static bool is_pdf(const char *path)
{
	char begin[5] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool is = fd >= 0 && read(fd, begin, 4) == 4 && strcmp(begin, "%PDF") == 0;

	if (fd >= 0)
		close(fd);
	return is;
}

/* The last line that the renderer wrote.  */
static void read_reason(int messages, char *reason, size_t size)
{
	off_t end = lseek(messages, 0, SEEK_END);
	off_t from = end > (off_t)size - 1 ? end - ((off_t)size - 1) : 0;
	ssize_t n = pread(messages, reason, size - 1, from);
	char *line;

	reason[n > 0 ? n : 0] = '\0';
	for (size_t i = strlen(reason); i > 0 && strchr(" \r\n", reason[i - 1]); i--)
		reason[i - 1] = '\0';
	line = strrchr(reason, '\n');
	if (line)
		memmove(reason, line + 1, strlen(line));
}

static enum pr_err judge(const struct renderer *renderer, const struct job *job, int status,
                         struct pr_error *why)
{
	char reason[200];

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && is_pdf(job->path))
		return PR_OK;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return pr_error_set(why, PR_FAILED, "%s: %s was stopped after %d s", job->path,
		                    renderer->program, LIMIT_MS / 1000);
	read_reason(job->messages, reason, sizeof(reason));
	return pr_error_set(why, PR_FAILED, "%s: %s made no PDF: %s", job->path, renderer->program,
	                    *reason ? reason : "it gave no reason");
}

static enum pr_err print_page(const char *page, const char *path, struct pr_error *why)
{
	enum pr_err err = pr_error_set(why, PR_FAILED,
	                               "%s: there is nothing here that makes a PDF; install "
	                               "chromium or weasyprint, or print report.html from a "
	                               "browser",
	                               path);
	struct job job;
	pid_t pid;

	for (size_t i = 0; i < sizeof(renderers) / sizeof(*renderers); i++) {
		enum pr_err begun = begin_job(&job, page, path, why);
		int code = begun == PR_OK ? start(&renderers[i], &job, &pid) : 0;

		if (begun == PR_OK && code == 0)
			err = judge(&renderers[i], &job, pr_child_wait(pid, LIMIT_MS, true), why);
		end_job(&job);
		if (begun != PR_OK)
			return begun;
		if (code == 0)
			return err;
	}
	return err;
}

static void write_page(const struct pr_model *model, struct pr_buf *out)
{
	pr_report_html.write(model, out);
}

const struct pr_report_ops pr_report_pdf = {
        .name = "pdf",
        .suffix = ".pdf",
        .version = PR_REPORT_OPS_VERSION,
        .pictures_apart = false,
        .write = write_page,
        .print = print_page,
};
