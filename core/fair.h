/* SPDX-License-Identifier: MIT */
/* core/fair.h - a set of pipes served in turn: fair queueing of input, load balancing of output.
 *
 * The first `active` items are those that may have something (input, or room); `current` walks over
 * them.  A pipe that turns out empty or full is moved behind them until there is news.  All
 * operations are O(1). Application thread.  */
#ifndef PR_FAIR_H
#define PR_FAIR_H

#include <stdbool.h>
#include <stddef.h>

#include "core/pipe.h"

struct pr_fair {
	struct pr_pipe **items;
	size_t count, room;
	size_t active, current;
	unsigned taken; /* messages of the current one's turn so far */
	enum pr_fair_kind kind;
};

void pr_fair_init(struct pr_fair *fair, enum pr_fair_kind kind);
void pr_fair_fini(struct pr_fair *fair);

/* Adds a pipe as active.  False when memory ran out.  */
bool pr_fair_add(struct pr_fair *fair, struct pr_pipe *pipe);

/* Nothing happens when the pipe is not in the set.  */
void pr_fair_remove(struct pr_fair *fair, struct pr_pipe *pipe);
void pr_fair_activate(struct pr_fair *fair, struct pr_pipe *pipe);

/* The current pipe has nothing: moves it behind the active ones; the next becomes current.  */
void pr_fair_deactivate_current(struct pr_fair *fair);

static inline bool pr_fair_contains(const struct pr_fair *fair, const struct pr_pipe *pipe)
{
	return pipe->fair_index[fair->kind] != 0;
}

/* The pipe whose turn it is, or NULL when none is active.  */
static inline struct pr_pipe *pr_fair_current(const struct pr_fair *fair)
{
	return fair->active > 0 ? fair->items[fair->current] : NULL;
}

/* The next one's turn.  */
static inline void pr_fair_next(struct pr_fair *fair)
{
	fair->taken = 0;
	if (++fair->current >= fair->active)
		fair->current = 0;
}

#endif
