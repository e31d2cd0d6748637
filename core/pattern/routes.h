/* SPDX-License-Identifier: MIT */
/* core/pattern/routes.h - routing id -> pipe, for ROUTER.
 *
 * An open-addressing hash table with linear probing; the ids themselves live in the pipes.  A
 * ROUTER mostly talks to the peer it talked to last, so that one is compared first.  Application
 * thread.  */
#ifndef PR_ROUTES_H
#define PR_ROUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/copy.h"
#include "core/pipe.h"

struct pr_routes {
	struct pr_pipe **slots;
	size_t count, size; /* size is 0 or a power of two */
	struct pr_pipe *last;
};

void pr_routes_fini(struct pr_routes *routes);

/* The slow half of pr_routes_find: looks in the table.  */
struct pr_pipe *pr_routes_look_up(struct pr_routes *routes, const uint8_t *id, size_t size);

static inline bool pr_routes_has_id(const struct pr_pipe *pipe, const uint8_t *id, size_t size)
{
	return pipe->routing_id_size == size && pr_copy_equals(pipe->routing_id, id, size);
}

/* NULL when nobody has that id.  */
static inline struct pr_pipe *pr_routes_find(struct pr_routes *routes, const uint8_t *id,
                                             size_t size)
{
	if (routes->last && pr_routes_has_id(routes->last, id, size))
		return routes->last;
	return pr_routes_look_up(routes, id, size);
}

/* Adds pipe under pipe->routing_id, which must not be taken.  False when memory ran out.  */
bool pr_routes_add(struct pr_routes *routes, struct pr_pipe *pipe);

/* Nothing happens when the pipe is not in the table.  */
void pr_routes_remove(struct pr_routes *routes, struct pr_pipe *pipe);

#endif
