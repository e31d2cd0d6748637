/* SPDX-License-Identifier: MIT */
/* reports/dashboard/page.h - the files of the dashboard: one kind a file of page/.
 *
 * To add one: a file in page/ with a struct pr_page_ops, and a line in pages[] of site.c.  A page
 * that has a title stands in the navigation of all.  Each is made from the board alone, so that the
 * same store gives the same bytes; what depends on the moment it is read (the heartbeat) is done by
 * the script in the reader's browser.  */
#ifndef PR_PAGE_H
#define PR_PAGE_H

#include "core/base/buf.h"
#include "reports/dashboard/board.h"
#include "reports/dashboard/chart.h"

#define PR_PAGE_OPS_VERSION 1

struct pr_page_ops {
	const char *file;  /* "index.html" */
	const char *title; /* in the navigation; NULL: not there */
	uint32_t version;  /* PR_PAGE_OPS_VERSION */
	void (*write)(const struct pr_board *board, struct pr_buf *out);
};

extern const struct pr_page_ops pr_page_index, pr_page_changes, pr_page_cases, pr_page_compare,
        pr_page_coverage, pr_page_noise, pr_page_runs, pr_page_help, pr_page_json, pr_page_feed,
        pr_page_badge, pr_page_shield;

/* All of them, in the order of the navigation.  */
extern const struct pr_page_ops *const pr_pages[];
extern const size_t pr_page_count;

/* The page of one case, and its series as a document "proctor.history".  missing: why there is no
 * picture; NULL.  */
void pr_page_case(const struct pr_board *board, const struct pr_chart *chart, const char *missing,
                  struct pr_buf *out);
void pr_page_case_json(const struct pr_board *board, const struct pr_board_case *one,
                       struct pr_buf *out);

#endif
