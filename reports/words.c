/* SPDX-License-Identifier: MIT */
/* reports/words.c - numbers as a reader wants them (see words.h).  */
#include "reports/words.h"

#include <stdio.h>
#include <string.h>

#include "analyzers/numbers.h"

#define SPACE "\u00a0" /* does not break */

/* What belongs together stays together: only before an interval may a line break.  */
static struct pr_words glue(struct pr_numbers numbers)
{
	struct pr_words out;
	size_t used = 0;

	for (const char *c = numbers.text; *c && used + sizeof(SPACE) < sizeof(out.text); c++) {
		if (*c == ' ' && c[1] != '[') {
			memcpy(out.text + used, SPACE, sizeof(SPACE) - 1);
			used += sizeof(SPACE) - 1;
		} else {
			out.text[used++] = *c;
		}
	}
	out.text[used] = '\0';
	return out;
}

struct pr_words pr_words_count(double value)
{
	return glue(pr_numbers_count(value));
}

struct pr_words pr_words_value(double value, const char *unit)
{
	return glue(pr_numbers_value(value, unit));
}

struct pr_words pr_words_percent(double fraction)
{
	return glue(pr_numbers_percent(fraction));
}

struct pr_words pr_words_effect(double effect, double lo, double hi)
{
	return glue(pr_numbers_effect(effect, lo, hi));
}

struct pr_words pr_words_mark(double value, const char *unit)
{
	struct pr_words out = pr_words_value(value, unit);
	char *point = strchr(out.text, '.');
	size_t idle = 0, digits;

	if (!point)
		return out;
	digits = strspn(point + 1, "0123456789");
	while (idle < digits && point[digits - idle] == '0')
		idle++;
	if (idle == digits)
		idle++; /* the point itself */
	memmove(point + 1 + digits - idle, point + 1 + digits, strlen(point + 1 + digits) + 1);
	return out;
}

static const struct verdict {
	const char *name, *word;
	enum pr_tone tone;
} verdicts[] = {
        {"improved", "improved", PR_TONE_GOOD},
        {"regressed", "regressed", PR_TONE_BAD},
        {"changed-below-floor", "below the floor", PR_TONE_MUTED},
        {"equivalent", "equivalent", PR_TONE_PLAIN},
        {"inconclusive", "inconclusive", PR_TONE_UNSURE},
        {"void", "void", PR_TONE_MUTED},
        {"confirmed", "confirmed", PR_TONE_GOOD},
        {"refuted", "refuted", PR_TONE_BAD},
        {"not-shown", "not shown", PR_TONE_UNSURE},
        {"not-testable", "not testable by this run", PR_TONE_MUTED},
        {"yes", "yes", PR_TONE_BAD},
        {"no", "no", PR_TONE_PLAIN},
        {"cannot tell", "cannot tell", PR_TONE_UNSURE},
};

static const struct verdict *find_verdict(const char *name)
{
	for (size_t i = 0; name && i < sizeof(verdicts) / sizeof(*verdicts); i++)
		if (!strcmp(verdicts[i].name, name))
			return &verdicts[i];
	return NULL;
}

const char *pr_words_verdict(const char *verdict)
{
	const struct verdict *found = find_verdict(verdict);

	return found ? found->word : verdict;
}

enum pr_tone pr_words_tone(const char *verdict)
{
	const struct verdict *found = find_verdict(verdict);

	return found ? found->tone : PR_TONE_PLAIN;
}

struct pr_words pr_words_plural(double count, const char *one, const char *many)
{
	struct pr_words out;

	snprintf(out.text, sizeof(out.text), "%.40s %.50s", pr_words_count(count).text,
	         count == 1 ? one : many);
	return out;
}
