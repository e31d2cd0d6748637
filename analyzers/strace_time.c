/* SPDX-License-Identifier: MIT */
/* analyzers/strace_time.c - times as strace writes them.  */
#include "analyzers/strace_time.h"

#include <endian.h>
#include <string.h>

#include "analyzers/strace_text.h"

/* Seconds; a time of this century is ten times as much, and ten times that still fits in ns.  */
#define STAMP_MAX ((int64_t)500000000)

/* Nanoseconds of the last of so many digits behind the point.  */
static const int64_t fraction_scales[] = {0,     100000000, 10000000, 1000000, 100000,
                                          10000, 1000,      100,      10,      1};

/* The digits behind the point, in nanoseconds.  */
static int64_t parse_fraction(const char *text, size_t size)
{
	int64_t value = 0;
	size_t count = 0;

	while (count < size && count < 9 && pr_strace_text_digit(text[count]))
		value = value * 10 + (text[count++] - '0');
	return value * fraction_scales[count];
}

size_t pr_strace_time_span(struct pr_strace_text text)
{
	size_t size = 0;

	while (size < text.size && (pr_strace_text_digit(text.at[size]) || text.at[size] == ':' ||
	                            text.at[size] == '.'))
		size++;
	return size;
}

int64_t pr_strace_time_any(struct pr_strace_text text)
{
	int64_t whole = 0, field = 0, part = 0;

	for (size_t i = 0; i < text.size; i++) {
		if (pr_strace_text_digit(text.at[i])) {
			if (field < STAMP_MAX)
				field = field * 10 + (text.at[i] - '0');
		} else if (text.at[i] == '.') {
			part = parse_fraction(text.at + i + 1, text.size - i - 1);
			break;
		} else if (whole < STAMP_MAX) {
			whole = (whole + field) * 60;
			field = 0;
		} else {
			return -1;
		}
	}
	if (whole + field > 10 * STAMP_MAX)
		return -1;
	return (whole + field) * 1000000000 + part;
}

/* Eight digits at once, the first two of which may be anything and count as 0 when `six`.  False
 * when there are others.  The product puts neighbours together: digits to pairs, pairs to fours. */
static bool parse_eight(const char *at, bool six, int64_t *value)
{
	const uint64_t zeros = 0x3030303030303030u, high = 0xf0f0f0f0f0f0f0f0u;
	uint64_t text;

	memcpy(&text, at, sizeof(text));
	text = le64toh(text);
	if (six)
		text = (text & ~(uint64_t)0xffff) | 0x3030;
	if ((text & high) != zeros || ((text + 0x0606060606060606u) & high) != zeros)
		return false;
	text -= zeros;
	text = text * 10 + (text >> 8);
	*value = (int64_t)((((text & 0x000000ff000000ffu) * 0x000f424000000064u) +
	                    (((text >> 16) & 0x000000ff000000ffu) * 0x0000271000000001u)) >>
	                   32);
	return true;
}

/* "1700000000.123456", and no digit behind it: what -ttt prints.  */
static const char *parse_time_of_day(struct pr_strace_text text, int64_t *stamp_ns)
{
	const char *at = text.at;
	int64_t first, part;

	if (text.size < 18 || at[10] != '.' || !pr_strace_text_digit(at[8]) ||
	    !pr_strace_text_digit(at[9]) || pr_strace_text_digit(at[17]) ||
	    !parse_eight(at, false, &first) || !parse_eight(at + 9, true, &part))
		return NULL;
	first = first * 100 + (at[8] - '0') * 10 + (at[9] - '0');
	if (first > 10 * STAMP_MAX)
		return NULL;
	*stamp_ns = first * 1000000000 + part * 1000;
	return at + 17;
}

const char *pr_strace_time_seconds(struct pr_strace_text text, int64_t *stamp_ns)
{
	const char *at = parse_time_of_day(text, stamp_ns), *end = text.at + text.size, *first;
	const char *stop = text.size < 10 ? end : text.at + 10;
	int64_t whole = 0, part = 0;

	if (at != NULL)
		return at;
	at = text.at;
	while (at < stop && pr_strace_text_digit(*at))
		whole = whole * 10 + (*at++ - '0');
	if (at == text.at || at == end || *at != '.' || whole > 10 * STAMP_MAX)
		return NULL;
	first = ++at;
	stop = end - at < 9 ? end : at + 9;
	while (at < stop && pr_strace_text_digit(*at))
		part = part * 10 + (*at++ - '0');
	*stamp_ns = whole * 1000000000 + part * fraction_scales[at - first];
	return at == first ? NULL : at;
}

/* " <0.000012>": below ten seconds, which most are.  */
static bool take_short_duration(struct pr_strace_text *text, int64_t *duration_ns)
{
	const char *open;
	int64_t part;

	if (text->size < 11)
		return false;
	open = text->at + text->size - 11;
	if (open[0] != ' ' || open[1] != '<' || !pr_strace_text_digit(open[2]) || open[3] != '.' ||
	    !parse_eight(open + 2, true, &part))
		return false;
	*duration_ns = (open[2] - '0') * (int64_t)1000000000 + part * 1000;
	text->size -= 11;
	return true;
}

int64_t pr_strace_time_duration(struct pr_strace_text *text)
{
	size_t open = text->size;
	struct pr_strace_text digits;
	int64_t duration_ns;

	if (text->size == 0 || text->at[text->size - 1] != '>')
		return -1;
	if (take_short_duration(text, &duration_ns))
		return duration_ns;
	while (open > 0 && text->at[open - 1] != '<')
		open--;
	if (open < 2 || text->at[open - 2] != ' ')
		return -1;
	digits = (struct pr_strace_text){text->at + open, text->size - open - 1};
	if (pr_strace_time_seconds(digits, &duration_ns) == digits.at + digits.size) {
		text->size = open - 2;
		return duration_ns;
	}
	if (digits.size == 0 || pr_strace_time_span(digits) != digits.size)
		return -1;
	text->size = open - 2;
	return pr_strace_time_any(digits);
}
