/* SPDX-License-Identifier: MIT */
/* core/base/escape.c - texts inside other formats.  */
#include "core/base/escape.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

void pr_escape_csv(struct pr_buf *out, const char *text)
{
	if (strpbrk(text, ",\"\r\n") == NULL) {
		pr_buf_puts(out, text);
		return;
	}
	pr_buf_puts(out, "\"");
	for (; *text != '\0'; text++)
		pr_buf_puts(out, *text == '"' ? "\"\"" : (char[]){*text, '\0'});
	pr_buf_puts(out, "\"");
}

void pr_escape_xml(struct pr_buf *out, const char *text)
{
	static const char *const names[] = {['&'] = "&amp;",
	                                    ['<'] = "&lt;",
	                                    ['>'] = "&gt;",
	                                    ['"'] = "&quot;",
	                                    ['\''] = "&#39;"};

	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < sizeof(names) / sizeof(names[0]) && names[c] != NULL)
			pr_buf_puts(out, names[c]);
		else if (c < 0x20 && c != '\t' && c != '\n' && c != '\r')
			pr_buf_puts(out, "?");
		else
			pr_buf_add(out, text, 1);
	}
}

void pr_escape_attribute(struct pr_buf *out, const char *name, const char *value)
{
	pr_buf_printf(out, " %s=\"", name);
	pr_escape_xml(out, value);
	pr_buf_puts(out, "\"");
}

void pr_escape_go(struct pr_buf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		bool bad = isspace((unsigned char)*text) || *text == '/' || *text == '=';

		pr_buf_add(out, bad ? "_" : text, 1);
	}
}
