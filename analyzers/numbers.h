/* SPDX-License-Identifier: MIT */
/* analyzers/numbers.h - numbers in the sentences and tables that analyzers write.
 *
 * Two or three significant digits, thousands separated by commas, a real minus sign, and an en dash
 * for what was not measured.  The results are small values, so a call can stand in a printf:
 * pr_numbers_count(n).text.  */
#ifndef PR_NUMBERS_H
#define PR_NUMBERS_H

#include <stdbool.h>

struct pr_numbers {
	char text[96];
};

/* A value of a metric with the prefix that fits: "1.42 M" (msg/s), "14.1 us" with a micro sign
 * (ns), "5,631" (whole numbers), "1.00" (calls/msg).  unit may be NULL.  */
struct pr_numbers pr_numbers_value(double value, const char *unit);

/* A whole number: "202,000".  */
struct pr_numbers pr_numbers_count(double value);

/* A count per message, or nanoseconds: "6,306" from 100 on, "70.2" below; with its sign where it is
 * a difference: "+158".  */
struct pr_numbers pr_numbers_tenths(double value, bool is_signed);

/* A fraction as percent: "1.1 %"; with its sign: "+1.1 %".  */
struct pr_numbers pr_numbers_percent(double fraction);
struct pr_numbers pr_numbers_change(double fraction);

/* An effect with its interval: "-6.3 % [-8.1, -4.4]"; from +100 % on as a factor, "x3.15
 * [3.02, 3.30]". Without an interval (NaN) only the effect.  */
struct pr_numbers pr_numbers_effect(double effect, double lo, double hi);

/* The same as a factor, whatever its size: "x1.62 [1.50, 1.70]".  */
struct pr_numbers pr_numbers_factor(double effect, double lo, double hi);

/* A probability: "0.002", "< 0.001".  */
struct pr_numbers pr_numbers_p(double p);

/* "1 block", "6 blocks": the noun gets an s.  */
struct pr_numbers pr_numbers_plural(double count, const char *noun);

#endif
