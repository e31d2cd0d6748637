/* SPDX-License-Identifier: MIT */
/* harness/stamp.h - every message is numbered by its sender and checked by its receiver.
 *
 * A body of at least 16 bytes starts with a word (sequence number and sender) and ends with its
 * seal, a mixed copy of the same word, so that a body that was cut, shifted or put together from
 * two is seen.  The bytes between are a fixed pattern, compared on every 64th message.  Stamping
 * and checking cost 1 to 2 ns each.  */
#ifndef PR_STAMP_H
#define PR_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define PR_STAMP_SIZE_MIN   16
#define PR_STAMP_SENDER_BIT 56 /* the sender stands above the sequence number */

/* The sending side of one end.  */
struct pr_stamp {
	uint64_t next; /* sequence number of the next message, from 0 */
	uint64_t sender;
	size_t size;
	unsigned char *body;
} __attribute__((aligned(128)));

/* The receiving side of one end: what came, and how.  */
struct pr_ledger {
	uint64_t expected; /* sequence number that should come next */
	uint64_t sender;
	size_t size;
	const unsigned char *pattern; /* a body to compare with */
	uint64_t received;            /* messages that arrived, whatever they were */
	uint64_t lost;                /* numbers that were skipped and did not arrive later */
	uint64_t reordered;           /* messages that arrived after a later one */
	uint64_t duplicated;
	uint64_t corrupt;
	uint64_t first_odd; /* number expected when the first oddity was seen */
	uint64_t *missing;  /* skipped numbers, to tell late from duplicated */
	size_t missing_count, missing_capacity;
} __attribute__((aligned(128)));

void pr_stamp_init(struct pr_stamp *stamp, uint64_t sender, size_t size);
void pr_stamp_fini(struct pr_stamp *stamp);
void pr_ledger_init(struct pr_ledger *ledger, uint64_t sender, size_t size);
void pr_ledger_fini(struct pr_ledger *ledger);

/* True when anything was lost, reordered, duplicated or corrupt.  */
bool pr_ledger_is_odd(const struct pr_ledger *ledger);

/* The number of a body, whichever it is; false when the body is not from the ledger's sender, or
 * was changed: all of it is looked at.  */
bool pr_ledger_read(const struct pr_ledger *ledger, const void *body, size_t size,
                    uint64_t *number);

/* The slow side of pr_ledger_take().  */
void pr_ledger_take_odd(struct pr_ledger *ledger, const void *body, size_t size);

static inline uint64_t pr_stamp_seal(uint64_t head)
{
	return (head ^ 0x9e3779b97f4a7c15u) * 0xff51afd7ed558ccdu;
}

/* The next body; borrowed until the next call.  */
static inline const void *pr_stamp_next(struct pr_stamp *stamp)
{
	uint64_t head = stamp->next++ | stamp->sender << PR_STAMP_SENDER_BIT;
	uint64_t seal = pr_stamp_seal(head);

	memcpy(stamp->body, &head, sizeof(head));
	memcpy(stamp->body + stamp->size - sizeof(seal), &seal, sizeof(seal));
	return stamp->body;
}

/* Copies what differs between two bodies of one stamp.  */
static inline void pr_stamp_copy(void *to, const void *body, size_t size)
{
	const size_t word = sizeof(uint64_t);

	memcpy(to, body, word);
	memcpy((unsigned char *)to + size - word, (const unsigned char *)body + size - word, word);
}

/* The number of a body as it says it, unchecked; UINT64_MAX of one that is too small.  */
static inline uint64_t pr_stamp_number(const void *body, size_t size)
{
	uint64_t head;

	if (size < sizeof(head))
		return UINT64_MAX;
	memcpy(&head, body, sizeof(head));
	return head & (((uint64_t)1 << PR_STAMP_SENDER_BIT) - 1);
}

/* Checks a body that has arrived.  */
static inline void pr_ledger_take(struct pr_ledger *ledger, const void *body, size_t size)
{
	const unsigned char *bytes = body;
	uint64_t head, seal;

	ledger->received++;
	if (__builtin_expect(size != ledger->size, 0)) {
		pr_ledger_take_odd(ledger, body, size);
		return;
	}
	memcpy(&head, bytes, sizeof(head));
	memcpy(&seal, bytes + size - sizeof(seal), sizeof(seal));
	if (__builtin_expect(head != (ledger->expected | ledger->sender << PR_STAMP_SENDER_BIT) ||
	                             seal != pr_stamp_seal(head) ||
	                             ((head & 63) == 0 &&
	                              memcmp(bytes + sizeof(head), ledger->pattern + sizeof(head),
	                                     size - 2 * sizeof(head)) != 0),
	                     0)) {
		pr_ledger_take_odd(ledger, body, size);
		return;
	}
	ledger->expected++;
}

#endif
