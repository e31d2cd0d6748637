/* SPDX-License-Identifier: MIT */
/* reports/html_page.c - how every HTML page begins.  */
#include "reports/html_page.h"

#include <stddef.h>

#include "reports/svg.h"
#include "reports/template.h"

void pr_html_page_begin(struct pr_buf *out)
{
	pr_buf_puts(out,
	            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	            "style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; "
	            "form-action 'none'\">\n"
	            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	            "<meta name=\"color-scheme\" content=\"light dark\">\n"
	            "<meta name=\"generator\" content=\"proctor\">\n");
}

void pr_html_page_style(struct pr_buf *out, const char *more)
{
	pr_buf_puts(out, "<style>\n:root{");
	pr_svg_colours(out, 0);
	pr_buf_puts(out, "}\n@media screen and (prefers-color-scheme:dark){:root{");
	pr_svg_colours(out, 1);
	pr_buf_puts(out, "}}\n");
	pr_buf_puts(out, pr_template("style.css"));
	if (more != NULL)
		pr_buf_puts(out, pr_template(more));
	pr_buf_puts(out, "</style>\n");
}
