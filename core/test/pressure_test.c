/* SPDX-License-Identifier: MIT */
/* core/test/pressure_test.c - conformance: finite high-water marks and a reader that stalls.
 *
 * Every message carries its number and a body that depends on it.  A phase may hold bytes, pause,
 * or disconnect at its cap; it may never change, repeat or reorder a message, and it may lose some
 * only by a disconnect at the cap that its own counters admit.  The counters' laws hold after each
 * test.  */
#include "core/base/buf.h"
#include "core/test/phases.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#define KIB 1024u
#define MIB (1024u * KIB)

/* A stream of numbered messages and the thread that sends it.  */
struct stream {
	void *socket;
	uint32_t count;
	size_t size; /* of each body, at most; number k has size - k % 7 */
	bool close;  /* when everything is sent */
	atomic_uint sent;
	atomic_bool done;
	pthread_t thread;
};

static size_t body_size(const struct stream *stream, uint32_t number)
{
	return stream->size - number % 7;
}

static void send_number(struct stream *stream, uint32_t number, void *body)
{
	size_t size = body_size(stream, number);

	pr_kit_fill(body, size, number);
	kit_assert_ok(zmq_send(stream->socket, &number, sizeof(number), ZMQ_SNDMORE));
	kit_assert_ok(zmq_send(stream->socket, body, size, 0));
}

static void *send_stream(void *arg)
{
	struct stream *stream = arg;
	void *body = pr_alloc(stream->size);

	for (uint32_t number = 0; number < stream->count; number++) {
		send_number(stream, number, body);
		atomic_store(&stream->sent, number + 1);
	}
	free(body);
	if (stream->close)
		pr_kit_close(stream->socket);
	atomic_store(&stream->done, true);
	return NULL;
}

/* The number of the next message, whose body is right.  */
static uint32_t recv_number(void *socket, const struct stream *stream)
{
	uint32_t number = UINT32_MAX;
	zmq_msg_t body;

	if (zmq_recv(socket, &number, sizeof(number), 0) != sizeof(number))
		pr_kit_fail(__FILE__, __LINE__, "expected a number: %s", zmq_strerror(errno));
	assert_true(pr_kit_get(socket, ZMQ_RCVMORE));
	kit_assert_ok(zmq_msg_init(&body));
	kit_assert_ok(zmq_msg_recv(&body, socket, 0));
	if (zmq_msg_size(&body) != body_size(stream, number) ||
	    !pr_kit_filled(zmq_msg_data(&body), zmq_msg_size(&body), number))
		pr_kit_fail(__FILE__, __LINE__, "message %u is damaged (%zu bytes)", number,
		            zmq_msg_size(&body));
	assert_false(zmq_msg_more(&body));
	kit_assert_ok(zmq_msg_close(&body));
	return number;
}

static void expect_numbers(void *socket, const struct stream *stream, uint32_t first, uint32_t end)
{
	for (uint32_t number = first; number < end; number++) {
		uint32_t seen = recv_number(socket, stream);

		if (seen != number)
			pr_kit_fail(__FILE__, __LINE__, "expected message %u, received %u", number,
			            seen);
	}
}

/* A reader that is bound and a sender that connects to it.  */
struct scene {
	void *ctx, *reader, *sender;
	char endpoint[KIT_ENDPOINT_SIZE];
};

static void open_scene_of(struct scene *scene, int reader, const char *options, int hwm)
{
	scene->ctx = pr_phases_ctx(options);
	scene->reader = pr_kit_socket(scene->ctx, reader);
	scene->sender = pr_kit_socket(scene->ctx, ZMQ_DEALER);
	pr_kit_set(scene->reader, ZMQ_RCVHWM, hwm);
	pr_kit_set(scene->sender, ZMQ_SNDHWM, hwm);
	pr_kit_set(scene->sender, ZMQ_LINGER, -1);
	pr_kit_set(scene->sender, ZMQ_RECONNECT_IVL, 10);
	kit_bind(scene->reader, scene->endpoint);
	kit_assert_ok(zmq_connect(scene->sender, scene->endpoint));
}

static void open_scene(struct scene *scene, const char *options, int hwm)
{
	open_scene_of(scene, ZMQ_DEALER, options, hwm);
}

static void close_scene(struct scene *scene, struct stream *stream)
{
	pr_kit_join(stream->thread);
	if (pr_phases_have_counters()) {
		struct phases_snapshot snapshot;

		/* The news that there is room may still be on its way. */
		kit_until((pr_phases_rest(scene->ctx, &snapshot),
		           pr_phases_value(&snapshot, "stopped_now") == 0));
	}
	kit_assert_error(EAGAIN, zmq_recv(scene->reader, NULL, 0, ZMQ_DONTWAIT));
	pr_kit_close(scene->reader);
	if (!stream->close)
		pr_kit_close(scene->sender);
	pr_kit_term(scene->ctx);
}

static void start(struct stream *stream, struct scene *scene)
{
	stream->socket = scene->sender;
	pr_kit_thread(&stream->thread, send_stream, stream);
}

/* Waits until the sender is through, or gets no further.  */
static void wait_for_stall(struct stream *stream)
{
	unsigned sent = atomic_load(&stream->sent), same = 0;

	while (!atomic_load(&stream->done) && same < 50) {
		pr_kit_pause();
		same = atomic_load(&stream->sent) == sent ? same + 1 : 0;
		sent = atomic_load(&stream->sent);
	}
}

static uint64_t counter(const struct scene *scene, const char *name)
{
	return pr_phases_counter(scene->ctx, name);
}

static bool holds(void)
{
	return pr_phases_current->phase.on_full == PR_ON_FULL_HOLD;
}

static bool disconnects(void)
{
	return holds() && pr_phases_current->phase.at_cap == PR_AT_CAP_DISCONNECT;
}

/* 4 MiB, less than any cap: stopped, held or left to TCP, and then all of it is there.  */
static void test_stall_and_drain(void **state)
{
	struct stream stream = {.count = 4096, .size = KIB};
	struct scene scene;

	(void)state;
	open_scene(&scene, NULL, 10);
	start(&stream, &scene);
	if (pr_phases_have_counters())
		kit_until(counter(&scene, "stops") > 0);
	wait_for_stall(&stream);
	if (pr_phases_have_counters() && holds()) {
		kit_until(counter(&scene, "held_bytes_peak") > 3 * MIB);
		assert_int_equal(counter(&scene, "pauses"), 0);
	}
	if (pr_phases_have_counters() && !holds()) {
		kit_until(counter(&scene, "pauses") > 0 && counter(&scene, "held_bytes_peak") > 0);
		assert_in_range(counter(&scene, "held_bytes_peak"), 1, 64 * KIB);
	}
	expect_numbers(scene.reader, &stream, 0, stream.count);
	if (pr_phases_have_counters())
		assert_int_equal(counter(&scene, "cap_disconnects"), 0);
	close_scene(&scene, &stream);
}

/* A reader that stops and goes, for ever smaller marks and reads.  */
static void test_stop_and_go(void **state)
{
	const struct {
		const char *options;
		int hwm;
	} rows[] = {{NULL, 1},
	            {NULL, 2},
	            {NULL, 3},
	            {NULL, 17},
	            {"read-size=64", 1},
	            {"read-size=64", 5},
	            {"read-size=1000", 2},
	            {"reader=recv,drain=eagain", 2},
	            {"cork=64", 3},
	            {"reader=recv,drain=1000,read-size=100", 2}};

	(void)state;
	for (size_t i = 0; i < KIT_COUNT(rows); i++) {
		struct stream stream = {.count = 1500, .size = 300};
		struct scene scene;

		open_scene(&scene, rows[i].options, rows[i].hwm);
		start(&stream, &scene);
		for (uint32_t at = 0, step = 1; at < stream.count;
		     at += step, step = step % 37 + 1) {
			if (step > stream.count - at)
				step = stream.count - at;
			expect_numbers(scene.reader, &stream, at, at + step);
			for (uint32_t yields = 0; yields < step; yields++)
				sched_yield();
		}
		close_scene(&scene, &stream);
	}
}

/* Below a cap of 10 MiB every phase keeps everything; the sender is done long before the reader. */
static void test_below_the_cap(void **state)
{
	struct stream stream = {.count = 1000, .size = 8 * KIB};
	struct scene scene;

	(void)state;
	open_scene(&scene, holds() ? "cap=10M" : NULL, 10);
	start(&stream, &scene);
	wait_for_stall(&stream);
	if (holds())
		kit_until(atomic_load(&stream.done));
	expect_numbers(scene.reader, &stream, 0, stream.count);
	if (pr_phases_have_counters())
		assert_int_equal(counter(&scene, "cap_disconnects"), 0);
	close_scene(&scene, &stream);
}

/* What came over the connections of one sender, told apart by their ids.  */
struct seen {
	uint32_t next[64]; /* of each connection: one more than its last message's number */
	uint8_t ids[64][5];
	size_t connections;
	uint32_t taken;
	bool *numbers;
};

static void take_one(void *router, struct stream *stream, struct seen *seen)
{
	uint8_t id[256];
	uint32_t number;
	size_t i = 0;

	assert_int_equal(kit_recv_id(router, id), 5);
	while (i < seen->connections && memcmp(seen->ids[i], id, 5) != 0)
		i++;
	if (i == seen->connections) {
		assert_true(seen->connections++ < KIT_COUNT(seen->ids));
		memcpy(seen->ids[i], id, 5);
	}
	number = recv_number(router, stream);
	assert_true(number >= seen->next[i]);
	seen->next[i] = number + 1;
	assert_false(seen->numbers[number]);
	seen->numbers[number] = true;
	seen->taken++;
}

/* Over the cap a phase that disconnects admits it, loses some messages and goes on with a new
 * connection.  What still comes is right, comes once and, over each connection, in order.  */
static void test_over_the_cap_disconnect(void **state)
{
	struct stream stream = {.count = 3000, .size = 8 * KIB};
	struct scene scene = {.ctx = NULL};
	struct seen seen = {.numbers = calloc(stream.count, sizeof(bool))};

	(void)state;
	if (!disconnects() || !pr_phases_have_counters()) {
		free(seen.numbers);
		skip();
	}
	open_scene_of(&scene, ZMQ_ROUTER, NULL, 10);
	start(&stream, &scene);
	kit_until(counter(&scene, "cap_disconnects") > 0);
	assert_true(counter(&scene, "held_bytes_peak") >= 10 * MIB);
	assert_true(counter(&scene, "held_bytes_peak") <= 10 * MIB + 128 * KIB);
	for (int quiet = 0; quiet < 20;) {
		if (pr_kit_poll(scene.reader, ZMQ_POLLIN, 10)) {
			take_one(scene.reader, &stream, &seen);
			quiet = 0;
		} else if (atomic_load(&stream.done)) {
			quiet++;
		}
	}
	assert_true(seen.taken >= 10);
	assert_true(seen.taken < stream.count);
	close_scene(&scene, &stream);
	free(seen.numbers);
}

/* Over the cap a phase that pauses loses nothing: TCP pushes back.  */
static void test_over_the_cap_pause(void **state)
{
	struct stream stream = {.count = 5000, .size = 8 * KIB};
	struct scene scene;

	(void)state;
	if (disconnects())
		skip();
	open_scene(&scene, holds() ? "cap=256K" : NULL, 10);
	pr_kit_set(scene.reader, ZMQ_RCVBUF, 64 * KIB);
	start(&stream, &scene);
	if (pr_phases_have_counters())
		kit_until(counter(&scene, "pauses") > 0);
	wait_for_stall(&stream);
	assert_false(atomic_load(&stream.done));
	if (pr_phases_have_counters() && holds())
		assert_in_range(counter(&scene, "held_bytes_peak"), 256 * KIB,
		                256 * KIB + 256 * KIB);
	expect_numbers(scene.reader, &stream, 0, stream.count);
	if (pr_phases_have_counters())
		assert_int_equal(counter(&scene, "cap_disconnects"), 0);
	close_scene(&scene, &stream);
}

/* A sender that closes while its messages are held back: they are the reader's all the same.  */
static void test_sender_leaves(void **state)
{
	const uint32_t counts[] = {1, 9, 10, 11, 12, 100, 3000};

	(void)state;
	for (size_t i = 0; i < KIT_COUNT(counts); i++) {
		struct stream stream = {.count = counts[i], .size = KIB, .close = true};
		struct scene scene;

		/* More than the system is sure to hold is sent only where the reader reads on. */
		if (counts[i] > 100 && !holds())
			continue;
		open_scene(&scene, NULL, 10);
		start(&stream, &scene);
		kit_until(atomic_load(&stream.done));
		if (pr_phases_have_counters() && holds())
			kit_until(counter(&scene, "recv_end") > 0);
		expect_numbers(scene.reader, &stream, 0, stream.count);
		close_scene(&scene, &stream);
	}
}

/* Messages that are larger than reads, chunks and buffers, one at a time and under pressure.  */
static void test_large_messages(void **state)
{
	const struct {
		uint32_t count;
		size_t size;
		int hwm;
	} rows[] = {{7, MIB, 1},
	            {9, MIB - 3, 2},
	            {100, 64 * KIB + 3, 2},
	            {60, 128 * KIB, 10},
	            {3, 3 * MIB, 0}};

	(void)state;
	for (size_t i = 0; i < KIT_COUNT(rows); i++) {
		struct stream stream = {.count = rows[i].count, .size = rows[i].size};
		struct scene scene;

		open_scene(&scene, NULL, rows[i].hwm);
		start(&stream, &scene);
		wait_for_stall(&stream);
		expect_numbers(scene.reader, &stream, 0, stream.count);
		close_scene(&scene, &stream);
	}
}

/* Sizes around the borders of reads and chunks, one after the other in one stream, with and without
 * a stall.  */
static void test_borders(void **state)
{
	const size_t centres[] = {64, 255, 8 * KIB, 16 * KIB, 64 * KIB, 128 * KIB, 256 * KIB};

	(void)state;
	for (size_t i = 0; i < KIT_COUNT(centres); i++)
		for (int stall = 0; stall < 2; stall++) {
			struct stream stream = {.count = 35};
			struct scene scene;

			/* The number's frame takes 6 bytes, the body's header up to 9. */
			for (size_t less = 0; less <= 21; less += 7) {
				stream =
				        (struct stream){.count = 35, .size = centres[i] + 3 - less};
				open_scene(&scene, NULL, stall ? 3 : 0);
				start(&stream, &scene);
				if (stall)
					wait_for_stall(&stream);
				expect_numbers(scene.reader, &stream, 0, stream.count);
				close_scene(&scene, &stream);
			}
		}
}

/* One message of 16 MiB, which is larger than the cap: it is not held back, it is not complete yet.
 */
static void test_message_larger_than_the_cap(void **state)
{
	struct stream stream = {.count = 2, .size = 16 * MIB};
	struct scene scene;

	(void)state;
	open_scene(&scene, NULL, 10);
	start(&stream, &scene);
	expect_numbers(scene.reader, &stream, 0, stream.count);
	close_scene(&scene, &stream);
}

#define CONNECTIONS 64
#define EACH        150

static void *send_from_many(void *arg)
{
	void **dealers = arg;
	char body[320];

	for (uint32_t number = 0; number < EACH; number++)
		for (uint32_t i = 0; i < CONNECTIONS; i++) {
			struct stream stream = {.socket = dealers[i], .size = 200 + i};

			send_number(&stream, number, body);
		}
	return NULL;
}

static void check_many(const char *options, int rcvhwm)
{
	void *ctx = pr_phases_ctx(options);
	void *router = pr_kit_socket(ctx, ZMQ_ROUTER), *dealers[CONNECTIONS];
	uint32_t next[CONNECTIONS] = {0};
	char endpoint[KIT_ENDPOINT_SIZE];
	struct phases_snapshot snapshot;
	pthread_t thread;

	pr_kit_set(router, ZMQ_RCVHWM, rcvhwm);
	kit_bind(router, endpoint);
	for (uint8_t i = 0; i < CONNECTIONS; i++) {
		uint8_t id = i + 1;

		dealers[i] = pr_kit_socket(ctx, ZMQ_DEALER);
		kit_assert_ok(zmq_setsockopt(dealers[i], ZMQ_ROUTING_ID, &id, 1));
		kit_assert_ok(zmq_connect(dealers[i], endpoint));
	}
	pr_kit_thread(&thread, send_from_many, dealers);
	if (rcvhwm > 0 && pr_phases_have_counters())
		kit_until(pr_phases_counter(ctx, "stops") >= CONNECTIONS / 2);
	for (int k = 0; k < CONNECTIONS * EACH; k++) {
		struct stream stream = {0};
		uint8_t id = 0;

		assert_int_equal(zmq_recv(router, &id, 1, 0), 1);
		assert_in_range(id, 1, CONNECTIONS);
		stream.size = 200 + (size_t)id - 1;
		assert_int_equal(recv_number(router, &stream), next[id - 1]++);
	}
	pr_kit_join(thread);
	for (uint8_t i = 0; i < CONNECTIONS; i++) {
		uint8_t id = i + 1;

		assert_int_equal(zmq_send(router, &id, 1, ZMQ_SNDMORE), 1);
		assert_int_equal(zmq_send(router, &id, 1, 0), 1);
	}
	for (uint8_t i = 0; i < CONNECTIONS; i++) {
		uint8_t seen = 0;

		assert_int_equal(zmq_recv(dealers[i], &seen, 1, 0), 1);
		assert_int_equal(seen, i + 1);
	}
	if (pr_phases_have_counters()) {
		pr_phases_rest(ctx, &snapshot);
		assert_int_equal(pr_phases_value(&snapshot, "connections"), 2 * CONNECTIONS);
		assert_int_equal(pr_phases_value(&snapshot, "recv_messages"),
		                 CONNECTIONS * EACH + CONNECTIONS);
	}
	for (int i = 0; i < CONNECTIONS; i++)
		pr_kit_close(dealers[i]);
	pr_kit_close(router);
	pr_kit_term(ctx);
}

/* 64 connections into one ROUTER: nothing is lost, and each connection's messages stay in order. */
static void test_64_connections(void **state)
{
	(void)state;
	check_many(NULL, 0);
	check_many(NULL, 10);
	check_many("read-size=64", 1);
}

/* One connection that is not read does not hold up another on the same I/O thread.  */
static void test_stalled_beside_lively(void **state)
{
	struct stream stream = {.count = 2000, .size = KIB};
	struct scene scene;
	void *a, *b;
	char endpoint[KIT_ENDPOINT_SIZE];

	(void)state;
	open_scene(&scene, NULL, 10);
	a = pr_kit_socket(scene.ctx, ZMQ_PAIR);
	b = pr_kit_socket(scene.ctx, ZMQ_PAIR);
	kit_bind(a, endpoint);
	kit_assert_ok(zmq_connect(b, endpoint));
	start(&stream, &scene);
	wait_for_stall(&stream);
	for (int i = 0; i < 500; i++) {
		kit_send(a, "ping");
		kit_expect(b, "ping");
		kit_send(b, "pong");
		kit_expect(a, "pong");
	}
	expect_numbers(scene.reader, &stream, 0, stream.count);
	pr_kit_close(a);
	pr_kit_close(b);
	close_scene(&scene, &stream);
}

PHASES_MAIN(cmocka_unit_test(test_stall_and_drain), cmocka_unit_test(test_stop_and_go),
            cmocka_unit_test(test_below_the_cap), cmocka_unit_test(test_over_the_cap_disconnect),
            cmocka_unit_test(test_over_the_cap_pause), cmocka_unit_test(test_sender_leaves),
            cmocka_unit_test(test_large_messages), cmocka_unit_test(test_borders),
            cmocka_unit_test(test_message_larger_than_the_cap),
            cmocka_unit_test(test_64_connections), cmocka_unit_test(test_stalled_beside_lively))
