/* SPDX-License-Identifier: MIT */
/* core/test/filter_test.c - options about where a socket listens and whom it lets in: accept
 * filters, a device, a descriptor that listens already.  */
#include "core/test/peer.h"

#include <stdio.h>
#include <unistd.h>

/* Is a connection to the endpoint kept?  A listener that refuses closes it at once.  */
static bool is_let_in(void *router, const char *endpoint)
{
	struct peer peer = pr_peer_connect(endpoint);
	struct pr_buf out;
	uint8_t byte;
	bool is_in;

	(void)router;
	pr_buf_init(&out);
	pr_peer_add_greeting(&out, 1);
	pr_peer_send_buf(&peer, &out);
	assert_true(pr_peer_has_input(&peer, KIT_DEADLINE_MS));
	is_in = recv(peer.fd, &byte, 1, 0) == 1;
	pr_buf_fini(&out);
	pr_peer_close(&peer);
	return is_in;
}

static void *filtered(void *ctx, int option, const void *value, size_t size)
{
	void *router = pr_kit_socket(ctx, ZMQ_ROUTER);

	kit_assert_ok(zmq_setsockopt(router, option, value, size));
	return router;
}

static void check_tcp(const char *filter, bool expected)
{
	void *ctx = pr_kit_ctx();
	void *router = filtered(ctx, ZMQ_TCP_ACCEPT_FILTER, filter, strlen(filter));
	char endpoint[KIT_ENDPOINT_SIZE];

	kit_bind(router, endpoint);
	if (is_let_in(router, endpoint) != expected)
		pr_kit_fail(__FILE__, __LINE__, "%s %s", filter, expected ? "refused" : "let in");
	pr_kit_close(router);
	pr_kit_term(ctx);
}

static void test_tcp(void **state)
{
	(void)state;
	check_tcp("127.0.0.0/8", true);
	check_tcp("0.0.0.0/0", true);
	check_tcp("126.0.0.0/7", true);
	check_tcp("128.0.0.0/8", false);
	check_tcp("10.1.2.3", false);
	check_tcp("127.255.255.255", false);
}

/* One that fits is enough; taking all away lets everybody in; those of another transport do not
 * matter; and an endpoint keeps what was there when it was bound.  */
static void test_several(void **state)
{
	void *ctx = pr_kit_ctx();
	void *router = filtered(ctx, ZMQ_TCP_ACCEPT_FILTER, "10.0.0.0/8", 10);
	char closed[KIT_ENDPOINT_SIZE], open[KIT_ENDPOINT_SIZE];
	int uid = (int)getuid() + 1;

	(void)state;
	kit_bind(router, closed);
	assert_false(is_let_in(router, closed));
	kit_assert_ok(zmq_setsockopt(router, ZMQ_TCP_ACCEPT_FILTER, "127.0.0.0/8", 11));
	kit_bind(router, open);
	assert_true(is_let_in(router, open));
	assert_false(is_let_in(router, closed));
	kit_assert_ok(zmq_unbind(router, open));
	kit_assert_ok(zmq_setsockopt(router, ZMQ_TCP_ACCEPT_FILTER, NULL, 0));
	kit_assert_ok(zmq_setsockopt(router, ZMQ_IPC_FILTER_UID, &uid, sizeof(uid)));
	kit_bind(router, open);
	assert_true(is_let_in(router, open));
	pr_kit_close(router);
	pr_kit_term(ctx);
}

static void check_ipc(int option, int id, bool expected)
{
	void *ctx = pr_kit_ctx();
	void *router = filtered(ctx, option, &id, sizeof(id));
	char endpoint[KIT_ENDPOINT_SIZE];

	snprintf(endpoint, sizeof(endpoint), "ipc://@filter-%d-%d-%d", (int)getpid(), option, id);
	kit_assert_ok(zmq_bind(router, endpoint));
	if (is_let_in(router, endpoint) != expected)
		pr_kit_fail(__FILE__, __LINE__, "option %d, id %d", option, id);
	pr_kit_close(router);
	pr_kit_term(ctx);
}

static void test_ipc(void **state)
{
	(void)state;
	check_ipc(ZMQ_IPC_FILTER_PID, (int)getpid(), true);
	check_ipc(ZMQ_IPC_FILTER_PID, 1, false);
	check_ipc(ZMQ_IPC_FILTER_UID, (int)getuid(), true);
	check_ipc(ZMQ_IPC_FILTER_UID, (int)getuid() + 1, false);
	check_ipc(ZMQ_IPC_FILTER_GID, (int)getgid(), true);
	check_ipc(ZMQ_IPC_FILTER_GID, 54321, false);
}

static void test_device(void **state)
{
	void *ctx = pr_kit_ctx();
	void *router = pr_kit_socket(ctx, ZMQ_ROUTER);

	(void)state;
	kit_assert_ok(zmq_setsockopt(router, ZMQ_BINDTODEVICE, "nosuch", 6));
	assert_int_equal(zmq_bind(router, "tcp://127.0.0.1:*"), -1);
	assert_true(zmq_errno() == ENODEV || zmq_errno() == EPERM);
	kit_assert_ok(zmq_setsockopt(router, ZMQ_BINDTODEVICE, NULL, 0));
	kit_assert_ok(zmq_bind(router, "tcp://127.0.0.1:*"));
	pr_kit_close(router);
	pr_kit_term(ctx);
}

static void test_use_fd(void **state)
{
	void *ctx = pr_kit_ctx();
	void *router = pr_kit_socket(ctx, ZMQ_ROUTER);
	void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);
	char endpoint[KIT_ENDPOINT_SIZE], last[KIT_ENDPOINT_SIZE];
	uint8_t id[256];
	size_t size = sizeof(last);
	size_t fds = pr_kit_open_fds();
	int fd = pr_peer_listen(endpoint);

	(void)state;
	pr_kit_set(router, ZMQ_USE_FD, fd);
	kit_assert_ok(zmq_bind(router, "tcp://127.0.0.1:5555"));
	kit_assert_ok(zmq_getsockopt(router, ZMQ_LAST_ENDPOINT, last, &size));
	assert_string_equal(last, endpoint);
	kit_assert_ok(zmq_connect(dealer, endpoint));
	kit_send(dealer, "x");
	kit_recv_id(router, id);
	kit_expect(router, "x");
	pr_kit_close(dealer);
	kit_assert_ok(zmq_unbind(router, endpoint));
	pr_kit_close(router);
	pr_kit_term(ctx);
	assert_true(pr_kit_open_fds() <= fds); /* it was the socket's to close */
}

/* What has a meaning for other transports or other builds only is kept, and changes nothing.  */
static void test_kept(void **state)
{
	const int options[] = {ZMQ_RATE,         ZMQ_RECOVERY_IVL,      ZMQ_MULTICAST_HOPS,
	                       ZMQ_TCP_MAXRT,    ZMQ_MULTICAST_MAXTPDU, ZMQ_TOS,
	                       ZMQ_HEARTBEAT_IVL};
	struct kit_pair pair;

	(void)state;
	pair.ctx = pr_kit_ctx();
	pair.a = pr_kit_socket(pair.ctx, ZMQ_PAIR);
	pair.b = pr_kit_socket(pair.ctx, ZMQ_PAIR);
	for (size_t i = 0; i < KIT_COUNT(options); i++) {
		pr_kit_set(pair.a, options[i], 5000);
		pr_kit_set(pair.b, options[i], 5000);
		assert_int_equal(pr_kit_get(pair.a, options[i]), 5000);
	}
	kit_bind(pair.a, pair.endpoint);
	kit_assert_ok(zmq_connect(pair.b, pair.endpoint));
	kit_send(pair.a, "x");
	kit_expect(pair.b, "x");
	pr_kit_pair_close(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_tcp),    cmocka_unit_test(test_several),
	        cmocka_unit_test(test_ipc),    cmocka_unit_test(test_device),
	        cmocka_unit_test(test_use_fd), cmocka_unit_test(test_kept),
	};
	return KIT_RUN(tests);
}
