/* SPDX-License-Identifier: MIT */
/* ci/fuzz/zmtp_fuzz.c - greeting, handshake, frame headers and commands: any bytes, in any split,
 * end in the same state, use no more than was given, and never a byte outside it.  */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/frame.h"
#include "core/include/proctor/zmq.h"
#include "core/zmtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Feeds a copy that is exactly as long as what arrived so far, so that a sanitizer sees a read
 * behind it.  */
static size_t feed(struct pr_zmtp *zmtp, const uint8_t *data, size_t size, size_t step)
{
	size_t used = 0, seen = 0;

	while (seen < size && zmtp->state < PR_ZMTP_DONE) {
		seen = step < size - seen ? seen + step : size;
		for (size_t more = 1; more > 0 && zmtp->state < PR_ZMTP_DONE; used += more) {
			uint8_t *exact = malloc(seen - used + 1);

			memcpy(exact, data + used, seen - used);
			more = pr_zmtp_feed(zmtp, exact, seen - used);
			assert(more <= seen - used);
			free(exact);
		}
	}
	return used;
}

static void handshake(const uint8_t *data, size_t size, size_t step)
{
	struct pr_zmtp whole, split;

	pr_zmtp_init(&whole, ZMQ_ROUTER);
	pr_zmtp_init(&split, ZMQ_ROUTER);
	size_t whole_used = feed(&whole, data, size, size);
	size_t split_used = feed(&split, data, size, step);

	assert(whole.state == split.state);
	assert(whole.state != PR_ZMTP_BAD || whole.failure.why);
	if (whole.state == PR_ZMTP_DONE) {
		assert(whole_used == split_used);
		assert(whole.routing_id_size == split.routing_id_size);
		assert(memcmp(whole.routing_id, split.routing_id, whole.routing_id_size) == 0);
	}
}

static void header(const uint8_t *data, size_t size)
{
	struct pr_frame frame, again;
	uint8_t out[PR_FRAME_HEADER_MAX];
	int header_size = pr_frame_decode(data, size, &frame);

	if (header_size <= 0)
		return;
	assert((size_t)header_size <= size && header_size == frame.header_size);
	pr_frame_get(data, &again);
	assert(again.size == frame.size && again.header_size == frame.header_size);
	pr_frame_encode(out, frame.flags & (PR_FRAME_MORE | PR_FRAME_COMMAND), frame.size);
	assert(pr_frame_decode(out, sizeof(out), &again) > 0 && again.size == frame.size);
}

static void command(const uint8_t *data, size_t size)
{
	uint8_t out[PR_ZMTP_PONG_MAX];
	int answer = pr_zmtp_command(data, size, out);

	assert(answer >= -1 && answer <= PR_ZMTP_PONG_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *greeted = malloc(PR_ZMTP_GREETING_SIZE + size);
	size_t step = size > 0 ? data[0] % 16 + 1u : 1;

	handshake(data, size, step);
	pr_zmtp_greeting(greeted);
	memcpy(greeted + PR_ZMTP_GREETING_SIZE, data, size);
	handshake(greeted, PR_ZMTP_GREETING_SIZE + size, step);
	header(data, size);
	command(data, size);
	free(greeted);
	return 0;
}
