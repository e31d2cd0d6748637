/* SPDX-License-Identifier: MIT */
/* core/test/msg_test.c - zmq_msg_t: its life, whose memory it is, and how it travels.  */
#include "core/test/kit.h"

#include <stdatomic.h>
#include <stdlib.h>

struct owned {
	atomic_int frees;
	void *data, *hint;
};

static void count_free(void *data, void *hint)
{
	struct owned *owned = hint;

	owned->data = data;
	owned->hint = hint;
	free(data);
	atomic_fetch_add(&owned->frees, 1);
}

static void init_owned(zmq_msg_t *msg, struct owned *owned, size_t size)
{
	void *data = malloc(size ? size : 1);

	assert_non_null(data);
	pr_kit_fill(data, size, size);
	atomic_store(&owned->frees, 0);
	kit_assert_ok(zmq_msg_init_data(msg, data, size, count_free, owned));
}

static void init_filled(zmq_msg_t *msg, size_t size, uint64_t seed)
{
	kit_assert_ok(zmq_msg_init_size(msg, size));
	pr_kit_fill(zmq_msg_data(msg), size, seed);
}

static void check_filled(zmq_msg_t *msg, size_t size, uint64_t seed)
{
	assert_int_equal(zmq_msg_size(msg), size);
	assert_true(pr_kit_filled(zmq_msg_data(msg), size, seed));
}

static void test_init(void **state)
{
	zmq_msg_t msg;

	(void)state;
	assert_int_equal(sizeof(msg), 64);
	kit_assert_ok(zmq_msg_init(&msg));
	assert_int_equal(zmq_msg_size(&msg), 0);
	assert_int_equal(zmq_msg_more(&msg), 0);
	kit_assert_ok(zmq_msg_close(&msg));
}

static void test_init_size(void **state)
{
	const size_t sizes[] = {0, 1, 29, 30, 31, 32, 33, 34, 63, 64, 65, 4096, 1048576};
	zmq_msg_t msg;

	(void)state;
	for (size_t i = 0; i < KIT_COUNT(sizes); i++) {
		init_filled(&msg, sizes[i], i);
		assert_non_null(zmq_msg_data(&msg));
		check_filled(&msg, sizes[i], i);
		kit_assert_ok(zmq_msg_close(&msg));
	}
	kit_assert_error(ENOMEM, zmq_msg_init_size(&msg, SIZE_MAX / 2));
}

/* The free function is called once, with what it was given, when the last holder closes.  */
static void test_init_data(void **state)
{
	const size_t sizes[] = {0, 1, 33, 34, 1000};
	struct owned owned;
	zmq_msg_t msg;
	void *data;

	(void)state;
	for (size_t i = 0; i < KIT_COUNT(sizes); i++) {
		init_owned(&msg, &owned, sizes[i]);
		data = zmq_msg_data(&msg);
		check_filled(&msg, sizes[i], sizes[i]);
		assert_int_equal(atomic_load(&owned.frees), 0);
		kit_assert_ok(zmq_msg_close(&msg));
		assert_int_equal(atomic_load(&owned.frees), 1);
		assert_ptr_equal(owned.data, data);
		assert_ptr_equal(owned.hint, &owned);
	}
}

/* Without a free function the bytes stay the caller's.  */
static void test_init_data_constant(void **state)
{
	static char text[] = "not on the heap, not freed";
	struct kit_pair pair;
	zmq_msg_t msg;

	(void)state;
	kit_assert_ok(zmq_msg_init_data(&msg, text, sizeof(text), NULL, NULL));
	assert_ptr_equal(zmq_msg_data(&msg), text);
	assert_int_equal(zmq_msg_size(&msg), sizeof(text));
	kit_assert_ok(zmq_msg_close(&msg));
	pr_kit_pair_open(&pair, ZMQ_PAIR, ZMQ_PAIR);
	kit_assert_ok(zmq_msg_init_data(&msg, text, strlen(text), NULL, NULL));
	assert_int_equal(zmq_msg_send(&msg, pair.a, 0), strlen(text));
	kit_expect(pair.b, text);
	assert_int_equal(zmq_send_const(pair.a, text, strlen(text), 0), strlen(text));
	kit_expect(pair.b, text);
	pr_kit_pair_close(&pair);
}

/* A sent message is freed once, sooner or later, by any thread, at the latest with the context.  */
static void test_init_data_sent(void **state)
{
	const size_t sizes[] = {0, 1, 33, 34, 1000, 100000, 1048576};
	struct owned owned[KIT_COUNT(sizes)];
	struct kit_pair pair;
	zmq_msg_t msg;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_PAIR, ZMQ_PAIR);
	for (size_t i = 0; i < KIT_COUNT(sizes); i++) {
		init_owned(&msg, &owned[i], sizes[i]);
		assert_int_equal(zmq_msg_send(&msg, pair.a, 0), sizes[i]);
		assert_int_equal(zmq_msg_size(&msg), 0);
		kit_assert_ok(zmq_msg_close(&msg));
		kit_assert_ok(zmq_msg_init(&msg));
		assert_int_equal(zmq_msg_recv(&msg, pair.b, 0), sizes[i]);
		check_filled(&msg, sizes[i], sizes[i]);
		kit_assert_ok(zmq_msg_close(&msg));
		kit_until(atomic_load(&owned[i].frees) == 1);
	}
	pr_kit_pair_close(&pair);
	for (size_t i = 0; i < KIT_COUNT(sizes); i++)
		assert_int_equal(atomic_load(&owned[i].frees), 1);
}

/* A message that never left is freed with its socket.  */
static void test_init_data_unsent(void **state)
{
	void *ctx = pr_kit_ctx();
	void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);
	char endpoint[KIT_ENDPOINT_SIZE];
	struct owned owned[3];
	zmq_msg_t msg;

	(void)state;
	pr_kit_unused_endpoint(endpoint);
	kit_assert_ok(zmq_connect(dealer, endpoint));
	for (size_t i = 0; i < KIT_COUNT(owned); i++) {
		init_owned(&msg, &owned[i], 100000);
		assert_int_equal(zmq_msg_send(&msg, dealer, i == 1 ? ZMQ_SNDMORE : 0), 100000);
	}
	pr_kit_close(dealer);
	pr_kit_term(ctx);
	for (size_t i = 0; i < KIT_COUNT(owned); i++)
		assert_int_equal(atomic_load(&owned[i].frees), 1);
}

/* What could not be sent is still the caller's.  */
static void test_refused_message_is_kept(void **state)
{
	void *ctx = pr_kit_ctx();
	void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);
	struct owned owned;
	zmq_msg_t msg;

	(void)state;
	init_owned(&msg, &owned, 1000);
	kit_assert_error(EAGAIN, zmq_msg_send(&msg, dealer, ZMQ_DONTWAIT));
	check_filled(&msg, 1000, 1000);
	assert_int_equal(atomic_load(&owned.frees), 0);
	kit_assert_ok(zmq_msg_close(&msg));
	assert_int_equal(atomic_load(&owned.frees), 1);
	pr_kit_close(dealer);
	pr_kit_term(ctx);
}

/* A copy shares the body; the last of them frees it.  */
static void test_copy(void **state)
{
	struct owned owned;
	zmq_msg_t msg, copies[3];

	(void)state;
	init_owned(&msg, &owned, 1000);
	assert_int_equal(zmq_msg_get(&msg, ZMQ_SHARED), 0);
	for (size_t i = 0; i < KIT_COUNT(copies); i++) {
		kit_assert_ok(zmq_msg_init(&copies[i]));
		kit_assert_ok(zmq_msg_copy(&copies[i], &msg));
		check_filled(&copies[i], 1000, 1000);
	}
	assert_int_equal(zmq_msg_get(&msg, ZMQ_SHARED), 1);
	kit_assert_ok(zmq_msg_close(&msg));
	kit_assert_ok(zmq_msg_close(&copies[1]));
	kit_assert_ok(zmq_msg_close(&copies[0]));
	assert_int_equal(atomic_load(&owned.frees), 0);
	check_filled(&copies[2], 1000, 1000);
	kit_assert_ok(zmq_msg_close(&copies[2]));
	assert_int_equal(atomic_load(&owned.frees), 1);
}

/* Copying and moving free what the target held.  */
static void test_targets_are_freed(void **state)
{
	struct owned first, second;
	zmq_msg_t from, to;

	(void)state;
	init_owned(&from, &first, 500);
	init_owned(&to, &second, 600);
	kit_assert_ok(zmq_msg_copy(&to, &from));
	assert_int_equal(atomic_load(&second.frees), 1);
	check_filled(&to, 500, 500);
	kit_assert_ok(zmq_msg_close(&to));
	assert_int_equal(atomic_load(&first.frees), 0);

	init_owned(&to, &second, 600);
	kit_assert_ok(zmq_msg_move(&to, &from));
	assert_int_equal(atomic_load(&second.frees), 1);
	assert_int_equal(atomic_load(&first.frees), 0);
	check_filled(&to, 500, 500);
	assert_int_equal(zmq_msg_size(&from), 0);
	kit_assert_ok(zmq_msg_close(&from));
	kit_assert_ok(zmq_msg_close(&to));
	assert_int_equal(atomic_load(&first.frees), 1);
}

static void test_small_copy_and_move(void **state)
{
	zmq_msg_t msg, copy, moved;

	(void)state;
	init_filled(&msg, 10, 1);
	kit_assert_ok(zmq_msg_init(&copy));
	kit_assert_ok(zmq_msg_init(&moved));
	kit_assert_ok(zmq_msg_copy(&copy, &msg));
	kit_assert_ok(zmq_msg_move(&moved, &msg));
	check_filled(&copy, 10, 1);
	check_filled(&moved, 10, 1);
	assert_int_equal(zmq_msg_size(&msg), 0);
	kit_assert_ok(zmq_msg_close(&msg));
	kit_assert_ok(zmq_msg_close(&copy));
	kit_assert_ok(zmq_msg_close(&moved));
}

/* A copy that is sent leaves the original alone.  */
static void test_send_copies(void **state)
{
	const size_t sizes[] = {10, 1000, 100000};
	struct kit_pair pair;
	zmq_msg_t msg, copy;
	struct owned owned;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_DEALER, ZMQ_DEALER);
	for (size_t i = 0; i < KIT_COUNT(sizes); i++) {
		init_owned(&msg, &owned, sizes[i]);
		for (int k = 0; k < 5; k++) {
			kit_assert_ok(zmq_msg_init(&copy));
			kit_assert_ok(zmq_msg_copy(&copy, &msg));
			assert_int_equal(zmq_msg_send(&copy, pair.a, 0), sizes[i]);
		}
		for (int k = 0; k < 5; k++) {
			kit_assert_ok(zmq_msg_init(&copy));
			assert_int_equal(zmq_msg_recv(&copy, pair.b, 0), sizes[i]);
			check_filled(&copy, sizes[i], sizes[i]);
			kit_assert_ok(zmq_msg_close(&copy));
		}
		check_filled(&msg, sizes[i], sizes[i]);
		kit_assert_ok(zmq_msg_close(&msg));
		kit_until(atomic_load(&owned.frees) == 1);
	}
	pr_kit_pair_close(&pair);
}

/* A message that is not one any more.  */
static void test_closed_message(void **state)
{
	struct kit_pair pair;
	zmq_msg_t msg, other;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_PAIR, ZMQ_PAIR);
	init_filled(&msg, 100, 1);
	kit_assert_ok(zmq_msg_close(&msg));
	kit_assert_error(EFAULT, zmq_msg_close(&msg));
	kit_assert_error(EFAULT, zmq_msg_recv(&msg, pair.a, 0));
	kit_assert_ok(zmq_msg_init(&other));
	kit_assert_error(EFAULT, zmq_msg_copy(&other, &msg));
	kit_assert_error(EFAULT, zmq_msg_move(&other, &msg));
	kit_assert_ok(zmq_msg_close(&other));
	pr_kit_pair_close(&pair);
}

static void test_properties(void **state)
{
	struct kit_pair pair;
	zmq_msg_t msg;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_PAIR, ZMQ_PAIR);
	kit_assert_ok(zmq_msg_init(&msg));
	assert_int_equal(zmq_msg_get(&msg, ZMQ_MORE), 0);
	kit_assert_error(EINVAL, zmq_msg_get(&msg, 4711));
	kit_assert_error(EINVAL, zmq_msg_set(&msg, ZMQ_MORE, 1));
	kit_send_more(pair.a, "one");
	kit_send(pair.a, "two");
	assert_int_equal(zmq_msg_recv(&msg, pair.b, 0), 3);
	assert_int_equal(zmq_msg_more(&msg), 1);
	assert_int_equal(zmq_msg_get(&msg, ZMQ_MORE), 1);
	assert_int_equal(zmq_msg_recv(&msg, pair.b, 0), 3);
	assert_int_equal(zmq_msg_more(&msg), 0);
	assert_int_equal(zmq_msg_get(&msg, ZMQ_MORE), 0);
	kit_assert_ok(zmq_msg_close(&msg));
	pr_kit_pair_close(&pair);
}

/* Receiving into a message frees what it held; a receive that finds nothing leaves it alone.  */
static void test_receive_replaces(void **state)
{
	struct kit_pair pair;
	struct owned owned;
	zmq_msg_t msg;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_PAIR, ZMQ_PAIR);
	init_owned(&msg, &owned, 777);
	kit_send(pair.b, "new");
	assert_int_equal(zmq_msg_recv(&msg, pair.a, 0), 3);
	assert_int_equal(atomic_load(&owned.frees), 1);
	assert_memory_equal(zmq_msg_data(&msg), "new", 3);
	kit_assert_ok(zmq_msg_close(&msg));
	pr_kit_pair_close(&pair);
}

static void check_size(struct kit_pair *pair, size_t size)
{
	zmq_msg_t msg;

	init_filled(&msg, size, size);
	assert_int_equal(zmq_msg_send(&msg, pair->a, 0), size);
	kit_assert_ok(zmq_msg_init(&msg));
	assert_int_equal(zmq_msg_recv(&msg, pair->b, 0), size);
	check_filled(&msg, size, size);
	assert_int_equal(zmq_msg_send(&msg, pair->b, 0), size);
	kit_assert_ok(zmq_msg_init(&msg));
	assert_int_equal(zmq_msg_recv(&msg, pair->a, 0), size);
	check_filled(&msg, size, size);
	kit_assert_ok(zmq_msg_close(&msg));
}

/* There and back, through a forwarded message, at every size where something changes on the way. */
static void test_sizes(void **state)
{
	const size_t centres[] = {33, 64, 255, 1024, 4096, 8192, 16384, 65536, 131072, 1048576};
	struct kit_pair pair;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_PAIR, ZMQ_PAIR);
	check_size(&pair, 0);
	check_size(&pair, 1);
	for (size_t i = 0; i < KIT_COUNT(centres); i++)
		for (size_t size = centres[i] - 10; size <= centres[i] + 10; size++)
			check_size(&pair, size);
	check_size(&pair, 16 * 1048576);
	check_size(&pair, 16 * 1048576 + 1);
	pr_kit_pair_close(&pair);
}

#define KEPT 2000

/* Received messages stay what they are while others arrive, after their socket is closed and after
 * their context is gone; they may be closed in any order.  */
static void test_received_messages_last(void **state)
{
	struct kit_pair pair;
	zmq_msg_t *kept = calloc(KEPT, sizeof(*kept));
	zmq_msg_t msg;

	(void)state;
	assert_non_null(kept);
	pr_kit_pair_open(&pair, ZMQ_PAIR, ZMQ_PAIR);
	pr_kit_set(pair.a, ZMQ_LINGER, -1);
	for (size_t i = 0; i < KEPT; i++) {
		init_filled(&msg, i, i);
		assert_int_equal(zmq_msg_send(&msg, pair.a, 0), i);
		if (i < KEPT / 2)
			continue;
		kit_assert_ok(zmq_msg_init(&kept[i - KEPT / 2]));
		assert_int_equal(zmq_msg_recv(&kept[i - KEPT / 2], pair.b, 0), i - KEPT / 2);
	}
	for (size_t i = KEPT / 2; i < KEPT; i++) {
		kit_assert_ok(zmq_msg_init(&kept[i]));
		assert_int_equal(zmq_msg_recv(&kept[i], pair.b, 0), i);
	}
	pr_kit_pair_close(&pair);
	for (size_t i = 0; i < KEPT; i++)
		check_filled(&kept[i], i, i);
	for (size_t i = 0; i < KEPT; i += 2)
		kit_assert_ok(zmq_msg_close(&kept[i]));
	for (size_t i = 1; i < KEPT; i += 2) {
		check_filled(&kept[i], i, i);
		kit_assert_ok(zmq_msg_close(&kept[i]));
	}
	free(kept);
}

/* A received message may be written into: nobody else sees it.  */
static void test_received_messages_are_ours(void **state)
{
	struct kit_pair pair;
	zmq_msg_t msgs[50];

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_PAIR, ZMQ_PAIR);
	for (size_t i = 0; i < KIT_COUNT(msgs); i++) {
		init_filled(&msgs[i], 200, i);
		assert_int_equal(zmq_msg_send(&msgs[i], pair.a, 0), 200);
	}
	for (size_t i = 0; i < KIT_COUNT(msgs); i++) {
		kit_assert_ok(zmq_msg_init(&msgs[i]));
		assert_int_equal(zmq_msg_recv(&msgs[i], pair.b, 0), 200);
		check_filled(&msgs[i], 200, i);
		memset(zmq_msg_data(&msgs[i]), 0xff, 200);
	}
	for (size_t i = 0; i < KIT_COUNT(msgs); i++)
		kit_assert_ok(zmq_msg_close(&msgs[i]));
	pr_kit_pair_close(&pair);
}

/* The deprecated names do the same.  */
static void test_old_names(void **state)
{
	struct kit_pair pair;
	zmq_msg_t msg;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_PAIR, ZMQ_PAIR);
	init_filled(&msg, 50, 1);
	assert_int_equal(zmq_sendmsg(pair.a, &msg, 0), 50);
	kit_assert_ok(zmq_msg_init(&msg));
	assert_int_equal(zmq_recvmsg(pair.b, &msg, 0), 50);
	check_filled(&msg, 50, 1);
	kit_assert_ok(zmq_msg_close(&msg));
	pr_kit_pair_close(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_init),
	        cmocka_unit_test(test_init_size),
	        cmocka_unit_test(test_init_data),
	        cmocka_unit_test(test_init_data_constant),
	        cmocka_unit_test(test_init_data_sent),
	        cmocka_unit_test(test_init_data_unsent),
	        cmocka_unit_test(test_refused_message_is_kept),
	        cmocka_unit_test(test_copy),
	        cmocka_unit_test(test_targets_are_freed),
	        cmocka_unit_test(test_small_copy_and_move),
	        cmocka_unit_test(test_send_copies),
	        cmocka_unit_test(test_closed_message),
	        cmocka_unit_test(test_properties),
	        cmocka_unit_test(test_receive_replaces),
	        cmocka_unit_test(test_sizes),
	        cmocka_unit_test(test_received_messages_last),
	        cmocka_unit_test(test_received_messages_are_ours),
	        cmocka_unit_test(test_old_names),
	};
	return KIT_RUN(tests);
}
