/* SPDX-License-Identifier: MIT */
/* reports/model.c - a report as a list of blocks (see model.h).  */
#include "reports/model.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/buf.h"

struct pr_model *pr_model_create(const char *title)
{
	struct pr_model *model = pr_alloc(sizeof(*model));

	*model = (struct pr_model){.title = pr_strdup(title)};
	return model;
}

static void free_list(struct pr_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
}

static void free_figure(struct pr_figure *figure)
{
	for (size_t i = 0; i < figure->panel_count; i++) {
		free(figure->panels[i].name);
		free(figure->panels[i].alt);
		free(figure->panels[i].svg);
	}
	free(figure->panels);
	free(figure->caption);
	free(figure->missing);
	free(figure);
}

static void free_block(struct pr_block *block)
{
	switch (block->kind) {
	case PR_BLOCK_HEADING:
		free(block->as.heading.number);
		free(block->as.heading.title);
		break;
	case PR_BLOCK_PARAGRAPH:
		free(block->as.paragraph.text);
		break;
	case PR_BLOCK_LIST:
		free_list(&block->as.list);
		break;
	case PR_BLOCK_COMMAND:
		free(block->as.command.label);
		free(block->as.command.line);
		break;
	case PR_BLOCK_TABLE:
		pr_table_destroy(&block->as.table);
		break;
	case PR_BLOCK_FIGURE:
		free_figure(block->as.figure);
		break;
	}
}

void pr_model_destroy(struct pr_model **model)
{
	struct pr_model *m = *model;

	if (!m)
		return;
	for (size_t i = 0; i < m->block_count; i++)
		free_block(&m->blocks[i]);
	free(m->blocks);
	free(m->title);
	free(m);
	*model = NULL;
}

static struct pr_block *add_block(struct pr_model *model, enum pr_block_kind kind)
{
	struct pr_block *block;

	model->blocks =
	        pr_realloc(model->blocks, (model->block_count + 1) * sizeof(*model->blocks));
	block = &model->blocks[model->block_count++];
	*block = (struct pr_block){.kind = kind};
	return block;
}

/* A copy of a formatted text; memory that runs out ends the program, as in pr_strdup.  */
static char *format(const char *fmt, va_list args)
{
	char *text;

	if (vasprintf(&text, fmt, args) < 0)
		text = pr_strdup("");
	return text;
}

void pr_model_heading(struct pr_model *model, unsigned level, const char *title)
{
	struct pr_heading *heading = &add_block(model, PR_BLOCK_HEADING)->as.heading;

	assert(level == 1 || level == 2);
	if (level == 1) {
		model->section++;
		model->subsection = 0;
		heading->number = pr_asprintf("%u", model->section);
	} else {
		model->subsection++;
		heading->number = pr_asprintf("%u.%u", model->section, model->subsection);
	}
	heading->level = level;
	heading->title = pr_strdup(title);
}

void pr_model_paragraph(struct pr_model *model, enum pr_paragraph_kind kind, const char *fmt, ...)
{
	struct pr_paragraph *paragraph = &add_block(model, PR_BLOCK_PARAGRAPH)->as.paragraph;
	va_list args;

	va_start(args, fmt);
	paragraph->text = format(fmt, args);
	va_end(args);
	paragraph->kind = kind;
}

void pr_model_item(struct pr_model *model, const char *fmt, ...)
{
	struct pr_block *last =
	        model->block_count > 0 ? &model->blocks[model->block_count - 1] : NULL;
	struct pr_list *list;
	va_list args;

	if (!last || last->kind != PR_BLOCK_LIST)
		last = add_block(model, PR_BLOCK_LIST);
	list = &last->as.list;
	list->items = pr_realloc(list->items, (list->count + 1) * sizeof(*list->items));
	va_start(args, fmt);
	list->items[list->count++] = format(fmt, args);
	va_end(args);
}

void pr_model_command(struct pr_model *model, const char *label, const char *line)
{
	struct pr_command *command = &add_block(model, PR_BLOCK_COMMAND)->as.command;

	command->label = pr_strdup(label);
	command->line = pr_strdup(line);
}

struct pr_table *pr_model_table(struct pr_model *model, const char *caption)
{
	struct pr_table *table = pr_table_create(caption, ++model->tables);

	add_block(model, PR_BLOCK_TABLE)->as.table = table;
	return table;
}

struct pr_figure *pr_model_figure(struct pr_model *model, const char *caption)
{
	struct pr_figure *figure = pr_alloc(sizeof(*figure));

	*figure = (struct pr_figure){.caption = pr_strdup(caption), .number = ++model->figures};
	add_block(model, PR_BLOCK_FIGURE)->as.figure = figure;
	return figure;
}

void pr_model_panel(struct pr_figure *figure, const char *name, const char *alt, char **svg)
{
	figure->panels =
	        pr_realloc(figure->panels, (figure->panel_count + 1) * sizeof(*figure->panels));
	figure->panels[figure->panel_count++] = (struct pr_panel){
	        .name = pr_strdup(name),
	        .alt = pr_strdup(alt),
	        .svg = *svg,
	};
	*svg = NULL;
}

void pr_model_figure_missing(struct pr_figure *figure, const char *reason)
{
	free(figure->missing);
	figure->missing = pr_strdup(reason);
}
