/* SPDX-License-Identifier: MIT */
/* analyzers/trace/view_cells.h - what the tables of a trace share.  Private to view*.c.  */
#ifndef PR_TRACE_VIEW_CELLS_H
#define PR_TRACE_VIEW_CELLS_H

#include <jansson.h>
#include <stdio.h>

#include "analyzers/numbers.h"
#include "analyzers/view.h"
#include "core/base/json.h"

/* Rows of a table; the rest is in the JSON.  */
#define PR_TRACE_VIEW_ROWS 20

/* Adds a table of system calls (`syscalls` of the document, or those of a stage).  Columns that
 * would be empty are left out; nothing is added when there are no calls.  */
void pr_trace_view_calls(struct pr_view *view, const char *title, const json_t *list);

static inline json_int_t count_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static inline void cell_text(struct pr_view_table *table, const char *text)
{
	pr_view_cell(table, PR_VIEW_PLAIN, text, NULL, NULL, NULL);
}

static inline void cell_count(struct pr_view_table *table, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (json_is_integer(value))
		cell_text(table, pr_numbers_count((double)json_integer_value(value)).text);
	else
		cell_text(table, "\u2013");
}

static inline void cell_ms(struct pr_view_table *table, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	char text[64];

	if (!json_is_integer(value)) {
		cell_text(table, "\u2013");
		return;
	}
	snprintf(text, sizeof(text), "%.3f", (double)json_integer_value(value) / 1e6);
	cell_text(table, text);
}

#endif
