/* SPDX-License-Identifier: MIT */
/* analyzers/rows_effect.h - the difference of a row: estimate, intervals, p, what could be found.
 *
 * Private to the rows.  Each fills row->difference (and row->total...) and leaves it as it is, not
 * known, where there is nothing to compare.  */
#ifndef PR_ROWS_EFFECT_H
#define PR_ROWS_EFFECT_H

#include "analyzers/pairs.h"
#include "analyzers/rows.h"

/* Where the blocks of a metric come from.  */
enum pr_pairs_kind pr_rows_pairs_kind(const struct pr_metric *metric);

/* A row about which nothing is known yet.  */
void pr_rows_effect_init(struct pr_row *row);

/* From pairs of one run.  logs: d holds log-ratios and not differences.  */
void pr_rows_effect_paired(struct pr_row *row, const struct pr_pairs *pairs, bool logs);

/* From the blocks of two runs, base[0..nx) and current[0..ny); logs: they are logarithms.  */
void pr_rows_effect_unpaired(struct pr_row *row, const double *base, size_t nx,
                             const double *current, size_t ny, bool logs);

/* The same by total times (logarithms); the interval and p of row->total.  */
void pr_rows_effect_unpaired_total(struct pr_row *row, const double *base, size_t nx,
                                   const double *current, size_t ny);

/* From two single numbers, row->baseline.value and row->current.value.  */
void pr_rows_effect_once(struct pr_row *row);

/* Where the effect of a repeated run with as many blocks would lie (95 %): the standard error of
 * both, and what executions differ by (between, an SD; NaN: not known, and nothing is filled).  */
void pr_rows_effect_tomorrow(struct pr_row *row, double between);

#endif
