/* SPDX-License-Identifier: MIT */
/* harness/adapter/floor/batches.c - the kernels without a thread: raw, bytes and parsed.
 *
 * Blocking sockets.  The sender fills a buffer with frames and sends a batch at a time; the
 * receiver asks for as much and finds each frame in place.  No queue, no thread, no wake-up stands
 * between the application and send(2) or recv(2).  With raw a batch is one message.  */
#include <sys/socket.h>

#include "harness/adapter/floor/floor.h"

/* Sends size bytes that stand at `from` in the buffer.  */
static enum pr_err send_bytes(struct pr_floor_side *side, size_t from, size_t size,
                              struct pr_error *why)
{
	enum pr_err err = PR_OK;

	while (err == PR_OK && size > 0) {
		size_t done;

		err = pr_floor_send_some(side, side->out.bytes + from, size, 0, &done, why);
		from += done;
		size -= done;
	}
	return err;
}

static enum pr_err flush(struct pr_link *link, int end, struct pr_error *why)
{
	struct pr_floor_side *side = &pr_floor_link_of(link)->ends[end];
	size_t size = side->out.used;

	side->out.used = 0;
	return send_bytes(side, 0, size, why);
}

/* Sends every whole batch that has gathered and keeps the rest.  */
static enum pr_err send_batches(struct pr_floor_side *side, size_t batch, struct pr_error *why)
{
	struct pr_floor_half *out = &side->out;
	size_t sent = 0;

	for (; out->used - sent >= batch; sent += batch) {
		enum pr_err err = send_bytes(side, sent, batch, why);

		if (err != PR_OK)
			return err;
	}
	out->used -= sent;
	memmove(out->bytes, out->bytes + sent, out->used);
	return PR_OK;
}

static enum pr_err send_message(struct pr_link *base, int end, const void *body, size_t size,
                                struct pr_error *why)
{
	struct pr_floor_link *link = pr_floor_link_of(base);
	struct pr_floor_side *side = &link->ends[end];
	struct pr_floor_half *out = &side->out;

	out->used += pr_floor_put_frame(out->bytes + out->used, link->delimits, body, size);
	return out->used >= link->send_size ? send_batches(side, link->send_size, why) : PR_OK;
}

/* Moves the beginning of a frame to the front and reads a batch behind it.  *empty tells that there
 * was nothing to read and wait was false.  */
static enum pr_err read_more(struct pr_floor_link *link, struct pr_floor_side *side, bool wait,
                             bool *empty, struct pr_error *why)
{
	struct pr_floor_half *in = &side->in;
	enum pr_err err;
	size_t got;

	in->used -= in->taken;
	memmove(in->bytes, in->bytes + in->taken, in->used);
	in->taken = 0;
	if (in->used > link->frame_max)
		return pr_error_set(
		        why, PR_FAILED,
		        "the stream is broken: a frame is longer than any that was sent");
	err = pr_floor_recv_some(side, in->bytes + in->used, link->read_size,
	                         wait ? 0 : MSG_DONTWAIT, &got, why);
	*empty = got == 0;
	in->used += got;
	return err;
}

/* Takes a whole message out of what was read.  False when more bytes are needed.  */
static inline bool take_parsed(const struct pr_floor_link *link, struct pr_floor_half *in,
                               const void **body, size_t *size)
{
	size_t whole = pr_floor_parse(in->bytes + in->taken, in->used - in->taken,
	                              link->delimits ? PR_FLOOR_DELIMITER : 0, body, size);

	in->taken += whole;
	return whole > 0;
}

/* The same by its size alone, once the greetings, which are shorter, are over.  */
static inline bool take_blind(const struct pr_floor_link *link, struct pr_floor_half *in,
                              const void **body, size_t *size)
{
	if (__builtin_expect(!in->met, 0)) {
		if (!take_parsed(link, in, body, size))
			return false;
		in->met = *size == link->body_size;
		return true;
	}
	if (in->used - in->taken < link->frame_size)
		return false;
	in->taken += link->frame_size;
	*body = in->bytes + in->taken - link->body_size;
	*size = link->body_size;
	return true;
}

static inline __attribute__((always_inline)) enum pr_err receive(struct pr_link *base, int end,
                                                                 bool wait, const void **body,
                                                                 size_t *size, bool parse,
                                                                 struct pr_error *why)
{
	struct pr_floor_link *link = pr_floor_link_of(base);
	struct pr_floor_side *side = &link->ends[end];
	bool empty;
	enum pr_err err;

	if (__builtin_expect(side->fd < 0, 0)) {
		err = pr_floor_accept(link, wait, &empty, why);
		if (err != PR_OK || empty) {
			*body = NULL;
			return err;
		}
	}
	while (!(parse ? take_parsed(link, &side->in, body, size)
	               : take_blind(link, &side->in, body, size))) {
		err = read_more(link, side, wait, &empty, why);
		*body = NULL;
		if (err != PR_OK || empty)
			return err;
	}
	return PR_OK;
}

static enum pr_err recv_parsed(struct pr_link *link, int end, bool wait, const void **body,
                               size_t *size, struct pr_error *why)
{
	return receive(link, end, wait, body, size, true, why);
}

static enum pr_err recv_blind(struct pr_link *link, int end, bool wait, const void **body,
                              size_t *size, struct pr_error *why)
{
	return receive(link, end, wait, body, size, false, why);
}

const struct pr_floor_kernel pr_floor_raw = {
        .name = "raw", .each = true, .send = send_message, .flush = flush, .recv = recv_blind};
const struct pr_floor_kernel pr_floor_bytes = {
        .name = "bytes", .send = send_message, .flush = flush, .recv = recv_blind};
const struct pr_floor_kernel pr_floor_parsed = {
        .name = "parsed", .send = send_message, .flush = flush, .recv = recv_parsed};
