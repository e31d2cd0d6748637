/* SPDX-License-Identifier: MIT */
/* analyzers/strace_text.h - the lexical rules of one line of strace output.
 *
 * Private to the parser: prefixes, where the arguments of a call end, what its result says.  All
 * functions look at borrowed text and allocate nothing.  */
#ifndef PR_STRACE_TEXT_H
#define PR_STRACE_TEXT_H

#include "analyzers/strace.h"

/* What stands before the call: "1234 ", "[pid 1234] ", "1234<name> ", times, "[   0] ", "[7f..] ".
 */
struct pr_strace_prefix {
	uint32_t pid;     /* 0 when there is none */
	int64_t stamp_ns; /* -1 when there is none */
};

/* Cuts the prefix off line.  */
void pr_strace_text_prefix(struct pr_strace_text *line, struct pr_strace_prefix *prefix);

/* A name and what stands behind it, "(" for example: cuts both off text and fills name.  False when
 * text does not begin so.  */
bool pr_strace_text_name(struct pr_strace_text *text, const char *behind, char *name, size_t room);

/* text begins inside the parentheses of a call.  Splits it at the `) = ` that ends the call.  False
 * when the call does not end here.  cut: the middle of the text is missing, so search from the
 * right.  */
bool pr_strace_text_split(struct pr_strace_text text, bool cut, struct pr_strace_text *args,
                          struct pr_strace_text *result);

/* Fills end, result, error, extra, injected and duration_ns of event from what stands after `= `.
 */
void pr_strace_text_result(struct pr_strace_text text, struct pr_strace_event *event);

/* Small tools.  */
bool pr_strace_text_begins(struct pr_strace_text text, const char *with);
bool pr_strace_text_ends(struct pr_strace_text text, const char *with);
void pr_strace_text_skip(struct pr_strace_text *text, size_t size);
void pr_strace_text_trim(struct pr_strace_text *text);

#endif
