/* SPDX-License-Identifier: MIT */
/* analyzers/strace_text.c - the lexical rules of one line of strace output.
 *
 * Four things hide commas, parentheses and `) = `: quoted strings with C escapes, comments, what -y
 * prints behind a descriptor (`7</tmp/x) = 5>`, `7<TCP:[a->b]>`), and nested brackets.  next_item()
 * steps over the first three; everything else is built on it.  */
#include "analyzers/strace_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/strace_time.h"

/* The largest thread id of Linux (2^22).  A larger bare number in a prefix is a time in seconds. */
#define PID_MAX 4194304

/* A path of PATH_MAX bytes with a few of them escaped.  A limit keeps a line of many `<` cheap.  */
#define DECORATION_MAX 8192

/* What a character may be part of.  */
enum {
	DIGIT = 1,
	NAME = 2,     /* strace prints `????` for a call that it met in the middle */
	BLANK = 4,    /* blanks and tabs */
	SPECIAL = 8,  /* may hide or separate arguments */
	WORD = 16,    /* the name of an errno */
	ADDRESS = 32, /* "[00007f8009b80929]", "(+     0.000122)" */
};

static const unsigned char classes[256] = {
        ['0' ... '9'] = DIGIT | NAME | WORD | ADDRESS,
        ['a' ... 'f'] = NAME | ADDRESS,
        ['g' ... 'z'] = NAME,
        ['A' ... 'Z'] = NAME | WORD,
        ['_'] = NAME | WORD,
        ['?'] = NAME | ADDRESS,
        ['.'] = ADDRESS,
        [' '] = BLANK | ADDRESS,
        ['\t'] = BLANK,
        ['+'] = ADDRESS,
        ['"'] = SPECIAL,
        ['/'] = SPECIAL,
        ['<'] = SPECIAL,
        [','] = SPECIAL,
        ['('] = SPECIAL,
        [')'] = SPECIAL,
        ['['] = SPECIAL,
        [']'] = SPECIAL,
        ['{'] = SPECIAL,
        ['}'] = SPECIAL,
};

static bool is(char c, unsigned char class)
{
	return (classes[(unsigned char)c] & class) != 0;
}

/* Characters of class at the beginning of text.  */
static size_t span(struct pr_strace_text text, unsigned char class)
{
	size_t size = 0;

	while (size < text.size && is(text.at[size], class))
		size++;
	return size;
}

bool pr_strace_has(struct pr_strace_text text, const char *needle)
{
	return text.size > 0 && memmem(text.at, text.size, needle, strlen(needle)) != NULL;
}

/* Whatever strtoull knows: hexadecimal, octal, more digits than fit.  */
static size_t parse_odd_number(struct pr_strace_text text, int64_t *value)
{
	char digits[32];
	size_t size = text.size < sizeof(digits) - 1 ? text.size : sizeof(digits) - 1;
	char *end;

	memcpy(digits, text.at, size);
	digits[size] = '\0';
	/* Pointers with the top bit set are unsigned; errors are negative.  */
	*value = digits[0] == '-' ? strtoll(digits, &end, 0) : (int64_t)strtoull(digits, &end, 0);
	return (size_t)(end - digits);
}

/* A leading zero may begin another base; nothing else does.  */
static bool is_odd_number(struct pr_strace_text text, size_t first, size_t at)
{
	return at == first + 18 ||
	       (text.at[first] == '0' &&
	        (at > first + 1 || (at < text.size && (text.at[at] | 0x20) == 'x')));
}

bool pr_strace_number(struct pr_strace_text text, int64_t *value, struct pr_strace_text *rest)
{
	bool negative = text.size > 1 && text.at[0] == '-';
	size_t first = negative;
	const char *at = text.at + first, *end = text.at + text.size;
	int64_t sum = 0;

	if (end - at > 18)
		end = at + 18;
	while (at < end && pr_strace_text_digit(*at))
		sum = sum * 10 + (*at++ - '0');
	if (at == text.at + first)
		return false;
	*value = negative ? -sum : sum;
	if (is_odd_number(text, first, (size_t)(at - text.at)))
		at = text.at + parse_odd_number(text, value);
	if (rest != NULL)
		*rest = (struct pr_strace_text){at, (size_t)(text.at + text.size - at)};
	return true;
}

/* ---- items ----------------------------------------------------------------------------------- */

/* The quote that ends a string has an even number of backslashes before it.  */
static const char *after_string(const char *at, const char *end)
{
	const char *begin = ++at;

	while (at < end && (at = memchr(at, '"', (size_t)(end - at))) != NULL) {
		const char *escape = at++;

		while (escape > begin && escape[-1] == '\\')
			escape--;
		if ((at - 1 - escape) % 2 == 0)
			return at;
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
	return at > begin && at[-1] != '_' && is(at[-1], NAME) && at + 1 < end && at[1] != '<' &&
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

bool pr_strace_event_arg(const struct pr_strace_event *event, size_t index,
                         struct pr_strace_text *out)
{
	const char *end = event->args.at + event->args.size;

	if (index + 1 >= PR_STRACE_ARGS_MAX || event->arg_count == 0)
		return pr_strace_arg(event->args, index, out);
	if (index >= event->arg_count || event->arg_at[index] > end)
		return false;
	if (index + 1 < event->arg_count)
		end = event->arg_at[index + 1] - 1;
	*out = (struct pr_strace_text){event->arg_at[index], (size_t)(end - event->arg_at[index])};
	pr_strace_text_trim(out);
	return out->size > 0;
}

/* ---- the prefix ------------------------------------------------------------------------------ */

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

static uint64_t decimal(const char *at, size_t size)
{
	uint64_t value = 0;

	for (size_t i = 0; i < size; i++)
		value = value * 10 + (uint64_t)(at[i] - '0');
	return value;
}

/* `1234 ` at the beginning of a line: most of them begin so.  */
static bool take_pid(struct pr_strace_text *line, struct pr_strace_prefix *prefix)
{
	uint32_t value = 0;
	size_t size = 0;

	while (size < line->size && size < 7 && pr_strace_text_digit(line->at[size]))
		value = value * 10 + (uint32_t)(line->at[size++] - '0');
	if (size == 0 || size == line->size || line->at[size] != ' ' || value > PID_MAX)
		return false;
	prefix->pid = value;
	pr_strace_text_skip(line, size);
	return true;
}

/* A number that a blank follows: a thread id, or a time.  */
static bool take_number(struct pr_strace_text *line, struct pr_strace_prefix *prefix)
{
	struct pr_strace_text rest = *line;
	bool first = prefix->pid == 0 && prefix->stamp_ns < 0, plain;
	const char *behind;
	int64_t stamp_ns;
	size_t size;

	if (first && take_pid(line, prefix))
		return true;
	behind = prefix->stamp_ns < 0 ? pr_strace_time_seconds(rest, &stamp_ns) : NULL;
	if (behind != NULL && behind < rest.at + rest.size && *behind == ' ') {
		prefix->stamp_ns = stamp_ns;
		pr_strace_text_skip(line, (size_t)(behind - line->at));
		return true;
	}
	size = pr_strace_time_span(rest);
	plain = first && size <= 7 && span(rest, DIGIT) == size;
	pr_strace_text_skip(&rest, size);
	if (plain && decimal(line->at, size) <= PID_MAX) {
		prefix->pid = (uint32_t)decimal(line->at, size);
		skip_name(&rest);
	} else if (prefix->stamp_ns < 0) {
		prefix->stamp_ns = pr_strace_time_any((struct pr_strace_text){line->at, size});
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
		pr_strace_text_skip(&rest, span(rest, BLANK));
		prefix->pid = (uint32_t)decimal(rest.at, span(rest, DIGIT));
		pr_strace_text_skip(&rest, span(rest, DIGIT));
		skip_name(&rest);
	} else {
		pr_strace_text_skip(&rest, span(rest, ADDRESS));
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
		pr_strace_text_skip(line, span(*line, BLANK));
		if (line->size == 0)
			return;
		if (is(line->at[0], DIGIT))
			more = take_number(line, prefix);
		else if (line->at[0] == '[' || line->at[0] == '(')
			more = take_bracket(line, prefix);
		else
			more = false;
	}
}

/* ---- the call -------------------------------------------------------------------------------- */

bool pr_strace_text_name(struct pr_strace_text *text, const char *behind,
                         struct pr_strace_text *name)
{
	const char *at = text->at, *end = at + text->size;
	size_t size;

	while (at < end && is(*at, NAME))
		at++;
	size = (size_t)(at - text->at);
	if (size == 0 || size >= sizeof(((struct pr_strace_event *)0)->name) ||
	    !pr_strace_text_begins((struct pr_strace_text){at, (size_t)(end - at)}, behind))
		return false;
	*name = (struct pr_strace_text){text->at, size};
	pr_strace_text_skip(text, size + strlen(behind));
	return true;
}

/* True when `)` at text.at + at is followed by blanks and `=`; result gets what follows.  */
static bool closes(struct pr_strace_text text, size_t at, struct pr_strace_text *result)
{
	const char *rest = text.at + at + 1, *end = text.at + text.size;

	while (rest < end && pr_strace_text_blank(*rest))
		rest++;
	if (end - rest < 2 || rest[0] != '=' || rest[1] != ' ')
		return false;
	*result = (struct pr_strace_text){rest + 2, (size_t)(end - rest - 2)};
	return true;
}

static void add_arg(struct pr_strace_event *event, const char *at)
{
	if (event->arg_count < PR_STRACE_ARGS_MAX)
		event->arg_at[event->arg_count++] = at;
}

/* The first special character from `at` on; end when there is none.  */
static const char *next_special(const char *at, const char *end)
{
	while (end - at >= 4) {
		if (is(at[0], SPECIAL))
			return at;
		if (is(at[1], SPECIAL))
			return at + 1;
		if (is(at[2], SPECIAL))
			return at + 2;
		if (is(at[3], SPECIAL))
			return at + 3;
		at += 4;
	}
	while (at < end && !is(*at, SPECIAL))
		at++;
	return at;
}

/* The places of the arguments are found on the way.  */
static bool split_from_left(struct pr_strace_text text, struct pr_strace_event *event,
                            struct pr_strace_text *result)
{
	const char *end = text.at + text.size, *at = text.at;
	int depth = 0;

	event->arg_count = 0;
	add_arg(event, at);
	while ((at = next_special(at, end)) < end)
		switch (*at) {
		case ',':
			at++;
			if (depth == 0)
				add_arg(event, at);
			break;
		case ')':
			if (depth <= 0 && closes(text, (size_t)(at - text.at), result)) {
				event->args =
				        (struct pr_strace_text){text.at, (size_t)(at - text.at)};
				return true;
			}
			depth--;
			at++;
			break;
		case ']':
		case '}':
			depth--;
			at++;
			break;
		case '(':
		case '[':
		case '{':
			depth++;
			at++;
			break;
		default:
			at = next_item(text.at, at, end);
		}
	event->arg_count = 0;
	return false;
}

static bool split_from_right(struct pr_strace_text text, struct pr_strace_event *event,
                             struct pr_strace_text *result)
{
	for (size_t at = text.size; at-- > 0;)
		if (text.at[at] == ')' && closes(text, at, result)) {
			event->args = (struct pr_strace_text){text.at, at};
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

bool pr_strace_text_split(struct pr_strace_text text, bool cut, struct pr_strace_event *event,
                          struct pr_strace_text *result)
{
	if ((cut || !split_from_left(text, event, result)) &&
	    !split_from_right(text, event, result))
		return false;
	cut_unfinished(&event->args);
	return true;
}

/* ---- the result ------------------------------------------------------------------------------ */

static void copy_word(struct pr_strace_text *text, char *word, size_t room)
{
	size_t size = span(*text, WORD);

	size_t kept = size < room ? size : room - 1;

	memcpy(word, text->at, kept);
	word[kept] = '\0';
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

/* Nothing but a few digits: what most calls return.  */
static bool take_plain_result(struct pr_strace_text text, int64_t *result)
{
	int64_t sum = 0;
	size_t at = 0;

	if (text.size == 0 || text.size > 17 || (text.at[0] == '0' && text.size > 1))
		return false;
	while (at < text.size && pr_strace_text_digit(text.at[at]))
		sum = sum * 10 + (text.at[at++] - '0');
	if (at < text.size)
		return false;
	*result = sum;
	return true;
}

void pr_strace_text_result(struct pr_strace_text text, struct pr_strace_event *event)
{
	pr_strace_text_trim(&text);
	event->duration_ns = pr_strace_time_duration(&text);
	event->extra = (struct pr_strace_text){"", 0};
	event->end = PR_STRACE_RETURNED;
	if (take_plain_result(text, &event->result))
		return;
	event->injected = pr_strace_text_ends(text, ")") && pr_strace_has(text, "(INJECTED");
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
