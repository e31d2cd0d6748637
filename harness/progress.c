/* SPDX-License-Identifier: MIT */
/* harness/progress.c - how far the run has come, on standard error.  */
#include "harness/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void pr_progress_init(struct pr_progress *progress, bool quiet)
{
	const char *term = getenv("TERM");

	progress->quiet = quiet;
	progress->terminal = isatty(STDERR_FILENO) && term != NULL && strcmp(term, "dumb") != 0;
	progress->dirty = false;
}

static void clear_line(struct pr_progress *progress)
{
	if (progress->dirty)
		fputs("\r\033[K", stderr);
	progress->dirty = false;
}

void pr_progress_fini(struct pr_progress *progress)
{
	clear_line(progress);
	fflush(stderr);
}

void pr_progress_show(struct pr_progress *progress, const char *fmt, ...)
{
	va_list args;

	if (progress->quiet || !progress->terminal)
		return;
	clear_line(progress);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fflush(stderr);
	progress->dirty = true;
}

static void print_line(struct pr_progress *progress, const char *before, const char *fmt,
                       va_list args)
{
	clear_line(progress);
	fprintf(stderr, "proctor run: %s", before);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
}

void pr_progress_note(struct pr_progress *progress, const char *fmt, ...)
{
	va_list args;

	if (progress->quiet)
		return;
	va_start(args, fmt);
	print_line(progress, "", fmt, args);
	va_end(args);
}

void pr_progress_warn(struct pr_progress *progress, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print_line(progress, "warning: ", fmt, args);
	va_end(args);
}

const char *pr_progress_time(double seconds, char text[PR_PROGRESS_TIME_SIZE])
{
	long whole = (long)(seconds + 0.5);

	if (whole < 60)
		snprintf(text, PR_PROGRESS_TIME_SIZE, "%ld s", whole);
	else if (whole < 3600)
		snprintf(text, PR_PROGRESS_TIME_SIZE, "%ld min %ld s", whole / 60, whole % 60);
	else
		snprintf(text, PR_PROGRESS_TIME_SIZE, "%ld h %ld min", whole / 3600,
		         whole % 3600 / 60);
	return text;
}
