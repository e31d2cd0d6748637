/* SPDX-License-Identifier: MIT */
/* core/test/linger_test.c - what becomes of queued messages when their socket is closed.  */
#include "core/test/kit.h"

#include <stdatomic.h>

#define MESSAGES 20000

struct ending {
	void *ctx;
	atomic_bool over;
};

static void *term(void *arg)
{
	struct ending *ending = arg;

	pr_kit_term(ending->ctx);
	atomic_store(&ending->over, true);
	return NULL;
}

static void queue_numbers(void *socket, int count)
{
	for (int i = 0; i < count; i++)
		assert_int_equal(zmq_send(socket, &i, sizeof(i), 0), sizeof(i));
}

static void expect_numbers(void *socket, int count)
{
	int seen;

	for (int i = 0; i < count; i++) {
		assert_int_equal(zmq_recv(socket, &seen, sizeof(seen), 0), sizeof(seen));
		assert_int_equal(seen, i);
	}
}

static void *queued_for_nobody(void *ctx, int linger, char endpoint[KIT_ENDPOINT_SIZE])
{
	void *socket = pr_kit_socket(ctx, ZMQ_DEALER);

	pr_kit_set(socket, ZMQ_SNDHWM, 0);
	pr_kit_set(socket, ZMQ_LINGER, linger);
	pr_kit_set(socket, ZMQ_RECONNECT_IVL, 10);
	pr_kit_unused_endpoint(endpoint);
	kit_assert_ok(zmq_connect(socket, endpoint));
	queue_numbers(socket, MESSAGES);
	return socket;
}

/* libzmq 4.3.4 does not connect over ipc any more once the socket is closed.  */
static void needs_connect_after_close(void)
{
	if (pr_kit_is_ipc() && !pr_kit_is_proctor())
		skip();
}

/* -1: the context does not end before a peer came and took everything.  */
static void test_for_ever(void **state)
{
	needs_connect_after_close();
	struct ending ending = {.ctx = pr_kit_ctx()};
	void *peer_ctx = pr_kit_ctx();
	void *peer = pr_kit_socket(peer_ctx, ZMQ_DEALER);
	char endpoint[KIT_ENDPOINT_SIZE];
	pthread_t thread;

	(void)state;
	pr_kit_close(queued_for_nobody(ending.ctx, -1, endpoint));
	pr_kit_thread(&thread, term, &ending);
	for (int i = 0; i < 50; i++)
		pr_kit_pause();
	assert_false(atomic_load(&ending.over));
	kit_assert_ok(zmq_bind(peer, endpoint));
	expect_numbers(peer, MESSAGES);
	pr_kit_join(thread);
	pr_kit_close(peer);
	pr_kit_term(peer_ctx);
}

/* 0: nothing is waited for.  A hang shows as a failed test.  */
static void test_not_at_all(void **state)
{
	void *ctx = pr_kit_ctx();
	char endpoint[KIT_ENDPOINT_SIZE];

	(void)state;
	pr_kit_close(queued_for_nobody(ctx, 0, endpoint));
	pr_kit_term(ctx);
}

/* A time: the context ends after it, not before.  */
static void test_for_a_while(void **state)
{
	void *ctx = pr_kit_ctx();
	char endpoint[KIT_ENDPOINT_SIZE];
	void *socket = queued_for_nobody(ctx, 200, endpoint);
	int64_t start = pr_kit_now_ms();

	(void)state;
	pr_kit_close(socket);
	pr_kit_term(ctx);
	assert_true(pr_kit_now_ms() - start >= 199);
}

/* A socket with nothing to send does not linger.  */
static void test_nothing_queued(void **state)
{
	struct kit_pair pair;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_ROUTER, ZMQ_DEALER);
	pr_kit_set(pair.a, ZMQ_LINGER, -1);
	pr_kit_set(pair.b, ZMQ_LINGER, -1);
	kit_send(pair.b, "x");
	zmq_recv(pair.a, NULL, 0, 0);
	kit_expect(pair.a, "x");
	pr_kit_pair_close(&pair);
}

static void *take_numbers(void *socket)
{
	expect_numbers(socket, MESSAGES);
	return NULL;
}

/* A closed socket's messages go on to a peer that reads, from either end of the connection.  */
static void check_delivery(bool closing_side_binds, int linger)
{
	void *ctx = pr_kit_ctx(), *peer_ctx = pr_kit_ctx();
	void *socket = pr_kit_socket(ctx, ZMQ_PAIR);
	void *peer = pr_kit_socket(peer_ctx, ZMQ_PAIR);
	char endpoint[KIT_ENDPOINT_SIZE];
	pthread_t thread;

	pr_kit_set(socket, ZMQ_SNDHWM, 0);
	pr_kit_set(socket, ZMQ_LINGER, linger);
	kit_bind(closing_side_binds ? socket : peer, endpoint);
	kit_assert_ok(zmq_connect(closing_side_binds ? peer : socket, endpoint));
	queue_numbers(socket, MESSAGES);
	pr_kit_close(socket);
	pr_kit_thread(&thread, take_numbers, peer);
	pr_kit_term(ctx);
	pr_kit_join(thread);
	pr_kit_close(peer);
	pr_kit_term(peer_ctx);
}

static void test_delivery_after_close(void **state)
{
	needs_connect_after_close();
	(void)state;
	check_delivery(true, -1);
	check_delivery(false, -1);
	check_delivery(true, KIT_DEADLINE_MS);
	check_delivery(false, KIT_DEADLINE_MS);
}

/* A stalled peer does not keep a socket that must not linger.  */
static void test_stalled_peer(void **state)
{
	static char body[65536];
	void *ctx = pr_kit_ctx(), *peer_ctx = pr_kit_ctx();
	void *socket = pr_kit_socket(ctx, ZMQ_DEALER);
	void *peer = pr_kit_socket(peer_ctx, ZMQ_DEALER);
	char endpoint[KIT_ENDPOINT_SIZE];

	(void)state;
	pr_kit_set(socket, ZMQ_SNDHWM, 0);
	pr_kit_set(peer, ZMQ_RCVHWM, 1);
	pr_kit_set(peer, ZMQ_RCVBUF, 65536);
	kit_bind(peer, endpoint);
	kit_assert_ok(zmq_connect(socket, endpoint));
	kit_send(socket, "first");
	for (int i = 0; i < 1000; i++)
		assert_int_equal(zmq_send(socket, body, sizeof(body), 0), sizeof(body));
	kit_expect(peer, "first");
	pr_kit_close(socket);
	pr_kit_term(ctx);
	pr_kit_close(peer);
	pr_kit_term(peer_ctx);
}

/* A message that was not finished is nobody's: it does not keep the context.  */
static void test_unfinished_message(void **state)
{
	struct kit_pair pair;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_DEALER, ZMQ_DEALER);
	pr_kit_set(pair.b, ZMQ_LINGER, -1);
	kit_send(pair.b, "whole");
	kit_send_more(pair.b, "half");
	pr_kit_close(pair.b);
	kit_expect(pair.a, "whole");
	kit_assert_error(EAGAIN, zmq_recv(pair.a, NULL, 0, ZMQ_DONTWAIT));
	pr_kit_close(pair.a);
	pr_kit_term(pair.ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_for_ever),
	        cmocka_unit_test(test_not_at_all),
	        cmocka_unit_test(test_for_a_while),
	        cmocka_unit_test(test_nothing_queued),
	        cmocka_unit_test(test_delivery_after_close),
	        cmocka_unit_test(test_stalled_peer),
	        cmocka_unit_test(test_unfinished_message),
	};
	return KIT_RUN(tests);
}
