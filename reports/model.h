/* SPDX-License-Identifier: MIT */
/* reports/model.h - a report as a list of blocks, free of any output format.
 *
 * Built once (outline.c) from the JSON documents, then handed to each writer (report.h).  All texts
 * are plain and copied; escaping is the writers' business.  Tables and figures are numbered as they
 * come; headings are numbered 1, 1.1, ... in the same way.  */
#ifndef PR_REPORTS_MODEL_H
#define PR_REPORTS_MODEL_H

#include <stddef.h>

#include "core/base/err.h"
#include "reports/table.h"

enum pr_block_kind {
	PR_BLOCK_HEADING,
	PR_BLOCK_PARAGRAPH,
	PR_BLOCK_LIST,
	PR_BLOCK_COMMAND,
	PR_BLOCK_TABLE,
	PR_BLOCK_FIGURE,
};

enum pr_paragraph_kind {
	PR_PARAGRAPH_PLAIN,
	PR_PARAGRAPH_LEAD,    /* the verdict, first and large */
	PR_PARAGRAPH_WARNING, /* what a reader must not overlook */
};

struct pr_heading {
	char *number; /* "2.1" */
	char *title;
	unsigned level; /* 1 or 2 */
};

struct pr_paragraph {
	char *text;
	enum pr_paragraph_kind kind;
};

struct pr_list {
	char **items;
	size_t count;
};

struct pr_command {
	char *label; /* "Repeat this run" */
	char *line;  /* to be pasted into a shell */
};

struct pr_panel {
	char *name; /* unique in the report; also a file name */
	char *alt;  /* what the picture shows, for those who cannot see it */
	char *svg;  /* colours as var(--p1) and currentColor */
};

struct pr_figure {
	char *caption;
	unsigned number;
	char *missing; /* not NULL: why there is no picture, or not all of it */
	struct pr_panel *panels;
	size_t panel_count;
};

struct pr_block {
	enum pr_block_kind kind;
	union {
		struct pr_heading heading;
		struct pr_paragraph paragraph;
		struct pr_list list;
		struct pr_command command;
		struct pr_table *table;
		struct pr_figure *figure;
	} as;
};

struct pr_model {
	char *title;
	struct pr_block *blocks;
	size_t block_count;
	unsigned section, subsection, tables, figures; /* numbers given out so far */
};

struct pr_model *pr_model_create(const char *title);
void pr_model_destroy(struct pr_model **model);

/* level 1 is a section, 2 a part of it.  */
void pr_model_heading(struct pr_model *model, unsigned level, const char *title);
void pr_model_paragraph(struct pr_model *model, enum pr_paragraph_kind kind, const char *fmt, ...)
        PR_PRINTF(3, 4);

/* Adds to the list that is the last block, or begins one.  */
void pr_model_item(struct pr_model *model, const char *fmt, ...) PR_PRINTF(2, 3);

void pr_model_command(struct pr_model *model, const char *label, const char *line);

/* Both belong to the model; fill them before the next block.  */
struct pr_table *pr_model_table(struct pr_model *model, const char *caption);
struct pr_figure *pr_model_figure(struct pr_model *model, const char *caption);

/* svg is taken.  */
void pr_model_panel(struct pr_figure *figure, const char *name, const char *alt, char **svg);

/* Says why a figure, or a panel of it, is not there.  */
void pr_model_figure_missing(struct pr_figure *figure, const char *reason);

#endif
