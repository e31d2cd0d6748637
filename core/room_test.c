/* SPDX-License-Identifier: MIT */
/* core/room_test.c - the room for received bytes: never too little for a frame, few and large reads
 * where frames are large, and no memory for what a peer only claims.
 *
 * A stream is made, and handed out in pieces as a kernel would; the test walks the frames as
 * core/walk.h does and compares each with the stream.  */
#include "core/room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/rng.h"
#include "core/frame.h"
#include "core/phase.h"
#include "core/pipe.h"
#include "core/pool.h"

#define READ_SIZE 65536
#define READ_MAX  262144

struct scene {
	struct pr_conn conn;
	struct pr_pipe pipe;
	struct pr_queue queue;
	struct pr_phase phase;
	uint8_t *stream;
	size_t stream_size, at; /* bytes made; bytes received */
	unsigned reads;
	size_t largest_ask, largest_chunk;
};

static void open_scene(struct scene *scene, uint64_t read_size_max)
{
	memset(scene, 0, sizeof(*scene));
	scene->phase = pr_phase_find("core")->phase;
	scene->phase.read_size = READ_SIZE;
	scene->phase.read_size_max = read_size_max;
	pr_queue_init(&scene->queue, 4 * READ_SIZE, 4 * READ_SIZE);
	scene->pipe.stream_in = &scene->queue;
	scene->conn.pipe = &scene->pipe;
	scene->conn.phase = &scene->phase;
	scene->conn.state = PR_CONN_TRAFFIC;
}

static void close_scene(struct scene *scene)
{
	pr_queue_fini(&scene->queue);
	free(scene->stream);
	pr_pool_trim();
}

/* Appends count frames of that body size to the stream.  */
static void make_frames(struct scene *scene, unsigned count, size_t body)
{
	size_t room = scene->stream_size + count * (body + PR_FRAME_HEADER_MAX);

	scene->stream = realloc(scene->stream, room);
	assert_non_null(scene->stream);
	for (unsigned i = 0; i < count; i++) {
		uint8_t *at = scene->stream + scene->stream_size;
		size_t header = pr_frame_encode(at, 0, body);

		for (size_t j = 0; j < body; j++)
			at[header + j] = (uint8_t)(i * 7 + j * 13);
		scene->stream_size += header + body;
	}
}

/* Whole frames lie in one piece and are as they were sent; the application takes them.  */
static void walk(struct scene *scene)
{
	struct pr_reader *read = &scene->conn.read;
	struct pr_frame frame;

	while (read->walked < scene->queue.write) {
		uint8_t *at = pr_queue_at(&scene->queue, read->walked);
		size_t there = scene->queue.write - read->walked;

		if (pr_frame_decode(at, there, &frame) <= 0 ||
		    frame.header_size + frame.size > there)
			break;
		assert_memory_equal(at, scene->stream + read->walked,
		                    frame.header_size + frame.size);
		read->walked += frame.header_size + frame.size;
	}
	pr_queue_publish(&scene->queue, read->walked);
	scene->queue.seen = read->walked;
	pr_queue_consume(&scene->queue, read->walked - scene->queue.head);
}

/* One receive, of at most that many bytes.  */
static void receive(struct scene *scene, size_t available)
{
	size_t size, left = scene->stream_size - scene->at;
	uint8_t *at = pr_room_to_read(&scene->conn, &size);

	assert_non_null(at);
	assert_true(size > 0);
	assert_true(size <= pr_queue_room(&scene->queue));
	if (size > scene->largest_ask)
		scene->largest_ask = size;
	if (scene->queue.write_chunk->capacity > scene->largest_chunk)
		scene->largest_chunk = scene->queue.write_chunk->capacity;
	if (size > available)
		size = available;
	if (size > left)
		size = left;
	memcpy(at, scene->stream + scene->at, size);
	scene->at += size;
	scene->reads++;
	pr_queue_commit(&scene->queue, size);
	walk(scene);
}

static void receive_all(struct scene *scene)
{
	while (scene->at < scene->stream_size)
		receive(scene, SIZE_MAX);
	assert_int_equal(scene->conn.read.walked, scene->stream_size);
}

static void without_a_maximum_each_read_is_read_size(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, PR_OPT_NONE);
	make_frames(&scene, 64, 65536);
	make_frames(&scene, 1000, 64);
	receive_all(&scene);
	assert_int_equal(scene.largest_ask, READ_SIZE);
	assert_int_equal(scene.reads, (scene.stream_size + READ_SIZE - 1) / READ_SIZE);
	close_scene(&scene);
}

static void small_frames_are_read_by_read_size(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, READ_MAX);
	make_frames(&scene, 200000, 64);
	make_frames(&scene, 1000, 20000);
	receive_all(&scene);
	assert_int_equal(scene.largest_ask, READ_SIZE);
	close_scene(&scene);
}

/* Of 64 KiB: three in one read, the fourth of the chunk in the next.  */
static void large_frames_are_read_together(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, READ_MAX);
	make_frames(&scene, 300, 65536);
	receive_all(&scene);
	assert_true(scene.largest_ask <= READ_MAX);
	assert_true(scene.reads <= 155);
	close_scene(&scene);
}

/* Of 1 MiB: five reads, and the next one's room is ready before it comes.  */
static void huge_frames_have_a_chunk_of_their_own(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, READ_MAX);
	make_frames(&scene, 20, 1 << 20);
	receive_all(&scene);
	assert_true(scene.largest_ask <= READ_MAX);
	assert_true(scene.reads <= 20 * 5 + 3);
	assert_true(scene.queue.allocations <= 4);
	close_scene(&scene);
}

/* When small ones come after large ones, reads are small again.  */
static void what_is_expected_is_forgotten(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, READ_MAX);
	make_frames(&scene, 10, 100000);
	receive_all(&scene);
	make_frames(&scene, 3, 64);
	receive_all(&scene);
	receive_all(&scene);
	make_frames(&scene, 1, 64);
	scene.largest_ask = 0;
	receive_all(&scene);
	make_frames(&scene, 5000, 64);
	receive_all(&scene);
	assert_int_equal(scene.largest_ask, READ_SIZE);
	close_scene(&scene);
}

/* The header promises 1 TiB: there is room for about twice what came, or a megabyte.  */
static void a_claim_costs_little(void **state)
{
	static const size_t parts[] = {9, 1, 1000, 100000, 5000000, 3000000};
	const size_t claimed = (size_t)1 << 40;
	struct scene scene;
	size_t came = 0;

	(void)state;
	open_scene(&scene, READ_MAX);
	make_frames(&scene, 1, 16 << 20);
	scene.stream_size = pr_frame_encode(scene.stream, 0, claimed);
	scene.stream_size += 15 << 20;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		for (came += parts[i]; scene.at < came;)
			receive(&scene, came - scene.at);
		assert_true(scene.largest_chunk <= 4 * came + (4u << 20));
	}
	assert_int_equal(scene.conn.read.walked, 0);
	assert_memory_equal(pr_queue_at(&scene.queue, 0), scene.stream, came);
	close_scene(&scene);
}

/* Sizes around every threshold, in pieces of any length, with options that hardly fit.  */
static void any_mixture_arrives_as_it_was_sent(void **state)
{
	static const size_t bodies[] = {0,      1,      255,     256,    32758,  32759,
	                                32760,  65527,  65536,   70000,  262135, 262136,
	                                524288, 700000, 1048576, 5000000};
	static const uint64_t read_sizes[] = {64, 1000, 8192, READ_SIZE, 300000};
	struct pr_rng rng;

	(void)state;
	pr_rng_init(&rng, 1);
	for (unsigned round = 0; round < 40; round++) {
		struct scene scene;

		open_scene(&scene, round % 3 == 0 ? 70000 : READ_MAX);
		scene.phase.read_size = read_sizes[round % 5];
		for (unsigned i = 0; i < 12; i++)
			make_frames(&scene, 1 + (unsigned)pr_rng_below(&rng, 4),
			            bodies[pr_rng_below(&rng, 16)]);
		while (scene.at < scene.stream_size)
			receive(&scene, pr_rng_below(&rng, 4) == 0
			                        ? 1 + pr_rng_below(&rng, 300)
			                        : 1 + pr_rng_below(&rng, 400000));
		assert_int_equal(scene.conn.read.walked, scene.stream_size);
		close_scene(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(without_a_maximum_each_read_is_read_size),
	        cmocka_unit_test(small_frames_are_read_by_read_size),
	        cmocka_unit_test(large_frames_are_read_together),
	        cmocka_unit_test(huge_frames_have_a_chunk_of_their_own),
	        cmocka_unit_test(what_is_expected_is_forgotten),
	        cmocka_unit_test(a_claim_costs_little),
	        cmocka_unit_test(any_mixture_arrives_as_it_was_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
