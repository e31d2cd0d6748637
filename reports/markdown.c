/* SPDX-License-Identifier: MIT */
/* reports/markdown.c - the report as GitHub-flavoured Markdown, for a repository or a pull request.
 *
 * Pictures are files beside it.  Texts are escaped where Markdown, and HTML within it, would read
 * them as something else; an underscore inside a word is left alone, so that names of counters stay
 * readable.  */
#include "reports/report.h"
#include "reports/svg.h"

#include <ctype.h>
#include <string.h>

/* What would begin markup.  Brackets do only before a target: [a](b), [a][b], [a]: b.  */
static bool is_special(const char *text, size_t at)
{
	char c = text[at], next = text[at + 1];

	if (c == '_')
		return at == 0 || !isalnum((unsigned char)text[at - 1]) ||
		       !isalnum((unsigned char)next);
	if (c == ']')
		return next == '(' || next == '[' || next == ':';
	return strchr("\\`*<>|~$&", c) != NULL;
}

/* What is markup only at the start of a line: headings, lists, quotes.  */
static bool starts_block(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	if (digits > 0)
		return text[digits] == '.' || text[digits] == ')';
	return strchr("#-+=[", *text) != NULL;
}

static void put_text(struct pr_buf *out, const char *text)
{
	for (size_t i = 0; text[i]; i++) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f) {
			pr_buf_puts(out, " ");
			continue;
		}
		if (is_special(text, i))
			pr_buf_puts(out, "\\");
		pr_buf_add(out, text + i, 1);
	}
}

/* Text that stands first on its line.  */
static void put_line(struct pr_buf *out, const char *text)
{
	size_t digits = strspn(text, "0123456789");

	if (*text && starts_block(text)) {
		pr_buf_add(out, text, digits);
		pr_buf_puts(out, "\\");
		pr_buf_add(out, text + digits, 1);
		text += digits + 1;
	}
	put_text(out, text);
}

/* The longest run of backticks, which a fence must exceed.  */
static size_t longest_ticks(const char *text)
{
	size_t longest = 0;

	while (*text) {
		size_t run = strspn(text, "`");

		longest = run > longest ? run : longest;
		text += run > 0 ? run : 1;
	}
	return longest;
}

static void put_ticks(struct pr_buf *out, size_t count)
{
	for (size_t i = 0; i < count; i++)
		pr_buf_puts(out, "`");
}

/* A code span; inside a table a bar must be escaped even there.  */
static void put_code(struct pr_buf *out, const char *text)
{
	size_t ticks = longest_ticks(text) + 1;
	bool pad = *text == '`' || (*text && text[strlen(text) - 1] == '`');

	if (!*text)
		return;
	put_ticks(out, ticks);
	pr_buf_puts(out, pad ? " " : "");
	for (; *text; text++) {
		if (*text == '|')
			pr_buf_puts(out, "\\");
		pr_buf_add(out, (unsigned char)*text < 0x20 ? " " : text, 1);
	}
	pr_buf_puts(out, pad ? " " : "");
	put_ticks(out, ticks);
}

static void put_paragraph(struct pr_buf *out, const struct pr_paragraph *paragraph)
{
	switch (paragraph->kind) {
	case PR_PARAGRAPH_LEAD:
		pr_buf_puts(out, "**");
		put_text(out, paragraph->text);
		pr_buf_puts(out, "**\n\n");
		break;
	case PR_PARAGRAPH_WARNING:
		pr_buf_puts(out, "> **Note:** ");
		put_text(out, paragraph->text);
		pr_buf_puts(out, "\n\n");
		break;
	case PR_PARAGRAPH_PLAIN:
		put_line(out, paragraph->text);
		pr_buf_puts(out, "\n\n");
		break;
	}
}

static void put_list(struct pr_buf *out, const struct pr_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		pr_buf_puts(out, "- ");
		put_line(out, list->items[i]);
		pr_buf_puts(out, "\n");
	}
	pr_buf_puts(out, "\n");
}

static void put_command(struct pr_buf *out, const struct pr_command *command)
{
	size_t ticks = longest_ticks(command->line) + 1;

	ticks = ticks < 3 ? 3 : ticks;
	put_line(out, command->label);
	pr_buf_puts(out, ":\n\n");
	put_ticks(out, ticks);
	pr_buf_printf(out, "sh\n%s\n", command->line);
	put_ticks(out, ticks);
	pr_buf_puts(out, "\n\n");
}

static void put_cell(struct pr_buf *out, const struct pr_cell *cell, enum pr_column_kind kind)
{
	bool is_code = kind == PR_COLUMN_CODE && cell->tone != PR_TONE_MUTED;
	void (*put)(struct pr_buf *, const char *) = is_code ? put_code : put_text;

	pr_buf_puts(out, " ");
	put(out, cell->text);
	if (cell->detail) {
		pr_buf_puts(out, "<br>");
		put(out, cell->detail);
	}
	if (cell->note) {
		pr_buf_puts(out, "<br>");
		put_text(out, cell->note);
	}
	pr_buf_puts(out, " |");
}

static void put_row(struct pr_buf *out, const struct pr_table *table, const struct pr_row *row)
{
	pr_buf_puts(out, "|");
	if (row->group) {
		pr_buf_puts(out, " **");
		put_text(out, row->group);
		pr_buf_puts(out, "** |");
	}
	for (size_t i = row->group ? 1 : 0; i < table->column_count; i++) {
		if (row->group)
			pr_buf_puts(out, " |");
		else
			put_cell(out, &row->cells[i], table->columns[i].kind);
	}
	pr_buf_puts(out, "\n");
}

static void put_head(struct pr_buf *out, const struct pr_table *table)
{
	pr_buf_puts(out, "|");
	for (size_t i = 0; i < table->column_count; i++) {
		pr_buf_puts(out, " ");
		put_text(out, table->columns[i].title);
		if (table->columns[i].detail) {
			pr_buf_puts(out, "<br>");
			put_text(out, table->columns[i].detail);
		}
		pr_buf_puts(out, " |");
	}
	pr_buf_puts(out, "\n|");
	for (size_t i = 0; i < table->column_count; i++)
		pr_buf_puts(out, table->columns[i].kind == PR_COLUMN_NUMBER ? "---:|" : "---|");
	pr_buf_puts(out, "\n");
}

/* Longer than this, a table stands in the way of what comes behind it.  */
#define ROWS_OPEN 15

static void put_table(struct pr_buf *out, const struct pr_table *table)
{
	bool folded = table->folded || table->row_count > ROWS_OPEN;

	if (folded) {
		pr_buf_printf(out, "<details><summary>Table %u. ", table->number);
		pr_svg_text(out, table->caption); /* HTML, in which a backslash is one */
		pr_buf_puts(out, "</summary>\n\n");
	} else {
		pr_buf_printf(out, "**Table %u.** ", table->number);
		put_text(out, table->caption);
		pr_buf_puts(out, "\n\n");
	}
	put_head(out, table);
	for (size_t i = 0; i < table->row_count; i++)
		put_row(out, table, &table->rows[i]);
	pr_buf_puts(out, folded ? "\n</details>\n\n" : "\n");
}

static void put_figure(struct pr_buf *out, const struct pr_figure *figure)
{
	for (size_t i = 0; i < figure->panel_count; i++) {
		pr_buf_puts(out, "![");
		put_text(out, figure->panels[i].alt);
		pr_buf_printf(out, "](%s.svg)\n\n", figure->panels[i].name);
	}
	pr_buf_printf(out, "**Figure %u.** ", figure->number);
	put_text(out, figure->caption);
	if (figure->missing) {
		pr_buf_puts(out, " *(No picture: ");
		put_text(out, figure->missing);
		pr_buf_puts(out, ")*");
	}
	pr_buf_puts(out, "\n\n");
}

static void put_block(struct pr_buf *out, const struct pr_block *block)
{
	switch (block->kind) {
	case PR_BLOCK_HEADING:
		pr_buf_printf(out, "%s %s ", block->as.heading.level == 1 ? "##" : "###",
		              block->as.heading.number);
		put_text(out, block->as.heading.title);
		pr_buf_puts(out, "\n\n");
		break;
	case PR_BLOCK_PARAGRAPH:
		put_paragraph(out, &block->as.paragraph);
		break;
	case PR_BLOCK_LIST:
		put_list(out, &block->as.list);
		break;
	case PR_BLOCK_COMMAND:
		put_command(out, &block->as.command);
		break;
	case PR_BLOCK_TABLE:
		put_table(out, block->as.table);
		break;
	case PR_BLOCK_FIGURE:
		put_figure(out, block->as.figure);
		break;
	}
}

static void write_markdown(const struct pr_model *model, struct pr_buf *out)
{
	pr_buf_puts(out, "# ");
	put_text(out, model->title);
	pr_buf_puts(out, "\n\n");
	for (size_t i = 0; i < model->block_count; i++)
		put_block(out, &model->blocks[i]);
}

const struct pr_report_ops pr_report_markdown = {
        .name = "md",
        .suffix = ".md",
        .version = PR_REPORT_OPS_VERSION,
        .pictures_apart = true,
        .write = write_markdown,
};
