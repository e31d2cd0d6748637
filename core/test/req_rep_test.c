/* SPDX-License-Identifier: MIT */
/* core/test/req_rep_test.c - REQ and REP: requests and replies in step, envelopes, and what is
 * dropped.  */
#include "core/test/kit.h"
#include "core/test/peer.h"

#include <stdio.h>
#include <unistd.h>

static void expect_events(void *socket, int events)
{
	assert_int_equal(pr_kit_get(socket, ZMQ_EVENTS), events);
}

static void test_one_request(void **state)
{
	struct kit_pair pair;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_REP, ZMQ_REQ);
	assert_int_equal(pr_kit_get(pair.a, ZMQ_TYPE), ZMQ_REP);
	assert_int_equal(pr_kit_get(pair.b, ZMQ_TYPE), ZMQ_REQ);
	for (int i = 0; i < 100; i++) {
		kit_send(pair.b, "question");
		kit_expect(pair.a, "question");
		kit_send(pair.a, "answer");
		kit_expect(pair.b, "answer");
	}
	kit_send_more(pair.b, "");
	kit_send_more(pair.b, "two");
	kit_send(pair.b, "");
	kit_expect_more(pair.a, "");
	kit_expect_more(pair.a, "two");
	kit_expect(pair.a, "");
	kit_send_more(pair.a, "");
	kit_send(pair.a, "");
	kit_expect_more(pair.b, "");
	kit_expect(pair.b, "");
	pr_kit_pair_close(&pair);
}

/* Who may not do it now is told EFSM, also in the middle of a message.  */
static void test_out_of_step(void **state)
{
	struct kit_pair pair;
	char body[8];

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_REP, ZMQ_REQ);
	kit_assert_error(EFSM, zmq_recv(pair.b, body, sizeof(body), ZMQ_DONTWAIT));
	kit_assert_error(EFSM, zmq_recv(pair.b, body, sizeof(body), 0));
	kit_assert_error(EFSM, zmq_send(pair.a, "x", 1, ZMQ_DONTWAIT));
	kit_assert_error(EAGAIN, zmq_recv(pair.a, body, sizeof(body), ZMQ_DONTWAIT));
	kit_send_more(pair.b, "one");
	kit_assert_error(EFSM, zmq_recv(pair.b, body, sizeof(body), ZMQ_DONTWAIT));
	kit_send(pair.b, "two");
	kit_assert_error(EFSM, zmq_send(pair.b, "x", 1, 0));
	kit_expect_more(pair.a, "one");
	kit_assert_error(EFSM, zmq_send(pair.a, "x", 1, 0));
	kit_expect(pair.a, "two");
	kit_assert_error(EFSM, zmq_recv(pair.a, body, sizeof(body), 0));
	kit_send_more(pair.a, "three");
	kit_assert_error(EFSM, zmq_recv(pair.a, body, sizeof(body), 0));
	kit_send(pair.a, "four");
	kit_assert_error(EFSM, zmq_send(pair.a, "x", 1, 0));
	kit_expect_more(pair.b, "three");
	kit_assert_error(EFSM, zmq_send(pair.b, "x", 1, 0));
	kit_expect(pair.b, "four");
	kit_assert_error(EFSM, zmq_recv(pair.b, body, sizeof(body), 0));
	pr_kit_pair_close(&pair);
}

static void test_events(void **state)
{
	struct kit_pair pair;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_REP, ZMQ_REQ);
	assert_true(pr_kit_poll(pair.b, ZMQ_POLLOUT, KIT_DEADLINE_MS));
	expect_events(pair.b, ZMQ_POLLOUT);
	expect_events(pair.a, 0);
	kit_send_more(pair.b, "a");
	expect_events(pair.b, ZMQ_POLLOUT);
	kit_send(pair.b, "question");
	expect_events(pair.b, 0);
	assert_true(pr_kit_poll(pair.a, ZMQ_POLLIN, KIT_DEADLINE_MS));
	expect_events(pair.a, ZMQ_POLLIN);
	kit_expect_more(pair.a, "a");
	expect_events(pair.a, ZMQ_POLLIN);
	kit_expect(pair.a, "question");
	expect_events(pair.a, ZMQ_POLLOUT);
	kit_send(pair.a, "answer");
	expect_events(pair.a, 0);
	assert_true(pr_kit_poll(pair.b, ZMQ_POLLIN, KIT_DEADLINE_MS));
	expect_events(pair.b, ZMQ_POLLIN);
	kit_expect(pair.b, "answer");
	expect_events(pair.b, ZMQ_POLLOUT);
	pr_kit_pair_close(&pair);
}

static void test_no_peer(void **state)
{
	void *ctx = pr_kit_ctx();
	void *req = pr_kit_socket(ctx, ZMQ_REQ), *rep = pr_kit_socket(ctx, ZMQ_REP);
	char endpoint[KIT_ENDPOINT_SIZE], body[8];

	(void)state;
	kit_bind(req, endpoint);
	expect_events(req, 0);
	kit_assert_error(EAGAIN, zmq_send(req, "x", 1, ZMQ_DONTWAIT));
	kit_assert_error(EFSM, zmq_recv(req, body, sizeof(body), 0));
	kit_assert_ok(zmq_connect(rep, endpoint));
	kit_send(req, "x");
	kit_expect(rep, "x");
	kit_send(rep, "y");
	kit_expect(req, "y");
	pr_kit_close(req);
	pr_kit_close(rep);
	pr_kit_term(ctx);
}

/* What a ROUTER sees: an empty part before the request.  */
static void test_request_on_the_wire(void **state)
{
	struct kit_pair pair;
	uint8_t id[256];
	size_t size;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_ROUTER, ZMQ_REQ);
	kit_send_more(pair.b, "one");
	kit_send(pair.b, "two");
	size = kit_recv_id(pair.a, id);
	kit_expect_more(pair.a, "");
	kit_expect_more(pair.a, "one");
	kit_expect(pair.a, "two");
	assert_int_equal(zmq_send(pair.a, id, size, ZMQ_SNDMORE), size);
	kit_send_more(pair.a, "");
	kit_send_more(pair.a, "three");
	kit_send(pair.a, "four");
	kit_expect_more(pair.b, "three");
	kit_expect(pair.b, "four");
	pr_kit_pair_close(&pair);
}

/* A ROUTER and the REQ sockets that ask it.  */
struct asked {
	void *ctx, *router, *req;
	char endpoint[KIT_ENDPOINT_SIZE];
	uint8_t id[256];
	size_t id_size;
};

static void open_asked(struct asked *asked, int correlate, int relaxed)
{
	asked->ctx = pr_kit_ctx();
	asked->router = pr_kit_socket(asked->ctx, ZMQ_ROUTER);
	asked->req = pr_kit_socket(asked->ctx, ZMQ_REQ);
	pr_kit_set(asked->req, ZMQ_REQ_CORRELATE, correlate);
	pr_kit_set(asked->req, ZMQ_REQ_RELAXED, relaxed);
	kit_bind(asked->router, asked->endpoint);
	kit_assert_ok(zmq_connect(asked->req, asked->endpoint));
}

static void close_asked(struct asked *asked)
{
	pr_kit_close(asked->router);
	pr_kit_close(asked->req);
	pr_kit_term(asked->ctx);
}

static uint32_t take_numbered(struct asked *asked, const char *text)
{
	uint32_t number = 0;

	asked->id_size = kit_recv_id(asked->router, asked->id);
	assert_int_equal(zmq_recv(asked->router, &number, sizeof(number), 0), sizeof(number));
	kit_expect_more(asked->router, "");
	kit_expect(asked->router, text);
	return number;
}

static void answer_begin(struct asked *asked)
{
	kit_assert_ok(zmq_send(asked->router, asked->id, asked->id_size, ZMQ_SNDMORE));
}

static void answer_numbered(struct asked *asked, uint32_t number, const char *text)
{
	answer_begin(asked);
	kit_assert_ok(zmq_send(asked->router, &number, sizeof(number), ZMQ_SNDMORE));
	kit_send_more(asked->router, "");
	kit_send(asked->router, text);
}

static void answer_plain(struct asked *asked, const char *text)
{
	answer_begin(asked);
	kit_send_more(asked->router, "");
	kit_send(asked->router, text);
}

static void test_correlate(void **state)
{
	struct asked asked;

	(void)state;
	open_asked(&asked, 1, 0);
	kit_send(asked.req, "one");
	uint32_t first = take_numbered(&asked, "one");

	answer_plain(&asked, "no number");
	answer_numbered(&asked, first + 1, "another number");
	answer_numbered(&asked, first - 1, "an old number");
	answer_numbered(&asked, first, "right");
	kit_expect(asked.req, "right");
	kit_send(asked.req, "two");
	assert_int_equal(take_numbered(&asked, "two"), first + 1);
	answer_numbered(&asked, first, "late");
	answer_numbered(&asked, first + 1, "right again");
	kit_expect(asked.req, "right again");
	close_asked(&asked);
}

/* A reply with a number that nobody asked for is skipped.  */
static void test_number_without_correlate(void **state)
{
	struct asked asked;

	(void)state;
	open_asked(&asked, 0, 0);
	kit_send(asked.req, "one");
	asked.id_size = kit_recv_id(asked.router, asked.id);
	kit_expect_more(asked.router, "");
	kit_expect(asked.router, "one");
	answer_numbered(&asked, 1, "skipped");
	answer_plain(&asked, "right");
	kit_expect(asked.req, "right");
	close_asked(&asked);
}

/* ZMQ_REQ_RELAXED: a new request instead of the reply.  The connection stays.  */
static void test_relaxed(void **state)
{
	struct asked asked;
	char body[8];

	(void)state;
	open_asked(&asked, 1, 1);
	kit_send(asked.req, "one");
	uint32_t first = take_numbered(&asked, "one");
	uint8_t id[256];
	size_t id_size = asked.id_size;

	memcpy(id, asked.id, id_size);
	expect_events(asked.req, ZMQ_POLLOUT);
	kit_send(asked.req, "two");
	assert_int_equal(take_numbered(&asked, "two"), first + 1);
	assert_int_equal(asked.id_size, id_size);
	assert_memory_equal(asked.id, id, id_size);
	answer_numbered(&asked, first, "late");
	kit_assert_error(EAGAIN, zmq_recv(asked.req, body, sizeof(body), ZMQ_DONTWAIT));
	answer_numbered(&asked, first + 1, "right");
	kit_expect(asked.req, "right");
	close_asked(&asked);
}

/* Without numbers a reply that comes after the new request counts as its reply; one that was there
 * before does not.  */
static void test_relaxed_without_correlate(void **state)
{
	struct asked asked;

	(void)state;
	open_asked(&asked, 0, 1);
	kit_send(asked.req, "one");
	asked.id_size = kit_recv_id(asked.router, asked.id);
	kit_expect_more(asked.router, "");
	kit_expect(asked.router, "one");
	answer_plain(&asked, "dropped");
	assert_true(pr_kit_poll(asked.req, ZMQ_POLLIN, KIT_DEADLINE_MS));
	kit_send(asked.req, "two");
	kit_recv_id(asked.router, asked.id);
	kit_expect_more(asked.router, "");
	kit_expect(asked.router, "two");
	answer_plain(&asked, "taken");
	kit_expect(asked.req, "taken");
	close_asked(&asked);
}

/* A new request in the middle of a reply: the rest of that is dropped.  */
static void test_relaxed_inside_a_reply(void **state)
{
	struct asked asked;

	(void)state;
	open_asked(&asked, 0, 1);
	kit_send(asked.req, "one");
	asked.id_size = kit_recv_id(asked.router, asked.id);
	kit_expect_more(asked.router, "");
	kit_expect(asked.router, "one");
	answer_begin(&asked);
	kit_send_more(asked.router, "");
	kit_send_more(asked.router, "first part");
	kit_send(asked.router, "second part");
	kit_expect_more(asked.req, "first part");
	kit_send(asked.req, "two");
	kit_recv_id(asked.router, asked.id);
	kit_expect_more(asked.router, "");
	kit_expect(asked.router, "two");
	answer_plain(&asked, "right");
	kit_expect(asked.req, "right");
	close_asked(&asked);
}

/* ---- Several peers ---- */

struct crowd {
	void *ctx, *one, *many[3];
	char endpoint[KIT_ENDPOINT_SIZE];
};

/* one connects to each of many.  */
static void open_crowd(struct crowd *crowd, int type_one, int type_many)
{
	crowd->ctx = pr_kit_ctx();
	crowd->one = pr_kit_socket(crowd->ctx, type_one);
	for (size_t i = 0; i < KIT_COUNT(crowd->many); i++) {
		crowd->many[i] = pr_kit_socket(crowd->ctx, type_many);
		kit_bind(crowd->many[i], crowd->endpoint);
		kit_assert_ok(zmq_connect(crowd->one, crowd->endpoint));
	}
}

static void close_crowd(struct crowd *crowd)
{
	for (size_t i = 0; i < KIT_COUNT(crowd->many); i++)
		pr_kit_close(crowd->many[i]);
	pr_kit_close(crowd->one);
	pr_kit_term(crowd->ctx);
}

static void test_requests_take_turns(void **state)
{
	struct crowd crowd;

	(void)state;
	open_crowd(&crowd, ZMQ_REQ, ZMQ_REP);
	for (size_t i = 0; i < 9; i++) {
		kit_send_more(crowd.one, "question");
		kit_send(crowd.one, "mark");
		kit_expect_more(crowd.many[i % 3], "question");
		kit_expect(crowd.many[i % 3], "mark");
		kit_send(crowd.many[i % 3], "answer");
		kit_expect(crowd.one, "answer");
	}
	close_crowd(&crowd);
}

/* What somebody else sends is no reply.  */
static void test_reply_of_another_peer(void **state)
{
	struct crowd crowd;
	uint8_t id[256];
	char body[8];

	(void)state;
	open_crowd(&crowd, ZMQ_REQ, ZMQ_ROUTER);
	pr_kit_set_id(crowd.one, "REQ"); /* too late for the connections, so ids are needed below */
	kit_send(crowd.one, "first");
	size_t size = kit_recv_id(crowd.many[0], id);

	kit_expect_more(crowd.many[0], "");
	kit_expect(crowd.many[0], "first");
	kit_assert_ok(zmq_send(crowd.many[0], id, size, ZMQ_SNDMORE));
	kit_send_more(crowd.many[0], "");
	kit_send(crowd.many[0], "reply");
	kit_expect(crowd.one, "reply");
	kit_send(crowd.one, "second"); /* asks the second; the first answers once more */
	kit_assert_ok(zmq_send(crowd.many[0], id, size, ZMQ_SNDMORE));
	kit_send_more(crowd.many[0], "");
	kit_send(crowd.many[0], "unasked");
	assert_true(pr_kit_poll(crowd.one, ZMQ_POLLIN, KIT_DEADLINE_MS));
	kit_assert_error(EAGAIN, zmq_recv(crowd.one, body, sizeof(body), ZMQ_DONTWAIT));
	expect_events(crowd.one, 0);
	size = kit_recv_id(crowd.many[1], id);
	kit_expect_more(crowd.many[1], "");
	kit_expect(crowd.many[1], "second");
	kit_assert_ok(zmq_send(crowd.many[1], id, size, ZMQ_SNDMORE));
	kit_send_more(crowd.many[1], "");
	kit_send(crowd.many[1], "asked");
	kit_expect(crowd.one, "asked");
	close_crowd(&crowd);
}

static void test_requests_are_received_in_turn(void **state)
{
	void *ctx = pr_kit_ctx();
	void *rep = pr_kit_socket(ctx, ZMQ_REP), *dealers[3];
	char endpoint[KIT_ENDPOINT_SIZE], text[8];

	(void)state;
	kit_bind(rep, endpoint);
	for (int i = 0; i < 3; i++) {
		dealers[i] = pr_kit_socket(ctx, ZMQ_DEALER);
		kit_assert_ok(zmq_connect(dealers[i], endpoint));
		kit_send_more(dealers[i], "");
		kit_send(dealers[i], "hello");
		kit_expect(rep, "hello");
		kit_send(rep, "hello");
		kit_expect_more(dealers[i], "");
		kit_expect(dealers[i], "hello");
	}
	for (int i = 0; i < 3; i++)
		for (int n = 0; n < 10; n++) {
			snprintf(text, sizeof(text), "%d", i);
			kit_send_more(dealers[i], "");
			kit_send(dealers[i], text);
		}
	int heard[3] = {0};

	for (int n = 0; n < 30; n++) {
		assert_int_equal(zmq_recv(rep, text, sizeof(text), 0), 1);
		heard[text[0] - '0']++;
		assert_int_equal(zmq_send(rep, text, 1, 0), 1);
	}
	for (int i = 0; i < 3; i++) {
		snprintf(text, sizeof(text), "%d", i);
		assert_int_equal(heard[i], 10);
		for (int n = 0; n < 10; n++) {
			kit_expect_more(dealers[i], "");
			kit_expect(dealers[i], text);
		}
		pr_kit_close(dealers[i]);
	}
	pr_kit_close(rep);
	pr_kit_term(ctx);
}

/* ---- Envelopes ---- */

static void test_envelope(void **state)
{
	struct kit_pair pair;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_REP, ZMQ_DEALER);
	kit_send_more(pair.b, "hop 2");
	kit_send_more(pair.b, "hop 1");
	kit_send_more(pair.b, "");
	kit_send_more(pair.b, "question");
	kit_send_more(pair.b, "");
	kit_send(pair.b, "mark");
	kit_expect_more(pair.a, "question");
	kit_expect_more(pair.a, "");
	kit_expect(pair.a, "mark");
	kit_send(pair.a, "answer");
	kit_expect_more(pair.b, "hop 2");
	kit_expect_more(pair.b, "hop 1");
	kit_expect_more(pair.b, "");
	kit_expect(pair.b, "answer");
	pr_kit_pair_close(&pair);
}

/* Requests without an empty part before the last are dropped.  */
static void test_malformed_requests(void **state)
{
	struct kit_pair pair;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_REP, ZMQ_DEALER);
	for (int i = 0; i < 3; i++) {
		kit_send(pair.b, "no envelope");
		kit_send_more(pair.b, "hop");
		kit_send(pair.b, "no empty part");
		kit_send(pair.b, "");
		kit_send_more(pair.b, "hop");
		kit_send_more(pair.b, "hop");
		kit_send(pair.b, "");
		kit_send_more(pair.b, "hop");
		kit_send_more(pair.b, "");
		kit_send(pair.b, "good");
		kit_expect(pair.a, "good");
		kit_send(pair.a, "answer");
		kit_expect_more(pair.b, "hop");
		kit_expect_more(pair.b, "");
		kit_expect(pair.b, "answer");
	}
	pr_kit_pair_close(&pair);
}

/* A reply for a peer that is gone is dropped, and the next request is served.  */
static void test_reply_to_nobody(void **state)
{
	void *ctx = pr_kit_ctx();
	void *rep = pr_kit_socket(ctx, ZMQ_REP);
	char endpoint[KIT_ENDPOINT_SIZE];

	(void)state;
	kit_bind(rep, endpoint);
	for (int i = 0; i < 20; i++) {
		void *req = pr_kit_socket(ctx, ZMQ_REQ);

		kit_assert_ok(zmq_connect(req, endpoint));
		kit_send(req, "question");
		kit_expect(rep, "question");
		if (i % 2 == 0)
			pr_kit_close(req);
		kit_send_more(rep, "one");
		if (i % 4 == 0)
			pr_kit_get(rep, ZMQ_EVENTS); /* hears of it between the parts, or not */
		kit_send(rep, "two");
		if (i % 2 == 0)
			continue;
		kit_expect_more(req, "one");
		kit_expect(req, "two");
		pr_kit_close(req);
	}
	pr_kit_close(rep);
	pr_kit_term(ctx);
}

/* ---- Malformed replies ---- */

struct part {
	unsigned flags;
	const char *body;
};

/* The sixth and later parts of these do not matter: the connection ends before.  */
static const struct part malformed[][3] = {
        {{0, "no empty part"}},
        {{0, ""}},
        {{PEER_MORE, "no empty part"}, {0, "x"}},
        {{PEER_MORE, "1234"}, {PEER_MORE, "no empty part"}, {0, "x"}},
        {{PEER_MORE, "1234"}, {0, ""}},
};

static struct peer accept_request(int listener)
{
	struct peer peer = pr_peer_accept(listener);
	struct pr_buf bytes;

	pr_buf_init(&bytes);
	pr_peer_add_handshake(&bytes, "REP", NULL);
	assert_true(pr_peer_send_buf(&peer, &bytes));
	pr_buf_fini(&bytes);
	pr_peer_recv_handshake(&peer);
	pr_peer_expect(&peer, 1, "");
	pr_peer_expect(&peer, 0, "question");
	return peer;
}

/* A peer that does not answer as a REP must is disconnected, and what it said before counts.  */
static void test_malformed_replies(void **state)
{
	(void)state;
	if (pr_kit_is_inproc())
		skip();
	for (size_t i = 0; i < KIT_COUNT(malformed); i++) {
		void *ctx = pr_kit_ctx();
		void *req = pr_kit_socket(ctx, ZMQ_REQ);
		char endpoint[KIT_ENDPOINT_SIZE];
		int listener = pr_peer_listen(endpoint);
		struct pr_buf bytes;

		kit_assert_ok(zmq_connect(req, endpoint));
		kit_send(req, "question");
		struct peer peer = accept_request(listener);

		pr_buf_init(&bytes);
		pr_peer_add_text(&bytes, PEER_MORE, "");
		pr_peer_add_text(&bytes, 0, "good");
		for (size_t k = 0; k < 3 && malformed[i][k].body; k++)
			pr_peer_add_text(&bytes, malformed[i][k].flags, malformed[i][k].body);
		assert_true(pr_peer_send_buf(&peer, &bytes));
		pr_peer_expect_end(&peer);
		kit_expect(req, "good");
		/* There is no other peer, and nobody connects to this one again. */
		kit_until(pr_kit_get(req, ZMQ_EVENTS) == 0);
		pr_peer_close(&peer);
		close(listener);
		pr_buf_fini(&bytes);
		pr_kit_close(req);
		pr_kit_term(ctx);
	}
}

/* ---- Many ---- */

static void *serve(void *arg)
{
	zmq_msg_t msg;

	for (;;) {
		kit_assert_ok(zmq_msg_init(&msg));
		kit_assert_ok(zmq_msg_recv(&msg, arg, 0));
		bool is_last = zmq_msg_size(&msg) == 0;

		kit_assert_ok(zmq_msg_send(&msg, arg, 0));
		if (is_last)
			return NULL;
	}
}

static void test_many_requests(void **state)
{
	struct kit_pair pair;
	pthread_t thread;
	uint8_t body[4096], seen[4096];

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_REP, ZMQ_REQ);
	pr_kit_thread(&thread, serve, pair.a);
	for (size_t i = 1; i <= 3000; i++) {
		size_t size = 1 + i * 7 % sizeof(body);

		pr_kit_fill(body, size, i);
		assert_int_equal(zmq_send(pair.b, body, size, 0), size);
		assert_int_equal(zmq_recv(pair.b, seen, sizeof(seen), 0), size);
		assert_memory_equal(body, seen, size);
	}
	kit_send(pair.b, "");
	kit_expect(pair.b, "");
	pr_kit_join(thread);
	pr_kit_pair_close(&pair);
}

/* ZMQ_PROBE_ROUTER of a REQ: an empty message before everything else.  */
static void test_probe(void **state)
{
	void *ctx = pr_kit_ctx();
	void *router = pr_kit_socket(ctx, ZMQ_ROUTER), *req = pr_kit_socket(ctx, ZMQ_REQ);
	char endpoint[KIT_ENDPOINT_SIZE];
	uint8_t id[256];

	(void)state;
	pr_kit_set(req, ZMQ_PROBE_ROUTER, 1);
	kit_bind(router, endpoint);
	kit_assert_ok(zmq_connect(req, endpoint));
	kit_recv_id(router, id);
	kit_expect(router, "");
	kit_send(req, "question");
	kit_recv_id(router, id);
	kit_expect_more(router, "");
	kit_expect(router, "question");
	pr_kit_close(router);
	pr_kit_close(req);
	pr_kit_term(ctx);
}

static void test_options(void **state)
{
	void *ctx = pr_kit_ctx();
	void *req = pr_kit_socket(ctx, ZMQ_REQ), *dealer = pr_kit_socket(ctx, ZMQ_DEALER);
	int on = 1, wrong = -1;
	size_t size = sizeof(on);

	(void)state;
	for (int option = ZMQ_REQ_CORRELATE; option <= ZMQ_REQ_RELAXED; option++) {
		kit_assert_ok(zmq_setsockopt(req, option, &on, sizeof(on)));
		kit_assert_error(EINVAL, zmq_setsockopt(req, option, &wrong, sizeof(wrong)));
		kit_assert_error(EINVAL, zmq_setsockopt(req, option, &on, 1));
		kit_assert_error(EINVAL, zmq_setsockopt(dealer, option, &on, sizeof(on)));
		kit_assert_error(EINVAL, zmq_getsockopt(req, option, &on, &size));
	}
	pr_kit_close(req);
	pr_kit_close(dealer);
	pr_kit_term(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_one_request),
	        cmocka_unit_test(test_out_of_step),
	        cmocka_unit_test(test_events),
	        cmocka_unit_test(test_no_peer),
	        cmocka_unit_test(test_request_on_the_wire),
	        cmocka_unit_test(test_correlate),
	        cmocka_unit_test(test_number_without_correlate),
	        cmocka_unit_test(test_relaxed),
	        cmocka_unit_test(test_relaxed_without_correlate),
	        cmocka_unit_test(test_relaxed_inside_a_reply),
	        cmocka_unit_test(test_requests_take_turns),
	        cmocka_unit_test(test_reply_of_another_peer),
	        cmocka_unit_test(test_requests_are_received_in_turn),
	        cmocka_unit_test(test_envelope),
	        cmocka_unit_test(test_malformed_requests),
	        cmocka_unit_test(test_reply_to_nobody),
	        cmocka_unit_test(test_malformed_replies),
	        cmocka_unit_test(test_many_requests),
	        cmocka_unit_test(test_probe),
	        cmocka_unit_test(test_options),
	};

	return KIT_RUN(tests);
}
