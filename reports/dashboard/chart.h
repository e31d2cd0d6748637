/* SPDX-License-Identifier: MIT */
/* reports/dashboard/chart.h - the pictures of cases: many of them, drawn by few gnuplots.
 *
 * Of each case: the effect night by night with its intervals, the levels and their bands, changes,
 * releases and new references; the values of both sides; and a small one for lists.  Colours are
 * those of the phases in the report of a run.  */
#ifndef PR_CHART_H
#define PR_CHART_H

#include "reports/axis.h"
#include "reports/dashboard/board.h"
#include "reports/plot.h"

#define PR_CHART_CASES 64 /* drawn at once at most */

struct pr_chart {
	const struct pr_board_case *of;
	char *effect; /* NULL: there is none; the caller frees these */
	char *values;
	char *spark;
};

/* Fills what is drawn of each.  When gnuplot is missing or fails, what could not be drawn is NULL;
 * the pages are complete without, since every picture has a table.  */
enum pr_err pr_chart_draw(const struct pr_board *board, struct pr_chart *charts, size_t count,
                          struct pr_error *why) PR_CHECKED;
void pr_chart_fini(struct pr_chart *chart);

/* The axes of a picture: nights 0 .. count - 1 with some dates (x_lo, x_hi), and marks as effects,
 * or values of a unit (y_lo, y_hi, and the room for them: left).  */
void pr_chart_dates(struct pr_plot *plot, const struct pr_history_series *series);
void pr_chart_axis(struct pr_plot *plot, const struct pr_axis *axis, const char *unit);

/* What stands at a point when one points at it: run, time, commit, effect, verdict.  The caller
 * frees.  */
char *pr_chart_hover(const struct pr_board *board, const struct pr_board_case *one, size_t point);

#endif
