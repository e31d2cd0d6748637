/* SPDX-License-Identifier: MIT */
/* core/test/fd_test.c - ZMQ_FD and ZMQ_EVENTS: how a socket joins somebody else's event loop.
 *
 * The descriptor says "look at ZMQ_EVENTS", nothing more.  It fires at the edge, so whoever uses it
 * looks before sleeping; and once ZMQ_EVENTS has been looked at and shows nothing, the descriptor
 * is quiet: an event loop that still sees it readable then would spin.  */
#include "core/test/kit.h"

#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

static bool readable(int fd, int timeout_ms)
{
	struct pollfd item = {.fd = fd, .events = POLLIN};

	return poll(&item, 1, timeout_ms) == 1;
}

/* Looks and sleeps, as an event loop does, until the socket has what is wanted.  */
static void wait_for(void *socket, int events)
{
	int fd = pr_kit_get(socket, ZMQ_FD);

	while (!(pr_kit_get(socket, ZMQ_EVENTS) & events))
		if (!readable(fd, KIT_DEADLINE_MS))
			pr_kit_fail(__FILE__, __LINE__, "the descriptor never fired");
}

/* Looks until the descriptor is quiet; a descriptor that is never drained fails here.  */
static void settle(void *socket)
{
	int fd = pr_kit_get(socket, ZMQ_FD);

	for (int looks = 0; readable(fd, 0); looks++) {
		assert_true(looks < 10000);
		pr_kit_pause(); /* the I/O thread may be on its way, without a CPU */
		pr_kit_get(socket, ZMQ_EVENTS);
	}
}

/* Nothing fires any more.  An I/O thread that lost the CPU behind its last message may come once
 * more, however late; one that comes again and again fails here.  */
static void expect_quiet(void *socket)
{
	int fd = pr_kit_get(socket, ZMQ_FD);

	for (int late = 0; readable(fd, 50); late++) {
		assert_true(late < 3);
		settle(socket);
	}
}

static void test_fires_for_a_message(void **state)
{
	struct kit_pair pair;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_ROUTER, ZMQ_DEALER);
	assert_int_equal(pr_kit_get(pair.a, ZMQ_FD), pr_kit_get(pair.a, ZMQ_FD));
	for (int i = 0; i < 200; i++) {
		kit_send(pair.b, "x");
		wait_for(pair.a, ZMQ_POLLIN);
		assert_int_equal(zmq_recv(pair.a, NULL, 0, ZMQ_DONTWAIT), 5);
		assert_int_equal(zmq_recv(pair.a, NULL, 0, ZMQ_DONTWAIT), 1);
		assert_false(pr_kit_get(pair.a, ZMQ_EVENTS) & ZMQ_POLLIN);
	}
	pr_kit_pair_close(&pair);
}

/* After everything was received and looked at, nothing fires and nothing spins.  */
static void test_is_quiet_at_rest(void **state)
{
	struct kit_pair pair;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_DEALER, ZMQ_DEALER);
	for (int i = 0; i < 200; i++) {
		kit_send(pair.b, "x");
		wait_for(pair.a, ZMQ_POLLIN);
		kit_expect(pair.a, "x");
		assert_int_equal(pr_kit_get(pair.a, ZMQ_EVENTS) & ZMQ_POLLIN, 0);
		settle(pair.a);
	}
	expect_quiet(pair.a);
	settle(pair.b);
	expect_quiet(pair.b);
	pr_kit_pair_close(&pair);
}

/* A receive that finds nothing also drains.  */
static void test_receive_drains(void **state)
{
	struct kit_pair pair;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_PAIR, ZMQ_PAIR);
	int fd = pr_kit_get(pair.a, ZMQ_FD);
	for (int i = 0; i < 100; i++) {
		kit_send(pair.b, "x");
		kit_expect(pair.a, "x");
		kit_assert_error(EAGAIN, zmq_recv(pair.a, NULL, 0, ZMQ_DONTWAIT));
		for (int looks = 0; readable(fd, 0); looks++) {
			assert_true(looks < 10000);
			pr_kit_pause(); /* the I/O thread may be on its way, without a CPU */
			kit_assert_error(EAGAIN, zmq_recv(pair.a, NULL, 0, ZMQ_DONTWAIT));
		}
	}
	pr_kit_pair_close(&pair);
}

/* The I/O thread may signal the descriptor after its message was taken, when it loses the CPU in
 * between.  Here that is done for it, to a socket that nobody else signals.  */
static void test_receive_drains_what_came_late(void **state)
{
	const uint64_t one = 1;

	(void)state;
	if (!pr_kit_is_proctor())
		skip();
	void *ctx = pr_kit_ctx();
	void *socket = pr_kit_socket(ctx, ZMQ_PAIR);
	int fd = pr_kit_get(socket, ZMQ_FD);

	assert_int_equal(write(fd, &one, sizeof(one)), sizeof(one));
	assert_true(readable(fd, 0));
	kit_assert_error(EAGAIN, zmq_recv(socket, NULL, 0, ZMQ_DONTWAIT));
	assert_false(readable(fd, 0));
	pr_kit_close(socket);
	pr_kit_term(ctx);
}

/* Many messages may share one edge: whoever reads until there is no more misses none.  */
static void test_one_edge_for_many(void **state)
{
	struct kit_pair pair;
	int got = 0;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_PAIR, ZMQ_PAIR);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(zmq_send(pair.b, &i, sizeof(i), 0), sizeof(i));
	while (got < 1000) {
		int seen;

		wait_for(pair.a, ZMQ_POLLIN);
		while (zmq_recv(pair.a, &seen, sizeof(seen), ZMQ_DONTWAIT) != -1)
			assert_int_equal(seen, got++);
		assert_int_equal(errno, EAGAIN);
	}
	pr_kit_pair_close(&pair);
}

/* A message that was there before anybody looked is found by looking, edge or not.  */
static void test_look_before_sleep(void **state)
{
	struct kit_pair pair;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_PAIR, ZMQ_PAIR);
	for (int i = 0; i < 100; i++) {
		kit_send(pair.b, "1");
		kit_send(pair.b, "2");
		kit_expect(pair.a, "1");
		wait_for(pair.a, ZMQ_POLLIN);
		kit_expect(pair.a, "2");
	}
	pr_kit_pair_close(&pair);
}

static void *echo_by_fd(void *socket)
{
	for (int i = 0; i < 1000; i++) {
		wait_for(socket, ZMQ_POLLIN);
		kit_expect(socket, "ping");
		wait_for(socket, ZMQ_POLLOUT);
		kit_send(socket, "pong");
	}
	return NULL;
}

/* Two event loops, a thousand times to and fro, without a wake-up lost.  */
static void test_ping_pong(void **state)
{
	struct kit_pair pair;
	pthread_t thread;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_DEALER, ZMQ_DEALER);
	pr_kit_thread(&thread, echo_by_fd, pair.b);
	for (int i = 0; i < 1000; i++) {
		wait_for(pair.a, ZMQ_POLLOUT);
		kit_send(pair.a, "ping");
		wait_for(pair.a, ZMQ_POLLIN);
		kit_expect(pair.a, "pong");
	}
	pr_kit_join(thread);
	pr_kit_pair_close(&pair);
}

/* The descriptor works in an epoll set, edge-triggered.  */
static void test_edge_triggered_epoll(void **state)
{
	struct kit_pair pair;
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};
	int set = epoll_create1(EPOLL_CLOEXEC);

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_PAIR, ZMQ_PAIR);
	assert_int_equal(epoll_ctl(set, EPOLL_CTL_ADD, pr_kit_get(pair.a, ZMQ_FD), &event), 0);
	for (int i = 0; i < 200; i++) {
		kit_send(pair.b, "x");
		while (!(pr_kit_get(pair.a, ZMQ_EVENTS) & ZMQ_POLLIN))
			assert_int_equal(epoll_wait(set, &event, 1, KIT_DEADLINE_MS), 1);
		kit_expect(pair.a, "x");
	}
	close(set);
	pr_kit_pair_close(&pair);
}

/* It fires as well when there is room again.  */
static void test_fires_for_room(void **state)
{
	void *ctx = pr_kit_ctx();
	void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);
	void *peer = pr_kit_socket(ctx, ZMQ_DEALER);
	char endpoint[KIT_ENDPOINT_SIZE];

	(void)state;
	pr_kit_set(dealer, ZMQ_SNDHWM, 10);
	pr_kit_unused_endpoint(endpoint);
	kit_assert_ok(zmq_connect(dealer, endpoint));
	for (int i = 0; i < 10; i++)
		assert_int_equal(zmq_send(dealer, "x", 1, ZMQ_DONTWAIT), 1);
	assert_int_equal(pr_kit_get(dealer, ZMQ_EVENTS), 0);
	settle(dealer);
	kit_assert_ok(zmq_bind(peer, endpoint));
	wait_for(dealer, ZMQ_POLLOUT);
	for (int i = 0; i < 10; i++)
		kit_expect(peer, "x");
	pr_kit_close(dealer);
	pr_kit_close(peer);
	pr_kit_term(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_fires_for_a_message),
	        cmocka_unit_test(test_is_quiet_at_rest),
	        cmocka_unit_test(test_receive_drains),
	        cmocka_unit_test(test_receive_drains_what_came_late),
	        cmocka_unit_test(test_one_edge_for_many),
	        cmocka_unit_test(test_look_before_sleep),
	        cmocka_unit_test(test_ping_pong),
	        cmocka_unit_test(test_edge_triggered_epoll),
	        cmocka_unit_test(test_fires_for_room),
	};
	return KIT_RUN(tests);
}
