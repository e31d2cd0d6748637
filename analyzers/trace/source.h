/* SPDX-License-Identifier: MIT */
/* analyzers/trace/source.h - strace logs, one or a set of many, as one stream of lines.  */
#ifndef PR_TRACE_SOURCE_H
#define PR_TRACE_SOURCE_H

#include <stddef.h>

#include "analyzers/strace.h"
#include "core/base/err.h"

/* Reads logs into the parser, and finishes it.  Each path is a file, plain or compressed, `-` for
 * standard input, or what `strace -ff -o PATH` was given: then all PATH.N are read.  Files of such
 * a set (their names end in a thread id) are merged by their stamps; without stamps they are read
 * one after the other, in the order of the ids.  Other files follow each other.  PR_USAGE when
 * there is no such file, PR_FAILED when one cannot be read.  */
enum pr_err pr_trace_read(const char *const *paths, size_t count, struct pr_strace *strace,
                          struct pr_error *why) PR_CHECKED;

#endif
