/* SPDX-License-Identifier: MIT */
/* core/test/router_test.c - ROUTER: ids, routing, what happens to messages that cannot be routed.
 */
#include "core/test/kit.h"

#include <stdio.h>

static void router_send(void *router, const void *id, size_t size, const char *text)
{
	assert_int_equal(zmq_send(router, id, size, ZMQ_SNDMORE), size);
	kit_send(router, text);
}

/* Waits until a mandatory ROUTER knows id: it refuses what it cannot route.  */
static void wait_for_peer(void *router, const char *id)
{
	pr_kit_set(router, ZMQ_ROUTER_MANDATORY, 1);
	kit_until(zmq_send(router, id, strlen(id), ZMQ_SNDMORE) != -1);
	kit_send(router, "hello");
}

/* An id that nobody chose is a zero and four bytes, another for each connection.  */
static void test_auto_ids(void **state)
{
	void *ctx = pr_kit_ctx();
	void *router = pr_kit_socket(ctx, ZMQ_ROUTER);
	char endpoint[KIT_ENDPOINT_SIZE];
	void *dealers[8];
	uint8_t ids[8][256];

	(void)state;
	kit_bind(router, endpoint);
	for (size_t i = 0; i < KIT_COUNT(dealers); i++) {
		dealers[i] = pr_kit_socket(ctx, ZMQ_DEALER);
		kit_assert_ok(zmq_connect(dealers[i], endpoint));
		kit_send(dealers[i], "hello");
		assert_int_equal(kit_recv_id(router, ids[i]), 5);
		assert_int_equal(ids[i][0], 0);
		kit_expect(router, "hello");
		for (size_t k = 0; k < i; k++)
			assert_memory_not_equal(ids[i], ids[k], 5);
	}
	for (size_t i = KIT_COUNT(dealers); i-- > 0;) {
		char text[32];

		snprintf(text, sizeof(text), "number %zu", i);
		router_send(router, ids[i], 5, text);
		kit_expect(dealers[i], text);
		pr_kit_close(dealers[i]);
	}
	pr_kit_close(router);
	pr_kit_term(ctx);
}

/* Ids of 1 and of 255 bytes, with any byte in them but a leading zero.  */
static void test_chosen_ids(void **state)
{
	const size_t sizes[] = {1, 2, 5, 33, 254, 255};
	void *ctx = pr_kit_ctx();
	void *router = pr_kit_socket(ctx, ZMQ_ROUTER);
	char endpoint[KIT_ENDPOINT_SIZE];

	(void)state;
	kit_bind(router, endpoint);
	for (size_t i = 0; i < KIT_COUNT(sizes); i++) {
		void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);
		uint8_t id[255], seen[256];

		pr_kit_fill(id, sizeof(id), i);
		id[0] |= 1;
		kit_assert_ok(zmq_setsockopt(dealer, ZMQ_ROUTING_ID, id, sizes[i]));
		kit_assert_ok(zmq_connect(dealer, endpoint));
		kit_send(dealer, "hello");
		assert_int_equal(kit_recv_id(router, seen), sizes[i]);
		assert_memory_equal(seen, id, sizes[i]);
		kit_expect(router, "hello");
		router_send(router, id, sizes[i], "world");
		kit_expect(dealer, "world");
		pr_kit_close(dealer);
	}
	pr_kit_close(router);
	pr_kit_term(ctx);
}

/* The topology of the report: two ROUTERs, both with ids, mandatory.  */
static void test_router_to_router(void **state)
{
	void *ctx = pr_kit_ctx();
	void *a = pr_kit_socket(ctx, ZMQ_ROUTER);
	void *b = pr_kit_socket(ctx, ZMQ_ROUTER);
	char endpoint[KIT_ENDPOINT_SIZE];

	(void)state;
	pr_kit_set_id(a, "A");
	pr_kit_set_id(b, "B");
	kit_bind(a, endpoint);
	kit_assert_ok(zmq_connect(b, endpoint));
	wait_for_peer(a, "B");
	wait_for_peer(b, "A");
	kit_expect_more(a, "B");
	kit_expect(a, "hello");
	kit_expect_more(b, "A");
	kit_expect(b, "hello");
	for (int i = 0; i < 100; i++) {
		router_send(a, "B", 1, "ping");
		kit_expect_more(b, "A");
		kit_expect(b, "ping");
		router_send(b, "A", 1, "pong");
		kit_expect_more(a, "B");
		kit_expect(a, "pong");
	}
	pr_kit_close(a);
	pr_kit_close(b);
	pr_kit_term(ctx);
}

static void test_mandatory_unknown(void **state)
{
	struct kit_pair pair;
	zmq_msg_t msg;
	uint8_t id[256];
	size_t size;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_ROUTER, ZMQ_DEALER);
	pr_kit_set(pair.a, ZMQ_ROUTER_MANDATORY, 1);
	kit_assert_error(EHOSTUNREACH, zmq_send(pair.a, "nobody", 6, ZMQ_SNDMORE));
	kit_assert_error(EHOSTUNREACH, zmq_send(pair.a, "nobody", 6, ZMQ_SNDMORE | ZMQ_DONTWAIT));
	kit_assert_error(EHOSTUNREACH, zmq_send(pair.a, "", 0, ZMQ_SNDMORE));
	/* The caller keeps a message that was refused. */
	kit_assert_ok(zmq_msg_init_size(&msg, 6));
	memcpy(zmq_msg_data(&msg), "nobody", 6);
	kit_assert_error(EHOSTUNREACH, zmq_msg_send(&msg, pair.a, ZMQ_SNDMORE));
	assert_int_equal(zmq_msg_size(&msg), 6);
	assert_memory_equal(zmq_msg_data(&msg), "nobody", 6);
	kit_assert_ok(zmq_msg_close(&msg));
	/* A refusal leaves nothing behind: the next message starts with its id. */
	kit_send(pair.b, "hello");
	size = kit_recv_id(pair.a, id);
	kit_expect(pair.a, "hello");
	router_send(pair.a, id, size, "world");
	kit_expect(pair.b, "world");
	pr_kit_pair_close(&pair);
}

static void test_mandatory_peer_gone(void **state)
{
	struct kit_pair pair;
	uint8_t id[256];
	size_t size;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_ROUTER, ZMQ_DEALER);
	pr_kit_set(pair.a, ZMQ_ROUTER_MANDATORY, 1);
	kit_send(pair.b, "hello");
	size = kit_recv_id(pair.a, id);
	kit_expect(pair.a, "hello");
	pr_kit_close(pair.b);
	for (int64_t end = pr_kit_now_ms() + KIT_DEADLINE_MS;;) {
		if (zmq_send(pair.a, id, size, ZMQ_SNDMORE) == -1)
			break;
		kit_send(pair.a, "anyone there?");
		assert_true(pr_kit_now_ms() < end);
		pr_kit_pause();
	}
	assert_int_equal(errno, EHOSTUNREACH);
	pr_kit_close(pair.a);
	pr_kit_term(pair.ctx);
}

/* Fills the way to one peer with messages of 64 KiB and returns how many were taken: as much as the
 * high-water marks and the kernel hold, and no more.  */
static int fill(void *router, const char *id)
{
	static char body[65536];
	int taken = 0;

	for (;; taken++) {
		if (zmq_send(router, id, strlen(id), ZMQ_SNDMORE | ZMQ_DONTWAIT) == -1) {
			assert_int_equal(errno, EAGAIN);
			if (!pr_kit_poll(router, ZMQ_POLLOUT, 500))
				return taken;
			taken--;
			continue;
		}
		assert_int_equal(zmq_send(router, body, sizeof(body), ZMQ_DONTWAIT), sizeof(body));
		assert_true(taken < 4000);
	}
}

/* A mandatory ROUTER says EAGAIN for a peer whose queue is full, goes on with the others, and says
 * ZMQ_POLLOUT when there is room again.  */
static void test_mandatory_full(void **state)
{
	void *ctx = pr_kit_ctx();
	void *router = pr_kit_socket(ctx, ZMQ_ROUTER);
	void *stalled = pr_kit_socket(ctx, ZMQ_DEALER);
	void *lively = pr_kit_socket(ctx, ZMQ_DEALER);
	char endpoint[KIT_ENDPOINT_SIZE];
	int taken, late = 0;

	(void)state;
	pr_kit_set(router, ZMQ_SNDHWM, 4);
	pr_kit_set(stalled, ZMQ_RCVHWM, 4);
	pr_kit_set(stalled, ZMQ_RCVBUF, 65536);
	pr_kit_set_id(stalled, "stalled");
	pr_kit_set_id(lively, "lively");
	kit_bind(router, endpoint);
	kit_assert_ok(zmq_connect(stalled, endpoint));
	wait_for_peer(router, "stalled");
	taken = fill(router, "stalled");
	assert_true(taken > 0);
	pr_kit_set(router, ZMQ_SNDTIMEO, 20);
	/* An I/O thread that had no CPU for a while may still make room. */
	while (zmq_send(router, "stalled", 7, ZMQ_SNDMORE) != -1) {
		kit_assert_ok(zmq_send(router, "late", 4, 0));
		late++;
		assert_true(late < 100);
	}
	assert_int_equal(errno, EAGAIN);
	pr_kit_set(router, ZMQ_SNDTIMEO, KIT_DEADLINE_MS);

	kit_assert_ok(zmq_connect(lively, endpoint));
	wait_for_peer(router, "lively");
	kit_expect(lively, "hello");
	for (int i = 0; i < 10; i++) {
		router_send(router, "lively", 6, "still here");
		kit_expect(lively, "still here");
	}
	kit_expect(stalled, "hello");
	for (int i = 0; i < taken; i++)
		assert_int_equal(zmq_recv(stalled, NULL, 0, 0), 65536);
	for (int i = 0; i < late; i++)
		kit_expect(stalled, "late");
	router_send(router, "stalled", 7, "room again");
	kit_expect(stalled, "room again");
	pr_kit_close(stalled);
	pr_kit_close(lively);
	pr_kit_close(router);
	pr_kit_term(ctx);
}

/* Not mandatory: what has no way is dropped, whole, and the rest is not touched.  */
static void test_drop(void **state)
{
	struct kit_pair pair;
	uint8_t id[256];
	size_t size;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_ROUTER, ZMQ_DEALER);
	kit_send(pair.b, "hello");
	size = kit_recv_id(pair.a, id);
	kit_expect(pair.a, "hello");
	for (int i = 0; i < 20; i++) {
		kit_send_more(pair.a, "nobody");
		kit_send_more(pair.a, "lost");
		kit_send(pair.a, "message");
		router_send(pair.a, id, size, "kept");
		kit_send(pair.a, "an id alone");
	}
	for (int i = 0; i < 20; i++)
		kit_expect(pair.b, "kept");
	router_send(pair.a, id, size, "last");
	kit_expect(pair.b, "last");
	pr_kit_pair_close(&pair);
}

/* Not mandatory and full: dropped too.  What arrives is whole, in order, and starts with the first.
 */
static void test_drop_when_full(void **state)
{
	void *ctx = pr_kit_ctx();
	void *router = pr_kit_socket(ctx, ZMQ_ROUTER);
	void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);
	static char body[65536];
	char endpoint[KIT_ENDPOINT_SIZE];
	int last = -1, number = 0;

	(void)state;
	pr_kit_set(router, ZMQ_SNDHWM, 4);
	pr_kit_set(dealer, ZMQ_RCVHWM, 4);
	pr_kit_set(dealer, ZMQ_RCVBUF, 65536);
	pr_kit_set_id(dealer, "D");
	kit_bind(router, endpoint);
	kit_assert_ok(zmq_connect(dealer, endpoint));
	wait_for_peer(router, "D");
	kit_expect(dealer, "hello");
	pr_kit_set(router, ZMQ_ROUTER_MANDATORY, 0);
	for (int i = 0; i < 3000; i++) {
		assert_int_equal(zmq_send(router, "D", 1, ZMQ_SNDMORE), 1);
		assert_int_equal(zmq_send(router, &i, sizeof(i), ZMQ_SNDMORE), sizeof(i));
		assert_int_equal(zmq_send(router, body, sizeof(body), 0), sizeof(body));
	}
	/* A marker that is sent until it comes through ends the stream. */
	while (number != -1) {
		int marker = -1;

		zmq_send(router, "D", 1, ZMQ_SNDMORE);
		zmq_send(router, &marker, sizeof(marker), ZMQ_SNDMORE);
		zmq_send(router, "", 0, 0);
		if (!pr_kit_poll(dealer, ZMQ_POLLIN, 20))
			continue;
		assert_int_equal(zmq_recv(dealer, &number, sizeof(number), 0), sizeof(number));
		assert_true(pr_kit_get(dealer, ZMQ_RCVMORE));
		assert_int_equal(zmq_recv(dealer, NULL, 0, 0), number == -1 ? 0 : 65536);
		assert_false(pr_kit_get(dealer, ZMQ_RCVMORE));
		assert_true(number == -1 || number > last);
		assert_true(last != -1 || number == 0);
		last = number;
	}
	pr_kit_close(dealer);
	pr_kit_close(router);
	pr_kit_term(ctx);
}

static void test_multipart(void **state)
{
	struct kit_pair pair;
	uint8_t id[256];
	size_t size;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_ROUTER, ZMQ_DEALER);
	kit_send_more(pair.b, "");
	kit_send_more(pair.b, "request");
	kit_send_more(pair.b, "");
	kit_send(pair.b, "");
	size = kit_recv_id(pair.a, id);
	kit_expect_more(pair.a, "");
	kit_expect_more(pair.a, "request");
	kit_expect_more(pair.a, "");
	kit_expect(pair.a, "");
	assert_int_equal(zmq_send(pair.a, id, size, ZMQ_SNDMORE), size);
	kit_send_more(pair.a, "");
	kit_send_more(pair.a, "reply");
	kit_send(pair.a, "");
	kit_expect_more(pair.b, "");
	kit_expect_more(pair.b, "reply");
	kit_expect(pair.b, "");
	pr_kit_pair_close(&pair);
}

static void test_many_parts(void **state)
{
	struct kit_pair pair;
	uint8_t id[256];

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_ROUTER, ZMQ_DEALER);
	for (int i = 0; i < 5000; i++)
		assert_int_equal(zmq_send(pair.b, &i, sizeof(i), i < 4999 ? ZMQ_SNDMORE : 0),
		                 sizeof(i));
	kit_recv_id(pair.a, id);
	for (int i = 0; i < 5000; i++) {
		int seen = -1;

		assert_int_equal(zmq_recv(pair.a, &seen, sizeof(seen), 0), sizeof(seen));
		assert_int_equal(seen, i);
		assert_int_equal(pr_kit_get(pair.a, ZMQ_RCVMORE), i < 4999);
	}
	pr_kit_pair_close(&pair);
}

/* A message is not there before its last part: another one overtakes it.  */
static void test_parts_arrive_together(void **state)
{
	struct kit_pair pair;
	void *other;
	uint8_t id[256];

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_ROUTER, ZMQ_DEALER);
	other = pr_kit_socket(pair.ctx, ZMQ_DEALER);
	kit_assert_ok(zmq_connect(other, pair.endpoint));
	for (int i = 0; i < 20; i++) {
		kit_send_more(pair.b, "first");
		kit_send(other, "whole");
		kit_recv_id(pair.a, id);
		kit_expect(pair.a, "whole");
		kit_send(pair.b, "second");
		kit_recv_id(pair.a, id);
		kit_expect_more(pair.a, "first");
		kit_expect(pair.a, "second");
	}
	pr_kit_close(other);
	pr_kit_pair_close(&pair);
}

/* zmq_recv tells the size of the frame, gives what fits and throws the rest away.  */
static void test_truncation(void **state)
{
	struct kit_pair pair;
	char buffer[8] = "-------";

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_ROUTER, ZMQ_DEALER);
	pr_kit_set_id(pair.b, "ignored: connected already");
	kit_send_more(pair.b, "0123456789");
	kit_send_more(pair.b, "abc");
	kit_send(pair.b, "0123456789");
	assert_int_equal(zmq_recv(pair.a, buffer, 2, 0), 5);
	assert_int_equal(buffer[0], 0);
	assert_string_equal(buffer + 2, "-----");
	assert_int_equal(zmq_recv(pair.a, buffer, 3, 0), 10);
	assert_string_equal(buffer, "012----");
	assert_int_equal(pr_kit_get(pair.a, ZMQ_RCVMORE), 1);
	assert_int_equal(zmq_recv(pair.a, buffer, 7, 0), 3);
	assert_string_equal(buffer, "abc----");
	assert_int_equal(zmq_recv(pair.a, NULL, 0, 0), 10);
	assert_int_equal(pr_kit_get(pair.a, ZMQ_RCVMORE), 0);
	pr_kit_pair_close(&pair);
}

/* The id that a connection will have here can be chosen before it is there, and used at once.  */
static void test_connect_routing_id(void **state)
{
	void *ctx = pr_kit_ctx();
	void *router = pr_kit_socket(ctx, ZMQ_ROUTER);
	void *first = pr_kit_socket(ctx, ZMQ_DEALER);
	void *second = pr_kit_socket(ctx, ZMQ_DEALER);
	char at_first[KIT_ENDPOINT_SIZE], at_second[KIT_ENDPOINT_SIZE];

	(void)state;
	pr_kit_set(router, ZMQ_ROUTER_MANDATORY, 1);
	pr_kit_set_id(first, "its own name");
	kit_bind(first, at_first);
	kit_bind(second, at_second);
	kit_assert_ok(zmq_setsockopt(router, ZMQ_CONNECT_ROUTING_ID, "one", 3));
	kit_assert_ok(zmq_connect(router, at_first));
	router_send(router, "one", 3, "to one");
	kit_assert_ok(zmq_setsockopt(router, ZMQ_CONNECT_ROUTING_ID, "two", 3));
	kit_assert_ok(zmq_connect(router, at_second));
	router_send(router, "two", 3, "to two");
	kit_expect(first, "to one");
	kit_expect(second, "to two");
	kit_send(first, "from one");
	kit_expect_more(router, "one");
	kit_expect(router, "from one");
	kit_send(second, "from two");
	kit_expect_more(router, "two");
	kit_expect(router, "from two");
	kit_assert_error(EHOSTUNREACH, zmq_send(router, "its own name", 12, ZMQ_SNDMORE));
	pr_kit_close(router);
	pr_kit_close(first);
	pr_kit_close(second);
	pr_kit_term(ctx);
}

/* The choice is for one connect: the next connection has an id of its own again.  */
static void test_connect_routing_id_once(void **state)
{
	void *ctx = pr_kit_ctx();
	void *router = pr_kit_socket(ctx, ZMQ_ROUTER);
	void *first = pr_kit_socket(ctx, ZMQ_DEALER);
	void *second = pr_kit_socket(ctx, ZMQ_DEALER);
	char at_first[KIT_ENDPOINT_SIZE], at_second[KIT_ENDPOINT_SIZE];
	uint8_t id[256];

	(void)state;
	kit_bind(first, at_first);
	kit_bind(second, at_second);
	kit_assert_ok(zmq_setsockopt(router, ZMQ_CONNECT_ROUTING_ID, "one", 3));
	kit_assert_ok(zmq_connect(router, at_first));
	kit_assert_ok(zmq_connect(router, at_second));
	kit_send(second, "hello");
	assert_int_equal(kit_recv_id(router, id), 5);
	assert_int_equal(id[0], 0);
	kit_expect(router, "hello");
	kit_send(first, "hello");
	kit_expect_more(router, "one");
	kit_expect(router, "hello");
	pr_kit_close(router);
	pr_kit_close(first);
	pr_kit_close(second);
	pr_kit_term(ctx);
}

/* An id is free again when its owner has gone.  A peer that comes before that is noticed is not
 * heard (its id is taken), so it tries again.  */
static void test_id_is_reused(void **state)
{
	void *ctx = pr_kit_ctx();
	void *router = pr_kit_socket(ctx, ZMQ_ROUTER);
	char endpoint[KIT_ENDPOINT_SIZE], text[32];

	(void)state;
	kit_bind(router, endpoint);
	for (int i = 0; i < 10; i++) {
		void *dealer = NULL;
		int64_t end = pr_kit_now_ms() + KIT_DEADLINE_MS;

		snprintf(text, sizeof(text), "number %d", i);
		do {
			assert_true(pr_kit_now_ms() < end);
			if (dealer)
				pr_kit_close(dealer);
			dealer = pr_kit_socket(ctx, ZMQ_DEALER);
			pr_kit_set_id(dealer, "same");
			kit_assert_ok(zmq_connect(dealer, endpoint));
			kit_send(dealer, text);
		} while (!pr_kit_poll(router, ZMQ_POLLIN, 200));
		kit_expect_more(router, "same");
		kit_expect(router, text);
		router_send(router, "same", 4, text);
		kit_expect(dealer, text);
		pr_kit_close(dealer);
	}
	pr_kit_close(router);
	pr_kit_term(ctx);
}

/* A connecting DEALER keeps its chosen id when it comes back.  */
static void test_id_survives_reconnect(void **state)
{
	void *ctx = pr_kit_ctx();
	void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);
	char endpoint[KIT_ENDPOINT_SIZE];

	(void)state;
	pr_kit_set_id(dealer, "me");
	pr_kit_set(dealer, ZMQ_RECONNECT_IVL, 10);
	pr_kit_unused_endpoint(endpoint);
	kit_assert_ok(zmq_connect(dealer, endpoint));
	for (int i = 0; i < 3; i++) {
		void *router = pr_kit_socket(ctx, ZMQ_ROUTER);

		kit_until(zmq_bind(router, endpoint) == 0);
		wait_for_peer(router, "me");
		kit_expect(dealer, "hello");
		pr_kit_close(router);
	}
	pr_kit_close(dealer);
	pr_kit_term(ctx);
}

/* A ROUTER that is not mandatory can always be written to.  */
static void test_always_writable(void **state)
{
	void *ctx = pr_kit_ctx();
	void *router = pr_kit_socket(ctx, ZMQ_ROUTER);

	(void)state;
	assert_int_equal(pr_kit_get(router, ZMQ_EVENTS), ZMQ_POLLOUT);
	assert_true(pr_kit_poll(router, ZMQ_POLLOUT, 0));
	assert_false(pr_kit_poll(router, ZMQ_POLLIN, 0));
	pr_kit_close(router);
	pr_kit_term(ctx);
}

/* ZMQ_PROBE_ROUTER: an empty message tells the ROUTER of a connection before any other does.  */
static void test_probe(void **state)
{
	void *ctx = pr_kit_ctx();
	void *router = pr_kit_socket(ctx, ZMQ_ROUTER);
	void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);
	char endpoint[KIT_ENDPOINT_SIZE];

	(void)state;
	kit_bind(router, endpoint);
	pr_kit_set(dealer, ZMQ_PROBE_ROUTER, 1);
	pr_kit_set_id(dealer, "me");
	kit_assert_ok(zmq_connect(dealer, endpoint));
	kit_expect_more(router, "me");
	kit_expect(router, "");
	router_send(router, "me", 2, "welcome");
	kit_expect(dealer, "welcome");
	pr_kit_close(dealer);
	pr_kit_close(router);
	pr_kit_term(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_auto_ids),
	        cmocka_unit_test(test_chosen_ids),
	        cmocka_unit_test(test_router_to_router),
	        cmocka_unit_test(test_mandatory_unknown),
	        cmocka_unit_test(test_mandatory_peer_gone),
	        cmocka_unit_test(test_mandatory_full),
	        cmocka_unit_test(test_drop),
	        cmocka_unit_test(test_drop_when_full),
	        cmocka_unit_test(test_multipart),
	        cmocka_unit_test(test_many_parts),
	        cmocka_unit_test(test_parts_arrive_together),
	        cmocka_unit_test(test_truncation),
	        cmocka_unit_test(test_connect_routing_id),
	        cmocka_unit_test(test_connect_routing_id_once),
	        cmocka_unit_test(test_id_is_reused),
	        cmocka_unit_test(test_id_survives_reconnect),
	        cmocka_unit_test(test_always_writable),
	        cmocka_unit_test(test_probe),
	};
	return KIT_RUN(tests);
}
