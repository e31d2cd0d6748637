/* SPDX-License-Identifier: MIT */
/* core/test/timers_test.c - zmq_timers_*: ids, order, intervals, and handlers that change timers.
 *
 * Nothing here measures: a test waits until a timer is due and then looks at what ran.  */
#include "core/test/kit.h"

/* Long enough not to be due while a test runs.  */
#define LATER_MS (10 * KIT_DEADLINE_MS)

struct log {
	void *timers;
	int ids[16];
	size_t count;
	int cancel; /* the timer that the handler cancels; 0: none */
};

static void note(int id, void *arg)
{
	struct log *log = arg;

	assert_true(log->count < KIT_COUNT(log->ids));
	log->ids[log->count++] = id;
	if (log->cancel)
		kit_assert_ok(zmq_timers_cancel(log->timers, log->cancel));
}

static void wait_until_due(void *timers)
{
	kit_until(zmq_timers_timeout(timers) == 0);
}

static void test_nothing_to_do(void **state)
{
	void *timers = zmq_timers_new();

	(void)state;
	assert_non_null(timers);
	assert_int_equal(zmq_timers_timeout(timers), -1);
	kit_assert_ok(zmq_timers_execute(timers));
	kit_assert_ok(zmq_timers_destroy(&timers));
	assert_null(timers);
}

static void test_refusals(void **state)
{
	void *timers = zmq_timers_new(), *nothing = NULL;
	uint64_t other[32] = {0};

	(void)state;
	kit_assert_error(EINVAL, zmq_timers_cancel(timers, 1));
	kit_assert_error(EINVAL, zmq_timers_reset(timers, 1));
	kit_assert_error(EINVAL, zmq_timers_set_interval(timers, 1, 5));
	kit_assert_error(EFAULT, zmq_timers_add(timers, 5, NULL, NULL));
	kit_assert_error(EFAULT, zmq_timers_add(NULL, 5, note, NULL));
	kit_assert_error(EFAULT, zmq_timers_add(other, 5, note, NULL));
	kit_assert_error(EFAULT, zmq_timers_cancel(NULL, 1));
	kit_assert_error(EFAULT, zmq_timers_reset(NULL, 1));
	kit_assert_error(EFAULT, zmq_timers_set_interval(NULL, 1, 5));
	kit_assert_error(EFAULT, (int)zmq_timers_timeout(NULL));
	kit_assert_error(EFAULT, zmq_timers_execute(NULL));
	kit_assert_error(EFAULT, zmq_timers_destroy(&nothing));
	kit_assert_ok(zmq_timers_destroy(&timers));
}

static void test_time_out(void **state)
{
	void *timers = zmq_timers_new();
	struct log log = {0};

	(void)state;
	assert_int_equal(zmq_timers_add(timers, LATER_MS, note, &log), 1);
	assert_in_range(zmq_timers_timeout(timers), LATER_MS - KIT_DEADLINE_MS, LATER_MS);
	kit_assert_ok(zmq_timers_execute(timers));
	assert_int_equal(log.count, 0);
	assert_int_equal(zmq_timers_add(timers, 1, note, &log), 2);
	wait_until_due(timers);
	kit_assert_ok(zmq_timers_execute(timers));
	assert_int_equal(log.count, 1);
	assert_int_equal(log.ids[0], 2);
	kit_assert_ok(zmq_timers_destroy(&timers));
}

/* The one that is due first runs first, whichever was added first.  */
static void test_order(void **state)
{
	void *timers = zmq_timers_new();
	struct log log = {0};

	(void)state;
	int third = zmq_timers_add(timers, 400, note, &log);
	int first = zmq_timers_add(timers, 1, note, &log);
	int second = zmq_timers_add(timers, 200, note, &log);

	for (int64_t until = pr_kit_now_ms() + 401; pr_kit_now_ms() < until;)
		pr_kit_pause();
	kit_assert_ok(zmq_timers_execute(timers));
	assert_true(log.count >= 3);
	assert_int_equal(log.ids[0], first);
	assert_int_equal(log.ids[1], second);
	assert_int_equal(log.ids[2], third);
	kit_assert_ok(zmq_timers_destroy(&timers));
}

static void test_repeats(void **state)
{
	void *timers = zmq_timers_new();
	struct log log = {0};

	(void)state;
	zmq_timers_add(timers, 1, note, &log);
	for (size_t i = 1; i <= 3; i++) {
		wait_until_due(timers);
		kit_assert_ok(zmq_timers_execute(timers));
		assert_int_equal(log.count, i);
	}
	kit_assert_ok(zmq_timers_destroy(&timers));
}

static void test_cancel(void **state)
{
	void *timers = zmq_timers_new();
	struct log log = {0};

	(void)state;
	int id = zmq_timers_add(timers, 1, note, &log);
	int other = zmq_timers_add(timers, LATER_MS, note, &log);

	wait_until_due(timers);
	kit_assert_ok(zmq_timers_cancel(timers, id));
	kit_assert_error(EINVAL, zmq_timers_cancel(timers, id));
	kit_assert_ok(zmq_timers_execute(timers));
	assert_int_equal(log.count, 0);
	assert_true(zmq_timers_timeout(timers) > 0);
	kit_assert_ok(zmq_timers_cancel(timers, other));
	assert_int_equal(zmq_timers_timeout(timers), -1);
	/* An id is not used again. */
	assert_true(zmq_timers_add(timers, 1, note, &log) > other);
	kit_assert_ok(zmq_timers_destroy(&timers));
}

static void test_interval_and_reset(void **state)
{
	void *timers = zmq_timers_new();
	struct log log = {0};

	(void)state;
	int id = zmq_timers_add(timers, 1, note, &log);

	wait_until_due(timers);
	kit_assert_ok(zmq_timers_set_interval(timers, id, LATER_MS));
	assert_true(zmq_timers_timeout(timers) > 0);
	kit_assert_ok(zmq_timers_execute(timers));
	assert_int_equal(log.count, 0);
	kit_assert_ok(zmq_timers_set_interval(timers, id, LATER_MS));
	for (int i = 0; i < 3; i++) {
		kit_until(zmq_timers_timeout(timers) < LATER_MS - 2);
		kit_assert_ok(zmq_timers_reset(timers, id));
		assert_in_range(zmq_timers_timeout(timers), LATER_MS - KIT_DEADLINE_MS, LATER_MS);
	}
	kit_assert_ok(zmq_timers_set_interval(timers, id, 1));
	wait_until_due(timers);
	kit_assert_ok(zmq_timers_execute(timers));
	assert_int_equal(log.count, 1);
	kit_assert_ok(zmq_timers_destroy(&timers));
}

static void test_cancelled_by_its_handler(void **state)
{
	void *timers = zmq_timers_new();
	struct log log = {.timers = timers};

	(void)state;
	log.cancel = zmq_timers_add(timers, 1, note, &log);
	wait_until_due(timers);
	kit_assert_ok(zmq_timers_execute(timers));
	assert_int_equal(log.count, 1);
	kit_assert_error(EINVAL, zmq_timers_cancel(timers, log.cancel));
	assert_int_equal(zmq_timers_timeout(timers), -1);
	kit_assert_ok(zmq_timers_destroy(&timers));
}

/* Both are due; the first one's handler cancels the other.  */
static void test_cancelled_by_another(void **state)
{
	void *timers = zmq_timers_new();
	struct log log = {.timers = timers};

	(void)state;
	int first = zmq_timers_add(timers, 1, note, &log);

	for (int64_t start = pr_kit_now_ms(); pr_kit_now_ms() == start;)
		pr_kit_pause();
	log.cancel = zmq_timers_add(timers, 1, note, &log);
	for (int64_t until = pr_kit_now_ms() + 5; pr_kit_now_ms() < until;)
		pr_kit_pause();
	kit_assert_ok(zmq_timers_execute(timers));
	assert_int_equal(log.count, 1);
	assert_int_equal(log.ids[0], first);
	kit_assert_ok(zmq_timers_cancel(timers, first));
	assert_int_equal(zmq_timers_timeout(timers), -1);
	kit_assert_ok(zmq_timers_destroy(&timers));
}

struct adder {
	void *timers;
	struct log log;
	int added;
};

static void add_one(int id, void *arg)
{
	struct adder *adder = arg;

	kit_assert_ok(zmq_timers_cancel(adder->timers, id));
	adder->added = zmq_timers_add(adder->timers, 1, note, &adder->log);
}

static void test_added_by_a_handler(void **state)
{
	void *timers = zmq_timers_new();
	struct adder adder = {.timers = timers};

	(void)state;
	zmq_timers_add(timers, 1, add_one, &adder);
	while (adder.log.count == 0) {
		wait_until_due(timers);
		kit_assert_ok(zmq_timers_execute(timers));
	}
	assert_true(adder.added > 0);
	assert_int_equal(adder.log.ids[0], adder.added);
	kit_assert_ok(zmq_timers_destroy(&timers));
}

/* Ours only: libzmq's map forgets where it was when a handler sets its own interval, and it never
 * comes back from a timer without one.  */
static void lengthen(int id, void *arg)
{
	struct adder *adder = arg;

	adder->added++;
	kit_assert_ok(zmq_timers_set_interval(adder->timers, id, 5));
	kit_assert_ok(zmq_timers_reset(adder->timers, id));
}

static void test_handler_changes_itself(void **state)
{
	void *timers;
	struct adder adder = {0};

	(void)state;
	if (!pr_kit_is_proctor())
		skip();
	adder.timers = timers = zmq_timers_new();
	zmq_timers_add(timers, 0, lengthen, &adder);
	kit_assert_ok(zmq_timers_execute(timers));
	assert_int_equal(adder.added, 1);
	wait_until_due(timers);
	kit_assert_ok(zmq_timers_execute(timers));
	assert_int_equal(adder.added, 2);
	kit_assert_ok(zmq_timers_destroy(&timers));
}

static void test_no_interval(void **state)
{
	void *timers;
	struct log log = {0};

	(void)state;
	if (!pr_kit_is_proctor())
		skip();
	timers = zmq_timers_new();
	int first = zmq_timers_add(timers, 0, note, &log);
	int second = zmq_timers_add(timers, 0, note, &log);

	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(zmq_timers_timeout(timers), 0);
		kit_assert_ok(zmq_timers_execute(timers));
		assert_int_equal(log.count, 2 * (i + 1));
		assert_int_equal(log.ids[2 * i], first);
		assert_int_equal(log.ids[2 * i + 1], second);
	}
	kit_assert_ok(zmq_timers_destroy(&timers));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_nothing_to_do),
	        cmocka_unit_test(test_refusals),
	        cmocka_unit_test(test_time_out),
	        cmocka_unit_test(test_order),
	        cmocka_unit_test(test_repeats),
	        cmocka_unit_test(test_cancel),
	        cmocka_unit_test(test_interval_and_reset),
	        cmocka_unit_test(test_cancelled_by_its_handler),
	        cmocka_unit_test(test_cancelled_by_another),
	        cmocka_unit_test(test_added_by_a_handler),
	        cmocka_unit_test(test_handler_changes_itself),
	        cmocka_unit_test(test_no_interval),
	};

	return KIT_RUN(tests);
}
