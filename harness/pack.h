/* SPDX-License-Identifier: MIT */
/* harness/pack.h - one file of a run directory, for a colleague.
 *
 * A tar archive, compressed by zstd, with one folder that has the name of the run: `tar -xf` opens
 * it too.  It has every file of the run (records, samples, traces, logs, libraries, report), and
 * nothing of who made it: neither users nor groups.  analyzers/packed.h reads it.  */
#ifndef PR_PACK_H
#define PR_PACK_H

#include "core/base/err.h"

#define PR_PACK_SUFFIX ".tar.zst"

/* Writes the files below dir into file, in a folder called name, by way of a draft.  PR_FAILED when
 * file exists or something cannot be read or written.  */
enum pr_err pr_pack_write(const char *dir, const char *name, const char *file,
                          struct pr_error *why) PR_CHECKED;

#endif
