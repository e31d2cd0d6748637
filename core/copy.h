/* SPDX-License-Identifier: MIT */
/* core/copy.h - copying and comparing small bodies without a call.
 *
 * A call of memcpy through the linkage table costs more than the copy of a body that fits a few
 * registers.  */
#ifndef PR_COPY_H
#define PR_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* N bytes from the beginning and N that end at the end: together up to 2 N bytes.  All are loaded
 * before any is stored.  */
#define PR_COPY_BOTH_ENDS(N)                                                                       \
	do {                                                                                       \
		struct {                                                                           \
			uint8_t bytes[N];                                                          \
		} first_, last_;                                                                   \
		__builtin_memcpy(&first_, from_, N);                                               \
		__builtin_memcpy(&last_, from_ + size - N, N);                                     \
		__builtin_memcpy(to_, &first_, N);                                                 \
		__builtin_memcpy(to_ + size - N, &last_, N);                                       \
	} while (0)

/* memcpy(3); size may be 0, then from may be NULL.  */
static inline void pr_copy(void *to, const void *from, size_t size)
{
	const uint8_t *from_ = from;
	uint8_t *to_ = to;

	if (__builtin_expect(size > 64, 0))
		memcpy(to, from, size);
	else if (size > 32)
		PR_COPY_BOTH_ENDS(32);
	else if (size >= 16)
		PR_COPY_BOTH_ENDS(16);
	else if (size >= 8)
		PR_COPY_BOTH_ENDS(8);
	else if (size >= 4)
		PR_COPY_BOTH_ENDS(4);
	else
		for (size_t i = 0; i < size; i++)
			to_[i] = from_[i];
}

/* memcmp(3) == 0.  */
static inline bool pr_copy_equals(const void *a, const void *b, size_t size)
{
	uint64_t a_first, a_last, b_first, b_last;

	if (__builtin_expect(size < 8 || size > 16, 0))
		return memcmp(a, b, size) == 0;
	memcpy(&a_first, a, 8);
	memcpy(&b_first, b, 8);
	memcpy(&a_last, (const uint8_t *)a + size - 8, 8);
	memcpy(&b_last, (const uint8_t *)b + size - 8, 8);
	return ((a_first ^ b_first) | (a_last ^ b_last)) == 0;
}

#endif
