/* SPDX-License-Identifier: MIT */
/* reports/dashboard/levels.h - the levels of a series: what lies between its changes.
 *
 * A change is one that the search found, or one that people marked and that is older than the
 * nights that are searched.  One that was rejected does not part levels.  */
#ifndef PR_LEVELS_H
#define PR_LEVELS_H

#include "reports/dashboard/board.h"

#define PR_LEVELS_MAX 64

struct pr_level {
	size_t first, end;    /* points of the series */
	double middle;        /* median of what is shown; NaN: no point has one */
	double room;          /* half the width of the band: 2 % or the floor of the host */
	const char *state;    /* of the change that it begins with; NULL: of the first */
	const char *note;     /* NULL: none */
	const json_t *change; /* NULL: of the first, and of a mark alone */
	bool is_better;       /* than the one before */
};

struct pr_levels {
	struct pr_level items[PR_LEVELS_MAX];
	size_t count; /* 1 at least */
};

/* What the first picture of a case shows: its effect, or where there is none the value.  */
double pr_levels_shown(const struct pr_board_case *one, size_t point);

void pr_levels_find(const struct pr_board_case *one, struct pr_levels *levels);

#endif
