/* SPDX-License-Identifier: MIT */
/* analyzers/view.h - what a command shows: paragraphs and tables, free of any output format.
 *
 * Built from a JSON document, then written as text for a terminal or a pipe, or as Markdown.  All
 * texts are copied.  */
#ifndef PR_VIEW_H
#define PR_VIEW_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/base/err.h"

enum pr_view_tone { PR_VIEW_PLAIN, PR_VIEW_GOOD, PR_VIEW_BAD, PR_VIEW_UNSURE };

enum pr_view_kind {
	PR_VIEW_LEAD, /* the verdict */
	PR_VIEW_PARAGRAPH,
	PR_VIEW_ITEM, /* of a list */
	PR_VIEW_NOTE, /* small print */
	PR_VIEW_TABLE,
};

#define PR_VIEW_LINES 4

struct pr_view_cell {
	char *lines[PR_VIEW_LINES]; /* NULL: none */
	enum pr_view_tone tone;
};

struct pr_view_table {
	char *title;
	char **columns;
	bool *right; /* numbers stand to the right */
	size_t column_count;
	bool dense;      /* rows of several lines follow each other without a blank one */
	size_t repeated; /* columns that come again when a table is cut to fit the width */
	struct pr_view_cell *cells; /* row by row */
	size_t cell_count;
};

struct pr_view_block {
	enum pr_view_kind kind;
	char *text;
	struct pr_view_table *table;
};

struct pr_view {
	struct pr_view_block *blocks;
	size_t count;
};

struct pr_view *pr_view_create(void);
void pr_view_destroy(struct pr_view **view);

void pr_view_add(struct pr_view *view, enum pr_view_kind kind, const char *fmt, ...)
        PR_PRINTF(3, 4);

/* A note for each text of an array; NULL: none.  */
void pr_view_notes(struct pr_view *view, const json_t *texts);

/* The table belongs to the view; fill it before the next block.  Columns first, then cells row by
 * row; lines may be NULL.  */
struct pr_view_table *pr_view_add_table(struct pr_view *view, const char *title, size_t repeated);
void pr_view_column(struct pr_view_table *table, const char *name, bool right);
void pr_view_cell(struct pr_view_table *table, enum pr_view_tone tone, const char *line1,
                  const char *line2, const char *line3, const char *line4);

/* Text of at most `width` columns (tables are cut into several).  The LC_CTYPE locale must be one
 * with UTF-8; the result is UTF-8.  The caller frees.  */
char *pr_view_text(const struct pr_view *view, size_t width, bool colour);

char *pr_view_markdown(const struct pr_view *view);

/* Writes text to standard output as this terminal can show it: sets the locale up, leaves colours
 * out when NO_COLOR says so or it is no terminal, and spells signs in ASCII where there is no
 * UTF-8.  */
void pr_view_print(const struct pr_view *view);

/* The choices of an option --format text|json|md, ended by NULL; pr_view_output takes the index. */
extern const char *const pr_view_formats[];

/* Writes a document to standard output in that format: itself as JSON, or the view that view_of
 * makes of it (freed here).  */
void pr_view_output(const json_t *document, struct pr_view *(*view_of)(const json_t *document),
                    int format);

#endif
