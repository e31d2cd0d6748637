/* SPDX-License-Identifier: MIT */
/* reports/table.c - a table of a report (see table.h).  */
#include "reports/table.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/buf.h"
#include "reports/words.h"

static char *copy(const char *text)
{
	return text ? pr_strdup(text) : NULL;
}

struct pr_table *pr_table_create(const char *caption, unsigned number)
{
	struct pr_table *table = pr_alloc(sizeof(*table));

	*table = (struct pr_table){.caption = pr_strdup(caption), .number = number};
	return table;
}

static void free_row(struct pr_row *row)
{
	for (size_t i = 0; i < row->filled; i++) {
		free(row->cells[i].text);
		free(row->cells[i].detail);
		free(row->cells[i].note);
	}
	free(row->cells);
	free(row->group);
}

void pr_table_destroy(struct pr_table **table)
{
	struct pr_table *t = *table;

	if (!t)
		return;
	for (size_t i = 0; i < t->row_count; i++)
		free_row(&t->rows[i]);
	for (size_t i = 0; i < t->column_count; i++) {
		free(t->columns[i].title);
		free(t->columns[i].detail);
	}
	free(t->rows);
	free(t->columns);
	free(t->caption);
	free(t->link_base);
	free(t);
	*table = NULL;
}

void pr_table_column(struct pr_table *table, enum pr_column_kind kind, const char *title,
                     const char *detail)
{
	assert(table->row_count == 0);
	table->columns =
	        pr_realloc(table->columns, (table->column_count + 1) * sizeof(*table->columns));
	table->columns[table->column_count++] =
	        (struct pr_column){.title = pr_strdup(title), .detail = copy(detail), .kind = kind};
}

static struct pr_row *add_row(struct pr_table *table)
{
	assert(table->row_count == 0 || table->rows[table->row_count - 1].group ||
	       table->rows[table->row_count - 1].filled == table->column_count);
	table->rows = pr_realloc(table->rows, (table->row_count + 1) * sizeof(*table->rows));
	table->rows[table->row_count] = (struct pr_row){0};
	return &table->rows[table->row_count++];
}

void pr_table_group(struct pr_table *table, const char *title)
{
	add_row(table)->group = pr_strdup(title);
}

void pr_table_row(struct pr_table *table, const char *header, const char *detail)
{
	struct pr_row *row = add_row(table);

	assert(table->column_count > 0);
	row->cells = pr_alloc(table->column_count * sizeof(*row->cells));
	pr_table_cell(table, PR_TONE_PLAIN, header, detail, NULL);
}

void pr_table_cell(struct pr_table *table, enum pr_tone tone, const char *text, const char *detail,
                   const char *note)
{
	struct pr_row *row;

	assert(table->row_count > 0);
	row = &table->rows[table->row_count - 1];
	assert(row->cells && row->filled < table->column_count);
	row->cells[row->filled++] = (struct pr_cell){
	        .text = pr_strdup(text ? text : PR_DASH),
	        .detail = copy(detail),
	        .note = copy(note),
	        .tone = tone,
	};
}

void pr_table_text(struct pr_table *table, const char *fmt, ...)
{
	char *text;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	va_end(args);
	pr_table_cell(table, PR_TONE_PLAIN, text, NULL, NULL);
	free(text);
}

void pr_table_missing(struct pr_table *table, const char *reason)
{
	pr_table_cell(table, PR_TONE_MUTED, PR_DASH, NULL, reason);
}
