/* SPDX-License-Identifier: MIT */
/* core/test/wire_test.c - ZMTP as seen by a peer that writes its bytes by hand: handshakes of every
 * shape, commands, what the engine's own bytes look like, and connections that end at bad moments.
 *
 * Where libzmq and the protocol's text differ, or libzmq has a defect that nobody should copy, the
 * test says so and asks more of our engine than of libzmq.  */
#include "core/test/peer.h"

#include <sys/socket.h>
#include <unistd.h>

struct fixture {
	void *ctx, *router;
	char endpoint[KIT_ENDPOINT_SIZE];
	struct pr_buf out;
};

static int set_up(void **state)
{
	static struct fixture fixture;

	fixture.ctx = pr_kit_ctx();
	fixture.router = pr_kit_socket(fixture.ctx, ZMQ_ROUTER);
	kit_bind(fixture.router, fixture.endpoint);
	pr_buf_init(&fixture.out);
	*state = &fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	pr_buf_fini(&f->out);
	pr_kit_close(f->router);
	pr_kit_term(f->ctx);
	return 0;
}

/* A message from the peer to the ROUTER and one back, to the id that came with it.  */
static void check_exchange(struct fixture *f, struct peer *peer)
{
	struct pr_buf out;
	uint8_t id[256];
	size_t size;

	pr_buf_init(&out);
	pr_peer_add_text(&out, PEER_MORE, "question");
	pr_peer_add_text(&out, 0, "");
	assert_true(pr_peer_send_buf(peer, &out));
	pr_buf_fini(&out);
	size = kit_recv_id(f->router, id);
	kit_expect_more(f->router, "question");
	kit_expect(f->router, "");
	assert_int_equal(zmq_send(f->router, id, size, ZMQ_SNDMORE), size);
	kit_send_more(f->router, "answer");
	kit_send(f->router, "");
	pr_peer_expect(peer, PEER_MORE, "answer");
	pr_peer_expect(peer, 0, "");
}

static void test_greeting(void **state)
{
	struct fixture *f = *state;
	struct peer peer = pr_peer_connect(f->endpoint);
	uint8_t greeting[64], null[20] = "NULL";
	struct peer_frame ready;

	pr_peer_add_handshake(&f->out, "DEALER", "P");
	assert_true(pr_peer_send_buf(&peer, &f->out));
	pr_peer_recv(&peer, greeting, sizeof(greeting));
	assert_int_equal(greeting[0], 0xff);
	assert_int_equal(greeting[9], 0x7f);
	assert_int_equal(greeting[10], 3);
	assert_int_equal(greeting[11], pr_kit_is_proctor() ? 1 : greeting[11]);
	assert_memory_equal(greeting + 12, null, sizeof(null));
	for (int i = 32; i < 64; i++)
		assert_int_equal(greeting[i], 0);
	assert_true(pr_peer_recv_frame(&peer, &ready));
	assert_int_equal(ready.flags, PEER_COMMAND);
	assert_memory_equal(ready.body, "\5READY\13Socket-Type\0\0\0\6ROUTER", 28);
	/* A ROUTER also tells its id, though it has none: libzmq does, the RFC's example does not.
	 */
	assert_int_equal(ready.size, 28 + 13);
	assert_memory_equal(ready.body + 28, "\10Identity\0\0\0\0", 13);
	pr_peer_frame_fini(&ready);
	check_exchange(f, &peer);
	pr_peer_close(&peer);
}

static void test_ready_has_the_id(void **state)
{
	struct fixture *f = *state;
	char endpoint[KIT_ENDPOINT_SIZE];
	int listener = pr_peer_listen(endpoint);
	void *dealer = pr_kit_socket(f->ctx, ZMQ_DEALER);
	struct peer peer;
	struct peer_frame ready;
	uint8_t greeting[64];

	pr_kit_set_id(dealer, "its name");
	kit_assert_ok(zmq_connect(dealer, endpoint));
	peer = pr_peer_accept(listener);
	pr_peer_add_handshake(&f->out, "ROUTER", NULL);
	assert_true(pr_peer_send_buf(&peer, &f->out));
	pr_peer_recv(&peer, greeting, sizeof(greeting));
	assert_true(pr_peer_recv_frame(&peer, &ready));
	assert_int_equal(ready.size, 28 + 13 + 8);
	assert_memory_equal(ready.body, "\5READY\13Socket-Type\0\0\0\6DEALER", 28);
	assert_memory_equal(ready.body + 28, "\10Identity\0\0\0\10its name", 21);
	pr_peer_frame_fini(&ready);
	pr_peer_close(&peer);
	pr_kit_close(dealer);
	close(listener);
}

/* A PAIR says its type and nothing else.  */
static void test_ready_of_a_pair(void **state)
{
	struct fixture *f = *state;
	void *pair = pr_kit_socket(f->ctx, ZMQ_PAIR);
	char endpoint[KIT_ENDPOINT_SIZE];
	struct peer_frame ready;
	uint8_t greeting[64];
	struct peer peer;

	kit_bind(pair, endpoint);
	peer = pr_peer_connect(endpoint);
	pr_peer_add_handshake(&f->out, "PAIR", NULL);
	assert_true(pr_peer_send_buf(&peer, &f->out));
	pr_peer_recv(&peer, greeting, sizeof(greeting));
	assert_true(pr_peer_recv_frame(&peer, &ready));
	assert_int_equal(ready.size, 26);
	assert_memory_equal(ready.body, "\5READY\13Socket-Type\0\0\0\4PAIR", 26);
	pr_peer_frame_fini(&ready);
	pr_peer_close(&peer);
	pr_kit_close(pair);
}

/* libzmq sends 10 bytes, one more after it received 10, and the other 53 after it received the
 * 11th.  */
static void shake_hands_as_libzmq(struct fixture *f, struct peer *peer)
{
	uint8_t greeting[64];
	struct peer_frame ready;

	pr_peer_add_handshake(&f->out, "DEALER", "P");
	assert_true(pr_peer_send(peer, f->out.text, 10));
	pr_peer_recv(peer, greeting, 10);
	assert_true(pr_peer_send(peer, f->out.text + 10, 1));
	pr_peer_recv(peer, greeting + 10, 1);
	assert_true(pr_peer_send(peer, f->out.text + 11, 53));
	pr_peer_recv(peer, greeting + 11, 53);
	assert_true(pr_peer_send(peer, f->out.text + 64, f->out.size - 64));
	assert_true(pr_peer_recv_frame(peer, &ready));
	pr_peer_frame_fini(&ready);
}

static void test_staged_greeting(void **state)
{
	struct fixture *f = *state;
	struct peer peer = pr_peer_connect(f->endpoint);

	shake_hands_as_libzmq(f, &peer);
	check_exchange(f, &peer);
	pr_peer_close(&peer);
}

static void test_staged_greeting_accepted(void **state)
{
	struct fixture *f = *state;
	char endpoint[KIT_ENDPOINT_SIZE];
	int listener = pr_peer_listen(endpoint);
	struct peer peer;

	kit_assert_ok(zmq_connect(f->router, endpoint));
	peer = pr_peer_accept(listener);
	shake_hands_as_libzmq(f, &peer);
	check_exchange(f, &peer);
	pr_peer_close(&peer);
	close(listener);
}

/* A peer may wait for a whole greeting before it says a word.  libzmq against that peer waits for
 * ever; we send all 64 bytes at once.  */
static void test_greets_first(void **state)
{
	struct fixture *f = *state;
	struct peer peer = pr_peer_connect(f->endpoint);
	uint8_t greeting[64];
	struct peer_frame ready;

	pr_peer_recv(&peer, greeting, pr_kit_is_proctor() ? 64 : 10);
	pr_peer_add_handshake(&f->out, "DEALER", "P");
	assert_true(pr_peer_send_buf(&peer, &f->out));
	if (!pr_kit_is_proctor())
		pr_peer_recv(&peer, greeting, 54);
	assert_true(pr_peer_recv_frame(&peer, &ready));
	pr_peer_frame_fini(&ready);
	check_exchange(f, &peer);
	pr_peer_close(&peer);
}

static void test_byte_by_byte(void **state)
{
	struct fixture *f = *state;
	struct peer peer = pr_peer_connect(f->endpoint);

	pr_peer_add_handshake(&f->out, "DEALER", "P");
	pr_peer_add_text(&f->out, PEER_MORE, "slow");
	pr_peer_add_text(&f->out, 0, "peer");
	assert_true(pr_peer_send_chunks(&peer, f->out.text, f->out.size, 1, KIT_DEADLINE_MS));
	kit_expect_more(f->router, "P");
	kit_expect_more(f->router, "slow");
	kit_expect(f->router, "peer");
	pr_peer_recv_handshake(&peer);
	check_exchange(f, &peer);
	pr_peer_close(&peer);
}

/* Greeting, READY and messages in one segment.  libzmq takes a message that comes before it has
 * sent its own READY for a broken handshake.  */
static void test_all_at_once(void **state)
{
	struct fixture *f = *state;
	uint8_t id[256];

	if (!pr_kit_is_proctor())
		skip();
	pr_peer_add_handshake(&f->out, "DEALER", NULL);
	pr_peer_add_text(&f->out, PEER_MORE, "fast");
	pr_peer_add_text(&f->out, 0, "peer");
	pr_peer_add_text(&f->out, 0, "again");
	for (int i = 0; i < 20; i++) {
		struct peer peer = pr_peer_connect(f->endpoint);

		assert_true(pr_peer_send_buf(&peer, &f->out));
		kit_recv_id(f->router, id);
		kit_expect_more(f->router, "fast");
		kit_expect(f->router, "peer");
		kit_recv_id(f->router, id);
		kit_expect(f->router, "again");
		pr_peer_recv_handshake(&peer);
		check_exchange(f, &peer);
		pr_peer_close(&peer);
	}
}

static void test_zmtp_3_0(void **state)
{
	struct fixture *f = *state;
	struct peer peer = pr_peer_connect(f->endpoint);

	pr_peer_add_greeting(&f->out, 0);
	pr_peer_add_ready(&f->out, "DEALER", "P");
	assert_true(pr_peer_send_buf(&peer, &f->out));
	pr_peer_recv_handshake(&peer);
	check_exchange(f, &peer);
	pr_peer_close(&peer);
}

/* A later 3.x speaks to us as 3.1 would; the padding and as-server are not looked at.  */
static void test_odd_greeting(void **state)
{
	struct fixture *f = *state;
	struct peer peer = pr_peer_connect(f->endpoint);

	pr_peer_add_handshake(&f->out, "DEALER", "P");
	memset(f->out.text + 1, 0x11, 8);
	f->out.text[11] = 9;
	f->out.text[32] = 1;
	memset(f->out.text + 33, 0x22, 31);
	assert_true(pr_peer_send_buf(&peer, &f->out));
	pr_peer_recv_handshake(&peer);
	check_exchange(f, &peer);
	pr_peer_close(&peer);
}

/* READY as a long frame, with properties nobody knows, in any order and, for us, in any case.  */
static void test_odd_ready(void **state)
{
	struct fixture *f = *state;
	struct peer peer = pr_peer_connect(f->endpoint);
	struct pr_buf body;
	static char large[2000];

	pr_buf_init(&body);
	pr_buf_add(&body, "\5READY", 6);
	pr_peer_add_property(&body, pr_kit_is_proctor() ? "IDENTITY" : "Identity", "P", 1);
	pr_peer_add_property(&body, "X-Large", large, sizeof(large));
	pr_peer_add_property(&body, "X-Empty", "", 0);
	pr_peer_add_property(&body, pr_kit_is_proctor() ? "socket-type" : "Socket-Type", "REQ", 3);
	pr_peer_add_greeting(&f->out, 1);
	pr_peer_add_frame(&f->out, PEER_COMMAND | PEER_LONG, body.text, body.size);
	pr_buf_fini(&body);
	assert_true(pr_peer_send_buf(&peer, &f->out));
	pr_peer_recv_handshake(&peer);
	check_exchange(f, &peer);
	pr_peer_close(&peer);
}

/* The RFC wants a Socket-Type; libzmq serves a peer without one all the same.  */
static void test_ready_without_type(void **state)
{
	struct fixture *f = *state;
	struct peer peer = pr_peer_connect(f->endpoint);

	pr_peer_add_greeting(&f->out, 1);
	pr_peer_add_command(&f->out, "READY", "\10Identity\0\0\0\1P", 14);
	assert_true(pr_peer_send_buf(&peer, &f->out));
	pr_peer_recv_handshake(&peer);
	pr_buf_clear(&f->out);
	pr_peer_add_text(&f->out, 0, "hello");
	assert_true(pr_peer_send_buf(&peer, &f->out));
	kit_expect_more(f->router, "P");
	kit_expect(f->router, "hello");
	pr_peer_close(&peer);
}

/* An id of no bytes is none.  */
static void test_empty_id(void **state)
{
	struct fixture *f = *state;
	struct peer peer = pr_peer_open(f->endpoint, "DEALER", "");
	uint8_t id[256];

	pr_peer_add_text(&f->out, 0, "hello");
	assert_true(pr_peer_send_buf(&peer, &f->out));
	assert_int_equal(kit_recv_id(f->router, id), 5);
	assert_int_equal(id[0], 0);
	kit_expect(f->router, "hello");
	pr_peer_close(&peer);
}

/* libzmq leaves some of these to the handshake's time limit.  */
static void be_impatient(struct fixture *f)
{
	pr_kit_set(f->router, ZMQ_HANDSHAKE_IVL, 500);
	kit_bind(f->router, f->endpoint);
}

static void check_refused(struct fixture *f, const char *bytes, size_t size)
{
	struct peer peer = pr_peer_connect(f->endpoint);

	pr_peer_send(&peer, bytes, size);
	pr_peer_expect_end(&peer);
	pr_peer_close(&peer);
	kit_assert_error(EAGAIN, zmq_recv(f->router, NULL, 0, ZMQ_DONTWAIT));
}

/* Peers that cannot be served: the connection is closed, and nothing of theirs is received.  */
static void test_refused_handshakes(void **state)
{
	struct fixture *f = *state;
	const char *const wrong_types[] = {"PAIR", "PUB",  "SUB", "PUSH",
	                                   "PULL", "REP?", "",    "router"};

	be_impatient(f);
	for (size_t i = 0; i < KIT_COUNT(wrong_types); i++) {
		pr_buf_clear(&f->out);
		pr_peer_add_handshake(&f->out, wrong_types[i], NULL);
		pr_peer_add_text(&f->out, 0, "not for you");
		check_refused(f, f->out.text, f->out.size);
	}
	pr_buf_clear(&f->out);
	pr_peer_add_handshake(&f->out, "DEALER", NULL);
	memcpy(f->out.text + 12, "PLAIN", 5);
	check_refused(f, f->out.text, f->out.size);
	memcpy(f->out.text + 12, "CURVE", 5);
	check_refused(f, f->out.text, f->out.size);
	memcpy(f->out.text + 12, "\0\0\0\0\0", 5);
	check_refused(f, f->out.text, f->out.size);
	memcpy(f->out.text + 12, "NULL\0x", 6);
	if (pr_kit_is_proctor())
		check_refused(f, f->out.text, f->out.size);
}

/* Commands that are no READY, or a READY that is broken.  */
static void test_malformed_ready(void **state)
{
	struct fixture *f = *state;
	const struct {
		const char *body;
		size_t size;
	} rows[] = {
	        {"\5READX", 6},
	        {"\6READY", 6},
	        {"\0", 1},
	        {"", 0},
	        {"\5READY\13Socket-Type\0\0\0\7DEALER", 28},
	        {"\5READY\13Socket-Type\0\0\1\6DEALER", 28},
	        {"\5READY\13Socket-Type\xff\xff\xff\xff"
	         "DEALER",
	         28},
	        {"\5READY\13Socket-Type\0\0\0\6DEALER\xff", 29},
	        {"\5READY\13Socket-Type\0\0\0\6DEALER\3abc\0\0", 34},
	        {"\5ERROR\4oops", 11},
	};

	be_impatient(f);
	for (size_t i = 0; i < KIT_COUNT(rows); i++) {
		pr_buf_clear(&f->out);
		pr_peer_add_greeting(&f->out, 1);
		pr_peer_add_frame(&f->out, PEER_COMMAND, rows[i].body, rows[i].size);
		check_refused(f, f->out.text, f->out.size);
	}
	/* A message where READY must be. */
	pr_buf_clear(&f->out);
	pr_peer_add_greeting(&f->out, 1);
	pr_peer_add_text(&f->out, 0, "hello");
	check_refused(f, f->out.text, f->out.size);
}

/* PONG gives the context back, whatever its size up to 16 bytes; messages before and after it are
 * untouched.  */
static void test_ping(void **state)
{
	struct fixture *f = *state;
	struct peer peer = pr_peer_open(f->endpoint, "DEALER", "P");
	const char ping[18] = "\0\0"
	                      "0123456789abcdef";
	struct peer_frame pong;

	for (size_t context = 0; context <= 16; context++) {
		pr_buf_clear(&f->out);
		pr_peer_add_text(&f->out, 0, "before");
		pr_peer_add_command(&f->out, "PING", ping, 2 + context);
		pr_peer_add_text(&f->out, 0, "after");
		assert_true(pr_peer_send_buf(&peer, &f->out));
		assert_true(pr_peer_recv_frame(&peer, &pong));
		assert_int_equal(pong.flags, PEER_COMMAND);
		assert_int_equal(pong.size, 5 + context);
		assert_memory_equal(pong.body, "\4PONG", 5);
		assert_memory_equal(pong.body + 5, ping + 2, context);
		pr_peer_frame_fini(&pong);
		kit_expect_more(f->router, "P");
		kit_expect(f->router, "before");
		kit_expect_more(f->router, "P");
		kit_expect(f->router, "after");
	}
	check_exchange(f, &peer);
	pr_peer_close(&peer);
}

/* A PONG that nobody asked for, a peer's subscriptions to a ROUTER and commands of later protocols:
 * ignored.  libzmq 4.3 hands the subscriptions to the ROUTER as if they were messages.  */
static void test_ignored_commands(void **state)
{
	struct fixture *f = *state;
	struct peer peer = pr_peer_open(f->endpoint, "DEALER", "P");
	static char large[3000];

	pr_peer_add_command(&f->out, "PONG", "context", 7);
	pr_peer_add_text(&f->out, 0, "one");
	if (pr_kit_is_proctor()) {
		pr_peer_add_command(&f->out, "SUBSCRIBE", "topic", 5);
		pr_peer_add_command(&f->out, "CANCEL", "topic", 5);
	}
	pr_peer_add_text(&f->out, 0, "two");
	pr_peer_add_command(&f->out, "TOMORROW", large, sizeof(large));
	pr_peer_add_text(&f->out, 0, "three");
	assert_true(pr_peer_send_buf(&peer, &f->out));
	for (int i = 0; i < 3; i++) {
		const char *const texts[] = {"one", "two", "three"};

		kit_expect_more(f->router, "P");
		kit_expect(f->router, texts[i]);
	}
	check_exchange(f, &peer);
	pr_peer_close(&peer);
}

/* A PING shorter than its TTL: libzmq echoes bytes that were never sent.  We answer with nothing of
 * ours: no PONG with a context, and whether the connection survives is open.  */
static void test_short_ping(void **state)
{
	struct fixture *f = *state;

	if (!pr_kit_is_proctor())
		skip();
	for (size_t size = 0; size < 2; size++) {
		struct peer peer = pr_peer_open(f->endpoint, "DEALER", NULL);
		struct peer_frame frame;

		pr_buf_clear(&f->out);
		pr_peer_add_command(&f->out, "PING", "\0", size);
		assert_true(pr_peer_send_buf(&peer, &f->out));
		shutdown(peer.fd, SHUT_WR);
		while (pr_peer_recv_frame(&peer, &frame)) {
			assert_int_equal(frame.flags, PEER_COMMAND);
			assert_int_equal(frame.size, 5);
			pr_peer_frame_fini(&frame);
		}
		pr_peer_close(&peer);
	}
}

/* ZMQ_MAXMSGSIZE: a frame that is larger ends the connection before its body is taken.  */
static void test_too_large(void **state)
{
	struct fixture *f = *state;
	const int64_t most = 1000;
	static char body[1001];
	struct peer peer;

	kit_assert_ok(zmq_unbind(f->router, f->endpoint));
	kit_assert_ok(zmq_setsockopt(f->router, ZMQ_MAXMSGSIZE, &most, sizeof(most)));
	kit_bind(f->router, f->endpoint);
	peer = pr_peer_open(f->endpoint, "DEALER", "P");
	pr_peer_add_frame(&f->out, 0, body, 1000);
	assert_true(pr_peer_send_buf(&peer, &f->out));
	kit_expect_more(f->router, "P");
	assert_int_equal(zmq_recv(f->router, NULL, 0, 0), 1000);
	pr_buf_clear(&f->out);
	pr_peer_add_frame(&f->out, 0, body, 1001);
	assert_true(pr_peer_send(&peer, f->out.text, 20));
	pr_peer_expect_end(&peer);
	pr_peer_close(&peer);
	kit_assert_error(EAGAIN, zmq_recv(f->router, NULL, 0, ZMQ_DONTWAIT));
}

/* What the engine writes, to the byte: short and long frames, MORE, no command in between.  */
static void test_written_bytes(void **state)
{
	struct fixture *f = *state;
	struct peer peer = pr_peer_open(f->endpoint, "DEALER", "P");
	static const size_t sizes[] = {0, 1, 254, 255, 256, 257, 65535, 65536, 300000};
	static char body[300000], seen[300009];
	struct pr_buf expected;

	pr_buf_init(&expected);
	pr_kit_fill(body, sizeof(body), 1);
	check_exchange(f, &peer);
	for (size_t i = 0; i < KIT_COUNT(sizes); i++) {
		int flags = i + 1 < KIT_COUNT(sizes) ? ZMQ_SNDMORE : 0;

		if (i == 0)
			kit_send_more(f->router, "P");
		assert_int_equal(zmq_send(f->router, body, sizes[i], flags), sizes[i]);
	}
	for (size_t i = 0; i < KIT_COUNT(sizes); i++) {
		pr_buf_clear(&expected);
		pr_peer_add_frame(&expected, i + 1 < KIT_COUNT(sizes) ? PEER_MORE : 0, body,
		                  sizes[i]);
		pr_peer_recv(&peer, seen, expected.size);
		assert_memory_equal(seen, expected.text, expected.size);
	}
	pr_buf_fini(&expected);
	pr_peer_close(&peer);
}

/* A message, or a frame, that the peer did not finish is never received.  */
static void test_unfinished(void **state)
{
	struct fixture *f = *state;
	static char large[1 << 20];
	const size_t sizes[] = {10, 1000, 100000, sizeof(large)};
	struct peer peer;

	for (size_t i = 0; i < KIT_COUNT(sizes); i++) {
		pr_buf_clear(&f->out);
		pr_peer_add_frame(&f->out, PEER_MORE, large, sizes[i]);
		pr_peer_add_frame(&f->out, PEER_MORE, large, sizes[i]);
		peer = pr_peer_open(f->endpoint, "DEALER", NULL);
		assert_true(pr_peer_send_buf(&peer, &f->out));
		pr_peer_close(&peer);

		peer = pr_peer_open(f->endpoint, "DEALER", NULL);
		pr_peer_add_frame(&f->out, 0, large, sizes[i]);
		assert_true(pr_peer_send(&peer, f->out.text, f->out.size - 1));
		pr_peer_reset(&peer);

		peer = pr_peer_open(f->endpoint, "DEALER", NULL);
		check_exchange(f, &peer);
		pr_peer_close(&peer);
	}
	kit_assert_error(EAGAIN, zmq_recv(f->router, NULL, 0, ZMQ_DONTWAIT));
}

/* What was finished before the end of the stream is received, also when the end comes with it.  */
static void test_end_right_after(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 100; i++)
		pr_peer_add_text(&f->out, 0, "last words");
	for (int i = 0; i < 20; i++) {
		struct peer peer = pr_peer_open(f->endpoint, "DEALER", NULL);
		uint8_t id[256];

		assert_true(pr_peer_send_buf(&peer, &f->out));
		shutdown(peer.fd, SHUT_WR);
		for (int k = 0; k < 100; k++) {
			kit_recv_id(f->router, id);
			kit_expect(f->router, "last words");
		}
		pr_peer_expect_end(&peer);
		pr_peer_close(&peer);
	}
}

/* Two peers with one id: the first is heard and answered, the second is not.  */
static void test_duplicate_id(void **state)
{
	struct fixture *f = *state;
	struct peer first = pr_peer_open(f->endpoint, "DEALER", "P");
	struct peer second;

	check_exchange(f, &first);
	second = pr_peer_open(f->endpoint, "DEALER", "P");
	pr_peer_ping(&second);
	for (int i = 0; i < 10; i++)
		check_exchange(f, &first);
	kit_send_more(f->router, "P");
	kit_send(f->router, "for the first");
	pr_peer_expect(&first, 0, "for the first");
	assert_false(pr_peer_has_input(&second, 0));
	pr_peer_close(&first);
	pr_peer_close(&second);
}

/* ZMQ_ROUTER_HANDOVER: the second takes the id over; the first hears nothing any more.  */
static void test_handover(void **state)
{
	struct fixture *f = *state;
	struct peer first, second;

	pr_kit_set(f->router, ZMQ_ROUTER_HANDOVER, 1);
	first = pr_peer_open(f->endpoint, "DEALER", "P");
	check_exchange(f, &first);
	for (int i = 0; i < 10; i++) {
		second = pr_peer_open(f->endpoint, "DEALER", "P");
		check_exchange(f, &second);
		kit_send_more(f->router, "P");
		kit_send(f->router, "for the second");
		pr_peer_expect(&second, 0, "for the second");
		assert_true(!pr_peer_has_input(&first, 0) ||
		            recv(first.fd, (char[1]){0}, 1, 0) <= 0);
		pr_peer_close(&first);
		check_exchange(f, &second);
		first = second;
	}
	pr_peer_close(&first);
}

/* A second peer of a PAIR is not heard; the first does not notice it.  */
static void test_pair_refuses(void **state)
{
	struct fixture *f = *state;
	void *pair = pr_kit_socket(f->ctx, ZMQ_PAIR);
	char endpoint[KIT_ENDPOINT_SIZE];
	struct pr_buf intrusion;
	struct peer first;

	kit_bind(pair, endpoint);
	first = pr_peer_open(endpoint, "PAIR", NULL);
	pr_peer_add_text(&f->out, 0, "hello");
	assert_true(pr_peer_send_buf(&first, &f->out));
	kit_expect(pair, "hello");
	pr_buf_init(&intrusion);
	pr_peer_add_handshake(&intrusion, "PAIR", NULL);
	pr_peer_add_text(&intrusion, 0, "me too");
	for (int i = 0; i < 10; i++) {
		struct peer second = pr_peer_connect(endpoint);

		pr_peer_send_buf(&second, &intrusion);
		pr_peer_wait_read(&second, 100);
		for (int k = 0; k < 10; k++) {
			assert_true(pr_peer_send_buf(&first, &f->out));
			kit_expect(pair, "hello");
			kit_send(pair, "yes?");
			pr_peer_expect(&first, 0, "yes?");
		}
		pr_peer_close(&second);
	}
	kit_assert_error(EAGAIN, zmq_recv(pair, NULL, 0, ZMQ_DONTWAIT));
	pr_buf_fini(&intrusion);
	pr_peer_close(&first);
	pr_kit_close(pair);
}

/* Everything that three peers sent is there: then it is taken in turns, one message of each.  */
static void test_fair_queueing(void **state)
{
	struct fixture *f = *state;
	const char *const ids[] = {"A", "B", "C"};
	struct peer peers[3];
	int count[3] = {0};

	for (int i = 0; i < 30; i++) {
		pr_peer_add_text(&f->out, PEER_MORE, "one");
		pr_peer_add_text(&f->out, 0, "message");
	}
	for (int i = 0; i < 3; i++)
		peers[i] = pr_peer_open(f->endpoint, "DEALER", ids[i]);
	for (int i = 0; i < 3; i++) {
		assert_true(pr_peer_send_buf(&peers[i], &f->out));
		pr_peer_ping(&peers[i]);
		pr_peer_ping(&peers[i]);
	}
	for (int i = 0; i < 90; i++) {
		char id[2] = "";

		assert_int_equal(zmq_recv(f->router, id, 1, 0), 1);
		count[id[0] - 'A']++;
		kit_expect_more(f->router, "one");
		kit_expect(f->router, "message");
		if (i % 3 == 2)
			for (int k = 0; k < 3; k++)
				assert_int_equal(count[k], i / 3 + 1);
	}
	for (int i = 0; i < 3; i++)
		pr_peer_close(&peers[i]);
}

/* Nobody shakes hands for ever: ZMQ_HANDSHAKE_IVL ends a peer that says nothing, one that stops in
 * the middle and one that never comes to an end.  */
static void test_endless_handshake(void **state)
{
	struct fixture *f = *state;
	char endpoint[KIT_ENDPOINT_SIZE];
	struct peer peer;
	size_t sizes[] = {0, 1, 10, 11, 63, 64, 65, 70};

	pr_kit_set(f->router, ZMQ_HANDSHAKE_IVL, 50);
	kit_bind(f->router, endpoint);
	pr_peer_add_handshake(&f->out, "DEALER", NULL);
	for (size_t i = 0; i < KIT_COUNT(sizes); i++) {
		peer = pr_peer_connect(endpoint);
		pr_peer_send(&peer, f->out.text, sizes[i]);
		pr_peer_expect_end(&peer);
		pr_peer_close(&peer);
	}
	/* One byte at a time, for as long as it is heard. */
	peer = pr_peer_connect(endpoint);
	pr_buf_clear(&f->out);
	pr_peer_add_greeting(&f->out, 1);
	pr_buf_add(&f->out, "\6\0\0\0\0\0\0\x1f\xff\5READY", 15);
	pr_peer_send_buf(&peer, &f->out);
	kit_until(!pr_peer_send(&peer, "", 1));
	pr_peer_close(&peer);
}

/* The connecting side has the same patience, and tries again.  */
static void test_endless_handshake_accepted(void **state)
{
	struct fixture *f = *state;
	char endpoint[KIT_ENDPOINT_SIZE];
	int listener = pr_peer_listen(endpoint);
	struct peer peer;

	pr_kit_set(f->router, ZMQ_HANDSHAKE_IVL, 50);
	pr_kit_set(f->router, ZMQ_RECONNECT_IVL, 10);
	kit_assert_ok(zmq_connect(f->router, endpoint));
	for (int i = 0; i < 3; i++) {
		peer = pr_peer_accept(listener);
		pr_peer_expect_end(&peer);
		pr_peer_close(&peer);
	}
	close(listener);
}

/* A connection that breaks in the middle of a message does not go on with the rest of it on the
 * next one: what comes first there is the beginning of a message.  */
static void test_no_half_message_after_reconnect(void **state)
{
	struct fixture *f = *state;
	void *dealer = pr_kit_socket(f->ctx, ZMQ_DEALER);
	char endpoint[KIT_ENDPOINT_SIZE];
	int listener = pr_peer_listen(endpoint);
	static char large[8 << 20], some[100000];
	struct peer_frame frame;
	struct peer peer;

	pr_kit_set(dealer, ZMQ_RECONNECT_IVL, 10);
	kit_assert_ok(zmq_connect(dealer, endpoint));
	pr_peer_add_handshake(&f->out, "DEALER", NULL);
	for (int i = 0; i < 5; i++) {
		kit_send_more(dealer, "head");
		assert_int_equal(zmq_send(dealer, large, sizeof(large), ZMQ_SNDMORE),
		                 sizeof(large));
		kit_send(dealer, "tail");
		kit_send_more(dealer, "next");
		kit_send(dealer, "one");
		peer = pr_peer_accept(listener);
		assert_true(pr_peer_send_buf(&peer, &f->out));
		pr_peer_recv_handshake(&peer);
		/* Of the rounds before: whole messages. */
		do {
			assert_true(pr_peer_recv_frame(&peer, &frame));
			assert_true(frame.size == 4);
			assert_true(!memcmp(frame.body, "head", 4) ||
			            !memcmp(frame.body, "next", 4));
			assert_int_equal(frame.flags, PEER_MORE);
			frame.flags = (unsigned)frame.body[0];
			pr_peer_frame_fini(&frame);
			if (frame.flags == 'n')
				pr_peer_expect(&peer, 0, "one");
		} while (frame.flags == 'n');
		pr_peer_recv(&peer, some, sizeof(some));
		pr_peer_close(&peer);
	}
	close(listener);
	pr_kit_close(dealer);
}

/* The parts of one message that were written before and after a reconnect are one message, or none.
 */
static void test_reconnect_between_parts(void **state)
{
	struct fixture *f = *state;
	void *dealer = pr_kit_socket(f->ctx, ZMQ_DEALER);
	char endpoint[KIT_ENDPOINT_SIZE];
	int listener = pr_peer_listen(endpoint);
	struct peer_frame frame;
	struct peer peer;

	pr_kit_set(dealer, ZMQ_RECONNECT_IVL, 10);
	kit_assert_ok(zmq_connect(dealer, endpoint));
	pr_peer_add_handshake(&f->out, "DEALER", NULL);
	peer = pr_peer_accept(listener);
	assert_true(pr_peer_send_buf(&peer, &f->out));
	pr_peer_recv_handshake(&peer);
	kit_send(dealer, "whole");
	pr_peer_expect(&peer, 0, "whole");
	kit_send_more(dealer, "before");
	pr_peer_close(&peer);
	peer = pr_peer_accept(listener);
	assert_true(pr_peer_send_buf(&peer, &f->out));
	pr_peer_recv_handshake(&peer);
	kit_send(dealer, "after");
	kit_send(dealer, "next");
	assert_true(pr_peer_recv_frame(&peer, &frame));
	if (frame.flags & PEER_MORE) {
		assert_memory_equal(frame.body, "before", 6);
		pr_peer_expect(&peer, 0, "after");
		pr_peer_expect(&peer, 0, "next");
	} else {
		assert_memory_equal(frame.body, "next", 4);
	}
	pr_peer_frame_fini(&frame);
	pr_peer_close(&peer);
	close(listener);
	pr_kit_close(dealer);
}

/* The peer's restart is noticed, and the engine shakes hands anew, every time.  */
static void test_reconnects(void **state)
{
	struct fixture *f = *state;
	void *dealer = pr_kit_socket(f->ctx, ZMQ_DEALER);
	char endpoint[KIT_ENDPOINT_SIZE];
	int listener = pr_peer_listen(endpoint);

	pr_kit_set(dealer, ZMQ_RECONNECT_IVL, 10);
	kit_assert_ok(zmq_connect(dealer, endpoint));
	pr_peer_add_handshake(&f->out, "DEALER", NULL);
	for (int i = 0; i < 20; i++) {
		struct peer peer = pr_peer_accept(listener);

		if (i % 4 == 1) {
			pr_peer_close(&peer);
			continue;
		}
		if (i % 4 == 2) {
			pr_peer_send(&peer, f->out.text, 20);
			pr_peer_reset(&peer);
			continue;
		}
		assert_true(pr_peer_send_buf(&peer, &f->out));
		pr_peer_recv_handshake(&peer);
		kit_send(dealer, "hello");
		pr_peer_expect(&peer, 0, "hello");
		pr_peer_reset(&peer);
	}
	close(listener);
	pr_kit_close(dealer);
}

#define WIRE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        WIRE_TEST(test_greeting),
	        WIRE_TEST(test_ready_has_the_id),
	        WIRE_TEST(test_ready_of_a_pair),
	        WIRE_TEST(test_staged_greeting),
	        WIRE_TEST(test_staged_greeting_accepted),
	        WIRE_TEST(test_greets_first),
	        WIRE_TEST(test_byte_by_byte),
	        WIRE_TEST(test_all_at_once),
	        WIRE_TEST(test_zmtp_3_0),
	        WIRE_TEST(test_odd_greeting),
	        WIRE_TEST(test_odd_ready),
	        WIRE_TEST(test_ready_without_type),
	        WIRE_TEST(test_empty_id),
	        WIRE_TEST(test_refused_handshakes),
	        WIRE_TEST(test_malformed_ready),
	        WIRE_TEST(test_ping),
	        WIRE_TEST(test_ignored_commands),
	        WIRE_TEST(test_short_ping),
	        WIRE_TEST(test_too_large),
	        WIRE_TEST(test_written_bytes),
	        WIRE_TEST(test_unfinished),
	        WIRE_TEST(test_end_right_after),
	        WIRE_TEST(test_duplicate_id),
	        WIRE_TEST(test_handover),
	        WIRE_TEST(test_pair_refuses),
	        WIRE_TEST(test_fair_queueing),
	        WIRE_TEST(test_endless_handshake),
	        WIRE_TEST(test_endless_handshake_accepted),
	        WIRE_TEST(test_no_half_message_after_reconnect),
	        WIRE_TEST(test_reconnect_between_parts),
	        WIRE_TEST(test_reconnects),
	};
	return KIT_RUN(tests);
}
