/* SPDX-License-Identifier: MIT */
/* analyzers/strace_time.h - times as strace writes them: "12:34:56", "12:34:56.123456" (-t, -tt),
 * "1700000000.123456" (-ttt), "0.000123" (-r), and " <0.000012>" behind a result (-T).
 *
 * Private to the parser.  All functions look at borrowed text and allocate nothing; times are in
 * nanoseconds, of at most nine digits behind the point.  */
#ifndef PR_STRACE_TIME_H
#define PR_STRACE_TIME_H

#include "analyzers/strace.h"

/* Characters at the beginning of text that may be part of a time: digits, ':' and '.'.  */
size_t pr_strace_time_span(struct pr_strace_text text);

/* A time that fills the whole of text, in any of the forms; -1 when it cannot be one.  text holds
 * nothing but what pr_strace_time_span() counts.  */
int64_t pr_strace_time_any(struct pr_strace_text text);

/* "1700000000.123456" or "0.000012" at the beginning of text, which most lines have: what
 * pr_strace_time_any() makes of it, in one pass, and what stands behind it.  NULL when it looks
 * otherwise.  */
const char *pr_strace_time_seconds(struct pr_strace_text text, int64_t *stamp_ns);

/* Cuts " <0.000012>" off the end of text; -1 when there is none.  */
int64_t pr_strace_time_duration(struct pr_strace_text *text);

#endif
