/* SPDX-License-Identifier: MIT */
/* harness/library.h - which file a loaded library really is: path, build id, hash.  */
#ifndef PR_LIBRARY_H
#define PR_LIBRARY_H

#include "core/base/err.h"
#include "harness/adapter.h"

/* Loads the first of names (ended by NULL) that can be loaded; PR_FAILED says why each could not.
 */
enum pr_err pr_library_open(const char *const *names, void **handle,
                            struct pr_error *why) PR_CHECKED;

/* PR_FAILED when a loaded library is our own engine: under the name of another engine (a drop-in on
 * LD_LIBRARY_PATH, say) it would be compared with itself.  name is what was asked for.  */
enum pr_err pr_library_refuse_own(void *handle, const char *engine, const char *name,
                                  struct pr_error *why) PR_CHECKED;

/* Fills path and build_id of info for the file that holds a function or object of this process.  */
enum pr_err pr_library_identify(const void *address, struct pr_engine_info *info,
                                struct pr_error *why) PR_CHECKED;

/* Room for the SHA-256 of a file in hexadecimal.  */
#define PR_LIBRARY_HASH_SIZE 65

enum pr_err pr_library_hash(const char *path, char hash[PR_LIBRARY_HASH_SIZE],
                            struct pr_error *why) PR_CHECKED;

#endif
