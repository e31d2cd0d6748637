/* SPDX-License-Identifier: MIT */
/* analyzers/zfile.h - reads a file in pieces, plain or compressed by zstd.
 *
 * Which of the two is decided by the first bytes, not by the name.  */
#ifndef PR_ZFILE_H
#define PR_ZFILE_H

#include <stddef.h>

#include "core/base/err.h"

typedef void pr_zfile_visit(void *arg, const char *text, size_t size);

/* Calls visit with the contents, piece by piece.  PR_FAILED when the file cannot be read, or when
 * compressed data is broken or ends too early; what came before has been visited then.  */
enum pr_err pr_zfile_read(const char *path, pr_zfile_visit *visit, void *arg,
                          struct pr_error *why) PR_CHECKED;

#endif
