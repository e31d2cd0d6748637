/* SPDX-License-Identifier: MIT */
/* harness/progress.h - how far the run has come, on standard error.
 *
 * On a terminal one line is written over and over; elsewhere there is one line a block.  Notes and
 * warnings are lines of their own in both.  Nothing when quiet, except warnings.  */
#ifndef PR_PROGRESS_H
#define PR_PROGRESS_H

#include <stdbool.h>

#include "core/base/err.h"

struct pr_progress {
	bool quiet;
	bool terminal;
	bool dirty; /* the line holds something */
};

void pr_progress_init(struct pr_progress *progress, bool quiet);

/* Ends the line that is written over.  */
void pr_progress_fini(struct pr_progress *progress);

/* The line of the moment; only on a terminal.  */
void pr_progress_show(struct pr_progress *progress, const char *fmt, ...) PR_PRINTF(2, 3);

/* A line that stays.  */
void pr_progress_note(struct pr_progress *progress, const char *fmt, ...) PR_PRINTF(2, 3);

/* The same, quiet or not.  */
void pr_progress_warn(struct pr_progress *progress, const char *fmt, ...) PR_PRINTF(2, 3);

#define PR_PROGRESS_TIME_SIZE 32

/* "8 s", "1 min 20 s", "2 h 5 min".  */
const char *pr_progress_time(double seconds, char text[PR_PROGRESS_TIME_SIZE]);

#endif
