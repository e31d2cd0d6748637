/* SPDX-License-Identifier: MIT */
/* analyzers/trace/summary.c - the table that strace -c and -C print.
 *
 * The heading says which columns there are (-U); errors is blank when it is 0, so a row may have
 * one word less.  */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/trace/parts.h"
#include "core/base/buf.h"

enum { UNUSED, SECONDS, CALLS, ERRORS, NAME };

#define WORDS 16

static size_t split(char *line, char **words)
{
	size_t count = 0;
	char *rest = line, *word;

	while (count < WORDS && (word = strsep(&rest, " \t")) != NULL)
		if (*word != '\0')
			words[count++] = word;
	return count;
}

static bool is_name(const char *word)
{
	return word[0] != '\0' &&
	       strspn(word, "abcdefghijklmnopqrstuvwxyz_0123456789") == strlen(word);
}

/* "% time" is one column.  */
static void take_heading(struct pr_trace *trace, char **words, size_t count)
{
	trace->column_count = 0;
	for (size_t i = 0; i < count; i++) {
		unsigned char *column = &trace->columns[trace->column_count];

		if (strcmp(words[i], "%") == 0)
			continue;
		*column = UNUSED;
		if (strcmp(words[i], "seconds") == 0)
			*column = SECONDS;
		else if (strcmp(words[i], "calls") == 0)
			*column = CALLS;
		else if (strcmp(words[i], "errors") == 0)
			*column = ERRORS;
		else if (strcmp(words[i], "syscall") == 0)
			*column = NAME;
		trace->column_count++;
	}
}

static void add(struct pr_trace *trace, const struct pr_trace_counted *row)
{
	size_t i = 0;

	while (i < trace->counted_count && strcmp(trace->counted[i].name, row->name) != 0)
		i++;
	if (i == PR_STRACE_NAMES_MAX)
		return;
	if (i == trace->counted_count) {
		trace->counted =
		        pr_realloc(trace->counted, (i + 1) * sizeof(struct pr_trace_counted));
		trace->counted[i] = *row;
		trace->counted_count++;
		return;
	}
	trace->counted[i].calls += row->calls;
	trace->counted[i].errors += row->errors;
	trace->counted[i].seconds += row->seconds;
}

static void take_words(struct pr_trace *trace, char **words, size_t count)
{
	bool no_errors = count + 1 == trace->column_count;
	struct pr_trace_counted row = {.calls = 0};
	size_t word = 0;

	if (count != trace->column_count && !no_errors)
		return;
	for (size_t i = 0; i < trace->column_count; i++) {
		if (trace->columns[i] == ERRORS && no_errors)
			continue;
		if (word == count)
			return;
		if (trace->columns[i] == SECONDS)
			row.seconds = strtod(words[word], NULL);
		else if (trace->columns[i] == CALLS)
			row.calls = strtoull(words[word], NULL, 10);
		else if (trace->columns[i] == ERRORS)
			row.errors = strtoull(words[word], NULL, 10);
		else if (trace->columns[i] == NAME)
			snprintf(row.name, sizeof(row.name), "%s", words[word]);
		word++;
	}
	/* Nonsense may claim what it likes; more errors than calls cannot be.  */
	if (!is_name(row.name) || strcmp(row.name, "total") == 0 || row.calls == 0 ||
	    row.errors > row.calls || row.calls > INT64_MAX / 4096 || !(row.seconds >= 0) ||
	    row.seconds > 1e9)
		return;
	add(trace, &row);
}

void pr_trace_take_row(struct pr_trace *trace, struct pr_strace_text line)
{
	char text[512], *words[WORDS];
	size_t count;

	snprintf(text, sizeof(text), "%.*s", (int)(line.size < 500 ? line.size : 500), line.at);
	count = split(text, words);
	if (count == 0 || words[0][0] == '-')
		return;
	if (pr_strace_has(line, "calls") && pr_strace_has(line, "syscall"))
		take_heading(trace, words, count);
	else
		take_words(trace, words, count);
}
