/* SPDX-License-Identifier: MIT */
/* reports/words.h - numbers as a reader wants them.
 *
 * The same as in every other output (analyzers/numbers.h: three significant digits, a unit that
 * fits the size, an en dash for what was not measured), held together by no-break spaces.  The
 * results are small values, so a call can stand in a printf: pr_words_value(v, "ns").text.  */
#ifndef PR_REPORTS_WORDS_H
#define PR_REPORTS_WORDS_H

#include <stddef.h>

#include "reports/table.h"

#define PR_DASH "\u2013" /* what stands where nothing was measured */

struct pr_words {
	char text[128];
};

/* A value of a metric: "1.42 M" (msg/s), "21.3 \u00b5s" (ns), "5,631" (whole numbers), "2.00" (per
 * message). What belongs together is joined by no-break spaces.  */
struct pr_words pr_words_value(double value, const char *unit);

/* The same for a mark of an axis, without more digits than it needs: "50 \u00b5s", "1.5 M".  */
struct pr_words pr_words_mark(double value, const char *unit);

/* A whole number with thousands separated by commas.  */
struct pr_words pr_words_count(double value);

/* A fraction as percent, without a sign for what is positive: "2.2\u00a0%".  */
struct pr_words pr_words_percent(double fraction);

/* An effect (a fraction) and its interval: "\u22126.3 % [\u22128.1, \u22124.4]"; from +100 % on as
 * a factor, "\u00d73.15 [3.02, 3.30]".  Without an interval only the effect.  */
struct pr_words pr_words_effect(double effect, double lo, double hi);

/* A verdict of a comparison as a word for the cell, and how to colour it.  */
const char *pr_words_verdict(const char *verdict);
enum pr_tone pr_words_tone(const char *verdict);

/* "1 block", "2 blocks".  one and many are the two forms of the noun.  */
struct pr_words pr_words_plural(double count, const char *one, const char *many);

#endif
