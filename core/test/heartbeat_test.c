/* SPDX-License-Identifier: MIT */
/* core/test/heartbeat_test.c - PING: who sends it when, what counts as an answer, and who is given
 * up for silence.
 *
 * Times are generous where something must not happen in them, and short where it must.  A busy
 * machine may still stop one of the two for longer than a peer may be silent; so who has to stay
 * connected may be given up in the first attempts, with ever more time: see patiently().  */
#include "core/test/peer.h"

#include <poll.h>
#include <unistd.h>

/* A ROUTER with heartbeats and a peer that is a script.  */
struct fixture {
	void *ctx, *router;
	char endpoint[KIT_ENDPOINT_SIZE];
	struct peer peer;
	struct pr_buf out;
};

static void open_fixture(struct fixture *f, int ivl, int ttl, int timeout)
{
	f->ctx = pr_kit_ctx();
	f->router = pr_kit_socket(f->ctx, ZMQ_ROUTER);
	pr_kit_set(f->router, ZMQ_HEARTBEAT_IVL, ivl);
	pr_kit_set(f->router, ZMQ_HEARTBEAT_TTL, ttl);
	if (timeout >= 0)
		pr_kit_set(f->router, ZMQ_HEARTBEAT_TIMEOUT, timeout);
	kit_bind(f->router, f->endpoint);
	f->peer = pr_peer_open(f->endpoint, "DEALER", "peer");
	pr_buf_init(&f->out);
}

static void close_fixture(struct fixture *f)
{
	pr_peer_close(&f->peer);
	pr_buf_fini(&f->out);
	pr_kit_close(f->router);
	pr_kit_term(f->ctx);
}

static void send_out(struct fixture *f)
{
	assert_true(pr_peer_send_buf(&f->peer, &f->out));
	pr_buf_clear(&f->out);
}

static void send_text(struct fixture *f, const char *text)
{
	pr_peer_add_text(&f->out, 0, text);
	send_out(f);
}

static void send_ping(struct fixture *f, unsigned ttl)
{
	const uint8_t data[] = {(uint8_t)(ttl >> 8), (uint8_t)ttl};

	pr_peer_add_command(&f->out, "PING", data, sizeof(data));
	send_out(f);
}

static void expect_ping(struct fixture *f, unsigned ttl)
{
	struct peer_frame frame = {0};

	assert_true(pr_peer_recv_frame(&f->peer, &frame));
	assert_int_equal(frame.flags & PEER_COMMAND, PEER_COMMAND);
	assert_int_equal(frame.size, 7);
	assert_memory_equal(frame.body, "\4PING", 5);
	assert_int_equal(frame.body[5] << 8 | frame.body[6], ttl);
	pr_peer_frame_fini(&frame);
}

static void wait_ms(int ms)
{
	int64_t until = pr_kit_now_ms() + ms;

	while (pr_kit_now_ms() < until)
		pr_kit_pause();
}

/* Makes attempts, with ever more milliseconds for whom the times are about, until one succeeds.  An
 * engine that is wrong fails in all of them.  */
static void patiently(bool (*attempt)(int ms), int ms)
{
	for (int i = 0; !attempt(ms << 2 * i); i++)
		assert_true(i < 3);
}

/* The engine has closed the connection, whatever is still to be read from it.  */
static bool has_hung_up(struct peer *peer)
{
	struct pollfd item = {.fd = peer->fd, .events = POLLRDHUP};

	return poll(&item, 1, 0) == 1;
}

/* The next frame that is no command: false at the end of the stream.  */
static bool hears(struct peer *peer, const char *text)
{
	struct peer_frame frame;
	bool is_command, is_it;

	do {
		if (!pr_peer_recv_frame(peer, &frame))
			return false;
		is_command = frame.flags & PEER_COMMAND;
		is_it = frame.size == strlen(text) && memcmp(frame.body, text, frame.size) == 0;
		pr_peer_frame_fini(&frame);
	} while (is_command);
	assert_true(is_it);
	return true;
}

/* A message goes through in both directions: nobody has hung up.  */
static bool is_alive(struct fixture *f)
{
	bool is_heard = false;

	pr_peer_add_text(&f->out, 0, "alive?");
	pr_peer_send_buf(&f->peer, &f->out);
	pr_buf_clear(&f->out);
	kit_until((is_heard = pr_kit_poll(f->router, ZMQ_POLLIN, 0)) || has_hung_up(&f->peer));
	if (!is_heard)
		return false;
	kit_expect_more(f->router, "peer");
	kit_expect(f->router, "alive?");
	kit_send_more(f->router, "peer");
	kit_send(f->router, "yes");
	return hears(&f->peer, "yes");
}

static void expect_alive(struct fixture *f)
{
	assert_true(is_alive(f));
}

static void test_ping(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, 20, 1299, KIT_DEADLINE_MS);
	for (int i = 0; i < 10; i++)
		expect_ping(&f, 12);
	expect_alive(&f);
	close_fixture(&f);
}

static void test_no_ping(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, 0, 100, 1);
	assert_false(pr_peer_has_input(&f.peer, 300));
	expect_alive(&f);
	close_fixture(&f);
}

/* Who answers nothing is given up after HEARTBEAT_TIMEOUT, or HEARTBEAT_IVL.  */
static void test_silence(void **state)
{
	const int timeouts[] = {200, -1};
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < KIT_COUNT(timeouts); i++) {
		open_fixture(&f, 100, 0, timeouts[i]);
		pr_peer_expect_end(&f.peer);
		close_fixture(&f);
	}
}

/* 0: nobody is.  */
static void test_no_timeout(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, 10, 0, 0);
	wait_ms(300);
	expect_ping(&f, 0);
	expect_alive(&f);
	close_fixture(&f);
}

/* PONG is an answer, and so is anything else.  */
static bool live(int ms, bool by_pong)
{
	struct fixture f;
	int64_t until = pr_kit_now_ms() + 2 * ms;
	struct peer_frame frame = {0};
	bool lives = true;
	int sent = 0;

	open_fixture(&f, 50, 0, ms);
	while (lives && pr_kit_now_ms() < until) {
		lives = pr_peer_recv_frame(&f.peer, &frame); /* PING */
		pr_peer_frame_fini(&frame);
		if (by_pong)
			pr_peer_add_command(&f.out, "PONG", "", 0);
		else
			pr_peer_add_text(&f.out, 0, "x");
		lives = lives && pr_peer_send_buf(&f.peer, &f.out);
		pr_buf_clear(&f.out);
		sent += by_pong ? 0 : 1;
	}
	for (; lives && sent > 0; sent--) {
		kit_until(pr_kit_poll(f.router, ZMQ_POLLIN, 0) ||
		          (lives = !has_hung_up(&f.peer), !lives));
		if (!lives)
			break;
		kit_expect_more(f.router, "peer");
		kit_expect(f.router, "x");
	}
	lives = lives && is_alive(&f);
	close_fixture(&f);
	return lives;
}

static bool live_by_pong(int ms)
{
	return live(ms, true);
}

static bool live_by_traffic(int ms)
{
	return live(ms, false);
}

static void test_pong(void **state)
{
	(void)state;
	patiently(live_by_pong, 1000);
}

static void test_traffic(void **state)
{
	(void)state;
	patiently(live_by_traffic, 1000);
}

/* A peer promises to be heard of every 0.2 s, and then it is not.  We send no PING ourselves.  */
static void test_ttl(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, 0, 0, -1);
	send_ping(&f, 2);
	pr_peer_expect_end(&f.peer);
	close_fixture(&f);
}

/* It is heard of often enough; then it takes its promise back.  */
static bool keep_ttl(int ms)
{
	struct fixture f;
	bool lives;

	open_fixture(&f, 0, 0, -1);
	for (int i = 0; i < 25 && !has_hung_up(&f.peer); i++) {
		send_ping(&f, (unsigned)ms / 100);
		wait_ms(ms / 10);
	}
	lives = is_alive(&f);
	if (lives) {
		send_ping(&f, 0);
		wait_ms(2500);
		expect_alive(&f);
	}
	close_fixture(&f);
	return lives;
}

static void test_ttl_kept(void **state)
{
	(void)state;
	patiently(keep_ttl, 1000);
}

/* 65.6 s do not fit in 16 bits of milliseconds, which libzmq forgets.  */
static void test_long_ttl(void **state)
{
	struct fixture f;

	(void)state;
	if (!pr_kit_is_proctor())
		skip();
	open_fixture(&f, 0, 0, -1);
	send_ping(&f, 656);
	wait_ms(500);
	expect_alive(&f);
	close_fixture(&f);
}

/* A connecter that gave its peer up comes back.  */
static void test_reconnect(void **state)
{
	void *ctx = pr_kit_ctx();
	void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);
	char endpoint[KIT_ENDPOINT_SIZE];
	int listener = pr_peer_listen(endpoint);
	struct pr_buf out;

	(void)state;
	pr_buf_init(&out);
	pr_peer_add_handshake(&out, "ROUTER", NULL);
	pr_kit_set(dealer, ZMQ_HEARTBEAT_IVL, 50);
	pr_kit_set(dealer, ZMQ_RECONNECT_IVL, 1);
	kit_assert_ok(zmq_connect(dealer, endpoint));
	for (int i = 0; i < 3; i++) {
		struct peer peer = pr_peer_accept(listener);

		assert_true(pr_peer_send_buf(&peer, &out));
		pr_peer_expect_end(&peer);
		pr_peer_close(&peer);
	}
	close(listener);
	pr_buf_fini(&out);
	pr_kit_close(dealer);
	pr_kit_term(ctx);
}

/* Receives until the message comes: false when the other end has been given up before.  */
static bool gets_through(void *from, void *to, const char *text, size_t size)
{
	bool is_lost = false;

	if (zmq_send(from, text, size, ZMQ_DONTWAIT) == -1)
		return false;
	kit_until(pr_kit_poll(to, ZMQ_POLLIN, 0) ||
	          (is_lost = !pr_kit_poll(from, ZMQ_POLLOUT, 0), is_lost));
	return !is_lost && zmq_recv(to, NULL, 0, 0) == (int)size;
}

/* Two sockets, both with heartbeats, that have nothing to say for a while.  */
static bool be_quiet(int ms)
{
	struct kit_pair pair;
	bool lives;

	pair.ctx = pr_kit_ctx();
	pair.a = pr_kit_socket(pair.ctx, ZMQ_PAIR);
	pair.b = pr_kit_socket(pair.ctx, ZMQ_PAIR);
	for (int i = 0; i < 2; i++) {
		void *socket = i ? pair.b : pair.a;

		pr_kit_set(socket, ZMQ_HEARTBEAT_IVL, 50);
		pr_kit_set(socket, ZMQ_HEARTBEAT_TTL, ms);
		pr_kit_set(socket, ZMQ_HEARTBEAT_TIMEOUT, ms);
		pr_kit_set(socket, ZMQ_RECONNECT_IVL, -1);
	}
	kit_bind(pair.a, pair.endpoint);
	kit_assert_ok(zmq_connect(pair.b, pair.endpoint));
	lives = gets_through(pair.b, pair.a, "first", 5);
	if (lives) {
		wait_ms(5 * ms / 2);
		lives = gets_through(pair.a, pair.b, "second", 6);
	}
	pr_kit_pair_close(&pair);
	return lives;
}

static void test_quiet(void **state)
{
	(void)state;
	patiently(be_quiet, 1000);
}

/* Fills the way to the peer; a number of bodies.  */
static int fill(struct fixture *f, const char *body, size_t size)
{
	int sent = 0;

	pr_kit_set(f->router, ZMQ_ROUTER_MANDATORY, 1);
	while (zmq_send(f->router, "peer", 4, ZMQ_DONTWAIT | ZMQ_SNDMORE) == 4) {
		assert_int_equal(zmq_send(f->router, body, size, ZMQ_DONTWAIT), size);
		sent++;
	}
	return sent;
}

/* A peer that is slow to take what it is sent cannot answer to a PING behind it; libzmq gives it up
 * all the same.  */
static bool take_slowly(int ms)
{
	struct peer_frame frame = {0};
	struct fixture f;
	char body[4096];
	bool lives;
	int sent = 0;

	memset(body, 'b', sizeof(body));
	open_fixture(&f, 50, 0, ms);
	lives = is_alive(&f); /* the ROUTER knows the peer */
	if (lives) {
		sent = fill(&f, body, sizeof(body));
		wait_ms(5 * ms);
	}
	pr_peer_add_command(&f.out, "PONG", "", 0);
	while (lives && sent > 0) {
		lives = pr_peer_recv_frame(&f.peer, &frame);
		if (lives && frame.flags & PEER_COMMAND)
			lives = pr_peer_send_buf(&f.peer, &f.out);
		else
			sent--;
		pr_peer_frame_fini(&frame);
	}
	close_fixture(&f);
	return lives;
}

static void test_slow_peer(void **state)
{
	(void)state;
	if (!pr_kit_is_proctor())
		skip();
	patiently(take_slowly, 200);
}

/* Nor is anybody given up whom we do not hear because the application takes nothing.  libzmq does
 * that.  */
static bool apply_slowly(int ms)
{
	void *ctx = pr_kit_ctx();
	void *a = pr_kit_socket(ctx, ZMQ_PAIR), *b = pr_kit_socket(ctx, ZMQ_PAIR);
	char endpoint[KIT_ENDPOINT_SIZE];
	char body[4096];
	bool lives;
	int sent = 0;

	memset(body, 'b', sizeof(body));
	pr_kit_set(a, ZMQ_HEARTBEAT_IVL, 50);
	pr_kit_set(a, ZMQ_HEARTBEAT_TIMEOUT, ms);
	pr_kit_set(a, ZMQ_RCVHWM, 10);
	pr_kit_set(b, ZMQ_SNDHWM, 10);
	pr_kit_set(b, ZMQ_RECONNECT_IVL, -1);
	pr_kit_set(b, ZMQ_SNDTIMEO, 500);
	kit_bind(a, endpoint);
	kit_assert_ok(zmq_connect(b, endpoint));
	while (zmq_send(b, body, sizeof(body), 0) == 4096)
		sent++;
	assert_int_equal(zmq_errno(), EAGAIN);
	wait_ms(5 * ms);
	for (lives = true; lives && sent > 0; sent--) {
		kit_until(pr_kit_poll(a, ZMQ_POLLIN, 0) ||
		          (lives = pr_kit_poll(a, ZMQ_POLLOUT, 0), !lives));
		if (lives)
			assert_int_equal(zmq_recv(a, body, sizeof(body), 0), 4096);
	}
	pr_kit_close(a);
	pr_kit_close(b);
	pr_kit_term(ctx);
	return lives;
}

static void test_slow_application(void **state)
{
	(void)state;
	if (!pr_kit_is_proctor())
		skip();
	patiently(apply_slowly, 200);
}

/* A PING that waits behind messages nobody takes, until its peer has gone, starts no clock.  */
static void test_ping_of_the_gone(void **state)
{
	struct fixture f;

	(void)state;
	f.ctx = pr_kit_ctx();
	f.router = pr_kit_socket(f.ctx, ZMQ_ROUTER);
	pr_kit_set(f.router, ZMQ_RCVHWM, 2);
	kit_bind(f.router, f.endpoint);
	f.peer = pr_peer_open(f.endpoint, "DEALER", "gone");
	pr_buf_init(&f.out);
	for (int i = 0; i < 20; i++)
		pr_peer_add_text(&f.out, 0, "held");
	send_out(&f);
	pr_peer_wait_read(&f.peer, 500);
	send_ping(&f, 1);
	send_text(&f, "last");
	pr_peer_wait_read(&f.peer, 500);
	pr_peer_close(&f.peer);
	wait_ms(100); /* or the end may come when everything was taken */
	for (int i = 0; i < 20; i++) {
		kit_expect_more(f.router, "gone");
		kit_expect(f.router, "held");
	}
	kit_expect_more(f.router, "gone");
	kit_expect(f.router, "last");
	wait_ms(300);
	f.peer = pr_peer_open(f.endpoint, "DEALER", "other");
	send_text(&f, "here");
	kit_expect_more(f.router, "other");
	kit_expect(f.router, "here");
	close_fixture(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_ping),
	        cmocka_unit_test(test_no_ping),
	        cmocka_unit_test(test_silence),
	        cmocka_unit_test(test_no_timeout),
	        cmocka_unit_test(test_pong),
	        cmocka_unit_test(test_traffic),
	        cmocka_unit_test(test_ttl),
	        cmocka_unit_test(test_ttl_kept),
	        cmocka_unit_test(test_long_ttl),
	        cmocka_unit_test(test_reconnect),
	        cmocka_unit_test(test_quiet),
	        cmocka_unit_test(test_slow_peer),
	        cmocka_unit_test(test_slow_application),
	        cmocka_unit_test(test_ping_of_the_gone),
	};
	return KIT_RUN(tests);
}
