/* SPDX-License-Identifier: MIT */
/* core/room.c - see room.h.  */
#include "core/room.h"

#include "core/counters.h"
#include "core/frame.h"
#include "core/handshake.h"
#include "core/phase.h"
#include "core/pipe.h"

/* A frame that is longer than a chunk gets a chunk of its own, which grows with what really
 * arrived: a peer that only claims a huge frame costs this much.  */
#define CLAIM_BYTES ((size_t)1 << 20)

/* Of a frame that came, up to this size, another one is expected.  */
#define EXPECTED_MAX ((size_t)4 << 20)

/* As many raw bytes make a message at most, as with libzmq.  */
#define RAW_BODY_MAX ((size_t)8192)

/* The frame that the next bytes belong to.  */
struct under_way {
	uint64_t whole;   /* its length with the header; 0: not known */
	uint64_t missing; /* of these, what has not come */
	size_t partial;   /* what has come */
};

static struct under_way look(struct pr_conn *conn)
{
	struct pr_queue *in = conn->pipe->stream_in;
	struct under_way now = {.partial = in->write - conn->read.walked};
	struct pr_frame frame;

	if (now.partial == 0 ||
	    pr_frame_decode(pr_queue_at(in, conn->read.walked), now.partial, &frame) <= 0)
		return now;
	now.whole = frame.header_size + frame.size;
	now.missing = now.whole - now.partial;
	return now;
}

/* How much of the rest of a frame gets room at once: no more than what has come of it (so each byte
 * is moved once or twice, whatever the size, and a peer that only claims a huge frame gets no huge
 * chunk).  */
static size_t creditable(const struct under_way *now)
{
	uint64_t most = now->partial > CLAIM_BYTES ? now->partial : CLAIM_BYTES;

	return now->missing < most ? now->missing : most;
}

/* Out of the way: what is counted here would cost every receive registers.  */
static __attribute__((noinline)) uint8_t *grow(struct pr_conn *conn, size_t size, size_t partial)
{
	struct pr_queue *in = conn->pipe->stream_in;
	uint64_t allocations = in->allocations;
	uint8_t *room = pr_queue_grow(in, size, partial);

	PR_COUNT(&conn->counters, allocations, in->allocations - allocations);
	PR_COUNT(&conn->counters, copied_bytes, partial);
	return room;
}

static uint8_t *reserve(struct pr_conn *conn, size_t size, const struct under_way *now)
{
	struct pr_queue *in = conn->pipe->stream_in;
	size_t rest = creditable(now), wanted = size;

	if (rest == now->missing && rest > size)
		wanted = rest;
	if (pr_queue_has_room(in, wanted))
		return pr_queue_at(in, in->write);
	return grow(conn, size + rest, now->partial);
}

/* ---- Large frames ---- */

/* Keeps in mind how long the frames are: a large one is expected to be followed by its like, until
 * less than one has come between two boundaries.  The length of the large frame that comes or is
 * expected, else 0.  */
static uint64_t expect(struct pr_conn *conn, const struct under_way *now)
{
	struct pr_reader *read = &conn->read;
	uint64_t begin = read->walked;

	if (now->whole > 0)
		read->large = now->whole >= PR_LARGE_FRAME_MIN ? now->whole : 0;
	else if (read->large > EXPECTED_MAX ||
	         (begin != read->large_from && begin - read->large_from < read->large))
		read->large = 0;
	read->large_from = begin;
	return read->large;
}

/* Bytes to ask for where `have` are free: a frame that has a chunk of its own is read to its end in
 * equal parts; of smaller ones as many as fit, and the last reads of a chunk end with one.  */
static size_t ask(size_t have, size_t max, uint64_t whole, uint64_t missing)
{
	size_t most = have < max ? have : max;

	if (whole > max && missing <= have)
		return missing / ((missing + max - 1) / max);
	if (whole > max || have - most >= max || missing > most)
		return most;
	return missing + (most - missing) / whole * whole;
}

static uint8_t *room_for_large(struct pr_conn *conn, size_t *size, uint64_t whole,
                               const struct under_way *now)
{
	struct pr_queue *in = conn->pipe->stream_in;
	size_t max = conn->phase->read_size_max;
	bool is_known = now->whole > 0;
	uint64_t missing = is_known ? now->missing : whole;
	size_t rest = is_known ? creditable(now) : missing;

	if (!pr_queue_has_room(in, rest == missing ? rest : max)) {
		size_t need = rest;

		if (whole <= max && need + now->partial < max)
			need = max - now->partial;
		else if (rest < missing && need < max)
			need = max;
		if (!grow(conn, need, now->partial))
			return NULL;
	}
	*size = ask(pr_queue_room(in), max, whole, missing);
	return pr_queue_at(in, in->write);
}

/* ---- The two ways in ---- */

/* Raw bytes become the body of a frame; the place of its header is kept before them.  */
static uint8_t *room_for_raw(struct pr_conn *conn, size_t *size, const struct under_way *now)
{
	if (*size > RAW_BODY_MAX)
		*size = RAW_BODY_MAX;
	uint8_t *at = reserve(conn, PR_FRAME_HEADER_MAX + *size, now);

	return at ? at + PR_FRAME_HEADER_MAX : NULL;
}

static uint8_t *room_for_handshake(struct pr_conn *conn, size_t *size)
{
	if (*size > PR_HANDSHAKE_READ_MAX)
		*size = PR_HANDSHAKE_READ_MAX;
	return conn->handshake->input + conn->handshake->input_size;
}

uint8_t *pr_room_to_read(struct pr_conn *conn, size_t *size)
{
	*size = conn->phase->read_size;
	if (conn->state != PR_CONN_TRAFFIC)
		return room_for_handshake(conn, size);
	struct under_way now = look(conn);

	if (now.partial == 0)
		pr_queue_rewind(conn->pipe->stream_in);
	if (__builtin_expect(conn->is_raw, 0))
		return room_for_raw(conn, size, &now);
	if (conn->phase->read_size_max != PR_OPT_NONE &&
	    conn->phase->read_size_max > conn->phase->read_size) {
		uint64_t large = expect(conn, &now);

		if (__builtin_expect(large > 0, 0))
			return room_for_large(conn, size, large, &now);
	}
	return reserve(conn, *size, &now);
}

uint8_t *pr_room_to_copy(struct pr_conn *conn, size_t size)
{
	struct under_way now = look(conn);

	if (now.partial == 0)
		pr_queue_rewind(conn->pipe->stream_in);
	return reserve(conn, size, &now);
}
