/* SPDX-License-Identifier: MIT */
/* reports/figure/figure.h - the pictures of a report, each with the table of what it shows.
 *
 * Each adds a figure and a folded table of its values to the model: what cannot be seen can be
 * read.  When the documents have nothing to draw, or gnuplot fails, the figure says so instead.  */
#ifndef PR_REPORTS_FIGURE_H
#define PR_REPORTS_FIGURE_H

#include "reports/input.h"
#include "reports/model.h"
#include "reports/plot.h"

#define PR_FIGURE_WIDTH 540 /* of a panel: readable as it is on a phone, two abreast on a page */

/* Throughput of every block, a dot each: run.json.  */
void pr_figure_blocks(struct pr_model *model, const struct pr_input *input);

/* The change of each phase in the metrics that decide, beside the band in which nothing counts: the
 * comparison.  Nothing when it has no such ratio.  */
void pr_figure_effects(struct pr_model *model, const struct pr_input *input);

/* Speed, latency and cost along each swept option: the curves of the explanation, the values of the
 * comparison.  Nothing without a curve.  */
void pr_figure_scale(struct pr_model *model, const struct pr_input *input);

/* Throughput over two options at once, as a heat map.  Nothing where not exactly two options of a
 * workload vary.  */
void pr_figure_grid(struct pr_model *model, const struct pr_input *input);

/* Whether a workload is a step of a sweep of loads, which has a figure of its own (load.c).  */
bool pr_figure_is_step(const struct pr_input *input, const char *workload);

/* Whether all are, and there is at least one.  */
bool pr_figure_all_steps(const struct pr_input *input);

/* Latency by percentile: histograms.json.  */
void pr_figure_latency(struct pr_model *model, const struct pr_input *input);

/* The same block by block, as a heat map.  Nothing without two blocks.  */
void pr_figure_heat(struct pr_model *model, const struct pr_input *input);

/* p99 against offered load, the knees and their tables: "knees" of the comparison.  Nothing without
 * a sweep of loads.  */
void pr_figure_load(struct pr_model *model, const struct pr_input *input);

/* The run over time: every slice, the fixed work and the other programs.  Nothing without samples.
 */
void pr_figure_course(struct pr_model *model, const struct pr_input *input);

/* Receives and would-blocks per message by cause: the explanation.  */
void pr_figure_receives(struct pr_model *model, const struct pr_input *input);

/* How many bytes one receive and one send move: the counters of the hooks, run.json.  Nothing where
 * no trial has them.  */
void pr_figure_batches(struct pr_model *model, const struct pr_input *input);

/* Would-blocks and reads that find data along each swept option: the curves of the explanation, of
 * which there must be one.  Followed by their tables.  */
void pr_figure_curve(struct pr_model *model, const struct pr_input *input);

/* Where the bytes are while the reader of a workload stalls: the time lines of run.json.  Nothing
 * when no trial of it has one.  number makes names unique.  */
void pr_figure_stall(struct pr_model *model, const struct pr_input *input, const char *workload,
                     size_t number);

/* What a read costs while buffers are held: "walks" of the explanation, and their table.  Nothing
 * without them.  number makes the name unique.  */
void pr_figure_walk(struct pr_model *model, const struct pr_input *input, size_t number);

/* What the causes make of each difference in CPU time: the explanation.  Nothing where no cause has
 * a share.  */
void pr_figure_causes(struct pr_model *model, const struct pr_input *input);

/* What each option of an ablation earned, as a waterfall: the explanation.  Nothing without one. */
void pr_figure_ablation(struct pr_model *model, const struct pr_input *input);

/* What added calls cost: the doses of the comparison, of which there must be one.  */
void pr_figure_dose(struct pr_model *model, const struct pr_input *input);

/* Draws the plot as the next panel, or notes in the figure why it is not there.  alt describes it.
 */
void pr_figure_draw(struct pr_figure *figure, struct pr_plot *plot, const char *template_name,
                    const char *alt);

/* Room on the left for the longest of the labels, for the variable `left` of the templates.  */
void pr_figure_left(struct pr_plot *plot, const struct pr_names *labels);

/* The same, in characters.  */
double pr_figure_left_width(const struct pr_names *labels);

/* Labels x = 1, 2, ... with these numbers; where they have no room side by side, every second or
 * third of them.  */
void pr_figure_steps(struct pr_plot *plot, const json_t *values);

/* Colours, marks and dashes as the phases of input have them in the report.  */
void pr_figure_slots(struct pr_plot *plot, const struct pr_input *input);

/* "NAME-N" fit for an id and a file name.  The caller frees it.  */
char *pr_figure_name(const char *name, size_t number);

#endif
