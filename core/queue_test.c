/* SPDX-License-Identifier: MIT */
/* core/queue_test.c - the byte queue: order, contiguity, notification, reuse, pinned chunks.  */
#include "core/queue.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/rng.h"
#include "core/fence.h"
#include "core/pool.h"

#define SMALL 64

/* A record is one byte of size and that many bytes of its number: never split by the queue.  */
static void put(struct pr_queue *queue, unsigned number, size_t size)
{
	uint8_t *at = pr_queue_reserve(queue, size + 1, 0);

	assert_non_null(at);
	at[0] = (uint8_t)size;
	memset(at + 1, (int)(number & 0xff), size);
	pr_queue_commit(queue, size + 1);
}

static void take(struct pr_queue *queue, unsigned number, size_t size)
{
	uint8_t *at = NULL;

	assert_true(pr_queue_peek(queue, &at) >= size + 1);
	assert_int_equal(at[0], size);
	for (size_t i = 0; i < size; i++)
		assert_int_equal(at[1 + i], number & 0xff);
	pr_queue_advance(queue, size + 1);
}

static void records_come_out_whole_and_in_order(void **state)
{
	struct pr_queue queue;
	struct pr_rng rng;
	size_t sizes[1000];

	(void)state;
	pr_rng_init(&rng, 1);
	pr_queue_init(&queue, SMALL, 4 * SMALL);
	for (unsigned i = 0; i < 1000; i++) {
		sizes[i] = pr_rng_below(&rng, 200);
		put(&queue, i, sizes[i]);
	}
	uint8_t *at = NULL;

	assert_int_equal(pr_queue_peek(&queue, &at), 0); /* nothing was published */
	pr_queue_publish(&queue, queue.write);
	for (unsigned i = 0; i < 1000; i++)
		take(&queue, i, sizes[i]);
	assert_int_equal(pr_queue_peek(&queue, &at), 0);
	pr_queue_fini(&queue);
}

static void an_unfinished_record_moves_to_the_next_chunk_in_one_piece(void **state)
{
	struct pr_queue queue;

	(void)state;
	pr_queue_init(&queue, SMALL, SMALL);
	put(&queue, 1, 40);
	uint8_t *at = pr_queue_reserve(&queue, 20, 0);

	memcpy(at, "\35half", 5);
	pr_queue_commit(&queue, 5);
	at = pr_queue_reserve(&queue, 60, 5); /* does not fit: the 5 bytes come along */
	assert_memory_equal(at - 5, "\35half", 5);
	memset(at, 'x', 25);
	pr_queue_commit(&queue, 25);
	pr_queue_publish(&queue, queue.write);
	take(&queue, 1, 40);
	assert_int_equal(pr_queue_peek(&queue, &at), 30);
	assert_memory_equal(at, "\35halfxxx", 8);
	pr_queue_fini(&queue);
}

static void only_a_sleeping_consumer_is_notified_and_only_once(void **state)
{
	struct pr_queue queue;

	(void)state;
	pr_queue_init(&queue, SMALL, SMALL);
	put(&queue, 1, 4);
	assert_false(pr_queue_publish(&queue, queue.write)); /* awake from the start */
	assert_false(pr_queue_sleep(&queue));                /* there is something */
	take(&queue, 1, 4);
	assert_true(pr_queue_sleep(&queue));
	put(&queue, 2, 4);
	assert_true(pr_queue_publish(&queue, queue.write));
	put(&queue, 3, 4);
	assert_false(pr_queue_publish(&queue, queue.write));
	pr_queue_fini(&queue);
}

static void single_messages_use_one_place_again(void **state)
{
	struct pr_queue queue;
	uint8_t *first = NULL;

	(void)state;
	pr_queue_init(&queue, 1 << 16, 1 << 16);
	for (unsigned i = 0; i < 1000; i++) {
		uint8_t *at = NULL;

		pr_queue_rewind(&queue);
		put(&queue, i, 100);
		pr_queue_publish(&queue, queue.write);
		assert_true(pr_queue_peek(&queue, &at) > 0);
		if (!first)
			first = at;
		assert_ptr_equal(at, first);
		take(&queue, i, 100);
		assert_true(pr_queue_sleep(&queue));
	}
	assert_int_equal(queue.allocations, 1);
	pr_queue_fini(&queue);
}

static void chunks_are_used_again(void **state)
{
	struct pr_queue queue;

	(void)state;
	pr_queue_init(&queue, 256, 256);
	for (unsigned i = 0; i < 1000; i++) {
		put(&queue, i, 100);
		pr_queue_publish(&queue, queue.write);
		take(&queue, i, 100);
	}
	assert_true(queue.allocations <= 3);
	pr_queue_fini(&queue);
}

static void rolling_back_forgets_what_was_not_published(void **state)
{
	struct pr_queue queue;

	(void)state;
	pr_queue_init(&queue, SMALL, SMALL);
	put(&queue, 1, 10);
	pr_queue_publish(&queue, queue.write);
	uint64_t position = queue.write;
	struct pr_chunk *chunk = queue.write_chunk;

	for (unsigned i = 0; i < 20; i++)
		put(&queue, 99, 30);
	pr_queue_rollback(&queue, position, chunk);
	put(&queue, 2, 60);
	pr_queue_publish(&queue, queue.write);
	take(&queue, 1, 10);
	take(&queue, 2, 60);
	pr_queue_fini(&queue);
}

static void a_pinned_chunk_outlives_the_queue(void **state)
{
	struct pr_queue queue;
	uint8_t *at = NULL;

	(void)state;
	pr_queue_init(&queue, SMALL, SMALL);
	put(&queue, 7, 20);
	pr_queue_publish(&queue, queue.write);
	assert_int_equal(pr_queue_peek(&queue, &at), 21);
	struct pr_chunk *chunk = pr_queue_give(&queue);

	pr_queue_advance(&queue, 21);
	assert_true(pr_queue_sleep(&queue));
	pr_queue_rewind(&queue); /* must not: somebody holds the bytes */
	put(&queue, 8, 50);
	pr_queue_publish(&queue, queue.write);
	take(&queue, 8, 50);
	pr_queue_fini(&queue);
	assert_int_equal(at[1], 7);
	pr_chunk_release(chunk);
}

/* One atomic operation for many messages, also where core/pool.h made the chunk larger.  */
static void pointers_into_one_chunk_are_given_back_together(void **state)
{
	struct pr_queue queue;

	(void)state;
	pr_queue_init(&queue, (size_t)256 << 10, (size_t)256 << 10);
	assert_non_null(pr_queue_reserve(&queue, 1, 0));
	struct pr_chunk *chunk = queue.write_chunk;
	int64_t refs = atomic_load(&chunk->refs);

	pr_chunk_trim();
	atomic_fetch_add(&chunk->refs, 3);
	for (int i = 0; i < 3; i++)
		pr_chunk_return(chunk);
	if (PR_POOL_BYTES > 0)
		assert_int_equal(atomic_load(&chunk->refs), refs + 3);
	pr_chunk_trim();
	assert_int_equal(atomic_load(&chunk->refs), refs);
	pr_queue_fini(&queue);
}

static void gathering_covers_chunks_and_stops_at_the_limit(void **state)
{
	struct pr_queue queue;

	(void)state;
	pr_queue_init(&queue, SMALL, SMALL);
	for (unsigned i = 0; i < 10; i++)
		put(&queue, i, 49);
	pr_queue_publish(&queue, queue.write);
	struct iovec iov[16];
	int count = 16;

	assert_int_equal(pr_queue_gather(&queue, 120, iov, &count), 120);
	assert_int_equal(count, 3);
	assert_int_equal(iov[2].iov_len, 20);
	pr_queue_consume(&queue, 120);
	count = 16;
	assert_int_equal(pr_queue_gather(&queue, 1 << 20, iov, &count), 380);
	assert_int_equal(iov[0].iov_len, 30);
	count = 2;
	assert_int_equal(pr_queue_gather(&queue, 1 << 20, iov, &count), 80);
	pr_queue_consume(&queue, 380);
	count = 16;
	assert_int_equal(pr_queue_gather(&queue, 1 << 20, iov, &count), 0);
	pr_queue_fini(&queue);
}

/* ---- By reference ---- */

struct body {
	uint8_t bytes[300];
	unsigned refs;
};

static void unref_body(void *object)
{
	((struct body *)object)->refs--;
}

static const struct pr_owner_ops body_ops = {NULL, unref_body, 0};

static void append(struct pr_queue *queue, struct body *body, unsigned number)
{
	memset(body->bytes, (int)number, sizeof(body->bytes));
	body->refs++;
	assert_true(pr_queue_append(queue, 0, body->bytes, sizeof(body->bytes),
	                            (struct pr_owner){body, &body_ops}));
}

#define FRAME_BYTES (9 + sizeof(((struct body *)0)->bytes))

/* A reader of frames.  */
static void take_frame(struct pr_queue *queue, struct body *body, unsigned number)
{
	uint8_t *at = NULL;
	struct pr_frame frame;

	assert_int_equal(pr_queue_peek(queue, &at), FRAME_BYTES);
	pr_frame_get(at, &frame);
	assert_int_equal(frame.size, sizeof(body->bytes));
	assert_true(queue->read_chunk->is_by_reference);
	assert_ptr_equal(queue->read_chunk->body, body->bytes);
	assert_int_equal(queue->read_chunk->body[299], number);
	pr_queue_advance(queue, FRAME_BYTES);
}

static void a_body_by_reference_is_given_back_when_it_was_read(void **state)
{
	struct body first = {.refs = 0}, second = {.refs = 0};
	struct pr_queue queue;

	(void)state;
	pr_queue_init(&queue, SMALL, SMALL);
	put(&queue, 1, 10);
	append(&queue, &first, 2);
	append(&queue, &second, 3);
	put(&queue, 4, 10);
	pr_queue_publish(&queue, queue.write);
	take(&queue, 1, 10);
	take_frame(&queue, &first, 2);
	assert_int_equal(first.refs, 1);
	pr_queue_disown(&queue);
	assert_int_equal(first.refs, 0);
	take_frame(&queue, &second, 3);
	assert_int_equal(second.refs, 1);
	take(&queue, 4, 10); /* or at the latest now */
	assert_int_equal(second.refs, 0);
	pr_queue_fini(&queue);
}

/* Nothing can be written behind it in its own chunk, even when everything was read.  */
static void a_reference_is_never_rewound(void **state)
{
	struct body body = {.refs = 0};
	struct pr_queue queue;

	(void)state;
	pr_queue_init(&queue, SMALL, SMALL);
	for (unsigned i = 0; i < 100; i++) {
		pr_queue_rewind(&queue);
		append(&queue, &body, i);
		pr_queue_publish(&queue, queue.write);
		take_frame(&queue, &body, i);
		pr_queue_disown(&queue);
		assert_int_equal(body.refs, 0);
		assert_true(pr_queue_sleep(&queue));
		if (i % 3)
			continue;
		pr_queue_rewind(&queue);
		put(&queue, i, 20);
		pr_queue_publish(&queue, queue.write);
		take(&queue, i, 20);
		assert_true(pr_queue_sleep(&queue));
	}
	assert_true(queue.allocations <= 3);
	pr_queue_fini(&queue);
}

/* Whatever the pieces are in which it is sent, all bytes come once and in order.  */
static void sending_a_reference_in_pieces(void **state)
{
	(void)state;
	for (size_t piece = 1; piece < 700; piece += piece < 20 ? 1 : 37) {
		struct body bodies[3] = {{.refs = 0}};
		uint8_t sent[3 * (FRAME_BYTES + 21)];
		struct pr_queue queue;
		size_t total = 0;

		pr_queue_init(&queue, SMALL, SMALL);
		for (unsigned i = 0; i < 3; i++) {
			append(&queue, &bodies[i], i);
			put(&queue, i, 20);
		}
		pr_queue_publish(&queue, queue.write);
		for (;;) {
			struct iovec iov[4];
			int count = 4;
			size_t size = pr_queue_gather(&queue, piece, iov, &count);

			if (size == 0)
				break;
			for (int i = 0; i < count; i++) {
				memcpy(sent + total, iov[i].iov_base, iov[i].iov_len);
				total += iov[i].iov_len;
			}
			pr_queue_consume(&queue, size);
			for (unsigned i = 0; i < 3; i++)
				assert_int_equal(bodies[i].refs,
				                 total < i * (FRAME_BYTES + 21) + FRAME_BYTES);
		}
		assert_int_equal(total, sizeof(sent));
		for (unsigned i = 0; i < 3; i++) {
			const uint8_t *at = sent + i * (FRAME_BYTES + 21);

			assert_memory_equal(at + 9, bodies[i].bytes, sizeof(bodies[i].bytes));
			assert_int_equal(at[FRAME_BYTES], 20);
			assert_int_equal(at[FRAME_BYTES + 20], i);
		}
		pr_queue_fini(&queue);
	}
}

static void what_is_not_read_is_given_back(void **state)
{
	struct body published = {.refs = 0}, rolled_back = {.refs = 0};
	struct pr_queue queue;

	(void)state;
	pr_queue_init(&queue, SMALL, SMALL);
	append(&queue, &published, 1);
	pr_queue_publish(&queue, queue.write);
	uint64_t position = queue.write;
	struct pr_chunk *chunk = queue.write_chunk;

	append(&queue, &rolled_back, 2);
	put(&queue, 3, 50);
	append(&queue, &rolled_back, 4);
	assert_int_equal(rolled_back.refs, 2);
	pr_queue_rollback(&queue, position, chunk);
	assert_int_equal(rolled_back.refs, 0);
	put(&queue, 5, 50);
	pr_queue_publish(&queue, queue.write);
	take_frame(&queue, &published, 1);
	take(&queue, 5, 50);
	append(&queue, &published, 1);
	pr_queue_fini(&queue);
	assert_int_equal(published.refs, 0);
}

/* Large chunks that were given up come back warm; what was pinned as well.  */
static void large_chunks_are_kept_for_the_process(void **state)
{
	struct pr_chunk *chunk = pr_chunk_create(200000);
	struct pr_chunk *small = pr_chunk_create(100);

	(void)state;
	assert_non_null(chunk);
	assert_true(chunk->capacity >= 200000);
	pr_chunk_free(chunk);
	if (PR_POOL_BYTES > 0)
		assert_ptr_equal(pr_chunk_create(180000), chunk);
	else
		chunk = pr_chunk_create(180000);
	pr_chunk_free(small);
	pr_chunk_free(chunk);
	pr_chunk_trim();
	pr_chunk_trim();
}

/* ---- Hot queues ---- */

/* Publishes until the queue is hot; how often that was, 0: it does not get hot.  */
static unsigned publish_until_hot(struct pr_queue *queue)
{
	unsigned count = 0;

	while (!atomic_load(&queue->hot)) {
		if (++count > 8 * PR_QUEUE_HOT_AFTER)
			return 0;
		put(queue, 0, 1);
		assert_false(pr_queue_publish(queue, queue->write));
	}
	return count;
}

static void take_all(struct pr_queue *queue)
{
	uint8_t *at;

	while (pr_queue_peek(queue, &at) > 0)
		take(queue, 0, at[0]);
}

/* Also the other way round: a hot queue's consumer is notified, once.  */
static void a_queue_is_hot_until_its_consumer_sleeps(void **state)
{
	struct pr_queue queue;

	(void)state;
	pr_fence_prepare();
	pr_queue_init(&queue, SMALL, SMALL);
	unsigned first = publish_until_hot(&queue);

	assert_int_equal(first, pr_fence_is_available() ? PR_QUEUE_HOT_AFTER : 0);
	if (first == 0) {
		pr_queue_fini(&queue);
		skip();
	}
	put(&queue, 0, 1);
	assert_false(pr_queue_publish(&queue, queue.write));
	take(&queue, 0, 1);
	assert_false(pr_queue_sleep(&queue)); /* there is more to read */
	assert_false(atomic_load(&queue.hot));
	/* That was short: the next time takes twice as long. */
	assert_int_equal(publish_until_hot(&queue), 2 * PR_QUEUE_HOT_AFTER);
	assert_int_equal(queue.hot_after, 2 * PR_QUEUE_HOT_AFTER);
	for (unsigned i = 0; i <= PR_QUEUE_HOT_BYTES / 64; i++) {
		put(&queue, 0, 64);
		assert_false(pr_queue_publish(&queue, queue.write));
	}
	take_all(&queue);
	assert_true(pr_queue_sleep(&queue));
	put(&queue, 0, 1);
	assert_true(pr_queue_publish(&queue, queue.write));
	/* That was long. */
	assert_int_equal(publish_until_hot(&queue), 2 * PR_QUEUE_HOT_AFTER);
	assert_int_equal(queue.hot_after, PR_QUEUE_HOT_AFTER);
	pr_queue_fini(&queue);
}

/* ---- Two threads ---- */

#define THREAD_RECORDS 200000

struct shared {
	struct pr_queue queue;
	uint32_t hot_after;
	_Atomic uint32_t notified;
	atomic_bool done;
};

static void *produce(void *arg)
{
	struct shared *shared = arg;
	struct pr_rng rng;

	pr_rng_init(&rng, 5);
	for (unsigned i = 0; i < THREAD_RECORDS; i++) {
		shared->queue.hot_after = shared->hot_after;
		pr_queue_rewind(&shared->queue);
		put(&shared->queue, i, pr_rng_below(&rng, 60));
		if (pr_queue_publish(&shared->queue, shared->queue.write))
			atomic_store(&shared->notified, 1);
	}
	atomic_store(&shared->done, true);
	return NULL;
}

static void lose_nothing(uint32_t hot_after)
{
	struct shared *shared = aligned_alloc(PR_CACHE_LINE, sizeof(*shared));
	struct pr_rng rng;
	pthread_t thread;

	memset(shared, 0, sizeof(*shared));
	shared->hot_after = hot_after;
	pr_queue_init(&shared->queue, 256, 4096);
	pr_rng_init(&rng, 5);
	pthread_create(&thread, NULL, produce, shared);
	for (unsigned i = 0; i < THREAD_RECORDS;) {
		uint8_t *at = NULL;

		if (pr_queue_peek(&shared->queue, &at) > 0) {
			take(&shared->queue, i++, pr_rng_below(&rng, 60));
			continue;
		}
		/* A lost notification would hang here (and be ended by the test's time limit). */
		if (pr_queue_sleep(&shared->queue))
			while (!atomic_exchange(&shared->notified, 0))
				sched_yield();
	}
	pthread_join(thread, NULL);
	pr_queue_fini(&shared->queue);
	free(shared);
}

/* As an I/O thread sends: by vectors, telling after each how far.  The producer may find the
 * consumer idle in the moment before that looks once more, and drained in a later one.  */
static void two_threads_send_everything(void **state)
{
	struct shared *shared = aligned_alloc(PR_CACHE_LINE, sizeof(*shared));
	uint64_t sent = 0;
	pthread_t thread;

	(void)state;
	memset(shared, 0, sizeof(*shared));
	shared->hot_after = UINT32_MAX;
	pr_queue_init(&shared->queue, 4096, 4096);
	pthread_create(&thread, NULL, produce, shared);
	for (;;) {
		bool done = atomic_load(&shared->done); /* then all of it is published */
		struct iovec iov[4];
		int count = 4;
		size_t size;

		while ((size = pr_queue_gather(&shared->queue, 1 << 20, iov, &count)) > 0) {
			pr_queue_consume(&shared->queue, size);
			sent += size;
			count = 4;
		}
		if (done)
			break;
		if (pr_queue_sleep(&shared->queue))
			while (!atomic_exchange(&shared->notified, 0) &&
			       !atomic_load(&shared->done))
				sched_yield();
	}
	pthread_join(thread, NULL);
	assert_int_equal(sent, shared->queue.write);
	pr_queue_fini(&shared->queue);
	free(shared);
}

static void two_threads_lose_nothing(void **state)
{
	(void)state;
	lose_nothing(UINT32_MAX);
}

/* The queue gets hot and cold all the time.  */
static void two_threads_lose_nothing_of_a_hot_queue(void **state)
{
	(void)state;
	pr_fence_prepare();
	lose_nothing(8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(records_come_out_whole_and_in_order),
	        cmocka_unit_test(an_unfinished_record_moves_to_the_next_chunk_in_one_piece),
	        cmocka_unit_test(only_a_sleeping_consumer_is_notified_and_only_once),
	        cmocka_unit_test(single_messages_use_one_place_again),
	        cmocka_unit_test(chunks_are_used_again),
	        cmocka_unit_test(rolling_back_forgets_what_was_not_published),
	        cmocka_unit_test(a_pinned_chunk_outlives_the_queue),
	        cmocka_unit_test(pointers_into_one_chunk_are_given_back_together),
	        cmocka_unit_test(gathering_covers_chunks_and_stops_at_the_limit),
	        cmocka_unit_test(a_body_by_reference_is_given_back_when_it_was_read),
	        cmocka_unit_test(a_reference_is_never_rewound),
	        cmocka_unit_test(sending_a_reference_in_pieces),
	        cmocka_unit_test(what_is_not_read_is_given_back),
	        cmocka_unit_test(large_chunks_are_kept_for_the_process),
	        cmocka_unit_test(a_queue_is_hot_until_its_consumer_sleeps),
	        cmocka_unit_test(two_threads_send_everything),
	        cmocka_unit_test(two_threads_lose_nothing),
	        cmocka_unit_test(two_threads_lose_nothing_of_a_hot_queue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
