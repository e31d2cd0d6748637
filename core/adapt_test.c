/* SPDX-License-Identifier: MIT */
/* core/adapt_test.c - the rule of speculate=adaptive against traffic of several kinds.  */
#include "core/adapt.h"

#include "core/base/test.h"

struct traffic {
	struct pr_adapt adapt;
	unsigned completions;  /* wake-ups that found bytes */
	unsigned hits, misses; /* of reads without prior readiness */
};

/* One wake-up, at which `pieces` reads find bytes.  */
static void wake_up(struct traffic *traffic, unsigned pieces)
{
	while (pieces > 0) {
		traffic->completions++;
		for (pieces--; pr_adapt_reads_on(&traffic->adapt); pieces--) {
			pr_adapt_learn(&traffic->adapt, pieces > 0);
			if (pieces == 0) {
				traffic->misses++;
				return;
			}
			traffic->hits++;
		}
	}
}

static void ping_pong_costs_a_few_probes(void **state)
{
	static const struct {
		unsigned messages, misses;
	} expected[] = {{15, 0},  {16, 1},   {48, 2},   {112, 3},  {240, 4},
	                {496, 5}, {1008, 6}, {2032, 7}, {3056, 8}, {102384, 105}};
	struct traffic traffic = {0};
	unsigned message = 0;

	(void)state;
	pr_adapt_init(&traffic.adapt);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		for (; message < expected[i].messages; message++)
			wake_up(&traffic, 1);
		assert_int_equal(traffic.misses, expected[i].misses);
		assert_int_equal(traffic.hits, 0);
	}
}

/* Bytes keep coming: after the first probe every read follows the one before.  */
static void bursts_are_read_to_their_end(void **state)
{
	struct traffic traffic = {0};

	(void)state;
	pr_adapt_init(&traffic.adapt);
	wake_up(&traffic, 1000);
	assert_int_equal(traffic.completions, PR_ADAPT_PROBE_FIRST);
	assert_int_equal(traffic.hits, 1000 - PR_ADAPT_PROBE_FIRST);
	assert_int_equal(traffic.misses, 1);
	for (int i = 0; i < 1000; i++)
		wake_up(&traffic, 2); /* a hit for each miss is enough to go on */
	assert_int_equal(traffic.completions, PR_ADAPT_PROBE_FIRST + 1000);
	assert_int_equal(traffic.misses, 1 + 1000);
}

/* A third of hits is the border.  */
static void rare_hits_do_not_pay(void **state)
{
	struct traffic traffic = {0};

	(void)state;
	pr_adapt_init(&traffic.adapt);
	wake_up(&traffic, 100);
	traffic.misses = traffic.hits = 0;
	for (int i = 0; i < 10000; i++)
		wake_up(&traffic, i % 5 == 0 ? 2 : 1);
	assert_true(traffic.misses < 10000 / 4);
}

/* The traffic changes, and the connection with it, in both directions.  */
static void it_changes_its_mind(void **state)
{
	struct traffic traffic = {0};

	(void)state;
	pr_adapt_init(&traffic.adapt);
	for (int i = 0; i < 100000; i++)
		wake_up(&traffic, 1);
	traffic.completions = 0;
	wake_up(&traffic, 100000); /* at the latest after PR_ADAPT_PROBE_MOST it knows */
	assert_in_range(traffic.completions, 1, PR_ADAPT_PROBE_MOST);
	traffic.misses = 0;
	for (int i = 0; i < 16; i++)
		wake_up(&traffic, 1);
	assert_int_equal(traffic.misses, PR_ADAPT_CREDIT_MOST - 1);
}

PR_TEST_MAIN(cmocka_unit_test(ping_pong_costs_a_few_probes),
             cmocka_unit_test(bursts_are_read_to_their_end), cmocka_unit_test(rare_hits_do_not_pay),
             cmocka_unit_test(it_changes_its_mind))
