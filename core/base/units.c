/* SPDX-License-Identifier: MIT */
/* core/base/units.c - numbers with units, as users type them.  */
#include "core/base/units.h"

#include <stddef.h>
#include <string.h>

struct unit {
	const char *suffix;
	uint64_t factor;
};

static const struct unit byte_units[] = {
        {"", 1},     {"K", 1024},        {"M", 1024 * 1024},        {"G", 1024 * 1024 * 1024},
        {"k", 1024}, {"m", 1024 * 1024}, {"g", 1024 * 1024 * 1024}, {NULL, 0},
};

static const struct unit time_units[] = {
        {"", 1000000000},  {"ns", 1},          {"us", 1000},         {"ms", 1000000},
        {"s", 1000000000}, {"m", 60000000000}, {"h", 3600000000000}, {NULL, 0},
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Reads digits; false when there are none or when they exceed 64 bits.  *end is what follows.  */
static bool read_digits(const char *text, uint64_t *value, const char **end)
{
	*value = 0;
	if (!is_digit(*text))
		return false;
	for (; is_digit(*text); text++)
		if (__builtin_mul_overflow(*value, 10, value) ||
		    __builtin_add_overflow(*value, (uint64_t)(*text - '0'), value))
			return false;
	*end = text;
	return true;
}

/* Reads 12, 1.5 or .5 and gives the text behind it.  */
static bool read_decimal(const char *text, double *value, const char **end)
{
	double place = 1;
	const char *start = text;
	size_t digits = 0;

	*value = 0;
	for (; is_digit(*text); text++, digits++)
		*value = *value * 10 + (*text - '0');
	if (*text == '.')
		for (text++; is_digit(*text); text++, digits++) {
			*value = *value * 10 + (*text - '0');
			place *= 10;
		}
	*value /= place;
	*end = text;
	return digits > 0 && text - start < 20;
}

static const struct unit *find_unit(const struct unit *units, const char *suffix)
{
	for (; units->suffix != NULL; units++)
		if (strcmp(units->suffix, suffix) == 0)
			return units;
	return NULL;
}

bool pr_units_read_count(const char *text, uint64_t *value)
{
	const char *end;

	return read_digits(text, value, &end) && *end == '\0';
}

bool pr_units_read_bytes(const char *text, uint64_t *value)
{
	const char *end;
	const struct unit *unit;

	if (!read_digits(text, value, &end))
		return false;
	unit = find_unit(byte_units, end);
	return unit != NULL && !__builtin_mul_overflow(*value, unit->factor, value);
}

bool pr_units_read_time(const char *text, int64_t *value_ns)
{
	double number;
	const char *end;
	const struct unit *unit;

	if (!read_decimal(text, &number, &end))
		return false;
	unit = find_unit(time_units, end);
	if (unit == NULL || number * (double)unit->factor >= 9e18)
		return false;
	*value_ns = (int64_t)(number * (double)unit->factor + 0.5);
	return true;
}

bool pr_units_read_percent(const char *text, double *fraction)
{
	const char *end;

	if (!read_decimal(text, fraction, &end) || !(*end == '\0' || strcmp(end, "%") == 0))
		return false;
	*fraction /= 100;
	return true;
}

/* The number in the largest unit of the table that divides it.  */
static void format_units(const struct unit *units, uint64_t number, struct pr_buf *out)
{
	const struct unit *best = NULL;

	for (; units->suffix != NULL; units++)
		if (number % units->factor == 0 && (best == NULL || units->factor > best->factor))
			best = units;
	if (number == 0 || best == NULL)
		pr_buf_puts(out, "0");
	else
		pr_buf_printf(out, "%llu%s", (unsigned long long)(number / best->factor),
		              best->suffix);
}

void pr_units_format_bytes(uint64_t bytes, struct pr_buf *out)
{
	format_units(byte_units, bytes, out);
}

void pr_units_format_time(int64_t ns, struct pr_buf *out)
{
	format_units(time_units + 1, (uint64_t)ns, out);
}
