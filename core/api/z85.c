/* SPDX-License-Identifier: MIT */
/* core/api/z85.c - zmq_z85_*: binary data as text (RFC 32), and the two functions for CURVE keys.
 *
 * Four bytes, read as one big-endian number, become five digits to the base 85.  The two key
 * functions behave as in a libzmq that was built without CURVE, which zmq_has("curve") says too. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "core/include/proctor/zmq.h"

static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                             ".-:+=^!/*?&<>()[]{}@%$#";

static void encode_group(char text[5], const uint8_t bytes[4])
{
	uint32_t value = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
	                 (uint32_t)bytes[2] << 8 | bytes[3];

	for (int i = 4; i >= 0; i--, value /= 85)
		text[i] = digits[value % 85];
}

char *zmq_z85_encode(char *text, const uint8_t *data, size_t size)
{
	if (size % 4 != 0) {
		errno = EINVAL;
		return NULL;
	}
	for (size_t i = 0; i < size / 4; i++)
		encode_group(text + 5 * i, data + 4 * i);
	text[size / 4 * 5] = '\0';
	return text;
}

/* False: not a digit, or a number that does not fit four bytes.  */
static bool decode_group(uint8_t bytes[4], const char text[5])
{
	uint64_t value = 0;

	for (int i = 0; i < 5; i++) {
		const char *digit = strchr(digits, text[i]);

		if (!digit)
			return false;
		value = value * 85 + (uint64_t)(digit - digits);
	}
	if (value > UINT32_MAX)
		return false;
	for (int i = 3; i >= 0; i--, value >>= 8)
		bytes[i] = (uint8_t)value;
	return true;
}

uint8_t *zmq_z85_decode(uint8_t *data, const char *text)
{
	size_t size = strlen(text);
	bool is_right = size > 0 && size % 5 == 0;

	for (size_t i = 0; is_right && i < size / 5; i++)
		is_right = decode_group(data + 4 * i, text + 5 * i);
	if (is_right)
		return data;
	errno = EINVAL;
	return NULL;
}

int zmq_curve_keypair(char *public_key, char *secret_key)
{
	(void)public_key, (void)secret_key;
	errno = ENOTSUP;
	return -1;
}

int zmq_curve_public(char *public_key, const char *secret_key)
{
	(void)public_key, (void)secret_key;
	errno = ENOTSUP;
	return -1;
}
