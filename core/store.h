/* SPDX-License-Identifier: MIT */
/* core/store.h - store=deque: a queue of heap buffers for input that is held back.
 *
 * It replays what the report's engine did: one allocation and one copy for each completion while
 * the application's queue is full.  (store=ring holds the bytes where they were received, in the
 * chunks of the input queue, and needs none of this.)  Loop thread.  */
#ifndef PR_STORE_H
#define PR_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pr_held;

struct pr_store {
	struct pr_held *first, **last_next;
	size_t bytes; /* the running counter */
};

void pr_store_init(struct pr_store *store);
void pr_store_fini(struct pr_store *store);

/* Copies size bytes behind the others.  False when memory ran out.  */
bool pr_store_push(struct pr_store *store, const uint8_t *data, size_t size);

/* The oldest buffer; false when there is none.  Valid until pop.  */
bool pr_store_front(const struct pr_store *store, const uint8_t **data, size_t *size);
void pr_store_pop(struct pr_store *store);

/* Adds the sizes up, one buffer after the other: O(n), as the report's engine did.  *steps grows by
 * n.  */
size_t pr_store_walk(const struct pr_store *store, uint64_t *steps);

#endif
