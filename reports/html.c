/* SPDX-License-Identifier: MIT */
/* reports/html.c - the report as one HTML file that needs nothing else.
 *
 * Style, pictures and the few lines of script (a button that copies a command) are inside; a
 * content security policy forbids every request, so a mistake here could not make one.  Marked up
 * for keyboards and screen readers: sections with headings, captions, scopes, names for regions
 * that scroll.  */
#include "reports/report.h"

#include <stdlib.h>
#include <string.h>

#include "reports/html_page.h"
#include "reports/svg.h"
#include "reports/template.h"

static void put_text(struct pr_buf *out, const char *text)
{
	pr_svg_text(out, text);
}

static const char *const tone_classes[] = {
        [PR_TONE_PLAIN] = "",        [PR_TONE_GOOD] = "good",   [PR_TONE_BAD] = "bad",
        [PR_TONE_UNSURE] = "unsure", [PR_TONE_MUTED] = "muted",
};

static const char *const kind_classes[] = {
        [PR_COLUMN_TEXT] = "",
        [PR_COLUMN_NUMBER] = "number",
        [PR_COLUMN_CODE] = "code",
};

/* ` class="a b"`, or nothing.  */
static void put_class(struct pr_buf *out, const char *a, const char *b)
{
	if (*a || *b)
		pr_buf_printf(out, " class=\"%s%s%s\"", a, *a && *b ? " " : "", b);
}

/* "2.1" as an id: s2-1.  */
static void put_section_id(struct pr_buf *out, const char *number)
{
	pr_buf_puts(out, "s");
	for (; *number; number++)
		pr_buf_add(out, *number == '.' ? "-" : number, 1);
}

static void put_head(struct pr_buf *out, const struct pr_model *model)
{
	pr_html_page_begin(out);
	pr_buf_puts(out, "<title>");
	put_text(out, model->title);
	pr_buf_puts(out, "</title>\n");
	pr_html_page_style(out, NULL);
	pr_buf_puts(out, "</head>\n");
}

static void put_contents(struct pr_buf *out, const struct pr_model *model)
{
	pr_buf_puts(out, "<nav aria-label=\"Contents\"><ol>\n");
	for (size_t i = 0; i < model->block_count; i++) {
		const struct pr_heading *heading = &model->blocks[i].as.heading;

		if (model->blocks[i].kind != PR_BLOCK_HEADING || heading->level != 1)
			continue;
		pr_buf_puts(out, "<li><a href=\"#");
		put_section_id(out, heading->number);
		pr_buf_puts(out, "\">");
		put_text(out, heading->title);
		pr_buf_puts(out, "</a></li>\n");
	}
	pr_buf_puts(out, "</ol></nav>\n");
}

/* Opens a section, after closing those that it ends; depth is how many are open.  */
static void put_heading(struct pr_buf *out, const struct pr_heading *heading, unsigned *depth)
{
	for (; *depth >= heading->level; (*depth)--)
		pr_buf_puts(out, "</section>\n");
	*depth = heading->level;
	pr_buf_puts(out, "<section id=\"");
	put_section_id(out, heading->number);
	pr_buf_puts(out, "\" aria-labelledby=\"");
	put_section_id(out, heading->number);
	pr_buf_printf(out, "-h\">\n<h%u id=\"", heading->level + 1);
	put_section_id(out, heading->number);
	pr_buf_printf(out, "-h\">%s ", heading->number);
	put_text(out, heading->title);
	pr_buf_printf(out, "</h%u>\n", heading->level + 1);
}

static void put_paragraph(struct pr_buf *out, const struct pr_paragraph *paragraph)
{
	static const char *const classes[] = {
	        [PR_PARAGRAPH_PLAIN] = "",
	        [PR_PARAGRAPH_LEAD] = " class=\"lead\"",
	        [PR_PARAGRAPH_WARNING] = " class=\"warning\"",
	};

	pr_buf_printf(out, "<p%s>", classes[paragraph->kind]);
	put_text(out, paragraph->text);
	pr_buf_puts(out, "</p>\n");
}

static void put_list(struct pr_buf *out, const struct pr_list *list)
{
	pr_buf_puts(out, "<ul>\n");
	for (size_t i = 0; i < list->count; i++) {
		pr_buf_puts(out, "<li>");
		put_text(out, list->items[i]);
		pr_buf_puts(out, "</li>\n");
	}
	pr_buf_puts(out, "</ul>\n");
}

static void put_command(struct pr_buf *out, const struct pr_command *command)
{
	pr_buf_puts(out, "<p class=\"command\"><span>");
	put_text(out, command->label);
	pr_buf_puts(out, ":</span> <code>");
	put_text(out, command->line);
	pr_buf_puts(out, "</code></p>\n");
}

static void put_span(struct pr_buf *out, const char *class, const char *text)
{
	if (!text || !*text)
		return;
	pr_buf_printf(out, "<span class=\"%s\">", class);
	put_text(out, text);
	pr_buf_puts(out, "</span>");
}

/* Long names may break after an underscore.  */
static void put_name(struct pr_buf *out, const char *name)
{
	while (*name) {
		size_t size = strcspn(name, "_") + 1;
		char *part = strndup(name, size);

		put_text(out, part);
		if (strlen(part) == size && part[size - 1] == '_')
			pr_buf_puts(out, "<wbr>");
		name += strlen(part);
		free(part);
	}
}

/* A path as part of an address.  */
static void put_address(struct pr_buf *out, const char *path)
{
	for (; *path; path++) {
		if (strchr("/-._~", *path) || (*path >= '0' && *path <= '9') ||
		    (*path >= 'a' && *path <= 'z') || (*path >= 'A' && *path <= 'Z'))
			pr_buf_add(out, path, 1);
		else
			pr_buf_printf(out, "%%%02X", (unsigned char)*path);
	}
}

/* base NULL: no link.  */
static void put_linked(struct pr_buf *out, const char *base, const char *name)
{
	if (base) {
		pr_buf_puts(out, "<a href=\"");
		put_address(out, base);
		put_address(out, name);
		pr_buf_puts(out, "\">");
	}
	put_name(out, name);
	pr_buf_puts(out, base ? "</a>" : "");
}

static void put_cell(struct pr_buf *out, const struct pr_cell *cell, const struct pr_column *column,
                     bool is_header, const char *link_base)
{
	pr_buf_puts(out, is_header ? "<th scope=\"row\"" : "<td");
	put_class(out,
	          is_header && column->kind == PR_COLUMN_NUMBER ? "" : kind_classes[column->kind],
	          tone_classes[cell->tone]);
	pr_buf_puts(out, ">");
	if (is_header)
		put_linked(out, link_base, cell->text);
	else
		put_text(out, cell->text);
	put_span(out, "detail", cell->detail);
	put_span(out, "note", cell->note);
	pr_buf_puts(out, is_header ? "</th>" : "</td>");
}

static void put_row(struct pr_buf *out, const struct pr_table *table, const struct pr_row *row)
{
	if (row->group) {
		pr_buf_printf(out,
		              "</tbody>\n<tbody>\n<tr class=\"group\"><th scope=\"rowgroup\" "
		              "colspan=\"%zu\"><span>",
		              table->column_count);
		put_text(out, row->group);
		pr_buf_puts(out, "</span></th></tr>\n");
		return;
	}
	pr_buf_puts(out, "<tr>");
	for (size_t i = 0; i < table->column_count; i++)
		put_cell(out, &row->cells[i], &table->columns[i], i == 0, table->link_base);
	pr_buf_puts(out, "</tr>\n");
}

static void put_columns(struct pr_buf *out, const struct pr_table *table)
{
	pr_buf_puts(out, "<thead><tr>");
	for (size_t i = 0; i < table->column_count; i++) {
		const struct pr_column *column = &table->columns[i];

		pr_buf_puts(out, "<th scope=\"col\"");
		put_class(out, column->kind == PR_COLUMN_NUMBER ? "number" : "", "");
		pr_buf_puts(out, ">");
		put_text(out, column->title);
		put_span(out, "detail", column->detail);
		pr_buf_puts(out, "</th>");
	}
	pr_buf_puts(out, "</tr></thead>\n");
}

/* The caption of a folded table is the line that opens it; the table keeps a hidden one.  */
static void put_table(struct pr_buf *out, const struct pr_table *table)
{
	if (table->folded) {
		pr_buf_printf(out, "<details>\n<summary>Table %u. ", table->number);
		put_text(out, table->caption);
		pr_buf_puts(out, "</summary>\n");
	}
	pr_buf_printf(
	        out,
	        "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-labelledby=\"t%u-c\">\n"
	        "<table id=\"t%u\"%s>\n<caption id=\"t%u-c\"%s><span><b>Table %u.</b> ",
	        table->number, table->number, table->column_count > 8 ? " class=\"wide\"" : "",
	        table->number, table->folded ? " class=\"hidden\"" : "", table->number);
	put_text(out, table->caption);
	pr_buf_puts(out, "</span></caption>\n");
	put_columns(out, table);
	pr_buf_puts(out, "<tbody>\n");
	for (size_t i = 0; i < table->row_count; i++)
		put_row(out, table, &table->rows[i]);
	pr_buf_puts(out, "</tbody>\n</table>\n</div>\n");
	if (table->folded)
		pr_buf_puts(out, "</details>\n");
}

static void put_panel(struct pr_buf *out, const struct pr_panel *panel)
{
	pr_buf_puts(out, "<svg role=\"img\" aria-label=\"");
	put_text(out, panel->alt);
	pr_buf_puts(out, "\"");
	pr_buf_puts(out, panel->svg + strlen("<svg"));
}

static void put_figure(struct pr_buf *out, const struct pr_figure *figure)
{
	pr_buf_printf(out, "<figure id=\"f%u\">\n<div class=\"panels\">\n", figure->number);
	for (size_t i = 0; i < figure->panel_count; i++)
		put_panel(out, &figure->panels[i]);
	pr_buf_printf(out, "</div>\n<figcaption><b>Figure %u.</b> ", figure->number);
	put_text(out, figure->caption);
	pr_buf_puts(out, "</figcaption>\n");
	if (figure->missing) {
		pr_buf_puts(out, "<p class=\"warning\">No picture: ");
		put_text(out, figure->missing);
		pr_buf_puts(out, "</p>\n");
	}
	pr_buf_puts(out, "</figure>\n");
}

static void put_block(struct pr_buf *out, const struct pr_block *block, unsigned *depth)
{
	switch (block->kind) {
	case PR_BLOCK_HEADING:
		put_heading(out, &block->as.heading, depth);
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

static void write_html(const struct pr_model *model, struct pr_buf *out)
{
	unsigned depth = 0;

	put_head(out, model);
	pr_buf_puts(
	        out,
	        "<body>\n<a class=\"skip\" href=\"#main\">Skip to the report</a>\n<header>\n<h1>");
	put_text(out, model->title);
	pr_buf_puts(out, "</h1>\n");
	put_contents(out, model);
	pr_buf_puts(out, "</header>\n<main id=\"main\">\n");
	for (size_t i = 0; i < model->block_count; i++)
		put_block(out, &model->blocks[i], &depth);
	for (; depth > 0; depth--)
		pr_buf_puts(out, "</section>\n");
	pr_buf_puts(
	        out,
	        "</main>\n<div id=\"status\" role=\"status\" class=\"hidden\"></div>\n<script>\n");
	pr_buf_puts(out, pr_template("page.js"));
	pr_buf_puts(out, "</script>\n</body>\n</html>\n");
}

const struct pr_report_ops pr_report_html = {
        .name = "html",
        .suffix = ".html",
        .version = PR_REPORT_OPS_VERSION,
        .pictures_apart = false,
        .write = write_html,
};
