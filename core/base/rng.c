/* SPDX-License-Identifier: MIT */
/* core/base/rng.c - xoshiro256** and splitmix64, written from their authors' description.  */
#include "core/base/rng.h"

#include <assert.h>

static uint64_t rotate_left(uint64_t value, int bits)
{
	return (value << bits) | (value >> (64 - bits));
}

/* Turns a counter into well mixed words, so that near seeds give unrelated states and never all
 * zeros.  */
static uint64_t splitmix64_next(uint64_t *counter)
{
	uint64_t z = *counter += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

void pr_rng_init(struct pr_rng *rng, uint64_t seed)
{
	for (size_t i = 0; i < 4; i++)
		rng->state[i] = splitmix64_next(&seed);
}

uint64_t pr_rng_next(struct pr_rng *rng)
{
	uint64_t *s = rng->state;
	uint64_t result = rotate_left(s[1] * 5, 7) * 9;
	uint64_t shifted = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= shifted;
	s[3] = rotate_left(s[3], 45);
	return result;
}

uint64_t pr_rng_below(struct pr_rng *rng, uint64_t bound)
{
	uint64_t reject, value;

	assert(bound > 0);
	/* 2^64 mod bound values at the low end would come up once too often.  */
	reject = -bound % bound;
	do
		value = pr_rng_next(rng);
	while (value < reject);
	return value % bound;
}

double pr_rng_unit(struct pr_rng *rng)
{
	return (double)(pr_rng_next(rng) >> 11) * 0x1.0p-53;
}

void pr_rng_shuffle(struct pr_rng *rng, size_t *items, size_t count)
{
	for (size_t i = count; i > 1; i--) {
		size_t other = pr_rng_below(rng, i);
		size_t item = items[i - 1];

		items[i - 1] = items[other];
		items[other] = item;
	}
}
