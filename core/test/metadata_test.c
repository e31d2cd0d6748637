/* SPDX-License-Identifier: MIT */
/* core/test/metadata_test.c - what a message says about its sender (zmq_msg_gets(3)).  */
#include "core/test/peer.h"
#include "core/test/scene.h"

#include <stdlib.h>
#include <unistd.h>

static void check_gets(const zmq_msg_t *msg, const char *name, const char *value)
{
	errno = 0;
	const char *got = zmq_msg_gets(msg, name);

	if (!value) {
		assert_null(got);
		assert_int_equal(errno, EINVAL);
	} else {
		assert_non_null(got);
		assert_string_equal(got, value);
	}
}

static void recv_part(void *socket, zmq_msg_t *msg, size_t size)
{
	kit_assert_ok(zmq_msg_init(msg));
	assert_int_equal(zmq_msg_recv(msg, socket, 0), size);
}

/* What the server sees on each part.  */
static void check_client(const zmq_msg_t *msg, const char *user)
{
	check_gets(msg, "Socket-Type", "DEALER");
	check_gets(msg, "Identity", "me");
	check_gets(msg, "X-colour", "blue");
	check_gets(msg, "x-colour", NULL);
	check_gets(msg, "Nonsense", NULL);
	check_gets(msg, "", NULL);
	check_gets(msg, "User-Id", user);
	check_gets(msg, "Hello", user ? "World" : NULL);
	if (pr_kit_is_ipc())
		assert_memory_equal(zmq_msg_gets(msg, "Peer-Address"), "localhost:", 10);
	else
		check_gets(msg, "Peer-Address", "127.0.0.1");
	assert_true(zmq_msg_get(msg, ZMQ_SRCFD) > 2);
}

static void open_talkers(struct scene *scene)
{
	pr_scene_open(scene);
	pr_kit_close(scene->server);
	pr_kit_close(scene->client);
	scene->server = pr_kit_socket(scene->ctx, ZMQ_ROUTER);
	scene->client = pr_kit_socket(scene->ctx, ZMQ_DEALER);
	pr_kit_set_id(scene->client, "me");
	kit_assert_ok(zmq_setsockopt(scene->client, ZMQ_METADATA, "X-colour:blue", 13));
}

/* A small part, which is copied, and large ones, which stay where they are.  */
static void test_metadata(void **state)
{
	const size_t sizes[] = {0, 1, 33, 40, 41, 48, 49, 64, 1000, 100000};
	struct scene scene;
	char *body = calloc(1, 100000);

	(void)state;
	for (int plain = 0; plain < 2; plain++) {
		open_talkers(&scene);
		if (plain)
			pr_scene_make_plain(&scene);
		pr_scene_start_handler(&scene, 200);
		pr_scene_join(&scene);
		for (size_t i = 0; i < KIT_COUNT(sizes); i++) {
			zmq_msg_t id, part;

			kit_assert_ok(zmq_send(scene.client, body, sizes[i], 0));
			recv_part(scene.server, &id, 2);
			check_client(&id, plain ? "joe" : NULL);
			recv_part(scene.server, &part, sizes[i]);
			check_client(&part, plain ? "joe" : NULL);
			zmq_msg_close(&id);
			zmq_msg_close(&part);
		}
		pr_scene_close(&scene);
	}
	free(body);
}

/* Copies have it; what is sent on has lost it; it outlives connection, sockets and context.  */
static void test_metadata_goes_along(void **state)
{
	const size_t sizes[] = {5, 2000};
	char body[2000] = {0};

	(void)state;
	for (size_t i = 0; i < KIT_COUNT(sizes); i++) {
		struct scene scene;
		zmq_msg_t id, part, copy, moved, fresh;

		open_talkers(&scene);
		pr_scene_join(&scene);
		kit_assert_ok(zmq_send(scene.client, body, sizes[i], 0));
		recv_part(scene.server, &id, 2);
		recv_part(scene.server, &part, sizes[i]);
		zmq_msg_init(&copy);
		zmq_msg_init(&moved);
		zmq_msg_init(&fresh);
		check_gets(&fresh, "Socket-Type", NULL);
		kit_assert_error(EINVAL, zmq_msg_get(&fresh, ZMQ_SRCFD));
		kit_assert_ok(zmq_msg_copy(&copy, &part));
		kit_assert_ok(zmq_msg_move(&moved, &id));
		check_gets(&id, "Socket-Type", NULL);
		pr_scene_close(&scene);
		check_client(&part, NULL);
		check_client(&copy, NULL);
		check_client(&moved, NULL);
		zmq_msg_close(&part);
		check_client(&copy, NULL);
		zmq_msg_close(&copy);
		zmq_msg_close(&moved);
		zmq_msg_close(&id);
		zmq_msg_close(&fresh);
	}
}

/* Inside the process nobody shakes hands.  */
static void test_no_metadata_inside_the_process(void **state)
{
	struct scene scene;
	char body[2000] = {0};
	zmq_msg_t id, part, inner;
	void *in, *out;

	(void)state;
	open_talkers(&scene);
	pr_scene_join(&scene);
	in = pr_kit_socket(scene.ctx, ZMQ_PAIR);
	out = pr_kit_socket(scene.ctx, ZMQ_PAIR);
	kit_assert_ok(zmq_bind(in, "inproc://inner"));
	kit_assert_ok(zmq_connect(out, "inproc://inner"));
	for (size_t size = 5; size <= sizeof(body); size += 1995) {
		kit_assert_ok(zmq_send(scene.client, body, size, 0));
		recv_part(scene.server, &id, 2);
		recv_part(scene.server, &part, size);
		kit_assert_ok(zmq_msg_send(&part, out, 0));
		check_gets(&part, "Socket-Type", NULL);
		recv_part(in, &inner, size);
		check_gets(&inner, "Socket-Type", NULL);
		kit_assert_error(EINVAL, zmq_msg_get(&inner, ZMQ_SRCFD));
		zmq_msg_close(&inner);
		zmq_msg_close(&part);
		zmq_msg_close(&id);
	}
	pr_kit_close(in);
	pr_kit_close(out);
	pr_scene_close(&scene);
}

/* Each connection has its own, also when the socket and its pipe stay: the peer by hand comes back
 * with another id.  */
static void test_metadata_of_the_next_connection(void **state)
{
	const char *const ids[] = {"first", "second", "third"};
	char endpoint[KIT_ENDPOINT_SIZE];
	int listener = pr_peer_listen(endpoint);
	void *ctx = pr_kit_ctx();
	void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);
	zmq_msg_t parts[3][2];

	(void)state;
	pr_kit_set(dealer, ZMQ_RECONNECT_IVL, 10);
	kit_assert_ok(zmq_connect(dealer, endpoint));
	for (int i = 0; i < 3; i++) {
		struct peer peer = pr_peer_accept(listener);
		char large[500];
		struct pr_buf out;

		memset(large, 'l', sizeof(large));
		pr_buf_init(&out);
		pr_peer_add_handshake(&out, "ROUTER", ids[i]);
		assert_true(pr_peer_send_buf(&peer, &out));
		pr_peer_recv_handshake(&peer);
		pr_buf_clear(&out);
		pr_peer_add_text(&out, PEER_MORE, "small");
		pr_peer_add_frame(&out, 0, large, sizeof(large));
		assert_true(pr_peer_send_buf(&peer, &out));
		pr_buf_fini(&out);
		recv_part(dealer, &parts[i][0], 5);
		recv_part(dealer, &parts[i][1], sizeof(large));
		pr_peer_close(&peer);
	}
	for (int i = 0; i < 3; i++)
		for (int j = 0; j < 2; j++) {
			check_gets(&parts[i][j], "Identity", ids[i]);
			zmq_msg_close(&parts[i][j]);
		}
	close(listener);
	pr_kit_close(dealer);
	pr_kit_term(ctx);
}

/* A peer cannot say who it is where the handler did, nor where it is.  */
static void test_peers_cannot_lie(void **state)
{
	struct scene scene;
	struct pr_buf out, properties;
	zmq_msg_t msg;

	(void)state;
	pr_scene_open(&scene);
	pr_scene_set_domain(scene.server, "domain");
	pr_scene_start_handler(&scene, 200);
	kit_bind(scene.server, scene.endpoint);
	struct peer peer = pr_peer_connect(scene.endpoint);

	pr_buf_init(&out);
	pr_buf_init(&properties);
	pr_peer_add_property(&properties, "User-Id", "root", 4);
	pr_peer_add_property(&properties, "Peer-Address", "8.8.8.8", 7);
	pr_peer_add_property(&properties, "Socket-Type", "PAIR", 4);
	pr_peer_add_property(&properties, "Colour", "red", 3);
	pr_peer_add_property(&properties, "Colour", "blue", 4);
	pr_peer_add_greeting(&out, 1);
	pr_peer_add_command(&out, "READY", properties.text, properties.size);
	assert_true(pr_peer_send_buf(&peer, &out));
	pr_peer_recv_handshake(&peer);
	pr_buf_clear(&out);
	pr_peer_add_text(&out, 0, "hello");
	assert_true(pr_peer_send_buf(&peer, &out));
	recv_part(scene.server, &msg, 5);
	check_gets(&msg, "User-Id", "joe");
	check_gets(&msg, "Colour", "red");
	if (!pr_kit_is_ipc())
		check_gets(&msg, "Peer-Address", "127.0.0.1");
	zmq_msg_close(&msg);
	pr_buf_fini(&properties);
	pr_buf_fini(&out);
	pr_peer_close(&peer);
	pr_scene_close(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_metadata),
	        cmocka_unit_test(test_metadata_goes_along),
	        cmocka_unit_test(test_no_metadata_inside_the_process),
	        cmocka_unit_test(test_metadata_of_the_next_connection),
	        cmocka_unit_test(test_peers_cannot_lie),
	};

	return KIT_RUN(tests);
}
