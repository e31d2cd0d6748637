/* SPDX-License-Identifier: MIT */
/* reports/dashboard/cache.h - what an earlier dashboard in the same folder was made from.
 *
 * The file PR_CACHE_FILE of the folder names every file that is the dashboard's own, and holds for
 * each case the print of what its page was made from, its changes and its small picture.  It also
 * marks the folder as ours: in one that has other files and not this one, nothing is written.  */
#ifndef PR_CACHE_H
#define PR_CACHE_H

#include <jansson.h>
#include <stdint.h>

#include "core/base/err.h"

#define PR_CACHE_FILE  ".proctor-dashboard.json"
#define PR_CACHE_PRINT 17 /* sixteen hexadecimal digits */

struct pr_cache {
	json_t *files;    /* name -> true */
	json_t *cases;    /* number -> {"print", "changes", "spark"} */
	json_t *pictures; /* name of a group -> {"print", "svg"}: twins.h */
};

/* Makes the folder if it is not there, and reads what stands in it; what an other version of
 * proctor left is not used again.  PR_FAILED when the folder cannot be made or belongs to somebody
 * else.  */
enum pr_err pr_cache_open(const char *folder, struct pr_cache *cache,
                          struct pr_error *why) PR_CHECKED;
enum pr_err pr_cache_save(const char *folder, const struct pr_cache *cache,
                          struct pr_error *why) PR_CHECKED;
void pr_cache_fini(struct pr_cache *cache);

/* What is known of a case, borrowed; NULL: nothing.  */
json_t *pr_cache_case(const struct pr_cache *cache, int64_t id);

/* FNV-1a over 64 bits; begin with PR_PRINT_START.  A text may be NULL.  */
#define PR_PRINT_START UINT64_C(0xcbf29ce484222325)
uint64_t pr_print_bytes(uint64_t print, const void *bytes, size_t size);
uint64_t pr_print_text(uint64_t print, const char *text);

#endif
