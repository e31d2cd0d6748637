/* SPDX-License-Identifier: MIT */
/* reports/axis.h - round numbers for an axis.  */
#ifndef PR_REPORTS_AXIS_H
#define PR_REPORTS_AXIS_H

#include <stdbool.h>
#include <stddef.h>

#define PR_AXIS_MARKS 16

struct pr_axis {
	double lo, hi; /* the range to draw */
	bool log;
	double marks[PR_AXIS_MARKS];
	size_t count;
};

/* A linear axis from 0 to a little above most (> 0).  */
struct pr_axis pr_axis_linear(double most);

/* A linear axis a little wider than [least, most], least < most, which may lie on either side of 0.
 */
struct pr_axis pr_axis_between(double least, double most);

/* A logarithmic axis around [least, most], least > 0, with at most marks_max marks: at 1, 2, 5 or
 * the like of each power of ten, or in equal steps when the range is narrow.  */
struct pr_axis pr_axis_log(double least, double most, unsigned marks_max);

#endif
