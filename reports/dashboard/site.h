/* SPDX-License-Identifier: MIT */
/* reports/dashboard/site.h - the folder of the dashboard: writes what changed, removes what is
 * gone.
 */
#ifndef PR_SITE_H
#define PR_SITE_H

#include <stddef.h>

#include "reports/dashboard/board.h"

struct pr_site_result {
	size_t written, unchanged, removed; /* files */
	size_t drawn;                       /* cases */
	struct pr_error no_pictures;        /* why some are missing; "" */
};

/* Makes the pages of a board in a folder whose cache was opened.  A case whose page is made from
 * the same as last time is left alone; every other file is made and written when it differs from
 * what stands there.  Reports of the runs that are listed, where
 * `proctor report` left them beside the run, are copied in once.  The cache is changed to what
 * stands there now and saved.  PR_FAILED when a file cannot be written.  */
enum pr_err pr_site_write(struct pr_board *board, const char *folder, struct pr_cache *cache,
                          struct pr_site_result *result, struct pr_error *why) PR_CHECKED;

#endif
