/* SPDX-License-Identifier: MIT */
/* core/base/units.h - numbers with units, as users type them.
 *
 * Numbers are read digit by digit and not with strtod(3) and friends, which accept spaces, signs,
 * hexadecimal and the decimal point of the locale: what one user typed would mean something else,
 * or nothing, to another.  Each function that reads gives false, and then an undefined value, when
 * the text is anything else or the number does not fit.  */
#ifndef PR_BASE_UNITS_H
#define PR_BASE_UNITS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"

/* "12".  */
bool pr_units_read_count(const char *text, uint64_t *value);

/* "8192", "64K", "10M", "1G": powers of 1024, large or small letters.  */
bool pr_units_read_bytes(const char *text, uint64_t *bytes);

/* "500ms", "1.5m", units ns, us, ms, s, m and h; a bare number is seconds.  Rounded to 1 ns.  */
bool pr_units_read_time(const char *text, int64_t *ns);

/* "2" and "2%" are 0.02.  */
bool pr_units_read_percent(const char *text, double *fraction);

/* In the largest unit that divides it, so that reading it again gives the same; appended to out.
 */
void pr_units_format_bytes(uint64_t bytes, struct pr_buf *out);
void pr_units_format_time(int64_t ns, struct pr_buf *out);

#endif
