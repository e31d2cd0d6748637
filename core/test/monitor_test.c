/* SPDX-License-Identifier: MIT */
/* core/test/monitor_test.c - zmq_socket_monitor: which events, in which order, with which values
 * and endpoints.
 *
 * libzmq stops until somebody reads its events, so the reader is always there first.  */
#include "core/test/peer.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A socket and whoever reads its events.  */
struct watched {
	void *socket, *events;
};

struct event {
	int number, value;
	char endpoint[256];
};

static void watch(struct watched *w, void *ctx, int type, int events)
{
	static atomic_int count;
	char name[64];

	snprintf(name, sizeof(name), "inproc://monitor-%d", atomic_fetch_add(&count, 1));
	w->socket = pr_kit_socket(ctx, type);
	kit_assert_ok(zmq_socket_monitor(w->socket, name, events));
	w->events = pr_kit_socket(ctx, ZMQ_PAIR);
	kit_assert_ok(zmq_connect(w->events, name));
}

static void next_event(void *events, struct event *event)
{
	uint8_t frame[16];
	uint16_t number;
	uint32_t value;
	int size;

	assert_int_equal(zmq_recv(events, frame, sizeof(frame), 0), 6);
	memcpy(&number, frame, 2);
	memcpy(&value, frame + 2, 4);
	assert_int_equal(pr_kit_get(events, ZMQ_RCVMORE), 1);
	size = zmq_recv(events, event->endpoint, sizeof(event->endpoint) - 1, 0);
	assert_in_range(size, 0, sizeof(event->endpoint) - 1);
	event->endpoint[size] = '\0';
	event->number = number;
	event->value = (int)value;
	assert_int_equal(pr_kit_get(events, ZMQ_RCVMORE), 0);
}

/* Returns the value.  */
static int expect_event(void *events, int number, const char *endpoint)
{
	struct event event;

	next_event(events, &event);
	if (event.number != number || (endpoint && strcmp(event.endpoint, endpoint) != 0))
		pr_kit_fail(__FILE__, __LINE__, "event 0x%x at %s; wanted 0x%x at %s", event.number,
		            event.endpoint, number, endpoint ? endpoint : "(any)");
	return event.value;
}

/* Events that may come between: a TCP connection takes its time where one of a unix socket is there
 * at once.  */
static int expect_later(void *events, int number, const char *endpoint)
{
	struct event event;

	do
		next_event(events, &event);
	while (event.number != number);
	if (endpoint)
		assert_string_equal(event.endpoint, endpoint);
	return event.value;
}

/* The socket is closed; everything up to the last event.  */
static void finish(struct watched *w)
{
	pr_kit_close(w->socket);
	assert_int_equal(expect_later(w->events, ZMQ_EVENT_MONITOR_STOPPED, ""), 0);
	pr_kit_close(w->events);
}

/* One side has its events read while the other one goes through its own life.  */
static void test_life(void **state)
{
	void *ctx = pr_kit_ctx();
	struct watched router, dealer;
	char endpoint[KIT_ENDPOINT_SIZE];
	int listener, accepted, connected;

	(void)state;
	watch(&router, ctx, ZMQ_ROUTER, ZMQ_EVENT_ALL);
	watch(&dealer, ctx, ZMQ_DEALER, ZMQ_EVENT_ALL);
	kit_bind(router.socket, endpoint);
	listener = expect_event(router.events, ZMQ_EVENT_LISTENING, endpoint);
	assert_true(listener > 2);
	kit_assert_ok(zmq_connect(dealer.socket, endpoint));
	if (!pr_kit_is_ipc())
		assert_int_equal(expect_event(dealer.events, ZMQ_EVENT_CONNECT_DELAYED, endpoint),
		                 EINPROGRESS);
	connected = expect_event(dealer.events, ZMQ_EVENT_CONNECTED, endpoint);
	assert_true(connected > 2);
	assert_int_equal(expect_event(dealer.events, ZMQ_EVENT_HANDSHAKE_SUCCEEDED, endpoint), 0);
	accepted = expect_event(router.events, ZMQ_EVENT_ACCEPTED, endpoint);
	assert_true(accepted > 2);
	assert_int_equal(expect_event(router.events, ZMQ_EVENT_HANDSHAKE_SUCCEEDED, endpoint), 0);
	/* Who closes is not told that it disconnects; who is left is. */
	pr_kit_close(dealer.socket);
	assert_int_equal(expect_event(dealer.events, ZMQ_EVENT_MONITOR_STOPPED, ""), 0);
	assert_int_equal(expect_event(router.events, ZMQ_EVENT_DISCONNECTED, endpoint), accepted);
	kit_assert_ok(zmq_unbind(router.socket, endpoint));
	assert_int_equal(expect_event(router.events, ZMQ_EVENT_CLOSED, endpoint), listener);
	pr_kit_close(router.socket);
	assert_int_equal(expect_event(router.events, ZMQ_EVENT_MONITOR_STOPPED, ""), 0);
	pr_kit_close(dealer.events);
	pr_kit_close(router.events);
	pr_kit_term(ctx);
}

/* Nobody is there; then somebody; then nobody again.  */
static void test_reconnect(void **state)
{
	void *ctx = pr_kit_ctx();
	struct watched dealer;
	char endpoint[KIT_ENDPOINT_SIZE];
	void *router;
	int value;

	(void)state;
	watch(&dealer, ctx, ZMQ_DEALER, ZMQ_EVENT_ALL);
	pr_kit_set(dealer.socket, ZMQ_RECONNECT_IVL, 20);
	pr_kit_unused_endpoint(endpoint);
	kit_assert_ok(zmq_connect(dealer.socket, endpoint));
	for (int i = 0; i < 3; i++) {
		if (!pr_kit_is_ipc())
			expect_event(dealer.events, ZMQ_EVENT_CONNECT_DELAYED, endpoint);
		expect_event(dealer.events, ZMQ_EVENT_CLOSED, endpoint);
		value = expect_event(dealer.events, ZMQ_EVENT_CONNECT_RETRIED, endpoint);
		assert_in_range(value, 20, 39);
	}
	router = pr_kit_socket(ctx, ZMQ_ROUTER);
	kit_assert_ok(zmq_bind(router, endpoint));
	value = expect_later(dealer.events, ZMQ_EVENT_CONNECTED, endpoint);
	expect_event(dealer.events, ZMQ_EVENT_HANDSHAKE_SUCCEEDED, endpoint);
	pr_kit_close(router);
	assert_int_equal(expect_event(dealer.events, ZMQ_EVENT_DISCONNECTED, endpoint), value);
	value = expect_event(dealer.events, ZMQ_EVENT_CONNECT_RETRIED, endpoint);
	assert_in_range(value, 20, 39);
	finish(&dealer);
	pr_kit_term(ctx);
}

/* The pause doubles up to RECONNECT_IVL_MAX; a random part of RECONNECT_IVL is always on top.  */
static void test_back_off(void **state)
{
	void *ctx = pr_kit_ctx();
	struct watched dealer;
	char endpoint[KIT_ENDPOINT_SIZE];
	const int least[] = {10, 20, 40, 60, 60};

	(void)state;
	watch(&dealer, ctx, ZMQ_DEALER, ZMQ_EVENT_CONNECT_RETRIED);
	pr_kit_set(dealer.socket, ZMQ_RECONNECT_IVL, 10);
	pr_kit_set(dealer.socket, ZMQ_RECONNECT_IVL_MAX, 60);
	pr_kit_unused_endpoint(endpoint);
	kit_assert_ok(zmq_connect(dealer.socket, endpoint));
	for (size_t i = 0; i < KIT_COUNT(least); i++) {
		int value = expect_event(dealer.events, ZMQ_EVENT_CONNECT_RETRIED, endpoint);

		assert_in_range(value, least[i], least[i] + 9);
	}
	pr_kit_close(dealer.socket);
	pr_kit_close(dealer.events);
	pr_kit_term(ctx);
}

/* With -1 it is tried once.  */
static void test_no_reconnect(void **state)
{
	void *ctx = pr_kit_ctx();
	struct watched dealer;
	char endpoint[KIT_ENDPOINT_SIZE];

	(void)state;
	watch(&dealer, ctx, ZMQ_DEALER, ZMQ_EVENT_ALL & ~ZMQ_EVENT_CONNECT_DELAYED);
	pr_kit_set(dealer.socket, ZMQ_RECONNECT_IVL, -1);
	pr_kit_unused_endpoint(endpoint);
	kit_assert_ok(zmq_connect(dealer.socket, endpoint));
	expect_event(dealer.events, ZMQ_EVENT_CLOSED, endpoint);
	pr_kit_close(dealer.socket);
	expect_event(dealer.events, ZMQ_EVENT_MONITOR_STOPPED, "");
	pr_kit_close(dealer.events);
	pr_kit_term(ctx);
}

static void test_bind_failed(void **state)
{
	void *ctx = pr_kit_ctx();
	void *other = pr_kit_socket(ctx, ZMQ_ROUTER);
	struct watched router;
	char endpoint[KIT_ENDPOINT_SIZE];

	(void)state;
	watch(&router, ctx, ZMQ_ROUTER, ZMQ_EVENT_ALL);
	kit_bind(other, endpoint);
	assert_int_equal(zmq_bind(router.socket, endpoint), -1);
	expect_event(router.events, ZMQ_EVENT_CLOSED, "");
	assert_int_equal(
	        expect_event(router.events, ZMQ_EVENT_BIND_FAILED, strstr(endpoint, "://") + 3),
	        EADDRINUSE);
	assert_int_equal(zmq_bind(router.socket, "tcp://nosuch:5555"), -1);
	assert_int_equal(expect_event(router.events, ZMQ_EVENT_BIND_FAILED, "nosuch:5555"), ENODEV);
	assert_int_equal(zmq_bind(router.socket, "ipc:///nonexistent/socket"), -1);
	expect_event(router.events, ZMQ_EVENT_CLOSED, "ipc:///nonexistent/socket");
	assert_int_equal(expect_event(router.events, ZMQ_EVENT_BIND_FAILED, "/nonexistent/socket"),
	                 ENOENT);
	kit_assert_error(EPROTONOSUPPORT, zmq_bind(router.socket, "nosuch://x"));
	kit_assert_error(EINVAL, zmq_bind(router.socket, "nonsense"));
	pr_kit_close(router.socket);
	expect_event(router.events, ZMQ_EVENT_MONITOR_STOPPED, "");
	pr_kit_close(router.events);
	pr_kit_close(other);
	pr_kit_term(ctx);
}

/* Bound everywhere, a connection is known by where it was really accepted.  */
static void test_wildcard(void **state)
{
	void *ctx = pr_kit_ctx();
	void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);
	struct watched router;
	char bound[64], local[64];
	size_t size = sizeof(bound);

	(void)state;
	watch(&router, ctx, ZMQ_ROUTER, ZMQ_EVENT_ALL);
	kit_assert_ok(zmq_bind(router.socket, "tcp://*:*"));
	kit_assert_ok(zmq_getsockopt(router.socket, ZMQ_LAST_ENDPOINT, bound, &size));
	expect_event(router.events, ZMQ_EVENT_LISTENING, bound);
	snprintf(local, sizeof(local), "tcp://%s:%d", pr_kit_address(), pr_kit_port(bound));
	kit_assert_ok(zmq_connect(dealer, local));
	expect_event(router.events, ZMQ_EVENT_ACCEPTED, local);
	expect_event(router.events, ZMQ_EVENT_HANDSHAKE_SUCCEEDED, local);
	pr_kit_close(dealer);
	expect_event(router.events, ZMQ_EVENT_DISCONNECTED, local);
	pr_kit_close(router.socket);
	expect_event(router.events, ZMQ_EVENT_CLOSED, bound);
	expect_event(router.events, ZMQ_EVENT_MONITOR_STOPPED, "");
	pr_kit_close(router.events);
	pr_kit_term(ctx);
}

/* Socket types that do not fit: neither end says why, and the one that connected leaves it at that.
 */
static void test_types_do_not_fit(void **state)
{
	void *ctx = pr_kit_ctx();
	struct watched router, pair;
	char endpoint[KIT_ENDPOINT_SIZE];
	struct event event;

	(void)state;
	watch(&router, ctx, ZMQ_ROUTER, ZMQ_EVENT_ALL);
	watch(&pair, ctx, ZMQ_PAIR, ZMQ_EVENT_ALL & ~ZMQ_EVENT_CONNECT_DELAYED);
	pr_kit_set(pair.socket, ZMQ_RECONNECT_IVL, 1);
	kit_bind(router.socket, endpoint);
	kit_assert_ok(zmq_connect(pair.socket, endpoint));
	expect_event(router.events, ZMQ_EVENT_LISTENING, endpoint);
	expect_event(router.events, ZMQ_EVENT_ACCEPTED, endpoint);
	expect_later(router.events, ZMQ_EVENT_DISCONNECTED, endpoint);
	expect_event(pair.events, ZMQ_EVENT_CONNECTED, endpoint);
	/* Whichever end sees it first closes; the other one may see only that. */
	next_event(pair.events, &event);
	if (event.number == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL)
		next_event(pair.events, &event);
	assert_int_equal(event.number, ZMQ_EVENT_DISCONNECTED);
	finish(&router);
	finish(&pair);
	pr_kit_term(ctx);
}

static void add_command(struct pr_buf *out, const char *body, size_t size)
{
	pr_peer_add_frame(out, PEER_COMMAND, body, size);
}

#define ANY_VALUE -1

/* A peer says this after its greeting; the listener's events from ACCEPTED on.  */
struct bad_peer {
	const char *name, *body;
	size_t size;
	unsigned flags;
	int event, value;
};

#define BODY(text) text, sizeof(text) - 1
static const struct bad_peer bad_peers[] = {
        {"HELLO", BODY("\5HELLO"), PEER_COMMAND, ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL,
         ZMQ_PROTOCOL_ERROR_ZMTP_UNEXPECTED_COMMAND},
        {"message", BODY("hello"), 0, ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL,
         ZMQ_PROTOCOL_ERROR_ZMTP_UNEXPECTED_COMMAND},
        {"READY of a PUB", BODY("\5READY\x0bSocket-Type\0\0\0\3PUB"), PEER_COMMAND, 0, 0},
        {"READY cut short", BODY("\5READY\x0bSoc"), PEER_COMMAND, 0, 0},
        {"ERROR", BODY("\5ERROR\3xyz"), PEER_COMMAND, 0, 0},
        {"ERROR 300",
         BODY("\5ERROR\3"
              "300"),
         PEER_COMMAND, ZMQ_EVENT_HANDSHAKE_FAILED_AUTH, 300},
        {"ERROR 400",
         BODY("\5ERROR\3"
              "400"),
         PEER_COMMAND, ZMQ_EVENT_HANDSHAKE_FAILED_AUTH, 400},
        {"ERROR 500",
         BODY("\5ERROR\3"
              "500"),
         PEER_COMMAND, ZMQ_EVENT_HANDSHAKE_FAILED_AUTH, 500},
        {"ERROR without reason", BODY("\5ERROR"), PEER_COMMAND, ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL,
         ZMQ_PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_ERROR},
        {"ERROR cut short", BODY("\5ERROR\5ab"), PEER_COMMAND, ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL,
         ZMQ_PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_ERROR},
};

static void expect_failure(struct watched *router, const char *endpoint, const struct bad_peer *bad)
{
	struct event event;

	expect_event(router->events, ZMQ_EVENT_ACCEPTED, endpoint);
	next_event(router->events, &event);
	if (bad->event != 0) {
		if (event.number != bad->event ||
		    (bad->value != ANY_VALUE && event.value != bad->value))
			pr_kit_fail(__FILE__, __LINE__, "%s: event 0x%x, value 0x%x", bad->name,
			            event.number, event.value);
		next_event(router->events, &event);
	}
	if (event.number != ZMQ_EVENT_DISCONNECTED)
		pr_kit_fail(__FILE__, __LINE__, "%s: event 0x%x, value 0x%x", bad->name,
		            event.number, event.value);
}

/* libzmq keeps the connection of a peer that sent ERROR until the handshake's time is up.  */
static void test_bad_handshakes(void **state)
{
	void *ctx = pr_kit_ctx();
	struct watched router;
	char endpoint[KIT_ENDPOINT_SIZE];
	struct pr_buf out;

	(void)state;
	pr_buf_init(&out);
	watch(&router, ctx, ZMQ_ROUTER, ZMQ_EVENT_ALL);
	if (!pr_kit_is_proctor())
		pr_kit_set(router.socket, ZMQ_HANDSHAKE_IVL, 1500);
	kit_bind(router.socket, endpoint);
	expect_event(router.events, ZMQ_EVENT_LISTENING, endpoint);
	for (size_t i = 0; i < KIT_COUNT(bad_peers); i++) {
		struct peer peer = pr_peer_connect(endpoint);

		pr_buf_clear(&out);
		pr_peer_add_greeting(&out, 1);
		if (bad_peers[i].flags & PEER_COMMAND)
			add_command(&out, bad_peers[i].body, bad_peers[i].size);
		else
			pr_peer_add_frame(&out, 0, bad_peers[i].body, bad_peers[i].size);
		pr_peer_send_buf(&peer, &out);
		expect_failure(&router, endpoint, &bad_peers[i]);
		pr_peer_close(&peer);
	}
	pr_buf_fini(&out);
	finish(&router);
	pr_kit_term(ctx);
}

static void test_other_mechanism(void **state)
{
	const struct bad_peer bad = {.name = "XYZZY",
	                             .event = ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL,
	                             .value = ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH};
	void *ctx = pr_kit_ctx();
	struct watched router;
	char endpoint[KIT_ENDPOINT_SIZE];
	struct pr_buf out;
	struct peer peer;

	(void)state;
	pr_buf_init(&out);
	watch(&router, ctx, ZMQ_ROUTER, ZMQ_EVENT_ALL);
	kit_bind(router.socket, endpoint);
	expect_event(router.events, ZMQ_EVENT_LISTENING, endpoint);
	pr_peer_add_greeting(&out, 1);
	memcpy(out.text + 12, "XYZZY", 5);
	peer = pr_peer_connect(endpoint);
	pr_peer_send_buf(&peer, &out);
	expect_failure(&router, endpoint, &bad);
	pr_peer_close(&peer);
	pr_buf_fini(&out);
	finish(&router);
	pr_kit_term(ctx);
}

/* Gone before the handshake was done; and one that takes too long.  */
static void test_no_handshake(void **state)
{
	const struct bad_peer gone = {
	        .name = "gone", .event = ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL, .value = ANY_VALUE};
	const struct bad_peer late = {
	        .name = "late", .event = ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL, .value = EAGAIN};
	void *ctx = pr_kit_ctx();
	struct watched router;
	char endpoint[KIT_ENDPOINT_SIZE];
	struct peer peer;

	(void)state;
	watch(&router, ctx, ZMQ_ROUTER, ZMQ_EVENT_ALL);
	pr_kit_set(router.socket, ZMQ_HANDSHAKE_IVL, 200);
	kit_bind(router.socket, endpoint);
	expect_event(router.events, ZMQ_EVENT_LISTENING, endpoint);
	peer = pr_peer_connect(endpoint);
	expect_failure(&router, endpoint, &late);
	pr_peer_close(&peer);
	pr_kit_set(router.socket, ZMQ_HANDSHAKE_IVL, 0);
	kit_assert_ok(zmq_unbind(router.socket, endpoint));
	expect_event(router.events, ZMQ_EVENT_CLOSED, endpoint);
	kit_bind(router.socket, endpoint);
	expect_event(router.events, ZMQ_EVENT_LISTENING, endpoint);
	peer = pr_peer_connect(endpoint);
	pr_peer_close(&peer);
	expect_failure(&router, endpoint, &gone);
	finish(&router);
	pr_kit_term(ctx);
}

/* Only what was asked for is told; MONITOR_STOPPED included.  */
static void test_mask(void **state)
{
	void *ctx = pr_kit_ctx();
	struct watched router;
	char endpoint[KIT_ENDPOINT_SIZE];
	void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);

	(void)state;
	watch(&router, ctx, ZMQ_ROUTER, ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
	kit_bind(router.socket, endpoint);
	kit_assert_ok(zmq_connect(dealer, endpoint));
	expect_event(router.events, ZMQ_EVENT_HANDSHAKE_SUCCEEDED, endpoint);
	pr_kit_close(dealer);
	pr_kit_close(router.socket);
	pr_kit_set(router.events, ZMQ_RCVTIMEO, 100);
	kit_assert_error(EAGAIN, zmq_recv(router.events, endpoint, 1, 0));
	pr_kit_close(router.events);
	pr_kit_term(ctx);
}

/* A second monitor ends the first one, and NULL every one.  */
static void test_stop(void **state)
{
	void *ctx = pr_kit_ctx();
	struct watched router;
	char endpoint[KIT_ENDPOINT_SIZE];
	void *second = pr_kit_socket(ctx, ZMQ_PAIR);

	(void)state;
	watch(&router, ctx, ZMQ_ROUTER, ZMQ_EVENT_ALL);
	kit_assert_ok(zmq_socket_monitor(router.socket, "inproc://second", ZMQ_EVENT_ALL));
	expect_event(router.events, ZMQ_EVENT_MONITOR_STOPPED, "");
	kit_assert_ok(zmq_connect(second, "inproc://second"));
	kit_bind(router.socket, endpoint);
	expect_event(second, ZMQ_EVENT_LISTENING, endpoint);
	kit_assert_ok(zmq_socket_monitor(router.socket, NULL, 0));
	expect_event(second, ZMQ_EVENT_MONITOR_STOPPED, "");
	kit_assert_ok(zmq_socket_monitor(router.socket, NULL, ZMQ_EVENT_ALL));
	kit_assert_ok(zmq_unbind(router.socket, endpoint));
	pr_kit_close(router.socket);
	pr_kit_set(second, ZMQ_RCVTIMEO, 50);
	kit_assert_error(EAGAIN, zmq_recv(second, endpoint, 1, 0));
	pr_kit_close(router.events);
	pr_kit_close(second);
	pr_kit_term(ctx);
}

static void test_errors(void **state)
{
	void *ctx = pr_kit_ctx();
	void *router = pr_kit_socket(ctx, ZMQ_ROUTER);
	void *other = pr_kit_socket(ctx, ZMQ_PAIR);

	(void)state;
	kit_assert_error(ENOTSOCK, zmq_socket_monitor(NULL, "inproc://x", ZMQ_EVENT_ALL));
	kit_assert_error(ENOTSOCK, zmq_socket_monitor(ctx, "inproc://x", ZMQ_EVENT_ALL));
	kit_assert_error(EINVAL, zmq_socket_monitor(router, "nonsense", ZMQ_EVENT_ALL));
	kit_assert_error(EINVAL, zmq_socket_monitor(router, "", ZMQ_EVENT_ALL));
	kit_assert_error(EINVAL, zmq_socket_monitor(router, "inproc://", ZMQ_EVENT_ALL));
	kit_assert_error(EPROTONOSUPPORT,
	                 zmq_socket_monitor(router, "tcp://127.0.0.1:5", ZMQ_EVENT_ALL));
	kit_assert_error(EPROTONOSUPPORT, zmq_socket_monitor(router, "foo://x", ZMQ_EVENT_ALL));
	kit_assert_error(EINVAL, zmq_socket_monitor(router, "inproc://x", 0x10000));
	kit_assert_error(EINVAL, zmq_socket_monitor(router, "inproc://x", -1));
	kit_assert_ok(zmq_bind(other, "inproc://taken"));
	kit_assert_error(EADDRINUSE, zmq_socket_monitor(router, "inproc://taken", ZMQ_EVENT_ALL));
	kit_assert_ok(zmq_socket_monitor(router, "inproc://x", 0));
	pr_kit_close(other);
	pr_kit_close(router);
	pr_kit_term(ctx);
}

/* Ours only, since libzmq would wait for ever: nobody is connected, nobody reads, the reader is
 * gone.  */
static void test_never_blocks(void **state)
{
	void *ctx = pr_kit_ctx();
	void *router = pr_kit_socket(ctx, ZMQ_ROUTER);
	void *reader = pr_kit_socket(ctx, ZMQ_PAIR);
	char endpoint[KIT_ENDPOINT_SIZE];
	int events = 0;

	(void)state;
	if (!pr_kit_is_proctor())
		skip();
	kit_assert_ok(zmq_socket_monitor(router, "inproc://full", ZMQ_EVENT_ALL));
	kit_bind(router, endpoint);
	kit_assert_ok(zmq_unbind(router, endpoint));
	kit_assert_ok(zmq_connect(reader, "inproc://full"));
	for (int i = 0; i < 3000; i++) {
		kit_bind(router, endpoint);
		kit_assert_ok(zmq_unbind(router, endpoint));
	}
	/* The high-water marks of both ends. */
	for (; zmq_recv(reader, endpoint, sizeof(endpoint), ZMQ_DONTWAIT) == 6; events++)
		assert_true(zmq_recv(reader, endpoint, sizeof(endpoint), 0) > 0);
	assert_in_range(events, 1000, 4000); /* more room while they are read */
	pr_kit_close(reader);
	for (int i = 0; i < 100; i++) {
		kit_bind(router, endpoint);
		kit_assert_ok(zmq_unbind(router, endpoint));
	}
	pr_kit_close(router);
	pr_kit_term(ctx);
}

/* Monitors start and stop while peers come and go on several I/O threads.  */
struct churn {
	void *ctx;
	const char *endpoint;
	atomic_bool over;
};

static void *come_and_go(void *arg)
{
	struct churn *churn = arg;

	while (!atomic_load(&churn->over)) {
		void *dealer = pr_kit_socket(churn->ctx, ZMQ_DEALER);

		pr_kit_set(dealer, ZMQ_IMMEDIATE, 1);
		kit_assert_ok(zmq_connect(dealer, churn->endpoint));
		kit_send(dealer, "x"); /* waits for the connection */
		pr_kit_close(dealer);
	}
	return NULL;
}

static void test_churn(void **state)
{
	struct churn churn = {.ctx = pr_kit_ctx()};
	void *router;
	char endpoint[KIT_ENDPOINT_SIZE];
	pthread_t threads[2];

	(void)state;
	if (!pr_kit_is_proctor())
		skip();
	kit_assert_ok(zmq_ctx_set(churn.ctx, ZMQ_IO_THREADS, 2));
	router = pr_kit_socket(churn.ctx, ZMQ_ROUTER);
	kit_bind(router, endpoint);
	churn.endpoint = endpoint;
	for (size_t i = 0; i < KIT_COUNT(threads); i++)
		pr_kit_thread(&threads[i], come_and_go, &churn);
	for (int i = 0; i < 100; i++) {
		void *reader = pr_kit_socket(churn.ctx, ZMQ_PAIR);
		struct event event;
		char name[64];

		snprintf(name, sizeof(name), "inproc://churn-%d", i);
		kit_assert_ok(zmq_socket_monitor(router, name, ZMQ_EVENT_ALL));
		kit_assert_ok(zmq_connect(reader, name));
		for (int k = 0; k < 5; k++)
			next_event(reader, &event);
		pr_kit_close(reader);
	}
	atomic_store(&churn.over, true);
	for (size_t i = 0; i < KIT_COUNT(threads); i++)
		pr_kit_join(threads[i]);
	pr_kit_close(router);
	pr_kit_term(churn.ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_life),           cmocka_unit_test(test_reconnect),
	        cmocka_unit_test(test_back_off),       cmocka_unit_test(test_no_reconnect),
	        cmocka_unit_test(test_wildcard),       cmocka_unit_test(test_types_do_not_fit),
	        cmocka_unit_test(test_bad_handshakes), cmocka_unit_test(test_other_mechanism),
	        cmocka_unit_test(test_no_handshake),   cmocka_unit_test(test_mask),
	        cmocka_unit_test(test_stop),           cmocka_unit_test(test_errors),
	        cmocka_unit_test(test_bind_failed),    cmocka_unit_test(test_never_blocks),
	        cmocka_unit_test(test_churn),
	};
	return KIT_RUN(tests);
}
