/* SPDX-License-Identifier: MIT */
/* reports/html_page.h - how every HTML page begins, of a report and of the dashboard.  */
#ifndef PR_REPORTS_HTML_PAGE_H
#define PR_REPORTS_HTML_PAGE_H

#include "core/base/buf.h"

/* From the doctype into the head: language, character set, a content security policy that forbids
 * every request.  The title comes next.  */
void pr_html_page_begin(struct pr_buf *out);

/* A style element: the colours for light and dark, style.css, and another sheet of template/ if
 * more is not NULL.  */
void pr_html_page_style(struct pr_buf *out, const char *more);

#endif
