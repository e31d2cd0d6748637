/* SPDX-License-Identifier: MIT */
/* core/fair.c - see fair.h.  */
#include "core/fair.h"

#include <stdlib.h>

void pr_fair_init(struct pr_fair *fair, enum pr_fair_kind kind)
{
	*fair = (struct pr_fair){.kind = kind};
}

void pr_fair_fini(struct pr_fair *fair)
{
	free(fair->items);
	*fair = (struct pr_fair){.kind = fair->kind};
}

static void place(struct pr_fair *fair, size_t index, struct pr_pipe *pipe)
{
	fair->items[index] = pipe;
	pipe->fair_index[fair->kind] = index + 1;
}

static void swap(struct pr_fair *fair, size_t a, size_t b)
{
	struct pr_pipe *pipe = fair->items[a];

	place(fair, a, fair->items[b]);
	place(fair, b, pipe);
}

bool pr_fair_add(struct pr_fair *fair, struct pr_pipe *pipe)
{
	if (fair->count == fair->room) {
		size_t room = fair->room ? fair->room * 2 : 4;
		struct pr_pipe **items = realloc(fair->items, room * sizeof(*items));

		if (!items)
			return false;
		fair->items = items;
		fair->room = room;
	}
	place(fair, fair->count++, pipe);
	pr_fair_activate(fair, pipe);
	return true;
}

void pr_fair_activate(struct pr_fair *fair, struct pr_pipe *pipe)
{
	size_t index = pipe->fair_index[fair->kind];

	if (index == 0 || index - 1 < fair->active)
		return;
	swap(fair, index - 1, fair->active++);
}

static void deactivate(struct pr_fair *fair, size_t index)
{
	swap(fair, index, --fair->active);
	fair->taken = 0;
	if (fair->current >= fair->active)
		fair->current = 0;
}

void pr_fair_deactivate_current(struct pr_fair *fair)
{
	deactivate(fair, fair->current);
}

void pr_fair_remove(struct pr_fair *fair, struct pr_pipe *pipe)
{
	size_t index = pipe->fair_index[fair->kind];

	if (index == 0)
		return;
	if (index - 1 < fair->active) {
		deactivate(fair, index - 1);
		index = pipe->fair_index[fair->kind];
	}
	swap(fair, index - 1, --fair->count);
	pipe->fair_index[fair->kind] = 0;
}
