/* SPDX-License-Identifier: MIT */
/* core/test/security_test.c - PLAIN, and the ZAP handler that is asked whom to let in (RFC 24, 27).
 */
#include "core/test/peer.h"
#include "core/test/scene.h"

#include <unistd.h>

/* Long enough for a handshake on a busy machine, short enough to wait for its end.  */
#define HANDSHAKE_MS 500

static void check_frame(const struct question *question, int at, const char *text)
{
	assert_int_equal(question->sizes[at], strlen(text));
	assert_memory_equal(question->frames[at], text, strlen(text));
}

/* Behind the ROUTER's id.  */
static void check_question(const struct scene *scene, const char *domain, const char *mechanism,
                           int frames)
{
	const struct question *question = &scene->last;

	assert_int_equal(question->count, frames);
	check_frame(question, 1, "");
	check_frame(question, 2, "1.0");
	assert_true(question->sizes[3] > 0);
	check_frame(question, 4, domain);
	if (pr_kit_is_ipc())
		assert_memory_equal(question->frames[5], "localhost:", 10);
	else
		check_frame(question, 5, "127.0.0.1"); /* who connects names no address */
	check_frame(question, 6, "server");
	check_frame(question, 7, mechanism);
}

/* Both ways.  */
static void check_traffic(struct scene *scene)
{
	kit_send(scene->client, "hello");
	kit_expect(scene->server, "hello");
	kit_send(scene->server, "welcome");
	kit_expect(scene->client, "welcome");
}

/* The client has no connection, and will have none.  */
static void check_given_up(struct scene *scene)
{
	kit_until(zmq_send(scene->client, "x", 1, ZMQ_DONTWAIT) == -1 && errno == EAGAIN);
	kit_assert_error(EAGAIN, zmq_recv(scene->server, NULL, 0, ZMQ_DONTWAIT));
}

/* ---- Let in ---- */

static void test_plain(void **state)
{
	struct scene scene;

	(void)state;
	pr_scene_open(&scene);
	pr_scene_make_plain(&scene);
	pr_kit_set_id(scene.server, "server");
	pr_scene_start_handler(&scene, 200);
	pr_scene_join(&scene);
	check_traffic(&scene);
	assert_int_equal(scene.asked, 1);
	check_question(&scene, "", "PLAIN", 10);
	check_frame(&scene.last, 8, "admin");
	check_frame(&scene.last, 9, "secret");
	pr_scene_close(&scene);
}

static void test_null_with_a_domain(void **state)
{
	struct scene scene;

	(void)state;
	pr_scene_open(&scene);
	pr_scene_set_domain(scene.server, "domain");
	pr_kit_set_id(scene.server, "server");
	pr_scene_start_handler(&scene, 200);
	pr_scene_join(&scene);
	check_traffic(&scene);
	assert_int_equal(scene.asked, 1);
	check_question(&scene, "domain", "NULL", 8);
	pr_scene_close(&scene);
}

/* NULL has no server: whoever has a domain asks.  */
static void test_both_ask(void **state)
{
	struct scene scene;

	(void)state;
	pr_scene_open(&scene);
	pr_scene_set_domain(scene.server, "one");
	pr_scene_set_domain(scene.client, "two");
	pr_scene_start_handler(&scene, 200);
	pr_scene_join(&scene);
	check_traffic(&scene);
	assert_int_equal(scene.asked, 2);
	pr_scene_close(&scene);
}

/* Without a domain the handler has nothing to say about NULL.  */
static void test_nobody_asks(void **state)
{
	struct scene scene;

	(void)state;
	pr_scene_open(&scene);
	pr_kit_set(scene.server, ZMQ_ZAP_ENFORCE_DOMAIN, 1);
	pr_scene_start_handler(&scene, 400);
	pr_scene_join(&scene);
	check_traffic(&scene);
	assert_int_equal(scene.asked, 0);
	pr_scene_close(&scene);
}

/* Each connection is asked about; many at once.  */
static void test_many_clients(void **state)
{
	void *clients[30];
	struct scene scene;

	(void)state;
	pr_scene_open(&scene);
	pr_kit_close(scene.server);
	scene.server = pr_kit_socket(scene.ctx, ZMQ_PULL);
	pr_kit_set(scene.server, ZMQ_PLAIN_SERVER, 1);
	pr_scene_start_handler(&scene, 200);
	kit_bind(scene.server, scene.endpoint);
	for (size_t i = 0; i < KIT_COUNT(clients); i++) {
		clients[i] = pr_kit_socket(scene.ctx, ZMQ_PUSH);
		kit_assert_ok(zmq_setsockopt(clients[i], ZMQ_PLAIN_USERNAME, "u", 1));
		kit_assert_ok(zmq_connect(clients[i], scene.endpoint));
		kit_send(clients[i], "hello");
	}
	for (size_t i = 0; i < KIT_COUNT(clients); i++)
		kit_expect(scene.server, "hello");
	assert_int_equal(scene.asked, KIT_COUNT(clients));
	for (size_t i = 0; i < KIT_COUNT(clients); i++)
		pr_kit_close(clients[i]);
	pr_scene_close(&scene);
}

/* ---- Not let in ---- */

static void check_refused(bool plain, int status)
{
	struct scene scene;

	pr_scene_open(&scene);
	if (plain)
		pr_scene_make_plain(&scene);
	else
		pr_scene_set_domain(scene.server, "domain");
	pr_scene_start_handler(&scene, status);
	pr_scene_join(&scene);
	check_given_up(&scene);
	assert_true(scene.asked > 0);
	pr_scene_close(&scene);
}

static void test_refused(void **state)
{
	(void)state;
	check_refused(true, 400);
	check_refused(true, 500);
	check_refused(false, 400);
	check_refused(false, 500);
}

/* First the handler is of no use, then it is: the client comes again by itself.  */
static void check_comes_again(bool plain, int manner)
{
	struct scene scene;

	pr_scene_open(&scene);
	if (plain)
		pr_scene_make_plain(&scene);
	else
		pr_scene_set_domain(scene.server, "domain");
	pr_kit_set(scene.server, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS);
	pr_scene_start_handler(&scene, manner);
	pr_scene_join(&scene);
	kit_until(scene.asked > 0);
	kit_assert_error(EAGAIN, zmq_recv(scene.server, NULL, 0, ZMQ_DONTWAIT));
	if (manner == CLOSE) {
		pr_kit_join(scene.thread); /* it has closed its socket */
		pr_scene_start_handler(&scene, 200);
	}
	scene.manner = 200;
	check_traffic(&scene);
	pr_scene_close(&scene);
}

static void test_trouble_passes(void **state)
{
	const int manners[] = {300,  201,           NEVER,        GARBAGE, SHORT,
	                       LONG, OTHER_VERSION, BAD_METADATA, CLOSE,   777};

	(void)state;
	for (size_t i = 0; i < KIT_COUNT(manners); i++)
		check_comes_again(true, manners[i]);
	check_comes_again(true, OTHER_REQUEST);
	check_comes_again(false, 300);
	check_comes_again(false, NEVER);
	check_comes_again(false, CLOSE);
}

static void test_other_mechanism(void **state)
{
	struct scene scene;

	(void)state;
	for (int server_is_plain = 0; server_is_plain < 2; server_is_plain++) {
		pr_scene_open(&scene);
		pr_scene_start_handler(&scene, 200);
		if (server_is_plain)
			pr_kit_set(scene.server, ZMQ_PLAIN_SERVER, 1);
		else
			kit_assert_ok(zmq_setsockopt(scene.client, ZMQ_PLAIN_USERNAME, "u", 1));
		pr_scene_join(&scene);
		check_given_up(&scene);
		assert_int_equal(scene.asked, 0);
		pr_scene_close(&scene);
	}
}

/* ---- What the monitor is told ---- */

static void *watch(struct scene *scene, void *socket, const char *endpoint)
{
	void *monitor = pr_kit_socket(scene->ctx, ZMQ_PAIR);

	kit_assert_ok(zmq_socket_monitor(socket, endpoint, ZMQ_EVENT_ALL));
	kit_assert_ok(zmq_connect(monitor, endpoint));
	return monitor;
}

/* Waits for the event; before it there may be others.  */
static void expect_event(void *monitor, uint16_t event, uint32_t value)
{
	uint8_t body[6];
	uint16_t got_event;
	uint32_t got_value;

	do {
		assert_int_equal(zmq_recv(monitor, body, sizeof(body), 0), sizeof(body));
		assert_true(zmq_recv(monitor, NULL, 0, 0) >= 0);
		memcpy(&got_event, body, sizeof(got_event));
		memcpy(&got_value, body + 2, sizeof(got_value));
	} while (got_event != event);
	assert_int_equal(got_value, value);
}

static void check_events(int manner, int server_event, uint32_t server_value, int client_event,
                         uint32_t client_value)
{
	struct scene scene;

	for (int plain = 0; plain < 2; plain++) {
		pr_scene_open(&scene);
		if (plain)
			pr_scene_make_plain(&scene);
		else
			pr_scene_set_domain(scene.server, "domain");
		pr_scene_start_handler(&scene, manner);
		void *server = watch(&scene, scene.server, "inproc://server");
		void *client = watch(&scene, scene.client, "inproc://client");

		pr_scene_join(&scene);
		expect_event(server, (uint16_t)server_event, server_value);
		/* libzmq's NULL sometimes forgets to close after a bad answer. */
		if (plain || client_event != ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL)
			expect_event(client, (uint16_t)client_event, client_value);
		pr_kit_close(server);
		pr_kit_close(client);
		pr_scene_close(&scene);
	}
}

static void test_events(void **state)
{
	const int protocol = ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL;
	const int gone = ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL;
	const int auth = ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;

	(void)state;
	check_events(200, ZMQ_EVENT_HANDSHAKE_SUCCEEDED, 0, ZMQ_EVENT_HANDSHAKE_SUCCEEDED, 0);
	check_events(400, auth, 400, auth, 400);
	check_events(500, auth, 500, auth, 500);
	check_events(SHORT, protocol, ZMQ_PROTOCOL_ERROR_ZAP_MALFORMED_REPLY, gone, EPIPE);
	check_events(201, protocol, ZMQ_PROTOCOL_ERROR_ZAP_INVALID_STATUS_CODE, gone, EPIPE);
	check_events(OTHER_VERSION, protocol, ZMQ_PROTOCOL_ERROR_ZAP_BAD_VERSION, gone, EPIPE);
	check_events(BAD_METADATA, protocol, ZMQ_PROTOCOL_ERROR_ZAP_INVALID_METADATA, gone, EPIPE);
}

/* ---- No handler ---- */

static void test_plain_needs_a_handler(void **state)
{
	struct scene scene;

	(void)state;
	pr_scene_open(&scene);
	pr_scene_make_plain(&scene);
	pr_scene_join(&scene);
	kit_send(scene.client, "hello");
	assert_false(pr_kit_poll(scene.server, ZMQ_POLLIN, 200));
	pr_scene_start_handler(&scene, 200); /* late, but not too late */
	kit_expect(scene.server, "hello");
	pr_scene_close(&scene);
}

static void test_null_needs_no_handler(void **state)
{
	struct scene scene;

	(void)state;
	pr_scene_open(&scene);
	pr_scene_set_domain(scene.server, "domain");
	pr_scene_join(&scene);
	check_traffic(&scene);
	pr_scene_close(&scene);
}

static void test_null_needs_a_handler_if_enforced(void **state)
{
	struct scene scene;

	(void)state;
	pr_scene_open(&scene);
	pr_scene_set_domain(scene.server, "domain");
	pr_kit_set(scene.server, ZMQ_ZAP_ENFORCE_DOMAIN, 1);
	pr_kit_set(scene.server, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS);
	pr_scene_join(&scene);
	kit_send(scene.client, "hello");
	assert_false(pr_kit_poll(scene.server, ZMQ_POLLIN, 200));
	pr_scene_start_handler(&scene, 200);
	kit_expect(scene.server, "hello");
	pr_scene_close(&scene);
}

/* ---- A handler that thinks ---- */

/* Everybody else on the I/O thread goes on, and nothing gets past.  */
static void test_others_are_not_disturbed(void **state)
{
	struct scene scene;
	struct kit_pair pair;
	void *a, *b;

	(void)state;
	pr_scene_open(&scene);
	pr_scene_make_plain(&scene);
	pr_scene_start_handler(&scene, NEVER);
	pr_scene_join(&scene);
	kit_send(scene.client, "hello");
	kit_until(scene.asked > 0);
	a = pr_kit_socket(scene.ctx, ZMQ_PAIR);
	b = pr_kit_socket(scene.ctx, ZMQ_PAIR);
	kit_bind(a, pair.endpoint);
	kit_assert_ok(zmq_connect(b, pair.endpoint));
	for (int i = 0; i < 100; i++) {
		kit_send(b, "ping");
		kit_expect(a, "ping");
		kit_send(a, "pong");
		kit_expect(b, "pong");
	}
	kit_assert_error(EAGAIN, zmq_recv(scene.server, NULL, 0, ZMQ_DONTWAIT));
	pr_kit_close(a);
	pr_kit_close(b);
	pr_scene_close(&scene); /* with the question out */
}

/* Sockets close, or the context ends, while questions are out.  */
static void test_ends_with_questions_out(void **state)
{
	struct scene scene;

	(void)state;
	for (int i = 0; i < 2; i++) {
		pr_scene_open(&scene);
		pr_scene_make_plain(&scene);
		pr_scene_start_handler(&scene, NEVER);
		pr_scene_join(&scene);
		kit_until(scene.asked > 0);
		if (i > 0)
			kit_assert_ok(zmq_ctx_shutdown(scene.ctx));
		pr_scene_close(&scene);
	}
}

/* ---- The wire ---- */

static void add_greeting(struct pr_buf *out, const char *mechanism)
{
	pr_peer_add_greeting(out, 1);
	memset(out->text + out->size - PEER_GREETING_SIZE + 12, 0, 20);
	memcpy(out->text + out->size - PEER_GREETING_SIZE + 12, mechanism, strlen(mechanism));
}

static void add_hello(struct pr_buf *out, const char *data, size_t size)
{
	pr_peer_add_command(out, "HELLO", data, size);
}

static void add_initiate(struct pr_buf *out, const char *socket_type)
{
	struct pr_buf properties;

	pr_buf_init(&properties);
	pr_peer_add_property(&properties, "Socket-Type", socket_type, strlen(socket_type));
	pr_peer_add_command(out, "INITIATE", properties.text, properties.size);
	pr_buf_fini(&properties);
}

static void expect_greeting(struct peer *peer)
{
	char greeting[PEER_GREETING_SIZE];

	pr_peer_recv(peer, greeting, sizeof(greeting));
	assert_memory_equal(greeting + 12, "PLAIN\0", 6);
	assert_int_equal(greeting[32], 0);
}

static void expect_command(struct peer *peer, const char *body, size_t size)
{
	struct peer_frame frame = {0};

	assert_true(pr_peer_recv_frame(peer, &frame));
	assert_true(frame.flags & PEER_COMMAND);
	assert_true(frame.size >= size);
	assert_memory_equal(frame.body, body, size);
	pr_peer_frame_fini(&frame);
}

static struct peer greet_server(struct scene *scene, int status)
{
	struct pr_buf out;

	pr_scene_open(scene);
	pr_kit_set(scene->server, ZMQ_PLAIN_SERVER, 1);
	pr_scene_start_handler(scene, status);
	kit_bind(scene->server, scene->endpoint);
	struct peer peer = pr_peer_connect(scene->endpoint);

	pr_buf_init(&out);
	add_greeting(&out, "PLAIN");
	assert_true(pr_peer_send_buf(&peer, &out));
	pr_buf_fini(&out);
	expect_greeting(&peer);
	return peer;
}

/* Every byte by itself.  */
static void test_plain_client_by_hand(void **state)
{
	struct scene scene;
	struct peer peer = greet_server(&scene, 200);
	struct pr_buf out;

	(void)state;
	pr_buf_init(&out);
	add_hello(&out, "\5admin\6secret", 13);
	assert_true(pr_peer_send_chunks(&peer, out.text, out.size, 1, 1000));
	expect_command(&peer, "\7WELCOME", 8);
	pr_buf_clear(&out);
	add_initiate(&out, "PAIR");
	assert_true(pr_peer_send_chunks(&peer, out.text, out.size, 1, 1000));
	expect_command(&peer, "\5READY\13Socket-Type\0\0\0\4PAIR", 26);
	pr_buf_clear(&out);
	pr_peer_add_text(&out, 0, "hello");
	assert_true(pr_peer_send_buf(&peer, &out));
	kit_expect(scene.server, "hello");
	kit_send(scene.server, "welcome");
	pr_peer_expect(&peer, 0, "welcome");
	pr_buf_fini(&out);
	pr_peer_close(&peer);
	pr_scene_close(&scene);
}

/* libzmq misspells ERROR.  */
static void test_plain_client_is_told(void **state)
{
	const int statuses[] = {400, 500};

	(void)state;
	for (size_t i = 0; i < KIT_COUNT(statuses); i++) {
		struct scene scene;
		struct peer peer = greet_server(&scene, statuses[i]);
		struct pr_buf out;

		pr_buf_init(&out);
		add_hello(&out, "\1a\1b", 4);
		assert_true(pr_peer_send_buf(&peer, &out));
		expect_command(&peer, i == 0 ? "^RROR\003400" : "^RROR\003500", 9);
		add_hello(&out, "\1a\1b", 4);
		pr_peer_send_buf(&peer, &out); /* does not take no for an answer */
		pr_peer_expect_end(&peer);
		pr_buf_fini(&out);
		pr_peer_close(&peer);
		pr_scene_close(&scene);
	}
}

static void check_closed(const char *name, const char *data, size_t size)
{
	struct scene scene;
	struct peer peer = greet_server(&scene, 200);
	struct pr_buf out;

	pr_buf_init(&out);
	pr_peer_add_command(&out, name, data, size);
	pr_peer_send_buf(&peer, &out);
	pr_peer_expect_end(&peer);
	pr_buf_fini(&out);
	pr_peer_close(&peer);
	assert_int_equal(scene.asked, 0);
	pr_scene_close(&scene);
}

static void test_what_is_not_plain_is_closed(void **state)
{
	(void)state;
	check_closed("HELLO", "", 0);
	check_closed("HELLO", "\5adm", 4);
	check_closed("HELLO", "\1a\5b", 4);
	check_closed("HELLO", "\1a\1bc", 5);
	check_closed("INITIATE", "\13Socket-Type\0\0\0\4PAIR", 20);
	check_closed("READY", "\13Socket-Type\0\0\0\4PAIR", 20);
	check_closed("WELCOME", "", 0);
	check_closed("GOODBYE", "", 0);
}

/* A server by hand: the client says HELLO at once and INITIATE when it is welcome.  */
static void test_plain_server_by_hand(void **state)
{
	char endpoint[KIT_ENDPOINT_SIZE];
	int listener = pr_peer_listen(endpoint);
	struct scene scene;
	struct pr_buf out;

	(void)state;
	pr_scene_open(&scene);
	pr_scene_make_plain(&scene);
	kit_assert_ok(zmq_connect(scene.client, endpoint));
	struct peer peer = pr_peer_accept(listener);

	pr_buf_init(&out);
	add_greeting(&out, "PLAIN");
	assert_true(pr_peer_send_chunks(&peer, out.text, out.size, 1, 1000));
	expect_greeting(&peer);
	expect_command(&peer, "\5HELLO\5admin\6secret", 19);
	pr_buf_clear(&out);
	pr_peer_add_command(&out, "WELCOME", "", 0);
	assert_true(pr_peer_send_chunks(&peer, out.text, out.size, 1, 1000));
	expect_command(&peer, "\10INITIATE\13Socket-Type\0\0\0\4PAIR", 29);
	pr_buf_clear(&out);
	pr_peer_add_ready(&out, "PAIR", NULL);
	pr_peer_add_text(&out, 0, "hello");
	assert_true(pr_peer_send_buf(&peer, &out));
	kit_expect(scene.client, "hello");
	pr_buf_fini(&out);
	pr_peer_close(&peer);
	close(listener);
	pr_scene_close(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_plain),
	        cmocka_unit_test(test_null_with_a_domain),
	        cmocka_unit_test(test_both_ask),
	        cmocka_unit_test(test_nobody_asks),
	        cmocka_unit_test(test_many_clients),
	        cmocka_unit_test(test_refused),
	        cmocka_unit_test(test_trouble_passes),
	        cmocka_unit_test(test_other_mechanism),
	        cmocka_unit_test(test_events),
	        cmocka_unit_test(test_plain_needs_a_handler),
	        cmocka_unit_test(test_null_needs_no_handler),
	        cmocka_unit_test(test_null_needs_a_handler_if_enforced),
	        cmocka_unit_test(test_others_are_not_disturbed),
	        cmocka_unit_test(test_ends_with_questions_out),
	        cmocka_unit_test(test_plain_client_by_hand),
	        cmocka_unit_test(test_plain_client_is_told),
	        cmocka_unit_test(test_what_is_not_plain_is_closed),
	        cmocka_unit_test(test_plain_server_by_hand),
	};

	return KIT_RUN(tests);
}
