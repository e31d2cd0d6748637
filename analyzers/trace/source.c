/* SPDX-License-Identifier: MIT */
/* analyzers/trace/source.c - strace logs, one or a set of many, as one stream of lines.
 *
 * A file of `strace -ff` carries its thread id in its name and not in its lines: it is put in front
 * of each.  The lines of a set are merged by their stamps, with one piece of each file in memory.
 */
#include "analyzers/trace/source.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyzers/strace_text.h"
#include "analyzers/zfile.h"
#include "core/base/buf.h"

/* A set that is larger is not merged: each open file has a piece of memory.  */
#define MERGED_MAX 128

struct part {
	char *path;
	uint32_t pid; /* of the name; 0: the lines carry theirs */
	struct pr_zfile *file;
	const char *text; /* what is left of the piece */
	size_t size;
	bool ended;
	struct pr_buf line; /* the next one, and the frames that belong to it */
	bool has_line;
	int64_t stamp_ns;
};

struct source {
	struct part *parts;
	size_t count;
	struct pr_strace *strace;
};

/* ---- names ----------------------------------------------------------------------------------- */

/* "log.1234", "log.1234.gz": 1234.  */
static uint32_t pid_of_name(const char *path)
{
	static const char *const suffixes[] = {"", ".gz", ".xz", ".bz2", ".zst", NULL};
	const char *dot = path + strlen(path);

	while (dot > path && dot[-1] != '/') {
		unsigned long pid;
		char *end;

		if (*--dot != '.' || dot[1] < '1' || dot[1] > '9')
			continue;
		pid = strtoul(dot + 1, &end, 10);
		for (size_t i = 0; suffixes[i] != NULL; i++)
			if (strcmp(end, suffixes[i]) == 0 && pid <= 4194304)
				return (uint32_t)pid;
	}
	return 0;
}

/* A log of -f may have a name that ends in a number too; then its lines carry the ids.  */
static bool carries_pids(const char *path)
{
	struct pr_strace_prefix prefix = {.pid = 0};
	struct pr_strace_text line = {.size = 0};
	struct pr_zfile *file;
	struct pr_error why;
	const char *end;

	if (pr_zfile_open(path, &file, &why) != PR_OK)
		return false;
	if (pr_zfile_next(file, &line.at, &line.size, &why) == PR_OK && line.size > 0) {
		end = memchr(line.at, '\n', line.size);
		if (end != NULL)
			line.size = (size_t)(end - line.at);
		pr_strace_text_prefix(&line, &prefix);
	}
	pr_zfile_close(&file);
	return prefix.pid != 0;
}

static void add_part(struct source *source, const char *path)
{
	struct stat facts;

	struct part *part;

	source->parts = pr_realloc(source->parts, (source->count + 1) * sizeof(struct part));
	part = &source->parts[source->count++];
	memset(part, 0, sizeof(*part));
	part->path = pr_strdup(path);
	part->pid = pid_of_name(path);
	if (part->pid != 0 && stat(path, &facts) == 0 && S_ISREG(facts.st_mode) &&
	    carries_pids(path))
		part->pid = 0;
	pr_buf_init(&part->line);
}

/* Signs that glob(3) would understand are meant as they are.  */
static char *escape(const char *path)
{
	struct pr_buf text;

	pr_buf_init(&text);
	for (; *path != '\0'; path++)
		pr_buf_printf(&text, "%s%c", strchr("*?[\\", *path) != NULL ? "\\" : "", *path);
	return text.text;
}

static enum pr_err add_set(struct source *source, const char *path, struct pr_error *why)
{
	char *escaped = escape(path), *pattern = pr_asprintf("%s.*", escaped);
	size_t before = source->count;
	glob_t found;

	if (glob(pattern, 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			if (pid_of_name(found.gl_pathv[i]) != 0)
				add_part(source, found.gl_pathv[i]);
		globfree(&found);
	}
	free(escaped);
	free(pattern);
	if (source->count == before)
		return pr_error_set(why, PR_FAILED,
		                    "%s: there is no such file, and no set %s.PID of strace -ff",
		                    path, path);
	return PR_OK;
}

static enum pr_err add_path(struct source *source, const char *path, struct pr_error *why)
{
	struct stat facts;

	if (strcmp(path, "-") != 0 && stat(path, &facts) != 0)
		return add_set(source, path, why);
	add_part(source, path);
	return PR_OK;
}

static int by_pid(const void *left, const void *right)
{
	const struct part *a = left, *b = right;

	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	return 0;
}

/* ---- lines ----------------------------------------------------------------------------------- */

/* The piece has at least one byte, or the part has ended.  */
static enum pr_err refill(struct part *part, struct pr_error *why)
{
	enum pr_err err = PR_OK;

	if (part->size > 0 || part->ended)
		return PR_OK;
	if (part->file == NULL)
		err = pr_zfile_open(part->path, &part->file, why);
	if (err == PR_OK)
		err = pr_zfile_next(part->file, &part->text, &part->size, why);
	part->ended = err != PR_OK || part->size == 0;
	if (part->ended)
		pr_zfile_close(&part->file);
	return err;
}

/* Appends one line, its newline included if there is one.  */
static enum pr_err add_line(struct part *part, struct pr_error *why)
{
	bool whole = false;
	enum pr_err err = PR_OK;

	while (err == PR_OK && !whole && !part->ended) {
		const char *end = memchr(part->text, '\n', part->size);
		size_t size = end != NULL ? (size_t)(end + 1 - part->text) : part->size;

		/* A line that is longer than the parser keeps is not kept here either.  */
		if (part->line.size < 2 * PR_STRACE_LINE_MAX || end != NULL)
			pr_buf_add(&part->line, part->text, size);
		part->text += size;
		part->size -= size;
		whole = end != NULL;
		err = refill(part, why);
	}
	if (err == PR_OK && !whole)
		pr_buf_puts(&part->line, " <unfinished ...>\n"); /* the line was cut */
	return err;
}

/* The next line of a part, with its frames, and its stamp.  */
static enum pr_err next_line(struct part *part, struct pr_error *why)
{
	struct pr_strace_prefix prefix;
	struct pr_strace_text line;
	enum pr_err err;

	pr_buf_clear(&part->line);
	err = refill(part, why);
	part->has_line = err == PR_OK && !part->ended;
	if (!part->has_line)
		return err;
	pr_buf_printf(&part->line, "%u ", part->pid);
	err = add_line(part, why);
	line = (struct pr_strace_text){part->line.text, part->line.size};
	pr_strace_text_prefix(&line, &prefix);
	if (prefix.stamp_ns >= 0)
		part->stamp_ns = prefix.stamp_ns;
	while (err == PR_OK && !part->ended && part->text[0] == ' ' && part->size > 1 &&
	       part->text[1] == '>')
		err = add_line(part, why);
	return err;
}

/* ---- reading --------------------------------------------------------------------------------- */

static enum pr_err read_plain(struct source *source, struct part *part, struct pr_error *why)
{
	enum pr_err err = refill(part, why);

	while (err == PR_OK && !part->ended) {
		pr_strace_feed(source->strace, part->text, part->size);
		part->size = 0;
		err = refill(part, why);
	}
	return err;
}

static enum pr_err read_numbered(struct source *source, struct part *part, struct pr_error *why)
{
	enum pr_err err = next_line(part, why);

	while (err == PR_OK && part->has_line) {
		pr_strace_feed(source->strace, part->line.text, part->line.size);
		err = next_line(part, why);
	}
	return err;
}

static struct part *earliest(struct source *source)
{
	struct part *first = NULL;

	for (size_t i = 0; i < source->count; i++)
		if (source->parts[i].has_line &&
		    (first == NULL || source->parts[i].stamp_ns < first->stamp_ns))
			first = &source->parts[i];
	return first;
}

static enum pr_err merge(struct source *source, struct pr_error *why)
{
	struct part *part;
	enum pr_err err = PR_OK;

	for (size_t i = 0; err == PR_OK && i < source->count; i++)
		err = next_line(&source->parts[i], why);
	while (err == PR_OK && (part = earliest(source)) != NULL) {
		pr_strace_feed(source->strace, part->line.text, part->line.size);
		err = next_line(part, why);
	}
	return err;
}

static bool is_set(const struct source *source)
{
	for (size_t i = 0; i < source->count; i++)
		if (source->parts[i].pid == 0)
			return false;
	return source->count > 1;
}

static enum pr_err read_all(struct source *source, struct pr_error *why)
{
	enum pr_err err = PR_OK;

	if (is_set(source))
		qsort(source->parts, source->count, sizeof(struct part), by_pid);
	if (is_set(source) && source->count <= MERGED_MAX)
		return merge(source, why);
	for (size_t i = 0; err == PR_OK && i < source->count; i++)
		err = source->parts[i].pid != 0 ? read_numbered(source, &source->parts[i], why)
		                                : read_plain(source, &source->parts[i], why);
	return err;
}

enum pr_err pr_trace_read(const char *const *paths, size_t count, struct pr_strace *strace,
                          struct pr_error *why)
{
	struct source source = {.strace = strace};
	enum pr_err err = PR_OK;

	for (size_t i = 0; err == PR_OK && i < count; i++)
		err = add_path(&source, paths[i], why);
	if (err == PR_OK)
		err = read_all(&source, why);
	pr_strace_finish(strace);
	for (size_t i = 0; i < source.count; i++) {
		pr_zfile_close(&source.parts[i].file);
		pr_buf_fini(&source.parts[i].line);
		free(source.parts[i].path);
	}
	free(source.parts);
	return err;
}
