/* SPDX-License-Identifier: MIT */
/* core/test/dealer_test.c - DEALER: round robin out, fair queueing in; blocking without a peer.  */
#include "core/test/kit.h"

#include <stdatomic.h>
#include <stdio.h>

/* Three peers that are connected to get every third message, in order, from the first message on.
 */
static void test_round_robin(void **state)
{
	void *ctx = pr_kit_ctx();
	void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);
	void *peers[3];
	char endpoint[KIT_ENDPOINT_SIZE], text[32];

	(void)state;
	for (int i = 0; i < 3; i++) {
		peers[i] = pr_kit_socket(ctx, ZMQ_DEALER);
		kit_bind(peers[i], endpoint);
		kit_assert_ok(zmq_connect(dealer, endpoint));
	}
	for (int i = 0; i < 30; i++) {
		snprintf(text, sizeof(text), "%d", i);
		kit_send_more(dealer, text);
		kit_send(dealer, "tail");
	}
	for (int i = 0; i < 30; i++) {
		snprintf(text, sizeof(text), "%d", i);
		kit_expect_more(peers[i % 3], text);
		kit_expect(peers[i % 3], "tail");
	}
	for (int i = 0; i < 3; i++)
		pr_kit_close(peers[i]);
	pr_kit_close(dealer);
	pr_kit_term(ctx);
}

/* A peer whose queue is full is passed over.  */
static void test_full_peer_is_skipped(void **state)
{
	void *ctx = pr_kit_ctx();
	void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);
	void *peer = pr_kit_socket(ctx, ZMQ_DEALER);
	char nobody[KIT_ENDPOINT_SIZE], endpoint[KIT_ENDPOINT_SIZE];

	(void)state;
	pr_kit_set(dealer, ZMQ_SNDHWM, 2);
	pr_kit_unused_endpoint(nobody);
	kit_bind(peer, endpoint);
	kit_assert_ok(zmq_connect(dealer, nobody));
	kit_assert_ok(zmq_connect(dealer, endpoint));
	for (int i = 0; i < 2; i++) {
		kit_send(dealer, "to nobody");
		kit_send(dealer, "to the peer");
		kit_expect(peer, "to the peer");
	}
	for (int i = 0; i < 50; i++) {
		kit_send(dealer, "to the peer");
		kit_expect(peer, "to the peer");
	}
	pr_kit_close(dealer);
	pr_kit_close(peer);
	pr_kit_term(ctx);
}

struct flood {
	void *socket;
	atomic_bool stop;
};

static void *flood(void *arg)
{
	struct flood *flood_arg = arg;

	while (!atomic_load(&flood_arg->stop))
		zmq_send(flood_arg->socket, "flood", 5, ZMQ_DONTWAIT);
	return NULL;
}

/* A peer that never stops sending does not keep another from being heard.  */
static void test_no_peer_starves(void **state)
{
	struct kit_pair pair;
	struct flood loud = {0};
	pthread_t thread;
	void *quiet;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_DEALER, ZMQ_DEALER);
	quiet = pr_kit_socket(pair.ctx, ZMQ_DEALER);
	kit_assert_ok(zmq_connect(quiet, pair.endpoint));
	loud.socket = pair.b;
	pr_kit_thread(&thread, flood, &loud);
	kit_expect(pair.a, "flood");
	for (int heard = 0; heard < 20; heard++) {
		int64_t end = pr_kit_now_ms() + KIT_DEADLINE_MS;
		char seen[8];

		kit_send(quiet, "me");
		while (zmq_recv(pair.a, seen, sizeof(seen), 0) != 2)
			assert_true(pr_kit_now_ms() < end);
	}
	atomic_store(&loud.stop, true);
	pr_kit_join(thread);
	pr_kit_close(quiet);
	pr_kit_pair_close(&pair);
}

/* Messages of one peer stay in order, whole, whatever the others do.  */
static void test_order_per_peer(void **state)
{
	void *ctx = pr_kit_ctx();
	void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);
	void *peers[4];
	char endpoint[KIT_ENDPOINT_SIZE];
	int next[4] = {0}, head[2];

	(void)state;
	kit_bind(dealer, endpoint);
	for (int i = 0; i < 4; i++) {
		peers[i] = pr_kit_socket(ctx, ZMQ_DEALER);
		kit_assert_ok(zmq_connect(peers[i], endpoint));
	}
	for (int i = 0; i < 500; i++)
		for (int k = 0; k < 4; k++) {
			head[0] = k;
			head[1] = i;
			assert_int_equal(zmq_send(peers[k], head, sizeof(head), ZMQ_SNDMORE), 8);
			kit_send(peers[k], "tail");
		}
	for (int i = 0; i < 2000; i++) {
		assert_int_equal(zmq_recv(dealer, head, sizeof(head), 0), 8);
		assert_int_equal(head[1], next[head[0]]++);
		assert_true(pr_kit_get(dealer, ZMQ_RCVMORE));
		kit_expect(dealer, "tail");
	}
	for (int i = 0; i < 4; i++)
		pr_kit_close(peers[i]);
	pr_kit_close(dealer);
	pr_kit_term(ctx);
}

static void test_no_peer(void **state)
{
	void *ctx = pr_kit_ctx();
	void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);
	char endpoint[KIT_ENDPOINT_SIZE];

	(void)state;
	kit_assert_error(EAGAIN, zmq_send(dealer, "x", 1, ZMQ_DONTWAIT));
	kit_bind(dealer, endpoint);
	kit_assert_error(EAGAIN, zmq_send(dealer, "x", 1, ZMQ_DONTWAIT));
	assert_int_equal(pr_kit_get(dealer, ZMQ_EVENTS), 0);
	pr_kit_close(dealer);
	pr_kit_term(ctx);
}

struct sender {
	void *socket;
	int result;
};

static void *send_one(void *arg)
{
	struct sender *sender = arg;

	sender->result = zmq_send(sender->socket, "at last", 7, 0);
	return NULL;
}

/* A send without a peer waits for one.  */
static void test_send_waits_for_a_peer(void **state)
{
	void *ctx = pr_kit_ctx();
	struct sender sender = {.socket = pr_kit_socket(ctx, ZMQ_DEALER)};
	void *peer = pr_kit_socket(ctx, ZMQ_DEALER);
	char endpoint[KIT_ENDPOINT_SIZE];
	pthread_t thread;

	(void)state;
	kit_bind(sender.socket, endpoint);
	pr_kit_thread(&thread, send_one, &sender);
	kit_assert_ok(zmq_connect(peer, endpoint));
	kit_expect(peer, "at last");
	pr_kit_join(thread);
	assert_int_equal(sender.result, 7);
	pr_kit_close(peer);
	pr_kit_close(sender.socket);
	pr_kit_term(ctx);
}

static void test_multipart(void **state)
{
	struct kit_pair pair;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_DEALER, ZMQ_DEALER);
	for (int i = 0; i < 10; i++) {
		kit_send_more(pair.a, "");
		kit_send_more(pair.a, "one");
		kit_send_more(pair.a, "");
		kit_send(pair.a, "two");
		kit_expect_more(pair.b, "");
		kit_expect_more(pair.b, "one");
		kit_expect_more(pair.b, "");
		kit_expect(pair.b, "two");
		kit_send(pair.b, "");
		kit_expect(pair.a, "");
	}
	pr_kit_pair_close(&pair);
}

/* A peer that goes away between two parts takes the rest of the message with it: nobody sees a
 * half.  */
static void test_peer_leaves_between_parts(void **state)
{
	void *ctx = pr_kit_ctx();
	void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);
	void *first = pr_kit_socket(ctx, ZMQ_DEALER);
	void *second = pr_kit_socket(ctx, ZMQ_DEALER);
	char endpoint[KIT_ENDPOINT_SIZE];

	(void)state;
	kit_bind(dealer, endpoint);
	kit_assert_ok(zmq_connect(first, endpoint));
	kit_send(dealer, "hello");
	kit_expect(first, "hello");
	kit_send_more(dealer, "half");
	pr_kit_close(first);
	kit_assert_ok(zmq_connect(second, endpoint));
	/* The second one is there when it is heard. */
	kit_send(second, "here");
	kit_expect(dealer, "here");
	kit_send_more(dealer, "of it");
	kit_send(dealer, "lost");
	/* The first may be taken for alive until its end is noticed: then a message is lost with
	 * it. */
	for (char seen[16] = "";; memset(seen, 0, sizeof(seen))) {
		kit_send(dealer, "whole");
		if (!pr_kit_poll(second, ZMQ_POLLIN, 100))
			continue;
		assert_int_equal(zmq_recv(second, seen, sizeof(seen), 0), 5);
		assert_string_equal(seen, "whole");
		assert_false(pr_kit_get(second, ZMQ_RCVMORE));
		break;
	}
	pr_kit_close(second);
	pr_kit_close(dealer);
	pr_kit_term(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_round_robin),
	        cmocka_unit_test(test_full_peer_is_skipped),
	        cmocka_unit_test(test_no_peer_starves),
	        cmocka_unit_test(test_order_per_peer),
	        cmocka_unit_test(test_no_peer),
	        cmocka_unit_test(test_send_waits_for_a_peer),
	        cmocka_unit_test(test_multipart),
	        cmocka_unit_test(test_peer_leaves_between_parts),
	};
	return KIT_RUN(tests);
}
