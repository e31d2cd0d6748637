/* SPDX-License-Identifier: MIT */
/* core/test/atomic_test.c - zmq_atomic_counter_*: what each call returns, and counting from several
 * threads.  */
#include "core/test/kit.h"

static void test_values(void **state)
{
	void *counter = zmq_atomic_counter_new();

	(void)state;
	assert_non_null(counter);
	assert_int_equal(zmq_atomic_counter_value(counter), 0);
	assert_int_equal(zmq_atomic_counter_inc(counter), 0);
	assert_int_equal(zmq_atomic_counter_inc(counter), 1);
	assert_int_equal(zmq_atomic_counter_value(counter), 2);
	assert_int_equal(zmq_atomic_counter_dec(counter), 1);
	assert_int_equal(zmq_atomic_counter_dec(counter), 0);
	assert_int_equal(zmq_atomic_counter_value(counter), 0);
	zmq_atomic_counter_destroy(&counter);
	assert_null(counter);
}

static void test_set_and_wrap(void **state)
{
	void *counter = zmq_atomic_counter_new();

	(void)state;
	assert_int_equal(zmq_atomic_counter_dec(counter), 1);
	assert_int_equal(zmq_atomic_counter_value(counter), -1);
	zmq_atomic_counter_set(counter, -5);
	assert_int_equal(zmq_atomic_counter_value(counter), -5);
	zmq_atomic_counter_set(counter, 1);
	assert_int_equal(zmq_atomic_counter_dec(counter), 0);
	zmq_atomic_counter_destroy(&counter);
}

#define ROUNDS 20000

static void *count_up(void *counter)
{
	for (int i = 0; i < ROUNDS; i++)
		zmq_atomic_counter_inc(counter);
	return NULL;
}

static void *count_down(void *counter)
{
	for (int i = 0; i < ROUNDS / 2; i++)
		zmq_atomic_counter_dec(counter);
	return NULL;
}

static void test_threads(void **state)
{
	void *counter = zmq_atomic_counter_new();
	pthread_t threads[4];

	(void)state;
	for (size_t i = 0; i < KIT_COUNT(threads); i++)
		pr_kit_thread(&threads[i], i % 2 ? count_down : count_up, counter);
	for (size_t i = 0; i < KIT_COUNT(threads); i++)
		pr_kit_join(threads[i]);
	assert_int_equal(zmq_atomic_counter_value(counter), ROUNDS);
	zmq_atomic_counter_destroy(&counter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_values),
	        cmocka_unit_test(test_set_and_wrap),
	        cmocka_unit_test(test_threads),
	};

	return KIT_RUN(tests);
}
