/* SPDX-License-Identifier: MIT */
/* core/test/large_test.c - large messages, whose bodies are sent from where they are: they arrive
 * whole, and their memory is given back once, as soon as it is not needed.  */
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/rng.h"
#include "core/test/peer.h"

#define LARGE 300000

/* A body that the program owns and is told when it comes back.  */
struct owned {
	atomic_int frees;
};

static void give_back(void *data, void *hint)
{
	struct owned *owned = hint;

	/* Whoever still reads from it would not find what was there. */
	memset(data, 0xdd, 64);
	free(data);
	atomic_fetch_add(&owned->frees, 1);
}

static void init_owned(zmq_msg_t *msg, struct owned *owned, size_t size, uint64_t seed)
{
	void *data = malloc(size);

	assert_non_null(data);
	pr_kit_fill(data, size, seed);
	kit_assert_ok(zmq_msg_init_data(msg, data, size, give_back, owned));
}

static void send_owned(void *socket, struct owned *owned, size_t size, uint64_t seed, int flags)
{
	zmq_msg_t msg;

	init_owned(&msg, owned, size, seed);
	assert_int_equal(zmq_msg_send(&msg, socket, flags), size);
	assert_int_equal(zmq_msg_size(&msg), 0);
	kit_assert_ok(zmq_msg_close(&msg));
}

static void expect_filled(void *socket, size_t size, uint64_t seed, int more)
{
	zmq_msg_t msg;

	kit_assert_ok(zmq_msg_init(&msg));
	assert_int_equal(zmq_msg_recv(&msg, socket, 0), size);
	assert_true(pr_kit_filled(zmq_msg_data(&msg), size, seed));
	assert_int_equal(zmq_msg_more(&msg), more);
	kit_assert_ok(zmq_msg_close(&msg));
}

/* Two sockets of one context at "inproc://large".  */
static void open_inproc(struct kit_pair *pair, int type_a, int type_b)
{
	pair->ctx = pr_kit_ctx();
	pair->a = pr_kit_socket(pair->ctx, type_a);
	pair->b = pr_kit_socket(pair->ctx, type_b);
	kit_assert_ok(zmq_bind(pair->a, "inproc://large"));
	kit_assert_ok(zmq_connect(pair->b, "inproc://large"));
}

static void open_pair(struct kit_pair *pair, bool by_inproc, int type_a, int type_b)
{
	if (by_inproc)
		open_inproc(pair, type_a, type_b);
	else
		pr_kit_pair_open(pair, type_a, type_b);
}

/* Inside the process the receiver gets the sender's memory.  */
static void test_same_memory(void **state)
{
	const size_t sizes[] = {65536, 100000, 1048576};
	struct owned owned = {0};
	struct kit_pair pair;
	zmq_msg_t msg;

	(void)state;
	open_inproc(&pair, ZMQ_PAIR, ZMQ_PAIR);
	for (size_t i = 0; i < KIT_COUNT(sizes); i++) {
		init_owned(&msg, &owned, sizes[i], i);
		void *data = zmq_msg_data(&msg);

		assert_int_equal(zmq_msg_send(&msg, pair.a, 0), sizes[i]);
		assert_int_equal(zmq_msg_recv(&msg, pair.b, 0), sizes[i]);
		assert_ptr_equal(zmq_msg_data(&msg), data);
		/* There and back, by whoever has it now. */
		assert_int_equal(zmq_msg_send(&msg, pair.b, 0), sizes[i]);
		assert_int_equal(zmq_msg_recv(&msg, pair.a, 0), sizes[i]);
		assert_ptr_equal(zmq_msg_data(&msg), data);
		assert_int_equal(atomic_load(&owned.frees), i);
		kit_assert_ok(zmq_msg_close(&msg));
		assert_int_equal(atomic_load(&owned.frees), i + 1);
	}
	pr_kit_pair_close(&pair);
}

/* It comes back although nothing else is ever sent.  */
static void given_back(bool by_inproc)
{
	static uint8_t room[LARGE];
	struct owned owned[4] = {{0}};
	struct kit_pair pair;

	open_pair(&pair, by_inproc, ZMQ_PAIR, ZMQ_PAIR);
	for (unsigned i = 0; i < KIT_COUNT(owned); i++) {
		send_owned(pair.a, &owned[i], LARGE, i, 0);
		if (i % 2 == 0) {
			expect_filled(pair.b, LARGE, i, 0);
		} else {
			assert_int_equal(zmq_recv(pair.b, room, LARGE, 0), LARGE);
			assert_true(pr_kit_filled(room, LARGE, i));
		}
		kit_until(atomic_load(&owned[i].frees) == 1);
	}
	pr_kit_pair_close(&pair);
	for (unsigned i = 0; i < KIT_COUNT(owned); i++)
		assert_int_equal(atomic_load(&owned[i].frees), 1);
}

static void test_given_back(void **state)
{
	(void)state;
	given_back(false);
	given_back(true);
}

/* A copy that was sent and the copy that was kept share the body.  */
static void copies(bool by_inproc)
{
	struct owned owned = {0};
	struct kit_pair pair;
	zmq_msg_t msg, copy;

	open_pair(&pair, by_inproc, ZMQ_PUSH, ZMQ_PULL);
	init_owned(&msg, &owned, LARGE, 1);
	for (int i = 0; i < 20; i++) {
		kit_assert_ok(zmq_msg_init(&copy));
		kit_assert_ok(zmq_msg_copy(&copy, &msg));
		assert_int_equal(zmq_msg_send(&copy, pair.a, 0), LARGE);
	}
	for (int i = 0; i < 19; i++)
		expect_filled(pair.b, LARGE, 1, 0);
	kit_assert_ok(zmq_msg_close(&msg));
	assert_true(atomic_load(&owned.frees) == 0 || !by_inproc);
	expect_filled(pair.b, LARGE, 1, 0);
	kit_until(atomic_load(&owned.frees) == 1);
	pr_kit_pair_close(&pair);
}

static void test_copies(void **state)
{
	(void)state;
	copies(false);
	copies(true);
}

/* A message that was received travels on while its connection is gone already.  */
static void test_forwarded(void **state)
{
	struct kit_pair in, out;
	struct owned owned = {0};
	zmq_msg_t msg;

	(void)state;
	for (int by_inproc = 0; by_inproc < 2; by_inproc++) {
		open_pair(&in, by_inproc, ZMQ_PAIR, ZMQ_PAIR);
		pr_kit_pair_open(&out, ZMQ_PAIR, ZMQ_PAIR);
		send_owned(in.a, &owned, LARGE, 5, 0);
		kit_assert_ok(zmq_msg_init(&msg));
		assert_int_equal(zmq_msg_recv(&msg, in.b, 0), LARGE);
		pr_kit_pair_close(&in);
		assert_int_equal(zmq_msg_send(&msg, out.a, 0), LARGE);
		expect_filled(out.b, LARGE, 5, 0);
		kit_until(atomic_load(&owned.frees) == by_inproc + 1);
		pr_kit_pair_close(&out);
	}
}

/* Memory that stays for ever is neither copied nor freed.  */
static void test_constant(void **state)
{
	static uint8_t constant[LARGE];
	struct kit_pair pair;

	(void)state;
	pr_kit_fill(constant, LARGE, 3);
	for (int by_inproc = 0; by_inproc < 2; by_inproc++) {
		open_pair(&pair, by_inproc, ZMQ_PAIR, ZMQ_PAIR);
		for (int i = 0; i < 10; i++)
			assert_int_equal(zmq_send_const(pair.a, constant, LARGE, 0), LARGE);
		for (int i = 0; i < 10; i++)
			expect_filled(pair.b, LARGE, 3, 0);
		pr_kit_pair_close(&pair);
	}
}

#define MIXED_MESSAGES 300
#define MIXED_PARTS    4

/* Small and large parts, by reference and copied, in one stream.  */
static size_t mixed_size(struct pr_rng *rng)
{
	const size_t below[] = {10, 300, 2000, 40000, 200000};

	return pr_rng_below(rng, below[pr_rng_below(rng, KIT_COUNT(below))]) + 64;
}

struct mixed {
	void *socket;
	struct owned *owned;
};

static void *send_mixed(void *arg)
{
	struct mixed *mixed = arg;
	struct pr_rng rng;

	pr_rng_init(&rng, 11);
	for (unsigned i = 0; i < MIXED_MESSAGES * MIXED_PARTS; i++) {
		size_t size = mixed_size(&rng);
		int flags = i % MIXED_PARTS < MIXED_PARTS - 1 ? ZMQ_SNDMORE : 0;

		send_owned(mixed->socket, &mixed->owned[i], size, i, flags);
	}
	return NULL;
}

static void mixed(bool by_inproc)
{
	struct owned *owned = calloc(MIXED_MESSAGES * MIXED_PARTS, sizeof(*owned));
	struct mixed sender = {.owned = owned};
	struct kit_pair pair;
	struct pr_rng rng;
	pthread_t thread;

	assert_non_null(owned);
	open_pair(&pair, by_inproc, ZMQ_DEALER, ZMQ_DEALER);
	sender.socket = pair.a;
	pr_kit_thread(&thread, send_mixed, &sender);
	pr_rng_init(&rng, 11);
	for (unsigned i = 0; i < MIXED_MESSAGES * MIXED_PARTS; i++)
		expect_filled(pair.b, mixed_size(&rng), i, i % MIXED_PARTS < MIXED_PARTS - 1);
	pr_kit_join(thread);
	pr_kit_pair_close(&pair);
	for (unsigned i = 0; i < MIXED_MESSAGES * MIXED_PARTS; i++)
		assert_int_equal(atomic_load(&owned[i].frees), 1);
	free(owned);
}

static void test_mixed(void **state)
{
	(void)state;
	mixed(false);
	mixed(true);
}

/* Parts of a message that is never finished are given back with the socket, and nobody sees them.
 */
static void unfinished(bool by_inproc)
{
	struct owned owned[3] = {{0}};
	struct kit_pair pair;

	open_pair(&pair, by_inproc, ZMQ_DEALER, ZMQ_DEALER);
	kit_send(pair.a, "whole");
	send_owned(pair.a, &owned[0], LARGE, 0, ZMQ_SNDMORE);
	kit_send_more(pair.a, "between");
	send_owned(pair.a, &owned[1], LARGE, 1, ZMQ_SNDMORE);
	send_owned(pair.a, &owned[2], LARGE, 2, ZMQ_SNDMORE);
	kit_expect(pair.b, "whole");
	pr_kit_close(pair.a);
	kit_until(atomic_load(&owned[0].frees) && atomic_load(&owned[1].frees) &&
	          atomic_load(&owned[2].frees));
	kit_assert_error(EAGAIN, zmq_recv(pair.b, NULL, 0, ZMQ_DONTWAIT));
	pr_kit_close(pair.b);
	pr_kit_term(pair.ctx);
	for (unsigned i = 0; i < KIT_COUNT(owned); i++)
		assert_int_equal(atomic_load(&owned[i].frees), 1);
}

static void test_unfinished(void **state)
{
	(void)state;
	unfinished(false);
	unfinished(true);
}

/* A receiver that goes away without having read gives back what was queued for it.  */
static void unread(bool by_inproc)
{
	struct owned owned[20] = {{0}};
	struct kit_pair pair;

	open_pair(&pair, by_inproc, ZMQ_PAIR, ZMQ_PAIR);
	for (unsigned i = 0; i < KIT_COUNT(owned); i++)
		send_owned(pair.a, &owned[i], LARGE, i, 0);
	expect_filled(pair.b, LARGE, 0, 0);
	pr_kit_close(pair.b);
	pr_kit_close(pair.a);
	pr_kit_term(pair.ctx);
	for (unsigned i = 0; i < KIT_COUNT(owned); i++)
		assert_int_equal(atomic_load(&owned[i].frees), 1);
}

static void test_unread(void **state)
{
	(void)state;
	unread(false);
	unread(true);
}

/* ZMQ_LINGER sends what is queued by reference, too.  */
static void test_linger(void **state)
{
	struct owned owned[20] = {{0}};
	struct kit_pair pair;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_PUSH, ZMQ_PULL);
	pr_kit_set(pair.a, ZMQ_LINGER, -1);
	for (unsigned i = 0; i < KIT_COUNT(owned); i++)
		send_owned(pair.a, &owned[i], LARGE, i, 0);
	pr_kit_close(pair.a);
	for (unsigned i = 0; i < KIT_COUNT(owned); i++)
		expect_filled(pair.b, LARGE, i, 0);
	pr_kit_close(pair.b);
	pr_kit_term(pair.ctx);
	for (unsigned i = 0; i < KIT_COUNT(owned); i++)
		assert_int_equal(atomic_load(&owned[i].frees), 1);
}

/* All subscribers get one body; it is given back after the last of them.  */
static void fan_out(bool by_inproc)
{
	char endpoint[KIT_ENDPOINT_SIZE] = "inproc://large";
	void *ctx = pr_kit_ctx();
	void *xpub = pr_kit_socket(ctx, ZMQ_XPUB);
	void *subs[5];
	struct owned owned[2] = {{0}};

	if (by_inproc)
		kit_assert_ok(zmq_bind(xpub, endpoint));
	else
		kit_bind(xpub, endpoint);
	pr_kit_set(xpub, ZMQ_XPUB_VERBOSE, 1);
	for (size_t i = 0; i < KIT_COUNT(subs); i++) {
		subs[i] = pr_kit_socket(ctx, ZMQ_SUB);
		kit_assert_ok(zmq_setsockopt(subs[i], ZMQ_SUBSCRIBE, "", 0));
		kit_assert_ok(zmq_connect(subs[i], endpoint));
		kit_expect(xpub, "\x01");
	}
	send_owned(xpub, &owned[0], LARGE, 1, ZMQ_SNDMORE);
	send_owned(xpub, &owned[1], LARGE, 2, 0);
	for (size_t i = 0; i < KIT_COUNT(subs); i++) {
		assert_true(atomic_load(&owned[0].frees) == 0 || !by_inproc);
		expect_filled(subs[i], LARGE, 1, 1);
		expect_filled(subs[i], LARGE, 2, 0);
	}
	kit_until(atomic_load(&owned[0].frees) == 1 && atomic_load(&owned[1].frees) == 1);
	for (size_t i = 0; i < KIT_COUNT(subs); i++)
		pr_kit_close(subs[i]);
	pr_kit_close(xpub);
	pr_kit_term(ctx);
}

static void test_fan_out(void **state)
{
	(void)state;
	fan_out(false);
	fan_out(true);
}

/* A peer that takes a large body in small bites: the engine sends it in pieces.  */
static void test_slow_peer(void **state)
{
	const size_t size = 12 << 20;
	void *ctx = pr_kit_ctx();
	void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);
	char endpoint[KIT_ENDPOINT_SIZE];
	struct owned owned[2] = {{0}};
	struct peer_frame frame;
	struct peer peer;

	(void)state;
	kit_bind(dealer, endpoint);
	peer = pr_peer_open(endpoint, "DEALER", NULL);
	kit_send_more(dealer, "head");
	send_owned(dealer, &owned[0], size, 1, ZMQ_SNDMORE);
	kit_send(dealer, "tail");
	send_owned(dealer, &owned[1], size / 2, 2, 0);
	assert_int_equal(atomic_load(&owned[0].frees), 0);
	pr_peer_expect(&peer, PEER_MORE, "head");
	assert_true(pr_peer_recv_frame(&peer, &frame));
	assert_int_equal(frame.flags & PEER_MORE, PEER_MORE);
	assert_int_equal(frame.size, size);
	assert_true(pr_kit_filled(frame.body, size, 1));
	pr_peer_frame_fini(&frame);
	pr_peer_expect(&peer, 0, "tail");
	kit_until(atomic_load(&owned[0].frees) == 1);
	assert_true(pr_peer_recv_frame(&peer, &frame));
	assert_int_equal(frame.size, size / 2);
	assert_true(pr_kit_filled(frame.body, size / 2, 2));
	pr_peer_frame_fini(&frame);
	kit_until(atomic_load(&owned[1].frees) == 1);
	pr_peer_close(&peer);
	pr_kit_close(dealer);
	pr_kit_term(ctx);
}

/* A connection that breaks inside a body by reference: the rest is given back, and the next one
 * begins with a whole message.  */
static void test_reconnect_inside(void **state)
{
	const size_t size = 16 << 20;
	void *ctx = pr_kit_ctx();
	void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);
	struct pr_buf out;
	static char some[100000];
	char endpoint[KIT_ENDPOINT_SIZE];
	int listener = pr_peer_listen(endpoint);
	struct owned owned[8] = {{0}};
	struct peer peer;

	(void)state;
	pr_kit_set(dealer, ZMQ_RECONNECT_IVL, 10);
	kit_assert_ok(zmq_connect(dealer, endpoint));
	pr_buf_init(&out);
	pr_peer_add_handshake(&out, "DEALER", NULL);
	for (unsigned i = 0; i < KIT_COUNT(owned); i += 2) {
		send_owned(dealer, &owned[i], size, i, ZMQ_SNDMORE);
		send_owned(dealer, &owned[i + 1], size, i, 0);
		peer = pr_peer_accept(listener);
		assert_true(pr_peer_send_buf(&peer, &out));
		pr_peer_recv_handshake(&peer);
		pr_peer_recv(&peer, some, sizeof(some)); /* some of it */
		assert_int_equal(some[0], PEER_LONG | PEER_MORE);
		assert_true(i % 4 || some[8] == 0);
		pr_peer_close(&peer);
		kit_until(atomic_load(&owned[i].frees) == 1 &&
		          atomic_load(&owned[i + 1].frees) == 1);
	}
	peer = pr_peer_accept(listener);
	assert_true(pr_peer_send_buf(&peer, &out));
	pr_peer_recv_handshake(&peer);
	kit_send(dealer, "whole");
	pr_peer_expect(&peer, 0, "whole");
	pr_peer_close(&peer);
	close(listener);
	pr_buf_fini(&out);
	pr_kit_close(dealer);
	pr_kit_term(ctx);
	for (unsigned i = 0; i < KIT_COUNT(owned); i++)
		assert_int_equal(atomic_load(&owned[i].frees), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_same_memory), cmocka_unit_test(test_given_back),
	        cmocka_unit_test(test_copies),      cmocka_unit_test(test_forwarded),
	        cmocka_unit_test(test_constant),    cmocka_unit_test(test_mixed),
	        cmocka_unit_test(test_unfinished),  cmocka_unit_test(test_unread),
	        cmocka_unit_test(test_linger),      cmocka_unit_test(test_fan_out),
	        cmocka_unit_test(test_slow_peer),   cmocka_unit_test(test_reconnect_inside),
	};
	return KIT_RUN(tests);
}
