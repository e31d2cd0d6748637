/* SPDX-License-Identifier: MIT */
/* core/test/caller_test.c - connections that the calling thread serves itself (io=caller) behave as
 * others do.
 *
 * Each test begins with a conversation: single messages back and forth, after which our engine has
 * left the connection to the thread that calls.  Then something happens that the thread does not
 * wait for.  Nothing here is about our engine only, so libzmq has to pass as well.  */
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "core/test/kit.h"
#include "core/test/peer.h"

#define ROUNDS 20

struct fixture {
	void *ctx, *socket;
	struct peer peer;
	struct pr_buf out;
	char endpoint[KIT_ENDPOINT_SIZE];
};

static int set_up(void **state)
{
	struct fixture *f = pr_alloc(sizeof(*f));

	f->ctx = pr_kit_ctx();
	f->socket = pr_kit_socket(f->ctx, ZMQ_DEALER);
	kit_bind(f->socket, f->endpoint);
	f->peer = pr_peer_open(f->endpoint, "DEALER", NULL);
	pr_buf_init(&f->out);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	pr_peer_close(&f->peer);
	pr_buf_fini(&f->out);
	if (f->socket)
		pr_kit_close(f->socket);
	pr_kit_term(f->ctx);
	free(f);
	return 0;
}

static void say(struct fixture *f, const char *text)
{
	pr_buf_clear(&f->out);
	pr_peer_add_text(&f->out, 0, text);
	assert_true(pr_peer_send_buf(&f->peer, &f->out));
}

static void *answer_all(void *arg)
{
	struct fixture *f = arg;

	for (int i = 0; i < ROUNDS; i++) {
		pr_peer_expect(&f->peer, 0, "ping");
		say(f, "pong");
	}
	return NULL;
}

static void converse(struct fixture *f)
{
	pthread_t thread;

	pr_kit_thread(&thread, answer_all, f);
	for (int i = 0; i < ROUNDS; i++) {
		kit_send(f->socket, "ping");
		kit_expect(f->socket, "pong");
	}
	pr_kit_join(thread);
}

/* Commands are answered although nobody calls.  */
static void test_ping(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 3; i++) {
		converse(f);
		pr_peer_ping(&f->peer);
	}
}

static bool is_readable(void *socket)
{
	return pr_kit_get(socket, ZMQ_EVENTS) & ZMQ_POLLIN;
}

/* Whoever asks without waiting gets the next message all the same.  */
static void test_looks(void **state)
{
	struct fixture *f = *state;
	zmq_pollitem_t item = {.socket = f->socket, .events = ZMQ_POLLIN};
	char body[8];

	converse(f);
	say(f, "one");
	kit_until(is_readable(f->socket));
	kit_expect(f->socket, "one");
	converse(f);
	say(f, "two");
	kit_until(zmq_recv(f->socket, body, sizeof(body), ZMQ_DONTWAIT) == 3);
	converse(f);
	say(f, "three");
	kit_until(zmq_poll(&item, 1, 0) == 1);
	kit_expect(f->socket, "three");
}

/* A conversation by zmq_poll.  */
static void test_poll(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < ROUNDS; i++) {
		say(f, "question");
		assert_true(pr_kit_poll(f->socket, ZMQ_POLLIN, KIT_DEADLINE_MS));
		kit_expect(f->socket, "question");
		kit_send(f->socket, "answer");
		pr_peer_expect(&f->peer, 0, "answer");
	}
	assert_false(pr_kit_poll(f->socket, ZMQ_POLLIN, 10));
	pr_peer_ping(&f->peer);
}

static void test_fd(void **state)
{
	struct fixture *f = *state;

	converse(f);
	struct pollfd fd = {.fd = pr_kit_get(f->socket, ZMQ_FD), .events = POLLIN};

	is_readable(f->socket);
	say(f, "news");
	while (!is_readable(f->socket))
		assert_int_equal(poll(&fd, 1, KIT_DEADLINE_MS), 1);
	kit_expect(f->socket, "news");
	converse(f);
}

static void test_time_out(void **state)
{
	struct fixture *f = *state;
	int64_t before;
	char body[8];

	converse(f);
	pr_kit_set(f->socket, ZMQ_RCVTIMEO, 30);
	before = pr_kit_now_ms();
	kit_assert_error(EAGAIN, zmq_recv(f->socket, body, sizeof(body), 0));
	assert_true(pr_kit_now_ms() - before >= 29);
	pr_kit_set(f->socket, ZMQ_RCVTIMEO, -1);
	converse(f);
}

static void *come_later(void *arg)
{
	struct fixture *f = arg;

	nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
	pr_peer_close(&f->peer);
	f->peer = pr_peer_open(f->endpoint, "DEALER", NULL);
	say(f, "hello");
	return NULL;
}

/* The peer leaves while the thread waits for it, and another one comes.  */
static void test_next_peer(void **state)
{
	struct fixture *f = *state;
	pthread_t thread;

	for (int i = 0; i < 3; i++) {
		converse(f);
		pr_kit_thread(&thread, come_later, f);
		kit_expect(f->socket, "hello");
		pr_kit_join(thread);
	}
}

/* The peer leaves while nobody waits: what it said last is there.  */
static void test_last_words(void **state)
{
	struct fixture *f = *state;

	converse(f);
	say(f, "last words");
	pr_peer_close(&f->peer);
	kit_expect(f->socket, "last words");
	f->peer = pr_peer_open(f->endpoint, "DEALER", NULL);
	say(f, "first words");
	kit_expect(f->socket, "first words");
}

static void test_reset(void **state)
{
	struct fixture *f = *state;

	converse(f);
	pr_peer_reset(&f->peer);
	f->peer = pr_peer_open(f->endpoint, "DEALER", NULL);
	say(f, "hello");
	kit_expect(f->socket, "hello");
}

static void *shut_down(void *arg)
{
	struct fixture *f = arg;

	nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
	kit_assert_ok(zmq_ctx_shutdown(f->ctx));
	return NULL;
}

static void test_shutdown(void **state)
{
	struct fixture *f = *state;
	pthread_t thread;
	char body[8];

	converse(f);
	pr_kit_thread(&thread, shut_down, f);
	kit_assert_error(ETERM, zmq_recv(f->socket, body, sizeof(body), 0));
	pr_kit_join(thread);
}

/* What was sent last arrives, whoever sent it.  */
static void test_close(void **state)
{
	struct fixture *f = *state;

	converse(f);
	kit_send(f->socket, "bye");
	pr_kit_close(f->socket);
	f->socket = NULL;
	pr_peer_expect(&f->peer, 0, "bye");
	pr_peer_expect_end(&f->peer);
}

/* More than the high-water mark, in one go, after a conversation.  */
static void test_flood(void **state)
{
	struct fixture *f = *state;
	char text[16];

	pr_kit_set(f->socket, ZMQ_RCVHWM, 3);
	for (int round = 0; round < 3; round++) {
		converse(f);
		pr_buf_clear(&f->out);
		for (int i = 0; i < 1000; i++) {
			snprintf(text, sizeof(text), "%d", i);
			pr_peer_add_text(&f->out, 0, text);
		}
		assert_true(pr_peer_send_buf(&f->peer, &f->out));
		for (int i = 0; i < 1000; i++) {
			snprintf(text, sizeof(text), "%d", i);
			kit_expect(f->socket, text);
		}
	}
}

/* A message in pieces: each wakes the waiting thread, none is a message.  */
static void test_pieces(void **state)
{
	struct fixture *f = *state;
	static char body[3000];

	converse(f);
	pr_kit_fill(body, sizeof(body), 7);
	pr_buf_clear(&f->out);
	pr_peer_add_frame(&f->out, 0, body, sizeof(body));
	assert_true(pr_peer_send_chunks(&f->peer, f->out.text, f->out.size, 100, 0));
	memset(body, 0, sizeof(body));
	assert_int_equal(zmq_recv(f->socket, body, sizeof(body), 0), sizeof(body));
	assert_true(pr_kit_filled(body, sizeof(body), 7));
}

/* ---- Several ---- */

#define PAIRS 4

struct side {
	void *socket;
	int rounds;
	bool asks;
};

static void *talk(void *arg)
{
	struct side *side = arg;
	char body[16];

	for (int i = 0; i < side->rounds; i++) {
		if (side->asks)
			kit_assert_ok(zmq_send(side->socket, "question", 8, 0));
		assert_int_equal(zmq_recv(side->socket, body, sizeof(body), 0), side->asks ? 6 : 8);
		if (!side->asks)
			kit_assert_ok(zmq_send(side->socket, "answer", 6, 0));
	}
	return NULL;
}

/* Conversations that share one I/O thread, each end in a thread of its own.  */
static void test_many_threads(void **state)
{
	void *ctx = pr_kit_ctx();
	struct side sides[2 * PAIRS];
	pthread_t threads[2 * PAIRS];
	char endpoint[KIT_ENDPOINT_SIZE];

	(void)state;
	for (int i = 0; i < 2 * PAIRS; i++)
		sides[i] = (struct side){pr_kit_socket(ctx, ZMQ_PAIR), 500, i % 2 == 0};
	for (int i = 0; i < 2 * PAIRS; i += 2) {
		kit_bind(sides[i].socket, endpoint);
		kit_assert_ok(zmq_connect(sides[i + 1].socket, endpoint));
	}
	for (int i = 0; i < 2 * PAIRS; i++)
		pr_kit_thread(&threads[i], talk, &sides[i]);
	for (int i = 0; i < 2 * PAIRS; i++)
		pr_kit_join(threads[i]);
	for (int i = 0; i < 2 * PAIRS; i++)
		pr_kit_close(sides[i].socket);
	pr_kit_term(ctx);
}

#define PEERS 12

/* One asks many in turn: more connections than a thread serves itself, then fewer.  */
static void test_many_peers(void **state)
{
	void *ctx = pr_kit_ctx();
	void *asker = pr_kit_socket(ctx, ZMQ_DEALER), *answerers[PEERS];
	struct side sides[PEERS];
	pthread_t threads[PEERS];
	char endpoint[KIT_ENDPOINT_SIZE], body[16];

	(void)state;
	for (int count = PEERS; count > 0; count /= 2) {
		for (int i = 0; i < count; i++) {
			answerers[i] = pr_kit_socket(ctx, ZMQ_DEALER);
			kit_bind(answerers[i], endpoint);
			kit_assert_ok(zmq_connect(asker, endpoint));
			sides[i] = (struct side){answerers[i], 20, false};
			pr_kit_thread(&threads[i], talk, &sides[i]);
		}
		for (int i = 0; i < 20 * count; i++) {
			kit_assert_ok(zmq_send(asker, "question", 8, 0));
			assert_int_equal(zmq_recv(asker, body, sizeof(body), 0), 6);
		}
		for (int i = 0; i < count; i++) {
			pr_kit_join(threads[i]);
			pr_kit_close(answerers[i]);
		}
		pr_kit_close(asker);
		asker = pr_kit_socket(ctx, ZMQ_DEALER);
	}
	pr_kit_close(asker);
	pr_kit_term(ctx);
}

#define WITH_PEER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        WITH_PEER(test_ping),
	        WITH_PEER(test_looks),
	        WITH_PEER(test_poll),
	        WITH_PEER(test_fd),
	        WITH_PEER(test_time_out),
	        WITH_PEER(test_next_peer),
	        WITH_PEER(test_last_words),
	        WITH_PEER(test_reset),
	        WITH_PEER(test_shutdown),
	        WITH_PEER(test_close),
	        WITH_PEER(test_flood),
	        WITH_PEER(test_pieces),
	        cmocka_unit_test(test_many_threads),
	        cmocka_unit_test(test_many_peers),
	};

	return KIT_RUN(tests);
}
