/* SPDX-License-Identifier: MIT */
/* core/test/hostile_test.c - peers that break every rule, beside one that keeps them.
 *
 * A ROUTER has one healthy peer.  Others come with garbage, with lies about sizes, with handshakes
 * and messages that never end, or with good streams in which bytes were changed.  Whatever becomes
 * of them, the healthy peer's questions are answered, nothing of an unfinished message is received,
 * and when they are gone no descriptor is left.  */
#include "core/test/peer.h"

#include "core/base/rng.h"

#include <sys/socket.h>
#include <unistd.h>

struct fixture {
	void *ctx, *router, *healthy;
	char endpoint[KIT_ENDPOINT_SIZE];
	struct pr_buf out;
};

/* The healthy peer asks, the ROUTER answers; what others sent meanwhile is thrown away.  */
static void check_healthy(struct fixture *f)
{
	uint8_t id[256];
	size_t size;

	kit_send_more(f->healthy, "");
	kit_send(f->healthy, "how do you do?");
	do {
		size = (size_t)zmq_recv(f->router, id, sizeof(id), 0);
		assert_in_range(size, 1, 255);
		if (size == 7 && memcmp(id, "healthy", 7) == 0)
			break;
		while (pr_kit_get(f->router, ZMQ_RCVMORE))
			assert_true(zmq_recv(f->router, NULL, 0, 0) >= 0);
	} while (true);
	kit_expect_more(f->router, "");
	kit_expect(f->router, "how do you do?");
	kit_send_more(f->router, "healthy");
	kit_send_more(f->router, "");
	kit_send(f->router, "very well, thank you");
	kit_expect_more(f->healthy, "");
	kit_expect(f->healthy, "very well, thank you");
}

static int set_up(void **state)
{
	static struct fixture fixture;

	fixture.ctx = pr_kit_ctx();
	fixture.router = pr_kit_socket(fixture.ctx, ZMQ_ROUTER);
	fixture.healthy = pr_kit_socket(fixture.ctx, ZMQ_DEALER);
	pr_kit_set_id(fixture.healthy, "healthy");
	kit_bind(fixture.router, fixture.endpoint);
	kit_assert_ok(zmq_connect(fixture.healthy, fixture.endpoint));
	pr_buf_init(&fixture.out);
	check_healthy(&fixture);
	*state = &fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	pr_buf_fini(&f->out);
	pr_kit_close(f->healthy);
	pr_kit_close(f->router);
	pr_kit_term(f->ctx);
	return 0;
}

/* Sends what is taken without waiting.  */
static void throw_at(struct peer *peer, const char *bytes, size_t size)
{
	ssize_t sent;

	while (size > 0 && (sent = send(peer->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL)) > 0) {
		bytes += sent;
		size -= (size_t)sent;
	}
}

/* The same bytes from three peers: one stays, one closes, one resets.  */
static void attack(struct fixture *f)
{
	struct peer peers[3];

	for (int i = 0; i < 3; i++) {
		peers[i] = pr_peer_connect(f->endpoint);
		throw_at(&peers[i], f->out.text, f->out.size);
	}
	check_healthy(f);
	pr_peer_close(&peers[1]);
	pr_peer_reset(&peers[2]);
	for (int i = 0; i < 5; i++)
		check_healthy(f);
	pr_peer_close(&peers[0]);
	pr_buf_clear(&f->out);
}

static void test_other_protocols(void **state)
{
	struct fixture *f = *state;

	pr_buf_puts(&f->out, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
	attack(f);
	pr_buf_add(&f->out, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
	attack(f);
	pr_buf_puts(&f->out, "\r\n\r\n\r\n");
	attack(f);
	/* ZMTP 1.0 without an id, and the greeting of ZMTP 2.0. */
	pr_buf_add(&f->out, "\1\0", 2);
	attack(f);
	pr_buf_add(&f->out, "\xff\0\0\0\0\0\0\0\1\x7f\1\5\0\0", 14);
	attack(f);
	/* Later and earlier versions than there are. */
	for (int version = 0; version < 256; version += 5) {
		pr_peer_add_handshake(&f->out, "DEALER", NULL);
		f->out.text[10] = (char)version;
		attack(f);
	}
}

static void test_random_bytes(void **state)
{
	struct fixture *f = *state;
	char bytes[4096];

	for (uint64_t seed = 0; seed < 50; seed++) {
		pr_kit_fill(bytes, sizeof(bytes), seed);
		if (seed % 3 == 1)
			pr_peer_add_greeting(&f->out, 1);
		if (seed % 3 == 2)
			pr_peer_add_handshake(&f->out, "DEALER", NULL);
		pr_buf_add(&f->out, bytes, sizeof(bytes));
		attack(f);
	}
}

/* Frames that announce what will never come.  libzmq asks malloc for it; a size whose memory it
 * gets is waited for. */
static void test_huge_sizes(void **state)
{
	struct fixture *f = *state;
	const uint8_t first_bytes[] = {0xff, 0x80, 0x7f, 0x40, 0x01, 0x00};

	for (unsigned flags = PEER_LONG; flags <= (PEER_LONG | PEER_COMMAND | PEER_MORE); flags++)
		for (size_t i = 0; flags & PEER_LONG && i < sizeof(first_bytes); i++)
			for (int ready = 0; ready < 2; ready++) {
				char header[9] = {(char)flags, (char)first_bytes[i], (char)0xff, 0,
				                  1};

				pr_peer_add_greeting(&f->out, 1);
				if (ready)
					pr_peer_add_ready(&f->out, "DEALER", NULL);
				pr_buf_add(&f->out, header, sizeof(header));
				pr_buf_puts(&f->out, "and not much more");
				attack(f);
			}
}

/* Flags that mean nothing yet; commands that claim to go on.  */
static void test_reserved_flags(void **state)
{
	struct fixture *f = *state;

	for (unsigned flags = 5; flags < 256; flags++) {
		pr_peer_add_handshake(&f->out, "DEALER", NULL);
		pr_buf_add(&f->out, (char[]){(char)flags, 3, 'a', 'b', 'c'}, 5);
		pr_peer_add_text(&f->out, 0, "after");
		if (flags % 8 < 5 || pr_kit_is_proctor())
			attack(f);
		pr_buf_clear(&f->out);
	}
}

/* A message that only ever gets longer.  */
static void test_endless_message(void **state)
{
	struct fixture *f = *state;
	static char part[1000];

	pr_peer_add_handshake(&f->out, "DEALER", NULL);
	for (int i = 0; i < 200000; i++)
		pr_peer_add_text(&f->out, PEER_MORE, "");
	attack(f);
	pr_peer_add_handshake(&f->out, "DEALER", NULL);
	for (int i = 0; i < 5000; i++)
		pr_peer_add_frame(&f->out, PEER_MORE, part, sizeof(part));
	attack(f);
}

/* Somebody who asks for PONGs and never listens.  */
static void test_ping_flood(void **state)
{
	struct fixture *f = *state;

	pr_peer_add_handshake(&f->out, "DEALER", NULL);
	for (int i = 0; i < 200000; i++)
		pr_peer_add_command(&f->out, "PING",
		                    "\0\0"
		                    "0123456789abcdef",
		                    18);
	attack(f);
}

/* Malformed PINGs; libzmq reads beyond them, so it is spared.  */
static void test_bad_pings(void **state)
{
	struct fixture *f = *state;
	static char context[300];

	if (!pr_kit_is_proctor())
		skip();
	for (size_t size = 0; size < sizeof(context); size++) {
		pr_peer_add_handshake(&f->out, "DEALER", NULL);
		pr_peer_add_command(&f->out, "PING", context, size);
		pr_peer_add_command(&f->out, "PONG", context, size);
		attack(f);
	}
}

/* A good stream in which a few bytes were changed, cut off somewhere.  */
static void test_mutations(void **state)
{
	struct fixture *f = *state;
	static char body[1000];
	struct pr_rng rng;

	pr_rng_init(&rng, 20260122);
	for (int round = 0; round < 300; round++) {
		size_t changes = pr_rng_below(&rng, 4) + 1;

		pr_peer_add_handshake(&f->out, "DEALER", "somebody");
		pr_peer_add_text(&f->out, PEER_MORE, "first");
		pr_peer_add_frame(&f->out, 0, body, pr_rng_below(&rng, sizeof(body)));
		if (pr_kit_is_proctor())
			pr_peer_add_command(&f->out, "PING", "\0\0ctx", 5);
		pr_peer_add_text(&f->out, 0, "last");
		for (size_t i = 0; i < changes; i++)
			f->out.text[pr_rng_below(&rng, f->out.size)] ^=
			        (char)(1u << pr_rng_below(&rng, 8));
		f->out.size = pr_rng_below(&rng, f->out.size) + 1;
		attack(f);
	}
}

#define CROWD 200

/* Many who come and say nothing, or turn round at the door.  */
static void test_crowd(void **state)
{
	struct fixture *f = *state;
	struct peer peers[CROWD];
	size_t before = pr_kit_open_fds();

	for (int i = 0; i < CROWD; i++)
		peers[i] = pr_peer_connect(f->endpoint);
	check_healthy(f);
	pr_peer_add_handshake(&f->out, "DEALER", NULL);
	pr_peer_add_frame(&f->out, PEER_MORE, "unfinished", 10);
	for (int i = 0; i < CROWD; i++)
		throw_at(&peers[i], f->out.text, (size_t)i % f->out.size);
	check_healthy(f);
	for (int i = 0; i < CROWD; i++)
		if (i % 2)
			pr_peer_close(&peers[i]);
		else
			pr_peer_reset(&peers[i]);
	for (int i = 0; i < CROWD; i++) {
		peers[0] = pr_peer_connect(f->endpoint);
		pr_peer_reset(&peers[0]);
	}
	check_healthy(f);
	/* A socket may have got a descriptor for waiting meanwhile. */
	kit_until(pr_kit_open_fds() <= before + 2);
}

/* A byte now and then, for ever.  */
static void test_slow_peer(void **state)
{
	struct fixture *f = *state;
	struct peer peer = pr_peer_connect(f->endpoint);

	pr_peer_add_handshake(&f->out, "DEALER", NULL);
	pr_peer_add_text(&f->out, 0, "slow but right");
	for (size_t i = 0; i < f->out.size; i++) {
		throw_at(&peer, f->out.text + i, 1);
		check_healthy(f);
	}
	pr_peer_close(&peer);
}

/* A peer that the engine connects to is no better than one that connects.  libzmq does not come
 * back to one that broke the protocol, so each has an address of its own.  */
static void test_hostile_listener(void **state)
{
	struct fixture *f = *state;
	char endpoint[KIT_ENDPOINT_SIZE], bytes[512];

	pr_kit_set(f->router, ZMQ_RECONNECT_IVL, 1);
	for (uint64_t seed = 0; seed < 60; seed++) {
		int listener = pr_peer_listen(endpoint);
		struct peer peer;

		kit_assert_ok(zmq_connect(f->router, endpoint));
		peer = pr_peer_accept(listener);
		/* Not a greeting of ZMTP 1, which libzmq would talk to until a time-out. */
		pr_kit_fill(bytes, sizeof(bytes), seed);
		bytes[0] = (char)0xff;
		bytes[9] = 0x7f;
		bytes[10] = 3;
		throw_at(&peer, bytes, seed * 7 % sizeof(bytes));
		check_healthy(f);
		if (seed % 2)
			pr_peer_close(&peer);
		else
			pr_peer_reset(&peer);
		check_healthy(f);
		if (seed % 3)
			zmq_disconnect(f->router, endpoint);
		close(listener);
	}
	check_healthy(f);
}

#define HOSTILE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        HOSTILE_TEST(test_other_protocols),
	        HOSTILE_TEST(test_random_bytes),
	        HOSTILE_TEST(test_huge_sizes),
	        HOSTILE_TEST(test_reserved_flags),
	        HOSTILE_TEST(test_endless_message),
	        HOSTILE_TEST(test_ping_flood),
	        HOSTILE_TEST(test_bad_pings),
	        HOSTILE_TEST(test_mutations),
	        HOSTILE_TEST(test_crowd),
	        HOSTILE_TEST(test_slow_peer),
	        HOSTILE_TEST(test_hostile_listener),
	};
	return KIT_RUN(tests);
}
