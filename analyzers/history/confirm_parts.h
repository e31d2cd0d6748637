/* SPDX-License-Identifier: MIT */
/* analyzers/history/confirm_parts.h - inside of confirm.h: the two sides of a test.  */
#ifndef PR_HISTORY_CONFIRM_PARTS_H
#define PR_HISTORY_CONFIRM_PARTS_H

#include "analyzers/history/confirm.h"

struct pr_confirm_sides {
	json_t *good_run,
	        *bad_run; /* pr_history_run, owned; the same run when the reference is good */
	const json_t *good, *bad; /* of their "phases": engine, options (text), sha256 */
};

/* PR_FAILED when a run or phase is not in the history any more.  */
enum pr_err pr_confirm_read_sides(struct pr_history *history, const json_t *test,
                                  struct pr_confirm_sides *sides, struct pr_error *why) PR_CHECKED;
void pr_confirm_drop_sides(struct pr_confirm_sides *sides);

/* Whether both nights measured the same library with the same options, so that there is nothing to
 * run: what moved is not the code.  */
bool pr_confirm_is_same(const struct pr_confirm_sides *sides);

#endif
