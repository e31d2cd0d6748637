/* SPDX-License-Identifier: MIT */
/* core/pipe.c - see pipe.h.  */
#include "core/pipe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/caller.h"
#include "core/conflate.h"
#include "core/conn.h"
#include "core/ctx.h"
#include "core/endpoint.h"
#include "core/loop.h"
#include "core/msg.h"
#include "core/socket.h"
#include "core/timer.h"

/* Output starts small, so that an idle connection costs little, and doubles under load.  Input
 * chunks hold four reads, since each read needs read-size contiguous bytes.  */
#define OUT_CHUNK_BYTES     ((size_t)4 << 10)
#define OUT_CHUNK_BYTES_MAX ((size_t)256 << 10)
#define IN_CHUNK_READS      4

/* ---- News ---- */

bool pr_pipe_tell_io(struct pr_pipe *pipe, uint32_t events)
{
	if (atomic_fetch_or_explicit(&pipe->io_events, events, memory_order_seq_cst) != 0)
		return false;
	struct pr_loop *loop = pipe->loop;
	struct pr_pipe *top = atomic_load_explicit(&loop->mailbox, memory_order_relaxed);

	pr_pipe_ref(pipe);
	do
		pipe->io_next = top;
	while (!atomic_compare_exchange_weak_explicit(&loop->mailbox, &top, pipe,
	                                              memory_order_seq_cst, memory_order_relaxed));
	return pr_loop_wake(loop);
}

/* From the application thread that uses the socket: a wake-up is counted.  */
static void tell_io(struct pr_pipe *pipe, uint32_t events)
{
	if (!pr_pipe_tell_io(pipe, events))
		return;
	PR_PROBE2(wake_io, pipe, events);
	PR_COUNT(&pipe->socket->counters, wakeups_to_io, 1);
}

static bool tell_app(struct pr_pipe *pipe, uint32_t events, bool wake)
{
	if (pipe->is_closing ||
	    atomic_fetch_or_explicit(&pipe->app_events, events, memory_order_seq_cst) != 0)
		return false;
	pr_pipe_ref(pipe);
	return pr_socket_push(pipe->socket, pipe, wake);
}

bool pr_pipe_tell_app(struct pr_pipe *pipe, uint32_t events)
{
	return tell_app(pipe, events, true);
}

bool pr_pipe_tell_app_quietly(struct pr_pipe *pipe, uint32_t events)
{
	return tell_app(pipe, events, false);
}

void pr_pipe_report_taken(struct pr_pipe *pipe)
{
	atomic_store_explicit(&pipe->in_consumed, pipe->in_taken, memory_order_seq_cst);
	if (atomic_load_explicit(&pipe->in_full, memory_order_seq_cst) == 0 ||
	    atomic_exchange_explicit(&pipe->in_full, 0, memory_order_seq_cst) == 0)
		return;
	if (pipe->peer)
		pr_pipe_tell_app(pipe->peer, PR_APP_WRITABLE);
	else
		tell_io(pipe, PR_IO_RESTART);
}

/* ---- High-water marks ---- */

/* mark_every 0: the output has no marks.  */
static void set_hwm(struct pr_pipe *pipe, uint64_t out_hwm, uint64_t in_hwm, uint64_t mark_every)
{
	pipe->out_hwm = out_hwm;
	pipe->mark_every = mark_every;
	pipe->mark_next = mark_every ? pipe->out_messages + mark_every : UINT64_MAX;
	pipe->out_wanted = 0;
	pipe->in_report_every = (in_hwm + 1) / 2;
	pipe->in_report_next = in_hwm ? pipe->in_taken + pipe->in_report_every : UINT64_MAX;
}

static void set_stream_hwm(struct pr_pipe *pipe, const struct pr_options *options)
{
	/* A slot has room always. */
	uint64_t out_hwm = pipe->slot_out ? 0 : (uint64_t)options->sndhwm;
	uint64_t in_hwm = pipe->slot_in ? 0 : (uint64_t)options->rcvhwm;
	uint64_t mark_every = out_hwm / (PR_PIPE_MARKS / 2);

	set_hwm(pipe, out_hwm, in_hwm, mark_every || !out_hwm ? mark_every : 1);
	atomic_store_explicit(&pipe->in_hwm, in_hwm, memory_order_seq_cst);
}

/* As in libzmq, the queue between two sockets of a process has room for what either side would
 * queue; when either has no limit, there is none.  */
static uint64_t sum_hwm(uint64_t own, const _Atomic uint64_t *peer)
{
	uint64_t others = atomic_load_explicit(peer, memory_order_relaxed);

	if (own == 0 || others == PR_PIPE_HWM_NONE)
		return own;
	return others == 0 ? 0 : own + others;
}

void pr_pipe_take_peer_hwm(struct pr_pipe *pipe)
{
	uint64_t sndhwm = atomic_load_explicit(&pipe->sndhwm, memory_order_relaxed);
	uint64_t rcvhwm = atomic_load_explicit(&pipe->rcvhwm, memory_order_relaxed);

	set_hwm(pipe, pipe->slot_out ? 0 : sum_hwm(sndhwm, &pipe->peer->rcvhwm),
	        sum_hwm(rcvhwm, &pipe->peer->sndhwm), 0);
	pr_pipe_report_taken(pipe);
}

/* ---- Beginning and end ---- */

static struct pr_pipe *alloc_pipe(size_t in_chunk, size_t in_chunk_max)
{
	struct pr_pipe *pipe = aligned_alloc(PR_CACHE_LINE, sizeof(*pipe));

	if (!pipe)
		return NULL;
	memset(pipe, 0, sizeof(*pipe));
	pr_queue_init(&pipe->in, in_chunk, in_chunk_max);
	pr_queue_init(&pipe->stream_out, OUT_CHUNK_BYTES, OUT_CHUNK_BYTES_MAX);
	pipe->out = &pipe->stream_out;
	pipe->stream_in = &pipe->in;
	atomic_init(&pipe->out_wake_at, PR_PIPE_WAKE_NONE);
	atomic_init(&pipe->refs, 2);
	return pipe;
}

static void destroy(struct pr_pipe *pipe)
{
	pr_queue_fini(&pipe->stream_out);
	pr_queue_fini(&pipe->in);
	if (pipe->stream_in != &pipe->in) {
		pr_queue_fini(pipe->stream_in);
		free(pipe->stream_in);
	}
	pr_slot_unref(pipe->slot_in);
	pr_slot_unref(pipe->slot_out);
	free(pipe->routing_id);
	free(pipe->inproc_address);
	free(pipe);
}

/* False when memory ran out: then destroy it.  */
static bool conflate_stream(struct pr_pipe *pipe, unsigned directions, size_t in_chunk)
{
	if (directions & PR_CONFLATE_OUT && !(pipe->slot_out = pr_slot_create()))
		return false;
	if (!(directions & PR_CONFLATE_IN))
		return true;
	struct pr_queue *stream_in = aligned_alloc(PR_CACHE_LINE, sizeof(*stream_in));

	if (!stream_in)
		return false;
	pr_queue_init(stream_in, in_chunk, in_chunk);
	pipe->stream_in = stream_in;
	return (pipe->slot_in = pr_slot_create());
}

bool pr_pipe_conflate_pair(struct pr_pipe *pipe, unsigned directions)
{
	if (directions & PR_CONFLATE_OUT && !(pipe->slot_out = pr_slot_create()))
		return false;
	if (directions & PR_CONFLATE_IN && !(pipe->slot_in = pr_slot_create()))
		return false;
	pipe->peer->slot_in = pr_slot_ref(pipe->slot_out);
	pipe->peer->slot_out = pr_slot_ref(pipe->slot_in);
	return true;
}

struct pr_pipe *pr_pipe_create(struct pr_socket *socket, struct pr_loop *loop,
                               struct pr_endpoint *endpoint)
{
	size_t in_chunk = loop->ctx->phase.read_size * IN_CHUNK_READS;
	struct pr_pipe *pipe = alloc_pipe(in_chunk, in_chunk);

	if (!pipe)
		return NULL;
	unsigned conflated = pr_conflate_directions(endpoint->socket_type, &endpoint->options);

	if (!conflate_stream(pipe, conflated, in_chunk)) {
		destroy(pipe);
		return NULL;
	}
	set_stream_hwm(pipe, &endpoint->options);
	pipe->socket = socket;
	pipe->loop = loop;
	pipe->endpoint = endpoint;
	pr_socket_ref(socket);
	pr_endpoint_ref(endpoint);
	return pipe;
}

bool pr_pipe_create_pair(struct pr_pipe *pipes[2])
{
	for (int i = 0; i < 2; i++) {
		pipes[i] = alloc_pipe(OUT_CHUNK_BYTES, OUT_CHUNK_BYTES_MAX);
		if (!pipes[i]) {
			free(i ? pipes[0] : NULL);
			return false;
		}
		atomic_init(&pipes[i]->sndhwm, PR_PIPE_HWM_NONE);
		atomic_init(&pipes[i]->rcvhwm, PR_PIPE_HWM_NONE);
	}
	for (int i = 0; i < 2; i++) {
		pipes[i]->peer = pipes[1 - i];
		pipes[i]->out = &pipes[1 - i]->in;
	}
	return true;
}

void pr_pipe_ref(struct pr_pipe *pipe)
{
	atomic_fetch_add_explicit(&pipe->refs, 1, memory_order_relaxed);
}

void pr_pipe_unref(struct pr_pipe *pipe)
{
	if (atomic_fetch_sub_explicit(&pipe->refs, 1, memory_order_acq_rel) != 1)
		return;
	struct pr_socket *socket = pipe->socket;
	struct pr_endpoint *endpoint = pipe->endpoint;

	destroy(pipe);
	if (endpoint)
		pr_endpoint_unref(endpoint);
	if (socket)
		pr_socket_unref(socket);
}

/* ---- Application thread ---- */

static bool take_marks(struct pr_pipe *pipe)
{
	uint64_t sent = atomic_load_explicit(&pipe->out->drained, memory_order_seq_cst);

	/* Once full, there is room only when the I/O thread says so: ZMQ_POLLOUT and a send must
	 * agree. */
	if (sent < pipe->out_wanted)
		return false;
	pipe->out_wanted = 0;
	while (pipe->mark_count > 0 && pipe->marks[pipe->mark_first].position <= sent) {
		pipe->out_acknowledged = pipe->marks[pipe->mark_first].messages;
		pipe->mark_first = (pipe->mark_first + 1) % PR_PIPE_MARKS;
		pipe->mark_count--;
	}
	return pipe->out_messages - pipe->out_acknowledged < pipe->out_hwm;
}

static bool take_count(struct pr_pipe *pipe)
{
	pipe->out_acknowledged =
	        atomic_load_explicit(&pipe->peer->in_consumed, memory_order_seq_cst);
	return pipe->out_messages - pipe->out_acknowledged < pipe->out_hwm;
}

/* The peer is an application as well, and says what it took each time it took about half.  */
static bool refresh_from_peer(struct pr_pipe *pipe)
{
	if (take_count(pipe))
		return true;
	atomic_store_explicit(&pipe->peer->in_full, 1, memory_order_seq_cst);
	return take_count(pipe);
}

bool pr_pipe_refresh_room(struct pr_pipe *pipe)
{
	if (pipe->peer)
		return refresh_from_peer(pipe);
	if (take_marks(pipe))
		return true;
	if (pipe->out_wanted != 0)
		return false;
	/* Full, so at least one mark waits: there is one every out_hwm / 16 messages. */
	unsigned middle = (pipe->mark_first + pipe->mark_count / 2) % PR_PIPE_MARKS;

	pipe->out_wanted = pipe->marks[middle].position;
	atomic_store_explicit(&pipe->out_wake_at, pipe->out_wanted, memory_order_seq_cst);
	return take_marks(pipe);
}

/* Full only after SNDHWM was lowered: then the last mark moves on, which makes the steps coarser,
 * not wrong.  */
void pr_pipe_mark(struct pr_pipe *pipe)
{
	if (pipe->mark_count == PR_PIPE_MARKS)
		pipe->mark_count--;
	unsigned index = (pipe->mark_first + pipe->mark_count) % PR_PIPE_MARKS;

	pipe->marks[index] = (struct pr_mark){pipe->out->write, pipe->out_messages};
	pipe->mark_count++;
	pipe->mark_next = pipe->out_messages + pipe->mark_every;
}

void pr_pipe_tell_output(struct pr_pipe *pipe)
{
	if (pipe->peer)
		pr_pipe_tell_app(pipe->peer, PR_APP_READABLE);
	else if (!pr_caller_send(pipe))
		tell_io(pipe, PR_IO_OUTPUT);
}

static uint8_t *reserve_frame(struct pr_pipe *pipe, size_t size)
{
	struct pr_queue *out = pipe->out;
	uint64_t allocations = out->allocations;
	struct pr_chunk *chunk = out->write_chunk;
	uint8_t *at = pr_queue_reserve(out, size, 0);

	if (out->write_chunk != chunk)
		out->write_chunk->starts_inside = pipe->out_inside;
	if (out->allocations != allocations)
		PR_COUNT(&pipe->socket->counters, send_allocations, 1);
	return at;
}

static inline void begin_message(struct pr_pipe *pipe)
{
	pr_queue_rewind(pipe->out);
	pipe->out_start = pipe->out->write;
	pipe->out_start_chunk = pipe->out->write_chunk;
}

/* Of a message's parts the last one counts.  */
static __attribute__((noinline)) int write_slot(struct pr_pipe *pipe, const void *data, size_t size,
                                                bool more)
{
	bool sleeps = false;
	int error = more ? 0 : pr_slot_put(pipe->slot_out, data, size, &sleeps);

	if (sleeps)
		pr_pipe_tell_output(pipe);
	return error;
}

static int write_copy(struct pr_pipe *pipe, const void *data, size_t size, bool more)
{
	uint8_t *at = reserve_frame(pipe, pr_frame_header_size(size) + size);

	if (!at)
		return ENOMEM;
	size_t header_size = pr_frame_encode(at, more ? PR_FRAME_MORE : 0, size);

	if (size > 0)
		memcpy(at + header_size, data, size);
	pr_queue_commit(pipe->out, header_size + size);
	return 0;
}

/* Is this the body of a message that is being sent, and large enough?  */
static bool is_lent(const struct pr_pipe *pipe, const void *data, size_t size)
{
	const struct pr_msg *msg = pipe->socket->lent;

	return msg && size >= PR_MSG_REFERENCE_MIN && msg->kind != PR_MSG_INLINE &&
	       msg->body.far.data == data && msg->size == size;
}

static __attribute__((noinline)) int write_large(struct pr_pipe *pipe, const void *data,
                                                 size_t size, bool more)
{
	if (!is_lent(pipe, data, size))
		return write_copy(pipe, data, size, more);
	struct pr_owner owner = pr_msg_lend(pipe->socket->lent);

	if (!pr_queue_append(pipe->out, more ? PR_FRAME_MORE : 0, data, size, owner)) {
		owner.ops->unref(owner.object);
		return ENOMEM;
	}
	pipe->out->write_chunk->starts_inside = pipe->out_inside;
	return 0;
}

int pr_pipe_write_slow(struct pr_pipe *pipe, const void *data, size_t size, bool more)
{
	if (pipe->slot_out)
		return write_slot(pipe, data, size, more);
	if (!pipe->out_inside)
		begin_message(pipe);
	int error = __builtin_expect(size < PR_MSG_REFERENCE_MIN, 1)
	                    ? write_copy(pipe, data, size, more)
	                    : write_large(pipe, data, size, more);

	if (error)
		return error;
	if (more)
		pipe->out_inside = true;
	else
		pr_pipe_publish(pipe);
	return 0;
}

int pr_pipe_write_joined(struct pr_pipe *pipe, unsigned flags, const void *begin, size_t begin_size,
                         const void *data, size_t size)
{
	size_t body = begin_size + size;

	begin_message(pipe);
	uint8_t *at = reserve_frame(pipe, pr_frame_header_size(body) + body);

	if (!at)
		return ENOMEM;
	size_t header_size = pr_frame_encode(at, flags, body);

	memcpy(at + header_size, begin, begin_size);
	if (size > 0)
		memcpy(at + header_size + begin_size, data, size);
	pr_queue_commit(pipe->out, header_size + body);
	pr_pipe_publish(pipe);
	return 0;
}

int pr_pipe_write_raw(struct pr_pipe *pipe, const void *data, size_t size)
{
	if (pipe->peer) /* no stream of bytes */
		return pr_pipe_write(pipe, data, size, false);
	begin_message(pipe);
	uint8_t *at = reserve_frame(pipe, size);

	if (!at)
		return ENOMEM;
	memcpy(at, data, size);
	pr_queue_commit(pipe->out, size);
	pr_pipe_publish(pipe);
	return 0;
}

void pr_pipe_write_abort(struct pr_pipe *pipe)
{
	if (!pipe->out_inside)
		return;
	pr_queue_rollback(pipe->out, pipe->out_start, pipe->out_start_chunk);
	pipe->out_inside = false;
}

void pr_pipe_let_go(struct pr_pipe *pipe)
{
	if (pipe->peer)
		pr_pipe_unref(pipe->peer);
	pr_pipe_unref(pipe);
}

void pr_pipe_hand_over(struct pr_pipe *pipe, int linger_ms)
{
	pr_pipe_write_abort(pipe);
	if (pipe->peer) {
		pr_pipe_tell_app(pipe->peer, PR_APP_END);
		pr_pipe_let_go(pipe);
		return;
	}
	pipe->linger_ms = linger_ms;
	pr_pipe_tell_io(pipe, PR_IO_CLOSE);
}

void pr_pipe_set_hwm(struct pr_pipe *pipe, const struct pr_options *options)
{
	if (pipe->peer) {
		atomic_store_explicit(&pipe->sndhwm, (uint64_t)options->sndhwm,
		                      memory_order_relaxed);
		atomic_store_explicit(&pipe->rcvhwm, (uint64_t)options->rcvhwm,
		                      memory_order_relaxed);
		pr_pipe_take_peer_hwm(pipe);
		pr_pipe_tell_app(pipe->peer, PR_APP_HWM | PR_APP_WRITABLE);
		return;
	}
	set_stream_hwm(pipe, options);
	/* What was sent while there was no limit, or a higher one, may have left no mark to wait
	 * for. */
	if (pipe->mark_count == 0) {
		pipe->marks[pipe->mark_first] = (struct pr_mark){
		        atomic_load_explicit(&pipe->out->tail, memory_order_relaxed),
		        pipe->out_messages};
		pipe->mark_count = 1;
	}
	pr_pipe_report_taken(pipe);
}

bool pr_pipe_take_slot(struct pr_pipe *pipe)
{
	return pr_slot_take(pipe->slot_in, &pipe->in, true);
}

bool pr_pipe_slot_has_input(struct pr_pipe *pipe)
{
	return !pr_slot_sleep(pipe->slot_in);
}

bool pr_pipe_look(struct pr_pipe *pipe, struct pr_frame *frame, const uint8_t **body)
{
	uint8_t *data;

	if (!pr_pipe_peek(pipe, &data))
		return false;
	pr_pipe_get_frame(pipe, data, frame, body);
	return true;
}

/* ---- I/O thread ---- */

static void linger_is_over(void *arg)
{
	struct pr_pipe *pipe = arg;

	pipe->linger_ms = 0;
	if (pipe->conn)
		pr_conn_close(pipe->conn);
	else
		pr_endpoint_settle(pipe->endpoint);
}

/* The application let go of the pipe, and its reference came along.  A pipe that neither has a
 * connection nor will get one has ended already.  */
static void begin_closing(struct pr_pipe *pipe)
{
	bool has_ended = !pipe->conn && (!pipe->lasts || pipe->endpoint->pipe != pipe);

	pipe->is_closing = true;
	if (has_ended) {
		pr_pipe_unref(pipe);
		return;
	}
	if (pipe->linger_ms > 0 && !pr_pipe_is_flushed(pipe))
		pr_timer_start(&pipe->linger_timer, pipe->loop, (uint64_t)pipe->linger_ms,
		               linger_is_over, pipe);
	if (pipe->conn)
		pr_conn_close_when_flushed(pipe->conn);
	else
		pr_endpoint_settle(pipe->endpoint);
	pr_pipe_unref(pipe);
}

void pr_pipe_io_events(struct pr_pipe *pipe)
{
	uint32_t events = atomic_exchange_explicit(&pipe->io_events, 0, memory_order_seq_cst);

	if (events & PR_IO_RESTART && pipe->conn)
		pr_conn_restart(pipe->conn);
	if (events & PR_IO_OUTPUT && pipe->conn)
		pr_conn_output(pipe->conn);
	if (events & PR_IO_CLOSE && !pipe->is_closing)
		begin_closing(pipe);
	pr_pipe_unref(pipe);
}

bool pr_pipe_sent(struct pr_pipe *pipe)
{
	uint64_t wake_at = atomic_load_explicit(&pipe->out_wake_at, memory_order_seq_cst);

	if (wake_at == PR_PIPE_WAKE_NONE || pipe->out->head < wake_at)
		return false;
	atomic_compare_exchange_strong_explicit(&pipe->out_wake_at, &wake_at, PR_PIPE_WAKE_NONE,
	                                        memory_order_seq_cst, memory_order_relaxed);
	return pr_pipe_tell_app(pipe, PR_APP_WRITABLE);
}

bool pr_pipe_is_flushed(struct pr_pipe *pipe)
{
	uint8_t *data;

	return pr_queue_peek(pipe->out, &data) == 0 &&
	       (!pipe->slot_out || pr_slot_is_empty(pipe->slot_out));
}

/* The chunk that holds head still has all its frames, and it starts with a frame: walk from there
 * to the first message that begins at head or after it.  */
void pr_pipe_skip_partial_message(struct pr_pipe *pipe)
{
	struct pr_queue *out = pipe->out;
	struct pr_frame frame;

	/* Nothing waits: head is a message's end, and the chunk is the application's to rewind. */
	if (pr_pipe_is_flushed(pipe))
		return;
	struct pr_chunk *chunk = out->read_chunk;
	uint64_t at = chunk->base;
	bool inside = chunk->starts_inside;

	while (at < out->head || inside) {
		if (at == atomic_load_explicit(&chunk->end, memory_order_relaxed)) {
			chunk = atomic_load_explicit(&chunk->next, memory_order_relaxed);
			continue;
		}
		pr_frame_get(chunk->data + (at - chunk->base), &frame);
		at += frame.header_size + frame.size;
		inside = frame.flags & PR_FRAME_MORE;
	}
	pr_queue_consume(out, at - out->head);
	pr_pipe_sent(pipe);
}

void pr_pipe_skip_output(struct pr_pipe *pipe, uint64_t position)
{
	struct pr_queue *out = pipe->out;

	if (position <= out->head)
		return;
	out->seen = atomic_load_explicit(&out->tail, memory_order_acquire);
	pr_queue_consume(out, position - out->head);
	pr_pipe_sent(pipe);
}

void pr_pipe_skip_bytes(struct pr_pipe *pipe)
{
	uint8_t *data;
	size_t size;

	while ((size = pr_queue_peek(pipe->out, &data)) > 0)
		pr_queue_consume(pipe->out, size);
	pr_pipe_sent(pipe);
}
