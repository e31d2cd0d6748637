/* SPDX-License-Identifier: MIT */
/* harness/seen.c - a bit for each number.  */
#include "harness/seen.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"

/* No sender of a slice gets so far: a bit each would be 128 MiB.  */
#define SPAN_MAX ((uint64_t)1 << 30)

#define WORD_BITS   64
#define LEAST_WORDS 64

void pr_seen_restart(struct pr_seen *seen, uint64_t first)
{
	if (seen->count > 0)
		memset(seen->words, 0, seen->count * sizeof(*seen->words));
	seen->first = seen->end = first;
	seen->arrived = 0;
}

void pr_seen_fini(struct pr_seen *seen)
{
	free(seen->words);
	memset(seen, 0, sizeof(*seen));
}

static void grow(struct pr_seen *seen, size_t needed)
{
	size_t count = seen->count > 0 ? seen->count : LEAST_WORDS;

	while (count < needed)
		count *= 2;
	seen->words = pr_realloc(seen->words, count * sizeof(*seen->words));
	memset(seen->words + seen->count, 0, (count - seen->count) * sizeof(*seen->words));
	seen->count = count;
}

enum pr_arrival pr_seen_take(struct pr_seen *seen, uint64_t number)
{
	uint64_t at = number - seen->first, bit = (uint64_t)1 << at % WORD_BITS;
	enum pr_arrival arrival = PR_ARRIVAL_LATE;

	if (number < seen->first || at >= SPAN_MAX)
		return PR_ARRIVAL_ALIEN;
	if (at / WORD_BITS >= seen->count)
		grow(seen, at / WORD_BITS + 1);
	if ((seen->words[at / WORD_BITS] & bit) != 0)
		return PR_ARRIVAL_AGAIN;
	seen->words[at / WORD_BITS] |= bit;
	seen->arrived++;
	if (number >= seen->end) {
		seen->end = number + 1;
		arrival = PR_ARRIVAL_NEXT;
	}
	return arrival;
}

uint64_t pr_seen_missing(const struct pr_seen *seen, uint64_t sent)
{
	uint64_t all = sent > seen->first ? sent - seen->first : 0;

	return all > seen->arrived ? all - seen->arrived : 0;
}
