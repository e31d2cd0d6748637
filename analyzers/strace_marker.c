/* SPDX-License-Identifier: MIT */
/* analyzers/strace_marker.c - the calls by which a program says where a stage of its work begins.
 */
#include "analyzers/strace_marker.h"

#include <string.h>

bool pr_strace_marker(const struct pr_strace_event *event, struct pr_strace_text *text, bool *cut)
{
	static const char begins[] = "\"proctor:";
	struct pr_strace_text fd;
	int64_t number;
	const char *close;

	if ((event->args.size > 0 && event->args.at[0] >= '1' && event->args.at[0] <= '9') ||
	    strcmp(event->name, "write") != 0 || !pr_strace_event_arg(event, 0, &fd) ||
	    !pr_strace_number(fd, &number, NULL) || number != -1 ||
	    !pr_strace_event_arg(event, 1, text) || text->size < strlen(begins) ||
	    memcmp(text->at, begins, strlen(begins)) != 0)
		return false;
	*cut = pr_strace_has(*text, "\"...");
	text->at += strlen(begins);
	text->size -= strlen(begins);
	close = memchr(text->at, '"', text->size);
	if (close != NULL)
		text->size = (size_t)(close - text->at);
	return true;
}
