/* SPDX-License-Identifier: MIT */
/* harness/keep.h - the engine libraries of a run, kept in the run directory.
 *
 * What was measured is the file that was loaded, and an installed file is replaced sooner or later.
 * So RUN/libraries has a copy of each, named by its hash: phases that load the same file share one.
 * What the library itself links is not kept.  */
#ifndef PR_KEEP_H
#define PR_KEEP_H

#include <jansson.h>
#include <stdbool.h>

#include "core/base/err.h"

/* library is a worker's description, with "path".  Adds "sha256"; and "kept", the name of the copy
 * below dir, null when no copy is wanted.  PR_FAILED when the file cannot be read or the copy
 * cannot be written.  */
enum pr_err pr_keep_library(const char *dir, json_t *library, bool copy,
                            struct pr_error *why) PR_CHECKED;

#endif
