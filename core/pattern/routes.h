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

struct pr_pipe;

struct pr_routes {
	struct pr_pipe **slots;
	size_t count, size; /* size is 0 or a power of two */
	struct pr_pipe *last;
};

void pr_routes_fini(struct pr_routes *routes);

/* NULL when nobody has that id.  */
struct pr_pipe *pr_routes_find(struct pr_routes *routes, const uint8_t *id, size_t size);

/* Adds pipe under pipe->routing_id, which must not be taken.  False when memory ran out.  */
bool pr_routes_add(struct pr_routes *routes, struct pr_pipe *pipe);

/* Nothing happens when the pipe is not in the table.  */
void pr_routes_remove(struct pr_routes *routes, struct pr_pipe *pipe);

#endif
