/* SPDX-License-Identifier: MIT */
/* harness/stamp.c - the parts of numbering and checking that are not in the fast path.  */
#include "harness/stamp.h"

#include <assert.h>
#include <stdlib.h>

#include "core/base/buf.h"

/* Beyond this many skipped numbers, late and duplicated are no longer told apart: the trial has
 * failed long before.  */
#define MISSING_MAX 65536

static unsigned char *make_pattern(size_t size)
{
	unsigned char *body = pr_alloc(size);

	for (size_t i = 0; i < size; i++)
		body[i] = (unsigned char)(i * 31 + 7);
	return body;
}

void pr_stamp_init(struct pr_stamp *stamp, uint64_t sender, size_t size)
{
	assert(size >= PR_STAMP_SIZE_MIN);
	memset(stamp, 0, sizeof(*stamp));
	stamp->sender = sender;
	stamp->size = size;
	stamp->body = make_pattern(size);
}

void pr_stamp_fini(struct pr_stamp *stamp)
{
	free(stamp->body);
	stamp->body = NULL;
}

void pr_ledger_init(struct pr_ledger *ledger, uint64_t sender, size_t size)
{
	assert(size >= PR_STAMP_SIZE_MIN);
	memset(ledger, 0, sizeof(*ledger));
	ledger->sender = sender;
	ledger->size = size;
	ledger->pattern = make_pattern(size);
}

void pr_ledger_fini(struct pr_ledger *ledger)
{
	free((void *)ledger->pattern);
	free(ledger->missing);
	ledger->pattern = NULL;
	ledger->missing = NULL;
}

bool pr_ledger_is_odd(const struct pr_ledger *ledger)
{
	return (ledger->lost | ledger->reordered | ledger->duplicated | ledger->corrupt) != 0;
}

static void add_missing(struct pr_ledger *ledger, uint64_t number)
{
	if (ledger->missing_count == ledger->missing_capacity) {
		ledger->missing_capacity =
		        ledger->missing_capacity == 0 ? 64 : ledger->missing_capacity * 2;
		ledger->missing = pr_realloc(ledger->missing,
		                             ledger->missing_capacity * sizeof(*ledger->missing));
	}
	ledger->missing[ledger->missing_count++] = number;
}

/* True when number was missing; it no longer is.  */
static bool remove_missing(struct pr_ledger *ledger, uint64_t number)
{
	for (size_t i = 0; i < ledger->missing_count; i++)
		if (ledger->missing[i] == number) {
			ledger->missing[i] = ledger->missing[--ledger->missing_count];
			return true;
		}
	return false;
}

static void take_number(struct pr_ledger *ledger, uint64_t number)
{
	if (number < ledger->expected) {
		if (remove_missing(ledger, number)) {
			ledger->reordered++;
			ledger->lost--;
		} else {
			ledger->duplicated++;
		}
		return;
	}
	for (uint64_t skipped = ledger->expected;
	     skipped < number && ledger->missing_count < MISSING_MAX; skipped++)
		add_missing(ledger, skipped);
	ledger->lost += number - ledger->expected;
	ledger->expected = number + 1;
}

/* A number that no sender of this run can have reached: the body is not ours.  */
#define NUMBER_JUMP_MAX ((uint64_t)1 << 32)

bool pr_ledger_read(const struct pr_ledger *ledger, const void *of, size_t size, uint64_t *number)
{
	const unsigned char *body = of;
	uint64_t head, seal;

	if (size != ledger->size)
		return false;
	memcpy(&head, body, sizeof(head));
	memcpy(&seal, body + size - sizeof(seal), sizeof(seal));
	*number = head & (((uint64_t)1 << PR_STAMP_SENDER_BIT) - 1);
	return seal == pr_stamp_seal(head) && head >> PR_STAMP_SENDER_BIT == ledger->sender &&
	       *number < ledger->expected + NUMBER_JUMP_MAX &&
	       memcmp(body + sizeof(head), ledger->pattern + sizeof(head),
	              size - 2 * sizeof(head)) == 0;
}

void pr_ledger_take_odd(struct pr_ledger *ledger, const void *body, size_t size)
{
	bool was_odd = pr_ledger_is_odd(ledger);
	uint64_t expected = ledger->expected;
	uint64_t number;

	if (pr_ledger_read(ledger, body, size, &number))
		take_number(ledger, number);
	else
		ledger->corrupt++;
	if (!was_odd && pr_ledger_is_odd(ledger))
		ledger->first_odd = expected;
}
