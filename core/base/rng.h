/* SPDX-License-Identifier: MIT */
/* core/base/rng.h - seeded random numbers, so that an order or a resampling can be repeated.
 *
 * xoshiro256** 1.0 (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2018),
 * seeded through splitmix64 as its authors recommend.  Not for secrets.  */
#ifndef PR_BASE_RNG_H
#define PR_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

struct pr_rng {
	uint64_t state[4];
};

void pr_rng_init(struct pr_rng *rng, uint64_t seed);
uint64_t pr_rng_next(struct pr_rng *rng);

/* Uniform in [0, bound), bound > 0, without modulo bias.  */
uint64_t pr_rng_below(struct pr_rng *rng, uint64_t bound);

/* Uniform in [0, 1), 53 bits.  */
double pr_rng_unit(struct pr_rng *rng);

/* Fisher-Yates over count indexes.  */
void pr_rng_shuffle(struct pr_rng *rng, size_t *items, size_t count);

#endif
