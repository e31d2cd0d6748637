/* SPDX-License-Identifier: MIT */
/* analyzers/witness.h - what the run did not exercise, with the counters that prove it.
 *
 * A difference between two phases can only matter where it acts.  A witness is a counter that moves
 * when it acts; at 0 the run says nothing about it, however small the intervals are.  */
#ifndef PR_WITNESS_H
#define PR_WITNESS_H

#include <jansson.h>

#include "analyzers/run.h"

/* The array "witnesses": each with its workload and phase, for phases with hooks.  */
json_t *pr_witness_json(const struct pr_run *run);

/* The array "not_exercised" of sentences.  */
json_t *pr_witness_not_exercised(const struct pr_run *run);

#endif
