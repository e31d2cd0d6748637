/* SPDX-License-Identifier: MIT */
/* analyzers/cmd_trace.h - the command `proctor trace`.  */
#ifndef PR_CMD_TRACE_H
#define PR_CMD_TRACE_H

/* See struct pr_cmd in core/base/cmd.h.  */
int cmd_trace(int argc, const char **argv);

#endif
