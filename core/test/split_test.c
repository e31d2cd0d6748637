/* SPDX-License-Identifier: MIT */
/* core/test/split_test.c - conformance: a byte stream means the same however it is cut.
 *
 * A stream is recorded from a real socket, greeting included, and replayed to a ROUTER: cut in two
 * at every place; in pieces of every size; to an application that takes messages at once, and to
 * one that lets them pile up behind a high-water mark first.  The decoded messages must be the same
 * each time.  Read sizes down to 64 bytes bring the borders of buffers to every place in a frame.
 */
#include "core/test/peer.h"
#include "core/test/phases.h"

#include <stdio.h>
#include <unistd.h>

/* The parts of the recorded messages: their sizes; negative: the last part of its message (size -n
 * - 1).  */
static const int parts[] = {-1, -2, 1,  0,   -4, -256, -257, -258, 100, -1,
                            0,  0,  -1, 300, 40, -8,   -65,  -33,  0,   -129};

static struct pr_buf stream;

static size_t part_size(size_t i)
{
	return (size_t)(parts[i] < 0 ? -parts[i] - 1 : parts[i]);
}

/* Sends the messages through a socket of the engine under test to a peer that writes the bytes
 * down.  */
static void record_stream(void)
{
	void *ctx = pr_kit_ctx();
	void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);
	char endpoint[KIT_ENDPOINT_SIZE];
	int listener = pr_peer_listen(endpoint);
	struct peer peer;
	char body[1024];

	pr_kit_set(dealer, ZMQ_LINGER, -1);
	kit_assert_ok(zmq_connect(dealer, endpoint));
	for (size_t i = 0; i < KIT_COUNT(parts); i++) {
		pr_kit_fill(body, part_size(i), i);
		assert_int_equal(
		        zmq_send(dealer, body, part_size(i), parts[i] < 0 ? 0 : ZMQ_SNDMORE),
		        part_size(i));
	}
	pr_kit_close(dealer);
	peer = pr_peer_accept(listener);
	pr_buf_init(&stream);
	pr_peer_record(&peer, "ROUTER", &stream);
	pr_peer_close(&peer);
	close(listener);
	pr_kit_term(ctx);
}

static void expect_messages(void *router, const char *how, size_t number)
{
	bool inside = false;

	for (size_t i = 0; i < KIT_COUNT(parts); i++) {
		char body[1024];
		int size;

		if (!inside)
			zmq_recv(router, NULL, 0, 0);
		size = zmq_recv(router, body, sizeof(body), 0);
		if (size != (int)part_size(i) || !pr_kit_filled(body, part_size(i), i))
			pr_kit_fail(__FILE__, __LINE__, "%s %zu: part %zu of %zu bytes came as %d",
			            how, number, i, part_size(i), size);
		inside = parts[i] >= 0;
		if (pr_kit_get(router, ZMQ_RCVMORE) != inside)
			pr_kit_fail(__FILE__, __LINE__, "%s %zu: part %zu, wrong ZMQ_RCVMORE", how,
			            number, i);
	}
}

struct scene {
	void *ctx, *router;
	char endpoint[KIT_ENDPOINT_SIZE];
};

static void open_scene(struct scene *scene, const char *options, int rcvhwm)
{
	scene->ctx = pr_phases_ctx(options);
	scene->router = pr_kit_socket(scene->ctx, ZMQ_ROUTER);
	pr_kit_set(scene->router, ZMQ_RCVHWM, rcvhwm);
	kit_bind(scene->router, scene->endpoint);
}

static void close_scene(struct scene *scene)
{
	kit_assert_error(EAGAIN, zmq_recv(scene->router, NULL, 0, ZMQ_DONTWAIT));
	pr_kit_close(scene->router);
	pr_kit_term(scene->ctx);
}

/* In two pieces, cut behind byte `at`, the second sent when the first has been read.  */
static void replay_in_two(struct scene *scene, size_t at)
{
	struct peer peer = pr_peer_connect(scene->endpoint);

	assert_true(pr_peer_send(&peer, stream.text, at));
	assert_true(pr_peer_wait_read(&peer, KIT_DEADLINE_MS));
	assert_true(pr_peer_send(&peer, stream.text + at, stream.size - at));
	expect_messages(scene->router, "cut at", at);
	pr_peer_reset(&peer);
}

static void replay_in_chunks(struct scene *scene, size_t chunk)
{
	struct peer peer = pr_peer_connect(scene->endpoint);

	assert_true(pr_peer_send_chunks(&peer, stream.text, stream.size, chunk, KIT_DEADLINE_MS));
	expect_messages(scene->router, "chunks of", chunk);
	pr_peer_reset(&peer);
}

/* An engine that has stopped reading is not waited for a second time.  */
static void replay_to_stalled_reader(struct scene *scene, size_t chunk)
{
	struct peer peer = pr_peer_connect(scene->endpoint);
	const char *at = stream.text;
	size_t left = stream.size;
	bool reads = true;

	while (left > 0) {
		size_t piece = left < chunk ? left : chunk;

		assert_true(pr_peer_send(&peer, at, piece));
		at += piece;
		left -= piece;
		reads = reads && pr_peer_wait_read(&peer, 5);
	}
	expect_messages(scene->router, "held back, chunks of", chunk);
	pr_peer_reset(&peer);
}

static void every_cut(const char *options)
{
	struct scene scene;

	open_scene(&scene, options, 0);
	for (size_t at = 1; at < stream.size; at++)
		replay_in_two(&scene, at);
	close_scene(&scene);
}

static void every_chunk_size(const char *options)
{
	struct scene scene;

	open_scene(&scene, options, 0);
	for (size_t chunk = 1; chunk <= stream.size; chunk++)
		replay_in_chunks(&scene, chunk);
	close_scene(&scene);
}

/* Small ones, those around the read sizes, and large ones.  */
static const size_t some_chunk_sizes[] = {1,  2,  3,   5,   8,   13,  21,  34,  55,  63,  64,  65,
                                          66, 99, 100, 101, 128, 144, 233, 377, 610, 987, 1597};

static void some_chunks(const char *options)
{
	struct scene scene;

	open_scene(&scene, options, 0);
	for (size_t i = 0; i < KIT_COUNT(some_chunk_sizes); i++)
		replay_in_chunks(&scene, some_chunk_sizes[i]);
	close_scene(&scene);
}

static void test_every_cut(void **state)
{
	(void)state;
	every_cut(NULL);
}

static void test_every_cut_small_reads(void **state)
{
	(void)state;
	every_cut("read-size=64");
}

static void test_every_chunk_size(void **state)
{
	(void)state;
	every_chunk_size(NULL);
}

static void test_chunks_and_small_reads(void **state)
{
	const char *const sizes[] = {"read-size=64", "read-size=65", "read-size=100"};

	(void)state;
	for (size_t i = 0; i < KIT_COUNT(sizes); i++)
		some_chunks(sizes[i]);
}

static void test_every_drain(void **state)
{
	const char *const drains[] = {
	        "reader=recv,read-size=64,drain=once", "read-size=64,drain=short",
	        "reader=recv,read-size=64,drain=eagain", "reader=recv,read-size=64,drain=200"};

	(void)state;
	for (size_t i = 0; i < KIT_COUNT(drains); i++)
		some_chunks(drains[i]);
}

static void held_back(const char *options)
{
	struct scene scene;

	for (int rcvhwm = 1; rcvhwm <= 4; rcvhwm++) {
		open_scene(&scene, options, rcvhwm);
		for (size_t i = 0; i < KIT_COUNT(some_chunk_sizes); i++)
			replay_to_stalled_reader(&scene, some_chunk_sizes[i]);
		close_scene(&scene);
	}
}

static void test_held_back(void **state)
{
	(void)state;
	held_back(NULL);
	held_back("read-size=64");
	held_back("read-size=100");
}

/* A cap that is reached again and again; a phase that disconnects there would.  */
static void test_held_back_at_the_cap(void **state)
{
	(void)state;
	if (pr_phases_current->phase.on_full == PR_ON_FULL_HOLD &&
	    pr_phases_current->phase.at_cap == PR_AT_CAP_DISCONNECT)
		skip();
	if (pr_phases_current->phase.on_full == PR_ON_FULL_STOP)
		skip();
	held_back("read-size=64,cap=64");
	held_back("read-size=64,cap=200");
	held_back("cap=1");
}

/* Each option of holding back with each other, whatever the preset.  */
static void test_held_back_otherwise(void **state)
{
	const char *const options[] = {
	        "on-full=hold,store=deque,cap=none,read-size=64",
	        "on-full=hold,store=ring,cap=none,read-size=64",
	        "on-full=hold,store=deque,size-check=walk,cap=300,at-cap=pause,read-size=64",
	        "on-full=hold,store=ring,size-check=counter,cap=300,at-cap=pause,read-size=64",
	        "on-full=hold,store=deque,cap=300,cap-partial=yes,at-cap=pause",
	        "on-full=stop,store=none,cap=none,read-size=64",
	};

	(void)state;
	for (size_t i = 0; i < KIT_COUNT(options); i++)
		held_back(options[i]);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_every_cut),
	        cmocka_unit_test(test_every_cut_small_reads),
	        cmocka_unit_test(test_every_chunk_size),
	        cmocka_unit_test(test_chunks_and_small_reads),
	        cmocka_unit_test(test_every_drain),
	        cmocka_unit_test(test_held_back),
	        cmocka_unit_test(test_held_back_at_the_cap),
	        cmocka_unit_test(test_held_back_otherwise),
	};
	int result;

	record_stream();
	result = pr_phases_run(argc, argv, tests, KIT_COUNT(tests));
	pr_buf_fini(&stream);
	return result;
}
