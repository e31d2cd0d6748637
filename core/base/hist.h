/* SPDX-License-Identifier: MIT */
/* core/base/hist.h - a log-linear histogram of times.
 *
 * Values are nanoseconds from 0 to 2^40 (18 minutes; larger ones count in the last bucket).  Each
 * power of two is cut into 2^7 = 128 buckets, so a value is known to 1/128 = 0.8 % (below 128
 * exactly). Adding costs a few ns and allocates nothing.  Percentiles come from the whole
 * histogram; they are never averaged.  */
#ifndef PR_BASE_HIST_H
#define PR_BASE_HIST_H

#include <stddef.h>
#include <stdint.h>

#define PR_HIST_BITS    7
#define PR_HIST_GROUPS  34
#define PR_HIST_BUCKETS (PR_HIST_GROUPS << PR_HIST_BITS)

struct pr_hist {
	uint64_t count;
	int64_t min_ns, max_ns; /* exact; valid when count > 0 */
	uint64_t buckets[PR_HIST_BUCKETS];
};

void pr_hist_clear(struct pr_hist *hist);
void pr_hist_add(struct pr_hist *hist, int64_t value_ns);
void pr_hist_add_many(struct pr_hist *hist, int64_t value_ns, uint64_t times);
void pr_hist_merge(struct pr_hist *into, const struct pr_hist *from);

/* The same, and from is empty then.  Touches no more of both than from had samples in.  */
void pr_hist_move(struct pr_hist *into, struct pr_hist *from);

/* Bucket bounds: index -> lowest value and (exclusive) end.  */
int64_t pr_hist_lowest_ns(size_t index);
size_t pr_hist_index(int64_t value_ns);

/* The value below or at which `fraction` (0..1) of the samples lie: the middle of the bucket that
 * holds sample number ceil(fraction * count), clamped to [min, max].  count must be > 0.  */
int64_t pr_hist_percentile_ns(const struct pr_hist *hist, double fraction);

#endif
