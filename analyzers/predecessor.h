/* SPDX-License-Identifier: MIT */
/* analyzers/predecessor.h - what the slice before does to the slice after.
 *
 * Slices of different phases alternate; a slice may be slower because of who ran before it (caches,
 * clock rates).  The order is balanced, so this hits all phases alike, but it should be known.  For
 * each workload and predecessor: the log of a slice's speed against the median of its own phase in
 * the same block; the block's value is the median of these, the estimate and interval come from the
 * blocks.  */
#ifndef PR_PREDECESSOR_H
#define PR_PREDECESSOR_H

#include <jansson.h>

#include "analyzers/run.h"

/* The array "predecessors": {"workload", "predecessor", "effect", "effect_lo", "effect_hi", "n",
 * "p_adjusted"}; effects are fractions of throughput.  Only slices whose predecessor is another
 * phase count. Where slices have heads, "with_heads", "with_heads_lo" and "with_heads_hi" are the
 * effect as it would be if they counted.  p_adjusted is Holm's over all entries.  The caller owns
 * the array.  */
json_t *pr_predecessor_json(const struct pr_run *run);

/* What leaving out the heads takes away, by workload and phase: {"workload", "phase", "cost",
 * "cost_lo", "cost_hi", "n"}; cost is what a message of a head takes longer than one behind it, a
 * fraction.  Empty when no slice has a head.  The caller owns the array.  */
json_t *pr_predecessor_heads_json(const struct pr_run *run);

#endif
