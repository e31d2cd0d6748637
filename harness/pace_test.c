/* SPDX-License-Identifier: MIT */
/* harness/pace_test.c - schedules, marks, and what a stall does to both histograms.  */
#include "harness/pace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/test.h"

static void constant_gaps(void **state)
{
	const struct pr_pace_spec spec = {.rate = 8000};
	struct pr_pace_schedule schedule;

	(void)state;
	pr_pace_plan(&schedule, &spec, 3);
	for (int64_t i = 1; i <= 1000; i++)
		assert_int_equal(pr_pace_next_ns(&schedule), i * 125000);
}

/* Mean and variance of an exponential law, and that a seed repeats.  */
static void exponential_gaps(void **state)
{
	const struct pr_pace_spec spec = {.rate = 1000, .gaps = PR_GAPS_EXPONENTIAL, .seed = 7};
	struct pr_pace_schedule schedule, again, other;
	double sum = 0, squares = 0;
	int64_t before_ns = 0, same = 0;
	const int count = 200000;

	(void)state;
	pr_pace_plan(&schedule, &spec, 1);
	pr_pace_plan(&again, &spec, 1);
	pr_pace_plan(&other, &spec, 2);
	for (int i = 0; i < count; i++) {
		int64_t at_ns = pr_pace_next_ns(&schedule);
		double gap = (double)(at_ns - before_ns) / 1e6;

		assert_true(at_ns >= before_ns);
		assert_int_equal(pr_pace_next_ns(&again), at_ns);
		same += pr_pace_next_ns(&other) == at_ns;
		sum += gap;
		squares += gap * gap;
		before_ns = at_ns;
	}
	/* 5 standard errors: 1 / sqrt(n) of the mean, sqrt(20 / n) of the mean square.  */
	assert_float_equal(sum / count, 1, 5 / sqrt(count));
	assert_float_equal(squares / count, 2, 5 * sqrt(20.0 / count));
	assert_true(same < 10);
}

static struct pr_pace *make(struct pr_hist **corrected)
{
	struct pr_pace *pace = pr_alloc(sizeof(*pace));

	memset(pace, 0, sizeof(*pace));
	*corrected = pr_alloc(sizeof(**corrected));
	pr_hist_clear(*corrected);
	return pace;
}

#define MS ((int64_t)1000000)

/* An engine of one message at a time: each takes 10 us, and message 500 of 2,000 keeps the sender
 * for 100 ms.  One message is due each ms.  No clock is asked: the times are worked out.  */
static void stall(struct pr_pace *pace, struct pr_hist *corrected)
{
	const struct pr_pace_spec spec = {.rate = 1000};
	struct pr_pace_schedule schedule;
	int64_t free_ns = 0;

	pr_pace_plan(&schedule, &spec, 0);
	for (uint64_t i = 0; i < 2000; i++) {
		int64_t due_ns = pr_pace_next_ns(&schedule);
		int64_t sent_ns = due_ns > free_ns ? due_ns : free_ns;

		free_ns = sent_ns + (i == 500 ? 100 * MS : 10000);
		pr_pace_mark(pace, i, due_ns, sent_ns);
		pr_pace_take(pace, i, free_ns, corrected);
	}
}

/* A stall of 100 ms delays about 101 messages of 2,000 (5 %), by 100 ms and less and less.  From
 * the intended start, p99 is near 80 ms: 20 messages of 2,000 lie beyond.  From the actual send
 * there is one slow message, and p99 knows nothing of it.  */
static void a_stall_shows_from_the_intended_start_only(void **state)
{
	struct pr_hist *corrected;
	struct pr_pace *pace = make(&corrected);

	(void)state;
	stall(pace, corrected);
	assert_int_equal(corrected->count, 2000);
	assert_int_equal(pace->sent.count, 2000);
	assert_int_equal(corrected->max_ns, 100 * MS);
	assert_int_equal(pace->sent.max_ns, 100 * MS);
	assert_in_range(pr_hist_percentile_ns(corrected, 0.99), 78 * MS, 83 * MS);
	assert_in_range(pr_hist_percentile_ns(&pace->sent, 0.99), 9900, 10100);
	assert_in_range(pr_hist_percentile_ns(&pace->sent, 0.999), 9900, 10100);
	assert_in_range(pr_hist_percentile_ns(corrected, 0.5), 9900, 10100);
	free(pace);
	free(corrected);
}

static void warm_ups_and_strays_are_not_counted(void **state)
{
	struct pr_hist *corrected;
	struct pr_pace *pace = make(&corrected);

	(void)state;
	pr_pace_mark(pace, 0, 0, 0);
	pr_pace_take(pace, 0, 1000, NULL);
	pr_pace_take(pace, PR_PACE_MARKS, 1000, corrected);
	pr_pace_take(pace, UINT64_MAX, 1000, corrected);
	assert_int_equal(corrected->count, 0);
	assert_int_equal(pace->sent.count, 0);
	pr_pace_take(pace, 0, 1000, corrected);
	assert_int_equal(corrected->count, 1);
	pr_pace_clear(pace);
	assert_int_equal(pace->sent.count, 0);
	free(pace);
	free(corrected);
}

/* However it waits, it is never early.  */
static void a_wait_is_never_early(void **state)
{
	(void)state;
	for (int64_t spin_ns = 0; spin_ns <= 200000; spin_ns += 100000) {
		int64_t due_ns = pr_clock_ns() + 150000;

		assert_true(pr_pace_wait(due_ns, spin_ns) >= due_ns);
		assert_true(pr_clock_ns() >= due_ns);
		assert_true(pr_pace_wait(due_ns, spin_ns) > due_ns); /* past: at once */
	}
}

static void who_was_the_bottleneck(void **state)
{
	struct pr_pace_sums sums = {.offered_ns = 100 * MS, .taken_ns = 104 * MS, .own_ns = MS};

	(void)state;
	assert_false(pr_pace_is_own_fault(&sums)); /* near enough */
	sums.taken_ns = 200 * MS;
	assert_true(pr_pace_is_own_fault(&sums));
	sums.engine_ns = 2 * MS;
	assert_false(pr_pace_is_own_fault(&sums)); /* the engine took longer */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(constant_gaps),
	        cmocka_unit_test(exponential_gaps),
	        cmocka_unit_test(a_stall_shows_from_the_intended_start_only),
	        cmocka_unit_test(warm_ups_and_strays_are_not_counted),
	        cmocka_unit_test(a_wait_is_never_early),
	        cmocka_unit_test(who_was_the_bottleneck),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
