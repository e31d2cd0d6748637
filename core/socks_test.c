/* SPDX-License-Identifier: MIT */
/* core/socks_test.c - the conversation with a proxy, in pieces of every size, and gone wrong.  */
#include "core/socks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

#define REPLY_IPV4 "\5\0\0\1\1\2\3\4\5\6"
#define REPLY_NAME "\5\0\0\3\4name\5\6"
#define REPLY_IPV6 "\5\0\0\4abcdefghijklmnop\5\6"

#define BYTES(text) (const uint8_t *)(text), sizeof(text) - 1

static const struct pr_socks_goal nobody = {.host = "some.name", .port = 0x1234};
static const struct pr_socks_goal user = {.host = "some.name",
                                          .port = 0x1234,
                                          .username = (const uint8_t *)"user",
                                          .username_size = 4,
                                          .password = (const uint8_t *)"pass",
                                          .password_size = 4};

/* What is to be sent; it is sent in two calls.  */
static void expect_out(struct pr_socks *socks, const uint8_t *bytes, size_t size)
{
	assert_int_equal(socks->out_size, size);
	assert_memory_equal(socks->out, bytes, size);
	pr_socks_sent(socks, 1);
	assert_int_equal(socks->out_size, size - 1);
	assert_memory_equal(socks->out, bytes + 1, size - 1);
	pr_socks_sent(socks, size - 1);
	assert_int_equal(socks->out_size, 0);
}

/* As a connection does: no more than is wanted, and no more than piece.  Returns how much of it was
 * wanted.  */
static size_t feed(struct pr_socks *socks, const uint8_t *bytes, size_t size, size_t piece)
{
	size_t at = 0;

	while (at < size && pr_socks_wanted(socks) > 0) {
		size_t part = pr_socks_wanted(socks);

		part = part < piece ? part : piece;
		part = part < size - at ? part : size - at;
		pr_socks_feed(socks, bytes + at, part);
		at += part;
	}
	return at;
}

static void start(struct pr_socks *socks, const struct pr_socks_goal *goal)
{
	memset(socks, 0xa5, sizeof(*socks)); /* init has to set all that is read */
	pr_socks_init(socks, goal);
	socks->out_size = 0;
}

/* Up to where the reply comes.  */
static void start_reply(struct pr_socks *socks)
{
	start(socks, &nobody);
	feed(socks, BYTES("\5\0"), 2);
	assert_int_equal(socks->state, PR_SOCKS_REPLY);
	socks->out_size = 0;
}

static void check_whole(const uint8_t *reply, size_t size, size_t piece)
{
	uint8_t stream[64];
	struct pr_socks socks;

	memcpy(stream, reply, size);
	memcpy(stream + size, "ZMTP", 4);
	pr_socks_init(&socks, &nobody);
	expect_out(&socks, BYTES("\5\1\0"));
	assert_int_equal(feed(&socks, BYTES("\5\0"), piece), 2);
	expect_out(&socks, BYTES("\5\1\0\3\11some.name\x12\x34"));
	assert_int_equal(feed(&socks, stream, size + 4, piece), size);
	assert_int_equal(socks.state, PR_SOCKS_DONE);
	assert_int_equal(socks.out_size, 0);
	assert_int_equal(pr_socks_wanted(&socks), 0);
}

static void test_every_piece(void **state)
{
	(void)state;
	for (size_t piece = 1; piece <= 32; piece++) {
		check_whole(BYTES(REPLY_IPV4), piece);
		check_whole(BYTES(REPLY_NAME), piece);
		check_whole(BYTES(REPLY_IPV6), piece);
		check_whole(BYTES("\5\0\0\3\0\5\6"), piece);
	}
}

/* Cut in two at every place.  */
static void test_every_cut(void **state)
{
	static const char reply[] = REPLY_NAME;
	struct pr_socks socks;

	(void)state;
	for (size_t cut = 1; cut < sizeof(reply) - 1; cut++) {
		start_reply(&socks);
		feed(&socks, (const uint8_t *)reply, cut, sizeof(reply));
		assert_int_equal(socks.state, PR_SOCKS_REPLY);
		feed(&socks, (const uint8_t *)reply + cut, sizeof(reply) - 1 - cut, sizeof(reply));
		assert_int_equal(socks.state, PR_SOCKS_DONE);
	}
}

static void check_address(const char *host, const uint8_t *address, size_t size)
{
	struct pr_socks_goal goal = {.host = host, .port = 80};
	struct pr_socks socks;
	uint8_t request[32] = {5, 1, 0};

	memcpy(request + 3, address, size);
	memcpy(request + 3 + size, "\0\x50", 2);
	start(&socks, &goal);
	feed(&socks, BYTES("\5\0"), 2);
	expect_out(&socks, request, size + 5);
}

static void test_addresses(void **state)
{
	(void)state;
	check_address("127.0.0.2", BYTES("\1\x7f\0\0\2"));
	check_address("127.2", BYTES("\1\x7f\0\0\2"));
	check_address("::1", BYTES("\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"));
	check_address("1.2.3.4.5", BYTES("\3\11"
	                                 "1.2.3.4.5"));
	check_address("a", BYTES("\3\1a"));
}

static void test_user(void **state)
{
	struct pr_socks socks;

	(void)state;
	pr_socks_init(&socks, &user);
	expect_out(&socks, BYTES("\5\1\2"));
	feed(&socks, BYTES("\5\2"), 1);
	assert_int_equal(socks.state, PR_SOCKS_ADMISSION);
	expect_out(&socks, BYTES("\1\4user\4pass"));
	feed(&socks, BYTES("\1\0"), 1);
	assert_int_equal(socks.state, PR_SOCKS_REPLY);
	expect_out(&socks, BYTES("\5\1\0\3\11some.name\x12\x34"));
	/* The proxy need not care who it is. */
	start(&socks, &user);
	feed(&socks, BYTES("\5\0"), 2);
	assert_int_equal(socks.state, PR_SOCKS_REPLY);
}

/* The largest there is fits.  */
static void test_largest(void **state)
{
	static char text[PR_SOCKS_TEXT_MAX + 1];
	struct pr_socks_goal goal = {.host = text,
	                             .username = (const uint8_t *)text,
	                             .username_size = PR_SOCKS_TEXT_MAX,
	                             .password = (const uint8_t *)text,
	                             .password_size = PR_SOCKS_TEXT_MAX};
	uint8_t reply[PR_SOCKS_IN_MAX + 1] = {5, 0, 0, 3, 255};
	struct pr_socks socks;

	(void)state;
	memset(text, 'x', PR_SOCKS_TEXT_MAX);
	start(&socks, &goal);
	feed(&socks, BYTES("\5\2"), 2);
	assert_int_equal(socks.out_size, PR_SOCKS_OUT_MAX);
	pr_socks_sent(&socks, socks.out_size);
	feed(&socks, BYTES("\1\0"), 2);
	assert_int_equal(socks.out_size, 4 + 1 + 255 + 2);
	pr_socks_sent(&socks, socks.out_size);
	assert_int_equal(feed(&socks, reply, sizeof(reply), sizeof(reply)), PR_SOCKS_IN_MAX);
	assert_int_equal(socks.state, PR_SOCKS_DONE);
}

static void check_refused(const struct pr_socks_goal *goal, const uint8_t *bytes, size_t size)
{
	for (size_t piece = 1; piece <= size; piece++) {
		struct pr_socks socks;

		start(&socks, goal);
		feed(&socks, bytes, size, piece);
		assert_int_equal(socks.state, PR_SOCKS_REFUSED);
		assert_int_equal(pr_socks_wanted(&socks), 0);
	}
}

static void test_refused(void **state)
{
	(void)state;
	check_refused(&nobody, BYTES("\5\xff"));
	check_refused(&nobody, BYTES("\5\2")); /* nobody offered that */
	check_refused(&nobody, BYTES("\5\1"));
	check_refused(&user, BYTES("\5\xff"));
	check_refused(&user, BYTES("\5\2\1\1"));
	for (char code = 1; code <= 8; code++) {
		uint8_t bytes[] = {5, 0, 5, (uint8_t)code, 0, 1, 0, 0, 0, 0, 0, 0};

		check_refused(&nobody, bytes, sizeof(bytes));
	}
}

static void test_malformed(void **state)
{
	(void)state;
	check_refused(&nobody, BYTES("\4"));
	check_refused(&nobody, BYTES("\0"));
	check_refused(&nobody, BYTES("HTTP/1.1 400 Bad Request\r\n"));
	check_refused(&user, BYTES("\5\2\5")); /* the method has a version of its own */
	check_refused(&nobody, BYTES("\5\0\4"));
	check_refused(&nobody, BYTES("\5\0\5\11"));
	check_refused(&nobody, BYTES("\5\0\5\0\1"));
	check_refused(&nobody, BYTES("\5\0\5\0\0\2"));
	check_refused(&nobody, BYTES("\5\0\5\0\0\xff"));
}

/* Whatever comes, it stays inside its bounds and comes to an end.  */
static void test_any_bytes(void **state)
{
	uint32_t random = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		static const uint8_t likely[] = {5, 0, 5, 0, 0, 3};
		struct pr_socks socks;
		size_t fed = 0;

		start(&socks, round % 2 ? &user : &nobody);
		while (pr_socks_wanted(&socks) > 0) {
			uint8_t byte;

			random = random * 1664525 + 1013904223;
			byte = (uint8_t)(random >> 24);
			if (fed < sizeof(likely) && random & 0x700)
				byte = likely[fed];
			pr_socks_feed(&socks, &byte, 1);
			assert_true(socks.out_size <= PR_SOCKS_OUT_MAX);
			socks.out_size = 0;
			fed++;
		}
		assert_true(fed <= 2 + 2 + PR_SOCKS_IN_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_every_piece), cmocka_unit_test(test_every_cut),
	        cmocka_unit_test(test_addresses),   cmocka_unit_test(test_user),
	        cmocka_unit_test(test_largest),     cmocka_unit_test(test_refused),
	        cmocka_unit_test(test_malformed),   cmocka_unit_test(test_any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
