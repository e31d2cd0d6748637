/* SPDX-License-Identifier: MIT */
/* harness/order.h - who goes when: a seeded order in which every phase follows every other equally
 * often.
 *
 * A slice leaves caches and queues behind for the next one, so the order is a Williams design (E.
 * J. Williams, "Experimental designs balanced for the estimation of residual effects of
 * treatments", 1949): for an even number K of phases, K orders in which each ordered pair stands
 * side by side exactly once; for an odd K, 2K orders and twice.  The orders of a design come in
 * random sequence with random labels; a new design begins when one is used up.  */
#ifndef PR_ORDER_H
#define PR_ORDER_H

#include <stddef.h>

#include "core/base/rng.h"

struct pr_order;

/* count phases, at least 1.  */
struct pr_order *pr_order_create(size_t count, uint64_t seed);
void pr_order_destroy(struct pr_order **order);

/* Writes the next order: items[0] goes first.  */
void pr_order_next(struct pr_order *order, size_t *items);

/* Orders in one whole design.  */
size_t pr_order_rows(size_t count);

#endif
