/* SPDX-License-Identifier: MIT */
/* reports/report.c - the table of formats, and writing one to its folder (see report.h).  */
#include "reports/report.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/opts.h"
#include "reports/svg.h"

const struct pr_report_ops *const pr_report_formats[] = {
        &pr_report_html,
        &pr_report_markdown,
        &pr_report_pdf,
        NULL,
};

enum pr_err pr_report_find(const char *name, const struct pr_report_ops **ops, struct pr_error *why)
{
	const char *names[8];
	const char *nearest;
	size_t count = 0;

	for (; pr_report_formats[count]; count++) {
		const struct pr_report_ops *format = pr_report_formats[count];

		assert(count < sizeof(names) / sizeof(*names));
		assert(format->version == PR_REPORT_OPS_VERSION && format->write);
		names[count] = format->name;
		if (!strcmp(name, format->name)) {
			*ops = format;
			return PR_OK;
		}
	}
	nearest = pr_opts_nearest(name, names, count);
	if (nearest)
		return pr_error_set(why, PR_USAGE, "unknown report format '%s'; did you mean '%s'?",
		                    name, nearest);
	return pr_error_set(why, PR_USAGE, "unknown report format '%s'; known are html, md and pdf",
	                    name);
}

static enum pr_err write_panel(const struct pr_panel *panel, const char *folder,
                               struct pr_error *why)
{
	char *path = pr_asprintf("%s/%s.svg", folder, panel->name);
	struct pr_buf picture;
	enum pr_err err;

	pr_buf_init(&picture);
	pr_svg_standalone(panel->svg, panel->alt, &picture);
	err = pr_buf_write_file(path, picture.text, picture.size, why);
	pr_buf_fini(&picture);
	free(path);
	return err;
}

static enum pr_err write_pictures(const struct pr_model *model, const char *folder,
                                  struct pr_error *why)
{
	enum pr_err err = PR_OK;

	for (size_t i = 0; i < model->block_count && err == PR_OK; i++) {
		const struct pr_block *block = &model->blocks[i];

		if (block->kind != PR_BLOCK_FIGURE)
			continue;
		for (size_t j = 0; j < block->as.figure->panel_count && err == PR_OK; j++)
			err = write_panel(&block->as.figure->panels[j], folder, why);
	}
	return err;
}

/* By way of a page beside the document, which is removed.  */
static enum pr_err print_document(const struct pr_report_ops *ops, const struct pr_buf *text,
                                  const char *path, struct pr_error *why)
{
	char *page = pr_asprintf("%s.%ld.html", path, (long)getpid());
	enum pr_err err = pr_buf_write_file(page, text->text, text->size, why);

	if (err == PR_OK)
		err = ops->print(page, path, why);
	unlink(page);
	free(page);
	return err;
}

enum pr_err pr_report_write(const struct pr_report_ops *ops, const struct pr_model *model,
                            const char *folder, char **path, struct pr_error *why)
{
	struct pr_buf text;
	enum pr_err err;

	*path = pr_asprintf("%s/report%s", folder, ops->suffix);
	pr_buf_init(&text);
	ops->write(model, &text);
	if (ops->print)
		err = print_document(ops, &text, *path, why);
	else
		err = pr_buf_write_file(*path, text.text, text.size, why);
	if (err == PR_OK && ops->pictures_apart)
		err = write_pictures(model, folder, why);
	pr_buf_fini(&text);
	return err;
}
