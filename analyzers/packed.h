/* SPDX-License-Identifier: MIT */
/* analyzers/packed.h - a packed run: what `proctor pack` wrote, read as if it were the directory.
 *
 * A packed run is a tar archive, compressed by zstd, with one folder in it.  It comes from somebody
 * else, so nothing in it is trusted: only plain files and folders below that one folder are taken,
 * each name once, and no more bytes than such a file can honestly hold.  Anything else is refused
 * whole, with a sentence.  */
#ifndef PR_PACKED_H
#define PR_PACKED_H

#include <stdbool.h>

#include "core/base/err.h"

/* The files of a run.  A directory is its own folder; a packed run is unpacked below TMPDIR (/tmp),
 * once, and removed when the program ends.  *folder is borrowed, and lives as long as the program.
 * PR_FAILED when path cannot be read, or is neither.  */
enum pr_err pr_packed_open(const char *path, const char **folder, struct pr_error *why) PR_CHECKED;

/* True when the file begins as a packed run does.  */
bool pr_packed_is(const char *path);

#endif
