/* SPDX-License-Identifier: MIT */
/* analyzers/strace_text.c - the lexical rules of one line of strace output.
 *
 * Four things hide commas, parentheses and `) = `: quoted strings with C escapes, comments, what -y
 * prints behind a descriptor (`7</tmp/x) = 5>`, `7<TCP:[a->b]>`), and nested brackets.  next_item()
 * steps over the first three; everything else is built on it.  */
#include "analyzers/strace_text.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The largest thread id of Linux (2^22).  A larger bare number in a prefix is a time in seconds. */
#define PID_MAX 4194304

/* A path of PATH_MAX bytes with a few of them escaped.  A limit keeps a line of many `<` cheap.  */
#define DECORATION_MAX 8192

bool pr_strace_text_begins(struct pr_strace_text text, const char *with)
{
	size_t size = strlen(with);

	return text.size >= size && memcmp(text.at, with, size) == 0;
}

bool pr_strace_text_ends(struct pr_strace_text text, const char *with)
{
	size_t size = strlen(with);

	return text.size >= size && memcmp(text.at + text.size - size, with, size) == 0;
}

void pr_strace_text_skip(struct pr_strace_text *text, size_t size)
{
	text->at += size;
	text->size -= size;
}

void pr_strace_text_trim(struct pr_strace_text *text)
{
	while (text->size > 0 && isspace((unsigned char)text->at[0]))
		pr_strace_text_skip(text, 1);
	while (text->size > 0 && isspace((unsigned char)text->at[text->size - 1]))
		text->size--;
}

bool pr_strace_has(struct pr_strace_text text, const char *needle)
{
	return text.size > 0 && memmem(text.at, text.size, needle, strlen(needle)) != NULL;
}

bool pr_strace_number(struct pr_strace_text text, int64_t *value, struct pr_strace_text *rest)
{
	char digits[32];
	size_t size = text.size < sizeof(digits) - 1 ? text.size : sizeof(digits) - 1;
	char *end;

	if (size == 0 || !(isdigit((unsigned char)text.at[0]) ||
	                   (text.at[0] == '-' && size > 1 && isdigit((unsigned char)text.at[1]))))
		return false;
	memcpy(digits, text.at, size);
	digits[size] = '\0';
	/* Pointers with the top bit set are unsigned; errors are negative.  */
	*value = digits[0] == '-' ? strtoll(digits, &end, 0) : (int64_t)strtoull(digits, &end, 0);
	if (rest != NULL) {
		*rest = text;
		pr_strace_text_skip(rest, (size_t)(end - digits));
	}
	return true;
}

/* ---- items ----------------------------------------------------------------------------------- */

static const char *after_string(const char *at, const char *end)
{
	for (at++; at < end; at++) {
		if (*at == '\\')
			at++;
		else if (*at == '"')
			return at + 1;
	}
	return end;
}

static const char *after_comment(const char *at, const char *end)
{
	const char *close = memmem(at + 2, (size_t)(end - at - 2), "*/", 2);

	return close == NULL ? end : close + 2;
}

/* `<` opens a decoration when it stands directly behind a descriptor and does not shift or compare.
 * Paths have their own angle brackets escaped; `->` of a connection is not a closing one.  */
static bool opens_decoration(const char *begin, const char *at, const char *end)
{
	return at > begin && isalnum((unsigned char)at[-1]) && at + 1 < end && at[1] != '<' &&
	       at[1] != '=' && at[1] != ' ';
}

static const char *after_decoration(const char *at, const char *end)
{
	size_t depth = 0;

	if ((size_t)(end - at) > DECORATION_MAX)
		end = at + DECORATION_MAX;
	for (const char *scan = at; scan < end; scan++) {
		if (*scan == '<')
			depth++;
		else if (*scan == '>' && scan[-1] != '-' && --depth == 0)
			return scan + 1;
	}
	return at + 1; /* never closed: an ordinary character after all */
}

/* The end of the item that begins at `at`: one character, unless it hides others.  */
static const char *next_item(const char *begin, const char *at, const char *end)
{
	const char *next = at + 1;

	if (*at == '"')
		next = after_string(at, end);
	else if (*at == '/' && at + 1 < end && at[1] == '*')
		next = after_comment(at, end);
	else if (*at == '<' && opens_decoration(begin, at, end))
		next = after_decoration(at, end);
	return next < end ? next : end;
}

static int depth_change(char c)
{
	if (c == '(' || c == '[' || c == '{')
		return 1;
	if (c == ')' || c == ']' || c == '}')
		return -1;
	return 0;
}

bool pr_strace_arg(struct pr_strace_text args, size_t index, struct pr_strace_text *out)
{
	const char *end = args.at + args.size, *start = args.at;
	int depth = 0;

	for (const char *at = args.at; at < end; at = next_item(args.at, at, end)) {
		depth += depth_change(*at);
		if (*at != ',' || depth != 0)
			continue;
		if (index-- == 0) {
			end = at;
			break;
		}
		start = at + 1;
	}
	if (index != 0 && index != SIZE_MAX)
		return false;
	*out = (struct pr_strace_text){start, (size_t)(end - start)};
	pr_strace_text_trim(out);
	return out->size > 0;
}

/* ---- the prefix ------------------------------------------------------------------------------ */

static size_t span(struct pr_strace_text text, const char *allowed)
{
	size_t size = 0;

	while (size < text.size && text.at[size] != '\0' && strchr(allowed, text.at[size]) != NULL)
		size++;
	return size;
}

/* Seconds; a time of this century is ten times as much, and ten times that still fits in ns.  */
#define STAMP_MAX ((int64_t)500000000)

/* "12:34:56", "12:34:56.123456", "1700000000.123456", "0.000123" in nanoseconds.  */
static int64_t parse_stamp(const char *text, size_t size)
{
	int64_t whole = 0, part = 0, field = 0, scale = 1000000000;
	bool fraction = false;

	for (size_t i = 0; i < size; i++) {
		if (text[i] == ':' && whole < STAMP_MAX) {
			whole = (whole + field) * 60;
			field = 0;
		} else if (text[i] == ':') {
			return -1;
		} else if (text[i] == '.') {
			fraction = true;
		} else if (fraction && scale > 1) {
			scale /= 10;
			part += (text[i] - '0') * scale;
		} else if (!fraction && field < STAMP_MAX) {
			field = field * 10 + (text[i] - '0');
		}
	}
	if (whole + field > 10 * STAMP_MAX)
		return -1;
	return (whole + field) * 1000000000 + part;
}

/* `1234<name>`: the name may hold anything, a blank follows it.  */
static void skip_name(struct pr_strace_text *text)
{
	const char *close;

	if (text->size == 0 || text->at[0] != '<')
		return;
	close = memmem(text->at, text->size, ">", 1);
	while (close != NULL && close + 1 < text->at + text->size && close[1] != ' ' &&
	       close[1] != ']')
		close = memmem(close + 1, (size_t)(text->at + text->size - close - 1), ">", 1);
	if (close != NULL)
		pr_strace_text_skip(text, (size_t)(close + 1 - text->at));
}

/* A number that a blank follows: a thread id, or a time.  */
static bool take_number(struct pr_strace_text *line, struct pr_strace_prefix *prefix)
{
	struct pr_strace_text rest = *line;
	size_t size = span(rest, "0123456789:.");
	bool plain = span(rest, "0123456789") == size;
	int64_t value = 0;

	pr_strace_number(*line, &value, NULL);
	pr_strace_text_skip(&rest, size);
	if (plain && prefix->pid == 0 && prefix->stamp_ns < 0 && size <= 7 && value <= PID_MAX) {
		prefix->pid = (uint32_t)strtoul(line->at, NULL, 10);
		skip_name(&rest);
	} else if (prefix->stamp_ns < 0) {
		prefix->stamp_ns = parse_stamp(line->at, size);
	} else {
		return false;
	}
	if (rest.size == 0 || rest.at[0] != ' ')
		return false;
	*line = rest;
	return true;
}

/* "[pid 1234] ", "[   0] ", "[00007f8009b80929] ", "(+     0.000122) ".  */
static bool take_bracket(struct pr_strace_text *line, struct pr_strace_prefix *prefix)
{
	struct pr_strace_text rest = *line;

	pr_strace_text_skip(&rest, 1);
	if (pr_strace_text_begins(rest, "pid ")) {
		pr_strace_text_skip(&rest, 4);
		pr_strace_text_skip(&rest, span(rest, " "));
		prefix->pid = rest.size > 0 ? (uint32_t)strtoul(rest.at, NULL, 10) : 0;
		pr_strace_text_skip(&rest, span(rest, "0123456789"));
		skip_name(&rest);
	} else {
		pr_strace_text_skip(&rest, span(rest, " ?+.0123456789abcdef"));
	}
	if (rest.size < 2 || (rest.at[0] != ']' && rest.at[0] != ')') || rest.at[1] != ' ')
		return false;
	pr_strace_text_skip(&rest, 1);
	*line = rest;
	return true;
}

void pr_strace_text_prefix(struct pr_strace_text *line, struct pr_strace_prefix *prefix)
{
	bool more = true;

	*prefix = (struct pr_strace_prefix){0, -1};
	while (more) {
		pr_strace_text_skip(line, span(*line, " \t"));
		if (line->size == 0)
			return;
		if (isdigit((unsigned char)line->at[0]))
			more = take_number(line, prefix);
		else if (line->at[0] == '[' || line->at[0] == '(')
			more = take_bracket(line, prefix);
		else
			more = false;
	}
}

/* ---- the call -------------------------------------------------------------------------------- */

/* strace prints `????` for a call that it met in the middle.  */
static bool name_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '?';
}

bool pr_strace_text_name(struct pr_strace_text *text, const char *behind, char *name, size_t room)
{
	struct pr_strace_text rest = *text;
	size_t size = 0;

	while (size < text->size && name_char(text->at[size]))
		size++;
	pr_strace_text_skip(&rest, size);
	if (size == 0 || size >= room || !pr_strace_text_begins(rest, behind))
		return false;
	memcpy(name, text->at, size);
	name[size] = '\0';
	pr_strace_text_skip(text, size + strlen(behind));
	return true;
}

/* True when `)` at text.at + at is followed by blanks and `=`; result gets what follows.  */
static bool closes(struct pr_strace_text text, size_t at, struct pr_strace_text *result)
{
	struct pr_strace_text rest = text;

	pr_strace_text_skip(&rest, at + 1);
	pr_strace_text_skip(&rest, span(rest, " \t"));
	if (!pr_strace_text_begins(rest, "= "))
		return false;
	pr_strace_text_skip(&rest, 2);
	*result = rest;
	return true;
}

static bool split_from_left(struct pr_strace_text text, struct pr_strace_text *args,
                            struct pr_strace_text *result)
{
	const char *end = text.at + text.size;
	int depth = 0;

	for (const char *at = text.at; at < end; at = next_item(text.at, at, end)) {
		if (*at == ')' && depth <= 0 && closes(text, (size_t)(at - text.at), result)) {
			*args = (struct pr_strace_text){text.at, (size_t)(at - text.at)};
			return true;
		}
		depth += depth_change(*at);
	}
	return false;
}

static bool split_from_right(struct pr_strace_text text, struct pr_strace_text *args,
                             struct pr_strace_text *result)
{
	for (size_t at = text.size; at-- > 0;)
		if (text.at[at] == ')' && closes(text, at, result)) {
			*args = (struct pr_strace_text){text.at, at};
			return true;
		}
	return false;
}

/* `<... futex resumed> <unfinished ...>) = ?`: the thread died in the call.  */
static void cut_unfinished(struct pr_strace_text *args)
{
	static const char mark[] = "<unfinished ...>";

	pr_strace_text_trim(args);
	if (!pr_strace_text_ends(*args, mark))
		return;
	args->size -= strlen(mark);
	pr_strace_text_trim(args);
}

bool pr_strace_text_split(struct pr_strace_text text, bool cut, struct pr_strace_text *args,
                          struct pr_strace_text *result)
{
	if ((cut || !split_from_left(text, args, result)) && !split_from_right(text, args, result))
		return false;
	cut_unfinished(args);
	return true;
}

/* ---- the result ------------------------------------------------------------------------------ */

/* " <0.000012>" of -T at the end of text.  */
static int64_t take_duration(struct pr_strace_text *text)
{
	size_t open = text->size;
	struct pr_strace_text digits;

	if (!pr_strace_text_ends(*text, ">"))
		return -1;
	while (open > 0 && text->at[open - 1] != '<')
		open--;
	if (open < 2 || text->at[open - 2] != ' ')
		return -1;
	digits = (struct pr_strace_text){text->at + open, text->size - open - 1};
	if (digits.size == 0 || span(digits, "0123456789.") != digits.size)
		return -1;
	text->size = open - 2;
	return parse_stamp(digits.at, digits.size);
}

static void copy_word(struct pr_strace_text *text, char *word, size_t room)
{
	size_t size = span(*text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");

	snprintf(word, room, "%.*s", (int)size, text->at);
	pr_strace_text_skip(text, size);
}

/* `-1 (errno 11)`: what -e raw= prints, and numbers without a name.  */
static void name_errno(struct pr_strace_text text, char *error, size_t room)
{
	static const char open[] = "(errno ";
	const char *name = NULL;
	int64_t number;

	pr_strace_text_skip(&text, strlen(open));
	if (!pr_strace_number(text, &number, NULL))
		return;
	if (number > 0 && number < 4096)
		name = strerrorname_np((int)number);
	if (name != NULL)
		snprintf(error, room, "%s", name);
	else
		snprintf(error, room, "errno %lld", (long long)number);
}

/* With -e raw= a call that the kernel may restart shows `-1 ERESTARTSYS`, not `?`.  */
static void read_error(struct pr_strace_text *text, struct pr_strace_event *event)
{
	if (pr_strace_text_begins(*text, "E"))
		copy_word(text, event->error, sizeof(event->error));
	else if (pr_strace_text_begins(*text, "(errno "))
		name_errno(*text, event->error, sizeof(event->error));
	if (event->error[0] != '\0')
		event->end = strncmp(event->error, "ERESTART", 8) == 0 ? PR_STRACE_RESTART
		                                                       : PR_STRACE_ERROR;
}

void pr_strace_text_result(struct pr_strace_text text, struct pr_strace_event *event)
{
	pr_strace_text_trim(&text);
	event->duration_ns = take_duration(&text);
	event->injected = pr_strace_has(text, "(INJECTED");
	event->end = PR_STRACE_UNKNOWN;
	if (pr_strace_text_begins(text, "?")) {
		pr_strace_text_skip(&text, 1);
		pr_strace_text_trim(&text);
		if (pr_strace_text_begins(text, "ERESTART")) {
			copy_word(&text, event->error, sizeof(event->error));
			event->end = PR_STRACE_RESTART;
		}
	} else if (pr_strace_number(text, &event->result, &text)) {
		event->end = PR_STRACE_RETURNED;
		pr_strace_text_trim(&text);
		if (event->result == -1)
			read_error(&text, event);
	}
	pr_strace_text_trim(&text);
	event->extra = text;
}
