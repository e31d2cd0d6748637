/* SPDX-License-Identifier: MIT */
/* analyzers/view_output.c - what --format text|json|md of a command prints.  */
#include <stdio.h>
#include <stdlib.h>

#include "analyzers/view.h"
#include "core/base/json.h"

enum format { TEXT, JSON, MARKDOWN };

const char *const pr_view_formats[] = {"text", "json", "md", NULL};

static void put(char *text)
{
	fputs(text, stdout);
	free(text);
}

void pr_view_output(const json_t *document, struct pr_view *(*view_of)(const json_t *document),
                    int format)
{
	struct pr_view *view;

	if (format == JSON) {
		put(pr_json_dump(document));
		return;
	}
	view = view_of(document);
	if (format == MARKDOWN)
		put(pr_view_markdown(view));
	else
		pr_view_print(view);
	pr_view_destroy(&view);
}
