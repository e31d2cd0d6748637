/* SPDX-License-Identifier: MIT */
/* analyzers/zfile.h - reads a file in pieces, plain or compressed by zstd, gzip, xz or bzip2.
 *
 * Which of them is decided by the first bytes, not by the name.  */
#ifndef PR_ZFILE_H
#define PR_ZFILE_H

#include <stddef.h>

#include "core/base/err.h"

typedef void pr_zfile_visit(void *arg, const char *text, size_t size);

/* Calls visit with the contents, piece by piece; path "-" is standard input.  PR_FAILED when the
 * file cannot be read, or when compressed data is broken or ends too early; what came before has
 * been visited then.  */
enum pr_err pr_zfile_read(const char *path, pr_zfile_visit *visit, void *arg,
                          struct pr_error *why) PR_CHECKED;

/* The same for a reader that asks: *size is 0 at the end.  The text is valid until the next call.
 * path is borrowed.  A file that could not be opened needs no close.  */
struct pr_zfile;

enum pr_err pr_zfile_open(const char *path, struct pr_zfile **zfile,
                          struct pr_error *why) PR_CHECKED;
enum pr_err pr_zfile_next(struct pr_zfile *zfile, const char **text, size_t *size,
                          struct pr_error *why) PR_CHECKED;
void pr_zfile_close(struct pr_zfile **zfile);

#endif
