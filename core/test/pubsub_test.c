/* SPDX-License-Identifier: MIT */
/* core/test/pubsub_test.c - PUB and SUB: who gets what, over every transport.
 *
 * A subscription takes time to reach its publisher.  Tests wait for it by publishing probes until
 * one comes through, and then receive until they see the last probe.  */
#include "core/test/kit.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define subscribe(sub, topic)                                                                      \
	kit_assert_ok(zmq_setsockopt(sub, ZMQ_SUBSCRIBE, topic, strlen(topic)))
#define unsubscribe(sub, topic)                                                                    \
	kit_assert_ok(zmq_setsockopt(sub, ZMQ_UNSUBSCRIBE, topic, strlen(topic)))

/* Publishes topic + "#1", "#2"... until the subscriber gets one, then takes all of them.  */
static void wait_for(void *pub, void *sub, const char *topic)
{
	int64_t end = pr_kit_now_ms() + KIT_DEADLINE_MS;
	char probe[64], seen[64];
	int number = 0;

	do {
		snprintf(probe, sizeof(probe), "%s#%d", topic, ++number);
		kit_send(pub, probe);
		if (pr_kit_now_ms() > end)
			pr_kit_fail(__FILE__, __LINE__, "nobody subscribed to %s", topic);
	} while (!pr_kit_poll(sub, ZMQ_POLLIN, 10));
	do {
		memset(seen, 0, sizeof(seen));
		kit_assert_ok(zmq_recv(sub, seen, sizeof(seen) - 1, 0));
	} while (strcmp(seen, probe) != 0);
}

/* Nothing but these two texts comes, in this order, though others may have been sent between.  */
static void expect_only(void *sub, const char *text)
{
	kit_expect(sub, text);
	assert_int_equal(zmq_recv(sub, NULL, 0, ZMQ_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
}

static void test_topics(void **state)
{
	struct kit_pair pair;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_PUB, ZMQ_SUB);
	subscribe(pair.b, "news");
	subscribe(pair.b, "end");
	wait_for(pair.a, pair.b, "end");
	kit_send(pair.a, "weather");
	kit_send(pair.a, "new");
	kit_send(pair.a, "");
	kit_send(pair.a, "news");
	kit_send(pair.a, "newspaper");
	kit_send(pair.a, "end");
	kit_expect(pair.b, "news");
	kit_expect(pair.b, "newspaper");
	expect_only(pair.b, "end");
	unsubscribe(pair.b, "news");
	kit_send(pair.a, "news");
	wait_for(pair.a, pair.b, "end");
	kit_send(pair.a, "news");
	kit_send(pair.a, "end");
	expect_only(pair.b, "end");
	pr_kit_pair_close(&pair);
}

/* The first part decides for the whole message.  */
static void test_multipart(void **state)
{
	struct kit_pair pair;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_PUB, ZMQ_SUB);
	subscribe(pair.b, "a");
	wait_for(pair.a, pair.b, "a");
	for (int i = 0; i < 10; i++) {
		kit_send_more(pair.a, "b");
		kit_send_more(pair.a, "a");
		kit_send(pair.a, "a");
		kit_send_more(pair.a, "a");
		kit_send_more(pair.a, "b");
		kit_send_more(pair.a, "");
		kit_send(pair.a, "c");
		kit_expect_more(pair.b, "a");
		kit_expect_more(pair.b, "b");
		assert_true(pr_kit_get(pair.b, ZMQ_RCVMORE));
		kit_expect_more(pair.b, "");
		kit_expect(pair.b, "c");
	}
	assert_false(pr_kit_poll(pair.b, ZMQ_POLLIN, 0));
	pr_kit_pair_close(&pair);
}

/* As often as it was subscribed to, a topic has to be cancelled.  */
static void test_subscriptions_are_counted(void **state)
{
	struct kit_pair pair;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_PUB, ZMQ_SUB);
	for (int i = 0; i < 3; i++)
		subscribe(pair.b, "a");
	subscribe(pair.b, "end");
	unsubscribe(pair.b, "never");
	unsubscribe(pair.b, "a");
	unsubscribe(pair.b, "a");
	wait_for(pair.a, pair.b, "end");
	kit_send(pair.a, "a");
	kit_send(pair.a, "end");
	kit_expect(pair.b, "a");
	expect_only(pair.b, "end");
	unsubscribe(pair.b, "a");
	unsubscribe(pair.b, "a");
	kit_send(pair.a, "a");
	kit_send(pair.a, "end");
	expect_only(pair.b, "end");
	pr_kit_pair_close(&pair);
}

/* Overlapping topics do not make a message come twice.  */
static void test_once(void **state)
{
	struct kit_pair pair;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_PUB, ZMQ_SUB);
	subscribe(pair.b, "");
	subscribe(pair.b, "a");
	subscribe(pair.b, "ab");
	subscribe(pair.b, "abc");
	wait_for(pair.a, pair.b, "abc");
	kit_send(pair.a, "abcd");
	kit_send(pair.a, "b");
	kit_expect(pair.b, "abcd");
	expect_only(pair.b, "b");
	pr_kit_pair_close(&pair);
}

static void test_directions(void **state)
{
	void *ctx = pr_kit_ctx();
	void *pub = pr_kit_socket(ctx, ZMQ_PUB), *sub = pr_kit_socket(ctx, ZMQ_SUB);

	(void)state;
	kit_assert_error(ENOTSUP, zmq_recv(pub, NULL, 0, 0));
	kit_assert_error(ENOTSUP, zmq_send(sub, "x", 1, 0));
	kit_assert_error(EAGAIN, zmq_recv(sub, NULL, 0, ZMQ_DONTWAIT));
	kit_send(pub, "to nobody");
	kit_send_more(pub, "to nobody");
	kit_send(pub, "either");
	assert_int_equal(pr_kit_get(pub, ZMQ_EVENTS), ZMQ_POLLOUT);
	assert_int_equal(pr_kit_get(sub, ZMQ_EVENTS), 0);
	assert_int_equal(pr_kit_get(pub, ZMQ_TYPE), ZMQ_PUB);
	assert_int_equal(pr_kit_get(sub, ZMQ_TYPE), ZMQ_SUB);
	kit_assert_error(EINVAL, zmq_setsockopt(pub, ZMQ_SUBSCRIBE, "a", 1));
	kit_assert_error(EINVAL, zmq_setsockopt(pub, ZMQ_UNSUBSCRIBE, "a", 1));
	kit_assert_ok(zmq_setsockopt(sub, ZMQ_SUBSCRIBE, NULL, 0));
	kit_assert_ok(zmq_setsockopt(sub, ZMQ_UNSUBSCRIBE, NULL, 0));
	pr_kit_close(pub);
	pr_kit_close(sub);
	pr_kit_term(ctx);
}

/* New sockets of these types do not linger over subscriptions.  */
static void test_linger(void **state)
{
	void *ctx = pr_kit_ctx();
	const int types[] = {ZMQ_SUB, ZMQ_XSUB, ZMQ_PUB, ZMQ_XPUB};

	(void)state;
	for (size_t i = 0; i < KIT_COUNT(types); i++) {
		void *socket = zmq_socket(ctx, types[i]);

		assert_int_equal(pr_kit_get(socket, ZMQ_LINGER), i < 2 ? 0 : -1);
		pr_kit_close(socket);
	}
	pr_kit_term(ctx);
}

/* A subscriber that only waits is subscribed: nobody has to call the library for that.  */
static void test_waiting_is_enough(void **state)
{
	struct kit_pair pair;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_XPUB, ZMQ_SUB);
	subscribe(pair.b, "a");
	kit_expect(pair.a, "\1a");
	kit_send(pair.a, "a");
	kit_expect(pair.b, "a");
	pr_kit_pair_close(&pair);
}

/* Whoever binds.  */
static void test_sub_binds(void **state)
{
	struct kit_pair pair;
	void *other;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_SUB, ZMQ_PUB);
	other = pr_kit_socket(pair.ctx, ZMQ_PUB);
	kit_assert_ok(zmq_connect(other, pair.endpoint));
	subscribe(pair.a, "a");
	wait_for(pair.b, pair.a, "a");
	wait_for(other, pair.a, "a");
	subscribe(pair.a, "b");
	wait_for(pair.b, pair.a, "b");
	wait_for(other, pair.a, "b");
	pr_kit_close(other);
	pr_kit_pair_close(&pair);
}

/* A connection that begins just while subscriptions change misses none of them.  */
static void test_changes_while_connecting(void **state)
{
	void *ctx = pr_kit_ctx();
	void *sub = pr_kit_socket(ctx, ZMQ_SUB);
	char endpoint[KIT_ENDPOINT_SIZE], topic[16];

	(void)state;
	kit_bind(sub, endpoint);
	for (int i = 0; i < 50; i++) {
		void *pub = pr_kit_socket(ctx, ZMQ_PUB);

		kit_assert_ok(zmq_connect(pub, endpoint));
		for (int j = 0; j < 200; j++) {
			snprintf(topic, sizeof(topic), "%d,%d", i, j);
			subscribe(sub, topic);
			for (volatile int k = 0; k < j * i; k++)
				;
		}
		wait_for(pub, sub, topic);
		for (int j = 0; j < 200; j++) {
			snprintf(topic, sizeof(topic), "%d,%d", i, j);
			kit_send(pub, topic);
			kit_expect(sub, topic);
			unsubscribe(sub, topic);
		}
		pr_kit_close(pub);
	}
	pr_kit_close(sub);
	pr_kit_term(ctx);
}

#define MANY 20

/* Each of many subscribers gets its own messages and those for all.  */
static void test_fan_out(void **state)
{
	void *ctx = pr_kit_ctx();
	void *pub = pr_kit_socket(ctx, ZMQ_PUB), *subs[MANY];
	char endpoint[KIT_ENDPOINT_SIZE], topic[16];

	(void)state;
	kit_bind(pub, endpoint);
	for (int i = 0; i < MANY; i++) {
		subs[i] = pr_kit_socket(ctx, ZMQ_SUB);
		snprintf(topic, sizeof(topic), "to %02d", i);
		subscribe(subs[i], topic);
		subscribe(subs[i], "all");
		kit_assert_ok(zmq_connect(subs[i], endpoint));
		wait_for(pub, subs[i], topic);
	}
	for (int round = 0; round < 20; round++) {
		kit_send_more(pub, "all");
		kit_send(pub, "of you");
		for (int i = 0; i < MANY; i++) {
			snprintf(topic, sizeof(topic), "to %02d", i);
			kit_send(pub, topic);
		}
		for (int i = 0; i < MANY; i++) {
			snprintf(topic, sizeof(topic), "to %02d", i);
			kit_expect_more(subs[i], "all");
			kit_expect(subs[i], "of you");
			expect_only(subs[i], topic);
		}
	}
	for (int i = 0; i < MANY; i++)
		pr_kit_close(subs[i]);
	pr_kit_close(pub);
	pr_kit_term(ctx);
}

#define TOPICS 10000

/* Far more topics than the high-water mark has messages, made before the connection.  (Those that
 * are made while it is there libzmq may lose.)  */
static void test_many_topics(void **state)
{
	void *ctx = pr_kit_ctx();
	void *pub = pr_kit_socket(ctx, ZMQ_PUB), *sub = pr_kit_socket(ctx, ZMQ_SUB);
	char endpoint[KIT_ENDPOINT_SIZE], topic[32];

	(void)state;
	pr_kit_set(sub, ZMQ_SNDHWM, 0);
	pr_kit_set(pub, ZMQ_RCVHWM, 0);
	pr_kit_set(pub, ZMQ_SNDHWM, 0);
	pr_kit_set(sub, ZMQ_RCVHWM, 0);
	kit_bind(pub, endpoint);
	for (int i = 0; i < TOPICS; i++) {
		snprintf(topic, sizeof(topic), "topic %d.", i);
		subscribe(sub, topic);
	}
	subscribe(sub, "zzz");
	kit_assert_ok(zmq_connect(sub, endpoint));
	wait_for(pub, sub, "zzz");
	for (int i = 0; i < TOPICS; i += 7) {
		snprintf(topic, sizeof(topic), "topic %d", i);
		kit_send(pub, topic);
		snprintf(topic, sizeof(topic), "topic %d.x", i);
		kit_send(pub, topic);
		kit_expect(sub, topic);
	}
	for (int i = 0; i < TOPICS; i += 2) {
		snprintf(topic, sizeof(topic), "topic %d.", i);
		unsubscribe(sub, topic);
	}
	wait_for(pub, sub, "zzz");
	for (int i = 0; i < 100; i++) {
		snprintf(topic, sizeof(topic), "topic %d.", i);
		kit_send(pub, topic);
		if (i % 2)
			kit_expect(sub, topic);
	}
	assert_false(pr_kit_poll(sub, ZMQ_POLLIN, 0));
	pr_kit_close(sub);
	pr_kit_close(pub);
	pr_kit_term(ctx);
}

/* A new connection gets all subscriptions, those that changed meanwhile included.  */
static void test_reconnect(void **state)
{
	void *ctx = pr_kit_ctx();
	void *pub = pr_kit_socket(ctx, ZMQ_PUB), *sub = pr_kit_socket(ctx, ZMQ_SUB);
	char endpoint[KIT_ENDPOINT_SIZE];

	(void)state;
	kit_bind(pub, endpoint);
	pr_kit_set(sub, ZMQ_RECONNECT_IVL, 10);
	kit_assert_ok(zmq_connect(sub, endpoint));
	subscribe(sub, "a");
	subscribe(sub, "b");
	wait_for(pub, sub, "a");
	for (int i = 0; i < 3; i++) {
		pr_kit_close(pub);
		subscribe(sub, "c");
		unsubscribe(sub, i % 2 ? "a" : "b");
		pub = pr_kit_socket(ctx, ZMQ_PUB);
		kit_until(zmq_bind(pub, endpoint) == 0);
		wait_for(pub, sub, "c");
		kit_send(pub, i % 2 ? "a" : "b");
		kit_send(pub, i % 2 ? "b" : "a");
		kit_send(pub, "c");
		kit_expect(sub, i % 2 ? "b" : "a");
		expect_only(sub, "c");
		subscribe(sub, i % 2 ? "a" : "b");
	}
	pr_kit_close(sub);
	pr_kit_close(pub);
	pr_kit_term(ctx);
}

/* A slow subscriber loses messages, whole ones, and the publisher never waits.  Others lose none.
 */
static void test_slow_subscriber(void **state)
{
	void *ctx = pr_kit_ctx();
	void *pub = pr_kit_socket(ctx, ZMQ_PUB), *slow = pr_kit_socket(ctx, ZMQ_SUB);
	char endpoint[KIT_ENDPOINT_SIZE];
	static char body[30000];
	int sent = 0, got = 0, last = -1, number;

	(void)state;
	pr_kit_set(pub, ZMQ_SNDHWM, 10);
	pr_kit_set(slow, ZMQ_RCVHWM, 10);
	pr_kit_set(pub, ZMQ_SNDTIMEO, 0);
	kit_bind(pub, endpoint);
	subscribe(slow, "");
	kit_assert_ok(zmq_connect(slow, endpoint));
	wait_for(pub, slow, "a");
	for (; sent < 3000; sent++) {
		kit_assert_ok(zmq_send(pub, &sent, sizeof(sent), ZMQ_SNDMORE));
		kit_assert_ok(zmq_send(pub, body, sizeof(body), ZMQ_SNDMORE));
		kit_assert_ok(zmq_send(pub, "end", 3, 0));
	}
	while (pr_kit_poll(slow, ZMQ_POLLIN, 200)) {
		assert_int_equal(zmq_recv(slow, &number, sizeof(number), 0), sizeof(number));
		assert_true(number > last);
		last = number;
		assert_int_equal(zmq_recv(slow, body, sizeof(body), 0), sizeof(body));
		kit_expect(slow, "end");
		got++;
	}
	assert_in_range(got, 1, sent - 1);
	pr_kit_set(pub, ZMQ_SNDTIMEO, KIT_DEADLINE_MS);
	wait_for(pub, slow, "b");
	pr_kit_close(slow);
	pr_kit_close(pub);
	pr_kit_term(ctx);
}

static void test_invert_matching(void **state)
{
	void *ctx = pr_kit_ctx();
	void *pub = pr_kit_socket(ctx, ZMQ_PUB), *sub = pr_kit_socket(ctx, ZMQ_SUB);
	char endpoint[KIT_ENDPOINT_SIZE];

	(void)state;
	pr_kit_set(pub, ZMQ_INVERT_MATCHING, 1);
	pr_kit_set(sub, ZMQ_INVERT_MATCHING, 1);
	assert_int_equal(pr_kit_get(sub, ZMQ_INVERT_MATCHING), 1);
	kit_bind(pub, endpoint);
	subscribe(sub, "not this");
	kit_assert_ok(zmq_connect(sub, endpoint));
	wait_for(pub, sub, "this");
	kit_send(pub, "not this one");
	kit_send(pub, "but this");
	expect_only(sub, "but this");
	pr_kit_close(sub);
	pr_kit_close(pub);
	pr_kit_term(ctx);
}

struct churn {
	void *ctx;
	char endpoint[KIT_ENDPOINT_SIZE];
	atomic_bool stop;
};

static void *churn(void *arg)
{
	struct churn *churn_arg = arg;
	char topic[16];

	for (int i = 0; !atomic_load(&churn_arg->stop); i++) {
		void *sub = pr_kit_socket(churn_arg->ctx, ZMQ_SUB);

		kit_assert_ok(zmq_connect(sub, churn_arg->endpoint));
		for (int j = 0; j < 20; j++) {
			snprintf(topic, sizeof(topic), "t%d", (i * 31 + j) % 100);
			subscribe(sub, topic);
		}
		pr_kit_poll(sub, ZMQ_POLLIN, i % 3);
		pr_kit_close(sub);
	}
	return NULL;
}

/* Subscribers come and go while messages are published, and one that stays misses nothing.  */
static void test_coming_and_going(void **state)
{
	void *ctx = pr_kit_ctx();
	void *pub = pr_kit_socket(ctx, ZMQ_PUB), *sub = pr_kit_socket(ctx, ZMQ_SUB);
	struct churn churn_arg = {.ctx = ctx};
	char topic[16];
	pthread_t thread;

	(void)state;
	kit_bind(pub, churn_arg.endpoint);
	subscribe(sub, "t");
	subscribe(sub, "end");
	kit_assert_ok(zmq_connect(sub, churn_arg.endpoint));
	wait_for(pub, sub, "end");
	pr_kit_thread(&thread, churn, &churn_arg);
	for (int i = 0; i < 3000; i++) {
		snprintf(topic, sizeof(topic), "t%d", i % 100);
		kit_send_more(pub, topic);
		kit_send(pub, "body");
		kit_expect_more(sub, topic);
		kit_expect(sub, "body");
	}
	atomic_store(&churn_arg.stop, true);
	pr_kit_join(thread);
	pr_kit_close(sub);
	pr_kit_close(pub);
	pr_kit_term(ctx);
}

/* The same within the process: whoever binds, and whoever is there first.  */
static void test_inproc(void **state)
{
	(void)state;
	for (int order = 0; order < 4; order++) {
		void *ctx = pr_kit_ctx();
		void *pub = pr_kit_socket(ctx, ZMQ_PUB), *sub = pr_kit_socket(ctx, ZMQ_SUB);
		void *binder = order & 1 ? pub : sub, *connecter = order & 1 ? sub : pub;

		subscribe(sub, "a");
		if (order & 2) {
			kit_assert_ok(zmq_bind(binder, "inproc://here"));
			kit_assert_ok(zmq_connect(connecter, "inproc://here"));
		} else {
			kit_assert_ok(zmq_connect(connecter, "inproc://here"));
			kit_assert_ok(zmq_bind(binder, "inproc://here"));
		}
		subscribe(sub, "end");
		wait_for(pub, sub, "end");
		kit_send(pub, "b");
		kit_send_more(pub, "a");
		kit_send(pub, "b");
		kit_send(pub, "end");
		kit_expect_more(sub, "a");
		kit_expect(sub, "b");
		expect_only(sub, "end");
		unsubscribe(sub, "a");
		kit_send(pub, "a");
		kit_send(pub, "end");
		expect_only(sub, "end");
		pr_kit_close(sub);
		kit_send(pub, "end");
		pr_kit_close(pub);
		pr_kit_term(ctx);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_topics),
	        cmocka_unit_test(test_multipart),
	        cmocka_unit_test(test_subscriptions_are_counted),
	        cmocka_unit_test(test_once),
	        cmocka_unit_test(test_directions),
	        cmocka_unit_test(test_linger),
	        cmocka_unit_test(test_waiting_is_enough),
	        cmocka_unit_test(test_sub_binds),
	        cmocka_unit_test(test_changes_while_connecting),
	        cmocka_unit_test(test_fan_out),
	        cmocka_unit_test(test_many_topics),
	        cmocka_unit_test(test_reconnect),
	        cmocka_unit_test(test_slow_subscriber),
	        cmocka_unit_test(test_invert_matching),
	        cmocka_unit_test(test_coming_and_going),
	        cmocka_unit_test(test_inproc),
	};
	return KIT_RUN(tests);
}
