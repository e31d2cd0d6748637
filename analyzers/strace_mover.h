/* SPDX-License-Identifier: MIT */
/* analyzers/strace_mover.h - the system calls that move bytes, and what a descriptor makes of them.
 */
#ifndef PR_STRACE_MOVER_H
#define PR_STRACE_MOVER_H

#include "analyzers/fdtable.h"
#include "analyzers/strace.h"

struct pr_strace_mover {
	const char *name;
	bool receives;
	bool any_fd;   /* read and write: not for sockets alone */
	bool messages; /* the result counts messages; bytes stand in msg_len= */
};

/* NULL when the call moves none.  */
const struct pr_strace_mover *pr_strace_mover_find(const char *name);

/* The key to count a call under: its name, or with the kind of descriptor behind it (strace.h says
 * which).  mover may be NULL.  */
void pr_strace_mover_key(const struct pr_strace_mover *mover, enum pr_fd_kind kind,
                         const char *name, char *key, size_t room);

/* Whether a receive found the end of the stream.  */
bool pr_strace_mover_is_end(const struct pr_strace_mover *mover, enum pr_fd_kind kind,
                            const struct pr_strace_event *event);

/* The bytes of a call that returned.  */
uint64_t pr_strace_mover_bytes(const struct pr_strace_mover *mover,
                               const struct pr_strace_event *event);

#endif
