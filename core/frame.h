/* SPDX-License-Identifier: MIT */
/* core/frame.h - ZMTP framing (RFC 37, "Traffic").
 *
 *   frame = flags (1 byte), size (1 byte, or 8 bytes big-endian when LONG), body
 *
 * Plain functions over bytes: no sockets, no allocation, no state.  */
#ifndef PR_FRAME_H
#define PR_FRAME_H

#include <stddef.h>
#include <stdint.h>

#define PR_FRAME_MORE       0x01u
#define PR_FRAME_LONG       0x02u
#define PR_FRAME_COMMAND    0x04u
#define PR_FRAME_RESERVED   0xf8u
#define PR_FRAME_HEADER_MAX 9
#define PR_FRAME_SHORT_MAX  255 /* largest body with a one-byte size */

struct pr_frame {
	uint8_t flags;
	uint8_t header_size; /* 2 or 9 */
	uint64_t size;       /* bytes of the body */
};

static inline size_t pr_frame_header_size(size_t size)
{
	return size > PR_FRAME_SHORT_MAX ? 9 : 2;
}

/* Writes a header for a body of size bytes; at must have PR_FRAME_HEADER_MAX bytes of room.  flags:
 * MORE or COMMAND (LONG is added here).  Returns the header's size.  */
static inline size_t pr_frame_encode(uint8_t *at, unsigned flags, size_t size)
{
	if (__builtin_expect(size <= PR_FRAME_SHORT_MAX, 1)) {
		at[0] = (uint8_t)flags;
		at[1] = (uint8_t)size;
		return 2;
	}
	uint64_t big_endian = __builtin_bswap64((uint64_t)size);

	at[0] = (uint8_t)(flags | PR_FRAME_LONG);
	__builtin_memcpy(at + 1, &big_endian, sizeof(big_endian));
	return 9;
}

/* The long form, whatever the size: its place can be kept before the size is known.  */
static inline void pr_frame_encode_long(uint8_t *at, size_t size)
{
	uint64_t big_endian = __builtin_bswap64((uint64_t)size);

	at[0] = PR_FRAME_LONG;
	__builtin_memcpy(at + 1, &big_endian, sizeof(big_endian));
}

/* Reads a header from the first of available bytes.  Returns its size, 0 when more bytes are
 * needed, -1 when it cannot be ZMTP: a reserved flag, a command with MORE, or a size with the top
 * bit set.  */
static inline int pr_frame_decode(const uint8_t *at, size_t available, struct pr_frame *frame)
{
	if (available < 2)
		return 0;
	frame->flags = at[0];
	if (__builtin_expect((at[0] & ~PR_FRAME_MORE) == 0, 1)) {
		frame->size = at[1];
		frame->header_size = 2;
		return 2;
	}
	if (at[0] & PR_FRAME_RESERVED ||
	    (at[0] & (PR_FRAME_COMMAND | PR_FRAME_MORE)) == (PR_FRAME_COMMAND | PR_FRAME_MORE))
		return -1;
	if (!(at[0] & PR_FRAME_LONG)) {
		frame->size = at[1];
		frame->header_size = 2;
		return 2;
	}
	if (available < 9)
		return 0;
	uint64_t big_endian;

	__builtin_memcpy(&big_endian, at + 1, sizeof(big_endian));
	frame->size = __builtin_bswap64(big_endian);
	frame->header_size = 9;
	return frame->size >> 63 ? -1 : 9;
}

/* Reads the header of a frame that is known to be whole and good (it was walked before, or we wrote
 * it).  */
static inline void pr_frame_get(const uint8_t *at, struct pr_frame *frame)
{
	frame->flags = at[0];
	if (__builtin_expect(!(at[0] & PR_FRAME_LONG), 1)) {
		frame->size = at[1];
		frame->header_size = 2;
		return;
	}
	uint64_t big_endian;

	__builtin_memcpy(&big_endian, at + 1, sizeof(big_endian));
	frame->size = __builtin_bswap64(big_endian);
	frame->header_size = 9;
}

#endif
