/* SPDX-License-Identifier: MIT */
/* core/base/hist.c - a log-linear histogram of times.
 *
 * Group 0 holds 0..127 ns, one value a bucket.  Group g > 0 holds [2^(6+g), 2^(7+g)) in 128 buckets
 * of 2^(g-1) ns each, so a bucket is at most 1/128 of its lowest value wide, and its middle is
 * within 1/256 of any value in it.  The last group ends at 2^40.  */
#include "core/base/hist.h"

#include <assert.h>
#include <string.h>

#define GROUP_SIZE ((size_t)1 << PR_HIST_BITS)
#define LARGEST_NS (((int64_t)1 << (PR_HIST_BITS + PR_HIST_GROUPS - 1)) - 1)

size_t pr_hist_index(int64_t value_ns)
{
	uint64_t value;
	size_t group;

	if (value_ns < 0)
		value_ns = 0;
	if (value_ns > LARGEST_NS)
		value_ns = LARGEST_NS;
	value = (uint64_t)value_ns;
	if (value < GROUP_SIZE)
		return value;
	group = (size_t)(63 - __builtin_clzll(value)) - PR_HIST_BITS + 1;
	return (group << PR_HIST_BITS) + (value >> (group - 1)) - GROUP_SIZE;
}

int64_t pr_hist_lowest_ns(size_t index)
{
	size_t group = index >> PR_HIST_BITS;
	size_t step = index & (GROUP_SIZE - 1);

	if (group == 0)
		return (int64_t)step;
	return (int64_t)(GROUP_SIZE + step) << (group - 1);
}

void pr_hist_clear(struct pr_hist *hist)
{
	memset(hist, 0, sizeof(*hist));
}

static void note_extremes(struct pr_hist *hist, int64_t least_ns, int64_t most_ns)
{
	if (hist->count == 0 || least_ns < hist->min_ns)
		hist->min_ns = least_ns;
	if (hist->count == 0 || most_ns > hist->max_ns)
		hist->max_ns = most_ns;
}

void pr_hist_add_many(struct pr_hist *hist, int64_t value_ns, uint64_t times)
{
	if (times == 0)
		return;
	if (value_ns < 0)
		value_ns = 0;
	note_extremes(hist, value_ns, value_ns);
	hist->buckets[pr_hist_index(value_ns)] += times;
	hist->count += times;
}

void pr_hist_add(struct pr_hist *hist, int64_t value_ns)
{
	pr_hist_add_many(hist, value_ns, 1);
}

void pr_hist_merge(struct pr_hist *into, const struct pr_hist *from)
{
	if (from->count == 0)
		return;
	note_extremes(into, from->min_ns, from->max_ns);
	for (size_t i = 0; i < PR_HIST_BUCKETS; i++)
		into->buckets[i] += from->buckets[i];
	into->count += from->count;
}

void pr_hist_move(struct pr_hist *into, struct pr_hist *from)
{
	size_t first, last;

	if (from->count == 0)
		return;
	first = pr_hist_index(from->min_ns);
	last = pr_hist_index(from->max_ns);
	note_extremes(into, from->min_ns, from->max_ns);
	for (size_t i = first; i <= last; i++) {
		into->buckets[i] += from->buckets[i];
		from->buckets[i] = 0;
	}
	into->count += from->count;
	from->count = 0;
}

/* ceil(fraction * count), at least 1 and at most count.  A product that is above a whole number
 * only by rounding (0.07 * 100) is that number.  */
static uint64_t rank_of(double fraction, uint64_t count)
{
	double exact = fraction * (double)count * (1 - 1e-14);
	uint64_t rank;

	if (!(exact > 1))
		return 1;
	if (exact >= (double)count)
		return count;
	rank = (uint64_t)exact;
	return (double)rank < exact ? rank + 1 : rank;
}

static size_t bucket_of_rank(const struct pr_hist *hist, uint64_t rank)
{
	uint64_t seen = 0;
	size_t index = 0;

	for (; index < PR_HIST_BUCKETS; index++) {
		seen += hist->buckets[index];
		if (seen >= rank)
			break;
	}
	assert(index < PR_HIST_BUCKETS); /* count is the sum of the buckets */
	return index;
}

int64_t pr_hist_percentile_ns(const struct pr_hist *hist, double fraction)
{
	size_t index;
	int64_t lowest_ns, middle_ns;

	assert(hist->count > 0);
	index = bucket_of_rank(hist, rank_of(fraction, hist->count));
	lowest_ns = pr_hist_lowest_ns(index);
	middle_ns = lowest_ns + (pr_hist_lowest_ns(index + 1) - 1 - lowest_ns) / 2;
	if (middle_ns < hist->min_ns)
		return hist->min_ns;
	return middle_ns > hist->max_ns ? hist->max_ns : middle_ns;
}
