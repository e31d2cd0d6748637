/* SPDX-License-Identifier: MIT */
/* reports/report.h - a format of the report: one file, one table line.
 *
 * To add a format: NAME.c with one struct pr_report_ops, its declaration below, a line in report.c
 * and one in CMakeLists.txt.  report_test.c then asks it for every fixture.  */
#ifndef PR_REPORTS_REPORT_H
#define PR_REPORTS_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/err.h"
#include "reports/model.h"

#define PR_REPORT_OPS_VERSION 1

struct pr_report_ops {
	const char *name;    /* --format=html */
	const char *suffix;  /* ".html" */
	uint32_t version;    /* PR_REPORT_OPS_VERSION */
	bool pictures_apart; /* needs each panel as a file PANEL.svg beside it */

	/* Adds the whole document to out.  Cannot fail: everything was decided in the model.  Must
	 * escape every text and must not refer to anything outside the document, pictures beside it
	 * apart.  */
	void (*write)(const struct pr_model *model, struct pr_buf *out);

	/* NULL: what write gives is the document.  Else it is a page, in a file of its own, from
	 * which this makes the document at path, with what is installed; PR_FAILED with a sentence
	 * when it cannot.  Blocks.  */
	enum pr_err (*print)(const char *page, const char *path, struct pr_error *why);
};

extern const struct pr_report_ops pr_report_html;     /* html.c */
extern const struct pr_report_ops pr_report_markdown; /* markdown.c */
extern const struct pr_report_ops pr_report_pdf;      /* pdf.c */

/* All formats, ended by NULL.  */
extern const struct pr_report_ops *const pr_report_formats[];

/* PR_USAGE with the nearest name when there is no such format.  */
enum pr_err pr_report_find(const char *name, const struct pr_report_ops **ops,
                           struct pr_error *why) PR_CHECKED;

/* Writes folder/report.SUFFIX and, where the format needs them, the pictures.  The folder must
 * exist. *path gets the name of the document; the caller frees it.  */
enum pr_err pr_report_write(const struct pr_report_ops *ops, const struct pr_model *model,
                            const char *folder, char **path, struct pr_error *why) PR_CHECKED;

#endif
