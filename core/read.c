/* SPDX-License-Identifier: MIT */
/* core/read.c - see read.h.  */
#include "core/read.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "core/conflate.h"
#include "core/endpoint.h"
#include "core/frame.h"
#include "core/handshake.h"
#include "core/heartbeat.h"
#include "core/include/proctor/zmq.h"
#include "core/monitor.h"
#include "core/phase.h"
#include "core/pipe.h"
#include "core/room.h"
#include "core/walk.h"
#include "core/write.h"

/* What one connection may read in one turn of the loop, so that the others get theirs.  */
#define TURN_BYTES ((size_t)256 << 10)

/* ---- Counting ---- */

/* got: bytes, 0 at the end of the stream, or a negative errno value.  */
static bool found_nothing(ssize_t got)
{
	return got == -EAGAIN || got == -EINTR;
}

static void count_received(struct pr_conn *conn, enum pr_read_cause cause, size_t got, size_t room)
{
	PR_COUNT(&conn->counters, recv_bytes, got);
	PR_COUNT_SIZE(&conn->counters, recv, got);
	if (got == room)
		PR_COUNT_CELL(&conn->counters, receives, PR_OUTCOME_FULL, cause);
	else
		PR_COUNT_CELL(&conn->counters, receives, PR_OUTCOME_SHORT, cause);
}

static void count_nothing(struct pr_conn *conn, enum pr_read_cause cause, ssize_t got)
{
	enum pr_outcome outcome = PR_OUTCOME_ERROR;

	if (found_nothing(got))
		outcome = PR_OUTCOME_EAGAIN;
	else if (got == 0)
		outcome = PR_OUTCOME_END;
	PR_COUNT_CELL(&conn->counters, receives, outcome, cause);
}

/* ---- Publishing ---- */

/* Messages that may still be published.  */
static uint64_t credit(struct pr_pipe *pipe)
{
	uint64_t hwm = atomic_load_explicit(&pipe->in_hwm, memory_order_seq_cst);
	uint64_t untaken =
	        pipe->in_published - atomic_load_explicit(&pipe->in_consumed, memory_order_seq_cst);

	if (hwm == 0)
		return UINT64_MAX;
	return untaken < hwm ? hwm - untaken : 0; /* RCVHWM may have been lowered */
}

static void publish_up_to(struct pr_conn *conn, uint64_t position, struct pr_chunk *chunk,
                          uint64_t messages)
{
	struct pr_pipe *pipe = conn->pipe;
	struct pr_reader *read = &conn->read;

	read->published = position;
	read->published_chunk = chunk;
	read->waiting -= messages;
	pipe->in_published += messages;
	PR_COUNT(&conn->counters, recv_messages, messages);
	if (!pr_queue_publish(pipe->stream_in, position))
		return;
	if (conn->phase->fault == PR_FAULT_LOST_WAKEUP && ++pipe->readable_signals % 64 == 0)
		return;
	pr_conn_tell_app(conn, PR_APP_READABLE);
}

/* The first `messages` of those that wait: walks their headers again, which is cheap and rare.  */
static void publish_some(struct pr_conn *conn, uint64_t messages)
{
	struct pr_reader *read = &conn->read;
	struct pr_chunk *chunk = read->published_chunk;
	uint64_t at = read->published;
	uint64_t left = messages;
	struct pr_frame frame;

	while (left > 0) {
		if (at == atomic_load_explicit(&chunk->end, memory_order_relaxed)) {
			chunk = atomic_load_explicit(&chunk->next, memory_order_relaxed);
			continue;
		}
		pr_frame_get(chunk->data + (at - chunk->base), &frame);
		at += frame.header_size + frame.size;
		left -= !(frame.flags & PR_FRAME_MORE);
	}
	publish_up_to(conn, at, chunk, messages);
}

/* Asks the application to tell when it has taken messages.  False: it has taken some meanwhile.  */
static bool ask_for_restart(struct pr_pipe *pipe)
{
	atomic_store_explicit(&pipe->in_full, 1, memory_order_seq_cst);
	if (credit(pipe) == 0)
		return true;
	atomic_store_explicit(&pipe->in_full, 0, memory_order_seq_cst);
	return false;
}

static void pause_reading(struct pr_conn *conn)
{
	if (conn->read.paused)
		return;
	conn->read.paused = true;
	PR_COUNT(&conn->counters, pauses, 1);
	if (!conn->is_edge)
		pr_conn_set_interest(conn, conn->interest & ~(uint32_t)EPOLLIN);
}

/* Without asking the adaptive rule for a probe: that is for completions.  */
static bool speculates(const struct pr_conn *conn)
{
	return conn->phase->speculate == PR_SPECULATE_ALWAYS || conn->read.adapt.credit > 0;
}

static void resume_reading(struct pr_conn *conn)
{
	if (!conn->read.paused || conn->state != PR_CONN_TRAFFIC)
		return;
	conn->read.paused = false;
	if (!conn->is_edge)
		pr_conn_set_interest(conn, conn->interest | EPOLLIN);
	if (speculates(conn))
		pr_read(conn, PR_READ_RESTART);
}

static size_t held_bytes(const struct pr_conn *conn)
{
	return conn->pipe->stream_in->write - conn->read.published + conn->read.store.bytes;
}

static void stop(struct pr_conn *conn)
{
	struct pr_reader *read = &conn->read;

	PR_COUNT_PEAK(&conn->counters, held_bytes_peak, held_bytes(conn));
	if (read->stopped)
		return;
	read->stopped = true;
	read->stopped_at = conn->pipe->stream_in->write;
	PR_COUNT(&conn->counters, stops, 1);
	PR_COUNT_SET(&conn->counters, stopped_now, 1);
	PR_PROBE2(stop, conn->watch.fd, held_bytes(conn));
	if (conn->phase->on_full == PR_ON_FULL_STOP)
		pause_reading(conn);
}

/* Of all that came the application gets the last message; there is no limit to hold to.  */
static void conflate(struct pr_conn *conn)
{
	struct pr_reader *read = &conn->read;
	bool sleeps = false;

	if (read->waiting == 0)
		return;
	pr_slot_put_last(conn->pipe->slot_in, conn->pipe->stream_in, read->published_chunk,
	                 read->published, read->message_end, &sleeps);
	PR_COUNT(&conn->counters, recv_messages, read->waiting);
	read->published = read->message_end;
	read->published_chunk = conn->pipe->stream_in->read_chunk;
	read->waiting = 0;
	if (sleeps)
		pr_conn_tell_app(conn, PR_APP_READABLE);
}

static void publish(struct pr_conn *conn)
{
	struct pr_reader *read = &conn->read;

	if (conn->pipe->slot_in) {
		conflate(conn);
		return;
	}

	while (read->waiting > 0) {
		uint64_t allowed = credit(conn->pipe);

		if (allowed >= read->waiting) {
			publish_up_to(conn, read->message_end, read->message_chunk, read->waiting);
		} else if (allowed > 0) {
			publish_some(conn, allowed);
		} else if (ask_for_restart(conn->pipe)) {
			stop(conn);
			return;
		}
	}
}

/* ---- Holding ---- */

/* size-check=walk over the ring: chunk by chunk.  */
static uint64_t walk_ring(const struct pr_conn *conn, uint64_t from, uint64_t *steps)
{
	const struct pr_chunk *chunk = conn->read.published_chunk;
	uint64_t write = conn->pipe->stream_in->write, bytes = 0;

	for (; chunk; chunk = atomic_load_explicit(&chunk->next, memory_order_relaxed)) {
		uint64_t end = atomic_load_explicit(&chunk->end, memory_order_relaxed);
		uint64_t start = chunk->base > from ? chunk->base : from;

		if (end > write)
			end = write;
		bytes += end > start ? end - start : 0;
		++*steps;
	}
	return bytes;
}

/* Bytes that count towards the cap: what came after the stop, and with cap-partial what was there
 * before it.  */
static uint64_t capped_bytes(struct pr_conn *conn)
{
	struct pr_reader *read = &conn->read;
	uint64_t write = conn->pipe->stream_in->write;
	uint64_t from = read->stopped_at > read->published ? read->stopped_at : read->published;
	uint64_t partial = 0, beyond = 0, steps = 0;
	bool by_walking = conn->phase->size_check == PR_SIZE_WALK;

	if (read->published < read->stopped_at)
		partial = read->stopped_at - read->published;
	if (conn->phase->store == PR_STORE_DEQUE)
		beyond = by_walking ? pr_store_walk(&read->store, &steps) : read->store.bytes;
	else if (write > from)
		beyond = by_walking ? walk_ring(conn, from, &steps) : write - from;
	PR_COUNT(&conn->counters, size_walk_steps, steps);
	return beyond + (conn->phase->cap_partial ? partial : 0);
}

static void check_cap(struct pr_conn *conn)
{
	if (!conn->read.stopped || conn->phase->on_full != PR_ON_FULL_HOLD)
		return;
	PR_COUNT_PEAK(&conn->counters, held_bytes_peak, held_bytes(conn));
	uint64_t bytes = capped_bytes(conn);

	if (conn->phase->cap == PR_OPT_NONE || bytes <= conn->phase->cap)
		return;
	if (conn->phase->at_cap == PR_AT_CAP_PAUSE) {
		pause_reading(conn);
		return;
	}
	PR_COUNT(&conn->counters, cap_disconnects, 1);
	pr_monitor_tell_conn(conn, ZMQ_EVENT_DISCONNECTED, conn->watch.fd);
	pr_conn_close(conn);
}

/* The bytes just received go to the deque instead.  */
static void hold_in_deque(struct pr_conn *conn, size_t size)
{
	struct pr_queue *in = conn->pipe->stream_in;

	PR_COUNT(&conn->counters, allocations, 1);
	PR_COUNT(&conn->counters, copied_bytes, size);
	if (pr_store_push(&conn->read.store, pr_queue_at(in, in->write), size))
		check_cap(conn);
	else
		pr_conn_close(conn);
}

/* ---- Receiving ---- */

/* All that was held is published.  */
static void release(struct pr_conn *conn)
{
	conn->read.stopped = false;
	PR_COUNT(&conn->counters, restarts, 1);
	PR_COUNT(&conn->counters, restarts_too_early, pr_read_is_holding(conn));
	PR_COUNT_SET(&conn->counters, stopped_now, 0);
	PR_PROBE2(restart, conn->watch.fd, held_bytes(conn));
	if (conn->state == PR_CONN_HELD)
		pr_conn_close(conn);
	else
		resume_reading(conn);
}

static void complete(struct pr_conn *conn, size_t size)
{
	if (conn->state == PR_CONN_HANDSHAKE) {
		pr_handshake_received(conn, size);
		return;
	}
	if (__builtin_expect(conn->is_raw, 0)) {
		struct pr_queue *in = conn->pipe->stream_in;

		pr_frame_encode_long(pr_queue_at(in, in->write), size);
		size += PR_FRAME_HEADER_MAX;
	}
	if (conn->read.stopped && conn->phase->store == PR_STORE_DEQUE) {
		hold_in_deque(conn, size);
		return;
	}
	pr_queue_commit(conn->pipe->stream_in, size);
	bool good = pr_walk(conn);

	publish(conn);
	if (!good)
		pr_conn_broke(conn);
	/* The application made room while this was read; then it does not tell any more. */
	else if (conn->read.stopped && !pr_read_is_holding(conn))
		release(conn);
	else
		check_cap(conn);
}

static bool drains_on(const struct pr_conn *conn, bool full, size_t total)
{
	uint64_t drain = conn->phase->drain;

	if (drain == PR_DRAIN_ONCE || (drain == PR_DRAIN_SHORT && !full))
		return false;
	return drain == PR_DRAIN_SHORT || drain == PR_DRAIN_EAGAIN || total < drain;
}

/* speculate=adaptive reads on where drain alone would not, and learns from those reads only.  A
 * caller that reads for itself has its message now, and asks when it wants the next one.  */
static enum pr_read_cause next_cause(struct pr_conn *conn, bool full, size_t total)
{
	if (conn->phase->speculate == PR_SPECULATE_ALWAYS)
		return PR_READ_SPECULATIVE;
	if (drains_on(conn, full, total))
		return PR_READ_DRAIN;
	if (conn->phase->speculate == PR_SPECULATE_ADAPTIVE && conn->state == PR_CONN_TRAFFIC &&
	    !conn->is_leased && pr_adapt_reads_on(&conn->read.adapt))
		return PR_READ_SPECULATIVE;
	return PR_READ_NONE;
}

static void learn(struct pr_conn *conn, enum pr_read_cause cause, bool found)
{
	if (conn->phase->speculate == PR_SPECULATE_ADAPTIVE &&
	    (cause == PR_READ_SPECULATIVE || cause == PR_READ_RESTART))
		pr_adapt_learn(&conn->read.adapt, found);
}

static bool may_read(const struct pr_conn *conn)
{
	return (conn->state == PR_CONN_TRAFFIC || conn->state == PR_CONN_HANDSHAKE) &&
	       !conn->read.paused && !conn->is_closing;
}

/* An end that nobody announced is libzmq's EPIPE.  */
static void lose(struct pr_conn *conn, ssize_t got)
{
	conn->lost_error = got == 0 ? EPIPE : (int)-got;
	pr_conn_lost(conn);
}

static bool receive_nothing(struct pr_conn *conn, enum pr_read_cause cause, ssize_t got)
{
	count_nothing(conn, cause, got);
	learn(conn, cause, !found_nothing(got));
	if (!found_nothing(got))
		lose(conn, got);
	return false;
}

bool pr_read_received(struct pr_conn *conn, enum pr_read_cause cause, ssize_t got, size_t room)
{
	PR_PROBE3(recv, conn->watch.fd, got, (int)cause);
	if (got <= 0)
		return receive_nothing(conn, cause, got);
	count_received(conn, cause, (size_t)got, room);
	learn(conn, cause, true);
	conn->heartbeat.heard++;
	complete(conn, (size_t)got);
	return true;
}

void pr_read(struct pr_conn *conn, enum pr_read_cause cause)
{
	size_t total = 0;

	while (cause != PR_READ_NONE && may_read(conn)) {
		if (total >= TURN_BYTES) {
			conn->read.again = cause;
			pr_loop_again(conn->loop, conn);
			return;
		}
		size_t room;
		uint8_t *at = pr_room_to_read(conn, &room);

		if (!at) {
			pr_conn_lost(conn);
			return;
		}
		ssize_t got = recv(conn->watch.fd, at, room, MSG_DONTWAIT);

		if (!pr_read_received(conn, cause, got < 0 ? -errno : got, room))
			return;
		total += (size_t)got;
		cause = next_cause(conn, (size_t)got == room, total);
	}
}

bool pr_read_feed(struct pr_conn *conn, const uint8_t *data, size_t size)
{
	uint8_t *at = pr_room_to_copy(conn, size);

	if (!at) {
		pr_conn_close(conn);
		return false;
	}
	memcpy(at, data, size);
	PR_COUNT(&conn->counters, copied_bytes, size);
	pr_queue_commit(conn->pipe->stream_in, size);
	bool good = pr_walk(conn);

	publish(conn);
	if (!good)
		pr_conn_broke(conn);
	return good && pr_conn_is_open(conn);
}

void pr_read_notice(struct pr_conn *conn)
{
	const uint8_t empty[2] = {0, 0};

	if (!conn->endpoint->options.stream_notify)
		return;
	if (conn->read.store.bytes > 0)
		pr_store_push(&conn->read.store, empty, sizeof(empty));
	else
		pr_read_feed(conn, empty, sizeof(empty));
}

/* ---- Restarting ---- */

/* Moves held buffers into the input until the application's queue is full again.  False: closed. */
static bool replay_deque(struct pr_conn *conn)
{
	struct pr_reader *read = &conn->read;
	const uint8_t *data;
	size_t size;

	while (read->waiting == 0 && pr_store_front(&read->store, &data, &size)) {
		read->replayed = size;
		bool good = pr_read_feed(conn, data, size);

		read->replayed = 0;
		if (pr_conn_is_open(conn))
			pr_store_pop(&read->store);
		if (!good)
			return false;
		/* The planted defect: the decoder wants more, so the rest of the buffer is
		 * forgotten. */
		if (conn->phase->fault == PR_FAULT_DROP_REMAINDER)
			conn->pipe->stream_in->write = read->walked;
	}
	return true;
}

void pr_read_restart(struct pr_conn *conn)
{
	struct pr_reader *read = &conn->read;

	if (!read->stopped)
		return;
	publish(conn);
	if (!replay_deque(conn))
		return;
	/* The planted defect: the flag is cleared although held bytes are left. */
	if (!pr_read_is_holding(conn) || conn->phase->fault == PR_FAULT_OVERTAKE)
		release(conn);
	else if (conn->phase->on_full == PR_ON_FULL_HOLD &&
	         capped_bytes(conn) <= conn->phase->cap / 2)
		resume_reading(conn);
}

bool pr_read_is_holding(const struct pr_conn *conn)
{
	return conn->read.waiting > 0 || conn->read.store.bytes > 0;
}

/* ---- Beginning and end ---- */

/* What the law of struct pr_reader's origin lacks; once.  A raw peer's bytes get headers of our
 * own.
 */
void pr_read_take_stock(struct pr_conn *conn)
{
#if PROCTOR_HOOKS
	struct pr_reader *read = &conn->read;
	uint64_t came = atomic_load_explicit(&conn->counters.recv_bytes, memory_order_relaxed) +
	                read->origin;
	uint64_t here = conn->pipe->stream_in->write + read->store.bytes - read->replayed;

	if (conn->is_raw)
		return;
	PR_COUNT(&conn->counters, input_missing_bytes, came - here);
	read->origin -= came - here;
#else
	(void)conn;
#endif
}

void pr_read_attach(struct pr_conn *conn)
{
	struct pr_queue *in = conn->pipe->stream_in;
	struct pr_reader *read = &conn->read;

	read->walked = read->message_end = read->published = in->write;
	read->message_chunk = read->published_chunk = in->write_chunk;
#if PROCTOR_HOOKS
	read->origin = in->write - atomic_load_explicit(&conn->counters.recv_handshake_bytes,
	                                                memory_order_relaxed);
#endif
	pr_adapt_init(&read->adapt);
	if (conn->endpoint->socket_type == ZMQ_REQ)
		read->reply = PR_REPLY_BEGIN;
}

void pr_read_detach(struct pr_conn *conn)
{
	struct pr_reader *read = &conn->read;

	if (conn->pipe)
		pr_read_take_stock(conn);
	pr_store_fini(&read->store);
	if (read->stopped) {
		read->stopped = false;
		PR_COUNT(&conn->counters, stops_ended_by_close, 1);
		PR_COUNT_SET(&conn->counters, stopped_now, 0);
	}
	if (conn->pipe)
		pr_queue_rollback(conn->pipe->stream_in, read->published, read->published_chunk);
}
