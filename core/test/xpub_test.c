/* SPDX-License-Identifier: MIT */
/* core/test/xpub_test.c - XPUB and XSUB: subscriptions as messages, their options, proxies; and
 * what travels to peers of either ZMTP.  */
#include "core/test/peer.h"

#include <stdio.h>
#include <stdlib.h>

/* Drafts of libzmq's API, which the stable library has under these numbers all the same.  */
#define MANUAL_LAST_VALUE    98
#define ONLY_FIRST_SUBSCRIBE 108

#define subscribe(sub, topic)                                                                      \
	kit_assert_ok(zmq_setsockopt(sub, ZMQ_SUBSCRIBE, topic, strlen(topic)))
#define unsubscribe(sub, topic)                                                                    \
	kit_assert_ok(zmq_setsockopt(sub, ZMQ_UNSUBSCRIBE, topic, strlen(topic)))

#define expect_bytes(socket, bytes, more)                                                          \
	expect_message(__LINE__, socket, bytes, sizeof(bytes) - 1, more)

/* "\0topic" is no string for kit_expect.  */
static void expect_message(int line, void *socket, const char *bytes, size_t size, bool more)
{
	char seen[128];
	int got = zmq_recv(socket, seen, sizeof(seen), 0);

	if (got == -1)
		pr_kit_fail(__FILE__, line, "%s", zmq_strerror(errno));
	if ((size_t)got != size || memcmp(seen, bytes, size) != 0)
		pr_kit_fail(__FILE__, line, "%d bytes, beginning with %d, then \"%.*s\"", got,
		            got ? seen[0] : -1, got ? got - 1 : 0, seen + 1);
	assert_int_equal(pr_kit_get(socket, ZMQ_RCVMORE), more);
}

static void expect_nothing(void *socket)
{
	assert_false(pr_kit_poll(socket, ZMQ_POLLIN, 0));
	assert_int_equal(zmq_recv(socket, NULL, 0, ZMQ_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
}

struct three {
	void *ctx, *xpub, *a, *b;
	char endpoint[KIT_ENDPOINT_SIZE];
};

/* An XPUB with an option, and two SUBs.  */
static void open_three(struct three *three, int option)
{
	three->ctx = pr_kit_ctx();
	three->xpub = pr_kit_socket(three->ctx, ZMQ_XPUB);
	three->a = pr_kit_socket(three->ctx, ZMQ_SUB);
	three->b = pr_kit_socket(three->ctx, ZMQ_SUB);
	if (option)
		pr_kit_set(three->xpub, option, 1);
	kit_bind(three->xpub, three->endpoint);
	kit_assert_ok(zmq_connect(three->a, three->endpoint));
	kit_assert_ok(zmq_connect(three->b, three->endpoint));
}

static void close_three(struct three *three)
{
	if (three->a)
		pr_kit_close(three->a);
	if (three->b)
		pr_kit_close(three->b);
	pr_kit_close(three->xpub);
	pr_kit_term(three->ctx);
}

/* A sign of its own from each SUB, so that all it said before has arrived.  */
static void mark(struct three *three, void *sub, const char *topic)
{
	char expected[16];

	subscribe(sub, topic);
	snprintf(expected, sizeof(expected), "\1%s", topic);
	kit_expect(three->xpub, expected);
}

/* Only the first subscription to a topic and the last end of one are passed on.  */
static void test_first_and_last(void **state)
{
	struct three three;

	(void)state;
	open_three(&three, 0);
	subscribe(three.a, "x");
	expect_bytes(three.xpub, "\1x", false);
	subscribe(three.a, "x");
	subscribe(three.b, "x");
	mark(&three, three.a, "mark a");
	mark(&three, three.b, "mark b");
	unsubscribe(three.a, "x");
	unsubscribe(three.a, "x");
	unsubscribe(three.a, "mark a");
	expect_bytes(three.xpub, "\0mark a", false);
	unsubscribe(three.b, "x");
	expect_bytes(three.xpub, "\0x", false);
	expect_nothing(three.xpub);
	subscribe(three.a, "");
	expect_bytes(three.xpub, "\1", false);
	close_three(&three);
}

static void test_verbose(void **state)
{
	struct three three;

	(void)state;
	open_three(&three, ZMQ_XPUB_VERBOSE);
	subscribe(three.a, "x");
	expect_bytes(three.xpub, "\1x", false);
	subscribe(three.a, "x");
	expect_bytes(three.xpub, "\1x", false);
	subscribe(three.b, "x");
	expect_bytes(three.xpub, "\1x", false);
	unsubscribe(three.a, "x");
	unsubscribe(three.a, "x");
	mark(&three, three.a, "mark");
	unsubscribe(three.b, "x");
	expect_bytes(three.xpub, "\0x", false);
	pr_kit_set(three.xpub, ZMQ_XPUB_VERBOSE, 0);
	subscribe(three.b, "x");
	subscribe(three.b, "x");
	expect_bytes(three.xpub, "\1x", false);
	mark(&three, three.b, "more");
	close_three(&three);
}

static void test_verboser(void **state)
{
	struct three three;

	(void)state;
	open_three(&three, ZMQ_XPUB_VERBOSER);
	subscribe(three.a, "x");
	expect_bytes(three.xpub, "\1x", false);
	subscribe(three.b, "x");
	expect_bytes(three.xpub, "\1x", false);
	unsubscribe(three.a, "x");
	expect_bytes(three.xpub, "\0x", false);
	unsubscribe(three.b, "x");
	expect_bytes(three.xpub, "\0x", false);
	subscribe(three.a, "y");
	expect_bytes(three.xpub, "\1y", false);
	subscribe(three.b, "y");
	expect_bytes(three.xpub, "\1y", false);
	pr_kit_close(three.a);
	three.a = NULL;
	expect_bytes(three.xpub, "\0y", false);
	pr_kit_close(three.b);
	three.b = NULL;
	expect_bytes(three.xpub, "\0y", false);
	close_three(&three);
}

/* Whoever goes away is not subscribed any more; the XPUB hears of it.  */
static void test_leaving(void **state)
{
	struct three three;

	(void)state;
	open_three(&three, 0);
	mark(&three, three.a, "b");
	mark(&three, three.a, "a");
	mark(&three, three.a, "ab");
	subscribe(three.b, "a");
	mark(&three, three.b, "c");
	pr_kit_close(three.a);
	three.a = NULL;
	expect_bytes(three.xpub, "\0ab", false);
	expect_bytes(three.xpub, "\0b", false);
	kit_send(three.xpub, "ab");
	kit_expect(three.b, "ab");
	pr_kit_close(three.b);
	three.b = NULL;
	expect_bytes(three.xpub, "\0a", false);
	expect_bytes(three.xpub, "\0c", false);
	expect_nothing(three.xpub);
	kit_send(three.xpub, "ab");
	close_three(&three);
}

/* The XPUB decides to what the subscriber is subscribed whose wish it received last.  */
static void test_manual(void **state)
{
	struct three three;

	(void)state;
	open_three(&three, ZMQ_XPUB_MANUAL);
	subscribe(three.a, "A");
	expect_bytes(three.xpub, "\1A", false);
	subscribe(three.xpub, "XA");
	subscribe(three.b, "B");
	expect_bytes(three.xpub, "\1B", false);
	subscribe(three.xpub, "XB");
	subscribe(three.a, "XA"); /* so that it passes what it gets */
	expect_bytes(three.xpub, "\1XA", false);
	subscribe(three.b, "XB");
	expect_bytes(three.xpub, "\1XB", false);
	kit_send(three.xpub, "A");
	kit_send(three.xpub, "B");
	kit_send(three.xpub, "XA");
	kit_send(three.xpub, "XB");
	kit_expect(three.a, "XA");
	kit_expect(three.b, "XB");
	unsubscribe(three.a, "A");
	expect_bytes(three.xpub, "\0A", false);
	unsubscribe(three.xpub, "XA");
	kit_send(three.xpub, "XA");
	kit_send(three.xpub, "XB");
	kit_expect(three.b, "XB");
	pr_kit_close(three.b);
	three.b = NULL;
	expect_bytes(three.xpub, "\0B", false);
	expect_bytes(three.xpub, "\0XB", false);
	subscribe(three.xpub, "for nobody");
	expect_nothing(three.a);
	close_three(&three);
}

/* Only the subscriber whose wish was received last gets the next message.  */
static void test_manual_last_value(void **state)
{
	struct three three;

	(void)state;
	open_three(&three, MANUAL_LAST_VALUE);
	subscribe(three.a, "A");
	expect_bytes(three.xpub, "\1A", false);
	subscribe(three.xpub, "A");
	subscribe(three.b, "A");
	expect_bytes(three.xpub, "\1A", false);
	subscribe(three.xpub, "A");
	kit_send(three.xpub, "A last");
	kit_expect(three.b, "A last");
	kit_send(three.xpub, "A for all");
	kit_expect(three.a, "A for all");
	kit_expect(three.b, "A for all");
	close_three(&three);
}

static void test_welcome(void **state)
{
	void *ctx = pr_kit_ctx();
	void *xpub = pr_kit_socket(ctx, ZMQ_XPUB), *sub;
	char endpoint[KIT_ENDPOINT_SIZE];

	(void)state;
	kit_assert_ok(zmq_setsockopt(xpub, ZMQ_XPUB_WELCOME_MSG, "welcome", 7));
	kit_bind(xpub, endpoint);
	for (int i = 0; i < 3; i++) {
		sub = pr_kit_socket(ctx, ZMQ_SUB);
		subscribe(sub, "w");
		kit_assert_ok(zmq_connect(sub, endpoint));
		expect_bytes(xpub, "\1w", false);
		kit_expect(sub, "welcome");
		pr_kit_close(sub);
		expect_bytes(xpub, "\0w", false);
	}
	kit_assert_ok(zmq_setsockopt(xpub, ZMQ_XPUB_WELCOME_MSG, NULL, 0));
	sub = pr_kit_socket(ctx, ZMQ_SUB);
	subscribe(sub, "w");
	kit_assert_ok(zmq_connect(sub, endpoint));
	expect_bytes(xpub, "\1w", false);
	kit_send(xpub, "what");
	kit_expect(sub, "what");
	pr_kit_close(sub);
	pr_kit_close(xpub);
	pr_kit_term(ctx);
}

/* A full subscriber makes the publisher wait; nothing is lost.  */
static void test_nodrop(void **state)
{
	struct kit_pair pair;
	static char body[10000];
	int sent = 0, number;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_XPUB, ZMQ_SUB);
	pr_kit_set(pair.a, ZMQ_SNDHWM, 5);
	pr_kit_set(pair.a, ZMQ_XPUB_NODROP, 1);
	subscribe(pair.b, "");
	expect_bytes(pair.a, "\1", false);
	pr_kit_set(pair.a, ZMQ_SNDTIMEO, 200); /* for what is under way to come to rest */
	while (zmq_send(pair.a, &sent, sizeof(sent), ZMQ_SNDMORE) != -1) {
		kit_assert_ok(zmq_send(pair.a, body, sizeof(body), ZMQ_DONTWAIT));
		assert_true(++sent < 100000);
	}
	assert_int_equal(errno, EAGAIN);
	for (int i = 0; i < sent; i++) {
		assert_int_equal(zmq_recv(pair.b, &number, sizeof(number), 0), sizeof(number));
		assert_int_equal(number, i);
		assert_int_equal(zmq_recv(pair.b, body, sizeof(body), 0), sizeof(body));
	}
	pr_kit_set(pair.a, ZMQ_SNDTIMEO, KIT_DEADLINE_MS);
	kit_send(pair.a, "there is room");
	kit_expect(pair.b, "there is room");
	pr_kit_pair_close(&pair);
}

/* What an XSUB sends besides subscriptions reaches the XPUB, in parts if it has parts.  */
static void test_upstream(void **state)
{
	struct kit_pair pair;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_XPUB, ZMQ_XSUB);
	assert_int_equal(pr_kit_get(pair.b, ZMQ_EVENTS), ZMQ_POLLOUT);
	kit_send(pair.b, "\1first");
	expect_bytes(pair.a, "\1first", false);
	kit_send(pair.b, "hello");
	kit_send(pair.b, "");
	kit_send_more(pair.b, "two");
	kit_send(pair.b, "parts");
	kit_send(pair.b, "\1sub");
	kit_send_more(pair.b, "text, and");
	kit_send(pair.b, "\1within");
	expect_bytes(pair.a, "hello", false);
	expect_bytes(pair.a, "", false);
	expect_bytes(pair.a, "two", true);
	expect_bytes(pair.a, "parts", false);
	expect_bytes(pair.a, "\1sub", false);
	expect_bytes(pair.a, "text, and", true);
	expect_bytes(pair.a, "\1within", false);
	kit_send(pair.a, "sub");
	kit_send(pair.a, "other");
	kit_send(pair.a, "within");
	kit_expect(pair.b, "sub");
	kit_expect(pair.b, "within");
	kit_assert_ok(zmq_send(pair.b, "\0never", 6, 0));
	kit_assert_ok(zmq_send(pair.b, "\0sub", 4, 0));
	expect_bytes(pair.a, "\0sub", false);
	expect_nothing(pair.a);
	pr_kit_pair_close(&pair);
}

/* What was sent before there was a connection is not lost.  */
static void test_upstream_waits(void **state)
{
	struct kit_pair pair;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_XPUB, ZMQ_XSUB);
	kit_send(pair.b, "\1first");
	kit_send_more(pair.b, "two");
	kit_send(pair.b, "parts");
	expect_bytes(pair.a, "\1first", false);
	expect_bytes(pair.a, "two", true);
	expect_bytes(pair.a, "parts", false);
	pr_kit_pair_close(&pair);
}

/* ...and only its first parts are subscriptions, with this option.  */
static void test_only_first(void **state)
{
	struct kit_pair pair;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_XPUB, ZMQ_XSUB);
	pr_kit_set(pair.a, ONLY_FIRST_SUBSCRIBE, 1);
	pr_kit_set(pair.b, ONLY_FIRST_SUBSCRIBE, 1);
	kit_send(pair.b, "\1first");
	expect_bytes(pair.a, "\1first", false);
	kit_send_more(pair.b, "text");
	kit_send(pair.b, "\1no");
	kit_send_more(pair.b, "\1yes");
	kit_send(pair.b, "\1this too");
	expect_bytes(pair.a, "text", true);
	expect_bytes(pair.a, "\1no", false);
	expect_bytes(pair.a, "\1yes", false);
	expect_bytes(pair.a, "\1this too", false);
	kit_send(pair.a, "no");
	kit_send(pair.a, "yes");
	kit_expect(pair.b, "yes");
	kit_send(pair.a, "this too");
	kit_expect(pair.b, "this too");
	pr_kit_pair_close(&pair);
}

/* An XSUB filters nothing itself: what is under way arrives, wanted or not.  */
static void test_xsub_does_not_filter(void **state)
{
	struct kit_pair pair;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_XPUB, ZMQ_XSUB);
	kit_send(pair.b, "\1a");
	expect_bytes(pair.a, "\1a", false);
	kit_send(pair.a, "a1");
	assert_true(pr_kit_poll(pair.b, ZMQ_POLLIN, KIT_DEADLINE_MS));
	kit_assert_ok(zmq_send(pair.b, "\0a", 2, 0));
	kit_expect(pair.b, "a1");
	pr_kit_pair_close(&pair);
}

struct proxy {
	void *front, *back;
};

static void *run_proxy(void *arg)
{
	struct proxy *proxy = arg;

	zmq_proxy(proxy->front, proxy->back, NULL);
	pr_kit_close(proxy->front);
	pr_kit_close(proxy->back);
	return NULL;
}

/* Publishers on one side, subscribers on the other: subscriptions pass upstream.  */
static void test_proxy(void **state)
{
	void *ctx = pr_kit_ctx();
	void *pub = pr_kit_socket(ctx, ZMQ_XPUB), *a = pr_kit_socket(ctx, ZMQ_SUB),
	     *b = pr_kit_socket(ctx, ZMQ_SUB);
	struct proxy proxy = {pr_kit_socket(ctx, ZMQ_XSUB), pr_kit_socket(ctx, ZMQ_XPUB)};
	char front[KIT_ENDPOINT_SIZE], back[KIT_ENDPOINT_SIZE];
	pthread_t thread;

	(void)state;
	kit_bind(proxy.front, front);
	kit_bind(proxy.back, back);
	kit_assert_ok(zmq_connect(pub, front));
	kit_assert_ok(zmq_connect(a, back));
	kit_assert_ok(zmq_connect(b, back));
	pr_kit_thread(&thread, run_proxy, &proxy);
	subscribe(a, "a");
	expect_bytes(pub, "\1a", false);
	subscribe(b, "b");
	expect_bytes(pub, "\1b", false);
	subscribe(b, "a");
	subscribe(b, "c");
	expect_bytes(pub, "\1c", false);
	kit_send_more(pub, "a1");
	kit_send(pub, "body");
	kit_send(pub, "b1");
	kit_send(pub, "d1");
	kit_expect_more(a, "a1");
	kit_expect(a, "body");
	kit_expect_more(b, "a1");
	kit_expect(b, "body");
	kit_expect(b, "b1");
	pr_kit_close(a);
	unsubscribe(b, "b");
	expect_bytes(pub, "\0b", false);
	pr_kit_close(b);
	expect_bytes(pub, "\0a", false);
	expect_bytes(pub, "\0c", false);
	pr_kit_close(pub);
	kit_assert_ok(zmq_ctx_shutdown(ctx));
	pr_kit_join(thread);
	pr_kit_term(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_first_and_last), cmocka_unit_test(test_verbose),
	        cmocka_unit_test(test_verboser),       cmocka_unit_test(test_leaving),
	        cmocka_unit_test(test_manual),         cmocka_unit_test(test_manual_last_value),
	        cmocka_unit_test(test_welcome),        cmocka_unit_test(test_nodrop),
	        cmocka_unit_test(test_upstream),       cmocka_unit_test(test_upstream_waits),
	        cmocka_unit_test(test_only_first),     cmocka_unit_test(test_xsub_does_not_filter),
	        cmocka_unit_test(test_proxy),
	};
	return KIT_RUN(tests);
}
