/* SPDX-License-Identifier: MIT */
/* reports/table.h - a table of a report: columns, groups of rows, cells.
 *
 * Written row by row: pr_table_column for each column first; then pr_table_row (its first cell is
 * the header of the row) and one pr_table_cell for each further column.  A cell has up to three
 * lines: the text, a detail (an interval) and a note in words.  All texts are plain, copied, and
 * escaped by the writers; newlines count as spaces.  */
#ifndef PR_REPORTS_TABLE_H
#define PR_REPORTS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/err.h"

enum pr_tone {
	PR_TONE_PLAIN,
	PR_TONE_GOOD,   /* better, confirmed */
	PR_TONE_BAD,    /* worse, refuted, failed */
	PR_TONE_UNSURE, /* the data cannot say */
	PR_TONE_MUTED,  /* not measured, void */
};

enum pr_column_kind {
	PR_COLUMN_TEXT,
	PR_COLUMN_NUMBER, /* aligned right */
	PR_COLUMN_CODE,   /* names, options, paths, hashes: a fixed-width font */
};

struct pr_cell {
	char *text;
	char *detail; /* may be NULL */
	char *note;   /* may be NULL */
	enum pr_tone tone;
};

struct pr_column {
	char *title;
	char *detail; /* a second line: the unit; may be NULL */
	enum pr_column_kind kind;
};

struct pr_row {
	char *group;           /* not NULL: a heading over the rows that follow; cells is NULL */
	struct pr_cell *cells; /* column_count of them; the first is the row's header */
	size_t filled;
};

struct pr_table {
	char *caption;
	unsigned number; /* "Table 3" */
	bool folded;     /* detail that a reader opens when needed */
	char *link_base; /* not NULL: the first cell of each row is a file below this, to be opened
	                  */
	struct pr_column *columns;
	size_t column_count;
	struct pr_row *rows;
	size_t row_count;
};

/* caption is copied.  */
struct pr_table *pr_table_create(const char *caption, unsigned number);
void pr_table_destroy(struct pr_table **table);

void pr_table_column(struct pr_table *table, enum pr_column_kind kind, const char *title,
                     const char *detail);

/* A heading over the rows that follow (a workload over its phases).  */
void pr_table_group(struct pr_table *table, const char *title);

/* Starts a row; header and detail fill its first cell.  The row before must be full.  */
void pr_table_row(struct pr_table *table, const char *header, const char *detail);

/* Fills the next cell of the current row.  detail and note may be NULL; text NULL is an en dash. */
void pr_table_cell(struct pr_table *table, enum pr_tone tone, const char *text, const char *detail,
                   const char *note);

/* A plain cell.  */
void pr_table_text(struct pr_table *table, const char *fmt, ...) PR_PRINTF(2, 3);

/* A cell that was not measured: an en dash and the reason (may be NULL when a note says it for
 * all).  */
void pr_table_missing(struct pr_table *table, const char *reason);

#endif
