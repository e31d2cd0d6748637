/* SPDX-License-Identifier: MIT */
/* core/test/poll_test.c - zmq_poll: sockets and descriptors together, time-outs, what revents says.
 */
#include "core/test/kit.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define WAIT_MS 100

static void test_in_and_out(void **state)
{
	struct kit_pair pair;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_PAIR, ZMQ_PAIR);
	kit_send(pair.b, "x");
	kit_expect(pair.a, "x");
	zmq_pollitem_t items[] = {
	        {.socket = pair.a, .events = ZMQ_POLLIN | ZMQ_POLLOUT, .revents = -1},
	        {.socket = pair.b, .events = ZMQ_POLLIN, .revents = -1},
	};
	assert_int_equal(zmq_poll(items, 2, KIT_DEADLINE_MS), 1);
	assert_int_equal(items[0].revents, ZMQ_POLLOUT);
	assert_int_equal(items[1].revents, 0);
	kit_send(pair.a, "y");
	items[0].events = ZMQ_POLLIN;
	assert_int_equal(zmq_poll(items, 2, KIT_DEADLINE_MS), 1);
	assert_int_equal(items[0].revents, 0);
	assert_int_equal(items[1].revents, ZMQ_POLLIN);
	/* It stays until it has been received. */
	assert_int_equal(zmq_poll(items, 2, 0), 1);
	kit_expect(pair.b, "y");
	assert_int_equal(zmq_poll(items, 2, 0), 0);
	assert_int_equal(items[1].revents, 0);
	pr_kit_pair_close(&pair);
}

static void test_time_out(void **state)
{
	struct kit_pair pair;
	int64_t start;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_ROUTER, ZMQ_DEALER);
	zmq_pollitem_t item = {.socket = pair.a, .events = ZMQ_POLLIN, .revents = -1};
	start = pr_kit_now_ms();
	assert_int_equal(zmq_poll(&item, 1, WAIT_MS), 0);
	assert_true(pr_kit_now_ms() - start >= WAIT_MS - 1);
	assert_int_equal(item.revents, 0);
	assert_int_equal(zmq_poll(&item, 1, 0), 0);
	pr_kit_pair_close(&pair);
}

static void test_no_items(void **state)
{
	int64_t start = pr_kit_now_ms();

	(void)state;
	assert_int_equal(zmq_poll(NULL, 0, 0), 0);
	assert_int_equal(zmq_poll(NULL, 0, WAIT_MS), 0);
	assert_true(pr_kit_now_ms() - start >= WAIT_MS - 1);
}

static void test_errors(void **state)
{
	void *ctx = pr_kit_ctx();
	zmq_pollitem_t item = {.socket = ctx, .events = ZMQ_POLLIN};

	(void)state;
	kit_assert_error(EFAULT, zmq_poll(NULL, 1, 0));
	kit_assert_error(EINVAL, zmq_poll(&item, -1, 0));
	kit_assert_error(ENOTSOCK, zmq_poll(&item, 1, 0));
	pr_kit_term(ctx);
}

static void test_plain_descriptor(void **state)
{
	int ends[2];
	zmq_pollitem_t items[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	items[0] = (zmq_pollitem_t){.fd = ends[0], .events = ZMQ_POLLIN};
	items[1] = (zmq_pollitem_t){.fd = ends[1], .events = ZMQ_POLLOUT};
	assert_int_equal(zmq_poll(items, 1, 0), 0);
	assert_int_equal(zmq_poll(items, 2, 0), 1);
	assert_int_equal(items[1].revents, ZMQ_POLLOUT);
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_int_equal(zmq_poll(items, 2, 0), 2);
	assert_int_equal(items[0].revents, ZMQ_POLLIN);
	assert_int_equal(read(ends[0], &(char){0}, 1), 1);
	close(ends[1]);
	assert_int_equal(zmq_poll(items, 1, KIT_DEADLINE_MS), 1);
	assert_int_equal(items[0].revents, ZMQ_POLLERR);
	close(ends[0]);
}

/* One call waits for both kinds; either ends it.  */
static void test_sockets_and_descriptors(void **state)
{
	struct kit_pair pair;
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	uint64_t value = 1;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_PAIR, ZMQ_PAIR);
	zmq_pollitem_t items[] = {
	        {.socket = pair.a, .events = ZMQ_POLLIN},
	        {.fd = fd, .events = ZMQ_POLLIN},
	};
	assert_int_equal(zmq_poll(items, 2, 0), 0);
	assert_int_equal(write(fd, &value, 8), 8);
	assert_int_equal(zmq_poll(items, 2, -1), 1);
	assert_int_equal(items[0].revents, 0);
	assert_int_equal(items[1].revents, ZMQ_POLLIN);
	kit_send(pair.b, "x");
	while (zmq_poll(items, 2, KIT_DEADLINE_MS) != 2)
		assert_int_equal(items[1].revents, ZMQ_POLLIN);
	assert_int_equal(read(fd, &value, 8), 8);
	assert_int_equal(zmq_poll(items, 2, -1), 1);
	assert_int_equal(items[0].revents, ZMQ_POLLIN);
	assert_int_equal(items[1].revents, 0);
	close(fd);
	pr_kit_pair_close(&pair);
}

/* An item that asks for nothing gets nothing, though there is something.  */
static void test_no_events_asked(void **state)
{
	struct kit_pair pair;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_PAIR, ZMQ_PAIR);
	kit_send(pair.b, "x");
	assert_true(pr_kit_poll(pair.a, ZMQ_POLLIN, KIT_DEADLINE_MS));
	zmq_pollitem_t item = {.socket = pair.a, .events = 0, .revents = -1};
	assert_int_equal(zmq_poll(&item, 1, 0), 0);
	assert_int_equal(item.revents, 0);
	pr_kit_pair_close(&pair);
}

static void *send_late(void *socket)
{
	for (int i = 0; i < 50; i++)
		pr_kit_pause();
	kit_send(socket, "late");
	return NULL;
}

/* -1 waits as long as it takes, and the message of another thread ends it.  */
static void test_waits_for_ever(void **state)
{
	struct kit_pair pair;
	pthread_t thread;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_DEALER, ZMQ_DEALER);
	zmq_pollitem_t item = {.socket = pair.a, .events = ZMQ_POLLIN};
	pr_kit_thread(&thread, send_late, pair.b);
	assert_int_equal(zmq_poll(&item, 1, -1), 1);
	assert_int_equal(item.revents, ZMQ_POLLIN);
	kit_expect(pair.a, "late");
	pr_kit_join(thread);
	pr_kit_pair_close(&pair);
}

#define MANY 100

/* The one of a hundred that has something is the one that is named.  */
static void test_many_sockets(void **state)
{
	void *ctx = pr_kit_ctx();
	void *bound[MANY], *connected[MANY];
	zmq_pollitem_t items[MANY];
	char endpoint[KIT_ENDPOINT_SIZE];

	(void)state;
	for (int i = 0; i < MANY; i++) {
		bound[i] = pr_kit_socket(ctx, ZMQ_PAIR);
		connected[i] = pr_kit_socket(ctx, ZMQ_PAIR);
		kit_bind(bound[i], endpoint);
		kit_assert_ok(zmq_connect(connected[i], endpoint));
		items[i] = (zmq_pollitem_t){.socket = bound[i], .events = ZMQ_POLLIN};
	}
	for (int i = 0; i < MANY; i += 7) {
		kit_send(connected[i], "x");
		assert_int_equal(zmq_poll(items, MANY, KIT_DEADLINE_MS), 1);
		for (int k = 0; k < MANY; k++)
			assert_int_equal(items[k].revents, k == i ? ZMQ_POLLIN : 0);
		kit_expect(bound[i], "x");
	}
	for (int i = 0; i < MANY; i++) {
		pr_kit_close(bound[i]);
		pr_kit_close(connected[i]);
	}
	pr_kit_term(ctx);
}

/* A socket that cannot be written to is waited for until it can.  */
static void test_waits_for_room(void **state)
{
	void *ctx = pr_kit_ctx();
	void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);
	void *peer = pr_kit_socket(ctx, ZMQ_DEALER);
	char endpoint[KIT_ENDPOINT_SIZE];

	(void)state;
	kit_bind(dealer, endpoint);
	zmq_pollitem_t item = {.socket = dealer, .events = ZMQ_POLLOUT};
	assert_int_equal(zmq_poll(&item, 1, 0), 0);
	kit_assert_ok(zmq_connect(peer, endpoint));
	assert_int_equal(zmq_poll(&item, 1, KIT_DEADLINE_MS), 1);
	assert_int_equal(item.revents, ZMQ_POLLOUT);
	kit_send(dealer, "x");
	kit_expect(peer, "x");
	pr_kit_close(dealer);
	pr_kit_close(peer);
	pr_kit_term(ctx);
}

/* The same socket may stand in two items.  */
static void test_socket_twice(void **state)
{
	struct kit_pair pair;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_PAIR, ZMQ_PAIR);
	kit_send(pair.b, "x");
	assert_true(pr_kit_poll(pair.a, ZMQ_POLLIN, KIT_DEADLINE_MS));
	zmq_pollitem_t items[] = {
	        {.socket = pair.a, .events = ZMQ_POLLIN},
	        {.socket = pair.a, .events = ZMQ_POLLOUT},
	};
	assert_int_equal(zmq_poll(items, 2, KIT_DEADLINE_MS), 2);
	assert_int_equal(items[0].revents, ZMQ_POLLIN);
	assert_int_equal(items[1].revents, ZMQ_POLLOUT);
	pr_kit_pair_close(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_in_and_out),
	        cmocka_unit_test(test_time_out),
	        cmocka_unit_test(test_no_items),
	        cmocka_unit_test(test_errors),
	        cmocka_unit_test(test_plain_descriptor),
	        cmocka_unit_test(test_sockets_and_descriptors),
	        cmocka_unit_test(test_no_events_asked),
	        cmocka_unit_test(test_waits_for_ever),
	        cmocka_unit_test(test_many_sockets),
	        cmocka_unit_test(test_waits_for_room),
	        cmocka_unit_test(test_socket_twice),
	};
	return KIT_RUN(tests);
}
