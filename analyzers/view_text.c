/* SPDX-License-Identifier: MIT */
/* analyzers/view_text.c - a view as text of a given width.
 *
 * libsmartcols draws the tables.  It must be told the width: a table that is too wide would have
 * its cells cut, so wide tables are first cut into several, each with the repeated columns in
 * front.  */
#include <langinfo.h>
#include <libsmartcols.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "analyzers/view.h"
#include "core/base/buf.h"

#define WIDTH_PIPED 120
#define WIDTH_LEAST 60
#define WIDTH_PROSE 100

/* ---- widths ---------------------------------------------------------------------------------- */

/* Columns that text takes on a terminal.  */
static size_t text_width(const char *text)
{
	mbstate_t state;
	size_t width = 0, size;
	wchar_t c;

	memset(&state, 0, sizeof(state));
	for (; *text != '\0'; text += size) {
		int columns;

		size = mbrtowc(&c, text, MB_CUR_MAX, &state);
		if (size == 0 || size > MB_CUR_MAX)
			return width + strlen(text);
		columns = wcwidth(c);
		width += columns > 0 ? (size_t)columns : 0;
	}
	return width;
}

static size_t cell_width(const struct pr_view_cell *cell)
{
	size_t most = 0;

	for (size_t i = 0; i < PR_VIEW_LINES; i++) {
		size_t width = cell->lines[i] == NULL ? 0 : text_width(cell->lines[i]);

		most = width > most ? width : most;
	}
	return most;
}

static size_t column_width(const struct pr_view_table *table, size_t column)
{
	size_t most = text_width(table->columns[column]);

	for (size_t i = column; i < table->cell_count; i += table->column_count) {
		size_t width = cell_width(&table->cells[i]);

		most = width > most ? width : most;
	}
	return most + 1; /* the gap */
}

/* ---- tables ---------------------------------------------------------------------------------- */

static const char *const tone_colours[] = {[PR_VIEW_PLAIN] = NULL,
                                           [PR_VIEW_GOOD] = "green",
                                           [PR_VIEW_BAD] = "red",
                                           [PR_VIEW_UNSURE] = "yellow"};

/* The lines of a cell.  */
static char *join_lines(const struct pr_view_cell *cell, bool many)
{
	struct pr_buf text;

	pr_buf_init(&text);
	for (size_t i = 0; i < PR_VIEW_LINES; i++)
		if (cell->lines[i] != NULL)
			pr_buf_printf(&text, "%s%s", text.size > 0 ? "\n" : "", cell->lines[i]);
	if (many && text.size == 0)
		pr_buf_puts(&text, " ");
	return text.text;
}

static bool has_many_lines(const struct pr_view_table *table)
{
	for (size_t i = 0; i < table->cell_count; i++)
		if (table->cells[i].lines[1] != NULL)
			return true;
	return false;
}

/* A part of a table: the repeated columns, then first to end.  */
struct part {
	const struct pr_view_table *table;
	size_t first, end;
	bool many;
};

static size_t part_columns(const struct part *part)
{
	return part->table->repeated + (part->end - part->first);
}

static size_t part_column(const struct part *part, size_t index)
{
	return index < part->table->repeated ? index : part->first + index - part->table->repeated;
}

static void set_cell(struct libscols_line *line, size_t column, const struct pr_view_cell *from,
                     bool many)
{
	struct libscols_cell *cell = scols_line_get_cell(line, column);
	char *text = join_lines(from, many);

	if (cell != NULL && scols_cell_set_data(cell, text) == 0 &&
	    tone_colours[from->tone] != NULL)
		scols_cell_set_color(cell, tone_colours[from->tone]);
	free(text);
}

static void add_scols_row(struct libscols_table *out, const struct part *part, size_t row)
{
	struct libscols_line *line;

	if (part->many && !part->table->dense && row > 0)
		scols_table_new_line(out, NULL); /* rows of several lines stand apart */
	line = scols_table_new_line(out, NULL);
	for (size_t i = 0; line != NULL && i < part_columns(part); i++)
		set_cell(
		        line, i,
		        &part->table->cells[row * part->table->column_count + part_column(part, i)],
		        part->many);
}

static void add_scols_columns(struct libscols_table *out, const struct part *part)
{
	for (size_t i = 0; i < part_columns(part); i++) {
		size_t column = part_column(part, i);
		int flags = part->table->right[column] ? SCOLS_FL_RIGHT : 0;
		struct libscols_column *made = scols_table_new_column(
		        out, part->table->columns[column], 0, flags | SCOLS_FL_WRAP);

		if (made != NULL) {
			scols_column_set_safechars(made, "\n");
			scols_column_set_wrapfunc(made, scols_wrapnl_chunksize,
			                          scols_wrapnl_nextchunk, NULL);
		}
	}
}

static void add_part(struct pr_buf *text, const struct part *part, size_t width, bool colour)
{
	struct libscols_table *out = scols_new_table();
	char *printed = NULL;

	if (out == NULL)
		return;
	scols_table_set_termforce(out, SCOLS_TERMFORCE_ALWAYS);
	scols_table_set_termwidth(out, width);
	scols_table_enable_colors(out, colour);
	add_scols_columns(out, part);
	for (size_t row = 0; row < part->table->cell_count / part->table->column_count; row++)
		add_scols_row(out, part, row);
	if (scols_print_table_to_string(out, &printed) == 0 && printed != NULL)
		pr_buf_puts(text, printed);
	free(printed);
	scols_unref_table(out);
	if (text->size > 0 && text->text[text->size - 1] != '\n')
		pr_buf_puts(text, "\n");
}

static void add_table(struct pr_buf *text, const struct pr_view_table *table, size_t width,
                      bool colour)
{
	struct part part = {.table = table, .many = has_many_lines(table)};
	size_t repeated_width = 0;

	if (table->title[0] != '\0')
		pr_buf_printf(text, "%s\n\n", table->title);
	for (size_t i = 0; i < table->repeated; i++)
		repeated_width += column_width(table, i);
	for (part.first = table->repeated; part.first < table->column_count;
	     part.first = part.end) {
		size_t used = repeated_width;

		part.end = part.first;
		while (part.end < table->column_count &&
		       (part.end == part.first || used + column_width(table, part.end) <= width))
			used += column_width(table, part.end++);
		if (part.first > table->repeated)
			pr_buf_puts(text, "\n");
		add_part(text, &part, width, colour);
	}
}

/* ---- prose ----------------------------------------------------------------------------------- */

/* A word; but a number and the percent sign behind it, and both ends of an interval, belong on one
 * line.  */
static size_t word_size(const char *text)
{
	size_t size = strcspn(text, " ");
	bool is_open = text[0] == '[' && memchr(text, ']', size) == NULL;

	if (text[size] == ' ' && (text[size + 1] == '%' || is_open))
		size += 1 + strcspn(text + size + 1, " ");
	return size;
}

static void add_wrapped(struct pr_buf *out, const char *text, const char *first, const char *rest,
                        size_t width)
{
	size_t used = text_width(first), indent = text_width(rest);
	bool begins = true;

	pr_buf_puts(out, first);
	while (*text != '\0') {
		size_t size = word_size(text);
		char *word = pr_asprintf("%.*s", (int)size, text);
		size_t columns = text_width(word);

		if (!begins && used + 1 + columns > width) {
			pr_buf_printf(out, "\n%s", rest);
			used = indent;
			begins = true;
		}
		pr_buf_printf(out, "%s%s", begins ? "" : " ", word);
		used += columns + !begins;
		begins = false;
		free(word);
		text += size;
		text += strspn(text, " ");
	}
	pr_buf_puts(out, "\n");
}

static void add_block(struct pr_buf *out, const struct pr_view_block *block, size_t width,
                      bool colour)
{
	size_t prose = width < WIDTH_PROSE ? width : WIDTH_PROSE;

	if (block->table != NULL)
		add_table(out, block->table, width, colour);
	else if (block->kind == PR_VIEW_ITEM)
		add_wrapped(out, block->text, "  - ", "    ", prose);
	else if (block->kind == PR_VIEW_NOTE)
		add_wrapped(out, block->text, "  ", "  ", prose);
	else
		add_wrapped(out, block->text, "", "", prose);
}

/* Sentences of the verdict, items and notes stand close together, and items close to the sentence
 * that begins the list.  */
static bool stands_close(const struct pr_view *view, size_t index)
{
	enum pr_view_kind kind = view->blocks[index].kind, before = view->blocks[index - 1].kind;

	if (kind == PR_VIEW_ITEM)
		return before == PR_VIEW_ITEM || before == PR_VIEW_PARAGRAPH;
	return kind == before && (kind == PR_VIEW_NOTE || kind == PR_VIEW_LEAD);
}

/* Lines do not end in blanks: libsmartcols fills cells up.  */
static char *without_trailing_blanks(const char *text)
{
	struct pr_buf out;

	pr_buf_init(&out);
	while (*text != '\0') {
		size_t line = strcspn(text, "\n"), size = line;

		while (size > 0 && text[size - 1] == ' ')
			size--;
		pr_buf_add(&out, text, size);
		text += line;
		if (*text == '\n') {
			pr_buf_puts(&out, "\n");
			text++;
		}
	}
	return out.text;
}

char *pr_view_text(const struct pr_view *view, size_t width, bool colour)
{
	struct pr_buf out;
	char *text;

	pr_buf_init(&out);
	for (size_t i = 0; i < view->count; i++) {
		if (i > 0 && !stands_close(view, i))
			pr_buf_puts(&out, "\n");
		add_block(&out, &view->blocks[i], width, colour);
	}
	text = without_trailing_blanks(out.text);
	pr_buf_fini(&out);
	return text;
}

/* ---- the terminal ---------------------------------------------------------------------------- */

static size_t terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	size_t width = WIDTH_PIPED;

	if (columns != NULL && atoi(columns) > 0)
		width = (size_t)atoi(columns);
	else if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
	         size.ws_col > 0)
		width = size.ws_col;
	return width < WIDTH_LEAST ? WIDTH_LEAST : width;
}

static bool wants_colour(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && (no_color == NULL || no_color[0] == '\0') && term != NULL &&
	       strcmp(term, "dumb") != 0;
}

static void put_ascii(const char *text)
{
	static const struct {
		const char *sign, *ascii;
	} signs[] = {{"\u2212", "-"},
	             {"\u2013", "-"},
	             {"\u00d7", "x"},
	             {"\u00b5", "u"},
	             {"\u00b1", "+-"}};

	while (*text != '\0') {
		size_t i = 0, count = sizeof(signs) / sizeof(signs[0]);

		while (i < count && strncmp(text, signs[i].sign, strlen(signs[i].sign)) != 0)
			i++;
		if (i < count) {
			fputs(signs[i].ascii, stdout);
			text += strlen(signs[i].sign);
		} else {
			putchar((unsigned char)*text < 0x80 ? *text : '?');
			text++;
		}
	}
}

void pr_view_print(const struct pr_view *view)
{
	bool utf8;
	char *text;

	setlocale(LC_CTYPE, "");
	utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	if (!utf8)
		setlocale(LC_CTYPE, "C.UTF-8");
	text = pr_view_text(view, terminal_width(), wants_colour());
	if (utf8)
		fputs(text, stdout);
	else
		put_ascii(text);
	free(text);
}
