/* SPDX-License-Identifier: MIT */
/* analyzers/numbers.c - numbers in sentences and tables (see numbers.h).  */
#include "analyzers/numbers.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define DASH  "\u2013"
#define MINUS "\u2212"
#define TIMES "\u00d7"

struct scale {
	double least;
	double divisor;
	const char *suffix;
};

static const struct scale rate_scales[] = {
        {1e9, 1e9, " G"}, {1e6, 1e6, " M"}, {1e3, 1e3, " K"}, {0, 1, ""}};
static const struct scale time_scales[] = {
        {1e9, 1e9, " s"}, {1e6, 1e6, " ms"}, {1e3, 1e3, " \u00b5s"}, {0, 1, " ns"}};
static const struct scale byte_scales[] = {
        {1 << 30, 1 << 30, " GiB"}, {1 << 20, 1 << 20, " MiB"}, {10240, 1024, " KiB"}, {0, 1, ""}};
static const struct scale plain_scales[] = {{0, 1, ""}};

static struct pr_numbers format(const char *sign, int decimals, double size, const char *suffix)
{
	struct pr_numbers out;

	snprintf(out.text, sizeof(out.text), "%.4s%.*f%.8s", sign, decimals, size, suffix);
	return out;
}

static struct pr_numbers dash(void)
{
	return (struct pr_numbers){DASH};
}

/* Decimals for three significant digits; 0.00012 keeps two.  */
static int decimals_for(double size)
{
	int decimals;

	if (size <= 0)
		return 0;
	decimals = (size < 0.001 ? 1 : 2) - (int)floor(log10(size));
	/* 9.996 has one digit before the point, but rounds to 10.0.  */
	if (decimals > 0 && round(size * pow(10, decimals)) >= 1000)
		decimals--;
	return decimals < 0 ? 0 : decimals > 9 ? 9 : decimals;
}

static const char *sign_of(double value)
{
	return value < 0 ? MINUS : "";
}

static const struct scale *scales_of(const char *unit)
{
	if (unit != NULL && strcmp(unit, "msg/s") == 0)
		return rate_scales;
	if (unit != NULL && strcmp(unit, "ns") == 0)
		return time_scales;
	if (unit != NULL && strcmp(unit, "bytes") == 0)
		return byte_scales;
	return plain_scales;
}

static bool is_per_message(const char *unit)
{
	size_t size = unit == NULL ? 0 : strlen(unit);

	return size > 4 && strcmp(unit + size - 4, "/msg") == 0;
}

struct pr_numbers pr_numbers_count(double value)
{
	struct pr_numbers out;
	char digits[64];
	size_t length, used = 0;

	if (isnan(value))
		return dash();
	snprintf(digits, sizeof(digits), "%.0f", fmin(fabs(value), 1e18));
	length = strlen(digits);
	used = (size_t)snprintf(out.text, sizeof(out.text), "%s", sign_of(value));
	for (size_t i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			out.text[used++] = ',';
		out.text[used++] = digits[i];
	}
	out.text[used] = '\0';
	return out;
}

struct pr_numbers pr_numbers_value(double value, const char *unit)
{
	const struct scale *scale = scales_of(unit);
	double size = fabs(value);

	if (isnan(value))
		return dash();
	/* 999.6 is 1.00 K, not 1000: compare after rounding to three digits.  */
	while (scale->least > 0 && size < scale->least * 0.9995)
		scale++;
	if (scale->divisor == 1 &&
	    ((size == floor(size) && !is_per_message(unit)) || size >= 999.5)) {
		struct pr_numbers count = pr_numbers_count(value);

		snprintf(count.text + strlen(count.text), 8, "%s", scale->suffix);
		return count;
	}
	size /= scale->divisor;
	return format(sign_of(value), decimals_for(size), size, scale->suffix);
}

/* One decimal, two below 0.1 %, none from 100 % on.  */
static int percent_decimals(double size)
{
	if (size > 0 && size < 0.095)
		return 2;
	return size < 99.95 ? 1 : 0;
}

static const char *plus_or_minus(double value)
{
	return value < 0 ? MINUS : value > 0 ? "+" : "";
}

struct pr_numbers pr_numbers_tenths(double value, bool is_signed)
{
	double size = fabs(value);
	const char *sign = size < 0.05 ? "" : is_signed ? plus_or_minus(value) : sign_of(value);
	struct pr_numbers out;

	if (isnan(value))
		return dash();
	/* 99.96 has no decimal: it rounds to 100.0.  */
	if (size < 99.95)
		return format(sign, 1, size, "");
	snprintf(out.text, sizeof(out.text), "%.4s%.90s", sign, pr_numbers_count(size).text);
	return out;
}

struct pr_numbers pr_numbers_percent(double fraction)
{
	double size = fabs(fraction) * 100;

	if (isnan(fraction))
		return dash();
	return format(sign_of(fraction), percent_decimals(size), size, " %");
}

static struct pr_numbers bare_change(double fraction)
{
	double size = fabs(fraction) * 100;

	return format(plus_or_minus(fraction), percent_decimals(size), size, "");
}

struct pr_numbers pr_numbers_change(double fraction)
{
	double size = fabs(fraction) * 100;

	if (isnan(fraction))
		return dash();
	return format(plus_or_minus(fraction), percent_decimals(size), size, " %");
}

static struct pr_numbers bare_factor(double effect)
{
	return format("", decimals_for(1 + effect), 1 + effect, "");
}

static struct pr_numbers effect_text(double effect, double lo, double hi, bool factor)
{
	struct pr_numbers (*form)(double) = factor ? bare_factor : bare_change;
	struct pr_numbers out;
	int used;

	if (isnan(effect))
		return dash();
	used = snprintf(out.text, sizeof(out.text), "%s%.24s%s", factor ? TIMES : "",
	                form(effect).text, factor ? "" : " %");
	if (!isnan(lo) && !isnan(hi))
		snprintf(out.text + used, sizeof(out.text) - (size_t)used, " [%.24s, %.24s]",
		         form(lo).text, form(hi).text);
	return out;
}

struct pr_numbers pr_numbers_effect(double effect, double lo, double hi)
{
	return effect_text(effect, lo, hi, effect >= 1);
}

struct pr_numbers pr_numbers_factor(double effect, double lo, double hi)
{
	return effect_text(effect, lo, hi, true);
}

struct pr_numbers pr_numbers_p(double p)
{
	if (isnan(p))
		return dash();
	if (p < 0.0005)
		return (struct pr_numbers){"< 0.001"};
	return format("", 3, p, "");
}

struct pr_numbers pr_numbers_plural(double count, const char *noun)
{
	struct pr_numbers out;

	snprintf(out.text, sizeof(out.text), "%.40s %.48s%s", pr_numbers_count(count).text, noun,
	         count == 1 ? "" : "s");
	return out;
}
