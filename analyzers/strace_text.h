/* SPDX-License-Identifier: MIT */
/* analyzers/strace_text.h - the lexical rules of one line of strace output.
 *
 * Private to the parser: prefixes, where the arguments of a call end, what its result says.  All
 * functions look at borrowed text and allocate nothing.  */
#ifndef PR_STRACE_TEXT_H
#define PR_STRACE_TEXT_H

#include <string.h>

#include "analyzers/strace.h"

/* What stands before the call: "1234 ", "[pid 1234] ", "1234<name> ", times, "[   0] ", "[7f..] ".
 */
struct pr_strace_prefix {
	uint32_t pid;     /* 0 when there is none */
	int64_t stamp_ns; /* -1 when there is none */
};

/* Cuts the prefix off line.  */
void pr_strace_text_prefix(struct pr_strace_text *line, struct pr_strace_prefix *prefix);

/* A name of at most 39 characters and what stands behind it, "(" for example: cuts both off text.
 * False when text does not begin so.  */
bool pr_strace_text_name(struct pr_strace_text *text, const char *behind,
                         struct pr_strace_text *name);

/* text begins inside the parentheses of a call.  Splits it at the `) = ` that ends the call: fills
 * args, arg_at and arg_count of event, and result.  False when the call does not end here.  cut:
 * the middle of the text is missing, so search from the right.  */
bool pr_strace_text_split(struct pr_strace_text text, bool cut, struct pr_strace_event *event,
                          struct pr_strace_text *result);

/* Fills end, result, error, extra, injected and duration_ns of event from what stands after `= `.
 */
void pr_strace_text_result(struct pr_strace_text text, struct pr_strace_event *event);

/* Small tools, inline because every line needs them several times.  */
static inline bool pr_strace_text_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

static inline bool pr_strace_text_begins(struct pr_strace_text text, const char *with)
{
	size_t size = strlen(with);

	return text.size >= size && memcmp(text.at, with, size) == 0;
}

static inline bool pr_strace_text_ends(struct pr_strace_text text, const char *with)
{
	size_t size = strlen(with);

	return text.size >= size && memcmp(text.at + text.size - size, with, size) == 0;
}

static inline void pr_strace_text_skip(struct pr_strace_text *text, size_t size)
{
	text->at += size;
	text->size -= size;
}

static inline bool pr_strace_text_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Takes blanks off both ends.  */
static inline void pr_strace_text_trim(struct pr_strace_text *text)
{
	while (text->size > 0 && pr_strace_text_blank(text->at[0]))
		pr_strace_text_skip(text, 1);
	while (text->size > 0 && pr_strace_text_blank(text->at[text->size - 1]))
		text->size--;
}

#endif
