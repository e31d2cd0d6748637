/* SPDX-License-Identifier: MIT */
/* analyzers/strace_marker.h - the calls by which a program says where a stage of its work begins.
 *
 * `write(-1, "proctor:STAGE:begin", n)`: harmless, it fails.  */
#ifndef PR_STRACE_MARKER_H
#define PR_STRACE_MARKER_H

#include "analyzers/strace.h"

/* The text of a marker behind "proctor:", without its quotes ("STAGE:begin"); false when the call
 * is none.  cut: the string was too long for strace's -s.  */
bool pr_strace_marker(const struct pr_strace_event *event, struct pr_strace_text *text, bool *cut);

#endif
