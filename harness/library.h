/* SPDX-License-Identifier: MIT */
/* harness/library.h - which file a loaded library really is: path, build id, hash.  */
#ifndef PR_LIBRARY_H
#define PR_LIBRARY_H

#include "core/base/err.h"
#include "harness/adapter.h"

/* Fills path and build_id of info for the file that holds a function or object of this process.  */
enum pr_err pr_library_identify(const void *address, struct pr_engine_info *info,
                                struct pr_error *why) PR_CHECKED;

/* Room for the SHA-256 of a file in hexadecimal.  */
#define PR_LIBRARY_HASH_SIZE 65

enum pr_err pr_library_hash(const char *path, char hash[PR_LIBRARY_HASH_SIZE],
                            struct pr_error *why) PR_CHECKED;

#endif
