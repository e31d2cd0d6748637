/* SPDX-License-Identifier: MIT */
/* core/frame_test.c - frames against RFC 37.  */
#include "core/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void headers_are_as_the_rfc_says(void **state)
{
	uint8_t at[PR_FRAME_HEADER_MAX];

	(void)state;
	assert_int_equal(pr_frame_encode(at, 0, 64), 2);
	assert_memory_equal(at, "\0\100", 2);
	assert_int_equal(pr_frame_encode(at, PR_FRAME_MORE, 255), 2);
	assert_memory_equal(at, "\1\377", 2);
	assert_int_equal(pr_frame_encode(at, PR_FRAME_MORE, 256), 9);
	assert_memory_equal(at, "\3\0\0\0\0\0\0\1\0", 9);
	assert_int_equal(pr_frame_encode(at, PR_FRAME_COMMAND, 5), 2);
	assert_memory_equal(at, "\4\5", 2);
}

static void what_is_encoded_is_decoded(void **state)
{
	const size_t sizes[] = {0, 1, 64, 254, 255, 256, 65535, 65536, (size_t)1 << 40};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint8_t at[PR_FRAME_HEADER_MAX] = {0};
		struct pr_frame frame, whole;
		int size = (int)pr_frame_encode(at, PR_FRAME_MORE, sizes[i]);

		for (int part = 0; part < size; part++)
			assert_int_equal(pr_frame_decode(at, (size_t)part, &frame), 0);
		assert_int_equal(pr_frame_decode(at, (size_t)size, &frame), size);
		assert_int_equal(frame.size, sizes[i]);
		assert_true(frame.flags & PR_FRAME_MORE);
		pr_frame_get(at, &whole);
		assert_int_equal(whole.size, frame.size);
		assert_int_equal(whole.header_size, frame.header_size);
	}
}

static void what_cannot_be_zmtp_is_refused(void **state)
{
	struct pr_frame frame;

	(void)state;
	for (unsigned flags = 8; flags < 256; flags++) {
		const uint8_t at[9] = {(uint8_t)flags};

		if (flags & PR_FRAME_RESERVED)
			assert_int_equal(pr_frame_decode(at, sizeof(at), &frame), -1);
	}
	assert_int_equal(pr_frame_decode((const uint8_t *)"\5\1", 2, &frame),
	                 -1); /* a command with MORE */
	assert_int_equal(pr_frame_decode((const uint8_t *)"\2\200\0\0\0\0\0\0\0", 9, &frame), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(headers_are_as_the_rfc_says),
	        cmocka_unit_test(what_is_encoded_is_decoded),
	        cmocka_unit_test(what_cannot_be_zmtp_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
