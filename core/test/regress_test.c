/* SPDX-License-Identifier: MIT */
/* core/test/regress_test.c - bugs that were found once and must not come back.
 *
 * Each test is named after what must hold; the comment above it says what went wrong.  A bug that
 * made something hang makes its test hang, and the limit of ctest ends it.  Three of them were
 * races without a visible end; their tests keep the engine busy at the right place for a moment,
 * and the sanitizers judge.  The first group holds for libzmq as well, the second is ours.  */
#include "core/base/rng.h"
#include "core/test/peer.h"
#include "core/test/phases.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdatomic.h>

#define MIB (1024 * 1024)

/* Under a sanitizer freed memory is kept and every byte has a shadow: growth says nothing there. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define GROWTH_IS_JUDGED false
#else
#define GROWTH_IS_JUDGED true
#endif

/* ---- Tools ---- */

/* VmRSS of this process.  */
static int64_t resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long long total, resident;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%lld %lld", &total, &resident), 2);
	fclose(file);
	return resident * sysconf(_SC_PAGESIZE);
}

static void expect_growth_below(int64_t before, int64_t limit)
{
	int64_t growth = resident_bytes() - before;

	if (GROWTH_IS_JUDGED && growth >= limit)
		pr_kit_fail(__FILE__, __LINE__, "memory grew by %lld KiB",
		            (long long)(growth / 1024));
}

/* Waits until the engine has closed its end of the connections that were opened since.  */
static void wait_for_fds(size_t count)
{
	kit_until(pr_kit_open_fds() <= count);
}

/* The next peer of a listener, after the handshake.  */
static struct peer accept_peer(int listener, const char *socket_type)
{
	struct peer peer = pr_peer_accept(listener);
	struct pr_buf out;

	pr_buf_init(&out);
	pr_peer_add_handshake(&out, socket_type, NULL);
	assert_true(pr_peer_send_buf(&peer, &out));
	pr_peer_recv_handshake(&peer);
	pr_buf_fini(&out);
	return peer;
}

static void peer_send_text(struct peer *peer, unsigned flags, const char *text)
{
	struct pr_buf out;

	pr_buf_init(&out);
	pr_peer_add_text(&out, flags, text);
	assert_true(pr_peer_send_buf(peer, &out));
	pr_buf_fini(&out);
}

/* About bytes bytes of a command that nobody knows.  */
static void add_commands(struct pr_buf *out, size_t bytes)
{
	char data[250] = {0};

	while (out->size < bytes)
		pr_peer_add_command(out, "FOO", data, sizeof(data));
}

/* ---- Closing ---- */

static void queue_blocks(void *router, const char *id, size_t size, int count)
{
	void *block = pr_alloc(size);

	memset(block, 0, size);
	for (int i = 0; i < count; i++) {
		kit_send_more(router, id);
		assert_int_equal(zmq_send(router, block, size, 0), size);
	}
	free(block);
}

/* The linger timer of a pipe was started although its connection was gone and the pipe was freed
 * right after: a use after free when the timer ran.  */
static void test_lingering_ends_with_an_accepted_connection(void **state)
{
	void *ctx = pr_kit_ctx();
	void *router = pr_kit_socket(ctx, ZMQ_ROUTER);
	char endpoint[KIT_ENDPOINT_SIZE];
	struct peer peer;
	size_t fds;

	(void)state;
	pr_kit_set(router, ZMQ_LINGER, 500);
	pr_kit_set(router, ZMQ_SNDHWM, 0);
	pr_kit_set(router, ZMQ_SNDBUF, 16384);
	kit_bind(router, endpoint);
	assert_false(pr_kit_poll(router, ZMQ_POLLIN, 0));
	fds = pr_kit_open_fds();
	peer = pr_peer_open(endpoint, "DEALER", "me");
	peer_send_text(&peer, 0, "never read");
	assert_true(pr_kit_poll(router, ZMQ_POLLIN, KIT_DEADLINE_MS));
	queue_blocks(router, "me", MIB, 16);
	pr_peer_reset(&peer);
	wait_for_fds(fds);
	pr_kit_close(router);
	pr_kit_term(ctx);
}

/* The answer of a name look-up that came after zmq_close was dropped, and the messages that
 * lingered for it waited for ever.  */
static void test_messages_linger_for_a_name(void **state)
{
	void *ctx = pr_kit_ctx();
	void *server = pr_kit_socket(ctx, ZMQ_DEALER);
	char endpoint[KIT_ENDPOINT_SIZE], name[KIT_ENDPOINT_SIZE];

	(void)state;
	pr_kit_meet_at("127.0.0.1");
	kit_bind(server, endpoint);
	pr_kit_meet_at(NULL);
	snprintf(name, sizeof(name), "tcp://localhost:%d", pr_kit_port(endpoint));
	for (int i = 0; i < 20; i++) {
		void *client = pr_kit_socket(ctx, ZMQ_DEALER);

		pr_kit_set(client, ZMQ_LINGER, -1);
		kit_assert_ok(zmq_connect(client, name));
		kit_send(client, "hi");
		pr_kit_close(client);
		kit_expect(server, "hi");
	}
	pr_kit_close(server);
	pr_kit_term(ctx);
}

#define NEWS_PEERS 64

struct news {
	struct peer peers[NEWS_PEERS];
	pthread_t thread;
};

/* The first half of the peers is in traffic already, the second half ends its handshake now; all
 * send a message.  */
static void *make_news(void *arg)
{
	struct news *news = arg;
	struct pr_buf ready;

	pr_buf_init(&ready);
	pr_peer_add_ready(&ready, "DEALER", NULL);
	for (int i = NEWS_PEERS / 2; i < NEWS_PEERS; i++)
		send(news->peers[i].fd, ready.text, ready.size, MSG_NOSIGNAL);
	for (int i = NEWS_PEERS - 1; i >= 0; i--)
		send(news->peers[i].fd, "\0\5hello", 7, MSG_NOSIGNAL);
	pr_buf_fini(&ready);
	return NULL;
}

static struct peer open_half(const char *endpoint)
{
	struct peer peer = pr_peer_connect(endpoint);
	struct pr_buf out;

	pr_buf_init(&out);
	pr_peer_add_greeting(&out, 1);
	assert_true(pr_peer_send_buf(&peer, &out));
	pr_buf_fini(&out);
	return peer;
}

/* What zmq_close did with the news that were left read a pipe's link after the I/O thread was
 * allowed to change it: part of the list was lost, or another list walked twice.  */
static void test_close_while_news_come(void **state)
{
	struct news news;

	(void)state;
	for (int round = 0; round < 40; round++) {
		void *ctx = pr_kit_ctx();
		void *router = pr_kit_socket(ctx, ZMQ_ROUTER);
		char endpoint[KIT_ENDPOINT_SIZE];

		kit_assert_ok(zmq_ctx_set(ctx, ZMQ_IO_THREADS, 2));
		kit_bind(router, endpoint);
		for (int i = 0; i < NEWS_PEERS; i++)
			news.peers[i] = i < NEWS_PEERS / 2 ? pr_peer_open(endpoint, "DEALER", NULL)
			                                   : open_half(endpoint);
		pr_kit_poll(router, ZMQ_POLLIN, 0);
		pr_kit_thread(&news.thread, make_news, &news);
		usleep((useconds_t)(round % 20) * 50);
		pr_kit_close(router);
		pr_kit_join(news.thread);
		for (int i = 0; i < NEWS_PEERS; i++)
			pr_peer_close(&news.peers[i]);
		pr_kit_term(ctx);
	}
}

/* Peers that connect, send a message and vanish, again and again.  They have an address of their
 * own, so that a port that was given back never belongs to somebody else's test.  */
#define CROWD_ADDRESS "127.86.0.1"
#define CROWD_THREADS 3
#define CROWD_BATCH   8

struct crowd {
	atomic_int port; /* 0: rest */
	atomic_bool stop;
	pthread_t threads[CROWD_THREADS];
};

static int crowd_connect(int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, CROWD_ADDRESS, &address.sin_addr);
	if (port != 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

static void *run_crowd(void *arg)
{
	struct crowd *crowd = arg;
	struct pr_buf script;
	struct pr_rng rng;

	pr_rng_init(&rng, (uint64_t)(uintptr_t)pthread_self());
	pr_buf_init(&script);
	pr_peer_add_handshake(&script, "DEALER", NULL);
	pr_peer_add_text(&script, 0, "hello");
	while (!atomic_load(&crowd->stop)) {
		struct peer peers[CROWD_BATCH];

		for (int i = 0; i < CROWD_BATCH; i++) {
			peers[i] = (struct peer){.fd = crowd_connect(atomic_load(&crowd->port))};
			if (peers[i].fd >= 0)
				send(peers[i].fd, script.text, script.size, MSG_NOSIGNAL);
		}
		usleep((useconds_t)pr_rng_below(&rng, 2000));
		for (int i = 0; i < CROWD_BATCH; i++)
			if (peers[i].fd >= 0 && i % 2)
				pr_peer_reset(&peers[i]);
			else if (peers[i].fd >= 0)
				pr_peer_close(&peers[i]);
	}
	pr_buf_fini(&script);
	return NULL;
}

static void crowd_start(struct crowd *crowd)
{
	for (int i = 0; i < CROWD_THREADS; i++)
		pr_kit_thread(&crowd->threads[i], run_crowd, crowd);
}

static void crowd_end(struct crowd *crowd)
{
	atomic_store(&crowd->stop, true);
	for (int i = 0; i < CROWD_THREADS; i++)
		pr_kit_join(crowd->threads[i]);
}

/* Binds a socket where the crowd is, reads a little, and leaves it in the middle of things.  */
static void *open_for_crowd(struct crowd *crowd, void *ctx, int type, struct pr_rng *rng,
                            char endpoint[KIT_ENDPOINT_SIZE])
{
	void *socket = pr_kit_socket(ctx, type);
	size_t size = KIT_ENDPOINT_SIZE;

	pr_kit_set(socket, ZMQ_LINGER, (int)pr_rng_below(rng, 3) * 10);
	pr_kit_set(socket, ZMQ_RCVHWM, (int)pr_rng_below(rng, 3));
	kit_assert_ok(zmq_bind(socket, "tcp://" CROWD_ADDRESS ":*"));
	kit_assert_ok(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, endpoint, &size));
	atomic_store(&crowd->port, pr_kit_port(endpoint));
	pr_kit_poll(socket, ZMQ_POLLIN, 20); /* often none stays long enough to say anything */
	for (uint64_t i = pr_rng_below(rng, 10); i > 0; i--) {
		pr_kit_pause();
		zmq_recv(socket, NULL, 0, ZMQ_DONTWAIT);
	}
	return socket;
}

/* Connections on other I/O threads than their listener's settled the listener from there.  */
static void test_close_with_connections_on_all_threads(void **state)
{
	struct crowd crowd = {0};
	struct pr_rng rng;

	(void)state;
	pr_rng_init(&rng, 6);
	crowd_start(&crowd);
	for (int round = 0; round < 60; round++) {
		void *ctx = pr_kit_ctx();
		char endpoint[KIT_ENDPOINT_SIZE];
		void *socket;

		kit_assert_ok(zmq_ctx_set(ctx, ZMQ_IO_THREADS, 4));
		socket = open_for_crowd(&crowd, ctx, ZMQ_ROUTER, &rng, endpoint);
		if (round % 2)
			kit_assert_ok(zmq_unbind(socket, endpoint));
		pr_kit_close(socket);
		pr_kit_term(ctx);
	}
	crowd_end(&crowd);
}

#define MANY_DEALERS 40

static void *dealer_of_a_moment(void *ctx, const char *endpoint, int linger_ms)
{
	void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);

	pr_kit_set(dealer, ZMQ_LINGER, linger_ms);
	pr_kit_set(dealer, ZMQ_RECONNECT_IVL, 1);
	kit_assert_ok(zmq_connect(dealer, endpoint));
	kit_send(dealer, "x");
	return dealer;
}

static void turn_away(int listener)
{
	struct peer peer;

	while ((peer.fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0)
		pr_peer_reset(&peer);
}

/* libuv ran in the middle of a batch of events: its callback freed an endpoint that had an event
 * of its own later in the batch.  */
static void test_timers_and_look_ups_among_events(void **state)
{
	char number[KIT_ENDPOINT_SIZE], name[KIT_ENDPOINT_SIZE];
	int listener;

	(void)state;
	pr_kit_meet_at("127.0.0.1");
	listener = pr_peer_listen(number);
	pr_kit_meet_at(NULL);
	assert_int_equal(fcntl(listener, F_SETFL, O_NONBLOCK), 0);
	snprintf(name, sizeof(name), "tcp://localhost:%d", pr_kit_port(number));
	for (int round = 0; round < 60; round++) {
		void *ctx = pr_kit_ctx(), *dealers[MANY_DEALERS];

		for (int i = 0; i < MANY_DEALERS; i++)
			dealers[i] =
			        dealer_of_a_moment(ctx, i % 2 ? name : number, 1 + (i + round) % 3);
		for (int i = 0; i < MANY_DEALERS; i++)
			pr_kit_close(dealers[i]);
		turn_away(listener);
		pr_kit_term(ctx);
		turn_away(listener);
	}
	close(listener);
}

/* ---- Peers that want too much ---- */

struct service {
	void *ctx, *router;
	struct peer peer;
	char endpoint[KIT_ENDPOINT_SIZE];
};

/* A ROUTER and one good peer.  */
static void service_open(struct service *service)
{
	service->ctx = pr_kit_ctx();
	service->router = pr_kit_socket(service->ctx, ZMQ_ROUTER);
	kit_bind(service->router, service->endpoint);
	service->peer = pr_peer_open(service->endpoint, "DEALER", "good");
}

static void service_expect_served(struct service *service)
{
	peer_send_text(&service->peer, 0, "question");
	kit_expect_more(service->router, "good");
	kit_expect(service->router, "question");
	kit_send_more(service->router, "good");
	kit_send(service->router, "answer");
	pr_peer_expect(&service->peer, 0, "answer");
}

static void service_close(struct service *service)
{
	pr_peer_close(&service->peer);
	pr_kit_close(service->router);
	pr_kit_term(service->ctx);
}

/* Commands stayed in the input queue until a message came behind them, so a peer that sent nothing
 * else filled the memory.  */
static void test_commands_fill_no_memory(void **state)
{
	struct service service;
	struct peer peer;
	struct pr_buf commands;
	int64_t before;

	(void)state;
	service_open(&service);
	peer = pr_peer_open(service.endpoint, "DEALER", NULL);
	pr_buf_init(&commands);
	add_commands(&commands, MIB);
	assert_true(pr_peer_send_buf(&peer, &commands));
	pr_peer_ping(&peer);
	service_expect_served(&service);
	before = resident_bytes();
	for (int i = 0; i < 48; i++)
		assert_true(pr_peer_send_buf(&peer, &commands));
	pr_peer_ping(&peer);
	expect_growth_below(before, (int64_t)16 * MIB);
	service_expect_served(&service);
	pr_buf_fini(&commands);
	pr_peer_close(&peer);
	service_close(&service);
}

/* Sends until total bytes are sent, the engine closes, or it takes nothing more for a while.  */
static void flood(struct peer *peer, const struct pr_buf *buf, size_t total)
{
	struct pollfd item = {.fd = peer->fd, .events = POLLOUT};

	for (size_t sent = 0; sent < total;) {
		size_t at = sent % buf->size;
		ssize_t n =
		        send(peer->fd, buf->text + at, buf->size - at, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n > 0)
			sent += (size_t)n;
		else if (errno != EAGAIN || poll(&item, 1, 300) == 0)
			return;
	}
}

/* The same with commands that are answered, to a peer that never listens: it is dropped or no
 * longer read.  */
static void test_pings_without_ears_fill_no_memory(void **state)
{
	struct service service;
	struct pr_buf pings;
	struct peer peer;
	int64_t before;

	(void)state;
	service_open(&service);
	service_expect_served(&service);
	peer = pr_peer_open(service.endpoint, "DEALER", NULL);
	pr_buf_init(&pings);
	while (pings.size < MIB)
		pr_peer_add_command(&pings, "PING", "\0\0sixteen bytes...", 18);
	before = resident_bytes();
	flood(&peer, &pings, (size_t)48 * MIB);
	expect_growth_below(before, (int64_t)16 * MIB);
	service_expect_served(&service);
	pr_buf_fini(&pings);
	pr_peer_close(&peer);
	service_expect_served(&service);
	service_close(&service);
}

#define STREAMS 4

struct stream {
	struct peer peer;
	const struct pr_buf *commands;
	atomic_bool *stop;
};

static void *send_stream(void *arg)
{
	struct stream *stream = arg;

	while (!atomic_load(stream->stop) && pr_peer_send_buf(&stream->peer, stream->commands))
		;
	return NULL;
}

/* While a connection had more to read in every turn no timer ran.  */
static void test_handshake_times_out_beside_streams(void **state)
{
	void *ctx = pr_kit_ctx();
	void *router = pr_kit_socket(ctx, ZMQ_ROUTER);
	char patient[KIT_ENDPOINT_SIZE], strict[KIT_ENDPOINT_SIZE];
	struct stream streams[STREAMS];
	pthread_t threads[STREAMS];
	atomic_bool stop = false;
	struct pr_buf commands;
	struct peer idle;

	(void)state;
	kit_bind(router, patient);
	pr_kit_set(router, ZMQ_HANDSHAKE_IVL, 300);
	kit_bind(router, strict);
	pr_buf_init(&commands);
	add_commands(&commands, MIB);
	for (int i = 0; i < STREAMS; i++) {
		streams[i] = (struct stream){.peer = pr_peer_open(patient, "DEALER", NULL),
		                             .commands = &commands,
		                             .stop = &stop};
		pr_kit_thread(&threads[i], send_stream, &streams[i]);
	}
	idle = pr_peer_connect(strict);
	pr_peer_expect_end(&idle);
	atomic_store(&stop, true);
	for (int i = 0; i < STREAMS; i++) {
		pr_kit_join(threads[i]);
		pr_peer_close(&streams[i].peer);
	}
	pr_buf_fini(&commands);
	pr_peer_close(&idle);
	pr_kit_close(router);
	pr_kit_term(ctx);
}

/* ---- Peers that vanish ---- */

static void *read_until_last(void *arg)
{
	struct peer *peer = arg;
	struct peer_frame frame;
	bool is_last = false;

	while (!is_last) {
		if (!pr_peer_recv_frame(peer, &frame))
			pr_kit_fail(__FILE__, __LINE__, "the last message never came");
		is_last = frame.size == 4 && memcmp(frame.body, "last", 4) == 0;
		pr_peer_frame_fini(&frame);
	}
	return NULL;
}

/* Messages until the high-water mark, larger than the socket's buffers.  */
static void fill(void *socket)
{
	void *block = pr_alloc(4 * MIB);
	int count = 0;

	memset(block, 0, 4 * MIB);
	while (zmq_send(socket, block, 4 * MIB, ZMQ_DONTWAIT) >= 0)
		assert_true(++count < 20);
	assert_int_equal(errno, EAGAIN);
	free(block);
}

static void expect_woken(int sndhwm)
{
	void *ctx = pr_kit_ctx();
	void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);
	char endpoint[KIT_ENDPOINT_SIZE];
	static char sink[65536];
	int listener = pr_peer_listen(endpoint);
	struct peer peer;
	pthread_t reader;

	setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &(int){16384}, sizeof(int));
	pr_kit_set(dealer, ZMQ_SNDBUF, 16384);
	pr_kit_set(dealer, ZMQ_SNDHWM, sndhwm);
	kit_assert_ok(zmq_connect(dealer, endpoint));
	fill(dealer);
	peer = accept_peer(listener, "DEALER");
	pr_peer_recv(&peer, sink, sizeof(sink));
	pr_peer_reset(&peer);
	peer = accept_peer(listener, "DEALER");
	pr_kit_thread(&reader, read_until_last, &peer);
	kit_send(dealer, "last");
	pr_kit_join(reader);
	pr_peer_close(&peer);
	close(listener);
	pr_kit_close(dealer);
	pr_kit_term(ctx);
}

/* The rest of the message that a lost peer had in part is skipped; nobody was told that this made
 * room, and a sender at its high-water mark slept for ever.  */
static void test_skipped_message_makes_room(void **state)
{
	(void)state;
	expect_woken(1);
	expect_woken(2);
}

/* A DEALER whose peer vanished in the middle of a message was not writable, although the rest of a
 * message always goes.  */
static void test_rest_of_a_message_can_be_sent(void **state)
{
	void *ctx = pr_kit_ctx();
	void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);
	char endpoint[KIT_ENDPOINT_SIZE];
	struct peer peer;
	size_t fds;

	(void)state;
	kit_bind(dealer, endpoint);
	assert_false(pr_kit_poll(dealer, ZMQ_POLLOUT, 0));
	fds = pr_kit_open_fds();
	peer = pr_peer_open(endpoint, "DEALER", NULL);
	assert_true(pr_kit_poll(dealer, ZMQ_POLLOUT, KIT_DEADLINE_MS));
	kit_send_more(dealer, "a");
	pr_peer_close(&peer);
	wait_for_fds(fds);
	for (int i = 0; i < 10; i++) { /* the news of the end may come a moment later */
		assert_true(pr_kit_poll(dealer, ZMQ_POLLOUT, KIT_DEADLINE_MS));
		pr_kit_pause();
	}
	assert_int_equal(zmq_send(dealer, "b", 1, ZMQ_DONTWAIT), 1);
	pr_kit_close(dealer);
	pr_kit_term(ctx);
}

struct handover {
	void *ctx, *router;
	struct peer old, new;
};

/* The old peer has sent a message of two parts, and perhaps another one; the first part is
 * received, then a peer comes that takes the id and perhaps sends a message, too.  */
static void handover_open(struct handover *handover, const char *more_of_the_old,
                          const char *of_the_new)
{
	char endpoint[KIT_ENDPOINT_SIZE];

	handover->ctx = pr_kit_ctx();
	handover->router = pr_kit_socket(handover->ctx, ZMQ_ROUTER);
	pr_kit_set(handover->router, ZMQ_ROUTER_HANDOVER, 1);
	kit_bind(handover->router, endpoint);
	handover->old = pr_peer_open(endpoint, "DEALER", "same");
	peer_send_text(&handover->old, PEER_MORE, "first");
	peer_send_text(&handover->old, 0, "rest");
	if (more_of_the_old)
		peer_send_text(&handover->old, 0, more_of_the_old);
	pr_peer_ping(&handover->old);
	kit_expect_more(handover->router, "same");
	kit_expect_more(handover->router, "first");
	handover->new = pr_peer_open(endpoint, "DEALER", "same");
	if (of_the_new)
		peer_send_text(&handover->new, 0, of_the_new);
	pr_peer_ping(&handover->new);
}

static void handover_close(struct handover *handover)
{
	pr_peer_close(&handover->old);
	pr_peer_close(&handover->new);
	pr_kit_close(handover->router);
	pr_kit_term(handover->ctx);
}

/* The rest of the message was lost, and the id of the next one came in its place.  */
static void test_handover_lets_a_message_end(void **state)
{
	struct handover handover;

	(void)state;
	handover_open(&handover, NULL, "new");
	kit_expect(handover.router, "rest");
	kit_expect_more(handover.router, "same");
	kit_expect(handover.router, "new");
	handover_close(&handover);
}

/* ---- Connecting again, or not ---- */

static void *dealer_with_lost_peer(void *ctx, int listener, const char *endpoint, int interval)
{
	void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);
	struct peer peer;

	pr_kit_set(dealer, ZMQ_RECONNECT_IVL, interval);
	kit_assert_ok(zmq_connect(dealer, endpoint));
	peer = accept_peer(listener, "DEALER");
	peer_send_text(&peer, 0, "hello");
	kit_expect(dealer, "hello");
	pr_peer_close(&peer);
	return dealer;
}

/* An interval of 0 meant "at once", again and again; it means never, as -1 does.  */
static void test_no_interval_no_reconnect(void **state)
{
	char endpoint[KIT_ENDPOINT_SIZE];
	int listener = pr_peer_listen(endpoint);
	struct peer nobody = {.fd = listener};
	void *ctx = pr_kit_ctx();

	(void)state;
	for (int interval = -1; interval <= 0; interval++) {
		void *dealer = dealer_with_lost_peer(ctx, listener, endpoint, interval);

		assert_false(pr_peer_has_input(&nobody, 200));
		pr_kit_close(dealer);
	}
	close(listener);
	pr_kit_term(ctx);
}

/* The pipe of a connection that is never made again took messages up to the high-water mark.  */
static void test_lost_for_good_takes_no_messages(void **state)
{
	char endpoint[KIT_ENDPOINT_SIZE];
	int listener = pr_peer_listen(endpoint);
	void *ctx = pr_kit_ctx();
	void *dealer = dealer_with_lost_peer(ctx, listener, endpoint, -1);

	(void)state;
	kit_until(!pr_kit_poll(dealer, ZMQ_POLLOUT, 0));
	kit_assert_error(EAGAIN, zmq_send(dealer, "x", 1, ZMQ_DONTWAIT));
	close(listener);
	pr_kit_close(dealer);
	pr_kit_term(ctx);
}

/* zmq_connect of a PAIR that has its peer failed with EBUSY; libzmq ignores it.  */
static void test_pair_ignores_a_second_connect(void **state)
{
	char endpoint[KIT_ENDPOINT_SIZE];
	struct kit_pair pair;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_PAIR, ZMQ_PAIR);
	pr_kit_unused_endpoint(endpoint);
	kit_assert_ok(zmq_connect(pair.b, endpoint));
	kit_send(pair.b, "ping");
	kit_expect(pair.a, "ping");
	kit_send(pair.a, "pong");
	kit_expect(pair.b, "pong");
	pr_kit_pair_close(&pair);
}

/* ---- Ours only ---- */

/* ZMQ_POLLIN was reported for what only the replaced peer had sent, which is never received.  */
static void test_handover_leaves_no_false_input(void **state)
{
	struct handover handover;

	(void)state;
	handover_open(&handover, "never received", NULL);
	kit_expect(handover.router, "rest");
	assert_false(pr_kit_poll(handover.router, ZMQ_POLLIN, 0));
	kit_assert_error(EAGAIN, zmq_recv(handover.router, NULL, 0, ZMQ_DONTWAIT));
	handover_close(&handover);
}

/* With an interval of 0 a closed port was tried without a pause, which took a third of a core.  */
static void test_no_interval_no_work(void **state)
{
	void *ctx = pr_phases_ctx(NULL);
	void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);
	char endpoint[KIT_ENDPOINT_SIZE];

	(void)state;
	if (!pr_phases_have_counters())
		skip();
	pr_kit_set(dealer, ZMQ_RECONNECT_IVL, 0);
	pr_kit_unused_endpoint(endpoint);
	kit_assert_ok(zmq_connect(dealer, endpoint));
	for (int i = 0; i < 200; i++)
		pr_kit_pause();
	assert_true(pr_phases_counter(ctx, "waits") < 100);
	pr_kit_close(dealer);
	pr_kit_term(ctx);
}

/* Uses up the descriptors below a lowered limit; their count goes to *count.  */
static int *use_up_descriptors(struct rlimit *before, size_t *count)
{
	struct rlimit low;
	int *fds;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, before), 0);
	low = *before;
	low.rlim_cur = (rlim_t)pr_kit_open_fds() + 64;
	fds = pr_alloc((size_t)low.rlim_cur * sizeof(*fds));
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	for (*count = 0; (fds[*count] = dup(STDERR_FILENO)) >= 0;)
		++*count;
	assert_int_equal(errno, EMFILE);
	assert_true(*count > 0);
	return fds;
}

static void give_back_descriptors(const struct rlimit *before, int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
	free(fds);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, before), 0);
}

/* A socket whose descriptor could not be made was left out of the wait without a word.  */
static void test_poll_without_descriptors_fails(void **state)
{
	zmq_pollitem_t items[2] = {{.events = ZMQ_POLLIN}, {.events = ZMQ_POLLIN}};
	struct rlimit before;
	struct kit_pair pair;
	size_t count;
	int *fds, result, error;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_PAIR, ZMQ_PAIR);
	kit_send(pair.b, "x");
	kit_expect(pair.a, "x");
	items[0].socket = pair.a;
	items[1].socket = pair.b;
	fds = use_up_descriptors(&before, &count);
	result = zmq_poll(items, 2, 100);
	error = errno;
	give_back_descriptors(&before, fds, count);
	assert_int_equal(result, -1);
	assert_int_equal(error, EMFILE);
	kit_send(pair.b, "y");
	assert_int_equal(zmq_poll(items, 2, KIT_DEADLINE_MS), 1);
	kit_expect(pair.a, "y");
	pr_kit_pair_close(&pair);
}

static void expect_room_after_lowering(int sndhwm)
{
	void *ctx = pr_kit_ctx();
	void *sender = pr_kit_socket(ctx, ZMQ_PAIR), *reader = pr_kit_socket(ctx, ZMQ_PAIR);
	char endpoint[KIT_ENDPOINT_SIZE];

	pr_kit_set(reader, ZMQ_RCVHWM, 0);
	kit_bind(reader, endpoint);
	pr_kit_set(sender, ZMQ_SNDHWM, sndhwm);
	kit_assert_ok(zmq_connect(sender, endpoint));
	for (int i = 0; i < 50; i++)
		kit_send(sender, "x");
	for (int i = 0; i < 50; i++)
		kit_expect(reader, "x");
	pr_kit_set(sender, ZMQ_SNDHWM, 10);
	kit_send(sender, "y");
	kit_expect(reader, "y");
	pr_kit_close(sender);
	pr_kit_close(reader);
	pr_kit_term(ctx);
}

/* A SNDHWM below what had been sent since the last mark left a socket full for ever.  */
static void test_lowered_hwm_leaves_room(void **state)
{
	(void)state;
	expect_room_after_lowering(0);
	expect_room_after_lowering(1000);
}

/* A peer that was refused because its id is taken, sent something and left was kept until
 * zmq_close, since nobody reads it.  */
static void test_refused_peers_leave_nothing(void **state)
{
	void *ctx = pr_kit_ctx();
	void *router = pr_kit_socket(ctx, ZMQ_ROUTER);
	char endpoint[KIT_ENDPOINT_SIZE], body[65536] = {0};
	struct peer first;
	struct pr_buf message;
	int64_t before = 0;
	size_t fds;

	(void)state;
	kit_bind(router, endpoint);
	first = pr_peer_open(endpoint, "DEALER", "same");
	peer_send_text(&first, 0, "hello");
	kit_expect_more(router, "same");
	kit_expect(router, "hello");
	fds = pr_kit_open_fds();
	pr_buf_init(&message);
	pr_peer_add_frame(&message, 0, body, sizeof(body));
	for (int i = 0; i < 420; i++) {
		struct peer peer = pr_peer_open(endpoint, "DEALER", "same");

		if (i == 20)
			before = resident_bytes();
		assert_true(pr_peer_send_buf(&peer, &message));
		assert_true(pr_peer_wait_read(&peer, KIT_DEADLINE_MS));
		pr_peer_close(&peer);
		wait_for_fds(fds);
		kit_assert_error(EAGAIN, zmq_recv(router, NULL, 0, ZMQ_DONTWAIT));
	}
	expect_growth_below(before, (int64_t)12 * MIB);
	pr_buf_fini(&message);
	pr_peer_close(&first);
	pr_kit_close(router);
	pr_kit_term(ctx);
}

/* ZMQ_CONNECT_ROUTING_ID took an id away from the peer that had it, which could not be reached any
 * more.  */
static void test_connect_takes_no_id_away(void **state)
{
	void *ctx = pr_kit_ctx();
	void *router = pr_kit_socket(ctx, ZMQ_ROUTER);
	char endpoints[2][KIT_ENDPOINT_SIZE];
	int listeners[2] = {pr_peer_listen(endpoints[0]), pr_peer_listen(endpoints[1])};
	struct peer peer;

	(void)state;
	kit_assert_ok(zmq_setsockopt(router, ZMQ_CONNECT_ROUTING_ID, "id", 2));
	kit_assert_ok(zmq_connect(router, endpoints[0]));
	kit_assert_ok(zmq_setsockopt(router, ZMQ_CONNECT_ROUTING_ID, "id", 2));
	kit_assert_error(EINVAL, zmq_connect(router, endpoints[1]));
	peer = accept_peer(listeners[0], "DEALER");
	kit_send_more(router, "id");
	kit_send(router, "still here");
	pr_peer_expect(&peer, 0, "still here");
	pr_peer_close(&peer);
	close(listeners[0]);
	close(listeners[1]);
	pr_kit_close(router);
	pr_kit_term(ctx);
}

/* A peer with a routing id of any bytes.  */
static struct peer open_with_id(const char *endpoint, const void *id, size_t size)
{
	struct peer peer = pr_peer_connect(endpoint);
	struct pr_buf out, properties;

	pr_buf_init(&out);
	pr_buf_init(&properties);
	pr_peer_add_property(&properties, "Socket-Type", "DEALER", 6);
	pr_peer_add_property(&properties, "Identity", id, size);
	pr_peer_add_greeting(&out, 1);
	pr_peer_add_command(&out, "READY", properties.text, properties.size);
	assert_true(pr_peer_send_buf(&peer, &out));
	pr_peer_recv_handshake(&peer);
	pr_buf_fini(&properties);
	pr_buf_fini(&out);
	return peer;
}

/* Lets the peer say hello and sends its id back to it as a message.  */
static size_t meet(void *router, struct peer *peer, uint8_t id[256])
{
	struct peer_frame frame;
	size_t size;

	peer_send_text(peer, 0, "hello");
	size = kit_recv_id(router, id);
	kit_expect(router, "hello");
	assert_int_equal(zmq_send(router, id, size, ZMQ_SNDMORE), size);
	assert_int_equal(zmq_send(router, id, size, 0), size);
	assert_true(pr_peer_recv_frame(peer, &frame));
	assert_int_equal(frame.size, size);
	assert_memory_equal(frame.body, id, size);
	pr_peer_frame_fini(&frame);
	return size;
}

/* The id made for a peer without one could be one that another peer had brought along.  */
static void test_made_up_ids_are_unique(void **state)
{
	void *ctx = pr_kit_ctx();
	void *router = pr_kit_socket(ctx, ZMQ_ROUTER);
	char endpoint[KIT_ENDPOINT_SIZE];
	uint8_t first[256], brought[256], next[256];
	struct peer peers[3];
	uint32_t number;
	size_t size;

	(void)state;
	kit_bind(router, endpoint);
	peers[0] = pr_peer_open(endpoint, "DEALER", NULL);
	size = meet(router, &peers[0], first);
	assert_int_equal(size, 5);
	memcpy(&number, first + 1, sizeof(number));
	number = htonl(ntohl(number) + 1);
	memcpy(first + 1, &number, sizeof(number));
	peers[1] = open_with_id(endpoint, first, size);
	assert_int_equal(meet(router, &peers[1], brought), size);
	assert_memory_equal(brought, first, size);
	peers[2] = pr_peer_open(endpoint, "DEALER", NULL);
	assert_int_equal(meet(router, &peers[2], next), size);
	assert_memory_not_equal(next, brought, size);
	assert_int_equal(meet(router, &peers[1], next), size);
	assert_memory_equal(next, brought, size);
	for (int i = 0; i < 3; i++)
		pr_peer_close(&peers[i]);
	pr_kit_close(router);
	pr_kit_term(ctx);
}

/* size-check=walk was accepted with store=ring and did nothing.  */
static void test_walk_of_the_ring_is_counted(void **state)
{
	const char *sizes[] = {"size-check=walk", "size-check=counter"};

	(void)state;
	if (!pr_phases_have_counters())
		skip();
	for (int by_counter = 0; by_counter < 2; by_counter++) {
		char options[128], endpoint[KIT_ENDPOINT_SIZE], body[1000] = {0};
		struct pr_buf message;
		struct peer peer;
		void *ctx, *router;

		snprintf(options, sizeof(options), "on-full=hold,store=ring,cap=1M,at-cap=pause,%s",
		         sizes[by_counter]);
		ctx = pr_phases_ctx(options);
		router = pr_kit_socket(ctx, ZMQ_ROUTER);
		pr_kit_set(router, ZMQ_RCVHWM, 1);
		kit_bind(router, endpoint);
		peer = pr_peer_open(endpoint, "DEALER", NULL);
		pr_buf_init(&message);
		for (int i = 0; i < 100; i++)
			pr_peer_add_frame(&message, 0, body, sizeof(body));
		for (int i = 0; i < 3; i++) {
			assert_true(pr_peer_send_buf(&peer, &message));
			assert_true(pr_peer_wait_read(&peer, KIT_DEADLINE_MS));
		}
		kit_until(pr_phases_counter(ctx, "held_bytes_peak") > 200 * 1000);
		assert_int_equal(pr_phases_counter(ctx, "size_walk_steps") > 0, !by_counter);
		pr_buf_fini(&message);
		pr_peer_close(&peer);
		pr_kit_close(router);
		pr_kit_term(ctx);
	}
}

/* The context that ends while the calling thread makes a descriptor of the engine unreadable.  */
static _Thread_local void *ends_in_read;

/* In read(2)'s place, the engine's calls included.  */
ssize_t read(int fd, void *bytes, size_t size)
{
	static ssize_t (*_Atomic next)(int, void *, size_t);
	void *ctx = ends_in_read;

	if (!atomic_load(&next))
		atomic_store(&next, (ssize_t(*)(int, void *, size_t))dlsym(RTLD_NEXT, "read"));
	if (ctx && size == sizeof(uint64_t)) {
		ends_in_read = NULL;
		zmq_ctx_shutdown(ctx);
	}
	return atomic_load(&next)(fd, bytes, size);
}

/* A context that ended just before the descriptors of its sockets were made unreadable: zmq_poll
 * slept on.  */
static void test_shutdown_in_a_poll_ends_it(void **state)
{
	void *ctx = pr_kit_ctx();
	void *a = pr_kit_socket(ctx, ZMQ_PAIR), *b = pr_kit_socket(ctx, ZMQ_PAIR);
	zmq_pollitem_t items[2] = {{.socket = a, .events = ZMQ_POLLIN},
	                           {.socket = b, .events = ZMQ_POLLIN}};
	int64_t deadline_ms;

	(void)state;
	assert_int_equal(zmq_poll(items, 2, 0), 0);
	/* News that is no message makes a descriptor readable. */
	kit_assert_ok(zmq_bind(a, "inproc://news"));
	kit_assert_ok(zmq_connect(b, "inproc://news"));
	ends_in_read = ctx;
	deadline_ms = pr_kit_now_ms() + KIT_DEADLINE_MS;
	kit_assert_error(ETERM, zmq_poll(items, 2, KIT_DEADLINE_MS));
	assert_true(pr_kit_now_ms() < deadline_ms);
	assert_null(ends_in_read);
	pr_kit_close(a);
	pr_kit_close(b);
	pr_kit_term(ctx);
}

/* A PAIR whose peer left a message behind and went: once that is read the place is free.  (The pipe
 * was only dropped by a receive that found nothing, so a program that polled first refused every
 * other peer.)  */
static void test_pair_place_is_free_after_the_last_message(void **state)
{
	void *ctx = pr_kit_ctx();
	void *a = pr_kit_socket(ctx, ZMQ_PAIR), *b = pr_kit_socket(ctx, ZMQ_PAIR), *next;
	char endpoint[KIT_ENDPOINT_SIZE];

	(void)state;
	kit_bind(a, endpoint);
	kit_assert_ok(zmq_connect(b, endpoint));
	kit_send(b, "hello");
	assert_true(pr_kit_poll(a, ZMQ_POLLIN, KIT_DEADLINE_MS));
	pr_kit_close(b);
	kit_until(!pr_kit_poll(a, ZMQ_POLLOUT, 0));
	kit_expect(a, "hello");
	assert_false(pr_kit_poll(a, ZMQ_POLLIN, 0));
	next = pr_kit_socket(ctx, ZMQ_PAIR);
	pr_kit_set(next, ZMQ_RECONNECT_IVL, 10);
	kit_assert_ok(zmq_connect(next, endpoint));
	kit_until(zmq_send(next, "again", 5, ZMQ_DONTWAIT) == 5 && pr_kit_poll(a, ZMQ_POLLIN, 10));
	kit_expect(a, "again");
	pr_kit_close(next);
	pr_kit_close(a);
	pr_kit_term(ctx);
}

int main(void)
{
	const struct CMUnitTest both[] = {
	        cmocka_unit_test(test_pair_place_is_free_after_the_last_message),
	        cmocka_unit_test(test_lingering_ends_with_an_accepted_connection),
	        cmocka_unit_test(test_messages_linger_for_a_name),
	        cmocka_unit_test(test_close_while_news_come),
	        cmocka_unit_test(test_close_with_connections_on_all_threads),
	        cmocka_unit_test(test_timers_and_look_ups_among_events),
	        cmocka_unit_test(test_commands_fill_no_memory),
	        cmocka_unit_test(test_pings_without_ears_fill_no_memory),
	        cmocka_unit_test(test_handshake_times_out_beside_streams),
	        cmocka_unit_test(test_skipped_message_makes_room),
	        cmocka_unit_test(test_rest_of_a_message_can_be_sent),
	        cmocka_unit_test(test_handover_lets_a_message_end),
	        cmocka_unit_test(test_no_interval_no_reconnect),
	        cmocka_unit_test(test_lost_for_good_takes_no_messages),
	        cmocka_unit_test(test_pair_ignores_a_second_connect),
	};
	const struct CMUnitTest ours[] = {
	        cmocka_unit_test(test_handover_leaves_no_false_input),
	        cmocka_unit_test(test_no_interval_no_work),
	        cmocka_unit_test(test_poll_without_descriptors_fails),
	        cmocka_unit_test(test_lowered_hwm_leaves_room),
	        cmocka_unit_test(test_refused_peers_leave_nothing),
	        cmocka_unit_test(test_connect_takes_no_id_away),
	        cmocka_unit_test(test_made_up_ids_are_unique),
	        cmocka_unit_test(test_walk_of_the_ring_is_counted),
	        cmocka_unit_test(test_shutdown_in_a_poll_ends_it),
	};
	char *core_only[] = {"regress", "core", NULL};
	int failed = KIT_RUN(both);

	if (pr_kit_is_proctor())
		failed += pr_phases_run(2, core_only, ours, KIT_COUNT(ours));
	return failed > 0;
}
