/* SPDX-License-Identifier: MIT */
/* harness/stacks.h - where the threads of a process are: the last thing to learn of one that hangs.
 *
 * For each thread its name, its state, the system call and the place in the kernel where it waits,
 * from /proc; and its stack, unwound by libdw, which attaches to it for that.  Where attaching is
 * not permitted (a tracer is there already, or a policy) the lines say so and what /proc tells
 * stays.  */
#ifndef PR_STACKS_H
#define PR_STACKS_H

#include <sys/types.h>

#include "core/base/buf.h"

/* Adds a few lines for each thread to out.  The process goes on afterwards.  Takes a few seconds at
 * most, more on a busy machine: the unwinding is done by a process that is
 * ended when it has done nothing for 3 s, or after a minute.  Never fails: what cannot be told is
 * said.  The caller must have one thread.  */
void pr_stacks_add(struct pr_buf *out, pid_t pid);

/* Adds what the first thread of such lines was in, innermost first: "poll < zmq_poll < wait_all".
 * Nothing when it has no stack.  */
void pr_stacks_add_brief(struct pr_buf *out, const char *stacks);

#endif
