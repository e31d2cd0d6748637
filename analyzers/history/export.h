/* SPDX-License-Identifier: MIT */
/* analyzers/history/export.h - a history in the formats of other programs.
 *
 * A format of series tells every point that the filter leaves; a format of a run tells one run, the
 * newest that the filter leaves or the one asked for.  To add a format: a file in export/ with a
 * struct pr_export_ops, a line in export.c, and a word in the manual.  */
#ifndef PR_HISTORY_EXPORT_H
#define PR_HISTORY_EXPORT_H

#include <stdio.h>

#include "analyzers/history/history.h"
#include "core/base/buf.h"

#define PR_EXPORT_OPS_VERSION 1

enum pr_export_scope { PR_EXPORT_SERIES, PR_EXPORT_RUN };

/* "lower" and "higher", as the options of the command line have them.  */
enum pr_export_direction { PR_EXPORT_BOTH, PR_EXPORT_LOWER, PR_EXPORT_HIGHER };

struct pr_export {
	struct pr_history *history;
	const struct pr_history_filter *filter;
	enum pr_export_direction direction; /* of the metrics that are wanted */
	int64_t run_id;                     /* -1: the newest */
	FILE *out;

	/* Filled by pr_export_write.  Of series: all cases.  Of a run: its cases, at the same
	 * place their points, and the run.  */
	struct pr_history_cases cases;
	struct pr_history_series points;
	json_t *run;
};

struct pr_export_ops {
	const char *name; /* --format=NAME */
	uint32_t version; /* PR_EXPORT_OPS_VERSION */
	enum pr_export_scope scope;
	bool needs_no_case; /* goes on when the filter leaves no case */
	enum pr_err (*write)(const struct pr_export *export, struct pr_error *why);
};

/* Names of the formats, ended by NULL, in the order of the choices of --format.  */
extern const char *const pr_export_formats[];

/* Writes what is asked, all of one moment, to export->out.  PR_USAGE when the format cannot say
 * what the filter leaves (the sentence tells which option narrows it); PR_VOID when it leaves
 * nothing.  */
enum pr_err pr_export_write(struct pr_export *export, int format, struct pr_error *why) PR_CHECKED;

/* Writes a text and clears it.  */
void pr_export_put(const struct pr_export *export, struct pr_buf *text);

extern const struct pr_export_ops pr_export_json, pr_export_csv, pr_export_otava_csv, pr_export_bmf,
        pr_export_github, pr_export_go, pr_export_openmetrics, pr_export_junit, pr_export_hgrm;

#endif
