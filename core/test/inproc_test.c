/* SPDX-License-Identifier: MIT */
/* core/test/inproc_test.c - "inproc://": names, both orders of bind and connect, marks, ends,
 * threads.
 *
 * Here the numbers are exact: no kernel buffers and no I/O thread are between the two sockets.  */
#include "core/test/kit.h"

#include <stdatomic.h>
#include <stdlib.h>

/* Two sockets of one context at "inproc://it"; b connects, before a binds if wanted.  */
struct ends {
	void *ctx, *a, *b;
};

static void open_sockets(struct ends *ends, int type_a, int type_b)
{
	ends->ctx = pr_kit_ctx();
	ends->a = pr_kit_socket(ends->ctx, type_a);
	ends->b = pr_kit_socket(ends->ctx, type_b);
}

static void join(struct ends *ends, bool connect_first)
{
	if (connect_first)
		kit_assert_ok(zmq_connect(ends->b, "inproc://it"));
	kit_assert_ok(zmq_bind(ends->a, "inproc://it"));
	if (!connect_first)
		kit_assert_ok(zmq_connect(ends->b, "inproc://it"));
}

static void open_ends(struct ends *ends, int type_a, int type_b, bool connect_first)
{
	open_sockets(ends, type_a, type_b);
	join(ends, connect_first);
}

static void close_ends(struct ends *ends)
{
	pr_kit_close(ends->a);
	pr_kit_close(ends->b);
	pr_kit_term(ends->ctx);
}

static void expect_nothing(void *socket)
{
	assert_false(pr_kit_poll(socket, ZMQ_POLLIN, 0));
	kit_assert_error(EAGAIN, zmq_recv(socket, NULL, 0, ZMQ_DONTWAIT));
}

/* Sends single messages until there is no room (or most are sent); returns how many.  */
static int fill(void *socket, int most)
{
	int sent = 0;

	/* Asking makes libzmq look at what the peer told. */
	while (sent < most && pr_kit_poll(socket, ZMQ_POLLOUT, 0)) {
		kit_send(socket, "x");
		sent++;
	}
	if (sent < most)
		kit_assert_error(EAGAIN, zmq_send(socket, "x", 1, ZMQ_DONTWAIT));
	return sent;
}

static void take(void *socket, int count)
{
	while (count-- > 0)
		kit_expect(socket, "x");
}

/* ---- Messages ---- */

static void exchange(struct ends *ends)
{
	for (int i = 0; i < 100; i++) {
		kit_send_more(ends->a, "to b");
		kit_send_more(ends->a, "");
		kit_send(ends->a, "and more");
		kit_send(ends->b, "to a");
		kit_send(ends->b, "");
	}
	for (int i = 0; i < 100; i++) {
		kit_expect_more(ends->b, "to b");
		kit_expect_more(ends->b, "");
		kit_expect(ends->b, "and more");
		kit_expect(ends->a, "to a");
		kit_expect(ends->a, "");
	}
	expect_nothing(ends->a);
	expect_nothing(ends->b);
}

static void test_both_directions(void **state)
{
	const int types[] = {ZMQ_PAIR, ZMQ_DEALER};

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct ends ends;

		open_ends(&ends, types[i / 2], types[i / 2], i % 2);
		exchange(&ends);
		close_ends(&ends);
	}
}

static void test_sizes(void **state)
{
	const size_t sizes[] = {0, 1, 63, 64, 255, 256, 4096, 8191, 8192, 70000, 1 << 20, 5 << 20};
	uint8_t *body = malloc(5 << 20), *back = malloc(5 << 20);
	struct ends ends;

	(void)state;
	open_ends(&ends, ZMQ_PAIR, ZMQ_PAIR, false);
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < KIT_COUNT(sizes); i++) {
			pr_kit_fill(body, sizes[i], i);
			assert_int_equal(zmq_send(ends.a, body, sizes[i], ZMQ_SNDMORE), sizes[i]);
			assert_int_equal(zmq_send(ends.a, body, sizes[i], 0), sizes[i]);
		}
		for (size_t i = 0; i < 2 * KIT_COUNT(sizes); i++) {
			assert_int_equal(zmq_recv(ends.b, back, 5 << 20, 0), sizes[i / 2]);
			assert_true(pr_kit_filled(back, sizes[i / 2], i / 2));
		}
	}
	close_ends(&ends);
	free(body);
	free(back);
}

/* What was received may be kept, changed and sent on after everything else is gone.  */
static void test_messages_outlive_their_sockets(void **state)
{
	struct ends ends;
	zmq_msg_t kept[20];
	uint8_t body[3000];

	(void)state;
	open_ends(&ends, ZMQ_PAIR, ZMQ_PAIR, false);
	for (size_t i = 0; i < 20; i++) {
		pr_kit_fill(body, sizeof(body) - i, i);
		zmq_send(ends.a, body, sizeof(body) - i, 0);
	}
	for (size_t i = 0; i < 20; i++) {
		zmq_msg_init(&kept[i]);
		assert_int_equal(zmq_msg_recv(&kept[i], ends.b, 0), sizeof(body) - i);
	}
	close_ends(&ends);
	for (size_t i = 0; i < 20; i++) {
		assert_true(pr_kit_filled(zmq_msg_data(&kept[i]), sizeof(body) - i, i));
		zmq_msg_close(&kept[i]);
	}
}

static void test_unfinished_messages_are_not_seen(void **state)
{
	struct ends ends;

	(void)state;
	open_ends(&ends, ZMQ_PAIR, ZMQ_PAIR, false);
	kit_send(ends.b, "whole");
	kit_send_more(ends.b, "half");
	kit_expect(ends.a, "whole");
	expect_nothing(ends.a);
	pr_kit_close(ends.b);
	expect_nothing(ends.a);
	pr_kit_close(ends.a);
	pr_kit_term(ends.ctx);
}

static void test_socket_connected_to_itself(void **state)
{
	void *ctx = pr_kit_ctx();
	void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);

	(void)state;
	kit_assert_ok(zmq_bind(dealer, "inproc://self"));
	kit_assert_ok(zmq_connect(dealer, "inproc://self"));
	for (int i = 0; i < 10; i++)
		kit_send(dealer, "hello, me");
	for (int i = 0; i < 10; i++)
		kit_expect(dealer, "hello, me");
	pr_kit_close(dealer);
	pr_kit_term(ctx);
}

/* Unlike over tcp, each connect makes a connection, and the types are not compared.  */
static void test_every_connect_counts(void **state)
{
	struct ends ends;

	(void)state;
	open_ends(&ends, ZMQ_ROUTER, ZMQ_DEALER, false);
	kit_assert_ok(zmq_connect(ends.b, "inproc://it"));
	kit_send(ends.b, "one");
	kit_send(ends.b, "two");
	uint8_t first[256], second[256];
	size_t size = kit_recv_id(ends.a, first);

	assert_int_equal(zmq_recv(ends.a, NULL, 0, 0), 3);
	assert_int_equal(kit_recv_id(ends.a, second), size);
	assert_int_equal(zmq_recv(ends.a, NULL, 0, 0), 3);
	assert_memory_not_equal(first, second, size);
	close_ends(&ends);
	open_ends(&ends, ZMQ_PAIR, ZMQ_DEALER, false);
	kit_send(ends.b, "strangers may talk");
	kit_expect(ends.a, "strangers may talk");
	close_ends(&ends);
}

/* ---- Names ---- */

static void expect_last_endpoint(void *socket, const char *uri)
{
	char last[300];
	size_t size = sizeof(last);

	kit_assert_ok(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, last, &size));
	assert_string_equal(last, uri);
	assert_int_equal(size, strlen(uri) + 1);
}

static void test_names(void **state)
{
	struct ends ends;
	char longest[256] = "inproc://";

	(void)state;
	open_sockets(&ends, ZMQ_DEALER, ZMQ_DEALER);
	kit_assert_error(EINVAL, zmq_bind(ends.a, "inproc://"));
	kit_assert_error(EINVAL, zmq_connect(ends.a, "inproc://"));
	kit_assert_ok(zmq_bind(ends.a, "inproc://a name/with:anything*in it"));
	expect_last_endpoint(ends.a, "inproc://a name/with:anything*in it");
	kit_assert_error(EADDRINUSE, zmq_bind(ends.b, "inproc://a name/with:anything*in it"));
	kit_assert_error(EADDRINUSE, zmq_bind(ends.a, "inproc://a name/with:anything*in it"));
	kit_assert_ok(zmq_bind(ends.b, "inproc://another"));
	memset(longest + strlen(longest), 'n', sizeof(longest) - 1 - strlen(longest));
	kit_assert_ok(zmq_bind(ends.a, longest));
	expect_last_endpoint(ends.a, longest);
	kit_assert_ok(zmq_connect(ends.b, longest));
	expect_last_endpoint(ends.b, longest);
	kit_send(ends.b, "far");
	kit_expect(ends.a, "far");
	close_ends(&ends);
}

static void test_many_names(void **state)
{
	struct ends ends;
	char uri[32];

	(void)state;
	open_sockets(&ends, ZMQ_DEALER, ZMQ_DEALER);
	for (int i = 0; i < 1000; i++) {
		snprintf(uri, sizeof(uri), "inproc://%d", i);
		kit_assert_ok(zmq_bind(ends.a, uri));
	}
	for (int i = 0; i < 1000; i += 100) {
		snprintf(uri, sizeof(uri), "inproc://%d", i);
		kit_assert_ok(zmq_connect(ends.b, uri));
		kit_send(ends.b, uri);
		kit_expect(ends.a, uri);
		kit_assert_ok(zmq_disconnect(ends.b, uri));
	}
	close_ends(&ends);
}

static void test_names_are_of_one_context(void **state)
{
	struct ends here, there;

	(void)state;
	open_ends(&here, ZMQ_PAIR, ZMQ_PAIR, false);
	open_ends(&there, ZMQ_PAIR, ZMQ_PAIR, false);
	kit_send(here.a, "here");
	kit_send(there.a, "there");
	kit_expect(here.b, "here");
	kit_expect(there.b, "there");
	close_ends(&here);
	close_ends(&there);
}

/* A name is free again when it is unbound, and when its socket is closed.  */
static void test_names_are_freed(void **state)
{
	struct ends ends;

	(void)state;
	open_sockets(&ends, ZMQ_DEALER, ZMQ_DEALER);
	kit_assert_ok(zmq_bind(ends.a, "inproc://n"));
	kit_assert_error(ENOENT, zmq_unbind(ends.b, "inproc://n"));
	kit_assert_ok(zmq_unbind(ends.a, "inproc://n"));
	kit_assert_error(ENOENT, zmq_unbind(ends.a, "inproc://n"));
	kit_assert_ok(zmq_bind(ends.b, "inproc://n"));
	pr_kit_close(ends.b);
	kit_until(zmq_bind(ends.a, "inproc://n") == 0);
	ends.b = pr_kit_socket(ends.ctx, ZMQ_DEALER);
	kit_assert_ok(zmq_connect(ends.b, "inproc://n"));
	kit_send(ends.b, "x");
	take(ends.a, 1);
	close_ends(&ends);
}

/* ---- Connecting first ---- */

static void test_connecters_wait_for_the_name(void **state)
{
	void *ctx = pr_kit_ctx();
	void *pull = pr_kit_socket(ctx, ZMQ_DEALER);
	void *clients[10];
	char text[16];

	(void)state;
	for (int i = 0; i < 10; i++) {
		clients[i] = pr_kit_socket(ctx, ZMQ_DEALER);
		kit_assert_ok(zmq_connect(clients[i], "inproc://later"));
		for (int j = 0; j < 3; j++) {
			snprintf(text, sizeof(text), "%d from %d", j, i);
			kit_send(clients[i], text);
		}
	}
	kit_assert_ok(zmq_bind(pull, "inproc://later"));
	/* In turn, in the order in which they connected. */
	for (int j = 0; j < 3; j++)
		for (int i = 0; i < 10; i++) {
			snprintf(text, sizeof(text), "%d from %d", j, i);
			kit_expect(pull, text);
		}
	expect_nothing(pull);
	for (int i = 0; i < 10; i++)
		kit_send(pull, "answer");
	for (int i = 0; i < 10; i++) {
		kit_expect(clients[i], "answer");
		pr_kit_close(clients[i]);
	}
	pr_kit_close(pull);
	pr_kit_term(ctx);
}

/* What was sent before the name was bound arrives even if the sender is gone.  */
static void test_connecter_gone_before_bind(void **state)
{
	struct ends ends;

	(void)state;
	open_sockets(&ends, ZMQ_PAIR, ZMQ_PAIR);
	kit_assert_ok(zmq_connect(ends.b, "inproc://it"));
	kit_send(ends.b, "one");
	kit_send(ends.b, "two");
	pr_kit_close(ends.b);
	kit_assert_ok(zmq_bind(ends.a, "inproc://it"));
	kit_expect(ends.a, "one");
	kit_expect(ends.a, "two");
	expect_nothing(ends.a);
	pr_kit_close(ends.a);
	pr_kit_term(ends.ctx);
}

static void test_disconnect_before_bind(void **state)
{
	struct ends ends;

	(void)state;
	open_sockets(&ends, ZMQ_DEALER, ZMQ_DEALER);
	kit_assert_ok(zmq_connect(ends.b, "inproc://it"));
	kit_send(ends.b, "sent");
	kit_assert_ok(zmq_disconnect(ends.b, "inproc://it"));
	kit_assert_error(ENOENT, zmq_disconnect(ends.b, "inproc://it"));
	kit_assert_error(EAGAIN, zmq_send(ends.b, "x", 1, ZMQ_DONTWAIT));
	kit_assert_ok(zmq_bind(ends.a, "inproc://it"));
	kit_expect(ends.a, "sent");
	kit_until(zmq_send(ends.a, "x", 1, ZMQ_DONTWAIT) == -1);
	close_ends(&ends);
}

static void test_name_is_never_bound(void **state)
{
	void *ctx = pr_kit_ctx();
	void *open = pr_kit_socket(ctx, ZMQ_DEALER), *closed = pr_kit_socket(ctx, ZMQ_PAIR);

	(void)state;
	kit_assert_ok(zmq_connect(open, "inproc://never"));
	kit_assert_ok(zmq_connect(open, "inproc://nor this"));
	kit_assert_ok(zmq_connect(closed, "inproc://never"));
	kit_send(closed, "lost");
	kit_send(open, "lost too");
	pr_kit_close(closed);
	pr_kit_close(open);
	pr_kit_term(ctx);
}

/* ---- High-water marks ---- */

static void set_marks(void *socket, int sndhwm, int rcvhwm)
{
	pr_kit_set(socket, ZMQ_SNDHWM, sndhwm);
	pr_kit_set(socket, ZMQ_RCVHWM, rcvhwm);
}

static void test_marks_add_up(void **state)
{
	const struct {
		int sndhwm, rcvhwm, together;
	} cases[] = {{7, 5, 12}, {1, 1, 2}, {100, 1, 101}, {0, 5, 2000}, {7, 0, 2000}};

	(void)state;
	for (size_t i = 0; i < KIT_COUNT(cases); i++) {
		struct ends ends;

		open_sockets(&ends, ZMQ_PAIR, ZMQ_PAIR);
		set_marks(ends.a, 3, cases[i].rcvhwm);
		set_marks(ends.b, cases[i].sndhwm, 11);
		join(&ends, false);
		assert_int_equal(fill(ends.b, 2000), cases[i].together);
		assert_int_equal(fill(ends.a, 2000), 14);
		take(ends.a, cases[i].together);
		take(ends.b, 14);
		close_ends(&ends);
	}
}

/* Until the name is bound the sender's own mark counts.  */
static void test_marks_when_connecting_first(void **state)
{
	struct ends ends;

	(void)state;
	open_sockets(&ends, ZMQ_PAIR, ZMQ_PAIR);
	set_marks(ends.a, 3, 5);
	set_marks(ends.b, 7, 11);
	kit_assert_ok(zmq_connect(ends.b, "inproc://it"));
	assert_int_equal(fill(ends.b, 2000), 7);
	kit_assert_ok(zmq_bind(ends.a, "inproc://it"));
	assert_int_equal(fill(ends.b, 2000), 5);
	assert_int_equal(fill(ends.a, 2000), 14);
	take(ends.a, 12);
	close_ends(&ends);
}

/* Once full, there is room again when half of the messages are taken; messages count, not parts. */
static void test_room_comes_back_at_half(void **state)
{
	struct ends ends;

	(void)state;
	open_sockets(&ends, ZMQ_PAIR, ZMQ_PAIR);
	set_marks(ends.a, 1, 5);
	set_marks(ends.b, 7, 1);
	join(&ends, false);
	assert_int_equal(fill(ends.b, 2000), 12);
	for (int i = 0; i < 5; i++) {
		take(ends.a, 1);
		assert_int_equal(fill(ends.b, 2000), 0);
	}
	take(ends.a, 1);
	assert_int_equal(fill(ends.b, 2000), 6);
	take(ends.a, 12);
	for (int i = 0; i < 12; i++) {
		kit_send_more(ends.b, "a");
		kit_send_more(ends.b, "b");
		kit_send(ends.b, "c");
	}
	assert_int_equal(fill(ends.b, 2000), 0);
	close_ends(&ends);
}

static void *send_all(void *socket)
{
	for (uint32_t i = 0; i < 20000; i++)
		assert_int_equal(zmq_send(socket, &i, sizeof(i), 0), sizeof(i));
	return NULL;
}

/* A sender that waits for room, and a receiver that waits for messages, wake each other.  */
static void test_waiting_for_room(void **state)
{
	const int marks[] = {1, 2, 50, 0};

	(void)state;
	for (size_t i = 0; i < KIT_COUNT(marks); i++) {
		struct ends ends;
		pthread_t sender;

		open_sockets(&ends, ZMQ_DEALER, ZMQ_DEALER);
		set_marks(ends.a, marks[i], marks[i]);
		set_marks(ends.b, marks[i], marks[i]);
		join(&ends, i % 2);
		pr_kit_thread(&sender, send_all, ends.b);
		for (uint32_t j = 0, got; j < 20000; j++) {
			assert_int_equal(zmq_recv(ends.a, &got, sizeof(got), 0), sizeof(got));
			assert_int_equal(got, j);
		}
		pr_kit_join(sender);
		close_ends(&ends);
	}
}

/* ---- Ends ---- */

/* LINGER is for what still has to be sent; here everything is with the peer already.  */
static void test_peer_reads_what_was_sent_before_the_end(void **state)
{
	struct ends ends;

	(void)state;
	for (int i = 0; i < 4; i++) {
		bool closer_has_bound = i % 2;

		open_ends(&ends, ZMQ_PAIR, ZMQ_PAIR, i / 2);
		void **closer = closer_has_bound ? &ends.a : &ends.b;
		void *reader = closer_has_bound ? ends.b : ends.a;

		for (int j = 0; j < 100; j++)
			kit_send(*closer, "x");
		kit_send(reader, "unread");
		pr_kit_close(*closer);
		take(reader, 100);
		expect_nothing(reader);
		kit_until(zmq_send(reader, "x", 1, ZMQ_DONTWAIT) == -1);
		pr_kit_close(reader);
		pr_kit_term(ends.ctx);
	}
}

/* Whoever comes before the old peer is quite gone is refused, and comes again.  */
static void *next_peer(void *ctx, void *a)
{
	for (;;) {
		void *b = pr_kit_socket(ctx, ZMQ_PAIR);

		kit_assert_ok(zmq_connect(b, "inproc://a"));
		zmq_send(b, "hello", 5, ZMQ_DONTWAIT);
		if (pr_kit_poll(a, ZMQ_POLLIN, 10))
			return b;
		pr_kit_close(b);
	}
}

static void test_next_peer(void **state)
{
	void *ctx = pr_kit_ctx();
	void *a = pr_kit_socket(ctx, ZMQ_PAIR);

	(void)state;
	kit_assert_ok(zmq_bind(a, "inproc://a"));
	for (int i = 0; i < 20; i++) {
		void *b = next_peer(ctx, a);

		kit_expect(a, "hello");
		kit_send(a, "welcome");
		kit_expect(b, "welcome");
		pr_kit_close(b);
		expect_nothing(a);
	}
	pr_kit_close(a);
	pr_kit_term(ctx);
}

static void test_pair_refuses_a_second_peer(void **state)
{
	struct ends ends;

	(void)state;
	open_ends(&ends, ZMQ_PAIR, ZMQ_PAIR, false);
	void *intruder = pr_kit_socket(ends.ctx, ZMQ_PAIR);

	kit_send(ends.b, "first");
	kit_expect(ends.a, "first");
	kit_assert_ok(zmq_connect(intruder, "inproc://it"));
	kit_send(ends.a, "x");
	take(ends.b, 1);
	expect_nothing(intruder);
	kit_until(zmq_send(intruder, "x", 1, ZMQ_DONTWAIT) == -1);
	expect_nothing(ends.a);
	pr_kit_close(intruder);
	close_ends(&ends);
}

/* Unbinding frees the name and nothing else; disconnecting ends the connection.  */
static void test_unbind_and_disconnect(void **state)
{
	struct ends ends;

	(void)state;
	open_ends(&ends, ZMQ_DEALER, ZMQ_DEALER, false);
	kit_assert_ok(zmq_unbind(ends.a, "inproc://it"));
	kit_send(ends.b, "still");
	kit_expect(ends.a, "still");
	kit_send(ends.a, "here");
	kit_expect(ends.b, "here");
	kit_send(ends.b, "last");
	kit_assert_error(ENOENT, zmq_disconnect(ends.a, "inproc://it"));
	kit_assert_ok(zmq_disconnect(ends.b, "inproc://it"));
	kit_assert_error(ENOENT, zmq_disconnect(ends.b, "inproc://it"));
	kit_assert_error(EAGAIN, zmq_send(ends.b, "x", 1, ZMQ_DONTWAIT));
	kit_expect(ends.a, "last");
	expect_nothing(ends.a);
	kit_until(zmq_send(ends.a, "x", 1, ZMQ_DONTWAIT) == -1);
	close_ends(&ends);
}

static void *receive_until_term(void *socket)
{
	char text[8];

	while (zmq_recv(socket, text, sizeof(text), 0) >= 0)
		continue;
	assert_int_equal(errno, ETERM);
	pr_kit_close(socket);
	return NULL;
}

static void test_term_ends_waiting(void **state)
{
	struct ends ends;
	pthread_t receiver, waiter;

	(void)state;
	open_ends(&ends, ZMQ_PAIR, ZMQ_PAIR, false);
	void *unbound = pr_kit_socket(ends.ctx, ZMQ_PAIR);

	kit_assert_ok(zmq_connect(unbound, "inproc://never"));
	pr_kit_set(ends.a, ZMQ_RCVTIMEO, -1);
	pr_kit_set(unbound, ZMQ_RCVTIMEO, -1);
	pr_kit_thread(&receiver, receive_until_term, ends.a);
	pr_kit_thread(&waiter, receive_until_term, unbound);
	for (int i = 0; i < 100; i++)
		kit_send(ends.b, "x");
	pr_kit_close(ends.b);
	pr_kit_term(ends.ctx);
	pr_kit_join(receiver);
	pr_kit_join(waiter);
}

/* ---- ROUTER ---- */

static void test_routing_ids(void **state)
{
	for (int connect_first = 0; connect_first < 2; connect_first++) {
		struct ends ends;

		(void)state;
		open_sockets(&ends, ZMQ_ROUTER, ZMQ_ROUTER);
		pr_kit_set_id(ends.a, "the binder");
		pr_kit_set_id(ends.b, "the connecter");
		pr_kit_set(ends.b, ZMQ_ROUTER_MANDATORY, 1);
		join(&ends, connect_first);
		kit_send_more(ends.b, "the binder");
		kit_send(ends.b, "hello");
		kit_expect_more(ends.a, "the connecter");
		kit_expect(ends.a, "hello");
		kit_send_more(ends.a, "the connecter");
		kit_send(ends.a, "welcome");
		kit_expect_more(ends.b, "the binder");
		kit_expect(ends.b, "welcome");
		kit_assert_error(EHOSTUNREACH, zmq_send(ends.b, "nobody", 6, ZMQ_SNDMORE));
		close_ends(&ends);
	}
}

static void test_router_names_the_anonymous(void **state)
{
	struct ends ends;
	uint8_t id[256];

	(void)state;
	open_ends(&ends, ZMQ_ROUTER, ZMQ_DEALER, false);
	kit_send(ends.b, "who am I?");
	size_t size = kit_recv_id(ends.a, id);

	assert_int_equal(size, 5);
	assert_int_equal(id[0], 0);
	kit_expect(ends.a, "who am I?");
	zmq_send(ends.a, id, size, ZMQ_SNDMORE);
	kit_send(ends.a, "you");
	kit_expect(ends.b, "you");
	close_ends(&ends);
}

static void test_connect_routing_id_and_probe(void **state)
{
	struct ends ends;

	(void)state;
	open_sockets(&ends, ZMQ_ROUTER, ZMQ_ROUTER);
	pr_kit_set_id(ends.b, "prober");
	kit_assert_ok(zmq_setsockopt(ends.b, ZMQ_CONNECT_ROUTING_ID, "server", 6));
	pr_kit_set(ends.b, ZMQ_PROBE_ROUTER, 1);
	join(&ends, false);
	kit_expect_more(ends.a, "prober");
	kit_expect(ends.a, "");
	kit_send_more(ends.b, "server");
	kit_send(ends.b, "by the name I gave you");
	kit_expect_more(ends.a, "prober");
	kit_expect(ends.a, "by the name I gave you");
	close_ends(&ends);
}

/* ---- Waiting ---- */

static void test_poll_and_fd(void **state)
{
	struct ends ends;
	int fd;
	size_t size = sizeof(fd);

	(void)state;
	open_ends(&ends, ZMQ_PAIR, ZMQ_PAIR, false);
	kit_assert_ok(zmq_getsockopt(ends.a, ZMQ_FD, &fd, &size));
	for (int i = 0; i < 100; i++) {
		zmq_pollitem_t items[2] = {{.fd = fd, .events = ZMQ_POLLIN},
		                           {.socket = ends.b, .events = ZMQ_POLLIN}};

		assert_int_equal(pr_kit_get(ends.a, ZMQ_EVENTS), ZMQ_POLLOUT);
		kit_send(ends.b, "x");
		assert_int_equal(zmq_poll(items, 1, KIT_DEADLINE_MS), 1);
		kit_until(pr_kit_get(ends.a, ZMQ_EVENTS) & ZMQ_POLLIN);
		take(ends.a, 1);
		kit_send(ends.a, "x");
		kit_until(zmq_poll(items, 2, KIT_DEADLINE_MS) >= 1 && items[1].revents);
		take(ends.b, 1);
	}
	close_ends(&ends);
}

/* ---- Threads ---- */

#define ROUNDS  2000
#define CLIENTS 6

struct client {
	void *ctx;
	int number;
};

static void *ask(void *arg)
{
	struct client *client = arg;
	void *socket = pr_kit_socket(client->ctx, ZMQ_DEALER);
	char text[32];

	kit_assert_ok(zmq_connect(socket, "inproc://server"));
	for (int i = 0; i < ROUNDS; i++) {
		snprintf(text, sizeof(text), "%d of client %d", i, client->number);
		kit_send(socket, text);
		kit_expect(socket, text);
	}
	pr_kit_close(socket);
	return NULL;
}

static void forward(void *router)
{
	zmq_msg_t part;
	int more;

	do {
		zmq_msg_init(&part);
		kit_assert_ok(zmq_msg_recv(&part, router, 0));
		more = zmq_msg_more(&part);
		kit_assert_ok(zmq_msg_send(&part, router, more ? ZMQ_SNDMORE : 0));
	} while (more);
}

/* Clients come before and after the server binds, and go while it works.  */
static void test_clients_of_one_router(void **state)
{
	void *ctx = pr_kit_ctx();
	void *router = pr_kit_socket(ctx, ZMQ_ROUTER);
	struct client clients[CLIENTS];
	pthread_t threads[CLIENTS];

	(void)state;
	for (int i = 0; i < CLIENTS; i++) {
		clients[i] = (struct client){ctx, i};
		pr_kit_thread(&threads[i], ask, &clients[i]);
		if (i == CLIENTS / 2)
			kit_assert_ok(zmq_bind(router, "inproc://server"));
	}
	for (int i = 0; i < CLIENTS * ROUNDS; i++)
		forward(router);
	for (int i = 0; i < CLIENTS; i++)
		pr_kit_join(threads[i]);
	pr_kit_close(router);
	pr_kit_term(ctx);
}

struct visitor {
	void *ctx;
	_Atomic int *left;
};

static void *come_and_go(void *arg)
{
	struct visitor *visitor = arg;

	for (int i = 0; i < 200; i++) {
		void *socket = pr_kit_socket(visitor->ctx, ZMQ_DEALER);

		kit_assert_ok(zmq_connect(socket, "inproc://door"));
		/* The door may be closed already: then there is nobody to send to. */
		for (int j = 0; j < 5; j++)
			if (zmq_send(socket, "x", 1, ZMQ_DONTWAIT) == -1)
				assert_int_equal(errno, EAGAIN);
		if (i % 2)
			zmq_disconnect(socket, "inproc://door");
		pr_kit_close(socket);
		pr_kit_pause();
	}
	--*visitor->left;
	return NULL;
}

/* Both sides end at any moment.  */
static void test_doors_open_and_close(void **state)
{
	_Atomic int left = 3;
	struct visitor visitor = {pr_kit_ctx(), &left};
	pthread_t threads[3];
	char text[2];

	(void)state;
	for (int i = 0; i < 3; i++)
		pr_kit_thread(&threads[i], come_and_go, &visitor);
	for (int i = 0; left > 0; i++) {
		void *door = pr_kit_socket(visitor.ctx, i % 2 ? ZMQ_PAIR : ZMQ_DEALER);

		kit_until(zmq_bind(door, "inproc://door") == 0);
		for (int j = 0; j < i % 20; j++)
			if (zmq_recv(door, text, sizeof(text), ZMQ_DONTWAIT) != 1)
				pr_kit_pause();
		if (i % 3 == 0)
			kit_assert_ok(zmq_unbind(door, "inproc://door"));
		pr_kit_close(door);
	}
	for (int i = 0; i < 3; i++)
		pr_kit_join(threads[i]);
	pr_kit_term(visitor.ctx);
}

static void test_without_io_threads(void **state)
{
	struct ends ends = {.ctx = pr_kit_ctx()};

	(void)state;
	kit_assert_ok(zmq_ctx_set(ends.ctx, ZMQ_IO_THREADS, 0));
	ends.a = pr_kit_socket(ends.ctx, ZMQ_PAIR);
	ends.b = pr_kit_socket(ends.ctx, ZMQ_PAIR);
	join(&ends, false);
	exchange(&ends);
	close_ends(&ends);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_both_directions),
	        cmocka_unit_test(test_sizes),
	        cmocka_unit_test(test_messages_outlive_their_sockets),
	        cmocka_unit_test(test_unfinished_messages_are_not_seen),
	        cmocka_unit_test(test_socket_connected_to_itself),
	        cmocka_unit_test(test_every_connect_counts),
	        cmocka_unit_test(test_names),
	        cmocka_unit_test(test_many_names),
	        cmocka_unit_test(test_names_are_of_one_context),
	        cmocka_unit_test(test_names_are_freed),
	        cmocka_unit_test(test_connecters_wait_for_the_name),
	        cmocka_unit_test(test_connecter_gone_before_bind),
	        cmocka_unit_test(test_disconnect_before_bind),
	        cmocka_unit_test(test_name_is_never_bound),
	        cmocka_unit_test(test_marks_add_up),
	        cmocka_unit_test(test_marks_when_connecting_first),
	        cmocka_unit_test(test_room_comes_back_at_half),
	        cmocka_unit_test(test_waiting_for_room),
	        cmocka_unit_test(test_peer_reads_what_was_sent_before_the_end),
	        cmocka_unit_test(test_next_peer),
	        cmocka_unit_test(test_pair_refuses_a_second_peer),
	        cmocka_unit_test(test_unbind_and_disconnect),
	        cmocka_unit_test(test_term_ends_waiting),
	        cmocka_unit_test(test_routing_ids),
	        cmocka_unit_test(test_router_names_the_anonymous),
	        cmocka_unit_test(test_connect_routing_id_and_probe),
	        cmocka_unit_test(test_poll_and_fd),
	        cmocka_unit_test(test_clients_of_one_router),
	        cmocka_unit_test(test_doors_open_and_close),
	        cmocka_unit_test(test_without_io_threads),
	};
	return KIT_RUN(tests);
}
