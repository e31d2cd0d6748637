/* SPDX-License-Identifier: MIT */
/* core/test/iov_test.c - zmq_sendiov and zmq_recviov.  */
#include "core/test/kit.h"

#include <stdlib.h>
#include <sys/uio.h>

static struct iovec part(const char *text)
{
	return (struct iovec){.iov_base = (void *)(uintptr_t)text, .iov_len = strlen(text)};
}

static void expect_part(struct iovec *part, const char *text)
{
	assert_int_equal(part->iov_len, strlen(text));
	assert_memory_equal(part->iov_base, text, part->iov_len);
	free(part->iov_base);
}

static void test_message(void **state)
{
	struct iovec sent[] = {part("one"), part(""), part("three")}, got[4];
	size_t count = KIT_COUNT(got);
	struct kit_pair pair;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_PAIR, ZMQ_PAIR);
	assert_int_equal(zmq_sendiov(pair.b, sent, KIT_COUNT(sent), ZMQ_SNDMORE), 5);
	assert_int_equal(zmq_recviov(pair.a, got, &count, 0), 3);
	assert_int_equal(count, 3);
	expect_part(&got[0], "one");
	expect_part(&got[1], "");
	expect_part(&got[2], "three");
	pr_kit_pair_close(&pair);
}

/* Without ZMQ_SNDMORE each part is a message.  */
static void test_messages(void **state)
{
	struct iovec sent[] = {part("one"), part("two")}, got[2];
	struct kit_pair pair;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_PAIR, ZMQ_PAIR);
	assert_int_equal(zmq_sendiov(pair.b, sent, 2, 0), 3);
	for (int i = 0; i < 2; i++) {
		size_t count = KIT_COUNT(got);

		assert_int_equal(zmq_recviov(pair.a, got, &count, 0), 1);
		assert_int_equal(count, 1);
		expect_part(&got[0], i == 0 ? "one" : "two");
	}
	pr_kit_pair_close(&pair);
}

/* What does not fit the array is left for the next call.  */
static void test_small_array(void **state)
{
	struct iovec sent[] = {part("one"), part("two"), part("three")}, got[2];
	size_t count = KIT_COUNT(got);
	struct kit_pair pair;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_PAIR, ZMQ_PAIR);
	zmq_sendiov(pair.b, sent, KIT_COUNT(sent), ZMQ_SNDMORE);
	assert_int_equal(zmq_recviov(pair.a, got, &count, 0), 2);
	assert_int_equal(count, 2);
	expect_part(&got[0], "one");
	expect_part(&got[1], "two");
	assert_int_equal(pr_kit_get(pair.a, ZMQ_RCVMORE), 1);
	assert_int_equal(zmq_recviov(pair.a, got, &count, 0), 1);
	expect_part(&got[0], "three");
	pr_kit_pair_close(&pair);
}

static void test_refusals(void **state)
{
	struct iovec parts[] = {part("x")};
	size_t count = 1, none = 0;
	struct kit_pair pair;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_PAIR, ZMQ_PAIR);
	kit_assert_error(ENOTSOCK, zmq_sendiov(NULL, parts, 1, 0));
	kit_assert_error(EINVAL, zmq_sendiov(pair.a, parts, 0, 0));
	kit_assert_error(EINVAL, zmq_sendiov(pair.a, NULL, 1, 0));
	kit_assert_error(ENOTSOCK, zmq_recviov(NULL, parts, &count, 0));
	kit_assert_error(EINVAL, zmq_recviov(pair.a, parts, NULL, 0));
	kit_assert_error(EINVAL, zmq_recviov(pair.a, parts, &none, 0));
	kit_assert_error(EINVAL, zmq_recviov(pair.a, NULL, &count, 0));
	kit_assert_error(EAGAIN, zmq_recviov(pair.a, parts, &count, ZMQ_DONTWAIT));
	assert_int_equal(count, 0);
	pr_kit_pair_close(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_message),
	        cmocka_unit_test(test_messages),
	        cmocka_unit_test(test_small_array),
	        cmocka_unit_test(test_refusals),
	};

	return KIT_RUN(tests);
}
