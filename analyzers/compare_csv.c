/* SPDX-License-Identifier: MIT */
/* analyzers/compare_csv.c - the rows of a comparison as comma-separated values.  */
#include <string.h>

#include "analyzers/compare_format.h"
#include "core/base/buf.h"
#include "core/base/escape.h"

/* "side.member" reaches into baseline and current.  */
static const char *const columns[] = {"workload",
                                      "phase",
                                      "metric",
                                      "unit",
                                      "direction",
                                      "gating",
                                      "baseline.value",
                                      "baseline.lo",
                                      "baseline.hi",
                                      "baseline.n",
                                      "current.value",
                                      "current.lo",
                                      "current.hi",
                                      "current.n",
                                      "effect",
                                      "effect_lo",
                                      "effect_hi",
                                      "pairs",
                                      "p",
                                      "p_adjusted",
                                      "mde",
                                      "floor",
                                      "verdict",
                                      "note",
                                      "delta",
                                      "effect_median_lo",
                                      "effect_median_hi",
                                      "tomorrow_lo",
                                      "tomorrow_hi",
                                      "lag1",
                                      "lag1_p",
                                      "dependent",
                                      NULL};

static const json_t *find_member(const json_t *row, const char *path)
{
	const char *dot = strchr(path, '.');
	char side[32];

	if (dot == NULL)
		return json_object_get(row, path);
	memcpy(side, path, (size_t)(dot - path));
	side[dot - path] = '\0';
	return json_object_get(json_object_get(row, side), dot + 1);
}

static void add_value(struct pr_buf *out, const json_t *value)
{
	if (json_is_string(value))
		pr_escape_csv(out, json_string_value(value));
	else if (json_is_integer(value))
		pr_buf_printf(out, "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value))
		pr_buf_printf(out, "%.15g", json_real_value(value));
	else if (json_is_boolean(value))
		pr_buf_puts(out, json_is_true(value) ? "yes" : "no");
}

/* baseline.lo becomes baseline_lo.  */
static void add_header(struct pr_buf *out)
{
	for (size_t i = 0; columns[i] != NULL; i++) {
		size_t start;

		pr_buf_puts(out, i > 0 ? "," : "");
		start = out->size;
		pr_buf_puts(out, columns[i]);
		for (char *at = out->text + start; *at != '\0'; at++)
			if (*at == '.')
				*at = '_';
	}
	pr_buf_puts(out, "\n");
}

char *pr_compare_csv(const json_t *comparison)
{
	struct pr_buf out;
	size_t i;
	json_t *row;

	pr_buf_init(&out);
	add_header(&out);
	json_array_foreach(json_object_get(comparison, "rows"), i, row)
	{
		for (size_t c = 0; columns[c] != NULL; c++) {
			pr_buf_puts(&out, c > 0 ? "," : "");
			add_value(&out, find_member(row, columns[c]));
		}
		pr_buf_puts(&out, "\n");
	}
	return out.text;
}
