/* SPDX-License-Identifier: MIT */
/* core/test/subscription_test.c - subscriptions on the wire: both forms of them, to and from peers
 * of either ZMTP, and from peers that mean no good.  */
#include "core/test/peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/rng.h"

#define subscribe(sub, topic)                                                                      \
	kit_assert_ok(zmq_setsockopt(sub, ZMQ_SUBSCRIBE, topic, strlen(topic)))
#define unsubscribe(sub, topic)                                                                    \
	kit_assert_ok(zmq_setsockopt(sub, ZMQ_UNSUBSCRIBE, topic, strlen(topic)))

#define expect_bytes(socket, bytes, more)                                                          \
	expect_message(__LINE__, socket, bytes, sizeof(bytes) - 1, more)

/* "\0topic" is no string for kit_expect.  */
static void expect_message(int line, void *socket, const char *bytes, size_t size, bool more)
{
	char seen[128];
	int got = zmq_recv(socket, seen, sizeof(seen), 0);

	if (got == -1)
		pr_kit_fail(__FILE__, line, "%s", zmq_strerror(errno));
	if ((size_t)got != size || memcmp(seen, bytes, size) != 0)
		pr_kit_fail(__FILE__, line, "%d bytes, beginning with %d, then \"%.*s\"", got,
		            got ? seen[0] : -1, got ? got - 1 : 0, seen + 1);
	assert_int_equal(pr_kit_get(socket, ZMQ_RCVMORE), more);
}

static struct peer open_peer(const char *endpoint, const char *type, int minor)
{
	struct peer peer = pr_peer_connect(endpoint);
	struct pr_buf bytes;

	pr_buf_init(&bytes);
	pr_peer_add_greeting(&bytes, minor);
	pr_peer_add_ready(&bytes, type, NULL);
	assert_true(pr_peer_send_buf(&peer, &bytes));
	pr_buf_fini(&bytes);
	pr_peer_recv_handshake(&peer);
	return peer;
}

static void send_frame(struct peer *peer, unsigned flags, const char *body, size_t size)
{
	struct pr_buf bytes;

	pr_buf_init(&bytes);
	pr_peer_add_frame(&bytes, flags, body, size);
	assert_true(pr_peer_send_buf(peer, &bytes));
	pr_buf_fini(&bytes);
}

#define send_body(peer, flags, body) send_frame(peer, flags, body, sizeof(body) - 1)

/* A publisher understands both forms, from peers of either version.  */
static void test_both_forms_arrive(void **state)
{
	void *ctx = pr_kit_ctx();
	void *xpub = pr_kit_socket(ctx, ZMQ_XPUB);
	char endpoint[KIT_ENDPOINT_SIZE];
	struct peer peer;

	(void)state;
	kit_bind(xpub, endpoint);
	for (int minor = 0; minor < 2; minor++) {
		peer = open_peer(endpoint, "SUB", minor);
		send_body(&peer, 0, "\1old");
		expect_bytes(xpub, "\1old", false);
		send_body(&peer, PEER_COMMAND, "\11SUBSCRIBEnew");
		expect_bytes(xpub, "\1new", false);
		send_body(&peer, PEER_COMMAND | PEER_LONG, "\11SUBSCRIBElong");
		send_body(&peer, PEER_COMMAND, "\11SUBSCRIBE");
		send_body(&peer, PEER_COMMAND, "\6CANCELold");
		send_body(&peer, 0, "text");
		expect_bytes(xpub, "\1long", false);
		expect_bytes(xpub, "\1", false);
		expect_bytes(xpub, "\0old", false);
		expect_bytes(xpub, "text", false);
		kit_send(xpub, "old");
		pr_peer_expect(&peer, 0, "old");
		send_body(&peer, PEER_COMMAND, "\6CANCEL");
		expect_bytes(xpub, "\0", false);
		kit_send(xpub, "old");
		kit_send(xpub, "newer");
		pr_peer_expect(&peer, 0, "newer");
		pr_peer_close(&peer);
		expect_bytes(xpub, "\0long", false);
		expect_bytes(xpub, "\0new", false);
	}
	pr_kit_close(xpub);
	pr_kit_term(ctx);
}

/* Commands of every length, cut anywhere, among messages.  */
static void test_commands_in_pieces(void **state)
{
	void *ctx = pr_kit_ctx();
	void *xpub = pr_kit_socket(ctx, ZMQ_XPUB);
	char endpoint[KIT_ENDPOINT_SIZE], topic[600], *seen = malloc(601);
	const size_t sizes[] = {0, 1, 100, 243, 244, 245, 246, 247, 253, 254, 255, 256, 257, 600};
	struct pr_buf bytes;

	(void)state;
	memset(topic, 't', sizeof(topic));
	kit_bind(xpub, endpoint);
	pr_buf_init(&bytes);
	for (size_t i = 0; i < KIT_COUNT(sizes); i++) {
		pr_peer_add_command(&bytes, "SUBSCRIBE", topic, sizes[i]);
		pr_peer_add_text(&bytes, PEER_MORE, "some");
		pr_peer_add_text(&bytes, 0, "text");
		pr_peer_add_command(&bytes, "CANCEL", topic, sizes[i]);
		pr_peer_add_command(&bytes, "UNKNOWN", topic, sizes[i]);
	}
	for (size_t chunk = 1; chunk < 1000; chunk = chunk * 3 + 1) {
		struct peer peer = open_peer(endpoint, "XSUB", 1);

		assert_true(pr_peer_send_chunks(&peer, bytes.text, bytes.size, chunk, 0));
		for (size_t i = 0; i < KIT_COUNT(sizes); i++) {
			for (int subscribes = 1; subscribes >= 0; subscribes--) {
				assert_int_equal(zmq_recv(xpub, seen, 601, 0), sizes[i] + 1);
				assert_int_equal(seen[0], subscribes);
				assert_memory_equal(seen + 1, topic, sizes[i]);
				if (!subscribes)
					continue;
				kit_expect_more(xpub, "some");
				kit_expect(xpub, "text");
			}
		}
		pr_peer_close(&peer);
	}
	pr_buf_fini(&bytes);
	free(seen);
	pr_kit_close(xpub);
	pr_kit_term(ctx);
}

/* The next frame, whatever it is.  */
static void expect_frame(struct peer *peer, unsigned flags, const char *body, size_t size)
{
	struct peer_frame frame;

	assert_true(pr_peer_recv_frame(peer, &frame));
	assert_int_equal(frame.flags, flags);
	assert_int_equal(frame.size, size);
	assert_memory_equal(frame.body, body, size);
	pr_peer_frame_fini(&frame);
}

#define expect_body(peer, flags, body) expect_frame(peer, flags, body, sizeof(body) - 1)

/* A subscriber speaks as its peer does, and says all of it to each.  */
static void test_forms_that_are_sent(void **state)
{
	void *ctx = pr_kit_ctx();
	void *sub = pr_kit_socket(ctx, ZMQ_SUB);
	char endpoint[KIT_ENDPOINT_SIZE];
	struct peer old, new;

	(void)state;
	kit_bind(sub, endpoint);
	subscribe(sub, "a");
	old = open_peer(endpoint, "PUB", 0);
	pr_kit_poll(sub, ZMQ_POLLIN, 100); /* libzmq wants to be called */
	expect_body(&old, 0, "\1a");
	new = open_peer(endpoint, "XPUB", 1);
	pr_kit_poll(sub, ZMQ_POLLIN, 100);
	expect_body(&new, PEER_COMMAND, "\11SUBSCRIBEa");
	subscribe(sub, "b");
	expect_body(&old, 0, "\1b");
	expect_body(&new, PEER_COMMAND, "\11SUBSCRIBEb");
	unsubscribe(sub, "a");
	expect_body(&old, 0, "\0a");
	expect_body(&new, PEER_COMMAND, "\6CANCELa");
	send_body(&old, 0, "b old");
	kit_expect(sub, "b old");
	send_body(&new, 0, "a");
	send_body(&new, 0, "b new");
	kit_expect(sub, "b new");
	pr_peer_close(&old);
	pr_peer_close(&new);
	pr_kit_close(sub);
	pr_kit_term(ctx);
}

/* Each connection is told all subscriptions, each once, and nothing of what changed between.  */
static void test_each_connection_is_told_once(void **state)
{
	void *ctx = pr_kit_ctx();
	void *sub = pr_kit_socket(ctx, ZMQ_SUB);
	char endpoint[KIT_ENDPOINT_SIZE];
	int listener = pr_peer_listen(endpoint);

	(void)state;
	if (!pr_kit_is_proctor()) /* libzmq sends what was left as well */
		skip();
	pr_kit_set(sub, ZMQ_RECONNECT_IVL, 1);
	subscribe(sub, "a");
	kit_assert_ok(zmq_connect(sub, endpoint));
	for (int minor = 0; minor < 6; minor++) {
		struct peer peer = pr_peer_accept(listener);
		struct pr_buf bytes;

		subscribe(sub, "b");
		unsubscribe(sub, "b");
		pr_buf_init(&bytes);
		pr_peer_add_greeting(&bytes, minor % 2);
		pr_peer_add_ready(&bytes, "PUB", NULL);
		assert_true(pr_peer_send_buf(&peer, &bytes));
		pr_buf_fini(&bytes);
		pr_peer_recv_handshake(&peer);
		if (minor % 2)
			expect_body(&peer, PEER_COMMAND, "\11SUBSCRIBEa");
		else
			expect_body(&peer, 0, "\1a");
		subscribe(sub, "c");
		if (minor % 2)
			expect_body(&peer, PEER_COMMAND, "\11SUBSCRIBEc");
		else
			expect_body(&peer, 0, "\1c");
		pr_peer_reset(&peer);
		unsubscribe(sub, "c");
	}
	close(listener);
	pr_kit_close(sub);
	pr_kit_term(ctx);
}

/* ---- Hostile peers ---- */

/* Whether it tells something: libzmq allocates what a peer claims, sanitizers keep what was freed.
 */
static bool can_judge_memory(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	return false;
#else
	return pr_kit_is_proctor();
#endif
}

static size_t resident_pages(void)
{
	size_t size = 0, resident = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%zu %zu", &size, &resident), 2);
	fclose(file);
	return resident;
}

/* A publisher, and a subscriber that is served whatever happens.  */
struct served {
	void *ctx, *pub, *sub;
	char endpoint[KIT_ENDPOINT_SIZE];
};

static void check_served(struct served *served)
{
	char seen[32];
	int64_t end = pr_kit_now_ms() + KIT_DEADLINE_MS;

	do {
		kit_send(served->pub, "healthy");
		assert_true(pr_kit_now_ms() < end);
	} while (!pr_kit_poll(served->sub, ZMQ_POLLIN, 10));
	while (pr_kit_poll(served->sub, ZMQ_POLLIN, 0))
		assert_int_equal(zmq_recv(served->sub, seen, sizeof(seen), 0), 7);
}

static void open_served(struct served *served, int type, int64_t most)
{
	served->ctx = pr_kit_ctx();
	served->pub = pr_kit_socket(served->ctx, type);
	served->sub = pr_kit_socket(served->ctx, ZMQ_SUB);
	/* This thread also sends what it would have to take when that is full. */
	pr_kit_set(served->pub, ZMQ_RCVHWM, 0);
	kit_assert_ok(zmq_setsockopt(served->pub, ZMQ_MAXMSGSIZE, &most, sizeof(most)));
	kit_bind(served->pub, served->endpoint);
	subscribe(served->sub, "healthy");
	kit_assert_ok(zmq_connect(served->sub, served->endpoint));
	check_served(served);
}

static void close_served(struct served *served)
{
	check_served(served);
	pr_kit_close(served->sub);
	pr_kit_close(served->pub);
	pr_kit_term(served->ctx);
}

static void add_subscription(struct pr_buf *bytes, const char *command, size_t size)
{
	char *topic = malloc(size + 1);

	memset(topic, 'x', size);
	pr_peer_add_command(bytes, command, topic, size);
	free(topic);
}

/* ZMQ_MAXMSGSIZE holds for subscriptions too.  */
static void test_too_long(void **state)
{
	struct served served;
	struct pr_buf bytes;

	(void)state;
	open_served(&served, ZMQ_PUB, 1000);
	for (size_t size = 985; size < 1010; size += 5) {
		struct peer peer = open_peer(served.endpoint, "SUB", 1);

		pr_buf_init(&bytes);
		add_subscription(&bytes, "SUBSCRIBE", size);
		pr_peer_send_buf(&peer, &bytes);
		if (size + 10 > 1000)
			pr_peer_expect_end(&peer);
		else
			pr_peer_ping(&peer);
		pr_buf_fini(&bytes);
		pr_peer_close(&peer);
	}
	close_served(&served);
}

/* Who only claims a huge subscription costs next to nothing.  */
static void test_claims(void **state)
{
	struct served served;
	struct peer peers[20];
	size_t before;

	(void)state;
	open_served(&served, ZMQ_XPUB, -1);
	before = resident_pages();
	for (size_t i = 0; i < KIT_COUNT(peers); i++) {
		/* 1 TiB, as a command and as a message. */
		const char begin[] = {i % 2 ? PEER_COMMAND | PEER_LONG : PEER_LONG,
		                      0,
		                      0,
		                      1,
		                      0,
		                      0,
		                      0,
		                      0,
		                      0,
		                      9,
		                      'S',
		                      'U',
		                      'B'};

		peers[i] = open_peer(served.endpoint, "SUB", 1);
		assert_true(pr_peer_send(&peers[i], begin, sizeof(begin)));
	}
	check_served(&served);
	if (can_judge_memory())
		assert_true(resident_pages() - before < 20 * 2048);
	for (size_t i = 0; i < KIT_COUNT(peers); i++)
		pr_peer_close(&peers[i]);
	close_served(&served);
}

/* To come and go all the time leaves nothing behind at a PUB.  */
static void test_no_leftovers(void **state)
{
	struct served served;
	struct pr_buf bytes;
	size_t before = 0;

	(void)state;
	open_served(&served, ZMQ_PUB, -1);
	pr_buf_init(&bytes);
	for (size_t size = 0; size < 1000; size++) {
		add_subscription(&bytes, "SUBSCRIBE", size);
		add_subscription(&bytes, "SUBSCRIBE", size);
		if (size % 2)
			add_subscription(&bytes, "CANCEL", size);
	}
	for (int round = 0; round < 40; round++) {
		struct peer peer = open_peer(served.endpoint, "SUB", round % 2);

		for (int i = 0; i < 3; i++) {
			assert_true(pr_peer_send_buf(&peer, &bytes));
			check_served(&served);
		}
		pr_peer_close(&peer);
		if (round == 10)
			before = resident_pages();
	}
	check_served(&served);
	if (can_judge_memory())
		assert_true(resident_pages() < before + 4096);
	pr_buf_fini(&bytes);
	close_served(&served);
}

/* Good subscriptions in which bytes were changed.  */
static void test_changed_bytes(void **state)
{
	struct served served;
	struct pr_rng rng;

	(void)state;
	pr_rng_init(&rng, 17);
	open_served(&served, ZMQ_XPUB, 100000);
	for (int round = 0; round < 150; round++) {
		struct peer peer = open_peer(served.endpoint, "XSUB", 1);
		struct pr_buf bytes;

		pr_buf_init(&bytes);
		for (int i = 0; i < 40; i++) {
			add_subscription(&bytes, i % 3 ? "SUBSCRIBE" : "CANCEL",
			                 pr_rng_below(&rng, 300));
			pr_peer_add_text(&bytes, i % 2 ? PEER_MORE : 0, "\1text");
		}
		for (int i = 0; i < 3; i++)
			bytes.text[pr_rng_below(&rng, bytes.size)] = (char)pr_rng_below(&rng, 256);
		pr_peer_send_buf(&peer, &bytes);
		pr_buf_fini(&bytes);
		while (pr_kit_poll(served.pub, ZMQ_POLLIN, 0))
			kit_assert_ok(zmq_recv(served.pub, NULL, 0, 0));
		pr_peer_close(&peer);
	}
	close_served(&served);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_both_forms_arrive),
	        cmocka_unit_test(test_commands_in_pieces),
	        cmocka_unit_test(test_forms_that_are_sent),
	        cmocka_unit_test(test_each_connection_is_told_once),
	        cmocka_unit_test(test_too_long),
	        cmocka_unit_test(test_claims),
	        cmocka_unit_test(test_no_leftovers),
	        cmocka_unit_test(test_changed_bytes),
	};
	return KIT_RUN(tests);
}
