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

/* A register of 16 bytes.  (A structure of bytes would be kept on the stack, and the stack
 * guarded.)
 */
typedef uint64_t pr_copy_16 __attribute__((vector_size(16)));

/* A TYPE from the beginning and one that ends at the end: together up to twice its size.  All is
 * loaded before any is stored.  */
#define PR_COPY_BOTH_ENDS(TYPE)                                                                    \
	do {                                                                                       \
		TYPE first_, last_;                                                                \
		__builtin_memcpy(&first_, from_, sizeof(TYPE));                                    \
		__builtin_memcpy(&last_, from_ + size - sizeof(TYPE), sizeof(TYPE));               \
		__builtin_memcpy(to_, &first_, sizeof(TYPE));                                      \
		__builtin_memcpy(to_ + size - sizeof(TYPE), &last_, sizeof(TYPE));                 \
	} while (0)

/* The same with 32 bytes: size is 32 to 64.  */
static inline void pr_copy_two_registers(uint8_t *to, const uint8_t *from, size_t size)
{
	pr_copy_16 a, b, c, d;

	__builtin_memcpy(&a, from, 16);
	__builtin_memcpy(&b, from + 16, 16);
	__builtin_memcpy(&c, from + size - 32, 16);
	__builtin_memcpy(&d, from + size - 16, 16);
	__builtin_memcpy(to, &a, 16);
	__builtin_memcpy(to + 16, &b, 16);
	__builtin_memcpy(to + size - 32, &c, 16);
	__builtin_memcpy(to + size - 16, &d, 16);
}

/* memcpy(3); size may be 0, then from may be NULL.  */
static inline void pr_copy(void *to, const void *from, size_t size)
{
	const uint8_t *from_ = from;
	uint8_t *to_ = to;

	if (__builtin_expect(size > 64, 0))
		memcpy(to, from, size);
	else if (size > 32)
		pr_copy_two_registers(to_, from_, size);
	else if (size >= 16)
		PR_COPY_BOTH_ENDS(pr_copy_16);
	else if (size >= 8)
		PR_COPY_BOTH_ENDS(uint64_t);
	else if (size >= 4)
		PR_COPY_BOTH_ENDS(uint32_t);
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
