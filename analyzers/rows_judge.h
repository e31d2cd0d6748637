/* SPDX-License-Identifier: MIT */
/* analyzers/rows_judge.h - the verdict and the note of a row.
 *
 * Private to the rows.  */
#ifndef PR_ROWS_JUDGE_H
#define PR_ROWS_JUDGE_H

#include "analyzers/rows.h"

/* Fills verdict and note; the differences and their corrected p must be there.  */
void pr_rows_judge(const struct pr_rows *rows, struct pr_row *row);

/* Whether the total times say something else than the median slice; and their p, corrected.  */
bool pr_rows_total_disagrees(const struct pr_row *row);
double pr_rows_total_p_adjusted(const struct pr_row *row);

/* Whether to warn that the blocks of a row are not independent.  */
bool pr_rows_is_dependent(const struct pr_row *row);

/* Lost, reordered and duplicated messages: totals, judged without a test.  */
bool pr_rows_is_integrity(const char *metric);

#endif
