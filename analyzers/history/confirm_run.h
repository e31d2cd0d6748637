/* SPDX-License-Identifier: MIT */
/* analyzers/history/confirm_run.h - `proctor history confirm`: the tests that are due are run and
 * judged.  */
#ifndef PR_HISTORY_CONFIRM_RUN_H
#define PR_HISTORY_CONFIRM_RUN_H

#include "analyzers/history/confirm.h"

enum pr_confirm_format { PR_CONFIRM_TABLE, PR_CONFIRM_JSON, PR_CONFIRM_GITHUB };

/* Ended by NULL.  */
extern const char *const pr_confirm_formats[];

struct pr_confirm_how {
	const char *dir;  /* of the paired runs, DIR/PHASE-RUN; NULL: "proctor-confirm" */
	const char *from; /* the run of the first test that is due; NULL: a new one of each */
	const struct pr_opt_list *folders;
	uint64_t blocks;      /* of each run; 0: as many as the change asks */
	int64_t budget_ns;    /* of all together; 0: no limit */
	int64_t case_id, run; /* one change; case_id -1: all that are due */
	bool dry_run;         /* print the plan of the first test */
	enum pr_confirm_format format;
};

/* Runs this program (`proctor run`) for each test that is due, and prints what came of the changes
 * on standard output: sentences, the document "proctor.history" with these changes, or annotations.
 * What cannot be run is a warning, and its changes stay open.  Blocks until the runs are done.
 * pr_confirm_status of the changes; PR_INTERRUPTED after Ctrl-C.  */
enum pr_err pr_confirm_all(struct pr_history *history, const struct pr_history_filter *filter,
                           const struct pr_confirm_how *how, struct pr_error *why) PR_CHECKED;

#endif
