/* SPDX-License-Identifier: MIT */
/* harness/stack.h - a call whose stack begins at another place of a page each time.
 *
 * The stack of a thread begins at the same place of a page in each process.  A processor tells
 * whether a read must wait for an earlier write by the last 12 bits of the two addresses first:
 * where a variable of the engine that each message writes has those of a stack slot in use, each
 * message is slower by up to a third of a send ("4K aliasing"; Intel, "64 and IA-32 Architectures
 * Optimization Reference Manual").  Which ones coincide depends on all that was allocated before,
 * down to the number of a phase's options.  With another place for each slice all phases meet them
 * equally often, and a median of slices does not see them.  */
#ifndef PR_STACK_H
#define PR_STACK_H

#include "core/base/rng.h"

/* The place of the next call is drawn from this; threads have one each.  */
struct pr_stack {
	struct pr_rng rng;
};

/* All begin with the same sequence, so that the slices of two phases pair up.  */
void pr_stack_init(struct pr_stack *stack);

/* job(arg), on the calling thread, at a random cache line of a page; uses at most a page of stack
 * more.  */
void pr_stack_call(struct pr_stack *stack, void (*job)(void *arg), void *arg);

#endif
