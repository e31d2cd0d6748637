/* SPDX-License-Identifier: MIT */
/* core/test/hwm_test.c - high-water marks: how many messages a socket takes before it says EAGAIN.
 *
 * libzmq promises an exact number only where no peer takes anything: then SNDHWM messages fit. With
 * a peer that has stopped reading, both marks and the kernel's buffers add up; all that holds is
 * that there is an end, and that nothing is lost or reordered when the reader goes on.  */
#include "core/test/kit.h"

#include <stdatomic.h>

static int send_until_full(void *socket, const void *body, size_t size, int parts, int most)
{
	int taken = 0;

	for (; taken < most; taken++)
		for (int part = 1; part <= parts; part++)
			if (zmq_send(socket, body, size,
			             ZMQ_DONTWAIT | (part < parts ? ZMQ_SNDMORE : 0)) == -1) {
				assert_int_equal(errno, EAGAIN);
				assert_int_equal(part, 1);
				return taken;
			}
	return taken;
}

static void *connected_to_nobody(void *ctx, int type, int sndhwm)
{
	void *socket = pr_kit_socket(ctx, type);
	char endpoint[KIT_ENDPOINT_SIZE];

	pr_kit_set(socket, ZMQ_SNDHWM, sndhwm);
	pr_kit_unused_endpoint(endpoint);
	kit_assert_ok(zmq_connect(socket, endpoint));
	return socket;
}

static void test_exact_without_peer(void **state)
{
	const int marks[] = {1, 2, 3, 10, 255, 256, 257, 1000};
	void *ctx = pr_kit_ctx();

	(void)state;
	for (size_t i = 0; i < KIT_COUNT(marks); i++) {
		void *dealer = connected_to_nobody(ctx, ZMQ_DEALER, marks[i]);
		void *pair = connected_to_nobody(ctx, ZMQ_PAIR, marks[i]);

		assert_true(pr_kit_poll(dealer, ZMQ_POLLOUT, 0));
		assert_int_equal(send_until_full(dealer, "x", 1, 1, 5000), marks[i]);
		assert_int_equal(send_until_full(pair, "x", 1, 1, 5000), marks[i]);
		assert_false(pr_kit_poll(dealer, ZMQ_POLLOUT, 0));
		assert_int_equal(pr_kit_get(pair, ZMQ_EVENTS), 0);
		pr_kit_close(dealer);
		pr_kit_close(pair);
	}
	pr_kit_term(ctx);
}

/* Messages count, not frames and not bytes.  */
static void test_counts_messages(void **state)
{
	static char body[100000];
	void *ctx = pr_kit_ctx();
	void *dealer = connected_to_nobody(ctx, ZMQ_DEALER, 7);

	(void)state;
	assert_int_equal(send_until_full(dealer, "x", 1, 5, 5000), 7);
	pr_kit_close(dealer);
	dealer = connected_to_nobody(ctx, ZMQ_DEALER, 7);
	assert_int_equal(send_until_full(dealer, body, sizeof(body), 1, 5000), 7);
	pr_kit_close(dealer);
	dealer = connected_to_nobody(ctx, ZMQ_DEALER, 7);
	assert_int_equal(send_until_full(dealer, "", 0, 2, 5000), 7);
	pr_kit_close(dealer);
	pr_kit_term(ctx);
}

/* A message that was begun is taken whole, also when the mark is reached inside it.  */
static void test_long_message_over_the_mark(void **state)
{
	void *ctx = pr_kit_ctx();
	void *dealer = connected_to_nobody(ctx, ZMQ_DEALER, 1);

	(void)state;
	assert_int_equal(send_until_full(dealer, "part", 4, 1000, 10), 1);
	pr_kit_close(dealer);
	pr_kit_term(ctx);
}

static void test_zero_is_unlimited(void **state)
{
	void *ctx = pr_kit_ctx();
	void *dealer = connected_to_nobody(ctx, ZMQ_DEALER, 0);

	(void)state;
	assert_int_equal(send_until_full(dealer, "x", 1, 1, 50000), 50000);
	assert_true(pr_kit_poll(dealer, ZMQ_POLLOUT, 0));
	pr_kit_close(dealer);
	pr_kit_term(ctx);
}

/* Each connection has its own mark.  */
static void test_per_connection(void **state)
{
	void *ctx = pr_kit_ctx();
	void *dealer = connected_to_nobody(ctx, ZMQ_DEALER, 5);
	char endpoint[KIT_ENDPOINT_SIZE];

	(void)state;
	pr_kit_unused_endpoint(endpoint);
	pr_kit_set(dealer, ZMQ_SNDHWM, 8);
	kit_assert_ok(zmq_connect(dealer, endpoint));
	/* Setting the option speaks to the connection that is there as well. */
	assert_int_equal(send_until_full(dealer, "x", 1, 1, 5000), 16);
	pr_kit_close(dealer);
	pr_kit_term(ctx);
}

/* A mark that is raised before it is reached holds for what is queued already.  */
static void test_raise(void **state)
{
	void *ctx = pr_kit_ctx();
	void *dealer = connected_to_nobody(ctx, ZMQ_DEALER, 5);

	(void)state;
	assert_int_equal(send_until_full(dealer, "x", 1, 1, 3), 3);
	pr_kit_set(dealer, ZMQ_SNDHWM, 8);
	assert_int_equal(send_until_full(dealer, "x", 1, 1, 5000), 5);
	pr_kit_close(dealer);
	pr_kit_term(ctx);
}

/* What was queued for nobody goes to the peer that comes, all of it, and then there is room again.
 */
static void test_queue_drains_to_late_peer(void **state)
{
	void *ctx = pr_kit_ctx();
	void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);
	void *peer = pr_kit_socket(ctx, ZMQ_DEALER);
	char endpoint[KIT_ENDPOINT_SIZE];
	int seen;

	(void)state;
	pr_kit_set(dealer, ZMQ_SNDHWM, 100);
	pr_kit_unused_endpoint(endpoint);
	kit_assert_ok(zmq_connect(dealer, endpoint));
	for (int i = 0; i < 100; i++)
		assert_int_equal(zmq_send(dealer, &i, sizeof(i), ZMQ_DONTWAIT), sizeof(i));
	kit_assert_error(EAGAIN, zmq_send(dealer, "", 0, ZMQ_DONTWAIT));
	kit_assert_ok(zmq_bind(peer, endpoint));
	for (int i = 0; i < 100; i++) {
		assert_int_equal(zmq_recv(peer, &seen, sizeof(seen), 0), sizeof(seen));
		assert_int_equal(seen, i);
	}
	assert_true(pr_kit_poll(dealer, ZMQ_POLLOUT, KIT_DEADLINE_MS));
	kit_send(dealer, "more");
	kit_expect(peer, "more");
	pr_kit_close(dealer);
	pr_kit_close(peer);
	pr_kit_term(ctx);
}

struct marks {
	int snd, rcv;
	size_t size;
};

/* The sender ends up stopped; the reader then finds every message that was taken, in order.  */
static void check_stalled_reader(const struct marks *marks)
{
	static char body[65536];
	void *ctx = pr_kit_ctx();
	void *sender = pr_kit_socket(ctx, ZMQ_DEALER);
	void *reader = pr_kit_socket(ctx, ZMQ_DEALER);
	char endpoint[KIT_ENDPOINT_SIZE];
	int taken = 0, seen;

	pr_kit_set(sender, ZMQ_SNDHWM, marks->snd);
	pr_kit_set(reader, ZMQ_RCVHWM, marks->rcv);
	pr_kit_set(sender, ZMQ_SNDBUF, 65536);
	pr_kit_set(reader, ZMQ_RCVBUF, 65536);
	kit_bind(reader, endpoint);
	kit_assert_ok(zmq_connect(sender, endpoint));
	do {
		memcpy(body, &taken, sizeof(taken));
		if (zmq_send(sender, body, marks->size, ZMQ_DONTWAIT) != -1)
			taken++;
		else
			assert_int_equal(errno, EAGAIN);
		assert_true(taken < 20000);
	} while (pr_kit_poll(sender, ZMQ_POLLOUT, 200));
	assert_true(taken >= marks->snd);
	for (int i = 0; i < taken; i++) {
		assert_int_equal(zmq_recv(reader, body, sizeof(body), 0), marks->size);
		memcpy(&seen, body, sizeof(seen));
		assert_int_equal(seen, i);
	}
	kit_send(sender, "room again");
	kit_expect(reader, "room again");
	pr_kit_close(sender);
	pr_kit_close(reader);
	pr_kit_term(ctx);
}

static void test_stalled_reader(void **state)
{
	const struct marks rows[] = {
	        {1, 1, 65536}, {10, 10, 65536}, {10, 1, 8192}, {1, 10, 30000}, {100, 100, 65536}};

	(void)state;
	for (size_t i = 0; i < KIT_COUNT(rows); i++)
		check_stalled_reader(&rows[i]);
}

struct stream {
	void *socket;
	int count;
};

static void *send_stream(void *arg)
{
	const struct stream *stream = arg;

	for (int i = 0; i < stream->count; i++)
		assert_int_equal(zmq_send(stream->socket, &i, sizeof(i), 0), sizeof(i));
	return NULL;
}

/* Small marks only slow a stream down: a blocking sender and a reader lose nothing.  */
static void test_small_marks_lose_nothing(void **state)
{
	const int marks[][2] = {{1, 1}, {2, 1}, {1, 2}, {3, 7}, {1, 0}, {0, 1}};

	(void)state;
	for (size_t i = 0; i < KIT_COUNT(marks); i++) {
		void *ctx = pr_kit_ctx();
		struct stream stream = {.socket = pr_kit_socket(ctx, ZMQ_PAIR), .count = 5000};
		void *reader = pr_kit_socket(ctx, ZMQ_PAIR);
		char endpoint[KIT_ENDPOINT_SIZE];
		pthread_t thread;
		int seen;

		pr_kit_set(stream.socket, ZMQ_SNDHWM, marks[i][0]);
		pr_kit_set(reader, ZMQ_RCVHWM, marks[i][1]);
		kit_bind(reader, endpoint);
		kit_assert_ok(zmq_connect(stream.socket, endpoint));
		pr_kit_thread(&thread, send_stream, &stream);
		for (int k = 0; k < stream.count; k++) {
			assert_int_equal(zmq_recv(reader, &seen, sizeof(seen), 0), sizeof(seen));
			assert_int_equal(seen, k);
		}
		pr_kit_join(thread);
		pr_kit_close(stream.socket);
		pr_kit_close(reader);
		pr_kit_term(ctx);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_exact_without_peer),
	        cmocka_unit_test(test_counts_messages),
	        cmocka_unit_test(test_long_message_over_the_mark),
	        cmocka_unit_test(test_zero_is_unlimited),
	        cmocka_unit_test(test_per_connection),
	        cmocka_unit_test(test_raise),
	        cmocka_unit_test(test_queue_drains_to_late_peer),
	        cmocka_unit_test(test_stalled_reader),
	        cmocka_unit_test(test_small_marks_lose_nothing),
	};
	return KIT_RUN(tests);
}
