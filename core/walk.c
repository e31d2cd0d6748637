/* SPDX-License-Identifier: MIT */
/* core/walk.c - see walk.h.  */
#include "core/walk.h"

#include <string.h>
#include <sys/types.h>

#include "core/conn.h"
#include "core/endpoint.h"
#include "core/frame.h"
#include "core/heartbeat.h"
#include "core/pipe.h"
#include "core/write.h"
#include "core/zmtp.h"

/* A command in traffic.  False: it is malformed.  */
static bool take_command(struct pr_conn *conn, const uint8_t *body, size_t size)
{
	uint8_t answer[PR_ZMTP_PONG_MAX];
	int answer_size = pr_zmtp_command(body, size, answer);

	if (answer_size > 0) {
		pr_heartbeat_pinged(conn, body);
		pr_write_control(conn, answer, (size_t)answer_size);
	}
	return answer_size >= 0;
}

static bool is_too_long(const struct pr_conn *conn, const struct pr_frame *frame)
{
	int64_t most = conn->endpoint->options.maxmsgsize;

	return most >= 0 && frame->size > (uint64_t)most;
}

/* A reply to a REQ: an empty part, perhaps a number before it, a body.  False: it is none.  */
static bool goes_on_as_reply(struct pr_reader *read, const struct pr_frame *frame)
{
	bool more = frame->flags & PR_FRAME_MORE;

	if (read->reply == PR_REPLY_BODY) {
		read->reply = more ? PR_REPLY_BODY : PR_REPLY_BEGIN;
		return true;
	}
	bool is_number = read->reply == PR_REPLY_BEGIN && frame->size == sizeof(uint32_t);

	read->reply = is_number ? PR_REPLY_NUMBERED : PR_REPLY_BODY;
	return more && (is_number || frame->size == 0);
}

/* A command, or a reply to a REQ.  Returns how much of it is kept: the size of the frame written to
 * `to`, which is at or before `at`; -1 when the peer broke the protocol.  */
static __attribute__((noinline)) ssize_t take_special(struct pr_conn *conn, uint8_t *to,
                                                      uint8_t *at, const struct pr_frame *frame)
{
	const uint8_t *body = at + frame->header_size;
	size_t size = frame->header_size + frame->size;

	if (!(frame->flags & PR_FRAME_COMMAND)) {
		if (!goes_on_as_reply(&conn->read, frame))
			return -1;
		memmove(to, at, size);
		return (ssize_t)size;
	}
	size_t kept =
	        conn->takes_subscriptions ? pr_zmtp_rewrite_subscription(to, body, frame->size) : 0;

	if (kept > 0)
		return (ssize_t)kept;
	PR_COUNT(&conn->counters, recv_handshake_bytes, size);
	return take_command(conn, body, frame->size) ? 0 : -1;
}

bool pr_walk(struct pr_conn *conn)
{
	struct pr_queue *in = conn->pipe->stream_in;
	struct pr_reader *read = &conn->read;
	uint8_t *start = pr_queue_at(in, read->walked), *at = start, *to = start;
	const uint8_t *end = start + (in->write - read->walked);
	const uint8_t *message_end = NULL;
	struct pr_frame frame;
	uint64_t messages = 0;
	unsigned all_are_special = read->reply != PR_REPLY_UNCHECKED ? PR_FRAME_COMMAND : 0;
	bool good = true;

	while (at < end) {
		pr_queue_foresee(at);
		int header_size = pr_frame_decode(at, (size_t)(end - at), &frame);

		if (header_size < 0 || (header_size > 0 && is_too_long(conn, &frame))) {
			good = false;
			break;
		}
		if (header_size == 0 || (uint64_t)(end - at - header_size) < frame.size)
			break;
		size_t size = (size_t)header_size + frame.size;

		if (__builtin_expect((frame.flags | all_are_special) & PR_FRAME_COMMAND, 0)) {
			ssize_t kept = take_special(conn, to, at, &frame);

			if (kept < 0) {
				good = false;
				break;
			}
			at += size;
			to += kept;
			if (kept > 0 && !(frame.flags & PR_FRAME_MORE)) {
				messages++;
				message_end = to;
			}
			continue;
		}
		if (__builtin_expect(to != at, 0))
			memmove(to, at, size);
		at += size;
		to += size;
		if (!(frame.flags & PR_FRAME_MORE)) {
			messages++;
			message_end = to;
		}
	}
	if (__builtin_expect(conn->is_deaf, 0)) {
		PR_COUNT(&conn->counters, recv_messages, messages);
		to = start;
		messages = 0;
	}
	if (to != at) {
		memmove(to, at, (size_t)(end - at));
		read->origin -= (uint64_t)(at - to);
	}
	in->write -= (uint64_t)(at - to);
	read->walked += (uint64_t)(to - start);
	if (messages > 0) {
		read->waiting += messages;
		read->message_end = read->walked - (uint64_t)(to - message_end);
		read->message_chunk = in->write_chunk;
	}
	return good;
}
