/* SPDX-License-Identifier: MIT */
/* reports/plot.h - one picture, drawn by gnuplot as SVG.
 *
 * A plot is a gnuplot script: numbers and data written here, then a file of template/.  No text of
 * the run ever reaches gnuplot: what a user may have typed (labels, file names) is replaced by a
 * token of the same length and put back, escaped, into the SVG.  So a label cannot be a gnuplot
 * command, and gnuplot can still reckon how wide it is.
 *
 * gnuplot runs as a child process without a shell and without its start-up files, in the locale C,
 * with a time limit.  Where it is missing or fails, pr_plot_draw says so in one sentence and the
 * report goes on without the picture.  */
#ifndef PR_REPORTS_PLOT_H
#define PR_REPORTS_PLOT_H

#include <stddef.h>

#include "core/base/buf.h"
#include "core/base/err.h"

struct pr_plot {
	const char *name; /* borrowed; letters, digits, '-': prefix of every id in the SVG */
	unsigned width, height;
	struct pr_buf script;
	char **texts; /* token number -> text */
	size_t text_count;
};

struct pr_token {
	char text[128];
};

/* name must live as long as the plot.  */
void pr_plot_init(struct pr_plot *plot, const char *name, unsigned width, unsigned height);
void pr_plot_fini(struct pr_plot *plot);

/* Defines a variable of the script.  */
void pr_plot_number(struct pr_plot *plot, const char *variable, double value);
void pr_plot_string(struct pr_plot *plot, const char *variable, const char *text);

/* A token that stands for text in the script, as long as the text (5 letters at least).  */
struct pr_token pr_plot_token(struct pr_plot *plot, const char *text);

/* Adds lines to the script: data blocks.  */
void pr_plot_add(struct pr_plot *plot, const char *fmt, ...) PR_PRINTF(2, 3);

/* Defines axis marks: the script gets `set xtics (...)` (axis is "x" or "y").  Values and texts in
 * step; ended by add_tics_end.  */
void pr_plot_tic(struct pr_plot *plot, const char *axis, double at, const char *text);

/* Runs gnuplot on the script and the file template_name of template/; *svg gets the picture, ready
 * to stand in an HTML page (see svg.h); the caller frees it.  */
enum pr_err pr_plot_draw(struct pr_plot *plot, const char *template_name, char **svg,
                         struct pr_error *why) PR_CHECKED;

#define PR_PLOT_BATCH 256 /* pictures of one gnuplot at most */

struct pr_plot_job {
	struct pr_plot *plot;      /* borrowed */
	const char *template_name; /* borrowed */
	char *svg;                 /* out: the caller frees it; NULL: not drawn */
};

/* Many pictures with few starts of gnuplot: one for each PR_PLOT_BATCH.  A variable that one script
 * defines is still there in those after it, so a template must not rest on what a script may leave
 * out.  When one fails, those after it are not drawn.  */
enum pr_err pr_plot_draw_all(struct pr_plot_job *jobs, size_t count,
                             struct pr_error *why) PR_CHECKED;

#endif
