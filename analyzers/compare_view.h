/* SPDX-License-Identifier: MIT */
/* analyzers/compare_view.h - the parts of the view of a comparison, and how they reach into it.
 *
 * Private to the view.  */
#ifndef PR_COMPARE_VIEW_H
#define PR_COMPARE_VIEW_H

#include <jansson.h>
#include <string.h>

#include "analyzers/compare_format.h"
#include "analyzers/run.h"
#include "analyzers/view.h"
#include "core/base/json.h"

static inline double pr_compare_view_number(const json_t *object, const char *key)
{
	return pr_run_number(object, key);
}

static inline bool pr_compare_view_is(const json_t *object, const char *key, const char *value)
{
	const char *text = pr_json_text(object, key);

	return text != NULL && strcmp(text, value) == 0;
}

/* The rows of one workload: metrics down, phases across.  */
void pr_compare_view_rows(struct pr_view *view, const json_t *comparison, const char *workload,
                          enum pr_compare_detail detail);

/* Many workloads at a glance, one line each (compare_overview_view.c).  */
void pr_compare_view_overview(struct pr_view *view, const json_t *comparison);

/* Sweeps of offered load: the knee of each phase, and its curve (compare_knee_view.c).  */
void pr_compare_view_knees(struct pr_view *view, const json_t *comparison);

/* The row of a workload, phase (NULL: the first that there is) and metric; NULL when there is none.
 */
json_t *pr_compare_view_find(const json_t *rows, const char *workload, const char *phase,
                             const char *metric);

/* Whether a table should show the metric and workload of this row.  */
bool pr_compare_view_is_shown(const json_t *rows, const json_t *sample);

/* Whether the row is a count that has no interval because it needs none: counted once, or the same
 * in every block.  Its verdict is not a doubt.  */
bool pr_compare_view_is_exact(const json_t *row);

enum pr_view_tone pr_compare_view_tone(const json_t *row);

/* "tomorrow [-9.9, -2.5] %": where the effect of a repetition on another day would lie; NULL when
 * it is not known.  The caller frees.  */
char *pr_compare_view_tomorrow(const json_t *row);

/* The cells of the brief table (compare_brief_view.c); row may be NULL for a phase.  */
void pr_compare_brief_metric(struct pr_view_table *table, const json_t *comparison,
                             const json_t *row, bool gating);
void pr_compare_brief_baseline(struct pr_view_table *table, const json_t *row);
void pr_compare_brief_phase(struct pr_view_table *table, const json_t *row);

/* Whether the brief table leaves the metric and workload of this row out: nothing moves there.  The
 * second says which it left out and why.  */
bool pr_compare_brief_is_idle(const json_t *comparison, const json_t *sample);
void pr_compare_brief_left_out(struct pr_view *view, const json_t *comparison,
                               const char *workload);

/* What the checks of the run's design found (compare_design_view.c).  */
void pr_compare_view_design(struct pr_view *view, const json_t *comparison);

/* Exact counts of one workload, per message and stage; the sentences of probes that differ; and the
 * counts as the original report made them.  */
void pr_compare_view_counted(struct pr_view *view, const json_t *comparison, const char *workload);
void pr_compare_view_disagreements(struct pr_view *view, const json_t *comparison);
void pr_compare_view_reported(struct pr_view *view, const json_t *comparison);

#endif
