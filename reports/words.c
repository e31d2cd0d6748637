/* SPDX-License-Identifier: MIT */
/* reports/words.c - numbers as a reader wants them (see words.h).  */
#include "reports/words.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/base/buf.h"

#define MINUS "\u2212"
#define TIMES "\u00d7"
#define SPACE "\u00a0" /* does not break */

struct scale {
	double least; /* the smallest value that uses this line */
	double divisor;
	const char *suffix;
};

static const struct scale rate_scales[] = {
        {1e9, 1e9, SPACE "G"}, {1e6, 1e6, SPACE "M"}, {1e3, 1e3, SPACE "K"}, {0, 1, ""}};
static const struct scale time_scales[] = {{1e9, 1e9, SPACE "s"},
                                           {1e6, 1e6, SPACE "ms"},
                                           {1e3, 1e3, SPACE "\u00b5s"},
                                           {0, 1, SPACE "ns"}};

static struct pr_words dash(void)
{
	return (struct pr_words){PR_DASH};
}

/* Three significant digits without an exponent, two below 0.001; 0 is "0".  size is not negative.
 */
static void put_digits(struct pr_words *out, double size, const char *suffix)
{
	int decimals = 0;

	if (size > 0) {
		decimals = (size < 0.001 ? 1 : 2) - (int)floor(log10(size));
		/* 9.996 has one digit before the point, but rounds to 10.0. */
		if (decimals > 0 && round(size * pow(10, decimals)) >= 1000)
			decimals--;
	}
	if (decimals < 0)
		decimals = 0;
	if (decimals > 9)
		decimals = 9;
	snprintf(out->text, sizeof(out->text), "%.*f%s", decimals, size, suffix);
}

static void put_sign(struct pr_words *out, const char *sign)
{
	struct pr_words digits = *out;

	snprintf(out->text, sizeof(out->text), "%s%.80s", sign, digits.text);
}

/* The scales of a unit; NULL for plain numbers.  */
static const struct scale *find_scales(const char *unit)
{
	if (unit && (!strcmp(unit, "msg/s") || !strcmp(unit, "B/s")))
		return rate_scales;
	return unit && !strcmp(unit, "ns") ? time_scales : NULL;
}

static bool is_ratio(const char *unit)
{
	return unit && strlen(unit) > 4 && !strcmp(unit + strlen(unit) - 4, "/msg");
}

static struct pr_words scaled(double value, const struct scale *scale)
{
	struct pr_words out;
	double size = fabs(value);

	/* 999.6 must become 1.00 K, not 1000: hence the rounding to three digits first. */
	while (scale->least > 0 && size < scale->least * 0.9995)
		scale++;
	put_digits(&out, size / scale->divisor, scale->suffix);
	if (value < 0)
		put_sign(&out, MINUS);
	return out;
}

struct pr_words pr_words_count(double value)
{
	struct pr_words out;
	char digits[64];
	size_t length, used = 0;

	if (isnan(value))
		return dash();
	snprintf(digits, sizeof(digits), "%.0f", fabs(value) < 1e18 ? fabs(value) : 1e18);
	length = strlen(digits);
	for (size_t i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			out.text[used++] = ',';
		out.text[used++] = digits[i];
	}
	out.text[used] = '\0';
	if (value < 0)
		put_sign(&out, MINUS);
	return out;
}

struct pr_words pr_words_value(double value, const char *unit)
{
	struct pr_words out;

	if (isnan(value))
		return dash();
	if (find_scales(unit))
		return scaled(value, find_scales(unit));
	if ((value == floor(value) && !is_ratio(unit)) || fabs(value) >= 999.5)
		return pr_words_count(value);
	put_digits(&out, fabs(value), "");
	if (value < 0)
		put_sign(&out, MINUS);
	return out;
}

struct pr_words pr_words_mark(double value, const char *unit)
{
	const struct scale *scale = find_scales(unit);
	struct pr_words out;

	while (scale && scale->least > 0 && value < scale->least * 0.9995)
		scale++;
	snprintf(out.text, sizeof(out.text), "%.6g%s", scale ? value / scale->divisor : value,
	         scale ? scale->suffix : "");
	return out;
}

/* Percent with one decimal and an explicit sign; two decimals below 0.1 %.  */
static struct pr_words percent(double fraction)
{
	struct pr_words out;
	double size = fabs(fraction) * 100;
	int decimals = size < 0.095 && size > 0 ? 2 : size < 99.95 ? 1 : 0;

	snprintf(out.text, sizeof(out.text), "%s%.*f",
	         fraction < 0   ? MINUS
	         : fraction > 0 ? "+"
	                        : "",
	         decimals, size);
	return out;
}

static struct pr_words factor(double effect)
{
	struct pr_words out;

	put_digits(&out, 1 + effect, "");
	return out;
}

struct pr_words pr_words_effect(double effect, double lo, double hi)
{
	struct pr_words out;
	int as_factor = effect >= 1;
	struct pr_words (*form)(double) = as_factor ? factor : percent;

	if (isnan(effect))
		return dash();
	if (isnan(lo) || isnan(hi))
		snprintf(out.text, sizeof(out.text), "%s%.30s%s", as_factor ? TIMES : "",
		         form(effect).text, as_factor ? "" : SPACE "%");
	else
		snprintf(out.text, sizeof(out.text), "%s%.24s%s [%.24s," SPACE "%.24s]",
		         as_factor ? TIMES : "", form(effect).text, as_factor ? "" : SPACE "%",
		         form(lo).text, form(hi).text);
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

char *pr_words_shell(const char *text)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	                           "_-./,:=+@%";
	struct pr_buf out;

	pr_buf_init(&out);
	if (*text && text[strspn(text, safe)] == '\0') {
		pr_buf_puts(&out, text);
	} else {
		pr_buf_puts(&out, "'");
		for (const char *c = text; *c; c++) {
			if (*c == '\'')
				pr_buf_puts(&out, "'\\''");
			else
				pr_buf_add(&out, c, 1);
		}
		pr_buf_puts(&out, "'");
	}
	return out.text; /* the caller frees it */
}
