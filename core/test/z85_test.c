/* SPDX-License-Identifier: MIT */
/* core/test/z85_test.c - zmq_z85_*: the example of RFC 32, what is refused, and that encoding and
 * decoding undo each other; and the functions for CURVE keys.  */
#include "core/test/kit.h"

static const uint8_t rfc_data[8] = {0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b};

static void test_rfc_example(void **state)
{
	char text[11];
	uint8_t data[8];

	(void)state;
	assert_ptr_equal(zmq_z85_encode(text, rfc_data, sizeof(rfc_data)), text);
	assert_string_equal(text, "HelloWorld");
	assert_ptr_equal(zmq_z85_decode(data, text), data);
	assert_memory_equal(data, rfc_data, sizeof(data));
}

static void test_sizes(void **state)
{
	char text[16] = "unchanged";
	uint8_t data[16];

	(void)state;
	errno = 0;
	assert_null(zmq_z85_encode(text, rfc_data, 3));
	assert_int_equal(errno, EINVAL);
	assert_ptr_equal(zmq_z85_encode(text, rfc_data, 0), text);
	assert_string_equal(text, "");
	errno = 0;
	assert_null(zmq_z85_decode(data, "Hell"));
	assert_int_equal(errno, EINVAL);
	errno = 0;
	assert_null(zmq_z85_decode(data, ""));
	assert_int_equal(errno, EINVAL);
}

static void test_what_is_no_number(void **state)
{
	const char *const wrong[] = {"#####",
	                             "%nSc1",
	                             "Hello~orld",
	                             "He lo",
	                             "Hel\x80o",
	                             "\x01"
	                             "e lo",
	                             "Hello\"orl",
	                             "HelloWor\\d",
	                             "####$",
	                             "HelloWor,d",
	                             "HelloWor|d"};
	uint8_t data[16];

	(void)state;
	for (size_t i = 0; i < KIT_COUNT(wrong); i++) {
		errno = 0;
		assert_null(zmq_z85_decode(data, wrong[i]));
		assert_int_equal(errno, EINVAL);
	}
}

/* The largest number that fits four bytes, and the smallest.  */
static void test_limits(void **state)
{
	const uint8_t most[4] = {255, 255, 255, 255}, least[4] = {0};
	uint8_t data[4];

	(void)state;
	assert_ptr_equal(zmq_z85_decode(data, "%nSc0"), data);
	assert_memory_equal(data, most, sizeof(data));
	assert_ptr_equal(zmq_z85_decode(data, "00000"), data);
	assert_memory_equal(data, least, sizeof(data));
}

static void test_there_and_back(void **state)
{
	uint8_t data[256], back[256];
	char text[sizeof(data) / 4 * 5 + 1];

	(void)state;
	for (size_t size = 4; size <= sizeof(data); size += 4) {
		pr_kit_fill(data, size, size);
		assert_ptr_equal(zmq_z85_encode(text, data, size), text);
		assert_int_equal(strlen(text), size / 4 * 5);
		assert_ptr_equal(zmq_z85_decode(back, text), back);
		assert_memory_equal(back, data, size);
	}
}

/* Both or neither: a program asks zmq_has first.  */
static void test_curve(void **state)
{
	char public_key[41], secret_key[41], again[41];

	(void)state;
	if (zmq_has("curve")) {
		kit_assert_ok(zmq_curve_keypair(public_key, secret_key));
		kit_assert_ok(zmq_curve_public(again, secret_key));
		assert_string_equal(again, public_key);
	} else {
		kit_assert_error(ENOTSUP, zmq_curve_keypair(public_key, secret_key));
		kit_assert_error(ENOTSUP, zmq_curve_public(again, "a secret key"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_rfc_example),       cmocka_unit_test(test_sizes),
	        cmocka_unit_test(test_what_is_no_number), cmocka_unit_test(test_limits),
	        cmocka_unit_test(test_there_and_back),    cmocka_unit_test(test_curve),
	};

	return KIT_RUN(tests);
}
