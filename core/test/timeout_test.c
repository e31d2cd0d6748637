/* SPDX-License-Identifier: MIT */
/* core/test/timeout_test.c - ZMQ_SNDTIMEO, ZMQ_RCVTIMEO and ZMQ_DONTWAIT.
 *
 * Only lower bounds are checked: a call must not give up early.  That it gives up at all is what
 * the test's own time limit checks.  */
#include "core/test/kit.h"

/* A clock of whole milliseconds may show one less than passed.  */
#define WAIT_MS 100
#define LEAST   (WAIT_MS - 1)

static void test_receive_time_out(void **state)
{
	struct kit_pair pair;
	zmq_msg_t msg;
	int64_t start;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_ROUTER, ZMQ_DEALER);
	pr_kit_set(pair.a, ZMQ_RCVTIMEO, WAIT_MS);
	pr_kit_set(pair.b, ZMQ_RCVTIMEO, WAIT_MS);
	for (int i = 0; i < 3; i++) {
		start = pr_kit_now_ms();
		kit_assert_error(EAGAIN, zmq_recv(pair.a, NULL, 0, 0));
		assert_true(pr_kit_now_ms() - start >= LEAST);
		kit_assert_ok(zmq_msg_init(&msg));
		start = pr_kit_now_ms();
		kit_assert_error(EAGAIN, zmq_msg_recv(&msg, pair.b, 0));
		assert_true(pr_kit_now_ms() - start >= LEAST);
		kit_assert_ok(zmq_msg_close(&msg));
	}
	pr_kit_pair_close(&pair);
}

static void test_send_time_out(void **state)
{
	void *ctx = pr_kit_ctx();
	void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);
	int64_t start = pr_kit_now_ms();

	(void)state;
	pr_kit_set(dealer, ZMQ_SNDTIMEO, WAIT_MS);
	kit_assert_error(EAGAIN, zmq_send(dealer, "x", 1, 0));
	assert_true(pr_kit_now_ms() - start >= LEAST);
	pr_kit_close(dealer);
	pr_kit_term(ctx);
}

/* 0 and ZMQ_DONTWAIT do not wait, whatever the other says; a hang shows as a failed test.  */
static void test_no_wait(void **state)
{
	void *ctx = pr_kit_ctx();
	void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);

	(void)state;
	pr_kit_set(dealer, ZMQ_RCVTIMEO, -1);
	pr_kit_set(dealer, ZMQ_SNDTIMEO, -1);
	kit_assert_error(EAGAIN, zmq_recv(dealer, NULL, 0, ZMQ_DONTWAIT));
	kit_assert_error(EAGAIN, zmq_send(dealer, "x", 1, ZMQ_DONTWAIT));
	pr_kit_set(dealer, ZMQ_RCVTIMEO, 0);
	pr_kit_set(dealer, ZMQ_SNDTIMEO, 0);
	kit_assert_error(EAGAIN, zmq_recv(dealer, NULL, 0, 0));
	kit_assert_error(EAGAIN, zmq_send(dealer, "x", 1, 0));
	pr_kit_close(dealer);
	pr_kit_term(ctx);
}

/* A message that is there is given at once under every time-out.  */
static void test_no_wait_gets_what_is_there(void **state)
{
	struct kit_pair pair;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_PAIR, ZMQ_PAIR);
	kit_send(pair.a, "1");
	kit_send(pair.a, "2");
	kit_expect(pair.b, "1");
	assert_true(pr_kit_poll(pair.b, ZMQ_POLLIN, KIT_DEADLINE_MS));
	assert_int_equal(zmq_recv(pair.b, NULL, 0, ZMQ_DONTWAIT), 1);
	kit_assert_error(EAGAIN, zmq_recv(pair.b, NULL, 0, ZMQ_DONTWAIT));
	pr_kit_pair_close(&pair);
}

/* The parts of a message are there together: once the first has been received, no other waits.  */
static void test_no_wait_inside_a_message(void **state)
{
	struct kit_pair pair;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_PAIR, ZMQ_PAIR);
	for (int i = 0; i < 50; i++) {
		for (int part = 0; part < 20; part++)
			kit_send_more(pair.a, "part");
		kit_send(pair.a, "last");
		kit_expect_more(pair.b, "part");
		for (int part = 1; part < 20; part++)
			assert_int_equal(zmq_recv(pair.b, NULL, 0, ZMQ_DONTWAIT), 4);
		assert_int_equal(zmq_recv(pair.b, NULL, 0, ZMQ_DONTWAIT), 4);
		assert_int_equal(pr_kit_get(pair.b, ZMQ_RCVMORE), 0);
	}
	pr_kit_pair_close(&pair);
}

static void *send_late(void *socket)
{
	for (int i = 0; i < WAIT_MS; i++)
		pr_kit_pause();
	kit_send(socket, "late");
	return NULL;
}

/* -1 waits for as long as it takes; a long time-out ends with the message, not with the time.  */
static void test_message_ends_the_wait(void **state)
{
	const int waits[] = {-1, KIT_DEADLINE_MS};
	struct kit_pair pair;
	pthread_t thread;
	int64_t start;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_PAIR, ZMQ_PAIR);
	for (size_t i = 0; i < KIT_COUNT(waits); i++) {
		pr_kit_set(pair.a, ZMQ_RCVTIMEO, waits[i]);
		start = pr_kit_now_ms();
		pr_kit_thread(&thread, send_late, pair.b);
		kit_expect(pair.a, "late");
		pr_kit_join(thread);
		assert_true(pr_kit_now_ms() - start < KIT_DEADLINE_MS);
	}
	pr_kit_pair_close(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_receive_time_out),
	        cmocka_unit_test(test_send_time_out),
	        cmocka_unit_test(test_no_wait),
	        cmocka_unit_test(test_no_wait_gets_what_is_there),
	        cmocka_unit_test(test_no_wait_inside_a_message),
	        cmocka_unit_test(test_message_ends_the_wait),
	};
	return KIT_RUN(tests);
}
