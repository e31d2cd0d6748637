/* SPDX-License-Identifier: MIT */
/* reports/dashboard/page/cases.c - every case there is, also those that do not decide.  */
#include "reports/dashboard/web.h"

static bool is_any(const struct pr_board_case *one)
{
	(void)one;
	return true;
}

static void write_cases(const struct pr_board *board, struct pr_buf *out)
{
	pr_web_begin(out, board, &pr_page_cases, "All cases");
	pr_buf_printf(out,
	              "<p>%zu cases: each is one metric of one phase in one workload, against one "
	              "baseline, on one machine and branch.</p>\n",
	              board->case_count);
	pr_buf_puts(out, "<p id=\"filter\" hidden><label>Show only what has these words: <input "
	                 "type=\"search\" autocomplete=\"off\"></label> <span "
	                 "role=\"status\"></span></p>\n");
	pr_grid(out, board, is_any);
	pr_web_end(out, board, NULL);
}

const struct pr_page_ops pr_page_cases = {.file = "cases.html",
                                          .title = "Cases",
                                          .version = PR_PAGE_OPS_VERSION,
                                          .write = write_cases};
