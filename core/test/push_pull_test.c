/* SPDX-License-Identifier: MIT */
/* core/test/push_pull_test.c - PUSH and PULL: one direction, round robin out, fair queueing in.  */
#include "core/test/kit.h"
#include "core/test/peer.h"

#include <stdio.h>

static void test_one_direction(void **state)
{
	struct kit_pair pair;
	char body[8];

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_PULL, ZMQ_PUSH);
	kit_send(pair.b, "hello");
	kit_expect(pair.a, "hello");
	kit_assert_error(ENOTSUP, zmq_send(pair.a, "x", 1, 0));
	kit_assert_error(ENOTSUP, zmq_recv(pair.b, body, sizeof(body), 0));
	kit_assert_error(EAGAIN, zmq_recv(pair.a, body, sizeof(body), ZMQ_DONTWAIT));
	assert_int_equal(pr_kit_get(pair.a, ZMQ_EVENTS), 0);
	assert_int_equal(pr_kit_get(pair.b, ZMQ_EVENTS), ZMQ_POLLOUT);
	assert_int_equal(pr_kit_get(pair.a, ZMQ_TYPE), ZMQ_PULL);
	assert_int_equal(pr_kit_get(pair.b, ZMQ_TYPE), ZMQ_PUSH);
	pr_kit_pair_close(&pair);
}

/* Without a peer a PUSH has nowhere to send to.  */
static void test_push_waits_for_a_peer(void **state)
{
	void *ctx = pr_kit_ctx();
	void *push = pr_kit_socket(ctx, ZMQ_PUSH);
	void *pull = pr_kit_socket(ctx, ZMQ_PULL);
	char endpoint[KIT_ENDPOINT_SIZE];

	(void)state;
	kit_bind(push, endpoint);
	kit_assert_error(EAGAIN, zmq_send(push, "x", 1, ZMQ_DONTWAIT));
	assert_int_equal(pr_kit_get(push, ZMQ_EVENTS), 0);
	kit_assert_ok(zmq_connect(pull, endpoint));
	kit_send(push, "x");
	kit_expect(pull, "x");
	pr_kit_close(push);
	pr_kit_close(pull);
	pr_kit_term(ctx);
}

static void test_round_robin(void **state)
{
	void *ctx = pr_kit_ctx();
	void *push = pr_kit_socket(ctx, ZMQ_PUSH);
	void *peers[3];
	char endpoint[KIT_ENDPOINT_SIZE], text[32];

	(void)state;
	for (int i = 0; i < 3; i++) {
		peers[i] = pr_kit_socket(ctx, ZMQ_PULL);
		kit_bind(peers[i], endpoint);
		kit_assert_ok(zmq_connect(push, endpoint));
	}
	for (int i = 0; i < 30; i++) {
		snprintf(text, sizeof(text), "%d", i);
		kit_send_more(push, text);
		kit_send(push, "");
	}
	for (int i = 0; i < 30; i++) {
		snprintf(text, sizeof(text), "%d", i);
		kit_expect_more(peers[i % 3], text);
		kit_expect(peers[i % 3], "");
	}
	for (int i = 0; i < 3; i++)
		pr_kit_close(peers[i]);
	pr_kit_close(push);
	pr_kit_term(ctx);
}

/* A PULL takes turns between peers that all have something.  */
static void test_fair_queueing(void **state)
{
	void *ctx = pr_kit_ctx();
	void *pull = pr_kit_socket(ctx, ZMQ_PULL);
	void *peers[3];
	char endpoint[KIT_ENDPOINT_SIZE], text[8];
	int heard[3] = {0};

	(void)state;
	kit_bind(pull, endpoint);
	for (int i = 0; i < 3; i++) {
		peers[i] = pr_kit_socket(ctx, ZMQ_PUSH);
		kit_assert_ok(zmq_connect(peers[i], endpoint));
		snprintf(text, sizeof(text), "%d", i);
		kit_send(peers[i], text);
		/* Only then is it known to be there. */
		kit_expect(pull, text);
	}
	for (int i = 0; i < 3; i++)
		for (int n = 0; n < 100; n++) {
			snprintf(text, sizeof(text), "%d", i);
			kit_send(peers[i], text);
		}
	for (int n = 0; n < 300; n++) {
		assert_int_equal(zmq_recv(pull, text, 1, 0), 1);
		heard[text[0] - '0']++;
	}
	for (int i = 0; i < 3; i++)
		assert_int_equal(heard[i], 100);
	for (int i = 0; i < 3; i++)
		pr_kit_close(peers[i]);
	pr_kit_close(pull);
	pr_kit_term(ctx);
}

/* Many small messages against small high-water marks: all of them, once, in order.  */
static void *push_numbers(void *arg)
{
	for (uint32_t i = 0; i < 200000; i++)
		kit_assert_ok(zmq_send(arg, &i, sizeof(i), 0));
	return NULL;
}

static void test_stream(void **state)
{
	void *ctx = pr_kit_ctx();
	void *push = pr_kit_socket(ctx, ZMQ_PUSH), *pull = pr_kit_socket(ctx, ZMQ_PULL);
	char endpoint[KIT_ENDPOINT_SIZE];
	pthread_t thread;
	uint32_t number;

	(void)state;
	pr_kit_set(push, ZMQ_SNDHWM, 10);
	pr_kit_set(pull, ZMQ_RCVHWM, 10);
	kit_bind(pull, endpoint);
	kit_assert_ok(zmq_connect(push, endpoint));
	pr_kit_thread(&thread, push_numbers, push);
	for (uint32_t i = 0; i < 200000; i++) {
		assert_int_equal(zmq_recv(pull, &number, sizeof(number), 0), sizeof(number));
		assert_int_equal(number, i);
	}
	pr_kit_join(thread);
	pr_kit_close(push);
	pr_kit_close(pull);
	pr_kit_term(ctx);
}

#define CROWD       40
#define CROWD_EACH  6u
#define CROWD_TIMES 5

static void push_as(void *peer, uint32_t who, uint32_t first, uint32_t end)
{
	for (uint32_t number = first; number < end; number++) {
		const uint32_t text[2] = {who, number};

		assert_int_equal(zmq_send(peer, text, sizeof(text), 0), sizeof(text));
	}
}

/* Takes what all peers together have to send; each one's in order.  */
static void pull_from_crowd(void *pull, uint32_t next[CROWD], uint32_t count)
{
	uint32_t text[2];

	for (uint32_t i = 0; i < count; i++) {
		assert_int_equal(zmq_recv(pull, text, sizeof(text), 0), sizeof(text));
		assert_in_range(text[0], 0, CROWD - 1);
		assert_int_equal(text[1], next[text[0]]++);
	}
}

/* Many peers that send a little each and go, while whoever takes it sleeps again and again: nobody
 * is forgotten.  */
static void test_crowd_that_goes(void **state)
{
	void *ctx = pr_kit_ctx();
	void *pull = pr_kit_socket(ctx, ZMQ_PULL), *peers[CROWD];
	char endpoint[KIT_ENDPOINT_SIZE];

	(void)state;
	kit_bind(pull, endpoint);
	for (int time = 0; time < CROWD_TIMES; time++) {
		uint32_t next[CROWD] = {0};

		for (uint32_t i = 0; i < CROWD; i++) {
			peers[i] = pr_kit_socket(ctx, ZMQ_PUSH);
			pr_kit_set(peers[i], ZMQ_LINGER, -1);
			kit_assert_ok(zmq_connect(peers[i], endpoint));
			push_as(peers[i], i, 0, 1);
		}
		pull_from_crowd(pull, next, CROWD);
		for (uint32_t i = 0; i < CROWD; i++)
			push_as(peers[i], i, 1, CROWD_EACH);
		for (uint32_t i = 0; i < CROWD; i++)
			pr_kit_close(peers[i]);
		pull_from_crowd(pull, next, CROWD * (CROWD_EACH - 1));
	}
	pr_kit_close(pull);
	pr_kit_term(ctx);
}

/* A peer that sends to a PUSH is not listened to, and does no harm.  */
static void test_push_is_deaf(void **state)
{
	void *ctx = pr_kit_ctx();
	void *push = pr_kit_socket(ctx, ZMQ_PUSH);
	char endpoint[KIT_ENDPOINT_SIZE];
	struct peer peer;
	struct pr_buf out;

	(void)state;
	kit_bind(push, endpoint);
	peer = pr_peer_open(endpoint, "PULL", NULL);
	pr_buf_init(&out);
	for (int i = 0; i < 10; i++)
		pr_peer_add_text(&out, 0, "nobody hears this");
	assert_true(pr_peer_send_buf(&peer, &out));
	for (int i = 0; i < 10; i++) {
		kit_send(push, "work");
		pr_peer_expect(&peer, 0, "work");
	}
	pr_buf_fini(&out);
	pr_peer_close(&peer);
	kit_until(zmq_send(push, "", 0, ZMQ_DONTWAIT) == -1);
	assert_int_equal(zmq_errno(), EAGAIN);
	pr_kit_close(push);
	pr_kit_term(ctx);
}

/* Not even when it has sent more than RCVHWM messages, which nobody will ever take: its end is
 * noticed.  (libzmq stops reading then.)  */
static void test_deaf_push_notices_the_end(void **state)
{
	void *ctx = pr_kit_ctx();
	void *push = pr_kit_socket(ctx, ZMQ_PUSH);
	char endpoint[KIT_ENDPOINT_SIZE];
	struct peer peer;
	struct pr_buf out;

	(void)state;
	if (!pr_kit_is_proctor())
		skip();
	pr_kit_set(push, ZMQ_RCVHWM, 2);
	kit_bind(push, endpoint);
	peer = pr_peer_open(endpoint, "PULL", NULL);
	pr_buf_init(&out);
	for (int i = 0; i < 100; i++)
		pr_peer_add_text(&out, i % 2 ? PEER_MORE : 0, "nobody hears this");
	assert_true(pr_peer_send_buf(&peer, &out));
	kit_send(push, "work");
	pr_peer_expect(&peer, 0, "work");
	assert_int_equal(shutdown(peer.fd, SHUT_WR), 0);
	pr_peer_expect_end(&peer);
	pr_buf_fini(&out);
	pr_peer_close(&peer);
	pr_kit_close(push);
	pr_kit_term(ctx);
}

/* Two PUSH, or two PULL, have nothing to say to each other.  */
static void test_types_that_do_not_fit(void **state)
{
	void *ctx = pr_kit_ctx();
	void *push = pr_kit_socket(ctx, ZMQ_PUSH);
	char endpoint[KIT_ENDPOINT_SIZE];
	struct peer peer;
	struct pr_buf out;

	(void)state;
	kit_bind(push, endpoint);
	peer = pr_peer_connect(endpoint);
	pr_buf_init(&out);
	pr_peer_add_handshake(&out, "PUSH", NULL);
	assert_true(pr_peer_send_buf(&peer, &out));
	pr_peer_expect_end(&peer);
	kit_assert_error(EAGAIN, zmq_send(push, "x", 1, ZMQ_DONTWAIT));
	pr_buf_fini(&out);
	pr_peer_close(&peer);
	pr_kit_close(push);
	pr_kit_term(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_one_direction),
	        cmocka_unit_test(test_push_waits_for_a_peer),
	        cmocka_unit_test(test_round_robin),
	        cmocka_unit_test(test_fair_queueing),
	        cmocka_unit_test(test_stream),
	        cmocka_unit_test(test_crowd_that_goes),
	        cmocka_unit_test(test_push_is_deaf),
	        cmocka_unit_test(test_deaf_push_notices_the_end),
	        cmocka_unit_test(test_types_that_do_not_fit),
	};
	return KIT_RUN(tests);
}
