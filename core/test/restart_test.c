/* SPDX-License-Identifier: MIT */
/* core/test/restart_test.c - peers that come late, go and come again: what was queued arrives,
 * once, in order, in whole messages.
 *
 * A message is two parts with the same number; behind the number is a body that tells whether it is
 * intact.  Only what a kernel had already taken for a peer that then died may be missing.  */
#include "core/test/peer.h"

#include <stdatomic.h>
#include <unistd.h>

#define MESSAGES 20000
#define BODY     60
#define RESTARTS 5
#define LAST     (UINT32_MAX - 1) /* the end of an endless stream */

/* On the wire: two frames with short headers.  */
#define WIRE_SIZE (2 * (2 + BODY))

/* ---- Messages ---- */

static void fill_part(char part[BODY], uint32_t number)
{
	memcpy(part, &number, sizeof(number));
	pr_kit_fill(part + sizeof(number), BODY - sizeof(number), number);
}

static uint32_t number_of(const char part[BODY])
{
	uint32_t number;

	memcpy(&number, part, sizeof(number));
	assert_true(pr_kit_filled(part + sizeof(number), BODY - sizeof(number), number));
	return number;
}

static void send_numbers(void *socket, uint32_t from, uint32_t to)
{
	char part[BODY];

	for (uint32_t number = from; number < to; number++) {
		fill_part(part, number);
		assert_int_equal(zmq_send(socket, part, BODY, ZMQ_SNDMORE), BODY);
		assert_int_equal(zmq_send(socket, part, BODY, 0), BODY);
	}
}

/* One whole message.  False: none came in time.  */
static bool take_number(void *socket, uint32_t *number)
{
	char first[BODY], second[BODY];
	int size = zmq_recv(socket, first, BODY, 0);

	if (size == -1)
		return false;
	assert_int_equal(size, BODY);
	assert_true(pr_kit_get(socket, ZMQ_RCVMORE));
	assert_int_equal(zmq_recv(socket, second, BODY, 0), BODY);
	assert_false(pr_kit_get(socket, ZMQ_RCVMORE));
	*number = number_of(first);
	assert_int_equal(number_of(second), *number);
	return true;
}

static void expect_numbers(void *socket, uint32_t from, uint32_t to)
{
	uint32_t seen;

	for (uint32_t number = from; number < to; number++) {
		assert_true(take_number(socket, &seen));
		assert_int_equal(seen, number);
	}
}

static void *open_sender(void *ctx, int type)
{
	void *socket = pr_kit_socket(ctx, type);

	pr_kit_set(socket, ZMQ_SNDHWM, 0);
	pr_kit_set(socket, ZMQ_LINGER, -1);
	pr_kit_set(socket, ZMQ_RECONNECT_IVL, 10);
	return socket;
}

static void *open_receiver(void *ctx, int type)
{
	void *socket = pr_kit_socket(ctx, type);

	pr_kit_set(socket, ZMQ_RCVHWM, 0);
	return socket;
}

/* The name may still be taken by one that is on its way out.  */
static void bind_again(void *socket, const char *endpoint)
{
	kit_until(zmq_bind(socket, endpoint) == 0);
}

/* ---- Late peers ---- */

static void test_queued_before_the_peer_exists(void **state)
{
	void *ctx = pr_kit_ctx(), *peer_ctx = pr_kit_ctx();
	void *sender = open_sender(ctx, ZMQ_PUSH);
	void *receiver = open_receiver(peer_ctx, ZMQ_PULL);
	char endpoint[KIT_ENDPOINT_SIZE];

	(void)state;
	pr_kit_unused_endpoint(endpoint);
	kit_assert_ok(zmq_connect(sender, endpoint));
	send_numbers(sender, 0, MESSAGES);
	bind_again(receiver, endpoint);
	expect_numbers(receiver, 0, MESSAGES);
	pr_kit_close(sender);
	pr_kit_term(ctx);
	pr_kit_close(receiver);
	pr_kit_term(peer_ctx);
}

/* ---- Restarts ---- */

/* One whole message from the wire.  */
static uint32_t read_number(struct peer *peer)
{
	uint32_t numbers[2];

	for (int i = 0; i < 2; i++) {
		struct peer_frame part;

		assert_true(pr_peer_recv_frame(peer, &part));
		assert_int_equal(part.flags, i == 0 ? PEER_MORE : 0);
		assert_int_equal(part.size, BODY);
		numbers[i] = number_of((char *)part.body);
		pr_peer_frame_fini(&part);
	}
	assert_int_equal(numbers[0], numbers[1]);
	return numbers[0];
}

/* The first may be any from `from` to `certain`; all behind it follow.  */
static void read_numbers(struct peer *peer, uint32_t from, uint32_t certain, uint32_t to)
{
	uint32_t first = read_number(peer);

	assert_in_range(first, from, certain);
	for (uint32_t number = first + 1; number < to; number++)
		assert_int_equal(read_number(peer), number);
}

static struct peer accept_pull(int listener)
{
	struct peer peer = pr_peer_accept(listener);
	struct pr_buf out;

	pr_buf_init(&out);
	pr_peer_add_handshake(&out, "PULL", NULL);
	assert_true(pr_peer_send_buf(&peer, &out));
	pr_peer_recv_handshake(&peer);
	pr_buf_fini(&out);
	return peer;
}

/* The peer dies in the middle of messages that its kernel has; they are lost with it, and nothing
 * that is sent when the next one is there.  */
static void test_only_what_the_kernel_had_is_lost(void **state)
{
	void *ctx = pr_kit_ctx();
	void *sender = open_sender(ctx, ZMQ_PUSH);
	char endpoint[KIT_ENDPOINT_SIZE];
	int listener = pr_peer_listen(endpoint);
	uint32_t sent = 0;
	struct peer peer;

	(void)state;
	kit_assert_ok(zmq_connect(sender, endpoint));
	peer = accept_pull(listener);
	for (int i = 0; i < RESTARTS; i++) {
		char half[WIRE_SIZE / 2 + 5];

		/* All of it fits into the kernel's buffers; the peer takes a part of it. */
		send_numbers(sender, sent, sent + 100);
		read_numbers(&peer, sent, sent, sent + 50);
		pr_peer_recv(&peer, half, sizeof(half));
		pr_peer_reset(&peer);
		peer = accept_pull(listener);
		sent += 100;
		send_numbers(sender, sent, sent + MESSAGES / RESTARTS);
		/* What the engine had not sent yet may come first. */
		read_numbers(&peer, sent - 50, sent, sent + MESSAGES / RESTARTS);
		sent += MESSAGES / RESTARTS;
	}
	pr_peer_close(&peer);
	close(listener);
	pr_kit_set(sender, ZMQ_LINGER, 0);
	pr_kit_close(sender);
	pr_kit_term(ctx);
}

struct stream {
	void *socket;
	atomic_bool stop;
	uint32_t count;
};

static void *run_stream(void *arg)
{
	struct stream *stream = arg;

	for (; !atomic_load(&stream->stop); stream->count++)
		send_numbers(stream->socket, stream->count, stream->count + 1);
	send_numbers(stream->socket, LAST, LAST + 1);
	return NULL;
}

/* A connection loses nothing: only its first message may come behind a gap.  */
static void take_next(void *receiver, uint32_t *next, bool is_first)
{
	uint32_t seen;

	assert_true(take_number(receiver, &seen));
	assert_true(is_first || seen == LAST ? seen >= *next : seen == *next);
	*next = seen + 1;
}

/* The receiver ends and begins again while the sender never stops: whole messages in order, none
 * twice, and what is sent to the last one arrives to the end.  */
static void test_restarts_during_a_stream(void **state)
{
	void *ctx = pr_kit_ctx();
	struct stream stream = {.socket = open_sender(ctx, ZMQ_PUSH)};
	char endpoint[KIT_ENDPOINT_SIZE];
	uint32_t next = 0, before = 0;
	pthread_t thread;

	(void)state;
	pr_kit_set(stream.socket, ZMQ_SNDHWM, 1000);
	pr_kit_unused_endpoint(endpoint);
	kit_assert_ok(zmq_connect(stream.socket, endpoint));
	pr_kit_thread(&thread, run_stream, &stream);
	for (int i = 0; i <= RESTARTS; i++) {
		void *peer_ctx = pr_kit_ctx();
		void *receiver = pr_kit_socket(peer_ctx, ZMQ_PULL);

		pr_kit_set(receiver, ZMQ_RCVHWM, 100);
		bind_again(receiver, endpoint);
		for (int k = 0; k < 1000; k++)
			take_next(receiver, &next, k == 0);
		if (i == RESTARTS) {
			atomic_store(&stream.stop, true);
			while (next <= LAST) {
				before = next;
				take_next(receiver, &next, false);
			}
		}
		pr_kit_close(receiver);
		pr_kit_term(peer_ctx);
	}
	pr_kit_join(thread);
	assert_int_equal(before, stream.count);
	pr_kit_close(stream.socket);
	pr_kit_term(ctx);
}

/* ---- Orderly ends ---- */

struct ending {
	void *ctx;
	atomic_bool over;
};

static void *end(void *arg)
{
	struct ending *ending = arg;

	pr_kit_term(ending->ctx);
	atomic_store(&ending->over, true);
	return NULL;
}

/* Everything that is there; behind what was taken before.  */
static bool takes_rest(void *socket, uint32_t *next)
{
	uint32_t seen;

	while (take_number(socket, &seen)) {
		assert_true(seen >= *next);
		*next = seen + 1;
	}
	return true;
}

/* Both close at once, and what one had queued for the other was not read.  The one that had bound
 * cannot get rid of it any more and ends; the one that had connected waits for somebody who takes
 * the rest, when there is one.  */
static void check_both_close(bool bound_side_sends)
{
	struct ending bound = {.ctx = pr_kit_ctx()}, connected = {.ctx = pr_kit_ctx()};
	void *a = open_sender(bound.ctx, ZMQ_PAIR), *b = open_sender(connected.ctx, ZMQ_PAIR);
	char endpoint[KIT_ENDPOINT_SIZE];
	pthread_t threads[2];
	uint32_t next = 1;

	kit_bind(a, endpoint);
	kit_assert_ok(zmq_connect(b, endpoint));
	send_numbers(a, 0, 1);
	send_numbers(b, 0, 1);
	expect_numbers(a, 0, 1);
	expect_numbers(b, 0, 1);
	send_numbers(bound_side_sends ? a : b, 1, MESSAGES);
	pr_kit_close(a);
	pr_kit_close(b);
	pr_kit_thread(&threads[0], end, &bound);
	pr_kit_thread(&threads[1], end, &connected);
	pr_kit_join(threads[0]);
	if (!bound_side_sends) {
		void *ctx = pr_kit_ctx();
		void *heir = open_receiver(ctx, ZMQ_PAIR);

		pr_kit_set(heir, ZMQ_RCVTIMEO, 20);
		bind_again(heir, endpoint);
		kit_until(takes_rest(heir, &next) && atomic_load(&connected.over));
		pr_kit_close(heir);
		pr_kit_term(ctx);
	}
	pr_kit_join(threads[1]);
}

/* libzmq 4.3.4 ends the same way over TCP, but not always: in about 3 of 100 runs on two busy cores
 * zmq_ctx_term of the connected side never returns (LINGER -1, nothing of its own queued, its
 * receive queue full), with no descriptor and no timer left that could end it.  Over ipc it does
 * not connect any more once the socket is closed.  So this is for our engine alone.  */
static void test_both_close_at_once(void **state)
{
	(void)state;
	if (!pr_kit_is_proctor())
		skip();
	check_both_close(true);
	check_both_close(false);
}

#define LARGE ((size_t)16 * 1024 * 1024)

static void *take_large(void *socket)
{
	zmq_msg_t msg;

	for (uint64_t seed = 0; seed < 2; seed++) {
		zmq_msg_init(&msg);
		assert_int_equal(zmq_msg_recv(&msg, socket, 0), LARGE);
		assert_true(pr_kit_filled(zmq_msg_data(&msg), LARGE, seed));
		assert_int_equal(zmq_msg_more(&msg), seed == 0);
		zmq_msg_close(&msg);
	}
	expect_numbers(socket, 0, 100);
	return NULL;
}

/* zmq_ctx_term right behind a large send, from the end that binds and from the other.  */
static void check_term_after_large(bool sender_binds)
{
	void *ctx = pr_kit_ctx(), *peer_ctx = pr_kit_ctx();
	void *sender = open_sender(ctx, ZMQ_PAIR), *receiver = open_receiver(peer_ctx, ZMQ_PAIR);
	char endpoint[KIT_ENDPOINT_SIZE];
	pthread_t thread;
	zmq_msg_t msg;

	kit_bind(sender_binds ? sender : receiver, endpoint);
	kit_assert_ok(zmq_connect(sender_binds ? receiver : sender, endpoint));
	send_numbers(receiver, 0, 1);
	expect_numbers(sender, 0, 1);
	for (uint64_t seed = 0; seed < 2; seed++) {
		assert_int_equal(zmq_msg_init_size(&msg, LARGE), 0);
		pr_kit_fill(zmq_msg_data(&msg), LARGE, seed);
		assert_int_equal(zmq_msg_send(&msg, sender, seed == 0 ? ZMQ_SNDMORE : 0), LARGE);
	}
	send_numbers(sender, 0, 100);
	pr_kit_close(sender);
	pr_kit_thread(&thread, take_large, receiver);
	pr_kit_term(ctx);
	pr_kit_join(thread);
	pr_kit_close(receiver);
	pr_kit_term(peer_ctx);
}

static void test_term_after_a_large_send(void **state)
{
	(void)state;
	check_term_after_large(true);
	check_term_after_large(false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_queued_before_the_peer_exists),
	        cmocka_unit_test(test_only_what_the_kernel_had_is_lost),
	        cmocka_unit_test(test_restarts_during_a_stream),
	        cmocka_unit_test(test_both_close_at_once),
	        cmocka_unit_test(test_term_after_a_large_send),
	};
	return KIT_RUN(tests);
}
