/* SPDX-License-Identifier: MIT */
/* core/base/buf.c - a growable text buffer, and memory that never runs out quietly.
 *
 * The buffer doubles, so that building a report of n bytes copies less than 2n.  When memory is
 * gone the program says so and stops: a command cannot do anything useful without it, and thousands
 * of checks would only hide the checks that matter.  */
#include "core/base/buf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PR_BUF_START 256

static void oom(size_t size)
{
	fprintf(stderr, "proctor: out of memory (asked for %zu bytes)\n", size);
	exit(PR_FAILED);
}

void *pr_alloc(size_t size)
{
	return pr_realloc(NULL, size);
}

void *pr_realloc(void *old, size_t size)
{
	void *memory = realloc(old, size > 0 ? size : 1);

	if (memory == NULL)
		oom(size);
	return memory;
}

char *pr_strdup(const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(pr_alloc(size), text, size);
}

char *pr_asprintf(const char *fmt, ...)
{
	char *text;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		oom(strlen(fmt));
	va_end(args);
	return text;
}

void pr_buf_init(struct pr_buf *buf)
{
	buf->capacity = PR_BUF_START;
	buf->text = pr_alloc(buf->capacity);
	pr_buf_clear(buf);
}

void pr_buf_fini(struct pr_buf *buf)
{
	free(buf->text);
	memset(buf, 0, sizeof(*buf));
}

void pr_buf_clear(struct pr_buf *buf)
{
	buf->size = 0;
	buf->text[0] = '\0';
}

/* Makes room for size more bytes and the NUL.  */
static void reserve(struct pr_buf *buf, size_t size)
{
	size_t capacity = buf->capacity;

	if (size < capacity - buf->size)
		return;
	while (capacity - buf->size <= size) {
		if (capacity > SIZE_MAX / 2)
			oom(size);
		capacity *= 2;
	}
	buf->text = pr_realloc(buf->text, capacity);
	buf->capacity = capacity;
}

void pr_buf_add(struct pr_buf *buf, const char *text, size_t size)
{
	reserve(buf, size);
	if (size > 0)
		memcpy(buf->text + buf->size, text, size);
	buf->size += size;
	buf->text[buf->size] = '\0';
}

void pr_buf_puts(struct pr_buf *buf, const char *text)
{
	pr_buf_add(buf, text, strlen(text));
}

void pr_buf_printf(struct pr_buf *buf, const char *fmt, ...)
{
	va_list args, again;
	int size;

	va_start(args, fmt);
	va_copy(again, args);
	size = vsnprintf(buf->text + buf->size, buf->capacity - buf->size, fmt, args);
	va_end(args);
	if (size < 0)
		oom(strlen(fmt)); /* the only failure that vsnprintf() has with a valid format */
	if ((size_t)size >= buf->capacity - buf->size) {
		reserve(buf, (size_t)size);
		vsnprintf(buf->text + buf->size, buf->capacity - buf->size, fmt, again);
	}
	va_end(again);
	buf->size += (size_t)size;
}

char *pr_buf_take(struct pr_buf *buf)
{
	char *text = buf->text;

	buf->text = NULL;
	pr_buf_fini(buf);
	return text;
}

/* Appends what is left of file.  */
static enum pr_err read_rest(struct pr_buf *buf, FILE *file, const char *path, struct pr_error *why)
{
	size_t size;

	do {
		reserve(buf, 65536);
		size = fread(buf->text + buf->size, 1, 65536, file);
		buf->size += size;
	} while (size > 0);
	buf->text[buf->size] = '\0';
	if (ferror(file))
		return pr_error_set(why, PR_FAILED, "cannot read '%s': %s", path, strerror(errno));
	return PR_OK;
}

enum pr_err pr_buf_read_file(struct pr_buf *buf, const char *path, struct pr_error *why)
{
	FILE *file;
	enum pr_err err;

	if (strcmp(path, "-") == 0)
		return read_rest(buf, stdin, "standard input", why);
	file = fopen(path, "re");
	if (file == NULL)
		return pr_error_set(why, PR_FAILED, "cannot open '%s': %s", path, strerror(errno));
	err = read_rest(buf, file, path, why);
	fclose(file);
	return err;
}

/* Writes the whole of text into a new file; false with errno set when it could not.  */
static bool write_new_file(const char *path, const char *text, size_t size)
{
	FILE *file = fopen(path, "we");
	bool written;

	if (file == NULL)
		return false;
	written = fwrite(text, 1, size, file) == size;
	return fclose(file) == 0 && written;
}

enum pr_err pr_buf_write_file(const char *path, const char *text, size_t size, struct pr_error *why)
{
	char *draft = pr_asprintf("%s.tmp", path);
	enum pr_err err = PR_OK;

	if (!write_new_file(draft, text, size) || rename(draft, path) != 0) {
		err = pr_error_set(why, PR_FAILED, "cannot write '%s': %s", path, strerror(errno));
		unlink(draft);
	}
	free(draft);
	return err;
}
