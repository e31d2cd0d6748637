/* SPDX-License-Identifier: MIT */
/* reports/dashboard/page/changes.c - every change of level, whatever was said of it.  */
#include "reports/dashboard/web.h"

static void write_changes(const struct pr_board *board, struct pr_buf *out)
{
	pr_web_begin(out, board, &pr_page_changes, "Changes of level");
	pr_buf_puts(
	        out,
	        "<p>Each series is searched for the night on which its level changed, by a "
	        "permutation test of the best split. About two series in five without any "
	        "change show one within 60 nights by chance, so a change is a candidate "
	        "(<b>open</b>) until a commit from before and one from after it were measured side "
	        "by "
	        "side (<b>confirmed</b> or <b>rejected</b>), or somebody said that it was meant "
	        "(<b>intended</b>).</p>\n");
	if (pr_web_changes(out, board, "all-changes",
	                   "Every change in the last nights, the newest first. Before and after "
	                   "are medians of the effect against the baseline.",
	                   false) == 0)
		pr_buf_puts(out, "<p>No series changed its level.</p>\n");
	pr_web_command(out, "To say what one is, by the numbers of case and run that stand with it",
	               "proctor history mark CASE RUN confirmed --note 'why'");
	pr_web_end(out, board, NULL);
}

const struct pr_page_ops pr_page_changes = {.file = "changes.html",
                                            .title = "Changes",
                                            .version = PR_PAGE_OPS_VERSION,
                                            .write = write_changes};
