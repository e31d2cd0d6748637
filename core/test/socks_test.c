/* SPDX-License-Identifier: MIT */
/* core/test/socks_test.c - ZMQ_SOCKS_PROXY: through a proxy, whatever the proxy does.
 *
 * libzmq aborts when a socket is closed while it waits to try a proxy again that has failed; so
 * what both engines are tested with ends with a proxy that works, and the connecting side is gone
 * before its peer is.  */
#include "core/test/peer.h"
#include "core/test/socks_server.h"

#include <netinet/in.h>
#include <stdio.h>
#include <unistd.h>

/* Their names are in the draft part of libzmq's header.  */
#define SOCKS_USERNAME 99
#define SOCKS_PASSWORD 100

/* ---- Who goes through it ---- */

struct scene {
	struct socks_server proxy;
	void *near, *far; /* contexts */
	void *dealer, *router;
	char endpoint[KIT_ENDPOINT_SIZE]; /* the router's */
};

static void add_bytes(struct socks_server *proxy, const void *bytes, size_t size)
{
	memcpy(proxy->request + proxy->request_size, bytes, size);
	proxy->request_size += size;
}

/* The proxy will be asked for this type and address, and the router's port.  */
static void expect_request(struct scene *scene, const void *address, size_t size)
{
	uint16_t port = htons((uint16_t)pr_kit_port(scene->endpoint));

	scene->proxy.request_size = 0;
	add_bytes(&scene->proxy, "\5\1\0", 3);
	add_bytes(&scene->proxy, address, size);
	add_bytes(&scene->proxy, &port, sizeof(port));
}

static void set_text(void *socket, int option, const char *text)
{
	kit_assert_ok(zmq_setsockopt(socket, option, text, strlen(text)));
}

/* A router, a proxy that is not started, and a dealer that will use it.  */
static void open_scene(struct scene *scene)
{
	struct kit_sockaddr where;
	uint8_t address[5] = {1};

	pr_socks_server_open(&scene->proxy);
	scene->near = pr_kit_ctx();
	scene->far = pr_kit_ctx();
	scene->router = pr_kit_socket(scene->far, ZMQ_ROUTER);
	kit_bind(scene->router, scene->endpoint);
	scene->dealer = pr_kit_socket(scene->near, ZMQ_DEALER);
	pr_kit_set(scene->dealer, ZMQ_RECONNECT_IVL, 5);
	set_text(scene->dealer, ZMQ_SOCKS_PROXY, scene->proxy.endpoint + strlen("tcp://"));
	where = pr_kit_sockaddr(scene->endpoint);
	scene->proxy.target = where.sockaddr;
	scene->proxy.target_size = where.size;
	memcpy(address + 1, &((struct sockaddr_in *)&where.sockaddr)->sin_addr, 4);
	expect_request(scene, address, sizeof(address));
}

static void close_scene(struct scene *scene)
{
	pr_kit_close(scene->dealer);
	pr_kit_term(scene->near);
	pr_socks_server_stop(&scene->proxy);
	pr_kit_close(scene->router);
	pr_kit_term(scene->far);
}

static void talk(struct scene *scene)
{
	uint8_t id[256];
	size_t size;

	kit_send(scene->dealer, "there");
	size = kit_recv_id(scene->router, id);
	kit_expect(scene->router, "there");
	assert_int_equal(zmq_send(scene->router, id, size, ZMQ_SNDMORE), size);
	kit_send(scene->router, "and back");
	kit_expect(scene->dealer, "and back");
}

static void check(struct scene *scene, const char *target)
{
	pr_socks_server_start(&scene->proxy);
	kit_assert_ok(zmq_connect(scene->dealer, target));
	talk(scene);
	close_scene(scene);
}

/* ---- It works ---- */

static void test_ipv4(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene);
	check(&scene, scene.endpoint);
}

/* As an address, for which the dealer itself needs no IPv6.  */
static void test_ipv6(void **state)
{
	struct scene scene;
	struct sockaddr_in6 where = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
	size_t size = sizeof(scene.endpoint);

	(void)state;
	open_scene(&scene);
	pr_kit_set(scene.router, ZMQ_IPV6, 1);
	if (zmq_bind(scene.router, "tcp://[::1]:*") == 0) {
		kit_assert_ok(
		        zmq_getsockopt(scene.router, ZMQ_LAST_ENDPOINT, scene.endpoint, &size));
		where.sin6_port = htons((uint16_t)pr_kit_port(scene.endpoint));
		memcpy(&scene.proxy.target, &where, sizeof(where));
		scene.proxy.target_size = sizeof(where);
		expect_request(&scene, SOCKS_BYTES("\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"));
	} /* else there is no IPv6 here */
	check(&scene, scene.endpoint);
}

/* Only the proxy looks it up.  */
static void test_name(void **state)
{
	struct scene scene;
	char target[KIT_ENDPOINT_SIZE];

	(void)state;
	open_scene(&scene);
	snprintf(target, sizeof(target), "tcp://nowhere.invalid:%d", pr_kit_port(scene.endpoint));
	expect_request(&scene, SOCKS_BYTES("\3\17nowhere.invalid"));
	check(&scene, target);
}

/* The proxy's own name is looked up here.  */
static void test_name_of_the_proxy(void **state)
{
	struct scene scene;
	char name[KIT_ENDPOINT_SIZE];

	(void)state;
	pr_kit_meet_at("127.0.0.1");
	open_scene(&scene);
	snprintf(name, sizeof(name), "localhost:%d", pr_kit_port(scene.proxy.endpoint));
	set_text(scene.dealer, ZMQ_SOCKS_PROXY, name);
	check(&scene, scene.endpoint);
	pr_kit_meet_at(NULL);
}

static void test_user(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene);
	scene.proxy.wants_user = true;
	set_text(scene.dealer, SOCKS_USERNAME, "user");
	set_text(scene.dealer, SOCKS_PASSWORD, "pass");
	check(&scene, scene.endpoint);
}

static void test_byte_by_byte(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene);
	scene.proxy.is_slow = true;
	check(&scene, scene.endpoint);
}

/* What follows the reply in the same packet is the peer's greeting already.  */
static void test_reply_with_greeting(void **state)
{
	struct scene scene;
	struct peer peer;
	struct pr_buf out;
	uint8_t bytes[SOCKS_REQUEST_MAX];

	(void)state;
	open_scene(&scene);
	kit_assert_ok(zmq_connect(scene.dealer, scene.endpoint));
	peer = pr_peer_accept(scene.proxy.listener);
	pr_peer_recv(&peer, bytes, 3);
	assert_true(pr_peer_send(&peer, "\5\0", 2));
	pr_peer_recv(&peer, bytes, scene.proxy.request_size);
	assert_memory_equal(bytes, scene.proxy.request, scene.proxy.request_size);
	pr_buf_init(&out);
	pr_buf_add(&out, SOCKS_BYTES(SOCKS_SUCCESS));
	pr_peer_add_handshake(&out, "ROUTER", NULL);
	assert_true(pr_peer_send_buf(&peer, &out));
	pr_peer_recv_handshake(&peer);
	pr_buf_clear(&out);
	pr_peer_add_text(&out, 0, "hello");
	assert_true(pr_peer_send_buf(&peer, &out));
	pr_buf_fini(&out);
	kit_expect(scene.dealer, "hello");
	pr_kit_close(scene.dealer);
	pr_kit_term(scene.near);
	pr_peer_close(&peer);
	pr_socks_server_start(&scene.proxy); /* for its end */
	pr_socks_server_stop(&scene.proxy);
	pr_kit_close(scene.router);
	pr_kit_term(scene.far);
}

/* Unix sockets need no proxy.  */
static void test_not_for_ipc(void **state)
{
	struct scene scene;
	char path[KIT_ENDPOINT_SIZE];

	(void)state;
	open_scene(&scene);
	pr_socks_server_start(&scene.proxy);
	snprintf(path, sizeof(path), "ipc://@socks-%d", (int)getpid());
	kit_assert_ok(zmq_bind(scene.router, path));
	kit_assert_ok(zmq_connect(scene.dealer, path));
	talk(&scene);
	assert_int_equal(scene.proxy.conversations, 0);
	close_scene(&scene);
}

/* ---- It is watched ---- */

static int expect_event(void *events, int number, const char *endpoint)
{
	uint8_t frame[16];
	uint16_t seen;
	uint32_t value;

	assert_int_equal(zmq_recv(events, frame, sizeof(frame), 0), 6);
	memcpy(&seen, frame, 2);
	memcpy(&value, frame + 2, 4);
	assert_int_equal(seen, number);
	kit_expect(events, endpoint);
	return (int)value;
}

static void *watch(struct scene *scene)
{
	void *events = pr_kit_socket(scene->near, ZMQ_PAIR);

	kit_assert_ok(zmq_socket_monitor(scene->dealer, "inproc://watch", ZMQ_EVENT_ALL));
	kit_assert_ok(zmq_connect(events, "inproc://watch"));
	return events;
}

/* What is told is told of the proxy; for the application the endpoint is the one it gave.  */
static void test_events(void **state)
{
	static const struct socks_fault refusal = {SOCKS_BYTES("\5\0"),
	                                           SOCKS_BYTES("\5\5\0\1\0\0\0\0\0\0")};
	struct scene scene;
	char last[KIT_ENDPOINT_SIZE];
	size_t size = sizeof(last);
	const char *proxy = scene.proxy.endpoint;
	void *events;

	(void)state;
	open_scene(&scene);
	scene.proxy.faults = &refusal;
	scene.proxy.faults_count = 1;
	events = watch(&scene);
	pr_socks_server_start(&scene.proxy);
	kit_assert_ok(zmq_connect(scene.dealer, scene.endpoint));
	kit_assert_ok(zmq_getsockopt(scene.dealer, ZMQ_LAST_ENDPOINT, last, &size));
	assert_string_equal(last, scene.endpoint);
	expect_event(events, ZMQ_EVENT_CONNECT_DELAYED, proxy);
	expect_event(events, ZMQ_EVENT_CLOSED, proxy);
	expect_event(events, ZMQ_EVENT_CONNECT_RETRIED, proxy);
	expect_event(events, ZMQ_EVENT_CONNECT_DELAYED, proxy);
	expect_event(events, ZMQ_EVENT_CONNECTED, proxy);
	expect_event(events, ZMQ_EVENT_HANDSHAKE_SUCCEEDED, proxy);
	talk(&scene);
	kit_assert_error(ENOENT, zmq_disconnect(scene.dealer, proxy));
	kit_assert_ok(zmq_disconnect(scene.dealer, scene.endpoint));
	pr_kit_close(events);
	close_scene(&scene);
}

/* A proxy whose address is none is tried again like any other.  */
static void test_no_address(void **state)
{
	struct scene scene;
	void *events;

	(void)state;
	open_scene(&scene);
	set_text(scene.dealer, ZMQ_SOCKS_PROXY, "nonsense");
	events = watch(&scene);
	pr_socks_server_start(&scene.proxy);
	kit_assert_ok(zmq_connect(scene.dealer, scene.endpoint));
	for (int i = 0; i < 3; i++)
		expect_event(events, ZMQ_EVENT_CONNECT_RETRIED, "tcp://nonsense");
	assert_int_equal(scene.proxy.conversations, 0);
	pr_kit_close(events);
	close_scene(&scene);
}

/* ---- It goes wrong ---- */

static const struct socks_fault faults[] = {
        {SOCKS_BYTES("\5\0"), SOCKS_BYTES("\5\1\0\1\0\0\0\0\0\0")},
        {SOCKS_BYTES("\5\0"), SOCKS_BYTES("\5\5\0\3\4name\0\0")},
        {SOCKS_BYTES("\5\0"), SOCKS_BYTES("\5\0\0\2")},
        {SOCKS_BYTES("\5\0"), SOCKS_BYTES("\5\0\1\1\0\0\0\0\0\0")},
        {SOCKS_BYTES("\5\0"), SOCKS_BYTES("\5\377\0\1\0\0\0\0\0\0")},
        {SOCKS_BYTES("\5\0"), SOCKS_BYTES("\4\0\0\1")},
        {SOCKS_BYTES("\5\377"), NULL, 0},
        {SOCKS_BYTES("\5\1"), NULL, 0},
        {SOCKS_BYTES("\5"), NULL, 0},
        {SOCKS_BYTES("\5\0"), NULL, 0},
        {SOCKS_BYTES("\4\0"), NULL, 0},
        {SOCKS_BYTES("HTTP/1.1 400 Bad Request\r\n\r\n"), NULL, 0},
};

/* Whatever it was, the next attempt may succeed.  */
static void test_faults(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene);
	scene.proxy.faults = faults;
	scene.proxy.faults_count = KIT_COUNT(faults);
	pr_socks_server_start(&scene.proxy);
	kit_assert_ok(zmq_connect(scene.dealer, scene.endpoint));
	talk(&scene);
	assert_int_equal(scene.proxy.conversations, KIT_COUNT(faults) + 1);
	close_scene(&scene);
}

/* The proxy comes after its first customer.  */
static void test_down_then_up(void **state)
{
	struct scene scene;
	void *events;

	(void)state;
	open_scene(&scene);
	close(scene.proxy.listener);
	events = watch(&scene);
	kit_assert_ok(zmq_connect(scene.dealer, scene.endpoint));
	for (int i = 0; i < 3; i++) {
		expect_event(events, ZMQ_EVENT_CONNECT_DELAYED, scene.proxy.endpoint);
		expect_event(events, ZMQ_EVENT_CLOSED, scene.proxy.endpoint);
		expect_event(events, ZMQ_EVENT_CONNECT_RETRIED, scene.proxy.endpoint);
	}
	scene.proxy.listener = pr_peer_listen_at(scene.proxy.endpoint);
	pr_socks_server_start(&scene.proxy);
	talk(&scene);
	pr_kit_close(events);
	close_scene(&scene);
}

/* A connection that is lost is made again in the same way.  */
static void test_lost(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene);
	pr_socks_server_start(&scene.proxy);
	kit_assert_ok(zmq_connect(scene.dealer, scene.endpoint));
	for (int i = 1; i <= 3; i++) {
		talk(&scene);
		assert_int_equal(scene.proxy.conversations, i);
		atomic_store(&scene.proxy.hang_up, true);
		kit_until(scene.proxy.conversations == i + 1);
	}
	talk(&scene);
	close_scene(&scene);
}

/* ---- What libzmq has no answer to ---- */

/* A proxy that says nothing is given up with the handshake's time.  */
static void test_silence(void **state)
{
	static const struct socks_fault silent[] = {
	        {SOCKS_BYTES(""), NULL, 0},
	        {SOCKS_BYTES("\5\0"), SOCKS_BYTES("")},
	        {SOCKS_BYTES("\5\0"), SOCKS_BYTES("\5\0\0\1\0\0\0\0\0")}};
	struct scene scene;

	(void)state;
	if (!pr_kit_is_proctor())
		skip();
	open_scene(&scene);
	scene.proxy.faults = silent;
	scene.proxy.faults_count = KIT_COUNT(silent);
	pr_kit_set(scene.dealer, ZMQ_HANDSHAKE_IVL, 100);
	pr_socks_server_start(&scene.proxy);
	kit_assert_ok(zmq_connect(scene.dealer, scene.endpoint));
	kit_until(scene.proxy.conversations > (int)KIT_COUNT(silent));
	close_scene(&scene);
}

/* A socket can be closed at any point of it, and who does not use the proxy notices nothing.  */
static void test_closed_in_between(void **state)
{
	struct scene scene;

	(void)state;
	if (!pr_kit_is_proctor())
		skip();
	for (size_t i = 0; i < KIT_COUNT(faults) + 1; i++) {
		static const struct socks_fault silent = {SOCKS_BYTES(""), NULL, 0};
		void *other;

		open_scene(&scene);
		scene.proxy.faults = i == 0 ? &silent : &faults[i - 1];
		scene.proxy.faults_count = 1;
		scene.proxy.is_forever = true;
		pr_socks_server_start(&scene.proxy);
		kit_assert_ok(zmq_connect(scene.dealer, scene.endpoint));
		kit_until(scene.proxy.conversations > (i == 0 ? 0 : 2));
		other = pr_kit_socket(scene.near, ZMQ_DEALER);
		kit_assert_ok(zmq_connect(other, scene.endpoint));
		kit_send(other, "straight");
		kit_recv_id(scene.router, (uint8_t[256]){0});
		kit_expect(scene.router, "straight");
		pr_kit_close(other);
		close_scene(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_ipv4),
	        cmocka_unit_test(test_ipv6),
	        cmocka_unit_test(test_name),
	        cmocka_unit_test(test_name_of_the_proxy),
	        cmocka_unit_test(test_user),
	        cmocka_unit_test(test_byte_by_byte),
	        cmocka_unit_test(test_reply_with_greeting),
	        cmocka_unit_test(test_not_for_ipc),
	        cmocka_unit_test(test_events),
	        cmocka_unit_test(test_no_address),
	        cmocka_unit_test(test_faults),
	        cmocka_unit_test(test_down_then_up),
	        cmocka_unit_test(test_lost),
	        cmocka_unit_test(test_silence),
	        cmocka_unit_test(test_closed_in_between),
	};

	return KIT_RUN(tests);
}
