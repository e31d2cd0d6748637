/* SPDX-License-Identifier: MIT */
/* analyzers/trace/view_calls.c - the table of system calls of a trace.  */
#include <stdlib.h>
#include <string.h>

#include "analyzers/trace/view_cells.h"
#include "core/base/buf.h"

/* "EAGAIN 12, EINTR 1"  */
static char *error_words(const json_t *call)
{
	struct pr_buf text;
	const char *name;
	json_t *count;

	pr_buf_init(&text);
	json_object_foreach(json_object_get(call, "errors"), name, count)
	        pr_buf_printf(&text, "%s%s %lld", text.size > 0 ? ", " : "", name,
	                      (long long)json_integer_value(count));
	return text.text;
}

/* The size that half of the calls do not exceed, by powers of two.  */
static void cell_median(struct pr_view_table *table, const json_t *call)
{
	const json_t *sizes = json_object_get(json_object_get(call, "sizes"), "up_to");
	json_int_t all = 0, below = 0;
	char text[64] = "\u2013";
	json_t *pair;
	size_t i;

	json_array_foreach((json_t *)sizes, i, pair) all +=
	        json_integer_value(json_array_get(pair, 1));
	json_array_foreach((json_t *)sizes, i, pair)
	{
		below += json_integer_value(json_array_get(pair, 1));
		if (below * 2 < all)
			continue;
		snprintf(text, sizeof(text), "\u2264 %lld",
		         (long long)json_integer_value(json_array_get(pair, 0)));
		break;
	}
	cell_text(table, text);
}

/* Bytes of calls that move some; what other calls return is no size.  */
static void cell_bytes(struct pr_view_table *table, const json_t *call)
{
	if (json_is_object(json_object_get(call, "sizes")))
		cell_count(table, call, "bytes");
	else
		cell_text(table, "\u2013");
}

/* Microseconds of one call, on average.  */
static void cell_mean(struct pr_view_table *table, const json_t *call)
{
	const json_t *time_ns = json_object_get(call, "time_ns");
	json_int_t calls = count_of(call, "calls");
	char text[64] = "\u2013";

	if (json_is_integer(time_ns) && calls > 0)
		snprintf(text, sizeof(text), "%.1f",
		         (double)json_integer_value(time_ns) / (double)calls / 1e3);
	cell_text(table, text);
}

static bool any(const json_t *list, const char *key)
{
	json_t *item;
	size_t i;

	json_array_foreach((json_t *)list, i,
	                   item) if (!json_is_null(json_object_get(item, key))) return true;
	return false;
}

/* A thread that ends never returns from exit, which is nothing to tell.  */
static bool any_unfinished(const json_t *list)
{
	json_t *item;
	size_t i;

	json_array_foreach((json_t *)list, i, item) if (count_of(item, "unfinished") > 0 &&
	                                                strncmp(pr_json_text_or(item, "name", ""),
	                                                        "exit", 4) != 0) return true;
	return false;
}

static void add_call_row(struct pr_view_table *table, const json_t *item, bool unfinished,
                         bool sized, bool timed)
{
	char *errors = error_words(item);

	cell_text(table, pr_json_text_or(item, "name", ""));
	cell_count(table, item, "calls");
	cell_count(table, item, "ok");
	cell_text(table, errors);
	if (unfinished)
		cell_count(table, item, "unfinished");
	if (sized) {
		cell_bytes(table, item);
		cell_median(table, item);
	}
	if (timed) {
		cell_ms(table, item, "time_ns");
		cell_mean(table, item);
	}
	free(errors);
}

/* What the rows that are not shown hold together.  */
static void rest_note(struct pr_view *view, const json_t *list, size_t shown)
{
	json_int_t calls = 0, ok = 0;
	json_t *item;
	size_t i;

	if (json_array_size(list) <= shown)
		return;
	json_array_foreach((json_t *)list, i, item)
	{
		calls += i < shown ? 0 : count_of(item, "calls");
		ok += i < shown ? 0 : count_of(item, "ok");
	}
	pr_view_add(
	        view, PR_VIEW_NOTE,
	        "%zu more system calls, made %lld times together (%lld failed), are in --format "
	        "json.",
	        json_array_size(list) - shown, (long long)calls, (long long)(calls - ok));
}

void pr_trace_view_calls(struct pr_view *view, const char *title, const json_t *list)
{
	bool unfinished = any_unfinished(list), sized = any(list, "sizes"),
	     timed = any(list, "time_ns");
	struct pr_view_table *table;
	json_t *item;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	table = pr_view_add_table(view, title, 1);
	pr_view_column(table, "CALL", false);
	pr_view_column(table, "CALLS", true);
	pr_view_column(table, "OK", true);
	pr_view_column(table, "ERRORS", false);
	if (unfinished)
		pr_view_column(table, "UNFINISHED", true);
	if (sized) {
		pr_view_column(table, "BYTES", true);
		pr_view_column(table, "MEDIAN SIZE", true);
	}
	if (timed) {
		pr_view_column(table, "TIME MS", true);
		pr_view_column(table, "\u00b5s A CALL", true);
	}
	json_array_foreach((json_t *)list, i, item) if (i < PR_TRACE_VIEW_ROWS)
	        add_call_row(table, item, unfinished, sized, timed);
	rest_note(view, list, PR_TRACE_VIEW_ROWS);
}
