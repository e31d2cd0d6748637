/* SPDX-License-Identifier: MIT */
/* analyzers/view.c - building a view, and writing it as Markdown.  */
#include "analyzers/view.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"

/* ---- building -------------------------------------------------------------------------------- */

struct pr_view *pr_view_create(void)
{
	struct pr_view *view = pr_alloc(sizeof(*view));

	memset(view, 0, sizeof(*view));
	return view;
}

static void destroy_table(struct pr_view_table *table)
{
	if (table == NULL)
		return;
	for (size_t i = 0; i < table->column_count; i++)
		free(table->columns[i]);
	for (size_t i = 0; i < table->cell_count; i++)
		for (size_t line = 0; line < PR_VIEW_LINES; line++)
			free(table->cells[i].lines[line]);
	free(table->title);
	free(table->columns);
	free(table->right);
	free(table->cells);
	free(table);
}

void pr_view_destroy(struct pr_view **view)
{
	struct pr_view *old = *view;

	*view = NULL;
	if (old == NULL)
		return;
	for (size_t i = 0; i < old->count; i++) {
		free(old->blocks[i].text);
		destroy_table(old->blocks[i].table);
	}
	free(old->blocks);
	free(old);
}

static struct pr_view_block *add_block(struct pr_view *view, enum pr_view_kind kind)
{
	struct pr_view_block *block;

	view->blocks = pr_realloc(view->blocks, (view->count + 1) * sizeof(*view->blocks));
	block = &view->blocks[view->count++];
	*block = (struct pr_view_block){.kind = kind};
	return block;
}

void pr_view_add(struct pr_view *view, enum pr_view_kind kind, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = pr_strdup("");
	va_end(args);
	add_block(view, kind)->text = text;
}

void pr_view_notes(struct pr_view *view, const json_t *texts)
{
	size_t i;
	json_t *text;

	json_array_foreach((json_t *)texts, i, text)
	{
		pr_view_add(view, PR_VIEW_NOTE, "%s", json_string_value(text));
	}
}

struct pr_view_table *pr_view_add_table(struct pr_view *view, const char *title, size_t repeated)
{
	struct pr_view_table *table = pr_alloc(sizeof(*table));

	memset(table, 0, sizeof(*table));
	table->title = pr_strdup(title);
	table->repeated = repeated;
	add_block(view, PR_VIEW_TABLE)->table = table;
	return table;
}

void pr_view_column(struct pr_view_table *table, const char *name, bool right)
{
	size_t count = table->column_count + 1;

	table->columns = pr_realloc(table->columns, count * sizeof(*table->columns));
	table->right = pr_realloc(table->right, count * sizeof(*table->right));
	table->columns[count - 1] = pr_strdup(name);
	table->right[count - 1] = right;
	table->column_count = count;
}

void pr_view_cell(struct pr_view_table *table, enum pr_view_tone tone, const char *line1,
                  const char *line2, const char *line3, const char *line4)
{
	const char *lines[PR_VIEW_LINES] = {line1, line2, line3, line4};
	struct pr_view_cell *cell;

	table->cells = pr_realloc(table->cells, (table->cell_count + 1) * sizeof(*table->cells));
	cell = &table->cells[table->cell_count++];
	*cell = (struct pr_view_cell){.tone = tone};
	for (size_t i = 0; i < PR_VIEW_LINES; i++)
		cell->lines[i] = lines[i] != NULL ? pr_strdup(lines[i]) : NULL;
}

/* ---- Markdown -------------------------------------------------------------------------------- */

static void add_escaped(struct pr_buf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (strchr("\\`*_|<>#", *text) != NULL)
			pr_buf_puts(out, "\\");
		pr_buf_add(out, text, 1);
	}
}

static void add_md_cell(struct pr_buf *out, const struct pr_view_cell *cell)
{
	const char *separator = " ";

	for (size_t i = 0; i < PR_VIEW_LINES; i++) {
		if (cell->lines[i] == NULL || cell->lines[i][0] == '\0')
			continue;
		pr_buf_puts(out, separator);
		add_escaped(out, cell->lines[i]);
		separator = "<br>";
	}
	pr_buf_puts(out, " |");
}

static void add_md_table(struct pr_buf *out, const struct pr_view_table *table)
{
	if (table->title[0] != '\0') {
		pr_buf_puts(out, "**");
		add_escaped(out, table->title);
		pr_buf_puts(out, "**\n\n");
	}
	pr_buf_puts(out, "|");
	for (size_t i = 0; i < table->column_count; i++) {
		pr_buf_puts(out, " ");
		add_escaped(out, table->columns[i]);
		pr_buf_puts(out, " |");
	}
	pr_buf_puts(out, "\n|");
	for (size_t i = 0; i < table->column_count; i++)
		pr_buf_puts(out, table->right[i] ? "--:|" : "---|");
	for (size_t i = 0; i < table->cell_count; i++) {
		if (i % table->column_count == 0)
			pr_buf_puts(out, "\n|");
		add_md_cell(out, &table->cells[i]);
	}
	pr_buf_puts(out, "\n");
}

static bool is_item(const struct pr_view *view, size_t index)
{
	return index < view->count && view->blocks[index].kind == PR_VIEW_ITEM;
}

static void add_md_block(struct pr_buf *out, const struct pr_view_block *block)
{
	static const char *const before[] = {[PR_VIEW_LEAD] = "**",
	                                     [PR_VIEW_PARAGRAPH] = "",
	                                     [PR_VIEW_ITEM] = "- ",
	                                     [PR_VIEW_NOTE] = "<sub>",
	                                     [PR_VIEW_TABLE] = ""};
	static const char *const behind[] = {[PR_VIEW_LEAD] = "**",
	                                     [PR_VIEW_PARAGRAPH] = "",
	                                     [PR_VIEW_ITEM] = "",
	                                     [PR_VIEW_NOTE] = "</sub>",
	                                     [PR_VIEW_TABLE] = ""};

	if (block->table != NULL) {
		add_md_table(out, block->table);
		return;
	}
	pr_buf_puts(out, before[block->kind]);
	add_escaped(out, block->text);
	pr_buf_puts(out, behind[block->kind]);
	pr_buf_puts(out, "\n");
}

char *pr_view_markdown(const struct pr_view *view)
{
	struct pr_buf out;

	pr_buf_init(&out);
	for (size_t i = 0; i < view->count; i++) {
		if (i > 0 && !(is_item(view, i) && is_item(view, i - 1)))
			pr_buf_puts(&out, "\n");
		add_md_block(&out, &view->blocks[i]);
	}
	return out.text;
}
