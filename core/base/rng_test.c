/* SPDX-License-Identifier: MIT */
/* core/base/rng_test.c - outputs equal those of an independent program (fixtures/oracle/rng.py),
 * and derived draws are uniform.  */
#include "core/base/rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/test.h"

/* One oracle line: the generator that it starts from, and how it draws.  */
static void start(struct pr_rng *rng, const char *kind, uint64_t seed)
{
	if (strcmp(kind, "state") == 0)
		*rng = (struct pr_rng){{1, 2, 3, 4}};
	else
		pr_rng_init(rng, seed);
}

static uint64_t draw(struct pr_rng *rng, const char *kind)
{
	if (strcmp(kind, "below10") == 0)
		return pr_rng_below(rng, 10);
	if (strcmp(kind, "below_large") == 0)
		return pr_rng_below(rng, ((uint64_t)1 << 63) + 1);
	return pr_rng_next(rng);
}

static size_t check_draws(const char *kind, uint64_t seed, char *rest)
{
	struct pr_rng rng;
	size_t count = 0;

	start(&rng, kind, seed);
	for (char *word = strtok(rest, " \n"); word != NULL; word = strtok(NULL, " \n"), count++)
		assert_int_equal(draw(&rng, kind), strtoull(word, NULL, 10));
	return count;
}

static size_t check_shuffle(uint64_t seed, char *rest)
{
	struct pr_rng rng;
	size_t items[16], count = 0;

	for (size_t i = 0; i < 16; i++)
		items[i] = i;
	pr_rng_init(&rng, seed);
	pr_rng_shuffle(&rng, items, 16);
	for (char *word = strtok(rest, " \n"); word != NULL; word = strtok(NULL, " \n"), count++)
		assert_int_equal(items[count], strtoull(word, NULL, 10));
	return count;
}

static void equals_the_oracle(void **state)
{
	FILE *file = fopen(PR_FIXTURES "/oracle/rng.txt", "r");
	char line[4096], kind[32], seed[32];
	size_t checked = 0;
	int used;

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		if (line[0] == '#')
			continue;
		assert_int_equal(sscanf(line, "%31s %31s%n", kind, seed, &used), 2);
		checked += strcmp(kind, "shuffle") == 0
		                   ? check_shuffle(strtoull(seed, NULL, 10), line + used)
		                   : check_draws(kind, strtoull(seed, NULL, 10), line + used);
	}
	fclose(file);
	assert_int_equal(checked, 10 + 4 * 8 + 2 * (20 + 10 + 16));
}

static void unit_stays_below_one_and_is_uniform(void **state)
{
	struct pr_rng rng;
	double sum = 0;

	(void)state;
	pr_rng_init(&rng, 7);
	for (int i = 0; i < 100000; i++) {
		double u = pr_rng_unit(&rng);

		assert_true(u >= 0 && u < 1);
		sum += u;
	}
	/* The mean of 1e5 draws is 0.5 with a standard deviation of 0.0009.  */
	assert_true(sum / 100000 > 0.495 && sum / 100000 < 0.505);
}

/* All 6 orders of 3 items come up about equally often: chi-square with 5 degrees of freedom is
 * below 20.5 in 99.9 % of cases, and the seed is fixed.  */
static void shuffle_is_fair(void **state)
{
	struct pr_rng rng;
	int seen[27] = {0};
	double chi_square = 0;

	(void)state;
	pr_rng_init(&rng, 3);
	for (int i = 0; i < 60000; i++) {
		size_t items[] = {0, 1, 2};

		pr_rng_shuffle(&rng, items, 3);
		seen[items[0] * 9 + items[1] * 3 + items[2]]++;
	}
	for (int i = 0; i < 27; i++)
		if (seen[i] > 0)
			chi_square += (seen[i] - 10000.0) * (seen[i] - 10000.0) / 10000.0;
	assert_true(chi_square < 20.5);
	pr_rng_shuffle(&rng, NULL, 0);
}

PR_TEST_MAIN(cmocka_unit_test(equals_the_oracle),
             cmocka_unit_test(unit_stays_below_one_and_is_uniform),
             cmocka_unit_test(shuffle_is_fair))
