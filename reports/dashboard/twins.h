/* SPDX-License-Identifier: MIT */
/* reports/dashboard/twins.h - what the A/A phases of the machines showed, as pictures.
 *
 * One picture a group that has such a phase (noise.h): a mark for each night and case that decides,
 * the band within which nothing is called a change, and those that were called one all the same.
 * Kept in the cache beside a print of what it was made from, and not drawn again until that
 * changes.  */
#ifndef PR_TWINS_H
#define PR_TWINS_H

#include "reports/dashboard/board.h"

#define PR_TWINS_NIGHTS 60 /* the newest that are drawn */

/* Sets picture of every group, which the cache owns: SVG, NULL where there is none.  One start of
 * gnuplot at most.  Where gnuplot is missing or fails the reason is said and nothing is kept; the
 * page has a table of the same.  Not for several threads at once.  */
enum pr_err pr_twins_draw(struct pr_board *board, struct pr_cache *cache,
                          struct pr_error *why) PR_CHECKED;

#endif
