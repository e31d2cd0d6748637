/* SPDX-License-Identifier: MIT */
/* ci/fuzz/zmtp_fuzz.c - greeting, the handshakes of all mechanisms and roles, frame headers,
 * commands, and a ZAP handler's answers: any bytes, in any split, end in the same state with the
 * same said, use no more than was given, and never a byte outside it.  */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/frame.h"
#include "core/include/proctor/zmq.h"
#include "core/zap.h"
#include "core/zmtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Everybody that a handshake can be with: mechanism, role, and whether a ZAP handler is asked.  */
static const struct pr_options ours[] = {
        {.mechanism = ZMQ_NULL, .routing_id = "us", .routing_id_size = 2},
        {.mechanism = ZMQ_NULL, .zap_domain = "domain", .zap_domain_size = 6},
        {.mechanism = ZMQ_PLAIN, .as_server = 1},
        {.mechanism = ZMQ_PLAIN,
         .plain_username = "user",
         .plain_username_size = 4,
         .plain_password = "password",
         .plain_password_size = 8},
};

/* 0: there is no handler; -1: it never answers.  */
static const int answers[] = {200, 300, 400, 500, 0, -1};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A machine, and what it said.  */
struct side {
	struct pr_zmtp zmtp;
	uint8_t said[4 * PR_ZMTP_OUT_MAX];
	size_t said_size;
	int answer;
};

static void serve(struct side *side)
{
	struct pr_zmtp *zmtp = &side->zmtp;

	if (zmtp->zap == PR_ZMTP_ZAP_DUE) {
		zmtp->zap = PR_ZMTP_ZAP_ASKED;
		if (side->answer > 0)
			pr_zmtp_zap_answer(zmtp, side->answer);
		else if (side->answer == 0)
			pr_zmtp_zap_absent(zmtp);
	}
	assert(zmtp->out_size <= PR_ZMTP_OUT_MAX);
	assert(side->said_size + zmtp->out_size <= sizeof(side->said));
	memcpy(side->said + side->said_size, zmtp->out, zmtp->out_size);
	side->said_size += zmtp->out_size;
	zmtp->out_size = 0;
}

/* Feeds a copy that is exactly as long as what arrived so far, so that a sanitizer sees a read
 * behind it.  */
static size_t feed(struct side *side, const uint8_t *data, size_t size, size_t step)
{
	struct pr_zmtp *zmtp = &side->zmtp;
	size_t used = 0, seen = 0;

	serve(side);
	while (seen < size && zmtp->state < PR_ZMTP_DONE) {
		seen = step < size - seen ? seen + step : size;
		for (size_t more = 1; more > 0 && zmtp->state < PR_ZMTP_DONE; used += more) {
			uint8_t *exact = malloc(seen - used + 1);

			memcpy(exact, data + used, seen - used);
			more = pr_zmtp_feed(zmtp, exact, seen - used);
			assert(more <= seen - used);
			free(exact);
			serve(side);
		}
		assert(zmtp->state >= PR_ZMTP_DONE ||
		       seen - used < PR_ZMTP_COMMAND_MAX + PR_FRAME_HEADER_MAX);
	}
	return used;
}

static void check_done(const struct pr_zmtp *whole, const struct pr_zmtp *split)
{
	assert(whole->routing_id_size == split->routing_id_size);
	assert(memcmp(whole->routing_id, split->routing_id, whole->routing_id_size) == 0);
	assert(whole->properties && whole->properties_size == split->properties_size);
	assert(memcmp(whole->properties, split->properties, whole->properties_size) == 0);
}

static void handshake(const struct pr_options *options, int answer, const uint8_t *data,
                      size_t size, size_t step)
{
	static struct side whole, split;

	whole.said_size = split.said_size = 0;
	whole.answer = split.answer = answer;
	pr_zmtp_init(&whole.zmtp, ZMQ_ROUTER, options);
	pr_zmtp_init(&split.zmtp, ZMQ_ROUTER, options);
	size_t whole_used = feed(&whole, data, size, size);
	size_t split_used = feed(&split, data, size, step);

	assert(whole.zmtp.state == split.zmtp.state);
	assert(whole.zmtp.state != PR_ZMTP_BAD || whole.zmtp.failure.why);
	assert(whole.zmtp.failure.value == split.zmtp.failure.value);
	assert(whole.said_size == split.said_size);
	assert(memcmp(whole.said, split.said, whole.said_size) == 0);
	if (whole.zmtp.state == PR_ZMTP_DONE) {
		assert(whole_used == split_used);
		check_done(&whole.zmtp, &split.zmtp);
	}
	pr_zmtp_fini(&whole.zmtp);
	pr_zmtp_fini(&split.zmtp);
}

/* As they are, and behind a good greeting.  */
static void handshakes(const uint8_t *data, size_t size)
{
	uint8_t *greeted = malloc(PR_ZMTP_GREETING_SIZE + size);
	size_t step = size > 0 ? data[0] % 16 + 1u : 1;

	memcpy(greeted + PR_ZMTP_GREETING_SIZE, data, size);
	for (size_t i = 0; i < COUNT(ours); i++) {
		pr_zmtp_greeting(greeted, ours[i].mechanism == ZMQ_NULL ? "NULL" : "PLAIN");
		for (size_t j = 0; j < COUNT(answers); j++)
			handshake(&ours[i], answers[j], greeted, PR_ZMTP_GREETING_SIZE + size,
			          step);
		handshake(&ours[i], answers[size % COUNT(answers)], data, size, step);
	}
	free(greeted);
}

/* A ZAP handler's answer, cut into frames: a size, then so many bytes.  */
static void answer(const uint8_t *data, size_t size)
{
	struct pr_zap_reply reply = {0};

	while (size > 0) {
		size_t frame = data[0] < size ? data[0] : size - 1;
		uint8_t *exact = malloc(frame + 1);

		memcpy(exact, data + 1, frame);
		pr_zap_reply_take(&reply, exact, frame, size > 1 + frame);
		free(exact);
		data += 1 + frame;
		size -= 1 + frame;
	}
	if (reply.frames > 0 && !reply.fault)
		assert(reply.frames == 7 && reply.status >= 200 && reply.status <= 500);
	pr_zap_reply_fini(&reply);
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

/* A subscription becomes the message of an older peer, in place or before, and that is what we
 * would have written to such a peer.  */
static void subscription(const uint8_t *data, size_t size)
{
	size_t header_size = pr_frame_header_size(size);
	uint8_t *frame = malloc(header_size + size), expected[PR_ZMTP_SUBSCRIBE_MAX];
	struct pr_frame message;

	memcpy(frame + header_size, data, size);
	size_t kept = pr_zmtp_rewrite_subscription(frame, frame + header_size, size);

	assert(kept <= header_size + size);
	if (kept > 0) {
		assert(pr_frame_decode(frame, kept, &message) > 0);
		assert(message.flags <= PR_FRAME_LONG && message.size >= 1);
		size_t topic_size = message.size - 1;
		size_t begin =
		        pr_zmtp_subscribe(expected, frame[message.header_size] == 1, 0, topic_size);

		assert(begin + topic_size == kept && memcmp(expected, frame, begin) == 0);
		assert(memcmp(frame + begin, data + size - topic_size, topic_size) == 0);
	}
	free(frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	handshakes(data, size);
	header(data, size);
	command(data, size);
	subscription(data, size);
	answer(data, size);
	return 0;
}
