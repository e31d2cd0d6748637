/* SPDX-License-Identifier: MIT */
/* core/test/endpoint_test.c - zmq_bind, zmq_connect, zmq_unbind, zmq_disconnect: addresses and what
 * becomes of connections when either side comes and goes.  */
#include "core/test/peer.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* A plain client that connects, or fails, at once.  */
static int plain_connect(const char *endpoint)
{
	struct kit_sockaddr address = pr_kit_sockaddr(endpoint);
	int fd = socket(address.sockaddr.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connect(fd, (struct sockaddr *)&address.sockaddr, address.size) == 0)
		return fd;
	close(fd);
	return -1;
}

static bool is_listening(const char *endpoint)
{
	int fd = plain_connect(endpoint);

	if (fd == -1)
		return false;
	close(fd);
	return true;
}

static void check_bind(void *ctx, const char *address, const char *prefix)
{
	void *socket = pr_kit_socket(ctx, ZMQ_ROUTER);
	char endpoint[KIT_ENDPOINT_SIZE];
	size_t size = sizeof(endpoint);

	if (zmq_bind(socket, address) == -1)
		pr_kit_fail(__FILE__, __LINE__, "bind %s: %s", address, zmq_strerror(errno));
	kit_assert_ok(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, endpoint, &size));
	assert_int_equal(size, strlen(endpoint) + 1);
	assert_memory_equal(endpoint, prefix, strlen(prefix));
	assert_in_range(pr_kit_port(endpoint), 1, 65535);
	assert_true(is_listening(endpoint));
	pr_kit_close(socket);
}

static void test_wildcards(void **state)
{
	void *ctx = pr_kit_ctx();

	(void)state;
	check_bind(ctx, "tcp://127.0.0.1:*", "tcp://127.0.0.1:");
	check_bind(ctx, "tcp://127.0.0.1:0", "tcp://127.0.0.1:");
	check_bind(ctx, "tcp://*:*", "tcp://0.0.0.0:");
	check_bind(ctx, "tcp://0.0.0.0:*", "tcp://0.0.0.0:");
	check_bind(ctx, "tcp://lo:*", "tcp://127.0.0.1:");
	pr_kit_term(ctx);
}

struct bad_address {
	const char *address;
	int on_bind, on_connect; /* errno, or 0 for success */
};

static const struct bad_address bad_addresses[] = {
        {"", EINVAL, EINVAL},
        {"tcp", EINVAL, EINVAL},
        {"tcp:", EINVAL, EINVAL},
        {"tcp://", EINVAL, EINVAL},
        {"://127.0.0.1:5555", EINVAL, EINVAL},
        {"127.0.0.1:5555", EINVAL, EINVAL},
        {"tcp://127.0.0.1", EINVAL, EINVAL},
        {"tcp://127.0.0.1:", EINVAL, EINVAL},
        {"tcp://127.0.0.1:port", EINVAL, EINVAL},
        {"nonsense://127.0.0.1:5555", EPROTONOSUPPORT, EPROTONOSUPPORT},
        {"TCP://127.0.0.1:5555", EPROTONOSUPPORT, EPROTONOSUPPORT},
        {"tcp://no-such-interface:5555", ENODEV, 0},
        {"tcp://256.1.1.1:5555", ENODEV, 0},
        {"tcp://192.0.2.1:5555", EADDRNOTAVAIL, 0},
};

static void test_bad_addresses(void **state)
{
	void *ctx = pr_kit_ctx();

	(void)state;
	for (size_t i = 0; i < KIT_COUNT(bad_addresses); i++) {
		const struct bad_address *row = &bad_addresses[i];
		void *socket = pr_kit_socket(ctx, ZMQ_DEALER);
		int result;

		errno = 0;
		if (zmq_bind(socket, row->address) != -1 || errno != row->on_bind)
			pr_kit_fail(__FILE__, __LINE__, "bind '%s': %s", row->address,
			            strerror(errno));
		errno = 0;
		result = zmq_connect(socket, row->address);
		if (result != (row->on_connect ? -1 : 0) ||
		    (row->on_connect && errno != row->on_connect))
			pr_kit_fail(__FILE__, __LINE__, "connect '%s': %d, %s", row->address,
			            result, strerror(errno));
		pr_kit_close(socket);
	}
	pr_kit_term(ctx);
}

static void test_connect_needs_a_port(void **state)
{
	void *ctx = pr_kit_ctx();
	void *socket = pr_kit_socket(ctx, ZMQ_DEALER);

	(void)state;
	kit_assert_error(EINVAL, zmq_connect(socket, "tcp://127.0.0.1:*"));
	kit_assert_error(EINVAL, zmq_connect(socket, "tcp://*:*"));
	pr_kit_close(socket);
	pr_kit_term(ctx);
}

static void test_address_in_use(void **state)
{
	void *ctx = pr_kit_ctx();
	void *other_ctx = pr_kit_ctx();
	void *first = pr_kit_socket(ctx, ZMQ_ROUTER);
	void *second = pr_kit_socket(ctx, ZMQ_ROUTER);
	void *third = pr_kit_socket(other_ctx, ZMQ_PAIR);
	char endpoint[KIT_ENDPOINT_SIZE];

	(void)state;
	kit_bind(first, endpoint);
	kit_assert_error(EADDRINUSE, zmq_bind(first, endpoint));
	kit_assert_error(EADDRINUSE, zmq_bind(second, endpoint));
	kit_assert_error(EADDRINUSE, zmq_bind(third, endpoint));
	pr_kit_close(first);
	kit_until(zmq_bind(second, endpoint) == 0);
	pr_kit_close(second);
	pr_kit_close(third);
	pr_kit_term(ctx);
	pr_kit_term(other_ctx);
}

static void test_connect_before_bind(void **state)
{
	const int types[][2] = {
	        {ZMQ_DEALER, ZMQ_DEALER}, {ZMQ_PAIR, ZMQ_PAIR}, {ZMQ_DEALER, ZMQ_ROUTER}};

	(void)state;
	for (size_t i = 0; i < KIT_COUNT(types); i++) {
		void *ctx = pr_kit_ctx();
		void *early = pr_kit_socket(ctx, types[i][0]);
		void *late = pr_kit_socket(ctx, types[i][1]);
		char endpoint[KIT_ENDPOINT_SIZE];
		uint8_t id[256];

		pr_kit_unused_endpoint(endpoint);
		kit_assert_ok(zmq_connect(early, endpoint));
		kit_send_more(early, "early");
		kit_send(early, "bird");
		kit_assert_ok(zmq_bind(late, endpoint));
		if (types[i][1] == ZMQ_ROUTER)
			kit_recv_id(late, id);
		kit_expect_more(late, "early");
		kit_expect(late, "bird");
		pr_kit_close(early);
		pr_kit_close(late);
		pr_kit_term(ctx);
	}
}

/* The connecting side finds a peer that went away and came back at the same address, again and
 * again.  */
static void test_reconnect(void **state)
{
	void *ctx = pr_kit_ctx();
	void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);
	char endpoint[KIT_ENDPOINT_SIZE];

	(void)state;
	pr_kit_set(dealer, ZMQ_RECONNECT_IVL, 10);
	pr_kit_unused_endpoint(endpoint);
	kit_assert_ok(zmq_connect(dealer, endpoint));
	for (int i = 0; i < 5; i++) {
		void *server_ctx = pr_kit_ctx();
		void *server = pr_kit_socket(server_ctx, ZMQ_DEALER);
		char text[16];
		bool arrived = false;

		snprintf(text, sizeof(text), "round %d", i);
		kit_until(zmq_bind(server, endpoint) == 0);
		/* What is sent while the old peer dies may be lost with it; the new one gets the
		 * rest. */
		for (int64_t end = pr_kit_now_ms() + KIT_DEADLINE_MS; !arrived;) {
			zmq_send(dealer, text, strlen(text), ZMQ_DONTWAIT);
			arrived = pr_kit_poll(server, ZMQ_POLLIN, 10);
			assert_true(pr_kit_now_ms() < end);
		}
		/* Of an earlier round at most what was queued while nobody was there. */
		for (;;) {
			char seen[16] = "";

			assert_true(zmq_recv(server, seen, sizeof(seen) - 1, 0) > 0);
			assert_memory_equal(seen, "round ", 6);
			if (strcmp(seen, text) == 0)
				break;
			zmq_send(dealer, text, strlen(text), ZMQ_DONTWAIT);
		}
		kit_send(server, text);
		kit_expect(dealer, text);
		pr_kit_close(server);
		pr_kit_term(server_ctx);
	}
	pr_kit_close(dealer);
	pr_kit_term(ctx);
}

static void test_several_endpoints(void **state)
{
	void *ctx = pr_kit_ctx();
	void *router = pr_kit_socket(ctx, ZMQ_ROUTER);
	char endpoints[3][KIT_ENDPOINT_SIZE];
	void *dealers[3];
	uint8_t id[256];

	(void)state;
	for (int i = 0; i < 3; i++) {
		kit_bind(router, endpoints[i]);
		dealers[i] = pr_kit_socket(ctx, ZMQ_DEALER);
		kit_assert_ok(zmq_connect(dealers[i], endpoints[i]));
	}
	for (int i = 0; i < 3; i++) {
		size_t size;

		kit_send(dealers[i], "hello");
		size = kit_recv_id(router, id);
		kit_expect(router, "hello");
		assert_int_equal(zmq_send(router, id, size, ZMQ_SNDMORE), size);
		kit_send(router, "world");
		kit_expect(dealers[i], "world");
		pr_kit_close(dealers[i]);
	}
	pr_kit_close(router);
	pr_kit_term(ctx);
}

/* Both directions between two sockets that bind and connect to each other.  */
static void test_bind_and_connect_on_one_socket(void **state)
{
	void *ctx = pr_kit_ctx();
	void *a = pr_kit_socket(ctx, ZMQ_DEALER);
	void *b = pr_kit_socket(ctx, ZMQ_DEALER);
	char at_a[KIT_ENDPOINT_SIZE], at_b[KIT_ENDPOINT_SIZE];

	(void)state;
	kit_bind(a, at_a);
	kit_bind(b, at_b);
	kit_assert_ok(zmq_connect(a, at_b));
	kit_assert_ok(zmq_connect(b, at_a));
	for (int i = 0; i < 10; i++) {
		kit_send(a, "to b");
		kit_send(b, "to a");
		kit_expect(a, "to a");
		kit_expect(b, "to b");
	}
	pr_kit_close(a);
	pr_kit_close(b);
	pr_kit_term(ctx);
}

/* A DEALER that connects to the same address again keeps the one connection it has.  */
static void test_dealer_connects_twice(void **state)
{
	void *ctx = pr_kit_ctx();
	void *router = pr_kit_socket(ctx, ZMQ_ROUTER);
	void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);
	char endpoint[KIT_ENDPOINT_SIZE];
	uint8_t first[256], again[256];
	size_t size;

	(void)state;
	kit_bind(router, endpoint);
	kit_assert_ok(zmq_connect(dealer, endpoint));
	kit_assert_ok(zmq_connect(dealer, endpoint));
	kit_send(dealer, "x");
	size = kit_recv_id(router, first);
	kit_expect(router, "x");
	for (int i = 0; i < 10; i++) {
		kit_send(dealer, "x");
		assert_int_equal(kit_recv_id(router, again), size);
		kit_expect(router, "x");
		assert_memory_equal(first, again, size);
	}
	pr_kit_close(dealer);
	pr_kit_close(router);
	pr_kit_term(ctx);
}

/* A ROUTER that does so has two connections, each with its own id.  */
static void test_router_connects_twice(void **state)
{
	void *ctx = pr_kit_ctx();
	void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);
	void *router = pr_kit_socket(ctx, ZMQ_ROUTER);
	char endpoint[KIT_ENDPOINT_SIZE];
	uint8_t first[256], other[256];
	size_t size;

	(void)state;
	kit_bind(dealer, endpoint);
	kit_assert_ok(zmq_connect(router, endpoint));
	kit_assert_ok(zmq_connect(router, endpoint));
	kit_send(dealer, "x");
	size = kit_recv_id(router, first);
	do {
		kit_expect(router, "x");
		kit_send(dealer, "x");
		assert_int_equal(kit_recv_id(router, other), size);
	} while (memcmp(first, other, size) == 0);
	kit_expect(router, "x");
	pr_kit_close(dealer);
	pr_kit_close(router);
	pr_kit_term(ctx);
}

static void test_unbind(void **state)
{
	void *ctx = pr_kit_ctx();
	void *socket = pr_kit_socket(ctx, ZMQ_ROUTER);
	void *other = pr_kit_socket(ctx, ZMQ_ROUTER);
	char endpoint[KIT_ENDPOINT_SIZE], kept[KIT_ENDPOINT_SIZE];

	(void)state;
	kit_bind(socket, endpoint);
	kit_bind(socket, kept);
	kit_assert_error(ENOENT, zmq_unbind(socket, "tcp://127.0.0.1:1"));
	kit_assert_error(EINVAL, zmq_unbind(socket, "nonsense"));
	kit_assert_error(EINVAL, zmq_unbind(socket, NULL));
	assert_true(is_listening(endpoint));
	kit_assert_ok(zmq_unbind(socket, endpoint));
	kit_until(!is_listening(endpoint));
	kit_assert_error(ENOENT, zmq_unbind(socket, endpoint));
	assert_true(is_listening(kept));
	kit_until(zmq_bind(other, endpoint) == 0);
	pr_kit_close(socket);
	pr_kit_close(other);
	pr_kit_term(ctx);
}

/* The accepted connections of an endpoint go with it.  */
static void test_unbind_ends_connections(void **state)
{
	void *ctx = pr_kit_ctx();
	void *socket = pr_kit_socket(ctx, ZMQ_ROUTER);
	char endpoint[KIT_ENDPOINT_SIZE], byte[64];
	int fd;
	ssize_t got;

	(void)state;
	kit_bind(socket, endpoint);
	fd = plain_connect(endpoint);
	assert_true(fd >= 0);
	assert_true(recv(fd, byte, 1, 0) == 1);
	kit_assert_ok(zmq_unbind(socket, endpoint));
	while ((got = recv(fd, byte, sizeof(byte), 0)) > 0)
		;
	assert_true(got == 0 || errno == ECONNRESET);
	close(fd);
	pr_kit_close(socket);
	pr_kit_term(ctx);
}

static void test_disconnect(void **state)
{
	void *ctx = pr_kit_ctx();
	void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);
	void *left = pr_kit_socket(ctx, ZMQ_DEALER);
	void *right = pr_kit_socket(ctx, ZMQ_DEALER);
	char at_left[KIT_ENDPOINT_SIZE], at_right[KIT_ENDPOINT_SIZE];

	(void)state;
	kit_bind(left, at_left);
	kit_bind(right, at_right);
	kit_assert_error(ENOENT, zmq_disconnect(dealer, at_left));
	kit_assert_error(EINVAL, zmq_disconnect(dealer, "nonsense"));
	kit_assert_error(EINVAL, zmq_disconnect(dealer, NULL));
	kit_assert_ok(zmq_connect(dealer, at_left));
	kit_assert_ok(zmq_connect(dealer, at_right));
	kit_send(dealer, "one");
	kit_send(dealer, "two");
	kit_expect(left, "one");
	kit_expect(right, "two");
	kit_assert_ok(zmq_disconnect(dealer, at_left));
	kit_assert_error(ENOENT, zmq_disconnect(dealer, at_left));
	for (int i = 0; i < 10; i++) {
		kit_send(dealer, "right only");
		kit_expect(right, "right only");
	}
	kit_assert_error(EAGAIN, zmq_recv(left, NULL, 0, ZMQ_DONTWAIT));
	kit_assert_ok(zmq_connect(dealer, at_left));
	kit_send(dealer, "a");
	kit_send(dealer, "b");
	assert_true(pr_kit_poll(left, ZMQ_POLLIN, KIT_DEADLINE_MS));
	assert_true(pr_kit_poll(right, ZMQ_POLLIN, KIT_DEADLINE_MS));
	pr_kit_close(dealer);
	pr_kit_close(left);
	pr_kit_close(right);
	pr_kit_term(ctx);
}

/* Each of the two calls ends what either has begun, all of it at once, as in libzmq: condure
 * unbinds with zmq_disconnect.  */
static void test_either_call_ends_either(void **state)
{
	void *ctx = pr_kit_ctx();
	void *socket = pr_kit_socket(ctx, ZMQ_DEALER);
	char bound[KIT_ENDPOINT_SIZE], nobody[KIT_ENDPOINT_SIZE];

	(void)state;
	kit_bind(socket, bound);
	kit_assert_ok(zmq_connect(socket, bound));
	kit_assert_ok(zmq_disconnect(socket, bound));
	kit_until(!is_listening(bound));
	kit_assert_error(ENOENT, zmq_unbind(socket, bound));
	kit_assert_error(ENOENT, zmq_disconnect(socket, bound));
	pr_kit_unused_endpoint(nobody);
	kit_assert_ok(zmq_connect(socket, nobody));
	kit_assert_ok(zmq_connect(socket, nobody));
	kit_assert_ok(zmq_unbind(socket, nobody));
	kit_assert_error(ENOENT, zmq_disconnect(socket, nobody));
	pr_kit_close(socket);
	pr_kit_term(ctx);
}

/* A disconnect with nothing else connected leaves nowhere to send.  */
static void test_disconnect_the_only_one(void **state)
{
	void *ctx = pr_kit_ctx();
	void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);
	char endpoint[KIT_ENDPOINT_SIZE];

	(void)state;
	pr_kit_unused_endpoint(endpoint);
	kit_assert_ok(zmq_connect(dealer, endpoint));
	assert_true(pr_kit_poll(dealer, ZMQ_POLLOUT, 0));
	kit_assert_ok(zmq_disconnect(dealer, endpoint));
	kit_until(zmq_send(dealer, "x", 1, ZMQ_DONTWAIT) == -1 && errno == EAGAIN);
	pr_kit_close(dealer);
	pr_kit_term(ctx);
}

/* With ZMQ_IMMEDIATE messages wait for a connection that is up.  */
static void test_immediate(void **state)
{
	void *ctx = pr_kit_ctx();
	void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);
	void *peer = pr_kit_socket(ctx, ZMQ_DEALER);
	char nobody[KIT_ENDPOINT_SIZE], endpoint[KIT_ENDPOINT_SIZE];

	(void)state;
	pr_kit_set(dealer, ZMQ_IMMEDIATE, 1);
	pr_kit_unused_endpoint(nobody);
	kit_assert_ok(zmq_connect(dealer, nobody));
	kit_assert_error(EAGAIN, zmq_send(dealer, "x", 1, ZMQ_DONTWAIT));
	kit_bind(peer, endpoint);
	kit_assert_ok(zmq_connect(dealer, endpoint));
	for (int i = 0; i < 10; i++) {
		kit_send(dealer, "up");
		kit_expect(peer, "up");
	}
	pr_kit_close(dealer);
	pr_kit_close(peer);
	pr_kit_term(ctx);
}

static void test_host_names(void **state)
{
	void *ctx = pr_kit_ctx();
	void *a = pr_kit_socket(ctx, ZMQ_PAIR);
	void *b = pr_kit_socket(ctx, ZMQ_PAIR);
	char endpoint[KIT_ENDPOINT_SIZE], name[KIT_ENDPOINT_SIZE];

	(void)state;
	pr_kit_meet_at("127.0.0.1");
	kit_bind(a, endpoint);
	pr_kit_meet_at(NULL);
	snprintf(name, sizeof(name), "tcp://localhost:%d", pr_kit_port(endpoint));
	kit_assert_ok(zmq_connect(b, name));
	kit_send(b, "by name");
	kit_expect(a, "by name");
	pr_kit_close(a);
	pr_kit_close(b);
	pr_kit_term(ctx);
}

/* zmq_close ends the connections: the peer's side of it is seen by a plain client.  */
static void test_close_ends_connections(void **state)
{
	void *ctx = pr_kit_ctx();
	void *socket = pr_kit_socket(ctx, ZMQ_ROUTER);
	char endpoint[KIT_ENDPOINT_SIZE], byte[64];
	int fd;
	ssize_t got;

	(void)state;
	kit_bind(socket, endpoint);
	fd = plain_connect(endpoint);
	assert_true(fd >= 0);
	assert_true(recv(fd, byte, 1, 0) == 1);
	pr_kit_close(socket);
	while ((got = recv(fd, byte, sizeof(byte), 0)) > 0)
		;
	assert_true(got == 0 || errno == ECONNRESET);
	close(fd);
	kit_until(!is_listening(endpoint));
	pr_kit_term(ctx);
}

/* "source;destination": where the connection comes from.  */
static void test_source(void **state)
{
	void *ctx, *dealer;
	char endpoint[KIT_ENDPOINT_SIZE], both[2 * KIT_ENDPOINT_SIZE];
	const char *const sources[] = {"127.0.0.9:0", "127.0.0.9:*"};
	struct sockaddr_in from;

	(void)state;
	if (pr_kit_is_ipc())
		skip();
	ctx = pr_kit_ctx();
	dealer = pr_kit_socket(ctx, ZMQ_DEALER);
	for (size_t i = 0; i < KIT_COUNT(sources); i++) {
		int listener = pr_peer_listen(endpoint);
		struct peer peer;
		socklen_t size = sizeof(from);

		snprintf(both, sizeof(both), "tcp://%s;%s", sources[i], strstr(endpoint, "127"));
		kit_assert_ok(zmq_connect(dealer, both));
		peer = pr_peer_accept(listener);
		assert_int_equal(getpeername(peer.fd, (struct sockaddr *)&from, &size), 0);
		assert_int_equal(ntohl(from.sin_addr.s_addr), 0x7f000009);
		kit_assert_ok(zmq_disconnect(dealer, both));
		pr_peer_close(&peer);
		close(listener);
	}
	kit_assert_error(EINVAL, zmq_connect(dealer, "tcp://*:0;127.0.0.1:5555"));
	kit_assert_error(EINVAL, zmq_connect(dealer, "tcp://;127.0.0.1:5555"));
	/* No error here: it is tried for ever. */
	kit_assert_ok(zmq_connect(dealer, "tcp://nosuch:0;127.0.0.1:5555"));
	kit_assert_ok(zmq_connect(dealer, "tcp://127.0.0.9;127.0.0.1:5555"));
	pr_kit_close(dealer);
	pr_kit_term(ctx);
}

/* With ZMQ_IPV6 everything is bound by an IPv6 address, and reached by one of either kind.  */
static void test_ipv6_everywhere(void **state)
{
	const char *const binds[][3] = {
	        {"tcp://127.0.0.1:*", "tcp://[::ffff:127.0.0.1]:", "127.0.0.1"},
	        {"tcp://lo:*", "tcp://[::1]:", "[::1]"},
	        {"tcp://[::1]:*", "tcp://[::1]:", "[::1]"},
	        {"tcp://*:*", "tcp://[::]:", "127.0.0.1"},
	        {"tcp://*:*", "tcp://[::]:", "[::1]"}};
	void *ctx;
	int probe = socket(AF_INET6, SOCK_STREAM, 0);

	(void)state;
	if (probe >= 0)
		close(probe);
	if (probe < 0 || pr_kit_is_ipc())
		skip();
	ctx = pr_kit_ctx();
	kit_assert_ok(zmq_ctx_set(ctx, ZMQ_IPV6, 1));
	for (size_t i = 0; i < KIT_COUNT(binds); i++) {
		void *a = pr_kit_socket(ctx, ZMQ_PAIR), *b = pr_kit_socket(ctx, ZMQ_PAIR);
		char last[KIT_ENDPOINT_SIZE], to[KIT_ENDPOINT_SIZE];
		size_t size = sizeof(last);

		kit_assert_ok(zmq_bind(a, binds[i][0]));
		kit_assert_ok(zmq_getsockopt(a, ZMQ_LAST_ENDPOINT, last, &size));
		assert_memory_equal(last, binds[i][1], strlen(binds[i][1]));
		snprintf(to, sizeof(to), "tcp://%s:%s", binds[i][2], strrchr(last, ':') + 1);
		kit_assert_ok(zmq_connect(b, to));
		kit_send(b, "x");
		kit_expect(a, "x");
		pr_kit_close(a);
		pr_kit_close(b);
	}
	pr_kit_term(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_source),
	        cmocka_unit_test(test_ipv6_everywhere),
	        cmocka_unit_test(test_wildcards),
	        cmocka_unit_test(test_bad_addresses),
	        cmocka_unit_test(test_connect_needs_a_port),
	        cmocka_unit_test(test_address_in_use),
	        cmocka_unit_test(test_connect_before_bind),
	        cmocka_unit_test(test_reconnect),
	        cmocka_unit_test(test_several_endpoints),
	        cmocka_unit_test(test_bind_and_connect_on_one_socket),
	        cmocka_unit_test(test_dealer_connects_twice),
	        cmocka_unit_test(test_router_connects_twice),
	        cmocka_unit_test(test_unbind),
	        cmocka_unit_test(test_unbind_ends_connections),
	        cmocka_unit_test(test_disconnect),
	        cmocka_unit_test(test_either_call_ends_either),
	        cmocka_unit_test(test_disconnect_the_only_one),
	        cmocka_unit_test(test_immediate),
	        cmocka_unit_test(test_host_names),
	        cmocka_unit_test(test_close_ends_connections),
	};
	return KIT_RUN(tests);
}
