/* SPDX-License-Identifier: MIT */
/* core/test/stream_test.c - STREAM, and ROUTER with ZMQ_ROUTER_RAW: peers that are plain TCP
 * connections.  */
#include "core/test/kit.h"
#include "core/test/peer.h"

#include <stdlib.h>
#include <unistd.h>

struct stream {
	void *ctx, *socket;
	char endpoint[KIT_ENDPOINT_SIZE];
	uint8_t id[256];
	size_t id_size;
};

static void open_stream(struct stream *stream, int type)
{
	stream->ctx = pr_kit_ctx();
	stream->socket = pr_kit_socket(stream->ctx, type);
	if (type == ZMQ_ROUTER)
		pr_kit_set(stream->socket, ZMQ_ROUTER_RAW, 1);
	kit_bind(stream->socket, stream->endpoint);
}

static void close_stream(struct stream *stream)
{
	pr_kit_close(stream->socket);
	pr_kit_term(stream->ctx);
}

/* A message that says that a peer has come, or gone.  */
static void expect_notice(struct stream *stream)
{
	stream->id_size = kit_recv_id(stream->socket, stream->id);
	assert_int_equal(stream->id_size, 5);
	assert_int_equal(stream->id[0], 0);
	kit_expect(stream->socket, "");
}

static struct peer open_peer(struct stream *stream)
{
	struct peer peer = pr_peer_connect(stream->endpoint);

	expect_notice(stream);
	return peer;
}

static void send_bytes(struct stream *stream, const void *bytes, size_t size)
{
	kit_assert_ok(zmq_send(stream->socket, stream->id, stream->id_size, ZMQ_SNDMORE));
	assert_int_equal(zmq_send(stream->socket, bytes, size, 0), size);
}

/* Exactly size bytes of the peer, in pieces of any size.  */
static void recv_bytes(struct stream *stream, uint8_t *bytes, size_t size)
{
	for (size_t got = 0; got < size;) {
		uint8_t id[256], piece[8192];

		assert_int_equal(kit_recv_id(stream->socket, id), stream->id_size);
		assert_memory_equal(id, stream->id, stream->id_size);
		int piece_size = zmq_recv(stream->socket, piece, sizeof(piece), 0);

		assert_in_range(piece_size, 1, sizeof(piece));
		assert_false(pr_kit_get(stream->socket, ZMQ_RCVMORE));
		assert_true(got + (size_t)piece_size <= size);
		memcpy(bytes + got, piece, (size_t)piece_size);
		got += (size_t)piece_size;
	}
}

static void check_both_ways(int type)
{
	struct stream stream;
	uint8_t bytes[16] = "";

	open_stream(&stream, type);
	struct peer peer = open_peer(&stream);

	assert_true(pr_peer_send(&peer, "GET /\r\n", 7));
	recv_bytes(&stream, bytes, 7);
	assert_memory_equal(bytes, "GET /\r\n", 7);
	send_bytes(&stream, "200 OK\r\n", 8);
	pr_peer_recv(&peer, bytes, 8);
	assert_memory_equal(bytes, "200 OK\r\n", 8);
	pr_peer_close(&peer);
	expect_notice(&stream);
	close_stream(&stream);
}

static void test_both_ways(void **state)
{
	(void)state;
	check_both_ways(ZMQ_STREAM);
	check_both_ways(ZMQ_ROUTER);
}

/* An empty part ends the connection, behind what was sent before; then nobody has the id.  */
static void check_end(int type)
{
	struct stream stream;
	uint8_t bytes[4];

	open_stream(&stream, type);
	struct peer peer = open_peer(&stream);

	send_bytes(&stream, "last", 4);
	send_bytes(&stream, "", 0);
	pr_peer_recv(&peer, bytes, 4);
	assert_memory_equal(bytes, "last", 4);
	/* libzmq closes while its socket is looked at. */
	kit_until(pr_kit_get(stream.socket, ZMQ_EVENTS) >= 0 && pr_peer_has_input(&peer, 1));
	pr_peer_expect_end(&peer);
	pr_peer_close(&peer);
	if (type == ZMQ_ROUTER)
		pr_kit_set(stream.socket, ZMQ_ROUTER_MANDATORY, 1);
	kit_until(zmq_send(stream.socket, stream.id, stream.id_size, ZMQ_SNDMORE) == -1 &&
	          errno == EHOSTUNREACH);
	close_stream(&stream);
}

static void test_end(void **state)
{
	(void)state;
	check_end(ZMQ_STREAM);
	check_end(ZMQ_ROUTER);
}

static void test_unknown_peer(void **state)
{
	struct stream stream;

	(void)state;
	open_stream(&stream, ZMQ_STREAM);
	kit_assert_error(EHOSTUNREACH, zmq_send(stream.socket, "nobody", 6, ZMQ_SNDMORE));
	assert_int_equal(pr_kit_get(stream.socket, ZMQ_EVENTS), ZMQ_POLLOUT);
	close_stream(&stream);
}

static void test_no_notices(void **state)
{
	struct stream stream;
	uint8_t id[256];

	(void)state;
	stream.ctx = pr_kit_ctx();
	stream.socket = pr_kit_socket(stream.ctx, ZMQ_STREAM);
	pr_kit_set(stream.socket, ZMQ_STREAM_NOTIFY, 0);
	kit_bind(stream.socket, stream.endpoint);
	for (int i = 0; i < 3; i++) {
		struct peer peer = pr_peer_connect(stream.endpoint);

		assert_true(pr_peer_send(&peer, "hello", 5));
		assert_int_equal(kit_recv_id(stream.socket, id), 5);
		kit_expect(stream.socket, "hello");
		pr_peer_close(&peer);
	}
	close_stream(&stream);
}

/* More than the queues hold: TCP pushes back, nothing is lost.  */
static void test_many_bytes(void **state)
{
	const size_t size = 8u << 20;
	struct stream stream, other;
	uint8_t *bytes = malloc(size), *seen = malloc(size);

	(void)state;
	pr_kit_fill(bytes, size, 1);
	open_stream(&stream, ZMQ_STREAM);
	other.ctx = stream.ctx;
	other.socket = pr_kit_socket(other.ctx, ZMQ_STREAM);
	kit_assert_ok(zmq_connect(other.socket, stream.endpoint));
	expect_notice(&stream);
	expect_notice(&other);
	for (size_t at = 0; at < size; at += 64 << 10)
		send_bytes(&other, bytes + at, 64 << 10);
	recv_bytes(&stream, seen, size);
	assert_memory_equal(bytes, seen, size);
	pr_kit_close(other.socket);
	expect_notice(&stream);
	close_stream(&stream);
	free(bytes);
	free(seen);
}

/* A connecter knows its peer's id from ZMQ_ROUTING_ID, or gives it one.  */
static void check_connect(const char *id)
{
	struct stream stream = {.id_size = sizeof(stream.id)};
	int listener = pr_peer_listen(stream.endpoint);
	uint8_t bytes[5];

	stream.ctx = pr_kit_ctx();
	stream.socket = pr_kit_socket(stream.ctx, ZMQ_STREAM);
	if (id)
		kit_assert_ok(
		        zmq_setsockopt(stream.socket, ZMQ_CONNECT_ROUTING_ID, id, strlen(id)));
	kit_assert_ok(zmq_connect(stream.socket, stream.endpoint));
	if (id)
		memcpy(stream.id, id, stream.id_size = strlen(id));
	else
		kit_assert_ok(
		        zmq_getsockopt(stream.socket, ZMQ_ROUTING_ID, stream.id, &stream.id_size));
	send_bytes(&stream, "hello", 5);
	struct peer peer = pr_peer_accept(listener);

	pr_peer_recv(&peer, bytes, 5);
	assert_memory_equal(bytes, "hello", 5);
	uint8_t seen[256];

	assert_int_equal(kit_recv_id(stream.socket, seen), stream.id_size);
	assert_memory_equal(seen, stream.id, stream.id_size);
	kit_expect(stream.socket, "");
	pr_peer_close(&peer);
	close(listener);
	close_stream(&stream);
}

static void test_connect(void **state)
{
	(void)state;
	check_connect(NULL);
	check_connect("given");
}

/* ZMQ_SNDMORE behind the bytes means nothing.  */
static void test_no_more(void **state)
{
	struct stream stream;
	uint8_t bytes[6];

	(void)state;
	open_stream(&stream, ZMQ_STREAM);
	struct peer peer = open_peer(&stream);

	for (int i = 0; i < 3; i++) {
		kit_assert_ok(zmq_send(stream.socket, stream.id, stream.id_size, ZMQ_SNDMORE));
		kit_send_more(stream.socket, "ab");
	}
	pr_peer_recv(&peer, bytes, 6);
	assert_memory_equal(bytes, "ababab", 6);
	pr_peer_close(&peer);
	close_stream(&stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_both_ways),    cmocka_unit_test(test_end),
	        cmocka_unit_test(test_unknown_peer), cmocka_unit_test(test_no_notices),
	        cmocka_unit_test(test_many_bytes),   cmocka_unit_test(test_connect),
	        cmocka_unit_test(test_no_more),
	};

	return KIT_RUN(tests);
}
