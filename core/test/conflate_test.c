/* SPDX-License-Identifier: MIT */
/* core/test/conflate_test.c - ZMQ_CONFLATE: only the last message is kept, on either side.  */
#include "core/test/kit.h"

#include <stdio.h>
#include <stdlib.h>

#define LAST 20000

static void send_number(void *socket, int number)
{
	kit_assert_ok(zmq_send(socket, &number, sizeof(number), 0));
}

static int recv_number(void *socket)
{
	int number = -1;

	assert_int_equal(zmq_recv(socket, &number, sizeof(number), 0), sizeof(number));
	assert_false(pr_kit_get(socket, ZMQ_RCVMORE));
	return number;
}

/* Receives until the last number has come; fewer messages than there were, in order.  */
static void expect_last(void *socket, int last)
{
	int before = -1, number;

	do {
		/* Under load a wake-up of libzmq's conflating pipe gets lost at times. */
		if (!pr_kit_is_proctor() && !pr_kit_poll(socket, ZMQ_POLLIN, 1000))
			return;
		number = recv_number(socket);
		if (number == -1) /* of open_pair() */
			continue;
		assert_true(number > before);
		before = number;
	} while (number != last);
}

struct direction {
	int sender, receiver;
	bool at_sender; /* who has the option */
};

static const struct direction directions[] = {
        {ZMQ_PUSH, ZMQ_PULL, false},     {ZMQ_PUSH, ZMQ_PULL, true},     {ZMQ_PUB, ZMQ_SUB, false},
        {ZMQ_DEALER, ZMQ_DEALER, false}, {ZMQ_DEALER, ZMQ_DEALER, true},
};

static void open_pair(struct kit_pair *pair, const struct direction *direction, bool inproc)
{
	pair->ctx = pr_kit_ctx();
	pair->a = pr_kit_socket(pair->ctx, direction->sender);
	pair->b = pr_kit_socket(pair->ctx, direction->receiver);
	pr_kit_set(direction->at_sender ? pair->a : pair->b, ZMQ_CONFLATE, 1);
	if (direction->receiver == ZMQ_SUB)
		kit_assert_ok(zmq_setsockopt(pair->b, ZMQ_SUBSCRIBE, "", 0));
	if (inproc)
		strcpy(pair->endpoint, "inproc://here");
	/* Within the process the option of the connecter counts. */
	void *binder = inproc && direction->at_sender ? pair->b : pair->a;

	if (inproc)
		kit_assert_ok(zmq_bind(binder, pair->endpoint));
	else
		kit_bind(binder, pair->endpoint);
	kit_assert_ok(zmq_connect(binder == pair->a ? pair->b : pair->a, pair->endpoint));
	/* A first message shows that the way is free; libzmq may lose the wake-up. */
	for (int i = 0; !pr_kit_poll(pair->b, ZMQ_POLLIN, 10); i++)
		if (i == 0 || direction->sender == ZMQ_PUB || !pr_kit_is_proctor())
			send_number(pair->a, -1);
	while (pr_kit_poll(pair->b, ZMQ_POLLIN, 50))
		recv_number(pair->b);
}

/* Far more messages than any high-water mark: the sender never waits, the last one arrives.  */
static void check_last(const struct direction *direction, bool inproc)
{
	struct kit_pair pair;

	open_pair(&pair, direction, inproc);
	for (int round = 0; round < 5; round++) {
		for (int i = 0; i <= LAST; i++) {
			/* What is in the pipe of a sender without the option counts. */
			if (!direction->at_sender)
				pr_kit_poll(pair.a, ZMQ_POLLOUT, KIT_DEADLINE_MS);
			send_number(pair.a, i);
		}
		/* A publisher drops what finds no room. */
		while (direction->sender == ZMQ_PUB && !pr_kit_poll(pair.b, ZMQ_POLLIN, 0))
			;
		if (direction->sender != ZMQ_PUB)
			expect_last(pair.b, LAST);
		while (pr_kit_poll(pair.b, ZMQ_POLLIN, 50))
			recv_number(pair.b);
	}
	pr_kit_pair_close(&pair);
}

static void test_last_arrives(void **state)
{
	(void)state;
	for (size_t i = 0; i < KIT_COUNT(directions); i++)
		check_last(&directions[i], false);
}

static void test_inproc(void **state)
{
	(void)state;
	for (size_t i = 0; i < KIT_COUNT(directions); i++)
		if (directions[i].sender != ZMQ_PUB)
			check_last(&directions[i], true);
}

/* A receiver that looks late finds one message, the newest, even if it had been told of an older
 * one.  */
static void test_only_the_newest(void **state)
{
	struct kit_pair pair;

	(void)state;
	open_pair(&pair, &directions[0], false);
	for (int round = 0; round < 20; round++) {
		send_number(pair.a, 1);
		assert_true(pr_kit_poll(pair.b, ZMQ_POLLIN, KIT_DEADLINE_MS));
		for (int i = 2; i <= 10; i++)
			send_number(pair.a, i);
		/* Until all of them have crossed: libzmq has no other sign of it. */
		for (int i = 0; i < 30; i++)
			pr_kit_pause();
		assert_true(pr_kit_poll(pair.b, ZMQ_POLLIN, KIT_DEADLINE_MS));
		expect_last(pair.b, 10);
		assert_false(pr_kit_poll(pair.b, ZMQ_POLLIN, 0));
	}
	pr_kit_pair_close(&pair);
}

/* Before there is a connection the last message waits for it.  */
static void test_waits_for_connection(void **state)
{
	void *ctx = pr_kit_ctx();
	void *push = pr_kit_socket(ctx, ZMQ_PUSH), *pull = pr_kit_socket(ctx, ZMQ_PULL);
	char endpoint[KIT_ENDPOINT_SIZE];

	(void)state;
	pr_kit_unused_endpoint(endpoint);
	pr_kit_set(push, ZMQ_CONFLATE, 1);
	pr_kit_set(push, ZMQ_RECONNECT_IVL, 10);
	kit_assert_ok(zmq_connect(push, endpoint));
	for (int i = 0; i <= LAST; i++)
		send_number(push, i);
	kit_until(zmq_bind(pull, endpoint) == 0);
	assert_int_equal(recv_number(pull), LAST);
	assert_false(pr_kit_poll(pull, ZMQ_POLLIN, 50));
	pr_kit_close(push);
	pr_kit_close(pull);
	pr_kit_term(ctx);
}

/* A closed socket still sends its last message.  (In libzmq the mark of the end replaces it.)  */
static void test_linger(void **state)
{
	if (!pr_kit_is_proctor())
		skip();
	void *ctx = pr_kit_ctx();
	void *push = pr_kit_socket(ctx, ZMQ_PUSH), *pull = pr_kit_socket(ctx, ZMQ_PULL);
	char endpoint[KIT_ENDPOINT_SIZE];

	(void)state;
	kit_bind(pull, endpoint);
	pr_kit_set(push, ZMQ_CONFLATE, 1);
	pr_kit_set(push, ZMQ_LINGER, -1);
	kit_assert_ok(zmq_connect(push, endpoint));
	for (int i = 0; i <= 100; i++)
		send_number(push, i);
	pr_kit_close(push);
	expect_last(pull, 100);
	pr_kit_close(pull);
	pr_kit_term(ctx);
}

/* Bodies of all sizes, alternating, arrive whole.  */
static void test_sizes(void **state)
{
	const size_t sizes[] = {0, 1, 100, 255, 256, 70000, 3000000, 5};
	uint8_t *body = malloc(3000000);
	struct kit_pair pair;

	(void)state;
	for (size_t d = 0; d < 2; d++) {
		open_pair(&pair, &directions[d], false);
		for (size_t i = 0; i < KIT_COUNT(sizes); i++) {
			size_t size = sizes[i];
			zmq_msg_t msg;

			pr_kit_fill(body, size, size);
			kit_assert_ok(zmq_send(pair.a, body, size, 0));
			kit_assert_ok(zmq_msg_init(&msg));
			kit_assert_ok(zmq_msg_recv(&msg, pair.b, 0));
			assert_int_equal(zmq_msg_size(&msg), size);
			assert_true(pr_kit_filled(zmq_msg_data(&msg), size, size));
			kit_assert_ok(zmq_msg_close(&msg));
		}
		pr_kit_pair_close(&pair);
	}
	free(body);
}

/* Messages that the program keeps are not replaced under it.  */
static void test_kept_messages_stay(void **state)
{
	enum { KEPT = 50, SIZE = 1000 };
	struct kit_pair pair;
	zmq_msg_t kept[KEPT];
	uint8_t body[SIZE];

	(void)state;
	open_pair(&pair, &directions[0], false);
	for (int i = 0; i < KEPT; i++) {
		pr_kit_fill(body, SIZE, (uint64_t)i);
		kit_assert_ok(zmq_send(pair.a, body, SIZE, 0));
		kit_assert_ok(zmq_msg_init(&kept[i]));
		kit_assert_ok(zmq_msg_recv(&kept[i], pair.b, 0));
	}
	for (int i = 0; i < KEPT; i++) {
		assert_true(pr_kit_filled(zmq_msg_data(&kept[i]), SIZE, (uint64_t)i));
		kit_assert_ok(zmq_msg_close(&kept[i]));
	}
	pr_kit_pair_close(&pair);
}

/* Several topics, though one message: subscriptions are not conflated.  (libzmq's may be.)  */
static void test_subscriptions_stay(void **state)
{
	void *ctx = pr_kit_ctx();
	void *xpub = pr_kit_socket(ctx, ZMQ_XPUB), *sub = pr_kit_socket(ctx, ZMQ_SUB);
	char endpoint[KIT_ENDPOINT_SIZE];

	(void)state;
	if (!pr_kit_is_proctor())
		skip();
	kit_bind(xpub, endpoint);
	pr_kit_set(sub, ZMQ_CONFLATE, 1);
	kit_assert_ok(zmq_connect(sub, endpoint));
	kit_assert_ok(zmq_setsockopt(sub, ZMQ_SUBSCRIBE, "a", 1));
	kit_assert_ok(zmq_setsockopt(sub, ZMQ_SUBSCRIBE, "b", 1));
	kit_assert_ok(zmq_setsockopt(sub, ZMQ_SUBSCRIBE, "c", 1));
	kit_expect(xpub, "\1a");
	kit_expect(xpub, "\1b");
	kit_expect(xpub, "\1c");
	for (const char *topic = "abc"; *topic; topic++) {
		kit_assert_ok(zmq_send(xpub, topic, 1, 0));
		char text[2] = {*topic, '\0'};

		kit_expect(sub, text);
	}
	pr_kit_close(sub);
	pr_kit_close(xpub);
	pr_kit_term(ctx);
}

/* Types that do not know the option ignore it.  */
static void test_others_ignore_it(void **state)
{
	struct kit_pair pair;

	(void)state;
	pair.ctx = pr_kit_ctx();
	pair.a = pr_kit_socket(pair.ctx, ZMQ_PAIR);
	pair.b = pr_kit_socket(pair.ctx, ZMQ_PAIR);
	pr_kit_set(pair.a, ZMQ_CONFLATE, 1);
	pr_kit_set(pair.b, ZMQ_CONFLATE, 1);
	kit_bind(pair.a, pair.endpoint);
	kit_assert_ok(zmq_connect(pair.b, pair.endpoint));
	for (int i = 0; i < 100; i++)
		send_number(pair.b, i);
	for (int i = 0; i < 100; i++)
		assert_int_equal(recv_number(pair.a), i);
	pr_kit_pair_close(&pair);
}

static void test_reconnect(void **state)
{
	void *ctx = pr_kit_ctx();
	void *push = pr_kit_socket(ctx, ZMQ_PUSH), *pull = pr_kit_socket(ctx, ZMQ_PULL);
	char endpoint[KIT_ENDPOINT_SIZE];

	(void)state;
	pr_kit_set(push, ZMQ_CONFLATE, 1);
	pr_kit_set(push, ZMQ_RECONNECT_IVL, 10);
	kit_bind(pull, endpoint);
	kit_assert_ok(zmq_connect(push, endpoint));
	for (int round = 0; round < 5; round++) {
		send_number(push, 1000 * round);
		expect_last(pull, 1000 * round);
		pr_kit_close(pull);
		pull = pr_kit_socket(ctx, ZMQ_PULL);
		kit_until(zmq_bind(pull, endpoint) == 0);
		/* Whatever is lost with the old connection, a later message gets through. */
		for (int i = 1; !pr_kit_poll(pull, ZMQ_POLLIN, 10); i++)
			send_number(push, 1000 * round + i);
		while (pr_kit_poll(pull, ZMQ_POLLIN, 50))
			recv_number(pull);
	}
	pr_kit_close(push);
	pr_kit_close(pull);
	pr_kit_term(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_last_arrives),
	        cmocka_unit_test(test_inproc),
	        cmocka_unit_test(test_only_the_newest),
	        cmocka_unit_test(test_waits_for_connection),
	        cmocka_unit_test(test_linger),
	        cmocka_unit_test(test_sizes),
	        cmocka_unit_test(test_kept_messages_stay),
	        cmocka_unit_test(test_subscriptions_stay),
	        cmocka_unit_test(test_others_ignore_it),
	        cmocka_unit_test(test_reconnect),
	};
	return KIT_RUN(tests);
}
