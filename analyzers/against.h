/* SPDX-License-Identifier: MIT */
/* analyzers/against.h - how the best phase stands against other engines.
 *
 * The rows compare each phase with the baseline, so they do not say how the best phase does against
 * libzmq: two ratios with a common baseline have no common interval.  Here it has its own, computed
 * like every other: for each phase that does not decide and is no floor, block medians of the
 * log-ratios of slice pairs, Hodges-Lehmann, exact interval.
 *
 * "Best" is the highest median throughput of those that decide and the baseline, workload by
 * workload.  It was chosen by the same data, which flatters it a little where several are nearly
 * as fast.  */
#ifndef PR_AGAINST_H
#define PR_AGAINST_H

#include <jansson.h>

#include "analyzers/rows.h"
#include "core/base/buf.h"

/* The array "against_engines"; empty when there is no such engine in the run.  */
json_t *pr_against_json(const struct pr_rows *rows);

/* "Against zmq, core moves x1.62 [1.50, 1.70] in pingpong, x4.60 [4.10, 5.00] in streaming. ": a
 * sentence for each such phase.  */
void pr_against_add_sentences(struct pr_buf *text, const struct pr_rows *rows);

#endif
