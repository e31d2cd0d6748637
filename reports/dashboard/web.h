/* SPDX-License-Identifier: MIT */
/* reports/dashboard/web.h - what the HTML pages share: frame, tables, links.
 *
 * Every text goes through pr_svg_text (svg.h).  A page refers to its neighbours only; style and
 * script are inside, and a content security policy forbids every request.  */
#ifndef PR_WEB_H
#define PR_WEB_H

#include "core/base/buf.h"
#include "reports/dashboard/board.h"
#include "reports/dashboard/page.h"

/* From the doctype to the heading h1; page is marked in the navigation (NULL: none).  */
void pr_web_begin(struct pr_buf *out, const struct pr_board *board, const struct pr_page_ops *page,
                  const char *title);

/* When the newest run came; green or red in the reader's browser, by the reader's clock.  Every
 * page of the navigation has one; a case's page, which is left alone while nothing is new for it,
 * has one of its own.  */
void pr_web_heartbeat(struct pr_buf *out, const struct pr_board *board, const char *what,
                      int64_t time);

/* The foot and the script.  more: a script of template/ that this page needs too; NULL.  */
void pr_web_end(struct pr_buf *out, const struct pr_board *board, const char *more);

/* A section with its heading; id is a word.  */
void pr_web_section(struct pr_buf *out, const char *id, const char *title);
void pr_web_section_end(struct pr_buf *out);

struct pr_web_column {
	const char *title;
	bool is_number;
};

/* Ends with a column without title.  folded: opened on demand.  */
void pr_web_table(struct pr_buf *out, const char *id, const char *caption,
                  const struct pr_web_column *columns, bool folded);
void pr_web_table_end(struct pr_buf *out, bool folded);

/* Cells: plain text.  class may be "".  */
void pr_web_cell(struct pr_buf *out, const char *class, const char *text);
void pr_web_count(struct pr_buf *out, const char *class, size_t number); /* 0 is muted */

/* "2026-11-25 03:00" in an element that scripts can read; late: the script says how late it is.  */
void pr_web_time(struct pr_buf *out, const struct pr_board *board, int64_t time, bool late);

/* A revision, as a link where there is an address, with what is known of it on hover; after: a
 * range from revision to it; NULL.  */
void pr_web_commit(struct pr_buf *out, const struct pr_board *board, const char *revision,
                   const char *after);

/* The report of a run as a link, where the site has it.  */
void pr_web_report(struct pr_buf *out, const struct pr_board *board, int64_t run);

/* A link to a case, as its text: "streaming, slower: throughput".  */
void pr_web_case(struct pr_buf *out, const struct pr_board_case *one, bool with_machine);
void pr_web_case_name(struct pr_buf *out, const struct pr_board_case *one, bool with_machine);

/* Its small picture as a link; tone: class for its dot.  hidden: not said to a screen reader, as
 * the same link stands beside it.  */
void pr_web_spark(struct pr_buf *out, const struct pr_board_case *one);

/* The class of a standing: "good", "bad", "unsure", "muted" or "".  */
const char *pr_web_tone(enum pr_standing standing);

/* "machine m1, branch main, against reference"; what is empty is left out.  */
void pr_web_group(struct pr_buf *out, const struct pr_board_group *group);

/* By how many nights the place of a change may be wrong; nothing when it is sure.  */
void pr_web_margin(struct pr_buf *out, const json_t *change);

/* The commits that may have made a change: those between the nights that a paired run compares.  */
void pr_web_suspects(struct pr_buf *out, const struct pr_board *board, const json_t *change);

/* A command that can be copied.  */
void pr_web_command(struct pr_buf *out, const char *label, const char *line);

/* " --option 'text'", quoted for a shell; nothing when the text is empty.  */
void pr_web_option(struct pr_buf *out, const char *option, const char *text);

/* Cells about a change (pr_changes_find): what is said of it, and its p.  */
void pr_web_state(struct pr_buf *out, const json_t *change);
void pr_web_p(struct pr_buf *out, const json_t *change);

/* The rows of a table of changes, all or those that ask for somebody.  Returns how many.  */
size_t pr_web_changes(struct pr_buf *out, const struct pr_board *board, const char *id,
                      const char *caption, bool only_alerts);

/* Cases as small pictures, by machine and workload: those of which is_shown is true.  */
void pr_grid(struct pr_buf *out, const struct pr_board *board,
             bool (*is_shown)(const struct pr_board_case *one));

/* "1 better, 2 worse, 30 unchanged, 3 noisy": tonight.  */
void pr_tonight(const struct pr_board *board, struct pr_buf *out);

#endif
