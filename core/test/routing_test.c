/* SPDX-License-Identifier: MIT */
/* core/test/routing_test.c - what the options of ROUTER, DEALER and their like do to peers and
 * messages: handover, probes, ZMQ_IMMEDIATE; and peers that go away in the middle of a message.  */
#include "core/test/kit.h"
#include "core/test/peer.h"

#include <unistd.h>

struct three {
	void *ctx, *router, *a, *b;
	char endpoint[KIT_ENDPOINT_SIZE];
};

static void open_three(struct three *three, int handover)
{
	three->ctx = pr_kit_ctx();
	three->router = pr_kit_socket(three->ctx, ZMQ_ROUTER);
	three->a = pr_kit_socket(three->ctx, ZMQ_DEALER);
	three->b = pr_kit_socket(three->ctx, ZMQ_DEALER);
	pr_kit_set(three->router, ZMQ_ROUTER_HANDOVER, handover);
	pr_kit_set(three->a, ZMQ_RECONNECT_IVL, 10);
	pr_kit_set_id(three->a, "same");
	pr_kit_set_id(three->b, "same");
	kit_bind(three->router, three->endpoint);
	kit_assert_ok(zmq_connect(three->a, three->endpoint));
	kit_send(three->a, "a");
	kit_expect_more(three->router, "same");
	kit_expect(three->router, "a");
}

static void close_three(struct three *three)
{
	pr_kit_close(three->a);
	pr_kit_close(three->b);
	pr_kit_close(three->router);
	pr_kit_term(three->ctx);
}

/* The peer whose id was taken was disconnected, came back, and took it in turn.  */
static void test_handover_is_final(void **state)
{
	struct three three;

	(void)state;
	open_three(&three, 1);
	kit_assert_ok(zmq_connect(three.b, three.endpoint));
	kit_send(three.b, "b");
	kit_expect_more(three.router, "same");
	kit_expect(three.router, "b");
	for (int i = 0; i < 20; i++) {
		pr_kit_poll(three.router, ZMQ_POLLIN, 5); /* time to come back */
		kit_send_more(three.router, "same");
		kit_send(three.router, "to b");
		kit_expect(three.b, "to b");
	}
	assert_false(pr_kit_poll(three.a, ZMQ_POLLIN, 0));
	assert_false(pr_kit_poll(three.router, ZMQ_POLLIN, 0));
	close_three(&three);
}

/* A message to the old peer that is not complete is dropped, and goes to nobody.  */
static void test_handover_inside_a_message(void **state)
{
	struct three three;

	(void)state;
	open_three(&three, 1);
	kit_send_more(three.router, "same");
	kit_send_more(three.router, "half");
	kit_assert_ok(zmq_connect(three.b, three.endpoint));
	kit_send(three.b, "b");
	kit_expect_more(three.router, "same");
	kit_expect(three.router, "b");
	kit_send(three.router, "other half");
	kit_send_more(three.router, "same");
	kit_send(three.router, "whole");
	kit_expect(three.b, "whole");
	assert_false(pr_kit_poll(three.a, ZMQ_POLLIN, 50));
	close_three(&three);
}

/* Without handover the second peer of an id is connected, and not heard.  */
static void test_no_handover(void **state)
{
	struct three three;

	(void)state;
	open_three(&three, 0);
	kit_assert_ok(zmq_connect(three.b, three.endpoint));
	kit_send(three.b, "b");
	assert_false(pr_kit_poll(three.router, ZMQ_POLLIN, 100));
	kit_send_more(three.router, "same");
	kit_send(three.router, "to a");
	kit_expect(three.a, "to a");
	assert_false(pr_kit_poll(three.b, ZMQ_POLLIN, 0));
	close_three(&three);
}

/* ZMQ_PROBE_ROUTER, whoever binds: an empty message, at once.  */
static void check_probe(int type, bool binds)
{
	void *ctx = pr_kit_ctx();
	void *prober = pr_kit_socket(ctx, type), *router = pr_kit_socket(ctx, ZMQ_ROUTER);
	char endpoint[KIT_ENDPOINT_SIZE];

	pr_kit_set(prober, ZMQ_PROBE_ROUTER, 1);
	pr_kit_set_id(prober, "prober");
	kit_bind(binds ? prober : router, endpoint);
	kit_assert_ok(zmq_connect(binds ? router : prober, endpoint));
	if (binds) /* a bound socket hears of its peer when it is asked something */
		kit_until(pr_kit_get(prober, ZMQ_EVENTS) >= 0 &&
		          pr_kit_poll(router, ZMQ_POLLIN, 0));
	kit_expect_more(router, "prober");
	kit_expect(router, "");
	pr_kit_close(prober);
	pr_kit_close(router);
	pr_kit_term(ctx);
}

static void test_probes(void **state)
{
	const int types[] = {ZMQ_ROUTER, ZMQ_DEALER, ZMQ_REQ};

	(void)state;
	for (size_t i = 0; i < KIT_COUNT(types); i++) {
		check_probe(types[i], false);
		check_probe(types[i], true);
	}
}

/* ---- ZMQ_IMMEDIATE ---- */

/* Nothing is queued for who is not there, before and after.  */
static void check_immediate(int type, int peer_type)
{
	void *ctx = pr_kit_ctx();
	void *socket = pr_kit_socket(ctx, type), *peer = pr_kit_socket(ctx, peer_type);
	char endpoint[KIT_ENDPOINT_SIZE];

	pr_kit_unused_endpoint(endpoint);
	pr_kit_set(socket, ZMQ_IMMEDIATE, 1);
	pr_kit_set(socket, ZMQ_RECONNECT_IVL, 10);
	kit_assert_ok(zmq_connect(socket, endpoint));
	assert_false(pr_kit_poll(socket, ZMQ_POLLOUT, 50));
	kit_assert_error(EAGAIN, zmq_send(socket, "lost", 4, ZMQ_DONTWAIT));
	for (int i = 0; i < 2; i++) {
		kit_until(zmq_bind(peer, endpoint) == 0);
		kit_send(socket, "heard"); /* waits for the connection */
		kit_expect(peer, "heard");
		pr_kit_close(peer);
		kit_until(!pr_kit_poll(socket, ZMQ_POLLOUT, 0));
		kit_assert_error(EAGAIN, zmq_send(socket, "lost", 4, ZMQ_DONTWAIT));
		peer = pr_kit_socket(ctx, peer_type);
	}
	pr_kit_close(socket);
	pr_kit_close(peer);
	pr_kit_term(ctx);
}

static void test_immediate(void **state)
{
	(void)state;
	if (pr_kit_is_inproc())
		skip();
	check_immediate(ZMQ_PUSH, ZMQ_PULL);
	check_immediate(ZMQ_DEALER, ZMQ_DEALER);
	check_immediate(ZMQ_PAIR, ZMQ_PAIR);
}

/* ---- In the middle of a message ---- */

/* The connection goes in the middle of a message: the rest is dropped with what came before, and
 * the next message is whole.  */
static void check_disconnect_inside(int type, int peer_type)
{
	void *ctx = pr_kit_ctx();
	void *socket = pr_kit_socket(ctx, type);
	void *first = pr_kit_socket(ctx, peer_type), *second = pr_kit_socket(ctx, peer_type);
	char endpoint[KIT_ENDPOINT_SIZE];

	kit_bind(first, endpoint);
	kit_assert_ok(zmq_connect(socket, endpoint));
	kit_send_more(socket, "one");
	kit_assert_ok(zmq_disconnect(socket, endpoint));
	kit_send(socket, "two");
	kit_assert_error(EAGAIN, zmq_send(socket, "x", 1, ZMQ_DONTWAIT));
	kit_bind(second, endpoint);
	kit_assert_ok(zmq_connect(socket, endpoint));
	kit_send_more(socket, "three");
	kit_send(socket, "four");
	kit_expect_more(second, "three");
	kit_expect(second, "four");
	assert_false(pr_kit_poll(first, ZMQ_POLLIN, 50));
	pr_kit_close(socket);
	pr_kit_close(first);
	pr_kit_close(second);
	pr_kit_term(ctx);
}

static void test_disconnect_inside(void **state)
{
	(void)state;
	check_disconnect_inside(ZMQ_PUSH, ZMQ_PULL);
	check_disconnect_inside(ZMQ_DEALER, ZMQ_DEALER);
}

/* ---- A peer that breaks the protocol ---- */

/* A connecter does not come back to it.  */
static void test_no_way_back(void **state)
{
	(void)state;
	if (pr_kit_is_inproc())
		skip();
	for (int in_traffic = 0; in_traffic < 2; in_traffic++) {
		void *ctx = pr_kit_ctx();
		void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);
		char endpoint[KIT_ENDPOINT_SIZE];
		int listener = pr_peer_listen(endpoint);
		struct peer nobody = {.fd = listener};
		struct pr_buf bytes;
		const int64_t most = 3;

		pr_kit_set(dealer, ZMQ_RECONNECT_IVL, 10);
		kit_assert_ok(zmq_setsockopt(dealer, ZMQ_MAXMSGSIZE, &most, sizeof(most)));
		kit_assert_ok(zmq_connect(dealer, endpoint));
		struct peer peer = pr_peer_accept(listener);

		pr_buf_init(&bytes);
		pr_peer_add_handshake(&bytes, in_traffic ? "ROUTER" : "PUB", NULL);
		pr_peer_add_text(&bytes, 0, "more than three");
		pr_peer_send_buf(&peer, &bytes);
		pr_peer_expect_end(&peer);
		kit_until(pr_kit_get(dealer, ZMQ_EVENTS) == 0);
		assert_false(pr_peer_has_input(&nobody, 100));
		pr_buf_fini(&bytes);
		pr_peer_close(&peer);
		close(listener);
		pr_kit_close(dealer);
		pr_kit_term(ctx);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_handover_is_final),
	        cmocka_unit_test(test_handover_inside_a_message),
	        cmocka_unit_test(test_no_handover),
	        cmocka_unit_test(test_probes),
	        cmocka_unit_test(test_immediate),
	        cmocka_unit_test(test_disconnect_inside),
	        cmocka_unit_test(test_no_way_back),
	};

	return KIT_RUN(tests);
}
