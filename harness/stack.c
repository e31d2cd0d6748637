/* SPDX-License-Identifier: MIT */
/* harness/stack.c - see stack.h.  */
#include "harness/stack.h"

#include <alloca.h>

#define PAGE 4096
#define LINE 64
#define SEED 1

void pr_stack_init(struct pr_stack *stack)
{
	pr_rng_init(&stack->rng, SEED);
}

void pr_stack_call(struct pr_stack *stack, void (*job)(void *arg), void *arg)
{
	size_t bytes = LINE * (1 + pr_rng_below(&stack->rng, PAGE / LINE));
	volatile char *room = alloca(bytes);

	room[0] = 0; /* so that there is room, and no tail call */
	job(arg);
	room[0] = 1;
}
