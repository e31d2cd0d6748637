/* SPDX-License-Identifier: MIT */
/* core/base/buf.h - a growable text buffer.
 *
 * Always ends in a NUL, so that `text` is a C string.  Memory that runs out ends the program with a
 * message (pr_oom): reports and commands have nothing better to do.  The engine does not use this.
 */
#ifndef PR_BASE_BUF_H
#define PR_BASE_BUF_H

#include <stddef.h>

#include "core/base/err.h"

struct pr_buf {
	char *text;      /* NUL-terminated; never NULL after init */
	size_t size;     /* bytes without the NUL */
	size_t capacity; /* bytes allocated */
};

void pr_buf_init(struct pr_buf *buf);
void pr_buf_fini(struct pr_buf *buf);
void pr_buf_clear(struct pr_buf *buf);
void pr_buf_add(struct pr_buf *buf, const char *text, size_t size);
void pr_buf_puts(struct pr_buf *buf, const char *text);
void pr_buf_printf(struct pr_buf *buf, const char *fmt, ...) PR_PRINTF(2, 3);

/* Gives the text away (free() it); buf is then as after pr_buf_fini(), which may be called all the
 * same, but to be used again it needs pr_buf_init().  */
char *pr_buf_take(struct pr_buf *buf);

/* Reads a whole file (path "-": standard input).  */
enum pr_err pr_buf_read_file(struct pr_buf *buf, const char *path, struct pr_error *why) PR_CHECKED;

/* Writes text to path by way of PATH.tmp and rename(2), so that a reader never sees half a file. */
enum pr_err pr_buf_write_file(const char *path, const char *text, size_t size,
                              struct pr_error *why) PR_CHECKED;

/* malloc/realloc/strdup/asprintf that end the program with a message instead of returning NULL.  */
void *pr_alloc(size_t size);
void *pr_realloc(void *old, size_t size);
char *pr_strdup(const char *text);
char *pr_asprintf(const char *fmt, ...) PR_PRINTF(1, 2);

#endif
